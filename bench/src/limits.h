// What the machine allows: the same bytes moved by the system or a codec and nothing else.
#pragma once

#include <arrow/api.h>

#include <cstdint>
#include <string>
#include <vector>

namespace bench {

using Bytes = std::vector<uint8_t>;

Bytes ReadFile(const std::string& path);

// write(2) to a new file in pieces of `piece` bytes.
void WriteBytes(const std::string& path, const Bytes& bytes, size_t piece);

// read(2) to the end, again and again into the same buffer.
void ReadThrough(const std::string& path, Bytes* buffer);

// Maps the file and reads one byte a page.
void TouchMap(const std::string& path);

// memcpy, again and again into the same buffer.
void CopyThrough(const Bytes& bytes, Bytes* buffer);

// Reads every byte once.
uint64_t Sum(const Bytes& bytes);

// The buffers of batches, one by one through LZ4 or ZSTD level 1 as a body of IPC has them.
class Codec {
 public:
  // `compression` as in bench_settings. Compresses once, for Decompress.
  Codec(int compression, const std::vector<std::shared_ptr<arrow::RecordBatch>>& batches);

  // Into buffers that are used again, by `threads` threads that share the batches.
  void Compress(int threads);
  void Decompress(int threads);

 private:
  struct Buffer {
    const uint8_t* raw;
    size_t size;
    Bytes compressed;
  };
  using Batch = std::vector<Buffer>;

  int compression_;
  std::vector<Batch> batches_;
  size_t largest_batch_ = 0;
};

}  // namespace bench
