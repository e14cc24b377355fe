#!/usr/bin/env python3
"""Holds every dependency in Cargo.lock to the licences and sources that deny.toml allows, and docs/dependencies.md to both.

    scripts/dependencies.py [--yanked]

cargo-deny does some of it and more, but takes minutes to build; this reads `cargo metadata` and takes no time. With --yanked,
versions that were withdrawn are told as well, by what `cargo package` says, which asks the registry.
"""

import argparse
import collections
import json
import pathlib
import re
import subprocess
import sys
import tomllib

TOP = pathlib.Path(__file__).resolve().parent.parent


def allowed(expression, licences):
    """Whether an SPDX expression can be met with `licences`: OR, AND, WITH, parentheses, and the old `A/B` for OR."""
    tokens = re.findall(r"\(|\)|[^\s()]+", expression.replace("/", " OR "))

    def alternatives(at):
        met, at = conjunction(at)
        while at < len(tokens) and tokens[at] == "OR":
            other, at = conjunction(at + 1)
            met = met or other
        return met, at

    def conjunction(at):
        met, at = single(at)
        while at < len(tokens) and tokens[at] == "AND":
            other, at = single(at + 1)
            met = met and other
        return met, at

    def single(at):
        if tokens[at] == "(":
            met, at = alternatives(at + 1)
            if at >= len(tokens) or tokens[at] != ")":
                raise ValueError(expression)
            return met, at + 1
        if tokens[at + 1 : at + 2] == ["WITH"]:
            return f"{tokens[at]} WITH {tokens[at + 2]}" in licences, at + 3
        return tokens[at] in licences, at + 1

    met, at = alternatives(0)
    if at != len(tokens):
        raise ValueError(expression)
    return met


def tables(page):
    """The rows of the tables of a Markdown page by the heading above: lists of cells, without the header."""
    found, heading = collections.defaultdict(list), ""
    for line in page.splitlines():
        if line.startswith("#"):
            heading = line.lstrip("# ")
        elif line.startswith("|"):
            found[heading].append([cell.strip() for cell in line.strip("|").split("|")])
    return {heading: rows[2:] for heading, rows in found.items()}


def built(metadata):
    """The packages of the program's own tree on any platform, without those of its tests; and itself."""
    nodes = {node["id"]: node for node in metadata["resolve"]["nodes"]}
    root = metadata["resolve"]["root"]
    seen, pending = {root}, [root]
    while pending:
        for used in nodes[pending.pop()]["deps"]:
            if used["pkg"] not in seen and any(kind["kind"] != "dev" for kind in used["dep_kinds"]):
                seen.add(used["pkg"])
                pending.append(used["pkg"])
    packages = {package["id"]: package for package in metadata["packages"]}
    return packages[root], [packages[name] for name in seen - {root}]


def documented(metadata):
    """What docs/dependencies.md says otherwise than Cargo does, in sentences."""
    page = tables((TOP / "docs" / "dependencies.md").read_text(encoding="utf-8"))
    root, packages = built(metadata)
    kinds = {"custom-build": "a build script", "proc-macro": "a macro"}
    runs, versions = collections.defaultdict(set), collections.defaultdict(set)
    for package in packages:
        versions[package["name"]].add(package["version"].split(".")[0])
        for target in package["targets"]:
            runs[package["name"]] |= {kinds[kind] for kind in target["kind"] if kind in kinds}
    direct = {kind: {one["name"] for one in root["dependencies"] if one["kind"] == kind} for kind in (None, "dev")}
    wrong = []
    for heading, real in [
        ("In the program", {name: None for name in direct[None]}),
        ("In tests", {name: None for name in direct["dev"]}),
        ("What runs while it is built", {name: ", ".join(sorted(what)) for name, what in runs.items() if what}),
        ("In several versions", {name: ", ".join(sorted(all)) for name, all in versions.items() if len(all) > 1}),
    ]:
        rows = page.get(heading, [])
        told = {row[0]: row[1] if real.get(row[0]) else None for row in rows}
        wrong += [f"docs/dependencies.md, {heading}: {name} is missing" for name in sorted(real.keys() - told.keys())]
        wrong += [f"docs/dependencies.md, {heading}: {name} is not used" for name in sorted(told.keys() - real.keys())]
        wrong += [f"docs/dependencies.md, {heading}: {name} is {real[name]}, not {told[name]}"
                  for name in sorted(real.keys() & told.keys()) if real[name] != told[name]]
        # Which features are left out may be none; a reason is never missing.
        wrong += [f"docs/dependencies.md, {heading}: {row[0]} has an empty cell"
                  for row in rows if not all(cell for at, cell in enumerate(row) if at != 4)]
    sorted_rows = [row[0] for row in page.get("In the program", [])]
    if sorted_rows != sorted(sorted_rows):
        wrong.append("docs/dependencies.md, In the program: not sorted")
    return wrong


def yanked():
    """Versions of the lock file that were withdrawn, in sentences."""
    run = subprocess.run(["cargo", "package", "--no-verify", "--allow-dirty", "--locked", "--target-dir", "target/package-check"],
                         cwd=TOP, capture_output=True, text=True, check=False)
    if run.returncode:
        return [f"cargo package fails: {run.stderr.strip()}"]
    return [line for line in run.stderr.splitlines() if "yanked" in line]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--yanked", action="store_true")
    options = parser.parse_args()
    with open(TOP / "deny.toml", "rb") as file:
        licences = set(tomllib.load(file)["licenses"]["allow"])
    run = subprocess.run(["cargo", "metadata", "--format-version", "1", "--locked", "--all-features"], cwd=TOP,
                         capture_output=True, text=True, check=False)
    if run.returncode:
        sys.exit(run.stderr)
    metadata = json.loads(run.stdout)
    packages = [package for package in metadata["packages"] if package["source"] is not None]
    wrong = documented(metadata) + (yanked() if options.yanked else [])
    # One registry, the one that Cargo uses by default: another would be named in a second source.
    registries = {package["source"] for package in packages if (package["source"] or "").startswith("registry+")}
    if len(registries) > 1:
        wrong.append(f"there is more than one registry: {', '.join(sorted(registries))}")
    for package in packages:
        title = f"{package['name']} {package['version']}"
        if package["source"] not in registries:
            wrong.append(f"{title}: comes from {package['source']}")
        try:
            if not package["license"] or not allowed(package["license"], licences):
                wrong.append(f"{title}: its licence is {package['license']}")
        except (ValueError, IndexError):
            wrong.append(f"{title}: its licence cannot be read: {package['license']}")
    print("\n".join(wrong) or f"{len(packages)} dependencies have allowed licences and sources, and docs/dependencies.md is true")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
