// The workloads, by name. Each is made when it is run, for the sake of memory.
#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "variants.h"

namespace bench {

struct Named {
  std::string id;
  std::function<void(Place&, Workload*)> make;
};

std::vector<Named> IntsWorkloads();  // ten million int32 in 1,000 batches

std::vector<Named> AllWorkloads();

}  // namespace bench
