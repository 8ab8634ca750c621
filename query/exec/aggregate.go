package exec

import (
	"context"
	"errors"
	"fmt"
	"slices"

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
	for _, in := range inputs {
		env.Expr.Codes.ReadsAll(in.Keys)
		for _, args := range in.Args {
			env.Expr.Codes.ReadsAll(args)
		}
	}
	return &aggregate{env: env, inputs: inputs, funcs: funcs, names: names, many: manyGroups, array: directMax, hold: ledger.ShareOf(env.Budget)}
}

type aggregate struct {
	env    *Env
	inputs []AggregateInput
	funcs  []agg.Func
	names  []string
	many   int // groups beyond which a worker has many tables
	array  int // size of an array of groups up to which it has one all the same
	hold   ledger.Share
	done   bool
	// results are the finished groups, in one batch per table.
	results []*batch.Batch
	pos     int // in the first of them
}

// Next implements Operator.
func (a *aggregate) Next(ctx context.Context) (*batch.Batch, error) {
	if !a.done {
		if err := a.run(ctx); err != nil {
			return nil, err
		}
		a.done = true
	}
	for len(a.results) > 0 && a.pos >= a.results[0].Rows {
		a.results, a.pos = a.results[1:], 0
	}
	if len(a.results) == 0 {
		return nil, nil
	}
	end := min(a.pos+a.env.batchRows(), a.results[0].Rows)
	out := a.results[0].Slice(a.pos, end)
	a.pos = end
	return out, nil
}

// Close implements Operator.
func (a *aggregate) Close() error {
	a.results = nil
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

// run aggregates all shards and finishes the groups.
func (a *aggregate) run(ctx context.Context) error {
	var tables []*table
	var shares []*worker
	defer func() {
		for _, w := range shares {
			w.share.Release()
		}
	}()
	groups := a.groups()
	var waiting [][]*table // shards that are not merged yet
	for g := range groups {
		workers, err := a.fillShard(ctx, g)
		shares = append(shares, workers...)
		if err != nil {
			return err
		}
		shard, err := a.mergeShard(ctx, workers)
		if err != nil {
			return err
		}
		if groups == 1 {
			tables = shard
			break
		}
		waiting = append(waiting, shard)
		if len(waiting) < a.env.Workers && g < groups-1 {
			continue
		}
		if tables, err = a.withShards(ctx, tables, waiting); err != nil {
			return err
		}
		waiting = nil
	}
	return a.finish(ctx, tables)
}

// fillShard aggregates a group of streams of every input. The inputs run one
// after another, each with a worker per stream, which the next goes on with.
func (a *aggregate) fillShard(ctx context.Context, group int) ([]*worker, error) {
	var workers []*worker
	agreed := &agreement{}
	for i := range a.inputs {
		in := &a.inputs[i]
		if group >= len(in.Streams.Groups) {
			continue
		}
		ops := in.Streams.Groups[group]
		for len(workers) < len(ops) {
			workers = append(workers, &worker{
				table: a.newTable(), many: a.many, array: a.array, read: a.env.Progress.Share, agreed: agreed, share: ledger.ShareOf(a.env.Budget),
			})
		}
		err := runGroup(ctx, ops, func(ctx context.Context, i int, op Operator) error {
			return a.fill(ctx, workers[i], in, op)
		})
		if err != nil {
			return workers, err
		}
	}
	return workers, nil
}

// newTable makes a table of a worker, or of all.
func (a *aggregate) newTable() *table {
	t := newTable(a.inputs[0].Keys, a.funcs)
	t.isShard = a.groups() == 1
	if t.tally != nil {
		t.tally.share = a.env.Progress.Share
	}
	return t
}

// mergeShard merges the groups of a shard's workers, by symbols: into one table,
// or table by table where a worker had many groups.
func (a *aggregate) mergeShard(ctx context.Context, workers []*worker) ([]*table, error) {
	var many []*radix
	for _, w := range workers {
		if w.radix != nil {
			many = append(many, w.radix)
		}
	}
	if len(many) == 0 {
		total := workers[0].table
		for _, w := range workers[1:] {
			if err := total.merge(ctx, w.table, a.env.Workers); err != nil {
				return nil, err
			}
			w.table.free()
		}
		total.makeGroups(total.isShard)
		return []*table{total}, total.countWaiting(ctx, a.env)
	}
	for _, w := range workers {
		if w.radix == nil {
			r, err := w.table.split(w.agreed)
			if err != nil {
				return nil, err
			}
			many = append(many, r)
		}
	}
	err := mergeRadix(ctx, many, func(n int, f func(i int) error) error {
		return sideBySide(a.env.Workers, n, func(i int) error {
			if err := context.Cause(ctx); err != nil {
				return err
			}
			return f(i)
		})
	})
	return many[0].tables[:], err
}

// withShards merges the tables of shards into the one of the shards before, by value.
func (a *aggregate) withShards(ctx context.Context, before []*table, shards [][]*table) ([]*table, error) {
	all := slices.Concat(shards...)
	err := sideBySide(a.env.Workers, len(all), func(i int) error {
		if err := context.Cause(ctx); err != nil {
			return err
		}
		return all[i].portable()
	})
	for _, shard := range shards {
		if err == nil {
			before, err = a.withShard(ctx, before, shard)
		}
	}
	return before, err
}

// withShard merges a shard's tables, which are portable.
func (a *aggregate) withShard(ctx context.Context, before, shard []*table) ([]*table, error) {
	if before == nil && len(shard) == 1 {
		return shard, nil
	}
	if before == nil {
		before = []*table{a.newTable()}
	}
	for _, t := range shard {
		if err := before[0].merge(ctx, t, a.env.Workers); err != nil {
			return nil, err
		}
		t.free()
	}
	return before, nil
}

// finish makes the rows of all groups.
func (a *aggregate) finish(ctx context.Context, tables []*table) error {
	a.results = make([]*batch.Batch, len(tables))
	err := sideBySide(a.env.Workers, len(tables), func(i int) error {
		if err := context.Cause(ctx); err != nil {
			return err
		}
		b, err := tables[i].finish(ctx, a.names, a.env.Workers)
		a.results[i] = b
		tables[i].free()
		return err
	})
	if err != nil {
		return err
	}
	bytes := int64(0)
	for _, b := range a.results {
		bytes += b.SizeBytes()
	}
	return a.hold.Set(bytes)
}

// worker is what one stream has aggregated: one table, or many once it has many
// groups.
type worker struct {
	table  *table
	radix  *radix
	many   int
	array  int
	agreed *agreement
	read   func() float64 // of all rows
	share  ledger.Share
}

func (w *worker) add(ctx *expr.Ctx, in *AggregateInput, b *batch.Batch) error {
	if w.radix != nil {
		return w.radix.add(ctx, in, b)
	}
	if err := w.table.add(ctx, in, b); err != nil {
		return err
	}
	g := w.table.groups
	if g == nil || !g.areMany(w.many, w.read()) || (g.direct != nil && len(g.direct) <= w.array) {
		return nil
	}
	r, err := w.table.split(w.agreed)
	w.radix, w.table = r, nil
	return err
}

func (w *worker) account() error {
	if w.radix != nil {
		return w.share.Set(w.radix.sizeBytes())
	}
	return w.share.Set(w.table.sizeBytes())
}

// accountEvery is how many batches pass between two looks at the memory used.
const accountEvery = 16

func (a *aggregate) fill(ctx context.Context, w *worker, in *AggregateInput, op Operator) error {
	reuse(op)
	for n := 1; ; n++ {
		if err := context.Cause(ctx); err != nil {
			return err
		}
		b, err := op.Next(ctx)
		if err != nil {
			return err
		}
		if b == nil {
			if w.radix != nil {
				if err := w.radix.flush(); err != nil {
					return err
				}
			} else {
				w.table.addAllWaiting()
			}
			return w.account()
		}
		if err := w.add(a.env.Expr, in, b); err != nil {
			return err
		}
		if n%accountEvery == 0 {
			if err := w.account(); err != nil {
				return err
			}
		}
	}
}

// table is the groups and states of one worker.
type table struct {
	funcs   []agg.Func
	groups  *groups // nil without keys
	states  []agg.States
	isShard bool       // the groups are not merged with those of other shards
	tally   *tally     // rows that are counted beside the groups; nil: none ever are
	waits   []waiting  // by function; nil: none ever waited
	counted [][]uint64 // by function; the values of those whose rows were counted
	ids     []uint32
	chosen  []uint32   // scratch: groups of the rows that a condition chose
	rooms   [][]uint32 // scratch: of keys
	codes   []uint32   // scratch: of a set
}

func newTable(keys []expr.Expr, funcs []agg.Func) *table {
	t := &table{funcs: funcs}
	if len(keys) > 0 {
		ts := make([]types.Type, len(keys))
		for i, k := range keys {
			ts[i] = k.Type()
		}
		t.groups = newGroups(ts)
		t.tally = newTally(ts, funcs)
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
	if done, err := t.countRows(ctx, in, b); done || err != nil {
		return err
	}
	if t.groups != nil {
		keys, err := t.evalKeys(ctx, in.Keys, b)
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
		if err := t.addOrMerge(i, in, args, b.Rows); err != nil {
			return err
		}
	}
	return nil
}

// evalKeys evaluates keys, which are valid until it is called again.
func (t *table) evalKeys(ctx *expr.Ctx, keys []expr.Expr, b *batch.Batch) ([]*batch.Vector, error) {
	if t.rooms == nil {
		t.rooms = make([][]uint32, len(keys))
	}
	out := make([]*batch.Vector, len(keys))
	for i, e := range keys {
		v, err := expr.EvalInto(ctx, e, b, &t.rooms[i])
		if err != nil {
			return nil, err
		}
		out[i] = v
	}
	return out, nil
}

// addOrMerge adds n rows, whose groups are in t.ids, to function i.
func (t *table) addOrMerge(i int, in *AggregateInput, args []*batch.Vector, n int) error {
	if in.Merge != nil && in.Merge[i] {
		return t.mergeCall(i, args, n)
	}
	if !t.wait(i, args, n) {
		t.addCall(i, args, n)
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
	if done, err := t.waitSets(i, groups, v); done || err != nil {
		return err
	}
	return t.mergeNow(i, groups[:n], v)
}

// zeros is n zeros, in the memory of s where it suffices.
func zeros(s []uint32, n int) []uint32 {
	if cap(s) < n {
		return make([]uint32, nextPow2(n))[:n]
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
		t.ids = make([]uint32, nextPow2(n))
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

// merge adds the groups and states of o, which is not used afterwards. Functions
// are merged side by side where there are many groups.
func (t *table) merge(ctx context.Context, o *table, workers int) error {
	if err := context.Cause(ctx); err != nil {
		return err
	}
	to := []uint32{0}
	if t.groups != nil {
		if o.tally != nil && o.tally.rows > 0 && !t.take(o) {
			o.makeGroups(false)
		}
		if o.groups.count == 0 {
			return nil
		}
		to = make([]uint32, o.groups.count)
		t.groups.assign(o.groups.vectors(), o.groups.count, to)
		t.takeWaiting(o, to)
	}
	return t.mergeStates(ctx, o, to, workers)
}

// mergeStates merges the state of each group g of o into group to[g].
func (t *table) mergeStates(ctx context.Context, o *table, to []uint32, workers int) error {
	if len(to) < manyGroups {
		workers = 1
	}
	return sideBySide(workers, len(t.states), func(i int) error {
		if err := context.Cause(ctx); err != nil {
			return err
		}
		if t.groups != nil {
			t.states[i].Grow(t.groups.count)
		}
		if err := t.states[i].Merge(o.states[i], to); err != nil {
			return fmt.Errorf("merge %s: %w", t.funcs[i].Name(), err)
		}
		return nil
	})
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

// finish makes the rows of all groups, its functions side by side where there are
// many.
func (t *table) finish(ctx context.Context, names []string, workers int) (*batch.Batch, error) {
	rows := 1
	var cols []*batch.Vector
	if t.groups != nil {
		rows = t.groups.count
		cols = t.groups.vectors()
	}
	for _, s := range t.states {
		s.Grow(rows)
		err := agg.Settle(s, 0, rows, func(n int, f func(i int) error) error { return sideBySide(workers, n, f) })
		if err != nil {
			return nil, err
		}
	}
	if rows < manyGroups {
		workers = 1
	}
	keys := len(cols)
	cols = append(cols, make([]*batch.Vector, len(t.states))...)
	err := sideBySide(workers, len(t.states), func(i int) error {
		if err := context.Cause(ctx); err != nil {
			return err
		}
		if t.counted != nil && t.counted[i] != nil {
			cols[keys+i] = batch.NewFixed(t.funcs[i].Result(), t.counted[i], nil)
			return nil
		}
		s := t.states[i]
		if err := agg.Check(s, 0, rows); err != nil {
			return err
		}
		cols[keys+i] = s.Finish(0, rows)
		return nil
	})
	return batch.New(names, cols, rows), err
}

// free leaves memory to other queries; the table is not used afterwards.
func (t *table) free() {
	if t.groups != nil {
		t.groups.freeDirect()
	}
}

func (t *table) sizeBytes() int64 {
	n := t.waitingBytes()
	if t.groups != nil {
		n = t.groups.sizeBytes()
	}
	if t.tally != nil {
		n += int64(cap(t.tally.counts)) * 4
	}
	for _, s := range t.states {
		n += s.SizeBytes()
	}
	return n
}
