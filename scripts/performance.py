#!/usr/bin/env python3
"""Measures permaudit against other readers on the same files, in one run, and writes docs/performance.md.

    scripts/performance.py [--binary PATH] [--profile PATH] [--rounds N] [--cache FOLDER] [--write]

Every round runs each command once, in an order of its own, so that a machine that slows down slows all of them and none
always runs behind a large one; a ratio is the median of the ratios within a round. Peers that are not installed are left out, and the table says so: `unzip`,
`aapt`, `aapt2`, `plistutil`; `androguard` and `apk_info` for the Python that runs this script. Peak memory is that of
one run by itself, from GNU time.

What is measured is what a release holds (scripts/build_release.sh makes it), unless --binary names another.

The real packages are those of fixtures/corpus.tsv; scripts/corpus.py fetches them into the cache. Everything else is
made here.

--profile names a build whose functions have names and that is not inlined across crates:

    cargo build --release --target-dir target/profile --config profile.release.debug=1 \\
        --config 'profile.release.strip="none"' --config profile.release.lto=false

With it and valgrind, instructions are counted by stage. Counts do not depend on what else the machine does.
"""

import argparse
import importlib.util
import os
import pathlib
import platform
import random
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import zipfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from corpus import TOP, cached, rows

PAGE = TOP / "docs" / "performance.md"
SAMPLE = TOP / "fixtures" / "sample"
# Runs of each command that are not counted: they fill the caches.
WARM = 3
# By stage, the functions whose instructions, with all that they call, belong to it.
STAGES = [
    ("survey of the archive", "permaudit::container::zip::survey_names"),
    ("reading entries (inflate, CRC)",
     "permaudit::container::zip::read::<impl permaudit::container::zip::Archive>::collect"),
    ("AXML", "<permaudit::format::axml::Reader as permaudit::format::document::Document>::next_event"),
    ("resource table", "permaudit::platform::android::resources::Resources::resolve"),
    ("declarations in all (the four above and the book)", "permaudit::platform::read"),
    ("reading the statement", "permaudit::statement::understand"),
    ("- text to blocks", "permaudit::statement::syntax::read"),
    ("- running text", "permaudit::statement::prose::<impl permaudit::statement::disclose::Walk>::prose_unit"),
    ("rules and matrix", "permaudit::check::Run::judge"),
    ("report", "permaudit::report::output::write"),
]


def once(command):
    """Seconds that one run takes from start to end."""
    null = os.open(os.devnull, os.O_RDWR)
    actions = [(os.POSIX_SPAWN_DUP2, null, fd) for fd in (0, 1, 2)]
    started = time.perf_counter()
    child = os.posix_spawnp(command[0], command, os.environ, file_actions=actions)
    os.waitpid(child, 0)
    seconds = time.perf_counter() - started
    os.close(null)
    return seconds


def memory(command):
    """Peak resident memory of one run, in MiB; None without GNU time."""
    timer = shutil.which("time")
    if timer is None:
        return None
    with tempfile.NamedTemporaryFile() as out:
        subprocess.run([timer, "-f", "%M", "-o", out.name, *command],
                       stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
        return int(out.read().split()[-1]) / 1024


def race(commands, rounds):
    """Of each named command the median seconds and the median of its ratio to the first one, in interleaved rounds."""
    for command in commands.values():
        for _ in range(WARM):
            once(command)
    order = random.Random(rounds)
    runs = []
    for _ in range(rounds):
        names = order.sample(list(commands), len(commands))
        runs.append({name: once(commands[name]) for name in names})
    first = next(iter(commands))
    return {name: (statistics.median(run[name] for run in runs),
                   statistics.median(run[name] / run[first] for run in runs)) for name in commands}


def table(title, commands, rounds, lines):
    """Adds the table of one race to the page."""
    print(title, flush=True)
    lines += ["", f"### {title}", "", "| command | median | ratio | peak memory |", "| --- | ---: | ---: | ---: |"]
    for name, (seconds, ratio) in race(commands, rounds).items():
        peak = memory(commands[name])
        shown = "" if peak is None else f"{peak:.1f} MiB"
        lines.append(f"| {name} | {seconds * 1000:.2f} ms | {ratio:.2f} | {shown} |")


def reader(code, module, file):
    """A Python process that reads `file`, when the module is there."""
    return [sys.executable, "-c", code, str(file)] if importlib.util.find_spec(module) else None


def peers(binary, file):
    """Readers of the declared permissions of one APK; permaudit goes first."""
    tools = {
        "permaudit inspect": [str(binary), "inspect", str(file)],
        "unzip -p (manifest alone, undecoded)": ["unzip", "-p", str(file), "AndroidManifest.xml"],
        "aapt dump permissions": ["aapt", "dump", "permissions", str(file)],
        "aapt2 dump permissions": ["aapt2", "dump", "permissions", str(file)],
        "apk-info (Python)": reader("import sys, apk_info; apk_info.APK(sys.argv[1]).get_permissions()",
                                    "apk_info", file),
        "androguard (Python)": reader(
            "import sys; from loguru import logger; logger.remove(); from androguard.core.apk import APK; "
            "APK(sys.argv[1]).get_permissions()", "androguard", file),
        "an empty process (true)": ["true"],
    }
    return {name: command for name, command in tools.items() if command and shutil.which(command[0])}


def made(folder):
    """Files that show what size costs."""
    large = folder / "large.apk"
    with zipfile.ZipFile(SAMPLE / "app.apk") as small, zipfile.ZipFile(large, "w") as archive:
        with archive.open(zipfile.ZipInfo("assets/world.pak"), "w") as entry:
            for _ in range(600):
                entry.write(bytes(1 << 20))
        for info in small.infolist():
            archive.writestr(info, small.read(info))
    crowded = folder / "crowded.apk"
    with zipfile.ZipFile(SAMPLE / "app.apk") as small, zipfile.ZipFile(crowded, "w") as archive:
        for number in range(60_000):
            archive.writestr(f"res/drawable/file_{number}.png", bytes(16))
        for info in small.infolist():
            archive.writestr(info, small.read(info))
    statement = (SAMPLE / "privacy.md").read_text(encoding="utf-8")
    prose = (TOP / "fixtures" / "statements" / "prose-en.md").read_text(encoding="utf-8")
    page = folder / "page.md"
    page.write_text(prose * (200_000 // len(prose.encode()) + 1), encoding="utf-8")
    # Real names, each with another purpose.
    names = [line.split("\t")[0] for line in (TOP / "src" / "knowledge" / "data" / "android.tsv").read_text(
        encoding="utf-8").splitlines() if not line.startswith("#")]
    rows_of = folder / "rows.md"
    head = "## Android permissions\n\n| Permission | Description | Purpose |\n| --- | --- | --- |\n"
    rows_of.write_text(head + "".join(
        f"| {names[n % len(names)]} | Lets part {n} of the app open it. | Draws picture {n} on the map you choose. |\n"
        for n in range(5_000)), encoding="utf-8")
    return large, crowded, statement, page, rows_of


def released():
    """Where scripts/build_release.sh puts the binary for this machine."""
    about = subprocess.run(["rustc", "-vV"], capture_output=True, text=True, check=True).stdout
    host = re.search(r"^host: (.*)$", about, re.MULTILINE)[1]
    return TOP / "target" / host / "release" / "permaudit"


def count(command):
    """Instructions of one run of `command`, and those of each stage that it has."""
    with tempfile.TemporaryDirectory() as folder:
        out = pathlib.Path(folder) / "callgrind.out"
        run = subprocess.run(["valgrind", "--tool=callgrind", f"--callgrind-out-file={out}", *command],
                             stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                             text=True, errors="replace", check=False)
        total = re.search(r"Collected : (\d+)", run.stderr)
        if total is None:
            sys.exit(f"valgrind: {run.stderr[-500:]}")
        shown = subprocess.run(["callgrind_annotate", "--inclusive=yes", "--threshold=100", str(out)],
                               capture_output=True, text=True, check=True).stdout
    counts = {}
    for line in shown.splitlines():
        found = re.match(r" *([\d,]+) \([^)]*\)\s+[^:]*:(.*?)(?:'\d+)?(?: \[.*)?$", line)
        if found:
            counts[found[2]] = max(counts.get(found[2], 0), int(found[1].replace(",", "")))
    stages = {name: counts[function] for name, function in STAGES if function in counts}
    return int(total[1]), stages


def counted(profile, runs, lines):
    """Adds the table of instructions by stage."""
    print("instructions", flush=True)
    results = {name: count([str(profile), *arguments]) for name, arguments in runs.items()}
    lines += ["", "## Instructions by stage", "",
              "Millions of instructions, by callgrind, of a build that is not inlined across crates, so that stages keep",
              "their names. A stage counts all that it calls; stages that share work overlap.", "",
              "| stage | " + " | ".join(results) + " |", "| --- |" + " ---: |" * len(results)]
    for name, _ in STAGES:
        cells = [stages.get(name) for _, stages in results.values()]
        if any(cells):
            lines.append(f"| {name} | " + " | ".join(f"{c / 1e6:.2f}" if c else "" for c in cells) + " |")
    lines.append("| **whole process** | " + " | ".join(f"**{total / 1e6:.2f}**" for total, _ in results.values()) + " |")


def counted_whole(commands, lines):
    """Adds the table of instructions of whole processes."""
    lines += ["", "Of whole processes, on an APK of 6.4 MB, where the clock is noisy:", "",
              "| command | millions | ratio |", "| --- | ---: | ---: |"]
    totals = {name: count(command)[0] for name, command in commands.items()}
    first = next(iter(totals.values()))
    lines.extend(f"| {name} | {total / 1e6:.2f} | {total / first:.2f} |" for name, total in totals.items())


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", type=pathlib.Path, default=released())
    parser.add_argument("--profile", type=pathlib.Path)
    parser.add_argument("--rounds", type=int, default=30)
    parser.add_argument("--cache", type=pathlib.Path, default=TOP / ".corpus")
    parser.add_argument("--write", action="store_true", help="write docs/performance.md instead of printing it")
    arguments = parser.parse_args()
    binary, rounds = arguments.binary.resolve(), arguments.rounds
    corpus = {row["inner_path"]: cached(arguments.cache, row)
              for row in rows(TOP / "fixtures" / "corpus.tsv")}
    real = {
        "a small APK (37 KB)": corpus["package/bin/UnicodeIME-debug.apk"],
        "an APK of 6.4 MB": corpus["package/apks/ApiDemos-debug.apk"],
        "an APK of 18 MB": corpus["package/apks/appium-uiautomator2-server-v10.6.6.apk"],
    }
    missing = [path for path in real.values() if not path.exists()]
    if missing:
        sys.exit(f"not in the cache: {missing[0]}: run scripts/corpus.py fixtures/corpus.tsv")

    lines = []
    for title, file in real.items():
        table(f"inspect: {title}", peers(binary, file), rounds, lines)
    with tempfile.TemporaryDirectory() as temporary:
        folder = pathlib.Path(temporary)
        large, crowded, _, page, rows_of = made(folder)
        table("inspect: the sample with an entry of 600 MiB", peers(binary, large), rounds, lines)
        table("inspect: the sample among 60,000 entries", peers(binary, crowded), rounds, lines)
        ipa = SAMPLE / "app.ipa"
        python = ("import sys, zipfile, plistlib; z = zipfile.ZipFile(sys.argv[1]); "
                  "[plistlib.loads(z.read(n)) for n in z.namelist() if n.endswith('Info.plist')]")
        table("inspect: the sample IPA", {
            "permaudit inspect": [str(binary), "inspect", str(ipa)],
            "zipfile and plistlib (Python)": [sys.executable, "-c", python, str(ipa)],
        }, rounds, lines)
        statement = str(SAMPLE / "privacy.md")
        app = str(real["an APK of 6.4 MB"])
        table("check: a statement beside an APK of 6.4 MB", {
            "permaudit check": [str(binary), "check", "--no-config", app, "--statement", statement],
            "permaudit inspect of the same": [str(binary), "inspect", app],
        }, rounds, lines)
        table("statement: what size costs", {
            "the sample's statement": [str(binary), "statement", "--no-config", statement],
            "200 KB of running text": [str(binary), "statement", "--no-config", str(page)],
            "a table of 5,000 rows": [str(binary), "statement", "--no-config", str(rows_of)],
        }, rounds, lines)
        if arguments.profile:
            counted(arguments.profile.resolve(), {
                "--version": ["--version"],
                "inspect, sample": ["inspect", str(SAMPLE / "app.apk")],
                "inspect, 6.4 MB": ["inspect", app],
                "check, 6.4 MB": ["check", "--no-config", app, "--statement", statement],
                "statement, 200 KB": ["statement", "--no-config", str(page)],
            }, lines)
            read_by_all = peers(binary, pathlib.Path(app))
            counted_whole({name: command for name, command in read_by_all.items() if "Python" not in name}, lines)
    command = "scripts/performance.py --profile target/profile/release/permaudit --write"
    head = [
        "# Performance", "",
        "<!-- Written by scripts/performance.py. -->", "",
        "Whole processes, warm, on one machine: what counts is the ratio to permaudit (the first line of each table), which is",
        f"the median of {rounds} rounds that run each command once, in changing order. What `scripts/build_release.sh` makes is",
        f"measured; `{command}` makes this page.", "",
        f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}.", "",
        "## Against other readers",
    ]
    text = "\n".join(head + lines) + "\n"
    if arguments.write:
        PAGE.write_text(text, encoding="utf-8")
    else:
        print(text)


if __name__ == "__main__":
    main()
