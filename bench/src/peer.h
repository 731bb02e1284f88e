/*
 * What the benchmark asks of an implementation: to write the batches it is handed, to read batches and hand them out, and to
 * get batch i of a file. Batches cross by the C Data Interface, in and out, for every implementation alike.
 *
 * Every function returns 0, or BENCH_UNSUPPORTED or BENCH_FAILED with a text in the error. One thread may write while another reads.
 */
#ifndef BENCH_PEER_H
#define BENCH_PEER_H

#include <stddef.h>
#include <stdint.h>

/* Arrow C++ defines more than the structures under this guard, so that its header comes first where it is used. */
#ifndef ARROW_C_DATA_INTERFACE
#include "arrowipc.h"
#endif

#ifdef __cplusplus
extern "C" {
#endif

#define BENCH_FAILED 1
#define BENCH_UNSUPPORTED 2

struct bench_error {
  char text[1024];
};

/* How far input is checked. */
#define BENCH_CHECK_NOTHING 0 /* metadata and bounds at most */
#define BENCH_CHECK_OFFSETS 1 /* lengths and offsets */
#define BENCH_CHECK_ALL 2     /* offsets and UTF-8 too: what is handed out is safe to touch */

struct bench_settings {
  int32_t file;        /* 1: the file format; 0: the stream format */
  int32_t compression; /* 0 none, 1 LZ4, 2 ZSTD at level 1 */
  int32_t threads;
  int32_t checks;   /* one of BENCH_CHECK_* */
  int32_t buffered; /* 1: with the implementation's own buffer between it and the file */
  int32_t at_once;  /* 1: each message goes out when it is written, as somebody waits for it */
  const int32_t *columns; /* which to read, n_columns of them; NULL: all */
  size_t n_columns;
};

/* Where bytes come from. */
enum bench_input_kind { BENCH_FROM_FILE, BENCH_FROM_MAP, BENCH_FROM_MEMORY, BENCH_FROM_DESCRIPTOR, BENCH_PUSHED };

struct bench_input {
  enum bench_input_kind kind;
  const char *path;    /* of BENCH_FROM_FILE and BENCH_FROM_MAP */
  const uint8_t *data; /* of BENCH_FROM_MEMORY and BENCH_PUSHED; outlives every array */
  size_t size;
  size_t piece; /* of BENCH_PUSHED: bytes a push */
  int fd;       /* of BENCH_FROM_DESCRIPTOR: stays open */
};

/* Where bytes go. */
enum bench_output_kind { BENCH_TO_FILE, BENCH_TO_MEMORY, BENCH_TO_DESCRIPTOR };

struct bench_output {
  enum bench_output_kind kind;
  const char *path; /* of BENCH_TO_FILE: is not there yet */
  int fd;           /* of BENCH_TO_DESCRIPTOR: stays open */
  /* of BENCH_TO_MEMORY: gets the bytes before they are freed; NULL: nobody wants them */
  void (*memory)(void *ctx, const uint8_t *data, size_t size);
  void *ctx;
};

/* What is to be written. */
struct bench_batches {
  void (*schema)(void *ctx, struct ArrowSchema *out);        /* *out is the caller's to release */
  void (*get)(void *ctx, int64_t i, struct ArrowArray *out); /* *out is the caller's to consume */
  int64_t count;
  void *ctx;
};

/* Who gets what was read; consumes the batch. */
struct bench_taker {
  void (*take)(void *ctx, struct ArrowArray *batch);
  void *ctx;
};

struct bench_peer {
  const char *name;
  const char *version;
  int (*write)(const struct bench_settings *, const struct bench_output *, const struct bench_batches *, struct bench_error *);
  int (*read)(const struct bench_settings *, const struct bench_input *, const struct bench_taker *, struct bench_error *);
  /* Random access to a file (BENCH_FROM_FILE, BENCH_FROM_MAP). */
  int (*open)(const struct bench_settings *, const struct bench_input *, void **file, struct bench_error *);
  int (*get)(void *file, int64_t i, struct ArrowArray *out, struct bench_error *);
  void (*close)(void *file);
  /* Bytes of bodies that the last read or open..close copied; NULL: the implementation does not tell. */
  int64_t (*copied)(void);
};

extern const struct bench_peer bench_libarrowipc;
extern const struct bench_peer bench_nanoarrow;
extern const struct bench_peer bench_arrow_cpp;
extern const struct bench_peer bench_arrow_rs;

#ifdef __cplusplus
}
#endif

#endif
