#include "place.h"

#include <fcntl.h>

#include <stdexcept>

namespace bench {

const Dataset& Place::data(Dataset (*make)(bool)) {
  auto& data = datasets_[make];
  if (data == nullptr) data = std::make_unique<Dataset>(make(quick_));
  return *data;
}

const char* Place::path(const std::string& folder, const std::string& name) {
  return paths_.insert((folder == "disk" ? disk_ : memory_) + "/" + name).first->c_str();
}

int Place::null() {
  if (null_ < 0) null_ = open("/dev/null", O_WRONLY | O_CLOEXEC);
  return null_;
}

const char* Place::input(const std::string& name, Dataset (*make)(bool), bool file_format, int compression) {
  const char* input = path("memory", name);
  if (!inputs_.insert(input).second) return input;
  bench_settings settings{};
  settings.file = file_format;
  settings.threads = 1;
  settings.compression = compression;
  settings.buffered = 1;
  const bench_output output{BENCH_TO_FILE, input, -1, nullptr, nullptr};
  const bench_batches batches = data(make).HandOut();
  bench_error error;
  if (bench_arrow_cpp.write(&settings, &output, &batches, &error) != 0) throw std::runtime_error(error.text);
  return input;
}

const Bytes& Place::bytes(const std::string& path) {
  auto found = bytes_.find(path);
  if (found == bytes_.end()) found = bytes_.emplace(path, ReadFile(path)).first;
  return found->second;
}

std::shared_ptr<Codec> Place::codec(int compression, Dataset (*make)(bool)) {
  auto& codec = codecs_[compression];
  if (codec == nullptr) {
    Batches batches;
    for (int64_t i = 0; i < data(make).count(); i++) batches.push_back(data(make).batch(i));
    codec = std::make_shared<Codec>(compression, batches);
  }
  return codec;
}

}  // namespace bench
