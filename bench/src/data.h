// The data of the workloads, made by Arrow C++ and handed out by the C Data Interface.
#pragma once

#include <arrow/api.h>
#include <arrow/c/abi.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "peer.h"

namespace bench {

using Batches = std::vector<std::shared_ptr<arrow::RecordBatch>>;

// Batches that live as long as the process, and structures of them that can be handed out again and again. When there are
// fewer batches than `count`, they come round again: a program that writes small batches has them in its cache.
class Dataset {
 public:
  Dataset(Batches batches, int64_t count);

  // What implementations write. A batch handed out shares its children's structures with the next time it is handed out:
  // one must be released before.
  bench_batches HandOut() const;

  const std::shared_ptr<arrow::Schema>& schema() const { return batches_.front()->schema(); }
  const std::shared_ptr<arrow::RecordBatch>& batch(int64_t i) const { return batches_[i % batches_.size()]; }
  int64_t count() const { return count_; }
  int64_t rows() const;

 private:
  struct Exported {
    ArrowArray array;
    std::vector<ArrowArray*> below;  // children and dictionaries, whose release is put back
  };

  Batches batches_;
  int64_t count_;
  std::vector<Exported> exported_;
};

// `quick` stands for little data of the same shape.
Dataset MakeInts(bool quick);    // one column of int32, 10,000 rows a batch
Dataset MakeMany(bool quick);    // one column of int32, 10 rows a batch, 100,000 batches
Dataset MakeWide(bool quick);    // 1,000 columns of numbers, 1,000 rows a batch
Dataset MakeTiny(bool quick);    // int64, float64, utf8; 10 rows a batch, 200,000 batches
Dataset MakeShort(bool quick);   // the same, 10,000 batches
Dataset MakeRows(bool quick);    // texts, nulls, list, struct, dictionary, timestamp; 5 million rows

}  // namespace bench
