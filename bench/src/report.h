// Results as JSON, one object a line, for people and for bench/report.
#pragma once

#include <iosfwd>

#include "measure.h"

namespace bench {

// Machine, versions and how it was measured: the first line.
void WriteHeader(std::ostream& out, bool quick, int rounds);

// A workload with all samples.
void WriteWorkload(std::ostream& out, const Workload& workload, const std::vector<Measured>& measured);

// A few words a variant, for who watches: medians in milliseconds and per unit.
void Print(std::ostream& out, const Workload& workload, const std::vector<Measured>& measured);

}  // namespace bench
