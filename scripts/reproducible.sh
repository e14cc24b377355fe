#!/usr/bin/env bash
# Builds the committed sources twice, in two folders of different names, as a release does, and compares the bytes.
#
#     scripts/reproducible.sh
#
# Run by hand before a release: it takes as long as two release builds.
set -euo pipefail
cd "$(dirname "$0")/.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
host=$(rustc -vV | sed -n 's/^host: //p')
for folder in "$work/one" "$work/a/second folder"; do
    mkdir -p "$folder"
    git archive HEAD | tar -x -C "$folder"
    "$folder/scripts/build_release.sh" "$host"
    sha256sum < "$folder/target/$host/release/permaudit"
done
if cmp "$work/one/target/$host/release/permaudit" "$work/a/second folder/target/$host/release/permaudit"; then
    echo "the same bytes: $(rustc --version), $host"
else
    echo "the builds differ" >&2
    exit 1
fi
