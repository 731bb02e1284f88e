/*
 * Writes a file batch by batch, and sums it through a memory map, both with less memory than the file is large.
 *
 *   cc -std=c99 larger_than_memory.c -larrowipc -o larger_than_memory && ./larger_than_memory numbers.arrow
 *
 * The file has 128 MiB, the process may allocate 24 MiB. A map takes none of it: the system reads the pages that are
 * looked at, and drops them when it needs the room.
 */
#define _XOPEN_SOURCE 700

#include "numbers.h"

#include <sys/resource.h>

enum { BATCHES = 128, ROWS = 1 << 17 }; /* 1 MiB a batch */

static const rlim_t limit = 24 << 20;

/* One buffer is filled again for each batch: the writer is done with it when the call returns. */
static void write_numbers(const char *path) {
  static int64_t values[ROWS];
  struct numbers numbers;
  arrowipc_options *options = arrowipc_options_new();
  arrowipc_sink *sink = NULL;
  arrowipc_writer *writer = NULL;
  arrowipc_error *error = NULL;
  int64_t batch, i;
  numbers_set(&numbers, values, ROWS);
  if (arrowipc_options_set_int(options, ARROWIPC_OPTION_FORMAT, 2, &error) != ARROWIPC_OK) fail("options", error);
  if (arrowipc_sink_to_path(path, &sink, &error) != ARROWIPC_OK) fail("opening the file", error);
  if (arrowipc_writer_open(sink, &numbers.schema, options, &writer, &error) != ARROWIPC_OK) fail("the schema", error);
  arrowipc_options_free(options);
  for (batch = 0; batch < BATCHES; ++batch) {
    for (i = 0; i < ROWS; ++i) values[i] = batch * ROWS + i;
    numbers_set(&numbers, values, ROWS);
    if (arrowipc_writer_write(writer, &numbers.batch, NULL, &error) != ARROWIPC_OK) fail("writing a batch", error);
  }
  if (arrowipc_writer_finish(writer, &error) != ARROWIPC_OK) fail("finishing the file", error);
  arrowipc_writer_free(writer);
}

static int64_t sum_numbers(const char *path) {
  arrowipc_source *source = NULL;
  arrowipc_reader *reader = NULL;
  arrowipc_error *error = NULL;
  int64_t sum = 0, i;
  if (arrowipc_source_from_path(path, 1, &source, &error) != ARROWIPC_OK) fail("opening the file", error);
  if (arrowipc_reader_open(source, NULL, &reader, &error) != ARROWIPC_OK) fail("reading the schema", error);
  for (;;) {
    struct ArrowArray batch;
    const int64_t *values;
    if (arrowipc_reader_next(reader, &batch, NULL, &error) != ARROWIPC_OK) fail("reading a batch", error);
    if (batch.release == NULL) break;
    values = (const int64_t *)batch.children[0]->buffers[1]; /* in the map */
    for (i = 0; i < batch.length; ++i) sum += values[i];
    batch.release(&batch);
  }
  arrowipc_reader_free(reader);
  return sum;
}

int main(int argc, char **argv) {
  const char *path = argc > 1 ? argv[1] : "numbers.arrow";
  const int64_t n = (int64_t)BATCHES * ROWS;
  struct rlimit data;
  void *whole;
  int64_t sum;
  /* Counts what is allocated, and not what is mapped from a file. */
  data.rlim_cur = data.rlim_max = limit;
  if (setrlimit(RLIMIT_DATA, &data) != 0) {
    perror("setrlimit");
    return 1;
  }
  whole = malloc((size_t)n * sizeof(int64_t));
  printf("memory for the whole file: %s\n", whole == NULL ? "not to be had" : "there");
  free(whole);
  write_numbers(path);
  sum = sum_numbers(path);
  printf("the sum of %ld numbers is %ld, expected %ld\n", (long)n, (long)sum, (long)(n * (n - 1) / 2));
  printf("the library took less than 1 MiB: %s\n", arrowipc_memory_peak(0) < 1 << 20 ? "yes" : "no");
  return 0;
}
