package main

import (
	"runtime/debug"
	"runtime/metrics"

	"github.com/apache/arrow-go/v18/arrow/memory/mallocator"
)

// allocator is arrow-go's allocator of C memory, which arrays need that are exported ("CGO requires that pointers to Go
// memory are not stored in C memory"). Unlike Go's it takes memory back when the last reference is released.
var allocator = mallocator.NewMallocator()

// giveBack returns the memory of large requests to the system. Go would clear it for the next large request, so that
// what a request needs would depend on those before it.
func giveBack() {
	heap := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}, {Name: "/memory/classes/heap/free:bytes"}}
	metrics.Read(heap)
	if heap[0].Value.Uint64()+heap[1].Value.Uint64() > 64<<20 {
		debug.FreeOSMemory()
	}
}
