#!/bin/sh
# Packages of the lock file, and the programs beside them: modules are looked for from where the program lies.
set -eu
cp ./*.mjs "$LOCKS/package.json" "$LOCKS/package-lock.json" "$OUT"
ln -sf "$PWD/../../kit/js/arrowipc-adapter.mjs" "$OUT"
cd "$OUT"
npm ci --omit=dev --ignore-scripts --no-audit --no-fund
