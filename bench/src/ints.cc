// Ten million int32 in 1,000 batches: the workload of the page on IPC in pyarrow's documentation.
#include <unistd.h>

#include "workloads.h"

namespace bench {

namespace {

const char* Input(Place& place) { return place.input("ints.arrow", MakeInts, true); }

// The data, once the workload has what is said of it in a report.
const Dataset& Describe(Place& place, Workload* workload, const std::string& title) {
  const Dataset& data = place.data(MakeInts);
  workload->title = title;
  workload->unit = "batch";
  workload->units = data.count();
  workload->bytes = static_cast<int64_t>(place.bytes(Input(place)).size());
  return data;
}

void WriteFile(const char* folder, const std::string& title, Place& place, Workload* workload) {
  const Dataset& data = Describe(place, workload, title);
  const char* path = place.path(folder, "ints-written.arrow");
  AddWriters(workload, data, File(), {BENCH_TO_FILE, path, -1, nullptr, nullptr}, path);
  const Bytes& bytes = place.bytes(Input(place));
  AddLimit(workload, "write(2)", [=, &bytes] { WriteBytes(path, bytes, kWritten); }, [=] { unlink(path); });
}

void WriteToNull(Place& place, Workload* workload) {
  const Dataset& data = Describe(place, workload, "write 10M int32 in 1,000 batches, stream to /dev/null");
  AddWriters(workload, data, Stream(), {BENCH_TO_DESCRIPTOR, nullptr, place.null(), nullptr, nullptr},
             place.path("memory", "ints-written.arrows"));
  AddCopyLimit(workload, place.bytes(Input(place)));
}

void Read(Then then, const std::string& title, Place& place, Workload* workload) {
  const Dataset& data = Describe(place, workload, title);
  AddReaders(workload, data, File(), FromFile(Input(place)), then);
  AddReadLimit(workload, Input(place));
}

void Map(Place& place, Workload* workload) {
  const Dataset& data = Describe(place, workload, "map 10M int32 in 1,000 batches, all held");
  const char* path = Input(place);
  AddReaders(workload, data, File(), FromMap(path), Then::kHold);
  AddLimit(workload, "touching each page", [=] { TouchMap(path); });
}

void Get(Place& place, Workload* workload) {
  const Dataset& data = Describe(place, workload, "get(i) of 1,000 mapped batches, in random order");
  AddGetters(workload, data, File(), FromMap(Input(place)));
}

}  // namespace

std::vector<Named> IntsWorkloads() {
  using std::placeholders::_1;
  using std::placeholders::_2;
  return {
      {"ints-write-tmpfs", std::bind(WriteFile, "memory", "write 10M int32 in 1,000 batches, file on tmpfs", _1, _2)},
      {"ints-write-disk", std::bind(WriteFile, "disk", "write 10M int32 in 1,000 batches, file on a disk", _1, _2)},
      {"ints-write-null", WriteToNull},
      {"ints-read", std::bind(Read, Then::kRelease, "read 10M int32 in 1,000 batches through", _1, _2)},
      {"ints-hold", std::bind(Read, Then::kHold, "read 10M int32 in 1,000 batches, all held", _1, _2)},
      {"ints-map", Map},
      {"ints-get", Get},
  };
}

}  // namespace bench
