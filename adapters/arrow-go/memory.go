package main

import (
	"unsafe"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/memory/mallocator"
)

// counted is arrow-go's allocator of C memory, which is what arrays need that are exported ("CGO requires that pointers
// to Go memory are not stored in C memory"). It gives memory back when the last reference is released, as Go's does not.
type counted struct{ *mallocator.Mallocator }

var allocator = counted{mallocator.NewMallocator()}

func (c counted) left() int64 { return c.AllocatedBytes() }

// inMap tells whether every buffer of the data lies in a mapping.
func inMap(data arrow.ArrayData, mapping []byte) bool {
	start := uintptr(unsafe.Pointer(unsafe.SliceData(mapping)))
	for _, buffer := range data.Buffers() {
		if buffer == nil || buffer.Len() == 0 {
			continue
		}
		at := uintptr(unsafe.Pointer(unsafe.SliceData(buffer.Bytes())))
		if at < start || at+uintptr(buffer.Len()) > start+uintptr(len(mapping)) {
			return false
		}
	}
	for _, child := range data.Children() {
		if !inMap(child, mapping) {
			return false
		}
	}
	if data.Dictionary() != nil && data.DataType().ID() == arrow.DICTIONARY {
		return inMap(data.Dictionary(), mapping)
	}
	return true
}
