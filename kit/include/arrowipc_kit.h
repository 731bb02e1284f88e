/* arrowipc_kit.h - canonical values and the Arrow C Data Interface, for adapters of the Arrow IPC
 * conformance suite.
 *
 * A document is a schema with its batches in canonical JSON (docs/canonical-values.md). The kit turns
 * documents into C streams, and arrays of any implementation into digests and dumps.
 *
 * Errors     Functions that return int return 0, 1 when the caller or the kit failed, or
 *            ARROWIPC_KIT_MALFORMED when a struct that was given to the kit is not as the C Data or C
 *            Stream Interface says. arrowipc_kit_error() then has the text.
 * Faults     What other programs do wrong with the kit's structs, and what is wrong with theirs, is
 *            noticed and collected: see arrowipc_kit_faults().
 * Ownership  "Consumes" means that the struct is moved from: it is released, and left with a NULL release
 *            callback, whether the function succeeds or not. What a function writes is the caller's to
 *            release. After a failure, `out` is NULL, or a struct whose release callback is NULL.
 * Threads    Every function may be called from any thread. A stream or observer is used by one thread at
 *            a time.
 * Trust      Arrays carry no buffer sizes: an array that was never validated must not be observed.
 * Paths      UTF-8, relative to the working directory of the process.
 */
#ifndef ARROWIPC_KIT_H
#define ARROWIPC_KIT_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#ifndef ARROW_C_DATA_INTERFACE
#define ARROW_C_DATA_INTERFACE

#define ARROW_FLAG_DICTIONARY_ORDERED 1
#define ARROW_FLAG_NULLABLE 2
#define ARROW_FLAG_MAP_KEYS_SORTED 4

struct ArrowSchema {
  const char* format;
  const char* name;
  const char* metadata;
  int64_t flags;
  int64_t n_children;
  struct ArrowSchema** children;
  struct ArrowSchema* dictionary;
  void (*release)(struct ArrowSchema*);
  void* private_data;
};

struct ArrowArray {
  int64_t length;
  int64_t null_count;
  int64_t offset;
  int64_t n_buffers;
  int64_t n_children;
  const void** buffers;
  struct ArrowArray** children;
  struct ArrowArray* dictionary;
  void (*release)(struct ArrowArray*);
  void* private_data;
};

#endif /* ARROW_C_DATA_INTERFACE */

#ifndef ARROW_C_STREAM_INTERFACE
#define ARROW_C_STREAM_INTERFACE

struct ArrowArrayStream {
  int (*get_schema)(struct ArrowArrayStream*, struct ArrowSchema* out);
  int (*get_next)(struct ArrowArrayStream*, struct ArrowArray* out);
  const char* (*get_last_error)(struct ArrowArrayStream*);
  void (*release)(struct ArrowArrayStream*);
  void* private_data;
};

#endif /* ARROW_C_STREAM_INTERFACE */

/* Bytes of a digest with its NUL: "sha256:" and 64 lower-case hex digits. */
#define ARROWIPC_KIT_DIGEST_SIZE 72

/* The other side of the interface is at fault, neither the caller nor the kit. */
#define ARROWIPC_KIT_MALFORMED 2

/* Turns the document in a file into a stream of struct arrays, laid out in memory as the document
 * says. Written batches are built at once; generated ones when they are asked for, so that they need
 * memory for one batch. The stream does not need the file any more. */
int arrowipc_kit_build(const char* json_path, struct ArrowArrayStream* out);

/* Gives the metadata of a batch of the document in a file, encoded as in ArrowSchema.metadata; NULL
 * when there are none. They do not cross the C Data Interface, so a producer asks for them here. Free
 * with arrowipc_kit_free_text(). */
int arrowipc_kit_batch_metadata(const char* json_path, int64_t batch, char** out);

/* Frees what arrowipc_kit_batch_metadata() or arrowipc_kit_faults() gave. NULL is fine. */
void arrowipc_kit_free_text(char* text);

/* A digest, and if wanted a dump, of batches that come one at a time. */
typedef struct arrowipc_kit_observer arrowipc_kit_observer;

/* Starts an observer of batches of a struct schema. Consumes the schema. With `dump_path` not NULL,
 * the canonical JSON goes to that file, which is made or emptied. */
int arrowipc_kit_observer_new(struct ArrowSchema* schema, const char* dump_path, arrowipc_kit_observer** out);

/* Adds a batch: a struct array of the schema. Consumes the array, which is released before the
 * function returns; its last column is moved out and released by itself. `metadata` is NULL or the metadata of the record batch, encoded as in
 * ArrowSchema.metadata, and stays the caller's. After a failure the observer can only be finished. */
int arrowipc_kit_observer_batch(arrowipc_kit_observer* observer, struct ArrowArray* array, const char* metadata);

/* Ends digest and dump, and frees the observer, also on failure. The number of batches and of rows in
 * all go to places that may be NULL. */
int arrowipc_kit_observer_finish(arrowipc_kit_observer* observer, char digest[ARROWIPC_KIT_DIGEST_SIZE], int64_t* batches,
                                 int64_t* rows);

/* Wraps a stream, so that its use by the program shows whether it keeps to the C Stream Interface: the
 * wrapper asks twice for the schema and for the end, reads one chunk ahead, and gives the last chunk
 * away when the stream is already released. Errors pass through. Consumes `stream`; `out` may be the
 * same struct. */
int arrowipc_kit_check_stream(struct ArrowArrayStream* stream, struct ArrowArrayStream* out);

/* Observes a whole stream, whose batches have no metadata. Consumes the stream. */
int arrowipc_kit_observe_stream(struct ArrowArrayStream* stream, const char* dump_path,
                                char digest[ARROWIPC_KIT_DIGEST_SIZE], int64_t* batches, int64_t* rows);

/* Gives what was noticed in this process since the last call, as a list of strings in JSON, `[]` when all
 * is well; each names the clause that was not kept. Noticed is
 *   - of the kit's structs: what was released twice or not at all, children released by themselves,
 *     buffers that were written to, calls of a released stream or by two threads at once,
 *     get_last_error without an error;
 *   - of others' structs: what makes a function return ARROWIPC_KIT_MALFORMED, release callbacks that
 *     mark nothing, and what arrowipc_kit_check_stream() looks for.
 * A program asks behind each piece of work, when it has let go of everything that the kit gave it. Free
 * with arrowipc_kit_free_text(). */
int arrowipc_kit_faults(char** out);

/* The text of the calling thread's last failure, UTF-8, valid until the thread's next failure; empty
 * when there was none. */
const char* arrowipc_kit_error(void);

/* ---- Adapters ------------------------------------------------------------------------------------
 *
 * arrowipc_kit_serve() speaks the protocol of adapters (docs/protocol.md) for a program that gives
 * callbacks: the kit reads the requests, builds the streams that are to be written, observes the streams
 * that were read, as arrowipc_kit_check_stream() does, and answers. arrowipc_adapter.h has a `main` for it.
 *
 * Results    A callback returns 0, or says by the call why it does not do what it was asked for, and
 *            returns what that function returned:
 *
 *                return call->reject(call, "open", "EINVAL", "not an Arrow file");
 *
 *            The callbacks of a stream that an adapter hands out may do the same. Where they only return
 *            an errno, that and the text of get_last_error are the rejection, of the schema or the batch.
 * Pointers   What a callback is given lives until it returns; the call lives until the request is
 *            answered, which is after the stream is released.
 * Threads    Callbacks are called by the thread that serves, one at a time. A call is used by one thread at
 *            a time.
 * Words      The texts in requests are those of docs/protocol.md. What an adapter does not know it answers
 *            as unsupported.
 */

/* A number that the request leaves open. */
#define ARROWIPC_KIT_OPEN INT64_MIN

/* A request that is being answered. */
struct arrowipc_kit_call {
  /* The implementation refuses the input in a phase: open, schema, dictionary, batch, validate, finish,
   * write. `type` and `message` are those of its error. Returns EINVAL. */
  int (*reject)(struct arrowipc_kit_call*, const char* phase, const char* type, const char* message);
  /* The implementation does not have a feature of cases/features.yaml. Returns ENOTSUP. */
  int (*unsupported)(struct arrowipc_kit_call*, const char* feature, const char* message);
  /* The adapter itself failed. Returns EIO. */
  int (*fail)(struct arrowipc_kit_call*, const char* message);
  /* Tells a fact, a value in JSON. */
  void (*fact)(struct arrowipc_kit_call*, const char* name, const char* json);
  /* Sets a member of the answer, a value in JSON. */
  void (*answer)(struct arrowipc_kit_call*, const char* name, const char* json);
  /* Metadata of a record batch that is written, encoded as in ArrowSchema.metadata, or NULL. They live as
   * long as the call. */
  const char* (*batch_metadata)(struct arrowipc_kit_call*, int64_t batch);
  /* Sets the metadata of a record batch that is read, before the stream gives it away. */
  void (*set_batch_metadata)(struct arrowipc_kit_call*, int64_t batch, const char* encoded);
  void* private_data;
};

/* IPC data to read. */
struct arrowipc_kit_read {
  const char* path;
  const char* format;   /* stream, file */
  const char* source;   /* path, memory_map, memory, fd, callbacks, socket, pipe */
  const char* access;   /* next, all, random, c_stream */
  const char* validate; /* none, full */
  const char* via;      /* what becomes of the batches: cdata, transcode, none */
  const int64_t* order; /* the batches to read, for random access; NULL for all */
  int64_t n_order;
  const int64_t* projection; /* the columns to read; NULL for all */
  int64_t n_projection;
};

/* IPC data to write. */
struct arrowipc_kit_write {
  const char* path;
  const char* format;         /* stream, file */
  const char* sink;           /* path, memory, fd, callbacks, socket, pipe */
  const char* compression;    /* none, lz4, zstd */
  int64_t compression_level;  /* or ARROWIPC_KIT_OPEN */
  int64_t alignment;          /* or ARROWIPC_KIT_OPEN */
  int64_t metadata_version;   /* 4, 5 */
  int64_t legacy;             /* 0, 1 */
  const char* dictionaries;   /* replace, delta, unify */
  const char* footer_metadata; /* encoded as in ArrowSchema.metadata, or NULL */
  const char* onto;           /* NULL, or a file to stay as it is, whose batches come first at `path` (write.append) */
};

/* What an adapter gives. All but `hello` may be NULL. */
struct arrowipc_kit_adapter {
  /* The answer to `start`, a JSON object: `adapter`, `implementation`, `features` and so on. `protocol` need
   * not be there, nor need `roles`, `observe` and `validate`: they follow from the callbacks (`none`). */
  const char* hello;

  /* Opens IPC data. The stream is read to its end and released before the next callback. With `validate`
   * full, it gives away what was validated. With `via` none the bytes may be of any kind, and the stream
   * walks through what it gives away, if the implementation has a safe way to. */
  int (*read)(void* own, struct arrowipc_kit_call*, const struct arrowipc_kit_read*, struct ArrowArrayStream* out);

  /* Writes a stream, which it may consume, as IPC data to the path. */
  int (*write)(void* own, struct arrowipc_kit_call*, const struct arrowipc_kit_write*, struct ArrowArrayStream*);

  /* Imports a stream, which it may consume, and exports it again. */
  int (*echo)(void* own, struct arrowipc_kit_call*, const char* validate, struct ArrowArrayStream*,
              struct ArrowArrayStream* out);

  /* Reads IPC data and writes them again, without the C Data Interface between. Without it the kit gives the
   * stream of `read` to `write`. */
  int (*transcode)(void* own, struct arrowipc_kit_call*, const struct arrowipc_kit_read*,
                   const struct arrowipc_kit_write*);

  /* Answers a request that is about something else, such as tensors: `request` is the whole line, and paths in
   * it are relative to the working directory. Without it such requests are unsupported. */
  int (*other)(void* own, struct arrowipc_kit_call*, const char* request);

  /* The feature that the implementation says it does not have, where a stream failed with this errno and text
   * and the call was told nothing. NULL, or a missing function, makes a rejection of it. */
  const char* (*feature_of)(void* own, int code, const char* message);

  /* Releases everything that is held, and returns the bytes that the implementation still counts. */
  int64_t (*reset)(void* own);

  /* Handed to each callback. */
  void* own;
};

/* Answers the requests on standard input until told to stop, or until its end; the status to exit with. What
 * the process prints to standard output meanwhile goes to standard error. */
int arrowipc_kit_serve(const struct arrowipc_kit_adapter* adapter);

#ifdef __cplusplus
}
#endif

#endif /* ARROWIPC_KIT_H */
