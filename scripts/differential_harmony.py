#!/usr/bin/env python3
"""Compares what permaudit reads in HarmonyOS packages and manifests with readers of Python's.

    scripts/differential_harmony.py [--binary PATH] [FILE...]

Without files: the golden packages. Archives are opened with zipfile and manifests parsed with json; the resource table is
read by the few lines below. A manifest of a source tree is JSON5: it is parsed by the package `json5`, and passed over
when that is not installed. Compared are the requested permissions in order, each with its reason by language. Where
permaudit is certain, it has to find exactly what Python finds; where it is not, at least that.
"""

import argparse
import io
import json
import pathlib
import struct
import subprocess
import sys
import zipfile

try:
    import json5
except ImportError:
    json5 = None

TOP = pathlib.Path(__file__).resolve().parent.parent
AT_ONCE = 100
STRING = 9


def number(data, at):
    return struct.unpack_from("<I", data, at)[0]


def text(data, at):
    size = struct.unpack_from("<H", data, at)[0]
    return data[at + 2:at + 2 + size]


def language(pairs):
    """The name of a set of qualifiers, and how many of them are no part of a language."""
    letters = {kind: struct.pack(">I", value).replace(b"\0", b"").decode() for kind, value in pairs if kind in (0, 1, 5)}
    parts = [letters.get(0, "default"), letters.get(5), letters.get(1)]
    return "-".join(part for part in parts if part), sum(kind not in (0, 1, 5) for kind, _ in pairs)


def table(data):
    """(id, name) of every text of a resources.index, with its values: [(how many other qualifiers, language, text)]."""
    first = data[:128].split(b"\0")[0].split(b" ")[0] == b"Restool"
    at, sets, found = (136 if first else 140), [], {}
    for _ in range(number(data, 132)):
        link, count = number(data, at + 4), number(data, at + 8)
        pairs = [(number(data, at + 12 + 8 * i), number(data, at + 16 + 8 * i)) for i in range(count)]
        sets.append((link, *language(pairs)))
        at += 12 + 8 * count
    if first:
        for link, tag, others in sets:
            for entry in range(number(data, link + 4)):
                resource, item = number(data, link + 8 + 8 * entry), number(data, link + 12 + 8 * entry)
                if number(data, item + 4) == STRING:
                    value = text(data, item + 12)
                    name = text(data, item + 14 + len(value))
                    found.setdefault((resource, name[:-1].decode()), []).append((others, tag, value[:-1].decode()))
        return found
    by_link = {link: (tag, others) for link, tag, others in sets}
    types, at = number(data, at + 8), at + 16
    for _ in range(types):
        kind, count = number(data, at), number(data, at + 8)
        at += 12
        for _ in range(count):
            resource, item, size = struct.unpack_from("<III", data, at)
            name = data[at + 12:at + 12 + size].decode()
            at += 12 + size
            if kind == STRING:
                for value in range(number(data, item + 8)):
                    link, where = struct.unpack_from("<II", data, item + 12 + 8 * value)
                    tag, others = by_link[link]
                    found.setdefault((resource, name), []).append((others, tag, text(data, where).decode()))
    return found


def by_language(values, texts):
    """The values of a text by language; a reference for every language leads to each of the texts behind it."""
    found, further = {}, {}
    for _, tag, value in sorted(values, key=lambda one: one[0]):
        if tag in found:
            continue
        if value.startswith("$string:"):
            target = value.removeprefix("$string:")
            behind = by_language(next((own for (number, name), own in texts.items() if target in (str(number), name)), []), texts)
            if tag == "default":
                further = behind
            value = behind.get(tag) or behind.get("default") or next(iter(behind.values()), None)
        if value is not None:
            found[tag] = value
    return {**further, **found}


def reason(request, texts):
    """The reason of a request by language."""
    written, resource = request.get("reason"), request.get("reasonId")
    if resource is None and not (written or "").startswith("$"):
        return {} if written is None else {"default": written}
    name = (written or "").removeprefix("$string:")
    values = [values for (number, _), values in texts.items() if number == resource]
    values = values or [values for (_, own), values in texts.items() if own == name]
    return by_language(values[0], texts) if values else {}


def of_manifest(manifest, texts):
    module = manifest.get("module", {})
    requests = module.get("requestPermissions", module.get("reqPermissions", []))
    return [(request["name"], reason(request, texts)) for request in requests]


def of_archive(data):
    """The requests of every module in an archive, in order."""
    found = []
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        names = archive.namelist()
        own = next((name for name in ("module.json", "config.json") if name in names), None)
        if own:
            manifest = json.loads(archive.read(own).decode("utf-8-sig"))
            module = manifest["module"].get("distro", {}).get("moduleName")
            index = next((name for name in ("resources.index", f"assets/{module}/resources.index") if name in names), None)
            found += of_manifest(manifest, table(archive.read(index)) if index else {})
        for name in names:
            if name.lower().endswith((".hap", ".hsp")):
                found += of_archive(archive.read(name))
    return found


def independent(path):
    """What Python reads in a file; None when it reads nothing."""
    data = path.read_bytes()
    if data.startswith(b"PK"):
        return of_archive(data)
    try:
        manifest = json.loads(data.decode("utf-8-sig"))
    except ValueError:
        if json5 is None:
            return None
        manifest = json5.loads(data.decode("utf-8-sig"))
    if not isinstance(manifest, dict) or not isinstance(manifest.get("module"), dict):
        return None
    return of_manifest(manifest, {})


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--binary", default=str(TOP / "target/release/permaudit"))
    parser.add_argument("files", nargs="*", type=pathlib.Path)
    arguments = parser.parse_args()
    golden = TOP / "fixtures/packages"
    files = arguments.files or sorted(path for end in ("hap", "hsp", "app", "json") for path in golden.glob(f"*.{end}"))
    if not files:
        sys.exit("there is no file to compare")
    compared = certain = passed_over = permissions = 0
    wrong = []
    for start in range(0, len(files), AT_ONCE):
        run = subprocess.run([arguments.binary, "inspect", "--format", "json", *map(str, files[start:start + AT_ONCE])],
                             capture_output=True, text=True, check=False)
        for path, package in zip(files[start:start + AT_ONCE], json.loads(run.stdout)["packages"], strict=True):
            is_alone = package["kind"] == "harmony-manifest"
            declared = [(one["permission"], {} if is_alone and "value" in one else one.get("text", {}))
                        for one in package["declarations"] if one["kind"] == "request-permission"]
            codes = {doubt["code"] for doubt in package["doubts"]} - {"harmony-source-manifest"}
            try:
                expected = independent(path)
            except Exception as error:  # whatever makes a reader fail
                passed_over += 1
                if not codes:
                    print(f"{path}: permaudit is certain, Python fails: {error!r}")
                continue
            if expected is None:
                passed_over += 1
                continue
            compared += 1
            permissions += len(expected)
            certain += not codes
            missing = [one for one in expected if one not in declared]
            if missing or (not codes and declared != expected):
                wrong.append(f"{path}: permaudit {declared}, Python {expected}, doubts {sorted(codes)}")
    print(f"{compared} files compared, {certain} of them read for certain, {permissions} permissions; "
          f"{passed_over} that Python does not read")
    if wrong:
        sys.exit("\n".join(wrong))


if __name__ == "__main__":
    main()
