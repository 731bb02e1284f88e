/* Adapter of my-adapter for the conformance suite. The kit speaks protocol 1; this gives it what it asks for:
 * kit/include/arrowipc_kit.h says what. */
#include <string.h>

#include "arrowipc_adapter.h"

/* Here the library opens read->path, and `out` becomes the stream that it exports. */
static int open_input(void* own, struct arrowipc_kit_call* call, const struct arrowipc_kit_read* read,
                      struct ArrowArrayStream* out) {
  (void)own, (void)out;
  return call->unsupported(call, strcmp(read->format, "file") == 0 ? "format.file" : "format.stream",
                           "nothing is read yet");
}

/* Here the library imports `stream` and writes it to write->path. */
static int write_output(void* own, struct arrowipc_kit_call* call, const struct arrowipc_kit_write* write,
                        struct ArrowArrayStream* stream) {
  (void)own, (void)stream;
  return call->unsupported(call, strcmp(write->format, "file") == 0 ? "format.file" : "format.stream",
                           "nothing is written yet");
}

int main(void) {
  /* `features`: what the library can do, in the words of cases/features.yaml, such as "type.*" and "compress.zstd:r". */
  struct arrowipc_kit_adapter adapter = {
      .hello = "{\"adapter\":{\"id\":\"my-adapter\",\"version\":\"1\"},"
               "\"implementation\":{\"name\":\"my-adapter\",\"language\":\"c\",\"version\":\"0\"},"
               "\"features\":[]}",
      .read = open_input,
      .write = write_output,
  };
  return arrowipc_adapter_serve(&adapter);
}
