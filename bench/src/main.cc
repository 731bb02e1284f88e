// arrowipc-bench: runs workloads. `bench/run` builds it and calls it; see docs/performance.md.
#include <fnmatch.h>

#include <csignal>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <stdexcept>

#include "count.h"
#include "report.h"
#include "workloads.h"

namespace {

struct Arguments {
  bool quick = false;
  int rounds = 0;  // 9, or 2 of little data
  std::string memory = "/dev/shm";
  std::string disk = ".";
  std::string out = "/dev/null";
  bool list = false;
  std::string count;  // the variant whose run is to be counted
  std::vector<std::string> workloads;
};

Arguments Parse(int argc, char** argv) {
  Arguments arguments;
  for (int i = 1; i < argc; i++) {
    const std::string name = argv[i];
    const auto value = [&]() -> std::string {
      if (++i == argc) throw std::invalid_argument(name + " needs a value");
      return argv[i];
    };
    if (name == "--quick") {
      arguments.quick = true;
    } else if (name == "--rounds") {
      arguments.rounds = std::atoi(value().c_str());
      if (arguments.rounds < 1) throw std::invalid_argument("--rounds needs a number from 1");
    } else if (name == "--memory") {
      arguments.memory = value();
    } else if (name == "--disk") {
      arguments.disk = value();
    } else if (name == "--out") {
      arguments.out = value();
    } else if (name == "--count") {
      arguments.count = value();
    } else if (name == "--list") {
      arguments.list = true;
    } else if (name[0] == '-') {
      throw std::invalid_argument("unknown option " + name);
    } else {
      arguments.workloads.push_back(name);
    }
  }
  if (arguments.rounds == 0) arguments.rounds = arguments.quick ? 2 : 9;
  return arguments;
}

// Those that a pattern names, or all.
std::vector<bench::Named> Chosen(const std::vector<std::string>& patterns) {
  if (patterns.empty()) return bench::AllWorkloads();
  std::vector<bench::Named> chosen;
  for (const auto& pattern : patterns) {
    bool any = false;
    for (const auto& named : bench::AllWorkloads()) {
      if (fnmatch(pattern.c_str(), named.id.c_str(), 0) != 0) continue;
      chosen.push_back(named);
      any = true;
    }
    if (!any) throw std::invalid_argument("no workload is called " + pattern + "; --list tells them");
  }
  return chosen;
}

// Counts one variant, "libarrowipc, trusted", of one workload.
void CountOne(const Arguments& arguments) {
  bench::Place place(arguments.quick, arguments.memory, arguments.disk);
  const auto chosen = Chosen(arguments.workloads);
  if (chosen.size() != 1) throw std::invalid_argument("--count needs one workload");
  bench::Workload workload;
  chosen.front().make(place, &workload);
  for (const auto& variant : workload.variants) {
    const std::string label = variant.detail.empty() ? variant.name : variant.name + ", " + variant.detail;
    if (label != arguments.count) continue;
    bench::Count(std::cout, workload, variant);
    return;
  }
  throw std::invalid_argument(chosen.front().id + " has no variant \"" + arguments.count + "\"");
}

void Run(const Arguments& arguments) {
  std::ofstream out(arguments.out);
  bench::WriteHeader(out, arguments.quick, arguments.rounds);
  bench::Place place(arguments.quick, arguments.memory, arguments.disk);
  for (const auto& named : Chosen(arguments.workloads)) {
    bench::Workload workload;
    workload.id = named.id;
    named.make(place, &workload);
    const auto measured = bench::Measure(workload, arguments.rounds);
    bench::WriteWorkload(out, workload, measured);
    bench::Print(std::cout, workload, measured);
  }
  if (!out) throw std::runtime_error("cannot write " + arguments.out);
}

}  // namespace

int main(int argc, char** argv) {
  // Who writes to a socket that nobody reads hears of it as an error.
  signal(SIGPIPE, SIG_IGN);
  try {
    const Arguments arguments = Parse(argc, argv);
    if (arguments.list) {
      for (const auto& named : Chosen(arguments.workloads)) std::cout << named.id << "\n";
    } else if (!arguments.count.empty()) {
      CountOne(arguments);
    } else {
      Run(arguments);
    }
  } catch (const bench::Unsupported& e) {
    std::cerr << "arrowipc-bench: " << e.text << "\n";
    return 3;
  } catch (const std::invalid_argument& e) {
    std::cerr << "arrowipc-bench: " << e.what() << "\n";
    return 2;
  } catch (const std::exception& e) {
    std::cerr << "arrowipc-bench: " << e.what() << "\n";
    return 1;
  }
}
