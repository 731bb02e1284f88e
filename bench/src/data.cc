#include "data.h"

#include <arrow/c/bridge.h>

#include <random>
#include <utility>

namespace bench {

namespace {

using Random = std::mt19937_64;

// Data are made from fixed seeds, without the standard library's distributions, which differ from one to the next.
uint64_t Below(Random& random, uint64_t bound) { return random() % bound; }

void Check(const arrow::Status& status) {
  if (!status.ok()) status.Abort();
}

std::shared_ptr<arrow::Array> Finish(arrow::ArrayBuilder& builder) { return builder.Finish().ValueOrDie(); }

template <typename Builder, typename Make>
std::shared_ptr<arrow::Array> Column(Builder&& builder, int64_t rows, int percent_null, Random& random, Make make) {
  Check(builder.Reserve(rows));
  for (int64_t i = 0; i < rows; i++) {
    if (percent_null > 0 && Below(random, 100) < static_cast<uint64_t>(percent_null)) {
      Check(builder.AppendNull());
    } else {
      Check(builder.Append(make(i)));
    }
  }
  return Finish(builder);
}

std::shared_ptr<arrow::Array> Int32s(int64_t rows, Random& random) {
  return Column(arrow::Int32Builder(), rows, 0, random, [&](int64_t) { return static_cast<int32_t>(random()); });
}

// 3 to 12 letters; one word in eight has letters of two bytes.
std::vector<std::string> Words(size_t count, Random& random) {
  std::vector<std::string> words(count);
  for (auto& word : words) {
    const bool umlauts = Below(random, 8) == 0;
    for (uint64_t n = 3 + Below(random, 10); n > 0; n--) {
      if (umlauts && Below(random, 3) == 0) {
        word += "\xc3\xbc";
      } else {
        word += static_cast<char>('a' + Below(random, 26));
      }
    }
  }
  return words;
}

std::shared_ptr<arrow::Array> Lists(int64_t rows, Random& random) {
  auto values = std::make_shared<arrow::Int32Builder>();
  arrow::ListBuilder builder(arrow::default_memory_pool(), values);
  for (int64_t i = 0; i < rows; i++) {
    Check(builder.Append());
    for (uint64_t n = Below(random, 5); n > 0; n--) Check(values->Append(static_cast<int32_t>(Below(random, 1000))));
  }
  return Finish(builder);
}

std::shared_ptr<arrow::Array> Points(int64_t rows, Random& random) {
  const auto degrees = [&](int64_t) { return static_cast<double>(Below(random, 360'000'000)) / 1e6; };
  return arrow::StructArray::Make({Column(arrow::DoubleBuilder(), rows, 0, random, degrees),
                                   Column(arrow::DoubleBuilder(), rows, 0, random, degrees)},
                                  std::vector<std::string>{"x", "y"})
      .ValueOrDie();
}

Batches Repeat(int64_t count, const std::shared_ptr<arrow::Schema>& schema, int64_t rows, uint64_t seed,
               const std::function<arrow::ArrayVector(Random&)>& columns) {
  Random random(seed);
  Batches batches;
  for (int64_t i = 0; i < count; i++) batches.push_back(arrow::RecordBatch::Make(schema, rows, columns(random)));
  return batches;
}

void Released(ArrowArray* array) { array->release = nullptr; }

void Collect(const ArrowArray& array, std::vector<ArrowArray*>* out) {
  for (int64_t i = 0; i < array.n_children; i++) {
    out->push_back(array.children[i]);
    Collect(*array.children[i], out);
  }
  if (array.dictionary != nullptr) {
    out->push_back(array.dictionary);
    Collect(*array.dictionary, out);
  }
}

}  // namespace

Dataset::Dataset(Batches batches, int64_t count) : batches_(std::move(batches)), count_(count) {
  exported_.resize(batches_.size());
  for (size_t i = 0; i < batches_.size(); i++) {
    // Never released: the structures live as long as the process.
    Check(arrow::ExportRecordBatch(*batches_[i], &exported_[i].array));
    exported_[i].array.release = Released;
    Collect(exported_[i].array, &exported_[i].below);
  }
}

bench_batches Dataset::HandOut() const {
  bench_batches out;
  out.schema = [](void* self, ArrowSchema* schema) {
    Check(arrow::ExportSchema(*static_cast<const Dataset*>(self)->schema(), schema));
  };
  out.get = [](void* self, int64_t i, ArrowArray* array) {
    const auto& all = static_cast<const Dataset*>(self)->exported_;
    const Exported& one = all[static_cast<size_t>(i) % all.size()];
    for (ArrowArray* below : one.below) below->release = Released;
    *array = one.array;
  };
  out.count = count_;
  out.ctx = const_cast<Dataset*>(this);
  return out;
}

int64_t Dataset::rows() const {
  int64_t rows = 0;
  for (int64_t i = 0; i < count_; i++) rows += batch(i)->num_rows();
  return rows;
}

Dataset MakeInts(bool quick) {
  const int64_t count = quick ? 100 : 1000;
  const auto schema = arrow::schema({arrow::field("nums", arrow::int32())});
  return Dataset(Repeat(count, schema, 10'000, 1, [](Random& random) -> arrow::ArrayVector { return {Int32s(10'000, random)}; }),
                 count);
}

Dataset MakeMany(bool quick) {
  const auto schema = arrow::schema({arrow::field("nums", arrow::int32())});
  return Dataset(Repeat(1000, schema, 10, 2, [](Random& random) -> arrow::ArrayVector { return {Int32s(10, random)}; }),
                 quick ? 5'000 : 100'000);
}

Dataset MakeWide(bool quick) {
  const int columns = 1000;
  const int64_t rows = 1000;
  arrow::FieldVector fields;
  for (int i = 0; i < columns; i++) {
    fields.push_back(arrow::field("column_" + std::to_string(i), i % 4 == 0   ? arrow::int32()
                                                                 : i % 4 == 1 ? arrow::float64()
                                                                              : arrow::int64()));
  }
  const auto make = [&](Random& random) {
    arrow::ArrayVector out;
    for (int i = 0; i < columns; i++) {
      if (i % 4 == 0) {
        out.push_back(Int32s(rows, random));
      } else if (i % 4 == 1) {
        out.push_back(Column(arrow::DoubleBuilder(), rows, 0, random,
                             [&](int64_t) { return static_cast<double>(Below(random, 1'000'000)) / 100; }));
      } else {
        out.push_back(Column(arrow::Int64Builder(), rows, i % 4 == 3 ? 10 : 0, random,
                             [&](int64_t) { return static_cast<int64_t>(random()); }));
      }
    }
    return out;
  };
  const int64_t count = quick ? 4 : 50;
  return Dataset(Repeat(count, arrow::schema(fields), rows, 3, make), count);
}

namespace {

Dataset TinyBatches(int64_t count) {
  const auto schema = arrow::schema(
      {arrow::field("id", arrow::int64()), arrow::field("price", arrow::float64()), arrow::field("name", arrow::utf8())});
  Random seed(4);
  const auto words = Words(1000, seed);
  const auto make = [&](Random& random) -> arrow::ArrayVector {
    return {Column(arrow::Int64Builder(), 10, 0, random, [&](int64_t) { return static_cast<int64_t>(random()); }),
            Column(arrow::DoubleBuilder(), 10, 0, random, [&](int64_t) { return static_cast<double>(Below(random, 100'000)) / 100; }),
            Column(arrow::StringBuilder(), 10, 0, random, [&](int64_t) { return words[Below(random, words.size())]; })};
  };
  return Dataset(Repeat(1000, schema, 10, 5, make), count);
}

}  // namespace

Dataset MakeTiny(bool quick) { return TinyBatches(quick ? 5'000 : 200'000); }

Dataset MakeShort(bool quick) { return TinyBatches(quick ? 500 : 10'000); }

Dataset MakeRows(bool quick) {
  const int64_t rows = 50'000;
  const int64_t count = quick ? 4 : 100;
  const auto time = arrow::timestamp(arrow::TimeUnit::MICRO, "UTC");
  const auto point = arrow::struct_({arrow::field("x", arrow::float64()), arrow::field("y", arrow::float64())});
  const auto schema = arrow::schema(
      {arrow::field("id", arrow::int64(), false), arrow::field("time", time), arrow::field("name", arrow::utf8()),
       arrow::field("remark", arrow::utf8()), arrow::field("price", arrow::float64()),
       arrow::field("tags", arrow::list(arrow::int32())), arrow::field("point", point),
       arrow::field("city", arrow::dictionary(arrow::int32(), arrow::utf8()))});
  Random seed(6);
  const auto words = Words(20'000, seed);
  const auto cities =
      Column(arrow::StringBuilder(), 1000, 0, seed, [&](int64_t i) { return words[static_cast<size_t>(i)]; });
  int64_t id = 0;
  int64_t now = 1'700'000'000'000'000;
  const auto make = [&](Random& random) -> arrow::ArrayVector {
    const auto word = [&] { return words[Below(random, words.size())]; };
    const auto city = [&](int64_t) { return static_cast<int32_t>(Below(random, 1000)); };
    return {
        Column(arrow::Int64Builder(), rows, 0, random, [&](int64_t) { return id++; }),
        Column(arrow::TimestampBuilder(time, arrow::default_memory_pool()), rows, 0, random,
               [&](int64_t) { return now += static_cast<int64_t>(Below(random, 2'000'000)); }),
        Column(arrow::StringBuilder(), rows, 0, random, [&](int64_t) { return word() + " " + word(); }),
        Column(arrow::StringBuilder(), rows, 10, random, [&](int64_t) { return word() + ", " + word() + " " + word(); }),
        Column(arrow::DoubleBuilder(), rows, 5, random,
               [&](int64_t) { return static_cast<double>(Below(random, 100'000)) / 100; }),
        Lists(rows, random),
        Points(rows, random),
        arrow::DictionaryArray::FromArrays(schema->field(7)->type(), Column(arrow::Int32Builder(), rows, 0, random, city), cities)
            .ValueOrDie(),
    };
  };
  return Dataset(Repeat(count, schema, rows, 7, make), count);
}

}  // namespace bench
