// Compression is the user's choice in Arrow JS. These are the packages that the project tests with and its codecs are
// documented with; what they decode wrongly reaches the user as wrong values all the same.

import { compressionRegistry, CompressionType } from "apache-arrow";
import * as lz4 from "lz4js";
import { ZstdCodec } from "zstd-codec";

/** Makes LZ4 and ZSTD known to the library. */
export async function registerCodecs() {
  compressionRegistry.set(CompressionType.LZ4_FRAME, {
    encode: (bytes) => lz4.compress(bytes),
    decode: (bytes) => lz4.decompress(bytes),
  });
  const zstd = await new Promise((resolve) => ZstdCodec.run(resolve));
  const simple = new zstd.Simple();
  compressionRegistry.set(CompressionType.ZSTD, {
    encode: (bytes) => simple.compress(bytes),
    decode: (bytes) => simple.decompress(bytes),
  });
}
