// Writes a table of two columns to an Arrow file, compressed, and reads it back.
//
//   c++ -std=c++17 write_and_read.cpp -larrowipc -o write_and_read && ./write_and_read cities.arrow
//
// Failures are exceptions; what is opened here closes itself.

#include <arrowipc.hpp>

#include <cstdio>
#include <exception>
#include <memory>
#include <string>
#include <vector>

namespace {

// A column of numbers that owns its memory: the structure's private data is the vector.
struct Numbers {
  std::vector<int64_t> values;
  const void *buffers[2];
};

arrowipc::Array numbers(std::vector<int64_t> values) {
  auto data = std::make_unique<Numbers>();
  data->values = std::move(values);
  data->buffers[0] = nullptr;
  data->buffers[1] = data->values.data();
  struct ArrowArray array {};
  array.length = static_cast<int64_t>(data->values.size());
  array.n_buffers = 2;
  array.buffers = data->buffers;
  array.release = [](struct ArrowArray *released) {
    delete static_cast<Numbers *>(released->private_data);
    released->release = nullptr;
  };
  array.private_data = data.release();
  return arrowipc::Array(&array);
}

// A column of texts; an empty pointer is null.
struct Texts {
  std::vector<uint8_t> validity;
  std::vector<int32_t> offsets{0};
  std::string text;
  const void *buffers[3];
};

arrowipc::Array texts(const std::vector<const char *> &values) {
  auto data = std::make_unique<Texts>();
  data->validity.resize((values.size() + 7) / 8);
  struct ArrowArray array {};
  for (size_t i = 0; i < values.size(); ++i) {
    if (values[i] == nullptr) {
      ++array.null_count;
    } else {
      data->validity[i / 8] = static_cast<uint8_t>(data->validity[i / 8] | 1 << (i % 8));
      data->text += values[i];
    }
    data->offsets.push_back(static_cast<int32_t>(data->text.size()));
  }
  data->buffers[0] = data->validity.data();
  data->buffers[1] = data->offsets.data();
  data->buffers[2] = data->text.data();
  array.length = static_cast<int64_t>(values.size());
  array.n_buffers = 3;
  array.buffers = data->buffers;
  array.release = [](struct ArrowArray *released) {
    delete static_cast<Texts *>(released->private_data);
    released->release = nullptr;
  };
  array.private_data = data.release();
  return arrowipc::Array(&array);
}

// A batch of columns, all of the same length.
struct Columns {
  std::vector<arrowipc::Array> columns;
  std::vector<struct ArrowArray *> children;
  const void *buffers[1];
};

template <typename... Column>
arrowipc::Array batch(int64_t rows, Column... columns) {
  auto data = std::make_unique<Columns>();
  (data->columns.push_back(std::move(columns)), ...);
  for (arrowipc::Array &column : data->columns) data->children.push_back(column.get());
  data->buffers[0] = nullptr;
  struct ArrowArray array {};
  array.length = rows;
  array.n_buffers = 1;
  array.buffers = data->buffers;
  array.n_children = static_cast<int64_t>(data->children.size());
  array.children = data->children.data();
  array.release = [](struct ArrowArray *released) {
    delete static_cast<Columns *>(released->private_data);
    released->release = nullptr;
  };
  array.private_data = data.release();
  return arrowipc::Array(&array);
}

// The writer borrows the schema: it may live on the stack.
struct CitySchema {
  CitySchema() : city{}, inhabitants{}, schema{} {
    const auto release = [](struct ArrowSchema *released) { released->release = nullptr; };
    city.format = "u";
    city.name = "city";
    city.flags = ARROW_FLAG_NULLABLE;
    inhabitants.format = "l";
    inhabitants.name = "inhabitants";
    schema.format = "+s";
    schema.name = "";
    schema.n_children = 2;
    schema.children = children;
    city.release = inhabitants.release = schema.release = release;
  }

  struct ArrowSchema city, inhabitants, schema;
  struct ArrowSchema *children[2] = {&city, &inhabitants};
};

void write_cities(const std::string &path) {
  arrowipc::Options options;
  options.format(arrowipc::Format::file).compression(arrowipc::Compression::zstd);
  const CitySchema cities;
  arrowipc::Writer writer(arrowipc::Sink::path(path), cities.schema, options);
  writer.write(batch(2, texts({"Oslo", "Bergen"}), numbers({717710, 291940})));
  writer.write(batch(1, texts({nullptr}), numbers({0})), {{"note", "unknown"}});
  writer.finish();
}

void print(const struct ArrowArray &array) {
  const struct ArrowArray &city = *array.children[0];
  const auto *validity = static_cast<const uint8_t *>(city.buffers[0]);
  const auto *offsets = static_cast<const int32_t *>(city.buffers[1]);
  const auto *text = static_cast<const char *>(city.buffers[2]);
  const auto *values = static_cast<const int64_t *>(array.children[1]->buffers[1]);
  for (int64_t i = 0; i < array.length; ++i) {
    const bool valid = validity == nullptr || (validity[i / 8] >> (i % 8) & 1) != 0;
    const std::string name = valid ? std::string(text + offsets[i], text + offsets[i + 1]) : "null";
    std::printf("%s %ld\n", name.c_str(), static_cast<long>(values[i]));
  }
}

void read_cities(const std::string &path) {
  arrowipc::Reader reader(arrowipc::Source::path(path, /* memory_map= */ true));
  const arrowipc::Schema schema = reader.schema();
  const auto *const *columns = schema->children;
  std::printf("%s (%s), %s (%s)\n", columns[0]->name, columns[0]->format, columns[1]->name, columns[1]->format);
  for (arrowipc::Batch &found : reader) print(*found.array);
}

}  // namespace

int main(int argc, char **argv) try {
  const std::string path = argc > 1 ? argv[1] : "cities.arrow";
  write_cities(path);
  read_cities(path);
  return 0;
} catch (const std::exception &error) {
  std::fprintf(stderr, "%s\n", error.what());
  return 1;
}
