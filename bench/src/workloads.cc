#include "workloads.h"

namespace bench {

std::vector<Named> AllWorkloads() {
  std::vector<Named> all;
  for (const auto& some : {IntsWorkloads(), WideWorkloads(), TinyWorkloads(), RowsWorkloads(), StreamWorkloads()}) all.insert(all.end(), some.begin(), some.end());
  return all;
}

}  // namespace bench
