#!/usr/bin/env python3
"""Holds every dependency in Cargo.lock to the licences and sources that deny.toml allows.

cargo-deny does the same and more, but takes minutes to build; this reads `cargo metadata` and takes no time.
"""

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


def main():
    with open(TOP / "deny.toml", "rb") as file:
        licences = set(tomllib.load(file)["licenses"]["allow"])
    run = subprocess.run(["cargo", "metadata", "--format-version", "1", "--locked", "--all-features"], cwd=TOP,
                         capture_output=True, text=True, check=False)
    if run.returncode:
        sys.exit(run.stderr)
    packages = [package for package in json.loads(run.stdout)["packages"] if package["source"] is not None]
    wrong = []
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
    print("\n".join(wrong) or f"{len(packages)} dependencies have allowed licences and sources")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
