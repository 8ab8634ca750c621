package format

import (
	"fmt"
	"io"
	"slices"
	"sync"
	"time"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/types"
)

// Writer prints a result: Begin, any number of Write, then Totals and Extremes
// if there are any, then End. The writer keeps nothing of a batch after the call
// and is for one goroutine. After an error it must not be used any more.
type Writer interface {
	// Begin states names and types of the columns. All batches must have them.
	Begin(names []string, ts []types.Type) error
	Write(b *batch.Batch) error
	// Totals prints the row of WITH TOTALS, Extremes the rows of minima and
	// maxima. Formats without a place for them ignore them.
	Totals(b *batch.Batch) error
	Extremes(b *batch.Batch) error
	// End prints what stands behind the last row and flushes.
	End(s Stats) error
	// ContentType is the value of HTTP's header.
	ContentType() string
}

// Answerer is a writer of a format with a place for what is said of the answer as a
// whole.
type Answerer interface {
	// Answer is called before Begin.
	Answer(text string)
}

// Stats is what formats with statistics print at their end.
type Stats struct {
	Rows               int64
	RowsBeforeLimit    int64
	HasRowsBeforeLimit bool
	ReadRows           int64
	ReadBytes          int64
	Elapsed            time.Duration
}

// sink gathers output and writes it in large pieces.
type sink struct {
	w   io.Writer
	buf []byte
}

// full writes what was gathered when it is enough.
func (s *sink) full() error {
	if len(s.buf) < flushBytes {
		return nil
	}
	return s.flush()
}

func (s *sink) flush() error {
	if len(s.buf) == 0 {
		return nil
	}
	_, err := s.w.Write(s.buf)
	s.buf = s.buf[:0]
	if err != nil {
		return fmt.Errorf("write output: %w", err)
	}
	return nil
}

// end writes what is left, and leaves the memory to other writers.
func (s *sink) end() error {
	err := s.flush()
	if buf := s.buf; 0 < cap(buf) && cap(buf) <= keptBytes {
		bufPool.Put(&buf)
	}
	s.buf = nil
	return err
}

// keptBytes is the most that is left to other writers: what a row of usual length may
// add to flushBytes.
const keptBytes = 2 * flushBytes

var bufPool sync.Pool // *[]byte

// newSink begins with the memory of an earlier one: growing costs more than printing.
func newSink(w io.Writer) sink {
	if buf, ok := bufPool.Get().(*[]byte); ok {
		return sink{w, (*buf)[:0]}
	}
	return sink{w: w}
}

// base is what all text writers share.
type base struct {
	sink

	o     *WriteOptions
	p     printer
	mime  string
	names []string
	types []types.Type
}

func newBase(w io.Writer, o *WriteOptions, s style, mime string) base {
	return base{sink: newSink(w), o: o, p: printer{o: o, style: s}, mime: mime}
}

func (b *base) begin(names []string, ts []types.Type) {
	b.names, b.types = slices.Clone(names), slices.Clone(ts)
}

// ContentType implements Writer.
func (b *base) ContentType() string { return b.mime }

// cells are the printers of a batch's columns.
func (b *base) cells(bt *batch.Batch) []cell {
	out := make([]cell, len(bt.Cols))
	for i, v := range bt.Cols {
		out[i] = b.p.cell(v)
	}
	return out
}
