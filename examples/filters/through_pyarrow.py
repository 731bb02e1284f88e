"""Arrow IPC in, Arrow IPC out, by way of pyarrow. Arguments: the format that comes in, the format that goes out."""

import sys
import pyarrow.ipc as ipc

if sys.argv[1] == "stream":
    reader = ipc.open_stream(sys.stdin.buffer)
    batches = reader.iter_batches_with_custom_metadata()
else:
    reader = ipc.open_file(sys.stdin.buffer)
    batches = map(reader.get_batch_with_custom_metadata, range(reader.num_record_batches))
write = ipc.new_stream if sys.argv[2] == "stream" else ipc.new_file
with write(sys.stdout.buffer, reader.schema) as writer:
    for batch, metadata in batches:
        writer.write_batch(batch, metadata)
