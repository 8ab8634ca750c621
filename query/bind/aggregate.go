package bind

import (
	"github.com/freshetdb/freshet/columnar/chcode"
	"github.com/freshetdb/freshet/columnar/expr"
	"github.com/freshetdb/freshet/query/ast"
	"github.com/freshetdb/freshet/query/plan"
)

// group puts an Aggregate under the select list when the query has keys or
// aggregates, and rewrites everything above it to its output: expressions equal
// to a key become that key, aggregates their result, other columns are errors.
func (s *selectBinder) group() error {
	g := s.q.GroupBy
	slide := s.scope.aggs.slide
	if g == nil && len(s.scope.aggs.calls) == 0 {
		if slide != nil {
			return misplacedSlide()
		}
		if len(s.scope.aggs.grouping) > 0 {
			return chcode.Errorf(chcode.IllegalAggregation, "GROUPING function %s is found in SELECT without GROUP BY", s.scope.aggs.grouping[0].name)
		}
		if len(s.conj) > 0 { // HAVING without aggregation filters rows
			s.node = &plan.Filter{Input: s.node, Conj: s.conj}
		}
		return nil
	}
	if g == nil && len(s.scope.aggs.grouping) > 0 {
		return chcode.Errorf(chcode.IllegalAggregation, "GROUPING function %s is found in SELECT without GROUP BY", s.scope.aggs.grouping[0].name)
	}
	keys, written, err := s.groupKeys(g)
	if err != nil {
		return err
	}
	n, above := s.groupBy(keys)
	base := n
	if slide != nil {
		if n, err = s.slideGroups(n, slide); err != nil {
			return err
		}
	}
	if g != nil {
		if n, err = s.spread(n, g.Kind, written, above); err != nil {
			return err
		}
	}
	above.node = n
	s.node = n
	for _, list := range []*[]expr.Expr{&s.list, &s.conj, &s.by, &s.qualify} {
		for i, e := range *list {
			if (*list)[i], err = above.move(e); err != nil {
				return err
			}
		}
	}
	for i := range s.order {
		if s.order[i].expr, err = above.move(s.order[i].expr); err != nil {
			return err
		}
	}
	if err := s.scope.windows.moveAll(above.move); err != nil {
		return err
	}
	if g != nil && g.Totals {
		if err := s.bindTotals(base, above.sets != nil); err != nil {
			return err
		}
	}
	if len(s.conj) > 0 {
		s.node = &plan.Filter{Input: s.node, Conj: s.conj}
	}
	return nil
}

// groupBy is the aggregation by keys, each of them once.
func (s *selectBinder) groupBy(keys []expr.Expr) (*plan.Aggregate, *aboveGroup) {
	n := &plan.Aggregate{Input: s.node, Calls: s.scope.aggs.calls}
	above := &aboveGroup{ctx: s.expr, aggs: s.scope.aggs, keys: map[string]int{}}
	for _, k := range keys {
		if _, ok := k.(*expr.Const); ok {
			continue // one group either way; see constantKeys
		}
		key := fingerprint(k)
		if _, dup := above.keys[key]; dup {
			continue
		}
		above.keys[key] = len(n.Keys)
		n.Keys = append(n.Keys, k)
		n.KeyNames = append(n.KeyNames, k.String())
	}
	if len(n.Keys) == 0 && len(keys) > 0 {
		s.constantKeys(n, keys)
	}
	return n, above
}

// spread groups by the sets of ROLLUP, CUBE and GROUPING SETS. Without keys there is one
// group anyway, but of several sets that are written each has its own.
func (s *selectBinder) spread(n *plan.Aggregate, kind ast.GroupingKind, written [][]expr.Expr, above *aboveGroup) (*plan.Aggregate, error) {
	if len(above.keys) == 0 && len(written) < 2 {
		return n, nil
	}
	sets, err := groupingSets(kind, len(n.Keys), written, above.keys)
	if err != nil || sets == nil {
		return n, err
	}
	if s.scope.aggs.slide != nil {
		return nil, chcode.Errorf(chcode.NotImplemented, "slide(…) together with ROLLUP, CUBE or GROUPING SETS is not supported")
	}
	above.sets = sets
	areConstant := len(above.keys) == 0 && len(n.Keys) > 0
	return spreadSets(n, sets, kind == ast.GroupSets && !areConstant), nil
}

// moveAll changes the expressions that window functions are made of.
func (w *windowing) moveAll(move func(expr.Expr) (expr.Expr, error)) error {
	var err error
	for i := range w.calls {
		c := &w.calls[i]
		for _, list := range [][]expr.Expr{c.args, c.partition} {
			for k, e := range list {
				if list[k], err = move(e); err != nil {
					return err
				}
			}
		}
		for k := range c.order {
			if c.order[k].expr, err = move(c.order[k].expr); err != nil {
				return err
			}
		}
	}
	return nil
}

// constantKeys keeps one key when all are constant: GROUP BY 'a' over no rows
// gives no row, unlike an aggregation without keys.
func (s *selectBinder) constantKeys(n *plan.Aggregate, keys []expr.Expr) {
	n.Keys = keys[:1]
	n.KeyNames = []string{keys[0].String()}
}

// keys binds GROUP BY; ALL stands for the items without aggregates.
func (s *selectBinder) keys(g *ast.GroupBy) ([]expr.Expr, error) {
	if g == nil {
		return nil, nil
	}
	var keys []expr.Expr
	if g.All {
		for _, e := range s.list {
			if !hasAggregate(e) && !hasGrouping(e) {
				keys = append(keys, e)
			}
		}
		return keys, nil
	}
	for _, k := range g.Keys {
		e, err := s.positional(k)
		if err != nil {
			return nil, err
		}
		if hasAggregate(e) {
			return nil, chcode.Errorf(chcode.IllegalAggregation,
				"Aggregate or window function %s is found in GROUP BY in query", e)
		}
		keys = append(keys, e)
	}
	return keys, nil
}

func hasAggregate(e expr.Expr) bool {
	for _, c := range expr.Columns(e) {
		if c >= aggBase {
			return true
		}
	}
	return false
}

// aboveGroup rewrites expressions over the input of an Aggregate to its output.
type aboveGroup struct {
	ctx  *expr.Ctx
	aggs *aggregation
	node *plan.Aggregate
	keys map[string]int
	sets [][]int // the grouping sets, as places of keys; nil for one group a row
}

func (a *aboveGroup) move(e expr.Expr) (expr.Expr, error) {
	if i, ok := a.keys[fingerprint(e)]; ok {
		return &expr.Column{Pos: i, Name: a.node.KeyNames[i], T: e.Type()}, nil
	}
	if c, ok := e.(*expr.Column); ok {
		if c.Pos >= windowBase {
			return c, nil
		}
		if c.Pos >= aggBase {
			return &expr.Column{Pos: len(a.node.Keys) + c.Pos - aggBase, Name: c.Name, T: c.T}, nil
		}
		if c.Pos < 0 {
			return c, nil // a lambda's parameter
		}
		if c.Pos == slideColumn {
			return nil, misplacedSlide()
		}
		if isGrouping(c) {
			return a.groupingValue(a.ctx, &a.aggs.grouping[c.Pos-groupingBase])
		}
		return nil, chcode.Errorf(chcode.NotAnAggregate,
			"Column %s is not under aggregate function and not in GROUP BY keys", c.Name)
	}
	return expr.MapArgs(e, a.move)
}
