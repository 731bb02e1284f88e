/* Failures tell code, place and the whole message. */
#define _POSIX_C_SOURCE 200809L

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "testing.h"

static uint8_t *stream_data = NULL;
static uint8_t *file_data = NULL;
static size_t stream_size = 0;
static size_t file_size = 0;

/* Reads memory to its end and gives the status; `*error` belongs to the caller. */
static int32_t read_to_the_end(const uint8_t *data, size_t n, const arrowipc_options *options, arrowipc_error **error) {
  arrowipc_source *source = NULL;
  arrowipc_reader *reader = NULL;
  int32_t status;
  *error = NULL;
  OK(arrowipc_source_from_memory(data, n, NULL, NULL, &source, &err));
  status = arrowipc_reader_open(source, options, &reader, error);
  while (status == ARROWIPC_OK) {
    struct ArrowArray array;
    status = arrowipc_reader_next(reader, &array, NULL, error);
    if (status == ARROWIPC_OK && array.release == NULL) break;
    if (status == ARROWIPC_OK) array.release(&array);
  }
  arrowipc_reader_free(reader);
  return status;
}

static void check_place(const arrowipc_error *error, int64_t byte_offset, int64_t message_index, const char *clause) {
  CHECK(arrowipc_error_byte_offset(error) == byte_offset);
  CHECK(arrowipc_error_message_index(error) == message_index);
  CHECK(strcmp(arrowipc_error_clause(error), clause) == 0);
  CHECK(arrowipc_error_errno(error) == 0);
}

/* Ends the program unless memory is refused as malformed, with this message and place. */
static void check_invalid(const uint8_t *data, size_t n, const char *message, int64_t byte_offset,
                          int64_t message_index, const char *clause) {
  arrowipc_error *error;
  const int32_t status = read_to_the_end(data, n, NULL, &error);
  if (status != ARROWIPC_INVALID_DATA || strcmp(arrowipc_error_message(error), message) != 0) {
    fprintf(stderr, "%s: %s\n  expected %s\n", arrowipc_status_name(status), arrowipc_error_message(error), message);
    exit(1);
  }
  check_place(error, byte_offset, message_index, clause);
  arrowipc_error_free(error);
}

static int32_t metadata_length(const uint8_t *data) {
  int32_t length;
  memcpy(&length, data + 4, sizeof length);
  return length;
}

static void truncated_streams(void) {
  const int32_t length = metadata_length(stream_data);
  char message[256];
  size_t n;
  check_invalid(stream_data, 0, "the input ends before a schema, byte 0 [framing-empty-input]", 0, -1,
                "framing-empty-input");
  check_invalid(stream_data, 3,
                "the input ends after 3 of 4 bytes of a message's prefix, message 0, byte 0 "
                "[framing-truncated-prefix]",
                0, 0, "framing-truncated-prefix");
  sprintf(message,
          "the input ends after 12 of %d bytes of a message's metadata, message 0, byte 0 "
          "[framing-truncated-metadata]",
          (int)length);
  check_invalid(stream_data, 20, message, 0, 0, "framing-truncated-metadata");
  /* Wherever it ends, it is never taken for whole, but where a message ends. */
  for (n = 0; n < stream_size; ++n) {
    arrowipc_error *error;
    const int32_t status = read_to_the_end(stream_data, n, NULL, &error);
    CHECK(status == ARROWIPC_INVALID_DATA || (status == ARROWIPC_OK && n % 8 == 0));
    CHECK(status == ARROWIPC_OK || arrowipc_error_byte_offset(error) <= (int64_t)n);
    arrowipc_error_free(error);
  }
}

static void truncated_files(void) {
  char message[256];
  size_t n;
  check_invalid(file_data, 8, "the input has 8 bytes, the smallest file has more than 18, byte 8 [file-too-small]", 8,
                -1, "file-too-small");
  sprintf(message,
          "the input does not end with ARROW1; a file that was not finished has no footer, byte %ld "
          "[file-trailing-magic-invalid]",
          (long)file_size - 7);
  check_invalid(file_data, file_size - 1, message, (int64_t)file_size - 7, -1, "file-trailing-magic-invalid");
  for (n = 0; n < file_size; ++n) {
    arrowipc_error *error;
    CHECK(read_to_the_end(file_data, n, NULL, &error) != ARROWIPC_OK);
    arrowipc_error_free(error);
  }
}

/* Every byte changed in turn: a status, never a crash. What is accepted may hold other values. */
static void corrupt_input(const uint8_t *data, size_t size) {
  uint8_t *copy = (uint8_t *)test_memory(size);
  size_t i;
  for (i = 0; i < size; ++i) {
    arrowipc_error *error;
    int32_t status;
    memcpy(copy, data, size);
    copy[i] = (uint8_t)(copy[i] ^ 0xFF);
    status = read_to_the_end(copy, size, NULL, &error);
    CHECK(status != ARROWIPC_INTERNAL && status != ARROWIPC_INVALID_ARGUMENT && status != ARROWIPC_INVALID_STATE);
    CHECK((status == ARROWIPC_OK) == (error == NULL));
    arrowipc_error_free(error);
  }
  free(copy);
}

static void limits(void) {
  arrowipc_options *options = arrowipc_options_new();
  arrowipc_error *error;
  char message[128];
  OK(arrowipc_options_set_int(options, ARROWIPC_OPTION_MAX_METADATA_BYTES, 100, &err));
  CHECK(read_to_the_end(stream_data, stream_size, options, &error) == ARROWIPC_LIMIT_EXCEEDED);
  sprintf(message, "the length of a message's metadata is %d, the limit is 100, message 0, byte 0",
          (int)metadata_length(stream_data));
  CHECK(strcmp(arrowipc_error_message(error), message) == 0);
  arrowipc_error_free(error);
  arrowipc_options_free(options);
}

/* The error behind a C stream. */
static void streams_keep_their_error(void) {
  arrowipc_source *source = NULL;
  arrowipc_reader *reader = NULL;
  struct ArrowArrayStream stream;
  struct ArrowArray array;
  struct ArrowSchema schema = test_schema();
  const arrowipc_error *error;
  arrowipc_error *copy = NULL;
  arrowipc_sink *sink = NULL;
  arrowipc_writer *writer = NULL;
  int i;
  for (i = 0; i < 2; ++i) {
    OK(arrowipc_source_from_memory(stream_data, stream_size - 9, NULL, NULL, &source, &err));
    OK(arrowipc_reader_open(source, NULL, &reader, &err));
    OK(arrowipc_reader_into_stream(reader, &stream, &err));
    if (i == 1) break;
    CHECK(stream.get_next(&stream, &array) == 0);
    array.release(&array);
    CHECK(stream.get_next(&stream, &array) == 0);
    array.release(&array);
    CHECK(stream.get_next(&stream, &array) == EINVAL);
    error = arrowipc_error_from_stream(&stream);
    CHECK(arrowipc_error_code(error) == ARROWIPC_INVALID_DATA && arrowipc_error_message_index(error) == 4);
    CHECK(strcmp(arrowipc_error_clause(error), "framing-truncated-body") == 0);
    CHECK(strcmp(stream.get_last_error(&stream), arrowipc_error_message(error)) == 0);
    stream.release(&stream);
  }
  /* A writer passes it on as it is. */
  OK(arrowipc_sink_to_memory(&sink, &err));
  OK(arrowipc_writer_open(sink, &schema, NULL, &writer, &err));
  CHECK(arrowipc_writer_write_stream(writer, &stream, &copy) == ARROWIPC_INVALID_DATA);
  CHECK(arrowipc_error_message_index(copy) == 4 && stream.release == NULL);
  arrowipc_error_free(copy);
  arrowipc_writer_free(writer);
}

/* ---- inputs that fail or cannot seek ---- */

static void pipes(void) {
  int ends[2];
  arrowipc_source *source = NULL;
  arrowipc_reader *reader = NULL;
  struct ArrowArray array;
  CHECK(pipe(ends) == 0);
  CHECK(write(ends[1], stream_data, stream_size) == (ssize_t)stream_size && close(ends[1]) == 0);
  OK(arrowipc_source_from_fd(ends[0], 1, &source, &err));
  OK(arrowipc_reader_open(source, NULL, &reader, &err));
  OK(arrowipc_reader_next(reader, &array, NULL, &err));
  check_test_batch(&array, 0, 5);
  arrowipc_reader_free(reader);

  reader = NULL;
  CHECK(pipe(ends) == 0);
  CHECK(write(ends[1], file_data, file_size) == (ssize_t)file_size && close(ends[1]) == 0);
  OK(arrowipc_source_from_fd(ends[0], 1, &source, &err));
  FAILS(arrowipc_reader_open(source, NULL, &reader, &err), ARROWIPC_UNSUPPORTED,
        "the random access file format needs a source that can seek, this one only reads forward; read a stream, or "
        "save the input to a file first");
  CHECK(reader == NULL && close(ends[0]) == -1);
}

static void files_and_descriptors(void) {
  arrowipc_source *source = NULL;
  arrowipc_sink *sink = NULL;
  arrowipc_error *error = NULL;
  CHECK(arrowipc_source_from_path("not_there.arrow", 0, &source, &error) == ARROWIPC_IO);
  CHECK(arrowipc_error_errno(error) == ENOENT && arrowipc_error_byte_offset(error) == -1);
  CHECK(strcmp(arrowipc_error_message(error), "opening not_there.arrow: No such file or directory (os error 2)") == 0);
  arrowipc_error_free(error);
  CHECK(arrowipc_sink_to_path("no_folder/out.arrow", &sink, &error) == ARROWIPC_IO);
  CHECK(arrowipc_error_errno(error) == ENOENT);
  arrowipc_error_free(error);
  FAILS(arrowipc_source_from_fd(-1, 1, &source, &err), ARROWIPC_IO,
        "file descriptor -1: Bad file descriptor (os error 9)");
  FAILS(arrowipc_sink_to_fd(9999, 0, &sink, &err), ARROWIPC_IO,
        "file descriptor 9999: Bad file descriptor (os error 9)");
  CHECK(source == NULL && sink == NULL);
}

static int32_t fail_to_read(void *ctx, uint8_t *buf, size_t n, size_t *out) {
  (void)ctx;
  (void)buf;
  (void)n;
  (void)out;
  return ETIMEDOUT;
}

static int32_t read_too_much(void *ctx, uint8_t *buf, size_t n, size_t *out) {
  (void)ctx;
  (void)buf;
  *out = n + 1;
  return 0;
}

static int32_t take_nothing(void *ctx, const uint8_t *buf, size_t n, size_t *out) {
  (void)ctx;
  (void)buf;
  (void)n;
  *out = 0;
  return 0;
}

static int32_t disk_full(void *ctx, const uint8_t *buf, size_t n, size_t *out) {
  (void)ctx;
  (void)buf;
  (void)n;
  (void)out;
  return ENOSPC;
}

static void callbacks_that_fail(void) {
  struct ArrowSchema schema = test_schema();
  arrowipc_source_callbacks input;
  arrowipc_sink_callbacks output;
  arrowipc_source *source = NULL;
  arrowipc_sink *sink = NULL;
  arrowipc_reader *reader = NULL;
  arrowipc_writer *writer = NULL;
  arrowipc_error *error = NULL;
  memset(&input, 0, sizeof input);
  input.struct_size = sizeof input;
  input.read = fail_to_read;
  OK(arrowipc_source_from_callbacks(&input, NULL, &source, &err));
  CHECK(arrowipc_reader_open(source, NULL, &reader, &error) == ARROWIPC_IO);
  CHECK(arrowipc_error_errno(error) == ETIMEDOUT);
  CHECK(strncmp(arrowipc_error_message(error), "read callback: ", 15) == 0);
  arrowipc_error_free(error);
  input.read = read_too_much;
  OK(arrowipc_source_from_callbacks(&input, NULL, &source, &err));
  CHECK(arrowipc_reader_open(source, NULL, &reader, &error) == ARROWIPC_INVALID_ARGUMENT);
  CHECK(strncmp(arrowipc_error_message(error), "read callback stored ", 21) == 0);
  arrowipc_error_free(error);
  CHECK(reader == NULL);

  memset(&output, 0, sizeof output);
  output.struct_size = sizeof output;
  output.write = disk_full;
  OK(arrowipc_sink_to_callbacks(&output, NULL, &sink, &err));
  CHECK(arrowipc_writer_open(sink, &schema, NULL, &writer, &error) == ARROWIPC_IO);
  CHECK(arrowipc_error_errno(error) == ENOSPC);
  arrowipc_error_free(error);
  output.write = take_nothing;
  OK(arrowipc_sink_to_callbacks(&output, NULL, &sink, &err));
  CHECK(arrowipc_writer_open(sink, &schema, NULL, &writer, NULL) == ARROWIPC_IO);
  CHECK(writer == NULL);
}

/* ---- the caller's bugs ---- */

static void wrong_calls(void) {
  static const char not_utf8[] = "\xFF";
  const char *names[1] = {"nobody"};
  const int32_t negative[2] = {0, -2};
  const int32_t beyond[1] = {3};
  arrowipc_options *options = arrowipc_options_new();
  arrowipc_source *source = NULL;
  arrowipc_sink *sink = NULL;
  arrowipc_reader *reader = NULL;
  arrowipc_writer *writer = NULL;
  struct ArrowSchema schema = test_schema();
  struct ArrowArray array;
  int64_t count = -7;
  uint8_t *block = NULL;
  size_t n = 0;

  FAILS(arrowipc_options_set_int(options, 99, 0, &err), ARROWIPC_INVALID_ARGUMENT, "option 99 is unknown");
  FAILS(arrowipc_options_get_int(options, 99, &count, &err), ARROWIPC_INVALID_ARGUMENT, "option 99 is unknown");
  FAILS(arrowipc_options_set_int(options, ARROWIPC_OPTION_ALIGNMENT, 12, &err), ARROWIPC_INVALID_ARGUMENT,
        "ARROWIPC_OPTION_ALIGNMENT is 12, expected 8, 16, 32 or 64");
  FAILS(arrowipc_options_set_int(options, ARROWIPC_OPTION_MINIMUM_SAVING, 101, &err), ARROWIPC_INVALID_ARGUMENT,
        "ARROWIPC_OPTION_MINIMUM_SAVING is 101, expected 0 to 100");
  FAILS(arrowipc_options_set_columns(options, negative, 2, &err), ARROWIPC_INVALID_ARGUMENT,
        "indices[1] is -2, expected 0 or more");
  OK(arrowipc_options_set_column_names(options, names, 1, &err));
  OK(arrowipc_source_from_memory(stream_data, stream_size, NULL, NULL, &source, &err));
  FAILS(arrowipc_reader_open(source, options, &reader, &err), ARROWIPC_INVALID_ARGUMENT,
        "no column is named \"nobody\"");
  names[0] = not_utf8;
  FAILS(arrowipc_options_set_column_names(options, names, 1, &err), ARROWIPC_INVALID_ARGUMENT,
        "names[0] is not UTF-8");
  OK(arrowipc_options_set_columns(options, beyond, 1, &err));
  OK(arrowipc_source_from_memory(stream_data, stream_size, NULL, NULL, &source, &err));
  FAILS(arrowipc_reader_open(source, options, &reader, &err), ARROWIPC_INVALID_ARGUMENT,
        "column 3 of a schema with 3 columns");
  arrowipc_options_free(options);

  OK(arrowipc_source_from_memory(file_data, file_size, NULL, NULL, &source, &err));
  OK(arrowipc_reader_open(source, NULL, &reader, &err));
  FAILS(arrowipc_reader_read_at(reader, 3, &array, &err), ARROWIPC_INVALID_ARGUMENT,
        "batch 3 of a file with 3 batches");
  FAILS(arrowipc_reader_read_at(reader, -1, &array, &err), ARROWIPC_INVALID_ARGUMENT,
        "i is -1, expected the index of a batch");
  FAILS(arrowipc_reader_num_rows(reader, -2, &count, &err), ARROWIPC_INVALID_ARGUMENT,
        "i is -2, expected the index of a batch");
  FAILS(arrowipc_reader_num_rows(reader, 4, &count, &err), ARROWIPC_INVALID_ARGUMENT,
        "batch 4 of a file with 3 batches");
  CHECK(count == -7);
  arrowipc_reader_free(reader);

  schema.release = NULL;
  OK(arrowipc_sink_to_memory(&sink, &err));
  FAILS(arrowipc_writer_open(sink, &schema, NULL, &writer, &err), ARROWIPC_INVALID_ARGUMENT,
        "the schema was already released");
  schema = test_schema();
  test_columns[1].format = "uu";
  OK(arrowipc_sink_to_memory(&sink, &err));
  FAILS(arrowipc_writer_open(sink, &schema, NULL, &writer, &err), ARROWIPC_INVALID_ARGUMENT,
        "format string \"uu\" names no type, field \"name\"");
  schema = test_schema();
  OK(arrowipc_sink_to_memory(&sink, &err));
  OK(arrowipc_writer_open(sink, &schema, NULL, &writer, &err));
  array = test_batch(0, 4);
  array.children[0]->length = 3;
  FAILS(arrowipc_writer_write(writer, &array, NULL, &err), ARROWIPC_INVALID_ARGUMENT,
        "a child has 3 slots, its parent needs 4, field \"id\"");
  FAILS(arrowipc_writer_set_footer_metadata(writer, NULL, &err), ARROWIPC_INVALID_ARGUMENT, "a stream has no footer");
  FAILS(arrowipc_writer_take_memory(writer, &block, &n, &err), ARROWIPC_INVALID_STATE, "the writer is not finished");
  /* A batch that does not fit leaves the writer as it was. */
  array = test_batch(0, 4);
  OK(arrowipc_writer_write(writer, &array, NULL, &err));
  OK(arrowipc_writer_finish(writer, &err));
  FAILS(arrowipc_writer_finish(writer, &err), ARROWIPC_INVALID_STATE, "the writer is finished");
  arrowipc_writer_free(writer);
}

int main(void) {
  write_test_data(1, &stream_data, &stream_size);
  write_test_data(2, &file_data, &file_size);
  truncated_streams();
  truncated_files();
  corrupt_input(stream_data, stream_size);
  corrupt_input(file_data, file_size);
  limits();
  streams_keep_their_error();
  pipes();
  files_and_descriptors();
  callbacks_that_fail();
  wrong_calls();
  arrowipc_memory_free(stream_data, stream_size);
  arrowipc_memory_free(file_data, file_size);
  CHECK(arrowipc_memory_current() == 0);
  return 0;
}
