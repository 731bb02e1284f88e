// Arrow C++.
#include <arrow/api.h>
#include <arrow/c/bridge.h>
#include <arrow/config.h>
#include <arrow/io/api.h>
#include <arrow/ipc/api.h>
#include <arrow/util/compression.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>
#include <vector>

#include "peer.h"

namespace {

using arrow::Status;

// A socket: FileOutputStream asks where it stands, ReadableFile asks for a size.
class SocketOutput : public arrow::io::OutputStream {
 public:
  explicit SocketOutput(int fd) : fd_(fd) {}
  Status Close() override { return Status::OK(); }
  bool closed() const override { return false; }
  arrow::Result<int64_t> Tell() const override { return position_; }
  Status Write(const void* data, int64_t size) override {
    for (int64_t done = 0; done < size;) {
      const ssize_t n = write(fd_, static_cast<const char*>(data) + done, static_cast<size_t>(size - done));
      if (n < 0) return Status::IOError("write: ", std::strerror(errno));
      done += n;
    }
    position_ += size;
    return Status::OK();
  }

 private:
  int fd_;
  int64_t position_ = 0;
};

bool IsSocket(int fd) {
  struct stat info;
  return fstat(fd, &info) == 0 && S_ISSOCK(info.st_mode);
}

arrow::Result<std::shared_ptr<arrow::io::OutputStream>> OpenOutput(const bench_settings& settings,
                                                                   const bench_output& output) {
  std::shared_ptr<arrow::io::OutputStream> sink;
  if (output.kind == BENCH_TO_MEMORY) return arrow::io::BufferOutputStream::Create();
  if (output.kind == BENCH_TO_FILE) {
    ARROW_ASSIGN_OR_RAISE(sink, arrow::io::FileOutputStream::Open(output.path));
  } else if (IsSocket(output.fd)) {
    sink = std::make_shared<SocketOutput>(output.fd);
  } else {
    ARROW_ASSIGN_OR_RAISE(sink, arrow::io::FileOutputStream::Open(dup(output.fd)));
  }
  if (!settings.buffered) return sink;
  return arrow::io::BufferedOutputStream::Create(int64_t{64} << 10, arrow::default_memory_pool(), sink);
}

Status Write(const bench_settings& settings, const bench_output& output, const bench_batches& batches) {
  auto options = arrow::ipc::IpcWriteOptions::Defaults();
  options.use_threads = settings.threads > 1;
  if (settings.compression == 1) {
    ARROW_ASSIGN_OR_RAISE(options.codec, arrow::util::Codec::Create(arrow::Compression::LZ4_FRAME));
  } else if (settings.compression == 2) {
    ARROW_ASSIGN_OR_RAISE(options.codec, arrow::util::Codec::Create(arrow::Compression::ZSTD, 1));
  }
  ARROW_ASSIGN_OR_RAISE(auto sink, OpenOutput(settings, output));
  ArrowSchema exported;
  batches.schema(batches.ctx, &exported);
  ARROW_ASSIGN_OR_RAISE(const auto schema, arrow::ImportSchema(&exported));
  std::shared_ptr<arrow::ipc::RecordBatchWriter> writer;
  if (settings.file) {
    ARROW_ASSIGN_OR_RAISE(writer, arrow::ipc::MakeFileWriter(sink, schema, options));
  } else {
    ARROW_ASSIGN_OR_RAISE(writer, arrow::ipc::MakeStreamWriter(sink, schema, options));
  }
  for (int64_t i = 0; i < batches.count; i++) {
    ArrowArray array;
    batches.get(batches.ctx, i, &array);
    ARROW_ASSIGN_OR_RAISE(auto batch, arrow::ImportRecordBatch(&array, schema));
    ARROW_RETURN_NOT_OK(writer->WriteRecordBatch(*batch));
  }
  ARROW_RETURN_NOT_OK(writer->Close());
  if (output.kind == BENCH_TO_MEMORY) {
    ARROW_ASSIGN_OR_RAISE(auto bytes, static_cast<arrow::io::BufferOutputStream&>(*sink).Finish());
    if (output.memory != nullptr) output.memory(output.ctx, bytes->data(), bytes->size());
  }
  return sink->Close();
}

arrow::Result<std::shared_ptr<arrow::io::RandomAccessFile>> OpenFile(const bench_input& input) {
  if (input.kind == BENCH_FROM_MAP) return arrow::io::MemoryMappedFile::Open(input.path, arrow::io::FileMode::READ);
  if (input.kind == BENCH_FROM_FILE) return arrow::io::ReadableFile::Open(input.path);
  return std::make_shared<arrow::io::BufferReader>(std::make_shared<arrow::Buffer>(input.data, input.size));
}

arrow::ipc::IpcReadOptions ReadOptions(const bench_settings& settings) {
  auto options = arrow::ipc::IpcReadOptions::Defaults();
  options.use_threads = settings.threads > 1;
  if (settings.columns != nullptr) options.included_fields.assign(settings.columns, settings.columns + settings.n_columns);
  return options;
}

Status Export(const bench_settings& settings, const arrow::RecordBatch& batch, ArrowArray* out) {
  if (settings.checks == BENCH_CHECK_ALL) ARROW_RETURN_NOT_OK(batch.ValidateFull());
  return arrow::ExportRecordBatch(batch, out);
}

class SocketInput : public arrow::io::InputStream {
 public:
  explicit SocketInput(int fd) : fd_(fd) {}
  Status Close() override { return Status::OK(); }
  bool closed() const override { return false; }
  arrow::Result<int64_t> Tell() const override { return position_; }
  arrow::Result<int64_t> Read(int64_t size, void* out) override {
    int64_t done = 0;
    while (done < size) {
      const ssize_t n = read(fd_, static_cast<char*>(out) + done, static_cast<size_t>(size - done));
      if (n < 0) return Status::IOError("read: ", std::strerror(errno));
      if (n == 0) break;
      done += n;
    }
    position_ += done;
    return done;
  }
  arrow::Result<std::shared_ptr<arrow::Buffer>> Read(int64_t size) override {
    ARROW_ASSIGN_OR_RAISE(auto buffer, arrow::AllocateResizableBuffer(size));
    ARROW_ASSIGN_OR_RAISE(const int64_t done, Read(size, buffer->mutable_data()));
    ARROW_RETURN_NOT_OK(buffer->Resize(done, false));
    return std::shared_ptr<arrow::Buffer>(std::move(buffer));
  }

 private:
  int fd_;
  int64_t position_ = 0;
};

// What a decoder that is pushed to finds.
class Listener : public arrow::ipc::Listener {
 public:
  Listener(const bench_settings& settings, const bench_taker& taker) : settings_(settings), taker_(taker) {}
  Status OnRecordBatchDecoded(std::shared_ptr<arrow::RecordBatch> batch) override {
    ArrowArray array;
    ARROW_RETURN_NOT_OK(Export(settings_, *batch, &array));
    taker_.take(taker_.ctx, &array);
    return Status::OK();
  }

 private:
  const bench_settings& settings_;
  const bench_taker& taker_;
};

Status Push(const bench_settings& settings, const bench_input& input, const bench_taker& taker) {
  arrow::ipc::StreamDecoder decoder(std::make_shared<Listener>(settings, taker), ReadOptions(settings));
  for (size_t offset = 0; offset < input.size; offset += input.piece) {
    const size_t size = std::min(input.piece, input.size - offset);
    ARROW_RETURN_NOT_OK(decoder.Consume(input.data + offset, static_cast<int64_t>(size)));
  }
  return Status::OK();
}

arrow::Result<std::shared_ptr<arrow::io::InputStream>> OpenStream(const bench_settings& settings, const bench_input& input) {
  std::shared_ptr<arrow::io::InputStream> stream;
  if (input.kind == BENCH_FROM_DESCRIPTOR) {
    stream = std::make_shared<SocketInput>(input.fd);
  } else {
    ARROW_ASSIGN_OR_RAISE(stream, OpenFile(input));
  }
  if (!settings.buffered) return stream;
  return arrow::io::BufferedInputStream::Create(int64_t{64} << 10, arrow::default_memory_pool(), stream);
}

Status Read(const bench_settings& settings, const bench_input& input, const bench_taker& taker) {
  if (input.kind == BENCH_PUSHED) return Push(settings, input, taker);
  ArrowArray array;
  if (settings.file) {
    ARROW_ASSIGN_OR_RAISE(auto file, OpenFile(input));
    ARROW_ASSIGN_OR_RAISE(auto reader, arrow::ipc::RecordBatchFileReader::Open(file, ReadOptions(settings)));
    for (int i = 0; i < reader->num_record_batches(); i++) {
      ARROW_ASSIGN_OR_RAISE(auto batch, reader->ReadRecordBatch(i));
      ARROW_RETURN_NOT_OK(Export(settings, *batch, &array));
      taker.take(taker.ctx, &array);
    }
    return Status::OK();
  }
  ARROW_ASSIGN_OR_RAISE(auto stream, OpenStream(settings, input));
  ARROW_ASSIGN_OR_RAISE(auto reader, arrow::ipc::RecordBatchStreamReader::Open(stream, ReadOptions(settings)));
  for (;;) {
    ARROW_ASSIGN_OR_RAISE(auto batch, reader->Next());
    if (batch == nullptr) return Status::OK();
    ARROW_RETURN_NOT_OK(Export(settings, *batch, &array));
    taker.take(taker.ctx, &array);
  }
}

struct File {
  bench_settings settings;
  std::shared_ptr<arrow::ipc::RecordBatchFileReader> reader;
};

Status Open(const bench_settings& settings, const bench_input& input, void** out) {
  ARROW_ASSIGN_OR_RAISE(auto file, OpenFile(input));
  ARROW_ASSIGN_OR_RAISE(auto reader, arrow::ipc::RecordBatchFileReader::Open(file, ReadOptions(settings)));
  *out = new File{settings, std::move(reader)};
  return Status::OK();
}

Status Get(const File& file, int64_t i, ArrowArray* out) {
  ARROW_ASSIGN_OR_RAISE(auto batch, file.reader->ReadRecordBatch(static_cast<int>(i)));
  return Export(file.settings, *batch, out);
}

int Told(const Status& status, bench_error* error) {
  if (status.ok()) return 0;
  std::snprintf(error->text, sizeof error->text, "%s", status.ToString().c_str());
  return status.IsNotImplemented() ? BENCH_UNSUPPORTED : BENCH_FAILED;
}

}  // namespace

extern const bench_peer bench_arrow_cpp = {
    "Arrow C++",
    ARROW_VERSION_STRING,
    [](const bench_settings* settings, const bench_output* output, const bench_batches* batches, bench_error* error) {
      return Told(Write(*settings, *output, *batches), error);
    },
    [](const bench_settings* settings, const bench_input* input, const bench_taker* taker, bench_error* error) {
      return Told(Read(*settings, *input, *taker), error);
    },
    [](const bench_settings* settings, const bench_input* input, void** file, bench_error* error) {
      return Told(Open(*settings, *input, file), error);
    },
    [](void* file, int64_t i, ArrowArray* out, bench_error* error) {
      return Told(Get(*static_cast<File*>(file), i, out), error);
    },
    [](void* file) { delete static_cast<File*>(file); },
    nullptr,
};
