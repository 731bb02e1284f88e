/*
 * Writes a compressed file and reads its batches in any order, by several threads that share one reader.
 *
 *   cc -std=c99 -pthread threads.c -larrowipc -o threads && ./threads numbers.arrow
 */
#define _XOPEN_SOURCE 700

#include "numbers.h"

#include <pthread.h>

enum { BATCHES = 40, ROWS = 10000, THREADS = 4 };

static void write_numbers(const char *path) {
  static int64_t values[ROWS];
  struct numbers numbers;
  arrowipc_options *options = arrowipc_options_new();
  arrowipc_sink *sink = NULL;
  arrowipc_writer *writer = NULL;
  arrowipc_error *error = NULL;
  int64_t batch, i;
  numbers_set(&numbers, values, ROWS);
  if (!arrowipc_has_feature("lz4")) {
    fprintf(stderr, "this library was built without LZ4\n");
    exit(1);
  }
  if (arrowipc_options_set_int(options, ARROWIPC_OPTION_FORMAT, 2, &error) != ARROWIPC_OK) fail("options", error);
  if (arrowipc_options_set_int(options, ARROWIPC_OPTION_COMPRESSION, 1, &error) != ARROWIPC_OK) fail("options", error);
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

struct share {
  const arrowipc_reader *reader; /* calls that take it const may run at the same time */
  int64_t first, sum;
};

static void *sum_share(void *argument) {
  struct share *share = (struct share *)argument;
  int64_t batch, i;
  for (batch = share->first; batch < BATCHES; batch += THREADS) {
    struct ArrowArray array;
    arrowipc_error *error = NULL;
    const int64_t *values;
    if (arrowipc_reader_read_at(share->reader, batch, &array, &error) != ARROWIPC_OK) fail("reading a batch", error);
    values = (const int64_t *)array.children[0]->buffers[1];
    for (i = 0; i < array.length; ++i) share->sum += values[i];
    array.release(&array);
  }
  return NULL;
}

int main(int argc, char **argv) {
  const char *path = argc > 1 ? argv[1] : "numbers.arrow";
  const int64_t n = (int64_t)BATCHES * ROWS;
  pthread_t threads[THREADS];
  struct share shares[THREADS];
  arrowipc_source *source = NULL;
  arrowipc_reader *reader = NULL;
  arrowipc_error *error = NULL;
  int64_t rows = 0, sum = 0;
  int i;
  write_numbers(path);
  if (arrowipc_source_from_path(path, 1, &source, &error) != ARROWIPC_OK) fail("opening the file", error);
  if (arrowipc_reader_open(source, NULL, &reader, &error) != ARROWIPC_OK) fail("reading the footer", error);
  /* Of all batches, without reading their bodies. */
  if (arrowipc_reader_num_rows(reader, -1, &rows, &error) != ARROWIPC_OK) fail("counting rows", error);
  for (i = 0; i < THREADS; ++i) {
    shares[i].reader = reader;
    shares[i].first = i;
    shares[i].sum = 0;
    if (pthread_create(&threads[i], NULL, sum_share, &shares[i]) != 0) return 1;
  }
  for (i = 0; i < THREADS; ++i) {
    if (pthread_join(threads[i], NULL) != 0) return 1;
    sum += shares[i].sum;
  }
  arrowipc_reader_free(reader);
  printf("the sum of %ld numbers is %ld, expected %ld\n", (long)rows, (long)sum, (long)(n * (n - 1) / 2));
  return 0;
}
