// Where data and files are.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>

#include "data.h"
#include "limits.h"

namespace bench {

// Datasets and files are made when they are first asked for, and stay until the end.
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
  // The codec of this number in bench_settings, with the buffers of a dataset.
  std::shared_ptr<Codec> codec(int compression, Dataset (*make)(bool quick));

 private:
  bool quick_;
  std::string memory_;
  std::string disk_;
  std::map<Dataset (*)(bool), std::unique_ptr<Dataset>> datasets_;
  int null_ = -1;
  std::set<std::string> paths_;
  std::set<const char*> inputs_;
  std::map<std::string, Bytes> bytes_;
  std::map<int, std::shared_ptr<Codec>> codecs_;
};

}  // namespace bench
