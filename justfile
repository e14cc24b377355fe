# `just` lists the recipes.
default:
    @just --list

# Everything CI runs, word for word.
ready:
    .ci/run

# All tests that need nothing but Rust.
test:
    cargo test

# Writes the real output into the README.
readme:
    TRYCMD=overwrite cargo test --test readme

# Writes docs/rules.md from the rules.
rules:
    UPDATE_DOCS=1 cargo test --test rules

# Builds the golden packages again from their sources.
fixtures:
    scripts/make_fixtures.sh

# Dependencies against deny.toml, with advisories. Needs cargo-deny and a network.
deny:
    cargo deny check

# The stages by themselves.
bench:
    cargo bench

# Speed and memory against other readers; writes docs/performance.md.
performance:
    scripts/build_release.sh
    scripts/performance.py --write
