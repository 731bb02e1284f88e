#include "metadata.h"

#include <cstdint>
#include <cstdio>
#include <cstring>

namespace {

void Append(int32_t number, std::string* out) { out->append(reinterpret_cast<const char*>(&number), sizeof number); }

void Append(const std::string& text, std::string* out) {
  Append(static_cast<int32_t>(text.size()), out);
  out->append(text);
}

int32_t TakeNumber(const char** from) {
  int32_t number;
  std::memcpy(&number, *from, sizeof number);
  *from += sizeof number;
  return number;
}

std::string TakeText(const char** from) {
  const int32_t size = TakeNumber(from);
  std::string text(*from, size);
  *from += size;
  return text;
}

std::string Quoted(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    if (static_cast<unsigned char>(c) < 0x20) {
      char escape[8];
      std::snprintf(escape, sizeof escape, "\\u%04x", c);
      out += escape;
    } else {
      out += c;
    }
  }
  return out + '"';
}

}  // namespace

std::string Encode(const arrow::KeyValueMetadata& metadata) {
  std::string out;
  Append(static_cast<int32_t>(metadata.size()), &out);
  for (int64_t i = 0; i < metadata.size(); i++) {
    Append(metadata.key(i), &out);
    Append(metadata.value(i), &out);
  }
  return out;
}

std::shared_ptr<arrow::KeyValueMetadata> Decode(const char* encoded) {
  if (encoded == nullptr) return nullptr;
  auto metadata = std::make_shared<arrow::KeyValueMetadata>();
  for (int32_t pairs = TakeNumber(&encoded); pairs > 0; pairs--) {
    const std::string key = TakeText(&encoded);
    metadata->Append(key, TakeText(&encoded));
  }
  return metadata;
}

std::string ToJson(const arrow::KeyValueMetadata* metadata) {
  std::string out = "[";
  for (int64_t i = 0; metadata != nullptr && i < metadata->size(); i++) {
    out += (i == 0 ? "[" : ",[") + Quoted(metadata->key(i)) + "," + Quoted(metadata->value(i)) + "]";
  }
  return out + "]";
}
