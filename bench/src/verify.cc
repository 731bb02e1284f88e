#include "verify.h"

#include <arrow/c/bridge.h>
#include <arrow/io/api.h>
#include <arrow/ipc/api.h>

#include <stdexcept>

namespace bench {

namespace {

void Check(const arrow::Status& status) {
  if (!status.ok()) throw std::runtime_error(status.ToString());
}

template <typename T>
T Value(arrow::Result<T> result) {
  Check(result.status());
  return std::move(result).ValueUnsafe();
}

std::shared_ptr<arrow::RecordBatch> Columns(const std::shared_ptr<arrow::RecordBatch>& batch, const std::vector<int>& columns) {
  return columns.empty() ? batch : Value(batch->SelectColumns(columns));
}

// What is wrong with a batch, or nothing.
std::string Difference(const arrow::RecordBatch& found, const arrow::RecordBatch& expected) {
  const auto status = found.ValidateFull();
  if (!status.ok()) return status.ToString();
  if (found.num_rows() != expected.num_rows()) {
    return std::to_string(found.num_rows()) + " rows instead of " + std::to_string(expected.num_rows());
  }
  return found.Equals(expected, /*check_metadata=*/false) ? "" : "other values than were written";
}

void Verify(const std::shared_ptr<arrow::io::RandomAccessFile>& input, bool file_format, const Dataset& data) {
  std::shared_ptr<arrow::RecordBatchReader> reader;
  if (file_format) {
    const auto file = Value(arrow::ipc::RecordBatchFileReader::Open(input));
    if (file->num_record_batches() != data.count()) {
      throw std::runtime_error(std::to_string(file->num_record_batches()) + " batches in the file instead of " +
                               std::to_string(data.count()));
    }
    arrow::RecordBatchVector batches;
    for (int i = 0; i < file->num_record_batches(); i++) batches.push_back(Value(file->ReadRecordBatch(i)));
    reader = Value(arrow::RecordBatchReader::Make(batches, file->schema()));
  } else {
    reader = Value(arrow::ipc::RecordBatchStreamReader::Open(input));
  }
  int64_t i = 0;
  for (; auto batch = Value(reader->Next()); i++) {
    if (i >= data.count()) throw std::runtime_error("more than " + std::to_string(data.count()) + " batches");
    const std::string difference = Difference(*batch, *data.batch(i));
    if (!difference.empty()) throw std::runtime_error("batch " + std::to_string(i) + ": " + difference);
  }
  if (i != data.count()) {
    throw std::runtime_error(std::to_string(i) + " batches instead of " + std::to_string(data.count()));
  }
}

}  // namespace

void VerifyFile(const std::string& path, bool file_format, const Dataset& data) {
  Verify(Value(arrow::io::MemoryMappedFile::Open(path, arrow::io::FileMode::READ)), file_format, data);
}

void VerifyMemory(const uint8_t* bytes, size_t size, bool file_format, const Dataset& data) {
  const auto buffer = std::make_shared<arrow::Buffer>(bytes, static_cast<int64_t>(size));
  Verify(std::make_shared<arrow::io::BufferReader>(buffer), file_format, data);
}

Comparison::Comparison(const Dataset& data, const std::vector<int>& columns)
    : data_(data), columns_(columns), schema_(Columns(data.batch(0), columns)->schema()) {}

bench_taker Comparison::taker() {
  return {[](void* self, ArrowArray* batch) {
            auto* comparison = static_cast<Comparison*>(self);
            comparison->Compare(comparison->count_, batch);
          },
          this};
}

void Comparison::Compare(int64_t i, ArrowArray* array) {
  // Exceptions must not cross implementations: what is wrong waits for Finish.
  const auto batch = arrow::ImportRecordBatch(array, schema_);
  std::string wrong = batch.ok() ? Difference(**batch, *Columns(data_.batch(i), columns_)) : batch.status().ToString();
  if (wrong_.empty() && !wrong.empty()) wrong_ = "batch " + std::to_string(i) + ": " + wrong;
  count_++;
}

void Comparison::FinishAfter(int64_t count) const {
  if (!wrong_.empty()) throw std::runtime_error(wrong_);
  if (count_ != count) throw std::runtime_error(std::to_string(count_) + " batches instead of " + std::to_string(count));
}

}  // namespace bench
