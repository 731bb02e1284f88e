/* The push decoder: every size of piece, ends, faults, and what is handed out when the decoder is gone. */
#include "testing.h"

static uint8_t *stream_data = NULL;
static size_t stream_size = 0;

/* What was found so far. */
struct found {
  int schemas;
  int batches;
  int64_t rows;
  int32_t last;
};

static void check_schema(struct ArrowSchema *schema) {
  CHECK(schema->release != NULL && schema->n_children == 3 && strcmp(schema->children[1]->name, "name") == 0);
  schema->release(schema);
}

/* Takes every event that waits and gives the status of the last call. */
static int32_t drain(arrowipc_decoder *decoder, struct found *found, arrowipc_error **error) {
  for (;;) {
    struct ArrowSchema schema;
    struct ArrowArray batch;
    const char *metadata = "left alone";
    int32_t event = -1;
    const int32_t status = arrowipc_decoder_next(decoder, &event, &schema, &batch, &metadata, error);
    if (status != ARROWIPC_OK) {
      CHECK(event == -1);
      return status;
    }
    found->last = event;
    switch (event) {
      case ARROWIPC_EVENT_SCHEMA:
        CHECK(found->schemas++ == 0 && found->batches == 0);
        check_schema(&schema);
        break;
      case ARROWIPC_EVENT_BATCH:
        CHECK(metadata == NULL);
        ++found->batches;
        found->rows += batch.length;
        check_test_batch(&batch, found->rows - batch.length, batch.length);
        break;
      default:
        CHECK(event == ARROWIPC_EVENT_NEED_DATA || event == ARROWIPC_EVENT_END);
        CHECK(strcmp(metadata, "left alone") == 0);
        return ARROWIPC_OK;
    }
  }
}

static void pieces_of_every_size(void) {
  size_t size;
  for (size = 1; size <= stream_size; ++size) {
    arrowipc_decoder *decoder = NULL;
    struct found found = {0, 0, 0, -1};
    size_t position = 0;
    OK(arrowipc_decoder_new(NULL, &decoder, &err));
    while (position < stream_size) {
      const size_t n = stream_size - position < size ? stream_size - position : size;
      size_t taken = 0;
      CHECK(arrowipc_decoder_required(decoder) > 0);
      OK(arrowipc_decoder_push(decoder, stream_data + position, n, &taken, &err));
      CHECK(taken == n);
      position += taken;
      OK(drain(decoder, &found, &err));
    }
    CHECK(found.schemas == 1 && found.batches == 3 && found.rows == 8 && found.last == ARROWIPC_EVENT_END);
    CHECK(arrowipc_decoder_required(decoder) == 0);
    OK(arrowipc_decoder_finish(decoder, &err));
    arrowipc_decoder_free(decoder);
  }
}

static void truncated(void) {
  arrowipc_decoder *decoder = NULL;
  struct found found = {0, 0, 0, -1};
  size_t taken = 77;
  OK(arrowipc_decoder_new(NULL, &decoder, &err));
  FAILS(arrowipc_decoder_finish(decoder, &err), ARROWIPC_INVALID_DATA,
        "the input ends before a schema, byte 0 [framing-empty-input]");
  arrowipc_decoder_free(decoder);

  OK(arrowipc_decoder_new(NULL, &decoder, &err));
  OK(arrowipc_decoder_push(decoder, stream_data, stream_size - 12, &taken, &err));
  CHECK(taken == stream_size - 12);
  CHECK(arrowipc_decoder_finish(decoder, NULL) == ARROWIPC_INVALID_DATA);
  FAILS(arrowipc_decoder_finish(decoder, &err), ARROWIPC_INVALID_STATE, "the decoder failed before");
  taken = 77;
  FAILS(arrowipc_decoder_push(decoder, stream_data, 1, &taken, &err), ARROWIPC_INVALID_STATE,
        "the decoder failed before");
  CHECK(taken == 77);
  /* What was found before the fault is still handed out. */
  FAILS(drain(decoder, &found, &err), ARROWIPC_INVALID_STATE, "the decoder failed before");
  CHECK(found.schemas == 1 && found.batches == 2 && found.rows == 5);
  arrowipc_decoder_free(decoder);
}

static void malformed(void) {
  arrowipc_decoder *decoder = NULL;
  arrowipc_error *error = NULL;
  const uint8_t negative[8] = {0xFF, 0xFF, 0xFF, 0xFF, 0xFE, 0xFF, 0xFF, 0xFF};
  size_t taken = 77;
  OK(arrowipc_decoder_new(NULL, &decoder, &err));
  CHECK(arrowipc_decoder_push(decoder, negative, 8, &taken, &error) == ARROWIPC_INVALID_DATA);
  CHECK(taken == 77 && arrowipc_error_byte_offset(error) == 0 && arrowipc_error_message_index(error) == 0);
  CHECK(strcmp(arrowipc_error_clause(error), "framing-negative-metadata-length") == 0);
  arrowipc_error_free(error);
  CHECK(arrowipc_decoder_required(decoder) == 0);
  arrowipc_decoder_free(decoder);
}

static int32_t stop(void *ctx, int64_t bytes, int64_t batches) {
  (void)ctx;
  (void)bytes;
  return batches == 2;
}

static void cancelled(void) {
  arrowipc_options *options = arrowipc_options_new();
  arrowipc_decoder *decoder = NULL;
  size_t taken = 0;
  OK(arrowipc_options_set_progress(options, stop, NULL, &err));
  OK(arrowipc_decoder_new(options, &decoder, &err));
  arrowipc_options_free(options);
  CHECK(arrowipc_decoder_push(decoder, stream_data, stream_size, &taken, NULL) == ARROWIPC_CANCELLED);
  FAILS(arrowipc_decoder_push(decoder, stream_data, stream_size, &taken, &err), ARROWIPC_INVALID_STATE,
        "the decoder failed before");
  arrowipc_decoder_free(decoder);
}

/* The schema is not wanted; batches outlive the decoder; bytes behind the end stay the program's. */
static void handed_out(void) {
  uint8_t *twice = (uint8_t *)test_memory(2 * stream_size);
  arrowipc_decoder *decoder = NULL;
  arrowipc_read_statistics statistics;
  struct ArrowArray batches[3];
  int32_t event = -1;
  size_t taken = 0;
  int i;
  memcpy(twice, stream_data, stream_size);
  memcpy(twice + stream_size, stream_data, stream_size);
  OK(arrowipc_decoder_new(NULL, &decoder, &err));
  OK(arrowipc_decoder_push(decoder, twice, 2 * stream_size, &taken, &err));
  CHECK(taken == stream_size);
  free(twice);
  OK(arrowipc_decoder_next(decoder, &event, NULL, &batches[0], NULL, &err));
  CHECK(event == ARROWIPC_EVENT_SCHEMA);
  for (i = 0; i < 3; ++i) {
    OK(arrowipc_decoder_next(decoder, &event, NULL, &batches[i], NULL, &err));
    CHECK(event == ARROWIPC_EVENT_BATCH);
  }
  OK(arrowipc_decoder_statistics(decoder, &statistics, sizeof statistics, &err));
  CHECK(statistics.messages == 5 && statistics.batches == 3 && statistics.dictionaries == 1);
  arrowipc_decoder_free(decoder);
  check_test_batch(&batches[2], 5, 3);
  check_test_batch(&batches[0], 0, 5);
  check_test_batch(&batches[1], 5, 0);
}

static void metadata_of_a_batch(void) {
  static const char pair[] = "\1\0\0\0\1\0\0\0k\1\0\0\0v";
  struct ArrowSchema schema = test_schema();
  struct ArrowArray batch = test_batch(0, 2);
  arrowipc_sink *sink = NULL;
  arrowipc_writer *writer = NULL;
  arrowipc_decoder *decoder = NULL;
  uint8_t *data = NULL;
  const char *metadata = NULL;
  size_t n = 0, taken = 0;
  int32_t event = -1;
  OK(arrowipc_sink_to_memory(&sink, &err));
  OK(arrowipc_writer_open(sink, &schema, NULL, &writer, &err));
  OK(arrowipc_writer_write(writer, &batch, pair, &err));
  OK(arrowipc_writer_finish(writer, &err));
  OK(arrowipc_writer_take_memory(writer, &data, &n, &err));
  arrowipc_writer_free(writer);
  OK(arrowipc_decoder_new(NULL, &decoder, &err));
  OK(arrowipc_decoder_push(decoder, data, n, &taken, &err));
  OK(arrowipc_decoder_next(decoder, &event, NULL, &batch, &metadata, &err));
  OK(arrowipc_decoder_next(decoder, &event, NULL, &batch, &metadata, &err));
  CHECK(event == ARROWIPC_EVENT_BATCH && memcmp(metadata, pair, sizeof pair - 1) == 0);
  check_test_batch(&batch, 0, 2);
  arrowipc_decoder_free(decoder);
  arrowipc_memory_free(data, n);
}

int main(void) {
  write_test_data(1, &stream_data, &stream_size);
  pieces_of_every_size();
  truncated();
  malformed();
  cancelled();
  handed_out();
  metadata_of_a_batch();
  arrowipc_memory_free(stream_data, stream_size);
  CHECK(arrowipc_memory_current() == 0);
  return 0;
}
