#include "output.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* What nanoarrow's writer has no way to be asked for. */
static const char* unsupported(const struct arrowipc_kit_write* request) {
  if (strcmp(request->compression, "lz4") == 0) return "compress.lz4";
  if (strcmp(request->compression, "zstd") == 0) return "compress.zstd";
  if (request->alignment != ARROWIPC_KIT_OPEN && request->alignment != 8) return "alignment";
  if (request->metadata_version != 5) return "version.v4";
  if (request->legacy) return "legacy";
  if (request->footer_metadata != NULL) return "meta.footer";
  if (strcmp(request->sink, "path") != 0 && strcmp(request->sink, "memory") != 0) return "sink";
  return NULL;
}

static int write_to(struct ArrowIpcOutputStream* sink, const char* format, struct ArrowArrayStream* stream,
                    struct ArrowError* error) {
  struct ArrowIpcWriter writer;
  NANOARROW_RETURN_NOT_OK_WITH_ERROR(ArrowIpcWriterInit(&writer, sink), error);
  const int file = strcmp(format, "file") == 0;
  int status = file ? ArrowIpcWriterStartFile(&writer, error) : NANOARROW_OK;
  if (status == NANOARROW_OK) status = ArrowIpcWriterWriteArrayStream(&writer, stream, error);
  if (status == NANOARROW_OK && file) status = ArrowIpcWriterFinalizeFile(&writer, error);
  ArrowIpcWriterReset(&writer);
  return status;
}

int write_output(struct arrowipc_kit_call* call, const struct arrowipc_kit_write* request,
                 struct ArrowArrayStream* stream) {
  const char* feature = unsupported(request);
  if (feature != NULL) return call->unsupported(call, feature, "");
  struct ArrowIpcOutputStream sink;
  struct ArrowError error;
  ArrowErrorInit(&error);
  FILE* file = fopen(request->path, "wb");
  if (file == NULL) return call->fail(call, strerror(errno));
  int status;
  if (strcmp(request->sink, "memory") == 0) {
    struct ArrowBuffer bytes;
    ArrowBufferInit(&bytes);
    status = ArrowIpcOutputStreamInitBuffer(&sink, &bytes);
    if (status == NANOARROW_OK) status = write_to(&sink, request->format, stream, &error);
    if (status == NANOARROW_OK && fwrite(bytes.data, 1, bytes.size_bytes, file) != (size_t)bytes.size_bytes) status = EIO;
    ArrowBufferReset(&bytes);
  } else {
    status = ArrowIpcOutputStreamInitFile(&sink, file, 0);
    if (status == NANOARROW_OK) status = write_to(&sink, request->format, stream, &error);
  }
  if (fclose(file) != 0 && status == NANOARROW_OK) status = errno;
  return status == NANOARROW_OK ? 0 : refuse(call, "write", status, error.message);
}
