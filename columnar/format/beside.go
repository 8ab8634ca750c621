package format

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
)

const (
	// besideFrom is from how many bytes on an input is read by several goroutines, and
	// besidePart the size of the parts that each reads.
	besideFrom = windowBytes
	besidePart = 512 << 10
)

// beside reads parts of a large input on several goroutines, and gives their rows in the
// order of the input. The input itself is read by the caller of Next alone; a goroutine
// has its part in memory and ends with it. What a part's reader refuses is read again by
// one reader from there on, which knows best: so rows and errors are those of one reader.
type beside struct {
	name    string
	r       io.Reader
	cols    []Column
	o       ReadOptions
	split   *Splitter
	queue   []*besideRows // parts that are read, in order
	before  int64         // rows of parts that were given
	readErr error         // of the input, behind the last part of the queue
	one     Reader        // reads what is left, or a small input
	failed  error
}

// besideRows is the rows of a part.
type besideRows struct {
	part  Part
	done  chan struct{}
	rows  []*Rows
	count int64
	err   error
}

// Next implements Reader.
func (b *beside) Next(maxRows, maxBytes int) (*Rows, error) {
	if b.failed == nil && b.split == nil && b.one == nil {
		b.failed = b.begin()
	}
	if b.failed != nil {
		return nil, b.failed
	}
	for b.one == nil {
		b.open(maxRows, maxBytes)
		switch {
		case len(b.queue) > 0:
		case errors.Is(b.readErr, io.EOF):
			return nil, io.EOF
		default: // What came before the input failed is not read yet.
			b.readByOne()
			continue
		}
		p := b.queue[0]
		<-p.done
		switch {
		case p.err != nil:
			b.readByOne()
		case len(p.rows) == 0:
			b.queue, b.before = b.queue[1:], b.before+p.count
		default:
			rows := p.rows[0]
			p.rows = p.rows[1:]
			rows.FirstRow += b.before
			return rows, nil
		}
	}
	rows, err := b.one.Next(maxRows, maxBytes)
	if err != nil {
		return nil, Renumber(err, b.before)
	}
	rows.FirstRow += b.before
	return rows, nil
}

// begin looks whether the input is large.
func (b *beside) begin() error {
	head := make([]byte, besideFrom)
	n, err := io.ReadFull(b.r, head)
	switch {
	case err == nil:
		b.split, err = NewSplitter(b.name, io.MultiReader(bytes.NewReader(head), b.r), b.cols, b.o, besidePart)
		return err
	case errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF):
		b.one, err = NewBytesReader(b.name, head[:n], b.cols, b.o)
		return err
	default: // The rows before it are given first.
		b.one, err = newReader(b.name, newSource(io.MultiReader(bytes.NewReader(head[:n]), failing{err})), b.cols, b.o)
		return err
	}
}

// failing is an input that ends with an error.
type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

// open begins to read parts, as many as there are goroutines and one that waits for its
// rows to be taken.
func (b *beside) open(maxRows, maxBytes int) {
	for b.readErr == nil && len(b.queue) <= b.o.Workers {
		part, err := b.split.Next()
		if err != nil {
			b.readErr = err
			return
		}
		p := &besideRows{part: part, done: make(chan struct{})}
		b.queue = append(b.queue, p)
		go p.read(b.split.Open(part), maxRows, maxBytes)
	}
}

// read reads all rows of the part.
func (p *besideRows) read(r Reader, maxRows, maxBytes int) {
	defer close(p.done)
	defer func() {
		if cause := recover(); cause != nil { // It comes again where the query's own goroutine reads the part.
			p.err = fmt.Errorf("read input: %v", cause)
		}
	}()
	for {
		rows, err := r.Next(maxRows, maxBytes)
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			p.err = err
			return
		}
		p.rows = append(p.rows, rows)
		p.count += int64(rows.Rows)
	}
}

// readByOne makes one reader for the parts of the queue and all that follows them.
func (b *beside) readByOne() {
	s, first := b.split, b.split.part == len(b.queue)
	var left []io.Reader
	for _, p := range b.queue {
		<-p.done
		left = append(left, bytes.NewReader(p.part.Data))
	}
	left = append(left, bytes.NewReader(s.rest))
	switch {
	case b.readErr != nil && !errors.Is(b.readErr, io.EOF):
		left = append(left, failing{cmp.Or(errors.Unwrap(b.readErr), b.readErr)})
	case !s.eof:
		left = append(left, s.r)
	}
	r := newRowReader(newSource(io.MultiReader(left...)), s.p.fork(first, true), s.cols, &s.o)
	r.begun = true
	b.one, b.queue = r, nil
}

// Close waits for the goroutines.
func (b *beside) Close() error {
	for _, p := range b.queue {
		<-p.done
	}
	b.queue = nil
	return nil
}
