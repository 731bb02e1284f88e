/* IPC data -> C streams. */
#ifndef INPUT_H
#define INPUT_H

#include <nanoarrow/nanoarrow_ipc.h>

#include "arrowipc_kit.h"

/* Opens what the request asks for. A failure is told to the call, too. */
int open_input(struct arrowipc_kit_call* call, const struct arrowipc_kit_read* request, struct ArrowArrayStream* out);

/* Tells the call why nanoarrow refuses: a feature where it says that it has not got one, else a rejection. */
int refuse(struct arrowipc_kit_call* call, const char* phase, int code, const char* message);

/* The feature that a message says is missing, or NULL. */
const char* missing_feature(void* own, int code, const char* message);

#endif
