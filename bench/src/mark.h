/* A system call that fails and does nothing, by which bench-syscalls knows where counting begins and ends. */
#ifndef BENCH_MARK_H
#define BENCH_MARK_H

#define BENCH_MARK_DESCRIPTOR (-1)
#define BENCH_MARK_LENGTH 0x62656e63 /* "benc" */

#endif
