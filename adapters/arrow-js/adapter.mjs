// Arrow JS (npm apache-arrow) behind protocol 1.

import { createReadStream, readFileSync } from "node:fs";
import { open } from "node:fs/promises";
import {
  CompressionType,
  RecordBatch,
  RecordBatchFileWriter,
  RecordBatchReader,
  RecordBatchStreamWriter,
  Schema,
  tableFromIPC,
  Vector,
} from "apache-arrow";
import { Adapter, blame, main, packageVersion, pairsOf } from "./arrowipc-adapter.mjs";
import { registerCodecs } from "./codecs.mjs";
import { schemaOf } from "./schema.mjs";
import { valuesOf } from "./values.mjs";

const CODECS = { lz4: CompressionType.LZ4_FRAME, zstd: CompressionType.ZSTD };

const SOURCES = {
  path: (path) => readFileSync(path),
  fd: (path) => open(path), // a FileHandle: random access for files, chunks for streams
  callbacks: (path) => createReadStream(path, { highWaterMark: 1000 }), // chunks that end anywhere
};

class ArrowJs extends Adapter {
  id = "arrow-js";
  features = [
    "format.*",
    ...["null", "bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"].map((type) => `type.${type}`),
    ...["float16", "float32", "float64", "decimal32", "decimal64", "decimal128", "decimal256"].map((type) => `type.${type}`),
    ...["date32", "date64", "time32", "time64", "timestamp", "duration"].map((type) => `type.${type}`),
    ...["interval_year_month", "interval_day_time", "interval_month_day_nano"].map((type) => `type.${type}`),
    ...["binary", "large_binary", "binary_view", "utf8", "large_utf8", "utf8_view", "fixed_size_binary"].map((type) => `type.${type}`),
    ...["list", "large_list", "fixed_size_list", "struct", "map", "dense_union", "sparse_union"].map((type) => `type.${type}`),
    ...["basic", "nested", "shared", "replacement", "ordered"].map((dictionary) => `dict.${dictionary}`),
    "dict.delta:r", // nothing asks the writer for deltas
    "compress.lz4",
    "compress.zstd",
    "source.fd",
    "source.callbacks",
    "access.all",
    "access.random",
    "meta.schema",
    "meta.field",
    "meta.batch",
    "version.v4:r",
    "legacy",
    "fact.num_batches",
  ];
  observe = ["json", "transcode"];
  loses = ["metadata_order"];

  implementation() {
    const version = (name) => packageVersion(name, import.meta.url);
    return {
      name: "apache-arrow",
      language: "javascript",
      version: version("apache-arrow"),
      components: {
        flatbuffers: version("flatbuffers"),
        lz4js: version("lz4js"),
        "zstd-codec": version("zstd-codec"),
        node: process.versions.node,
      },
    };
  }

  async read(path, form, { source = "path", access = "next", order }) {
    const input = await SOURCES[source](path);
    try {
      if (access === "all") {
        const { schema, batches } = await tableFromIPC(input);
        return result(schema, batches, undefined);
      }
      const reader = await RecordBatchReader.from(input);
      await reader.open();
      // The reader forgets the schema at its end.
      const { schema, numRecordBatches } = reader;
      const batches = [];
      const one = (next) => blame("batch", next, batches.length);
      if (access === "random") {
        for (const i of order) batches.push(await one(() => reader.readRecordBatch(i)));
      } else {
        for (let step; !(step = await one(() => reader.next())).done; ) batches.push(step.value);
      }
      return result(schema, batches, reader.isFile() ? numRecordBatches : undefined);
    } finally {
      await input.close?.();
    }
  }

  async write({ batches }, form, { compression = "none", legacy = false }) {
    const Writer = form === "file" ? RecordBatchFileWriter : RecordBatchStreamWriter;
    return Writer.writeAll(batches, { compressionType: CODECS[compression], writeLegacyIpcFormat: legacy }).toUint8Array(true);
  }

  document({ schema, batches }) {
    return {
      schema: schemaOf(schema),
      batches: batches.filter(isBatch).map((batch) => ({
        rows: batch.numRows,
        metadata: pairsOf(batch.metadata),
        columns: batch.data.children.map(valuesOf),
      })),
    };
  }

  walk({ batches }) {
    const real = batches.filter(isBatch);
    for (const batch of real) batch.data.children.forEach((data) => touch(new Vector([data])));
    return { batches: real.length, rows: real.reduce((rows, batch) => rows + batch.numRows, 0) };
  }

  facts({ numBatches }) {
    return numBatches === undefined ? {} : { num_batches: numBatches };
  }
}

// An empty input is no error to the library: its reader is closed from the start, and has no schema.
function result(schema = new Schema(), batches, numBatches) {
  return { schema, batches, numBatches };
}

// In place of no batches at all the reader gives an object of a subclass, which tells a writer the schema.
function isBatch(batch) {
  return batch.constructor === RecordBatch;
}

// A row count may be anything in bytes that are invalid, and a column of nulls has no buffers that bound it.
const ENOUGH_ROWS = 100_000;

function touch(value) {
  if (value === null || typeof value !== "object" || ArrayBuffer.isView(value)) return;
  let rows = 0;
  for (const item of value) {
    if (++rows > ENOUGH_ROWS) return;
    touch(item);
  }
}

await registerCodecs();
await main(new ArrowJs());
