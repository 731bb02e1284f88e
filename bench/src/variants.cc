#include "variants.h"

#include <unistd.h>

#include <algorithm>
#include <random>
#include <stdexcept>

#include "socket.h"
#include "verify.h"

namespace bench {

namespace {

// An implementation as it is set up.
struct Setup {
  const bench_peer* peer;
  const char* detail;
  int checks;
  bool buffered;
};

Role RoleOf(const bench_peer* peer) { return peer == &bench_libarrowipc ? Role::kOwn : Role::kPeer; }

const std::vector<Setup>& Writing() {
  static const std::vector<Setup> setups = {
      {&bench_libarrowipc, "", BENCH_CHECK_ALL, false},
      {&bench_arrow_cpp, "", BENCH_CHECK_NOTHING, false},
      {&bench_arrow_cpp, "buffered", BENCH_CHECK_NOTHING, true},
      {&bench_nanoarrow, "", BENCH_CHECK_OFFSETS, false},
      {&bench_arrow_rs, "", BENCH_CHECK_ALL, false},
      {&bench_arrow_rs, "buffered", BENCH_CHECK_ALL, true},
  };
  return setups;
}

const std::vector<Setup>& Reading() {
  static const std::vector<Setup> setups = {
      {&bench_libarrowipc, "", BENCH_CHECK_ALL, false},
      {&bench_libarrowipc, "trusted", BENCH_CHECK_NOTHING, false},
      {&bench_arrow_cpp, "", BENCH_CHECK_NOTHING, false},
      {&bench_arrow_cpp, "buffered", BENCH_CHECK_NOTHING, true},
      {&bench_nanoarrow, "", BENCH_CHECK_OFFSETS, false},
      {&bench_nanoarrow, "unchecked", BENCH_CHECK_NOTHING, false},
      {&bench_arrow_rs, "", BENCH_CHECK_ALL, false},
      {&bench_arrow_rs, "buffered", BENCH_CHECK_ALL, true},
      {&bench_arrow_rs, "unchecked", BENCH_CHECK_NOTHING, false},
      {&bench_arrow_rs, "buffered, unchecked", BENCH_CHECK_NOTHING, true},
  };
  return setups;
}

const std::vector<Setup>& Validating() {
  static const std::vector<Setup> setups = {
      {&bench_libarrowipc, "", BENCH_CHECK_ALL, false},
      {&bench_arrow_cpp, "ValidateFull", BENCH_CHECK_ALL, false},
      {&bench_nanoarrow, "no UTF-8", BENCH_CHECK_OFFSETS, false},
      {&bench_arrow_rs, "", BENCH_CHECK_ALL, false},
  };
  return setups;
}

bench_settings With(bench_settings settings, const Setup& setup) {
  settings.checks = setup.checks;
  settings.buffered = setup.buffered;
  return settings;
}

// A buffer in front of memory or a map is nothing that anybody would use, and a file is read at offsets.
bool Sensible(const Setup& setup, const bench_settings& settings, bench_input_kind kind) {
  return !setup.buffered || (!settings.file && (kind == BENCH_FROM_FILE || kind == BENCH_FROM_DESCRIPTOR));
}

// Batches that are kept until the run is over.
struct Held {
  explicit Held(int64_t count) { batches.reserve(static_cast<size_t>(count)); }
  ~Held() { Release(); }
  void Release() {
    for (ArrowArray& batch : batches) batch.release(&batch);
    batches.clear();
  }
  bench_taker taker() {
    return {[](void* self, ArrowArray* batch) { static_cast<Held*>(self)->batches.push_back(*batch); }, this};
  }
  std::vector<ArrowArray> batches;
};

// A file that an implementation has open.
class Opened {
 public:
  explicit Opened(const bench_peer* peer) : peer_(peer) {}
  Opened(const Opened&) = delete;
  ~Opened() {
    if (file_ != nullptr) peer_->close(file_);
  }
  void Open(const bench_settings& settings, const bench_input& input) {
    bench_error error;
    Must(peer_->open(&settings, &input, &file_, &error), error);
  }
  void* get() const { return file_; }

 private:
  const bench_peer* peer_;
  void* file_ = nullptr;
};

const bench_taker kReleaser = {[](void*, ArrowArray* batch) { batch->release(batch); }, nullptr};

std::vector<int> Columns(const bench_settings& settings) {
  return {settings.columns, settings.columns + settings.n_columns};
}

std::function<int64_t()> Copied(const bench_peer* peer) {
  return peer->copied == nullptr ? std::function<int64_t()>() : std::function<int64_t()>(peer->copied);
}

void AddReadersOf(const std::vector<Setup>& setups, Workload* workload, const Dataset& data, const bench_settings& base,
                  const bench_input& input, Then then) {
  for (const Setup& setup : setups) {
    if (!Sensible(setup, base, input.kind)) continue;
    const bench_settings settings = With(base, setup);
    const bench_peer* peer = setup.peer;
    const auto read = [=](const bench_taker& taker) {
      bench_error error;
      Must(peer->read(&settings, &input, &taker, &error), error);
    };
    Variant variant{peer->name, setup.detail, RoleOf(peer), setup.checks};
    variant.copied = Copied(peer);
    variant.verify = [=, &data] {
      Comparison comparison(data, Columns(settings));
      read(comparison.taker());
      comparison.Finish();
    };
    if (then == Then::kHold) {
      const auto held = std::make_shared<Held>(data.count());
      variant.run = [=] { read(held->taker()); };
      variant.after = [=] { held->Release(); };
    } else {
      variant.run = [=] { read(kReleaser); };
    }
    workload->variants.push_back(std::move(variant));
  }
}

}  // namespace

const std::vector<const bench_peer*>& AllPeers() {
  static const std::vector<const bench_peer*> peers = {&bench_libarrowipc, &bench_arrow_cpp, &bench_nanoarrow, &bench_arrow_rs};
  return peers;
}

bench_settings Stream() { return {0, 0, 1, BENCH_CHECK_ALL, 0, 0, nullptr, 0}; }

bench_settings File() { return {1, 0, 1, BENCH_CHECK_ALL, 0, 0, nullptr, 0}; }

bench_input FromFile(const char* path) { return {BENCH_FROM_FILE, path, nullptr, 0, 0, -1}; }

bench_input FromMap(const char* path) { return {BENCH_FROM_MAP, path, nullptr, 0, 0, -1}; }

bench_input FromMemory(const Bytes& bytes) { return {BENCH_FROM_MEMORY, nullptr, bytes.data(), bytes.size(), 0, -1}; }

void AddWriters(Workload* workload, const Dataset& data, const bench_settings& base, const bench_output& output,
                const char* scratch) {
  for (const Setup& setup : Writing()) {
    if (setup.buffered && output.kind == BENCH_TO_MEMORY) continue;
    const bench_settings settings = With(base, setup);
    const bench_peer* peer = setup.peer;
    const auto write = [=, &data](const bench_output& to) {
      bench_error error;
      const bench_batches batches = data.HandOut();
      Must(peer->write(&settings, &to, &batches, &error), error);
    };
    Variant variant{peer->name, setup.detail, RoleOf(peer), setup.checks};
    variant.run = [=] { write(output); };
    if (output.kind == BENCH_TO_FILE) variant.after = [=] { unlink(output.path); };
    variant.verify = [=, &data] {
      // Whatever the output, its bytes are looked at in a file.
      const bench_output file{BENCH_TO_FILE, scratch, -1, nullptr, nullptr};
      write(file);
      VerifyFile(scratch, settings.file != 0, data);
      unlink(scratch);
    };
    workload->variants.push_back(std::move(variant));
  }
}

void AddReaders(Workload* workload, const Dataset& data, const bench_settings& settings, const bench_input& input, Then then) {
  AddReadersOf(Reading(), workload, data, settings, input, then);
}

void AddValidators(Workload* workload, const Dataset& data, const bench_settings& settings, const bench_input& input) {
  AddReadersOf(Validating(), workload, data, settings, input, Then::kRelease);
}

void AddGetters(Workload* workload, const Dataset& data, const bench_settings& base, const bench_input& input) {
  std::vector<int64_t> order(static_cast<size_t>(data.count()));
  for (size_t i = 0; i < order.size(); i++) order[i] = static_cast<int64_t>(i);
  std::shuffle(order.begin(), order.end(), std::mt19937_64(8));
  for (const Setup& setup : Reading()) {
    if (setup.buffered) continue;
    const bench_settings settings = With(base, setup);
    const bench_peer* peer = setup.peer;
    const auto file = std::make_shared<Opened>(peer);
    const auto each = [=](const std::function<void(int64_t, ArrowArray*)>& take) {
      bench_error error;
      for (const int64_t i : order) {
        ArrowArray batch;
        Must(peer->get(file->get(), i, &batch, &error), error);
        take(i, &batch);
      }
    };
    Variant variant{peer->name, setup.detail, RoleOf(peer), setup.checks};
    variant.run = [=] { each([](int64_t, ArrowArray* batch) { batch->release(batch); }); };
    variant.verify = [=, &data] {
      file->Open(settings, input);
      Comparison comparison(data, Columns(settings));
      each([&](int64_t i, ArrowArray* batch) { comparison.Compare(i, batch); });
      comparison.Finish();
    };
    workload->variants.push_back(std::move(variant));
  }
}

void AddOpeners(Workload* workload, const Dataset& data, const bench_settings& base, const bench_input& input, int times) {
  for (const Setup& setup : Reading()) {
    if (setup.buffered) continue;
    const bench_settings settings = With(base, setup);
    const bench_peer* peer = setup.peer;
    Variant variant{peer->name, setup.detail, RoleOf(peer), setup.checks};
    variant.run = [=] {
      for (int i = 0; i < times; i++) Opened(peer).Open(settings, input);
    };
    variant.verify = [=, &data] {
      // The last batch is there and is the last one's.
      Opened file(peer);
      file.Open(settings, input);
      bench_error error;
      ArrowArray batch;
      Must(peer->get(file.get(), data.count() - 1, &batch, &error), error);
      Comparison comparison(data, {});
      comparison.Compare(data.count() - 1, &batch);
      comparison.FinishAfter(1);
    };
    workload->variants.push_back(std::move(variant));
  }
}

void AddSocketPairs(Workload* workload, const Dataset& data, bool one_by_one) {
  for (const Setup& setup : Reading()) {
    if (setup.buffered) continue;
    const auto through = [=, &data](const bench_taker& taker) {
      bench_settings settings = With(Stream(), setup);
      settings.at_once = one_by_one;
      WriteAndRead(*setup.peer, settings, data, one_by_one, taker);
    };
    Variant variant{setup.peer->name, setup.detail, RoleOf(setup.peer), setup.checks};
    variant.run = [=] { through(kReleaser); };
    variant.verify = [=, &data] {
      Comparison comparison(data, {});
      through(comparison.taker());
      comparison.Finish();
    };
    workload->variants.push_back(std::move(variant));
  }
}

void AddLimit(Workload* workload, const std::string& name, std::function<void()> run, std::function<void()> after) {
  workload->variants.push_back({name, "", Role::kLimit, 0, std::move(run), std::move(after), {}, {}});
}

void AddReadLimit(Workload* workload, const char* path) {
  const auto buffer = std::make_shared<Bytes>(kRead);
  AddLimit(workload, "read(2)", [=] { ReadThrough(path, buffer.get()); });
}

void AddCopyLimit(Workload* workload, const Bytes& bytes) {
  const auto buffer = std::make_shared<Bytes>(kWritten);
  AddLimit(workload, "memcpy", [=, &bytes] { CopyThrough(bytes, buffer.get()); });
}

}  // namespace bench
