package bind

import (
	"fmt"
	"slices"
	"strings"

	"github.com/freshetdb/freshet/columnar/agg"
	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/chcode"
	"github.com/freshetdb/freshet/columnar/expr"
	"github.com/freshetdb/freshet/columnar/types"
	"github.com/freshetdb/freshet/query/ast"
	"github.com/freshetdb/freshet/query/plan"
)

// windowBase marks columns that stand for the result of a window function until
// the plan is put together. It is above aggBase: whoever looks for aggregates
// must not take one for the other.
const windowBase = 1 << 28

// windowing collects the window functions of one SELECT.
type windowing struct {
	named map[string]*ast.Window
	calls []windowCall
	index map[string]int // fingerprint -> call
}

// windowCall is a window function bound over what the SELECT's rows are before
// windows: the columns of FROM, or keys and aggregates.
type windowCall struct {
	plan.WindowCall
	args      []expr.Expr
	partition []expr.Expr
	order     []orderKey
}

// window binds f(args) OVER (…) and stands in for its result.
func (b *Binder) window(e *ast.FuncCall, s *scope) (expr.Expr, error) {
	name := ast.ColumnName(e)
	switch {
	case s.inAgg:
		return nil, chcode.Errorf(chcode.IllegalAggregation,
			"Window function %s is found inside an aggregate function in query", name)
	case s.inWindow:
		return nil, chcode.Errorf(chcode.IllegalAggregation,
			"Window function %s is found inside another window function in query", name)
	case s.windows == nil:
		return nil, chcode.Errorf(chcode.IllegalAggregation,
			"Window function %s is found where none may stand (WHERE, HAVING, GROUP BY, JOIN or a definition)", name)
	}
	inner := *s
	inner.inWindow = true
	c := windowCall{WindowCall: plan.WindowCall{Name: name}}
	w, err := s.windows.resolve(e.Over)
	if err != nil {
		return nil, err
	}
	if err := b.windowKeys(&c, w, &inner); err != nil {
		return nil, err
	}
	fn, params, err := b.windowFunction(&c, e, &inner)
	if err != nil {
		return nil, err
	}
	if err := b.frame(&c, fn, w.Frame, &inner); err != nil {
		return nil, err
	}
	return s.windows.add(c, params), nil
}

// resolve follows the names of windows to a definition.
func (w *windowing) resolve(n *ast.Window) (*ast.Window, error) {
	if n.Name == "" {
		return n, nil
	}
	base, ok := w.named[n.Name]
	if !ok {
		return nil, chcode.Errorf(chcode.BadArguments, "Window '%s' does not exist", n.Name)
	}
	base, err := w.resolve(base)
	if err != nil || n.IsReference {
		return base, err
	}
	refuse := func(what string) (*ast.Window, error) {
		return nil, chcode.Errorf(chcode.BadArguments, "A window derived from '%s' %s", n.Name, what)
	}
	switch {
	case len(n.PartitionBy) > 0:
		return refuse("is not allowed to override PARTITION BY")
	case len(n.OrderBy) > 0 && len(base.OrderBy) > 0:
		return refuse("is not allowed to override a non-empty ORDER BY")
	case base.Frame != nil:
		return refuse("needs a parent without a frame")
	}
	out := *base
	if len(n.OrderBy) > 0 {
		out.OrderBy = n.OrderBy
	}
	out.Frame = n.Frame
	return &out, nil
}

// define takes the WINDOW clause; a window may be derived from one before it.
func (w *windowing) define(list []*ast.NamedWindow) error {
	for _, n := range list {
		if _, dup := w.named[n.Name]; dup {
			return chcode.Errorf(chcode.BadArguments, "Window '%s' is defined twice", n.Name)
		}
		def, err := w.resolve(n.Window)
		if err != nil {
			return err
		}
		w.named[n.Name] = def
	}
	return nil
}

// windowKeys binds PARTITION BY and ORDER BY; constants order nothing.
func (b *Binder) windowKeys(c *windowCall, w *ast.Window, s *scope) error {
	for _, k := range w.PartitionBy {
		e, err := b.expression(k, s)
		if err != nil {
			return err
		}
		if _, ok := e.(*expr.Const); !ok {
			c.partition = append(c.partition, e)
		}
	}
	for _, it := range w.OrderBy {
		if it.Expr == nil || it.Fill != nil || it.Collate != "" {
			return chcode.Errorf(chcode.NotImplemented, "ALL, WITH FILL and COLLATE are not supported in a window")
		}
		e, err := b.expression(it.Expr, s)
		if err != nil {
			return err
		}
		c.order = append(c.order, orderKey{expr: e, item: it})
	}
	return nil
}

// windowFunction binds the function itself: one of windows, or any aggregate.
func (b *Binder) windowFunction(c *windowCall, e *ast.FuncCall, s *scope) (windowFunc, []*batch.Vector, error) {
	name, argNodes, err := aggregateName(e)
	if err != nil {
		return windowFunc{}, nil, err
	}
	for _, a := range argNodes {
		if _, ok := a.(*ast.Star); ok && strings.EqualFold(e.Name, "count") {
			continue
		}
		bound, err := b.expression(a, s)
		if err != nil {
			return windowFunc{}, nil, err
		}
		c.args = append(c.args, bound)
	}
	if fn, ok := windowFuncOf(e.Name); ok {
		c.Func = fn.name
		c.Result, err = fn.bind(b, c)
		return fn, nil, err
	}
	if !agg.IsAggregate(e.Name) {
		names := agg.Names()
		for _, f := range windowFuncs() {
			names = append(names, f.name)
		}
		return windowFunc{}, nil, chcode.Errorf(chcode.UnknownAggregateFunction, "Unknown aggregate function %s%s", e.Name, types.Hint(e.Name, names))
	}
	params := make([]*batch.Vector, len(e.Params))
	for i, p := range e.Params {
		if params[i], err = b.Constant(p); err != nil {
			return windowFunc{}, nil, err
		}
	}
	ts := make([]types.Type, len(c.args))
	for i, a := range c.args {
		ts[i] = a.Type()
	}
	if c.Agg, err = agg.New(name, params, ts); err != nil {
		return windowFunc{}, nil, err
	}
	c.Result = c.Agg.Result()
	return windowFunc{}, params, nil
}

// add gives the column that stands for the call's result, the same for equal calls.
func (w *windowing) add(c windowCall, params []*batch.Vector) expr.Expr {
	var key strings.Builder
	fmt.Fprintf(&key, "%s\x00%s\x00%s", c.Func, c.Agg.Name(), c.Frame)
	for _, p := range params {
		key.WriteString("\x00" + p.Type.String())
		key.Write(p.Encode(nil))
	}
	for _, x := range c.args {
		key.WriteString("\x01" + fingerprint(x))
	}
	for _, x := range c.partition {
		key.WriteString("\x02" + fingerprint(x))
	}
	for _, k := range c.order {
		fmt.Fprintf(&key, "\x03%s,%t,%d", fingerprint(k.expr), k.item.Desc, k.item.Nulls)
	}
	i, ok := w.index[key.String()]
	if !ok {
		i = len(w.calls)
		w.calls = append(w.calls, c)
		w.index[key.String()] = i
	}
	return &expr.Column{Pos: windowBase + i, Name: c.Name, T: c.Result}
}

// window puts the window steps over the rows (of FROM, or the groups) and under
// the select list. Windows with equal keys become one step; those with more
// keys come first, so that the others may find their rows sorted.
func (s *selectBinder) window() error {
	calls := s.scope.windows.calls
	if len(calls) > 0 {
		s.node = s.windows(calls)
	}
	if len(s.qualify) > 0 {
		s.node = &plan.Filter{Input: s.node, Conj: s.qualify}
	}
	return nil
}

// windows makes the steps and puts the columns of their results in the place of
// those that stood for them.
func (s *selectBinder) windows(calls []windowCall) plan.Node {
	in := &plan.Project{Input: s.node}
	in.Exprs, in.Names = passThrough(s.node)
	where := map[string]int{}
	place := func(e expr.Expr) int {
		if c, ok := e.(*expr.Column); ok {
			return c.Pos
		}
		key := fingerprint(e)
		if i, ok := where[key]; ok {
			return i
		}
		where[key] = len(in.Exprs)
		in.Exprs = append(in.Exprs, e)
		in.Names = append(in.Names, e.String())
		return where[key]
	}
	var steps []*plan.Window
	var members [][]int // per step: its calls
	for i, c := range calls {
		w := &plan.Window{}
		for _, e := range c.partition {
			if at := place(e); !slices.Contains(w.Partition, at) {
				w.Partition = append(w.Partition, at)
			}
		}
		w.Order = windowOrder(c.order, place)
		for _, a := range c.args {
			c.Args = append(c.Args, place(a))
		}
		at := slices.IndexFunc(steps, func(o *plan.Window) bool {
			return slices.Equal(o.Partition, w.Partition) && slices.Equal(o.Order, w.Order)
		})
		if at < 0 {
			at = len(steps)
			steps, members = append(steps, w), append(members, nil)
		}
		steps[at].Calls = append(steps[at].Calls, c.WindowCall)
		members[at] = append(members[at], i)
	}
	var node plan.Node = in
	if len(in.Exprs) == len(s.node.Fields()) {
		node = s.node
	}
	pos := len(in.Exprs)
	to := make([]int, len(calls))
	for _, at := range bySortKeys(steps) {
		steps[at].Input = node
		node = steps[at]
		for _, call := range members[at] {
			to[call] = pos
			pos++
		}
	}
	s.moveWindows(to)
	return node
}

// bySortKeys numbers the steps, those with the most keys first.
func bySortKeys(steps []*plan.Window) []int {
	out := make([]int, len(steps))
	for i := range out {
		out[i] = i
	}
	slices.SortStableFunc(out, func(a, b int) int { return len(steps[b].SortKeys()) - len(steps[a].SortKeys()) })
	return out
}

func windowOrder(keys []orderKey, place func(expr.Expr) int) []plan.SortKey {
	var out []plan.SortKey
	for _, k := range keys {
		if _, ok := k.expr.(*expr.Const); ok {
			continue
		}
		out = append(out, plan.SortKey{Col: place(k.expr), Desc: k.item.Desc, NullsFirst: k.item.Nulls == ast.NullsFirst})
	}
	return out
}

// moveWindows gives the columns that stand for window functions their places.
func (s *selectBinder) moveWindows(to []int) {
	move := func(e expr.Expr) expr.Expr {
		return expr.Rewrite(e, func(e expr.Expr) expr.Expr {
			if c, ok := e.(*expr.Column); ok && c.Pos >= windowBase {
				return &expr.Column{Pos: to[c.Pos-windowBase], Name: c.Name, T: c.T}
			}
			return e
		})
	}
	for _, list := range [][]expr.Expr{s.list, s.by, s.qualify} {
		for i, e := range list {
			list[i] = move(e)
		}
	}
	for i := range s.order {
		s.order[i].expr = move(s.order[i].expr)
	}
}
