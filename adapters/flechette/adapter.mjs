// Flechette (npm @uwdata/flechette) behind protocol 1.

import { readFileSync } from "node:fs";
import { CompressionType, tableFromIPC, tableToIPC } from "@uwdata/flechette";
import { Adapter, main, packageVersion } from "./arrowipc-adapter.mjs";
import { registerCodecs } from "./codecs.mjs";
import { schemaOf } from "./schema.mjs";
import { valuesOf } from "./values.mjs";

const CODECS = { none: null, lz4: CompressionType.LZ4_FRAME, zstd: CompressionType.ZSTD };

// By default numbers of more than 53 bits are refused, and timestamps are milliseconds.
const EXACT = { useBigInt: true, useBigIntTimestamp: true, useDecimalInt: true };

class Flechette extends Adapter {
  id = "flechette";
  features = [
    "format.*",
    "type.*",
    ...["basic", "nested", "shared", "replacement", "ordered"].map((dictionary) => `dict.${dictionary}`),
    "dict.delta:r", // nothing asks the writer for deltas
    "compress.lz4",
    "compress.zstd",
    "meta.schema",
    "meta.field",
    "version.v4:r",
    "legacy:r",
  ];
  observe = ["json", "transcode"];
  loses = ["batch_metadata", "metadata_order"];

  implementation() {
    const version = (name) => packageVersion(name, import.meta.url);
    return {
      name: "@uwdata/flechette",
      language: "javascript",
      version: version("@uwdata/flechette"),
      components: { lz4js: version("lz4js"), "zstd-codec": version("zstd-codec"), node: process.versions.node },
    };
  }

  read(path) {
    return tableFromIPC(readFileSync(path), EXACT);
  }

  write(table, form, { compression = "none" }) {
    return tableToIPC(table, { format: form, codec: CODECS[compression] });
  }

  document({ schema, children }) {
    // A table is its columns: without any there are no batches, and no rows.
    const batches = children[0]?.data ?? [];
    return {
      schema: schemaOf(schema),
      batches: batches.map(({ length }, i) => ({
        rows: length,
        metadata: [],
        columns: children.map((column) => valuesOf(column.data[i])),
      })),
    };
  }

  walk({ children, numRows }) {
    for (const column of children) column.toArray();
    return { batches: children[0]?.data.length ?? 0, rows: numRows };
  }
}

await registerCodecs();
await main(new Flechette());
