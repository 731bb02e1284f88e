/* What Go calls of the kit. */
#include "arrowipc_kit.h"

int serve(const char* hello);
int answer_unsupported(struct arrowipc_kit_call* call, const char* feature, const char* message);
