/* One reader of a file for several threads: each reads every batch, and releases what another one read. */

#include <pthread.h>

#include "testing.h"

#define THREADS 4
#define ROUNDS 50
#define BATCHES 3

static const int64_t first_rows[BATCHES] = {0, 5, 5};
static const int64_t row_counts[BATCHES] = {5, 0, 3};

struct task {
  const arrowipc_reader *reader;
  int number;
  /* What the thread read last, left to be released by the main thread. */
  struct ArrowArray left[BATCHES];
};

static void *read_everything(void *context) {
  struct task *task = (struct task *)context;
  int round;
  for (round = 0; round < ROUNDS; ++round) {
    int i;
    for (i = 0; i < BATCHES; ++i) {
      /* Each thread starts with another batch: one of them loads the dictionaries. */
      const int index = (task->number + i) % BATCHES;
      struct ArrowArray batch;
      struct ArrowSchema schema;
      arrowipc_read_statistics statistics;
      int64_t rows = 0;
      char *metadata = NULL;
      OK(arrowipc_reader_read_at(task->reader, index, &batch, &err));
      OK(arrowipc_reader_num_rows(task->reader, index, &rows, &err));
      OK(arrowipc_reader_batch_metadata(task->reader, index, &metadata, &err));
      OK(arrowipc_reader_schema(task->reader, &schema, &err));
      OK(arrowipc_reader_statistics(task->reader, &statistics, sizeof statistics, &err));
      arrowipc_metadata_free(metadata);
      schema.release(&schema);
      CHECK(rows == row_counts[index] && statistics.batches > 0);
      if (round + 1 < ROUNDS) {
        check_test_batch(&batch, first_rows[index], row_counts[index]);
      } else {
        task->left[index] = batch;
      }
    }
  }
  return NULL;
}

int main(void) {
  uint8_t *data = NULL;
  size_t n = 0;
  arrowipc_source *source = NULL;
  arrowipc_reader *reader = NULL;
  pthread_t threads[THREADS];
  struct task tasks[THREADS];
  int i;
  int batch;
  write_test_data(2, &data, &n);
  OK(arrowipc_source_from_memory(data, n, NULL, NULL, &source, &err));
  OK(arrowipc_reader_open(source, NULL, &reader, &err));
  for (i = 0; i < THREADS; ++i) {
    tasks[i].reader = reader;
    tasks[i].number = i;
    CHECK(pthread_create(&threads[i], NULL, read_everything, &tasks[i]) == 0);
  }
  for (i = 0; i < THREADS; ++i) CHECK(pthread_join(threads[i], NULL) == 0);
  arrowipc_reader_free(reader);
  for (i = 0; i < THREADS; ++i) {
    for (batch = 0; batch < BATCHES; ++batch) {
      check_test_batch(&tasks[i].left[batch], first_rows[batch], row_counts[batch]);
    }
  }
  arrowipc_memory_free(data, n);
  return 0;
}
