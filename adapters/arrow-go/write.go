package main

import (
	"bufio"
	"bytes"
	"io"
	"os"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/ipc"
)

// writeOptions are the options of a producer that arrow-go has.
type writeOptions struct {
	Compression     string  `json:"compression"`
	Level           *int    `json:"compression_level"`
	Alignment       int     `json:"alignment"`
	MetadataVersion int     `json:"metadata_version"`
	Legacy          bool    `json:"legacy"`
	Dictionaries    string  `json:"dictionaries"`
	FooterMetadata  [][]any `json:"footer_metadata"`
}

// of gives arrow-go's options, or the first one that it does not have.
func (o writeOptions) of(schema *arrow.Schema) ([]ipc.Option, error) {
	options := []ipc.Option{ipc.WithSchema(schema), ipc.WithAllocator(allocator)}
	switch o.Compression {
	case "", "none":
	case "lz4":
		options = append(options, ipc.WithLZ4())
	case "zstd":
		options = append(options, ipc.WithZstd())
	default:
		return nil, unsupported("compress." + o.Compression)
	}
	switch o.Dictionaries {
	case "", "replace":
	case "delta":
		options = append(options, ipc.WithDictionaryDeltas(true))
	default:
		return nil, unsupported("dict." + o.Dictionaries)
	}
	switch {
	case o.Level != nil:
		return nil, unsupported("compress.level")
	case o.Alignment != 0 && o.Alignment != 8:
		return nil, unsupported("alignment")
	case o.MetadataVersion != 0 && o.MetadataVersion != 5:
		return nil, unsupported("version.v4")
	case o.Legacy:
		return nil, unsupported("legacy")
	case o.FooterMetadata != nil:
		return nil, unsupported("meta.footer")
	}
	return options, nil
}

// output is one of arrow-go's writers.
type output interface {
	Write(arrow.RecordBatch) error
	Close() error
}

// target is where the bytes go, and how: by path, or first into memory.
type target struct {
	path    string
	sink    string
	format  string
	options writeOptions
}

// write writes batches as write of the body gives them; the number of bytes.
func (t target) write(schema *arrow.Schema, body func(output) error) (int64, error) {
	options, err := t.options.of(schema)
	if err != nil {
		return 0, err
	}
	file, err := os.Create(t.path)
	if err != nil {
		return 0, err
	}
	defer file.Close()
	var memory bytes.Buffer
	var sink io.Writer = &memory
	if t.sink == "" || t.sink == "path" {
		sink = bufio.NewWriter(file)
	} else if t.sink != "memory" {
		return 0, unsupported("sink." + t.sink)
	}
	if err := t.writeTo(sink, options, body); err != nil {
		return 0, err
	}
	if buffered, ok := sink.(*bufio.Writer); ok {
		err = buffered.Flush()
	} else {
		_, err = memory.WriteTo(file)
	}
	if err != nil {
		return 0, err
	}
	info, err := file.Stat()
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}

func (t target) writeTo(sink io.Writer, options []ipc.Option, body func(output) error) error {
	var out output = ipc.NewWriter(sink, options...)
	if t.format == "file" {
		file, err := ipc.NewFileWriter(sink, options...)
		if err != nil {
			return rejected("write", err)
		}
		out = file
	}
	if err := body(out); err != nil {
		_ = out.Close() // lets go of the dictionaries; its error is the one that is there already
		return err
	}
	if err := out.Close(); err != nil {
		return rejected("write", err)
	}
	return nil
}

// produce writes the stream that the kit makes of a document.
func (a *adapter) produce(r *request) (any, error) {
	stream, err := openKitStream(a.file(r.In))
	if err != nil {
		return nil, err
	}
	defer stream.close()
	a.phase = "write"
	schema, err := stream.schema()
	if err != nil {
		return nil, rejected("write", err)
	}
	size, err := target{a.file(r.Out), r.Sink, r.Format, r.Options}.write(schema, func(out output) error {
		for i := 0; ; i++ {
			batch, err := stream.next(schema)
			if err == io.EOF {
				return nil
			}
			if err != nil {
				return rejected("write", err)
			}
			metadata, err := kitBatchMetadata(a.file(r.In), i)
			if err == nil {
				err = writeBatch(out, batch, metadata)
			}
			batch.Release()
			if err != nil {
				return err
			}
		}
	})
	return answer{Size: size}, err
}

func writeBatch(out output, batch arrow.RecordBatch, metadata arrow.Metadata) error {
	if metadata.Len() > 0 {
		batch = array.NewRecordBatchWithMetadata(batch.Schema(), batch.Columns(), batch.NumRows(), metadata)
		defer batch.Release()
	}
	if err := out.Write(batch); err != nil {
		return rejected("write", err)
	}
	return nil
}

// transcode reads one format and writes another one.
func (a *adapter) transcode(r *request) (any, error) {
	from, err := openSource(r.Source, a.file(r.Path))
	if err != nil {
		return nil, err
	}
	defer from.close()
	a.phase = "open"
	in, err := openInput(r.Format, from)
	if err != nil {
		return nil, err
	}
	defer in.close()
	a.phase = "write"
	size, err := target{a.file(r.Out), r.Sink, r.To, r.Options}.write(in.schema, func(out output) error {
		for i := 0; ; i++ {
			batch, err := in.next()
			if err == io.EOF {
				return nil
			}
			if err != nil {
				return rejectedBatch("batch", i, err)
			}
			err = writeBatch(out, batch, arrow.Metadata{})
			batch.Release()
			if err != nil {
				return err
			}
		}
	})
	return answer{Size: size}, err
}
