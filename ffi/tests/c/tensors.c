/* Tensors of every layout, written and read again: through each sink and source, and field by field. */
#include <unistd.h>

#include "testing.h"

static arrowipc_tensor_description empty_description(void) {
  arrowipc_tensor_description tensor;
  memset(&tensor, 0, sizeof tensor);
  tensor.struct_size = sizeof tensor;
  return tensor;
}

/* ---- the example of SparseTensor.fbs: a 6x4 matrix with nine values ---- */

static const int64_t matrix_shape[2] = {6, 4};
static const int32_t matrix_values[9] = {1, 2, 3, 4, 5, 6, 7, 8, 9};
static const int64_t matrix_indptr[7] = {0, 2, 3, 5, 5, 8, 9};
static const uint8_t matrix_columns[9] = {1, 2, 2, 1, 3, 0, 2, 3, 1};
static const void *const matrix_indptr_buffers[1] = {matrix_indptr};
static const size_t matrix_indptr_sizes[1] = {sizeof matrix_indptr};
static const void *const matrix_indices_buffers[1] = {matrix_columns};
static const size_t matrix_indices_sizes[1] = {sizeof matrix_columns};

static arrowipc_tensor_description csr_matrix(void) {
  arrowipc_tensor_description tensor = empty_description();
  tensor.layout = ARROWIPC_TENSOR_CSR;
  tensor.format = "i";
  tensor.n_dims = 2;
  tensor.shape = matrix_shape;
  tensor.data = matrix_values;
  tensor.data_size = sizeof matrix_values;
  tensor.non_zero_length = 9;
  tensor.indptr_format = "l";
  tensor.n_indptr = 1;
  tensor.indptr = matrix_indptr_buffers;
  tensor.indptr_sizes = matrix_indptr_sizes;
  tensor.indices_format = "C";
  tensor.n_indices = 1;
  tensor.indices = matrix_indices_buffers;
  tensor.indices_sizes = matrix_indices_sizes;
  return tensor;
}

static void check_csr_matrix(const arrowipc_tensor_description *found) {
  CHECK(found->layout == ARROWIPC_TENSOR_CSR && strcmp(found->format, "i") == 0);
  CHECK(found->n_dims == 2 && memcmp(found->shape, matrix_shape, sizeof matrix_shape) == 0);
  CHECK(found->non_zero_length == 9 && found->data_size == sizeof matrix_values);
  CHECK(memcmp(found->data, matrix_values, sizeof matrix_values) == 0);
  CHECK(found->n_indptr == 1 && strcmp(found->indptr_format, "l") == 0);
  CHECK(found->indptr_sizes[0] == sizeof matrix_indptr);
  CHECK(memcmp(found->indptr[0], matrix_indptr, sizeof matrix_indptr) == 0);
  CHECK(found->n_indices == 1 && strcmp(found->indices_format, "C") == 0);
  CHECK(found->indices_sizes[0] == sizeof matrix_columns);
  CHECK(memcmp(found->indices[0], matrix_columns, sizeof matrix_columns) == 0);
  CHECK(found->strides == NULL && found->indices_strides == NULL && found->axis_order == NULL);
  CHECK(found->dim_names == NULL && found->metadata == NULL);
}

/* ---- a dense tensor in column-major order, with names ---- */

static const int64_t dense_shape[2] = {2, 3};
static const int64_t dense_strides[2] = {8, 16};
static const double dense_values[6] = {0, 1, 2, 3, 4, 5};
static const char *const dense_names[2] = {"row", NULL};

static arrowipc_tensor_description dense_tensor(void) {
  arrowipc_tensor_description tensor = empty_description();
  tensor.format = "g";
  tensor.n_dims = 2;
  tensor.shape = dense_shape;
  tensor.dim_names = dense_names;
  tensor.strides = dense_strides;
  tensor.data = dense_values;
  tensor.data_size = sizeof dense_values;
  return tensor;
}

static void check_dense_tensor(const arrowipc_tensor_description *found) {
  CHECK(found->struct_size == sizeof *found && found->layout == ARROWIPC_TENSOR_DENSE);
  CHECK(strcmp(found->format, "g") == 0 && found->n_dims == 2);
  CHECK(memcmp(found->shape, dense_shape, sizeof dense_shape) == 0);
  CHECK(memcmp(found->strides, dense_strides, sizeof dense_strides) == 0);
  CHECK(strcmp(found->dim_names[0], "row") == 0 && found->dim_names[1] == NULL);
  CHECK(found->data_size == sizeof dense_values && (uintptr_t)found->data % 8 == 0);
  CHECK(memcmp(found->data, dense_values, sizeof dense_values) == 0);
  CHECK(found->non_zero_length == 0 && found->n_indptr == 0 && found->n_indices == 0);
  CHECK(found->indptr_format == NULL && found->indices_format == NULL);
}

/* ---- two values of a 3x4 tensor, whose coordinates lie dimension by dimension ---- */

static const int64_t coo_shape[2] = {3, 4};
static const int16_t coo_values[2] = {5, 6};
static const int64_t coo_indices[4] = {0, 2, 3, 1};
static const int64_t coo_strides[2] = {8, 16};
static const void *const coo_buffers[1] = {coo_indices};
static const size_t coo_sizes[1] = {sizeof coo_indices};

static arrowipc_tensor_description coo_tensor(void) {
  arrowipc_tensor_description tensor = empty_description();
  tensor.layout = ARROWIPC_TENSOR_COO;
  tensor.format = "s";
  tensor.n_dims = 2;
  tensor.shape = coo_shape;
  tensor.data = coo_values;
  tensor.data_size = sizeof coo_values;
  tensor.non_zero_length = 2;
  tensor.indices_format = "l";
  tensor.n_indices = 1;
  tensor.indices = coo_buffers;
  tensor.indices_sizes = coo_sizes;
  tensor.indices_strides = coo_strides;
  return tensor;
}

static void check_coo_tensor(const arrowipc_tensor_description *found) {
  CHECK(found->layout == ARROWIPC_TENSOR_COO && found->canonical == 1 && found->non_zero_length == 2);
  CHECK(found->n_indptr == 0 && found->n_indices == 1 && found->indices_sizes[0] == sizeof coo_indices);
  CHECK(memcmp(found->indices[0], coo_indices, sizeof coo_indices) == 0);
  CHECK(memcmp(found->indices_strides, coo_strides, sizeof coo_strides) == 0);
  CHECK(memcmp(found->data, coo_values, sizeof coo_values) == 0);
}

static void write_all(arrowipc_sink *sink, uint8_t **data, size_t *n) {
  const arrowipc_tensor_description dense = dense_tensor();
  const arrowipc_tensor_description csr = csr_matrix();
  const arrowipc_tensor_description coo = coo_tensor();
  arrowipc_tensor_writer *writer = NULL;
  OK(arrowipc_tensor_writer_open(sink, NULL, &writer, &err));
  OK(arrowipc_tensor_writer_write(writer, &dense, &err));
  OK(arrowipc_tensor_writer_write(writer, &csr, &err));
  OK(arrowipc_tensor_writer_write(writer, &coo, &err));
  OK(arrowipc_tensor_writer_finish(writer, &err));
  FAILS(arrowipc_tensor_writer_finish(writer, &err), ARROWIPC_INVALID_STATE, "the tensor writer is finished");
  if (data != NULL) {
    OK(arrowipc_tensor_writer_take_memory(writer, data, n, &err));
    FAILS(arrowipc_tensor_writer_take_memory(writer, data, n, &err), ARROWIPC_INVALID_STATE,
          "the memory was already taken");
  }
  arrowipc_tensor_writer_free(writer);
}

static void check_all(arrowipc_source *source) {
  arrowipc_tensor_reader *reader = NULL;
  arrowipc_tensor *tensors[4];
  int i;
  OK(arrowipc_tensor_reader_open(source, NULL, &reader, &err));
  for (i = 0; i < 4; ++i) OK(arrowipc_tensor_reader_next(reader, &tensors[i], &err));
  CHECK(tensors[3] == NULL);
  /* Tensors outlive their reader. */
  arrowipc_tensor_reader_free(reader);
  check_dense_tensor(arrowipc_tensor_describe(tensors[0]));
  check_csr_matrix(arrowipc_tensor_describe(tensors[1]));
  check_coo_tensor(arrowipc_tensor_describe(tensors[2]));
  for (i = 0; i < 3; ++i) arrowipc_tensor_free(tensors[i]);
}

static int released = 0;

static void count_release(void *ctx) {
  (void)ctx;
  ++released;
}

static void every_sink_and_source(void) {
  const char *path = "tensors.arrow";
  arrowipc_sink *sink = NULL;
  arrowipc_source *source = NULL;
  uint8_t *data = NULL;
  size_t n = 0;
  OK(arrowipc_sink_to_path(path, &sink, &err));
  write_all(sink, NULL, NULL);
  CHECK(access(path, F_OK) == 0);
  OK(arrowipc_source_from_path(path, 0, &source, &err));
  check_all(source);
  OK(arrowipc_source_from_path(path, 1, &source, &err));
  check_all(source);

  OK(arrowipc_sink_to_memory(&sink, &err));
  write_all(sink, &data, &n);
  CHECK(n % 64 == 0);
  OK(arrowipc_source_from_memory(data, n, count_release, NULL, &source, &err));
  check_all(source);
  CHECK(released == 1);
  arrowipc_memory_free(data, n);
}

/* What was read is written again by its description; the values are not copied on the way in. */
static void described_tensor_is_written_again(void) {
  arrowipc_sink *sink = NULL;
  arrowipc_source *source = NULL;
  arrowipc_tensor_reader *reader = NULL;
  arrowipc_tensor_writer *writer = NULL;
  arrowipc_tensor *tensor = NULL;
  uint8_t *data = NULL;
  uint8_t *again = NULL;
  size_t n = 0;
  size_t n_again = 0;
  const uint8_t *values;
  OK(arrowipc_sink_to_memory(&sink, &err));
  write_all(sink, &data, &n);
  OK(arrowipc_source_from_memory(data, n, NULL, NULL, &source, &err));
  OK(arrowipc_tensor_reader_open(source, NULL, &reader, &err));
  OK(arrowipc_sink_to_memory(&sink, &err));
  OK(arrowipc_tensor_writer_open(sink, NULL, &writer, &err));
  for (;;) {
    OK(arrowipc_tensor_reader_next(reader, &tensor, &err));
    if (tensor == NULL) break;
    values = (const uint8_t *)arrowipc_tensor_describe(tensor)->data;
    CHECK(values > data && values < data + n);
    OK(arrowipc_tensor_writer_write(writer, arrowipc_tensor_describe(tensor), &err));
    arrowipc_tensor_free(tensor);
  }
  OK(arrowipc_tensor_writer_finish(writer, &err));
  OK(arrowipc_tensor_writer_take_memory(writer, &again, &n_again, &err));
  CHECK(n_again == n && memcmp(again, data, n) == 0);
  arrowipc_tensor_reader_free(reader);
  arrowipc_tensor_writer_free(writer);
  arrowipc_memory_free(again, n_again);
  arrowipc_memory_free(data, n);
}

static void refused_tensors_write_nothing(void) {
  struct {
    arrowipc_tensor_description known;
    uint64_t later;
  } newer;
  arrowipc_tensor_description tensor;
  arrowipc_sink *sink = NULL;
  arrowipc_tensor_writer *writer = NULL;
  uint8_t *data = NULL;
  size_t n = 1;
  const int64_t falling[7] = {0, 2, 3, 5, 4, 8, 9};
  const void *const falling_buffers[1] = {falling};
  OK(arrowipc_sink_to_memory(&sink, &err));
  OK(arrowipc_tensor_writer_open(sink, NULL, &writer, &err));

  tensor = dense_tensor();
  tensor.data_size -= 1;
  FAILS(arrowipc_tensor_writer_write(writer, &tensor, &err), ARROWIPC_INVALID_ARGUMENT,
        "the data of the tensor has 47 bytes, expected 48 [tensor-data-bounds]");
  tensor = dense_tensor();
  tensor.format = "u";
  FAILS(arrowipc_tensor_writer_write(writer, &tensor, &err), ARROWIPC_INVALID_ARGUMENT,
        "a tensor of utf8, expected a type of fixed width [tensor-type-fixed-width]");
  tensor.format = "b";
  FAILS(arrowipc_tensor_writer_write(writer, &tensor, &err), ARROWIPC_UNSUPPORTED,
        "a tensor of bool, whose values are not a positive number of bytes each [tensor-type-fixed-width]");
  tensor = dense_tensor();
  tensor.layout = 5;
  FAILS(arrowipc_tensor_writer_write(writer, &tensor, &err), ARROWIPC_INVALID_ARGUMENT,
        "tensor->layout is 5, expected one of ARROWIPC_TENSOR_*");
  tensor = csr_matrix();
  tensor.indptr = falling_buffers;
  FAILS(arrowipc_tensor_writer_write(writer, &tensor, &err), ARROWIPC_INVALID_ARGUMENT,
        "indptr falls from 5 to 4 at entry 4 [sparse-csx-indptr-length]");
  tensor = csr_matrix();
  tensor.indices_format = "f";
  FAILS(arrowipc_tensor_writer_write(writer, &tensor, &err), ARROWIPC_INVALID_ARGUMENT,
        "tensor->indices_format is \"f\", expected an integer type");
  tensor = csr_matrix();
  tensor.struct_size = 8;
  FAILS(arrowipc_tensor_writer_write(writer, &tensor, &err), ARROWIPC_INVALID_ARGUMENT,
        "tensor->struct_size is 8, expected sizeof *tensor, which is 168");
  newer.known = csr_matrix();
  newer.known.struct_size = sizeof newer;
  newer.later = 0;
  OK(arrowipc_tensor_writer_write(writer, &newer.known, &err));
  newer.later = 1;
  FAILS(arrowipc_tensor_writer_write(writer, &newer.known, &err), ARROWIPC_UNSUPPORTED,
        "tensor sets members that this version of arrowipc does not know");

  FAILS(arrowipc_tensor_writer_take_memory(writer, &data, &n, &err), ARROWIPC_INVALID_STATE,
        "the tensor writer is not finished");
  OK(arrowipc_tensor_writer_finish(writer, &err));
  tensor = dense_tensor();
  FAILS(arrowipc_tensor_writer_write(writer, &tensor, &err), ARROWIPC_INVALID_STATE, "the tensor writer is finished");
  OK(arrowipc_tensor_writer_take_memory(writer, &data, &n, &err));
  arrowipc_tensor_writer_free(writer);
  {
    arrowipc_source *source = NULL;
    arrowipc_tensor_reader *reader = NULL;
    arrowipc_tensor *found = NULL;
    OK(arrowipc_source_from_memory(data, n, NULL, NULL, &source, &err));
    OK(arrowipc_tensor_reader_open(source, NULL, &reader, &err));
    OK(arrowipc_tensor_reader_next(reader, &found, &err));
    check_csr_matrix(arrowipc_tensor_describe(found));
    arrowipc_tensor_free(found);
    OK(arrowipc_tensor_reader_next(reader, &found, &err));
    CHECK(found == NULL);
    arrowipc_tensor_reader_free(reader);
  }
  arrowipc_memory_free(data, n);
}

/* Streams are for readers, tensors for tensor readers. */
static void streams_and_tensors_are_told_apart(void) {
  arrowipc_sink *sink = NULL;
  arrowipc_source *source = NULL;
  arrowipc_reader *reader = NULL;
  arrowipc_tensor_reader *tensors = NULL;
  arrowipc_tensor *tensor = NULL;
  uint8_t *data = NULL;
  size_t n = 0;
  OK(arrowipc_sink_to_memory(&sink, &err));
  write_all(sink, &data, &n);
  OK(arrowipc_source_from_memory(data, n, NULL, NULL, &source, &err));
  FAILS(arrowipc_reader_open(source, NULL, &reader, &err), ARROWIPC_UNSUPPORTED,
        "a tensor message in a stream or file; tensor readers read it, message 0, byte 8 [message-optional-types]");
  arrowipc_memory_free(data, n);

  write_test_data(1, &data, &n);
  OK(arrowipc_source_from_memory(data, n, NULL, NULL, &source, &err));
  OK(arrowipc_tensor_reader_open(source, NULL, &tensors, &err));
  FAILS(arrowipc_tensor_reader_next(tensors, &tensor, &err), ARROWIPC_INVALID_DATA,
        "the message is a schema, expected a tensor, message 0, byte 8 [tensor-encapsulated]");
  FAILS(arrowipc_tensor_reader_next(tensors, &tensor, &err), ARROWIPC_INVALID_STATE,
        "the tensor reader failed before");
  arrowipc_tensor_reader_free(tensors);
  arrowipc_memory_free(data, n);
}

int main(void) {
  every_sink_and_source();
  described_tensor_is_written_again();
  refused_tensors_write_nothing();
  streams_and_tensors_are_told_apart();
  CHECK(arrowipc_memory_current() == 0);
  return 0;
}
