#!/usr/bin/env python3
"""Compares `permaudit inspect` with aapt and aapt2, package by package.

    scripts/differential.py [--binary PATH] [FILE...]

Without files: the golden packages, the sample, and every APK in the corpus cache. Compared are the requested names with
their kinds and maxSdkVersion (`dump permissions` of both), package id, version and SDK levels (`dump badging` of
aapt2), and the services and receivers that demand a guard (`dump xmltree` of aapt2). A difference is a failure unless it stands in KNOWN with its reason, and a known one that is gone is a failure
too.
"""

import argparse
import pathlib
import re
import subprocess
import sys
import tempfile
import zipfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from corpus import REQUESTS, TOP, inspect

# Guards of the platform under which the system only starts what is the app's own: no power is held by them.
POWERLESS = {"BIND_JOB_SERVICE", "BIND_REMOTEVIEWS"}
# Guards of one element, where it is no service.
OF_RECEIVERS = {"BIND_DEVICE_ADMIN"}

# By file name: what differs, and why permaudit is right or cautious.
SPLIT = "a split is a part of an app: by itself it establishes nothing"
KNOWN = {
    "name-by-reference.apk": {
        "established": "a device takes no name from a reference; permaudit counts the string and leaves the set open",
        "aapt": "it stops at the name that it does not resolve",
    },
    "references.apk": {"aapt": "it loses a maxSdkVersion that is given by reference"},
    "splits-camera.apk": {"established": SPLIT},
    "splits-config.de.apk": {"established": SPLIT},
}


def run(*command):
    """Exit code and output of a tool; its warnings are dropped."""
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    return done.returncode, done.stdout


def requested(output):
    """The requests in `dump permissions`, as (kind, name, maxSdkVersion)."""
    lines = re.findall(r"^(uses-permission(?:-sdk-23|-sdk-m)?): name='([^']*)'(?: maxSdkVersion='(\d+)')?",
                       output, re.MULTILINE)
    return {(kind.replace("-sdk-m", "-sdk-23"), name, int(limit) if limit else None) for kind, name, limit in lines}


def guarded(tree, package):
    """The components that demand a guard in the text of `dump xmltree`, as (guard, class)."""
    found, path = set(), []
    inherited = None
    component = None

    def close():
        if component and component["tag"] in ("service", "receiver"):
            guard = component.get("permission", inherited) or ""
            bare = guard.removeprefix("android.permission.")
            wanted = "receiver" if bare in OF_RECEIVERS else "service"
            if bare != guard and bare.startswith("BIND_") and bare not in POWERLESS and component["tag"] == wanted:
                name = component.get("name", "")
                found.add((guard, package + name if name.startswith(".") else name if "." in name else f"{package}.{name}"))

    for line in tree.splitlines():
        element = re.match(r"( *)E: ([^ ]+)", line)
        attribute = re.match(r" *A: http://schemas.android.com/apk/res/android:(name|permission)\([^)]*\)=\"([^\"]*)\"", line)
        if element:
            # Name spaces are levels of their own, so depth alone does not tell how deep an element stands.
            depth = len(element.group(1))
            path = [step for step in path if step[0] < depth] + [(depth, element.group(2))]
            tags = [tag for _, tag in path]
            close()
            component = {"tag": tags[-1]} if tags[:-1] == ["manifest", "application"] else None
        elif attribute and component is not None:
            component.setdefault(attribute.group(1), attribute.group(2))
        elif attribute and attribute.group(1) == "permission" and [tag for _, tag in path] == ["manifest", "application"]:
            inherited = attribute.group(2)
    close()
    return found


def quoted(key, text):
    """The value of key='value' in `text`, where it is there and not empty."""
    found = re.search(rf"(?:^|\s){key}[=:]'([^']*)'", text, re.MULTILINE)
    return found.group(1) or None if found else None


def number(text):
    return int(text) if text is not None and text.isdigit() else text


def differences(binary, path):
    """What differs between the readers of one package, as {topic: sentence}, and how many guarded components it has."""
    code, report = inspect(binary, path)
    found = {}
    if code != 0 or report["established"] is not True:
        codes = sorted({doubt["code"] for package in report["packages"] for doubt in package["doubts"]})
        found["established"] = f"exit code {code}, {', '.join(codes)}"
    package = report["packages"][0]
    ours = {(d["kind"], d["permission"], d.get("conditions", {}).get("max_sdk"))
            for d in package["declarations"] if d["kind"] in REQUESTS and d["origin"] == "declared"}

    with tempfile.TemporaryDirectory() as folder:
        if package["kind"] == "axml":
            # The peers read a manifest only inside an archive.
            packed = pathlib.Path(folder) / "packed.apk"
            with zipfile.ZipFile(packed, "w") as archive:
                archive.write(path, "AndroidManifest.xml")
        else:
            packed = path
        for tool in ("aapt", "aapt2"):
            status, output = run(tool, "dump", "permissions", str(packed))
            theirs = requested(output)
            if status != 0:
                found[tool] = f"exit code {status}"
            elif theirs != ours:
                found[tool] = (f"only {tool}: {sorted(theirs - ours, key=str)}; "
                               f"only permaudit: {sorted(ours - theirs, key=str)}")
        status, tree = run("aapt2", "dump", "xmltree", "--file", "AndroidManifest.xml", str(packed))
        theirs = guarded(tree, package["id"])
        mine = {(d["permission"], d["value"]) for d in package["declarations"] if d["kind"] == "guarded-component"}
        if status != 0:
            found["guarded"] = f"exit code {status}"
        elif theirs != mine:
            found["guarded"] = f"only aapt2: {sorted(theirs - mine)}; only permaudit: {sorted(mine - theirs)}"
        status, badging = run("aapt2", "dump", "badging", str(packed))
    if status != 0 and not badging:
        found["badging"] = f"exit code {status}"
        return found, len(mine)
    first = badging.splitlines()[0]
    name, build = quoted("versionName", first), quoted("versionCode", first)
    facts = {
        "id": (package["id"], quoted("name", first)),
        "version": (package["version"], " ".join(filter(None, [name, build and f"({build})"])) or None),
        "min": (package["sdk"]["min"], number(quoted("sdkVersion", badging))),
        "target": (package["sdk"]["target"], number(quoted("targetSdkVersion", badging))),
    }
    for topic, (ours, theirs) in facts.items():
        if ours != theirs:
            found[topic] = f"permaudit {ours!r}, aapt2 {theirs!r}"
    return found, len(mine)


def default_files(cache):
    """Golden packages, sample, corpus."""
    fixtures = TOP / "fixtures"
    golden = fixtures / "packages"
    corpus = sorted(path for path in cache.glob("*/*") if path.suffix == ".apk" or path.name == "AndroidManifest.xml")
    return [*sorted(golden.glob("*.apk")), golden / "AndroidManifest.xml", fixtures / "sample" / "app.apk", *corpus]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="*", type=pathlib.Path)
    parser.add_argument("--binary", default=str(TOP / "target" / "debug" / "permaudit"))
    parser.add_argument("--cache", type=pathlib.Path, default=TOP / ".corpus")
    arguments = parser.parse_args()
    files = arguments.files or default_files(arguments.cache)
    failed = components = 0
    for path in files:
        found, own = differences(arguments.binary, path)
        components += own
        known = KNOWN.get(path.name, {})
        for topic in sorted(found.keys() | known.keys()):
            if topic in found and topic in known:
                print(f"known  {path.name}: {topic}: {found[topic]} ({known[topic]})")
            else:
                failed += 1
                print(f"FAILED {path}: {topic}: {found.get(topic, 'a known difference is gone')}")
    print(f"{len(files)} packages read by permaudit, aapt and aapt2 ({components} guarded components): "
          f"{failed} unexpected differences")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
