/* libbench_malloc.so: preloaded, counts what a program allocates. */
#define _GNU_SOURCE
#include "../src/malloc.h"

#include <dlfcn.h>
#include <errno.h>
#include <malloc.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/mman.h>

/* glibc's own functions: dlsym would allocate before there is anything to allocate with. */
extern void *__libc_malloc(size_t);
extern void *__libc_calloc(size_t, size_t);
extern void *__libc_realloc(void *, size_t);
extern void *__libc_memalign(size_t, size_t);
extern void __libc_free(void *);

static _Atomic int64_t allocations, live, peak;

static void grow(int64_t bytes) {
  const int64_t now = atomic_fetch_add(&live, bytes) + bytes;
  int64_t most = atomic_load(&peak);
  while (now > most && !atomic_compare_exchange_weak(&peak, &most, now)) {
  }
}

static void *counted(void *block) {
  if (block == NULL) return NULL;
  atomic_fetch_add(&allocations, 1);
  grow((int64_t)malloc_usable_size(block));
  return block;
}

void *malloc(size_t size) { return counted(__libc_malloc(size)); }

void *calloc(size_t count, size_t size) { return counted(__libc_calloc(count, size)); }

void *memalign(size_t alignment, size_t size) { return counted(__libc_memalign(alignment, size)); }

void *aligned_alloc(size_t alignment, size_t size) { return counted(__libc_memalign(alignment, size)); }

int posix_memalign(void **out, size_t alignment, size_t size) {
  void *block = counted(__libc_memalign(alignment, size));
  if (block == NULL) return ENOMEM;
  *out = block;
  return 0;
}

void *realloc(void *block, size_t size) {
  const int64_t before = block == NULL ? 0 : (int64_t)malloc_usable_size(block);
  void *moved = __libc_realloc(block, size);
  if (moved == NULL && size > 0) return NULL;
  atomic_fetch_sub(&live, before);
  return counted(moved);
}

void free(void *block) {
  if (block != NULL) atomic_fetch_sub(&live, (int64_t)malloc_usable_size(block));
  __libc_free(block);
}

void *mmap(void *address, size_t length, int protection, int flags, int fd, off_t offset) {
  static void *(*real)(void *, size_t, int, int, int, off_t);
  if (real == NULL) real = (void *(*)(void *, size_t, int, int, int, off_t))dlsym(RTLD_NEXT, "mmap");
  void *map = real(address, length, protection, flags, fd, offset);
  if (map != MAP_FAILED && (flags & MAP_ANONYMOUS)) {
    atomic_fetch_add(&allocations, 1);
    grow((int64_t)length);
  }
  return map;
}

void *mmap64(void *, size_t, int, int, int, off_t) __attribute__((alias("mmap")));

void bench_malloc_take(struct bench_malloc_counts *out) {
  *out = (struct bench_malloc_counts){atomic_load(&allocations), atomic_load(&live), atomic_load(&peak)};
  atomic_store(&peak, out->live_bytes);
}
