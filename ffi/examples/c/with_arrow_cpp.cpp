// Arrow C++ makes batches, libarrowipc writes and reads them, Arrow C++ takes what was read.
//
//   c++ -std=c++20 with_arrow_cpp.cpp -larrowipc -larrow -o with_arrow_cpp && ./with_arrow_cpp numbers.arrow
//
// The header of Arrow C++ comes first. What crosses are structures of the Arrow C Data and C Stream Interface: no C++ type does,
// so the two libraries may have been built by different compilers.

#include <arrow/api.h>
#include <arrow/c/bridge.h>

#include <arrowipc.hpp>

#include <cstdio>
#include <stdexcept>
#include <string>

namespace {

void check(const arrow::Status &status) {
  if (!status.ok()) throw std::runtime_error(status.ToString());
}

template <typename T>
T check(arrow::Result<T> result) {
  check(result.status());
  return std::move(result).ValueUnsafe();
}

std::shared_ptr<arrow::RecordBatch> make_batch(const std::shared_ptr<arrow::Schema> &schema, std::vector<int64_t> numbers) {
  arrow::Int64Builder builder;
  for (const int64_t number : numbers) check(number == 0 ? builder.AppendNull() : builder.Append(number));
  return arrow::RecordBatch::Make(schema, static_cast<int64_t>(numbers.size()), {check(builder.Finish())});
}

// A batch of Arrow C++ as libarrowipc takes it.
arrowipc::Array exported(const arrow::RecordBatch &batch) {
  arrowipc::Array array;
  check(arrow::ExportRecordBatch(batch, array.out()));
  return array;
}

void write_numbers(const std::string &path) {
  const auto schema = arrow::schema({arrow::field("number", arrow::int64())});
  arrowipc::Schema exported_schema;
  check(arrow::ExportSchema(*schema, exported_schema.out()));
  arrowipc::Writer writer(arrowipc::Sink::path(path), *exported_schema, arrowipc::Options().format(arrowipc::Format::file));
  for (const auto &numbers : std::vector<std::vector<int64_t>>{{1, 2}, {3, 0}, {4, 0}}) {
    writer.write(exported(*make_batch(schema, numbers)));
  }
  writer.finish();
}

void read_numbers(const std::string &path) {
  arrowipc::Reader reader(arrowipc::Source::path(path, /* memory_map= */ true));
  arrowipc::ArrayStream stream = std::move(reader).into_stream();
  // Consumes the stream. The batches point into the map, which stays as long as one of them does.
  const auto batches = check(arrow::ImportRecordBatchReader(stream.get()));
  std::string text;
  int count = 0;
  int64_t rows = 0;
  while (const auto batch = check(batches->Next())) {
    const auto &numbers = static_cast<const arrow::Int64Array &>(*batch->column(0));
    for (int64_t i = 0; i < numbers.length(); ++i) {
      text += numbers.IsNull(i) ? " null" : " " + std::to_string(numbers.Value(i));
    }
    rows += batch->num_rows();
    ++count;
  }
  std::printf("%d batches, %lld rows:%s\n", count, static_cast<long long>(rows), text.c_str());
}

}  // namespace

int main(int argc, char **argv) try {
  const std::string path = argc > 1 ? argv[1] : "numbers.arrow";
  write_numbers(path);
  read_numbers(path);
  return 0;
} catch (const std::exception &error) {
  std::fprintf(stderr, "%s\n", error.what());
  return 1;
}
