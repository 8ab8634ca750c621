package exec

import (
	"context"
	"fmt"

	"github.com/freshetdb/freshet/columnar/agg"
	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/expr"
	"github.com/freshetdb/freshet/columnar/ledger"
	"github.com/freshetdb/freshet/columnar/types"
)

// Call is one aggregate over expressions of the input.
type Call struct {
	Func agg.Func
	Args []expr.Expr
}

// NewAggregate groups all streams by keys. Every worker builds its own table;
// tables of one shard are merged by symbols, tables of several shards by value
// (R11). The result is given in batches; with no keys there is one row even over
// no input.
func NewAggregate(env *Env, in Streams, keys []expr.Expr, calls []Call, names []string) Operator {
	return &aggregate{env: env, in: in, keys: keys, calls: calls, names: names, hold: ledger.ShareOf(env.Budget)}
}

type aggregate struct {
	env    *Env
	in     Streams
	keys   []expr.Expr
	calls  []Call
	names  []string
	hold   ledger.Share
	done   bool
	result *batch.Batch
	pos    int
}

// Next implements Operator.
func (a *aggregate) Next(ctx context.Context) (*batch.Batch, error) {
	if !a.done {
		t, err := a.run(ctx)
		if err != nil {
			return nil, err
		}
		a.done = true
		if a.result, err = t.finish(a.names); err != nil {
			return nil, err
		}
	}
	if a.pos >= a.result.Rows {
		return nil, nil
	}
	end := min(a.pos+a.env.batchRows(), a.result.Rows)
	out := a.result.Slice(a.pos, end)
	a.pos = end
	return out, nil
}

// Close implements Operator.
func (a *aggregate) Close() error {
	a.result = nil
	a.hold.Release()
	return a.in.Close()
}

func (a *aggregate) run(ctx context.Context) (*table, error) {
	var total *table
	for _, ops := range a.in.Groups {
		parts := make([]*table, len(ops))
		err := runGroup(ctx, ops, func(ctx context.Context, i int, op Operator) error {
			parts[i] = newTable(a.keys, a.calls)
			return a.fill(ctx, parts[i], op)
		})
		if err != nil {
			return nil, err
		}
		shard := parts[0]
		for _, p := range parts[1:] {
			if err := shard.merge(p); err != nil {
				return nil, err
			}
		}
		if len(a.in.Groups) > 1 {
			if err := shard.portable(); err != nil {
				return nil, err
			}
		}
		if total == nil {
			total = shard
			continue
		}
		if err := total.merge(shard); err != nil {
			return nil, err
		}
	}
	return total, nil
}

// accountEvery is how many batches pass between two looks at the memory used.
const accountEvery = 16

func (a *aggregate) fill(ctx context.Context, t *table, op Operator) error {
	share := ledger.ShareOf(a.env.Budget)
	reuse(op)
	for n := 1; ; n++ {
		b, err := op.Next(ctx)
		if err != nil {
			return err
		}
		if b == nil {
			return share.Set(t.sizeBytes())
		}
		if err := t.add(a.env.Expr, b); err != nil {
			return err
		}
		if n%accountEvery == 0 {
			if err := share.Set(t.sizeBytes()); err != nil {
				return err
			}
		}
	}
}

// table is the groups and states of one worker.
type table struct {
	keys   []expr.Expr
	calls  []Call
	groups *groups // nil without keys
	states []agg.States
	ids    []uint32
}

func newTable(keys []expr.Expr, calls []Call) *table {
	t := &table{keys: keys, calls: calls}
	if len(keys) > 0 {
		ts := make([]types.Type, len(keys))
		for i, k := range keys {
			ts[i] = k.Type()
		}
		t.groups = newGroups(ts)
	}
	for _, c := range calls {
		s := c.Func.New()
		if t.groups == nil {
			s.Grow(1)
		}
		t.states = append(t.states, s)
	}
	return t
}

func (t *table) add(ctx *expr.Ctx, b *batch.Batch) error {
	if t.groups != nil {
		keys, err := evalAll(ctx, t.keys, b)
		if err != nil {
			return err
		}
		t.assign(keys, b.Rows)
	}
	for i, c := range t.calls {
		args, err := evalAll(ctx, c.Args, b)
		if err != nil {
			return err
		}
		t.addCall(i, args, b.Rows)
	}
	return nil
}

func (t *table) addCall(i int, args []*batch.Vector, n int) {
	if t.groups == nil {
		t.states[i].AddAll(0, args, n)
		return
	}
	t.states[i].Grow(t.groups.count)
	t.states[i].Add(t.ids[:n], args, n)
}

func (t *table) assign(keys []*batch.Vector, n int) {
	if cap(t.ids) < n {
		t.ids = make([]uint32, max(n, GranuleRows))
	}
	t.groups.assign(keys, n, t.ids[:n])
}

func evalAll(ctx *expr.Ctx, exprs []expr.Expr, b *batch.Batch) ([]*batch.Vector, error) {
	out := make([]*batch.Vector, len(exprs))
	for i, e := range exprs {
		v, err := expr.Eval(ctx, e, b)
		if err != nil {
			return nil, err
		}
		out[i] = v
	}
	return out, nil
}

// merge adds the groups and states of o, which is not used afterwards.
func (t *table) merge(o *table) error {
	to := []uint32{0}
	if t.groups != nil {
		if o.groups.count == 0 {
			return nil
		}
		to = make([]uint32, o.groups.count)
		t.groups.assign(o.groups.vectors(), o.groups.count, to)
	}
	for i, s := range t.states {
		if t.groups != nil {
			s.Grow(t.groups.count)
		}
		if err := s.Merge(o.states[i], to); err != nil {
			return fmt.Errorf("merge %s: %w", t.calls[i].Func.Name(), err)
		}
	}
	return nil
}

// portable makes the states independent of the shard's dictionaries.
func (t *table) portable() error {
	for i, s := range t.states {
		if err := s.Portable(); err != nil {
			return fmt.Errorf("portable form of %s: %w", t.calls[i].Func.Name(), err)
		}
	}
	return nil
}

func (t *table) finish(names []string) (*batch.Batch, error) {
	rows := 1
	var cols []*batch.Vector
	if t.groups != nil {
		rows = t.groups.count
		cols = t.groups.vectors()
	}
	for _, s := range t.states {
		s.Grow(rows)
		if err := agg.Check(s, 0, rows); err != nil {
			return nil, err
		}
		cols = append(cols, s.Finish(0, rows))
	}
	return batch.New(names, cols, rows), nil
}

func (t *table) sizeBytes() int64 {
	n := int64(0)
	if t.groups != nil {
		n = t.groups.sizeBytes()
	}
	for _, s := range t.states {
		n += s.SizeBytes()
	}
	return n
}
