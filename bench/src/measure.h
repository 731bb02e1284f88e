// Workloads, their variants, and how they are timed.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "peer.h"

namespace bench {

// libarrowipc, the others, and what the machine allows.
enum class Role { kOwn, kPeer, kLimit };

// One way of doing the work of a workload.
struct Variant {
  std::string name;    // "libarrowipc", "Arrow C++", "write(2)"
  std::string detail;  // "trusted", "buffered", or nothing
  Role role;
  int checks = 0;                       // BENCH_CHECK_*
  std::function<void()> run = {};         // what is timed
  std::function<void()> after = [] {};    // what is not: files removed, arrays released
  std::function<void()> verify = {};      // throws unless the work is done as it should be; may be empty
  std::function<int64_t()> copied = {};   // bytes of bodies that the last run copied; may be empty
};

struct Workload {
  std::string id;     // "ints-write-tmpfs"
  std::string title;  // for people
  std::string unit;   // what one run is so many of: "batch", "column"
  int64_t units;
  int64_t bytes;         // of input or output
  bool by_wall = false;  // compared by the clock's time, as threads share the work, and not by the processor's
  std::vector<Variant> variants;
};

struct Sample {
  int64_t wall_ns;
  int64_t cpu_ns;  // of all threads
};

// What one variant came to: samples of all rounds, or why there are none.
struct Measured {
  const Variant* variant;
  std::vector<Sample> samples;
  std::string unsupported;
  int64_t copied = -1;  // bytes; -1: not told
};

// A variant that an implementation does not have.
struct Unsupported {
  std::string text;
};

// Throws unless `status`, of a function of bench_peer, is 0.
void Must(int status, const bench_error& error);

// Verifies every variant, then runs all of them once a round, each round beginning with another one. Throws where a result
// is wrong.
std::vector<Measured> Measure(const Workload& workload, int rounds);

// The part of a process that instructions, system calls and allocations are counted in.
extern "C" void bench_counted(const std::function<void()>& run);

}  // namespace bench
