#!/usr/bin/env python3
"""Holds SARIF reports to the schema of SARIF 2.1.0 and to what code scanning asks for beyond it.

    scripts/check_sarif.py [--binary PATH] [--cache FOLDER]

The schema comes from a public npm package, verified by its sha256. Wants the Python package jsonschema. Reports are made
of the sample (findings), of a broken package (not established), of a package alone and of statements alone.
"""

import argparse
import hashlib
import json
import pathlib
import subprocess
import sys

import jsonschema

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from corpus import TOP, extract

SCHEMA = ("@microsoft/jest-sarif", "1.0.0-beta.0", "package/lib/schemas/sarif-2.1.0-rtm.5.json", "2d99159ae54a3eea97f81781cff48780548657c35949f4b7f25e99a2ba4de4f8")
SAMPLE = ["fixtures/sample/app.apk", "--statement", "fixtures/sample/privacy.md", "fixtures/sample/privacy.zh.md"]
RUNS = [
    (["check", "--no-config", *SAMPLE], 1),
    (["check", "--no-config", "fixtures/packages/name-by-reference.apk", *SAMPLE[1:]], 3),
    (["inspect", "fixtures/packages/name-by-reference.apk"], 3),
    (["inspect", "fixtures/sample/app.apk"], 0),
    (["statement", "--no-config", "fixtures/statements/forms-en.md", "fixtures/statements/lists-zh.txt"], None),
]


def schema(cache):
    """The schema."""
    name, version, inner, digest = SCHEMA
    path = cache / digest / pathlib.PurePosixPath(inner).name
    if not path.exists():
        extract(name, version, {inner: path})
    content = path.read_bytes()
    if hashlib.sha256(content).hexdigest() != digest:
        path.unlink()
        sys.exit(f"{name}@{version} {inner} is not the file that is listed")
    return json.loads(content)


def asked(log):
    """What code scanning asks for beyond the schema: sentences on what is missing."""
    (run,) = log["runs"]
    rules = run["tool"]["driver"]["rules"]
    for rule in rules:
        if not (rule.get("fullDescription", {}).get("text") and rule.get("help", {}).get("text")):
            yield f"rule {rule['id']} has no description or no help"
    if not run.get("automationDetails", {}).get("id"):
        yield "the run has no automationDetails.id"
    for result in run["results"]:
        if rules[result["ruleIndex"]]["id"] != result["ruleId"]:
            yield f"{result['ruleId']} has the index of another rule"
        if not result.get("partialFingerprints", {}).get("primaryLocationLineHash"):
            yield f"{result['ruleId']} has no fingerprint"
        first = result["locations"][0]["physicalLocation"]
        if not first["artifactLocation"]["uri"]:
            yield f"{result['ruleId']} has no file"
        region = first.get("region", {})
        if "startLine" in region and not {"startColumn", "endLine", "endColumn"} <= region.keys():
            yield f"{result['ruleId']} has no whole region: {region}"
    if run.get("columnKind") != "unicodeCodePoints":
        yield f"columns are {run.get('columnKind')}"


def main():
    """Runs all; the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", default=str(TOP / "target" / "release" / "permaudit"))
    parser.add_argument("--cache", type=pathlib.Path, default=TOP / ".corpus")
    arguments = parser.parse_args()
    validator = jsonschema.Draft7Validator(schema(arguments.cache.resolve()))
    failed = 0
    for words, code in RUNS:
        run = subprocess.run([arguments.binary, *words, "--format", "sarif"], cwd=TOP, capture_output=True, text=True,
                             check=False)
        log = json.loads(run.stdout)
        wrong = [f"{error.json_path}: {error.message}" for error in validator.iter_errors(log)]
        wrong += asked(log)
        if code is not None and run.returncode != code:
            wrong.append(f"exit code {run.returncode}")
        (invocation,) = log["runs"][0]["invocations"]
        if invocation["executionSuccessful"] == (run.returncode == 3):
            wrong.append("executionSuccessful does not say whether the sets are established")
        failed += len(wrong)
        print(f"{'FAILED' if wrong else 'ok'}: {' '.join(words)}: {len(log['runs'][0]['results'])} results")
        for sentence in wrong:
            print(f"  {sentence}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
