/* Faults on purpose, one for each name: a sanitizer that is on reports them. See ci/sanitizers. */

#include <pthread.h>

#include "../c/testing.h"

/* The library reads behind a block of the heap: only a library that is instrumented itself is caught. */
static void read_behind_the_input(void) {
  uint8_t *data = NULL;
  uint8_t *shortened = NULL;
  size_t n = 0;
  arrowipc_source *source = NULL;
  arrowipc_reader *reader = NULL;
  struct ArrowArray batch;
  write_test_data(1, &data, &n);
  shortened = (uint8_t *)malloc(n / 2);
  CHECK(shortened != NULL);
  memcpy(shortened, data, n / 2);
  arrowipc_memory_free(data, n);
  OK(arrowipc_source_from_memory(shortened, n, NULL, NULL, &source, &err));
  if (arrowipc_reader_open(source, NULL, &reader, NULL) == ARROWIPC_OK) {
    while (arrowipc_reader_next(reader, &batch, NULL, NULL) == ARROWIPC_OK && batch.release != NULL) batch.release(&batch);
    arrowipc_reader_free(reader);
  }
  free(shortened);
}

/* A batch is never released. */
static void leak_a_batch(void) {
  uint8_t *data = NULL;
  size_t n = 0;
  arrowipc_source *source = NULL;
  arrowipc_reader *reader = NULL;
  struct ArrowArray batch;
  write_test_data(1, &data, &n);
  OK(arrowipc_source_from_memory(data, n, NULL, NULL, &source, &err));
  OK(arrowipc_reader_open(source, NULL, &reader, &err));
  OK(arrowipc_reader_next(reader, &batch, NULL, &err));
  memset(&batch, 0, sizeof batch);
  arrowipc_reader_free(reader);
  arrowipc_memory_free(data, n);
}

/* A sum that does not fit into its type. */
static void overflow_an_integer(void) {
  volatile int32_t sum = INT32_MAX;
  sum = sum + 1;
  printf("%d\n", (int)sum);
}

/* Two threads use one reader exclusively at the same time: the race is in the library's memory. */
static void *read_all(void *reader) {
  struct ArrowArray batch;
  while (arrowipc_reader_next((arrowipc_reader *)reader, &batch, NULL, NULL) == ARROWIPC_OK && batch.release != NULL) {
    batch.release(&batch);
  }
  return NULL;
}

static void race_for_a_reader(void) {
  uint8_t *data = NULL;
  size_t n = 0;
  arrowipc_source *source = NULL;
  arrowipc_reader *reader = NULL;
  pthread_t threads[2];
  int i;
  write_test_data(1, &data, &n);
  OK(arrowipc_source_from_memory(data, n, NULL, NULL, &source, &err));
  OK(arrowipc_reader_open(source, NULL, &reader, &err));
  for (i = 0; i < 2; ++i) CHECK(pthread_create(&threads[i], NULL, read_all, reader) == 0);
  for (i = 0; i < 2; ++i) CHECK(pthread_join(threads[i], NULL) == 0);
  arrowipc_reader_free(reader);
  arrowipc_memory_free(data, n);
}

int main(int argc, char **argv) {
  CHECK(argc == 2);
  if (strcmp(argv[1], "overflow") == 0) read_behind_the_input();
  if (strcmp(argv[1], "leak") == 0) leak_a_batch();
  if (strcmp(argv[1], "undefined") == 0) overflow_an_integer();
  if (strcmp(argv[1], "race") == 0) race_for_a_reader();
  return 0;
}
