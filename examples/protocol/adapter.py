"""An adapter of pyarrow for streams, as small as it can be."""

import pyarrow as pa
from arrowipc_adapter import Adapter, main


class Mine(Adapter):
    id = "mine"
    features = ("format.stream", "type.*", "dict.basic", "meta.schema", "meta.field", "compress.lz4", "compress.zstd")

    def implementation(self):
        return {"name": "pyarrow", "language": "python", "version": pa.__version__}

    def read(self, path, form, request):
        return pa.ipc.open_stream(path.read_bytes())

    def write(self, data, path, form, options):
        reader = pa.RecordBatchReader.from_stream(data)
        compression = {"none": None}.get(options.get("compression", "none"), options.get("compression"))
        with pa.ipc.new_stream(path, reader.schema, options=pa.ipc.IpcWriteOptions(compression=compression)) as writer:
            for batch in reader:
                writer.write_batch(batch)


if __name__ == "__main__":
    main(Mine())
