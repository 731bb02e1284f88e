#!/bin/sh
# nanoarrow.sh FOLDER: builds libnanoarrow.a there, with LZ4 and ZSTD inside.
set -eu
cd "$(dirname "$0")/../adapters/nanoarrow-c"
rm -rf "$1"
mkdir -p "$1"
export OUT=$1 LOCKS=$PWD
./source.sh

source=$OUT/subprojects/arrow-nanoarrow/src
flatcc=$(echo "$OUT"/subprojects/flatcc-*)
lz4=$(echo "$OUT"/subprojects/lz4-*)/lib
zstd=$(echo "$OUT"/subprojects/zstd-*)/lib
mkdir -p "$OUT/objects/zstd"
cd "$OUT/objects"
cc -std=c11 -D_GNU_SOURCE -O2 -w -c -DNDEBUG -DNANOARROW_IPC_WITH_LZ4 -DNANOARROW_IPC_WITH_ZSTD \
    -I "$source" -I "$flatcc/include" -I "$lz4" -I "$zstd" \
    "$source"/nanoarrow/common/*.c "$source"/nanoarrow/ipc/*.c \
    "$flatcc"/src/runtime/builder.c "$flatcc"/src/runtime/emitter.c "$flatcc"/src/runtime/verifier.c \
    "$flatcc"/src/runtime/refmap.c
cc -O3 -w -c -DNDEBUG "$lz4"/lz4.c "$lz4"/lz4frame.c "$lz4"/lz4hc.c "$lz4"/xxhash.c
# Some names of files are in the folders of both codecs.
cd zstd
cc -O3 -w -c -DNDEBUG -I "$zstd" "$zstd"/common/*.c "$zstd"/compress/*.c "$zstd"/decompress/*.c \
    "$zstd"/decompress/huf_decompress_amd64.S
cd "$OUT"
ar rcs libnanoarrow.a objects/*.o objects/zstd/*.o
