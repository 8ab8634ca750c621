package format

import (
	"errors"
	"fmt"
	"io"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/ipc"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/freshetdb/freshet/columnar/chcode"
)

// arrowReader reads ArrowStream and Arrow, the file format. Fields find their columns by name; each record batch is
// converted column by column into our types, where no value changes by it.
type arrowReader struct {
	src   io.Reader
	o     ReadOptions
	in    *intake
	alloc memory.Allocator

	stream  *ipc.Reader
	schema  *arrow.Schema
	fields  []int // of each column: its field, or -1
	record  arrow.RecordBatch
	puts    []func(i int) error
	nulls   []arrow.Array
	pos     int // rows of record that were taken
	row     int64
	failed  error
	started bool
}

func newArrowReader(r io.Reader, file bool, cols []Column, o *ReadOptions) *arrowReader {
	return &arrowReader{
		src: &arrowGuard{r: r, file: file}, o: *o, in: newIntake(cols, o),
		alloc: &limitedAllocator{Allocator: memory.NewGoAllocator()},
	}
}

// limitedAllocator bounds what a stream makes arrow allocate, also when it lies
// about sizes. Arrow turns the panic into an error of its reader.
type limitedAllocator struct {
	memory.Allocator

	used int
}

func (a *limitedAllocator) Allocate(n int) []byte {
	a.grow(n)
	return a.Allocator.Allocate(n)
}

func (a *limitedAllocator) Reallocate(n int, b []byte) []byte {
	a.grow(n - len(b))
	return a.Allocator.Reallocate(n, b)
}

func (a *limitedAllocator) Free(b []byte) {
	a.used -= len(b)
	a.Allocator.Free(b)
}

func (a *limitedAllocator) grow(n int) {
	if n > maxArrowBytes || a.used+n > maxArrowBytes {
		panic(fmt.Sprintf("a record batch needs more than %d bytes", maxArrowBytes))
	}
	a.used += n
}

// Next implements Reader.
func (r *arrowReader) Next(maxRows, maxBytes int) (rows *Rows, err error) {
	if r.failed != nil {
		return nil, r.failed
	}
	if maxRows <= 0 {
		maxRows = defaultBatchRows
	}
	if maxBytes <= 0 {
		maxBytes = defaultBatchBytes
	}
	maxBytes = min(maxBytes, maxBatchBytes)
	defer func() {
		if p := recover(); p != nil { // arrow indexes buffers that a stream may have cut short
			rows, err = nil, chcode.Errorf(chcode.IncorrectData, "Malformed Arrow data at row %d: %v", r.row+1, p)
		}
		if err != nil {
			r.failed = err
			r.close()
		}
	}()
	r.in.reset(min(maxRows, firstHint))
	rows = &Rows{FirstRow: r.row + 1}
	size := 0
	for r.in.rows < maxRows && size < maxBytes {
		if r.record == nil || r.pos == int(r.record.NumRows()) {
			if err := r.load(); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				return nil, err
			}
			continue
		}
		n, err := r.take(maxRows-r.in.rows, maxBytes-size)
		if err != nil {
			return nil, err
		}
		size += n
	}
	if r.in.rows == 0 {
		return nil, io.EOF
	}
	rows.Batch, rows.Missing = r.in.finish()
	return rows, nil
}

// load goes to the next record batch.
func (r *arrowReader) load() error {
	if r.record != nil {
		r.record.Release()
		r.record = nil
	}
	rec, err := r.next()
	if err != nil {
		return err
	}
	rec.Retain()
	r.record, r.pos = rec, 0
	r.puts, r.nulls = make([]func(int) error, len(r.in.cols)), make([]arrow.Array, len(r.in.cols))
	for i, c := range r.in.cols {
		if r.fields[i] < 0 {
			continue
		}
		a := rec.Column(r.fields[i])
		put, err := arrowPut(a, &c.field)
		if err != nil {
			return r.refuse(c, err)
		}
		r.puts[i], r.nulls[i] = put, a
	}
	return nil
}

// next is the next record batch of the input; io.EOF behind the last.
func (r *arrowReader) next() (arrow.RecordBatch, error) {
	if !r.started {
		if err := r.open(); err != nil {
			return nil, err
		}
		r.started = true
	}
	if r.stream.Next() {
		return r.stream.RecordBatch(), nil
	}
	if err := r.stream.Err(); err != nil && !errors.Is(err, io.EOF) {
		return nil, arrowError(err)
	}
	return nil, io.EOF
}

func arrowError(err error) error {
	if user, ok := errors.AsType[*chcode.Error](err); ok {
		return user
	}
	return chcode.Errorf(chcode.IncorrectData, "Error while reading Arrow data: %w", err)
}

// open reads the schema and finds the columns' fields.
func (r *arrowReader) open() error {
	// ipc.NewReader would not hold the limits.
	opts := []ipc.Option{
		ipc.WithAllocator(r.alloc), ipc.WithMetadataSizeLimit(maxArrowMetadata), ipc.WithBodySizeLimit(maxArrowBytes),
	}
	messages := ipc.NewMessageReader(r.src, opts...)
	stream, err := ipc.NewReaderFromMessageReader(messages, opts...)
	if err != nil {
		return arrowError(err)
	}
	r.stream, r.schema = stream, stream.Schema()
	r.fields = make([]int, len(r.in.cols))
	for i, c := range r.in.cols {
		r.fields[i] = -1
		if at := r.schema.FieldIndices(c.Name); len(at) > 0 {
			r.fields[i] = at[0]
		}
	}
	return r.unknownFields()
}

func (r *arrowReader) unknownFields() error {
	if !r.o.RefuseUnknownFields {
		return nil
	}
	names := newHeader(columnsOf(r.in), &r.o)
	for _, f := range r.schema.Fields() {
		if !names.known([]string{f.Name}) {
			return chcode.Errorf(chcode.IncorrectData, "Unknown field found in the Arrow schema: %s", clip([]byte(f.Name)))
		}
	}
	return nil
}

func columnsOf(in *intake) []Column {
	cols := make([]Column, len(in.cols))
	for i, c := range in.cols {
		cols[i] = c.Column
	}
	return cols
}

// arrowStep is how many rows are converted between two looks at the size.
const arrowStep = 1024

// take converts rows of the record batch in hand, column by column.
func (r *arrowReader) take(maxRows, maxBytes int) (size int, err error) {
	n := min(int(r.record.NumRows())-r.pos, maxRows)
	perRow := r.in.width + 1
	n = min(n, max(1, min(arrowStep, maxBytes/perRow+1)))
	base := r.in.rows
	for i, c := range r.in.cols {
		before := len(c.b.Str.Bytes)
		for k := range n {
			r.in.rows = base + k
			if err := r.value(i, c, r.pos+k); err != nil {
				r.row += int64(k)
				return 0, r.refuse(c, err)
			}
		}
		size += len(c.b.Str.Bytes) - before
	}
	r.in.rows = base + n
	r.pos += n
	r.row += int64(n)
	return size + n*perRow, nil
}

// value adds the value of a column at a row of the record batch.
func (r *arrowReader) value(i int, c *column, row int) error {
	switch {
	case r.puts[i] == nil:
		r.in.miss(c)
	case r.nulls[i].IsNull(row):
		if !c.null() {
			return chcode.Errorf(chcode.CannotInsertNullInOrdinaryColumn, "Cannot insert NULL into a column of type %s", c.t)
		}
		if !c.nullable {
			r.in.markMissing(c)
		}
	default:
		return r.puts[i](row)
	}
	return nil
}

// refuse is the user's error for a value of column c.
func (r *arrowReader) refuse(c *column, err error) error {
	inner := cursor{final: true}
	pe, ok := errors.AsType[*parseError](inner.fault(err, 0, nil, &c.field))
	if !ok {
		return err
	}
	pe.column = c.Name
	return pe.user(r.row+1, nil)
}

func (r *arrowReader) close() {
	if r.record != nil {
		r.record.Release()
		r.record = nil
	}
	if r.stream != nil {
		r.stream.Release()
	}
}
