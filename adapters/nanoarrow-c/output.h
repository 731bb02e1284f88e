/* C streams -> IPC data. */
#ifndef OUTPUT_H
#define OUTPUT_H

#include "input.h"

/* Writes the stream, which stays the caller's. A failure is told to the call, too. */
int write_output(struct arrowipc_kit_call* call, const struct arrowipc_kit_write* request,
                 struct ArrowArrayStream* stream);

#endif
