// Variants of the work that all implementations do alike: writing and reading a dataset.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "data.h"
#include "limits.h"
#include "measure.h"

namespace bench {

// Where data and files are. Datasets and files are made when they are first asked for.
class Place {
 public:
  // `memory` and `disk` are folders: on a tmpfs, and on a disk.
  Place(bool quick, std::string memory, std::string disk) : quick_(quick), memory_(std::move(memory)), disk_(std::move(disk)) {}

  bool quick() const { return quick_; }
  const Dataset& data(Dataset (*make)(bool quick));
  // A path in the folder of this name, "memory" or "disk"; lives as long as the place.
  const char* path(const std::string& folder, const std::string& name);
  // /dev/null, open for writing.
  int null();
  // The file of a dataset on tmpfs, as Arrow C++ writes it; `compression` as in bench_settings.
  const char* input(const std::string& name, Dataset (*make)(bool quick), bool file_format, int compression = 0);
  // The bytes of a file.
  const Bytes& bytes(const std::string& path);

 private:
  bool quick_;
  std::string memory_;
  std::string disk_;
  std::map<Dataset (*)(bool), std::unique_ptr<Dataset>> datasets_;
  int null_ = -1;
  std::set<std::string> paths_;
  std::set<const char*> inputs_;
  std::map<std::string, Bytes> bytes_;
};

// Every implementation there is.
const std::vector<const bench_peer*>& AllPeers();

// What is done with batches that were read.
enum class Then { kRelease, kHold };

bench_settings Stream();  // the stream format with the defaults
bench_settings File();    // the file format

// A variant for each implementation and each way it can be set up that makes a difference. What is written is verified in a
// file of its own, `scratch`.
void AddWriters(Workload* workload, const Dataset& data, const bench_settings& settings, const bench_output& output,
                const char* scratch);
void AddReaders(Workload* workload, const Dataset& data, const bench_settings& settings, const bench_input& input, Then then);

// Every batch of an open file once, in an order without pattern. Verifying has opened it and touched its pages.
void AddGetters(Workload* workload, const Dataset& data, const bench_settings& settings, const bench_input& input);

// Opens and closes a file `times` times.
void AddOpeners(Workload* workload, const Dataset& data, const bench_settings& settings, const bench_input& input, int times);

// What the machine allows. `run` is verified by nothing: it has no result.
void AddLimit(Workload* workload, const std::string& name, std::function<void()> run, std::function<void()> after = [] {});

}  // namespace bench
