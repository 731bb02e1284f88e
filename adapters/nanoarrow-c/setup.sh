#!/bin/sh
# Compiles nanoarrow's C library, out of the source package of the Python bindings, together with the adapter.
set -eu
adapter=$PWD
cd "$OUT"
python3 -m venv venv
PATH="$OUT/venv/bin:$PATH"
pip="python3 -m pip --disable-pip-version-check"
# pip asks a source package for its metadata before it hands it over, and nanoarrow's are made by these tools.
$pip install --quiet --require-hashes -r "$LOCKS/tools.lock"
$pip download --quiet --no-deps --no-build-isolation --no-binary :all: --require-hashes -r "$LOCKS/requirements.lock"
tar xzf nanoarrow-*.tar.gz --strip-components 1

source="$OUT/subprojects/arrow-nanoarrow/src"
flatcc=$(echo "$OUT"/subprojects/flatcc-*)
lz4=$(echo "$OUT"/subprojects/lz4-*)/lib
zstd=$(echo "$OUT"/subprojects/zstd-*)/lib
version=$(sed -n 's/^Version: //p' PKG-INFO)
major=${version%%.*} rest=${version#*.}
sed -e "s/@NANOARROW_VERSION_MAJOR@/$major/" -e "s/@NANOARROW_VERSION_MINOR@/${rest%%.*}/" \
    -e "s/@NANOARROW_VERSION_PATCH@/${rest#*.}/" -e "s/@NANOARROW_VERSION@/$version/" -e '/@NANOARROW_NAMESPACE_DEFINE@/d' \
    "$source/nanoarrow/nanoarrow_config.h.in" > "$source/nanoarrow/nanoarrow_config.h"

mkdir objects
cd objects
cc -std=c11 -D_GNU_SOURCE -O1 -g -w -c -DNDEBUG -DNANOARROW_IPC_WITH_LZ4 -DNANOARROW_IPC_WITH_ZSTD -DZSTD_DISABLE_ASM \
    -I "$source" -I "$flatcc/include" -I "$lz4" -I "$zstd" \
    "$source"/nanoarrow/common/*.c "$source"/nanoarrow/ipc/*.c \
    "$flatcc"/src/runtime/builder.c "$flatcc"/src/runtime/emitter.c "$flatcc"/src/runtime/verifier.c \
    "$flatcc"/src/runtime/refmap.c "$lz4"/lz4.c "$lz4"/lz4frame.c "$lz4"/lz4hc.c "$lz4"/xxhash.c
# Some names of files are in the folders of both codecs.
mkdir zstd
cd zstd
cc -O1 -g -w -c -DZSTD_DISABLE_ASM -I "$zstd" "$zstd"/common/*.c "$zstd"/decompress/*.c
cd "$OUT"
cc -std=c11 -D_GNU_SOURCE -O1 -g -Wall -Wextra -I "$source" -I "$KIT_INCLUDE" -o adapter \
    "$adapter"/*.c objects/*.o objects/zstd/*.o -ldl
rm -r venv nanoarrow-*.tar.gz
