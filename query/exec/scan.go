package exec

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/expr"
	"github.com/freshetdb/freshet/columnar/segment"
	"github.com/freshetdb/freshet/columnar/types"
)

// GranuleRows is the unit of skipping and the usual size of batches.
const GranuleRows = 8192

// morselGranules is how many granules a worker takes from the queue at once:
// enough that the queue costs nothing, few enough that workers end together.
const morselGranules = 8

// Part is an immutable run of rows of one table on one shard: a segment or a
// chunk of the memtable. Methods are safe for concurrent use.
type Part interface {
	Rows() int
	// ReadInto gives rows [lo, hi) of a column, which may be missing in the part
	// (its default is given then). The vector may lie in the scratch: it is valid
	// until the next ReadInto with it.
	ReadInto(col *types.Column, lo, hi int, s *segment.Scratch) (*batch.Vector, error)
	// Bounds gives the least and the greatest value of each granule, one row a
	// granule; nil, nil when they are not known. NULLs are not bounded: ok is
	// still a correct answer for conditions that NULL does not satisfy.
	Bounds(col *types.Column) (lo, hi *batch.Vector)
	// MayContain tells of each granule whether a row of it may equal a byte string; nil
	// when any may. The caller must not write to it.
	MayContain(col *types.Column, value []byte) []bool
	// Dicts are the dictionaries that a column's vectors refer to: one of text that has
	// symbols, of states in the local form one for each argument; nil for others.
	Dicts(col *types.Column) []batch.Dictionary
	// Live marks the rows of [lo, hi) that are not deleted; nil when all are.
	Live(lo, hi int) []bool
}

// TextMatcher is a part that finds the rows of a text without decoding the column.
type TextMatcher interface {
	// MatchText writes the rows of [lo, hi) with a text to m.To, counted from lo. ok is
	// false where the column has to be read.
	MatchText(col *types.Column, lo, hi int, m expr.TextMatch, s *segment.Scratch) (rows []uint32, ok bool, err error)
}

// RowReader is a part that reads single rows for less than all of them.
type RowReader interface {
	// ReadRows gives the rows of [lo, hi) that sel names, counted from lo. ok is false
	// where all of them have to be read. The vector lies in the scratch.
	ReadRows(col *types.Column, lo, hi int, sel []uint32, s *segment.Scratch) (v *batch.Vector, ok bool, err error)
}

// ColumnSizer is a part that tells how many bytes a column has.
type ColumnSizer interface {
	ColumnBytes(col *types.Column) int64
}

// ScanSpec says what a scan reads.
type ScanSpec struct {
	Columns []types.Column
	Names   []string
	Filter  []expr.Expr // over the columns, by position
	Hidden  int         // of the columns, the last ones: read for the filter only
	Limit   int64       // 0: none
	Shards  [][]Part
	Unite   Uniting
}

// NewScan makes the streams of a scan: per shard, env.Workers operators over a
// shared queue of granules that survived pruning; or those of all shards together.
func NewScan(env *Env, spec ScanSpec) (Streams, error) {
	var out Streams
	rows := 0
	spec.Filter = rareFirst(spec)
	left := &atomic.Int64{}
	left.Store(spec.Limit)
	pruner := newPruner(env.Expr, spec)
	for _, parts := range spec.Shards {
		q := &queue{}
		for _, p := range parts {
			keep, err := pruner.prune(p)
			if err != nil {
				return Streams{}, err
			}
			if isNone(keep) {
				env.Progress.GranulesSkip.Add(int64(len(keep)))
				continue
			}
			all, err := pruner.sure(p)
			if err != nil {
				return Streams{}, err
			}
			q.add(env.Progress, p, keep, all)
		}
		q.codes = codeFilters(env, spec, q)
		rows += q.rows()
		workers := min(env.Workers, max(len(q.morsels), 1), 1+q.rows()/streamRows(env, spec))
		if spec.Limit > 0 && len(spec.Filter) == 0 {
			workers = 1 // the first rows of the first part will do
		}
		ops := make([]Operator, workers)
		for i := range ops {
			ops[i] = &scan{env: env, spec: spec, queue: q, left: left}
		}
		out.Groups = append(out.Groups, ops)
	}
	if len(out.Groups) == 0 {
		return One(&scan{env: env, spec: spec, queue: &queue{}, left: left}), nil
	}
	return unite(env, spec, out.Groups, rows)
}

// rareFirst puts texts that columns are to equal, where these are the first conditions,
// in the order of how many others there are: a column of many texts has few rows of each.
func rareFirst(spec ScanSpec) []expr.Expr {
	var texts []int // of each such condition
	for _, e := range spec.Filter {
		pos, text, ok := expr.TextEquality(e)
		if !ok || text.Negate {
			break
		}
		texts = append(texts, textsIn(spec, pos))
	}
	if len(texts) < 2 {
		return spec.Filter
	}
	order := make([]int, len(texts))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return texts[b] - texts[a] })
	out := slices.Clone(spec.Filter)
	for i, from := range order {
		out[i] = spec.Filter[from]
	}
	return out
}

// textsIn is how many texts the dictionary of a column has, in a shard that has one.
func textsIn(spec ScanSpec, pos int) int {
	for _, parts := range spec.Shards {
		for _, p := range parts {
			if dicts := p.Dicts(&spec.Columns[pos]); len(dicts) == 1 && dicts[0] != nil {
				return dicts[0].Len()
			}
		}
	}
	return 0
}

// morsel is a run of neighbouring granules of one part.
type morsel struct {
	part   Part
	lo, hi int // rows
	// sure tells of each condition and granule of the part whether all rows pass;
	// nil where that is not known.
	sure [][]bool
}

type queue struct {
	mu      sync.Mutex
	morsels []morsel
	next    int
	codes   []*expr.CodeFilter // by condition; nil for those of another kind
}

// Rows that a stream has at least, as batches of them: starting a worker, and merging
// what it found, costs as much as reading so many. A text is looked for in the codes as
// they are stored, which is faster.
const (
	streamBatches      = 8
	streamBatchesMatch = 24
)

// streamRows is how many rows a stream has at least.
func streamRows(env *Env, spec ScanSpec) int {
	for _, e := range spec.Filter {
		if _, text, ok := expr.TextEquality(e); ok && !text.Negate {
			return streamBatchesMatch * env.batchRows()
		}
	}
	return streamBatches * env.batchRows()
}

// rows is the number of rows to read.
func (q *queue) rows() int {
	n := 0
	for _, m := range q.morsels {
		n += m.hi - m.lo
	}
	return n
}

// codeFilters are the conditions of a scan that can be asked of symbols. The first one
// is asked of all rows.
func codeFilters(env *Env, spec ScanSpec, q *queue) []*expr.CodeFilter {
	out := make([]*expr.CodeFilter, len(spec.Filter))
	for i, e := range spec.Filter {
		rows := 0
		for _, m := range q.morsels {
			if i == 0 || m.isSure(i-1) {
				rows += m.hi - m.lo
			}
		}
		out[i] = expr.NewCodeFilter(env.Expr, e, rows)
	}
	return out
}

// isSure tells whether all rows are known to pass the conditions up to the last one.
func (m *morsel) isSure(last int) bool {
	for i := range last + 1 {
		if m.sure == nil || m.sure[i] == nil || slices.Contains(m.sure[i][m.lo/GranuleRows:(m.hi-1)/GranuleRows+1], false) {
			return false
		}
	}
	return true
}

func (q *queue) add(p *Progress, part Part, keep []bool, sure [][]bool) {
	rows := part.Rows()
	granules := (rows + GranuleRows - 1) / GranuleRows
	for g := 0; g < granules; {
		if keep != nil && !keep[g] {
			p.GranulesSkip.Add(1)
			g++
			continue
		}
		end := g + 1
		for end < granules && end-g < morselGranules && (keep == nil || keep[end]) {
			end++
		}
		m := morsel{part: part, lo: g * GranuleRows, hi: min(end*GranuleRows, rows), sure: sure}
		q.morsels = append(q.morsels, m)
		p.Granules.Add(int64(end - g))
		p.TotalRows.Add(int64(m.hi - m.lo))
		g = end
	}
}

func (q *queue) take() (morsel, bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.next == len(q.morsels) {
		return morsel{}, false
	}
	q.next++
	return q.morsels[q.next-1], true
}

type scan struct {
	env   *Env
	spec  ScanSpec
	queue *queue
	left  *atomic.Int64
	cur   morsel
	sel   []uint32

	scratch []*segment.Scratch // of the columns; nil where nothing was read yet
	reused  bool               // see reuser
	// gathered are the columns given last, when they may be written again.
	gathered []*batch.Vector
}

// reuser is an operator that can give batches which are valid only until its
// next Next, as long as no batch is needed longer.
type reuser interface {
	reuse()
}

// reuse tells an operator, if it can make use of it, that its batches are not
// kept beyond the next call of Next.
func reuse(op Operator) {
	if r, ok := op.(reuser); ok {
		r.reuse()
	}
}

func (s *scan) reuse() { s.reused = true }

// Next implements Operator.
func (s *scan) Next(ctx context.Context) (*batch.Batch, error) {
	for {
		if err := context.Cause(ctx); err != nil {
			return nil, err
		}
		if s.spec.Limit > 0 && s.left.Load() <= 0 {
			return nil, nil
		}
		if s.cur.lo >= s.cur.hi {
			m, ok := s.queue.take()
			if !ok {
				return nil, nil
			}
			s.cur = m
		}
		lo := s.cur.lo
		hi := min(lo+s.env.batchRows(), (lo/GranuleRows+1)*GranuleRows, s.cur.hi)
		s.cur.lo = hi
		b, err := s.read(&s.cur, lo, hi)
		if err != nil {
			return nil, err
		}
		if b.Rows > 0 {
			s.left.Add(-int64(b.Rows))
			return b, nil
		}
	}
}

// read evaluates the filter on one granule, reading each column only once it is
// needed, and gathers the surviving rows.
func (s *scan) read(m *morsel, lo, hi int) (*batch.Batch, error) {
	n, part := hi-lo, m.part
	b := &batch.Batch{Names: s.spec.Names, Cols: make([]*batch.Vector, len(s.spec.Columns)), Rows: n}
	var sel []uint32 // of the rows, when not all of them pass
	full := true
	if live := part.Live(lo, hi); live != nil {
		sel = slices.DeleteFunc(s.all(n), func(r uint32) bool { return !live[r] })
		full = len(sel) == n
	}
	for i := range s.spec.Filter {
		if !full && len(sel) == 0 {
			break
		}
		if m.sure != nil && m.sure[i] != nil && m.sure[i][lo/GranuleRows] {
			continue // a batch lies in one granule
		}
		if full {
			sel = nil
		}
		var err error
		if sel, err = s.filter(i, b, sel, part, lo); err != nil {
			return nil, err
		}
		full = len(sel) == n
	}
	s.env.Progress.ReadRows.Add(int64(n))
	given := len(s.spec.Columns) - s.spec.Hidden
	b.Names = b.Names[:given]
	if !full && len(sel) == 0 {
		return &batch.Batch{Names: b.Names}, nil
	}
	if full {
		for c := range given {
			if err := s.load(b, part, c, lo, hi); err != nil {
				return nil, err
			}
		}
		b.Cols = b.Cols[:given]
		s.lend(b)
		return b, nil
	}
	return s.gather(b, part, sel, lo)
}

// gather makes the batch of the rows sel of a part, from lo on, of whose columns b has
// those that the filter needed.
func (s *scan) gather(b *batch.Batch, part Part, sel []uint32, lo int) (*batch.Batch, error) {
	out := &batch.Batch{Names: b.Names, Cols: make([]*batch.Vector, len(b.Names)), Rows: len(sel)}
	if s.gathered == nil {
		s.gathered = make([]*batch.Vector, len(b.Names))
	}
	for c := range out.Cols {
		v, err := s.pick(b, part, c, lo, sel)
		if err != nil {
			return nil, err
		}
		if v != nil {
			out.Cols[c] = v
			continue
		}
		if err := s.load(b, part, c, lo, lo+b.Rows); err != nil {
			return nil, err
		}
		first, end := int(sel[0]), int(sel[len(sel)-1])+1
		if end-first == len(sel) && (s.reused || 2*len(sel) >= b.Rows) { // Fast path: nothing is copied, little memory is held.
			if !s.reused {
				s.scratch[c] = s.scratch[c].Lend()
			}
			out.Cols[c] = b.Cols[c].Slice(first, end)
			continue
		}
		if !s.reused {
			if sharesText(b.Cols[c]) {
				s.scratch[c] = s.scratch[c].Lend()
			}
			out.Cols[c] = b.Cols[c].Gather(sel)
			continue
		}
		out.Cols[c] = b.Cols[c].GatherInto(s.gathered[c], sel)
		s.gathered[c] = out.Cols[c]
	}
	return out, nil
}

// pickShare is the part of the rows up to which they are read one by one.
const pickShare = 2

// pick reads single rows of a column that the filter did not need; nil where that
// can't be done, or does not pay.
func (s *scan) pick(b *batch.Batch, part Part, c, lo int, sel []uint32) (*batch.Vector, error) {
	r, isReader := part.(RowReader)
	if !isReader || b.Cols[c] != nil || len(sel)*pickShare > b.Rows {
		return nil, nil
	}
	v, ok, err := r.ReadRows(&s.spec.Columns[c], lo, lo+b.Rows, sel, s.scratchOf(c))
	if !ok || err != nil {
		return nil, err
	}
	s.env.Progress.ReadBytes.Add(v.SizeBytes())
	if v.Type.Simple != "" {
		v = v.WithType(v.Type.NotSimple())
	}
	if !s.reused {
		s.scratch[c] = s.scratch[c].Lend()
	}
	return v, nil
}

// filter applies the i-th condition to rows of a part, from lo on.
func (s *scan) filter(i int, b *batch.Batch, sel []uint32, part Part, lo int) ([]uint32, error) {
	conj := s.spec.Filter[i]
	if rows, ok, err := s.match(conj, b, sel, part, lo); ok || err != nil {
		return rows, err
	}
	for _, c := range expr.Columns(conj) {
		if err := s.load(b, part, c, lo, lo+b.Rows); err != nil {
			return nil, err
		}
	}
	if f := s.queue.codes[i]; f != nil {
		if rows, ok, err := f.Choose(b, sel, s.sel); ok || err != nil {
			return rows, err
		}
	}
	return expr.FilterInto(s.env.Expr, conj, b, sel, s.sel)
}

// match finds the rows of a text in a part that can do so; ok is false for other
// conditions and parts.
func (s *scan) match(conj expr.Expr, b *batch.Batch, sel []uint32, part Part, lo int) (rows []uint32, ok bool, err error) {
	m, isMatcher := part.(TextMatcher)
	if !isMatcher {
		return nil, false, nil
	}
	pos, text, isEquality := expr.TextEquality(conj)
	if !isEquality || b.Cols[pos] != nil {
		return nil, false, nil
	}
	col := &s.spec.Columns[pos]
	asked := b.Rows
	if sel != nil {
		asked = len(sel)
	}
	rows, ok, err = m.MatchText(col, lo, lo+b.Rows, expr.TextMatch{Text: text, Rows: sel, To: s.rows()}, s.scratchOf(pos))
	if ok {
		s.env.Progress.ReadBytes.Add(int64(asked))
	}
	return rows, ok, err
}

// lend leaves the memory of columns to their readers, unless these are done with
// it in time.
func (s *scan) lend(b *batch.Batch) {
	if s.reused {
		return
	}
	for c := range b.Cols {
		s.scratch[c] = s.scratch[c].Lend()
	}
}

// sharesText tells whether rows gathered from v share memory with it: text
// without a symbol is not copied.
func sharesText(v *batch.Vector) bool {
	switch d := v.Data.(type) {
	case batch.Symbols:
		return d.Overlay.Len() > 0
	case batch.Lists:
		return sharesText(d.Elems)
	case []*batch.Vector:
		return slices.ContainsFunc(d, sharesText)
	default:
		return false
	}
}

func (s *scan) load(b *batch.Batch, part Part, c, lo, hi int) error {
	if b.Cols[c] != nil {
		return nil
	}
	s.rows()
	v, err := part.ReadInto(&s.spec.Columns[c], lo, hi, s.scratchOf(c))
	if err != nil {
		return fmt.Errorf("read column %s: %w", s.spec.Columns[c].Name, err)
	}
	s.env.Progress.ReadBytes.Add(v.SizeBytes())
	if v.Type.Simple != "" {
		v = v.WithType(v.Type.NotSimple())
	}
	b.Cols[c] = v
	return nil
}

// rows is the memory that chosen rows are written to.
func (s *scan) rows() []uint32 {
	if s.sel == nil {
		if pooled, ok := rowsPool.Get().(*[]uint32); ok {
			s.sel = *pooled
		} else {
			s.sel = make([]uint32, GranuleRows)
		}
	}
	return s.sel[:cap(s.sel)]
}

// rowsPool has such memory of earlier scans, *[]uint32 of GranuleRows: it is the most of
// what a small scan takes, and fresh memory costs more than using it.
var rowsPool sync.Pool

// scratchOf is the scratch of a column.
func (s *scan) scratchOf(c int) *segment.Scratch {
	if s.scratch == nil {
		s.scratch = make([]*segment.Scratch, len(s.spec.Columns))
	}
	if s.scratch[c] == nil {
		s.scratch[c] = &segment.Scratch{}
	}
	return s.scratch[c]
}

// all is the selection of rows 0 … n-1.
func (s *scan) all(n int) []uint32 {
	s.sel = s.rows()[:n]
	for i := range s.sel {
		s.sel[i] = uint32(i)
	}
	return s.sel
}

// Close implements Operator.
func (s *scan) Close() error {
	for _, x := range s.scratch {
		if x != nil {
			x.Close()
		}
	}
	s.scratch = nil
	if s.sel != nil {
		rows := s.sel[:cap(s.sel)]
		rowsPool.Put(&rows)
		s.sel = nil
	}
	return nil
}
