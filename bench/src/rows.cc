// Five million rows as programs have them: texts, nulls, a list, a struct, a dictionary, a time. Plain and compressed.
#include <unistd.h>

#include "workloads.h"

namespace bench {

namespace {

const char* Input(Place& place) { return place.input("rows.arrows", MakeRows, false); }

const Dataset& Describe(Place& place, Workload* workload, const std::string& title, const char* input) {
  const Dataset& data = place.data(MakeRows);
  workload->title = title;
  workload->unit = "batch";
  workload->units = data.count();
  workload->bytes = static_cast<int64_t>(place.bytes(input).size());
  return data;
}

void Write(Place& place, Workload* workload) {
  const Dataset& data = Describe(place, workload, "write 5M mixed rows, stream on tmpfs", Input(place));
  const char* path = place.path("memory", "rows-written.arrows");
  AddWriters(workload, data, Stream(), {BENCH_TO_FILE, path, -1, nullptr, nullptr}, path);
  const Bytes& bytes = place.bytes(Input(place));
  AddLimit(workload, "write(2)", [=, &bytes] { WriteBytes(path, bytes, kWritten); }, [=] { unlink(path); });
}

void Read(Place& place, Workload* workload) {
  const Dataset& data = Describe(place, workload, "read 5M mixed rows through", Input(place));
  AddReaders(workload, data, Stream(), FromFile(Input(place)), Then::kRelease);
  AddReadLimit(workload, Input(place));
}

void Map(Place& place, Workload* workload) {
  const char* path = place.input("rows.arrow", MakeRows, true);
  const Dataset& data = Describe(place, workload, "map 5M mixed rows", path);
  AddReaders(workload, data, File(), FromMap(path), Then::kRelease);
}

void Validate(Place& place, Workload* workload) {
  const Dataset& data = Describe(place, workload, "validate 5M mixed rows in memory", Input(place));
  const Bytes& bytes = place.bytes(Input(place));
  AddValidators(workload, data, Stream(), FromMemory(bytes));
  AddLimit(workload, "reading each byte", [&bytes] { Sum(bytes); });
}

bench_settings Compressed(int compression, int threads) {
  bench_settings settings = Stream();
  settings.compression = compression;
  settings.threads = threads;
  return settings;
}

const char* CompressedInput(Place& place, int compression) {
  return place.input(compression == 1 ? "rows-lz4.arrows" : "rows-zstd.arrows", MakeRows, false, compression);
}

std::string Title(const char* verb, int compression, int threads) {
  return std::string(verb) + " 5M mixed rows, " + (compression == 1 ? "LZ4" : "ZSTD level 1") +
         (threads == 1 ? ", 1 thread" : ", 2 threads");
}

// The codec alone, with one thread, and with as many as the workload has.
void AddCodecLimits(Workload* workload, const std::shared_ptr<Codec>& codec, int threads, void (Codec::*work)(int)) {
  AddLimit(workload, "codec", [=] { (codec.get()->*work)(1); });
  if (threads > 1) AddLimit(workload, "codec, 2 threads", [=] { (codec.get()->*work)(threads); });
}

void WriteCompressed(int compression, int threads, Place& place, Workload* workload) {
  const char* input = CompressedInput(place, compression);
  const Dataset& data = Describe(place, workload, Title("write", compression, threads), input);
  workload->by_wall = threads > 1;
  const char* path = place.path("memory", "rows-written.arrows");
  AddWriters(workload, data, Compressed(compression, threads), {BENCH_TO_FILE, path, -1, nullptr, nullptr}, path);
  AddCodecLimits(workload, place.codec(compression, MakeRows), threads, &Codec::Compress);
}

void ReadCompressed(int compression, int threads, Place& place, Workload* workload) {
  const char* input = CompressedInput(place, compression);
  const Dataset& data = Describe(place, workload, Title("read", compression, threads), input);
  workload->by_wall = threads > 1;
  AddReaders(workload, data, Compressed(compression, threads), FromFile(input), Then::kRelease);
  AddCodecLimits(workload, place.codec(compression, MakeRows), threads, &Codec::Decompress);
}

}  // namespace

std::vector<Named> RowsWorkloads() {
  using std::placeholders::_1;
  using std::placeholders::_2;
  std::vector<Named> all = {{"rows-write", Write}, {"rows-read", Read}, {"rows-map", Map}, {"rows-validate", Validate}};
  for (const int compression : {1, 2}) {
    const std::string name = compression == 1 ? "rows-lz4-" : "rows-zstd-";
    for (const int threads : {1, 2}) {
      all.push_back({name + "write-" + std::to_string(threads), std::bind(WriteCompressed, compression, threads, _1, _2)});
      all.push_back({name + "read-" + std::to_string(threads), std::bind(ReadCompressed, compression, threads, _1, _2)});
    }
  }
  return all;
}

}  // namespace bench
