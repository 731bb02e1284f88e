#include "count.h"

#include <dlfcn.h>

#include <ostream>

#include "malloc.h"

namespace bench {

void Count(std::ostream& out, const Workload& workload, const Variant& variant) {
  // What is made once, and files that are open before, are no part of it.
  if (variant.verify) variant.verify();
  variant.run();
  variant.after();
  auto* take = reinterpret_cast<bench_malloc_take_function*>(dlsym(RTLD_DEFAULT, "bench_malloc_take"));
  bench_malloc_counts before{}, after{};
  if (take != nullptr) take(&before);
  bench_counted(variant.run);
  if (take != nullptr) take(&after);
  out << "{\"units\":" << workload.units;
  if (take != nullptr) {
    out << ",\"allocations\":" << after.allocations - before.allocations
        << ",\"peak_bytes\":" << after.peak_bytes - before.live_bytes;
  }
  out << "}" << std::endl;
  variant.after();
}

}  // namespace bench
