/* Batches made by hand go through every sink and come back through every source, as stream and as file. */
#define _POSIX_C_SOURCE 200809L

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "testing.h"

static const int64_t first_of[3] = {0, 5, 5};
static const int64_t rows_of[3] = {5, 0, 3};

/* {"b": "2", "a": "1", "b": ""} as ArrowSchema.metadata encodes it. */
static char metadata[4 + 3 * 8 + 5];

static void set_metadata(void) {
  const int32_t three = 3, one = 1, zero = 0;
  char *p = metadata;
#define PUT(pointer, size) (memcpy(p, (pointer), (size)), p += (size))
  PUT(&three, 4);
  PUT(&one, 4), PUT("b", 1), PUT(&one, 4), PUT("2", 1);
  PUT(&one, 4), PUT("a", 1), PUT(&one, 4), PUT("1", 1);
  PUT(&one, 4), PUT("b", 1), PUT(&zero, 4);
#undef PUT
  CHECK(p == metadata + sizeof metadata);
}

/* ---- callbacks over memory that take and give only a few bytes at a time ---- */

struct bytes {
  uint8_t *data;
  size_t size;
  size_t position;
  int flushed;
  int released;
};

static size_t smaller(size_t a, size_t b) { return a < b ? a : b; }

static int32_t write_some(void *ctx, const uint8_t *buf, size_t n, size_t *out) {
  struct bytes *bytes = (struct bytes *)ctx;
  const size_t taken = smaller(n, 7);
  bytes->data = (uint8_t *)realloc(bytes->data, bytes->size + taken);
  CHECK(bytes->data != NULL);
  memcpy(bytes->data + bytes->size, buf, taken);
  bytes->size += taken;
  *out = taken;
  return 0;
}

static int32_t count_flush(void *ctx) {
  ++((struct bytes *)ctx)->flushed;
  return 0;
}

static int32_t read_some(void *ctx, uint8_t *buf, size_t n, size_t *out) {
  struct bytes *bytes = (struct bytes *)ctx;
  *out = smaller(smaller(n, 5), bytes->size - bytes->position);
  memcpy(buf, bytes->data + bytes->position, *out);
  bytes->position += *out;
  return 0;
}

static int32_t read_some_at(void *ctx, uint64_t offset, uint8_t *buf, size_t n, size_t *out) {
  struct bytes *bytes = (struct bytes *)ctx;
  CHECK(offset <= bytes->size);
  *out = smaller(smaller(n, 11), bytes->size - (size_t)offset);
  memcpy(buf, bytes->data + offset, *out);
  return 0;
}

static int32_t tell_size(void *ctx, uint64_t *out) {
  *out = ((struct bytes *)ctx)->size;
  return 0;
}

static int32_t tell_no_size(void *ctx, uint64_t *out) {
  (void)ctx;
  (void)out;
  return ESPIPE;
}

static void count_release(void *ctx) { ++((struct bytes *)ctx)->released; }

/* ---- writing ---- */

/* Writes the test data into a sink, which is consumed; the writer is left open for what it has to tell. */
static arrowipc_writer *write_into(arrowipc_sink *sink, int64_t format) {
  arrowipc_options *options = arrowipc_options_new();
  struct ArrowSchema schema = test_schema();
  arrowipc_writer *writer = NULL;
  int i;
  OK(arrowipc_options_set_int(options, ARROWIPC_OPTION_FORMAT, format, &err));
  OK(arrowipc_writer_open(sink, &schema, options, &writer, &err));
  arrowipc_options_free(options);
  CHECK(schema.release != NULL);
  for (i = 0; i < 3; ++i) {
    struct ArrowArray batch = test_batch(first_of[i], rows_of[i]);
    const int before = test_batches_released;
    OK(arrowipc_writer_write(writer, &batch, i == 2 ? metadata : NULL, &err));
    CHECK(batch.release == NULL && test_batches_released == before + 1);
  }
  if (format == 2) OK(arrowipc_writer_set_footer_metadata(writer, metadata, &err));
  OK(arrowipc_writer_finish(writer, &err));
  return writer;
}

static void check_write_statistics(const arrowipc_writer *writer, size_t size) {
  arrowipc_write_statistics statistics;
  int64_t two[2] = {-1, -1};
  OK(arrowipc_writer_statistics(writer, &statistics, sizeof statistics, &err));
  CHECK(statistics.messages == 5 && statistics.batches == 3);
  CHECK(statistics.dictionaries == 1 && statistics.deltas == 0 && statistics.replacements == 0);
  CHECK(statistics.bytes_written == (int64_t)size && statistics.body_bytes_written > 0);
  /* A program that knows one member only. */
  OK(arrowipc_writer_statistics(writer, (arrowipc_write_statistics *)(void *)two, sizeof two[0], &err));
  CHECK(two[0] == 5 && two[1] == -1);
}

static void check_file(const char *path, const uint8_t *data, size_t n) {
  uint8_t *found = (uint8_t *)test_memory(n + 1);
  FILE *file = fopen(path, "rb");
  CHECK(file != NULL);
  CHECK(fread(found, 1, n + 1, file) == n && memcmp(found, data, n) == 0);
  fclose(file);
  free(found);
}

/* Every sink gets the same bytes; those of memory are given. */
static void write_everywhere(int64_t format, const char *path, uint8_t **data, size_t *n) {
  const char *written_path = format == 2 ? "by_path.arrow" : "by_path.arrows";
  struct bytes bytes = {NULL, 0, 0, 0, 0};
  arrowipc_sink_callbacks callbacks;
  arrowipc_sink *sink = NULL;
  arrowipc_writer *writer;
  int fd;

  OK(arrowipc_sink_to_memory(&sink, &err));
  writer = write_into(sink, format);
  OK(arrowipc_writer_take_memory(writer, data, n, &err));
  FAILS(arrowipc_writer_take_memory(writer, data, n, &err), ARROWIPC_INVALID_STATE, "the memory was already taken");
  check_write_statistics(writer, *n);
  arrowipc_writer_free(writer);

  OK(arrowipc_sink_to_path(written_path, &sink, &err));
  CHECK(access(written_path, F_OK) != 0);
  writer = write_into(sink, format);
  check_file(written_path, *data, *n);
  FAILS(arrowipc_writer_take_memory(writer, data, n, &err), ARROWIPC_INVALID_ARGUMENT,
        "the writer's sink is not memory");
  arrowipc_writer_free(writer);
  CHECK(unlink(written_path) == 0);

  fd = open(path, O_CREAT | O_TRUNC | O_WRONLY, 0600);
  CHECK(fd >= 0);
  OK(arrowipc_sink_to_fd(fd, 0, &sink, &err));
  arrowipc_writer_free(write_into(sink, format));
  CHECK(close(fd) == 0);
  check_file(path, *data, *n);

  memset(&callbacks, 0, sizeof callbacks);
  callbacks.struct_size = sizeof callbacks;
  callbacks.write = write_some;
  callbacks.flush = count_flush;
  callbacks.release = count_release;
  OK(arrowipc_sink_to_callbacks(&callbacks, &bytes, &sink, &err));
  writer = write_into(sink, format);
  CHECK(bytes.flushed == 1 && bytes.released == 0);
  arrowipc_writer_free(writer);
  CHECK(bytes.flushed == 1 && bytes.released == 1);
  CHECK(bytes.size == *n && memcmp(bytes.data, *data, *n) == 0);
  free(bytes.data);
}

/* ---- reading ---- */

static arrowipc_reader *open_reader(arrowipc_source *source, int64_t format) {
  arrowipc_reader *reader = NULL;
  OK(arrowipc_reader_open(source, NULL, &reader, &err));
  CHECK(arrowipc_reader_format(reader) == format);
  return reader;
}

static void check_schema(const struct ArrowSchema *schema) {
  CHECK(strcmp(schema->format, "+s") == 0 && schema->n_children == 3 && schema->metadata == NULL);
  CHECK(strcmp(schema->children[0]->format, "l") == 0 && strcmp(schema->children[0]->name, "id") == 0);
  CHECK(schema->children[0]->flags == 0 && schema->children[1]->flags == ARROW_FLAG_NULLABLE);
  CHECK(strcmp(schema->children[1]->format, "u") == 0 && strcmp(schema->children[1]->name, "name") == 0);
  CHECK(strcmp(schema->children[2]->format, "c") == 0 && schema->children[2]->dictionary != NULL);
  CHECK(strcmp(schema->children[2]->dictionary->format, "u") == 0);
}

/* Reads everything in order and frees the reader. */
static void read_in_order(arrowipc_reader *reader) {
  struct ArrowSchema schema;
  struct ArrowArray array;
  const char *found = "not looked at";
  int i;
  OK(arrowipc_reader_schema(reader, &schema, &err));
  check_schema(&schema);
  schema.release(&schema);
  for (i = 0; i < 3; ++i) {
    OK(arrowipc_reader_next(reader, &array, &found, &err));
    check_test_batch(&array, first_of[i], rows_of[i]);
    if (i == 2) {
      CHECK(found != NULL && memcmp(found, metadata, sizeof metadata) == 0);
    } else {
      CHECK(found == NULL);
    }
  }
  for (i = 0; i < 2; ++i) {
    array.release = release_test_column;
    OK(arrowipc_reader_next(reader, &array, &found, &err));
    CHECK(array.release == NULL && found == NULL);
  }
  arrowipc_reader_free(reader);
}

static void check_any_order(const arrowipc_reader *reader) {
  const int order[4] = {2, 0, 2, 1};
  struct ArrowArray array;
  int64_t count = -1;
  char *found = NULL;
  int i;
  OK(arrowipc_reader_num_batches(reader, &count, &err));
  CHECK(count == 3);
  OK(arrowipc_reader_num_rows(reader, -1, &count, &err));
  CHECK(count == 8);
  for (i = 0; i < 4; ++i) {
    OK(arrowipc_reader_num_rows(reader, order[i], &count, &err));
    CHECK(count == rows_of[order[i]]);
    OK(arrowipc_reader_read_at(reader, order[i], &array, &err));
    check_test_batch(&array, first_of[order[i]], rows_of[order[i]]);
  }
  OK(arrowipc_reader_batch_metadata(reader, 2, &found, &err));
  CHECK(found != NULL && memcmp(found, metadata, sizeof metadata) == 0);
  arrowipc_metadata_free(found);
  OK(arrowipc_reader_batch_metadata(reader, 0, &found, &err));
  CHECK(found == NULL);
  CHECK(memcmp(arrowipc_reader_footer_metadata(reader), metadata, sizeof metadata) == 0);
}

static void check_no_order(const arrowipc_reader *reader) {
  const char *message = "a stream is read in order only; this call needs a file";
  struct ArrowArray array;
  int64_t count = 0;
  char *found = NULL;
  FAILS(arrowipc_reader_num_batches(reader, &count, &err), ARROWIPC_INVALID_ARGUMENT, message);
  FAILS(arrowipc_reader_num_rows(reader, -1, &count, &err), ARROWIPC_INVALID_ARGUMENT, message);
  FAILS(arrowipc_reader_read_at(reader, 0, &array, &err), ARROWIPC_INVALID_ARGUMENT, message);
  FAILS(arrowipc_reader_batch_metadata(reader, 0, &found, &err), ARROWIPC_INVALID_ARGUMENT, message);
  CHECK(arrowipc_reader_footer_metadata(reader) == NULL);
}

/* Reads a source, which is consumed, in any order where that is possible, then in order. */
static void read_all(arrowipc_source *source, int64_t format) {
  arrowipc_reader *reader = open_reader(source, format);
  if (format == 2) {
    check_any_order(reader);
  } else {
    check_no_order(reader);
  }
  read_in_order(reader);
}

static void read_from_everywhere(int64_t format, const char *path, uint8_t *data, size_t n) {
  struct bytes bytes = {NULL, 0, 0, 0, 0};
  arrowipc_source_callbacks callbacks;
  arrowipc_source *source = NULL;
  int fd;

  bytes.data = data;
  bytes.size = n;
  OK(arrowipc_source_from_memory(data, n, count_release, &bytes, &source, &err));
  read_all(source, format);
  CHECK(bytes.released == 1);

  OK(arrowipc_source_from_path(path, 0, &source, &err));
  read_all(source, format);
  OK(arrowipc_source_from_path(path, 1, &source, &err));
  read_all(source, format);

  fd = open(path, O_RDONLY);
  CHECK(fd >= 0);
  OK(arrowipc_source_from_fd(fd, 0, &source, &err));
  read_all(source, format);
  CHECK(lseek(fd, 0, SEEK_SET) == 0);
  OK(arrowipc_source_from_fd(fd, 1, &source, &err));
  read_all(source, format);
  CHECK(close(fd) == -1 && errno == EBADF);

  memset(&callbacks, 0, sizeof callbacks);
  callbacks.struct_size = sizeof callbacks;
  callbacks.read = read_some;
  callbacks.read_at = read_some_at;
  callbacks.size = tell_size;
  callbacks.release = count_release;
  OK(arrowipc_source_from_callbacks(&callbacks, &bytes, &source, &err));
  read_all(source, format);
  CHECK(bytes.released == 2);
  if (format == 1) {
    /* Read forward only: without a size, without read_at, without both. */
    const int variants = 3;
    int i;
    for (i = 0; i < variants; ++i) {
      callbacks.size = i == 0 ? tell_no_size : i == 1 ? tell_size : NULL;
      callbacks.read_at = i == 0 ? read_some_at : NULL;
      bytes.position = 0;
      OK(arrowipc_source_from_callbacks(&callbacks, &bytes, &source, &err));
      read_all(source, format);
    }
    CHECK(bytes.released == 2 + variants);
  }
}

/* ---- statistics, options, the C stream ---- */

static arrowipc_reader *open_memory(const uint8_t *data, size_t n, const arrowipc_options *options) {
  arrowipc_source *source = NULL;
  arrowipc_reader *reader = NULL;
  OK(arrowipc_source_from_memory(data, n, NULL, NULL, &source, &err));
  OK(arrowipc_reader_open(source, options, &reader, &err));
  return reader;
}

static void check_read_statistics(int64_t format, const uint8_t *data, size_t n) {
  arrowipc_reader *reader = open_memory(data, n, NULL);
  arrowipc_read_statistics statistics;
  struct {
    arrowipc_read_statistics known;
    int64_t later;
  } larger;
  struct ArrowArray array;
  int i;
  for (i = 0; i < 3; ++i) {
    OK(arrowipc_reader_next(reader, &array, NULL, &err));
    check_test_batch(&array, first_of[i], rows_of[i]);
  }
  OK(arrowipc_reader_statistics(reader, &statistics, sizeof statistics, &err));
  /* The schema of a file is read from the footer. */
  CHECK(statistics.messages == (format == 1 ? 5 : 4));
  CHECK(statistics.batches == 3 && statistics.dictionaries == 1);
  CHECK(statistics.deltas == 0 && statistics.replacements == 0 && statistics.bytes_decompressed == 0);
  CHECK(statistics.bytes_read > 0 && statistics.bytes_read <= (int64_t)n);
  /* A program that knows a member more. */
  larger.later = -1;
  OK(arrowipc_reader_statistics(reader, &larger.known, sizeof larger, &err));
  CHECK(larger.known.batches == 3 && larger.later == 0);
  arrowipc_reader_free(reader);
}

static void check_columns(const uint8_t *data, size_t n) {
  const int32_t indices[2] = {2, 0};
  const char *names[1] = {"name"};
  arrowipc_options *options = arrowipc_options_new();
  arrowipc_reader *reader;
  struct ArrowArray array;

  OK(arrowipc_options_set_columns(options, indices, 2, &err));
  reader = open_memory(data, n, options);
  OK(arrowipc_options_set_column_names(options, names, 1, &err));
  OK(arrowipc_reader_next(reader, &array, NULL, &err));
  CHECK(array.n_children == 2);
  check_kinds(array.children[0], 0, 5);
  check_ids(array.children[1], 0, 5);
  array.release(&array);
  arrowipc_reader_free(reader);

  reader = open_memory(data, n, options);
  OK(arrowipc_reader_next(reader, &array, NULL, &err));
  CHECK(array.n_children == 1);
  check_names(array.children[0], 0, 5);
  array.release(&array);
  arrowipc_reader_free(reader);

  OK(arrowipc_options_set_columns(options, indices, 0, &err));
  reader = open_memory(data, n, options);
  OK(arrowipc_reader_next(reader, &array, NULL, &err));
  CHECK(array.n_children == 0 && array.length == 5);
  array.release(&array);
  arrowipc_reader_free(reader);

  OK(arrowipc_options_set_columns(options, NULL, 0, &err));
  reader = open_memory(data, n, options);
  read_in_order(reader);
  arrowipc_options_free(options);
}

static void check_options(void) {
  static const struct {
    int32_t key;
    int64_t standard;
    int64_t other;
    int64_t wrong;
  } known[] = {
      {ARROWIPC_OPTION_FORMAT, 0, 2, 3},
      {ARROWIPC_OPTION_VALIDATION, 2, 0, -1},
      {ARROWIPC_OPTION_RECOVER, 0, 1, 2},
      {ARROWIPC_OPTION_THREADS, 1, 256, 257},
      {ARROWIPC_OPTION_ALIGNMENT, 8, 64, 24},
      {ARROWIPC_OPTION_COMPRESSION, 0, 2, 3},
      {ARROWIPC_OPTION_COMPRESSION_LEVEL, 1, 19, 23},
      {ARROWIPC_OPTION_MINIMUM_SAVING, 0, 100, 101},
      {ARROWIPC_OPTION_METADATA_VERSION, 5, 4, 6},
      {ARROWIPC_OPTION_LEGACY_FRAMING, 0, 1, 2},
      {ARROWIPC_OPTION_DICTIONARIES, 0, 2, 3},
      {ARROWIPC_OPTION_CLEAR_NULLS, 0, 1, 2},
      {ARROWIPC_OPTION_MAX_METADATA_BYTES, (int64_t)64 << 20, 1, 0},
      {ARROWIPC_OPTION_MAX_BODY_BYTES, (int64_t)1 << 40, 1, 0},
      {ARROWIPC_OPTION_MAX_DECOMPRESSED_BYTES, (int64_t)1 << 34, 1, 0},
      {ARROWIPC_OPTION_MAX_NESTING_DEPTH, 64, 256, 257},
      {ARROWIPC_OPTION_MAX_FIELDS, 1000000, 1, 0},
      {ARROWIPC_OPTION_MAX_TOTAL_BYTES, (int64_t)1 << 40, 1, 0},
      {ARROWIPC_OPTION_MAX_UNBACKED_SLOTS, INT32_MAX, 1, 0},
  };
  arrowipc_options *options = arrowipc_options_new();
  int64_t value = -7;
  size_t i;
  for (i = 0; i < sizeof known / sizeof known[0]; ++i) {
    OK(arrowipc_options_get_int(options, known[i].key, &value, &err));
    CHECK(value == known[i].standard);
    OK(arrowipc_options_set_int(options, known[i].key, known[i].other, &err));
    CHECK(arrowipc_options_set_int(options, known[i].key, known[i].wrong, NULL) == ARROWIPC_INVALID_ARGUMENT);
    OK(arrowipc_options_get_int(options, known[i].key, &value, &err));
    CHECK(value == known[i].other);
  }
  arrowipc_options_free(options);
}

struct progress {
  int64_t batches;
  int64_t stop_at;
};

static int32_t note_progress(void *ctx, int64_t bytes, int64_t batches) {
  struct progress *progress = (struct progress *)ctx;
  CHECK(bytes > 0);
  progress->batches = batches;
  return batches == progress->stop_at;
}

static void check_progress(const uint8_t *data, size_t n) {
  struct progress progress = {0, 2};
  arrowipc_options *options = arrowipc_options_new();
  arrowipc_error *error = NULL;
  arrowipc_reader *reader;
  struct ArrowArray array;
  OK(arrowipc_options_set_progress(options, note_progress, &progress, &err));
  reader = open_memory(data, n, options);
  arrowipc_options_free(options);
  OK(arrowipc_reader_next(reader, &array, NULL, &err));
  array.release(&array);
  CHECK(progress.batches == 1);
  CHECK(arrowipc_reader_next(reader, &array, NULL, &error) == ARROWIPC_CANCELLED);
  CHECK(strncmp(arrowipc_error_message(error), "cancelled by the progress callback after 2 batches and ", 55) == 0);
  arrowipc_error_free(error);
  arrowipc_reader_free(reader);
}

/* A reader's stream, by hand and into a writer, which makes the same bytes of it. */
static void check_stream(const uint8_t *data, size_t n) {
  struct ArrowArrayStream stream;
  struct ArrowSchema schema;
  struct ArrowArray array;
  arrowipc_sink *sink = NULL;
  arrowipc_writer *writer = NULL;
  uint8_t *copy = NULL;
  size_t size = 0;
  int i;
  OK(arrowipc_reader_into_stream(open_memory(data, n, NULL), &stream, &err));
  CHECK(stream.get_schema(&stream, &schema) == 0);
  check_schema(&schema);
  for (i = 0; i < 3; ++i) {
    CHECK(stream.get_next(&stream, &array) == 0);
    check_test_batch(&array, first_of[i], rows_of[i]);
  }
  CHECK(stream.get_next(&stream, &array) == 0 && array.release == NULL);
  CHECK(stream.get_last_error(&stream) == NULL && arrowipc_error_from_stream(&stream) == NULL);
  stream.release(&stream);
  CHECK(stream.release == NULL && arrowipc_error_from_stream(&stream) == NULL);

  OK(arrowipc_reader_into_stream(open_memory(data, n, NULL), &stream, &err));
  OK(arrowipc_sink_to_memory(&sink, &err));
  OK(arrowipc_writer_open(sink, &schema, NULL, &writer, &err));
  schema.release(&schema);
  OK(arrowipc_writer_write_stream(writer, &stream, &err));
  CHECK(stream.release == NULL);
  OK(arrowipc_writer_finish(writer, &err));
  OK(arrowipc_writer_take_memory(writer, &copy, &size, &err));
  arrowipc_writer_free(writer);
  /* Metadata of batches do not cross the C Stream Interface. */
  CHECK(size > 0 && size < n);
  arrowipc_memory_free(copy, size);
}

int main(void) {
  uint8_t *data = NULL;
  size_t n = 0;
  int64_t format;
  CHECK(arrowipc_version_number() ==
        (ARROWIPC_VERSION_MAJOR << 16 | ARROWIPC_VERSION_MINOR << 8 | ARROWIPC_VERSION_PATCH));
  CHECK(strcmp(arrowipc_version(), ARROWIPC_VERSION) == 0);
  CHECK(arrowipc_has_feature("lz4") == 1 && arrowipc_has_feature("zstd") == 1 && arrowipc_has_feature("mmap") == 1);
  CHECK(arrowipc_has_feature("rot13") == 0);
  set_metadata();
  check_options();
  for (format = 1; format <= 2; ++format) {
    const char *path = format == 2 ? "by_fd.arrow" : "by_fd.arrows";
    write_everywhere(format, path, &data, &n);
    read_from_everywhere(format, path, data, n);
    check_read_statistics(format, data, n);
    check_columns(data, n);
    check_progress(data, n);
    if (format == 1) check_stream(data, n);
    arrowipc_memory_free(data, n);
    CHECK(unlink(path) == 0);
  }
  CHECK(arrowipc_memory_current() == 0);
  CHECK(arrowipc_memory_peak(1) > 0 && arrowipc_memory_peak(0) == 0);
  return 0;
}
