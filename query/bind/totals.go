package bind

import (
	"slices"

	"github.com/freshetdb/freshet/columnar/agg"
	"github.com/freshetdb/freshet/columnar/chcode"
	"github.com/freshetdb/freshet/columnar/expr"
	"github.com/freshetdb/freshet/query/ast"
	"github.com/freshetdb/freshet/query/plan"
)

// Answer binds a query whose rows are printed: totals is the plan of the one row of
// WITH TOTALS, nil without. The two read the same rows; that the totals are a plan of
// their own keeps every rule for groups from having to know of them.
func (b *Binder) Answer(q ast.Query) (rows, totals plan.Node, err error) {
	sel, ok := q.(*ast.Select)
	if !ok || !hasTotals(sel) {
		rows, err = b.query(q, nil)
		return rows, nil, err
	}
	if err := totalsOf(sel); err != nil {
		return nil, nil, err
	}
	if err := b.grow(nodesOfQuery); err != nil {
		return nil, nil, err
	}
	s := &selectBinder{Binder: b, q: sel, scope: newScope(nil)}
	if err := s.bind(); err != nil {
		return nil, nil, err
	}
	return s.node, s.totals, nil
}

func hasTotals(q *ast.Select) bool { return q.GroupBy != nil && q.GroupBy.Totals }

// misplacedTotals is the error for WITH TOTALS whose row nobody would see.
func misplacedTotals() error {
	return chcode.Errorf(chcode.NotImplemented, "WITH TOTALS is not supported in subqueries, UNION, INSERT and views, only where the answer is printed")
}

// totalsOf refuses what the two plans would not see alike.
func totalsOf(q *ast.Select) error {
	var err error
	ast.Walk(q, func(n ast.Node) bool {
		if f, ok := n.(*ast.FuncCall); ok && expr.IsImpure(f.Name) {
			err = chcode.Errorf(chcode.NotImplemented, "WITH TOTALS together with %s(), which is another value each time, is not supported", f.Name)
		}
		return err == nil
	})
	return err
}

// bindTotals makes the plan of the row of totals: base is the aggregation by the keys
// as written, and list and conj are bound to what is above it. hasSets tells that it is
// spread over grouping sets, which a last key tells apart.
func (s *selectBinder) bindTotals(base *plan.Aggregate, hasSets bool) error {
	var in plan.Node
	var err error
	switch {
	case len(s.scope.windows.calls) > 0:
		return chcode.Errorf(chcode.NotImplemented, "WITH TOTALS together with window functions is not supported")
	case len(s.scope.aggs.grouping) > 0:
		return chcode.Errorf(chcode.NotImplemented, "WITH TOTALS together with grouping() is not supported")
	case len(s.conj) == 0 || s.opts.TotalsBeforeHaving:
		in, err = totalOf(&plan.Aggregate{Input: base.Input, Calls: base.Calls})
	case hasSets || s.scope.aggs.slide != nil:
		return chcode.Errorf(chcode.NotImplemented, "WITH TOTALS and HAVING together with ROLLUP, CUBE, GROUPING SETS or slide(…) are not supported")
	default:
		in, err = totalOfPassing(base, s.conj)
	}
	if err != nil {
		return err
	}
	// The row as the aggregation would give it, its keys being defaults.
	p := &plan.Project{Input: in}
	for i, k := range base.Keys {
		p.Exprs, p.Names = append(p.Exprs, defaultOf(k.Type())), append(p.Names, base.KeyNames[i])
	}
	if hasSets {
		p.Exprs, p.Names = append(p.Exprs, setNumber(0)), append(p.Names, setColumn)
	}
	for i, f := range in.Fields()[:len(base.Calls)] {
		p.Exprs, p.Names = append(p.Exprs, column(i, f)), append(p.Names, f.Name)
	}
	out := &plan.Project{Input: p, Exprs: slices.Clone(s.list)}
	for _, it := range s.items {
		out.Names = append(out.Names, it.name)
	}
	s.totals = out
	return nil
}

// totalOf gives n at least one call, so that it has its one row.
func totalOf(n *plan.Aggregate) (plan.Node, error) {
	if len(n.Calls) > 0 {
		return n, nil
	}
	f, err := agg.New("count", nil, nil)
	n.Calls = []plan.AggCall{{Func: f, Name: "count()"}}
	return n, err
}

// totalOfPassing puts what gives the results of groups together, of those that pass a
// condition, which is over the fields of n.
func totalOfPassing(n *plan.Aggregate, having []expr.Expr) (plan.Node, error) {
	inner := *n
	parts := partial(n, false)
	inner.Calls = append(slices.Clone(n.Calls), parts.Calls...)
	fields := inner.Fields()
	out := &plan.Aggregate{Input: &plan.Filter{Input: &inner, Conj: having}}
	for i, c := range n.Calls {
		k := len(n.Keys) + len(n.Calls) + i
		out.Calls = append(out.Calls, mergedPart(c, column(k, fields[k])))
	}
	return totalOf(out)
}
