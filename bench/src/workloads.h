// The workloads, by name. Each is made when it is run, for the sake of memory.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "variants.h"

namespace bench {

struct Named {
  std::string id;
  std::function<void(Place&, Workload*)> make;
};

std::vector<Named> IntsWorkloads();    // ten million int32 in 1,000 batches
std::vector<Named> WideWorkloads();    // 1,000 columns
std::vector<Named> TinyWorkloads();    // batches of ten rows
std::vector<Named> RowsWorkloads();    // five million mixed rows, plain and compressed
std::vector<Named> StreamWorkloads();  // sockets and the push decoder

std::vector<Named> AllWorkloads();

}  // namespace bench
