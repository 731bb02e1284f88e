#!/bin/sh
# Builds the adapter into $OUT.
set -eu
CGO_ENABLED=1 CGO_CFLAGS="-O2 -I$KIT_INCLUDE" go build -modfile="$LOCKS/go.mod" -mod=readonly -buildvcs=false -trimpath -o "$OUT/adapter" .
