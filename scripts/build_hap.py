#!/usr/bin/env python3
"""Builds the golden HarmonyOS packages of fixtures/ from their sources; scripts/make_fixtures.sh runs it.

    scripts/build_hap.py module SOURCE OUT [--file NAME=PATH...]
    scripts/build_hap.py app OUT PACKAGE...

The platform's own tools are not free to use everywhere, so this is a second writer beside the one of the tests: a module
as its packing tool lays it out, with the resource table in format 2 for a module.json and in format 1 for a config.json.
A source holds the manifest and the texts (`resources/QUALIFIERS/element/string.json`). Nothing is signed. The same source
gives the same bytes.
"""

import argparse
import json
import pathlib
import re
import struct
import zipfile

STRING = 9
FIRST_ID = 0x0100_0000
LANGUAGE, REGION = 0, 1


def texts(source):
    """Qualifiers and texts: {"base": {name: text}, "zh_CN": …}, the base first."""
    folders = sorted((source / "resources").iterdir(), key=lambda folder: (folder.name != "base", folder.name))
    return {folder.name: {one["name"]: one["value"] for one in json.loads(
        (folder / "element/string.json").read_text(encoding="utf-8"))["string"]} for folder in folders}


def letters(text):
    return int.from_bytes(text.encode(), "big")


def qualifiers(folder):
    """The qualifiers of a folder: type and value."""
    if folder == "base":
        return []
    language, _, region = folder.partition("_")
    return [(LANGUAGE, letters(language))] + ([(REGION, letters(region))] if region else [])


def references(text, ids):
    """A text that is a reference refers by number once it is built."""
    match = re.fullmatch(r"\$string:(\w+)", text)
    return f"$string:{ids[match[1]]}" if match else text


def numbers(*values):
    return struct.pack(f"<{len(values)}I", *values)


def keys(sets, links):
    return b"".join(b"KEYS" + numbers(link, len(pairs)) + b"".join(numbers(*pair) for pair in pairs)
                    for pairs, link in zip(sets, links, strict=True))


def head(version, size, count):
    return version.encode().ljust(128, b"\0") + numbers(size, count)


def first_format(sets, values):
    """One list of ids for each set of qualifiers; `values` is [(set, id, name, text)]."""
    lists_at = 136 + len(keys(sets, [0] * len(sets)))
    of_set = [[value for value in values if value[0] == number] for number in range(len(sets))]
    links, at = [], lists_at
    for own in of_set:
        links.append(at)
        at += 8 + 8 * len(own)
    lists, items = b"", b""
    for own in of_set:
        lists += b"IDSS" + numbers(len(own))
        for _, resource, name, text in own:
            lists += numbers(resource, at + len(items))
            body = b"".join(struct.pack("<H", len(part.encode()) + 1) + part.encode() + b"\0" for part in (text, name))
            items += numbers(len(body) + 8, STRING, resource) + body
    return head("Restool 3.103", at + len(items), len(sets)) + keys(sets, links) + lists + items


def second_format(sets, values):
    """One list of ids and names, then for each id where its texts stand."""
    key_bytes = keys(sets, range(len(sets)))
    names = {resource: name for _, resource, name, _ in values}
    ids_len = 16 + 12 + sum(12 + len(name.encode()) for name in names.values())
    data = 140 + len(key_bytes) + ids_len
    info_at = data + 12
    text_at = info_at + sum(12 + 8 * sum(value[1] == resource for value in values) for resource in names)
    ids, infos, pool = b"", b"", b""
    for resource, name in names.items():
        own = [value for value in values if value[1] == resource]
        ids += numbers(resource, info_at + len(infos), len(name.encode())) + name.encode()
        infos += numbers(resource, 12 + 8 * len(own), len(own))
        for number, _, _, text in own:
            infos += numbers(number, text_at + len(pool))
            pool += struct.pack("<H", len(text.encode())) + text.encode()
    listed = b"IDSS" + numbers(ids_len, 1, len(names)) + numbers(STRING, 12 + len(ids), len(names)) + ids
    block = b"DATA" + numbers(12 + len(infos), len(names)) + infos
    return head("RestoolV2 6.0.0.001", 140 + len(key_bytes), len(sets)) + numbers(data) + key_bytes + listed + block + pool


def write(out, files):
    with zipfile.ZipFile(out, "w") as archive:
        for name, content, how in files:
            info = zipfile.ZipInfo(name)
            info.external_attr = 0o644 << 16
            archive.writestr(info, content, how)


def compact(value):
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def module(source, out, extra):
    is_stage = (source / "module.json").exists()
    name = "module.json" if is_stage else "config.json"
    manifest = json.loads((source / name).read_text(encoding="utf-8"))
    by_folder = texts(source)
    all_names = list(dict.fromkeys(name for own in by_folder.values() for name in own))
    ids = {name: FIRST_ID + number for number, name in enumerate(all_names)}
    for request in manifest["module"].get("requestPermissions" if is_stage else "reqPermissions", []):
        match = re.fullmatch(r"\$string:(\w+)", request.get("reason", ""))
        if match:
            request["reasonId"] = ids[match[1]]
    sets = [qualifiers(folder) for folder in by_folder]
    values = [(number, ids[name], name, references(own[name], ids))
              for name in all_names for number, own in enumerate(by_folder.values()) if name in own]
    own_name = manifest["module"]["name"] if is_stage else manifest["module"]["distro"]["moduleName"]
    index = "resources.index" if is_stage else f"assets/{own_name}/resources.index"
    pack = {"summary": {"app": {"bundleName": manifest["app"]["bundleName"]}},
            "packages": [{"name": out.stem, "moduleType": manifest["module"].get("type", "entry")}]}
    write(out, [
        (name, compact(manifest), zipfile.ZIP_DEFLATED),
        (index, (second_format if is_stage else first_format)(sets, values), zipfile.ZIP_STORED),
        ("pack.info", compact(pack), zipfile.ZIP_DEFLATED),
        *((inner, pathlib.Path(path).read_bytes(), zipfile.ZIP_DEFLATED) for inner, path in extra),
    ])


def app(out, packages):
    pack = {"summary": {}, "packages": [{"name": package.stem} for package in packages]}
    write(out, [*((package.name, package.read_bytes(), zipfile.ZIP_STORED) for package in packages),
                ("pack.info", compact(pack), zipfile.ZIP_DEFLATED)])


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    commands = parser.add_subparsers(dest="command", required=True)
    one = commands.add_parser("module")
    one.add_argument("source", type=pathlib.Path)
    one.add_argument("out", type=pathlib.Path)
    one.add_argument("--file", action="append", default=[], metavar="NAME=PATH")
    several = commands.add_parser("app")
    several.add_argument("out", type=pathlib.Path)
    several.add_argument("packages", nargs="+", type=pathlib.Path)
    arguments = parser.parse_args()
    if arguments.command == "module":
        module(arguments.source, arguments.out, [one.split("=", 1) for one in arguments.file])
    else:
        app(arguments.out, arguments.packages)


if __name__ == "__main__":
    main()
