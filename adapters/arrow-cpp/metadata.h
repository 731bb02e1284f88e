// Key-value metadata in the binary form of ArrowSchema.metadata.
#pragma once

#include <memory>
#include <string>

#include <arrow/util/key_value_metadata.h>

std::string Encode(const arrow::KeyValueMetadata& metadata);

// NULL is no metadata.
std::shared_ptr<arrow::KeyValueMetadata> Decode(const char* encoded);

// A list of pairs in JSON, for the facts.
std::string ToJson(const arrow::KeyValueMetadata* metadata);
