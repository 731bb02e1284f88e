#!/bin/sh
# Unpacks nanoarrow's C sources and those of its codecs in the folder OUT, as the lock files in the folder LOCKS pin them.
set -eu
cd "$OUT"
python3 -m venv venv
PATH="$OUT/venv/bin:$PATH"
pip="python3 -m pip --disable-pip-version-check"
# pip asks a source package for its metadata before it hands it over, and nanoarrow's are made by these tools.
$pip install --quiet --require-hashes -r "$LOCKS/tools.lock"
$pip download --quiet --no-deps --no-build-isolation --no-binary :all: --require-hashes -r "$LOCKS/requirements.lock"
tar xzf nanoarrow-*.tar.gz --strip-components 1

source="$OUT/subprojects/arrow-nanoarrow/src"
version=$(sed -n 's/^Version: //p' PKG-INFO)
major=${version%%.*} rest=${version#*.}
sed -e "s/@NANOARROW_VERSION_MAJOR@/$major/" -e "s/@NANOARROW_VERSION_MINOR@/${rest%%.*}/" \
    -e "s/@NANOARROW_VERSION_PATCH@/${rest#*.}/" -e "s/@NANOARROW_VERSION@/$version/" -e '/@NANOARROW_NAMESPACE_DEFINE@/d' \
    "$source/nanoarrow/nanoarrow_config.h.in" > "$source/nanoarrow/nanoarrow_config.h"
rm -r venv nanoarrow-*.tar.gz
