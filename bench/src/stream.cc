// Streams that are on their way: through a Unix socket, written by one thread and read by another, and pushed in pieces.
#include "socket.h"
#include "workloads.h"

namespace bench {

namespace {

constexpr size_t kPushed = 64 << 10;  // bytes a push

const char* IntsInput(Place& place) { return place.input("ints.arrows", MakeInts, false); }
const char* TinyInput(Place& place) { return place.input("tiny.arrows", MakeTiny, false); }

void Describe(Place& place, Workload* workload, const std::string& title, const Dataset& data, const char* input) {
  workload->title = title;
  workload->unit = "batch";
  workload->units = data.count();
  workload->bytes = static_cast<int64_t>(place.bytes(input).size());
}

void Throughput(Place& place, Workload* workload) {
  const Dataset& data = place.data(MakeInts);
  Describe(place, workload, "10M int32 in 1,000 batches through a Unix socket", data, IntsInput(place));
  workload->by_wall = true;
  AddSocketPairs(workload, data, /*one_by_one=*/false);
  const Bytes& bytes = place.bytes(IntsInput(place));
  AddLimit(workload, "write(2), read(2)", [&bytes] { ThroughSocket(bytes, kWritten); });
}

void Latency(Place& place, Workload* workload) {
  const Dataset& data = place.data(MakeShort);
  Describe(place, workload, "a batch of 10 rows through a Unix socket, answered", data,
           place.input("short.arrows", MakeShort, false));
  workload->by_wall = true;
  AddSocketPairs(workload, data, /*one_by_one=*/true);
}

void Push(const std::string& title, const Dataset& data, const char* input, Place& place, Workload* workload) {
  Describe(place, workload, title, data, input);
  const Bytes& bytes = place.bytes(input);
  AddReaders(workload, data, Stream(), {BENCH_PUSHED, nullptr, bytes.data(), bytes.size(), kPushed, -1}, Then::kRelease);
  AddCopyLimit(workload, bytes);
}

void PushInts(Place& place, Workload* workload) {
  Push("push 10M int32 in 1,000 batches in pieces of 64 KiB", place.data(MakeInts), IntsInput(place), place, workload);
}

void PushTiny(Place& place, Workload* workload) {
  Push("push 200,000 batches of 10 rows in pieces of 64 KiB", place.data(MakeTiny), TinyInput(place), place, workload);
}

}  // namespace

std::vector<Named> StreamWorkloads() {
  return {
      {"socket-throughput", Throughput},
      {"socket-latency", Latency},
      {"push-ints", PushInts},
      {"push-tiny", PushTiny},
  };
}

}  // namespace bench
