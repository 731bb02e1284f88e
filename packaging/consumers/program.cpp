// Three numbers to an Arrow stream in memory and back: what each outside project of the tests builds, those in C++.
#include <arrowipc.hpp>

#include <cstdio>

int main() try {
  const int64_t values[] = {1, 20, 300};
  const void *column_buffers[] = {nullptr, values};
  const void *batch_buffers[] = {nullptr};

  ArrowSchema column_schema{};
  column_schema.format = "l";
  column_schema.name = "number";
  column_schema.release = [](ArrowSchema *schema) { schema->release = nullptr; };
  ArrowSchema *schema_children[] = {&column_schema};
  ArrowSchema schema = column_schema;
  schema.format = "+s";
  schema.n_children = 1;
  schema.children = schema_children;

  ArrowArray column{};
  column.length = 3;
  column.n_buffers = 2;
  column.buffers = column_buffers;
  column.release = [](ArrowArray *array) { array->release = nullptr; };
  ArrowArray *children[] = {&column};
  ArrowArray batch = column;
  batch.n_buffers = 1;
  batch.buffers = batch_buffers;
  batch.n_children = 1;
  batch.children = children;

  int64_t sum = 0;
  {
    arrowipc::Writer writer(arrowipc::Sink::memory(), schema, arrowipc::Options().compression(arrowipc::Compression::zstd));
    writer.write(arrowipc::Array(&batch));
    writer.finish();
    const arrowipc::Memory bytes = writer.take_memory();
    arrowipc::Reader reader(arrowipc::Source::memory(bytes.data(), bytes.size()));
    for (const arrowipc::Batch &found : reader) {
      const auto *numbers = static_cast<const int64_t *>(found.array->children[0]->buffers[1]);
      for (int64_t i = 0; i < found.array->length; ++i) sum += numbers[i];
    }
  }
  std::printf("libarrowipc %s, header %s: the sum is %ld, %ld bytes are left\n", arrowipc_version(), ARROWIPC_VERSION,
              static_cast<long>(sum), static_cast<long>(arrowipc_memory_current()));
  return 0;
} catch (const std::exception &error) {
  std::fprintf(stderr, "%s\n", error.what());
  return 1;
}
