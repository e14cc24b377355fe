#!/usr/bin/env python3
"""Large hostile files against the optimised program: exit code, the limit's name, what to do about it, time and memory.

tests/limits.rs holds the same promises for smaller files, without a clock. Bounds are about four times what a run on two
idle cores takes, so that they hold on a busy machine and still fail for what is not linear.

    scripts/limits_check.py [--binary target/release/permaudit] [--table]
"""

import argparse
import os
import struct
import subprocess
import sys
import tempfile
import time
import zlib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MIB = 1024 * 1024


def repeated(head, piece, times, tail=b""):
    """A file of `piece`, `times` over, never held whole: what this process holds would count for the one it starts."""
    def write(out):
        out.write(head)
        block = piece * max(1, MIB // len(piece))
        whole, rest = divmod(len(piece) * times, len(block))
        for _ in range(whole):
            out.write(block)
        out.write(block[:rest])
        out.write(tail)
    return write


def numbered(head, template, times, tail=b""):
    """A file of `template` with the numbers from 0."""
    def write(out):
        out.write(head)
        for number in range(times):
            out.write(template % number)
        out.write(tail)
    return write


def sparse(size):
    return lambda out: out.truncate(size)


def archive(entries):
    """An archive: pairs of a name and deflated bytes with the sizes and checksum of what they inflate to, or a name
    alone for an empty entry."""
    def write(out):
        directory = tempfile.TemporaryFile()
        count = 0
        for entry in entries():
            name, data, size, crc = entry if isinstance(entry, tuple) else (entry, b"", 0, 0)
            method = 8 if data else 0
            common = struct.pack("<HHIIII", 0, method, 0x21 << 16, crc, len(data), size)
            at = out.tell()
            out.write(b"PK\3\4\x14\0" + common + struct.pack("<HH", len(name), 0) + name + data)
            directory.write(b"PK\1\2\x14\0\x14\0" + common + struct.pack("<HHHHHII", len(name), 0, 0, 0, 0, 0, at) + name)
            count += 1
        start, length = out.tell(), directory.tell()
        directory.seek(0)
        while piece := directory.read(MIB):
            out.write(piece)
        end64 = out.tell()
        out.write(b"PK\6\6" + struct.pack("<QHHIIQQQQ", 44, 45, 45, 0, 0, count, count, length, start))
        out.write(b"PK\6\7" + struct.pack("<IQI", 0, end64, 1))
        out.write(b"PK\5\6" + struct.pack("<HHHHIIH", 0, 0, 0xffff, 0xffff, 0xffffffff, 0xffffffff, 0))
    return write


def packed(name, pieces):
    """An entry that inflates to `pieces`."""
    deflate, crc, size, data = zlib.compressobj(9, zlib.DEFLATED, -15), 0, 0, b""
    for piece in pieces:
        data, crc, size = data + deflate.compress(piece), zlib.crc32(piece, crc), size + len(piece)
    return name, data + deflate.flush(), size, crc


def bplist_laughs():
    """Objects that refer twice to the next one, forty deep."""
    objects = [b"\xa2" + bytes([n + 1, n + 1]) for n in range(40)] + [b"\x51x"]
    body, offsets = b"bplist00", b""
    for one in objects:
        offsets += bytes([len(body)])
        body += one
    trailer = bytes(6) + b"\1\1" + struct.pack(">QQQ", len(objects), 0, len(body))
    return lambda out: out.write(body + offsets + trailer)


TABLE = b"## Permissions\n\n| Permission | Purpose |\n|---|---|\n"
PAGE = b"<html><body><table>\n<tr><th>Permission</th><th>Purpose</th></tr>\n"
MANIFEST = b'<manifest xmlns:android="http://schemas.android.com/apk/res/android" package="a">'
PLIST = b'<?xml version="1.0"?><plist version="1.0">'
PROSE = (b"We use the camera, the microphone and your location to make calls, and never share what we record. "
         b"You may allow READ_SMS so that a code is entered for you.\n\n")

# Name, how it is made, exit code, limit, seconds, MiB. A name that ends in .md and the like is a statement.
CASES = [
    ("a million rows.md", repeated(TABLE, b"| CAMERA | scanning |\n", 1_000_000), 3, "limit-disclosures", 12, 400),
    ("a million rows.csv", repeated(b"Permission,Purpose\n", b"CAMERA,scanning\n", 1_000_000), 3, "limit-disclosures", 12, 400),
    ("a million rows.html", repeated(PAGE, b"<tr><td>CAMERA<td>scanning\n", 1_000_000), 3, "limit-html-nodes", 12, 400),
    ("names that do not exist.md", numbered(TABLE, b"| android.permission.NO_SUCH_%d | scanning |\n", 150_000), 3, "limit-disclosures", 30, 600),
    ("50 MB.md", sparse(50 * MIB), 3, "limit-statement-bytes", 1, 24),
    ("8 MB of running text.md", repeated(b"", PROSE, 50_000), 1, None, 25, 200),
    ("7 MB in one paragraph.md", repeated(b"", b"one word after another ", 300_000), 3, "limit-paragraph-bytes", 4, 160),
    ("30 MB in one paragraph.md", repeated(b"", b"one word after another ", 1_300_000), 3, "limit-paragraph-bytes", 12, 600),
    ("100,000 nested tags.html", repeated(b"<html><body>", b"<div>", 100_000, b"CAMERA"), 3, "limit-html-depth", 2, 64),
    ("100,000 nested tags.md", repeated(b"", b"<div>", 100_000, b"CAMERA"), 3, "limit-html-depth", 2, 64),
    ("100,000 open tables.html", repeated(b"<html><body>", b"<table>", 100_000), 1, None, 4, 64),
    ("100,000 open cells.html", repeated(b"<html><body>", b"<table><tr><td>", 100_000), 3, "limit-html-depth", 2, 64),
    ("100,000 open formats.html", repeated(b"<html><body>", b"<b><i><p>", 100_000), 3, "limit-html-depth", 2, 64),
    ("three million references.html", repeated(b"<html><body><p>", b"&amp;", 3_000_000), 3, "limit-html-nodes", 4, 128),
    ("merged cells.html", repeated(PAGE, b"<tr><td rowspan=65534>CAMERA</td><td rowspan=65534>x</td></tr>\n", 20_000), 3, None, 8, 400),
    ("200,000 style rules.html", numbered(b"<html><head><style>", b".a%d{display:none}", 200_000, b"</style></head><body>CAMERA"), 3, "limit-html-styles", 4, 128),
    ("two million brackets.md", repeated(b"", b"[", 1_000_000), 1, None, 6, 400),
    ("a million stars.md", repeated(b"", b"*a ", 340_000), 1, None, 6, 400),
    ("200,000 headings.md", repeated(b"", b"# Permissions\n\n", 200_000), 1, None, 15, 256),
    ("500 MB in one entry.apk", archive(lambda: [packed(b"AndroidManifest.xml", (bytes(MIB) for _ in range(500)))]), 3, "limit-entry-bytes", 2, 96),
    ("100,000 entries.apk", archive(lambda: [packed(b"AndroidManifest.xml", [b"x"])] + [b"res/%d" % n for n in range(100_000)]), 3, None, 1, 32),
    ("100,000 bundles.ipa", archive(lambda: (b"Payload/a.app/%d.app/Info.plist" % n for n in range(100_000))), 3, None, 10, 160),
    ("a million and one entries.apk", archive(lambda: (b"r%d" % n for n in range(1_000_001))), 3, "limit-archive-entries", 4, 96),
    ("250 MB of names.apk", archive(lambda: (b"%065000d" % n for n in range(3_800))), 3, "android-no-manifest", 6, 32),
    ("300 MB of names.apk", archive(lambda: (b"%065000d" % n for n in range(4_600))), 3, "limit-directory-bytes", 1, 24),
    ("a million requests.xml", repeated(MANIFEST, b'<uses-permission android:name="a.b"/>', 900_000, b"</manifest>"), 3, "limit-xml-attributes", 8, 128),
    ("deep elements.xml", repeated(MANIFEST, b"<a>", 1_000_000), 3, "limit-xml-depth", 1, 32),
    ("200,000 attributes.xml", numbered(MANIFEST + b"<uses-permission", b' a%d="x"', 200_000, b"/></manifest>"), 3, "limit-xml-attributes", 2, 64),
    ("200,000 requests.module.json", numbered(b'{"app":{"bundleName":"a"},"module":{"requestPermissions":[', b'{"name":"ohos.permission.X%d"},', 200_000, b"{}]}}"), 3, "limit-declarations", 8, 128),
    ("deep arrays.module.json", repeated(b'{"module":{"a":', b"[", 1_000_000), 3, "limit-json-depth", 1, 32),
    ("deep dictionaries.plist", repeated(PLIST, b"<dict><key>a</key>", 200_000), 3, "limit-plist-depth", 1, 32),
    ("420,000 values.plist", numbered(PLIST + b"<dict>", b"<key>k%d</key><true/>", 210_000, b"</dict></plist>"), 3, "limit-plist-values", 4, 160),
    ("a laughing property list.plist", bplist_laughs(), 3, "limit-plist-values", 1, 64),
]

# What takes longer than LIMIT seconds to read, and the seconds that it may take beyond them to stop.
TIMED = ["a million rows.md", "a million rows.html", "names that do not exist.md", "8 MB of running text.md",
         "200,000 headings.md", "100,000 bundles.ipa", "a million requests.xml", "200,000 requests.module.json"]
LIMIT, SLACK = 0.2, 1.0


def run(binary, command, file, out):
    """Exit code, seconds, MiB."""
    started = time.monotonic()
    child = subprocess.Popen([binary, *command, "--color", "never", file], stdout=out, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(child.pid, 0)
    return os.waitstatus_to_exitcode(status), time.monotonic() - started, usage.ru_maxrss / 1024


def says(path, *words):
    """Those of `words` that stand in no line of the file."""
    missing = set(words)
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            missing = {word for word in missing if word not in line}
            if not missing:
                break
    return missing


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--binary", default=ROOT / "target/release/permaudit", type=Path)
    parser.add_argument("--table", action="store_true", help="print every measurement")
    options = parser.parse_args()
    binary = options.binary.resolve()
    failures, longest, largest = [], 0.0, 0.0
    with tempfile.TemporaryDirectory() as folder:
        file, report = Path(folder, "input"), Path(folder, "report")
        for name, write, code, limit, seconds, mib in CASES:
            file = file.with_name("input" + name[name.index("."):])
            with open(file, "wb") as out:
                write(out)
            is_statement = name.endswith((".md", ".csv", ".html"))
            command = ["statement", "--no-config"] if is_statement else ["inspect"]
            with open(report, "wb") as out:
                found, took, held = run(binary, command, file, out)
            if options.table:
                print(f"{name:40} exit {found}  {took:6.2f} s  {held:5.0f} MiB")
            longest, largest = max(longest, took), max(largest, held)
            if found != code:
                failures.append(f"{name}: exit code {found}, not {code}")
            wanted = [f"[{limit}]"] if limit else []
            wanted += ["to do: "] if limit and limit.startswith("limit-") else []
            if missing := says(report, *wanted):
                failures.append(f"{name}: the report does not say {', '.join(missing)}")
            if took > seconds:
                failures.append(f"{name}: {took:.1f} s, at most {seconds}")
            if held > mib:
                failures.append(f"{name}: {held:.0f} MiB, at most {mib}")
            if name in TIMED:
                with open(report, "wb") as out:
                    found, took, _ = run(binary, [*command, "--timeout", str(LIMIT)], file, out)
                if options.table:
                    print(f"{'':40} exit {found}  {took:6.2f} s  with --timeout {LIMIT}")
                if found != 3 or says(report, "[limit-time]", f"{LIMIT} s", "--timeout SECONDS"):
                    failures.append(f"{name}: not stopped by --timeout {LIMIT} (exit code {found})")
                if took > LIMIT + SLACK:
                    failures.append(f"{name}: {took:.1f} s with --timeout {LIMIT}")
            file.unlink()
    for failure in failures:
        print(failure, file=sys.stderr)
    print(f"{len(CASES)} hostile files: at most {longest:.1f} s and {largest:.0f} MiB, {len(failures)} failures")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
