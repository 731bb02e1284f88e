// What one run of a variant takes, in things that can be counted.
#pragma once

#include <iosfwd>

#include "measure.h"

namespace bench {

// Verifies and runs one variant in bench_counted and writes a line of JSON: bytes copied, and allocations where
// libbench_malloc.so is preloaded. Instructions and system calls are counted from outside.
void Count(std::ostream& out, const Workload& workload, const Variant& variant);

}  // namespace bench
