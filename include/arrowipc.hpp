/*
 * libarrowipc for C++17: arrowipc.h behind objects that free themselves.
 *
 * Licensed under the Apache License, Version 2.0.
 *
 * Header only, over the C functions alone: no C++ type crosses the library's boundary, so a program may use any
 * compiler and standard library. arrowipc.h is the manual; what it says about ownership, threads and lifetime
 * holds here.
 *
 *   arrowipc::Reader reader(arrowipc::Source::path("data.arrows"));
 *   for (arrowipc::Batch &batch : reader) use(batch.array->length);
 *
 * Failures are thrown as arrowipc::Error. A program without exceptions defines ARROWIPC_EXPECTED before it includes
 * this: what returns Result<T> then returns Expected<T>, which holds the value or the Error; there are no
 * constructors that can fail, but open() functions, which both kinds of program have; Options remember their first
 * failure, and what is opened with them fails with it.
 *
 *   auto source = arrowipc::Source::path("data.arrows");
 *   if (!source) return source.error().code();
 *   auto reader = arrowipc::Reader::open(*std::move(source));
 *
 * Handles can be moved, not copied; one that was moved from may only be destroyed or assigned to.
 */
#ifndef ARROWIPC_HPP_INCLUDED
#define ARROWIPC_HPP_INCLUDED

#include "arrowipc.h"

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <iterator>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace arrowipc {

// Each way has names of its own for the linker, so that the parts of a program may differ.
#ifdef ARROWIPC_EXPECTED
inline namespace with_expected {
#else
inline namespace with_exceptions {
#endif

/** A failure with its place; what() is the whole message. Since 0.1 */
class Error : public std::runtime_error {
 public:
  /** Copies an error, which stays the caller's. */
  explicit Error(const arrowipc_error *error)
      : std::runtime_error(arrowipc_error_message(error)),
        code_(arrowipc_error_code(error)),
        errno_(arrowipc_error_errno(error)),
        byte_offset_(known(arrowipc_error_byte_offset(error))),
        message_index_(known(arrowipc_error_message_index(error))),
        field_path_(known(arrowipc_error_field_path(error))),
        clause_(known(arrowipc_error_clause(error))) {}
  /** A failure of the operating system or of the program's own Input or Output. */
  Error(int32_t system_errno, const std::string &message)
      : std::runtime_error(message), code_(ARROWIPC_IO), errno_(system_errno) {}

  /** One of the ARROWIPC_* statuses. */
  int32_t code() const noexcept { return code_; }
  /** The name of code(). */
  const char *code_name() const noexcept { return arrowipc_status_name(code_); }
  /** errno of the operating system or a callback, or 0. */
  int32_t system_errno() const noexcept { return errno_; }
  /** Offset in the input of the part that is wrong. */
  const std::optional<int64_t> &byte_offset() const noexcept { return byte_offset_; }
  /** Index of the message that is wrong, the schema being 0. */
  const std::optional<int64_t> &message_index() const noexcept { return message_index_; }
  /** Names of the fields down to the one that is wrong, joined by dots. */
  const std::optional<std::string> &field_path() const noexcept { return field_path_; }
  /** Id of the clause of the format that the input violates. */
  const std::optional<std::string> &clause() const noexcept { return clause_; }

 private:
  static std::optional<int64_t> known(int64_t value) {
    return value < 0 ? std::nullopt : std::optional<int64_t>(value);
  }
  static std::optional<std::string> known(const char *text) {
    return text == nullptr ? std::nullopt : std::optional<std::string>(text);
  }

  int32_t code_;
  int32_t errno_;
  std::optional<int64_t> byte_offset_;
  std::optional<int64_t> message_index_;
  std::optional<std::string> field_path_;
  std::optional<std::string> clause_;
};

namespace detail {

/** Frees a handle with its C function. */
template <auto Free>
struct Deleter {
  template <typename T>
  void operator()(T *handle) const noexcept {
    Free(handle);
  }
};

template <typename T, auto Free>
using Handle = std::unique_ptr<T, Deleter<Free>>;

}  // namespace detail

#ifdef ARROWIPC_EXPECTED

/** A value, or the error that is there in its place. Since 0.1 */
template <typename T>
class Expected {
 public:
  Expected(T value) : content_(std::in_place_index<0>, std::move(value)) {}
  Expected(Error error) : content_(std::in_place_index<1>, std::move(error)) {}

  bool has_value() const noexcept { return content_.index() == 0; }
  explicit operator bool() const noexcept { return has_value(); }
  /** The value; only when there is one. */
  T &operator*() & noexcept { return *std::get_if<0>(&content_); }
  const T &operator*() const & noexcept { return *std::get_if<0>(&content_); }
  T &&operator*() && noexcept { return std::move(*std::get_if<0>(&content_)); }
  /** A member of the structure. */
  T *operator->() noexcept { return std::get_if<0>(&content_); }
  /** A member of the structure, to be read. */
  const T *operator->() const noexcept { return std::get_if<0>(&content_); }
  /** The error; only when there is no value. */
  const Error &error() const noexcept { return *std::get_if<1>(&content_); }

 private:
  std::variant<T, Error> content_;
};

/** Done, or an error. Since 0.1 */
template <>
class Expected<void> {
 public:
  Expected() = default;
  Expected(Error error) : error_(std::move(error)) {}

  bool has_value() const noexcept { return !error_; }
  explicit operator bool() const noexcept { return has_value(); }
  /** The error; only when there is one. */
  const Error &error() const noexcept { return *error_; }

 private:
  std::optional<Error> error_;
};

/** What a call that can fail returns. Since 0.1 */
template <typename T>
using Result = Expected<T>;

#else

/** What a call that can fail returns; a failure is thrown. Since 0.1 */
template <typename T>
using Result = T;

#endif

namespace detail {

/** Receives the error of one call. */
class Failure {
 public:
  Failure() = default;
  Failure(const Failure &) = delete;
  Failure &operator=(const Failure &) = delete;
  ~Failure() { arrowipc_error_free(error_); }

  arrowipc_error **out() noexcept { return &error_; }

  /** What `make` makes, unless the call failed. */
  template <typename Make>
  auto result(int32_t status, Make make) const -> Result<decltype(make())> {
#ifdef ARROWIPC_EXPECTED
    if (status != ARROWIPC_OK) return Error(error_);
#else
    if (status != ARROWIPC_OK) throw Error(error_);
#endif
    return make();
  }
  Result<void> result(int32_t status) const {
#ifdef ARROWIPC_EXPECTED
    if (status != ARROWIPC_OK) return Error(error_);
#else
    if (status != ARROWIPC_OK) throw Error(error_);
#endif
    return Result<void>();
  }

 private:
  arrowipc_error *error_ = nullptr;
};

/**
 * Calls a function of the program's for a callback: stores what it returned and answers 0, or its errno. An exception
 * must not pass the library.
 */
template <typename Function, typename Store>
int32_t guard(Function function, Store store) noexcept {
#ifdef ARROWIPC_EXPECTED
  auto result = function();
  if (!result) return result.error().system_errno() != 0 ? result.error().system_errno() : EIO;
  store(*result);
  return 0;
#else
  try {
    store(function());
    return 0;
  } catch (const std::system_error &error) {
    return error.code().value() != 0 ? error.code().value() : EIO;
  } catch (const std::bad_alloc &) {
    return ENOMEM;
  } catch (...) {
    return EIO;
  }
#endif
}

}  // namespace detail

/**
 * Owns an ArrowSchema, ArrowArray or ArrowArrayStream: releases it, unless it is empty, when it goes.
 * Since 0.1
 */
template <typename T>
class Owned {
 public:
  /** Empty: a released structure. */
  Owned() noexcept : structure_{} {}
  /** Moves a structure in; a released one stays behind. */
  explicit Owned(T *structure) noexcept : structure_(*structure) { structure->release = nullptr; }
  /** Takes the structure of another; a released one stays behind. */
  Owned(Owned &&other) noexcept : Owned(&other.structure_) {}
  /** Releases what is there and takes the structure of another. */
  Owned &operator=(Owned &&other) noexcept {
    if (this != &other) {
      reset();
      structure_ = other.structure_;
      other.structure_.release = nullptr;
    }
    return *this;
  }
  /** A structure has one owner. */
  Owned(const Owned &) = delete;
  /** A structure has one owner. */
  Owned &operator=(const Owned &) = delete;
  ~Owned() { reset(); }

  /** Whether there is a structure that is not released. */
  explicit operator bool() const noexcept { return structure_.release != nullptr; }
  /** The structure, for a call that reads or moves it. */
  T *get() noexcept { return &structure_; }
  /** The structure, to be read. */
  const T *get() const noexcept { return &structure_; }
  /** A member of the structure. */
  T *operator->() noexcept { return &structure_; }
  /** A member of the structure, to be read. */
  const T *operator->() const noexcept { return &structure_; }
  /** The structure. */
  T &operator*() noexcept { return structure_; }
  /** The structure, to be read. */
  const T &operator*() const noexcept { return structure_; }

  /** Releases what is there and gives the address for a new structure. */
  T *out() noexcept {
    reset();
    return &structure_;
  }
  /** Moves the structure to memory of the caller, who releases it. */
  void move_to(T *target) noexcept {
    *target = structure_;
    structure_.release = nullptr;
  }
  /** Releases the structure. */
  void reset() noexcept {
    if (structure_.release != nullptr) structure_.release(&structure_);
    structure_.release = nullptr;
  }

 private:
  T structure_;
};

using Schema = Owned<struct ::ArrowSchema>;
using Array = Owned<struct ::ArrowArray>;
using ArrayStream = Owned<struct ::ArrowArrayStream>;

/** Custom metadata: pairs in their order, duplicate keys kept. Since 0.1 */
class Metadata : public std::vector<std::pair<std::string, std::string>> {
 public:
  using std::vector<std::pair<std::string, std::string>>::vector;

  /** The pairs of an encoding as in ArrowSchema.metadata; none for NULL. */
  static Metadata decode(const char *encoded) {
    Metadata metadata;
    if (encoded == nullptr) return metadata;
    for (int32_t pairs = number(&encoded); pairs > 0; --pairs) {
      std::string key = text(&encoded);
      metadata.emplace_back(std::move(key), text(&encoded));
    }
    return metadata;
  }

  /** The encoding as in ArrowSchema.metadata; empty when there are no pairs. */
  std::string encode() const {
    std::string encoded;
    if (empty()) return encoded;
    append(&encoded, size());
    for (const auto &[key, value] : *this) {
      append(&encoded, key.size());
      encoded += key;
      append(&encoded, value.size());
      encoded += value;
    }
    return encoded;
  }

 private:
  static int32_t number(const char **rest) {
    int32_t value;
    std::memcpy(&value, *rest, sizeof value);
    *rest += sizeof value;
    return value;
  }
  static std::string text(const char **rest) {
    const int32_t length = number(rest);
    std::string result(*rest, static_cast<size_t>(length));
    *rest += length;
    return result;
  }
  static void append(std::string *encoded, size_t value) {
    // What is longer cannot be encoded; as a negative length the library refuses it.
    const int32_t number = value > INT32_MAX ? -1 : static_cast<int32_t>(value);
    encoded->append(reinterpret_cast<const char *>(&number), sizeof number);
  }
};

/** Stream or file. Since 0.1 */
enum class Format : int64_t { automatic = 0, stream = 1, file = 2 };
/** How much of the input is checked. Since 0.1 */
enum class Validation : int64_t { trusted = 0, layout = 1, full = 2 };
/** Compression of bodies. Since 0.1 */
enum class Compression : int64_t { none = 0, lz4_frame = 1, zstd = 2 };
/** What is done with a dictionary that changed. Since 0.1 */
enum class Dictionaries : int64_t { replace = 0, delta = 1, unify = 2 };

/**
 * Options, set one after the other: Options().compression(Compression::zstd).alignment(64). Readers and
 * writers take a copy. Since 0.1
 */
class Options {
 public:
  /** Called with bytes and batches so far; true goes on, false (or an exception) cancels. */
  using Progress = std::function<bool(int64_t bytes, int64_t batches)>;

  Options() : handle_(arrowipc_options_new()) {
#ifndef ARROWIPC_EXPECTED
    if (handle_ == nullptr) throw std::bad_alloc();
#endif
  }

  /** Sets one of the ARROWIPC_OPTION_*. */
  Options &set(int32_t key, int64_t value) {
    detail::Failure failure;
    return done(failure.result(arrowipc_options_set_int(handle_.get(), key, value, failure.out()), [] { return true; }));
  }
  /** Gets one of the ARROWIPC_OPTION_*. */
  Result<int64_t> get(int32_t key) const {
    detail::Failure failure;
    int64_t value = 0;
    return failure.result(arrowipc_options_get_int(handle_.get(), key, &value, failure.out()), [&] { return value; });
  }
#ifdef ARROWIPC_EXPECTED
  /** The first failure of a function above or below; what is opened with these options fails with it, too. */
  const std::optional<Error> &error() const noexcept { return error_; }
#endif

  /** ARROWIPC_OPTION_FORMAT. */
  Options &format(Format value) { return set(ARROWIPC_OPTION_FORMAT, static_cast<int64_t>(value)); }
  /** ARROWIPC_OPTION_VALIDATION. */
  Options &validation(Validation value) { return set(ARROWIPC_OPTION_VALIDATION, static_cast<int64_t>(value)); }
  /** ARROWIPC_OPTION_RECOVER. */
  Options &recover(bool value) { return set(ARROWIPC_OPTION_RECOVER, value ? 1 : 0); }
  /** ARROWIPC_OPTION_THREADS. */
  Options &threads(int64_t count) { return set(ARROWIPC_OPTION_THREADS, count); }
  /** ARROWIPC_OPTION_ALIGNMENT. */
  Options &alignment(int64_t bytes) { return set(ARROWIPC_OPTION_ALIGNMENT, bytes); }
  /** ARROWIPC_OPTION_COMPRESSION. */
  Options &compression(Compression value) { return set(ARROWIPC_OPTION_COMPRESSION, static_cast<int64_t>(value)); }
  /** ARROWIPC_OPTION_COMPRESSION_LEVEL. */
  Options &compression_level(int64_t level) { return set(ARROWIPC_OPTION_COMPRESSION_LEVEL, level); }
  /** ARROWIPC_OPTION_MINIMUM_SAVING. */
  Options &minimum_saving(int64_t percent) { return set(ARROWIPC_OPTION_MINIMUM_SAVING, percent); }
  /** ARROWIPC_OPTION_METADATA_VERSION. */
  Options &metadata_version(int64_t version) { return set(ARROWIPC_OPTION_METADATA_VERSION, version); }
  /** ARROWIPC_OPTION_LEGACY_FRAMING. */
  Options &legacy_framing(bool value) { return set(ARROWIPC_OPTION_LEGACY_FRAMING, value ? 1 : 0); }
  /** ARROWIPC_OPTION_DICTIONARIES. */
  Options &dictionaries(Dictionaries value) { return set(ARROWIPC_OPTION_DICTIONARIES, static_cast<int64_t>(value)); }

  /** ARROWIPC_OPTION_CLEAR_NULLS. */
  Options &clear_nulls(bool value) { return set(ARROWIPC_OPTION_CLEAR_NULLS, value ? 1 : 0); }

  /** Reads only the columns at these positions, in this order. */
  Options &columns(const std::vector<int32_t> &indices) {
    // A vector without elements may have no memory, and NULL would ask for all columns.
    const int32_t none = 0;
    const int32_t *data = indices.empty() ? &none : indices.data();
    detail::Failure failure;
    return done(failure.result(arrowipc_options_set_columns(handle_.get(), data, indices.size(), failure.out()),
                               [] { return true; }));
  }
  /** Reads only the columns with these names, in this order. */
  Options &column_names(const std::vector<std::string> &names) {
    std::vector<const char *> pointers{nullptr};
    pointers.clear();
    for (const std::string &name : names) pointers.push_back(name.c_str());
    detail::Failure failure;
    return done(failure.result(
        arrowipc_options_set_column_names(handle_.get(), pointers.data(), pointers.size(), failure.out()),
        [] { return true; }));
  }
  /** Sets the progress function; readers and writers opened from now on keep it alive. */
  Options &progress(Progress function) {
    auto kept = std::make_shared<Progress>(std::move(function));
    detail::Failure failure;
    done(failure.result(arrowipc_options_set_progress(handle_.get(), &call_progress, kept.get(), failure.out()),
                        [] { return true; }));
    progress_ = std::move(kept);
    return *this;
  }

 private:
  friend class Decoder;
  friend class Reader;
  friend class Writer;
  friend class TensorReader;
  friend class TensorWriter;

  static int32_t call_progress(void *ctx, int64_t bytes, int64_t batches) noexcept {
    bool go_on = false;
    const int32_t failed = detail::guard(
        [&]() -> Result<bool> { return (*static_cast<Progress *>(ctx))(bytes, batches); },
        [&](bool answer) { go_on = answer; });
    return failed == 0 && go_on ? 0 : 1;
  }

#ifdef ARROWIPC_EXPECTED
  Options &done(const Result<bool> &result) {
    if (!result && !error_) error_ = result.error();
    return *this;
  }
#else
  Options &done(bool) { return *this; }
#endif
  /** The result of opening something with these options, which `open` does. */
  template <typename Opened, typename Open, typename Make>
  Result<Opened> opened(Open open, Make make) const {
#ifdef ARROWIPC_EXPECTED
    if (error_) return *error_;
#endif
    detail::Failure failure;
    return failure.result(open(handle_.get(), failure.out()), make);
  }

  detail::Handle<arrowipc_options, &arrowipc_options_free> handle_;
  std::shared_ptr<Progress> progress_;
#ifdef ARROWIPC_EXPECTED
  std::optional<Error> error_;
#endif
};

/**
 * Bytes to read, from a class of the program's: an exception becomes ARROWIPC_IO, with the errno of a
 * std::system_error; so does an Error that is returned. Since 0.1
 */
class Input {
 public:
  virtual ~Input() = default;
  /** Stores up to `size` bytes that follow the last ones and returns how many; 0 at the end. */
  virtual Result<size_t> read(uint8_t *buffer, size_t size) = 0;
  /**
   * Stores up to `size` bytes from `offset` on; called by any thread, also concurrently, and only when
   * size() is known.
   */
  virtual Result<size_t> read_at(uint64_t /* offset */, uint8_t * /* buffer */, size_t /* size */) {
#ifdef ARROWIPC_EXPECTED
    return Error(ESPIPE, "this input can only be read forward");
#else
    throw std::system_error(ESPIPE, std::generic_category());
#endif
  }
  /** Size of the whole input, when read_at can be used. */
  virtual Result<std::optional<uint64_t>> size() { return std::optional<uint64_t>(); }
};

/** Where the bytes of a reader come from. Since 0.1 */
class Source {
 public:
  /** Memory that stays as it is until the reader and all its arrays are gone. */
  static Result<Source> memory(const void *data, size_t size) {
    return make([&](auto... out) { return arrowipc_source_from_memory(data, size, nullptr, nullptr, out...); });
  }
  /** Memory that `owner` keeps until the reader and all its arrays are gone. */
  static Result<Source> memory(std::shared_ptr<const void> owner, const void *data, size_t size) {
    auto *kept = new std::shared_ptr<const void>(std::move(owner));
    return make([&](auto... out) { return arrowipc_source_from_memory(data, size, &drop_owner, kept, out...); });
  }
  /** Bytes that the source takes over. */
  static Result<Source> memory(std::vector<uint8_t> bytes) {
    auto kept = std::make_shared<const std::vector<uint8_t>>(std::move(bytes));
    return memory(kept, kept->data(), kept->size());
  }
  /** A file, mapped or read as needed. */
  static Result<Source> path(const std::string &path, bool memory_map = false) {
    return make([&](auto... out) { return arrowipc_source_from_path(path.c_str(), memory_map ? 1 : 0, out...); });
  }
  /** An open descriptor. */
  static Result<Source> fd(int32_t fd, bool close_on_free) {
    return make([&](auto... out) { return arrowipc_source_from_fd(fd, close_on_free ? 1 : 0, out...); });
  }
  /** An object of the program's. */
  static Result<Source> input(std::unique_ptr<Input> input) {
    arrowipc_source_callbacks callbacks{};
    callbacks.struct_size = sizeof callbacks;
    callbacks.read = [](void *ctx, uint8_t *buf, size_t n, size_t *out) noexcept -> int32_t {
      return detail::guard([&] { return static_cast<Input *>(ctx)->read(buf, n); }, [&](size_t read) { *out = read; });
    };
    callbacks.read_at = [](void *ctx, uint64_t offset, uint8_t *buf, size_t n, size_t *out) noexcept -> int32_t {
      return detail::guard([&] { return static_cast<Input *>(ctx)->read_at(offset, buf, n); },
                           [&](size_t read) { *out = read; });
    };
    callbacks.size = [](void *ctx, uint64_t *out) noexcept -> int32_t {
      std::optional<uint64_t> size;
      const int32_t status = detail::guard([&] { return static_cast<Input *>(ctx)->size(); },
                                           [&](std::optional<uint64_t> known) { size = known; });
      if (status == 0 && size) *out = *size;
      return status != 0 || size ? status : ESPIPE;
    };
    callbacks.release = [](void *ctx) noexcept { delete static_cast<Input *>(ctx); };
    Input *kept = input.release();
    return make([&](auto... out) { return arrowipc_source_from_callbacks(&callbacks, kept, out...); });
  }

 private:
  friend class Reader;
  friend class TensorReader;
  friend class Writer;

  static void drop_owner(void *ctx) noexcept { delete static_cast<std::shared_ptr<const void> *>(ctx); }

  template <typename Function>
  static Result<Source> make(Function function) {
    detail::Failure failure;
    arrowipc_source *source = nullptr;
    return failure.result(function(&source, failure.out()), [&] { return Source(source); });
  }
  explicit Source(arrowipc_source *source) : handle_(source) {}

  detail::Handle<arrowipc_source, &arrowipc_source_free> handle_;
};

/**
 * Bytes written, to a class of the program's: an exception becomes ARROWIPC_IO, with the errno of a
 * std::system_error; so does an Error that is returned. Since 0.1
 */
class Output {
 public:
  virtual ~Output() = default;
  /** Takes up to `size` bytes and returns how many, at least one. */
  virtual Result<size_t> write(const uint8_t *buffer, size_t size) = 0;
  /** Called after the last byte. */
  virtual Result<void> flush() { return Result<void>(); }
};

/** Where the bytes of a writer go. Since 0.1 */
class Sink {
 public:
  /** Memory, handed over by Writer::take_memory. */
  static Result<Sink> memory() {
    return make([&](auto... out) { return arrowipc_sink_to_memory(out...); });
  }
  /** A file, written beside `path` and renamed to it by Writer::finish. */
  static Result<Sink> path(const std::string &path) {
    return make([&](auto... out) { return arrowipc_sink_to_path(path.c_str(), out...); });
  }
  /** An open descriptor. */
  static Result<Sink> fd(int32_t fd, bool close_on_free) {
    return make([&](auto... out) { return arrowipc_sink_to_fd(fd, close_on_free ? 1 : 0, out...); });
  }
  /** An object of the program's. */
  static Result<Sink> output(std::unique_ptr<Output> output) {
    arrowipc_sink_callbacks callbacks{};
    callbacks.struct_size = sizeof callbacks;
    callbacks.write = [](void *ctx, const uint8_t *buf, size_t n, size_t *out) noexcept -> int32_t {
      return detail::guard([&] { return static_cast<Output *>(ctx)->write(buf, n); },
                           [&](size_t written) { *out = written; });
    };
    callbacks.flush = [](void *ctx) noexcept -> int32_t {
      return detail::guard(
          [&]() -> Result<bool> {
#ifdef ARROWIPC_EXPECTED
            if (auto flushed = static_cast<Output *>(ctx)->flush(); !flushed) return flushed.error();
#else
            static_cast<Output *>(ctx)->flush();
#endif
            return true;
          },
          [](bool) {});
    };
    callbacks.release = [](void *ctx) noexcept { delete static_cast<Output *>(ctx); };
    Output *kept = output.release();
    return make([&](auto... out) { return arrowipc_sink_to_callbacks(&callbacks, kept, out...); });
  }

 private:
  friend class Writer;
  friend class TensorWriter;

  template <typename Function>
  static Result<Sink> make(Function function) {
    detail::Failure failure;
    arrowipc_sink *sink = nullptr;
    return failure.result(function(&sink, failure.out()), [&] { return Sink(sink); });
  }
  explicit Sink(arrowipc_sink *sink) : handle_(sink) {}

  detail::Handle<arrowipc_sink, &arrowipc_sink_free> handle_;
};

/**
 * A record batch: a struct array with one child for each column, and the metadata of its message.
 * Since 0.1
 */
struct Batch {
  /** A struct array with one child for each column. */
  Array array;
  /** Custom metadata of the message. */
  Metadata metadata;
};

/** Reads a stream or a file; const functions may be called by several threads at once. Since 0.1 */
class Reader {
 public:
  /** Opens the source: reads the schema and, of a file, the footer. */
  static Result<Reader> open(Source source, const Options &options = Options()) {
    arrowipc_reader *reader = nullptr;
    return options.opened<Reader>(
        [&](auto *handle, auto err) { return arrowipc_reader_open(source.handle_.release(), handle, &reader, err); },
        [&] { return Reader(reader, options); });
  }
#ifndef ARROWIPC_EXPECTED
  /** As open(). */
  explicit Reader(Source source, const Options &options = Options()) : Reader(open(std::move(source), options)) {}
#endif

  /** Stream or file, as it was found. */
  Format format() const { return static_cast<Format>(arrowipc_reader_format(handle_.get())); }

  /** The schema of the batches, after the choice of columns. */
  Result<Schema> schema() const {
    detail::Failure failure;
    Schema schema;
    return failure.result(arrowipc_reader_schema(handle_.get(), schema.get(), failure.out()),
                          [&] { return std::move(schema); });
  }

  /** The next batch; nothing at the end. */
  Result<std::optional<Batch>> next() {
    detail::Failure failure;
    Batch batch;
    const char *metadata = nullptr;
    return failure.result(arrowipc_reader_next(handle_.get(), batch.array.get(), &metadata, failure.out()),
                          [&]() -> std::optional<Batch> {
                            if (!batch.array) return std::nullopt;
                            batch.metadata = Metadata::decode(metadata);
                            return std::move(batch);
                          });
  }

  /** File format: number of batches. */
  Result<int64_t> num_batches() const {
    detail::Failure failure;
    int64_t count = 0;
    return failure.result(arrowipc_reader_num_batches(handle_.get(), &count, failure.out()), [&] { return count; });
  }

  /** File format: rows of batch `i`, or of all, without reading bodies. */
  Result<int64_t> num_rows(int64_t i = -1) const {
    detail::Failure failure;
    int64_t count = 0;
    return failure.result(arrowipc_reader_num_rows(handle_.get(), i, &count, failure.out()), [&] { return count; });
  }

  /** File format: batch `i`, in any order. */
  Result<Array> read_at(int64_t i) const {
    detail::Failure failure;
    Array array;
    return failure.result(arrowipc_reader_read_at(handle_.get(), i, array.get(), failure.out()),
                          [&] { return std::move(array); });
  }

  /** File format: metadata of batch `i`. */
  Result<Metadata> batch_metadata(int64_t i) const {
    detail::Failure failure;
    char *encoded = nullptr;
    return failure.result(arrowipc_reader_batch_metadata(handle_.get(), i, &encoded, failure.out()), [&] {
      const detail::Handle<char, &arrowipc_metadata_free> kept(encoded);
      return Metadata::decode(encoded);
    });
  }

  /** File format: metadata of the footer. */
  Metadata footer_metadata() const { return Metadata::decode(arrowipc_reader_footer_metadata(handle_.get())); }

  /** With Options::recover: what is wrong with the input, as far as it was read. */
  std::optional<Error> stopped_by() const {
    const arrowipc_error *error = arrowipc_reader_stopped_by(handle_.get());
    return error == nullptr ? std::nullopt : std::optional<Error>(error);
  }

  /** What was done so far. */
  Result<arrowipc_read_statistics> statistics() const {
    detail::Failure failure;
    arrowipc_read_statistics statistics{};
    return failure.result(
        arrowipc_reader_statistics(handle_.get(), &statistics, sizeof statistics, failure.out()),
        [&] { return statistics; });
  }

  /** Makes a stream of the reader. A progress function must then outlive the stream. */
  Result<ArrayStream> into_stream() && {
    detail::Failure failure;
    ArrayStream stream;
    return failure.result(arrowipc_reader_into_stream(handle_.release(), stream.get(), failure.out()),
                          [&] { return std::move(stream); });
  }

  /** Walks over the batches that are left; without exceptions over Result<Batch>, the last of which may be an error. */
  class Iterator {
   public:
    using iterator_category = std::input_iterator_tag;
    using value_type = Result<Batch>;
    using difference_type = std::ptrdiff_t;
    using pointer = value_type *;
    using reference = value_type &;

    Iterator() = default;
    explicit Iterator(Reader *reader) : reader_(reader) { ++*this; }
    reference operator*() { return *batch_; }
    pointer operator->() { return &*batch_; }
    Iterator &operator++() {
#ifdef ARROWIPC_EXPECTED
      const bool failed = batch_ && !*batch_;
      auto found = failed ? Result<std::optional<Batch>>(std::optional<Batch>()) : reader_->next();
      batch_.reset();
      if (!found) {
        batch_.emplace(found.error());
      } else if (*found) {
        batch_.emplace(std::move(**found));
      }
#else
      batch_ = reader_->next();
#endif
      if (!batch_) reader_ = nullptr;
      return *this;
    }
    void operator++(int) { ++*this; }
    bool operator==(const Iterator &other) const { return reader_ == other.reader_; }
    bool operator!=(const Iterator &other) const { return reader_ != other.reader_; }

   private:
    Reader *reader_ = nullptr;
    std::optional<value_type> batch_;
  };

  /** Reads the next batch. */
  Iterator begin() { return Iterator(this); }
  /** Behind the last batch. */
  Iterator end() { return Iterator(); }

 private:
  Reader(arrowipc_reader *handle, const Options &options) : progress_(options.progress_), handle_(handle) {}

  std::shared_ptr<Options::Progress> progress_;
  detail::Handle<arrowipc_reader, &arrowipc_reader_free> handle_;
};

/** What a decoder found. Since 0.1 */
enum class Event : int32_t { need_data = 0, schema = 1, batch = 2, end = 3 };

/** Decodes a stream that is pushed to it, without IO. Since 0.1 */
class Decoder {
 public:
  /** An event with the schema or the batch that came with it. */
  struct Found {
    /** What was found. */
    Event event = Event::need_data;
    /** With Event::schema. */
    Schema schema;
    /** With Event::batch. */
    Batch batch;
  };

  /** A decoder at the start of a stream. */
  static Result<Decoder> open(const Options &options = Options()) {
    arrowipc_decoder *decoder = nullptr;
    return options.opened<Decoder>(
        [&](auto *handle, auto err) { return arrowipc_decoder_new(handle, &decoder, err); },
        [&] { return Decoder(decoder, options); });
  }
#ifndef ARROWIPC_EXPECTED
  /** As open(). */
  explicit Decoder(const Options &options = Options()) : Decoder(open(options)) {}
#endif

  /** Bytes that are missing before anything can happen; 0 once the stream has ended. */
  size_t required() const noexcept { return arrowipc_decoder_required(handle_.get()); }

  /** Copies bytes and returns how many: all but those behind the end of the stream. */
  Result<size_t> push(const void *data, size_t size) {
    detail::Failure failure;
    size_t taken = 0;
    return failure.result(
        arrowipc_decoder_push(handle_.get(), static_cast<const uint8_t *>(data), size, &taken, failure.out()),
        [&] { return taken; });
  }

  /** What was found next. */
  Result<Found> next() {
    detail::Failure failure;
    Found found;
    const char *metadata = nullptr;
    int32_t event = ARROWIPC_EVENT_NEED_DATA;
    return failure.result(arrowipc_decoder_next(handle_.get(), &event, found.schema.get(), found.batch.array.get(),
                                                &metadata, failure.out()),
                          [&] {
                            found.event = static_cast<Event>(event);
                            found.batch.metadata = Metadata::decode(metadata);
                            return std::move(found);
                          });
  }

  /** Says that the input ended, which inside a message is an error. */
  Result<void> finish() {
    detail::Failure failure;
    return failure.result(arrowipc_decoder_finish(handle_.get(), failure.out()));
  }

  /** What was done so far. */
  Result<arrowipc_read_statistics> statistics() const {
    detail::Failure failure;
    arrowipc_read_statistics statistics{};
    return failure.result(
        arrowipc_decoder_statistics(handle_.get(), &statistics, sizeof statistics, failure.out()),
        [&] { return statistics; });
  }

 private:
  Decoder(arrowipc_decoder *handle, const Options &options) : progress_(options.progress_), handle_(handle) {}

  std::shared_ptr<Options::Progress> progress_;
  detail::Handle<arrowipc_decoder, &arrowipc_decoder_free> handle_;
};

/**
 * Values side by side that somebody else owns; what std::span is in C++20, and converts to it. Since 0.1
 */
template <typename T>
class Span {
 public:
  /** What a span holds. */
  using element_type = T;
  /** What a copy of a value is. */
  using value_type = std::remove_cv_t<T>;
  /** A pointer. */
  using iterator = T *;

  /** None. */
  constexpr Span() noexcept = default;
  /** Values at an address. */
  constexpr Span(T *data, size_t size) noexcept : data_(data), size_(size) {}
  /** The first value. */
  constexpr T *data() const noexcept { return data_; }
  /** Number of values. */
  constexpr size_t size() const noexcept { return size_; }
  /** Whether there is none. */
  constexpr bool empty() const noexcept { return size_ == 0; }
  /** The first value. */
  constexpr T *begin() const noexcept { return data_; }
  /** Behind the last value. */
  constexpr T *end() const noexcept { return data_ + size_; }
  /** Value `i`, which is there. */
  constexpr T &operator[](size_t i) const noexcept { return data_[i]; }

 private:
  T *data_ = nullptr;
  size_t size_ = 0;
};

/** The columns of a batch, or the children of any array. Since 0.1 */
inline Span<const struct ::ArrowArray *const> columns(const struct ::ArrowArray &array) noexcept {
  return {const_cast<const struct ::ArrowArray *const *>(array.children), static_cast<size_t>(array.n_children)};
}

/**
 * The values of an array of a fixed-width type, with any value where it is null. T is the type that the array's format
 * stands for; nothing can check that here. Valid as long as the array is. Since 0.1
 */
template <typename T>
Span<const T> values(const struct ::ArrowArray &array) noexcept {
  if (array.length == 0) return {};
  return {static_cast<const T *>(array.buffers[1]) + array.offset, static_cast<size_t>(array.length)};
}

/** Whether slot `i` of an array, of any type with a validity bitmap, holds a value. Since 0.1 */
inline bool is_valid(const struct ::ArrowArray &array, int64_t i) noexcept {
  const auto *bitmap = array.n_buffers == 0 ? nullptr : static_cast<const uint8_t *>(array.buffers[0]);
  const auto bit = static_cast<uint64_t>(array.offset + i);
  return bitmap == nullptr || (bitmap[bit / 8] >> (bit % 8) & 1) != 0;
}

/**
 * Slot `i` of an array of type utf8 or binary; with int64_t as Offset, of large_utf8 or large_binary. Valid as long as
 * the array is. Since 0.1
 */
template <typename Offset = int32_t>
std::string_view text(const struct ::ArrowArray &array, int64_t i) noexcept {
  const auto *offsets = static_cast<const Offset *>(array.buffers[1]) + array.offset + i;
  return {static_cast<const char *>(array.buffers[2]) + offsets[0], static_cast<size_t>(offsets[1] - offsets[0])};
}

/** Bytes that a writer handed over. Since 0.1 */
class Memory {
 public:
  /** Takes over a block of take_memory. */
  Memory(uint8_t *data, size_t size) noexcept : data_(data, Free{size}) {}
  /** The first byte. */
  const uint8_t *data() const noexcept { return data_.get(); }
  /** Number of bytes. */
  size_t size() const noexcept { return data_.get_deleter().size; }
  /** All of them. */
  Span<const uint8_t> bytes() const noexcept { return {data(), size()}; }

 private:
  struct Free {
    size_t size;
    void operator()(uint8_t *data) const noexcept { arrowipc_memory_free(data, size); }
  };
  std::unique_ptr<uint8_t, Free> data_;
};

/** Writes a stream or a file. Without finish() the output stays incomplete. Since 0.1 */
class Writer {
 public:
  /** Opens the sink and writes the schema, which is borrowed. */
  static Result<Writer> open(Sink sink, const struct ::ArrowSchema &schema, const Options &options = Options()) {
    arrowipc_writer *writer = nullptr;
    return options.opened<Writer>(
        [&](auto *handle, auto err) {
          return arrowipc_writer_open(sink.handle_.release(), &schema, handle, &writer, err);
        },
        [&] { return Writer(writer, options); });
  }
#ifndef ARROWIPC_EXPECTED
  /** As open(). */
  Writer(Sink sink, const struct ::ArrowSchema &schema, const Options &options = Options())
      : Writer(open(std::move(sink), schema, options)) {}
#endif

  /**
   * Opens a writer that goes on behind what the source holds. The schema, borrowed, must be that of the input;
   * without one it is taken as it is.
   */
  static Result<Writer> append(Source source, Sink sink, const struct ::ArrowSchema *schema = nullptr,
                               const Options &options = Options()) {
    arrowipc_writer *writer = nullptr;
    return options.opened<Writer>(
        [&](auto *handle, auto err) {
          return arrowipc_writer_open_append(source.handle_.release(), sink.handle_.release(), schema, handle, &writer,
                                             err);
        },
        [&] { return Writer(writer, options); });
  }

  /** Writes a batch, which is consumed also on failure. */
  Result<void> write(Array batch, const Metadata &metadata = Metadata()) {
    detail::Failure failure;
    const std::string encoded = metadata.encode();
    const char *pointer = encoded.empty() ? nullptr : encoded.data();
    return failure.result(arrowipc_writer_write(handle_.get(), batch.get(), pointer, failure.out()));
  }

  /** Writes every batch of a stream, which is consumed also on failure. */
  Result<void> write(ArrayStream stream) {
    detail::Failure failure;
    return failure.result(arrowipc_writer_write_stream(handle_.get(), stream.get(), failure.out()));
  }

  /** File format: sets the metadata of the footer. */
  Result<void> set_footer_metadata(const Metadata &metadata) {
    detail::Failure failure;
    const std::string encoded = metadata.encode();
    const char *pointer = encoded.empty() ? nullptr : encoded.data();
    return failure.result(arrowipc_writer_set_footer_metadata(handle_.get(), pointer, failure.out()));
  }

  /** Writes the end of the stream or the footer, and flushes. */
  Result<void> finish() {
    detail::Failure failure;
    return failure.result(arrowipc_writer_finish(handle_.get(), failure.out()));
  }

  /** The bytes of a memory sink, once, after finish(). */
  Result<Memory> take_memory() {
    detail::Failure failure;
    uint8_t *data = nullptr;
    size_t size = 0;
    return failure.result(arrowipc_writer_take_memory(handle_.get(), &data, &size, failure.out()),
                          [&] { return Memory(data, size); });
  }

  /** What was done so far. */
  Result<arrowipc_write_statistics> statistics() const {
    detail::Failure failure;
    arrowipc_write_statistics statistics{};
    return failure.result(
        arrowipc_writer_statistics(handle_.get(), &statistics, sizeof statistics, failure.out()),
        [&] { return statistics; });
  }

 private:
  Writer(arrowipc_writer *handle, const Options &options) : progress_(options.progress_), handle_(handle) {}

  std::shared_ptr<Options::Progress> progress_;
  detail::Handle<arrowipc_writer, &arrowipc_writer_free> handle_;
};

/** A tensor that was read: its description, and the memory behind it. Since 0.1 */
class Tensor {
 public:
  /** Takes over a tensor. */
  explicit Tensor(arrowipc_tensor *tensor) noexcept : handle_(tensor) {}

  /** What the tensor is made of; lives as long as it does. */
  const arrowipc_tensor_description &operator*() const noexcept { return *arrowipc_tensor_describe(handle_.get()); }
  /** A member of the description. */
  const arrowipc_tensor_description *operator->() const noexcept { return arrowipc_tensor_describe(handle_.get()); }

 private:
  detail::Handle<arrowipc_tensor, &arrowipc_tensor_free> handle_;
};

/** Reads tensor messages one after the other. Since 0.1 */
class TensorReader {
 public:
  /** Opens the source; nothing is read yet. */
  static Result<TensorReader> open(Source source, const Options &options = Options()) {
    arrowipc_tensor_reader *reader = nullptr;
    return options.opened<TensorReader>(
        [&](auto *handle, auto err) {
          return arrowipc_tensor_reader_open(source.handle_.release(), handle, &reader, err);
        },
        [&] { return TensorReader(reader, options); });
  }
#ifndef ARROWIPC_EXPECTED
  /** As open(). */
  explicit TensorReader(Source source, const Options &options = Options()) : TensorReader(open(std::move(source), options)) {}
#endif

  /** The next tensor; nothing at the end. */
  Result<std::optional<Tensor>> next() {
    detail::Failure failure;
    arrowipc_tensor *tensor = nullptr;
    return failure.result(arrowipc_tensor_reader_next(handle_.get(), &tensor, failure.out()),
                          [&]() -> std::optional<Tensor> {
                            if (tensor == nullptr) return std::nullopt;
                            return Tensor(tensor);
                          });
  }

 private:
  TensorReader(arrowipc_tensor_reader *handle, const Options &options) : progress_(options.progress_), handle_(handle) {}

  std::shared_ptr<Options::Progress> progress_;
  detail::Handle<arrowipc_tensor_reader, &arrowipc_tensor_reader_free> handle_;
};

/** Writes one message for each tensor. Since 0.1 */
class TensorWriter {
 public:
  /** Opens the sink; nothing is written yet. */
  static Result<TensorWriter> open(Sink sink, const Options &options = Options()) {
    arrowipc_tensor_writer *writer = nullptr;
    return options.opened<TensorWriter>(
        [&](auto *handle, auto err) {
          return arrowipc_tensor_writer_open(sink.handle_.release(), handle, &writer, err);
        },
        [&] { return TensorWriter(writer, options); });
  }
#ifndef ARROWIPC_EXPECTED
  /** As open(). */
  explicit TensorWriter(Sink sink, const Options &options = Options()) : TensorWriter(open(std::move(sink), options)) {}
#endif

  /** Writes a tensor, which is borrowed. */
  Result<void> write(const arrowipc_tensor_description &tensor) {
    detail::Failure failure;
    return failure.result(arrowipc_tensor_writer_write(handle_.get(), &tensor, failure.out()));
  }

  /** Flushes. */
  Result<void> finish() {
    detail::Failure failure;
    return failure.result(arrowipc_tensor_writer_finish(handle_.get(), failure.out()));
  }

  /** The bytes of a memory sink, once, after finish(). */
  Result<Memory> take_memory() {
    detail::Failure failure;
    uint8_t *data = nullptr;
    size_t size = 0;
    return failure.result(arrowipc_tensor_writer_take_memory(handle_.get(), &data, &size, failure.out()),
                          [&] { return Memory(data, size); });
  }

 private:
  TensorWriter(arrowipc_tensor_writer *handle, const Options &options) : progress_(options.progress_), handle_(handle) {}

  std::shared_ptr<Options::Progress> progress_;
  detail::Handle<arrowipc_tensor_writer, &arrowipc_tensor_writer_free> handle_;
};

}  // inline namespace
}  // namespace arrowipc

#endif /* ARROWIPC_HPP_INCLUDED */
