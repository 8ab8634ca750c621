package bind

import (
	"strings"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/chcode"
	"github.com/freshetdb/freshet/columnar/expr"
	"github.com/freshetdb/freshet/columnar/types"
	"github.com/freshetdb/freshet/query/ast"
)

// scalar binds an expression in which no aggregate may stand.
func (b *Binder) scalar(e ast.Expr, s *scope) (expr.Expr, error) {
	if s.aggs != nil || s.windows != nil {
		c := *s
		c.aggs, c.windows = nil, nil
		s = &c
	}
	return b.expression(e, s)
}

// expression binds e and folds what is constant.
func (b *Binder) expression(e ast.Expr, s *scope) (expr.Expr, error) {
	bound, err := b.bindNode(e, s)
	if err != nil {
		return nil, err
	}
	return expr.Fold(b.expr, bound)
}

func (b *Binder) bindNode(e ast.Expr, s *scope) (expr.Expr, error) {
	if err := b.grow(1); err != nil {
		return nil, err
	}
	switch e := e.(type) {
	case *boundExpr:
		return e.expr, nil
	case *ast.Literal:
		return literal(e)
	case *ast.Ident:
		return b.ident(e, s)
	case *ast.Alias:
		return b.alias(e, s)
	case *ast.FuncCall:
		return b.call(e, s)
	case *ast.Tuple:
		return b.apply("tuple", e.Items, s)
	case *ast.Array:
		return b.apply("array", e.Items, s)
	case *ast.Subscript:
		return b.apply("arrayElement", []ast.Expr{e.Expr, e.Index}, s)
	case *ast.TupleElement:
		return b.tupleElement(e, s)
	case *ast.Cast:
		return b.cast(e, s)
	case *ast.Case:
		return b.caseOf(e, s)
	case *ast.Interval:
		return b.apply("toInterval"+e.Unit.String(), []ast.Expr{e.Value}, s)
	case *ast.Param:
		return b.param(e)
	case *ast.Subquery:
		return b.scalarSubquery(e.Query, s)
	case *ast.Exists:
		return b.exists(e.Query, s)
	case *ast.In:
		return b.in(e, s)
	default:
		return b.operator(e, s)
	}
}

func (b *Binder) operator(e ast.Expr, s *scope) (expr.Expr, error) {
	switch e := e.(type) {
	case *ast.Binary:
		if e.Escape != nil {
			return nil, chcode.Errorf(chcode.NotImplemented, "LIKE with ESCAPE is not supported")
		}
		return b.apply(e.Op.Function(), []ast.Expr{e.Left, e.Right}, s)
	case *ast.Chain:
		return b.apply(e.Op.Function(), e.Args, s)
	case *ast.Unary:
		return b.apply(e.Op.Function(), []ast.Expr{e.Expr}, s)
	case *ast.Between:
		return b.between(e, s)
	case *ast.IsNull:
		if e.Not {
			return b.apply("isNotNull", []ast.Expr{e.Expr}, s)
		}
		return b.apply("isNull", []ast.Expr{e.Expr}, s)
	case *ast.Lambda:
		return nil, chcode.Errorf(chcode.BadArguments, "A lambda may stand only as an argument of a function of arrays: %s", ast.Format(e))
	case *ast.Star, *ast.Columns:
		return nil, chcode.Errorf(chcode.UnknownIdentifier, "%s may stand only in a list of columns", ast.Format(e))
	default:
		return nil, chcode.Errorf(chcode.NotImplemented, "This expression is not supported: %s", ast.Format(e))
	}
}

// apply binds the arguments and calls a function.
func (b *Binder) apply(name string, args []ast.Expr, s *scope) (expr.Expr, error) {
	bound := make([]expr.Expr, len(args))
	for i, a := range args {
		var err error
		if bound[i], err = b.expression(a, s); err != nil {
			return nil, err
		}
	}
	return expr.NewCall(b.expr, name, bound)
}

func (b *Binder) between(e *ast.Between, s *scope) (expr.Expr, error) {
	low, high, join := "greaterOrEquals", "lessOrEquals", "and"
	if e.Not {
		low, high, join = "less", "greater", "or"
	}
	return b.apply(join, []ast.Expr{ast.NewCall(low, e.Expr, e.Low), ast.NewCall(high, e.Expr, e.High)}, s)
}

// caseOf binds CASE as ClickHouse does: multiIf, or caseWithExpression.
func (b *Binder) caseOf(e *ast.Case, s *scope) (expr.Expr, error) {
	name := "multiIf"
	var args []ast.Expr
	if e.Operand != nil {
		name = "caseWithExpression"
		args = append(args, e.Operand)
	}
	for _, w := range e.Whens {
		args = append(args, w.Cond, w.Then)
	}
	other := e.Else
	if other == nil {
		other = &ast.Literal{Kind: ast.NullLiteral}
	}
	return b.apply(name, append(args, other), s)
}

// ident binds a name: a lambda's parameter, an alias of the query, a column, a
// named expression of a WITH around.
func (b *Binder) ident(e *ast.Ident, s *scope) (expr.Expr, error) {
	if f, ok := s.stars[e]; ok {
		return b.fieldExpr(f, s)
	}
	name := e.Name()
	if name != "" {
		if p, ok := s.lambda[name]; ok {
			return p, nil
		}
	}
	f, err := s.lookup(e.Parts)
	if err != nil {
		return nil, err
	}
	a, isAlias := s.aliases[name]
	if f != nil && (!isAlias || b.opts.PreferColumnName || s.busy[name]) {
		return b.fieldExpr(f, s)
	}
	if isAlias {
		return b.named(name, a, s)
	}
	if s.parent != nil && name != "" {
		if outer, ok := s.parent.named(name); ok {
			return b.named(name, outer, s)
		}
	}
	if len(e.Parts) > 1 {
		if t, ok, err := b.nested(e, s); ok || err != nil {
			return t, err
		}
	}
	return nil, s.unknown(e.Parts)
}

// nested reads tuple.element for a name whose front is a column or an alias.
func (b *Binder) nested(e *ast.Ident, s *scope) (expr.Expr, bool, error) {
	last := len(e.Parts) - 1
	front := &ast.Ident{Parts: e.Parts[:last]}
	f, err := s.lookup(front.Parts)
	_, isAlias := s.aliases[front.Name()]
	if err != nil || (!isAlias && (f == nil || f.Type.Kind != types.Tuple)) {
		return nil, false, err
	}
	t, err := b.bindNode(ast.NewCall("tupleElement", front, ast.NewString(e.Parts[last])), s)
	return t, true, err
}

func (b *Binder) fieldExpr(f *field, s *scope) (expr.Expr, error) {
	if f.alias == nil {
		return &expr.Column{Pos: f.pos, Name: f.label, T: f.Type}, nil
	}
	key := "\x00" + f.Table + "." + f.Name
	if s.busy[key] {
		return nil, chcode.Errorf(chcode.UnknownIdentifier, "ALIAS column %s refers to itself", f.Name)
	}
	s.busy[key] = true
	defer delete(s.busy, key)
	e, err := b.scalar(f.alias, s)
	if err != nil {
		return nil, err
	}
	return b.castTo(e, f.Type)
}

// alias binds "expr AS name" where it is defined.
func (b *Binder) alias(e *ast.Alias, s *scope) (expr.Expr, error) {
	return b.named(e.Name, e.Expr, s)
}

// named binds the expression behind an alias; inside it the alias is not known,
// so that a column of the same name can be meant.
func (b *Binder) named(name string, e ast.Expr, s *scope) (expr.Expr, error) {
	if s.busy[name] {
		return nil, chcode.Errorf(chcode.UnknownIdentifier, "Alias %s refers to itself", name)
	}
	s.busy[name] = true
	defer delete(s.busy, name)
	return b.bindNode(e, s)
}

func (b *Binder) tupleElement(e *ast.TupleElement, s *scope) (expr.Expr, error) {
	if e.Index < 0 {
		return nil, chcode.Errorf(chcode.ArgumentOutOfBound, "Index %d of a tuple counts from the end: not supported", e.Index)
	}
	if e.Index == 0 {
		return b.apply("tupleElement", []ast.Expr{e.Expr, ast.NewString(e.Name)}, s)
	}
	return b.apply("tupleElement", []ast.Expr{e.Expr, ast.NewUint(uint64(e.Index))}, s)
}

func (b *Binder) cast(e *ast.Cast, s *scope) (expr.Expr, error) {
	arg, err := b.expression(e.Expr, s)
	if err != nil {
		return nil, err
	}
	t, err := TypeOf(e.Type)
	if err != nil {
		return nil, err
	}
	return expr.NewCast(b.expr, arg, t, expr.CastPlain)
}

// castTo converts e where its type differs; for conversions that keep the value.
func (b *Binder) castTo(e expr.Expr, t types.Type) (expr.Expr, error) {
	if e.Type().Equal(t) {
		return e, nil
	}
	c, err := expr.NewCast(b.expr, e, t, expr.CastInternal)
	if err != nil {
		return nil, err
	}
	return expr.Fold(b.expr, c)
}

// TypeOf resolves a written type.
func TypeOf(t *ast.Type) (types.Type, error) {
	out, err := types.Parse(ast.Format(t))
	if err != nil {
		return types.Type{}, chcode.Or(chcode.UnknownType, err)
	}
	return out, nil
}

// param gives the value of {name:Type}, which came as text.
func (b *Binder) param(e *ast.Param) (expr.Expr, error) {
	v, ok := b.opts.Params[e.Name]
	if !ok {
		return nil, chcode.Errorf(chcode.UnknownQueryParameter, "Substitution `%s` is not set", e.Name)
	}
	t, err := TypeOf(e.Type)
	if err != nil {
		return nil, err
	}
	if t.Nullable && v == `\N` {
		return constant(batch.NewNulls(t, 1).Expand()), nil
	}
	arg := constant(text(unescapeParam(v)))
	cast, err := expr.NewCast(b.expr, arg, t, expr.CastPlain)
	if err != nil {
		return nil, err
	}
	out, err := expr.Eval(b.expr, cast, &batch.Batch{Rows: 1})
	if err != nil {
		return nil, chcode.Errorf(chcode.BadQueryParameter,
			"Value %s cannot be parsed as %s for query parameter '%s': %w", v, t, e.Name, err)
	}
	return constant(out.Slice(0, 1).Expand()), nil
}

// unescapeParam takes TabSeparated's escapes out of a parameter's text.
func unescapeParam(v string) string {
	if !strings.Contains(v, `\`) {
		return v
	}
	var out strings.Builder
	for i := 0; i < len(v); i++ {
		if v[i] != '\\' || i+1 == len(v) {
			out.WriteByte(v[i])
			continue
		}
		i++
		switch v[i] {
		case 't':
			out.WriteByte('\t')
		case 'n':
			out.WriteByte('\n')
		case 'r':
			out.WriteByte('\r')
		case '0':
			out.WriteByte(0)
		case 'b':
			out.WriteByte('\b')
		case 'f':
			out.WriteByte('\f')
		default:
			out.WriteByte(v[i])
		}
	}
	return out.String()
}

// literal makes a constant of the narrowest type, as ClickHouse does.
func literal(e *ast.Literal) (expr.Expr, error) {
	switch e.Kind {
	case ast.NullLiteral:
		t := types.Of(types.Nothing)
		t.Nullable = true
		b := batch.NewBuilder(t, 1)
		b.AppendNull()
		return constant(b.Finish()), nil
	case ast.BoolLiteral:
		n := uint8(0)
		if e.Bool {
			n = 1
		}
		return constant(batch.NewFixed(types.Of(types.Bool), []uint8{n}, nil)), nil
	case ast.UintLiteral:
		return constant(unsigned(e.Uint)), nil
	case ast.IntLiteral:
		return constant(signed(e.Int)), nil
	case ast.StringLiteral:
		return constant(text(e.Str)), nil
	default:
		return constant(batch.NewFixed(types.Of(types.Float64), []float64{e.Float}, nil)), nil
	}
}

func unsigned(n uint64) *batch.Vector {
	switch {
	case n <= 0xff:
		return batch.NewFixed(types.Of(types.UInt8), []uint8{uint8(n)}, nil)
	case n <= 0xffff:
		return batch.NewFixed(types.Of(types.UInt16), []uint16{uint16(n)}, nil)
	case n <= 0xffffffff:
		return batch.NewFixed(types.Of(types.UInt32), []uint32{uint32(n)}, nil)
	default:
		return batch.NewFixed(types.Of(types.UInt64), []uint64{n}, nil)
	}
}

func signed(n int64) *batch.Vector {
	switch {
	case n >= -0x80:
		return batch.NewFixed(types.Of(types.Int8), []int8{int8(n)}, nil)
	case n >= -0x8000:
		return batch.NewFixed(types.Of(types.Int16), []int16{int16(n)}, nil)
	case n >= -0x80000000:
		return batch.NewFixed(types.Of(types.Int32), []int32{int32(n)}, nil)
	default:
		return batch.NewFixed(types.Of(types.Int64), []int64{n}, nil)
	}
}
