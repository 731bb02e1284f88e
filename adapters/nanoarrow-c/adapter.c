/* Adapter of nanoarrow's C library for the conformance suite: callbacks for the kit, which speaks protocol 1. */

#include <string.h>

#include "arrowipc_adapter.h"
#include "input.h"
#include "output.h"

static int read_ipc(void* own, struct arrowipc_kit_call* call, const struct arrowipc_kit_read* request,
                    struct ArrowArrayStream* out) {
  (void)own;
  return open_input(call, request, out);
}

static int write_ipc(void* own, struct arrowipc_kit_call* call, const struct arrowipc_kit_write* request,
                     struct ArrowArrayStream* stream) {
  (void)own;
  return write_output(call, request, stream);
}

/* Binds every array to its schema, as a program does that looks at values, and keeps it in `arrays`. */
static int import(struct ArrowArrayStream* in, int full, struct ArrowArrayView* view, struct ArrowBuffer* arrays,
                  const char** phase, struct ArrowError* error) {
  while (1) {
    struct ArrowArray array;
    *phase = "batch";
    NANOARROW_RETURN_NOT_OK(ArrowArrayStreamGetNext(in, &array, error));
    if (array.release == NULL) return NANOARROW_OK;
    int status = ArrowArrayViewSetArray(view, &array, error);
    if (status == NANOARROW_OK && full) {
      *phase = "validate";
      status = ArrowArrayViewValidate(view, NANOARROW_VALIDATION_LEVEL_FULL, error);
    }
    if (status == NANOARROW_OK) status = ArrowBufferAppend(arrays, &array, sizeof array);
    if (status != NANOARROW_OK) {
      ArrowArrayRelease(&array);
      return status;
    }
  }
}

/* nanoarrow's structures are those of the interface: a stream that holds what was imported is the export. */
static int import_and_export(struct ArrowArrayStream* in, int full, struct ArrowArrayStream* out, const char** phase,
                             struct ArrowError* error) {
  struct ArrowSchema schema;
  struct ArrowArrayView view;
  struct ArrowBuffer arrays;
  *phase = "schema";
  NANOARROW_RETURN_NOT_OK(ArrowArrayStreamGetSchema(in, &schema, error));
  ArrowBufferInit(&arrays);
  int status = ArrowArrayViewInitFromSchema(&view, &schema, error);
  if (status == NANOARROW_OK) {
    status = import(in, full, &view, &arrays, phase, error);
    ArrowArrayViewReset(&view);
  }
  const int64_t count = arrays.size_bytes / (int64_t)sizeof(struct ArrowArray);
  struct ArrowArray* array = (struct ArrowArray*)arrays.data;
  struct ArrowSchema copy = {.release = NULL};
  if (status == NANOARROW_OK) status = ArrowSchemaDeepCopy(&schema, &copy);
  if (status == NANOARROW_OK) status = ArrowBasicArrayStreamInit(out, &copy, count);
  for (int64_t i = 0; i < count; i++) {
    if (status == NANOARROW_OK) {
      ArrowBasicArrayStreamSetArray(out, i, &array[i]);
    } else {
      ArrowArrayRelease(&array[i]);
    }
  }
  ArrowBufferReset(&arrays);
  ArrowSchemaRelease(&schema);
  return status;
}

static int echo(void* own, struct arrowipc_kit_call* call, const char* validate, struct ArrowArrayStream* in,
                struct ArrowArrayStream* out) {
  (void)own;
  const char* phase = "schema";
  struct ArrowError error;
  ArrowErrorInit(&error);
  const int status = import_and_export(in, strcmp(validate, "full") == 0, out, &phase, &error);
  return status == NANOARROW_OK ? 0 : refuse(call, phase, status, error.message);
}

/* nanoarrow-c reads no views, list views, runs or deltas, and writes no views, list views, dictionaries or compression. Its reader always
 * validates in full. */
static const char hello[] =
    "{\"adapter\":{\"id\":\"nanoarrow-c\",\"version\":\"1\"},"
    "\"implementation\":{\"name\":\"nanoarrow\",\"language\":\"c\",\"version\":\"" NANOARROW_VERSION "\","
    "\"components\":{\"lz4\":\"1.10.0\",\"zstd\":\"1.5.6\"}},"
    "\"validate\":[\"none\",\"full\"],\"observe\":[\"cdata\"],"
    "\"features\":[\"format.*\",\"type.null\",\"type.bool\",\"type.int8\",\"type.int16\",\"type.int32\",\"type.int64\","
    "\"type.uint8\",\"type.uint16\",\"type.uint32\",\"type.uint64\",\"type.float16\",\"type.float32\",\"type.float64\","
    "\"type.decimal32\",\"type.decimal64\",\"type.decimal128\",\"type.decimal256\",\"type.date32\",\"type.date64\","
    "\"type.time32\",\"type.time64\",\"type.timestamp\",\"type.duration\",\"type.interval_year_month\","
    "\"type.interval_day_time\",\"type.interval_month_day_nano\",\"type.binary\",\"type.large_binary\",\"type.utf8\","
    "\"type.large_utf8\",\"type.fixed_size_binary\",\"type.list\",\"type.large_list\",\"type.fixed_size_list\","
    "\"type.struct\",\"type.map\",\"type.dense_union\",\"type.sparse_union\",\"type.run_end_encoded:w\","
    "\"dict.basic:r\",\"dict.nested:r\",\"dict.shared:r\",\"dict.replacement:r\",\"dict.ordered:r\",\"endian.big\","
    "\"compress.lz4:r\",\"compress.zstd:r\",\"source.path\",\"source.memory\",\"source.callbacks\",\"sink.path\","
    "\"sink.memory\",\"access.next\",\"access.random\",\"access.c_stream\",\"meta.schema\",\"meta.field\",\"version.v4:r\","
    "\"legacy:r\",\"validate.full\",\"fact.num_batches\"]}";

int main(void) {
  const struct arrowipc_kit_adapter adapter = {
      .hello = hello,
      .read = read_ipc,
      .write = write_ipc,
      .echo = echo,
      .feature_of = missing_feature,
  };
  return arrowipc_adapter_serve(&adapter);
}
