/* A program that uses the kit as an adapter does: see functions.rs, which checks what it prints. */
#include "arrowipc_kit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void check(int code, const char* what) {
  if (code != 0) {
    printf("%s: %s\n", what, arrowipc_kit_error());
    exit(1);
  }
}

static void print_metadata(const char* document, int64_t batch) {
  char* metadata = NULL;
  if (arrowipc_kit_batch_metadata(document, batch, &metadata) != 0) {
    printf("metadata of batch %d: %s\n", (int)batch, strrchr(arrowipc_kit_error(), ':') + 2);
    return;
  }
  if (metadata == NULL) {
    printf("metadata of batch %d: none\n", (int)batch);
  } else {
    int32_t pairs;
    memcpy(&pairs, metadata, sizeof(pairs));
    printf("metadata of batch %d: %d pairs\n", (int)batch, (int)pairs);
  }
  arrowipc_kit_free_text(metadata);
}

static void print_faults(const char* when) {
  char* faults = NULL;
  check(arrowipc_kit_faults(&faults), "faults");
  printf("faults %s: %s\n", when, faults);
  arrowipc_kit_free_text(faults);
}

int main(int argc, char** argv) {
  const char* document = argv[1];
  const char* dump = argv[2];
  char digest[ARROWIPC_KIT_DIGEST_SIZE];
  int64_t batches = 0, rows = 0;
  struct ArrowArrayStream stream;
  struct ArrowSchema schema;
  struct ArrowArray array;
  arrowipc_kit_observer* observer = NULL;
  if (argc != 3) return 2;

  printf("error before any: \"%s\"\n", arrowipc_kit_error());

  check(arrowipc_kit_build(document, &stream), "build");
  check(arrowipc_kit_observe_stream(&stream, NULL, digest, &batches, &rows), "observe_stream");
  printf("stream: %s, %d batches, %d rows, released %d\n", digest, (int)batches, (int)rows, stream.release == NULL);

  check(arrowipc_kit_build(document, &stream), "build");
  check(stream.get_schema(&stream, &schema), "get_schema");
  check(arrowipc_kit_observer_new(&schema, dump, &observer), "observer_new");
  printf("schema released %d\n", schema.release == NULL);
  for (int64_t batch = 0;; batch++) {
    char* metadata = NULL;
    check(stream.get_next(&stream, &array), "get_next");
    if (array.release == NULL) break;
    check(arrowipc_kit_batch_metadata(document, batch, &metadata), "batch_metadata");
    check(arrowipc_kit_observer_batch(observer, &array, metadata), "observer_batch");
    printf("array released %d\n", array.release == NULL);
    arrowipc_kit_free_text(metadata);
  }
  stream.release(&stream);
  check(arrowipc_kit_observer_finish(observer, digest, &batches, NULL), "observer_finish");
  printf("batches: %s, %d batches\n", digest, (int)batches);

  print_metadata(document, 0);
  print_metadata(document, 1);
  print_metadata(document, 2);
  print_metadata(document, -1);

  /* A stream that is dropped half-way, and a child that outlives its parent. */
  check(arrowipc_kit_build(document, &stream), "build");
  check(stream.get_next(&stream, &array), "get_next");
  stream.release(&stream);
  struct ArrowArray child = *array.children[0];
  array.children[0]->release = NULL;
  array.release(&array);
  printf("child of %d rows\n", (int)child.length);
  child.release(&child);

  print_faults("so far");

  /* A stream that is read through the kit, and arrays that nobody releases. */
  check(arrowipc_kit_build(document, &stream), "build");
  check(arrowipc_kit_check_stream(&stream, &stream), "check_stream");
  check(stream.get_next(&stream, &array), "get_next");
  print_faults("with an array and one ahead");
  array.release(&array);
  check(stream.get_next(&stream, &array), "get_next");
  stream.release(&stream);
  array.release(&array);
  print_faults("at the end");

  int code = arrowipc_kit_build("no such file", &stream);
  printf("missing file: %d, release %d\n", code, stream.release == NULL);
  printf("%s\n", arrowipc_kit_error());
  printf("NULL path: %d\n", arrowipc_kit_build(NULL, &stream));
  printf("%s\n", arrowipc_kit_error());
  printf("NULL out: %d\n", arrowipc_kit_build(document, NULL));
  printf("%s\n", arrowipc_kit_error());
  code = arrowipc_kit_observe_stream(&stream, NULL, digest, NULL, NULL);
  printf("released stream: %d\n", code == ARROWIPC_KIT_MALFORMED);
  printf("%s\n", arrowipc_kit_error());
  printf("NULL observer: %d\n", arrowipc_kit_observer_finish(NULL, digest, NULL, NULL));
  printf("%s\n", arrowipc_kit_error());
  check(arrowipc_kit_build(document, &stream), "build");
  check(stream.get_schema(&stream, &schema), "get_schema");
  stream.release(&stream);
  code = arrowipc_kit_observer_new(&schema, "no/such/folder", &observer);
  printf("dump nowhere: %d, schema released %d\n", code, schema.release == NULL);
  printf("%s\n", arrowipc_kit_error());
  arrowipc_kit_free_text(NULL);
  return 0;
}
