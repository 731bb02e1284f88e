// arrowipc.hpp: objects that free themselves, batches in a loop, failures as exceptions.

#include "arrowipc.hpp"

#include <algorithm>
#include <cstdio>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <vector>

#include "testing.h"

namespace {

const arrowipc::Metadata kMetadata{{"b", "2"}, {"a", std::string("\0\xFF", 2)}, {"b", ""}};

const int64_t kFirst[3] = {0, 5, 5};
const int64_t kRows[3] = {5, 0, 3};

arrowipc::Array batch(int64_t first, int64_t rows) {
  struct ArrowArray array = test_batch(first, rows);
  return arrowipc::Array(&array);
}

arrowipc::Schema schema() {
  struct ArrowSchema by_hand = test_schema();
  return arrowipc::Schema(&by_hand);
}

void write(arrowipc::Writer &writer, bool file) {
  for (int i = 0; i < 3; ++i) writer.write(batch(kFirst[i], kRows[i]), i == 2 ? kMetadata : arrowipc::Metadata());
  if (file) writer.set_footer_metadata(kMetadata);
  writer.finish();
  CHECK(writer.statistics().batches == 3);
}

void read(arrowipc::Reader reader) {
  CHECK(std::string(reader.schema()->children[1]->name) == "name");
  int i = 0;
  for (arrowipc::Batch &found : reader) {
    CHECK(found.metadata == (i == 2 ? kMetadata : arrowipc::Metadata()));
    check_test_batch(found.array.get(), kFirst[i], kRows[i]);
    CHECK(!found.array);
    ++i;
  }
  CHECK(i == 3 && reader.statistics().batches == 3);
  CHECK(!reader.next());
}

// Gives and takes a few bytes at a time.
class ShortInput : public arrowipc::Input {
 public:
  ShortInput(std::vector<uint8_t> bytes, bool seeks) : bytes_(std::move(bytes)), seeks_(seeks) { ++alive; }
  ~ShortInput() override { --alive; }
  size_t read(uint8_t *buffer, size_t size) override {
    const size_t n = copy(position_, buffer, size);
    position_ += n;
    return n;
  }
  size_t read_at(uint64_t offset, uint8_t *buffer, size_t size) override {
    return copy(static_cast<size_t>(offset), buffer, size);
  }
  std::optional<uint64_t> size() override {
    return seeks_ ? std::optional<uint64_t>(bytes_.size()) : std::nullopt;
  }

  static int alive;

 private:
  size_t copy(size_t from, uint8_t *buffer, size_t size) const {
    const size_t n = std::min({size, bytes_.size() - from, size_t{9}});
    std::copy_n(bytes_.begin() + static_cast<std::ptrdiff_t>(from), n, buffer);
    return n;
  }

  std::vector<uint8_t> bytes_;
  size_t position_ = 0;
  bool seeks_;
};
int ShortInput::alive = 0;

class ShortOutput : public arrowipc::Output {
 public:
  explicit ShortOutput(std::vector<uint8_t> *bytes) : bytes_(bytes) {}
  size_t write(const uint8_t *buffer, size_t size) override {
    const size_t n = std::min(size, size_t{13});
    bytes_->insert(bytes_->end(), buffer, buffer + n);
    return n;
  }

 private:
  std::vector<uint8_t> *bytes_;
};

class FullOutput : public arrowipc::Output {
 public:
  size_t write(const uint8_t *, size_t) override { throw std::system_error(ENOSPC, std::generic_category()); }
};

std::vector<uint8_t> written(arrowipc::Format format) {
  std::vector<uint8_t> bytes;
  arrowipc::Writer writer(arrowipc::Sink::output(std::make_unique<ShortOutput>(&bytes)), *schema(),
                          arrowipc::Options().format(format));
  write(writer, format == arrowipc::Format::file);
  return bytes;
}

void every_way(arrowipc::Format format) {
  const bool file = format == arrowipc::Format::file;
  const std::vector<uint8_t> bytes = written(format);
  const arrowipc::Options options = std::move(arrowipc::Options().format(format));

  arrowipc::Writer to_memory(arrowipc::Sink::memory(), *schema(), options);
  write(to_memory, file);
  const arrowipc::Memory memory = to_memory.take_memory();
  CHECK(memory.size() == bytes.size() && std::equal(bytes.begin(), bytes.end(), memory.data()));

  const std::string path = file ? "written.arrow" : "written.arrows";
  arrowipc::Writer to_path(arrowipc::Sink::path(path), *schema(), options);
  write(to_path, file);
  read(arrowipc::Reader(arrowipc::Source::path(path)));
  read(arrowipc::Reader(arrowipc::Source::path(path, true)));
  CHECK(std::remove(path.c_str()) == 0);

  read(arrowipc::Reader(arrowipc::Source::memory(memory.data(), memory.size())));
  read(arrowipc::Reader(arrowipc::Source::memory(bytes)));
  read(arrowipc::Reader(arrowipc::Source::input(std::make_unique<ShortInput>(bytes, true))));
  if (!file) read(arrowipc::Reader(arrowipc::Source::input(std::make_unique<ShortInput>(bytes, false))));
  CHECK(ShortInput::alive == 0);
}

void any_order() {
  const arrowipc::Reader reader(arrowipc::Source::memory(written(arrowipc::Format::file)));
  CHECK(reader.format() == arrowipc::Format::file);
  CHECK(reader.num_batches() == 3 && reader.num_rows() == 8 && reader.num_rows(2) == 3);
  CHECK(reader.footer_metadata() == kMetadata);
  CHECK(reader.batch_metadata(2) == kMetadata && reader.batch_metadata(0).empty());
  for (int i : {2, 0, 1, 2}) {
    arrowipc::Array array = reader.read_at(i);
    check_test_batch(array.get(), kFirst[i], kRows[i]);
  }
}

void streams() {
  arrowipc::Reader reader(arrowipc::Source::memory(written(arrowipc::Format::stream)));
  arrowipc::Schema of_reader = reader.schema();
  arrowipc::ArrayStream stream = std::move(reader).into_stream();
  arrowipc::Writer writer(arrowipc::Sink::memory(), *of_reader,
                          arrowipc::Options().compression(arrowipc::Compression::zstd).compression_level(3));
  writer.write(std::move(stream));
  CHECK(!stream);
  writer.finish();
  const arrowipc::Memory memory = writer.take_memory();
  arrowipc::Reader again(arrowipc::Source::memory(memory.data(), memory.size()),
                         arrowipc::Options().column_names({"kind", "id"}));
  const std::optional<arrowipc::Batch> first = again.next();
  CHECK(first && first->array->n_children == 2);
  check_ids(first->array->children[1], 0, 5);
}

void options() {
  arrowipc::Options options;
  options.alignment(64).minimum_saving(10).metadata_version(4).legacy_framing(true).validation(
      arrowipc::Validation::layout);
  options.dictionaries(arrowipc::Dictionaries::delta).set(ARROWIPC_OPTION_MAX_FIELDS, 10);
  CHECK(options.get(ARROWIPC_OPTION_ALIGNMENT) == 64 && options.get(ARROWIPC_OPTION_LEGACY_FRAMING) == 1);
  CHECK(options.get(ARROWIPC_OPTION_DICTIONARIES) == 1 && options.get(ARROWIPC_OPTION_MAX_FIELDS) == 10);

  arrowipc::Reader none(arrowipc::Source::memory(written(arrowipc::Format::stream)), arrowipc::Options().columns({}));
  CHECK(none.next()->array->n_children == 0);
}

// The function outlives the options, as long as the reader.
void progress() {
  int64_t seen = 0;
  arrowipc::Reader reader = [&] {
    return arrowipc::Reader(arrowipc::Source::memory(written(arrowipc::Format::stream)),
                            arrowipc::Options().progress([&](int64_t, int64_t batches) {
                              seen = batches;
                              return batches < 2;
                            }));
  }();
  CHECK(reader.next() && seen == 1);
  try {
    reader.next();
    CHECK(false);
  } catch (const arrowipc::Error &error) {
    CHECK(error.code() == ARROWIPC_CANCELLED && seen == 2);
  }
}

void failures() {
  std::vector<uint8_t> bytes = written(arrowipc::Format::stream);
  bytes.resize(bytes.size() - 9);
  try {
    arrowipc::Reader reader(arrowipc::Source::memory(bytes));
    while (reader.next()) continue;
    CHECK(false);
  } catch (const arrowipc::Error &error) {
    CHECK(error.code() == ARROWIPC_INVALID_DATA && std::string(error.code_name()) == "ARROWIPC_INVALID_DATA");
    CHECK(error.message_index() == 4 && error.byte_offset() > 0 && error.system_errno() == 0);
    CHECK(error.clause() == "framing-truncated-body" && !error.field_path());
    CHECK(std::string(error.what()).find("[framing-truncated-body]") != std::string::npos);
  }
  arrowipc::Reader recovered(arrowipc::Source::memory(bytes), arrowipc::Options().recover(true));
  CHECK(recovered.next() && recovered.next() && !recovered.stopped_by());
  CHECK(!recovered.next() && recovered.stopped_by()->clause() == "framing-truncated-body");
  try {
    arrowipc::Writer writer(arrowipc::Sink::output(std::make_unique<FullOutput>()), *schema());
    CHECK(false);
  } catch (const arrowipc::Error &error) {
    CHECK(error.code() == ARROWIPC_IO && error.system_errno() == ENOSPC);
  }
  arrowipc::Writer writer(arrowipc::Sink::memory(), *schema());
  const int before = test_batches_released;
  try {
    arrowipc::Array array = batch(0, 4);
    array->children[0]->length = 2;
    writer.write(std::move(array));
    CHECK(false);
  } catch (const arrowipc::Error &error) {
    CHECK(error.field_path() == "id" && test_batches_released == before + 1);
  }
}

void push_decoder() {
  const std::vector<uint8_t> bytes = written(arrowipc::Format::stream);
  arrowipc::Decoder decoder(arrowipc::Options().columns({1}));
  std::vector<arrowipc::Batch> batches;
  arrowipc::Event last = arrowipc::Event::need_data;
  for (size_t position = 0; position < bytes.size(); ++position) {
    CHECK(decoder.required() > 0 && decoder.push(&bytes[position], 1) == 1);
    do {
      arrowipc::Decoder::Found found = decoder.next();
      last = found.event;
      CHECK((last == arrowipc::Event::schema) == static_cast<bool>(found.schema));
      CHECK(last != arrowipc::Event::schema || found.schema->n_children == 1);
      if (last == arrowipc::Event::batch) batches.push_back(std::move(found.batch));
    } while (last == arrowipc::Event::schema || last == arrowipc::Event::batch);
  }
  CHECK(last == arrowipc::Event::end && decoder.required() == 0 && decoder.statistics().batches == 3);
  CHECK(batches.size() == 3 && batches[0].metadata.empty() && batches[2].metadata == kMetadata);
  for (size_t i = 0; i < 3; ++i) check_names(batches[i].array->children[0], kFirst[i], kRows[i]);
  try {
    arrowipc::Decoder empty;
    empty.finish();
    CHECK(false);
  } catch (const arrowipc::Error &error) {
    CHECK(error.code() == ARROWIPC_INVALID_DATA && error.clause() == "framing-empty-input");
  }
}

template <typename T>
constexpr bool move_only = !std::is_copy_constructible_v<T> && std::is_nothrow_move_constructible_v<T>;

static_assert(move_only<arrowipc::Reader>);
static_assert(move_only<arrowipc::Writer>);
static_assert(move_only<arrowipc::Decoder>);
static_assert(move_only<arrowipc::Source>);
static_assert(move_only<arrowipc::Array>);

void moves() {
  const int before = test_batches_released;
  arrowipc::Array array = batch(0, 2);
  arrowipc::Array moved = std::move(array);
  CHECK(!array && moved && test_batches_released == before);
  array = std::move(moved);
  CHECK(array && !moved);
  array = batch(0, 3);
  CHECK(test_batches_released == before + 1);
  struct ArrowArray target;
  array.move_to(&target);
  CHECK(!array && target.length == 3);
  target.release(&target);
  CHECK(test_batches_released == before + 2);
}

}  // namespace

void append() {
  arrowipc::Writer first(arrowipc::Sink::memory(), *schema(), arrowipc::Options().format(arrowipc::Format::file));
  first.write(batch(kFirst[0], kRows[0]));
  first.finish();
  const arrowipc::Memory memory = first.take_memory();
  const auto source = [&memory] { return arrowipc::Source::memory(memory.data(), memory.size()); };

  const arrowipc::Schema expected = schema();
  arrowipc::Writer writer = arrowipc::Writer::append(source(), arrowipc::Sink::memory(), expected.get());
  writer.write(batch(kFirst[1], kRows[1]));
  writer.write(batch(kFirst[2], kRows[2]), kMetadata);
  writer.finish();
  const arrowipc::Memory whole = writer.take_memory();
  read(arrowipc::Reader(arrowipc::Source::memory(whole.data(), whole.size())));

  arrowipc::Options stream;
  stream.format(arrowipc::Format::stream);
  try {
    arrowipc::Writer::append(source(), arrowipc::Sink::memory(), nullptr, stream);
    CHECK(false);
  } catch (const arrowipc::Error &error) {
    CHECK(error.code() == ARROWIPC_INVALID_DATA);
  }
}

int main() {
  append();
  every_way(arrowipc::Format::stream);
  every_way(arrowipc::Format::file);
  any_order();
  streams();
  options();
  progress();
  failures();
  push_decoder();
  moves();
  CHECK(arrowipc_memory_current() == 0);
  return 0;
}
