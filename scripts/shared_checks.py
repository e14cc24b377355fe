#!/usr/bin/env python3
"""Checks against the folder `shared` beside the checkout, for those who have it.

    scripts/shared_checks.py FOLDER [--binary PATH] [--cache FOLDER]

1. The rows of the labelled statements are found (scripts/score_statements.py). What running text says of permissions is
   found on its line, and words that only look like it disclose nothing, not even with `--prose accept`.
2. `permaudit check` of two real packages against three real statements gives the undisclosed permissions and exit
   codes that follow from the labels alone.
3. The book knows every name of the fact files, with the level that follows from them.
4. Each defect that the labels name is a finding, from `permaudit statement` and from `permaudit check`, and no row has a
   finding of these rules that is no defect.
"""

import argparse
import json
import pathlib
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from corpus import TOP, cached, fetch, rows

PACKAGES = [("io.appium.settings", "8.0.10"), ("android-apidemos", "5.0.0")]
# What a note of a label says must not be disclosed.
NEVER = [("must NOT disclose RECORD_AUDIO", "android.permission.RECORD_AUDIO"),
         ("must NOT disclose android.permission.CAMERA", "android.permission.CAMERA")]
STATEMENTS = ["welink-external-meeting.txt", "wecom.txt", "huawei-cloud.txt"]


# The rule that finds each kind of defect; None where there is no such rule, by design/policy.md.
RULE_OF = {
    "missing-purpose": "no-purpose",
    "copy-pasted-purpose": "copied-purpose",
    "purpose-of-other-row": "copied-purpose",
    "description-equals-purpose": "description-is-purpose",
    "description-is-purpose": "description-is-purpose",
    "nonexistent-name": "unknown-name",
    "several-names-in-one-cell": "ambiguous-name",
    "abbreviated-name": "ambiguous-name",
    "swapped-description": "contradiction",
    "harmony-names-missing": "wrong-platform",
    "vague-purpose": "vague-purpose",
    "garbled-purpose": "vague-purpose",
    "description-purpose-mismatch": None,
    "platform-version-error": None,
    "version-scope-missing": None,
    "cross-platform-asymmetry": None,
}


def labels(path):
    """The objects of a file with one JSON object on each line."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


def disclosed_on_android(labelled, statement):
    """What the labels of one statement say is disclosed on Android: rows that are in force."""
    names = set()
    for label in labelled:
        in_force = label.get("scope") not in ("negated", "hypothetical")
        if label["doc"] == statement and label["level"] == "row" and in_force:
            names.update(label["canonical"].get("android", []))
    return names


def expected_undisclosed(declared, disclosed):
    """Declared, not disclosed, and not the app's own name."""
    names = {name.split("@")[0] for name in declared.split()}
    return {name for name in names - disclosed if not name.endswith(".DYNAMIC_RECEIVER_NOT_EXPORTED_PERMISSION")}


def weighs_error(name, facts):
    """Whether an undisclosed permission fails the gate, by the fact file: runtime or special access."""
    fact = facts.get(name, {})
    return fact.get("protection_base") == "dangerous" or "special_access" in fact


def check_packages(shared, binary, cache):
    """Problems of the two packages against the three statements."""
    wanted = [row for row in rows(shared / "corpus" / "packages.tsv")
              if (row["name"], row["version"]) in PACKAGES and row["kind"] == "apk"]
    if len(wanted) != len(PACKAGES):
        return [f"packages.tsv lists {len(wanted)} of {PACKAGES}"]
    fetch(cache, wanted)
    labelled = labels(shared / "statements" / "expected.jsonl")
    facts = {fact["name"]: fact
             for fact in json.loads((shared / "facts" / "android_permissions.json").read_text())["permissions"]}
    statements = {str(shared / "statements" / name): name for name in STATEMENTS}
    problems = []
    for row in wanted:
        package = cached(cache, row)
        run = subprocess.run([binary, "check", str(package), "--statement", *statements, "--format", "json"],
                             capture_output=True, text=True, timeout=120, check=False)
        report = json.loads(run.stdout)
        codes = []
        for path, name in statements.items():
            title = f"{row['name']} against {name}"
            expected = expected_undisclosed(row["declared"], disclosed_on_android(labelled, name))
            own = [finding for finding in report["findings"] if finding["statement"] == path]
            found = {finding["permission"] for finding in own if finding["rule"] == "undisclosed"}
            declared = {declaration["permission"] for declaration in report["packages"][0]["declarations"]
                        if declaration["origin"] == "declared"}
            if found & declared != expected:
                problems.append(f"{title}: undisclosed beyond the labels {sorted((found & declared) - expected)}, "
                                f"lacking {sorted(expected - found)}")
            heavy = sorted(finding["permission"] for finding in own if finding["rule"] == "undisclosed"
                           and finding["severity"] != "note" and finding["permission"] not in declared)
            if heavy:
                problems.append(f"{title}: not declared, yet more than a note: {heavy}")
            for permission in sorted(expected):
                severity = {finding["severity"] for finding in own
                            if finding["rule"] == "undisclosed" and finding["permission"] == permission}
                limit = next((int(declared.split("@max")[1]) for declared in row["declared"].split()
                              if declared.startswith(permission + "@max")), None)
                if weighs_error(permission, facts) and limit is None and severity != {"error"}:
                    problems.append(f"{title}: {permission} is {severity}, not an error")
            codes.append(1 if any(weighs_error(permission, facts) for permission in expected) else 0)
            verdict = [verdict for verdict in report["verdicts"] if verdict["statements"] == [path]]
            if len(verdict) != 1 or verdict[0]["exit_code"] != codes[-1] or verdict[0]["established"] is not True:
                problems.append(f"{title}: verdict {verdict}, expected exit code {codes[-1]}")
            has_rows = any(label["doc"] == name and label["level"] == "row" for label in labelled)
            if any(finding["rule"] == "no-table" for finding in own) == has_rows:
                problems.append(f"{title}: no-table is wrong, the statement has {'a' if has_rows else 'no'} table")
            print(f"{title}: {len(expected)} undisclosed, exit code {codes[-1]}")
        if run.returncode != max(codes) or report["exit_code"] != max(codes):
            problems.append(f"{row['name']}: exit code {run.returncode}, expected {max(codes)}")
    return problems


def check_defects(shared, binary):
    """Where the findings about a statement by itself and the defects of the labels disagree."""
    problems = []
    rules = {rule for rule in RULE_OF.values() if rule}
    for name in STATEMENTS:
        path = str(shared / "statements" / name)
        expected = {}
        for label in labels(shared / "statements" / "expected.jsonl"):
            if label["doc"] != name:
                continue
            for defect in label.get("defects", []) + label.get("doc_defects", []):
                line = defect.get("line", label.get("line"))
                if defect["code"] not in RULE_OF:
                    problems.append(f"{name}:{line}: no rule is given for the defect {defect['code']}")
                elif rule := RULE_OF[defect["code"]]:
                    expected.setdefault((line, rule), []).append(defect["code"])
        sample = str(TOP / "fixtures" / "sample" / "app.apk")
        for title, command in (("statement", ["statement", path]), ("check", ["check", sample, "--statement", path])):
            run = subprocess.run([binary, *command, "--no-config", "--format", "json"],
                                 capture_output=True, text=True, timeout=120, check=False)
            findings = json.loads(run.stdout)["findings"]
            found = {(finding["locations"][0].get("line"), finding["rule"]) for finding in findings
                     if finding["rule"] in rules}
            for line, rule in sorted(expected.keys() - found):
                problems.append(f"{name}:{line}: `{title}` lacks {rule} for {' and '.join(expected[line, rule])}")
            for line, rule in sorted(found - expected.keys()):
                problems.append(f"{name}:{line}: `{title}` reports {rule}, which no label names")
            print(f"{name}, {title}: {len(expected)} findings for "
                  f"{sum(len(codes) for codes in expected.values())} labelled defects")
    return problems


def table(name):
    """A data file of the book: first column to the other columns."""
    lines = (TOP / "src" / "knowledge" / "data" / name).read_text(encoding="utf-8").splitlines()
    return {line.split("\t")[0]: line.split("\t")[1:] for line in lines if line and not line.startswith("#")}


def check_book(shared):
    """Where the book and the fact files disagree on names and levels."""
    problems = []

    def names(kind, book, facts):
        for what, lacking in (("lacks", facts - book), ("knows beyond the facts", book - facts)):
            if lacking:
                problems.append(f"{kind}: the book {what} {sorted(lacking)[:20]} ({len(lacking)})")

    facts = {fact["name"]: fact
             for fact in json.loads((shared / "facts" / "android_permissions.json").read_text())["permissions"]}
    book = table("android.tsv")
    names("android", set(book), set(facts))
    for name in sorted(book.keys() & facts.keys()):
        level, base = book[name][0], facts[name]["protection_base"]
        if (level == "runtime") != (base == "dangerous"):
            problems.append(f"android: {name} is {level} in the book and {base} in the facts")
        elif level == "special" and "special_access" not in facts[name]:
            problems.append(f"android: {name} is special in the book alone")
        elif level == "normal" and base in ("signature", "internal"):
            problems.append(f"android: {name} is normal in the book and {base} in the facts")

    facts = {fact["name"]: fact
             for fact in json.loads((shared / "facts" / "harmony_permissions.json").read_text())["permissions"]}
    book = table("harmony.tsv")
    names("harmonyos", set(book), set(facts))
    for name in sorted(book.keys() & facts.keys()):
        level, mode = book[name][0], facts[name]["grant_mode"]
        if level != mode:
            problems.append(f"harmonyos: {name} is {level} in the book, {mode} in the facts")

    names("ios", set(table("ios.tsv")), set(json.loads((shared / "facts" / "ios_usage_keys.json").read_text())["keys"]))
    return problems


def check_prose(shared, binary):
    """Problems of the running text of the labelled statements."""
    statements = shared / "statements"
    prose = [label for label in labels(statements / "expected.jsonl") if label["level"] == "prose"]
    problems, found, decoys = [], 0, 0
    for name in sorted({label["doc"] for label in prose}):
        run = subprocess.run([binary, "statement", str(statements / name), "--prose", "accept", "--format", "json",
                              "--no-config"], capture_output=True, text=True, timeout=120, check=False)
        mentions = [one for one in json.loads(run.stdout)["statements"][0]["disclosures"] if one["form"] == "prose"]
        for label in (label for label in prose if label["doc"] == name):
            there = [one for one in mentions if one["location"]["line"] == label["line"]]
            named = {permission for one in there for permission in one["permissions"]}
            meant = named | {permission for one in there for permission in one["candidates"]}
            plausible = {permission for names in label["plausible"].values() for permission in names}
            title = f"{name}:{label['line']}, {label['data']}"
            if label["strength"] == "none":
                decoys += 1
                if there:
                    problems.append(f"{title}: it speaks of no permission, and {sorted(meant)} was found")
            elif plausible:
                found += bool(meant & plausible)
                if not meant & plausible:
                    problems.append(f"{title}: none of {sorted(plausible)} was found")
            for word, never in NEVER:
                if word in label["note"] and never in named:
                    problems.append(f"{title}: {never} is disclosed")
    print(f"running text: {found} mentions found, {decoys} other uses of the words left alone")
    return problems


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("shared", type=pathlib.Path)
    parser.add_argument("--binary", default=str(TOP / "target" / "debug" / "permaudit"))
    parser.add_argument("--cache", type=pathlib.Path, default=TOP / ".corpus")
    arguments = parser.parse_args()
    problems = check_book(arguments.shared)
    print("the book and the fact files: " + (f"{len(problems)} differences" if problems else "same names and levels"))
    problems += check_defects(arguments.shared, arguments.binary)
    problems += check_packages(arguments.shared, arguments.binary, arguments.cache.resolve())
    problems += check_prose(arguments.shared, arguments.binary)
    statements = arguments.shared / "statements"
    sys.stdout.flush()
    score = subprocess.run([sys.executable, str(TOP / "scripts" / "score_statements.py"), str(statements),
                            str(statements / "expected.jsonl"), "--binary", arguments.binary], check=False)
    if score.returncode:
        problems.append(f"score_statements.py: exit code {score.returncode}")
    for problem in problems:
        print(f"FAILED {problem}")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
