/*
 * Adds a batch to a file that is there.
 *
 *   cc -std=c99 append.c -larrowipc -o append && ./append numbers.arrow
 */
#include "numbers.h"

static const int64_t values[] = {1, 2, 3};

/* Writes one batch: to a new file, or behind what the file at `path` holds. */
static void add_numbers(const char *path, int append) {
  struct numbers numbers;
  arrowipc_options *options = arrowipc_options_new();
  arrowipc_source *source = NULL;
  arrowipc_sink *sink = NULL;
  arrowipc_writer *writer = NULL;
  arrowipc_error *error = NULL;
  int32_t status;
  numbers_set(&numbers, values, 3);
  if (arrowipc_options_set_int(options, ARROWIPC_OPTION_FORMAT, 2, &error) != ARROWIPC_OK) fail("options", error);
  /* The longer file is written beside and takes the name when it is whole: readers never see half of it. */
  if (arrowipc_sink_to_path(path, &sink, &error) != ARROWIPC_OK) fail("opening the file", error);
  if (append) {
    if (arrowipc_source_from_path(path, 1, &source, &error) != ARROWIPC_OK) fail("opening the file", error);
    status = arrowipc_writer_open_append(source, sink, &numbers.schema, options, &writer, &error);
  } else {
    status = arrowipc_writer_open(sink, &numbers.schema, options, &writer, &error);
  }
  if (status != ARROWIPC_OK) fail("opening the writer", error);
  if (arrowipc_writer_write(writer, &numbers.batch, NULL, &error) != ARROWIPC_OK) fail("writing a batch", error);
  if (arrowipc_writer_finish(writer, &error) != ARROWIPC_OK) fail("finishing the file", error);
  arrowipc_writer_free(writer);
  arrowipc_options_free(options);
}

int main(int argc, char **argv) {
  const char *path = argc > 1 ? argv[1] : "numbers.arrow";
  arrowipc_source *source = NULL;
  arrowipc_reader *reader = NULL;
  arrowipc_error *error = NULL;
  int64_t batches = 0, rows = 0;
  add_numbers(path, 0);
  add_numbers(path, 1);
  add_numbers(path, 1);
  if (arrowipc_source_from_path(path, 1, &source, &error) != ARROWIPC_OK) fail("opening the file", error);
  if (arrowipc_reader_open(source, NULL, &reader, &error) != ARROWIPC_OK) fail("reading the file", error);
  if (arrowipc_reader_num_batches(reader, &batches, &error) != ARROWIPC_OK) fail("counting batches", error);
  if (arrowipc_reader_num_rows(reader, -1, &rows, &error) != ARROWIPC_OK) fail("counting rows", error);
  printf("%ld batches, %ld rows\n", (long)batches, (long)rows);
  arrowipc_reader_free(reader);
  return 0;
}
