#!/bin/sh
# Compiles nanoarrow's C library, out of the source package of the Python bindings, together with the adapter.
set -eu
adapter=$PWD
./source.sh
cd "$OUT"

source="$OUT/subprojects/arrow-nanoarrow/src"
flatcc=$(echo "$OUT"/subprojects/flatcc-*)
lz4=$(echo "$OUT"/subprojects/lz4-*)/lib
zstd=$(echo "$OUT"/subprojects/zstd-*)/lib
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
