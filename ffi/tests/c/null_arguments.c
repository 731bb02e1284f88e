/* NULL for every pointer argument of every function: an error that names the argument, never a crash. */
#define _POSIX_C_SOURCE 200809L

#include <fcntl.h>
#include <unistd.h>

#include "testing.h"

/* NULL where it is not allowed. */
#define REFUSED(call, argument) FAILS(call, ARROWIPC_INVALID_ARGUMENT, argument " is NULL")

static int released = 0;

static void count_release(void *ctx) {
  (void)ctx;
  ++released;
}

static int32_t read_nothing(void *ctx, uint8_t *buf, size_t n, size_t *out) {
  (void)ctx;
  (void)buf;
  (void)n;
  *out = 0;
  return 0;
}

static int32_t write_everything(void *ctx, const uint8_t *buf, size_t n, size_t *out) {
  (void)ctx;
  (void)buf;
  *out = n;
  return 0;
}

static uint8_t *data = NULL;
static size_t n = 0;

static arrowipc_source *some_source(void) {
  arrowipc_source *source = NULL;
  OK(arrowipc_source_from_memory(data, n, count_release, NULL, &source, &err));
  return source;
}

static arrowipc_sink *some_sink(void) {
  arrowipc_sink *sink = NULL;
  OK(arrowipc_sink_to_memory(&sink, &err));
  return sink;
}

static arrowipc_reader *some_reader(void) {
  arrowipc_reader *reader = NULL;
  OK(arrowipc_reader_open(some_source(), NULL, &reader, &err));
  return reader;
}

static arrowipc_writer *some_writer(void) {
  struct ArrowSchema schema = test_schema();
  arrowipc_writer *writer = NULL;
  OK(arrowipc_writer_open(some_sink(), &schema, NULL, &writer, &err));
  return writer;
}

static void errors_and_version(void) {
  CHECK(arrowipc_error_code(NULL) == ARROWIPC_OK);
  CHECK(strcmp(arrowipc_error_message(NULL), "no error") == 0);
  CHECK(arrowipc_error_errno(NULL) == 0);
  CHECK(arrowipc_error_byte_offset(NULL) == -1);
  CHECK(arrowipc_error_message_index(NULL) == -1);
  CHECK(arrowipc_error_field_path(NULL) == NULL);
  CHECK(arrowipc_error_clause(NULL) == NULL);
  arrowipc_error_free(NULL);
  CHECK(arrowipc_error_from_stream(NULL) == NULL);
  CHECK(arrowipc_has_feature(NULL) == 0);
  CHECK(arrowipc_version() != NULL && arrowipc_version_number() > 0);
  CHECK(strcmp(arrowipc_status_name(ARROWIPC_INVALID_DATA), "ARROWIPC_INVALID_DATA") == 0);
  CHECK(strcmp(arrowipc_status_name(-1), "unknown status") == 0);
  CHECK(strcmp(arrowipc_status_name(10), "unknown status") == 0);
}

static void options(void) {
  const int32_t indices[1] = {0};
  const char *names[2] = {"id", NULL};
  int64_t value = -7;
  arrowipc_options *o = arrowipc_options_new();
  CHECK(o != NULL);
  REFUSED(arrowipc_options_set_int(NULL, ARROWIPC_OPTION_FORMAT, 1, &err), "o");
  REFUSED(arrowipc_options_get_int(NULL, ARROWIPC_OPTION_FORMAT, &value, &err), "o");
  REFUSED(arrowipc_options_get_int(o, ARROWIPC_OPTION_FORMAT, NULL, &err), "value");
  REFUSED(arrowipc_options_set_columns(NULL, indices, 1, &err), "o");
  REFUSED(arrowipc_options_set_columns(o, NULL, 1, &err), "indices");
  REFUSED(arrowipc_options_set_column_names(NULL, names, 1, &err), "o");
  REFUSED(arrowipc_options_set_column_names(o, NULL, 1, &err), "names");
  REFUSED(arrowipc_options_set_column_names(o, names, 2, &err), "names[1]");
  REFUSED(arrowipc_options_set_progress(NULL, NULL, NULL, &err), "o");
  OK(arrowipc_options_set_columns(o, NULL, 0, &err));
  OK(arrowipc_options_set_column_names(o, NULL, 0, &err));
  OK(arrowipc_options_set_progress(o, NULL, NULL, &err));
  /* Nobody wants the error. */
  CHECK(arrowipc_options_set_int(NULL, ARROWIPC_OPTION_FORMAT, 1, NULL) == ARROWIPC_INVALID_ARGUMENT);
  CHECK(arrowipc_options_set_int(o, ARROWIPC_OPTION_FORMAT, 1, NULL) == ARROWIPC_OK);
  CHECK(value == -7);
  arrowipc_options_free(o);
  arrowipc_options_free(NULL);
}

static void sources(void) {
  arrowipc_source_callbacks callbacks;
  arrowipc_source *source = NULL;
  int fd = open("/dev/null", O_RDONLY);
  CHECK(fd >= 0);
  released = 0;
  REFUSED(arrowipc_source_from_memory(NULL, 1, count_release, NULL, &source, &err), "data");
  REFUSED(arrowipc_source_from_memory(data, n, count_release, NULL, NULL, &err), "out");
  CHECK(released == 2);
  OK(arrowipc_source_from_memory(NULL, 0, NULL, NULL, &source, &err));
  arrowipc_source_free(source);
  source = NULL;
  REFUSED(arrowipc_source_from_path(NULL, 0, &source, &err), "path");
  REFUSED(arrowipc_source_from_path("/dev/null", 0, NULL, &err), "out");
  REFUSED(arrowipc_source_from_fd(fd, 0, NULL, &err), "out");
  CHECK(fcntl(fd, F_GETFD) != -1);
  REFUSED(arrowipc_source_from_fd(fd, 1, NULL, &err), "out");
  CHECK(fcntl(fd, F_GETFD) == -1);
  memset(&callbacks, 0, sizeof callbacks);
  callbacks.struct_size = sizeof callbacks;
  callbacks.release = count_release;
  REFUSED(arrowipc_source_from_callbacks(NULL, NULL, &source, &err), "callbacks");
  CHECK(released == 2);
  REFUSED(arrowipc_source_from_callbacks(&callbacks, NULL, &source, &err), "callbacks->read");
  callbacks.read = read_nothing;
  REFUSED(arrowipc_source_from_callbacks(&callbacks, NULL, NULL, &err), "out");
  CHECK(released == 4);
  CHECK(source == NULL);
  arrowipc_source_free(NULL);
}

static void sinks(void) {
  arrowipc_sink_callbacks callbacks;
  arrowipc_sink *sink = NULL;
  int fd = open("/dev/null", O_WRONLY);
  CHECK(fd >= 0);
  released = 0;
  REFUSED(arrowipc_sink_to_memory(NULL, &err), "out");
  REFUSED(arrowipc_sink_to_path(NULL, &sink, &err), "path");
  REFUSED(arrowipc_sink_to_path("never_made", NULL, &err), "out");
  CHECK(access("never_made", F_OK) != 0);
  REFUSED(arrowipc_sink_to_fd(fd, 0, NULL, &err), "out");
  CHECK(fcntl(fd, F_GETFD) != -1);
  REFUSED(arrowipc_sink_to_fd(fd, 1, NULL, &err), "out");
  CHECK(fcntl(fd, F_GETFD) == -1);
  memset(&callbacks, 0, sizeof callbacks);
  callbacks.struct_size = sizeof callbacks;
  callbacks.release = count_release;
  REFUSED(arrowipc_sink_to_callbacks(NULL, NULL, &sink, &err), "callbacks");
  CHECK(released == 0);
  REFUSED(arrowipc_sink_to_callbacks(&callbacks, NULL, &sink, &err), "callbacks->write");
  callbacks.write = write_everything;
  REFUSED(arrowipc_sink_to_callbacks(&callbacks, NULL, NULL, &err), "out");
  CHECK(released == 2);
  CHECK(sink == NULL);
  arrowipc_sink_free(NULL);
}

static void readers(void) {
  arrowipc_reader *reader = NULL;
  struct ArrowSchema schema;
  struct ArrowArray array;
  struct ArrowArrayStream stream;
  arrowipc_read_statistics statistics;
  const char *metadata = NULL;
  char *block = NULL;
  int64_t count = 0;
  released = 0;
  REFUSED(arrowipc_reader_open(NULL, NULL, &reader, &err), "source");
  REFUSED(arrowipc_reader_open(some_source(), NULL, NULL, &err), "out");
  CHECK(released == 1 && reader == NULL);

  reader = some_reader();
  CHECK(arrowipc_reader_format(NULL) == 0);
  REFUSED(arrowipc_reader_schema(NULL, &schema, &err), "r");
  REFUSED(arrowipc_reader_schema(reader, NULL, &err), "out");
  REFUSED(arrowipc_reader_next(NULL, &array, &metadata, &err), "r");
  REFUSED(arrowipc_reader_next(reader, NULL, &metadata, &err), "out");
  REFUSED(arrowipc_reader_num_batches(NULL, &count, &err), "r");
  REFUSED(arrowipc_reader_num_batches(reader, NULL, &err), "out");
  REFUSED(arrowipc_reader_num_rows(NULL, 0, &count, &err), "r");
  REFUSED(arrowipc_reader_num_rows(reader, 0, NULL, &err), "out");
  REFUSED(arrowipc_reader_read_at(NULL, 0, &array, &err), "r");
  REFUSED(arrowipc_reader_read_at(reader, 0, NULL, &err), "out");
  REFUSED(arrowipc_reader_batch_metadata(NULL, 0, &block, &err), "r");
  REFUSED(arrowipc_reader_batch_metadata(reader, 0, NULL, &err), "out");
  CHECK(arrowipc_reader_footer_metadata(NULL) == NULL);
  CHECK(arrowipc_reader_stopped_by(NULL) == NULL);
  REFUSED(arrowipc_reader_statistics(NULL, &statistics, sizeof statistics, &err), "r");
  REFUSED(arrowipc_reader_statistics(reader, NULL, sizeof statistics, &err), "out");
  REFUSED(arrowipc_reader_statistics(reader, NULL, 0, &err), "out");

  /* Nothing of this moved the reader: the first batch is still to come, its metadata are not wanted. */
  OK(arrowipc_reader_next(reader, &array, NULL, &err));
  check_test_batch(&array, 0, 5);
  REFUSED(arrowipc_reader_into_stream(NULL, &stream, &err), "r");
  REFUSED(arrowipc_reader_into_stream(reader, NULL, &err), "out");
  CHECK(released == 2);
  arrowipc_reader_free(NULL);
}

static void streams(void) {
  struct ArrowArrayStream stream;
  struct ArrowSchema schema;
  struct ArrowArray array;
  OK(arrowipc_reader_into_stream(some_reader(), &stream, &err));
  CHECK(stream.get_schema(NULL, &schema) != 0);
  CHECK(stream.get_next(NULL, &array) != 0);
  CHECK(stream.get_last_error(NULL) == NULL);
  CHECK(stream.get_schema(&stream, NULL) != 0);
  CHECK(strcmp(stream.get_last_error(&stream), "out is NULL") == 0);
  CHECK(stream.get_next(&stream, NULL) != 0);
  CHECK(arrowipc_error_code(arrowipc_error_from_stream(&stream)) == ARROWIPC_INVALID_ARGUMENT);
  CHECK(stream.get_next(&stream, &array) == 0);
  array.release(&array);
  stream.release(&stream);
}

static void decoders(void) {
  arrowipc_decoder *decoder = NULL;
  arrowipc_read_statistics statistics;
  struct ArrowSchema schema;
  struct ArrowArray array;
  const char *metadata = NULL;
  int32_t event = -1;
  size_t taken = 77;
  REFUSED(arrowipc_decoder_new(NULL, NULL, &err), "out");
  OK(arrowipc_decoder_new(NULL, &decoder, &err));
  CHECK(arrowipc_decoder_required(NULL) == 0);
  REFUSED(arrowipc_decoder_push(NULL, data, n, &taken, &err), "d");
  REFUSED(arrowipc_decoder_push(decoder, NULL, n, &taken, &err), "data");
  REFUSED(arrowipc_decoder_push(decoder, data, n, NULL, &err), "taken");
  REFUSED(arrowipc_decoder_next(NULL, &event, &schema, &array, &metadata, &err), "d");
  REFUSED(arrowipc_decoder_next(decoder, NULL, &schema, &array, &metadata, &err), "event");
  REFUSED(arrowipc_decoder_next(decoder, &event, &schema, NULL, &metadata, &err), "batch");
  REFUSED(arrowipc_decoder_finish(NULL, &err), "d");
  REFUSED(arrowipc_decoder_statistics(NULL, &statistics, sizeof statistics, &err), "d");
  REFUSED(arrowipc_decoder_statistics(decoder, NULL, sizeof statistics, &err), "out");
  CHECK(event == -1 && taken == 77);

  /* Nothing of this moved the decoder; NULL stands for no bytes, and for what is not wanted. */
  OK(arrowipc_decoder_push(decoder, NULL, 0, &taken, &err));
  CHECK(taken == 0);
  OK(arrowipc_decoder_push(decoder, data, n, &taken, &err));
  CHECK(taken == n);
  OK(arrowipc_decoder_next(decoder, &event, NULL, &array, NULL, &err));
  CHECK(event == ARROWIPC_EVENT_SCHEMA);
  OK(arrowipc_decoder_next(decoder, &event, NULL, &array, NULL, &err));
  CHECK(event == ARROWIPC_EVENT_BATCH);
  check_test_batch(&array, 0, 5);
  arrowipc_decoder_free(decoder);
  arrowipc_decoder_free(NULL);
}

static void writers(void) {
  struct ArrowSchema schema = test_schema();
  struct ArrowArray array;
  struct ArrowArrayStream stream;
  arrowipc_writer *writer = NULL;
  arrowipc_write_statistics statistics;
  uint8_t *block = NULL;
  size_t size = 0;
  REFUSED(arrowipc_writer_open(NULL, &schema, NULL, &writer, &err), "sink");
  REFUSED(arrowipc_writer_open(some_sink(), NULL, NULL, &writer, &err), "schema");
  REFUSED(arrowipc_writer_open(some_sink(), &schema, NULL, NULL, &err), "out");
  REFUSED(arrowipc_writer_open_append(NULL, some_sink(), NULL, NULL, &writer, &err), "source");
  REFUSED(arrowipc_writer_open_append(some_source(), NULL, NULL, NULL, &writer, &err), "sink");
  REFUSED(arrowipc_writer_open_append(some_source(), some_sink(), NULL, NULL, NULL, &err), "out");
  CHECK(writer == NULL && schema.release != NULL);

  writer = some_writer();
  test_batches_released = 0;
  array = test_batch(0, 3);
  REFUSED(arrowipc_writer_write(NULL, &array, NULL, &err), "w");
  CHECK(array.release == NULL && test_batches_released == 1);
  REFUSED(arrowipc_writer_write(writer, NULL, NULL, &err), "batch");
  released = 0;
  OK(arrowipc_reader_into_stream(some_reader(), &stream, &err));
  REFUSED(arrowipc_writer_write_stream(NULL, &stream, &err), "w");
  CHECK(stream.release == NULL && released == 1);
  REFUSED(arrowipc_writer_write_stream(writer, NULL, &err), "stream");
  REFUSED(arrowipc_writer_set_footer_metadata(NULL, NULL, &err), "w");
  REFUSED(arrowipc_writer_finish(NULL, &err), "w");
  REFUSED(arrowipc_writer_statistics(NULL, &statistics, sizeof statistics, &err), "w");
  REFUSED(arrowipc_writer_statistics(writer, NULL, sizeof statistics, &err), "out");
  OK(arrowipc_writer_finish(writer, &err));
  REFUSED(arrowipc_writer_take_memory(NULL, &block, &size, &err), "w");
  REFUSED(arrowipc_writer_take_memory(writer, NULL, &size, &err), "data");
  REFUSED(arrowipc_writer_take_memory(writer, &block, NULL, &err), "n");
  CHECK(block == NULL && size == 0);
  /* None of these took the memory. */
  OK(arrowipc_writer_take_memory(writer, &block, &size, &err));
  arrowipc_memory_free(block, size);
  arrowipc_memory_free(NULL, 0);
  arrowipc_metadata_free(NULL);
  arrowipc_writer_free(writer);
  arrowipc_writer_free(NULL);
}

static void tensors(void) {
  const int64_t shape[1] = {3};
  const int16_t values[3] = {1, 2, 3};
  const char *names[1] = {NULL};
  arrowipc_tensor_description description;
  arrowipc_tensor_reader *reader = NULL;
  arrowipc_tensor_writer *writer = NULL;
  arrowipc_tensor *tensor = NULL;
  arrowipc_source *source = NULL;
  uint8_t *block = NULL;
  size_t size = 0;
  REFUSED(arrowipc_tensor_writer_open(NULL, NULL, &writer, &err), "sink");
  REFUSED(arrowipc_tensor_writer_open(some_sink(), NULL, NULL, &err), "out");
  CHECK(writer == NULL);
  OK(arrowipc_tensor_writer_open(some_sink(), NULL, &writer, &err));

  memset(&description, 0, sizeof description);
  description.struct_size = sizeof description;
  REFUSED(arrowipc_tensor_writer_write(NULL, &description, &err), "w");
  REFUSED(arrowipc_tensor_writer_write(writer, NULL, &err), "tensor");
  REFUSED(arrowipc_tensor_writer_write(writer, &description, &err), "tensor->format");
  description.format = "s";
  description.n_dims = 1;
  REFUSED(arrowipc_tensor_writer_write(writer, &description, &err), "tensor->shape");
  description.shape = shape;
  description.data_size = sizeof values;
  REFUSED(arrowipc_tensor_writer_write(writer, &description, &err), "tensor->data");
  description.data = values;
  description.layout = ARROWIPC_TENSOR_COO;
  REFUSED(arrowipc_tensor_writer_write(writer, &description, &err), "tensor->indices_format");
  description.indices_format = "c";
  description.n_indices = 1;
  REFUSED(arrowipc_tensor_writer_write(writer, &description, &err), "tensor->indices");
  description.indices = (const void *const *)names;
  REFUSED(arrowipc_tensor_writer_write(writer, &description, &err), "tensor->indices_sizes");
  size = 1;
  description.indices_sizes = &size;
  REFUSED(arrowipc_tensor_writer_write(writer, &description, &err), "tensor->indices[0]");
  description.layout = ARROWIPC_TENSOR_CSR;
  REFUSED(arrowipc_tensor_writer_write(writer, &description, &err), "tensor->indptr_format");
  size = 0;
  description.layout = ARROWIPC_TENSOR_CSF;
  description.indptr_format = "c";
  REFUSED(arrowipc_tensor_writer_write(writer, &description, &err), "tensor->axis_order");
  /* Names, and the name of a dimension, may be NULL. */
  description.layout = ARROWIPC_TENSOR_DENSE;
  description.dim_names = names;
  OK(arrowipc_tensor_writer_write(writer, &description, &err));

  REFUSED(arrowipc_tensor_writer_finish(NULL, &err), "w");
  OK(arrowipc_tensor_writer_finish(writer, &err));
  REFUSED(arrowipc_tensor_writer_take_memory(NULL, &block, &size, &err), "w");
  REFUSED(arrowipc_tensor_writer_take_memory(writer, NULL, &size, &err), "data");
  REFUSED(arrowipc_tensor_writer_take_memory(writer, &block, NULL, &err), "n");
  CHECK(block == NULL && size == 0);
  OK(arrowipc_tensor_writer_take_memory(writer, &block, &size, &err));
  arrowipc_tensor_writer_free(writer);
  arrowipc_tensor_writer_free(NULL);

  released = 0;
  REFUSED(arrowipc_tensor_reader_open(NULL, NULL, &reader, &err), "source");
  REFUSED(arrowipc_tensor_reader_open(some_source(), NULL, NULL, &err), "out");
  CHECK(released == 1 && reader == NULL);
  OK(arrowipc_source_from_memory(block, size, NULL, NULL, &source, &err));
  OK(arrowipc_tensor_reader_open(source, NULL, &reader, &err));
  REFUSED(arrowipc_tensor_reader_next(NULL, &tensor, &err), "r");
  REFUSED(arrowipc_tensor_reader_next(reader, NULL, &err), "out");
  /* Neither took the tensor. */
  OK(arrowipc_tensor_reader_next(reader, &tensor, &err));
  CHECK(tensor != NULL && arrowipc_tensor_describe(tensor)->n_dims == 1);
  CHECK(arrowipc_tensor_describe(NULL) == NULL);
  arrowipc_tensor_free(tensor);
  arrowipc_tensor_free(NULL);
  arrowipc_tensor_reader_free(reader);
  arrowipc_tensor_reader_free(NULL);
  arrowipc_memory_free(block, size);
}

int main(void) {
  write_test_data(1, &data, &n);
  errors_and_version();
  options();
  sources();
  sinks();
  readers();
  streams();
  decoders();
  writers();
  tensors();
  arrowipc_memory_free(data, n);
  CHECK(arrowipc_memory_current() == 0 && arrowipc_memory_peak(0) > 0);
  return 0;
}
