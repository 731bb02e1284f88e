// 1,000 columns of 1,000 rows in 50 batches: what a column costs.
#include <unistd.h>

#include "workloads.h"

namespace bench {

namespace {

const char* Input(Place& place) { return place.input("wide.arrow", MakeWide, true); }

const Dataset& Describe(Place& place, Workload* workload, const std::string& title) {
  const Dataset& data = place.data(MakeWide);
  workload->title = title;
  workload->unit = "column of a batch";
  workload->units = data.count() * data.schema()->num_fields();
  workload->bytes = static_cast<int64_t>(place.bytes(Input(place)).size());
  return data;
}

void WriteFile(Place& place, Workload* workload) {
  const Dataset& data = Describe(place, workload, "write 1,000 columns of 1,000 rows, 50 batches, file on tmpfs");
  const char* path = place.path("memory", "wide-written.arrow");
  AddWriters(workload, data, File(), {BENCH_TO_FILE, path, -1, nullptr, nullptr}, path);
  const Bytes& bytes = place.bytes(Input(place));
  AddLimit(workload, "write(2)", [=, &bytes] { WriteBytes(path, bytes, kWritten); }, [=] { unlink(path); });
}

void WriteToNull(Place& place, Workload* workload) {
  const Dataset& data = Describe(place, workload, "write 1,000 columns of 1,000 rows, 50 batches, stream to /dev/null");
  AddWriters(workload, data, Stream(), {BENCH_TO_DESCRIPTOR, nullptr, place.null(), nullptr, nullptr},
             place.path("memory", "wide-written.arrows"));
  AddCopyLimit(workload, place.bytes(Input(place)));
}

void Read(Place& place, Workload* workload) {
  const Dataset& data = Describe(place, workload, "read 1,000 columns of 1,000 rows, 50 batches, through");
  AddReaders(workload, data, File(), FromFile(Input(place)), Then::kRelease);
  AddReadLimit(workload, Input(place));
}

void Map(Place& place, Workload* workload) {
  const Dataset& data = Describe(place, workload, "map 1,000 columns of 1,000 rows, 50 batches");
  AddReaders(workload, data, File(), FromMap(Input(place)), Then::kRelease);
}

void Three(bool mapped, Place& place, Workload* workload) {
  static const int32_t columns[] = {17, 503, 998};
  const Dataset& data = Describe(place, workload, mapped ? "map 3 of 1,000 columns, 50 batches" : "read 3 of 1,000 columns, 50 batches");
  workload->unit = "batch";
  workload->units = data.count();
  bench_settings settings = File();
  settings.columns = columns;
  settings.n_columns = 3;
  AddReaders(workload, data, settings, mapped ? FromMap(Input(place)) : FromFile(Input(place)), Then::kRelease);
}

}  // namespace

std::vector<Named> WideWorkloads() {
  using std::placeholders::_1;
  using std::placeholders::_2;
  return {
      {"wide-write-tmpfs", WriteFile},
      {"wide-write-null", WriteToNull},
      {"wide-read", Read},
      {"wide-map", Map},
      {"wide-three-read", std::bind(Three, false, _1, _2)},
      {"wide-three-map", std::bind(Three, true, _1, _2)},
  };
}

}  // namespace bench
