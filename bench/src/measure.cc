#include "measure.h"

#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <stdexcept>

#include "mark.h"

namespace bench {

namespace {

int64_t Nanoseconds(clockid_t clock) {
  timespec now;
  clock_gettime(clock, &now);
  return int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

Sample Time(const Variant& variant) {
  const int64_t wall = Nanoseconds(CLOCK_MONOTONIC);
  const int64_t cpu = Nanoseconds(CLOCK_PROCESS_CPUTIME_ID);
  variant.run();
  const Sample sample{Nanoseconds(CLOCK_MONOTONIC) - wall, Nanoseconds(CLOCK_PROCESS_CPUTIME_ID) - cpu};
  variant.after();
  return sample;
}

}  // namespace

void Must(int status, const bench_error& error) {
  if (status == BENCH_UNSUPPORTED) throw Unsupported{error.text};
  if (status != 0) throw std::runtime_error(error.text);
}

std::vector<Measured> Measure(const Workload& workload, int rounds) {
  std::vector<Measured> all;
  std::vector<size_t> there;
  for (const Variant& variant : workload.variants) {
    Measured measured{&variant, {}, "", -1};
    try {
      if (variant.verify) variant.verify();
      there.push_back(all.size());
    } catch (const Unsupported& e) {
      measured.unsupported = e.text;
    } catch (const std::exception& e) {
      throw std::runtime_error(workload.id + ", " + variant.name + " " + variant.detail + ": " + e.what());
    }
    all.push_back(std::move(measured));
  }
  for (int round = 0; round < rounds; round++) {
    for (size_t i = 0; i < there.size(); i++) {
      Measured& measured = all[there[(i + static_cast<size_t>(round)) % there.size()]];
      measured.samples.push_back(Time(*measured.variant));
    }
  }
  for (const size_t i : there) {
    const Variant& variant = *all[i].variant;
    if (!variant.copied) continue;
    // Once more, as what the implementation tells is about its last run.
    variant.run();
    variant.after();
    all[i].copied = variant.copied();
  }
  return all;
}

extern "C" __attribute__((noinline)) void bench_counted(const std::function<void()>& run) {
  const auto mark = [] { (void)!syscall(SYS_write, BENCH_MARK_DESCRIPTOR, "", BENCH_MARK_LENGTH); };
  mark();
  run();
  mark();
}

}  // namespace bench
