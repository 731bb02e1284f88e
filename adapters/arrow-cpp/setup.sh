#!/bin/sh
# Takes the headers and the library of Arrow C++ out of pyarrow's wheel, and compiles the adapter against them.
set -eu
python3 -m pip --disable-pip-version-check install --quiet --no-deps --only-binary :all: --require-hashes \
    --target "$OUT/wheel" -r "$LOCKS/requirements.lock"
mkdir "$OUT/lib"
mv "$OUT"/wheel/pyarrow/libarrow.so.* "$OUT/lib"
# The wheel has the library under its soname alone, which `-larrow` does not find.
c++ -std=c++20 -O1 -Wall -Wextra -isystem "$OUT/wheel/pyarrow/include" -I "$KIT_INCLUDE" -o "$OUT/adapter" \
    adapter.cc input.cc output.cc metadata.cc "$OUT"/lib/libarrow.so.* -ldl -Wl,-rpath,"$OUT/lib"
rm -r "$OUT/wheel"
