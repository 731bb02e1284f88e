// Two ends of a Unix socket in one process.
#pragma once

#include "data.h"
#include "limits.h"

namespace bench {

// A second thread writes the batches and this one reads them; with `one_by_one`, each is written when the taker had the one
// before.
void WriteAndRead(const bench_peer& peer, const bench_settings& settings, const Dataset& data, bool one_by_one,
                  const bench_taker& taker);

// The bytes, with write(2) in pieces of `piece` bytes, and with read(2).
void ThroughSocket(const Bytes& bytes, size_t piece);

}  // namespace bench
