#!/bin/sh
# Builds the adapter into $OUT.
set -eu
cargo build --release --locked --quiet --manifest-path "$LOCKS/Cargo.toml" --target-dir "$OUT/target"
cp "$OUT/target/release/my-adapter" "$OUT/adapter"
rm -r "$OUT/target"
