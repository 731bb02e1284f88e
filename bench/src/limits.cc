#include "limits.h"

#include <fcntl.h>
#include <lz4frame.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zstd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <memory>
#include <stdexcept>
#include <system_error>
#include <thread>

namespace bench {

namespace {

[[noreturn]] void Failed(const std::string& what) { throw std::system_error(errno, std::generic_category(), what); }

class Descriptor {
 public:
  Descriptor(const std::string& path, int flags) : fd_(open(path.c_str(), flags | O_CLOEXEC, 0644)) {
    if (fd_ < 0) Failed(path);
  }
  Descriptor(const Descriptor&) = delete;
  ~Descriptor() { close(fd_); }
  int get() const { return fd_; }
  size_t size() const {
    struct stat info;
    if (fstat(fd_, &info) != 0) Failed("fstat");
    return static_cast<size_t>(info.st_size);
  }

 private:
  int fd_;
};

size_t ReadSome(int fd, uint8_t* out, size_t size) {
  const ssize_t n = read(fd, out, size);
  if (n < 0) Failed("read");
  return static_cast<size_t>(n);
}

// Buffers as they stand in a body: without those that are empty.
void Collect(const arrow::ArrayData& data, std::vector<const arrow::Buffer*>* out) {
  for (const auto& buffer : data.buffers) {
    if (buffer != nullptr && buffer->size() > 0) out->push_back(buffer.get());
  }
  for (const auto& child : data.child_data) Collect(*child, out);
}

// Contexts of one thread.
class Contexts {
 public:
  Contexts() : zstd_in_(ZSTD_createDCtx()), zstd_out_(ZSTD_createCCtx()) {
    if (LZ4F_isError(LZ4F_createDecompressionContext(&lz4_, LZ4F_VERSION))) throw std::runtime_error("no memory for LZ4");
  }
  Contexts(const Contexts&) = delete;
  ~Contexts() {
    LZ4F_freeDecompressionContext(lz4_);
    ZSTD_freeDCtx(zstd_in_);
    ZSTD_freeCCtx(zstd_out_);
  }

  size_t Compress(int compression, const uint8_t* in, size_t size, uint8_t* out, size_t room) {
    const size_t n = compression == 1 ? LZ4F_compressFrame(out, room, in, size, nullptr)
                                      : ZSTD_compressCCtx(zstd_out_, out, room, in, size, 1);
    if (compression == 1 ? LZ4F_isError(n) : ZSTD_isError(n)) throw std::runtime_error("the codec fails to compress");
    return n;
  }

  void Decompress(int compression, const Bytes& in, uint8_t* out, size_t size) {
    size_t got = size;
    if (compression == 1) {
      size_t taken = in.size();
      if (LZ4F_decompress(lz4_, out, &got, in.data(), &taken, nullptr) != 0) got = 0;
    } else {
      got = ZSTD_decompressDCtx(zstd_in_, out, size, in.data(), in.size());
    }
    if (got != size) throw std::runtime_error("the codec fails to decompress");
  }

 private:
  LZ4F_dctx* lz4_ = nullptr;
  ZSTD_DCtx* zstd_in_;
  ZSTD_CCtx* zstd_out_;
};

size_t Bound(int compression, size_t size) {
  return compression == 1 ? LZ4F_compressFrameBound(size, nullptr) : ZSTD_compressBound(size);
}

// Runs `work(i, contexts, block)` for all i below `count`, each thread with contexts and a block of its own.
template <typename Work>
void InThreads(int threads, size_t count, size_t block_size, const Work& work) {
  std::atomic<size_t> next{0};
  const auto loop = [&] {
    Contexts contexts;
    Bytes block(block_size);
    for (size_t i; (i = next++) < count;) work(i, contexts, block);
  };
  std::vector<std::thread> others;
  for (int i = 1; i < threads; i++) others.emplace_back(loop);
  loop();
  for (auto& other : others) other.join();
}

}  // namespace

Bytes ReadFile(const std::string& path) {
  const Descriptor file(path, O_RDONLY);
  Bytes bytes(file.size());
  for (size_t done = 0; done < bytes.size();) {
    const size_t n = ReadSome(file.get(), bytes.data() + done, bytes.size() - done);
    if (n == 0) throw std::runtime_error(path + " became shorter");
    done += n;
  }
  return bytes;
}

void WriteBytes(const std::string& path, const Bytes& bytes, size_t piece) {
  const Descriptor file(path, O_WRONLY | O_CREAT | O_TRUNC);
  for (size_t done = 0; done < bytes.size();) {
    const ssize_t n = write(file.get(), bytes.data() + done, std::min(piece, bytes.size() - done));
    if (n < 0) Failed("write");
    done += static_cast<size_t>(n);
  }
}

void ReadThrough(const std::string& path, Bytes* buffer) {
  const Descriptor file(path, O_RDONLY);
  while (ReadSome(file.get(), buffer->data(), buffer->size()) > 0) {
  }
}

void TouchMap(const std::string& path) {
  const Descriptor file(path, O_RDONLY);
  const size_t size = file.size();
  void* map = mmap(nullptr, size, PROT_READ, MAP_SHARED, file.get(), 0);
  if (map == MAP_FAILED) Failed("mmap");
  for (size_t i = 0; i < size; i += 4096) static_cast<const volatile uint8_t*>(map)[i];
  munmap(map, size);
}

void CopyThrough(const Bytes& bytes, Bytes* buffer) {
  for (size_t done = 0; done < bytes.size(); done += buffer->size()) {
    std::memcpy(buffer->data(), bytes.data() + done, std::min(buffer->size(), bytes.size() - done));
    asm volatile("" ::"r"(buffer->data()) : "memory");
  }
}

uint64_t Sum(const Bytes& bytes) {
  uint64_t sum = 0;
  uint64_t word;
  for (size_t i = 0; i + sizeof word <= bytes.size(); i += sizeof word) {
    std::memcpy(&word, bytes.data() + i, sizeof word);
    sum += word;
  }
  return sum;
}

Codec::Codec(int compression, const std::vector<std::shared_ptr<arrow::RecordBatch>>& batches) : compression_(compression) {
  batches_.resize(batches.size());
  for (size_t i = 0; i < batches.size(); i++) {
    std::vector<const arrow::Buffer*> buffers;
    for (const auto& column : batches[i]->columns()) Collect(*column->data(), &buffers);
    size_t all = 0;
    for (const auto* buffer : buffers) {
      const size_t size = static_cast<size_t>(buffer->size());
      batches_[i].push_back({buffer->data(), size, {}});
      all += std::max(size, Bound(compression, size));
    }
    largest_batch_ = std::max(largest_batch_, all);
  }
  InThreads(1, batches_.size(), largest_batch_, [&](size_t i, Contexts& contexts, Bytes& block) {
    for (Buffer& buffer : batches_[i]) {
      const size_t n = contexts.Compress(compression_, buffer.raw, buffer.size, block.data(), block.size());
      buffer.compressed.assign(block.data(), block.data() + n);
    }
  });
}

void Codec::Compress(int threads) {
  InThreads(threads, batches_.size(), largest_batch_, [&](size_t i, Contexts& contexts, Bytes& block) {
    size_t at = 0;
    for (const Buffer& buffer : batches_[i]) {
      at += contexts.Compress(compression_, buffer.raw, buffer.size, block.data() + at, block.size() - at);
    }
  });
}

void Codec::Decompress(int threads) {
  InThreads(threads, batches_.size(), largest_batch_, [&](size_t i, Contexts& contexts, Bytes& block) {
    size_t at = 0;
    for (const Buffer& buffer : batches_[i]) {
      contexts.Decompress(compression_, buffer.compressed, block.data() + at, buffer.size);
      at += buffer.size;
    }
  });
}

}  // namespace bench
