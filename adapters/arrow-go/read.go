package main

import (
	"io"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/ipc"
)

// input is one of arrow-go's readers. A batch of next or at is the caller's to release.
type input struct {
	schema  *arrow.Schema
	stream  *ipc.Reader
	file    *ipc.FileReader
	batches int // of the batches of a file that were read in order
}

func openInput(format string, from *source) (*input, error) {
	allocator := ipc.WithAllocator(allocator)
	if format == "stream" {
		stream, err := ipc.NewReader(from, allocator)
		if err != nil {
			return nil, rejected("open", err)
		}
		return &input{schema: stream.Schema(), stream: stream}, nil
	}
	var file *ipc.FileReader
	var err error
	if from.mapping != nil {
		file, err = ipc.NewMappedFileReader(from.mapping, allocator)
	} else {
		file, err = ipc.NewFileReader(from, allocator)
	}
	if err != nil {
		return nil, rejected("open", err)
	}
	return &input{schema: file.Schema(), file: file}, nil
}

func (in *input) close() {
	if in.stream != nil {
		in.stream.Release()
	} else {
		in.file.Close()
	}
}

// next gives the next batch in order, or io.EOF.
func (in *input) next() (arrow.RecordBatch, error) {
	if in.file == nil {
		if in.stream.Next() {
			batch := in.stream.RecordBatch()
			batch.Retain()
			return batch, nil
		}
		if err := in.stream.Err(); err != nil {
			return nil, err
		}
		return nil, io.EOF
	}
	if in.batches == in.file.NumRecords() {
		return nil, io.EOF
	}
	in.batches++
	return in.at(in.batches - 1)
}

// at gives a batch of a file by number.
func (in *input) at(i int) (arrow.RecordBatch, error) { return in.file.RecordBatchAt(i) }

// all gives the batches to the end, or those of an order.
func (in *input) all(order []int) (held batches, err error) {
	defer func() {
		if err != nil {
			held.release()
			held = nil
		}
	}()
	for i := 0; order == nil || i < len(order); i++ {
		var batch arrow.RecordBatch
		if order != nil {
			batch, err = in.at(order[i])
		} else {
			batch, err = in.next()
		}
		if err == io.EOF && order == nil {
			return held, nil
		}
		if err != nil {
			return held, rejectedBatch("batch", len(held), err)
		}
		held = append(held, batch)
	}
	return held, nil
}

// recordReader gives what ExportRecordReader takes. For files arrow-go has a reader of batches that were read before.
func (in *input) recordReader() (array.RecordReader, error) {
	if in.stream != nil {
		in.stream.Retain()
		return in.stream, nil
	}
	held, err := in.all(nil)
	if err != nil {
		return nil, err
	}
	defer held.release()
	reader, err := array.NewRecordReader(in.schema, held)
	if err != nil {
		return nil, rejected("batch", err)
	}
	return reader, nil
}

// batches are record batches with one reference each.
type batches []arrow.RecordBatch

func (held batches) release() {
	for _, batch := range held {
		batch.Release()
	}
}

func (held batches) rows() (rows int64) {
	for _, batch := range held {
		rows += batch.NumRows()
	}
	return rows
}
