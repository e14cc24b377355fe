#!/usr/bin/env bash
# Speed and memory of `permaudit inspect` against other readers, in one run on the same file, and against a package of
# more than 500 MB.
#
#   scripts/bench_peers.sh FILE.apk
#
# Needs the Debian packages aapt, unzip, hyperfine and time, and Python 3. Times are medians of whole processes.
set -euo pipefail
export LC_ALL=C.UTF-8
top=$(cd "$(dirname "$0")/.." && pwd)
file=$(realpath "${1:?usage: scripts/bench_peers.sh FILE.apk}")
cargo build --quiet --release --manifest-path "$top/Cargo.toml"
binary=$top/target/release/permaudit

temp=$(mktemp -d)
trap 'rm -rf "$temp"' EXIT

# bench FILE: medians and ratios of every reader.
bench() {
    hyperfine --shell=none --warmup 5 --min-runs 30 --ignore-failure --export-json "$temp/times.json" \
        --command-name 'permaudit inspect' "$binary inspect $1" \
        --command-name 'unzip -p' "unzip -p $1 AndroidManifest.xml" \
        --command-name 'aapt dump permissions' "aapt dump permissions $1" \
        --command-name 'aapt2 dump permissions' "aapt2 dump permissions $1" \
        > "$temp/hyperfine.log" 2>&1 || { cat "$temp/hyperfine.log" >&2; exit 1; }
    python3 - "$temp/times.json" <<'PYTHON'
import json, sys
results = json.load(open(sys.argv[1]))["results"]
own = results[0]["median"]
for result in results:
    failed = any(code not in (0, None) for code in result["exit_codes"])
    print(f"  {result['command']:24} {result['median'] * 1000:8.2f} ms   {result['median'] / own:6.2f} x"
          + ("   (failed)" if failed else ""))
PYTHON
}

# memory COMMAND...: peak resident memory.
memory() {
    /usr/bin/time -f %M -o "$temp/memory" "$@" > /dev/null 2>&1 || true
    tail -n 1 "$temp/memory"
}

both() {
    echo "$1: $(stat -c %s "$2") bytes"
    bench "$2"
    printf '  peak memory: permaudit %s KiB, unzip %s KiB, aapt %s KiB, aapt2 %s KiB\n' \
        "$(memory "$binary" inspect "$2")" "$(memory unzip -p "$2" AndroidManifest.xml)" \
        "$(memory aapt dump permissions "$2")" "$(memory aapt2 dump permissions "$2")"
}

both "$(basename "$file")" "$file"

# The sample's own entries after one of 600 MB that is stored, as a game's assets are.
python3 - "$top/fixtures/sample/app.apk" "$temp/large.apk" <<'PYTHON'
import sys, zipfile
with zipfile.ZipFile(sys.argv[1]) as small, zipfile.ZipFile(sys.argv[2], "w") as large:
    with large.open(zipfile.ZipInfo("assets/world.pak"), "w") as entry:
        for _ in range(600):
            entry.write(bytes(1 << 20))
    for info in small.infolist():
        large.writestr(info, small.read(info))
PYTHON
both 'the sample with an entry of 600 MiB' "$temp/large.apk"
