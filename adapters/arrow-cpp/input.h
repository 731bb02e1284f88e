// IPC data → record batches.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include <arrow/record_batch.h>
#include <arrow/result.h>
#include <arrow/status.h>

#include "arrowipc_kit.h"

// Record batches, of a schema that is known. A batch that is NULL ends them.
struct Input {
  std::shared_ptr<arrow::Schema> schema;
  std::function<arrow::Result<arrow::RecordBatchWithMetadata>()> next;
  // The phase of a failure of `next`.
  std::string phase = "batch";
};

// Opens what the request asks for, and tells facts. A failure is told to the call, too.
int Open(arrowipc_kit_call* call, const arrowipc_kit_read& request, std::shared_ptr<Input>* out);

// The same batches, each validated before it is given away.
std::shared_ptr<Input> Validated(std::shared_ptr<Input> input);

// Batches of a reader, which have no metadata.
std::shared_ptr<Input> FromReader(std::shared_ptr<arrow::RecordBatchReader> reader);

// Batches as a reader, which drops their metadata.
std::shared_ptr<arrow::RecordBatchReader> ToReader(std::shared_ptr<Input> input);

// Tells the call why Arrow C++ refuses: a feature where it says that it has not implemented one, else a rejection.
int Refuse(arrowipc_kit_call* call, const char* phase, const arrow::Status& status);

// The feature of a message that says what is not implemented; NULL where it speaks of none.
const char* FeatureOf(const std::string& message);
