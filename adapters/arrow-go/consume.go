package main

import (
	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
)

// consume reads an input and tells what is in it.
func (a *adapter) consume(r *request) (any, error) {
	before := allocator.AllocatedBytes()
	result, err := a.read(r)
	if err != nil {
		return result, err
	}
	result.Facts["left"] = allocator.AllocatedBytes() - before
	return result, nil
}

func (a *adapter) read(r *request) (answer, error) {
	from, err := openSource(r.Source, a.file(r.Path))
	if err != nil {
		return answer{}, err
	}
	defer from.close()
	a.phase = "open"
	in, err := openInput(r.Format, from)
	if err != nil {
		return answer{}, err
	}
	defer in.close()
	a.phase = "batch"
	if r.Projection != nil {
		return answer{}, unsupported("projection")
	}
	facts := map[string]any{}
	if in.file != nil {
		facts["num_batches"] = in.file.NumRecords()
	}
	switch r.Access {
	case "", "next":
	case "random":
		if in.file == nil {
			return answer{}, unsupported("access.random")
		}
	case "c_stream":
		if r.Observe.Via == "cdata" && r.Validate != "full" {
			seen, err := a.exported(r, in)
			return answer{observed: &seen, Facts: facts}, err
		}
	default:
		return answer{}, unsupported("access." + r.Access)
	}
	held, err := in.all(r.Order)
	if err != nil {
		return answer{}, err
	}
	defer held.release()
	if in.file == nil {
		facts["num_batches"] = len(held)
	}
	if err := a.validate(r, held); err != nil {
		return answer{}, err
	}
	a.phase = "batch"
	seen, err := a.observe(r, in.schema, held)
	return answer{observed: seen, Facts: facts}, err
}

// exported gives what is in the stream that arrow-go exports.
func (a *adapter) exported(r *request, in *input) (observed, error) {
	reader, err := in.recordReader()
	if err != nil {
		return observed{}, err
	}
	defer reader.Release()
	seen, err := observeStream(reader, a.dump(r))
	if failed := reader.Err(); failed != nil {
		return observed{}, rejected("batch", failed)
	}
	return seen, err
}

// observe tells what is in batches, by the way that is asked for.
func (a *adapter) observe(r *request, schema *arrow.Schema, held batches) (*observed, error) {
	switch r.Observe.Via {
	case "cdata":
		seen, err := cdataOf(schema, held, a.dump(r))
		return &seen, err
	case "transcode":
		_, err := target{path: a.file(r.Observe.Out), format: r.Format}.write(schema, func(out output) error {
			for _, batch := range held {
				if err := out.Write(batch); err != nil {
					return rejected("write", err)
				}
			}
			return nil
		})
		return &observed{Batches: int64(len(held)), Rows: held.rows()}, err
	case "", "none":
		for _, batch := range held {
			walk(batch)
		}
		return &observed{Batches: int64(len(held)), Rows: held.rows()}, nil
	}
	return nil, unsupported("observe." + r.Observe.Via)
}

func (a *adapter) dump(r *request) string {
	if !r.Observe.Dump {
		return ""
	}
	return a.file(r.Observe.Out)
}

func cdataOf(schema *arrow.Schema, held batches, dump string) (seen observed, err error) {
	observation, err := observeCData(schema, dump)
	defer func() {
		finished, late := observation.finish()
		seen = finished
		if err == nil {
			err = late
		}
	}()
	for _, batch := range held {
		if err != nil {
			return
		}
		err = observation.add(batch)
	}
	return
}

// walk touches every value as a program does that shows them.
func walk(batch arrow.RecordBatch) {
	for _, column := range batch.Columns() {
		for i := range column.Len() {
			_ = column.ValueStr(i)
		}
	}
}

// echo sends a stream of the kit through arrow-go's C Data Interface alone.
func (a *adapter) echo(r *request) (any, error) {
	stream, err := openKitStream(a.file(r.In))
	if err != nil {
		return nil, err
	}
	defer stream.close()
	reader, held, err := a.imported(stream)
	if err != nil {
		return nil, err
	}
	defer reader.Release()
	defer held.release()
	if err := a.validate(r, held); err != nil {
		return nil, err
	}
	seen, err := a.observe(r, reader.Schema(), held)
	return answer{observed: seen}, err
}

// imported gives all batches of a stream, by arrow-go's own reader of streams.
func (a *adapter) imported(stream kitStream) (array.RecordReader, batches, error) {
	a.phase = "schema"
	reader, err := stream.reader()
	if err != nil {
		return nil, nil, rejected(a.phase, err)
	}
	a.phase = "batch"
	var held batches
	for reader.Next() {
		batch := reader.RecordBatch()
		batch.Retain()
		held = append(held, batch)
	}
	if err := reader.Err(); err != nil {
		held.release()
		reader.Release()
		return nil, nil, rejectedBatch(a.phase, len(held), err)
	}
	return reader, held, nil
}

// validate checks batches with arrow-go's full validation, where the request asks for it.
func (a *adapter) validate(r *request, held batches) error {
	if r.Validate != "full" {
		return nil
	}
	a.phase = "validate"
	for i, batch := range held {
		if err := array.ValidateRecordFull(batch); err != nil {
			return rejectedBatch(a.phase, i, err)
		}
	}
	return nil
}
