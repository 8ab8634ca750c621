package format

import (
	"errors"
	"fmt"
	"io"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/chcode"
)

// Reader turns input of one format into batches of columns.
type Reader interface {
	// Next reads at most maxRows rows of together about maxBytes bytes (both
	// have defaults when they are not positive), at least one unless rows were
	// skipped, and io.EOF when no row is left. A malformed row ends the input: Next returns its error
	// (a *chcode.Error whose cause is a *RowError), now and from then on, and
	// none of the rows of that batch.
	Next(maxRows, maxBytes int) (*Rows, error)
}

// parser reads the rows of one format out of a window of input.
type parser interface {
	// begin reads what stands before the first row.
	begin(c *cursor) error
	// row reads one row into the columns, from c.pos on. more is false when the
	// data ends; what follows it has then been checked. errMore asks for more
	// input and for the row from its start again. Other errors leave c.pos
	// where it was found, not before the row's start.
	row(c *cursor, in *intake) (more bool, err error)
	// resync steps behind a malformed row, to where the next one may begin; ok
	// is false when the window ends first, and c.pos then is its end.
	// canResync is false for formats in which that is impossible.
	resync(c *cursor) (ok bool)
	canResync() bool
}

// intake is the columns of the batch that is being read.
type intake struct {
	cols    []*column
	rows    int
	attempt int64 // counts tries to read a row
	width   int   // bytes that a row of defaults takes
}

func newIntake(cols []Column, o *ReadOptions) *intake {
	in := &intake{cols: make([]*column, len(cols))}
	env := fieldEnv{o: o}
	for i, c := range cols {
		in.cols[i] = &column{Column: c}
		env.init(&in.cols[i].field, c.Type)
		in.width += c.Type.Size()
		if c.Type.Size() == 0 {
			in.width += 4
		}
		if c.Type.Nullable {
			in.width++
		}
	}
	return in
}

// reset begins a batch.
func (in *intake) reset(rows int) {
	in.rows = 0
	for _, c := range in.cols {
		last := 0
		if c.b != nil {
			last = len(c.b.Str.Bytes)
		}
		b := batch.NewBuilder(c.Type, rows)
		if last > 0 {
			b.Str.Bytes = make([]byte, 0, last+last/8)
		}
		c.bind(b)
		c.missing = nil
	}
}

// miss gives column c of the row in hand its default.
func (in *intake) miss(c *column) {
	c.b.AppendDefault()
	in.markMissing(c)
}

func (in *intake) markMissing(c *column) {
	if !c.HasDefault {
		return
	}
	for len(c.missing) < in.rows {
		c.missing = append(c.missing, false)
	}
	c.missing = append(c.missing, true)
}

// drop takes back what a malformed row left in the columns.
func (in *intake) drop() {
	for _, c := range in.cols {
		c.b.Truncate(in.rows)
		c.missing = c.missing[:min(len(c.missing), in.rows)]
	}
}

func (in *intake) finish() (*batch.Batch, [][]bool) {
	names, vectors := make([]string, len(in.cols)), make([]*batch.Vector, len(in.cols))
	var missing [][]bool
	for i, c := range in.cols {
		names[i], vectors[i] = c.Name, c.b.Finish()
		if len(c.missing) == 0 {
			continue
		}
		for len(c.missing) < in.rows {
			c.missing = append(c.missing, false)
		}
		if missing == nil {
			missing = make([][]bool, len(in.cols))
		}
		missing[i] = c.missing
	}
	return batch.New(names, vectors, in.rows), missing
}

// rowReader is the Reader of all formats that are read row by row.
type rowReader struct {
	src    *source
	p      parser
	o      ReadOptions
	in     *intake
	row    int64 // rows seen before the one in hand, malformed ones included
	bad    int64 // malformed rows
	told   int64 // of them, those reported in a batch
	begun  bool
	failed error // io.EOF at the end
	hint   int   // rows of the last batch
}

func newRowReader(src *source, p parser, cols []Column, o *ReadOptions) *rowReader {
	return &rowReader{src: src, p: p, o: *o, in: newIntake(cols, o)}
}

// Next implements Reader.
func (r *rowReader) Next(maxRows, maxBytes int) (*Rows, error) {
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
	r.in.reset(min(maxRows, max(r.hint, firstHint)))
	rows := &Rows{FirstRow: r.row + 1}
	bytes := 0
	for r.in.rows < maxRows && bytes < maxBytes {
		n, err := r.next()
		if errors.Is(err, io.EOF) {
			r.failed = io.EOF
			break
		}
		if err != nil {
			r.failed = err
			return nil, err
		}
		bytes += n + r.in.width
	}
	rows.Skipped = r.bad - r.told
	if r.in.rows == 0 && rows.Skipped == 0 {
		return nil, r.failed
	}
	r.told = r.bad
	r.hint = r.in.rows
	rows.Batch, rows.Missing = r.in.finish()
	return rows, nil
}

// next reads one row; n is how many bytes of input it took.
func (r *rowReader) next() (n int, err error) {
	if !r.begun {
		if err := r.begin(); err != nil {
			return 0, err
		}
	}
	for {
		r.src.rowStart = r.src.pos
		r.in.attempt++
		more, err := r.p.row(&r.src.cursor, r.in)
		if err == nil {
			if !more {
				return 0, io.EOF
			}
			n := r.src.pos - r.src.rowStart
			if n == 0 { // or the input would have rows without end
				return 0, chcode.Errorf(chcode.IncorrectData, "Rows of the input take no bytes")
			}
			if n > r.o.MaxRowBytes {
				return 0, r.tooLarge()
			}
			r.row++
			r.in.rows++
			return n, nil
		}
		r.in.drop()
		retry, err := r.retry(err)
		if err != nil {
			return 0, err
		}
		if retry {
			continue
		}
		if r.src.final && r.src.pos >= len(r.src.buf) {
			return 0, io.EOF
		}
	}
}

// begin reads the header.
func (r *rowReader) begin() error {
	for {
		r.src.rowStart = 0
		r.src.pos = 0
		err := r.p.begin(&r.src.cursor)
		if err == nil {
			r.begun = true
			return nil
		}
		if more, ferr := r.wantsMore(err); ferr != nil {
			return ferr
		} else if more {
			continue
		}
		return r.headerError(err)
	}
}

func (r *rowReader) headerError(err error) error {
	if pe, ok := errors.AsType[*parseError](err); ok {
		return chcode.Errorf(pe.code, "%s (while reading header)", pe.reason)
	}
	return err
}

// retry decides what a failed try at a row means: true, try again; false, the
// row was skipped; an error, the input is refused.
func (r *rowReader) retry(err error) (bool, error) {
	more, ferr := r.wantsMore(err)
	if ferr != nil || more {
		return more, ferr
	}
	pe, ok := errors.AsType[*parseError](err)
	if !ok {
		return false, err
	}
	r.row++
	from := r.src.rowStart
	for from < pe.pos && isSpace(r.src.buf[from]) {
		from++
	}
	from = max(from, pe.pos-maxFragment/2)
	user := pe.user(r.row, r.src.buf[from:min(len(r.src.buf), from+maxFragment+1)])
	if !isParseError(pe.code) || (r.o.AllowErrorsNum == 0 && r.o.AllowErrorsRatio == 0) {
		return false, user
	}
	r.bad++
	if r.bad > r.o.AllowErrorsNum && float64(r.bad)/float64(r.row) > r.o.AllowErrorsRatio {
		user.Msg += chcode.Errorf(pe.code, " (already have %d errors out of %d rows)", r.bad, r.row).Msg
		return false, user
	}
	if !r.p.canResync() {
		user.Msg += " (this format does not allow to skip errors)"
		return false, user
	}
	return false, r.skip()
}

// skip steps over the rest of a malformed row.
func (r *rowReader) skip() error {
	for !r.p.resync(&r.src.cursor) && !r.src.final {
		r.src.rowStart = r.src.pos
		if err := r.src.fill(); err != nil {
			return err
		}
	}
	return nil
}

// wantsMore tells whether a failure is believed only with more input, and
// brings it.
func (r *rowReader) wantsMore(err error) (bool, error) {
	if r.src.final {
		return false, nil
	}
	if !errors.Is(err, errMore) {
		pe, ok := errors.AsType[*parseError](err)
		if !ok || len(r.src.buf)-pe.pos >= lookahead {
			return false, nil
		}
	}
	if len(r.src.buf)-r.src.rowStart > r.o.MaxRowBytes {
		return false, r.tooLarge()
	}
	r.src.pos = r.src.rowStart
	return true, r.src.fill()
}

func (r *rowReader) tooLarge() error {
	pe := &parseError{
		code:   chcode.TooLargeStringSize,
		reason: fmt.Sprintf("Row is larger than the limit of %d bytes", r.o.MaxRowBytes),
	}
	return pe.user(r.row+1, r.src.buf[r.src.rowStart:min(len(r.src.buf), r.src.rowStart+maxFragment+1)])
}
