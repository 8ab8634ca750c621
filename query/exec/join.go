package exec

import (
	"context"
	"errors"
	"sync"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/expr"
	"github.com/freshetdb/freshet/columnar/ledger"
	"github.com/freshetdb/freshet/columnar/types"
)

// joinBatches is how many batches' rows of matching pairs a probe collects before
// it gives them; the pairs of one left row are never torn apart.
const joinBatches = 8

// JoinSpec says how a hash join matches.
type JoinSpec struct {
	LeftKeys, RightKeys []expr.Expr // equally typed
	Residual            expr.Expr   // over left columns, then right columns; nil: none
	KeepLeft            bool        // LEFT: unmatched left rows come with an empty right side
	First               bool        // ANY, SEMI: at most one match for a left row
	Anti                bool        // only left rows without a match
	UseNulls            bool        // the empty side is NULL instead of defaults
	Names               []string    // output: left columns, then right columns
	RightTypes          []types.Type
}

// NewJoin matches the left streams with all rows of right, which is read once
// into memory by whichever stream comes first.
func NewJoin(env *Env, left Streams, right Operator, spec JoinSpec) Streams {
	left, right = left.Map(portableOne), portableOne(right)
	shared := &joinBuild{env: env, right: right, spec: spec, hold: ledger.ShareOf(env.Budget)}
	for _, ops := range left.Groups {
		shared.open += len(ops)
	}
	return left.Map(func(op Operator) Operator {
		return &join{env: env, left: op, build: shared, spec: spec}
	})
}

// joinBuild is the right side: its rows, one more row that is empty, and for
// every key the chain of its rows.
type joinBuild struct {
	env   *Env
	right Operator
	spec  JoinSpec
	hold  ledger.Share

	once   sync.Once
	err    error
	rows   *batch.Batch // the right rows, then the empty row
	groups *groups      // nil without keys: every row matches
	head   []uint32     // group -> first row + 1
	next   []uint32     // row -> next row of the same key + 1

	mu   sync.Mutex
	open int
}

func (b *joinBuild) load(ctx context.Context) error {
	b.once.Do(func() { b.err = b.run(ctx) })
	return b.err
}

func (b *joinBuild) run(ctx context.Context) error {
	var parts []*batch.Batch
	bytes := int64(0)
	for {
		p, err := b.right.Next(ctx)
		if err != nil {
			return err
		}
		if p == nil {
			break
		}
		parts = append(parts, p)
		bytes += p.SizeBytes()
		if err := b.hold.Set(bytes); err != nil {
			return err
		}
	}
	right := batch.ConcatBatches(nil, b.spec.RightTypes, parts)
	if err := b.index(right); err != nil {
		return err
	}
	b.rows = batch.ConcatBatches(nil, b.spec.RightTypes, []*batch.Batch{b.retype(right), b.empty()})
	if b.groups != nil {
		bytes += b.groups.sizeBytes()
	}
	return b.hold.Set(bytes*2 + int64(len(b.head)+len(b.next))*4)
}

func (b *joinBuild) retype(right *batch.Batch) *batch.Batch {
	out := &batch.Batch{Cols: make([]*batch.Vector, len(right.Cols)), Rows: right.Rows}
	for i, c := range right.Cols {
		t := b.spec.RightTypes[i]
		if b.spec.UseNulls {
			t = t.AsNullable()
		}
		out.Cols[i] = c.WithType(t)
	}
	return out
}

// empty is the row that stands beside unmatched left rows.
func (b *joinBuild) empty() *batch.Batch {
	out := &batch.Batch{Rows: 1}
	for _, t := range b.spec.RightTypes {
		if b.spec.UseNulls {
			t = t.AsNullable()
		}
		col := batch.NewBuilder(t, 1)
		col.AppendDefault()
		out.Cols = append(out.Cols, col.Finish())
	}
	return out
}

func (b *joinBuild) index(right *batch.Batch) error {
	if len(b.spec.RightKeys) == 0 {
		return nil
	}
	keys, err := evalAll(b.env.Expr, b.spec.RightKeys, right)
	if err != nil {
		return err
	}
	ts := make([]types.Type, len(keys))
	for i, k := range b.spec.RightKeys {
		ts[i] = k.Type().AsNullable() // the other side may be Nullable
	}
	b.groups = newGroups(ts)
	ids := make([]uint32, right.Rows)
	for lo := 0; lo < right.Rows; lo += GranuleRows {
		hi := min(lo+GranuleRows, right.Rows)
		part := make([]*batch.Vector, len(keys))
		for i, k := range keys {
			part[i] = k.Slice(lo, hi)
		}
		b.groups.assign(part, hi-lo, ids[lo:hi])
	}
	b.head = make([]uint32, b.groups.count)
	b.next = make([]uint32, right.Rows)
	for r := right.Rows - 1; r >= 0; r-- {
		if anyNull(keys, r) {
			continue
		}
		b.next[r] = b.head[ids[r]]
		b.head[ids[r]] = uint32(r) + 1
	}
	return nil
}

func anyNull(keys []*batch.Vector, r int) bool {
	for _, k := range keys {
		if k.IsNull(r) {
			return true
		}
	}
	return false
}

// release closes the right side when the last stream is closed.
func (b *joinBuild) release() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.open--
	if b.open > 0 {
		return nil
	}
	b.rows, b.groups = nil, nil
	b.hold.Release()
	return b.right.Close()
}

type join struct {
	env    *Env
	left   Operator
	build  *joinBuild
	spec   JoinSpec
	groups *groups // this stream's reader of build.groups
	cur    *batch.Batch
	ids    []uint32
	row    int
	closed bool
}

// Next implements Operator.
func (j *join) Next(ctx context.Context) (*batch.Batch, error) {
	if err := j.build.load(ctx); err != nil {
		return nil, err
	}
	if j.groups == nil && j.build.groups != nil {
		j.groups = j.build.groups.reader()
	}
	for {
		if j.cur == nil || j.row >= j.cur.Rows {
			b, err := j.left.Next(ctx)
			if b == nil || err != nil {
				return nil, err
			}
			if err := j.probe(b); err != nil {
				return nil, err
			}
		}
		out, err := j.chunk()
		if err != nil {
			return nil, err
		}
		if out.Rows > 0 {
			return out, nil
		}
	}
}

// probe finds the keys of a new left batch.
func (j *join) probe(b *batch.Batch) error {
	j.cur, j.row = b, 0
	if j.groups == nil {
		return nil
	}
	keys, err := evalAll(j.env.Expr, j.spec.LeftKeys, b)
	if err != nil {
		return err
	}
	if cap(j.ids) < b.Rows {
		j.ids = make([]uint32, max(b.Rows, GranuleRows))
	}
	j.groups.find(keys, b.Rows, j.ids[:b.Rows])
	return nil
}

// chunk joins left rows from j.row on until joinBatches are full.
func (j *join) chunk() (*batch.Batch, error) {
	var left, right []uint32
	from := j.row
	for j.row < j.cur.Rows && len(left) < joinBatches*j.env.batchRows() {
		left, right = j.matches(j.row, left, right)
		j.row++
	}
	if j.spec.Residual != nil && len(left) > 0 {
		pairs := j.pairs(left, right)
		sel, err := expr.Filter(j.env.Expr, j.spec.Residual, pairs, nil)
		if err != nil {
			return nil, err
		}
		for i, s := range sel {
			left[i], right[i] = left[s], right[s]
		}
		left, right = left[:len(sel)], right[:len(sel)]
	}
	left, right = j.choose(from, j.row, left, right)
	return j.pairs(left, right), nil
}

func (j *join) matches(row int, left, right []uint32) (l, r []uint32) {
	if j.groups == nil {
		for m := range j.build.rows.Rows - 1 {
			left, right = append(left, uint32(row)), append(right, uint32(m))
		}
		return left, right
	}
	id := j.ids[row]
	if id == noGroup {
		return left, right
	}
	for m := j.build.head[id]; m != 0; m = j.build.next[m-1] {
		left, right = append(left, uint32(row)), append(right, m-1)
	}
	return left, right
}

// choose applies LEFT, ANY, SEMI and ANTI to the pairs of left rows [from, to).
func (j *join) choose(from, to int, left, right []uint32) (l, r []uint32) {
	if !j.spec.KeepLeft && !j.spec.First && !j.spec.Anti {
		return left, right
	}
	empty := uint32(j.build.rows.Rows - 1)
	i := 0
	for row := uint32(from); row < uint32(to); row++ {
		first := i
		for i < len(left) && left[i] == row {
			i++
		}
		matched := i > first
		switch {
		case matched && j.spec.Anti:
		case matched && j.spec.First:
			l, r = append(l, row), append(r, right[first])
		case matched:
			l, r = append(l, left[first:i]...), append(r, right[first:i]...)
		case j.spec.KeepLeft || j.spec.Anti:
			l, r = append(l, row), append(r, empty)
		}
	}
	return l, r
}

func (j *join) pairs(left, right []uint32) *batch.Batch {
	l, r := j.cur.Gather(left), j.build.rows.Gather(right)
	return batch.New(j.spec.Names, append(l.Cols, r.Cols...), len(left))
}

// Close implements Operator.
func (j *join) Close() error {
	if j.closed {
		return nil
	}
	j.closed = true
	return errors.Join(j.left.Close(), j.build.release())
}
