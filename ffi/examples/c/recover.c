/*
 * Reads what a cut file still holds, then mends it: the whole batches are written to a new file.
 *
 *   cc -std=c99 recover.c -larrowipc -o recover && ./recover cut.arrow mended.arrow
 */
#define _XOPEN_SOURCE 700

#include "numbers.h"

#include <sys/stat.h>
#include <unistd.h>

static arrowipc_writer *file_writer(const char *path, const struct ArrowSchema *schema) {
  arrowipc_options *options = arrowipc_options_new();
  arrowipc_sink *sink = NULL;
  arrowipc_writer *writer = NULL;
  arrowipc_error *error = NULL;
  if (arrowipc_options_set_int(options, ARROWIPC_OPTION_FORMAT, 2, &error) != ARROWIPC_OK) fail("options", error);
  if (arrowipc_sink_to_path(path, &sink, &error) != ARROWIPC_OK) fail("opening the file", error);
  if (arrowipc_writer_open(sink, schema, options, &writer, &error) != ARROWIPC_OK) fail("writing the schema", error);
  arrowipc_options_free(options);
  return writer;
}

/* A file as a program leaves it that was ended in the middle: its last batch is cut and its footer missing. */
static void write_cut_file(const char *path) {
  static int64_t values[1000];
  struct numbers numbers;
  arrowipc_writer *writer;
  arrowipc_error *error = NULL;
  struct stat information;
  int i;
  numbers_set(&numbers, values, 1000);
  writer = file_writer(path, &numbers.schema);
  for (i = 0; i < 5; ++i) {
    numbers_set(&numbers, values, 1000);
    if (arrowipc_writer_write(writer, &numbers.batch, NULL, &error) != ARROWIPC_OK) fail("writing a batch", error);
  }
  if (arrowipc_writer_finish(writer, &error) != ARROWIPC_OK) fail("finishing the file", error);
  arrowipc_writer_free(writer);
  if (stat(path, &information) != 0 || truncate(path, information.st_size - 3000) != 0) {
    perror(path);
    exit(1);
  }
}

static arrowipc_reader *open_file(const char *path, int recover, arrowipc_error **error) {
  arrowipc_options *options = arrowipc_options_new();
  arrowipc_source *source = NULL;
  arrowipc_reader *reader = NULL;
  if (arrowipc_options_set_int(options, ARROWIPC_OPTION_RECOVER, recover, error) != ARROWIPC_OK) fail("options", *error);
  if (arrowipc_source_from_path(path, 0, &source, error) != ARROWIPC_OK) fail("opening the file", *error);
  if (arrowipc_reader_open(source, options, &reader, error) != ARROWIPC_OK) reader = NULL;
  arrowipc_options_free(options);
  return reader;
}

int main(int argc, char **argv) {
  const char *cut = argc > 2 ? argv[1] : "cut.arrow";
  const char *mended = argc > 2 ? argv[2] : "mended.arrow";
  struct ArrowSchema schema;
  arrowipc_reader *reader;
  arrowipc_writer *writer;
  arrowipc_error *error = NULL;
  int64_t batches = 0;
  write_cut_file(cut);

  if (open_file(cut, 0, &error) != NULL) return 1;
  printf("without recovery: %s\n", arrowipc_status_name(arrowipc_error_code(error)));
  arrowipc_error_free(error);
  error = NULL;

  reader = open_file(cut, 1, &error);
  if (reader == NULL) fail("recovering", error);
  if (arrowipc_reader_schema(reader, &schema, &error) != ARROWIPC_OK) fail("converting the schema", error);
  writer = file_writer(mended, &schema);
  for (;;) {
    struct ArrowArray batch;
    const char *metadata;
    if (arrowipc_reader_next(reader, &batch, &metadata, &error) != ARROWIPC_OK) fail("reading a batch", error);
    if (batch.release == NULL) break;
    if (arrowipc_writer_write(writer, &batch, metadata, &error) != ARROWIPC_OK) fail("writing a batch", error);
    ++batches;
  }
  /* Where the batches end, and why; the error is the reader's. */
  printf("with recovery: %ld batches, stopped by %s\n", (long)batches,
         arrowipc_status_name(arrowipc_error_code(arrowipc_reader_stopped_by(reader))));
  if (arrowipc_writer_finish(writer, &error) != ARROWIPC_OK) fail("finishing the file", error);
  arrowipc_writer_free(writer);
  arrowipc_reader_free(reader);
  schema.release(&schema);

  reader = open_file(mended, 0, &error);
  if (reader == NULL) fail("reading the mended file", error);
  if (arrowipc_reader_num_batches(reader, &batches, &error) != ARROWIPC_OK) fail("counting batches", error);
  printf("mended: %ld batches\n", (long)batches);
  arrowipc_reader_free(reader);
  return 0;
}
