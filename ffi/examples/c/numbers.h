/* A batch of one int64 column over memory of the caller, and how an example ends when something fails. */
#ifndef NUMBERS_H
#define NUMBERS_H

#include <arrowipc.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Prints what failed, and ends. */
static void fail(const char *action, arrowipc_error *error) {
  fprintf(stderr, "%s: %s\n", action, arrowipc_error_message(error));
  arrowipc_error_free(error);
  exit(1);
}

static void release_schema(struct ArrowSchema *schema) { schema->release = NULL; }
static void release_array(struct ArrowArray *array) { array->release = NULL; }

struct numbers {
  struct ArrowSchema schema, column_schema, *column_schemas[1];
  struct ArrowArray batch, column, *columns[1];
  const void *column_buffers[2], *batch_buffers[1];
};

/* Sets up schema and batch for `n` values. A writer consumes the batch: set it up anew for the next one. */
static void numbers_set(struct numbers *numbers, const int64_t *values, int64_t n) {
  memset(numbers, 0, sizeof *numbers);
  numbers->column_schema.format = "l";
  numbers->column_schema.name = "number";
  numbers->column_schema.release = release_schema;
  numbers->column_schemas[0] = &numbers->column_schema;
  numbers->schema.format = "+s";
  numbers->schema.n_children = 1;
  numbers->schema.children = numbers->column_schemas;
  numbers->schema.release = release_schema;

  numbers->column_buffers[1] = values; /* no bitmap: nothing is null */
  numbers->column.length = n;
  numbers->column.n_buffers = 2;
  numbers->column.buffers = numbers->column_buffers;
  numbers->column.release = release_array;
  numbers->columns[0] = &numbers->column;
  numbers->batch.length = n;
  numbers->batch.n_buffers = 1;
  numbers->batch.buffers = numbers->batch_buffers;
  numbers->batch.n_children = 1;
  numbers->batch.children = numbers->columns;
  numbers->batch.release = release_array;
}

#endif
