/* An adapter of an implementation that has no IPC: what it is given to write it keeps, which the kit notices, and that is
 * what it reads. */

#include "arrowipc_adapter.h"

#include <errno.h>
#include <string.h>

#define MOST 8
/* Encoded metadata of one pair whose key and value have a letter each. */
#define ONE_SHORT_PAIR 14

static struct ArrowSchema schema;
static struct ArrowArray batches[MOST];
static char metadata[MOST][64];
static int64_t count, given;
static struct arrowipc_kit_call* reading;

static void forget(struct ArrowSchema* view) { view->release = NULL; }

static int get_schema(struct ArrowArrayStream* stream, struct ArrowSchema* out) {
  (void)stream;
  if (schema.release == NULL) return ENOSYS;
  /* The kit asks more than once and releases what it gets: a view of the schema, which owns nothing. */
  *out = schema;
  out->release = forget;
  return 0;
}

static int get_next(struct ArrowArrayStream* stream, struct ArrowArray* out) {
  (void)stream;
  out->release = NULL;
  if (given == count) return 0;
  if (strcmp(metadata[given], "broken") == 0) return reading->reject(reading, "dictionary", "Broken", "a broken batch");
  *out = batches[given];
  batches[given].release = NULL;
  reading->set_batch_metadata(reading, given, metadata[given][0] == 0 ? NULL : metadata[given]);
  given++;
  return 0;
}

static const char* get_last_error(struct ArrowArrayStream* stream) {
  (void)stream;
  return "nothing was written";
}

static void release(struct ArrowArrayStream* stream) { stream->release = NULL; }

static void let_go(void) {
  for (; given < count; given++)
    if (batches[given].release != NULL) batches[given].release(&batches[given]);
  if (schema.release != NULL) schema.release(&schema);
  count = given = 0;
}

static int take(struct arrowipc_kit_call* call, struct ArrowArrayStream* stream) {
  struct ArrowSchema new_schema;
  struct ArrowArray fresh[MOST];
  int64_t n = 0;
  if (stream->get_schema(stream, &new_schema) != 0) return call->fail(call, stream->get_last_error(stream));
  for (; n < MOST; n++) {
    if (stream->get_next(stream, &fresh[n]) != 0) return call->fail(call, stream->get_last_error(stream));
    if (fresh[n].release == NULL) break;
    const char* pairs = call->batch_metadata(call, n);
    memset(metadata[n], 0, sizeof metadata[n]);
    if (pairs != NULL) memcpy(metadata[n], pairs, ONE_SHORT_PAIR);
  }
  /* A view is of the schema that is there. */
  if (new_schema.release == forget) new_schema = schema, schema.release = NULL;
  let_go();
  schema = new_schema;
  memcpy(batches, fresh, sizeof fresh);
  count = n;
  return 0;
}

static int give(struct arrowipc_kit_call* call, struct ArrowArrayStream* out) {
  reading = call;
  *out = (struct ArrowArrayStream){get_schema, get_next, get_last_error, release, NULL};
  return 0;
}

static int read_ipc(void* own, struct arrowipc_kit_call* call, const struct arrowipc_kit_read* request,
                    struct ArrowArrayStream* out) {
  (void)own;
  printf("this goes to standard error\n");
  if (strcmp(request->format, "file") == 0) return call->reject(call, "open", "NoFile", "files are not read");
  if (strcmp(request->source, "pipe") == 0) return EPERM;
  if (request->n_projection == 2 && request->projection[1] == 7) memcpy(metadata[0], "broken", 7);
  return give(call, out);
}

static int write_ipc(void* own, struct arrowipc_kit_call* call, const struct arrowipc_kit_write* request,
                     struct ArrowArrayStream* stream) {
  (void)own;
  if (strcmp(request->compression, "none") != 0) return call->unsupported(call, "compress.lz4", "no codec");
  if (request->alignment != ARROWIPC_KIT_OPEN) return call->reject(call, "batch", "Alignment", "8 is all");
  int status = take(call, stream);
  if (status != 0) return status;
  FILE* file = fopen(request->path, "w");
  if (file == NULL) return call->fail(call, "no file");
  fprintf(file, "%lld", (long long)count);
  fclose(file);
  call->fact(call, "num_batches", count == 2 ? "2" : "0");
  return 0;
}

static int echo(void* own, struct arrowipc_kit_call* call, const char* validate, struct ArrowArrayStream* in,
                struct ArrowArrayStream* out) {
  (void)own;
  if (strcmp(validate, "full") == 0) return call->reject(call, "validate", "Full", "not that");
  int status = take(call, in);
  return status != 0 ? status : give(call, out);
}

static const char* feature_of(void* own, int code, const char* message) {
  (void)own;
  (void)message;
  return code == ENOSYS ? "type.null" : NULL;
}

static int64_t reset(void* own) {
  let_go();
  return *(int64_t*)own;
}

int main(void) {
  int64_t left = 42;
  struct arrowipc_kit_adapter adapter = {
      .hello = "{\"adapter\":{\"id\":\"memory\",\"version\":\"1\"},\"features\":[\"format.stream\"]}",
      .read = read_ipc,
      .write = write_ipc,
      .echo = echo,
      .feature_of = feature_of,
      .reset = reset,
      .own = &left,
  };
  int status = arrowipc_adapter_serve(&adapter);
  let_go();
  return status;
}
