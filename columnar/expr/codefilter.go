package expr

import (
	"errors"
	"sync"
	"sync/atomic"

	"github.com/freshetdb/freshet/columnar/batch"
)

// CodeFilter is a condition that depends on one column of symbols alone, asked of
// many batches. Once it was asked of so many rows that it pays, it is computed for all
// symbols of the dictionary, in their order in memory; from then on a row costs a look
// at a bit. It is safe for concurrent use.
type CodeFilter struct {
	ctx  *Ctx
	cond Expr
	pos  int // of the column

	rows  atomic.Int64 // asked of
	begin sync.Once
	work  atomic.Pointer[codeWork]
}

// codesPerRow is how many symbols are computed in their order in the time of one that
// a row asks for.
const codesPerRow = 16

// NewCodeFilter makes a filter of a condition; nil when it is not of that kind, when
// codes can be compared as they are, or when a symbol that no row has could make it
// fail. expected is how many rows it will
// surely be asked of.
func NewCodeFilter(ctx *Ctx, cond Expr, expected int) *CodeFilter {
	pos := -1
	switch e := cond.(type) {
	case *Call:
		if _, isEquality := e.Args[0].(*Column); !isEquality || (e.Name != "equals" && e.Name != "notEquals") {
			pos = e.sole
		}
	case *In:
		if e.Set.symbols == nil && e.Set.Len() > fewKeys {
			pos = e.sole
		}
	}
	if pos < 0 || CanThrow(cond) || !IsDeterministic(cond) {
		return nil
	}
	f := &CodeFilter{ctx: ctx, cond: cond, pos: pos}
	f.rows.Store(int64(expected / 4))
	return f
}

// Choose is [FilterInto]; ok is false when the rows have to be asked one by one.
func (f *CodeFilter) Choose(b *batch.Batch, sel, buf []uint32) (rows []uint32, ok bool, err error) {
	v := b.Cols[f.pos]
	d, isSymbols := v.Data.(batch.Symbols)
	if !isSymbols || v.Const || v.Nulls != nil || d.Overlay.Len() > 0 {
		return nil, false, nil
	}
	n := b.Rows
	if sel != nil {
		n = len(sel)
	}
	w := f.work.Load()
	if w == nil {
		if f.rows.Add(int64(n))*codesPerRow < int64(d.Dict.Len()) {
			return nil, false, nil
		}
		f.begin.Do(func() { f.work.Store(newCodeWork(d.Dict)) })
		w = f.work.Load()
	}
	if w.set.dict != d.Dict {
		return nil, false, nil
	}
	if err := w.finish(f, b); err != nil {
		return nil, false, err
	}
	rows = w.set.choose(roomFor(b, sel, buf), d.Codes[:b.Rows], sel, false)
	if rows == nil {
		rows = []uint32{}
	}
	return rows, true, nil
}

// codeWork is the symbols that pass, while they are found out by all who need them.
type codeWork struct {
	set    *symbolSet
	chunks int
	next   atomic.Int64 // chunk that nobody has taken
	left   atomic.Int64 // chunks that are not done
	done   chan struct{}
	failed atomic.Pointer[error]
}

// codeChunk is the symbols of a chunk: whole words of the set.
const codeChunk = 8192

func newCodeWork(d batch.Dictionary) *codeWork {
	w := &codeWork{set: &symbolSet{dict: d, has: make([]uint64, (d.Len()+63)/64)}, done: make(chan struct{})}
	w.chunks = (d.Len() + codeChunk - 1) / codeChunk
	w.left.Store(int64(w.chunks))
	if w.chunks == 0 {
		close(w.done)
	}
	return w
}

// finish computes chunks until none is left, and waits for those of others.
func (w *codeWork) finish(f *CodeFilter, b *batch.Batch) error {
	var chunk codeTexts
	for {
		c := int(w.next.Load())
		if c < w.chunks {
			c = int(w.next.Add(1)) - 1
		}
		if c >= w.chunks {
			break
		}
		w.step(f, b, c, &chunk)
	}
	<-w.done // Whoever has taken a chunk ends it soon.
	if err := w.failed.Load(); err != nil {
		return *err
	}
	return nil
}

var errUnfinished = errors.New("the symbols of a condition were not computed")

// step computes a chunk. Whatever happens, those who wait for it go on.
func (w *codeWork) step(f *CodeFilter, b *batch.Batch, chunk int, scratch *codeTexts) {
	err := errUnfinished // stays when compute panics
	defer func() {
		if err != nil {
			w.failed.CompareAndSwap(nil, &err)
		}
		if w.left.Add(-1) == 0 {
			close(w.done)
		}
	}()
	err = w.compute(f, b, chunk, scratch)
}

// codeTexts is the memory of one chunk after the other.
type codeTexts struct {
	codes, rows []uint32
	texts       batch.Strings
}

// of are the texts of the symbols [lo, hi).
func (c *codeTexts) of(d batch.Dictionary, lo, hi int) batch.Strings {
	c.codes = c.codes[:0]
	for code := lo; code < hi; code++ {
		c.codes = append(c.codes, uint32(code))
	}
	c.texts = batch.Strings{Offsets: c.texts.Offsets[:0], Bytes: c.texts.Bytes[:0]}
	c.texts.AppendSymbols(d, c.codes)
	return c.texts
}

// compute finds the symbols of a chunk that pass. b has the columns of the rows.
func (w *codeWork) compute(f *CodeFilter, b *batch.Batch, chunk int, scratch *codeTexts) error {
	lo := chunk * codeChunk
	texts := scratch.of(w.set.dict, lo, min(lo+codeChunk, w.set.dict.Len()))
	cols := make([]*batch.Vector, len(b.Cols))
	cols[f.pos] = batch.NewStrings(b.Cols[f.pos].Type, texts, nil)
	if scratch.rows == nil {
		scratch.rows = make([]uint32, codeChunk)
	}
	pass, err := FilterInto(f.ctx, f.cond, &batch.Batch{Cols: cols, Rows: texts.Len()}, nil, scratch.rows)
	if err != nil {
		return err
	}
	for _, i := range pass {
		c := uint32(lo) + i
		w.set.has[c/64] |= 1 << (c % 64)
	}
	return nil
}
