package bind

import (
	"fmt"
	"strings"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/chcode"
	"github.com/freshetdb/freshet/columnar/expr"
	"github.com/freshetdb/freshet/columnar/types"
	"github.com/freshetdb/freshet/query/ast"
	"github.com/freshetdb/freshet/query/plan"
)

// scalarSubquery runs a query that stands for a value: NULL when it has no row,
// a tuple when it has several columns.
func (b *Binder) scalarSubquery(q ast.Query, s *scope) (expr.Expr, error) {
	n, err := b.query(q, s)
	if err != nil {
		return nil, err
	}
	rows, err := b.run.Run(b.ctx, &plan.Limit{Input: n, Count: 2}, 2)
	if err != nil {
		return nil, err
	}
	if rows.Rows > 1 {
		return nil, chcode.Errorf(chcode.IncorrectResultOfScalarSubquery, "Scalar subquery returned more than one row")
	}
	fields := n.Fields()
	if len(fields) == 1 {
		t := fields[0].Type.AsNullable()
		if rows.Rows == 0 {
			if !t.Nullable {
				return nil, chcode.Errorf(chcode.IncorrectResultOfScalarSubquery,
					"Scalar subquery returned empty result of type %s which cannot be Nullable", t)
			}
			return constant(batch.NewNulls(t, 1).Expand()), nil
		}
		return constant(rows.Cols[0].Slice(0, 1).Expand().WithType(t)), nil
	}
	if rows.Rows == 0 {
		return nil, chcode.Errorf(chcode.IncorrectResultOfScalarSubquery,
			"Scalar subquery returned empty result of a Tuple, which cannot be Nullable")
	}
	tuple := types.TupleOf(fieldTypes(n)...)
	parts := make([]*batch.Vector, len(fields))
	for i, f := range fields {
		tuple.Names = append(tuple.Names, f.Name)
		parts[i] = rows.Cols[i].Slice(0, 1).Expand()
	}
	return constant(&batch.Vector{Type: tuple, Len: 1, Data: parts}), nil
}

func (b *Binder) exists(q ast.Query, s *scope) (expr.Expr, error) {
	n, err := b.query(q, s)
	if err != nil {
		return nil, err
	}
	rows, err := b.run.Run(b.ctx, &plan.Limit{Input: n, Count: 1}, 1)
	if err != nil {
		return nil, err
	}
	return constant(batch.NewFixed(types.Of(types.UInt8), []uint8{uint8(min(rows.Rows, 1))}, nil)), nil
}

// in binds a [NOT] IN over a subquery, a table, or values.
func (b *Binder) in(e *ast.In, s *scope) (expr.Expr, error) {
	arg, err := b.expression(e.Expr, s)
	if err != nil {
		return nil, err
	}
	if set, ok := b.sets[e]; ok {
		return expr.NewIn(b.expr, arg, set, e.Not)
	}
	if has, ok, err := b.inArray(e, arg, s); ok || err != nil {
		return has, err
	}
	rows, code, err := b.inRows(e.Right, arg, s)
	if err != nil {
		return nil, err
	}
	keys := expr.SetTypes(arg.Type())
	for i, r := range rows {
		if rows[i], err = b.setRows(r, keys, arg, code); err != nil {
			return nil, err
		}
	}
	set, err := expr.NewSet(b.expr, keys, rows...)
	if err != nil {
		return nil, err
	}
	set = b.sameSet(set)
	b.sets[e] = set
	return expr.NewIn(b.expr, arg, set, e.Not)
}

// sameSet gives the set that stands for all that are equal to set: expressions over
// them are then found equal.
func (b *Binder) sameSet(set *expr.Set) *expr.Set {
	hash := set.Hash()
	for _, s := range b.setsOf[hash] {
		if s.Equal(set) {
			return s
		}
	}
	b.setsOf[hash] = append(b.setsOf[hash], set)
	return set
}

// inArray binds IN over an array that differs from row to row; ok is false when
// the right side is something else.
func (b *Binder) inArray(e *ast.In, arg expr.Expr, s *scope) (has expr.Expr, ok bool, err error) {
	switch r := e.Right.(type) {
	case *ast.Ident:
		_, isAlias := s.aliases[r.Name()]
		if f, _ := s.lookup(r.Parts); !isAlias && f == nil {
			return nil, false, nil
		}
	case *ast.FuncCall:
	default:
		return nil, false, nil
	}
	array, err := b.expression(e.Right, s)
	if err != nil {
		return nil, false, err
	}
	if _, isConst := array.(*expr.Const); isConst || array.Type().Kind != types.Array {
		return nil, false, nil
	}
	if has, err = expr.NewCall(b.expr, "has", []expr.Expr{array, arg}); err == nil && e.Not {
		has, err = expr.NewCall(b.expr, "not", []expr.Expr{has})
	}
	return has, true, err
}

// setRows converts the values of a set to the types of the left side. A value
// that such a type can't hold equals nothing: its row is left out.
func (b *Binder) setRows(rows *batch.Batch, keys []types.Type, arg expr.Expr, code chcode.Code) (*batch.Batch, error) {
	cols := rows.Cols
	isQuery := code == chcode.NumberOfColumnsDoesntMatch
	if len(cols) == 1 && arg.Type().Kind == types.Tuple {
		parts, ok := cols[0].Data.([]*batch.Vector)
		switch {
		case ok && depth(&cols[0].Type) == depth(typeOf(arg)):
			cols = parts
		case isQuery && len(keys) > 1:
			code = chcode.IllegalTypeOfArgument
			cols = nil
		}
	}
	if len(cols) != len(keys) {
		return nil, chcode.Errorf(code, "Number of columns in section IN doesn't match. %d at left, %d at right", len(keys), len(cols))
	}
	out := &batch.Batch{Cols: make([]*batch.Vector, len(keys)), Rows: rows.Rows}
	fits := allTrue(rows.Rows)
	for k := range keys {
		var err error
		if out.Cols[k], err = b.fit(cols[k].Expand(), &keys[k], fits, isQuery); err != nil {
			return nil, err
		}
	}
	return selected(out, fits), nil
}

func typeOf(e expr.Expr) *types.Type {
	t := e.Type()
	return &t
}

func allTrue(n int) []bool {
	out := make([]bool, n)
	for i := range out {
		out[i] = true
	}
	return out
}

// selected is the rows that fit.
func selected(b *batch.Batch, fits []bool) *batch.Batch {
	var sel []uint32
	for i, ok := range fits {
		if ok {
			sel = append(sel, uint32(i))
		}
	}
	if len(sel) == b.Rows {
		return b
	}
	return b.Gather(sel)
}

// fit converts values to a type and marks those that it can't hold; NULLs stay NULL.
func (b *Binder) fit(v *batch.Vector, t *types.Type, fits []bool, isQuery bool) (*batch.Vector, error) {
	from, to := v.Type.Plain(), t.Plain()
	if t.Kind == types.Nothing || v.Type.Kind == types.Nothing || from.Equal(to) {
		return v, nil
	}
	var err error
	out := &batch.Vector{Type: to, Len: v.Len, Nulls: v.Nulls}
	switch d := v.Data.(type) {
	case batch.Lists:
		if t.Kind != types.Array {
			break
		}
		good := allTrue(d.Elems.Len)
		elems, err := b.fitElement(d.Elems, &t.Elems[0], good, isQuery)
		for i := range fits {
			for e := d.Offsets[i]; e < d.Offsets[i+1]; e++ {
				fits[i] = fits[i] && good[e]
			}
		}
		out.Data = batch.Lists{Offsets: d.Offsets, Elems: elems}
		return out, err
	case []*batch.Vector:
		if t.Kind != types.Tuple || len(t.Elems) != len(d) {
			return nil, chcode.Errorf(chcode.TypeMismatch, "Values of type %s in IN are no %s", from.String(), to.String())
		}
		parts := make([]*batch.Vector, len(d))
		for i := 0; i < len(d) && err == nil; i++ {
			parts[i], err = b.fitElement(d[i].Expand(), &t.Elems[i], fits, isQuery)
		}
		out.Data = parts
		return out, err
	}
	return b.fitValues(v, &to, fits, isQuery)
}

// fitElement is fit inside of arrays and tuples, where NULL is a value that only a
// Nullable type holds.
func (b *Binder) fitElement(v *batch.Vector, t *types.Type, fits []bool, isQuery bool) (*batch.Vector, error) {
	for i := range fits {
		fits[i] = fits[i] && (t.Nullable || !v.IsNull(i))
	}
	return b.fit(v, t, fits, isQuery)
}

// fitValues is fit of what has no parts. Written text is read as a value, or is an error; text
// of a query equals values that print so.
func (b *Binder) fitValues(v *batch.Vector, t *types.Type, fits []bool, isQuery bool) (*batch.Vector, error) {
	printed := isQuery && v.Type.IsString() && !t.IsString() && t.Kind != types.Array
	if (v.Type.IsString() && !t.IsEnum() && !printed) || t.Kind == types.Array {
		ctx := *b.expr
		ctx.BasicTimeInput = true
		out, err := expr.ReadText(&ctx, v, *t)
		if err != nil || (!t.IsInteger() && t.Kind != types.Decimal) {
			return out, err
		}
		v = out
	}
	in := &expr.Column{T: v.Type}
	e, err := expr.NewCast(b.expr, in, *t, expr.CastAccurateOrNull)
	out, err := b.over(e, err, v)
	if err != nil {
		return nil, err
	}
	for i := range fits {
		fits[i] = fits[i] && (!out.IsNull(i) || v.IsNull(i))
	}
	if t.Kind != types.Decimal && t.Kind != types.Bool && !printed {
		return out, nil
	}
	back := v.Type
	if printed {
		back = types.Of(types.String)
	}
	if e, err = expr.NewCast(b.expr, e, back.AsNullable(), expr.CastAccurateOrNull); err == nil {
		e, err = expr.NewCall(b.expr, "equals", []expr.Expr{e, in})
	}
	same, err := b.over(e, err, v)
	if err != nil {
		return nil, err
	}
	for i, is := range same.Data.([]uint8) { //nolint:forcetypeassert // what equals gives
		fits[i] = fits[i] && (is != 0 || v.IsNull(i))
	}
	return out, nil
}

// over computes an expression over the one column v, unless there was an error before.
func (b *Binder) over(e expr.Expr, err error, v *batch.Vector) (*batch.Vector, error) {
	if err != nil {
		return nil, err
	}
	out, err := expr.Eval(b.expr, e, batch.New(nil, []*batch.Vector{v}, v.Len))
	if err != nil {
		return nil, err
	}
	return out.Expand(), nil
}

// inRows gives the rows of the right side of IN, and the code of the error when they are
// not as wide as the left side.
func (b *Binder) inRows(right ast.Expr, arg expr.Expr, s *scope) ([]*batch.Batch, chcode.Code, error) {
	var n plan.Node
	var err error
	isQuery := false
	switch r := right.(type) {
	case *ast.Subquery:
		isQuery = true
		n, err = b.query(r.Query, s)
	case *ast.Ident:
		n, isQuery, err = b.tableOfIn(r, s)
	}
	switch {
	case err != nil:
		return nil, 0, err
	case isQuery:
		rows, err := b.run.Run(b.ctx, &plan.Distinct{Input: n}, 0)
		return []*batch.Batch{rows}, chcode.NumberOfColumnsDoesntMatch, err
	}
	rows, err := b.inValues(right, typeOf(arg), s)
	return rows, chcode.IncorrectElementOfSet, err
}

// tableOfIn finds a table or CTE that stands after IN.
func (b *Binder) tableOfIn(id *ast.Ident, s *scope) (plan.Node, bool, error) {
	if _, isAlias := s.aliases[id.Name()]; isAlias {
		return nil, false, nil
	}
	if f, _ := s.lookup(id.Parts); f != nil {
		return nil, false, nil
	}
	name := &ast.TableName{Table: id.Parts[len(id.Parts)-1]}
	if len(id.Parts) == 2 {
		name.Database = id.Parts[0]
	}
	src, err := b.tableName(name, false, s)
	if err != nil {
		return nil, true, err
	}
	p := &plan.Project{Input: src.node}
	for _, f := range src.fields {
		if !f.hidden {
			p.Exprs = append(p.Exprs, &expr.Column{Pos: f.pos, Name: f.Name, T: f.Type})
			p.Names = append(p.Names, f.Name)
		}
	}
	return p, true, nil
}

// depth is how many arrays and tuples, of the first element, a type is made of.
func depth(t *types.Type) int {
	n := 0
	for t.Kind == types.Array || t.Kind == types.Tuple {
		n++
		if len(t.Elems) == 0 {
			break
		}
		t = &t.Elems[0]
	}
	return n
}

// listed is the items of a written array or tuple.
func listed(e ast.Expr) (items []ast.Expr, kind types.Kind) {
	switch e := e.(type) {
	case *ast.Tuple:
		return e.Items, types.Tuple
	case *ast.Array:
		return e.Items, types.Array
	case *ast.FuncCall:
		switch e.Name {
		case "tuple":
			return e.Args, types.Tuple
		case "array":
			return e.Args, types.Array
		}
	}
	return []ast.Expr{e}, types.Nothing
}

// inValues computes the values after IN, those of one type together. They are the parts of
// a tuple or an array that is one level deeper than the left side; what is as deep is one
// value.
func (b *Binder) inValues(right ast.Expr, like *types.Type, s *scope) ([]*batch.Batch, error) {
	items, kind := listed(right)
	values := make([]*batch.Vector, len(items))
	for i, it := range items {
		var err error
		if values[i], err = b.inValue(it, s); err != nil {
			return nil, err
		}
	}
	left, at := depth(like), 1
	if len(values) > 0 {
		at += depth(&values[0].Type)
	}
	if kind == types.Nothing { // One value, which may have parts.
		at--
		switch d := values[0].Data.(type) {
		case []*batch.Vector:
			kind, values = types.Tuple, d
		case batch.Lists:
			if at > left {
				values = []*batch.Vector{d.Elems}
			}
		default:
			if values[0].Type.Kind == types.Nothing {
				at = left + 1 // NULL equals nothing, whatever the left side is
			}
		}
	}
	switch {
	case at == left+1 || at+left == 0:
		return together(values, left > 0), nil
	case at != left:
		return nil, chcode.Errorf(chcode.IllegalTypeOfArgument, "Unsupported types for IN. First argument type %s. Second argument %s", like.String(), ast.Format(right))
	case kind == types.Tuple && like.Kind == types.Tuple && len(like.Elems) != 1:
		return []*batch.Batch{batch.New(nil, values, 1)}, nil
	case kind == types.Tuple && (like.Kind != types.Tuple || len(values) != 1):
		return nil, chcode.Errorf(chcode.TypeMismatch, "The right side of IN, %s, is no %s", ast.Format(right), like.String())
	case kind != types.Tuple && like.Kind == types.Tuple:
		return nil, chcode.Errorf(chcode.IncorrectElementOfSet, "Invalid type in set. Expected tuple, got %s", ast.Format(right))
	case kind == types.Array:
		v, err := b.inValue(right, s)
		return []*batch.Batch{batch.New(nil, []*batch.Vector{v}, 1)}, err
	}
	return []*batch.Batch{batch.New(nil, values, 1)}, nil
}

// together puts values of one type into one column. With noNulls those of NULL itself are
// left out.
func together(values []*batch.Vector, noNulls bool) []*batch.Batch {
	var out []*batch.Batch
	for len(values) > 0 {
		t := values[0].Type
		var same, rest []*batch.Vector
		for _, v := range values {
			if v.Type.Equal(t) {
				same = append(same, v)
			} else {
				rest = append(rest, v)
			}
		}
		if values = rest; t.Kind != types.Nothing || !noNulls {
			v := same[0]
			if len(same) > 1 {
				v = batch.Concat(t, same)
			}
			out = append(out, batch.New(nil, []*batch.Vector{v}, v.Len))
		}
	}
	return out
}

func (b *Binder) inValue(e ast.Expr, s *scope) (*batch.Vector, error) {
	bound, err := b.scalar(e, s)
	if err != nil {
		return nil, err
	}
	c, ok := bound.(*expr.Const)
	if !ok {
		return nil, chcode.Errorf(chcode.BadArguments, "The right side of IN must be constants or a subquery, not %s", ast.Format(e))
	}
	return c.Vec.Slice(0, 1).Expand(), nil
}

// fingerprint is equal for expressions that compute the same over the same
// input.
func fingerprint(e expr.Expr) string {
	var s strings.Builder
	writeFingerprint(&s, e)
	return s.String()
}

func writeFingerprint(s *strings.Builder, e expr.Expr) {
	switch e := e.(type) {
	case *expr.Column:
		fmt.Fprintf(s, "#%d", e.Pos)
	case *expr.Const:
		s.WriteString("'" + e.Vec.Type.String() + ":")
		s.Write(e.Vec.Slice(0, 1).Encode(nil))
		s.WriteByte('\'')
	case *expr.Call:
		s.WriteString(e.Name + ":" + e.Type().String() + "(")
		for _, a := range e.Args {
			writeFingerprint(s, a)
			s.WriteByte(',')
		}
		s.WriteByte(')')
	case *expr.In:
		fmt.Fprintf(s, "in%t%p(", e.Negate, e.Set)
		writeFingerprint(s, e.Arg)
		s.WriteByte(')')
	case *expr.Lambda: // its parameters are columns, numbered by how deep they stand
		fmt.Fprintf(s, "lambda%d(", len(e.Params))
		writeFingerprint(s, e.Body)
		s.WriteByte(')')
	default:
		fmt.Fprintf(s, "%s@%p", e, e)
	}
}

// boundExpr is an expression of the tree that is bound already: the value of a
// subquery in WITH.
type boundExpr struct {
	*ast.Subquery
	expr expr.Expr
}
