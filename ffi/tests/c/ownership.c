/* Who owns what: arrays outlive readers, children outlive parents, any thread releases, and everything handed over is
 * released once, also on failure. */
#define _POSIX_C_SOURCE 200809L

#include <pthread.h>

#include "testing.h"

static uint8_t *data = NULL;
static size_t n = 0;

static void count_release(void *ctx) { ++*(int *)ctx; }

/* A reader over the test data, which counts the release of its memory. */
static arrowipc_reader *open_counted(int *released) {
  arrowipc_source *source = NULL;
  arrowipc_reader *reader = NULL;
  *released = 0;
  OK(arrowipc_source_from_memory(data, n, count_release, released, &source, &err));
  OK(arrowipc_reader_open(source, NULL, &reader, &err));
  return reader;
}

static void move(struct ArrowArray *from, struct ArrowArray *to) {
  *to = *from;
  from->release = NULL;
}

static void arrays_and_schemas_outlive_the_reader(void) {
  int released;
  arrowipc_reader *reader = open_counted(&released);
  struct ArrowSchema schema;
  struct ArrowArray first, last;
  OK(arrowipc_reader_schema(reader, &schema, &err));
  OK(arrowipc_reader_next(reader, &first, NULL, &err));
  OK(arrowipc_reader_read_at(reader, 2, &last, &err));
  arrowipc_reader_free(reader);
  CHECK(released == 0);
  check_test_batch(&first, 0, 5);
  CHECK(released == 0);
  check_test_batch(&last, 5, 3);
  CHECK(released == 1);
  CHECK(strcmp(schema.children[1]->name, "name") == 0);
  schema.release(&schema);
  CHECK(schema.release == NULL);
}

static void children_outlive_their_parent(void) {
  int released;
  arrowipc_reader *reader = open_counted(&released);
  struct ArrowArray batch, names, kinds, words;
  OK(arrowipc_reader_next(reader, &batch, NULL, &err));
  arrowipc_reader_free(reader);
  move(batch.children[1], &names);
  move(batch.children[2], &kinds);
  batch.release(&batch);
  CHECK(batch.release == NULL && released == 0);
  check_names(&names, 0, 5);
  check_kinds(&kinds, 0, 5);
  move(kinds.dictionary, &words);
  kinds.release(&kinds);
  names.release(&names);
  CHECK(released == 0);
  CHECK(memcmp(words.buffers[2], "evenodd", 7) == 0);
  words.release(&words);
  CHECK(released == 1);
}

static void schema_children_outlive_their_parent(void) {
  int released;
  arrowipc_reader *reader = open_counted(&released);
  struct ArrowSchema schema, child;
  OK(arrowipc_reader_schema(reader, &schema, &err));
  arrowipc_reader_free(reader);
  CHECK(released == 1);
  child = *schema.children[2];
  schema.children[2]->release = NULL;
  schema.release(&schema);
  CHECK(strcmp(child.name, "kind") == 0 && strcmp(child.dictionary->format, "u") == 0);
  child.release(&child);
}

static void *release_array(void *array) {
  struct ArrowArray *taken = (struct ArrowArray *)array;
  taken->release(taken);
  return NULL;
}

static void any_thread_releases(void) {
  int released;
  arrowipc_reader *reader = open_counted(&released);
  struct ArrowArray parts[4];
  pthread_t threads[4];
  int i;
  OK(arrowipc_reader_next(reader, &parts[3], NULL, &err));
  arrowipc_reader_free(reader);
  for (i = 0; i < 3; ++i) move(parts[3].children[i], &parts[i]);
  for (i = 0; i < 4; ++i) CHECK(pthread_create(&threads[i], NULL, release_array, &parts[i]) == 0);
  for (i = 0; i < 4; ++i) CHECK(pthread_join(threads[i], NULL) == 0);
  CHECK(released == 1);
}

struct many {
  const arrowipc_reader *reader;
  int64_t batch;
};

static void *read_often(void *argument) {
  const struct many *many = (const struct many *)argument;
  static const int64_t first[3] = {0, 5, 5}, rows[3] = {5, 0, 3};
  int i;
  for (i = 0; i < 50; ++i) {
    struct ArrowArray array;
    int64_t count = -1;
    OK(arrowipc_reader_read_at(many->reader, many->batch, &array, &err));
    check_test_batch(&array, first[many->batch], rows[many->batch]);
    OK(arrowipc_reader_num_rows(many->reader, many->batch, &count, &err));
    CHECK(count == rows[many->batch]);
  }
  return NULL;
}

static void many_threads_read_at_once(void) {
  int released;
  arrowipc_reader *reader = open_counted(&released);
  struct many many[3];
  pthread_t threads[3];
  int i;
  for (i = 0; i < 3; ++i) {
    many[i].reader = reader;
    many[i].batch = i;
    CHECK(pthread_create(&threads[i], NULL, read_often, &many[i]) == 0);
  }
  for (i = 0; i < 3; ++i) CHECK(pthread_join(threads[i], NULL) == 0);
  arrowipc_reader_free(reader);
  CHECK(released == 1);
}

static arrowipc_writer *open_writer(void) {
  struct ArrowSchema schema = test_schema();
  arrowipc_sink *sink = NULL;
  arrowipc_writer *writer = NULL;
  OK(arrowipc_sink_to_memory(&sink, &err));
  OK(arrowipc_writer_open(sink, &schema, NULL, &writer, &err));
  CHECK(schema.release != NULL);
  return writer;
}

static void batches_are_released_once_also_on_failure(void) {
  arrowipc_writer *writer = open_writer();
  struct ArrowArray batch = test_batch(0, 4);
  const int32_t negative = -1;

  test_batches_released = 0;
  OK(arrowipc_writer_write(writer, &batch, NULL, &err));
  CHECK(batch.release == NULL && test_batches_released == 1);
  FAILS(arrowipc_writer_write(writer, &batch, NULL, &err), ARROWIPC_INVALID_ARGUMENT, "batch was already released");
  CHECK(test_batches_released == 1);

  batch = test_batch(0, 4);
  batch.n_children = 2;
  FAILS(arrowipc_writer_write(writer, &batch, NULL, &err), ARROWIPC_INVALID_ARGUMENT, "n_children is 2, expected 3");
  CHECK(batch.release == NULL && test_batches_released == 2);

  batch = test_batch(0, 4);
  FAILS(arrowipc_writer_write(writer, &batch, (const char *)&negative, &err), ARROWIPC_INVALID_ARGUMENT,
        "metadata: number of pairs is -1");
  CHECK(batch.release == NULL && test_batches_released == 3);

  OK(arrowipc_writer_finish(writer, &err));
  batch = test_batch(0, 4);
  FAILS(arrowipc_writer_write(writer, &batch, NULL, &err), ARROWIPC_INVALID_STATE, "the writer is finished");
  CHECK(batch.release == NULL && test_batches_released == 4);
  arrowipc_writer_free(writer);
}

static void sources_are_released_also_on_failure(void) {
  static const char garbage[] = "no Arrow data";
  int released = 0;
  arrowipc_source *source = NULL;
  arrowipc_reader *reader = NULL;
  OK(arrowipc_source_from_memory(garbage, sizeof garbage, count_release, &released, &source, &err));
  arrowipc_source_free(source);
  CHECK(released == 1);
  OK(arrowipc_source_from_memory(garbage, sizeof garbage, count_release, &released, &source, &err));
  CHECK(arrowipc_reader_open(source, NULL, &reader, NULL) != ARROWIPC_OK);
  CHECK(released == 2 && reader == NULL);
}

static int32_t take_all(void *ctx, const uint8_t *buf, size_t size, size_t *out) {
  (void)ctx;
  (void)buf;
  *out = size;
  return 0;
}

static void sinks_are_released_also_on_failure(void) {
  struct ArrowSchema column = test_schema();
  int released = 0;
  arrowipc_sink_callbacks callbacks;
  arrowipc_sink *sink = NULL;
  arrowipc_writer *writer = NULL;
  memset(&callbacks, 0, sizeof callbacks);
  callbacks.struct_size = sizeof callbacks;
  callbacks.write = take_all;
  callbacks.release = count_release;
  OK(arrowipc_sink_to_callbacks(&callbacks, &released, &sink, &err));
  arrowipc_sink_free(sink);
  CHECK(released == 1);
  column.format = "l";
  column.n_children = 0;
  OK(arrowipc_sink_to_callbacks(&callbacks, &released, &sink, &err));
  FAILS(arrowipc_writer_open(sink, &column, NULL, &writer, &err), ARROWIPC_INVALID_ARGUMENT,
        "the schema is not a struct (\"+s\") with one child for each column");
  CHECK(released == 2 && writer == NULL && column.release != NULL);
}

/* ---- a stream by hand that fails after its first batch ---- */

struct failing {
  int given;
  int released;
};

static int failing_get_schema(struct ArrowArrayStream *stream, struct ArrowSchema *out) {
  (void)stream;
  *out = test_schema();
  return 0;
}

static int failing_get_next(struct ArrowArrayStream *stream, struct ArrowArray *out) {
  struct failing *failing = (struct failing *)stream->private_data;
  if (failing->given > 0) return 5; /* EIO */
  ++failing->given;
  *out = test_batch(0, 2);
  return 0;
}

static const char *failing_get_last_error(struct ArrowArrayStream *stream) {
  (void)stream;
  return "the disk is on fire";
}

static void failing_release(struct ArrowArrayStream *stream) {
  ++((struct failing *)stream->private_data)->released;
  stream->release = NULL;
}

static void streams_are_released_also_on_failure(void) {
  struct failing failing = {0, 0};
  struct ArrowArrayStream stream, copy;
  arrowipc_writer *writer = open_writer();
  arrowipc_error *error = NULL;
  stream.get_schema = failing_get_schema;
  stream.get_next = failing_get_next;
  stream.get_last_error = failing_get_last_error;
  stream.release = failing_release;
  stream.private_data = &failing;
  copy = stream;
  test_batches_released = 0;
  CHECK(arrowipc_error_from_stream(&stream) == NULL);
  CHECK(arrowipc_writer_write_stream(writer, &stream, &error) == ARROWIPC_IO);
  CHECK(arrowipc_error_errno(error) == 5);
  CHECK(strcmp(arrowipc_error_message(error),
               "get_next of the stream: Input/output error (os error 5): the disk is on fire") == 0);
  arrowipc_error_free(error);
  CHECK(stream.release == NULL && failing.released == 1 && test_batches_released == 1);
  FAILS(arrowipc_writer_write_stream(writer, &stream, &err), ARROWIPC_INVALID_ARGUMENT, "stream was already released");
  OK(arrowipc_writer_finish(writer, &err));
  failing.given = 0;
  FAILS(arrowipc_writer_write_stream(writer, &copy, &err), ARROWIPC_INVALID_STATE, "the writer is finished");
  CHECK(failing.released == 2);
  arrowipc_writer_free(writer);
}

int main(void) {
  write_test_data(2, &data, &n);
  arrays_and_schemas_outlive_the_reader();
  children_outlive_their_parent();
  schema_children_outlive_their_parent();
  any_thread_releases();
  many_threads_read_at_once();
  batches_are_released_once_also_on_failure();
  sources_are_released_also_on_failure();
  sinks_are_released_also_on_failure();
  streams_are_released_also_on_failure();
  arrowipc_memory_free(data, n);
  CHECK(arrowipc_memory_current() == 0);
  return 0;
}
