/*
 * libarrowipc: Arrow IPC streams and files, read and written.
 *
 * Licensed under the Apache License, Version 2.0.
 *
 * Generated from ffi/src/abi/; change it there and run:
 *
 *   ARROWIPC_BLESS=1 cargo test -p arrowipc --test header
 *
 * Batches cross by the Arrow C Data Interface and the Arrow C Stream Interface
 * (https://arrow.apache.org/docs/format/): ArrowSchema says what the columns are, one ArrowArray holds a
 * batch. A program that reads does this:
 *
 *   arrowipc_source_from_path -> arrowipc_reader_open -> arrowipc_reader_schema -> arrowipc_reader_next, until
 *   out.release is NULL -> arrowipc_reader_free
 *
 * and one that writes does this:
 *
 *   arrowipc_sink_to_path -> arrowipc_writer_open -> arrowipc_writer_write ... -> arrowipc_writer_finish ->
 *   arrowipc_writer_free
 *
 * Conventions
 *
 * Status. Functions that can fail return an int32_t: ARROWIPC_OK, or a status that says whose fault it is.
 * There is no partial success: outputs are written on success only, and never read.
 *
 * Errors. The last parameter of such a function, arrowipc_error **err, may be NULL. On failure *err becomes
 * an error with message and place that the caller frees; on success it is left alone. No state is kept in
 * threads.
 *
 * NULL. Every pointer is checked: NULL where it is not allowed is ARROWIPC_INVALID_ARGUMENT. It is allowed
 * for err, for options, for the ctx of callbacks, for what is freed, and where a function says so.
 *
 * Ownership. Arrays, streams, sources and sinks handed in are consumed, also on failure; schemas are
 * borrowed for the call. A consumed ArrowArray or ArrowArrayStream has a NULL release afterwards; a
 * consumed handle must not be used again. What is handed out is the caller's to free or release, unless it
 * is said to be borrowed. Schemas and arrays that are handed out stand on their own: they outlive the
 * reader, their children may be moved out, and they are to be treated as immutable.
 *
 * Threads. A handle may move between threads. Calls that take a const handle may run concurrently, also on
 * the same handle; calls that take a handle without const are exclusive. Release callbacks, this library's
 * and the caller's, may run on any thread. Functions without a handle may be called by any thread.
 *
 * Callbacks of the caller must return: an exception or a longjmp through this library is undefined
 * behaviour.
 *
 * Trust. Input bytes are checked before they are handed out, as far as ARROWIPC_OPTION_VALIDATION says.
 * Structures of the C Data Interface are pointers without lengths: their producer must be trusted, whatever
 * is checked of them.
 *
 * Text is UTF-8 and ends with NUL. Custom metadata cross in the encoding of ArrowSchema.metadata: the
 * number of pairs, then each key and value behind its length, every number an int32_t of the platform's
 * byte order.
 *
 * Versions. Every item says since which version it is there; values, layouts and signatures do not change
 * within a major version. Public structures carry their size, so that they can grow at the end. The library
 * stays usable by programs that were compiled with an earlier header of the same major version.
 *
 * Programs that use Arrow C++ include its headers before this one: arrow/c/abi.h defines more than the
 * structures under the same guard.
 */

#ifndef ARROWIPC_H_INCLUDED
#define ARROWIPC_H_INCLUDED

#include <stddef.h>
#include <stdint.h>

#define ARROWIPC_VERSION "0.1.0" /* of this header; arrowipc_version tells the library's */

/* Before each function. Empty for the static library on Windows: define ARROWIPC_STATIC. */
#ifndef ARROWIPC_API
#  if defined(_WIN32) && !defined(ARROWIPC_STATIC)
#    define ARROWIPC_API __declspec(dllimport)
#  elif defined(__GNUC__)
#    define ARROWIPC_API __attribute__((visibility("default")))
#  else
#    define ARROWIPC_API
#  endif
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* The structures of the Arrow C Data Interface and the Arrow C Stream Interface, under the guards that their
 * specification gives them: whichever header comes first defines them, always both. */

#ifndef ARROW_C_DATA_INTERFACE
#define ARROW_C_DATA_INTERFACE

#define ARROW_FLAG_DICTIONARY_ORDERED 1
#define ARROW_FLAG_NULLABLE 2
#define ARROW_FLAG_MAP_KEYS_SORTED 4

struct ArrowSchema {
  // Array type description
  const char* format;
  const char* name;
  const char* metadata;
  int64_t flags;
  int64_t n_children;
  struct ArrowSchema** children;
  struct ArrowSchema* dictionary;

  // Release callback
  void (*release)(struct ArrowSchema*);
  // Opaque producer-specific data
  void* private_data;
};

struct ArrowArray {
  // Array data description
  int64_t length;
  int64_t null_count;
  int64_t offset;
  int64_t n_buffers;
  int64_t n_children;
  const void** buffers;
  struct ArrowArray** children;
  struct ArrowArray* dictionary;

  // Release callback
  void (*release)(struct ArrowArray*);
  // Opaque producer-specific data
  void* private_data;
};

#endif  // ARROW_C_DATA_INTERFACE

#ifndef ARROW_C_STREAM_INTERFACE
#define ARROW_C_STREAM_INTERFACE

struct ArrowArrayStream {
  // Callbacks providing stream functionality
  int (*get_schema)(struct ArrowArrayStream*, struct ArrowSchema* out);
  int (*get_next)(struct ArrowArrayStream*, struct ArrowArray* out);
  const char* (*get_last_error)(struct ArrowArrayStream*);

  // Release callback
  void (*release)(struct ArrowArrayStream*);

  // Opaque producer-specific data
  void* private_data;
};

#endif  // ARROW_C_STREAM_INTERFACE

/* ---------------------------------------------------------------------------------------------------------
 * Status: what a call came to, and whose fault it is when it failed.
 *
 * Functions that can fail return one of these as int32_t. The values never change and are never used again
 * for something else. A program should treat a value that it does not know like ARROWIPC_INTERNAL.
 */

/** Done. Since 0.1 */
#define ARROWIPC_OK 0

/**
 * The caller's bug: NULL, an unknown option, an index out of range, an array that does not fit the schema.
 * Since 0.1
 */
#define ARROWIPC_INVALID_ARGUMENT 1

/** The caller's bug: a call that the handle's state does not allow, as a write after the end. Since 0.1 */
#define ARROWIPC_INVALID_STATE 2

/** The input's fault: malformed or truncated bytes. Since 0.1 */
#define ARROWIPC_INVALID_DATA 3

/** Nobody's fault: valid Arrow, or a valid request, that this version cannot handle. Since 0.1 */
#define ARROWIPC_UNSUPPORTED 4

/** The input asks for more than one of the ARROWIPC_OPTION_MAX_* options allows. Since 0.1 */
#define ARROWIPC_LIMIT_EXCEEDED 5

/** An allocation failed. Since 0.1 */
#define ARROWIPC_OUT_OF_MEMORY 6

/** The operating system or a callback failed; arrowipc_error_errno says with what. Since 0.1 */
#define ARROWIPC_IO 7

/** The progress callback asked to stop. Since 0.1 */
#define ARROWIPC_CANCELLED 8

/**
 * A bug in this library, which was caught. The handle answers every further call with this status; free it.
 * Since 0.1
 */
#define ARROWIPC_INTERNAL 9

/**
 * The name of a status: "ARROWIPC_INVALID_DATA" and so on, "unknown status" for a value that is none. Never
 * NULL; the text lives as long as the library. Any thread. Since 0.1
 */
ARROWIPC_API const char *arrowipc_status_name(int32_t status);

/* ---------------------------------------------------------------------------------------------------------
 * Errors: what failed, and where.
 *
 * Functions that can fail take an arrowipc_error **err last. NULL says that nobody wants to know more than
 * the status. Otherwise *err is set on failure, and only then, to an error that the caller frees. What
 * *err held before is not looked at: free or hand on one error before the next call. The functions below
 * only read the error: any thread may call them, also concurrently. They take NULL for "no error".
 */

/** A failure with its place. Since 0.1 */
typedef struct arrowipc_error arrowipc_error;

/** The status that the failing function returned; ARROWIPC_OK for NULL. Since 0.1 */
ARROWIPC_API int32_t arrowipc_error_code(const arrowipc_error *e);

/**
 * What was found, what was expected and where: one line of UTF-8 without line break. A NUL that comes from
 * the input, in a field's name for example, is written as \0. Never NULL; "no error" for NULL. Lives as long
 * as the error. Since 0.1
 */
ARROWIPC_API const char *arrowipc_error_message(const arrowipc_error *e);

/** errno of the operating system or of the callback that failed; 0 when neither did. Since 0.1 */
ARROWIPC_API int32_t arrowipc_error_errno(const arrowipc_error *e);

/** Offset in the input, in bytes, of the part that is wrong; -1 when unknown. Since 0.1 */
ARROWIPC_API int64_t arrowipc_error_byte_offset(const arrowipc_error *e);

/** Index of the encapsulated message that is wrong, the schema being 0; -1 when unknown. Since 0.1 */
ARROWIPC_API int64_t arrowipc_error_message_index(const arrowipc_error *e);

/**
 * Names of the fields from the column down to the one that is wrong, joined by dots ("a.item.b"); NULL when
 * unknown. Lives as long as the error. Since 0.1
 */
ARROWIPC_API const char *arrowipc_error_field_path(const arrowipc_error *e);

/**
 * Id of the clause of the format that the input violates, as the conformance suite lists them; NULL when
 * there is none. Lives as long as the error. Since 0.1
 */
ARROWIPC_API const char *arrowipc_error_clause(const arrowipc_error *e);

/**
 * Frees an error; NULL is fine. Not for errors from arrowipc_error_from_stream, which are borrowed.
 * Since 0.1
 */
ARROWIPC_API void arrowipc_error_free(arrowipc_error *e);

/* ---------------------------------------------------------------------------------------------------------
 * Version: of the header a program was compiled with, and of the library it runs with.
 */

/** Version of this header: major part. Programs are to be compiled again when it changes. Since 0.1 */
#define ARROWIPC_VERSION_MAJOR 0

/** Version of this header: minor part. It grows when something is added. Since 0.1 */
#define ARROWIPC_VERSION_MINOR 1

/** Version of this header: patch. Since 0.1 */
#define ARROWIPC_VERSION_PATCH 0

/**
 * Version of the library as "major.minor.patch". Never NULL; lives as long as the library. Any thread.
 * Since 0.1
 */
ARROWIPC_API const char *arrowipc_version(void);

/** Version of the library as major << 16 | minor << 8 | patch, to be compared. Any thread. Since 0.1 */
ARROWIPC_API uint32_t arrowipc_version_number(void);

/**
 * 1 when this build has the feature, 0 when it has not or the name is unknown or NULL. Names: "lz4" and
 * "zstd" (compressed bodies), "mmap" (memory-mapped files). Any thread. Since 0.1
 */
ARROWIPC_API int32_t arrowipc_has_feature(const char *name);

/* ---------------------------------------------------------------------------------------------------------
 * Options: one object serves readers and writers, each uses what concerns it. What is said of readers holds
 * for push decoders, but for ARROWIPC_OPTION_RECOVER: they hand out what comes before a fault in any case.
 *
 * Options are copied when a reader or writer is opened: change, use again or free them afterwards as you
 * like. NULL in place of options stands for the defaults. An unknown key is ARROWIPC_INVALID_ARGUMENT, so
 * that a program can probe for what a later version adds.
 */

/**
 * Reader and writer: 1 stream format, 2 file format. Reader: 0 (default) finds out. Writer: 0 (default) is
 * the stream format. Since 0.1
 */
#define ARROWIPC_OPTION_FORMAT 1

/**
 * Reader: how much of the input is checked before it is handed out. 2 (default): everything, what is handed
 * out is safe to touch. 1: metadata, buffer bounds and a constant amount of work for each buffer. 0:
 * metadata and buffer bounds, for input from a writer that is trusted. Since 0.1
 */
#define ARROWIPC_OPTION_VALIDATION 2

/**
 * Reader: 1 hands out what a damaged input still holds, which without it is an error: the batches before
 * the damage, where the data then end; of a file without a usable footer, those of the stream inside it.
 * arrowipc_reader_stopped_by tells what is wrong. Failures of the source stay errors. 0 is the default.
 * Since 0.1
 */
#define ARROWIPC_OPTION_RECOVER 3

/**
 * Reader and writer: threads that decompress and compress the buffers of a message, 1 (default) to 256, that
 * of the calling program included. The others start with the first message that has enough work for them and
 * end when the reader or writer is freed. What is read and written does not depend on it. Since 0.1
 */
#define ARROWIPC_OPTION_THREADS 4

/** Writer: each body and each buffer starts at a multiple of 8 (default), 16, 32 or 64 bytes. Since 0.1 */
#define ARROWIPC_OPTION_ALIGNMENT 10

/**
 * Writer: compression of the bodies. 0 (default) none, 1 LZ4_FRAME, 2 ZSTD; ARROWIPC_UNSUPPORTED in a build
 * without the codec, see arrowipc_has_feature. Since 0.1
 */
#define ARROWIPC_OPTION_COMPRESSION 11

/** Writer: level of ZSTD, -131072 to 22, default 1. Since 0.1 */
#define ARROWIPC_OPTION_COMPRESSION_LEVEL 12

/**
 * Writer: a buffer that compression does not shrink by this many percent, 0 (default) to 100, is stored as
 * it is. Since 0.1
 */
#define ARROWIPC_OPTION_MINIMUM_SAVING 13

/** Writer: version of the metadata, 4 or 5 (default). Since 0.1 */
#define ARROWIPC_OPTION_METADATA_VERSION 14

/** Writer: 1 writes the framing from before 0.15, without continuation marker; 0 is the default. Since 0.1 */
#define ARROWIPC_OPTION_LEGACY_FRAMING 15

/**
 * Writer: what is done with a dictionary that changed. 0 (default): it is sent again, which a file cannot
 * hold and which is an error there. 1: growth at its end is sent as a delta. 2: new values are appended to
 * one dictionary for each field. Since 0.1
 */
#define ARROWIPC_OPTION_DICTIONARIES 16

/**
 * Writer: 1 writes zeros for the values of null slots and of everything in them, none of the bytes of texts
 * and lists that are null, and none that no view, list or union refers to. 0 (default): arrays are written as
 * they lie, whatever is behind their nulls. Padding is zero always. Since 0.1
 */
#define ARROWIPC_OPTION_CLEAR_NULLS 17

/** Reader: bytes of the metadata of one message, or of the footer, at most. Default 64 MiB. Since 0.1 */
#define ARROWIPC_OPTION_MAX_METADATA_BYTES 30

/** Reader: bytes of the body of one message at most. Default 2^40. Since 0.1 */
#define ARROWIPC_OPTION_MAX_BODY_BYTES 31

/** Reader: bytes of the buffers of one message after decompression at most. Default 2^34. Since 0.1 */
#define ARROWIPC_OPTION_MAX_DECOMPRESSED_BYTES 32

/**
 * Reader and writer: levels of nested fields at most, a column being one level. 1 to 256, default 64.
 * Since 0.1
 */
#define ARROWIPC_OPTION_MAX_NESTING_DEPTH 33

/** Reader and writer: fields of the schema at most, children included. Default 1,000,000. Since 0.1 */
#define ARROWIPC_OPTION_MAX_FIELDS 34

/**
 * Reader: bytes of memory that its dictionaries and the message that is being read take together at most:
 * bodies read from the source, decompressed and aligned buffers. The source's own memory and maps do not
 * count, nor what is read ahead of a file (up to 1 MiB at once, which small batches share as long as one of
 * them is there), nor memory that waits to be used again, and batches no more once they are handed out; of
 * arrowipc_reader_read_at each call counts for itself. Default 2^40. Since 0.1
 */
#define ARROWIPC_OPTION_MAX_TOTAL_BYTES 35

/**
 * Reader: length at most of an array that has no bytes for its slots, of the types null, run-end encoded,
 * struct without fields, fixed-size list and binary of size 0, and of a batch without columns: it can be
 * claimed for nothing. Default 2^31 - 1, which the format recommends as the longest array. Since 0.1
 */
#define ARROWIPC_OPTION_MAX_UNBACKED_SLOTS 36

/** Options of readers and writers. Since 0.1 */
typedef struct arrowipc_options arrowipc_options;

/**
 * New options with the defaults, freed by arrowipc_options_free. NULL when there is no memory. Any thread.
 * Since 0.1
 */
ARROWIPC_API arrowipc_options *arrowipc_options_new(void);

/** Frees options; NULL is fine. Readers and writers that were opened with them keep their copy. Since 0.1 */
ARROWIPC_API void arrowipc_options_free(arrowipc_options *o);

/**
 * Sets one of the ARROWIPC_OPTION_* to a value. ARROWIPC_INVALID_ARGUMENT, and nothing is changed, when the
 * key is unknown or the value is not one of the key's. Since 0.1
 */
ARROWIPC_API
int32_t arrowipc_options_set_int(arrowipc_options *o,
                                 int32_t key,
                                 int64_t value,
                                 arrowipc_error **err);

/**
 * Gets one of the ARROWIPC_OPTION_* into `*value`. ARROWIPC_INVALID_ARGUMENT when the key is unknown.
 * Since 0.1
 */
ARROWIPC_API
int32_t arrowipc_options_get_int(const arrowipc_options *o,
                                 int32_t key,
                                 int64_t *value,
                                 arrowipc_error **err);

/**
 * Reader: hands out only the columns at these positions of the schema, in this order. The indices are
 * copied. NULL `indices` with `n` 0 asks for all columns again, which is the default. A position that the
 * input does not have fails when the reader is opened. Replaces an earlier choice by name. Since 0.1
 */
ARROWIPC_API
int32_t arrowipc_options_set_columns(arrowipc_options *o,
                                     const int32_t *indices,
                                     size_t n,
                                     arrowipc_error **err);

/**
 * Reader: hands out only the columns with these names (UTF-8), in this order. The names are copied. NULL
 * `names` with `n` 0 asks for all columns again, which is the default. A name that no column has, or several
 * have, fails when the reader is opened. Replaces an earlier choice by position. Since 0.1
 */
ARROWIPC_API
int32_t arrowipc_options_set_column_names(arrowipc_options *o,
                                          const char *const *names,
                                          size_t n,
                                          arrowipc_error **err);

/**
 * Reader and writer: `fn` is called after each batch with the bytes and batches so far; a result that is not
 * 0 stops the call with ARROWIPC_CANCELLED. `ctx` is handed to it as it is and must outlive every reader and
 * writer that is opened with these options. It is called by the thread that reads or writes, hence
 * concurrently where arrowipc_reader_read_at is. NULL `fn` removes it. Since 0.1
 */
ARROWIPC_API
int32_t arrowipc_options_set_progress(arrowipc_options *o,
                                      int32_t (*fn)(void *ctx, int64_t bytes, int64_t batches),
                                      void *ctx,
                                      arrowipc_error **err);

/* ---------------------------------------------------------------------------------------------------------
 * Sources: where the bytes of a reader come from.
 *
 * A source is made, handed to arrowipc_reader_open, arrowipc_writer_open_append or
 * arrowipc_tensor_reader_open, which consume it also on failure, and not touched again. What a source is made of is consumed too: when one of the
 * functions below fails, memory and callbacks are released and a descriptor that was to be closed is
 * closed. A source may move between threads; it is used by one at a time.
 */

/** Input of a reader. Since 0.1 */
typedef struct arrowipc_source arrowipc_source;

/**
 * Bytes from functions of the caller.
 *
 * All of them get the `ctx` that was given to arrowipc_source_from_callbacks. Since 0.1
 */
typedef struct arrowipc_source_callbacks {
  /**
   * sizeof(arrowipc_source_callbacks). A program sets the whole structure to zero first: members of a
   * later version must be zero.
   */
  size_t struct_size;
  /**
   * Stores up to `n` bytes, those behind the last ones, at `buf` and their number in `*out`. Returns 0, or
   * an errno. Fewer than `n` bytes are fine, the call is repeated; 0 bytes are the end. Never called by
   * two threads at once.
   */
  int32_t (*read)(void *ctx, uint8_t *buf, size_t n, size_t *out);
  /**
   * As `read`, from any offset, and without a change to where `read` goes on. Any thread may call it, also
   * concurrently. NULL: the input can only be read forward.
   */
  int32_t (*read_at)(void *ctx, uint64_t offset, uint8_t *buf, size_t n, size_t *out);
  /**
   * Stores the size of the whole input in `*out` and returns 0, or an errno; ESPIPE says that there is no
   * size. NULL: the input can only be read forward.
   */
  int32_t (*size)(void *ctx, uint64_t *out);
  /** Called once, by any thread, after the last use of the others. NULL: there is nothing to release. */
  void (*release)(void *ctx);
} arrowipc_source_callbacks;

/**
 * A source over `n` bytes of the caller's memory at `data`: nothing is copied unless it must be, arrays
 * point into it. The memory must not change until `release` is called with `ctx`: once, by any thread, when
 * the source, its reader and every array that came from it are gone, also when this function fails. With
 * NULL `release` the caller keeps the memory that long. NULL `data` is fine when `n` is 0. `*out` is the
 * caller's, for arrowipc_reader_open or arrowipc_source_free. Since 0.1
 */
ARROWIPC_API
int32_t arrowipc_source_from_memory(const void *data,
                                    size_t n,
                                    void (*release)(void *ctx),
                                    void *ctx,
                                    arrowipc_source **out,
                                    arrowipc_error **err);

/**
 * A source over the file at `path`, in the operating system's encoding. With a `memory_map` that is not 0 it
 * is mapped and arrays point into the map, which is why nobody may truncate or change it until they are
 * gone: where a mapped file was truncated, a look at it ends the program with SIGBUS, whoever looks.
 * Otherwise it is read as needed, and truncation is an error. ARROWIPC_IO when the file cannot be opened.
 * `*out` is the caller's, for arrowipc_reader_open or arrowipc_source_free. Since 0.1
 */
ARROWIPC_API
int32_t arrowipc_source_from_path(const char *path,
                                  int32_t memory_map,
                                  arrowipc_source **out,
                                  arrowipc_error **err);

/**
 * A source over an open file descriptor: a file, pipe or socket, read from where it stands. With a
 * `close_on_free` that is not 0 the descriptor is closed when the source or its reader is freed, also when
 * this function fails; otherwise it stays open and must stay so until then. A call that a signal interrupts
 * goes on; one on a descriptor that does not block (O_NONBLOCK) waits with poll() all the same, for which
 * programs that must not wait have the push decoder. A time limit of a socket (SO_RCVTIMEO) that runs out is
 * ARROWIPC_IO with EAGAIN. A pipe or socket that stays open is read no further than the stream goes; a file
 * that stays open is read ahead, and stands behind the stream once that has ended or the reader is freed.
 * `*out` is the caller's, for arrowipc_reader_open or arrowipc_source_free. Since 0.1
 */
ARROWIPC_API
int32_t arrowipc_source_from_fd(int32_t fd,
                                int32_t close_on_free,
                                arrowipc_source **out,
                                arrowipc_error **err);

/**
 * A source over functions of the caller. The structure is copied; `ctx` is handed to the functions and
 * belongs to the source: `release` is called with it once, by any thread, when the source or its reader is
 * freed, also when this function fails (unless `callbacks` is NULL or its struct_size is wrong). `read` must
 * be there. A file can be read in any order only with both `read_at` and `size`. ARROWIPC_UNSUPPORTED when
 * members are set that this version does not know. The functions must return: no exceptions, no longjmp.
 * `*out` is the caller's, for arrowipc_reader_open or arrowipc_source_free. Since 0.1
 */
ARROWIPC_API
int32_t arrowipc_source_from_callbacks(const arrowipc_source_callbacks *callbacks,
                                       void *ctx,
                                       arrowipc_source **out,
                                       arrowipc_error **err);

/** Frees a source that no reader was opened with; NULL is fine. Since 0.1 */
ARROWIPC_API void arrowipc_source_free(arrowipc_source *s);

/* ---------------------------------------------------------------------------------------------------------
 * Sinks: where the bytes of a writer go.
 *
 * A sink is made, handed to arrowipc_writer_open, arrowipc_writer_open_append or
 * arrowipc_tensor_writer_open, which consume it also on failure, and not touched again. What a sink is made of is consumed too: when one of the functions
 * below fails, callbacks are released and a descriptor that was to be closed is closed. A sink may move
 * between threads; it is used by one at a time.
 */

/** Output of a writer. Since 0.1 */
typedef struct arrowipc_sink arrowipc_sink;

/**
 * Bytes to functions of the caller.
 *
 * All of them get the `ctx` that was given to arrowipc_sink_to_callbacks. Since 0.1
 */
typedef struct arrowipc_sink_callbacks {
  /**
   * sizeof(arrowipc_sink_callbacks). A program sets the whole structure to zero first: members of a later
   * version must be zero.
   */
  size_t struct_size;
  /**
   * Takes up to `n` bytes at `buf` and stores in `*out` how many it took. Returns 0, or an errno. Fewer
   * than `n` bytes are fine, the call is repeated with the rest; none are an error.
   */
  int32_t (*write)(void *ctx, const uint8_t *buf, size_t n, size_t *out);
  /**
   * Called by arrowipc_writer_finish after the last byte. Returns 0, or an errno. NULL: there is nothing
   * to do.
   */
  int32_t (*flush)(void *ctx);
  /** Called once, by any thread, after the last use of the others. NULL: there is nothing to release. */
  void (*release)(void *ctx);
} arrowipc_sink_callbacks;

/**
 * A sink to memory that grows. The finished bytes are handed over by arrowipc_writer_take_memory. `*out` is
 * the caller's, for arrowipc_writer_open or arrowipc_sink_free. Since 0.1
 */
ARROWIPC_API int32_t arrowipc_sink_to_memory(arrowipc_sink **out, arrowipc_error **err);

/**
 * A sink to the file at `path`, in the operating system's encoding. It is written beside and renamed to
 * `path` by arrowipc_writer_finish: a program that ends before leaves no half file under that name, and a
 * file that was there stays until then, and passes its permissions on; of a symbolic link the file behind it
 * is replaced. ARROWIPC_IO when the file cannot be made. `*out` is the caller's, for arrowipc_writer_open or
 * arrowipc_sink_free. Since 0.1
 */
ARROWIPC_API
int32_t arrowipc_sink_to_path(const char *path,
                              arrowipc_sink **out,
                              arrowipc_error **err);

/**
 * A sink to an open file descriptor: a file, pipe or socket, written from where it stands. With a
 * `close_on_free` that is not 0 the descriptor is closed when the sink or its writer is freed, also when
 * this function fails; otherwise it stays open and must stay so until then. A call that a signal interrupts
 * goes on, one on a descriptor that does not block (O_NONBLOCK) waits with poll(). Where nobody reads any
 * more the failure is ARROWIPC_IO with EPIPE: SIGPIPE is never raised, and what the program does about it is
 * left alone. `*out` is the caller's, for arrowipc_writer_open or arrowipc_sink_free. Since 0.1
 */
ARROWIPC_API
int32_t arrowipc_sink_to_fd(int32_t fd,
                            int32_t close_on_free,
                            arrowipc_sink **out,
                            arrowipc_error **err);

/**
 * A sink to functions of the caller. The structure is copied; `ctx` is handed to the functions and belongs
 * to the sink: `release` is called with it once, by any thread, when the sink or its writer is freed, also
 * when this function fails (unless `callbacks` is NULL or its struct_size is wrong). `write` must be there.
 * ARROWIPC_UNSUPPORTED when members are set that this version does not know. The functions must return: no
 * exceptions, no longjmp. `*out` is the caller's, for arrowipc_writer_open or arrowipc_sink_free. Since 0.1
 */
ARROWIPC_API
int32_t arrowipc_sink_to_callbacks(const arrowipc_sink_callbacks *callbacks,
                                   void *ctx,
                                   arrowipc_sink **out,
                                   arrowipc_error **err);

/** Frees a sink that no writer was opened with; NULL is fine. Since 0.1 */
ARROWIPC_API void arrowipc_sink_free(arrowipc_sink *s);

/* ---------------------------------------------------------------------------------------------------------
 * Reader: streams and files behind one handle.
 *
 * Calls that take a const arrowipc_reader * may run concurrently, also with each other on different
 * threads; all others need the reader for themselves. Schemas and arrays that were handed out are the
 * caller's: they stay valid when the reader is freed, and each may be released by any thread.
 */

/** Reads a stream or a file. Since 0.1 */
typedef struct arrowipc_reader arrowipc_reader;

/** What a reader did so far. Later versions add members at the end. Since 0.1 */
typedef struct arrowipc_read_statistics {
  /** Encapsulated messages read. */
  int64_t messages;
  /** Record batches read. */
  int64_t batches;
  /** Dictionary batches read, deltas and replacements included. */
  int64_t dictionaries;
  /** Of these, deltas. */
  int64_t deltas;
  /** Of these, those that replaced a dictionary. */
  int64_t replacements;
  /** Bytes taken from the source, or looked at in memory. */
  int64_t bytes_read;
  /** Bytes that decompression made. */
  int64_t bytes_decompressed;
  /** Bytes of bodies that were copied: read into memory, or moved to be aligned. */
  int64_t bytes_copied;
} arrowipc_read_statistics;

/**
 * Opens a reader: reads the schema and, of a file, the footer. `source` is consumed, also on failure. NULL
 * `options` stands for the defaults. `*out` is the caller's, freed by arrowipc_reader_free or consumed by
 * arrowipc_reader_into_stream.
 *
 * ARROWIPC_INVALID_DATA when the input is no Arrow stream or file, is truncated or malformed;
 * ARROWIPC_UNSUPPORTED for the file format from an input that can only be read forward;
 * ARROWIPC_INVALID_ARGUMENT for a column that the input does not have. Since 0.1
 */
ARROWIPC_API
int32_t arrowipc_reader_open(arrowipc_source *source,
                             const arrowipc_options *options,
                             arrowipc_reader **out,
                             arrowipc_error **err);

/**
 * 1 for the stream format, 2 for the file format; 0 for NULL or a reader that failed with ARROWIPC_INTERNAL.
 * Since 0.1
 */
ARROWIPC_API int32_t arrowipc_reader_format(const arrowipc_reader *r);

/**
 * Stores the schema of the batches, after the choice of columns, in `*out`: a struct with one child for each
 * column. `*out` is not looked at before and is the caller's to release. ARROWIPC_UNSUPPORTED when a name
 * holds a NUL, which the C Data Interface cannot hold. Since 0.1
 */
ARROWIPC_API
int32_t arrowipc_reader_schema(const arrowipc_reader *r,
                               struct ArrowSchema *out,
                               arrowipc_error **err);

/**
 * Stores the next batch in `*out`: a struct array with one child for each column. `*out` is not looked at
 * before and is the caller's to release. At the end of the data the call succeeds and `out->release` is
 * NULL, however often it is repeated.
 *
 * `*metadata`, unless `metadata` is NULL, becomes the custom metadata of the batch, encoded as in
 * ArrowSchema.metadata, or NULL when there is none; the text belongs to the reader and is valid until the
 * next call that takes `r` without const. Since 0.1
 */
ARROWIPC_API
int32_t arrowipc_reader_next(arrowipc_reader *r,
                             struct ArrowArray *out,
                             const char **metadata,
                             arrowipc_error **err);

/** File format: stores the number of batches in `*out`. ARROWIPC_INVALID_ARGUMENT for a stream. Since 0.1 */
ARROWIPC_API
int32_t arrowipc_reader_num_batches(const arrowipc_reader *r,
                                    int64_t *out,
                                    arrowipc_error **err);

/**
 * File format: stores the number of rows of batch `i`, or of all batches when `i` is -1, in `*out`, without
 * reading the bodies. ARROWIPC_INVALID_ARGUMENT for a stream and for a batch that is not there. Since 0.1
 */
ARROWIPC_API
int32_t arrowipc_reader_num_rows(const arrowipc_reader *r,
                                 int64_t i,
                                 int64_t *out,
                                 arrowipc_error **err);

/**
 * File format: stores batch `i` in `*out`, as arrowipc_reader_next does, in any order and from several
 * threads at once; what arrowipc_reader_next hands out is not changed by it. ARROWIPC_INVALID_ARGUMENT for a
 * stream and for a batch that is not there. Since 0.1
 */
ARROWIPC_API
int32_t arrowipc_reader_read_at(const arrowipc_reader *r,
                                int64_t i,
                                struct ArrowArray *out,
                                arrowipc_error **err);

/**
 * File format: stores the custom metadata of batch `i` in `*out`, encoded as in ArrowSchema.metadata,
 * without reading the body: a block of the caller's, freed by arrowipc_metadata_free, or NULL when there is
 * none. ARROWIPC_INVALID_ARGUMENT for a stream and for a batch that is not there. Since 0.1
 */
ARROWIPC_API
int32_t arrowipc_reader_batch_metadata(const arrowipc_reader *r,
                                       int64_t i,
                                       char **out,
                                       arrowipc_error **err);

/**
 * Custom metadata of a file's footer, encoded as in ArrowSchema.metadata; NULL when there is none, for a
 * stream and for NULL. Belongs to the reader and lives as long as it does. Since 0.1
 */
ARROWIPC_API const char *arrowipc_reader_footer_metadata(const arrowipc_reader *r);

/**
 * With ARROWIPC_OPTION_RECOVER, what is wrong with the input: where the batches end, or what speaks
 * against the footer of a file, which is then read as a stream and in order only. NULL as long as
 * nothing is wrong, without the option, and for NULL. Belongs to the reader, do not free it; it is valid
 * until the next call that takes `r` without const. A stream of arrowipc_reader_into_stream ends where the
 * batches do and cannot be asked. Since 0.1
 */
ARROWIPC_API const arrowipc_error *arrowipc_reader_stopped_by(const arrowipc_reader *r);

/**
 * Stores what the reader did so far in `*out`. `out_size` is sizeof *out as the program knows it: a smaller
 * structure gets the members that fit, of a larger one the rest is set to zero. Since 0.1
 */
ARROWIPC_API
int32_t arrowipc_reader_statistics(const arrowipc_reader *r,
                                   arrowipc_read_statistics *out,
                                   size_t out_size,
                                   arrowipc_error **err);

/** Frees a reader and its source; NULL is fine. Schemas and arrays that it handed out stay valid. Since 0.1 */
ARROWIPC_API void arrowipc_reader_free(arrowipc_reader *r);

/* ---------------------------------------------------------------------------------------------------------
 * Streams: a reader as an ArrowArrayStream, and the error behind one.
 *
 * The stream obeys the C Stream Interface: calls on it are exclusive, its callbacks return 0 or an errno.
 * These are EINVAL for the caller's bugs, malformed data, limits and bugs of this library, ENOTSUP for
 * ARROWIPC_UNSUPPORTED, ENOMEM for ARROWIPC_OUT_OF_MEMORY, ECANCELED for ARROWIPC_CANCELLED, and for
 * ARROWIPC_IO the errno of the operating system or the callback, or EIO.
 */

/**
 * Makes an ArrowArrayStream of a reader. `r` is consumed, also on failure, and freed when the stream is
 * released. `*out` is not looked at before and is the caller's to release. Batches that the reader handed
 * out before are not repeated. Schemas and arrays that the stream hands out stay valid when it is released.
 * Since 0.1
 */
ARROWIPC_API
int32_t arrowipc_reader_into_stream(arrowipc_reader *r,
                                    struct ArrowArrayStream *out,
                                    arrowipc_error **err);

/**
 * The error behind a stream of arrowipc_reader_into_stream whose last callback failed: more than its errno
 * and get_last_error tell. Borrowed from the stream until the next call on it: do not free it. NULL when the
 * last callback did not fail, when the stream is released or not from this library, and for NULL. A call on
 * the stream, hence exclusive. Since 0.1
 */
ARROWIPC_API const arrowipc_error *arrowipc_error_from_stream(struct ArrowArrayStream *stream);

/* ---------------------------------------------------------------------------------------------------------
 * Push decoder: a stream in pieces, without IO.
 *
 * For programs that have the bytes already, or wait for them by themselves: event loops, sockets,
 * messages of other protocols. A decoder reads nothing and never blocks; a program does this:
 *
 *   arrowipc_decoder_new -> (arrowipc_decoder_push -> arrowipc_decoder_next, until ARROWIPC_EVENT_NEED_DATA)
 *   ..., until ARROWIPC_EVENT_END -> arrowipc_decoder_free
 *
 * and calls arrowipc_decoder_finish where the input ends before. A decoder copies what it is handed. It
 * is used by one thread at a time and may move between threads; calls that take a const
 * arrowipc_decoder * may run concurrently with each other. Schemas and arrays that were handed out are
 * the caller's: they stay valid when the decoder is freed, and each may be released by any thread.
 */

/** What arrowipc_decoder_next found: nothing more in the bytes so far. Since 0.1 */
#define ARROWIPC_EVENT_NEED_DATA 0

/** What arrowipc_decoder_next found: the schema, once, before everything else. Since 0.1 */
#define ARROWIPC_EVENT_SCHEMA 1

/** What arrowipc_decoder_next found: a record batch. Since 0.1 */
#define ARROWIPC_EVENT_BATCH 2

/**
 * What arrowipc_decoder_next found: the end of the stream, behind everything else and however often the
 * call is repeated. Since 0.1
 */
#define ARROWIPC_EVENT_END 3

/** Decodes a stream that is pushed to it. Since 0.1 */
typedef struct arrowipc_decoder arrowipc_decoder;

/**
 * Makes a decoder at the start of a stream. NULL `options` stands for the defaults. `*out` is the
 * caller's, freed by arrowipc_decoder_free. ARROWIPC_INVALID_ARGUMENT for options that ask for the file
 * format, which a reader reads. Since 0.1
 */
ARROWIPC_API
int32_t arrowipc_decoder_new(const arrowipc_options *options,
                             arrowipc_decoder **out,
                             arrowipc_error **err);

/**
 * Bytes that are missing before anything can happen: a program that reads as many and no more reads
 * nothing that is not the stream's. 0 when the stream has ended or the decoder failed, and for NULL.
 * Since 0.1
 */
ARROWIPC_API size_t arrowipc_decoder_required(const arrowipc_decoder *d);

/**
 * Takes `n` bytes at `data` that follow the last ones, in pieces of any size; they are copied. NULL
 * `data` is fine when `n` is 0. `*taken` becomes the number of bytes taken: all, but for those behind
 * the end of the stream, which are not the decoder's. What was found waits for arrowipc_decoder_next.
 *
 * On failure the decoder takes no more, `*taken` is left alone, and what was found before the fault
 * still waits for arrowipc_decoder_next. ARROWIPC_INVALID_DATA for malformed bytes,
 * ARROWIPC_INVALID_STATE after an earlier failure. Since 0.1
 */
ARROWIPC_API
int32_t arrowipc_decoder_push(arrowipc_decoder *d,
                              const uint8_t *data,
                              size_t n,
                              size_t *taken,
                              arrowipc_error **err);

/**
 * Tells what was found next: `*event` becomes one of the ARROWIPC_EVENT_*.
 *
 * With ARROWIPC_EVENT_SCHEMA, `*schema` becomes the schema of the batches, after the choice of columns:
 * a struct with one child for each column. With ARROWIPC_EVENT_BATCH, `*batch` becomes a struct array
 * with one child for each column, and `*metadata` the custom metadata of the batch, encoded as in
 * ArrowSchema.metadata, or NULL when there is none; the text belongs to the decoder and is valid until
 * the next call that takes `d` without const. Each is written with its event only, is not looked at
 * before, and is the caller's to release. NULL `schema` and NULL `metadata` are fine: they are not
 * wanted.
 *
 * What failed to be handed out is gone. ARROWIPC_UNSUPPORTED when a name holds a NUL, which the C Data
 * Interface cannot hold; ARROWIPC_INVALID_STATE behind the last event before a failure. Since 0.1
 */
ARROWIPC_API
int32_t arrowipc_decoder_next(arrowipc_decoder *d,
                              int32_t *event,
                              struct ArrowSchema *schema,
                              struct ArrowArray *batch,
                              const char **metadata,
                              arrowipc_error **err);

/**
 * Says that the input ended. Between two messages that ends the stream, which arrowipc_decoder_next then
 * tells; inside a message, or before a schema, it is ARROWIPC_INVALID_DATA. Nothing happens when the
 * stream has ended. ARROWIPC_INVALID_STATE after an earlier failure. Since 0.1
 */
ARROWIPC_API int32_t arrowipc_decoder_finish(arrowipc_decoder *d, arrowipc_error **err);

/**
 * Stores what the decoder did so far in `*out`. `out_size` is sizeof *out as the program knows it: a
 * smaller structure gets the members that fit, of a larger one the rest is set to zero. Since 0.1
 */
ARROWIPC_API
int32_t arrowipc_decoder_statistics(const arrowipc_decoder *d,
                                    arrowipc_read_statistics *out,
                                    size_t out_size,
                                    arrowipc_error **err);

/** Frees a decoder; NULL is fine. Schemas and arrays that it handed out stay valid. Since 0.1 */
ARROWIPC_API void arrowipc_decoder_free(arrowipc_decoder *d);

/* ---------------------------------------------------------------------------------------------------------
 * Writer: batches become a stream or a file.
 *
 * A writer is used by one thread at a time and may move between threads. Schemas handed in are borrowed for
 * the call; arrays and streams are consumed, also on failure: afterwards their release is NULL. After a
 * failure of the sink nothing more can be written: the output is incomplete.
 */

/** Writes a stream or a file. Since 0.1 */
typedef struct arrowipc_writer arrowipc_writer;

/** What a writer did so far. Later versions add members at the end. Since 0.1 */
typedef struct arrowipc_write_statistics {
  /** Encapsulated messages written. */
  int64_t messages;
  /** Record batches written. */
  int64_t batches;
  /** Dictionary batches written, deltas and replacements included. */
  int64_t dictionaries;
  /** Of these, deltas. */
  int64_t deltas;
  /** Of these, those that replace a dictionary. */
  int64_t replacements;
  /** Bytes of the bodies before compression. */
  int64_t body_bytes_raw;
  /** Bytes of the bodies as written. */
  int64_t body_bytes_written;
  /** Bytes given to the sink. */
  int64_t bytes_written;
} arrowipc_write_statistics;

/**
 * Opens a writer and writes the schema. `sink` is consumed, also on failure. `schema` is borrowed: a struct
 * ("+s") with one child for each column. NULL `options` stands for the defaults. `*out` is the caller's,
 * freed by arrowipc_writer_free.
 *
 * ARROWIPC_INVALID_ARGUMENT for a schema that is released, malformed or no struct, ARROWIPC_UNSUPPORTED for
 * one that the format cannot hold, as a dictionary whose values are dictionary-encoded themselves. Since 0.1
 */
ARROWIPC_API
int32_t arrowipc_writer_open(arrowipc_sink *sink,
                             const struct ArrowSchema *schema,
                             const arrowipc_options *options,
                             arrowipc_writer **out,
                             arrowipc_error **err);

/**
 * Opens a writer that goes on behind what `source` holds, a stream or a file, which ARROWIPC_OPTION_FORMAT
 * may say. Its messages are copied to `sink` byte for byte, without the end-of-stream marker and the footer;
 * then follows what is written, and arrowipc_writer_finish writes the end or a footer that lists all.
 * `source` and `sink` are consumed, also on failure. `schema`, borrowed, must be that of the input in all but
 * dictionary ids; NULL takes it as it is. NULL `options` stands for the defaults. `*out` is the caller's,
 * freed by arrowipc_writer_free.
 *
 * To append to the file "data.arrow", open arrowipc_source_from_path("data.arrow", 0) and then
 * arrowipc_sink_to_path("data.arrow"): the file changes when arrowipc_writer_finish gives the whole, which by
 * then lies on the device, its name. A program that fails or ends before leaves it as it was, and who has it
 * open or mapped goes on reading what it was. File systems that can let both share the bytes.
 *
 * Kept are schema, dictionaries (so that deltas and unified indices go on, and a file refuses what would
 * replace one), the metadata of the footer unless arrowipc_writer_set_footer_metadata sets others, metadata
 * version and framing, whatever the options say. Alignment, compression and what is done with dictionaries
 * that change are those of the options, for what is written. Statistics count what is written, and in
 * bytes_written what was copied, too.
 *
 * ARROWIPC_INVALID_DATA for an input that is damaged or cut off, or whose footer is not that of its messages,
 * ARROWIPC_INVALID_ARGUMENT for another schema, and for a sink to the descriptor of the very file that the source
 * reads. ARROWIPC_UNSUPPORTED for a source that only reads forward, big-endian input, a dictionary
 * that several fields share, and bytes behind the end of the stream, which would be lost. Since 0.1
 */
ARROWIPC_API
int32_t arrowipc_writer_open_append(arrowipc_source *source,
                                    arrowipc_sink *sink,
                                    const struct ArrowSchema *schema,
                                    const arrowipc_options *options,
                                    arrowipc_writer **out,
                                    arrowipc_error **err);

/**
 * Writes a batch and the dictionaries that changed. `batch` is consumed, also on failure: a struct array
 * with one child for each column of the schema and without nulls of its own. It may have an offset and so
 * may its children; only the rows in sight are written. `metadata`, NULL or encoded as in
 * ArrowSchema.metadata, becomes the custom metadata of the batch and is borrowed.
 *
 * ARROWIPC_INVALID_ARGUMENT for an array that does not fit the schema, of which nothing is written;
 * ARROWIPC_INVALID_STATE after arrowipc_writer_finish or a failure of the sink. Since 0.1
 */
ARROWIPC_API
int32_t arrowipc_writer_write(arrowipc_writer *w,
                              struct ArrowArray *batch,
                              const char *metadata,
                              arrowipc_error **err);

/**
 * Writes every batch of a stream. `stream` is consumed, also on failure. Its schema must have the columns of
 * the writer's: names and types, and no nullable field where the writer's is not; metadata may differ. When
 * the stream fails, the status is ARROWIPC_IO with its errno (ARROWIPC_OUT_OF_MEMORY for ENOMEM); of a
 * stream from arrowipc_reader_into_stream the error is passed on as it is. Batches before the failure are
 * written. Since 0.1
 */
ARROWIPC_API
int32_t arrowipc_writer_write_stream(arrowipc_writer *w,
                                     struct ArrowArrayStream *stream,
                                     arrowipc_error **err);

/**
 * File format: sets the custom metadata of the footer, NULL or encoded as in ArrowSchema.metadata, which is
 * borrowed. Replaces what an earlier call set. The format wants the same metadata in the first message
 * (clause footer-custom-metadata-identical), where they are written if they are set before the first batch; set
 * later, they are in the footer alone. ARROWIPC_INVALID_ARGUMENT for the stream format, ARROWIPC_INVALID_STATE
 * after arrowipc_writer_finish. Since 0.1
 */
ARROWIPC_API
int32_t arrowipc_writer_set_footer_metadata(arrowipc_writer *w,
                                            const char *metadata,
                                            arrowipc_error **err);

/**
 * Writes the end of the stream or the footer of the file, flushes, and renames the file of
 * arrowipc_sink_to_path. Nothing can be written afterwards; the writer is still to be freed.
 * ARROWIPC_INVALID_STATE when repeated. Since 0.1
 */
ARROWIPC_API int32_t arrowipc_writer_finish(arrowipc_writer *w, arrowipc_error **err);

/**
 * Hands over the bytes of a memory sink, once, after arrowipc_writer_finish: `*n` bytes at `*data`, a block
 * of the caller's that arrowipc_memory_free frees and that does not need the writer any more.
 * ARROWIPC_INVALID_STATE before arrowipc_writer_finish and when repeated, ARROWIPC_INVALID_ARGUMENT for
 * other sinks. Since 0.1
 */
ARROWIPC_API
int32_t arrowipc_writer_take_memory(arrowipc_writer *w,
                                    uint8_t **data,
                                    size_t *n,
                                    arrowipc_error **err);

/**
 * Stores what the writer did so far in `*out`. `out_size` is sizeof *out as the program knows it: a smaller
 * structure gets the members that fit, of a larger one the rest is set to zero. Since 0.1
 */
ARROWIPC_API
int32_t arrowipc_writer_statistics(const arrowipc_writer *w,
                                   arrowipc_write_statistics *out,
                                   size_t out_size,
                                   arrowipc_error **err);

/**
 * Frees a writer and its sink; NULL is fine. Without arrowipc_writer_finish the output stays incomplete: a
 * stream without end, a file that never gets its name. Since 0.1
 */
ARROWIPC_API void arrowipc_writer_free(arrowipc_writer *w);

/* ---------------------------------------------------------------------------------------------------------
 * Tensors: what a tensor is, read or to be written.
 *
 * The format has dense tensors and four kinds of sparse ones. Each is an encapsulated message of its
 * own, apart from streams and files, and several may follow each other. One structure describes a tensor
 * in both directions: what arrowipc_tensor_describe answers may be given to
 * arrowipc_tensor_writer_write.
 *
 * Values and indices are little-endian: a tensor has no schema that would declare another byte order.
 * Nulls there are none.
 */

/** Every value is there. Since 0.1 */
#define ARROWIPC_TENSOR_DENSE 0

/** Sparse, coordinates: for each value a row with its coordinates. Since 0.1 */
#define ARROWIPC_TENSOR_COO 1

/** Sparse matrix, compressed rows: for each value its column, row after row. Since 0.1 */
#define ARROWIPC_TENSOR_CSR 2

/** Sparse matrix, compressed columns: for each value its row, column after column. Since 0.1 */
#define ARROWIPC_TENSOR_CSC 3

/** Sparse, compressed fibers: trees of coordinates, a level for each dimension. Since 0.1 */
#define ARROWIPC_TENSOR_CSF 4

/** A tensor that was read. Since 0.1 */
typedef struct arrowipc_tensor arrowipc_tensor;

/**
 * What a tensor is made of.
 *
 * A program that writes sets the whole structure to zero first, then what its tensor has; members of a
 * later version must be zero. Pointers are those of the structure's owner. Since 0.1
 */
typedef struct arrowipc_tensor_description {
  /** sizeof(arrowipc_tensor_description), of the library that made it or of the program. */
  size_t struct_size;
  /** One of the ARROWIPC_TENSOR_*. */
  int32_t layout;
  /**
   * COO: 1 when the rows of the index are in lexicographical order and differ, otherwise 0. Not looked
   * at by a writer, which finds out.
   */
  int32_t canonical;
  /**
   * Type of the values as a format string of the C Data Interface. Its values have a fixed width of
   * whole bytes: integers, floats, decimals, dates, times, timestamps, durations, intervals,
   * fixed-size binary.
   */
  const char *format;
  /** Number of dimensions; 0 is a single value. */
  size_t n_dims;
  /** Length of each dimension. */
  const int64_t *shape;
  /** Name of each dimension, NULL for one without; NULL when none has a name. */
  const char *const *dim_names;
  /** Dense: bytes from one value to the next along each dimension, not negative; NULL is row-major. */
  const int64_t *strides;
  /** The values. Sparse: `non_zero_length` of them one after the other. */
  const void *data;
  /** Bytes at `data`: from a reader those that the tensor addresses, and no more. */
  size_t data_size;
  /** Sparse: number of values that are there. 0 for dense tensors. */
  int64_t non_zero_length;
  /**
   * CSR, CSC and CSF: type of the entries of `indptr`, an integer type as a format string; otherwise
   * NULL.
   */
  const char *indptr_format;
  /** Number of buffers of `indptr`: 1 for CSR and CSC, `n_dims` - 1 for CSF, otherwise 0. */
  size_t n_indptr;
  /**
   * Where ranges start and end. CSR and CSC: the values of row or column `i` are those from entry `i`
   * to entry `i` + 1. CSF: these are the children, in `indices[level + 1]`, of node `i` of the level.
   */
  const void *const *indptr;
  /** Bytes of each buffer of `indptr`. */
  const size_t *indptr_sizes;
  /** Sparse: type of the entries of `indices`, an integer type as a format string; otherwise NULL. */
  const char *indices_format;
  /** Number of buffers of `indices`: 1 for COO, CSR and CSC, `n_dims` for CSF, 0 for dense tensors. */
  size_t n_indices;
  /**
   * Coordinates. COO: a matrix of `non_zero_length` rows and `n_dims` columns. CSR and CSC: the other
   * coordinate of each value. CSF: those of the nodes of each level, the values' on the last one.
   */
  const void *const *indices;
  /** Bytes of each buffer of `indices`. */
  const size_t *indices_sizes;
  /**
   * COO: bytes from one row, and from one column, of the matrix to the next, not negative; NULL is
   * row-major.
   */
  const int64_t *indices_strides;
  /** CSF: the dimension of each level, `n_dims` of them; otherwise NULL. */
  const int32_t *axis_order;
  /** Custom metadata of the message, encoded as in ArrowSchema.metadata; NULL when there are none. */
  const char *metadata;
} arrowipc_tensor_description;

/**
 * The description of a tensor; NULL for NULL. It and everything that it points to belong to the tensor
 * and live, unchanged, as long as it does. Pointers to memory of 0 bytes are NULL; values and entries
 * are aligned as C programs expect, the values of a dense tensor as far as its strides allow. Any
 * thread. Since 0.1
 */
ARROWIPC_API
const arrowipc_tensor_description *arrowipc_tensor_describe(const arrowipc_tensor *t);

/** Frees a tensor, its description and the memory behind it; NULL is fine. Since 0.1 */
ARROWIPC_API void arrowipc_tensor_free(arrowipc_tensor *t);

/* ---------------------------------------------------------------------------------------------------------
 * Reading tensors: the tensor messages of a source, one after the other.
 *
 * A tensor reader is used by one thread at a time and may move between threads. Tensors that were handed
 * out are the caller's: they stay valid when the reader is freed.
 */

/** Reads tensors. Since 0.1 */
typedef struct arrowipc_tensor_reader arrowipc_tensor_reader;

/**
 * Opens a tensor reader; nothing is read yet. `source` is consumed, also on failure. NULL `options`
 * stands for the defaults; what matters are the limits, ARROWIPC_OPTION_MAX_FIELDS being that of the
 * dimensions, and ARROWIPC_OPTION_VALIDATION, which is about the entries of sparse indices. The progress
 * callback gets the number of tensors for that of batches. `*out` is the caller's, freed by
 * arrowipc_tensor_reader_free. Since 0.1
 */
ARROWIPC_API
int32_t arrowipc_tensor_reader_open(arrowipc_source *source,
                                    const arrowipc_options *options,
                                    arrowipc_tensor_reader **out,
                                    arrowipc_error **err);

/**
 * Reads the next tensor. `*out` is the caller's, freed by arrowipc_tensor_free. Where the input ends
 * between messages, or at an end-of-stream marker, the call succeeds and `*out` is NULL, however often
 * it is repeated. The values of a source in memory, or of a memory map, are not copied unless they must
 * be to be aligned.
 *
 * ARROWIPC_INVALID_DATA for a message that is truncated, malformed or no tensor; ARROWIPC_UNSUPPORTED
 * for values that are not whole bytes and for names that hold a NUL. After a failure the reader answers
 * ARROWIPC_INVALID_STATE. Since 0.1
 */
ARROWIPC_API
int32_t arrowipc_tensor_reader_next(arrowipc_tensor_reader *r,
                                    arrowipc_tensor **out,
                                    arrowipc_error **err);

/** Frees a tensor reader and its source; NULL is fine. Tensors that it handed out stay valid. Since 0.1 */
ARROWIPC_API void arrowipc_tensor_reader_free(arrowipc_tensor_reader *r);

/* ---------------------------------------------------------------------------------------------------------
 * Writing tensors: one message for each tensor.
 *
 * A tensor writer is used by one thread at a time and may move between threads. After a failure of the
 * sink nothing more can be written: the output is incomplete.
 */

/** Writes tensors. Since 0.1 */
typedef struct arrowipc_tensor_writer arrowipc_tensor_writer;

/**
 * Opens a tensor writer; nothing is written yet. `sink` is consumed, also on failure. NULL `options`
 * stands for the defaults; what matters are ARROWIPC_OPTION_METADATA_VERSION and
 * ARROWIPC_OPTION_LEGACY_FRAMING. Buffers start at multiples of 64 bytes, as the format demands, and are
 * never compressed. The progress callback gets the number of tensors for that of batches. `*out` is the
 * caller's, freed by arrowipc_tensor_writer_free. Since 0.1
 */
ARROWIPC_API
int32_t arrowipc_tensor_writer_open(arrowipc_sink *sink,
                                    const arrowipc_options *options,
                                    arrowipc_tensor_writer **out,
                                    arrowipc_error **err);

/**
 * Writes a tensor. `tensor` and what it points to are borrowed for the call. Dense values that lie side
 * by side, each once, are written as they lie, be it in row-major, column-major or another order of the
 * dimensions; others are put into row-major order. Sparse values and indices are checked in full and
 * written as they are.
 *
 * ARROWIPC_INVALID_ARGUMENT for a description that contradicts itself or the format, of which nothing is
 * written; ARROWIPC_UNSUPPORTED when members are set that this version does not know, and for values
 * that are not whole bytes; ARROWIPC_INVALID_STATE after arrowipc_tensor_writer_finish or a failure of
 * the sink. Since 0.1
 */
ARROWIPC_API
int32_t arrowipc_tensor_writer_write(arrowipc_tensor_writer *w,
                                     const arrowipc_tensor_description *tensor,
                                     arrowipc_error **err);

/**
 * Flushes, and renames the file of arrowipc_sink_to_path. No end marker is written: tensor messages
 * stand alone. Nothing can be written afterwards; the writer is still to be freed.
 * ARROWIPC_INVALID_STATE when repeated. Since 0.1
 */
ARROWIPC_API int32_t arrowipc_tensor_writer_finish(arrowipc_tensor_writer *w, arrowipc_error **err);

/**
 * Hands over the bytes of a memory sink, once, after arrowipc_tensor_writer_finish: `*n` bytes at
 * `*data`, a block of the caller's that arrowipc_memory_free frees and that does not need the writer any
 * more. ARROWIPC_INVALID_STATE before arrowipc_tensor_writer_finish and when repeated,
 * ARROWIPC_INVALID_ARGUMENT for other sinks. Since 0.1
 */
ARROWIPC_API
int32_t arrowipc_tensor_writer_take_memory(arrowipc_tensor_writer *w,
                                           uint8_t **data,
                                           size_t *n,
                                           arrowipc_error **err);

/**
 * Frees a tensor writer and its sink; NULL is fine. Without arrowipc_tensor_writer_finish the output
 * stays incomplete: a file never gets its name. Since 0.1
 */
ARROWIPC_API void arrowipc_tensor_writer_free(arrowipc_tensor_writer *w);

/* ---------------------------------------------------------------------------------------------------------
 * Memory: what the library holds, and blocks that it hands out.
 *
 * Any thread may call these functions.
 */

/**
 * Bytes that this library holds in the whole process: buffers that it read or decompressed, output in memory
 * and what it allocates besides. The caller's memory, memory maps and the working memory of the ZSTD codec
 * do not count. 0 again once everything that came from the library was freed and released. Since 0.1
 */
ARROWIPC_API int64_t arrowipc_memory_current(void);

/**
 * The most that arrowipc_memory_current ever was, since the start of the process or the last reset. With a
 * reset that is not 0, the count starts anew from the current value after this call. Since 0.1
 */
ARROWIPC_API int64_t arrowipc_memory_peak(int32_t reset);

/**
 * Frees the block that arrowipc_writer_take_memory or arrowipc_tensor_writer_take_memory handed out, with
 * the size that came with it; NULL is fine. Since 0.1
 */
ARROWIPC_API void arrowipc_memory_free(uint8_t *data, size_t n);

/** Frees the metadata that arrowipc_reader_batch_metadata handed out; NULL is fine. Since 0.1 */
ARROWIPC_API void arrowipc_metadata_free(char *metadata);

#ifdef __cplusplus
} /* extern "C" */
#endif

#endif /* ARROWIPC_H_INCLUDED */
