// Package build turns a logical plan into operators: the only place that knows
// both.
package build

import (
	"errors"
	"fmt"
	"slices"

	"github.com/freshetdb/freshet/columnar/agg"
	"github.com/freshetdb/freshet/columnar/expr"
	"github.com/freshetdb/freshet/columnar/types"
	"github.com/freshetdb/freshet/query/exec"
	"github.com/freshetdb/freshet/query/plan"
)

// Storage gives the parts of a stored table, shard by shard, as of the views
// that the query has taken.
type Storage interface {
	Parts(t plan.Table) ([][]exec.Part, error)
}

// Build makes the operator that gives the rows of a plan. The caller closes it. how says
// whether whoever reads the rows makes use of symbols that all shards have in common.
func Build(env *exec.Env, st Storage, root plan.Node, how exec.Uniting) (exec.Operator, error) {
	b := &builder{env: env, st: st}
	s, err := b.streams(root, withoutStates(root, how))
	if err != nil {
		return nil, err
	}
	return exec.Caught(exec.NewGather(s)), nil
}

type builder struct {
	env *exec.Env
	st  Storage
}

// streams builds a node and everything below it. On an error nothing is left
// open. how says whether the rows of several shards are put together above it, by what
// takes symbols as they come.
func (b *builder) streams(n plan.Node, how exec.Uniting) (exec.Streams, error) {
	switch n := n.(type) {
	case *plan.Scan:
		return b.scan(n, how)
	case *plan.Rows:
		return exec.One(exec.NewRows(b.env, n.Batch)), nil
	case *plan.Generate:
		return exec.One(exec.NewGenerate(b.env, n.Source.Open)), nil
	case *plan.Join:
		return b.join(n, how)
	case *plan.Union:
		return b.union(n)
	}
	switch n := n.(type) {
	case *plan.Aggregate:
		return b.aggregate(n)
	case *plan.TimesByKey:
		return b.timesByKey(n)
	case *plan.SpansByKey:
		return b.spansByKey(n)
	case *plan.FirstMinutes:
		return b.firstMinutes(n)
	case *plan.EventsByKey:
		return b.eventsByKey(n)
	}
	switch n.(type) {
	case *plan.Filter, *plan.Project, *plan.Spread:
	case *plan.Distinct:
		how = withoutStates(n, exec.UniteLarge)
	default:
		how = exec.Apart
	}
	in, err := b.streams(n.Inputs()[0], how)
	if err != nil {
		return exec.Streams{}, err
	}
	switch n := n.(type) {
	case *plan.Filter:
		return in.Map(func(op exec.Operator) exec.Operator { return exec.NewFilter(b.env, op, n.Conj) }), nil
	case *plan.Project:
		return in.Map(func(op exec.Operator) exec.Operator {
			return exec.NewProject(b.env, op, n.Exprs, n.Names)
		}), nil
	case *plan.Sort:
		names, ts := columns(n)
		return exec.One(exec.NewSort(b.env, in, sortKeys(n.Keys), n.Limit, names, ts)), nil
	case *plan.Limit:
		return exec.One(exec.NewLimit(b.env, exec.NewGather(in), exec.Cut{
			Count: n.Count, Offset: n.Offset, CountShare: n.CountShare, OffsetShare: n.OffsetShare,
		}, sortKeys(n.Ties))), nil
	case *plan.LimitBy:
		_, ts := columns(n)
		return exec.One(exec.NewLimitBy(b.env, exec.NewGather(in), exec.Cut{Count: n.Count, Offset: n.Offset}, n.Cols, ts)), nil
	case *plan.Distinct:
		return b.distinct(n, in), nil
	case *plan.NewMembers:
		names, _ := columns(n)
		return exec.One(exec.NewNewMembers(b.env, exec.NewGather(in), names)), nil
	case *plan.Window:
		return b.window(n, in)
	case *plan.Spread:
		_, ts := columns(n)
		return in.Map(func(op exec.Operator) exec.Operator {
			return exec.NewSpread(b.env, op, n.Cols, n.Variants, ts, n.Always)
		}), nil
	default:
		return exec.Streams{}, errors.Join(fmt.Errorf("build: unknown plan node %T", n), in.Close())
	}
}

// withoutStates is how, for rows that have no states: only aggregations read those of
// several shards.
func withoutStates(n plan.Node, how exec.Uniting) exec.Uniting {
	if slices.ContainsFunc(n.Fields(), func(f plan.Field) bool { return hasStates(f.Type) }) {
		return exec.Apart
	}
	return how
}

func hasStates(t types.Type) bool {
	return t.Kind == types.AggregateFunction || slices.ContainsFunc(t.Elems, hasStates)
}

func columns(n plan.Node) ([]string, []types.Type) {
	fields := n.Fields()
	names, ts := make([]string, len(fields)), make([]types.Type, len(fields))
	for i, f := range fields {
		names[i], ts[i] = f.Name, f.Type
	}
	return names, ts
}

func sortKeys(keys []plan.SortKey) []exec.Key {
	if keys == nil {
		return nil
	}
	out := make([]exec.Key, len(keys))
	for i, k := range keys {
		out[i] = exec.Key(k)
	}
	return out
}

func (b *builder) scan(n *plan.Scan, how exec.Uniting) (exec.Streams, error) {
	parts, err := b.st.Parts(n.Table)
	if err != nil {
		return exec.Streams{}, err
	}
	spec := exec.ScanSpec{Names: n.Names, Filter: n.Filter, Hidden: n.Hidden, Limit: n.Limit, Shards: parts, Unite: how}
	all := n.Table.Columns()
	for _, c := range n.Columns {
		spec.Columns = append(spec.Columns, all[c])
	}
	return exec.NewScan(b.env, spec)
}

// merged gives the rows of a table of states without merging those whose keys can only
// be in one segment: rows with equal keys became one when it was written. ok is false
// where all have to be merged.
func (b *builder) merged(n *plan.Aggregate) (s exec.Streams, ok bool, err error) {
	scan, isScan := n.Input.(*plan.Scan)
	if !n.ByKey || !isScan || scan.Limit > 0 {
		return s, false, nil
	}
	m := exec.RowMerge{Scan: exec.ScanSpec{Names: scan.Names, Filter: scan.Filter, Hidden: scan.Hidden}, Keys: n.Keys}
	all := scan.Table.Columns()
	for _, c := range scan.Columns {
		m.Scan.Columns = append(m.Scan.Columns, all[c])
	}
	m.Names = slices.Clone(n.KeyNames)
	for _, c := range n.Calls {
		if !c.Func.Result().Equal(c.Args[0].Type().NotSimple()) {
			return s, false, nil
		}
		m.Funcs, m.Args, m.Names = append(m.Funcs, c.Func), append(m.Args, c.Args[0]), append(m.Names, c.Name)
	}
	parts, ok, err := b.partsOf(scan, m.Scan.Columns)
	if !ok || err != nil {
		return s, false, err
	}
	keys, ok := m.KeyColumns()
	if !ok {
		return s, false, nil
	}
	if m.Large, m.Small, ok = exec.ChooseLarge(parts, keys); !ok {
		return s, false, nil
	}
	if len(m.Small) > 0 {
		if slices.ContainsFunc(m.Funcs, func(f agg.Func) bool { return f.Class() == agg.ClassB }) {
			return s, false, nil // Rows are merged in their order.
		}
		s, err = exec.NewRowMerge(b.env, m)
		return s, true, err
	}
	s, err = b.streams(&plan.Project{Input: scan, Exprs: append(slices.Clone(m.Keys), m.Args...), Names: m.Names}, exec.Apart)
	return s, true, err
}

// partsOf are the parts that have rows for a scan; ok is false when they are of several
// shards.
func (b *builder) partsOf(scan *plan.Scan, columns []types.Column) (parts []exec.Part, ok bool, err error) {
	shards, err := b.st.Parts(scan.Table)
	if err != nil || len(shards) != 1 {
		return nil, false, err
	}
	for _, p := range shards[0] {
		_, some, err := exec.Undecided(b.env.Expr, columns, scan.Filter, p)
		if err != nil {
			return nil, false, err
		}
		if some {
			parts = append(parts, p)
		}
	}
	return parts, true, nil
}

func (b *builder) aggregate(n *plan.Aggregate) (exec.Streams, error) {
	if s, ok, err := b.merged(n); ok || err != nil {
		return s, err
	}
	names, _ := columns(n)
	funcs := make([]agg.Func, len(n.Calls))
	first := exec.AggregateInput{Keys: n.Keys, Args: make([][]expr.Expr, len(n.Calls)), Merge: make([]bool, len(n.Calls))}
	for i, c := range n.Calls {
		funcs[i], first.Args[i], first.Merge[i] = c.Func, c.Args, c.Merge
	}
	inputs := []exec.AggregateInput{first}
	for _, m := range n.More {
		inputs = append(inputs, exec.AggregateInput{Keys: m.Keys, Args: m.Args, Merge: make([]bool, len(n.Calls))})
	}
	rows, groups, isReused, err := b.reuse(n)
	if err != nil {
		return exec.Streams{}, err
	}
	if isReused {
		inputs[0].Streams = rows
		inputs = append(inputs, groups)
	}
	for i, node := range n.Inputs() {
		if i == 0 && isReused {
			continue
		}
		s, err := b.streams(node, uniting(n))
		if err != nil {
			for k := range inputs {
				err = errors.Join(err, inputs[k].Streams.Close())
			}
			return exec.Streams{}, err
		}
		inputs[i].Streams = s
	}
	return exec.One(exec.NewAggregate(b.env, inputs, funcs, names)), nil
}

// uniting says when the rows of several shards are grouped together: groups by text are as
// many as dictionaries have symbols, those by numbers may be any number; states of some
// functions cost much to merge.
func uniting(n *plan.Aggregate) exec.Uniting {
	for _, k := range n.Keys {
		if t := k.Type(); !t.IsString() && t.Kind != types.Bool {
			return exec.UniteAll
		}
	}
	for _, c := range n.Calls {
		if c.Func.Class() == agg.ClassB {
			return exec.UniteAll
		}
	}
	return exec.UniteLarge
}

func (b *builder) timesByKey(n *plan.TimesByKey) (exec.Streams, error) {
	return b.byKey(n, func(in exec.Streams) exec.Streams {
		return exec.NewTimesByKey(b.env, in, n.Key, n.Arg, timeCalls(n.Calls))
	})
}

func timeCalls(calls []plan.TimeCall) []exec.TimeCall {
	out := make([]exec.TimeCall, len(calls))
	for i, c := range calls {
		out[i] = exec.TimeCall(c)
	}
	return out
}

func (b *builder) spansByKey(n *plan.SpansByKey) (exec.Streams, error) {
	return b.byKey(n, func(in exec.Streams) exec.Streams {
		return exec.NewSpansByKey(b.env, in, exec.SpanSpec{Key: n.Key, Arg: n.Arg, Cuts: n.Cuts, Calls: timeCalls(n.Calls), Count: n.Count})
	})
}

func (b *builder) firstMinutes(n *plan.FirstMinutes) (exec.Streams, error) {
	return b.byKey(n, func(in exec.Streams) exec.Streams {
		return exec.NewFirstMinutes(b.env, in, exec.FirstSpec{Key: n.Key, Arg: n.Arg, Name: n.Name, Count: n.Count})
	})
}

func (b *builder) eventsByKey(n *plan.EventsByKey) (exec.Streams, error) {
	events, ok := n.Func.Events()
	if !ok {
		return b.streams(n.Else, exec.Apart)
	}
	return b.byKey(n, func(in exec.Streams) exec.Streams {
		return exec.NewEventsByKey(b.env, in, events, n.Key, n.Args, n.Name)
	})
}

// byKey builds a node that gives something for each key, over its first input, or, where
// shards stay apart, its second input.
func (b *builder) byKey(n plan.Node, over func(in exec.Streams) exec.Streams) (exec.Streams, error) {
	inputs := n.Inputs()
	in, err := b.streams(inputs[0], exec.UniteAll)
	if err != nil {
		return exec.Streams{}, err
	}
	if len(in.Groups) == 1 {
		return over(in), nil
	}
	if err := in.Close(); err != nil {
		return exec.Streams{}, err
	}
	return b.streams(inputs[1], exec.Apart)
}

func (b *builder) distinct(n *plan.Distinct, in exec.Streams) exec.Streams {
	_, ts := columns(n)
	cols := n.Cols
	if cols == nil {
		for i := range ts {
			cols = append(cols, i)
		}
	}
	return exec.One(exec.NewDistinct(b.env, exec.NewGather(in), cols, ts))
}

func (b *builder) join(n *plan.Join, how exec.Uniting) (exec.Streams, error) {
	left, err := b.streams(n.Left, how)
	if err != nil {
		return exec.Streams{}, err
	}
	right, err := b.streams(n.Right, exec.Apart)
	if err != nil {
		return exec.Streams{}, errors.Join(err, left.Close())
	}
	if n.Kind == plan.Right || n.Kind == plan.Full {
		return exec.Streams{}, errors.Join(fmt.Errorf("build: join of kind %d", n.Kind), left.Close(), right.Close())
	}
	names, _ := columns(n)
	_, rightTypes := columns(n.Right)
	return exec.NewJoin(b.env, left, exec.NewGather(right), exec.JoinSpec{
		LeftKeys: n.LeftKeys, RightKeys: n.RightKeys, Residual: n.Residual,
		KeepLeft: n.Kind == plan.Left && n.Strictness != plan.Semi,
		First:    n.Strictness == plan.Any || n.Strictness == plan.Semi,
		Anti:     n.Strictness == plan.Anti,
		UseNulls: n.UseNulls, Names: names, RightTypes: rightTypes,
	}), nil
}

func (b *builder) union(n *plan.Union) (exec.Streams, error) {
	names, _ := columns(n)
	var ins []exec.Operator
	for _, br := range n.Branches {
		s, err := b.streams(br, exec.Apart)
		if err != nil {
			for _, in := range ins {
				err = errors.Join(err, in.Close())
			}
			return exec.Streams{}, err
		}
		ins = append(ins, exec.NewGather(s))
	}
	return exec.One(exec.NewUnion(ins, names)), nil
}
