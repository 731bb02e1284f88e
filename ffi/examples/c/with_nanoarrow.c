/*
 * nanoarrow makes batches, libarrowipc writes and reads them, nanoarrow looks at what was read.
 *
 *   cc -std=c99 with_nanoarrow.c -larrowipc -lnanoarrow -o with_nanoarrow && ./with_nanoarrow numbers.arrows
 *
 * Both libraries have the structures of the Arrow C Data Interface: nothing is converted, nothing is copied between
 * them, and each releases what it made.
 */
#include <arrowipc.h>
#include <nanoarrow/nanoarrow.h>

#include <stdio.h>
#include <stdlib.h>

/* Prints what failed, and ends. */
static void fail(const char *action, arrowipc_error *error) {
  fprintf(stderr, "%s: %s\n", action, arrowipc_error_message(error));
  arrowipc_error_free(error);
  exit(1);
}

static void check(const char *action, ArrowErrorCode code) {
  if (code == NANOARROW_OK) return;
  fprintf(stderr, "%s: errno %d\n", action, code);
  exit(1);
}

static void make_schema(struct ArrowSchema *schema) {
  ArrowSchemaInit(schema);
  check("making a schema", ArrowSchemaSetTypeStruct(schema, 1));
  check("making a column", ArrowSchemaSetType(schema->children[0], NANOARROW_TYPE_INT64));
  check("naming a column", ArrowSchemaSetName(schema->children[0], "number"));
}

/* A batch of two rows; 0 as the second stands for null. */
static void make_batch(const struct ArrowSchema *schema, int64_t first, int64_t second, struct ArrowArray *batch) {
  struct ArrowError message;
  check("making a batch", ArrowArrayInitFromSchema(batch, schema, &message));
  check("starting a batch", ArrowArrayStartAppending(batch));
  check("adding a number", ArrowArrayAppendInt(batch->children[0], first));
  check("ending a row", ArrowArrayFinishElement(batch));
  if (second != 0) {
    check("adding a number", ArrowArrayAppendInt(batch->children[0], second));
  } else {
    check("adding a null", ArrowArrayAppendNull(batch->children[0], 1));
  }
  check("ending a row", ArrowArrayFinishElement(batch));
  check("ending a batch", ArrowArrayFinishBuildingDefault(batch, &message));
}

static void write_numbers(const char *path) {
  static const int64_t rows[][2] = {{1, 2}, {3, 0}, {4, 0}};
  struct ArrowSchema schema;
  struct ArrowArray batch;
  arrowipc_sink *sink = NULL;
  arrowipc_writer *writer = NULL;
  arrowipc_error *error = NULL;
  size_t i;
  make_schema(&schema);
  if (arrowipc_sink_to_path(path, &sink, &error) != ARROWIPC_OK) fail("opening the file", error);
  if (arrowipc_writer_open(sink, &schema, NULL, &writer, &error) != ARROWIPC_OK) fail("writing the schema", error);
  for (i = 0; i < sizeof rows / sizeof *rows; ++i) {
    make_batch(&schema, rows[i][0], rows[i][1], &batch);
    /* Consumes the batch: nanoarrow's release has been called when this returns, or will be. */
    if (arrowipc_writer_write(writer, &batch, NULL, &error) != ARROWIPC_OK) fail("writing a batch", error);
  }
  if (arrowipc_writer_finish(writer, &error) != ARROWIPC_OK) fail("finishing the file", error);
  arrowipc_writer_free(writer);
  schema.release(&schema);
}

static void read_numbers(const char *path) {
  arrowipc_source *source = NULL;
  arrowipc_reader *reader = NULL;
  arrowipc_error *error = NULL;
  struct ArrowSchema schema;
  struct ArrowArray batch;
  struct ArrowArrayView view;
  struct ArrowError message;
  char text[256] = "";
  int length = 0, batches = 0, rows = 0;
  int64_t i;
  if (arrowipc_source_from_path(path, 1, &source, &error) != ARROWIPC_OK) fail("opening the file", error);
  if (arrowipc_reader_open(source, NULL, &reader, &error) != ARROWIPC_OK) fail("reading the schema", error);
  if (arrowipc_reader_schema(reader, &schema, &error) != ARROWIPC_OK) fail("converting the schema", error);
  check("making a view", ArrowArrayViewInitFromSchema(&view, &schema, &message));
  for (;;) {
    if (arrowipc_reader_next(reader, &batch, NULL, &error) != ARROWIPC_OK) fail("reading a batch", error);
    if (batch.release == NULL) break;
    check("viewing a batch", ArrowArrayViewSetArray(&view, &batch, &message));
    for (i = 0; i < batch.length; ++i, ++rows) {
      if (ArrowArrayViewIsNull(view.children[0], i)) {
        length += snprintf(text + length, sizeof text - (size_t)length, " null");
      } else {
        const long number = (long)ArrowArrayViewGetIntUnsafe(view.children[0], i);
        length += snprintf(text + length, sizeof text - (size_t)length, " %ld", number);
      }
    }
    batch.release(&batch);
    ++batches;
  }
  ArrowArrayViewReset(&view);
  schema.release(&schema);
  arrowipc_reader_free(reader);
  printf("%d batches, %d rows:%s\n", batches, rows, text);
}

int main(int argc, char **argv) {
  const char *path = argc > 1 ? argv[1] : "numbers.arrows";
  write_numbers(path);
  read_numbers(path);
  return 0;
}
