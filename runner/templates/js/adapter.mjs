// Adapter of my-adapter for the conformance suite: protocol 1 on standard input and output (docs/protocol.md).

import { Adapter, main, Unsupported } from "./arrowipc-adapter.mjs";

class MyAdapter extends Adapter {
  id = "my-adapter";
  // What the library can do, in the words of cases/features.yaml: "format.stream", "type.*", "compress.zstd:r".
  features = [];

  implementation() {
    return { name: "my-adapter", language: "javascript", version: "0" };
  }

  read(path, format) {
    // Here the library reads the file `path`.
    throw new Unsupported(`format.${format}`, "nothing is read yet");
  }

  write(table, format) {
    // Here the library writes what `read` gave back; the result is the bytes.
    throw new Unsupported(`format.${format}`, "nothing is written yet");
  }

  document(table) {
    // Here what `read` gave back becomes the document of docs/canonical-values.md.
    return { schema: { fields: [], metadata: [] }, batches: [] };
  }

  walk(table) {
    // Here every value of what `read` gave back is touched.
    return { batches: 0, rows: 0 };
  }
}

await main(new MyAdapter());
