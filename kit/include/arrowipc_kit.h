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

#ifdef __cplusplus
}
#endif

#endif /* ARROWIPC_KIT_H */
