/* A writer that goes on behind a file: by path, with the file as it was until the end; and what is refused. */
#define _POSIX_C_SOURCE 200809L

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "testing.h"

static const char path[] = "table.arrow";

/* Writes a file of three batches, 8 rows, under the path. */
static void write_file(void) {
  uint8_t *data = NULL;
  size_t n = 0;
  FILE *file = fopen(path, "wb");
  CHECK(file != NULL);
  write_test_data(2, &data, &n);
  CHECK(fwrite(data, 1, n, file) == n && fclose(file) == 0);
  arrowipc_memory_free(data, n);
}

static long size_of_file(void) {
  struct stat status;
  CHECK(stat(path, &status) == 0);
  return (long)status.st_size;
}

static arrowipc_source *source_of_file(int32_t memory_map) {
  arrowipc_source *source = NULL;
  OK(arrowipc_source_from_path(path, memory_map, &source, &err));
  return source;
}

static arrowipc_writer *append_to_file(const struct ArrowSchema *schema, const arrowipc_options *options) {
  arrowipc_sink *sink = NULL;
  arrowipc_writer *writer = NULL;
  OK(arrowipc_sink_to_path(path, &sink, &err));
  OK(arrowipc_writer_open_append(source_of_file(0), sink, schema, options, &writer, &err));
  return writer;
}

/* Ends the program unless the file has these batches of 5, 0 and 3 rows, and then those of 2 rows. */
static void check_batches(arrowipc_reader *reader, int64_t batches) {
  static const int64_t rows[3] = {5, 0, 3};
  int64_t first = 0;
  int64_t found = 0;
  int64_t i;
  OK(arrowipc_reader_num_batches(reader, &found, &err));
  CHECK(found == batches);
  for (i = 0; i < batches; ++i) {
    const int64_t expected = i < 3 ? rows[i] : 2;
    struct ArrowArray array;
    OK(arrowipc_reader_next(reader, &array, NULL, &err));
    check_test_batch(&array, first, expected);
    first += expected;
  }
  arrowipc_reader_free(reader);
}

static arrowipc_reader *open_file(int32_t memory_map) {
  arrowipc_reader *reader = NULL;
  OK(arrowipc_reader_open(source_of_file(memory_map), NULL, &reader, &err));
  return reader;
}

static void append_by_path(void) {
  struct ArrowSchema schema = test_schema();
  struct ArrowArray batch = test_batch(8, 2);
  arrowipc_options *options = arrowipc_options_new();
  arrowipc_write_statistics statistics;
  arrowipc_reader *mapped;
  arrowipc_writer *writer;
  struct stat status;
  long before;

  write_file();
  before = size_of_file();
  CHECK(chmod(path, 0640) == 0);
  mapped = open_file(1);

  /* Given up: the file is as it was, and nothing lies beside it. */
  writer = append_to_file(&schema, NULL);
  arrowipc_writer_free(writer);
  CHECK(size_of_file() == before);

  OK(arrowipc_options_set_int(options, ARROWIPC_OPTION_COMPRESSION, 2, &err));
  writer = append_to_file(&schema, options);
  arrowipc_options_free(options);
  OK(arrowipc_writer_write(writer, &batch, NULL, &err));
  CHECK(size_of_file() == before);
  OK(arrowipc_writer_finish(writer, &err));
  OK(arrowipc_writer_statistics(writer, &statistics, sizeof statistics, &err));
  arrowipc_writer_free(writer);
  CHECK(statistics.batches == 1 && statistics.dictionaries == 0 && statistics.messages == 1);
  CHECK(statistics.bytes_written == size_of_file() && size_of_file() > before);
  CHECK(stat(path, &status) == 0 && (status.st_mode & 0777) == 0640);
  check_batches(open_file(0), 4);
  /* Who had the file mapped reads what it was. */
  check_batches(mapped, 3);

  /* Again, without a schema. */
  writer = append_to_file(NULL, NULL);
  batch = test_batch(10, 2);
  OK(arrowipc_writer_write(writer, &batch, NULL, &err));
  OK(arrowipc_writer_finish(writer, &err));
  arrowipc_writer_free(writer);
  check_batches(open_file(1), 5);
  CHECK(unlink(path) == 0);
}

/* A symbolic link stays one. */
static void append_through_a_link(void) {
  struct ArrowArray batch = test_batch(8, 2);
  arrowipc_writer *writer;
  struct stat status;
  write_file();
  CHECK(rename(path, "behind.arrow") == 0 && symlink("behind.arrow", path) == 0);
  writer = append_to_file(NULL, NULL);
  OK(arrowipc_writer_write(writer, &batch, NULL, &err));
  OK(arrowipc_writer_finish(writer, &err));
  arrowipc_writer_free(writer);
  CHECK(lstat(path, &status) == 0 && S_ISLNK(status.st_mode));
  check_batches(open_file(0), 4);
  CHECK(unlink(path) == 0 && unlink("behind.arrow") == 0);
}

static void refusals(void) {
  struct ArrowSchema schema = test_schema();
  arrowipc_sink *sink = NULL;
  arrowipc_source *source = NULL;
  arrowipc_writer *writer = NULL;
  long before;
  int fd;

  write_file();
  before = size_of_file();
  test_columns[1].flags = 0;
  OK(arrowipc_sink_to_path(path, &sink, &err));
  FAILS(arrowipc_writer_open_append(source_of_file(0), sink, &schema, NULL, &writer, &err), ARROWIPC_INVALID_ARGUMENT,
        "the schema given has a field that is not nullable, that of the input nullable, field \"name\"");

  fd = open(path, O_RDWR);
  CHECK(fd >= 0);
  OK(arrowipc_sink_to_fd(fd, 1, &sink, &err));
  FAILS(arrowipc_writer_open_append(source_of_file(0), sink, NULL, NULL, &writer, &err), ARROWIPC_INVALID_ARGUMENT,
        "the sink is the file that is appended to; a sink to its path replaces it when it is whole");
  CHECK(close(fd) == -1);

  OK(arrowipc_sink_to_memory(&sink, &err));
  OK(arrowipc_source_from_memory("", 0, NULL, NULL, &source, &err));
  FAILS(arrowipc_writer_open_append(source, sink, NULL, NULL, &writer, &err), ARROWIPC_INVALID_DATA,
        "the input ends before a schema, byte 0 [framing-empty-input]");
  CHECK(writer == NULL && size_of_file() == before);
  CHECK(unlink(path) == 0);
}

int main(void) {
  append_by_path();
  append_through_a_link();
  refusals();
  CHECK(arrowipc_memory_current() == 0);
  return 0;
}
