/*
 * Writes a table of two columns to an Arrow stream and reads it back.
 *
 *   cc -std=c99 write_and_read.c -larrowipc -o write_and_read && ./write_and_read cities.arrows
 *
 * The batch is made by hand, to show all that is needed; a program with nanoarrow or Arrow C++ exports its
 * arrays through the same two structures.
 */
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

/* The data here are static: releasing marks a structure as released and frees nothing. */
static void release_schema(struct ArrowSchema *schema) { schema->release = NULL; }
static void release_array(struct ArrowArray *array) { array->release = NULL; }

static void write_cities(const char *path) {
  /* city: utf8, nullable. Three slots, the last one null. */
  static const uint8_t city_validity[] = {3}; /* bit i is 1 where slot i holds a value */
  static const int32_t city_offsets[] = {0, 4, 10, 10};
  static const char city_text[] = "OsloBergen";
  static const void *city_buffers[] = {city_validity, city_offsets, city_text};
  /* inhabitants: int64, without nulls, hence without bitmap. */
  static const int64_t inhabitants_values[] = {717710, 291940, 0};
  static const void *inhabitants_buffers[] = {NULL, inhabitants_values};
  static const void *no_bitmap[] = {NULL};

  struct ArrowSchema city_schema, inhabitants_schema, schema;
  struct ArrowSchema *schema_children[2];
  struct ArrowArray city, inhabitants, batch;
  struct ArrowArray *batch_children[2];
  arrowipc_sink *sink = NULL;
  arrowipc_writer *writer = NULL;
  arrowipc_error *error = NULL;

  memset(&city_schema, 0, sizeof city_schema);
  city_schema.format = "u";
  city_schema.name = "city";
  city_schema.flags = ARROW_FLAG_NULLABLE;
  city_schema.release = release_schema;
  memset(&inhabitants_schema, 0, sizeof inhabitants_schema);
  inhabitants_schema.format = "l";
  inhabitants_schema.name = "inhabitants";
  inhabitants_schema.release = release_schema;
  schema_children[0] = &city_schema;
  schema_children[1] = &inhabitants_schema;
  memset(&schema, 0, sizeof schema);
  schema.format = "+s";
  schema.name = "";
  schema.n_children = 2;
  schema.children = schema_children;
  schema.release = release_schema;

  memset(&city, 0, sizeof city);
  city.length = 3;
  city.null_count = 1;
  city.n_buffers = 3;
  city.buffers = city_buffers;
  city.release = release_array;
  memset(&inhabitants, 0, sizeof inhabitants);
  inhabitants.length = 3;
  inhabitants.n_buffers = 2;
  inhabitants.buffers = inhabitants_buffers;
  inhabitants.release = release_array;
  batch_children[0] = &city;
  batch_children[1] = &inhabitants;
  memset(&batch, 0, sizeof batch);
  batch.length = 3;
  batch.n_buffers = 1;
  batch.buffers = no_bitmap;
  batch.n_children = 2;
  batch.children = batch_children;
  batch.release = release_array;

  /* Each call consumes what it is handed, also when it fails: the sink, then the batch. */
  if (arrowipc_sink_to_path(path, &sink, &error) != ARROWIPC_OK) fail("opening the file", error);
  if (arrowipc_writer_open(sink, &schema, NULL, &writer, &error) != ARROWIPC_OK) fail("writing the schema", error);
  if (arrowipc_writer_write(writer, &batch, NULL, &error) != ARROWIPC_OK) fail("writing the batch", error);
  /* Only now the file gets its name. */
  if (arrowipc_writer_finish(writer, &error) != ARROWIPC_OK) fail("finishing the file", error);
  arrowipc_writer_free(writer);
}

static void print_batch(const struct ArrowArray *batch) {
  const struct ArrowArray *city = batch->children[0];
  const struct ArrowArray *inhabitants = batch->children[1];
  const uint8_t *validity = (const uint8_t *)city->buffers[0]; /* NULL when nothing is null */
  const int32_t *offsets = (const int32_t *)city->buffers[1];
  const char *text = (const char *)city->buffers[2];
  const int64_t *values = (const int64_t *)inhabitants->buffers[1];
  int64_t i;
  for (i = 0; i < batch->length; ++i) {
    if (validity == NULL || (validity[i / 8] >> (i % 8) & 1) != 0) {
      printf("%.*s", (int)(offsets[i + 1] - offsets[i]), text + offsets[i]);
    } else {
      printf("null");
    }
    printf(" %ld\n", (long)values[i]);
  }
}

static void read_cities(const char *path) {
  arrowipc_source *source = NULL;
  arrowipc_reader *reader = NULL;
  arrowipc_error *error = NULL;
  struct ArrowSchema schema;
  struct ArrowArray batch;

  /* Memory-mapped: the arrays point into the file, nothing is copied. */
  if (arrowipc_source_from_path(path, 1, &source, &error) != ARROWIPC_OK) fail("opening the file", error);
  if (arrowipc_reader_open(source, NULL, &reader, &error) != ARROWIPC_OK) fail("reading the schema", error);
  if (arrowipc_reader_schema(reader, &schema, &error) != ARROWIPC_OK) fail("converting the schema", error);
  printf("%s (%s), %s (%s)\n", schema.children[0]->name, schema.children[0]->format, schema.children[1]->name,
         schema.children[1]->format);
  schema.release(&schema);

  for (;;) {
    if (arrowipc_reader_next(reader, &batch, NULL, &error) != ARROWIPC_OK) fail("reading a batch", error);
    if (batch.release == NULL) break; /* the end */
    print_batch(&batch);
    batch.release(&batch);
  }
  arrowipc_reader_free(reader);
}

int main(int argc, char **argv) {
  const char *path = argc > 1 ? argv[1] : "cities.arrows";
  write_cities(path);
  read_cities(path);
  return 0;
}
