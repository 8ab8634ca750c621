package bind

import (
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

// call binds a function: of the server, of an aggregate, of arrays with a
// lambda, or scalar.
func (b *Binder) call(e *ast.FuncCall, s *scope) (expr.Expr, error) {
	if e.Over != nil {
		return b.window(e, s)
	}
	switch strings.ToLower(e.Name) {
	case "grouping":
		return b.grouping(e, s)
	case "arrayjoin", "untuple":
		return nil, chcode.Errorf(chcode.NotImplemented, "Function %s is not supported", e.Name)
	case "in", "notin", "globalin", "globalnotin":
		if len(e.Args) == 2 {
			return b.in(&ast.In{Expr: e.Args[0], Right: e.Args[1], Not: strings.Contains(strings.ToLower(e.Name), "not")}, s)
		}
	}
	if out, ok, err := b.timeWindow(e, s); ok {
		return out, err
	}
	if agg.IsAggregate(e.Name) {
		return b.aggregate(e, s)
	}
	if _, ok := windowFuncOf(e.Name); ok {
		return nil, chcode.Errorf(chcode.BadArguments,
			"The function '%s' can only be used as a window function, not as an aggregate function", e.Name)
	}
	if e.HasParams || e.Distinct || e.Filter != nil {
		return nil, chcode.Errorf(chcode.UnknownAggregateFunction, "Unknown aggregate function %s", e.Name)
	}
	for _, a := range e.Args {
		if _, ok := a.(*ast.Lambda); ok {
			return b.withLambda(e, s)
		}
	}
	given, err := b.spread(e.Args, s)
	if err != nil {
		return nil, err
	}
	args := make([]expr.Expr, len(given))
	for i, a := range given {
		if args[i], err = b.expression(a, s); err != nil {
			return nil, err
		}
	}
	if v, ok, err := b.serverConstant(e.Name, args); ok || err != nil {
		return v, err
	}
	if strings.EqualFold(e.Name, "toTypeName") && len(args) == 1 {
		return constant(text(args[0].Type().String())), nil // its argument is not evaluated
	}
	return expr.NewCall(b.expr, e.Name, args)
}

// spread puts columns in the place of * and COLUMNS among the arguments of a function.
func (b *Binder) spread(args []ast.Expr, s *scope) ([]ast.Expr, error) {
	if !slices.ContainsFunc(args, isStar) {
		return args, nil
	}
	var out []ast.Expr
	for _, a := range args {
		if !isStar(a) {
			out = append(out, a)
			continue
		}
		items, err := b.list([]ast.Expr{a}, s)
		if err != nil {
			return nil, err
		}
		for _, it := range items {
			out = append(out, it.expr)
		}
	}
	return out, nil
}

func isStar(e ast.Expr) bool {
	switch e.(type) {
	case *ast.Star, *ast.Columns:
		return true
	default:
		return false
	}
}

func (b *Binder) serverConstant(name string, args []expr.Expr) (expr.Expr, bool, error) {
	values := make([]*batch.Vector, len(args))
	for i, a := range args {
		c, ok := a.(*expr.Const)
		if !ok {
			return nil, false, nil
		}
		values[i] = c.Vec
	}
	if b.catalog == nil {
		return nil, false, nil
	}
	v, ok, err := b.catalog.Constant(name, values)
	if !ok || err != nil {
		return nil, ok, err
	}
	return constant(v), true, nil
}

// withLambda binds a call whose first argument is a lambda: the arrays first,
// since they give the types of its parameters.
func (b *Binder) withLambda(e *ast.FuncCall, s *scope) (expr.Expr, error) {
	l, ok := e.Args[0].(*ast.Lambda)
	if !ok {
		return nil, chcode.Errorf(chcode.BadArguments, "The lambda must be the first argument of %s", e.Name)
	}
	if !expr.IsFunction(e.Name) {
		_, err := expr.NewCall(b.expr, e.Name, nil)
		return nil, err
	}
	args := make([]expr.Expr, len(e.Args))
	var arrays []types.Type
	for i, a := range e.Args[1:] {
		bound, err := b.expression(a, s)
		if err != nil {
			return nil, err
		}
		args[i+1] = bound
		arrays = append(arrays, bound.Type())
	}
	ts, err := expr.LambdaParams(e.Name, arrays)
	if err != nil {
		return nil, err
	}
	if len(ts) != len(l.Params) {
		return nil, chcode.Errorf(chcode.NumberOfArgumentsDoesntMatch,
			"Function %s gives its lambda %d arguments, it takes %d", e.Name, len(ts), len(l.Params))
	}
	lambda := &expr.Lambda{}
	params := make(map[string]*expr.Column, len(ts))
	for i, p := range l.Params {
		c := &expr.Column{Pos: expr.ParamPos(s.params + i), Name: p, T: ts[i]}
		lambda.Params = append(lambda.Params, c)
		params[p] = c
	}
	body, err := b.expression(l.Body, s.child(params))
	if err != nil {
		return nil, err
	}
	lambda.Body = body
	args[0] = lambda
	return expr.NewCall(b.expr, e.Name, args)
}

// aggBase marks columns that stand for the result of an aggregate until the
// plan is put together.
const aggBase = 1 << 24

// aggregation collects the aggregates of one SELECT.
type aggregation struct {
	calls []plan.AggCall
	index map[string]int // fingerprint -> call
	slide *sliding       // nil: none
	// grouping are the calls of grouping(…).
	grouping []groupingCall
}

// aggregate binds an aggregate function and stands in for its result.
func (b *Binder) aggregate(e *ast.FuncCall, s *scope) (expr.Expr, error) {
	if s.inAgg {
		return nil, chcode.Errorf(chcode.IllegalAggregation,
			"Aggregate function %s is found inside another aggregate function in query", ast.ColumnName(e))
	}
	if s.aggs == nil {
		return nil, chcode.Errorf(chcode.IllegalAggregation,
			"Aggregate function %s is found where none may stand (WHERE, GROUP BY, JOIN or a definition)", ast.ColumnName(e))
	}
	inner := *s
	inner.inAgg = true
	name, argNodes, err := aggregateName(e)
	if err != nil {
		return nil, err
	}
	var args []expr.Expr
	for _, a := range argNodes {
		if _, ok := a.(*ast.Star); ok && strings.EqualFold(e.Name, "count") {
			continue
		}
		bound, err := b.expression(a, &inner)
		if err != nil {
			return nil, err
		}
		args = append(args, bound)
	}
	params := make([]*batch.Vector, len(e.Params))
	for i, p := range e.Params {
		v, err := b.Constant(p)
		if err != nil {
			return nil, err
		}
		params[i] = v
	}
	ts := make([]types.Type, len(args))
	for i, a := range args {
		ts[i] = a.Type()
	}
	f, err := agg.New(name, params, ts)
	if err != nil {
		return nil, hintOfState(err, ts)
	}
	return s.aggs.add(plan.AggCall{Func: f, Args: args, Name: ast.ColumnName(e)}), nil
}

// hintOfState says how to read a column of states when a function refuses it.
func hintOfState(err error, ts []types.Type) error {
	for _, t := range ts {
		if t.Kind == types.AggregateFunction {
			return chcode.Errorf(chcode.Of(err), "%w. It is a state of %s: use %sMerge, or finalizeAggregation", err, t.Func, t.Func)
		}
	}
	return err
}

// aggregateName resolves RESPECT NULLS into a name, DISTINCT and FILTER into
// combinators.
func aggregateName(e *ast.FuncCall) (string, []ast.Expr, error) {
	name, args := e.Name, e.Args
	if e.Nulls == ast.NullsRespect {
		if name += "_respect_nulls"; !agg.IsAggregate(name) {
			return "", nil, chcode.Errorf(chcode.NotImplemented, "Aggregate function %s has no RESPECT NULLS", e.Name)
		}
	}
	if e.Distinct {
		if strings.EqualFold(name, "count") {
			name = "uniqExact"
		} else {
			name += "Distinct"
		}
	}
	if e.Filter != nil {
		name += "If"
		args = append(append([]ast.Expr(nil), args...), e.Filter)
	}
	return name, args, nil
}

// add gives the column that stands for the call's result, the same for equal
// calls.
func (a *aggregation) add(c plan.AggCall) expr.Expr {
	var b strings.Builder
	b.WriteString(strings.ToLower(c.Func.Name())) // No two functions differ in case alone.
	for _, p := range c.Func.Params() {
		b.WriteString("\x00" + string(p.Encode([]byte(p.Type.String()))))
	}
	for _, x := range c.Args {
		b.WriteString("\x01" + fingerprint(x))
	}
	key := b.String()
	i, ok := a.index[key]
	if !ok {
		i = len(a.calls)
		a.calls = append(a.calls, c)
		a.index[key] = i
	}
	return &expr.Column{Pos: aggBase + i, Name: c.Name, T: c.Func.Result()}
}
