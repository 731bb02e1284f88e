#include "socket.h"

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <semaphore>
#include <system_error>
#include <thread>

#include "measure.h"

namespace bench {

namespace {

class Pair {
 public:
  Pair() {
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends_) != 0) {
      throw std::system_error(errno, std::generic_category(), "socketpair");
    }
  }
  Pair(const Pair&) = delete;
  ~Pair() {
    close(ends_[0]);
    CloseOut();
  }
  int in() const { return ends_[0]; }
  int out() const { return ends_[1]; }
  // The end of the data, for who reads.
  void CloseOut() {
    if (ends_[1] >= 0) close(ends_[1]);
    ends_[1] = -1;
  }

 private:
  int ends_[2];
};

// Batches that are handed out when the one before was taken.
struct Turns {
  bench_batches batches;
  bench_taker taker;
  std::counting_semaphore<> free{1};
};

}  // namespace

void WriteAndRead(const bench_peer& peer, const bench_settings& settings, const Dataset& data, bool one_by_one,
                  const bench_taker& taker) {
  Pair pair;
  Turns turns{data.HandOut(), taker};
  bench_batches batches = turns.batches;
  bench_taker taking = taker;
  if (one_by_one) {
    batches.schema = [](void* self, ArrowSchema* out) {
      const bench_batches& inner = static_cast<Turns*>(self)->batches;
      inner.schema(inner.ctx, out);
    };
    batches.get = [](void* self, int64_t i, ArrowArray* out) {
      auto* turns = static_cast<Turns*>(self);
      turns->free.acquire();
      turns->batches.get(turns->batches.ctx, i, out);
    };
    batches.ctx = &turns;
    taking.take = [](void* self, ArrowArray* batch) {
      auto* turns = static_cast<Turns*>(self);
      turns->taker.take(turns->taker.ctx, batch);
      turns->free.release();
    };
    taking.ctx = &turns;
  }
  int written = 0;
  bench_error write_error;
  std::thread writer([&] {
    const bench_output output{BENCH_TO_DESCRIPTOR, nullptr, pair.out(), nullptr, nullptr};
    written = peer.write(&settings, &output, &batches, &write_error);
    pair.CloseOut();
  });
  bench_error read_error;
  const bench_input input{BENCH_FROM_DESCRIPTOR, nullptr, nullptr, 0, 0, pair.in()};
  const int read = peer.read(&settings, &input, &taking, &read_error);
  // Whoever still waits to write hears that nobody reads.
  if (read != 0) shutdown(pair.in(), SHUT_RDWR);
  turns.free.release(data.count());
  writer.join();
  Must(read, read_error);
  Must(written, write_error);
}

void ThroughSocket(const Bytes& bytes, size_t piece) {
  Pair pair;
  std::thread writer([&] {
    for (size_t done = 0; done < bytes.size();) {
      const ssize_t n = write(pair.out(), bytes.data() + done, std::min(piece, bytes.size() - done));
      if (n < 0) break;
      done += static_cast<size_t>(n);
    }
    pair.CloseOut();
  });
  Bytes buffer(piece);
  while (read(pair.in(), buffer.data(), buffer.size()) > 0) {
  }
  writer.join();
}

}  // namespace bench
