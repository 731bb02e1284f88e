/* What libbench_malloc.so counts, of all threads. */
#ifndef BENCH_MALLOC_H
#define BENCH_MALLOC_H

#include <stdint.h>

struct bench_malloc_counts {
  int64_t allocations; /* malloc and its like, and anonymous maps of the program's own */
  int64_t live_bytes;
  int64_t peak_bytes; /* the most that live_bytes was */
};

/* Stores the counts so far, and lets the peak start anew. The preloaded library exports it as bench_malloc_take. */
typedef void bench_malloc_take_function(struct bench_malloc_counts *out);

#endif
