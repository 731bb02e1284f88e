#include "output.h"

#include <string>
#include <utility>
#include <vector>

#include <arrow/array/array_dict.h>
#include <arrow/io/file.h>
#include <arrow/io/memory.h>
#include <arrow/ipc/writer.h>
#include <arrow/table.h>
#include <arrow/util/compression.h>

#include "metadata.h"

using arrow::RecordBatchWithMetadata;
using arrow::Result;
using arrow::Status;

namespace {

Result<arrow::ipc::IpcWriteOptions> WriteOptions(const arrowipc_kit_write& request) {
  auto options = arrow::ipc::IpcWriteOptions::Defaults();
  options.use_threads = false;
  options.write_legacy_ipc_format = request.legacy != 0;
  if (request.alignment != ARROWIPC_KIT_OPEN) options.alignment = static_cast<int32_t>(request.alignment);
  if (request.metadata_version == 4) options.metadata_version = arrow::ipc::MetadataVersion::V4;
  options.emit_dictionary_deltas = std::string(request.dictionaries) == "delta";
  options.unify_dictionaries = std::string(request.dictionaries) == "unify";
  const std::string compression = request.compression;
  if (compression != "none") {
    const auto type = compression == "zstd" ? arrow::Compression::ZSTD : arrow::Compression::LZ4_FRAME;
    const int level = request.compression_level == ARROWIPC_KIT_OPEN ? arrow::util::kUseDefaultCompressionLevel
                                                                     : static_cast<int>(request.compression_level);
    ARROW_ASSIGN_OR_RAISE(options.codec, arrow::util::Codec::Create(type, level));
  }
  return options;
}

// All batches of an input.
Result<std::vector<RecordBatchWithMetadata>> Collect(Input& input) {
  std::vector<RecordBatchWithMetadata> batches;
  while (true) {
    ARROW_ASSIGN_OR_RAISE(auto next, input.next());
    if (next.batch == nullptr) return batches;
    batches.push_back(std::move(next));
  }
}

Result<std::shared_ptr<arrow::Table>> ToTable(const Input& input, const std::vector<RecordBatchWithMetadata>& batches) {
  arrow::RecordBatchVector plain;
  for (const auto& batch : batches) plain.push_back(batch.batch);
  return arrow::Table::FromRecordBatches(input.schema, plain);
}

// A stream's writer overlooks `unify_dictionaries`: the table does it, as the writer of files has it done.
Status WriteUnified(arrow::ipc::RecordBatchWriter* writer, const Input& input,
                    const std::vector<RecordBatchWithMetadata>& batches) {
  ARROW_ASSIGN_OR_RAISE(auto table, ToTable(input, batches));
  if (table->num_columns() > 0) {
    ARROW_ASSIGN_OR_RAISE(table, arrow::DictionaryUnifier::UnifyTable(*table));
  }
  int64_t start = 0;
  for (const auto& [batch, metadata] : batches) {
    // The columns keep their chunks, one a batch.
    ARROW_ASSIGN_OR_RAISE(auto same, table->Slice(start, batch->num_rows())->CombineChunksToBatch());
    start += batch->num_rows();
    ARROW_RETURN_NOT_OK(writer->WriteRecordBatch(*same, metadata));
  }
  return Status::OK();
}

Status WriteTo(arrow::io::OutputStream* sink, const arrowipc_kit_write& request, Input& input, Status* of_input) {
  ARROW_ASSIGN_OR_RAISE(const auto options, WriteOptions(request));
  const bool file = std::string(request.format) == "file";
  auto made = file ? arrow::ipc::MakeFileWriter(sink, input.schema, options, Decode(request.footer_metadata))
                   : arrow::ipc::MakeStreamWriter(sink, input.schema, options);
  ARROW_ASSIGN_OR_RAISE(auto writer, std::move(made));
  if (options.unify_dictionaries) {
    auto batches = Collect(input);
    *of_input = batches.status();
    ARROW_RETURN_NOT_OK(*of_input);
    if (file) {
      for (const auto& batch : *batches) {
        if (batch.custom_metadata != nullptr) return Status::NotImplemented("WriteTable takes no metadata of batches");
      }
      ARROW_ASSIGN_OR_RAISE(auto table, ToTable(input, *batches));
      ARROW_RETURN_NOT_OK(writer->WriteTable(*table));
    } else {
      ARROW_RETURN_NOT_OK(WriteUnified(writer.get(), input, *batches));
    }
    return writer->Close();
  }
  while (true) {
    auto next = input.next();
    *of_input = next.status();
    ARROW_RETURN_NOT_OK(*of_input);
    if (next->batch == nullptr) return writer->Close();
    ARROW_RETURN_NOT_OK(writer->WriteRecordBatch(*next->batch, next->custom_metadata));
  }
}

Status WriteAll(const arrowipc_kit_write& request, Input& input, Status* of_input) {
  ARROW_ASSIGN_OR_RAISE(auto file, arrow::io::FileOutputStream::Open(request.path));
  if (std::string(request.sink) == "path") {
    ARROW_RETURN_NOT_OK(WriteTo(file.get(), request, input, of_input));
  } else {
    ARROW_ASSIGN_OR_RAISE(auto memory, arrow::io::BufferOutputStream::Create());
    ARROW_RETURN_NOT_OK(WriteTo(memory.get(), request, input, of_input));
    ARROW_ASSIGN_OR_RAISE(auto bytes, memory->Finish());
    ARROW_RETURN_NOT_OK(file->Write(bytes));
  }
  return file->Close();
}

}  // namespace

int Write(arrowipc_kit_call* call, const arrowipc_kit_write& request, Input& input) {
  const std::string sink = request.sink, format = request.format;
  if (sink != "path" && sink != "memory") return call->unsupported(call, ("sink." + sink).c_str(), "");
  if (format == "stream" && request.footer_metadata != nullptr) {
    return call->unsupported(call, "meta.footer", "a stream has no footer");
  }
  Status of_input;
  const Status status = WriteAll(request, input, &of_input);
  if (!of_input.ok()) return Refuse(call, input.phase.c_str(), of_input);
  if (!status.ok()) {
    if (status.message().find("metadata of batches") != std::string::npos) {
      return call->unsupported(call, "meta.batch", status.message().c_str());
    }
    return Refuse(call, "write", status);
  }
  return 0;
}
