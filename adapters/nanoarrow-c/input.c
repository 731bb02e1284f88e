#include "input.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A whole file in memory. */
static int slurp(const char* path, struct ArrowBuffer* out) {
  ArrowBufferInit(out);
  FILE* file = fopen(path, "rb");
  if (file == NULL) return errno;
  fseek(file, 0, SEEK_END);
  const long size = ftell(file);
  rewind(file);
  int status = ArrowBufferResize(out, size, 0);
  if (status == NANOARROW_OK && fread(out->data, 1, size, file) != (size_t)size) status = EIO;
  fclose(file);
  if (status != NANOARROW_OK) ArrowBufferReset(out);
  return status;
}

/* -- Streams ---------------------------------------------------------------------- */

/* An input of the caller's own, which hands out bytes in small pieces until the reader has as many as it wants: the
 * reader takes fewer for the end of the stream. */
struct pieces {
  struct ArrowBuffer bytes;
  int64_t position;
};

static ArrowErrorCode read_pieces(struct ArrowIpcInputStream* stream, uint8_t* out, int64_t size, int64_t* size_read,
                                  struct ArrowError* error) {
  (void)error;
  struct pieces* own = stream->private_data;
  const int64_t left = own->bytes.size_bytes - own->position;
  const int64_t count = size < left ? size : left;
  if (count > 0) memcpy(out, own->bytes.data + own->position, count);
  own->position += count;
  *size_read = count;
  return NANOARROW_OK;
}

static void release_pieces(struct ArrowIpcInputStream* stream) {
  struct pieces* own = stream->private_data;
  ArrowBufferReset(&own->bytes);
  free(own);
  stream->release = NULL;
}

static int open_bytes(const char* source, const char* path, struct ArrowIpcInputStream* out) {
  if (strcmp(source, "path") == 0) return ArrowIpcInputStreamInitFile(out, fopen(path, "rb"), 1);
  struct ArrowBuffer bytes;
  NANOARROW_RETURN_NOT_OK(slurp(path, &bytes));
  if (strcmp(source, "memory") == 0) return ArrowIpcInputStreamInitBuffer(out, &bytes);
  struct pieces* own = malloc(sizeof *own);
  if (own == NULL) return ENOMEM;
  *own = (struct pieces){bytes, 0};
  *out = (struct ArrowIpcInputStream){read_pieces, release_pieces, own};
  return NANOARROW_OK;
}

static int open_stream(struct arrowipc_kit_call* call, const struct arrowipc_kit_read* request,
                       struct ArrowArrayStream* out) {
  struct ArrowIpcInputStream bytes;
  int status = open_bytes(request->source, request->path, &bytes);
  if (status != NANOARROW_OK) return refuse(call, "open", status, strerror(status));
  /* Both ways in which arrays own their memory: as parts of the body, or copied from it. */
  struct ArrowIpcArrayStreamReaderOptions options = {.field_index = -1};
  options.use_shared_buffers = strcmp(request->source, "memory") != 0;
  status = ArrowIpcArrayStreamReaderInit(out, &bytes, &options);
  return status == NANOARROW_OK ? 0 : refuse(call, "open", status, strerror(status));
}

/* -- Files ------------------------------------------------------------------------ */

/* What reading a file needs. The library decodes footers for its own integration program, whose steps these are. */
struct file {
  struct ArrowBuffer bytes;
  int64_t end; /* of what the footer may point to */
  struct ArrowBuffer header;
  struct ArrowIpcDecoder decoder;
  struct ArrowIpcFooter footer;
  struct ArrowIpcDictionaries dictionaries;
  struct ArrowError error;
  const char* phase;
};

/* Decodes the header of a block. Where the footer points to is for the caller to check. */
static int decode_block(struct file* file, const struct ArrowBuffer* blocks, int64_t i, enum ArrowIpcMessageType type,
                        struct ArrowBufferView* body) {
  const int64_t count = blocks->size_bytes / (int64_t)sizeof(struct ArrowIpcFileBlock);
  if (i < 0 || i >= count) {
    ArrowErrorSet(&file->error, "There is no block %ld of %ld", (long)i, (long)count);
    return EINVAL;
  }
  const struct ArrowIpcFileBlock* block = (const struct ArrowIpcFileBlock*)blocks->data + i;
  const int64_t size = file->end;
  if (block->offset < 0 || block->metadata_length < 0 || block->body_length < 0 || block->offset > size ||
      block->metadata_length > size - block->offset ||
      block->body_length > size - block->offset - block->metadata_length) {
    ArrowErrorSet(&file->error, "Block %ld does not lie in front of the footer", (long)i);
    return EINVAL;
  }
  /* A copy, whose flatbuffer is aligned with the marker and, as the reader of streams has it, without. */
  const uint8_t* start = file->bytes.data + block->offset;
  const uint32_t marker = 0xFFFFFFFF;
  file->header.size_bytes = 0;
  if (block->metadata_length >= 4 && memcmp(start, &marker, 4) != 0) {
    NANOARROW_RETURN_NOT_OK(ArrowBufferAppend(&file->header, &marker, sizeof marker));
  }
  NANOARROW_RETURN_NOT_OK(ArrowBufferAppend(&file->header, start, block->metadata_length));
  struct ArrowBufferView header = {.data.as_uint8 = file->header.data, .size_bytes = file->header.size_bytes};
  NANOARROW_RETURN_NOT_OK(ArrowIpcDecoderVerifyHeader(&file->decoder, header, &file->error));
  if (file->decoder.message_type != type) {
    ArrowErrorSet(&file->error, "Block %ld holds a message of another type", (long)i);
    return EINVAL;
  }
  if (file->decoder.body_size_bytes != block->body_length) {
    ArrowErrorSet(&file->error, "Block %ld has another body length than its message", (long)i);
    return EINVAL;
  }
  NANOARROW_RETURN_NOT_OK(ArrowIpcDecoderDecodeHeader(&file->decoder, header, &file->error));
  body->data.as_uint8 = start + block->metadata_length;
  body->size_bytes = block->body_length;
  return NANOARROW_OK;
}

static int decode_footer(struct file* file) {
  struct ArrowIpcDecoder* decoder = &file->decoder;
  struct ArrowBufferView whole = {.data.as_uint8 = file->bytes.data, .size_bytes = file->bytes.size_bytes};
  file->phase = "open";
  if (whole.size_bytes < 8 || memcmp(whole.data.data, "ARROW1", 6) != 0) {
    ArrowErrorSet(&file->error, "File did not begin with 'ARROW1'");
    return EINVAL;
  }
  NANOARROW_RETURN_NOT_OK(ArrowIpcDecoderVerifyFooter(decoder, whole, &file->error));
  NANOARROW_RETURN_NOT_OK(ArrowIpcDecoderDecodeFooter(decoder, whole, &file->error));
  file->end = whole.size_bytes - (int64_t)sizeof "ARROW1" + 1 - (int64_t)sizeof(int32_t) - decoder->header_size_bytes;
  file->phase = "schema";
  NANOARROW_RETURN_NOT_OK(ArrowIpcDecoderSetSchemaWithDictionaries(decoder, &decoder->footer->schema,
                                                                   &decoder->footer->dictionaries, &file->error));
  NANOARROW_RETURN_NOT_OK(ArrowIpcDecoderSetEndianness(decoder, decoder->endianness));
  NANOARROW_RETURN_NOT_OK(ArrowIpcDictionariesInit(&file->dictionaries, &decoder->footer->dictionaries, &file->error));
  /* The decoder drops the footer when it decodes the next header. */
  file->footer = *decoder->footer;
  ArrowIpcFooterInit(decoder->footer);
  return NANOARROW_OK;
}

static int decode_batches(struct file* file, const struct arrowipc_kit_read* request, struct ArrowArrayStream* out) {
  struct ArrowBufferView body;
  file->phase = "dictionary";
  const int64_t dictionaries = file->footer.dictionary_blocks.size_bytes / (int64_t)sizeof(struct ArrowIpcFileBlock);
  for (int64_t i = 0; i < dictionaries; i++) {
    NANOARROW_RETURN_NOT_OK(
        decode_block(file, &file->footer.dictionary_blocks, i, NANOARROW_IPC_MESSAGE_TYPE_DICTIONARY_BATCH, &body));
    NANOARROW_RETURN_NOT_OK(ArrowIpcDecoderDecodeDictionary(&file->decoder, body, NANOARROW_VALIDATION_LEVEL_FULL,
                                                            &file->dictionaries, &file->error));
  }
  file->phase = "batch";
  const struct ArrowBuffer* blocks = &file->footer.record_batch_blocks;
  const int64_t all = blocks->size_bytes / (int64_t)sizeof(struct ArrowIpcFileBlock);
  const int64_t count = request->order == NULL ? all : request->n_order;
  struct ArrowSchema schema;
  NANOARROW_RETURN_NOT_OK(ArrowSchemaDeepCopy(&file->footer.schema, &schema));
  NANOARROW_RETURN_NOT_OK(ArrowBasicArrayStreamInit(out, &schema, count));
  for (int64_t i = 0; i < count; i++) {
    const int64_t number = request->order == NULL ? i : request->order[i];
    struct ArrowArray array;
    NANOARROW_RETURN_NOT_OK(decode_block(file, blocks, number, NANOARROW_IPC_MESSAGE_TYPE_RECORD_BATCH, &body));
    NANOARROW_RETURN_NOT_OK(ArrowIpcDecoderDecodeArrayWithDictionaries(
        &file->decoder, body, -1, &file->dictionaries, &array, NANOARROW_VALIDATION_LEVEL_FULL, &file->error));
    ArrowBasicArrayStreamSetArray(out, i, &array);
  }
  return NANOARROW_OK;
}

static int open_file(struct arrowipc_kit_call* call, const struct arrowipc_kit_read* request,
                     struct ArrowArrayStream* out) {
  struct file file = {.phase = "open"};
  int status = slurp(request->path, &file.bytes);
  if (status != NANOARROW_OK) return refuse(call, "open", status, strerror(status));
  ArrowBufferInit(&file.header);
  ArrowIpcFooterInit(&file.footer);
  ArrowErrorInit(&file.error);
  out->release = NULL;
  status = ArrowIpcDecoderInit(&file.decoder);
  if (status == NANOARROW_OK) status = decode_footer(&file);
  if (status == NANOARROW_OK) {
    char number[32];
    snprintf(number, sizeof number, "%ld",
             (long)(file.footer.record_batch_blocks.size_bytes / (int64_t)sizeof(struct ArrowIpcFileBlock)));
    call->fact(call, "num_batches", number);
    status = decode_batches(&file, request, out);
  }
  if (status != NANOARROW_OK) {
    if (out->release != NULL) out->release(out);
    refuse(call, file.phase, status, file.error.message);
  }
  if (file.dictionaries.private_data != NULL) ArrowIpcDictionariesReset(&file.dictionaries);
  ArrowIpcFooterReset(&file.footer);
  ArrowIpcDecoderReset(&file.decoder);
  ArrowBufferReset(&file.header);
  ArrowBufferReset(&file.bytes);
  return status;
}

int open_input(struct arrowipc_kit_call* call, const struct arrowipc_kit_read* request, struct ArrowArrayStream* out) {
  static const char* const sources[] = {"path", "memory", "callbacks"};
  int known = request->projection == NULL;
  for (size_t i = 0; known == 1 && i < sizeof sources / sizeof *sources; i++) known += !strcmp(sources[i], request->source);
  if (known < 2) return call->unsupported(call, request->projection ? "projection" : request->source, "");
  return strcmp(request->format, "file") == 0 ? open_file(call, request, out) : open_stream(call, request, out);
}

/* -- Failures --------------------------------------------------------------------- */

const char* missing_feature(void* own, int code, const char* message) {
  static const struct {
    const char* text;
    const char* feature;
  } features[] = {
      {"Dictionary concatenation", "dict.delta"},
      {"BinaryView", "type.binary_view"},
      {"Utf8View", "type.utf8_view"},
      {"ListView", "type.list_view"},
      {"RunEndEncoded", "type.run_end_encoded"},
      {"dictionary types unsupported", "dict.basic"},
      {"Cannot encode dictionary arrays", "dict.basic"},
      {"COMPRESSED_BODY", "compress"},
      {"DICTIONARY_REPLACEMENT", "dict.replacement"},
  };
  (void)own;
  if (code != ENOTSUP) return NULL;
  for (size_t i = 0; i < sizeof features / sizeof *features; i++) {
    if (strstr(message, features[i].text) != NULL) return features[i].feature;
  }
  return NULL;
}

int refuse(struct arrowipc_kit_call* call, const char* phase, int code, const char* message) {
  const char* feature = missing_feature(NULL, code, message);
  if (feature != NULL) return call->unsupported(call, feature, message);
  return call->reject(call, phase, strerrorname_np(code), message);
}
