/* nanoarrow's C library. Files in any order are read by the steps of its integration program: its readers are for streams. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <nanoarrow/nanoarrow.h>
#include <nanoarrow/nanoarrow_ipc.h>

#include "peer.h"

enum { kBuffered = 64 << 10, kMagic = 8 /* in front of the stream in a file */ };

static int told(int status, const char *message, struct bench_error *error) {
  if (status == NANOARROW_OK) return 0;
  snprintf(error->text, sizeof error->text, "%s", message[0] == '\0' ? strerror(status) : message);
  return status == ENOTSUP ? BENCH_UNSUPPORTED : BENCH_FAILED;
}

/* -- Writing ---------------------------------------------------------------------- */

static int write_batches(struct ArrowIpcWriter *writer, const struct bench_batches *batches, struct ArrowSchema *schema,
                         struct ArrowError *error) {
  struct ArrowArrayView view;
  NANOARROW_RETURN_NOT_OK(ArrowIpcWriterWriteSchema(writer, schema, error));
  NANOARROW_RETURN_NOT_OK(ArrowArrayViewInitFromSchema(&view, schema, error));
  int status = NANOARROW_OK;
  for (int64_t i = 0; status == NANOARROW_OK && i < batches->count; i++) {
    struct ArrowArray batch;
    batches->get(batches->ctx, i, &batch);
    status = ArrowArrayViewSetArray(&view, &batch, error);
    if (status == NANOARROW_OK) status = ArrowIpcWriterWriteArrayView(writer, &view, error);
    batch.release(&batch);
  }
  ArrowArrayViewReset(&view);
  return status != NANOARROW_OK ? status : ArrowIpcWriterWriteArrayView(writer, NULL, error);
}

static int write_to(struct ArrowIpcOutputStream *sink, int file, const struct bench_batches *batches,
                    struct ArrowError *error) {
  struct ArrowIpcWriter writer;
  struct ArrowSchema schema;
  NANOARROW_RETURN_NOT_OK_WITH_ERROR(ArrowIpcWriterInit(&writer, sink), error);
  batches->schema(batches->ctx, &schema);
  int status = file ? ArrowIpcWriterStartFile(&writer, error) : NANOARROW_OK;
  if (status == NANOARROW_OK) status = write_batches(&writer, batches, &schema, error);
  if (status == NANOARROW_OK && file) status = ArrowIpcWriterFinalizeFile(&writer, error);
  schema.release(&schema);
  ArrowIpcWriterReset(&writer);
  return status;
}

static int write_all(const struct bench_settings *settings, const struct bench_output *output,
                     const struct bench_batches *batches, struct bench_error *failure) {
  if (settings->compression != 0) return told(ENOTSUP, "its writer does not compress", failure);
  if (settings->threads > 1) return told(ENOTSUP, "it has no threads of its own", failure);
  struct ArrowIpcOutputStream sink;
  struct ArrowError error = {""};
  int status;
  if (output->kind == BENCH_TO_MEMORY) {
    struct ArrowBuffer bytes;
    ArrowBufferInit(&bytes);
    status = ArrowIpcOutputStreamInitBuffer(&sink, &bytes);
    if (status == NANOARROW_OK) status = write_to(&sink, settings->file, batches, &error);
    if (status == NANOARROW_OK && output->memory != NULL) output->memory(output->ctx, bytes.data, bytes.size_bytes);
    ArrowBufferReset(&bytes);
  } else {
    FILE *file = output->kind == BENCH_TO_FILE ? fopen(output->path, "wb") : fdopen(dup(output->fd), "wb");
    if (file == NULL) return told(errno, "", failure);
    if (settings->buffered) setvbuf(file, NULL, _IOFBF, kBuffered);
    if (settings->at_once) setvbuf(file, NULL, _IONBF, 0);
    status = ArrowIpcOutputStreamInitFile(&sink, file, 0);
    if (status == NANOARROW_OK) status = write_to(&sink, settings->file, batches, &error);
    if (fclose(file) != 0 && status == NANOARROW_OK) status = errno;
  }
  return told(status, error.message, failure);
}

/* -- Bytes ------------------------------------------------------------------------ */

/* Bytes in memory, mapped or the benchmark's own. Buffers of them count, so that a map stays while there are arrays. */
struct memory {
  uint8_t *data;
  int64_t size;
  int mapped;
  long references;
};

static void forget(struct memory *memory) {
  if (--memory->references > 0) return;
  if (memory->mapped) munmap(memory->data, memory->size);
  free(memory);
}

static void forget_buffer(struct ArrowBufferAllocator *allocator, uint8_t *data, int64_t size) {
  (void)data, (void)size;
  forget(allocator->private_data);
}

/* Bytes in memory, or of a file that is read at offsets. */
struct bytes {
  struct memory *memory; /* NULL: in the file */
  int fd;
  int64_t size;
};

static int open_bytes(const struct bench_input *input, struct bytes *out) {
  *out = (struct bytes){NULL, -1, (int64_t)input->size};
  uint8_t *data = (uint8_t *)input->data;
  if (input->kind != BENCH_FROM_MEMORY) {
    out->fd = open(input->path, O_RDONLY | O_CLOEXEC);
    if (out->fd < 0) return errno;
    out->size = lseek(out->fd, 0, SEEK_END);
    if (input->kind == BENCH_FROM_FILE) return NANOARROW_OK;
    data = mmap(NULL, out->size, PROT_READ, MAP_SHARED, out->fd, 0);
    if (data == MAP_FAILED) return errno;
  }
  out->memory = malloc(sizeof *out->memory);
  *out->memory = (struct memory){data, out->size, input->kind == BENCH_FROM_MAP, 1};
  return NANOARROW_OK;
}

static void close_bytes(struct bytes *bytes) {
  if (bytes->fd >= 0) close(bytes->fd);
  if (bytes->memory != NULL) forget(bytes->memory);
}

/* A buffer of the bytes from `offset`: a part of what is in memory, or read for it. */
static int part(const struct bytes *bytes, int64_t offset, int64_t size, struct ArrowBuffer *out) {
  ArrowBufferInit(out);
  if (bytes->memory != NULL) {
    bytes->memory->references++;
    out->data = bytes->memory->data + offset;
    out->size_bytes = out->capacity_bytes = size;
    out->allocator = ArrowBufferDeallocator(forget_buffer, bytes->memory);
    return NANOARROW_OK;
  }
  NANOARROW_RETURN_NOT_OK(ArrowBufferResize(out, size, 0));
  return pread(bytes->fd, out->data, size, offset) == size ? NANOARROW_OK : EIO;
}

static struct ArrowBufferView view_of(const struct ArrowBuffer *buffer) {
  return (struct ArrowBufferView){{buffer->data}, buffer->size_bytes};
}

/* -- Messages --------------------------------------------------------------------- */

struct reading {
  struct bytes bytes;
  struct ArrowIpcDecoder decoder;
  struct ArrowIpcDictionaryEncodings encodings; /* of a stream */
  struct ArrowIpcDictionaries dictionaries;
  struct ArrowSchema schema;    /* of a stream */
  struct ArrowIpcFooter footer; /* of a file */
  struct ArrowBuffer header;    /* of the last block: the decoder looks at it until the body is decoded */
  const int32_t *columns;
  size_t n_columns;
  enum ArrowValidationLevel level;
  struct ArrowError error;
};

static int begin(const struct bench_settings *settings, const struct bench_input *input, struct reading *r) {
  *r = (struct reading){.columns = settings->columns, .n_columns = settings->n_columns};
  r->level = settings->checks == BENCH_CHECK_NOTHING ? NANOARROW_VALIDATION_LEVEL_NONE : NANOARROW_VALIDATION_LEVEL_FULL;
  ArrowIpcDictionaryEncodingsInit(&r->encodings);
  ArrowIpcFooterInit(&r->footer);
  ArrowBufferInit(&r->header);
  NANOARROW_RETURN_NOT_OK(ArrowIpcDecoderInit(&r->decoder));
  return open_bytes(input, &r->bytes);
}

static void end(struct reading *r) {
  if (r->dictionaries.private_data != NULL) ArrowIpcDictionariesReset(&r->dictionaries);
  ArrowIpcDictionaryEncodingsReset(&r->encodings);
  if (r->schema.release != NULL) r->schema.release(&r->schema);
  ArrowIpcFooterReset(&r->footer);
  ArrowIpcDecoderReset(&r->decoder);
  ArrowBufferReset(&r->header);
  close_bytes(&r->bytes);
}

static int decode_columns(struct reading *r, struct ArrowBuffer *body, struct ArrowArray *out) {
  if (r->columns == NULL) {
    return ArrowIpcDecoderDecodeArrayFromSharedWithDictionaries(&r->decoder, body, -1, &r->dictionaries, out, r->level,
                                                                &r->error);
  }
  NANOARROW_RETURN_NOT_OK(ArrowArrayInitFromType(out, NANOARROW_TYPE_STRUCT));
  NANOARROW_RETURN_NOT_OK(ArrowArrayAllocateChildren(out, (int64_t)r->n_columns));
  for (size_t i = 0; i < r->n_columns; i++) {
    struct ArrowArray column;
    NANOARROW_RETURN_NOT_OK(ArrowIpcDecoderDecodeArrayFromShared(&r->decoder, body, r->columns[i], &column, r->level, &r->error));
    ArrowArrayMove(&column, out->children[i]);
  }
  out->length = out->children[0]->length;
  return NANOARROW_OK;
}

/* The body at `offset`, of the message whose header was decoded: a dictionary, or a batch for `out`. */
static int decode_body(struct reading *r, int64_t offset, struct ArrowArray *out) {
  struct ArrowBuffer body, shared;
  NANOARROW_RETURN_NOT_OK(part(&r->bytes, offset, r->decoder.body_size_bytes, &body));
  if (r->decoder.message_type == NANOARROW_IPC_MESSAGE_TYPE_DICTIONARY_BATCH) {
    const int status =
        ArrowIpcDecoderDecodeDictionary(&r->decoder, view_of(&body), r->level, &r->dictionaries, &r->error);
    ArrowBufferReset(&body);
    return status;
  }
  NANOARROW_RETURN_NOT_OK(ArrowSharedBufferInit(&shared, &body));
  const int status = decode_columns(r, &shared, out);
  ArrowBufferReset(&shared);
  return status;
}

static int decode_header(struct reading *r, const struct ArrowBufferView header) {
  NANOARROW_RETURN_NOT_OK(ArrowIpcDecoderVerifyHeader(&r->decoder, header, &r->error));
  return ArrowIpcDecoderDecodeHeader(&r->decoder, header, &r->error);
}

/* -- Files in any order ----------------------------------------------------------- */

static int decode_block(struct reading *r, const struct ArrowBuffer *blocks, int64_t i, struct ArrowArray *out) {
  const struct ArrowIpcFileBlock *block = (const struct ArrowIpcFileBlock *)blocks->data + i;
  ArrowBufferReset(&r->header);
  NANOARROW_RETURN_NOT_OK(part(&r->bytes, block->offset, block->metadata_length, &r->header));
  NANOARROW_RETURN_NOT_OK(decode_header(r, view_of(&r->header)));
  return decode_body(r, block->offset + block->metadata_length, out);
}

static int decode_footer(struct reading *r) {
  struct ArrowIpcDecoder *decoder = &r->decoder;
  struct ArrowBuffer tail;
  const int64_t trailer = 4 + 6; /* length and magic */
  NANOARROW_RETURN_NOT_OK(part(&r->bytes, r->bytes.size - trailer, trailer, &tail));
  int32_t size;
  memcpy(&size, tail.data, sizeof size);
  ArrowBufferReset(&tail);
  NANOARROW_RETURN_NOT_OK(part(&r->bytes, r->bytes.size - trailer - size, trailer + size, &tail));
  int status = ArrowIpcDecoderVerifyFooter(decoder, view_of(&tail), &r->error);
  if (status == NANOARROW_OK) status = ArrowIpcDecoderDecodeFooter(decoder, view_of(&tail), &r->error);
  ArrowBufferReset(&tail);
  NANOARROW_RETURN_NOT_OK(status);
  /* The decoder drops the footer when it decodes the next header. */
  r->footer = *decoder->footer;
  ArrowIpcFooterInit(decoder->footer);
  NANOARROW_RETURN_NOT_OK(
      ArrowIpcDecoderSetSchemaWithDictionaries(decoder, &r->footer.schema, &r->footer.dictionaries, &r->error));
  NANOARROW_RETURN_NOT_OK(ArrowIpcDecoderSetEndianness(decoder, decoder->endianness));
  NANOARROW_RETURN_NOT_OK(ArrowIpcDictionariesInit(&r->dictionaries, &r->footer.dictionaries, &r->error));
  const int64_t dictionaries = r->footer.dictionary_blocks.size_bytes / (int64_t)sizeof(struct ArrowIpcFileBlock);
  for (int64_t i = 0; i < dictionaries; i++) {
    NANOARROW_RETURN_NOT_OK(decode_block(r, &r->footer.dictionary_blocks, i, NULL));
  }
  return NANOARROW_OK;
}

static int open_file(const struct bench_settings *settings, const struct bench_input *input, void **out,
                     struct bench_error *failure) {
  struct reading *r = malloc(sizeof *r);
  int status = begin(settings, input, r);
  if (status == NANOARROW_OK) status = decode_footer(r);
  if (status == NANOARROW_OK) {
    *out = r;
    return 0;
  }
  const int result = told(status, r->error.message, failure);
  end(r);
  free(r);
  return result;
}

static int get_batch(void *file, int64_t i, struct ArrowArray *out, struct bench_error *failure) {
  struct reading *r = file;
  return told(decode_block(r, &r->footer.record_batch_blocks, i, out), r->error.message, failure);
}

static void close_file(void *file) {
  end(file);
  free(file);
}

/* -- In order --------------------------------------------------------------------- */

static int take_blocks(struct reading *r, const struct bench_taker *taker) {
  NANOARROW_RETURN_NOT_OK(decode_footer(r));
  const int64_t count = r->footer.record_batch_blocks.size_bytes / (int64_t)sizeof(struct ArrowIpcFileBlock);
  for (int64_t i = 0; i < count; i++) {
    struct ArrowArray batch;
    NANOARROW_RETURN_NOT_OK(decode_block(r, &r->footer.record_batch_blocks, i, &batch));
    taker->take(taker->ctx, &batch);
  }
  return NANOARROW_OK;
}

/* The messages of a stream that is in memory. */
static int take_messages(struct reading *r, const struct bench_taker *taker) {
  for (int64_t at = 0; at < r->bytes.size;) {
    const struct ArrowBufferView rest = {{r->bytes.memory->data + at}, r->bytes.size - at};
    const int status = decode_header(r, rest);
    if (status == ENODATA) return NANOARROW_OK; /* the end of the stream */
    NANOARROW_RETURN_NOT_OK(status);
    at += r->decoder.header_size_bytes;
    if (r->decoder.message_type == NANOARROW_IPC_MESSAGE_TYPE_SCHEMA) {
      NANOARROW_RETURN_NOT_OK(
          ArrowIpcDecoderDecodeSchemaWithDictionaries(&r->decoder, &r->schema, &r->encodings, &r->error));
      NANOARROW_RETURN_NOT_OK(
          ArrowIpcDecoderSetSchemaWithDictionaries(&r->decoder, &r->schema, &r->encodings, &r->error));
      NANOARROW_RETURN_NOT_OK(ArrowIpcDictionariesInit(&r->dictionaries, &r->encodings, &r->error));
      continue;
    }
    struct ArrowArray batch;
    const int is_batch = r->decoder.message_type == NANOARROW_IPC_MESSAGE_TYPE_RECORD_BATCH;
    const int64_t size = r->decoder.body_size_bytes;
    NANOARROW_RETURN_NOT_OK(decode_body(r, at, &batch));
    if (is_batch) taker->take(taker->ctx, &batch);
    at += size;
  }
  return NANOARROW_OK;
}

/* By the library's own reader: a stream, or the one that is in a file. */
static int take_stream(const struct bench_settings *settings, const struct bench_input *input,
                       const struct bench_taker *taker, struct bench_error *failure) {
  FILE *file = input->kind == BENCH_FROM_FILE ? fopen(input->path, "rb") : fdopen(dup(input->fd), "rb");
  if (file == NULL) return told(errno, "", failure);
  if (settings->buffered) setvbuf(file, NULL, _IOFBF, kBuffered);
  if (settings->file) fseek(file, kMagic, SEEK_SET);
  struct ArrowIpcInputStream bytes;
  struct ArrowArrayStream stream;
  NANOARROW_RETURN_NOT_OK(ArrowIpcInputStreamInitFile(&bytes, file, 1));
  NANOARROW_RETURN_NOT_OK(ArrowIpcArrayStreamReaderInit(&stream, &bytes, NULL));
  struct ArrowError error = {""};
  int status;
  for (;;) {
    struct ArrowArray batch;
    status = ArrowArrayStreamGetNext(&stream, &batch, &error);
    if (status != NANOARROW_OK || batch.release == NULL) break;
    taker->take(taker->ctx, &batch);
  }
  stream.release(&stream);
  return told(status, error.message, failure);
}

static int take_by_steps(const struct bench_settings *settings, const struct bench_input *input,
                         const struct bench_taker *taker, struct bench_error *failure) {
  struct reading r;
  int status = begin(settings, input, &r);
  if (status == NANOARROW_OK) status = settings->file ? take_blocks(&r, taker) : take_messages(&r, taker);
  const int result = told(status, r.error.message, failure);
  end(&r);
  return result;
}

static int read_all(const struct bench_settings *settings, const struct bench_input *input, const struct bench_taker *taker,
                    struct bench_error *failure) {
  if (settings->threads > 1) return told(ENOTSUP, "it has no threads of its own", failure);
  if (input->kind == BENCH_PUSHED) return told(ENOTSUP, "it has no decoder that is pushed to", failure);
  const int by_steps = input->kind == BENCH_FROM_MAP || input->kind == BENCH_FROM_MEMORY || settings->columns != NULL;
  if (!by_steps && settings->checks == BENCH_CHECK_NOTHING) return told(ENOTSUP, "its reader of streams always checks", failure);
  const int result = (by_steps ? take_by_steps : take_stream)(settings, input, taker, failure);
  /* Version 0.9 takes the size before decompression for that of dictionaries' values. */
  return result == BENCH_FAILED && settings->compression != 0 ? BENCH_UNSUPPORTED : result;
}

const struct bench_peer bench_nanoarrow = {
    "nanoarrow", NANOARROW_VERSION, write_all, read_all, open_file, get_batch, close_file, NULL,
};
