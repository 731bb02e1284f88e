// arrowipc.hpp without exceptions: what failed is in the result, and what was made frees itself.
#define ARROWIPC_EXPECTED
#include <arrowipc.hpp>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <numeric>

#define CHECK(condition)                                              \
  do {                                                                \
    if (!(condition)) {                                               \
      std::fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition); \
      std::abort();                                                   \
    }                                                                 \
  } while (0)

namespace {

const int64_t numbers[] = {1, 20, 300, 4000};

// Columns "number" (int64) and "text" (utf8, the last one null).
struct Table {
  Table() {
    number_schema.format = "l";
    number_schema.name = "number";
    text_schema.format = "u";
    text_schema.name = "text";
    text_schema.flags = ARROW_FLAG_NULLABLE;
    schema.format = "+s";
    schema.n_children = 2;
    schema.children = schema_children;
    for (ArrowSchema *made : {&number_schema, &text_schema, &schema}) {
      made->release = [](ArrowSchema *released) { released->release = nullptr; };
    }
  }

  // The rows from `offset` on.
  arrowipc::Array batch(int64_t offset, int64_t length) {
    number.n_buffers = 2;
    number.buffers = number_buffers;
    text.n_buffers = 3;
    text.buffers = text_buffers;
    text.null_count = -1;
    array.n_buffers = 1;
    array.buffers = array_buffers;
    array.n_children = 2;
    array.children = children;
    for (ArrowArray *made : {&number, &text, &array}) {
      made->length = length;
      made->offset = made == &array ? 0 : offset;
      made->release = [](ArrowArray *released) { released->release = nullptr; };
    }
    return arrowipc::Array(&array);
  }

  ArrowSchema number_schema{}, text_schema{}, schema{};
  ArrowSchema *schema_children[2] = {&number_schema, &text_schema};
  const uint8_t validity[1] = {7};
  const int32_t offsets[5] = {0, 1, 3, 6, 6};
  const void *number_buffers[2] = {nullptr, numbers};
  const void *text_buffers[3] = {validity, offsets, "abbccc"};
  const void *array_buffers[1] = {nullptr};
  ArrowArray number{}, text{}, array{};
  ArrowArray *children[2] = {&number, &text};
};

arrowipc::Memory stream_of(Table &table, const arrowipc::Options &options = arrowipc::Options()) {
  auto sink = arrowipc::Sink::memory();
  CHECK(sink);
  auto writer = arrowipc::Writer::open(*std::move(sink), table.schema, options);
  CHECK(writer);
  CHECK(writer->write(table.batch(0, 1)));
  CHECK(writer->write(table.batch(1, 3), {{"note", "the rest"}}));
  CHECK(writer->finish());
  auto memory = writer->take_memory();
  CHECK(memory);
  CHECK(!writer->finish() && writer->finish().error().code() == ARROWIPC_INVALID_STATE);
  return *std::move(memory);
}

void batches_come_back() {
  Table table;
  const arrowipc::Memory memory = stream_of(table);
  auto source = arrowipc::Source::memory(memory.data(), memory.size());
  CHECK(source);
  auto reader = arrowipc::Reader::open(*std::move(source));
  CHECK(reader);
  auto schema = reader->schema();
  CHECK(schema && std::string((*schema)->children[1]->name) == "text");
  int64_t sum = 0;
  std::string texts;
  size_t rows = 0;
  for (auto &batch : *reader) {
    CHECK(batch);
    const auto columns = arrowipc::columns(*batch->array);
    CHECK(columns.size() == 2);
    const auto values = arrowipc::values<int64_t>(*columns[0]);
    sum = std::accumulate(values.begin(), values.end(), sum);
    rows += values.size();
    for (int64_t i = 0; i < columns[1]->length; ++i) {
      texts += arrowipc::is_valid(*columns[1], i) ? arrowipc::text(*columns[1], i) : "null";
      texts += ' ';
    }
    if (rows == 4) CHECK(batch->metadata == (arrowipc::Metadata{{"note", "the rest"}}));
  }
  CHECK(rows == 4);
  CHECK(sum == 4321);
  CHECK(texts == "a bb ccc null ");
  CHECK(reader->statistics() && reader->statistics()->batches == 2);
}

void slices_are_seen_through_spans() {
  Table table;
  const arrowipc::Array array = table.batch(1, 2);
  const auto columns = arrowipc::columns(*array);
  const auto values = arrowipc::values<int64_t>(*columns[0]);
  CHECK(values.size() == 2 && values[0] == 20 && values[1] == 300);
  CHECK(arrowipc::text(*columns[1], 1) == "ccc");
  CHECK(arrowipc::is_valid(*columns[1], 1) && !arrowipc::is_valid(*columns[1], 2));
}

void failures_are_values() {
  const auto missing = arrowipc::Source::path("there/is/no/such.arrow");
  CHECK(!missing);
  CHECK(missing.error().code() == ARROWIPC_IO);
  CHECK(missing.error().system_errno() == ENOENT);

  auto source = arrowipc::Source::memory("no Arrow", 8);
  const auto reader = arrowipc::Reader::open(*std::move(source));
  CHECK(!reader);
  CHECK(reader.error().code() == ARROWIPC_INVALID_DATA);
  CHECK(reader.error().clause() == "framing-continuation-marker");
}

// The chain goes on; the first failure counts, and whatever is opened with the options has it.
void options_remember_what_failed() {
  Table table;
  arrowipc::Options options;
  options.alignment(7).format(arrowipc::Format::file).set(12345, 1);
  CHECK(options.error());
  CHECK(std::string(options.error()->what()) == "ARROWIPC_OPTION_ALIGNMENT is 7, expected 8, 16, 32 or 64");
  const auto writer = arrowipc::Writer::open(*arrowipc::Sink::memory(), table.schema, options);
  CHECK(!writer);
  CHECK(std::string(writer.error().what()) == options.error()->what());
  CHECK(options.get(ARROWIPC_OPTION_ALIGNMENT) && *options.get(ARROWIPC_OPTION_ALIGNMENT) == 8);
}

void iterators_end_with_what_failed() {
  Table table;
  const arrowipc::Memory memory = stream_of(table);
  auto reader = arrowipc::Reader::open(*arrowipc::Source::memory(memory.data(), memory.size() - 100));
  CHECK(reader);
  int batches = 0, errors = 0;
  for (const auto &batch : *reader) {
    CHECK(errors == 0);
    if (batch) {
      ++batches;
    } else {
      ++errors;
      CHECK(batch.error().code() == ARROWIPC_INVALID_DATA);
    }
  }
  CHECK(batches == 1);
  CHECK(errors == 1);
}

class Full : public arrowipc::Output {
 public:
  arrowipc::Result<size_t> write(const uint8_t *, size_t) override { return arrowipc::Error(ENOSPC, "full"); }
};

class Broken : public arrowipc::Input {
 public:
  arrowipc::Result<size_t> read(uint8_t *, size_t) override { return arrowipc::Error(EBADF, "broken"); }
};

void failures_of_the_program_reach_the_result() {
  Table table;
  auto sink = arrowipc::Sink::output(std::make_unique<Full>());
  const auto writer = arrowipc::Writer::open(*std::move(sink), table.schema);
  CHECK(!writer);
  CHECK(writer.error().code() == ARROWIPC_IO);
  CHECK(writer.error().system_errno() == ENOSPC);

  auto source = arrowipc::Source::input(std::make_unique<Broken>());
  const auto reader = arrowipc::Reader::open(*std::move(source));
  CHECK(!reader);
  CHECK(reader.error().code() == ARROWIPC_IO);
  CHECK(reader.error().system_errno() == EBADF);
}

void progress_can_cancel() {
  Table table;
  const arrowipc::Memory memory = stream_of(table);
  arrowipc::Options options;
  options.progress([](int64_t, int64_t batches) { return batches < 2; });
  auto reader = arrowipc::Reader::open(*arrowipc::Source::memory(memory.data(), memory.size()), options);
  CHECK(reader);
  CHECK(reader->next());
  const auto second = reader->next();
  CHECK(!second && second.error().code() == ARROWIPC_CANCELLED);
}

void decoders_find_errors() {
  auto decoder = arrowipc::Decoder::open();
  CHECK(decoder);
  CHECK(decoder->required() > 0);
  const auto pushed = decoder->push("no Arrow at all!", 16);
  CHECK(!pushed && pushed.error().code() == ARROWIPC_INVALID_DATA);
}

}  // namespace

int main() {
  batches_come_back();
  slices_are_seen_through_spans();
  failures_are_values();
  options_remember_what_failed();
  iterators_end_with_what_failed();
  failures_of_the_program_reach_the_result();
  progress_can_cancel();
  decoders_find_errors();
  CHECK(arrowipc_memory_current() == 0);
  return 0;
}
