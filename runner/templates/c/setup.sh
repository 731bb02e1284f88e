#!/bin/sh
# Builds the adapter into $OUT.
set -eu
cc -std=c11 -O1 -Wall -Wextra -I "$KIT_INCLUDE" -o "$OUT/adapter" adapter.c -ldl
