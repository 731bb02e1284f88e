#!/bin/sh
# Fetches the libraries that pom.xml names into $OUT/lib, and compiles the adapter against them into $OUT/classes.
set -eu
mvn -q -B -f "$LOCKS/pom.xml" org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies \
    -DincludeScope=runtime -DoutputDirectory="$OUT/lib"
mkdir -p "$OUT/classes"
javac --release 17 -Xlint:all,-classfile,-processing -cp "$OUT/lib/*" -d "$OUT/classes" src/*.java
