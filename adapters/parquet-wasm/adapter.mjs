// parquet-wasm (npm parquet-wasm) behind protocol 1: arrow-rs, compiled for the 32-bit address space of WebAssembly.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { Adapter, main, packageVersion } from "./arrowipc-adapter.mjs";

const require = createRequire(import.meta.url);

// Memory of WebAssembly never shrinks. An instance that has taken this much is given up.
const ENOUGH_MEMORY = 512 * 1024 * 1024;

/** The module in an instance of its own. */
function instantiate() {
  delete require.cache[require.resolve("parquet-wasm/node")];
  return require("parquet-wasm/node");
}

class ParquetWasm extends Adapter {
  id = "parquet-wasm";
  features = [
    "format.stream",
    "type.*",
    ...["basic", "nested", "shared", "replacement", "ordered"].map((dictionary) => `dict.${dictionary}`),
    "dict.delta:r", // nothing asks the writer for deltas
    "meta.schema",
    "meta.field",
    "version.v4:r",
    "legacy:r",
  ];
  observe = ["transcode"];
  loses = ["batch_metadata", "metadata_order"];

  #library = instantiate();

  implementation() {
    return {
      name: "parquet-wasm",
      language: "rust",
      version: packageVersion("parquet-wasm", import.meta.url),
      components: { "arrow-rs": "59.3.0", node: process.versions.node },
    };
  }

  read(path) {
    if (this.#library.wasmMemory().buffer.byteLength > ENOUGH_MEMORY) this.#library = instantiate();
    return this.#call(() => this.#library.Table.fromIPCStream(readFileSync(path)));
  }

  write(table) {
    return this.#call(() => table.intoIPCStream());
  }

  // Every value was looked at when the table was read: arrow-rs makes no array that it has not validated.
  walk(table) {
    return this.#call(() => {
      const batches = table.recordBatches();
      return { batches: batches.length, rows: batches.reduce((rows, batch) => rows + batch.numRows, 0) };
    });
  }

  // A panic is a trap: an exception to the caller, behind which the instance is in no defined state.
  #call(call) {
    try {
      return call();
    } catch (error) {
      if (error instanceof WebAssembly.RuntimeError) this.#library = instantiate();
      throw error;
    }
  }
}

await main(new ParquetWasm());
