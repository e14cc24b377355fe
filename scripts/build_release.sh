#!/usr/bin/env bash
# Builds the program as a release does: the same sources and toolchain are to give the same bytes, whatever the folders are
# called (scripts/reproducible.sh compares).
#
#     scripts/build_release.sh [TARGET]
#
# The binary is target/TARGET/release/permaudit. Wants rustup's TARGET to be installed; the host's own needs nothing.
set -euo pipefail
cd "$(dirname "$0")/.."
target=${1:-$(rustc -vV | sed -n 's/^host: //p')}
# Places in messages of a panic name source files: without this, those of the machine that built it.
flags=(
    "--remap-path-prefix=${CARGO_HOME:-$HOME/.cargo}=/cargo"
    "--remap-path-prefix=$PWD=/permaudit"
)
# One file for every Linux, whatever C library it has: the loader's work is a quarter of the time that starting takes. Of
# the two libraries that can be linked in, the allocator of glibc is the faster one.
case $target in
    *-linux-gnu) flags+=("-Ctarget-feature=+crt-static") ;;
esac
CARGO_ENCODED_RUSTFLAGS=$(IFS=$'\x1f'; printf '%s' "${flags[*]}")
export CARGO_ENCODED_RUSTFLAGS
CARGO_INCREMENTAL=0 cargo build --quiet --release --locked --target "$target"
