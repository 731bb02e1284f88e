#include "input.h"

#include <algorithm>
#include <cstring>
#include <deque>
#include <regex>
#include <utility>
#include <vector>

#include <arrow/array.h>
#include <arrow/io/file.h>
#include <arrow/io/memory.h>
#include <arrow/ipc/reader.h>
#include <arrow/util/future.h>

#include "metadata.h"

using arrow::RecordBatchWithMetadata;
using arrow::Result;
using arrow::Status;

namespace {

// A file of the caller's own class: Arrow C++ reads it without knowing that it is memory.
class CallerFile : public arrow::io::RandomAccessFile {
 public:
  explicit CallerFile(std::shared_ptr<arrow::Buffer> bytes) : bytes_(std::move(bytes)) {}

  Status Close() override {
    closed_ = true;
    return Status::OK();
  }
  bool closed() const override { return closed_; }
  Result<int64_t> Tell() const override { return position_; }
  Result<int64_t> GetSize() override { return bytes_->size(); }
  Status Seek(int64_t position) override {
    position_ = position;
    return Status::OK();
  }
  Result<int64_t> Read(int64_t size, void* out) override {
    const int64_t start = std::clamp<int64_t>(position_, 0, bytes_->size());
    const int64_t count = std::clamp<int64_t>(size, 0, bytes_->size() - start);
    std::memcpy(out, bytes_->data() + start, count);
    position_ = start + count;
    return count;
  }
  Result<std::shared_ptr<arrow::Buffer>> Read(int64_t size) override {
    ARROW_ASSIGN_OR_RAISE(auto buffer, arrow::AllocateResizableBuffer(size));
    ARROW_ASSIGN_OR_RAISE(const int64_t count, Read(size, buffer->mutable_data()));
    ARROW_RETURN_NOT_OK(buffer->Resize(count));
    return std::shared_ptr<arrow::Buffer>(std::move(buffer));
  }

 private:
  std::shared_ptr<arrow::Buffer> bytes_;
  int64_t position_ = 0;
  bool closed_ = false;
};

Result<std::shared_ptr<arrow::Buffer>> ReadAll(const std::string& path) {
  ARROW_ASSIGN_OR_RAISE(auto file, arrow::io::ReadableFile::Open(path));
  ARROW_ASSIGN_OR_RAISE(const int64_t size, file->GetSize());
  return file->Read(size);
}

Result<std::shared_ptr<arrow::io::RandomAccessFile>> OpenSource(const std::string& kind, const std::string& path) {
  if (kind == "path") return arrow::io::ReadableFile::Open(path);
  if (kind == "memory_map") return arrow::io::MemoryMappedFile::Open(path, arrow::io::FileMode::READ);
  ARROW_ASSIGN_OR_RAISE(auto bytes, ReadAll(path));
  if (kind == "memory") return std::make_shared<arrow::io::BufferReader>(std::move(bytes));
  return std::make_shared<CallerFile>(std::move(bytes));
}

arrow::ipc::IpcReadOptions ReadOptions(const arrowipc_kit_read& request) {
  auto options = arrow::ipc::IpcReadOptions::Defaults();
  options.use_threads = false;
  for (int64_t i = 0; i < request.n_projection; i++) {
    options.included_fields.push_back(static_cast<int>(request.projection[i]));
  }
  return options;
}

std::shared_ptr<Input> FromBatches(std::shared_ptr<arrow::Schema> schema, arrow::RecordBatchVector batches) {
  auto left = std::make_shared<std::deque<std::shared_ptr<arrow::RecordBatch>>>(batches.begin(), batches.end());
  return std::make_shared<Input>(Input{std::move(schema), [left]() -> Result<RecordBatchWithMetadata> {
                                         if (left->empty()) return RecordBatchWithMetadata{};
                                         auto batch = left->front();
                                         left->pop_front();
                                         return RecordBatchWithMetadata{batch, nullptr};
                                       }});
}

// Batches of an input that one call reads, or that are read through the library's own C stream, come at once.
Result<std::shared_ptr<Input>> ReadStream(const std::string& access, const arrowipc_kit_read& request,
                                          const std::shared_ptr<arrow::io::RandomAccessFile>& file) {
  ARROW_ASSIGN_OR_RAISE(auto reader, arrow::ipc::RecordBatchStreamReader::Open(file, ReadOptions(request)));
  auto schema = reader->schema();
  if (access != "all") {
    return std::make_shared<Input>(Input{schema, [reader] { return reader->ReadNext(); }});
  }
  ARROW_ASSIGN_OR_RAISE(auto batches, reader->ToRecordBatches());
  return FromBatches(schema, std::move(batches));
}

// The push interface: a listener takes what the decoder makes of pieces of the stream.
struct Pushed : arrow::ipc::Listener {
  std::deque<RecordBatchWithMetadata> batches;
  bool ended = false;

  Status OnEOS() override {
    ended = true;
    return Status::OK();
  }
  Status OnRecordBatchWithMetadataDecoded(RecordBatchWithMetadata batch) override {
    batches.push_back(std::move(batch));
    return Status::OK();
  }
};

// Feeds a stream to the push decoder, so many bytes at a time that messages are cut anywhere.
class Feed {
 public:
  Feed(std::shared_ptr<arrow::Buffer> bytes, const arrow::ipc::IpcReadOptions& options)
      : bytes_(std::move(bytes)), pushed_(std::make_shared<Pushed>()), decoder_(pushed_, options) {}

  Result<std::shared_ptr<arrow::Schema>> Schema() {
    while (decoder_.schema() == nullptr && More()) ARROW_RETURN_NOT_OK(Push());
    if (decoder_.schema() == nullptr) return Status::Invalid("the stream ends before its schema");
    return decoder_.schema();
  }

  Result<RecordBatchWithMetadata> Next() {
    while (pushed_->batches.empty() && More()) ARROW_RETURN_NOT_OK(Push());
    if (pushed_->batches.empty()) {
      // The decoder cannot know of the end: between messages it waits for the four bytes of a length.
      if (!pushed_->ended && decoder_.next_required_size() != sizeof(int32_t)) {
        return Status::Invalid("the stream ends within a message");
      }
      return RecordBatchWithMetadata{};
    }
    auto batch = std::move(pushed_->batches.front());
    pushed_->batches.pop_front();
    return batch;
  }

 private:
  static constexpr int64_t kPiece = 61;

  bool More() const { return !pushed_->ended && position_ < bytes_->size(); }

  Status Push() {
    const int64_t size = std::min(kPiece, bytes_->size() - position_);
    position_ += size;
    // A buffer, not a pointer: its memory is used without a copy, and has to live on.
    return decoder_.Consume(arrow::SliceBuffer(bytes_, position_ - size, size));
  }

  std::shared_ptr<arrow::Buffer> bytes_;
  std::shared_ptr<Pushed> pushed_;
  arrow::ipc::StreamDecoder decoder_;
  int64_t position_ = 0;
};

Result<std::shared_ptr<Input>> PushStream(const arrowipc_kit_read& request) {
  ARROW_ASSIGN_OR_RAISE(auto bytes, ReadAll(request.path));
  auto feed = std::make_shared<Feed>(std::move(bytes), ReadOptions(request));
  ARROW_ASSIGN_OR_RAISE(auto schema, feed->Schema());
  return std::make_shared<Input>(Input{std::move(schema), [feed] { return feed->Next(); }});
}

Result<std::shared_ptr<Input>> ReadFile(arrowipc_kit_call* call, const std::string& access,
                                        const arrowipc_kit_read& request,
                                        const std::shared_ptr<arrow::io::RandomAccessFile>& file) {
  ARROW_ASSIGN_OR_RAISE(auto reader, arrow::ipc::RecordBatchFileReader::Open(file, ReadOptions(request)));
  call->fact(call, "num_batches", std::to_string(reader->num_record_batches()).c_str());
  call->fact(call, "footer_metadata", ToJson(reader->metadata().get()).c_str());
  if (access == "all") {
    // Asynchronous, with reads that lie near each other made one: no code is shared with single batches up to decoding.
    ARROW_ASSIGN_OR_RAISE(auto generate, reader->GetRecordBatchGenerator(/*coalesce=*/true));
    return std::make_shared<Input>(Input{
        reader->schema(), [reader, generate]() -> Result<RecordBatchWithMetadata> {
          auto future = generate();
          ARROW_ASSIGN_OR_RAISE(auto batch, future.result());
          return RecordBatchWithMetadata{std::move(batch), nullptr};
        }});
  }
  std::vector<int> order(request.order, request.order + request.n_order);
  if (request.order == nullptr) {
    for (int i = 0; i < reader->num_record_batches(); i++) order.push_back(i);
  }
  auto at = std::make_shared<size_t>(0);
  return std::make_shared<Input>(Input{reader->schema(), [=]() -> Result<RecordBatchWithMetadata> {
                                         if (*at == order.size()) return RecordBatchWithMetadata{};
                                         return reader->ReadRecordBatchWithCustomMetadata(order[(*at)++]);
                                       }});
}

// Touches every array, as deep as a walk without values can.
void Walk(const arrow::Array& array) {
  array.null_count();
  for (const auto& child : array.data()->child_data) Walk(*arrow::MakeArray(child));
  if (array.data()->dictionary != nullptr) Walk(*arrow::MakeArray(array.data()->dictionary));
}

class InputReader : public arrow::RecordBatchReader {
 public:
  explicit InputReader(std::shared_ptr<Input> input) : input_(std::move(input)) {}
  std::shared_ptr<arrow::Schema> schema() const override { return input_->schema; }
  Status ReadNext(std::shared_ptr<arrow::RecordBatch>* batch) override {
    ARROW_ASSIGN_OR_RAISE(auto next, input_->next());
    *batch = std::move(next.batch);
    return Status::OK();
  }

 private:
  std::shared_ptr<Input> input_;
};

}  // namespace

std::shared_ptr<Input> FromReader(std::shared_ptr<arrow::RecordBatchReader> reader) {
  auto schema = reader->schema();
  return std::make_shared<Input>(Input{std::move(schema), [reader]() -> Result<RecordBatchWithMetadata> {
                                         ARROW_ASSIGN_OR_RAISE(auto batch, reader->Next());
                                         return RecordBatchWithMetadata{std::move(batch), nullptr};
                                       }});
}

std::shared_ptr<arrow::RecordBatchReader> ToReader(std::shared_ptr<Input> input) {
  return std::make_shared<InputReader>(std::move(input));
}

std::shared_ptr<Input> Validated(std::shared_ptr<Input> input) {
  auto validated = std::make_shared<Input>(Input{input->schema, nullptr});
  // By address: the input that is returned owns the function.
  validated->next = [input, phase = &validated->phase]() -> Result<RecordBatchWithMetadata> {
    *phase = "batch";
    ARROW_ASSIGN_OR_RAISE(auto next, input->next());
    *phase = "validate";
    if (next.batch != nullptr) ARROW_RETURN_NOT_OK(next.batch->ValidateFull());
    return next;
  };
  return validated;
}

int Open(arrowipc_kit_call* call, const arrowipc_kit_read& request, std::shared_ptr<Input>* out) {
  const std::string format = request.format, source = request.source, access = request.access;
  for (const char* missing : {"fd", "socket", "pipe"}) {
    if (source == missing) return call->unsupported(call, ("source." + source).c_str(), "");
  }
  auto opened = [&]() -> Result<std::shared_ptr<Input>> {
    if (format == "stream" && source == "callbacks") return PushStream(request);
    ARROW_ASSIGN_OR_RAISE(auto file, OpenSource(source, request.path));
    return format == "file" ? ReadFile(call, access, request, file) : ReadStream(access, request, file);
  }();
  if (!opened.ok()) return Refuse(call, "open", opened.status());
  *out = *opened;
  if (std::string(request.validate) == "full") {
    *out = Validated(*out);
  } else if (std::string(request.via) == "none") {
    (*out)->next = [next = (*out)->next]() -> Result<RecordBatchWithMetadata> {
      ARROW_ASSIGN_OR_RAISE(auto batch, next());
      if (batch.batch != nullptr) {
        for (const auto& column : batch.batch->columns()) Walk(*column);
      }
      return batch;
    };
  }
  return 0;
}

int Refuse(arrowipc_kit_call* call, const char* phase, const Status& status) {
  const char* feature = status.IsNotImplemented() ? FeatureOf(status.message()) : nullptr;
  if (feature != nullptr) return call->unsupported(call, feature, status.message().c_str());
  return call->reject(call, phase, status.CodeAsString().c_str(), status.message().c_str());
}

const char* FeatureOf(const std::string& message) {
  static const std::pair<std::regex, const char*> kFeatures[] = {
      {std::regex("replacement.*dictionar|dictionar.*replace"), "dict.replacement"},
      {std::regex("delta"), "dict.delta"},
      {std::regex("nested dictionar"), "dict.nested"},
      {std::regex("[Uu]nif"), "dict.unify"},
      {std::regex("endian"), "endian.big"},
      {std::regex("[Cc]ompress|codec"), "compress"},
      {std::regex("run[-_ ]?end"), "type.run_end_encoded"},
      {std::regex("dense_union|DENSE_UNION"), "type.dense_union"},
      {std::regex("sparse_union|SPARSE_UNION"), "type.sparse_union"},
      {std::regex("string_view|STRING_VIEW|Utf8View"), "type.utf8_view"},
      {std::regex("binary_view|BINARY_VIEW|BinaryView"), "type.binary_view"},
      {std::regex("large_list_view"), "type.large_list_view"},
      {std::regex("list_view"), "type.list_view"},
  };
  for (const auto& [pattern, feature] : kFeatures) {
    if (std::regex_search(message, pattern)) return feature;
  }
  return nullptr;
}
