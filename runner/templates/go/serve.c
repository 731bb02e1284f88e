/* The callbacks of the kit, in Go. */
#include "serve.h"

#include "_cgo_export.h"
#include "arrowipc_adapter.h"

static int on_read(void* own, struct arrowipc_kit_call* call, const struct arrowipc_kit_read* read,
                   struct ArrowArrayStream* out) {
  (void)own;
  return openInput(call, (struct arrowipc_kit_read*)read, out);
}

static int on_write(void* own, struct arrowipc_kit_call* call, const struct arrowipc_kit_write* write,
                    struct ArrowArrayStream* stream) {
  (void)own;
  return writeOutput(call, (struct arrowipc_kit_write*)write, stream);
}

int serve(const char* hello) {
  struct arrowipc_kit_adapter adapter = {.hello = hello, .read = on_read, .write = on_write};
  return arrowipc_adapter_serve(&adapter);
}

int answer_unsupported(struct arrowipc_kit_call* call, const char* feature, const char* message) {
  return call->unsupported(call, feature, message);
}
