/* libarrowipc, as a program that links it uses it. */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>

#include "arrowipc.h"
#include "peer.h"

static int64_t copied;

static int failed(arrowipc_error *e, struct bench_error *error) {
  const int unsupported = arrowipc_error_code(e) == ARROWIPC_UNSUPPORTED;
  snprintf(error->text, sizeof error->text, "%s", arrowipc_error_message(e));
  arrowipc_error_free(e);
  return unsupported ? BENCH_UNSUPPORTED : BENCH_FAILED;
}

/* Options that stand for the settings; NULL with *e set on failure. */
static arrowipc_options *options_for(const struct bench_settings *settings, arrowipc_error **e) {
  arrowipc_options *options = arrowipc_options_new();
  int32_t status = arrowipc_options_set_int(options, ARROWIPC_OPTION_FORMAT, settings->file ? 2 : 1, e);
  if (status == ARROWIPC_OK)
    status = arrowipc_options_set_int(options, ARROWIPC_OPTION_COMPRESSION, settings->compression, e);
  if (status == ARROWIPC_OK)
    status = arrowipc_options_set_int(options, ARROWIPC_OPTION_VALIDATION, settings->checks, e);
  if (status == ARROWIPC_OK && settings->columns != NULL)
    status = arrowipc_options_set_columns(options, settings->columns, settings->n_columns, e);
#ifdef ARROWIPC_OPTION_THREADS
  if (status == ARROWIPC_OK) status = arrowipc_options_set_int(options, ARROWIPC_OPTION_THREADS, settings->threads, e);
#endif
  if (status == ARROWIPC_OK) return options;
  arrowipc_options_free(options);
  return NULL;
}

static int threads_are_there(const struct bench_settings *settings, struct bench_error *error) {
#ifndef ARROWIPC_OPTION_THREADS
  if (settings->threads > 1) {
    snprintf(error->text, sizeof error->text, "this version has no threads of its own");
    return BENCH_UNSUPPORTED;
  }
#else
  (void)settings, (void)error;
#endif
  return 0;
}

static int32_t open_sink(const struct bench_output *output, arrowipc_sink **sink, arrowipc_error **e) {
  switch (output->kind) {
    case BENCH_TO_FILE: return arrowipc_sink_to_path(output->path, sink, e);
    case BENCH_TO_DESCRIPTOR: return arrowipc_sink_to_fd(output->fd, 0, sink, e);
    default: return arrowipc_sink_to_memory(sink, e);
  }
}

static int32_t write_batches(arrowipc_writer *writer, const struct bench_output *output, const struct bench_batches *batches,
                             arrowipc_error **e) {
  int32_t status = ARROWIPC_OK;
  for (int64_t i = 0; status == ARROWIPC_OK && i < batches->count; i++) {
    struct ArrowArray batch;
    batches->get(batches->ctx, i, &batch);
    status = arrowipc_writer_write(writer, &batch, NULL, e);
  }
  if (status == ARROWIPC_OK) status = arrowipc_writer_finish(writer, e);
  if (status != ARROWIPC_OK || output->kind != BENCH_TO_MEMORY) return status;
  uint8_t *data;
  size_t size;
  status = arrowipc_writer_take_memory(writer, &data, &size, e);
  if (status != ARROWIPC_OK) return status;
  if (output->memory != NULL) output->memory(output->ctx, data, size);
  arrowipc_memory_free(data, size);
  return status;
}

static int write_all(const struct bench_settings *settings, const struct bench_output *output,
                     const struct bench_batches *batches, struct bench_error *error) {
  if (threads_are_there(settings, error) != 0) return BENCH_UNSUPPORTED;
  arrowipc_error *e = NULL;
  arrowipc_sink *sink;
  arrowipc_writer *writer;
  arrowipc_options *options = options_for(settings, &e);
  if (options == NULL) return failed(e, error);
  int32_t status = open_sink(output, &sink, &e);
  if (status == ARROWIPC_OK) {
    struct ArrowSchema schema;
    batches->schema(batches->ctx, &schema);
    status = arrowipc_writer_open(sink, &schema, options, &writer, &e);
    schema.release(&schema);
  }
  arrowipc_options_free(options);
  if (status != ARROWIPC_OK) return failed(e, error);
  status = write_batches(writer, output, batches, &e);
  arrowipc_writer_free(writer);
  return status == ARROWIPC_OK ? 0 : failed(e, error);
}

static int32_t open_source(const struct bench_input *input, arrowipc_source **source, arrowipc_error **e) {
  switch (input->kind) {
    case BENCH_FROM_FILE: return arrowipc_source_from_path(input->path, 0, source, e);
    case BENCH_FROM_MAP: return arrowipc_source_from_path(input->path, 1, source, e);
    case BENCH_FROM_DESCRIPTOR: return arrowipc_source_from_fd(input->fd, 0, source, e);
    default: return arrowipc_source_from_memory(input->data, input->size, NULL, NULL, source, e);
  }
}

static int open_reader(const struct bench_settings *settings, const struct bench_input *input, arrowipc_reader **reader,
                       struct bench_error *error) {
  if (threads_are_there(settings, error) != 0) return BENCH_UNSUPPORTED;
  arrowipc_error *e = NULL;
  arrowipc_source *source;
  arrowipc_options *options = options_for(settings, &e);
  if (options == NULL) return failed(e, error);
  int32_t status = open_source(input, &source, &e);
  if (status == ARROWIPC_OK) status = arrowipc_reader_open(source, options, reader, &e);
  arrowipc_options_free(options);
  return status == ARROWIPC_OK ? 0 : failed(e, error);
}

static void close_reader(void *file) {
  arrowipc_read_statistics statistics;
  if (arrowipc_reader_statistics(file, &statistics, sizeof statistics, NULL) == ARROWIPC_OK) copied = statistics.bytes_copied;
  arrowipc_reader_free(file);
}

/* Pieces of a stream to the decoder, and what it finds to the taker. */
static int push(const struct bench_settings *settings, const struct bench_input *input, const struct bench_taker *taker,
                struct bench_error *error) {
  arrowipc_error *e = NULL;
  arrowipc_decoder *decoder;
  arrowipc_options *options = options_for(settings, &e);
  if (options == NULL) return failed(e, error);
  int32_t status = arrowipc_decoder_new(options, &decoder, &e);
  arrowipc_options_free(options);
  if (status != ARROWIPC_OK) return failed(e, error);
  int32_t event = ARROWIPC_EVENT_NEED_DATA;
  for (size_t offset = 0; status == ARROWIPC_OK && offset < input->size && event != ARROWIPC_EVENT_END;) {
    const size_t left = input->size - offset;
    size_t taken;
    status = arrowipc_decoder_push(decoder, input->data + offset, left < input->piece ? left : input->piece, &taken, &e);
    offset += taken;
    do {
      struct ArrowArray batch;
      if (status == ARROWIPC_OK) status = arrowipc_decoder_next(decoder, &event, NULL, &batch, NULL, &e);
      if (status == ARROWIPC_OK && event == ARROWIPC_EVENT_BATCH) taker->take(taker->ctx, &batch);
    } while (status == ARROWIPC_OK && event != ARROWIPC_EVENT_NEED_DATA && event != ARROWIPC_EVENT_END);
  }
  if (status == ARROWIPC_OK) status = arrowipc_decoder_finish(decoder, &e);
  arrowipc_read_statistics statistics;
  if (arrowipc_decoder_statistics(decoder, &statistics, sizeof statistics, NULL) == ARROWIPC_OK) copied = statistics.bytes_copied;
  arrowipc_decoder_free(decoder);
  return status == ARROWIPC_OK ? 0 : failed(e, error);
}

static int read_all(const struct bench_settings *settings, const struct bench_input *input, const struct bench_taker *taker,
                    struct bench_error *error) {
  if (input->kind == BENCH_PUSHED) return push(settings, input, taker, error);
  arrowipc_reader *reader;
  const int opened = open_reader(settings, input, &reader, error);
  if (opened != 0) return opened;
  arrowipc_error *e = NULL;
  for (;;) {
    struct ArrowArray batch;
    if (arrowipc_reader_next(reader, &batch, NULL, &e) != ARROWIPC_OK || batch.release == NULL) break;
    taker->take(taker->ctx, &batch);
  }
  close_reader(reader);
  return e == NULL ? 0 : failed(e, error);
}

static int open_file(const struct bench_settings *settings, const struct bench_input *input, void **file,
                     struct bench_error *error) {
  arrowipc_reader *reader;
  const int status = open_reader(settings, input, &reader, error);
  if (status == 0) *file = reader;
  return status;
}

static int get_batch(void *file, int64_t i, struct ArrowArray *out, struct bench_error *error) {
  arrowipc_error *e = NULL;
  return arrowipc_reader_read_at(file, i, out, &e) == ARROWIPC_OK ? 0 : failed(e, error);
}

static int64_t bytes_copied(void) { return copied; }

const struct bench_peer bench_libarrowipc = {
    "libarrowipc", ARROWIPC_VERSION, write_all, read_all, open_file, get_batch, close_reader, bytes_copied,
};
