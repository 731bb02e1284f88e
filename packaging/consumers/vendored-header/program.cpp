// A program with a copy of arrowipc.h in its own tree and without libarrowipc at build time: it loads the library when it runs,
// by the name that every 0.x has, and does without where there is none.
#include "arrowipc.h"

#include <dlfcn.h>

#include <cstdio>

// The type of each function is that of the header.
#define LOAD(library, name) reinterpret_cast<decltype(&name)>(dlsym(library, #name))

int main() {
  void *library = dlopen("libarrowipc.so.0", RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) {
    std::printf("no libarrowipc: %s\n", dlerror());
    return 1;
  }
  const auto version = LOAD(library, arrowipc_version);
  const auto from_memory = LOAD(library, arrowipc_source_from_memory);
  const auto open = LOAD(library, arrowipc_reader_open);
  const auto message = LOAD(library, arrowipc_error_message);
  const auto error_free = LOAD(library, arrowipc_error_free);
  if (version == nullptr || from_memory == nullptr || open == nullptr || message == nullptr || error_free == nullptr) {
    std::printf("%s\n", dlerror());
    return 1;
  }
  arrowipc_source *source = nullptr;
  arrowipc_reader *reader = nullptr;
  arrowipc_error *error = nullptr;
  if (from_memory("no Arrow", 8, nullptr, nullptr, &source, &error) == ARROWIPC_OK &&
      open(source, nullptr, &reader, &error) == ARROWIPC_OK) {
    std::printf("this was no Arrow\n");
    return 1;
  }
  std::printf("libarrowipc %s, header %s: %s\n", version(), ARROWIPC_VERSION, message(error));
  error_free(error);
  return 0;
}
