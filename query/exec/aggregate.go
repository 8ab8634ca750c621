package exec

import (
	"context"
	"errors"
	"fmt"

	"github.com/freshetdb/freshet/columnar/agg"
	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/expr"
	"github.com/freshetdb/freshet/columnar/ledger"
	"github.com/freshetdb/freshet/columnar/types"
)

// AggregateInput is rows that an aggregation reads: streams, and what a row of
// them gives.
type AggregateInput struct {
	Streams Streams
	Keys    []expr.Expr
	// Args are the arguments of each function. With Merge the first is a state of the
	// function, to be merged, and a second one a condition on the row.
	Args  [][]expr.Expr
	Merge []bool
}

// NewAggregate groups the rows of all inputs by their keys, whose types are the
// same for all. Every worker builds its own table; tables of one shard are merged
// by symbols, tables of several shards by value (R11). The result is given in
// batches; with no keys there is one row even over no input.
func NewAggregate(env *Env, inputs []AggregateInput, funcs []agg.Func, names []string) Operator {
	return &aggregate{env: env, inputs: inputs, funcs: funcs, names: names, hold: ledger.ShareOf(env.Budget)}
}

type aggregate struct {
	env    *Env
	inputs []AggregateInput
	funcs  []agg.Func
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
	var errs []error
	for i := range a.inputs {
		errs = append(errs, a.inputs[i].Streams.Close())
	}
	return errors.Join(errs...)
}

// groups is the number of groups of streams: all inputs have the same shards, or
// one group.
func (a *aggregate) groups() int {
	n := 0
	for i := range a.inputs {
		n = max(n, len(a.inputs[i].Streams.Groups))
	}
	return n
}

// shard aggregates a group of streams of every input. The inputs run one after
// another, each with a table per stream, which the next goes on with.
func (a *aggregate) shard(ctx context.Context, group int) (*table, error) {
	var parts []*table
	for i := range a.inputs {
		in := &a.inputs[i]
		if group >= len(in.Streams.Groups) {
			continue
		}
		ops := in.Streams.Groups[group]
		for len(parts) < len(ops) {
			parts = append(parts, newTable(a.inputs[0].Keys, a.funcs))
		}
		err := runGroup(ctx, ops, func(ctx context.Context, i int, op Operator) error {
			return a.fill(ctx, parts[i], in, op)
		})
		if err != nil {
			return nil, err
		}
	}
	for _, p := range parts[1:] {
		if err := parts[0].merge(p); err != nil {
			return nil, err
		}
	}
	return parts[0], nil
}

func (a *aggregate) run(ctx context.Context) (*table, error) {
	var total *table
	groups := a.groups()
	for g := range groups {
		shard, err := a.shard(ctx, g)
		if err != nil {
			return nil, err
		}
		if groups > 1 {
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

func (a *aggregate) fill(ctx context.Context, t *table, in *AggregateInput, op Operator) error {
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
		if err := t.add(a.env.Expr, in, b); err != nil {
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
	funcs  []agg.Func
	groups *groups // nil without keys
	states []agg.States
	ids    []uint32
	chosen []uint32 // scratch: groups of the rows that a condition chose
}

func newTable(keys []expr.Expr, funcs []agg.Func) *table {
	t := &table{funcs: funcs}
	if len(keys) > 0 {
		ts := make([]types.Type, len(keys))
		for i, k := range keys {
			ts[i] = k.Type()
		}
		t.groups = newGroups(ts)
	}
	for _, f := range funcs {
		s := f.New()
		if t.groups == nil {
			s.Grow(1)
		}
		t.states = append(t.states, s)
	}
	return t
}

func (t *table) add(ctx *expr.Ctx, in *AggregateInput, b *batch.Batch) error {
	if t.groups != nil {
		keys, err := evalAll(ctx, in.Keys, b)
		if err != nil {
			return err
		}
		t.assign(keys, b.Rows)
	}
	for i := range t.states {
		args, err := evalAll(ctx, in.Args[i], b)
		if err != nil {
			return err
		}
		if in.Merge == nil || !in.Merge[i] {
			t.addCall(i, args, b.Rows)
			continue
		}
		if err := t.mergeCall(i, args, b.Rows); err != nil {
			return err
		}
	}
	return nil
}

// mergeCall merges the states args[0] of n rows, those for which args[1], if
// there, is true.
func (t *table) mergeCall(i int, args []*batch.Vector, n int) error {
	if t.groups == nil {
		t.ids = zeros(t.ids, n)
	} else {
		t.states[i].Grow(t.groups.count)
	}
	groups, v := t.ids[:n], args[0].Expand()
	if len(args) > 1 {
		sel := trueRows(args[1], n)
		t.chosen = t.chosen[:0]
		for _, r := range sel {
			t.chosen = append(t.chosen, groups[r])
		}
		groups, v, n = t.chosen, v.Gather(sel), len(sel)
	}
	if n == 0 {
		return nil
	}
	if err := agg.MergeStates(t.states[i], t.funcs[i], groups, v, n); err != nil {
		return fmt.Errorf("merge states of %s: %w", t.funcs[i].Name(), err)
	}
	return nil
}

// zeros is n zeros, in the memory of s where it suffices.
func zeros(s []uint32, n int) []uint32 {
	if cap(s) < n {
		return make([]uint32, max(n, GranuleRows))[:n]
	}
	clear(s[:n])
	return s[:n]
}

// trueRows are the rows, of n, at which a condition is true.
func trueRows(cond *batch.Vector, n int) []uint32 {
	sel := make([]uint32, 0, n)
	values := batch.Values[uint8](cond)
	for i := range n {
		if values[cond.Row(i)] != 0 && !cond.IsNull(i) {
			sel = append(sel, uint32(i))
		}
	}
	return sel
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
			return fmt.Errorf("merge %s: %w", t.funcs[i].Name(), err)
		}
	}
	return nil
}

// portable makes the states independent of the shard's dictionaries.
func (t *table) portable() error {
	for i, s := range t.states {
		if err := s.Portable(); err != nil {
			return fmt.Errorf("portable form of %s: %w", t.funcs[i].Name(), err)
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
