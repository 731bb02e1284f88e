#!/bin/sh
# Builds the executables of Arrow's integration tests from the module that the lock files pin.
set -eu
go build -modfile="$LOCKS/go.mod" -mod=readonly -buildvcs=false -trimpath -o "$OUT/" tool
