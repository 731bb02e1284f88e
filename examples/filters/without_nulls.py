"""A filter with a fault: it means to pass everything on, and writes zeros where integers are null."""

import sys
import pyarrow as pa
import pyarrow.compute as pc

reader = pa.ipc.open_stream(sys.stdin.buffer)
with pa.ipc.new_stream(sys.stdout.buffer, reader.schema) as writer:
    for batch in reader:
        columns = [pc.fill_null(column, 0) if pa.types.is_integer(column.type) else column for column in batch.columns]
        writer.write_batch(pa.record_batch(columns, schema=reader.schema))
