// Record batches → IPC data.
#pragma once

#include <memory>

#include "arrowipc_kit.h"
#include "input.h"

// Writes the batches; failures of the input are told with their phase, all others are of writing.
int Write(arrowipc_kit_call* call, const arrowipc_kit_write& request, Input& input);
