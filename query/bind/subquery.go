package bind

import (
	"fmt"
	"slices"
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
	rows, err := b.inRows(e.Right, arg, s)
	if err != nil {
		return nil, err
	}
	keys := expr.SetTypes(arg.Type())
	if len(rows.Cols) == 1 && arg.Type().Kind == types.Tuple {
		if parts, ok := rows.Cols[0].Data.([]*batch.Vector); ok && depth(rows.Cols[0].Type) == depth(arg.Type()) {
			rows = &batch.Batch{Cols: parts, Rows: rows.Rows}
		} else if len(keys) > 1 {
			return nil, chcode.Errorf(chcode.IllegalTypeOfArgument, "The left side of IN is a %s, the right side a %s", arg.Type(), rows.Cols[0].Type)
		}
	}
	if len(rows.Cols) != len(keys) {
		return nil, chcode.Errorf(chcode.NumberOfColumnsDoesntMatch,
			"Number of columns in section IN doesn't match. %d at left, %d at right.", len(keys), len(rows.Cols))
	}
	if rows, err = b.setRows(rows, keys); err != nil {
		return nil, err
	}
	set, err := expr.NewSet(b.expr, keys, rows)
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
		if _, isColumn, _ := s.lookup(r.Parts); !isAlias && !isColumn {
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
func (b *Binder) setRows(rows *batch.Batch, keys []types.Type) (*batch.Batch, error) {
	out := &batch.Batch{Cols: make([]*batch.Vector, len(keys)), Rows: rows.Rows}
	fits := allTrue(rows.Rows)
	for k, t := range keys {
		var err error
		if out.Cols[k], err = b.fit(rows.Cols[k].Expand(), t, fits); err != nil {
			return nil, err
		}
	}
	return selected(out, fits), nil
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
func (b *Binder) fit(v *batch.Vector, t types.Type, fits []bool) (*batch.Vector, error) {
	if v.Type.Plain().Equal(t.Plain()) || t.Kind == types.Nothing || v.Type.Kind == types.Nothing {
		return v, nil
	}
	out := *v
	out.Type = t.Plain()
	switch d := v.Data.(type) {
	case batch.Lists:
		if t.Kind != types.Array {
			break
		}
		good := allTrue(d.Elems.Len)
		elems, err := b.fitElement(d.Elems, t.Elem(), good)
		for i := range fits {
			fits[i] = fits[i] && !slices.Contains(good[d.Offsets[i]:d.Offsets[i+1]], false)
		}
		out.Data = batch.Lists{Offsets: d.Offsets, Elems: elems}
		return &out, err
	case []*batch.Vector:
		if t.Kind != types.Tuple || len(t.Elems) != len(d) {
			return nil, chcode.Errorf(chcode.TypeMismatch, "Values of type %s in IN are no %s", v.Type, t)
		}
		parts := make([]*batch.Vector, len(d))
		for i, part := range d {
			var err error
			if parts[i], err = b.fitElement(part.Expand(), t.Elems[i], fits); err != nil {
				return nil, err
			}
		}
		out.Data = parts
		return &out, nil
	}
	return b.fitValues(v, t.Plain(), fits)
}

// fitElement is fit inside of arrays and tuples, where NULL is a value that only a
// Nullable type holds.
func (b *Binder) fitElement(v *batch.Vector, t types.Type, fits []bool) (*batch.Vector, error) {
	if !t.Nullable {
		for i := range fits {
			fits[i] = fits[i] && !v.IsNull(i)
		}
	}
	return b.fit(v, t, fits)
}

// fitValues is fit of what has no parts.
func (b *Binder) fitValues(v *batch.Vector, t types.Type, fits []bool) (*batch.Vector, error) {
	in := &expr.Column{T: v.Type}
	rows := batch.New(nil, []*batch.Vector{v}, v.Len)
	run := func(e expr.Expr, err error) (*batch.Vector, error) {
		if err != nil {
			return nil, err
		}
		return expr.Eval(b.expr, e, rows)
	}
	mode := expr.CastAccurateOrNull
	if (v.Type.IsString() && !t.IsEnum()) || t.Kind == types.Array {
		plain := t
		plain.Nullable = v.Type.Nullable
		out, err := run(expr.NewCast(b.expr, in, plain, expr.CastPlain)) // text that is no value of the type is an error
		if err != nil && t.IsNumeric() && v.Type.IsString() {
			return nil, chcode.Errorf(chcode.TypeMismatch, "Type mismatch in IN: %w", err)
		}
		if err != nil {
			return nil, err
		}
		if !t.IsInteger() {
			return out.Expand(), nil
		}
	}
	cast, err := expr.NewCast(b.expr, in, t, mode)
	out, err := run(cast, err)
	if err != nil {
		return nil, err
	}
	out = out.Expand()
	for i := range fits {
		fits[i] = fits[i] && (!out.IsNull(i) || v.IsNull(i))
	}
	if t.Kind != types.Decimal && t.Kind != types.Bool {
		return out, nil
	}
	back, err := expr.NewCast(b.expr, cast, v.Type.AsNullable(), expr.CastAccurateOrNull)
	if err != nil {
		return nil, err
	}
	same, err := run(expr.NewCall(b.expr, "equals", []expr.Expr{back, in}))
	if err != nil {
		return nil, err
	}
	same = same.Expand()
	for i, is := range batch.Values[uint8](same) {
		fits[i] = fits[i] && (is != 0 || v.IsNull(i))
	}
	return out, nil
}

// inRows gives the rows of the right side of IN.
func (b *Binder) inRows(right ast.Expr, arg expr.Expr, s *scope) (*batch.Batch, error) {
	switch r := right.(type) {
	case *ast.Subquery:
		n, err := b.query(r.Query, s)
		if err != nil {
			return nil, err
		}
		return b.run.Run(b.ctx, &plan.Distinct{Input: n}, 0)
	case *ast.Ident:
		if src, ok, err := b.tableOfIn(r, s); ok || err != nil {
			if err != nil {
				return nil, err
			}
			return b.run.Run(b.ctx, &plan.Distinct{Input: src}, 0)
		}
	}
	return b.inValues(right, arg, s)
}

// tableOfIn finds a table or CTE that stands after IN.
func (b *Binder) tableOfIn(id *ast.Ident, s *scope) (plan.Node, bool, error) {
	if _, isAlias := s.aliases[id.Name()]; isAlias {
		return nil, false, nil
	}
	if _, ok, _ := s.lookup(id.Parts); ok {
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
func depth(t types.Type) int {
	if t.Kind != types.Array && t.Kind != types.Tuple {
		return 0
	}
	if len(t.Elems) == 0 {
		return 1
	}
	return 1 + depth(t.Elems[0])
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

// inValues computes the values after IN. They are the parts of a tuple or an array that
// is one level deeper than the left side; what is as deep is one value.
func (b *Binder) inValues(right ast.Expr, arg expr.Expr, s *scope) (*batch.Batch, error) {
	items, kind := listed(right)
	values := make([]*batch.Vector, 0, len(items))
	for _, it := range items {
		v, err := b.inValue(it, s)
		if err != nil {
			return nil, err
		}
		values = append(values, v)
	}
	left, at := depth(arg.Type()), 1
	if len(values) > 0 {
		at += depth(values[0].Type)
	}
	if kind == types.Nothing { // One value, which may have parts.
		at--
		switch d := values[0].Data.(type) {
		case []*batch.Vector:
			kind, values = types.Tuple, d
		case batch.Lists:
			if at == left+1 {
				return batch.New(nil, []*batch.Vector{d.Elems}, d.Elems.Len), nil
			}
		}
	}
	isNull := func(v *batch.Vector) bool { return v.Type.Kind == types.Nothing && v.Type.Nullable }
	if left > 0 && len(values) > 0 { // NULL is no array and no tuple.
		if kind == types.Nothing && isNull(values[0]) {
			at = left + 1
		}
		if at == left+1 {
			values = slices.DeleteFunc(values, isNull)
		}
	}
	isTuple := arg.Type().Kind == types.Tuple
	switch {
	case at == left+1:
	case at != left:
		return nil, chcode.Errorf(chcode.IllegalTypeOfArgument, "Unsupported types for IN. First argument type %s. Second argument %s", arg.Type(), ast.Format(right))
	case isTuple && kind != types.Tuple:
		return nil, chcode.Errorf(chcode.IncorrectElementOfSet, "Invalid type in set. Expected tuple, got %s", ast.Format(right))
	case kind == types.Tuple:
		if want := len(arg.Type().Elems); !isTuple || len(values) != want {
			code := chcode.TypeMismatch
			if want > 1 {
				code = chcode.IncorrectElementOfSet
			}
			return nil, chcode.Errorf(code, "The right side of IN, %s, is no %s", ast.Format(right), arg.Type())
		}
		return batch.New(nil, values, 1), nil
	case kind == types.Array:
		v, err := b.inValue(right, s)
		if err != nil {
			return nil, err
		}
		values = []*batch.Vector{v}
	}
	if isTuple {
		return b.inTuples(values, expr.SetTypes(arg.Type()))
	}
	return b.inColumns([][]*batch.Vector{values}, []types.Type{arg.Type()}, len(values))
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

func (b *Binder) inTuples(values []*batch.Vector, like []types.Type) (*batch.Batch, error) {
	width := len(like)
	cols := make([][]*batch.Vector, width)
	for k := range cols {
		parts := make([]*batch.Vector, len(values))
		for i, v := range values {
			elems, ok := v.Data.([]*batch.Vector)
			if !ok || len(elems) != width {
				return nil, chcode.Errorf(chcode.IncorrectElementOfSet, "Incorrect element of set: %s is not a tuple of %d", v.Type, width)
			}
			parts[i] = elems[k].Expand()
		}
		cols[k] = parts
	}
	return b.inColumns(cols, like, len(values))
}

// inColumns puts n single values a column into columns. Values that have no common type
// are each converted to the type of the left side; rows with one that this can't hold are
// left out, as they equal nothing.
func (b *Binder) inColumns(cols [][]*batch.Vector, like []types.Type, n int) (*batch.Batch, error) {
	out := &batch.Batch{Rows: n}
	fits := allTrue(n)
	for k, values := range cols {
		col, err := b.column(values, like[k], fits)
		if err != nil {
			return nil, err
		}
		out.Cols = append(out.Cols, col)
	}
	return selected(out, fits), nil
}

// column puts single values into one column, and marks those that do not fit.
func (b *Binder) column(values []*batch.Vector, like types.Type, fits []bool) (*batch.Vector, error) {
	if len(values) == 0 {
		return batch.NewBuilder(like, 0).Finish(), nil
	}
	t, hasCommon := values[0].Type, true
	for _, v := range values[1:] {
		var err error
		if t, err = expr.Supertype(t, v.Type); err != nil {
			t, hasCommon = like.Plain().AsNullable(), false
			break
		}
	}
	parts := make([]*batch.Vector, len(values))
	for i, v := range values {
		if !hasCommon {
			fitting, err := b.setRows(batch.New(nil, []*batch.Vector{v}, 1), []types.Type{like.Plain()})
			if err != nil {
				return nil, err
			}
			if fits[i] = fits[i] && fitting.Rows > 0; fitting.Rows == 0 {
				parts[i] = batch.NewNulls(t, 1).Expand()
				continue
			}
			v = fitting.Cols[0]
		}
		c, err := b.castTo(constant(v), t)
		if err != nil {
			return nil, err
		}
		out, err := expr.Eval(b.expr, c, &batch.Batch{Rows: 1})
		if err != nil {
			return nil, err
		}
		parts[i] = out.Slice(0, 1).Expand()
	}
	return batch.Concat(t, parts), nil
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
