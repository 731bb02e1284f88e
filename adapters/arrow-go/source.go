package main

import (
	"bytes"
	"io"
	"os"
	"syscall"

	"github.com/apache/arrow-go/v18/arrow/ipc"
)

// source is an input as arrow-go takes it: a file reader seeks in it, or maps it.
type source struct {
	ipc.ReadAtSeeker
	mapping []byte
	close   func() error
}

func openSource(kind, path string) (*source, error) {
	switch kind {
	case "", "path":
		file, err := os.Open(path)
		if err != nil {
			return nil, err
		}
		return &source{file, nil, file.Close}, nil
	case "callbacks":
		file, err := os.Open(path)
		if err != nil {
			return nil, err
		}
		return &source{short{file}, nil, file.Close}, nil
	case "memory":
		data, err := os.ReadFile(path)
		return &source{bytes.NewReader(data), nil, func() error { return nil }}, err
	case "memory_map":
		return openMapping(path)
	case "pipe":
		return openPipe(path)
	}
	return nil, unsupported("source." + kind)
}

// openMapping maps a file as NewMappedFileReader's documentation proposes. A stream, for which arrow-go has nothing of
// the kind, is read from the mapping.
func openMapping(path string) (*source, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	if info.Size() == 0 { // no mapping is empty
		return &source{bytes.NewReader(nil), []byte{}, func() error { return nil }}, nil
	}
	mapping, err := syscall.Mmap(int(file.Fd()), 0, int(info.Size()), syscall.PROT_READ, syscall.MAP_PRIVATE)
	if err != nil {
		return nil, err
	}
	return &source{bytes.NewReader(mapping), mapping, func() error { return syscall.Munmap(mapping) }}, nil
}

// openPipe gives the end of a pipe into which the file's bytes are written. What the reader leaves is dropped.
func openPipe(path string) (*source, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	reading, writing, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	go func() {
		defer writing.Close()
		_, _ = writing.Write(data)
	}()
	return &source{reading, nil, reading.Close}, nil
}

// short is a file that gives half of the bytes that are asked for, as an io.Reader may.
type short struct{ *os.File }

func (s short) Read(p []byte) (int, error) { return s.File.Read(p[:(len(p)+1)/2]) }

// WriteTo would pass over Read.
func (s short) WriteTo(w io.Writer) (int64, error) { return io.Copy(w, struct{ io.Reader }{s}) }
