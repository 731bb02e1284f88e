// Adapter of Arrow C++ for the conformance suite: callbacks for the kit, which speaks protocol 1.

#include <cerrno>
#include <memory>
#include <string>
#include <utility>

#include <arrow/c/bridge.h>
#include <arrow/config.h>
#include <arrow/memory_pool.h>

#include "arrowipc_adapter.h"
#include "input.h"
#include "metadata.h"
#include "output.h"

namespace {

// What the C stream of an input owns.
struct Exported {
  std::shared_ptr<Input> input;
  arrowipc_kit_call* call;
  int64_t batches = 0;
  std::string error;

  int Failed(const char* phase, const arrow::Status& status) {
    error = status.ToString();
    return Refuse(call, phase, status);
  }
};

Exported* Of(ArrowArrayStream* stream) { return static_cast<Exported*>(stream->private_data); }

// Batch by batch, so that their metadata, which a stream does not carry, go to the kit.
void Export(arrowipc_kit_call* call, std::shared_ptr<Input> input, ArrowArrayStream* out) {
  out->get_schema = [](ArrowArrayStream* stream, ArrowSchema* schema) {
    const auto status = arrow::ExportSchema(*Of(stream)->input->schema, schema);
    return status.ok() ? 0 : Of(stream)->Failed("schema", status);
  };
  out->get_next = [](ArrowArrayStream* stream, ArrowArray* array) {
    Exported* own = Of(stream);
    array->release = nullptr;
    auto next = own->input->next();
    if (!next.ok()) return own->Failed(own->input->phase.c_str(), next.status());
    if (next->batch == nullptr) return 0;
    const auto status = arrow::ExportRecordBatch(*next->batch, array);
    if (!status.ok()) return own->Failed("batch", status);
    if (next->custom_metadata != nullptr) {
      own->call->set_batch_metadata(own->call, own->batches, Encode(*next->custom_metadata).c_str());
    }
    own->batches++;
    return 0;
  };
  out->get_last_error = [](ArrowArrayStream* stream) { return Of(stream)->error.c_str(); };
  out->release = [](ArrowArrayStream* stream) {
    delete Of(stream);
    stream->release = nullptr;
  };
  out->private_data = new Exported{std::move(input), call, 0, ""};
}

int Read(void*, arrowipc_kit_call* call, const arrowipc_kit_read* request, ArrowArrayStream* out) {
  std::shared_ptr<Input> input;
  if (const int status = Open(call, *request, &input); status != 0) return status;
  if (std::string(request->access) != "c_stream") {
    Export(call, std::move(input), out);
    return 0;
  }
  const auto status = arrow::ExportRecordBatchReader(ToReader(std::move(input)), out);
  return status.ok() ? 0 : Refuse(call, "schema", status);
}

// Imported batch by batch: the reader that ImportRecordBatchReader makes does not say which callback failed.
int WriteStream(void*, arrowipc_kit_call* call, const arrowipc_kit_write* request, ArrowArrayStream* stream) {
  ArrowSchema exported;
  if (stream->get_schema(stream, &exported) != 0) return call->fail(call, stream->get_last_error(stream));
  auto schema = arrow::ImportSchema(&exported);
  if (!schema.ok()) return Refuse(call, "write", schema.status());
  Input input{*schema, nullptr, "write"};
  int64_t batches = 0;
  input.next = [&]() -> arrow::Result<arrow::RecordBatchWithMetadata> {
    ArrowArray array;
    if (stream->get_next(stream, &array) != 0) return arrow::Status::IOError(stream->get_last_error(stream));
    if (array.release == nullptr) return arrow::RecordBatchWithMetadata{};
    ARROW_ASSIGN_OR_RAISE(auto batch, arrow::ImportRecordBatch(&array, *schema));
    return arrow::RecordBatchWithMetadata{std::move(batch), Decode(call->batch_metadata(call, batches++))};
  };
  return Write(call, *request, input);
}

int Echo(void*, arrowipc_kit_call* call, const char* validate, ArrowArrayStream* in, ArrowArrayStream* out) {
  auto reader = arrow::ImportRecordBatchReader(in);
  if (!reader.ok()) return Refuse(call, "schema", reader.status());
  if (std::string(validate) == "full") {
    Export(call, Validated(FromReader(*reader)), out);
    return 0;
  }
  const auto status = arrow::ExportRecordBatchReader(*reader, out);
  return status.ok() ? 0 : Refuse(call, "schema", status);
}

int Transcode(void*, arrowipc_kit_call* call, const arrowipc_kit_read* read, const arrowipc_kit_write* write) {
  std::shared_ptr<Input> input;
  if (const int status = Open(call, *read, &input); status != 0) return status;
  return Write(call, *write, *input);
}

// Streams that Arrow C++ exports itself answer ENOSYS for what it has not implemented.
const char* MissingFeature(void*, int code, const char* message) {
  return code == ENOSYS ? FeatureOf(message) : nullptr;
}

int64_t Reset(void*) { return arrow::default_memory_pool()->bytes_allocated(); }

const char* kFeatures =
    R"(["format.*","type.*","dict.basic","dict.nested","dict.shared:r","dict.delta","dict.replacement","dict.unify",)"
    R"("dict.ordered","endian.big","compress.*","source.path","source.memory_map","source.memory","source.callbacks",)"
    R"("sink.path","sink.memory","access.*","projection","meta.*","version.v4","legacy","alignment","validate.full",)"
    R"("fact.num_batches","fact.footer_metadata"])";

}  // namespace

int main() {
  const std::string hello =
      R"({"adapter":{"id":"arrow-cpp","version":"1"},"implementation":{"name":"arrow-cpp","language":"c++","version":")" +
      arrow::GetBuildInfo().version_string + R"(","components":{"compiler":")" + __VERSION__ +
      R"("}},"validate":["none","full"],"features":)" + kFeatures + "}";
  arrowipc_kit_adapter adapter{};
  adapter.hello = hello.c_str();
  adapter.read = Read;
  adapter.write = WriteStream;
  adapter.echo = Echo;
  adapter.transcode = Transcode;
  adapter.feature_of = MissingFeature;
  adapter.reset = Reset;
  return arrowipc_adapter_serve(&adapter);
}
