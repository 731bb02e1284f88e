#!/bin/sh
# Builds the adapter into $OUT.
set -eu
c++ -std=c++20 -O1 -Wall -Wextra -I "$KIT_INCLUDE" -o "$OUT/adapter" adapter.cc -ldl
