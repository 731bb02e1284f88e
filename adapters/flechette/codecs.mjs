// Compression is the user's choice in Flechette. These are the packages of its documentation and tests, used as they are
// there; what they decode wrongly reaches the user as wrong values all the same.

import { CompressionType, setCompressionCodec } from "@uwdata/flechette";
import * as lz4 from "lz4js";
import { ZstdCodec } from "zstd-codec";

/** Makes LZ4 and ZSTD known to the library. */
export async function registerCodecs() {
  setCompressionCodec(CompressionType.LZ4_FRAME, {
    encode: (bytes) => lz4.compress(bytes),
    decode: (bytes) => lz4.decompress(bytes),
  });
  const zstd = await new Promise((resolve) => ZstdCodec.run(resolve));
  const simple = new zstd.Simple();
  setCompressionCodec(CompressionType.ZSTD, {
    encode: (bytes) => simple.compress(bytes),
    decode: (bytes) => simple.decompress(bytes),
  });
}
