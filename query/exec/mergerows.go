package exec

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sort"
	"sync"
	"sync/atomic"

	"github.com/freshetdb/freshet/columnar/agg"
	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/expr"
	"github.com/freshetdb/freshet/columnar/kernel"
	"github.com/freshetdb/freshet/columnar/ledger"
	"github.com/freshetdb/freshet/columnar/segment"
	"github.com/freshetdb/freshet/columnar/types"
)

// smallShare is how many times fewer rows the small parts of a [RowMerge] have.
const smallShare = 8

// RowMerge says how rows of equal keys of one shard become one. Rows of the large parts
// have different keys, and those of the small parts are few, so that most rows need not
// be merged.
type RowMerge struct {
	Scan         ScanSpec // without shards
	Large, Small []Part
	Keys         []expr.Expr // columns of the scan
	Args         []expr.Expr // of each function, whose values are of the arguments' types
	Funcs        []agg.Func
	Names        []string // of keys, then values
}

// KeyColumns are the columns of the keys; ok is false when there is no key, or one is
// more than a column.
func (m *RowMerge) KeyColumns() (cols []types.Column, ok bool) {
	for _, e := range m.Keys {
		c, isColumn := e.(*expr.Column)
		if !isColumn || c.Pos < 0 {
			return nil, false
		}
		cols = append(cols, m.Scan.Columns[c.Pos])
	}
	return cols, len(cols) > 0
}

// ChooseLarge tells parts whose rows surely have different keys from all others: each is
// unique in itself (see [Lasting]), and of any two the numbers in one key column do not
// meet. ok is false when the others are not few.
func ChooseLarge(parts []Part, keys []types.Column) (large, small []Part, ok bool) {
	parts = slices.Clone(parts)
	sort.SliceStable(parts, func(i, j int) bool { return parts[i].Rows() > parts[j].Rows() })
	rows, others := 0, 0
	for _, p := range parts {
		if last, isLasting := p.(Lasting); isLasting && last.Identity() != "" && !slices.ContainsFunc(large, func(o Part) bool { return meet(p, o, keys) }) {
			large = append(large, p)
			rows += p.Rows()
			continue
		}
		small = append(small, p)
		others += p.Rows()
	}
	return large, small, others*smallShare <= rows
}

// meet tells whether rows of two parts may have equal keys.
func meet(a, b Part, keys []types.Column) bool {
	for i := range keys {
		if !isRanged(keys[i].Type) {
			continue
		}
		if apart(rangeOf(a.Bounds(&keys[i])), rangeOf(b.Bounds(&keys[i]))) {
			return false
		}
	}
	return true
}

// isRanged tells whether values of a type are compared by the least and the greatest.
func isRanged(t types.Type) bool {
	isNumber := t.IsInteger() || t.IsDate() || t.IsTime()
	if t.Nullable || !isNumber {
		return false
	}
	switch t.Phys() { // The others are rare as what makes keys different, and each is code.
	case types.PhysU16, types.PhysU32, types.PhysU64, types.PhysI64:
		return true
	default:
		return false
	}
}

// valueRange is the least and the greatest of some values, as numbers in their order.
type valueRange struct {
	from, to uint64
	isKnown  bool // and there are some
}

func apart(a, b valueRange) bool { return a.isKnown && b.isKnown && (a.to < b.from || b.to < a.from) }

// rangeOf is the range of the least and the greatest values of granules.
func rangeOf(lo, hi *batch.Vector) (r valueRange) {
	if lo != nil {
		r.add(lo)
		r.add(hi)
	}
	return r
}

// add takes values of a type that is ranged in.
func (r *valueRange) add(v *batch.Vector) {
	n := v.Len
	if v.Const {
		n = 1
	}
	switch d := v.Data.(type) {
	case []uint16:
		addRange(r, d[:n], 0)
	case []uint32:
		addRange(r, d[:n], 0)
	case []uint64:
		addRange(r, d[:n], 0)
	case []int64:
		addRange(r, d[:n], signBit)
	}
}

// signBit is what makes signed numbers ordered as unsigned ones.
const signBit = 1 << 63

func addRange[T kernel.Num](r *valueRange, d []T, flip uint64) {
	if len(d) == 0 {
		return
	}
	from, to := uint64(slices.Min(d))^flip, uint64(slices.Max(d))^flip
	if !r.isKnown {
		*r = valueRange{from, to, true}
		return
	}
	r.from, r.to = min(r.from, from), max(r.to, to)
}

// choose finds the rows, of sel or all if it is nil, whose values are in the range; dst
// may be the memory of sel. nil stands for all rows.
func (r *valueRange) choose(dst []uint32, v *batch.Vector, sel []uint32) []uint32 {
	var of valueRange
	switch of.add(v); {
	case apart(of, *r):
		return dst[:0]
	case v.Const || (of.from >= r.from && of.to <= r.to):
		return sel
	}
	switch d := v.Data.(type) {
	case []uint16:
		return chooseRange(r, dst, d[:v.Len], sel, 0)
	case []uint32:
		return chooseRange(r, dst, d[:v.Len], sel, 0)
	case []uint64:
		return chooseRange(r, dst, d[:v.Len], sel, 0)
	case []int64:
		return chooseRange(r, dst, d[:v.Len], sel, signBit)
	default:
		return sel
	}
}

func chooseRange[T kernel.Num](r *valueRange, dst []uint32, d []T, sel []uint32, flip uint64) []uint32 {
	sel = kernel.Choose(kernel.GE, dst, d, T(r.from^flip), sel)
	return kernel.Choose(kernel.LE, sel, d, T(r.to^flip), sel)
}

// fewValues is what is known of a key column's values in the small parts.
type fewValues struct {
	ranged  valueRange
	dict    batch.Dictionary
	symbols []uint64 // a bit for each
	isAny   bool     // nothing is
}

// add takes the values of rows in.
func (f *fewValues) add(v *batch.Vector, first bool) {
	v = v.Expand()
	if isRanged(v.Type) {
		f.ranged.add(v)
		return
	}
	s, isSymbols := v.Data.(batch.Symbols)
	if first {
		f.dict = s.Dict
	}
	if !isSymbols || v.Nulls != nil || s.Dict == nil || s.Dict != f.dict {
		f.isAny = true
	}
	if f.isAny {
		return
	}
	if f.symbols == nil {
		f.symbols = make([]uint64, s.Dict.Len()/64+1)
	}
	for _, code := range s.Codes {
		if code&batch.OverlayBit == 0 { // Text without a symbol equals none.
			f.symbols[code/64] |= 1 << (code % 64)
		}
	}
}

// choose finds the rows, of sel or all if it is nil, whose value may be one of these; dst
// may be the memory of sel. nil stands for all rows.
func (f *fewValues) choose(dst []uint32, v *batch.Vector, sel []uint32) []uint32 {
	s, isSymbols := v.Data.(batch.Symbols)
	switch {
	case f.isAny || v.Nulls != nil:
		return sel
	case f.ranged.isKnown:
		return f.ranged.choose(dst, v, sel)
	case !isSymbols || v.Const || s.Dict != f.dict:
		return sel
	}
	return chooseSymbols(dst, f.symbols, s.Codes[:v.Len], sel)
}

// chooseSymbols finds the rows, of sel or all if it is nil, whose symbols have a bit, and
// those of text without a symbol.
func chooseSymbols(dst []uint32, has []uint64, codes, sel []uint32) []uint32 {
	n := 0
	if sel == nil {
		for i, code := range codes {
			if code/64 >= uint32(len(has)) || has[code/64]>>(code%64)&1 != 0 {
				dst[n] = uint32(i)
				n++
			}
		}
		return dst[:n]
	}
	for _, i := range sel {
		if code := codes[i]; code/64 >= uint32(len(has)) || has[code/64]>>(code%64)&1 != 0 {
			dst[n] = i
			n++
		}
	}
	return dst[:n]
}

// NewRowMerge gives the rows of large parts as they are, but for those whose keys may be
// in the small parts; these, and the rows of the small parts, come last, merged.
func NewRowMerge(env *Env, m RowMerge) (Streams, error) {
	spec := m.Scan
	spec.Shards = [][]Part{m.Large}
	large, err := NewScan(env, spec)
	if err != nil {
		return Streams{}, err
	}
	spec.Shards = [][]Part{m.Small}
	small, err := NewScan(env, spec)
	if err != nil {
		return Streams{}, errors.Join(err, large.Close())
	}
	shared := &rowMerge{env: env, spec: m}
	shared.few = sync.OnceValues(shared.readKeys)
	exprs := append(slices.Clone(m.Keys), m.Args...)
	direct := AggregateInput{Streams: small, Keys: m.Keys, Args: make([][]expr.Expr, len(m.Args))}
	again := AggregateInput{Streams: One(&heldRows{shared: shared}), Args: make([][]expr.Expr, len(m.Args))}
	for i, e := range exprs {
		c := &expr.Column{Pos: i, Name: m.Names[i], T: e.Type().NotSimple()}
		if k := i - len(m.Keys); k >= 0 {
			direct.Args[k], again.Args[k] = []expr.Expr{e}, []expr.Expr{c}
		} else {
			again.Keys = append(again.Keys, c)
		}
	}
	shared.merged = NewAggregate(env, []AggregateInput{direct, again}, m.Funcs, m.Names)
	out := large.Map(func(op Operator) Operator {
		return &unmerged{shared: shared, in: NewProject(env, op, exprs, m.Names), hold: ledger.ShareOf(env.Budget)}
	})
	shared.open.Store(int64(len(out.Groups[0])))
	shared.inUse.Store(int64(len(out.Groups[0])))
	return out, nil
}

// rowMerge is what the streams of one merge share.
type rowMerge struct {
	env    *Env
	spec   RowMerge
	few    func() ([]fewValues, error) // of each key
	merged Operator
	open   atomic.Int64 // streams that still read large parts
	inUse  atomic.Int64 // streams that are not closed

	mu   sync.Mutex
	held []*batch.Batch // rows of large parts that have to be merged
}

// readKeys reads the keys of the small parts.
func (m *rowMerge) readKeys() ([]fewValues, error) {
	cols, _ := m.spec.KeyColumns()
	few := make([]fewValues, len(cols))
	for i := range cols {
		col, first := &cols[i], true
		for _, p := range m.spec.Small {
			var s segment.Scratch
			for lo := 0; lo < p.Rows() && !few[i].isAny; lo += GranuleRows {
				v, err := p.ReadInto(col, lo, min(lo+GranuleRows, p.Rows()), &s)
				if err != nil {
					s.Close()
					return nil, fmt.Errorf("read column %s: %w", col.Name, err)
				}
				few[i].add(v, first)
				first = false
			}
			s.Close()
		}
	}
	return few, nil
}

// unmerged is a stream of the rows of large parts.
type unmerged struct {
	shared *rowMerge
	in     Operator
	hold   ledger.Share
	bytes  int64
	buf    []uint32
	rest   []uint32
	given  []*batch.Vector // the columns given last, when they may be written again
	reused bool            // see reuser
	ended  bool
	isLast bool // of the streams to end: it gives the merged rows
	closed bool
}

func (u *unmerged) reuse() {
	for _, e := range slices.Concat(u.shared.spec.Keys, u.shared.spec.Args) {
		if k := e.Type().Kind; k == types.Array || k == types.Tuple {
			return // Their rows that are held back would share memory with the input's.
		}
	}
	u.reused = true
	reuse(u.in)
}

// Next implements Operator.
func (u *unmerged) Next(ctx context.Context) (*batch.Batch, error) {
	for !u.ended {
		b, err := u.in.Next(ctx)
		if err != nil {
			return nil, err
		}
		if b == nil {
			u.ended, u.isLast = true, u.shared.open.Add(-1) == 0
			break
		}
		if b, err = u.split(b); b != nil || err != nil {
			return b, err
		}
	}
	if !u.isLast {
		return nil, nil
	}
	return u.shared.merged.Next(ctx)
}

// split holds the rows back that have to be merged, and gives the others; nil when
// there are none.
func (u *unmerged) split(b *batch.Batch) (*batch.Batch, error) {
	few, err := u.shared.few()
	if err != nil {
		return nil, err
	}
	if cap(u.buf) < b.Rows {
		u.buf = make([]uint32, max(b.Rows, GranuleRows)+1)
	}
	var hits []uint32 // nil: all
	for i := range few {
		if hits = few[i].choose(u.buf[:b.Rows], b.Cols[i], hits); hits != nil && len(hits) == 0 {
			return b, nil
		}
	}
	if hits == nil {
		hits = allRows(u.buf[:b.Rows])
	}
	kept := &batch.Batch{Names: b.Names, Cols: make([]*batch.Vector, len(b.Cols)), Rows: len(hits)}
	for i, v := range b.Cols {
		kept.Cols[i] = u.own(v.Gather(hits))
	}
	u.bytes += kept.SizeBytes()
	if err := u.hold.Set(u.bytes); err != nil {
		return nil, err
	}
	u.shared.mu.Lock()
	u.shared.held = append(u.shared.held, kept)
	u.shared.mu.Unlock()
	if len(hits) == b.Rows {
		return nil, nil
	}
	return u.gather(b, u.others(hits, b.Rows)), nil
}

// allRows numbers rows.
func allRows(dst []uint32) []uint32 {
	for i := range dst {
		dst[i] = uint32(i)
	}
	return dst
}

// gather makes the batch of the rows that are given.
func (u *unmerged) gather(b *batch.Batch, sel []uint32) *batch.Batch {
	if !u.reused {
		return b.Gather(sel)
	}
	if u.given == nil {
		u.given = make([]*batch.Vector, len(b.Cols))
	}
	out := &batch.Batch{Names: b.Names, Cols: make([]*batch.Vector, len(b.Cols)), Rows: len(sel)}
	for i, v := range b.Cols {
		u.given[i] = v.GatherInto(u.given[i], sel)
		out.Cols[i] = u.given[i]
	}
	return out
}

// own makes a gathered vector independent of the memory of the input's batch.
func (u *unmerged) own(v *batch.Vector) *batch.Vector {
	if s, ok := v.Data.(batch.Symbols); ok && u.reused && s.Overlay.Len() > 0 {
		s.Overlay = batch.Strings{Offsets: slices.Clone(s.Overlay.Offsets), Bytes: slices.Clone(s.Overlay.Bytes)}
		c := *v
		c.Data = s
		return &c
	}
	return v
}

// others are the rows, of n, that are not in hits.
func (u *unmerged) others(hits []uint32, n int) []uint32 {
	u.rest = slices.Grow(u.rest[:0], n)[:n-len(hits)]
	row, at := uint32(0), 0
	for _, h := range append(hits, uint32(n)) { // hits lies in u.buf, and is not used any more
		for ; row < h; row++ {
			u.rest[at] = row
			at++
		}
		row++
	}
	return u.rest
}

// Close implements Operator.
func (u *unmerged) Close() error {
	u.hold.Release()
	err := u.in.Close()
	if !u.closed && u.shared.inUse.Add(-1) == 0 {
		err = errors.Join(err, u.shared.merged.Close())
	}
	u.closed = true
	return err
}

// heldRows are the rows that were held back, once no stream holds any more back.
type heldRows struct{ shared *rowMerge }

// Next implements Operator.
func (h *heldRows) Next(context.Context) (*batch.Batch, error) {
	if len(h.shared.held) == 0 {
		return nil, nil
	}
	b := h.shared.held[0]
	h.shared.held = h.shared.held[1:]
	return b, nil
}

// Close implements Operator.
func (h *heldRows) Close() error { return nil }
