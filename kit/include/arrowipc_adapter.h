/* arrowipc_adapter.h - the `main` of an adapter in C or C++ whose implementation speaks the C Data Interface.
 *
 *     int main(void) {
 *       struct arrowipc_kit_adapter adapter = {.hello = "{…}", .read = my_read, .write = my_write};
 *       return arrowipc_adapter_serve(&adapter);
 *     }
 *
 * The kit is loaded when the program starts, from the path in ARROWIPC_KIT, which the runner sets: an adapter is
 * compiled with this folder on its include path, and linked with nothing of the suite.
 */
#ifndef ARROWIPC_ADAPTER_H
#define ARROWIPC_ADAPTER_H

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>

#include "arrowipc_kit.h"

/* A function of the kit; ends the process where there is none. */
static inline void* arrowipc_adapter_symbol(const char* name) {
  const char* path = getenv("ARROWIPC_KIT");
  void* kit = path == NULL ? NULL : dlopen(path, RTLD_NOW);
  void* symbol = kit == NULL ? NULL : dlsym(kit, name);
  if (symbol == NULL) {
    fprintf(stderr, "%s of the kit at ARROWIPC_KIT: %s\n", name, path == NULL ? "not set" : dlerror());
    exit(3);
  }
  return symbol;
}

/* arrowipc_kit_serve() of the kit at ARROWIPC_KIT. */
static inline int arrowipc_adapter_serve(const struct arrowipc_kit_adapter* adapter) {
  int (*serve)(const struct arrowipc_kit_adapter*) = NULL;
  const char* (*error)(void) = NULL;
  /* A pointer to a function is not converted, as ISO C wants it, but copied, as POSIX says it can be. */
  *(void**)&serve = arrowipc_adapter_symbol("arrowipc_kit_serve");
  *(void**)&error = arrowipc_adapter_symbol("arrowipc_kit_error");
  int status = serve(adapter);
  if (status != 0) fprintf(stderr, "%s\n", error());
  return status;
}

#endif /* ARROWIPC_ADAPTER_H */
