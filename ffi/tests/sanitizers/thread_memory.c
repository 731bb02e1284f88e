/* Functions that newer compilers call for memory under ThreadSanitizer, for a runtime that has only the intercepted ones. */

#include <string.h>

void *__tsan_memset(void *to, int byte, size_t n);
void *__tsan_memcpy(void *to, const void *from, size_t n);
void *__tsan_memmove(void *to, const void *from, size_t n);

__attribute__((weak)) void *__tsan_memset(void *to, int byte, size_t n) { return memset(to, byte, n); }
__attribute__((weak)) void *__tsan_memcpy(void *to, const void *from, size_t n) { return memcpy(to, from, n); }
__attribute__((weak)) void *__tsan_memmove(void *to, const void *from, size_t n) { return memmove(to, from, n); }
