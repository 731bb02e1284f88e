// Tensors through the C++ wrapper: objects that free themselves, errors that are thrown.
#include <cstdint>
#include <cstring>
#include <vector>

#include "arrowipc.hpp"
#include "testing.h"

namespace {

const int64_t shape[2] = {2, 2};
const float values[4] = {1, 2, 3, 4};

arrowipc_tensor_description description() {
  arrowipc_tensor_description tensor{};
  tensor.struct_size = sizeof tensor;
  tensor.format = "f";
  tensor.n_dims = 2;
  tensor.shape = shape;
  tensor.data = values;
  tensor.data_size = sizeof values;
  return tensor;
}

void tensors_go_round() {
  arrowipc::TensorWriter writer(arrowipc::Sink::memory());
  writer.write(description());
  writer.write(description());
  writer.finish();
  const arrowipc::Memory memory = writer.take_memory();

  std::vector<uint8_t> bytes(memory.data(), memory.data() + memory.size());
  arrowipc::TensorReader reader(arrowipc::Source::memory(std::move(bytes)));
  int found = 0;
  while (const auto tensor = reader.next()) {
    ++found;
    CHECK((*tensor)->n_dims == 2 && (*tensor)->data_size == sizeof values);
    CHECK(std::memcmp((**tensor).data, values, sizeof values) == 0);
  }
  CHECK(found == 2);
}

void failures_are_thrown() {
  arrowipc::TensorWriter writer(arrowipc::Sink::memory());
  arrowipc_tensor_description tensor = description();
  tensor.data_size = 15;
  try {
    writer.write(tensor);
    CHECK(false);
  } catch (const arrowipc::Error &error) {
    CHECK(error.code() == ARROWIPC_INVALID_ARGUMENT && error.clause() == "tensor-data-bounds");
  }
}

}  // namespace

int main() {
  tensors_go_round();
  failures_are_thrown();
  CHECK(arrowipc_memory_current() == 0);
  return 0;
}
