package main

/*
#cgo LDFLAGS: -ldl
#include <dlfcn.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "arrowipc_kit.h"

static struct {
  int (*build)(const char*, struct ArrowArrayStream*);
  int (*batch_metadata)(const char*, int64_t, char**);
  void (*free_text)(char*);
  int (*observer_new)(struct ArrowSchema*, const char*, arrowipc_kit_observer**);
  int (*observer_batch)(arrowipc_kit_observer*, struct ArrowArray*, const char*);
  int (*observer_finish)(arrowipc_kit_observer*, char*, int64_t*, int64_t*);
  int (*check_stream)(struct ArrowArrayStream*, struct ArrowArrayStream*);
  int (*observe_stream)(struct ArrowArrayStream*, const char*, char*, int64_t*, int64_t*);
  int (*faults)(char**);
  const char* (*error)(void);
} kit;

static const char* kit_load(const char* path) {
  void* library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
  if (!library) return dlerror();
#define LOAD(name) if (!(*(void**)&kit.name = dlsym(library, "arrowipc_kit_" #name))) return dlerror()
  LOAD(build);
  LOAD(batch_metadata);
  LOAD(free_text);
  LOAD(observer_new);
  LOAD(observer_batch);
  LOAD(observer_finish);
  LOAD(check_stream);
  LOAD(observe_stream);
  LOAD(faults);
  LOAD(error);
#undef LOAD
  return NULL;
}

static int kit_build(const char* path, struct ArrowArrayStream* out) { return kit.build(path, out); }
static int kit_batch_metadata(const char* path, int64_t i, char** out) { return kit.batch_metadata(path, i, out); }
static void kit_free_text(char* text) { kit.free_text(text); }
static int kit_observer_new(struct ArrowSchema* schema, const char* dump, arrowipc_kit_observer** out) {
  return kit.observer_new(schema, dump, out);
}
static int kit_observer_batch(arrowipc_kit_observer* o, struct ArrowArray* array, const char* metadata) {
  return kit.observer_batch(o, array, metadata);
}
static int kit_observer_finish(arrowipc_kit_observer* o, char* digest, int64_t* batches, int64_t* rows) {
  return kit.observer_finish(o, digest, batches, rows);
}
static int kit_observe_stream(struct ArrowArrayStream* stream, const char* dump, char* digest, int64_t* batches, int64_t* rows) {
  int code = kit.check_stream(stream, stream);
  return code ? code : kit.observe_stream(stream, dump, digest, batches, rows);
}

static void release_copy(struct ArrowSchema* schema) {
  for (int64_t i = 0; i < schema->n_children; i++) {
    struct ArrowSchema* child = schema->children[i];
    if (child->release) child->release(child);
    free(child);
  }
  if (schema->dictionary) {
    if (schema->dictionary->release) schema->dictionary->release(schema->dictionary);
    free(schema->dictionary);
  }
  free(schema->children);
  free((void*)schema->format);
  free((void*)schema->name);
  free((void*)schema->metadata);
  schema->release = NULL;
}

static const char* copy_metadata(const char* metadata) {
  if (!metadata) return NULL;
  int32_t pairs, length;
  memcpy(&pairs, metadata, sizeof pairs);
  size_t size = sizeof pairs;
  for (int64_t i = 0; i < 2 * (int64_t)pairs; i++) {
    memcpy(&length, metadata + size, sizeof length);
    size += sizeof length + length;
  }
  return memcpy(malloc(size), metadata, size);
}

static struct ArrowSchema* copy_schema(const struct ArrowSchema* schema, struct ArrowSchema* out) {
  *out = *schema;
  out->format = strdup(schema->format);
  out->name = schema->name ? strdup(schema->name) : NULL;
  out->metadata = copy_metadata(schema->metadata);
  out->children = calloc(schema->n_children + 1, sizeof *out->children);
  for (int64_t i = 0; i < schema->n_children; i++)
    out->children[i] = copy_schema(schema->children[i], malloc(sizeof *out));
  if (schema->dictionary) out->dictionary = copy_schema(schema->dictionary, malloc(sizeof *out));
  out->private_data = NULL;
  out->release = release_copy;
  return out;
}

// Gives a copy of the stream's schema whose parts may be released in any order.
static int patient_schema(struct ArrowArrayStream* stream, struct ArrowSchema* out) {
  struct ArrowSchema schema;
  int code = stream->get_schema(stream, &schema);
  if (code) return code;
  copy_schema(&schema, out);
  schema.release(&schema);
  return 0;
}

static int next_array(struct ArrowArrayStream* stream, struct ArrowArray* out) { return stream->get_next(stream, out); }
static const char* last_error(struct ArrowArrayStream* stream) { return stream->get_last_error(stream); }
static void release_stream(struct ArrowArrayStream* stream) { stream->release(stream); }

// Leaves out the metadata of fields that have none: arrow-go exports them as a list of no pairs (docs/bugs/arrow-go.md).
static void without_empty_metadata(struct ArrowSchema* schema) {
  if (schema->metadata && *(const int32_t*)schema->metadata == 0) {
    free((void*)schema->metadata);
    schema->metadata = NULL;
  }
  for (int64_t i = 0; i < schema->n_children; i++) without_empty_metadata(schema->children[i]);
  if (schema->dictionary) without_empty_metadata(schema->dictionary);
}

static int kit_faults(char** out) { return kit.faults(out); }
static const char* kit_error(void) { return kit.error(); }
*/
import "C"

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"unsafe"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/cdata"
)

// errMalformed says that the kit refused what arrow-go exported. The kit's faults tell why.
var errMalformed = errors.New("exported structures are malformed")

// loadKit binds the functions of the kit. All of them are called by the one thread that main locks, since the text of
// a failure belongs to the thread that met it.
func loadKit(path string) error {
	name := C.CString(path)
	defer C.free(unsafe.Pointer(name))
	if text := C.kit_load(name); text != nil {
		return errors.New(C.GoString(text))
	}
	return nil
}

func kitResult(code C.int) error {
	switch code {
	case 0:
		return nil
	case C.ARROWIPC_KIT_MALFORMED:
		return fmt.Errorf("%w: %s", errMalformed, C.GoString(C.kit_error()))
	default:
		return fmt.Errorf("kit: %s", C.GoString(C.kit_error()))
	}
}

// kitFaults gives what the kit noticed since the last call.
func kitFaults() ([]string, error) {
	var text *C.char
	if err := kitResult(C.kit_faults(&text)); err != nil {
		return nil, err
	}
	defer C.kit_free_text(text)
	faults := []string{}
	return faults, json.Unmarshal([]byte(C.GoString(text)), &faults)
}

// kitStream is the stream that the kit makes of a canonical document.
type kitStream struct{ c *C.struct_ArrowArrayStream }

func openKitStream(path string) (kitStream, error) {
	name := C.CString(path)
	defer C.free(unsafe.Pointer(name))
	stream := kitStream{(*C.struct_ArrowArrayStream)(C.calloc(1, C.sizeof_struct_ArrowArrayStream))}
	if err := kitResult(C.kit_build(name, stream.c)); err != nil {
		stream.close()
		return kitStream{}, err
	}
	return stream, nil
}

func (s kitStream) close() {
	if s.c.release != nil {
		C.release_stream(s.c)
	}
	C.free(unsafe.Pointer(s.c))
}

// reader gives the stream as arrow-go imports it. The stream is moved away.
func (s kitStream) reader() (array.RecordReader, error) {
	reader, err := cdata.ImportCRecordReader((*cdata.CArrowArrayStream)(unsafe.Pointer(s.c)), nil)
	if err != nil {
		return nil, err
	}
	return reader.(array.RecordReader), nil
}

// schema imports the schema by itself. arrow-go releases children by themselves, which is not allowed
// (docs/bugs/arrow-go.md); what is written of the data has nothing to do with it, so the schema is a copy that bears it.
func (s kitStream) schema() (*arrow.Schema, error) {
	schema := (*C.struct_ArrowSchema)(C.calloc(1, C.sizeof_struct_ArrowSchema))
	defer C.free(unsafe.Pointer(schema))
	if C.patient_schema(s.c, schema) != 0 {
		return nil, s.failure()
	}
	return cdata.ImportCArrowSchema((*cdata.CArrowSchema)(unsafe.Pointer(schema)))
}

// next imports the next batch, or gives io.EOF.
func (s kitStream) next(schema *arrow.Schema) (arrow.RecordBatch, error) {
	chunk := (*C.struct_ArrowArray)(C.calloc(1, C.sizeof_struct_ArrowArray))
	defer C.free(unsafe.Pointer(chunk))
	if C.next_array(s.c, chunk) != 0 {
		return nil, s.failure()
	}
	if chunk.release == nil {
		return nil, io.EOF
	}
	return cdata.ImportCRecordBatchWithSchema((*cdata.CArrowArray)(unsafe.Pointer(chunk)), schema)
}

func (s kitStream) failure() error { return errors.New(C.GoString(C.last_error(s.c))) }

// kitBatchMetadata gives the metadata of a batch of a canonical document, which do not cross the C Data Interface.
func kitBatchMetadata(path string, batch int) (arrow.Metadata, error) {
	name := C.CString(path)
	defer C.free(unsafe.Pointer(name))
	var text *C.char
	if err := kitResult(C.kit_batch_metadata(name, C.int64_t(batch), &text)); err != nil || text == nil {
		return arrow.Metadata{}, err
	}
	defer C.kit_free_text(text)
	return decodeMetadata(unsafe.Pointer(text)), nil
}

// decodeMetadata reads the encoding of ArrowSchema.metadata.
func decodeMetadata(at unsafe.Pointer) arrow.Metadata {
	number := func() int {
		n := *(*int32)(at)
		at = unsafe.Add(at, 4)
		return int(n)
	}
	text := func() string {
		n := number()
		s := string(unsafe.Slice((*byte)(at), n))
		at = unsafe.Add(at, n)
		return s
	}
	pairs := number()
	keys, values := make([]string, pairs), make([]string, pairs)
	for i := range pairs {
		keys[i], values[i] = text(), text()
	}
	return arrow.NewMetadata(keys, values)
}

// encodeMetadata writes the encoding of ArrowSchema.metadata; nothing for no pairs.
func encodeMetadata(metadata arrow.Metadata) []byte {
	if metadata.Len() == 0 {
		return nil
	}
	var out bytes.Buffer
	text := func(s string) {
		binary.Write(&out, binary.NativeEndian, int32(len(s)))
		out.WriteString(s)
	}
	binary.Write(&out, binary.NativeEndian, int32(metadata.Len()))
	for i, key := range metadata.Keys() {
		text(key)
		text(metadata.Values()[i])
	}
	return out.Bytes()
}

// observed is what an observation tells.
type observed struct {
	Digest  string `json:"digest,omitempty"`
	Batches int64  `json:"batches"`
	Rows    int64  `json:"rows"`
}

// cdataObservation hands exported batches to an observer of the kit.
type cdataObservation struct {
	observer *C.arrowipc_kit_observer
}

// observeCData mends one fault of what arrow-go exports, which would hide all others. The stream that observeStream hands
// over has it still.
func observeCData(schema *arrow.Schema, dump string) (*cdataObservation, error) {
	exported := (*C.struct_ArrowSchema)(C.calloc(1, C.sizeof_struct_ArrowSchema))
	defer C.free(unsafe.Pointer(exported))
	cdata.ExportArrowSchema(schema, (*cdata.CArrowSchema)(unsafe.Pointer(exported)))
	C.without_empty_metadata(exported)
	path := optionalText(dump)
	defer C.free(unsafe.Pointer(path))
	o := &cdataObservation{}
	return o, kitResult(C.kit_observer_new(exported, path, &o.observer))
}

func (o *cdataObservation) add(batch arrow.RecordBatch) error {
	exported := (*C.struct_ArrowArray)(C.calloc(1, C.sizeof_struct_ArrowArray))
	defer C.free(unsafe.Pointer(exported))
	cdata.ExportArrowRecordBatch(batch, (*cdata.CArrowArray)(unsafe.Pointer(exported)), nil)
	var metadata *C.char
	if encoded := encodeMetadata(batchMetadata(batch)); encoded != nil {
		metadata = (*C.char)(C.CBytes(encoded))
		defer C.free(unsafe.Pointer(metadata))
	}
	return kitResult(C.kit_observer_batch(o.observer, exported, metadata))
}

// finish ends the observation, which is over after the first call.
func (o *cdataObservation) finish() (observed, error) {
	if o.observer == nil {
		return observed{}, nil
	}
	var digest [C.ARROWIPC_KIT_DIGEST_SIZE]C.char
	var batches, rows C.int64_t
	code := C.kit_observer_finish(o.observer, &digest[0], &batches, &rows)
	o.observer = nil
	return observed{C.GoString(&digest[0]), int64(batches), int64(rows)}, kitResult(code)
}

// observeStream gives what the kit sees in the stream that arrow-go exports of a reader. The kit releases the stream.
func observeStream(reader array.RecordReader, dump string) (observed, error) {
	stream := (*C.struct_ArrowArrayStream)(C.calloc(1, C.sizeof_struct_ArrowArrayStream))
	defer C.free(unsafe.Pointer(stream))
	cdata.ExportRecordReader(reader, (*cdata.CArrowArrayStream)(unsafe.Pointer(stream)))
	path := optionalText(dump)
	defer C.free(unsafe.Pointer(path))
	var digest [C.ARROWIPC_KIT_DIGEST_SIZE]C.char
	var batches, rows C.int64_t
	code := C.kit_observe_stream(stream, path, &digest[0], &batches, &rows)
	return observed{C.GoString(&digest[0]), int64(batches), int64(rows)}, kitResult(code)
}

func optionalText(text string) *C.char {
	if text == "" {
		return nil
	}
	return C.CString(text)
}

func batchMetadata(batch arrow.RecordBatch) arrow.Metadata {
	if with, ok := batch.(arrow.RecordBatchWithMetadata); ok {
		return with.Metadata()
	}
	return arrow.Metadata{}
}
