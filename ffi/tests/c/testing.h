/* What the C and C++ test programs share: checks that say where they failed, and batches made by hand. */
#ifndef ARROWIPC_TESTS_TESTING_H_INCLUDED
#define ARROWIPC_TESTS_TESTING_H_INCLUDED

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "arrowipc.h"

/* Ends the program when a condition does not hold. */
#define CHECK(condition)                                                                                \
  do {                                                                                                  \
    if (!(condition)) {                                                                                 \
      fprintf(stderr, "%s:%d: %s does not hold\n", __FILE__, __LINE__, #condition);                     \
      exit(1);                                                                                          \
    }                                                                                                   \
  } while (0)

/* Ends the program when a call fails. The call names `&err` as its last argument. */
#define OK(call)                                                                                        \
  do {                                                                                                  \
    arrowipc_error *err = NULL;                                                                         \
    const int32_t call_status = (call);                                                                 \
    if (call_status != ARROWIPC_OK) {                                                                   \
      fprintf(stderr, "%s:%d: %s: %s: %s\n", __FILE__, __LINE__, #call, arrowipc_status_name(call_status),\
              arrowipc_error_message(err));                                                             \
      exit(1);                                                                                          \
    }                                                                                                   \
    CHECK(err == NULL);                                                                                 \
  } while (0)

/* Ends the program unless a call fails with this status and this whole message. */
#define FAILS(call, expected_status, expected_message)                                                  \
  do {                                                                                                  \
    arrowipc_error *err = NULL;                                                                         \
    const int32_t call_status = (call);                                                                 \
    if (call_status != (expected_status) || arrowipc_error_code(err) != call_status ||                  \
        strcmp(arrowipc_error_message(err), (expected_message)) != 0) {                                 \
      fprintf(stderr, "%s:%d: %s: %s: %s\n  expected %s: %s\n", __FILE__, __LINE__, #call,              \
              arrowipc_status_name(call_status), arrowipc_error_message(err),                           \
              arrowipc_status_name(expected_status), (expected_message));                               \
      exit(1);                                                                                          \
    }                                                                                                   \
    arrowipc_error_free(err);                                                                           \
  } while (0)

/* ---- a schema with three columns: id int64, name utf8, kind dictionary<int8, utf8> ---- */

static inline void release_schema_in_place(struct ArrowSchema *schema) { schema->release = NULL; }

static struct ArrowSchema test_columns[4];
static struct ArrowSchema *test_children[3] = {&test_columns[0], &test_columns[1], &test_columns[2]};

static inline void set_test_schema(struct ArrowSchema *schema, const char *format, const char *name, int64_t flags) {
  memset(schema, 0, sizeof *schema);
  schema->format = format;
  schema->name = name;
  schema->flags = flags;
  schema->release = release_schema_in_place;
}

/* The schema lives in static memory: releasing it frees nothing. */
static inline struct ArrowSchema test_schema(void) {
  struct ArrowSchema schema;
  set_test_schema(&schema, "+s", "", 0);
  set_test_schema(&test_columns[0], "l", "id", 0);
  set_test_schema(&test_columns[1], "u", "name", ARROW_FLAG_NULLABLE);
  set_test_schema(&test_columns[2], "c", "kind", ARROW_FLAG_NULLABLE);
  set_test_schema(&test_columns[3], "u", "", ARROW_FLAG_NULLABLE);
  test_columns[2].dictionary = &test_columns[3];
  schema.n_children = 3;
  schema.children = test_children;
  return schema;
}

/* ---- batches of it: row i has id first + i; name "row <id>", null where the id is a multiple of 3; kind "even" or
 * "odd" ---- */

struct test_columns_by_hand {
  int64_t rows;
  int64_t *ids;
  uint8_t *validity;
  int32_t *offsets;
  char *text;
  int8_t *indices;
  const void *buffers[4][3];
  const void *no_validity[1];
  struct ArrowArray columns[4];
  struct ArrowArray *children[3];
};

/* How many batches were released, and parts of them. */
static int test_batches_released = 0;

static const int32_t test_word_offsets[3] = {0, 4, 7};
static const char test_words[] = "evenodd";

static inline void release_test_column(struct ArrowArray *array) { array->release = NULL; }

static inline void release_test_batch(struct ArrowArray *array) {
  struct test_columns_by_hand *batch = (struct test_columns_by_hand *)array->private_data;
  free(batch->ids);
  free(batch->validity);
  free(batch->offsets);
  free(batch->text);
  free(batch->indices);
  free(batch);
  array->release = NULL;
  ++test_batches_released;
}

static inline void set_test_array(struct ArrowArray *array, int64_t length, int64_t null_count, int64_t n_buffers,
                           const void **buffers) {
  memset(array, 0, sizeof *array);
  array->length = length;
  array->null_count = null_count;
  array->n_buffers = n_buffers;
  array->buffers = buffers;
  array->release = release_test_column;
}

static inline void *test_memory(size_t size) {
  void *memory = calloc(1, size + 1);
  CHECK(memory != NULL);
  return memory;
}

static inline struct ArrowArray test_batch(int64_t first, int64_t rows) {
  struct ArrowArray array;
  struct test_columns_by_hand *batch = (struct test_columns_by_hand *)test_memory(sizeof *batch);
  int64_t i;
  int64_t nulls = 0;
  batch->rows = rows;
  batch->ids = (int64_t *)test_memory((size_t)rows * sizeof(int64_t));
  batch->validity = (uint8_t *)test_memory((size_t)(rows + 7) / 8);
  batch->offsets = (int32_t *)test_memory((size_t)(rows + 1) * sizeof(int32_t));
  batch->text = (char *)test_memory((size_t)rows * 32);
  batch->indices = (int8_t *)test_memory((size_t)rows);
  for (i = 0; i < rows; ++i) {
    const int64_t id = first + i;
    int32_t length = 0;
    batch->ids[i] = id;
    if (id % 3 == 0) {
      ++nulls;
    } else {
      batch->validity[i / 8] = (uint8_t)(batch->validity[i / 8] | (1 << (i % 8)));
      length = (int32_t)sprintf(batch->text + batch->offsets[i], "row %ld", (long)id);
    }
    batch->offsets[i + 1] = batch->offsets[i] + length;
    batch->indices[i] = (int8_t)(id % 2);
  }
  batch->buffers[0][1] = batch->ids;
  batch->buffers[1][0] = batch->validity;
  batch->buffers[1][1] = batch->offsets;
  batch->buffers[1][2] = batch->text;
  batch->buffers[2][1] = batch->indices;
  batch->buffers[3][1] = test_word_offsets;
  batch->buffers[3][2] = test_words;
  set_test_array(&batch->columns[0], rows, 0, 2, batch->buffers[0]);
  set_test_array(&batch->columns[1], rows, nulls, 3, batch->buffers[1]);
  set_test_array(&batch->columns[2], rows, 0, 2, batch->buffers[2]);
  set_test_array(&batch->columns[3], 2, 0, 3, batch->buffers[3]);
  batch->columns[2].dictionary = &batch->columns[3];
  for (i = 0; i < 3; ++i) batch->children[i] = &batch->columns[i];
  set_test_array(&array, rows, 0, 1, batch->no_validity);
  array.n_children = 3;
  array.children = batch->children;
  array.release = release_test_batch;
  array.private_data = batch;
  return array;
}

/* Ends the program unless a column holds the values of a test batch. */
static inline void check_ids(const struct ArrowArray *column, int64_t first, int64_t rows) {
  const int64_t *ids = (const int64_t *)column->buffers[1];
  int64_t i;
  CHECK(column->length == rows && column->n_buffers == 2);
  for (i = 0; i < rows; ++i) CHECK(ids[column->offset + i] == first + i);
}

static inline void check_names(const struct ArrowArray *column, int64_t first, int64_t rows) {
  const uint8_t *validity = (const uint8_t *)column->buffers[0];
  const int32_t *offsets = (const int32_t *)column->buffers[1];
  const char *text = (const char *)column->buffers[2];
  int64_t i;
  CHECK(column->length == rows && column->n_buffers == 3);
  for (i = 0; i < rows; ++i) {
    const int64_t slot = column->offset + i;
    const int valid = validity == NULL || (validity[slot / 8] >> (slot % 8) & 1) != 0;
    char expected[32];
    const int length = sprintf(expected, "row %ld", (long)(first + i));
    CHECK(valid == ((first + i) % 3 != 0));
    if (valid) {
      CHECK(offsets[slot + 1] - offsets[slot] == length);
      CHECK(memcmp(text + offsets[slot], expected, (size_t)length) == 0);
    }
  }
}

static inline void check_kinds(const struct ArrowArray *column, int64_t first, int64_t rows) {
  const int8_t *indices = (const int8_t *)column->buffers[1];
  const int32_t *offsets;
  int64_t i;
  CHECK(column->length == rows && column->dictionary != NULL && column->dictionary->length == 2);
  offsets = (const int32_t *)column->dictionary->buffers[1];
  for (i = 0; i < rows; ++i) {
    const int8_t index = indices[column->offset + i];
    const char *word = (const char *)column->dictionary->buffers[2] + offsets[index];
    const char *expected = (first + i) % 2 == 0 ? "even" : "odd";
    CHECK(offsets[index + 1] - offsets[index] == (int32_t)strlen(expected));
    CHECK(memcmp(word, expected, strlen(expected)) == 0);
  }
}

/* Ends the program unless a batch that was read has these rows; releases it. */
static inline void check_test_batch(struct ArrowArray *array, int64_t first, int64_t rows) {
  CHECK(array->release != NULL && array->length == rows && array->n_children == 3 && array->null_count == 0);
  check_ids(array->children[0], first, rows);
  check_names(array->children[1], first, rows);
  check_kinds(array->children[2], first, rows);
  array->release(array);
  CHECK(array->release == NULL);
}

/* Writes a memory sink's three batches of 5, 0 and 3 rows with ids from 0 on, and gives the block. */
static inline void write_test_data(int64_t format, uint8_t **data, size_t *n) {
  arrowipc_options *options = arrowipc_options_new();
  struct ArrowSchema schema = test_schema();
  arrowipc_sink *sink = NULL;
  arrowipc_writer *writer = NULL;
  struct ArrowArray batch;
  OK(arrowipc_options_set_int(options, ARROWIPC_OPTION_FORMAT, format, &err));
  OK(arrowipc_sink_to_memory(&sink, &err));
  OK(arrowipc_writer_open(sink, &schema, options, &writer, &err));
  arrowipc_options_free(options);
  batch = test_batch(0, 5);
  OK(arrowipc_writer_write(writer, &batch, NULL, &err));
  batch = test_batch(5, 0);
  OK(arrowipc_writer_write(writer, &batch, NULL, &err));
  batch = test_batch(5, 3);
  OK(arrowipc_writer_write(writer, &batch, NULL, &err));
  OK(arrowipc_writer_finish(writer, &err));
  OK(arrowipc_writer_take_memory(writer, data, n, &err));
  arrowipc_writer_free(writer);
}

#endif /* ARROWIPC_TESTS_TESTING_H_INCLUDED */
