package bind

import (
	"slices"

	"github.com/freshetdb/freshet/columnar/chcode"
	"github.com/freshetdb/freshet/columnar/expr"
	"github.com/freshetdb/freshet/columnar/types"
	"github.com/freshetdb/freshet/query/ast"
	"github.com/freshetdb/freshet/query/plan"
)

// join binds a join of two sides. A RIGHT join is a LEFT join with the sides
// swapped back afterwards.
func (b *Binder) join(t *ast.Join, s *scope) (source, error) {
	kind, strictness, err := joinShape(t)
	if err != nil {
		return source{}, err
	}
	left, err := b.from(t.Left, s)
	if err != nil {
		return source{}, err
	}
	right, err := b.from(t.Right, s)
	if err != nil {
		return source{}, err
	}
	if l, r := aliasOf(t.Left), aliasOf(t.Right); l != "" && l == r {
		return source{}, chcode.Errorf(chcode.MultipleExpressionsForAlias, "Multiple table expressions with same alias %s", l)
	}
	n := &plan.Join{Kind: kind, Strictness: strictness, UseNulls: b.opts.JoinUseNulls}
	if err := b.using(n, t.Using, &left, &right); err != nil {
		return source{}, err
	}
	width := len(left.node.Fields())
	n.Left, n.Right = left.node, right.node
	both := append(append([]field(nil), left.fields...), shift(right.fields, width)...)
	switch {
	case len(t.Using) > 0:
	case t.On != nil:
		err = b.on(n, t.On, both, width, s)
	case kind != plan.Cross:
		err = chcode.Errorf(chcode.InvalidJoinOnExpression, "%s JOIN needs ON or USING", t.Kind)
	}
	if err != nil {
		return source{}, err
	}
	label(both, len(left.fields))
	if kind == plan.Right {
		out := b.swapped(n, both, width)
		out.fields = usingFirst(out.fields, t.Using)
		return out, nil
	}
	retype(both, n)
	both = usingFirst(both, t.Using)
	return source{node: n, fields: both}, nil
}

func aliasOf(t ast.TableExpr) string {
	if e, ok := t.(*ast.TableElement); ok {
		return e.Alias
	}
	return ""
}

func joinShape(t *ast.Join) (plan.JoinKind, plan.Strictness, error) {
	if t.Natural || t.Kind == ast.JoinPaste || t.Strictness == ast.StrictnessAsof || t.Kind == ast.JoinFull {
		return 0, 0, chcode.Errorf(chcode.NotImplemented, "%s %s JOIN is not supported", t.Strictness, t.Kind)
	}
	kind := map[ast.JoinKind]plan.JoinKind{
		ast.JoinInner: plan.Inner, ast.JoinLeft: plan.Left, ast.JoinRight: plan.Right,
		ast.JoinCross: plan.Cross, ast.JoinComma: plan.Cross,
	}[t.Kind]
	strictness := map[ast.JoinStrictness]plan.Strictness{
		ast.StrictnessNone: plan.All, ast.StrictnessAll: plan.All, ast.StrictnessAny: plan.Any,
		ast.StrictnessSemi: plan.Semi, ast.StrictnessAnti: plan.Anti,
	}[t.Strictness]
	if strictness == plan.Any && kind == plan.Inner {
		return 0, 0, chcode.Errorf(chcode.NotImplemented, "ANY INNER JOIN is not supported; use ANY LEFT or SEMI LEFT JOIN")
	}
	return kind, strictness, nil
}

func shift(fields []field, by int) []field {
	out := make([]field, len(fields))
	for i, f := range fields {
		if f.pos >= 0 {
			f.pos += by
		}
		out[i] = f
	}
	return out
}

// label gives columns of the right side that the left side has too their
// table's name, as ClickHouse prints them.
func label(fields []field, left int) {
	for i := left; i < len(fields); i++ {
		f := &fields[i]
		for j := range left {
			if fields[j].Name == f.Name && !fields[j].isTwin && f.Table != "" && (!f.hidden || f.isTwin) {
				f.label = f.Table + "." + f.Name
			}
		}
	}
}

// retype takes over the types of the join's output (join_use_nulls).
func retype(fields []field, n plan.Node) {
	out := n.Fields()
	for i := range fields {
		if fields[i].pos >= 0 {
			fields[i].Type = out[fields[i].pos].Type
		}
	}
}

// using matches equally named columns, which get the type that they have in common; the
// left one stands for both, of a RIGHT join the right one.
func (b *Binder) using(n *plan.Join, names []ast.Expr, left, right *source) error {
	for _, name := range names {
		l, le, err := b.usingColumn(name, left)
		if err != nil {
			return err
		}
		r, re, err := b.usingColumn(name, right)
		if err != nil {
			return err
		}
		t, err := expr.Supertype(le.Type(), re.Type())
		if err != nil {
			return chcode.Errorf(chcode.NoCommonType, "No common type for %s and %s in USING of %s", le.Type(), re.Type(), l.Name)
		}
		if le, err = b.retyped(left, l, le, &t); err != nil {
			return err
		}
		if re, err = b.retyped(right, r, re, &t); err != nil {
			return err
		}
		if err := b.addKeys(n, le, re); err != nil {
			return err
		}
		other := right.fields
		if n.Kind == plan.Right { // All of its rows are there, not all of the left side's.
			other = left.fields
		}
		for i := range other {
			if other[i].Name == l.Name {
				other[i].hidden, other[i].isTwin = true, true
			}
		}
	}
	return nil
}

// usingColumn is the column of a side that USING names.
func (b *Binder) usingColumn(name ast.Expr, side *source) (*field, expr.Expr, error) {
	id, ok := name.(*ast.Ident)
	if !ok || id.Name() == "" {
		return nil, nil, chcode.Errorf(chcode.InvalidJoinOnExpression, "USING takes column names, not %s", ast.Format(name))
	}
	s := newScope(nil)
	s.fields = side.fields
	f, err := s.lookup(id.Parts)
	if err != nil {
		return nil, nil, err
	}
	if f == nil {
		return nil, nil, s.unknown(id.Parts)
	}
	e, err := b.fieldExpr(f, s)
	return f, e, err
}

// retyped puts the column f of a side, which is e, in another type beside the others.
func (b *Binder) retyped(side *source, f *field, e expr.Expr, t *types.Type) (expr.Expr, error) {
	if e.Type().Equal(*t) {
		return e, nil
	}
	e, err := b.castTo(e, *t)
	exprs, names := passThrough(side.node)
	f.pos, f.alias, f.Type = len(exprs), nil, *t
	side.node = &plan.Project{Input: side.node, Exprs: append(exprs, e), Names: append(names, f.Name)}
	return &expr.Column{Pos: f.pos, Name: f.Name, T: *t}, err
}

// usingFirst puts the columns of USING before all others, as * shows them.
func usingFirst(fields []field, names []ast.Expr) []field {
	var first, rest []field
	for _, f := range fields {
		at := slices.IndexFunc(names, func(e ast.Expr) bool {
			id, ok := e.(*ast.Ident)
			return ok && id.Name() == f.Name
		})
		if at >= 0 && !f.hidden {
			first = append(first, f)
		} else {
			rest = append(rest, f)
		}
	}
	return append(first, rest...)
}

// addKeys adds a pair of equal keys, cast to their common type.
func (b *Binder) addKeys(n *plan.Join, l, r expr.Expr) error {
	t, err := expr.Supertype(l.Type().Plain(), r.Type().Plain())
	if err != nil {
		return chcode.Errorf(chcode.TypeMismatch, "Can't join on %s = %s: types %s and %s", l, r, l.Type(), r.Type())
	}
	if t.Kind == types.Bool && l.Type().Kind != r.Type().Kind { // The common type is Bool, but 2 is not true.
		t = types.Of(types.UInt8)
	}
	if l, err = b.castKey(l, t); err != nil {
		return err
	}
	if r, err = b.castKey(r, t); err != nil {
		return err
	}
	n.LeftKeys, n.RightKeys = append(n.LeftKeys, l), append(n.RightKeys, r)
	return nil
}

func (b *Binder) castKey(e expr.Expr, t types.Type) (expr.Expr, error) {
	if e.Type().Nullable {
		t = t.AsNullable()
	}
	return b.castTo(e, t)
}

// on splits a condition into pairs of equal keys and the rest.
func (b *Binder) on(n *plan.Join, cond ast.Expr, both []field, width int, outer *scope) error {
	s := newScope(outer)
	s.fields = both
	bound, err := b.scalar(cond, s)
	if err != nil {
		return err
	}
	var rest []expr.Expr
	for _, c := range expr.Conjuncts(bound) {
		l, r, ok := keyPair(c, width)
		if !ok {
			rest = append(rest, c)
			continue
		}
		if err := b.addKeys(n, l, r); err != nil {
			return err
		}
	}
	n.Residual, err = b.and(rest)
	return err
}

func (b *Binder) and(conj []expr.Expr) (expr.Expr, error) {
	switch len(conj) {
	case 0:
		return nil, nil
	case 1:
		return conj[0], nil
	default:
		return expr.NewCall(b.expr, "and", conj)
	}
}

// keyPair finds "left = right" where each side uses columns of one side of the
// join only; r's columns are made relative to the right side.
func keyPair(e expr.Expr, width int) (l, r expr.Expr, ok bool) {
	c, isCall := e.(*expr.Call)
	if !isCall || c.Name != "equals" {
		return nil, nil, false
	}
	l, r = c.Args[0], c.Args[1]
	ls, rs := sideOf(l, width), sideOf(r, width)
	if ls == rightSide && rs == leftSide {
		l, r, ls, rs = r, l, rs, ls
	}
	if ls != leftSide || rs != rightSide {
		return nil, nil, false
	}
	return l, moveColumns(r, func(pos int) int { return pos - width }), true
}

const (
	noSide = iota
	leftSide
	rightSide
	bothSides
)

func sideOf(e expr.Expr, width int) int {
	side := noSide
	for _, c := range expr.Columns(e) {
		if c < width {
			side |= leftSide
		} else {
			side |= rightSide
		}
	}
	return side
}

// moveColumns changes the position of every column in e.
func moveColumns(e expr.Expr, to func(pos int) int) expr.Expr {
	return expr.Rewrite(e, func(e expr.Expr) expr.Expr {
		if c, ok := e.(*expr.Column); ok {
			moved := *c
			moved.Pos = to(c.Pos)
			return &moved
		}
		return e
	})
}

// swapped turns a RIGHT join into a LEFT join of the sides exchanged and puts
// the columns back in order.
func (b *Binder) swapped(n *plan.Join, fields []field, width int) source {
	out := &plan.Join{
		Left: n.Right, Right: n.Left, Kind: plan.Left, Strictness: n.Strictness,
		LeftKeys: n.RightKeys, RightKeys: n.LeftKeys, UseNulls: n.UseNulls,
	}
	rightWidth := len(n.Right.Fields())
	place := func(pos int) int {
		if pos < width {
			return pos + rightWidth
		}
		return pos - width
	}
	if n.Residual != nil {
		out.Residual = moveColumns(n.Residual, place)
	}
	p := &plan.Project{Input: out}
	joined := out.Fields()
	for pos := range joined {
		f := joined[place(pos)]
		p.Exprs = append(p.Exprs, column(place(pos), f))
		p.Names = append(p.Names, f.Name)
	}
	retype(fields, p)
	return source{node: p, fields: fields}
}
