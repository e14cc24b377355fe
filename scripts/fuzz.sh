#!/usr/bin/env bash
# scripts/fuzz.sh [MINUTES] [TARGET...]
#
# Runs each fuzz target (all of them when none is named) for so many minutes (1), then takes from its corpus what adds
# nothing. Memory and time are findings: an input that holds more than the budget of fuzz/src/lib.rs, grows the process
# beyond 512 MiB or takes more than five seconds is one, as a panic is. What is found is kept in fuzz/artifacts/TARGET;
# move it to fuzz/crashes/TARGET when it is mended, and `cargo test --test fuzz_corpus` replays it from then on.
#
# Wants cargo-fuzz (`cargo install cargo-fuzz --locked`) and a compiler of C++. The stable toolchain serves: cargo-fuzz
# names flags that only a nightly compiler takes by itself, so RUSTC_BOOTSTRAP=1 lets this one take them. The address
# sanitizer is off, since the program has no unsafe code and is twice as fast without; SANITIZER=address turns it on
# for the crates below it, and limits each single allocation too.
set -euo pipefail
cd "$(dirname "$0")/.."
export ASAN_OPTIONS=quarantine_size_mb=16:${ASAN_OPTIONS:-}

minutes=1
if [[ ${1:-} =~ ^[0-9]+([.][0-9]+)?$ ]]; then
    minutes=$1
    shift
fi
if [ $# -eq 0 ]; then
    mapfile -t targets < <(RUSTC_BOOTSTRAP=1 cargo fuzz list | grep -vx limits)
else
    targets=("$@")
fi
sanitizer=${SANITIZER:-none}
seconds=$(awk -v minutes="$minutes" 'BEGIN { printf "%d", minutes * 60 }')
# Above the largest size, mutations only repeat: the budgets have tests of their own.
limits=(-rss_limit_mb=512 -malloc_limit_mb=256 -timeout=5 -max_len=65536)

dictionary() { # dictionary TARGET: the words of its format
    case $1 in
        axml | arsc | string_pool | manifest_xml | merger_report) echo xml ;;
        plist_* | macho | code_signature | der) echo plist ;;
        statement_html | statement_docx) echo html ;;
        statement_pdf) echo pdf ;;
        statement_*) echo statement ;;
        zip_survey | package | device_model) echo zip ;;
        proto_*) echo protobuf ;;
        *) echo json ;;
    esac
}

build() { # build TARGET: sets `way`, the options of cargo-fuzz for it
    way=(--sanitizer "$sanitizer")
    case $1 in
        # What compares a text with thousands of names spends its time on telling the fuzzer of each comparison.
        package | statement_*) way+=(--no-trace-compares --target-dir fuzz/target/plain) ;;
    esac
    cargo fuzz build "${way[@]}" "$1"
}

UPDATE_SEEDS=1 cargo test --quiet --test fuzz_corpus has_seeds
# Only now: with another environment everything that the tests are built of would be built again.
export RUSTC_BOOTSTRAP=1
# Limits that do not bite find nothing: an input that oversteps each has to be one.
build limits
declare -A complaints=([memory]='bytes are held' [time]='libFuzzer: timeout')
for what in memory time; do
    log=fuzz/artifacts/limits.log
    mkdir -p fuzz/artifacts/limits
    printf '%s' "$what" > fuzz/artifacts/limits/"$what"
    if cargo fuzz run "${way[@]}" limits fuzz/artifacts/limits/"$what" -- "${limits[@]}" > "$log" 2>&1 ||
        ! grep -qaF "${complaints[$what]}" "$log"; then
        echo "the limit of $what does not bite: see $log"
        exit 2
    fi
done
found=0
for target in "${targets[@]}"; do
    build "$target"
    corpus=fuzz/corpus/$target
    mkdir -p "$corpus" "fuzz/artifacts/$target"
    given=("$corpus")
    for folder in "fuzz/seeds/$target" "fuzz/crashes/$target"; do
        [ -d "$folder" ] && given+=("$folder")
    done
    printf '\n== %s for %s s\n' "$target" "$seconds"
    log=fuzz/artifacts/$target.log
    status=0
    cargo fuzz run "${way[@]}" "$target" "${given[@]}" -- "${limits[@]}" \
        -dict="fuzz/dictionaries/$(dictionary "$target").dict" -max_total_time="$seconds" -print_final_stats=1 \
        > "$log" 2>&1 || status=$?
    grep -aE 'number_of_executed_units|peak_rss_mb|slowest_unit_time_sec' "$log" || true
    if [ "$status" -ne 0 ]; then
        found=1
        grep -aE -m 3 'panicked at|ERROR: libFuzzer|bytes are held|Test unit written' "$log" || tail -n 5 "$log"
        continue
    fi
    cargo fuzz cmin "${way[@]}" "$target" "$corpus" -- "${limits[@]}" >> "$log" 2>&1
    printf '%s inputs are left in the corpus\n' "$(find "$corpus" -type f | wc -l)"
done
exit "$found"
