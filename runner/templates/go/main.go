// Adapter of my-adapter for the conformance suite. The kit speaks protocol 1; this gives it what it asks for.
package main

/*
#cgo LDFLAGS: -ldl
#include <stdlib.h>
#include "serve.h"
*/
import "C"

import (
	"os"
	"unsafe"
)

// `features`: what the library can do, in the words of cases/features.yaml, such as "type.*" and "compress.zstd:r".
const hello = `{
  "adapter": {"id": "my-adapter", "version": "1"},
  "implementation": {"name": "my-adapter", "language": "go", "version": "0"},
  "features": []
}`

//export openInput
func openInput(call *C.struct_arrowipc_kit_call, read *C.struct_arrowipc_kit_read, out *C.struct_ArrowArrayStream) C.int {
	// Here the library opens read.path, and out becomes the stream that it exports.
	return unsupported(call, "format."+C.GoString(read.format), "nothing is read yet")
}

//export writeOutput
func writeOutput(call *C.struct_arrowipc_kit_call, write *C.struct_arrowipc_kit_write, stream *C.struct_ArrowArrayStream) C.int {
	// Here the library imports the stream, and writes it to write.path.
	return unsupported(call, "format."+C.GoString(write.format), "nothing is written yet")
}

func unsupported(call *C.struct_arrowipc_kit_call, feature, message string) C.int {
	words := [2]*C.char{C.CString(feature), C.CString(message)}
	defer C.free(unsafe.Pointer(words[0]))
	defer C.free(unsafe.Pointer(words[1]))
	return C.answer_unsupported(call, words[0], words[1])
}

func main() {
	os.Exit(int(C.serve(C.CString(hello))))
}
