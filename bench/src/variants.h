// Variants of the work that all implementations do alike: writing and reading a dataset.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "measure.h"
#include "place.h"

namespace bench {

// Every implementation there is.
const std::vector<const bench_peer*>& AllPeers();

// What is done with batches that were read.
enum class Then { kRelease, kHold };

bench_settings Stream();  // the stream format with the defaults
bench_settings File();    // the file format

bench_input FromFile(const char* path);
bench_input FromMap(const char* path);
bench_input FromMemory(const Bytes& bytes);

// A variant for each implementation and each way it can be set up that makes a difference. What is written is verified in a
// file of its own, `scratch`.
void AddWriters(Workload* workload, const Dataset& data, const bench_settings& settings, const bench_output& output,
                const char* scratch);
void AddReaders(Workload* workload, const Dataset& data, const bench_settings& settings, const bench_input& input, Then then);

// Those that can check offsets and UTF-8, or offsets alone.
void AddValidators(Workload* workload, const Dataset& data, const bench_settings& settings, const bench_input& input);

// Every batch of an open file once, in an order without pattern. Verifying has opened it and touched its pages.
void AddGetters(Workload* workload, const Dataset& data, const bench_settings& settings, const bench_input& input);

// Opens and closes a file `times` times.
void AddOpeners(Workload* workload, const Dataset& data, const bench_settings& settings, const bench_input& input, int times);

// Written by one thread and read by another; with `one_by_one`, each batch is written when the one before was read.
void AddSocketPairs(Workload* workload, const Dataset& data, bool one_by_one);

// What the machine allows. `run` is verified by nothing: it has no result.
void AddLimit(Workload* workload, const std::string& name, std::function<void()> run, std::function<void()> after = [] {});
void AddReadLimit(Workload* workload, const char* path);         // read(2)
void AddCopyLimit(Workload* workload, const Bytes& bytes);       // memcpy

constexpr size_t kWritten = 256 << 10;  // bytes a write(2) of the limits
constexpr size_t kRead = 1 << 20;       // and a read(2)

}  // namespace bench
