package bind

import (
	"math"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/chcode"
	"github.com/freshetdb/freshet/columnar/expr"
	"github.com/freshetdb/freshet/columnar/types"
	"github.com/freshetdb/freshet/query/ast"
	"github.com/freshetdb/freshet/query/plan"
)

// selectBinder holds what the steps of one SELECT hand on to each other.
type selectBinder struct {
	*Binder
	q     *ast.Select
	scope *scope
	node  plan.Node
	items []item      // the select list, stars expanded
	list  []expr.Expr // the select list, bound
	order []orderKey
	by    []expr.Expr // LIMIT BY keys
	conj  []expr.Expr // HAVING
	// qualify is QUALIFY, the condition on the results of window functions.
	qualify []expr.Expr
	totals  plan.Node // the row of WITH TOTALS; nil without
}

// orderKey is one bound key of ORDER BY.
type orderKey struct {
	expr expr.Expr
	item *ast.OrderItem
}

func (b *Binder) selectQuery(q *ast.Select, outer *scope) (plan.Node, error) {
	if hasTotals(q) {
		return nil, misplacedTotals()
	}
	s := &selectBinder{Binder: b, q: q, scope: newScope(outer)}
	err := s.bind()
	return s.node, err
}

func (s *selectBinder) bind() error {
	steps := []func() error{
		s.names, s.bindFrom, s.bindWhere, s.bindList, s.bindOrder, s.group, s.window, s.project,
	}
	for _, step := range steps {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

// names collects CTEs, named expressions and aliases.
func (s *selectBinder) names() error {
	if s.q.With != nil {
		if err := s.with(s.q.With, s.scope); err != nil {
			return err
		}
	}
	s.collect(s.q.Prewhere, s.q.Where, s.q.Having, s.q.Qualify)
	s.collect(s.q.List...)
	if g := s.q.GroupBy; g != nil {
		s.collect(g.Keys...)
		for _, set := range g.Sets {
			s.collect(set...)
		}
	}
	if o := s.q.OrderBy; o != nil {
		for _, it := range o.Items {
			s.collect(it.Expr)
		}
	}
	return nil
}

func (b *Binder) with(w *ast.With, s *scope) error {
	if w.Recursive {
		return chcode.Errorf(chcode.NotImplemented, "WITH RECURSIVE is not supported")
	}
	for _, it := range w.Items {
		if it.Query != nil {
			if s.ctes[it.Name] != nil {
				return chcode.Errorf(chcode.MultipleExpressionsForAlias, "CTE with name %s already exists", it.Name)
			}
			s.ctes[it.Name] = it
			continue
		}
		e := it.Expr
		if sub, ok := e.(*ast.Subquery); ok {
			// The value is computed once, however often it is used.
			v, err := b.scalarSubquery(sub.Query, s)
			if err != nil {
				return err
			}
			e = &boundExpr{Subquery: sub, expr: v}
		}
		s.define(&ast.Alias{Expr: e, Name: it.Name})
		s.collect(e)
	}
	return nil
}

// collect finds the aliases inside expressions, not inside their subqueries.
func (s *scope) collect(exprs ...ast.Expr) {
	for _, e := range exprs {
		ast.Walk(e, func(n ast.Node) bool {
			switch n := n.(type) {
			case ast.Query, *ast.Lambda:
				return false
			case *ast.Alias:
				s.define(n)
			}
			return true
		})
	}
}

// define notes an alias; the first expression of the name counts.
func (s *scope) define(a *ast.Alias) {
	if _, ok := s.aliases[a.Name]; ok {
		s.again = append(s.again, a)
		return
	}
	s.aliases[a.Name] = a.Expr
}

func (s *selectBinder) collect(exprs ...ast.Expr) { s.scope.collect(exprs...) }

func (s *selectBinder) bindFrom() error {
	src, err := s.from(s.q.From, s.scope)
	if err != nil {
		return err
	}
	s.node = src.node
	s.scope.fields = src.fields
	s.items, err = s.Binder.list(s.q.List, s.scope)
	return err
}

func (s *selectBinder) bindWhere() error {
	var conj []expr.Expr
	for _, cond := range []ast.Expr{s.q.Prewhere, s.q.Where} {
		if cond == nil {
			continue
		}
		c, err := s.condition(cond, s.scope)
		if err != nil {
			return err
		}
		conj = append(conj, c...)
	}
	if len(conj) > 0 {
		s.node = &plan.Filter{Input: s.node, Conj: conj}
	}
	return nil
}

// again refuses an alias whose name stands for another expression already.
func (s *selectBinder) again(a *ast.Alias) error {
	first := &ast.Alias{Expr: s.scope.aliases[a.Name], Name: a.Name}
	if _, isBound := first.Expr.(*boundExpr); !isBound && ast.Format(first.Expr) == ast.Format(a.Expr) {
		return nil
	}
	c := *s.scope
	c.aggs = &aggregation{index: map[string]int{}}
	c.windows = &windowing{named: s.scope.windows.named, index: map[string]int{}}
	one, err := s.expression(first, &c)
	if err != nil {
		return err
	}
	if other, err := s.expression(a, &c); err != nil || fingerprint(one) != fingerprint(other) {
		return chcode.Errorf(chcode.MultipleExpressionsForAlias, "Multiple expressions for alias %s: %s and %s", a.Name, one, ast.Format(a.Expr))
	}
	return nil
}

// condition binds a condition and takes its conjunction apart.
func (b *Binder) condition(e ast.Expr, s *scope) ([]expr.Expr, error) {
	bound, err := b.expression(e, s)
	if err != nil {
		return nil, err
	}
	if err := isCondition(bound); err != nil {
		return nil, err
	}
	return expr.Conjuncts(bound), nil
}

func isCondition(e expr.Expr) error {
	t := e.Type().Plain()
	if t.IsNumeric() && t.Kind != types.Decimal || t.Kind == types.Nothing {
		return nil
	}
	return chcode.Errorf(chcode.IllegalTypeOfColumnForFilter,
		"Invalid type for filter in WHERE: %s. Must be a number or Bool", e.Type())
}

// bindList binds the select list, ORDER BY and LIMIT BY come after it since
// they may name its items.
func (s *selectBinder) bindList() error {
	s.scope.aggs = &aggregation{index: map[string]int{}}
	s.scope.windows = &windowing{named: map[string]*ast.Window{}, index: map[string]int{}}
	if err := s.scope.windows.define(s.q.Windows); err != nil {
		return err
	}
	for _, a := range s.scope.again {
		if err := s.again(a); err != nil {
			return err
		}
	}
	for _, it := range s.items {
		e, err := s.expression(it.expr, s.scope)
		if err != nil {
			return err
		}
		s.list = append(s.list, e)
	}
	if s.q.Having != nil {
		having := *s.scope
		having.windows = nil
		var err error
		if s.conj, err = s.condition(s.q.Having, &having); err != nil {
			return err
		}
	}
	if s.q.Qualify != nil {
		var err error
		if s.qualify, err = s.condition(s.q.Qualify, s.scope); err != nil {
			return err
		}
	}
	return nil
}

func (s *selectBinder) bindOrder() error {
	if o := s.q.OrderBy; o != nil {
		if o.HasInterpolate {
			return chcode.Errorf(chcode.NotImplemented, "INTERPOLATE is not supported")
		}
		for _, it := range o.Items {
			if it.Fill != nil || it.Collate != "" {
				return chcode.Errorf(chcode.NotImplemented, "WITH FILL and COLLATE are not supported")
			}
			if err := s.orderItem(it, o.All); err != nil {
				return err
			}
		}
	}
	if l := s.q.LimitBy; l != nil {
		if l.All {
			return chcode.Errorf(chcode.NotImplemented, "LIMIT BY ALL is not supported")
		}
		for _, k := range l.Keys {
			e, err := s.positional(k)
			if err != nil {
				return err
			}
			s.by = append(s.by, e)
		}
	}
	return nil
}

func (s *selectBinder) orderItem(it *ast.OrderItem, all bool) error {
	if all {
		for _, e := range s.list {
			s.order = append(s.order, orderKey{expr: e, item: it})
		}
		return nil
	}
	e, err := s.positional(it.Expr)
	if err != nil {
		return err
	}
	s.order = append(s.order, orderKey{expr: e, item: it})
	return nil
}

// positional binds a key: an integer names an item of the select list.
func (s *selectBinder) positional(e ast.Expr) (expr.Expr, error) {
	if lit, ok := e.(*ast.Literal); ok && !s.opts.PositionalDisabled {
		n, isPosition := int64(lit.Uint), lit.Kind == ast.UintLiteral
		if lit.Kind == ast.IntLiteral {
			n, isPosition = int64(len(s.list))+lit.Int+1, true
		}
		if isPosition {
			if n < 1 || n > int64(len(s.list)) {
				return nil, chcode.Errorf(chcode.BadArguments,
					"Positional argument out of bounds: %d (expected in range [1, %d])", n, len(s.list))
			}
			return s.list[n-1], nil
		}
	}
	return s.expression(e, s.scope)
}

// project computes the select list and puts DISTINCT, ORDER BY, LIMIT BY and
// LIMIT above it. Keys that are not in the list are carried along and dropped at
// the end.
func (s *selectBinder) project() error {
	p := &plan.Project{Input: s.node, Exprs: append([]expr.Expr(nil), s.list...)}
	for _, it := range s.items {
		p.Names = append(p.Names, it.name)
	}
	where := map[string]int{}
	for i, e := range s.list {
		if _, ok := where[fingerprint(e)]; !ok {
			where[fingerprint(e)] = i
		}
	}
	place := func(e expr.Expr) int {
		key := fingerprint(e)
		if i, ok := where[key]; ok {
			return i
		}
		where[key] = len(p.Exprs)
		p.Exprs = append(p.Exprs, e)
		p.Names = append(p.Names, e.String())
		return where[key]
	}
	keys := s.sortKeys(place)
	by := make([]int, len(s.by))
	for i, e := range s.by {
		by[i] = place(e)
	}
	s.node = p
	if s.q.Distinct {
		d := &plan.Distinct{Input: s.node}
		if len(p.Exprs) > len(s.list) {
			for i := range s.list {
				d.Cols = append(d.Cols, i)
			}
		}
		s.node = d
	}
	if len(keys) > 0 {
		s.node = &plan.Sort{Input: s.node, Keys: keys}
	}
	if err := s.limits(keys, by); err != nil {
		return err
	}
	if len(p.Exprs) > len(s.list) {
		exprs, names := passThrough(s.node)
		s.node = &plan.Project{Input: s.node, Exprs: exprs[:len(s.list)], Names: names[:len(s.list)]}
	}
	return nil
}

func (s *selectBinder) sortKeys(place func(expr.Expr) int) []plan.SortKey {
	var keys []plan.SortKey
	for _, o := range s.order {
		if _, ok := o.expr.(*expr.Const); ok {
			continue
		}
		keys = append(keys, plan.SortKey{
			Col: place(o.expr), Desc: o.item.Desc, NullsFirst: o.item.Nulls == ast.NullsFirst,
		})
	}
	return keys
}

func (s *selectBinder) limits(keys []plan.SortKey, by []int) error {
	if l := s.q.LimitBy; l != nil {
		n, err := s.limit(l.Count, l.Offset)
		if err != nil {
			return err
		}
		if max(n.CountShare, n.OffsetShare) > 0 {
			return chcode.Errorf(chcode.NotImplemented, "Fractional LIMIT/OFFSET with LIMIT BY is not supported")
		}
		s.node = &plan.LimitBy{Input: s.node, Count: n.Count, Offset: n.Offset, Cols: by}
	}
	l := s.q.Limit
	if l == nil {
		return nil
	}
	n, err := s.limit(l.Count, l.Offset)
	if err != nil {
		return err
	}
	if l.WithTies {
		if len(keys) == 0 {
			return chcode.Errorf(chcode.LogicalError, "LIMIT WITH TIES without ORDER BY")
		}
		n.Ties = keys
	}
	n.Input = s.node
	s.node = n
	return nil
}

// limit computes LIMIT and OFFSET; without a count all rows pass.
func (s *selectBinder) limit(count, offset ast.Expr) (*plan.Limit, error) {
	n := &plan.Limit{Count: plan.AllRows}
	var err error
	if count != nil {
		if n.Count, n.CountShare, err = s.rowCount("LIMIT", count); err != nil {
			return nil, err
		}
	}
	if offset != nil {
		if n.Offset, n.OffsetShare, err = s.rowCount("OFFSET", offset); err != nil {
			return nil, err
		}
	}
	if n.Count < 0 && n.OffsetShare > 0 {
		return nil, chcode.Errorf(chcode.NotImplemented, "Negative LIMIT is not supported with fractional OFFSET")
	}
	if n.Offset < 0 && n.CountShare > 0 {
		return nil, chcode.Errorf(chcode.NotImplemented, "Fractional LIMIT is not supported with negative OFFSET")
	}
	return n, nil
}

// rowCount is a number of rows, or else a share of them. Numbers beyond Int64 are its
// bounds: no table has as many rows.
func (s *selectBinder) rowCount(clause string, e ast.Expr) (n int64, share float64, err error) {
	v, err := s.Constant(e)
	if err != nil {
		return 0, 0, chcode.Errorf(chcode.InvalidLimitExpression, "LIMIT and OFFSET take constants: %w", err)
	}
	isNumber := v.Type.IsInteger() || v.Type.IsFloat() || v.Type.Kind == types.Bool
	if !isNumber || v.IsNull(0) {
		return 0, 0, chcode.Errorf(chcode.InvalidLimitExpression,
			"%s expression must be constant with numeric type. Actual: %s", clause, ast.Format(e))
	}
	c, err := expr.NewCast(s.expr, constant(v), types.Of(types.Float64).AsNullable(), expr.CastPlain)
	if err != nil {
		return 0, 0, err
	}
	out, err := expr.Eval(s.expr, c, &batch.Batch{Rows: 1})
	if err != nil {
		return 0, 0, err
	}
	switch f := out.Data.([]float64)[0]; { //nolint:forcetypeassert // Float64
	case f > 0 && f < 1:
		return 0, f, nil
	case f == math.Trunc(f) && f >= math.MinInt64 && f < 1<<63:
		return int64(f), 0, nil
	case f == math.Trunc(f) && f >= 1<<63 && (f < 1<<64 || v.Type.IsInteger()):
		return math.MaxInt64, 0, nil
	}
	return 0, 0, chcode.Errorf(chcode.InvalidLimitExpression,
		"The value %s of %s expression is not representable as UInt64 or Int64 or Float64 in the range (0, 1)", ast.Format(e), clause)
}
