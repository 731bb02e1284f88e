/* Three numbers to an Arrow stream in memory and back: what each outside project of the tests builds, those in C. */
#include <arrowipc.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void fail(arrowipc_error *error) {
  fprintf(stderr, "%s\n", arrowipc_error_message(error));
  exit(1);
}

static void release_schema(struct ArrowSchema *schema) { schema->release = NULL; }
static void release_array(struct ArrowArray *array) { array->release = NULL; }

int main(void) {
  static const int64_t values[] = {1, 20, 300};
  const void *column_buffers[] = {NULL, values};
  const void *batch_buffers[] = {NULL};
  struct ArrowSchema column_schema, schema, *schema_children[] = {&column_schema};
  struct ArrowArray column, batch, *children[] = {&column};
  arrowipc_options *options = arrowipc_options_new();
  arrowipc_sink *sink;
  arrowipc_writer *writer;
  arrowipc_source *source;
  arrowipc_reader *reader;
  arrowipc_error *error = NULL;
  uint8_t *data;
  size_t size;
  int64_t i, sum = 0;

  memset(&column_schema, 0, sizeof column_schema);
  column_schema.format = "l";
  column_schema.name = "number";
  column_schema.release = release_schema;
  memset(&schema, 0, sizeof schema);
  schema.format = "+s";
  schema.n_children = 1;
  schema.children = schema_children;
  schema.release = release_schema;
  memset(&column, 0, sizeof column);
  column.length = 3;
  column.n_buffers = 2;
  column.buffers = column_buffers;
  column.release = release_array;
  memset(&batch, 0, sizeof batch);
  batch.length = 3;
  batch.n_buffers = 1;
  batch.buffers = batch_buffers;
  batch.n_children = 1;
  batch.children = children;
  batch.release = release_array;

  if (arrowipc_options_set_int(options, ARROWIPC_OPTION_COMPRESSION, 2, &error) != ARROWIPC_OK) fail(error);
  if (arrowipc_sink_to_memory(&sink, &error) != ARROWIPC_OK) fail(error);
  if (arrowipc_writer_open(sink, &schema, options, &writer, &error) != ARROWIPC_OK) fail(error);
  if (arrowipc_writer_write(writer, &batch, NULL, &error) != ARROWIPC_OK) fail(error);
  if (arrowipc_writer_finish(writer, &error) != ARROWIPC_OK) fail(error);
  if (arrowipc_writer_take_memory(writer, &data, &size, &error) != ARROWIPC_OK) fail(error);
  arrowipc_writer_free(writer);
  arrowipc_options_free(options);

  if (arrowipc_source_from_memory(data, size, NULL, NULL, &source, &error) != ARROWIPC_OK) fail(error);
  if (arrowipc_reader_open(source, NULL, &reader, &error) != ARROWIPC_OK) fail(error);
  if (arrowipc_reader_next(reader, &batch, NULL, &error) != ARROWIPC_OK) fail(error);
  for (i = 0; i < batch.length; ++i) sum += ((const int64_t *)batch.children[0]->buffers[1])[i];
  batch.release(&batch);
  arrowipc_reader_free(reader);
  arrowipc_memory_free(data, size);

  printf("libarrowipc %s, header %s: the sum is %ld, %ld bytes are left\n", arrowipc_version(), ARROWIPC_VERSION, (long)sum,
         (long)arrowipc_memory_current());
  return 0;
}
