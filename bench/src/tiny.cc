// Batches of ten rows: what a batch costs. And the footer of a file that has 100,000 of them.
#include <unistd.h>

#include "workloads.h"

namespace bench {

namespace {

constexpr int kOpened = 20;  // times a run

const char* Input(Place& place) { return place.input("tiny.arrows", MakeTiny, false); }

const Dataset& Describe(Place& place, Workload* workload, const std::string& title) {
  const Dataset& data = place.data(MakeTiny);
  workload->title = title;
  workload->unit = "batch";
  workload->units = data.count();
  workload->bytes = static_cast<int64_t>(place.bytes(Input(place)).size());
  return data;
}

void WriteFile(Place& place, Workload* workload) {
  const Dataset& data = Describe(place, workload, "write 200,000 batches of 10 rows, stream on tmpfs");
  const char* path = place.path("memory", "tiny-written.arrows");
  AddWriters(workload, data, Stream(), {BENCH_TO_FILE, path, -1, nullptr, nullptr}, path);
  const Bytes& bytes = place.bytes(Input(place));
  AddLimit(workload, "write(2)", [=, &bytes] { WriteBytes(path, bytes, kWritten); }, [=] { unlink(path); });
}

void WriteToNull(Place& place, Workload* workload) {
  const Dataset& data = Describe(place, workload, "write 200,000 batches of 10 rows, stream to /dev/null");
  AddWriters(workload, data, Stream(), {BENCH_TO_DESCRIPTOR, nullptr, place.null(), nullptr, nullptr},
             place.path("memory", "tiny-written.arrows"));
  AddCopyLimit(workload, place.bytes(Input(place)));
}

void WriteToMemory(Place& place, Workload* workload) {
  const Dataset& data = Describe(place, workload, "write 200,000 batches of 10 rows, stream in memory");
  AddWriters(workload, data, Stream(), {BENCH_TO_MEMORY, nullptr, -1, nullptr, nullptr},
             place.path("memory", "tiny-written.arrows"));
  AddCopyLimit(workload, place.bytes(Input(place)));
}

void Read(Place& place, Workload* workload) {
  const Dataset& data = Describe(place, workload, "read 200,000 batches of 10 rows from a file");
  AddReaders(workload, data, Stream(), FromFile(Input(place)), Then::kRelease);
  AddReadLimit(workload, Input(place));
}

void ReadMemory(Place& place, Workload* workload) {
  const Dataset& data = Describe(place, workload, "read 200,000 batches of 10 rows from memory");
  AddReaders(workload, data, Stream(), FromMemory(place.bytes(Input(place))), Then::kRelease);
  AddCopyLimit(workload, place.bytes(Input(place)));
}

void Open(bool mapped, Place& place, Workload* workload) {
  const Dataset& data = place.data(MakeMany);
  const char* path = place.input("many.arrow", MakeMany, true);
  workload->title = std::string("open a file of 100,000 batches, ") + (mapped ? "mapped" : "read");
  workload->unit = "open";
  workload->units = kOpened;
  workload->bytes = static_cast<int64_t>(place.bytes(path).size());
  AddOpeners(workload, data, File(), mapped ? FromMap(path) : FromFile(path), kOpened);
}

}  // namespace

std::vector<Named> TinyWorkloads() {
  using std::placeholders::_1;
  using std::placeholders::_2;
  return {
      {"tiny-write-tmpfs", WriteFile}, {"tiny-write-null", WriteToNull},  {"tiny-write-memory", WriteToMemory},
      {"tiny-read", Read},             {"tiny-read-memory", ReadMemory},
      {"many-open-map", std::bind(Open, true, _1, _2)},
      {"many-open-read", std::bind(Open, false, _1, _2)},
  };
}

}  // namespace bench
