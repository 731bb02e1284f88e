// Results are compared with the data before anything is timed.
#pragma once

#include <string>
#include <vector>

#include "data.h"

namespace bench {

// The batches of what was written, read by Arrow C++, must be sound (ValidateFull) and equal to those of `data`. Throws.
void VerifyFile(const std::string& path, bool file_format, const Dataset& data);
void VerifyMemory(const uint8_t* bytes, size_t size, bool file_format, const Dataset& data);

// Takes the batches that an implementation reads and compares each with that of `data`: of all columns, or of `columns`.
class Comparison {
 public:
  Comparison(const Dataset& data, const std::vector<int>& columns);

  bench_taker taker();

  // A batch with the number `i`.
  void Compare(int64_t i, ArrowArray* array);

  // Throws unless every batch came, and each was equal.
  void Finish() const { FinishAfter(data_.count()); }

  // Throws unless this many came.
  void FinishAfter(int64_t count) const;

 private:
  const Dataset& data_;
  std::vector<int> columns_;
  std::shared_ptr<arrow::Schema> schema_;
  int64_t count_ = 0;
  std::string wrong_;
};

}  // namespace bench
