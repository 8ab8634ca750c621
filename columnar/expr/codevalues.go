package expr

import (
	"sync"
	"sync/atomic"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/types"
)

// CodeValues keeps, for the time of one query, what calls that depend on one column of
// symbols give for all symbols of its dictionary, so that a row costs a look-up by its
// code. Texts get symbols of a dictionary of the call's own. It is safe for concurrent
// use.
type CodeValues struct {
	// Share is the part of the rows to be read that were read, to tell how many rows
	// will be asked for; nil or 0: not known.
	Share func() float64

	tables sync.Map // codeCall -> *codeTable
	whole  sync.Map // *Call -> true
}

type codeCall struct {
	call *Call
	dict batch.Dictionary
}

// codeValuesMax bounds the memory of one call's values: beyond it rows are asked.
const codeValuesMax = 128 << 20

// wholeFrom is how many rows a call was asked for before it is said to be asked for
// the share of all rows that it was asked for so far: the reader may stop early.
const wholeFrom = 32 << 10

// codesPerAskedRow is how many symbols are computed for each row that will probably ask.
const codesPerAskedRow = 4

// ReadsAll tells that expressions will be asked of all rows that are read: the reader
// does not stop early.
func (c *CodeValues) ReadsAll(exprs []Expr) {
	if c == nil {
		return
	}
	for _, e := range exprs {
		Walk(e, func(e Expr) bool {
			if call, ok := e.(*Call); ok && call.sole >= 0 {
				c.whole.Store(call, true)
			}
			return true
		})
	}
}

// of gives the values of a call for the rows of a column; ok is false when the rows
// have to be asked themselves.
func (c *CodeValues) of(v *env, call *Call, col *batch.Vector, s batch.Symbols) (out *batch.Vector, ok bool) {
	if c == nil || s.Overlay.Len() > 0 || !fitsCodes(call.typ) {
		return nil, false
	}
	t, err := c.table(v, call, col, s.Dict)
	if t == nil || err != nil {
		return nil, false
	}
	codes := s.Codes[:v.rows]
	if col.Nulls != nil {
		codes = nullAs(codes, col.Nulls, uint32(s.Dict.Len()))
	}
	return t.values.Gather(codes), true
}

// fitsCodes tells whether values of a type are found by code for less than computing
// them takes.
func fitsCodes(t types.Type) bool {
	switch t.Phys() {
	case types.PhysLists, types.PhysTuple, types.PhysNone:
		return false
	default:
		return t.Kind != types.AggregateFunction
	}
}

// nullAs are codes with one of its own for NULL.
func nullAs(codes []uint32, nulls []bool, null uint32) []uint32 {
	out := make([]uint32, len(codes))
	for i, code := range codes {
		if nulls[i] {
			code = null
		}
		out[i] = code
	}
	return out
}

// table is the values of a call, computed once it pays; nil while it does not, and
// where they can't be had.
func (c *CodeValues) table(v *env, call *Call, col *batch.Vector, d batch.Dictionary) (*codeTable, error) {
	key := codeCall{call, d}
	x, known := c.tables.Load(key)
	if !known {
		x, _ = c.tables.LoadOrStore(key, newCodeTable(d, call, col.Type))
	}
	t := x.(*codeTable)
	if t.failed.Load() {
		return nil, nil //nolint:nilnil // there is none
	}
	if !t.began.Load() {
		if rows := t.rows.Add(int64(v.rows)); !c.pays(call, rows, int64(d.Len())) {
			return nil, nil //nolint:nilnil // there is none yet
		}
		t.began.Store(true)
	}
	t.finish(v.ctx)
	if t.failed.Load() {
		return nil, v.ctx.cancelled()
	}
	return t, nil
}

// pays tells whether a call that was asked for so many rows should be computed for all
// symbols. What takes long takes as long in the order of symbols.
func (c *CodeValues) pays(call *Call, rows, symbols int64) bool {
	asked, perRow := rows, int64(codesPerRow)
	if _, whole := c.whole.Load(call); c.Share != nil && (whole || rows >= wholeFrom) {
		if share := c.Share(); share > 0 {
			asked, perRow = int64(float64(rows)/share), codesPerAskedRow
		}
	}
	if call.cost.costly {
		return max(rows, asked) >= symbols
	}
	return rows*codesPerRow >= symbols || asked*perRow >= symbols
}

// codeTable is the values of a call, while they are computed by all who need them.
type codeTable struct {
	rows   atomic.Int64 // asked for before
	began  atomic.Bool
	failed atomic.Bool

	call   *Call
	dict   batch.Dictionary
	typ    types.Type // of the column
	chunks int        // of symbols, and of NULL behind the last one
	next   atomic.Int64
	left   atomic.Int64
	bytes  atomic.Int64
	parts  []*batch.Vector
	done   chan struct{}
	values *batch.Vector // once it is done
}

func newCodeTable(d batch.Dictionary, call *Call, typ types.Type) *codeTable {
	t := &codeTable{call: call, dict: d, typ: typ, done: make(chan struct{})}
	symbols := d.Len()
	if typ.Nullable {
		symbols++
	}
	t.chunks = (symbols + codeChunk - 1) / codeChunk
	t.failed.Store(t.chunks == 0)
	t.left.Store(int64(t.chunks))
	t.parts = make([]*batch.Vector, t.chunks)
	return t
}

// finish computes chunks until none is left, and waits for those of others.
func (t *codeTable) finish(ctx *Ctx) {
	var scratch codeTexts
	for {
		c := int(t.next.Load())
		if c < t.chunks {
			c = int(t.next.Add(1)) - 1
		}
		if c >= t.chunks {
			break
		}
		t.step(ctx, c, &scratch)
	}
	<-t.done // Whoever has taken a chunk ends it soon.
}

// step computes a chunk, and the last one puts them together. Whatever happens, those
// who wait go on. An error is none of the query's yet: it may be that of a symbol which
// no row has, and rows that have it will meet it again.
func (t *codeTable) step(ctx *Ctx, chunk int, scratch *codeTexts) {
	ok := false // stays when compute panics
	defer func() {
		if !ok {
			t.failed.Store(true)
		}
		if t.left.Add(-1) > 0 {
			return
		}
		defer close(t.done)
		whole := false
		defer func() {
			if !whole {
				t.fail(ctx)
			}
		}()
		if !t.failed.Load() {
			whole = t.join(ctx)
		}
	}()
	if !t.failed.Load() && ctx.cancelled() == nil {
		ok = t.compute(ctx, chunk, scratch) == nil
	}
}

// fail gives memory back.
func (t *codeTable) fail(ctx *Ctx) {
	t.failed.Store(true)
	t.parts = nil
	ctx.Memory.Force(-t.bytes.Swap(0))
}

// compute finds the values of a chunk of symbols.
func (t *codeTable) compute(ctx *Ctx, chunk int, scratch *codeTexts) error {
	lo := chunk * codeChunk
	texts := scratch.of(t.dict, lo, min(lo+codeChunk, t.dict.Len()))
	var nulls []bool
	if t.typ.Nullable && chunk == t.chunks-1 {
		texts.Append(make([]byte, t.typ.Width))
		nulls = make([]bool, texts.Len())
		nulls[texts.Len()-1] = true
	}
	v := &env{ctx: ctx, cols: make([]*batch.Vector, t.call.sole+1), rows: texts.Len()}
	v.cols[t.call.sole] = batch.NewStrings(t.typ, texts, nulls)
	out, err := t.call.eval(v)
	if err != nil {
		return err
	}
	if out, err = ctx.expand(t.call.Name, out); err != nil {
		return err
	}
	if s, isText := out.Data.(batch.Strings); isText {
		out = out.WithType(out.Type)
		out.Data = ownStrings(s)
	}
	if err := t.take(ctx, out.SizeBytes()); err != nil {
		return err
	}
	t.parts[chunk] = out
	return nil
}

// ownStrings are texts that share no memory with others.
func ownStrings(s batch.Strings) batch.Strings {
	all := make([]uint32, s.Len())
	for i := range all {
		all[i] = uint32(i)
	}
	v := batch.NewStrings(types.Of(types.String), s, nil).Gather(all)
	return v.Data.(batch.Strings)
}

// take counts memory of the query.
func (t *codeTable) take(ctx *Ctx, n int64) error {
	if t.bytes.Load()+n > codeValuesMax {
		return errUnfinished
	}
	if err := ctx.Memory.Add(n); err != nil {
		return err
	}
	t.bytes.Add(n)
	return nil
}

// join puts the values of all chunks together.
func (t *codeTable) join(ctx *Ctx) bool {
	if t.call.typ.Kind == types.String {
		return t.joinTexts(ctx)
	}
	if t.take(ctx, t.bytes.Load()) != nil {
		return false
	}
	t.values = batch.Concat(t.call.typ, t.parts)
	t.drop(ctx)
	return true
}

// drop gives the memory of the chunks back.
func (t *codeTable) drop(ctx *Ctx) {
	made := int64(0)
	for _, p := range t.parts {
		made += p.SizeBytes()
	}
	t.parts = nil
	t.bytes.Add(-made)
	ctx.Memory.Force(-made)
}

// joinTexts gives the texts symbols of their own.
func (t *codeTable) joinTexts(ctx *Ctx) bool {
	n, d := t.dict.Len()+1, newOwnDictionary()
	codes, nulls := make([]uint32, 0, n), []bool(nil)
	if t.take(ctx, 4*int64(n)+d.size()) != nil {
		return false
	}
	for _, p := range t.parts {
		before := d.size()
		if p.Nulls != nil && nulls == nil {
			nulls = make([]bool, len(codes), n)
		}
		texts := p.Strings()
		for i := range p.Len {
			codes = append(codes, d.add(texts.At(i)))
			if nulls != nil {
				nulls = append(nulls, p.IsNull(i))
			}
		}
		if t.take(ctx, d.size()-before) != nil {
			return false
		}
	}
	t.drop(ctx)
	t.values = &batch.Vector{Type: t.call.typ, Len: len(codes), Nulls: nulls, Data: batch.Symbols{Codes: codes, Dict: d}}
	return true
}
