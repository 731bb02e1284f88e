// Adapter of my-adapter for the conformance suite. The kit speaks protocol 1; this gives it what it asks for:
// kit/include/arrowipc_kit.h says what.
#include <string>

#include "arrowipc_adapter.h"

namespace {

// `features`: what the library can do, in the words of cases/features.yaml, such as "type.*" and "compress.zstd:r".
constexpr const char* kHello = R"({
  "adapter": {"id": "my-adapter", "version": "1"},
  "implementation": {"name": "my-adapter", "language": "c++", "version": "0"},
  "features": []
})";

// Here the library opens read->path, and `out` becomes the stream that it exports.
int Open(void*, arrowipc_kit_call* call, const arrowipc_kit_read* read, ArrowArrayStream*) {
  const std::string feature = std::string("format.") + read->format;
  return call->unsupported(call, feature.c_str(), "nothing is read yet");
}

// Here the library imports the stream and writes it to write->path.
int Write(void*, arrowipc_kit_call* call, const arrowipc_kit_write* write, ArrowArrayStream*) {
  const std::string feature = std::string("format.") + write->format;
  return call->unsupported(call, feature.c_str(), "nothing is written yet");
}

}  // namespace

int main() {
  arrowipc_kit_adapter adapter{};
  adapter.hello = kHello;
  adapter.read = Open;
  adapter.write = Write;
  return arrowipc_adapter_serve(&adapter);
}
