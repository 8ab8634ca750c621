package build

import (
	"crypto/sha256"
	"errors"
	"slices"

	"github.com/freshetdb/freshet/columnar/agg"
	"github.com/freshetdb/freshet/columnar/expr"
	"github.com/freshetdb/freshet/columnar/types"
	"github.com/freshetdb/freshet/query/exec"
	"github.com/freshetdb/freshet/query/plan"
)

// reused is an aggregation over a scan whose parts are aggregated by themselves where
// that pays: their groups, which never change, are kept for the next time.
type reused struct {
	b      *builder
	n      *plan.Aggregate
	chain  []plan.Node // filters and projections over the scan, the lowest first
	scan   *plan.Scan
	spec   exec.ScanSpec // without shards
	states []agg.Func    // give states for values
	ids    map[string]string
}

// reuse splits the first input of an aggregation into the rows that are to be read
// and the groups of parts that are kept, or are about to be; ok is false when
// nothing of it can be.
func (b *builder) reuse(n *plan.Aggregate) (rows exec.Streams, groups exec.AggregateInput, ok bool, err error) {
	r := b.reused(n)
	if r == nil {
		return rows, groups, false, nil
	}
	shards, err := b.st.Parts(r.scan.Table)
	if err != nil {
		return rows, groups, false, err
	}
	rest := make([][]exec.Part, len(shards))
	kept := make([][]exec.KeptPart, len(shards))
	for s, parts := range shards {
		for _, p := range parts {
			k, ok, err := r.part(p)
			if err != nil {
				return rows, groups, false, errors.Join(err, closeParts(kept))
			}
			if !ok {
				rest[s] = append(rest[s], p)
				continue
			}
			kept[s] = append(kept[s], k)
		}
	}
	if !slices.ContainsFunc(kept, func(list []exec.KeptPart) bool { return len(list) > 0 }) {
		return rows, groups, false, nil
	}
	r.spec.Unite = r.uniting()
	if rows, err = r.rows(rest); err != nil {
		return rows, groups, false, errors.Join(err, closeParts(kept))
	}
	groups = r.groups()
	if groups.Streams, err = exec.NewKept(b.env, b.env.Keeper, r.spec, kept); err != nil {
		return rows, groups, false, errors.Join(err, rows.Close(), closeParts(kept))
	}
	return rows, groups, true, nil
}

// uniting is that of the aggregation, unless states of parts hold symbols that can't be
// translated.
func (r *reused) uniting() exec.Uniting {
	for _, f := range r.states {
		if s, err := agg.OfState(f.Result()); err != nil || (!s.IsSymbolSet() && slices.ContainsFunc(s.Args(), hasSymbols)) {
			return exec.Apart
		}
	}
	return uniting(r.n)
}

// hasSymbols tells whether values of a type may stand as symbols.
func hasSymbols(t types.Type) bool {
	return t.IsString() || t.Kind == types.AggregateFunction || slices.ContainsFunc(t.Elems, hasSymbols)
}

func closeParts(kept [][]exec.KeptPart) error {
	var errs []error
	for _, list := range kept {
		for i := range list {
			if list[i].Run != nil {
				errs = append(errs, list[i].Run.Close())
			}
		}
	}
	return errors.Join(errs...)
}

// reused is the aggregation, if what it computes from a part is a function of the
// part's rows that merges (R17), and depends on symbols only of columns of the scan.
func (b *builder) reused(n *plan.Aggregate) *reused {
	if b.env.Keeper == nil || n.ByKey {
		return nil
	}
	r := &reused{b: b, n: n, ids: map[string]string{}}
	node := n.Input
	for r.scan == nil {
		switch x := node.(type) {
		case *plan.Filter, *plan.Project:
			r.chain = append(r.chain, x)
			node = x.Inputs()[0]
		case *plan.Scan:
			r.scan = x
		default:
			return nil
		}
	}
	slices.Reverse(r.chain)
	if r.scan.Limit > 0 {
		return nil
	}
	for i := range n.Calls {
		f, ok := r.stateOf(&n.Calls[i])
		if !ok {
			return nil
		}
		r.states = append(r.states, f)
	}
	r.spec = exec.ScanSpec{Names: r.scan.Names, Filter: r.scan.Filter, Hidden: r.scan.Hidden}
	all := r.scan.Table.Columns()
	for _, c := range r.scan.Columns {
		r.spec.Columns = append(r.spec.Columns, all[c])
	}
	return r
}

// stateOf is the function that gives the states of a call.
func (r *reused) stateOf(c *plan.AggCall) (agg.Func, bool) {
	if c.Func.Class() == agg.ClassB || c.Func.Result().Kind == types.AggregateFunction {
		return agg.Func{}, false
	}
	if c.Merge && len(c.Args) > 1 {
		return agg.Func{}, false // The states merged have fewer arguments than the function.
	}
	for _, a := range c.Args {
		if t := a.Type(); (t.IsString() || t.Kind == types.AggregateFunction) && !r.isColumn(a) {
			return agg.Func{}, false // A text that gets a symbol later would be counted as two.
		}
	}
	f, err := agg.New(c.Func.Name()+"State", c.Func.Params(), c.Func.Args())
	return f, err == nil
}

// isColumn tells whether an expression over the chain's output is a column of the
// scan as it is.
func (r *reused) isColumn(e expr.Expr) bool {
	for _, n := range slices.Backward(r.chain) {
		c, ok := e.(*expr.Column)
		if !ok || c.Pos < 0 {
			return false
		}
		if p, ok := n.(*plan.Project); ok {
			e = p.Exprs[c.Pos]
		}
	}
	c, ok := e.(*expr.Column)
	return ok && c.Pos >= 0
}

// part finds the groups of a part, or prepares to compute them; ok is false when its
// rows are read with all others.
func (r *reused) part(p exec.Part) (k exec.KeptPart, ok bool, err error) {
	least := r.b.env.KeptRows
	if least == 0 {
		least = exec.KeptRowsMin
	}
	last, isLasting := p.(exec.Lasting)
	if !isLasting || p.Rows() < least || last.Identity() == "" {
		return k, false, nil
	}
	filter, some, err := exec.Undecided(r.b.env.Expr, r.spec.Columns, r.scan.Filter, p)
	if !some || err != nil {
		return k, false, err // It will be passed over.
	}
	id, ok := r.identity(filter)
	if !ok {
		return k, false, nil
	}
	k = exec.KeptPart{Part: last, Aggregation: id}
	kept, wanted := r.b.env.Keeper.Kept(id, last.Identity())
	if k.Kept = kept; kept != nil || !wanted {
		return k, kept != nil, nil
	}
	in := exec.AggregateInput{Keys: r.n.Keys, Args: make([][]expr.Expr, len(r.n.Calls)), Merge: make([]bool, len(r.n.Calls))}
	for i, c := range r.n.Calls {
		in.Args[i], in.Merge[i] = c.Args, c.Merge
	}
	if in.Streams, err = r.rows([][]exec.Part{{p}}); err != nil {
		return k, false, err
	}
	names, _ := columns(r.n)
	k.Run = exec.NewAggregate(r.b.env, []exec.AggregateInput{in}, r.states, names)
	return k, true, nil
}

// identity tells the aggregation from others, over parts that all rows of which pass
// the conditions of the scan that are not in filter. So a part in the middle of the
// last hour has the same groups a minute later.
func (r *reused) identity(filter []expr.Expr) (string, bool) {
	mask := make([]byte, len(r.scan.Filter))
	for i, e := range r.scan.Filter {
		if slices.Contains(filter, e) {
			mask[i] = 1
		}
	}
	if id, ok := r.ids[string(mask)]; ok {
		return id, id != ""
	}
	scan := *r.scan
	scan.Filter = filter
	var node plan.Node = &scan
	for _, n := range r.chain {
		node = n.WithInputs([]plan.Node{node})
	}
	n := *r.n
	n.Input, n.More = node, nil
	b, ok := plan.AppendIdentity(nil, &n)
	id := ""
	if ok {
		sum := sha256.Sum256(b)
		id = string(sum[:])
	}
	r.ids[string(mask)] = id
	return id, ok
}

// rows are the streams of the aggregation's input over some parts.
func (r *reused) rows(shards [][]exec.Part) (exec.Streams, error) {
	spec := r.spec
	spec.Shards = shards
	s, err := exec.NewScan(r.b.env, spec)
	if err != nil {
		return exec.Streams{}, err
	}
	for _, n := range r.chain {
		switch n := n.(type) {
		case *plan.Filter:
			s = s.Map(func(op exec.Operator) exec.Operator { return exec.NewFilter(r.b.env, op, n.Conj) })
		case *plan.Project:
			s = s.Map(func(op exec.Operator) exec.Operator { return exec.NewProject(r.b.env, op, n.Exprs, n.Names) })
		}
	}
	return s, nil
}

// groups is an input of rows that are groups already: keys, then states.
func (r *reused) groups() exec.AggregateInput {
	in := exec.AggregateInput{}
	for i, k := range r.n.Keys {
		in.Keys = append(in.Keys, &expr.Column{Pos: i, Name: r.n.KeyNames[i], T: k.Type()})
	}
	for i, f := range r.states {
		in.Args = append(in.Args, []expr.Expr{&expr.Column{Pos: len(r.n.Keys) + i, Name: r.n.Calls[i].Name, T: f.Result()}})
		in.Merge = append(in.Merge, true)
	}
	return in
}
