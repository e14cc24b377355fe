#!/usr/bin/env python3
"""Compares what permaudit reads in statements with labels that a careful reader made.

    scripts/score_statements.py FOLDER LABELS.jsonl [--binary target/release/permaudit] [--only FILE...] [--rows]
                                [--documents DOCUMENTS.tsv] [--prose]

LABELS has one JSON object a line. Of those with "level": "row" these fields count: "doc" (a file of FOLDER), "line",
"raw" (a part of that line), "canonical" and "maybe" (permissions by platform), "purpose", "scope", "kind". A document
without rows must disclose nothing.

For each row the disclosures on its line are compared: what is disclosed must be exactly the canonical permissions, for
the platforms that the label names. What may be meant should be among candidates and suggestions; that and the purpose
are counted, but do not fail the run. A row beyond the labels that only repeats what the labels have is counted and
does not fail it either. Exit code 1 when a row is missed, discloses less, or anything is falsely disclosed; 2 when a
file or the binary fails.

DOCUMENTS has a header line and a document a line, tab-separated: the file, where it comes from, the language, the form.
With it a table by language and form is printed.

With --prose the documents of the form "prose" are read with `--prose accept`, and so are, for the labels with "level":
"prose", all documents: the permissions that such a label has as canonical must be disclosed on its line.
"""

import argparse
import json
import pathlib
import subprocess
import sys
from collections import Counter, defaultdict

PLATFORMS = ("android", "ios", "harmonyos")


def platform_of(name):
    if name.startswith("ohos."):
        return "harmonyos"
    return "android" if "." in name and not name.startswith("com.apple.") else "ios"


def by_platform(names):
    found = defaultdict(set)
    for name in names:
        found[platform_of(name)].add(name)
    return found


def read(binary, path, prose=False):
    """The disclosures and doubts of one statement."""
    accept = ["--prose", "accept"] if prose else []
    command = [binary, "statement", str(path), "--format", "json", *accept]
    run = subprocess.run(command, capture_output=True, check=False)
    if run.returncode not in (0, 1, 3):
        sys.exit(f"{path}: exit code {run.returncode}: {run.stderr.decode(errors='replace').strip()}")
    statement = json.loads(run.stdout)["statements"][0]
    return statement["disclosures"], statement["doubts"]


def score(document, labels, disclosures, tally, problems):
    rows = [label for label in labels if label["level"] == "row"]
    used = set()
    by_line = defaultdict(list)
    for number, found in enumerate(disclosures):
        location = found["location"]
        for line in range(location["line"], location["end_line"] + 1):
            by_line[line].append(number)
    several = Counter(row["line"] for row in rows)
    for row in rows:
        tally["rows"] += 1
        canonical = {key: set(names) for key, names in row.get("canonical", {}).items() if names}
        maybe = {key: set(names) for key, names in row.get("maybe", {}).items() if names}
        here = by_line[row["line"]]
        if several[row["line"]] > 1:
            # Several rows on one line: the one whose written text is a part of the label's, or shares a permission.
            wanted = set().union(*canonical.values()) if canonical else set()
            here = [
                number
                for number in here
                if disclosures[number]["written"] in row["raw"]
                or row["raw"] in disclosures[number]["written"]
                or wanted & set(disclosures[number]["permissions"])
            ]
        used.update(here)
        given = by_platform(name for number in here for name in disclosures[number]["permissions"])
        offered = by_platform(
            name for number in here for name in disclosures[number]["candidates"] + disclosures[number]["suggestions"]
        )
        for platform in PLATFORMS:
            expected, got = canonical.get(platform, set()), given.get(platform, set())
            tally["names"] += len(expected)
            tally["names found"] += len(expected & got)
            if expected - got:
                problems.append((document, row["line"], "missed", row["raw"], sorted(expected - got)))
            false = got - expected
            # The label may know the platform from outside; a row that states none is for Android and iOS.
            stated = row.get("platform", "unspecified")
            if false and platform not in stated and stated != "unspecified" and not any(
                disclosures[number]["platforms"] for number in here
            ):
                tally["names on a platform the row does not exclude"] += len(false)
                false = set()
            if false:
                tally["names false"] += len(false)
                problems.append((document, row["line"], "false", row["raw"], sorted(false)))
            tally["maybe"] += len(maybe.get(platform, set()))
            tally["maybe offered"] += len(maybe.get(platform, set()) & (offered.get(platform, set()) | got))
        if not here and canonical:
            tally["rows missed"] += 1
        elif not here:
            tally["rows without a permission, not seen"] += 1
        else:
            tally["rows found"] += 1
            purpose = any(disclosures[number]["purpose"] for number in here)
            if purpose == bool(row.get("purpose")):
                tally["purpose right"] += 1
            else:
                tally["purpose wrong"] += 1
                problems.append((document, row["line"], "purpose", row["raw"], purpose))
    labelled = {name for row in rows for names in row.get("canonical", {}).values() for name in names}
    for number, found in enumerate(disclosures):
        if number in used:
            continue
        tally["rows beyond the labels"] += 1
        false = sorted(set(found["permissions"]) - labelled)
        tally["names repeated beyond the labels"] += len(found["permissions"]) - len(false)
        if false:
            tally["names false"] += len(false)
            problems.append((document, found["location"]["line"], "false", found["written"], false))


def score_prose(document, labels, disclosures, tally, problems):
    """Mentions in running text: what the labels have as canonical must be disclosed on their lines."""
    for label in labels:
        wanted = {name for names in label.get("canonical", {}).values() for name in names}
        if label["level"] != "prose" or not wanted:
            continue
        tally["prose mentions"] += 1
        on_line = [
            found
            for found in disclosures
            if found["location"]["line"] <= label["line"] <= found["location"]["end_line"]
        ]
        missed = sorted(wanted - {name for found in on_line for name in found["permissions"]})
        if missed:
            tally["prose mentions missed"] += 1
            problems.append((document, label["line"], "prose", label.get("raw", ""), missed))


def print_forms(tallies, documents):
    """The figures by language and form."""
    forms = defaultdict(Counter)
    for document, tally in tallies.items():
        language, form = documents.get(document, ("?", "?"))
        forms[language, form] += tally
        forms[language, form]["documents"] += 1
        forms[language, "all"] += tally
        forms[language, "all"]["documents"] += 1
    columns = ("documents", "rows", "rows missed", "names", "names found", "names false", "purpose right", "purpose wrong")
    print(f"\n{'language':10}{'form':18}" + "".join(f"{column:>15}" for column in columns))
    for language, form in sorted(forms, key=lambda key: (key[0], key[1] == "all", key[1])):
        tally = forms[language, form]
        print(f"{language:10}{form:18}" + "".join(f"{tally[column]:>15}" for column in columns))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("labels", type=pathlib.Path)
    parser.add_argument("--binary", default="target/release/permaudit")
    parser.add_argument("--only", nargs="*", default=[], metavar="FILE")
    parser.add_argument("--rows", action="store_true", help="list purposes that differ, too")
    parser.add_argument("--documents", type=pathlib.Path, help="a table of documents: file, source, language, form")
    parser.add_argument("--prose", action="store_true", help="score running text with --prose accept")
    arguments = parser.parse_args()

    labels = defaultdict(list)
    for line in arguments.labels.read_text(encoding="utf-8").splitlines():
        label = json.loads(line)
        labels[label["doc"]].append(label)
    documents = {}
    if arguments.documents:
        for line in arguments.documents.read_text(encoding="utf-8").splitlines()[1:]:
            fields = line.split("\t")
            documents[fields[0]] = (fields[2], fields[3])
    total, problems, tallies = Counter(), [], {}
    columns = ("rows", "rows found", "rows missed", "names", "names found", "names false", "maybe", "maybe offered")
    print(f"{'document':32}" + "".join(f"{column:>15}" for column in columns) + f"{'doubts':>8}")
    for document in sorted(labels):
        path = arguments.folder / document
        if arguments.only and document not in arguments.only or not path.exists():
            continue
        is_prose = arguments.prose and documents.get(document, ("", ""))[1] == "prose"
        disclosures, doubts = read(arguments.binary, path, is_prose)
        tally = Counter()
        score(document, labels[document], disclosures, tally, problems)
        if arguments.prose:
            accepted = disclosures if is_prose else read(arguments.binary, path, True)[0]
            score_prose(document, labels[document], accepted, tally, problems)
        total += tally
        tallies[document] = tally
        print(f"{document:32}" + "".join(f"{tally[column]:>15}" for column in columns) + f"{len(doubts):>8}")
    print(f"{'all':32}" + "".join(f"{total[column]:>15}" for column in columns))
    for column in sorted(set(total) - set(columns)):
        print(f"{column}: {total[column]}")
    if documents:
        print_forms(tallies, documents)
    for document, line, what, raw, detail in problems:
        if what != "purpose" or arguments.rows:
            print(f"{document}:{line}: {what}: {raw!r}: {detail}")
    failed = any(what in ("missed", "false") for _, _, what, _, _ in problems)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
