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
	rows, fromQuery, err := b.inRows(e.Right, arg, s)
	if err != nil {
		return nil, err
	}
	keys := expr.SetTypes(arg.Type())
	if len(keys) > 1 && !fromQuery && len(rows.Cols) == 1 {
		return nil, chcode.Errorf(chcode.IncorrectElementOfSet, "The left side of IN is a tuple, the right side is not")
	}
	if len(keys) > 1 && len(rows.Cols) == 1 && rows.Cols[0].Type.Kind != types.Tuple {
		return nil, chcode.Errorf(chcode.IllegalTypeOfArgument, "The left side of IN is a %s, the right side a %s", arg.Type(), rows.Cols[0].Type)
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
	fits := make([]bool, rows.Rows)
	for i := range fits {
		fits[i] = true
	}
	for k, t := range keys {
		from := rows.Cols[k]
		if from.Type.Plain().Equal(t) || t.Kind == types.Nothing || from.Type.Kind == types.Nothing {
			out.Cols[k] = from
			continue
		}
		mode := expr.CastAccurateOrNull
		if (from.Type.IsString() && !t.IsEnum()) || t.Kind == types.Array {
			mode = expr.CastPlain // text that is no value of the type is an error
			if from.Type.Nullable {
				t = t.AsNullable()
			}
		}
		c, err := expr.NewCast(b.expr, &expr.Column{Pos: k, T: from.Type}, t, mode)
		if err != nil {
			return nil, err
		}
		if out.Cols[k], err = expr.Eval(b.expr, c, rows); err != nil {
			if t.IsNumeric() && from.Type.IsString() {
				return nil, chcode.Errorf(chcode.TypeMismatch, "Type mismatch in IN: %w", err)
			}
			return nil, err
		}
		out.Cols[k] = out.Cols[k].Expand()
		for i := range fits {
			fits[i] = fits[i] && (!out.Cols[k].IsNull(i) || from.IsNull(i))
		}
	}
	var sel []uint32
	for i, ok := range fits {
		if ok {
			sel = append(sel, uint32(i))
		}
	}
	if len(sel) == rows.Rows {
		return out, nil
	}
	return out.Gather(sel), nil
}

// inRows gives the rows of the right side of IN.
func (b *Binder) inRows(right ast.Expr, arg expr.Expr, s *scope) (rows *batch.Batch, fromQuery bool, err error) {
	switch r := right.(type) {
	case *ast.Subquery:
		n, err := b.query(r.Query, s)
		if err != nil {
			return nil, true, err
		}
		rows, err = b.run.Run(b.ctx, &plan.Distinct{Input: n}, 0)
		return rows, true, err
	case *ast.Ident:
		if src, ok, err := b.tableOfIn(r, s); ok || err != nil {
			if err != nil {
				return nil, true, err
			}
			rows, err = b.run.Run(b.ctx, &plan.Distinct{Input: src}, 0)
			return rows, true, err
		}
	case *ast.Tuple:
		rows, err = b.inTuple(r.Items, arg, s)
		return rows, false, err
	case *ast.Array:
		rows, err = b.inTuple(r.Items, arg, s)
		return rows, false, err
	}
	rows, err = b.inTuple([]ast.Expr{right}, arg, s)
	return rows, false, err
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

// inTuple computes the values listed after IN. For a tuple on the left each
// item is a tuple; a single tuple of as many values is one row.
func (b *Binder) inTuple(items []ast.Expr, arg expr.Expr, s *scope) (*batch.Batch, error) {
	width := 1
	if arg.Type().Kind == types.Tuple {
		width = len(arg.Type().Elems)
	}
	values := make([]*batch.Vector, 0, len(items))
	for _, it := range items {
		bound, err := b.scalar(it, s)
		if err != nil {
			return nil, err
		}
		c, ok := bound.(*expr.Const)
		if !ok {
			return nil, chcode.Errorf(chcode.BadArguments,
				"The right side of IN must be constants or a subquery, not %s", ast.Format(it))
		}
		values = append(values, c.Vec.Slice(0, 1).Expand())
	}
	if len(values) == 1 && arg.Type().Kind != types.Array && values[0].Type.Kind == types.Array {
		return batch.New([]string{"0"}, []*batch.Vector{values[0].Data.(batch.Lists).Elems}, values[0].Data.(batch.Lists).Elems.Len), nil
	}
	if width > 1 && len(values) == width && values[0].Type.Kind != types.Tuple {
		return batch.New(nil, values, 1), nil // (a, b) IN (1, 2)
	}
	if width > 1 || (len(values) > 0 && values[0].Type.Kind == types.Tuple && arg.Type().Kind == types.Tuple) {
		return b.inTuples(values, expr.SetTypes(arg.Type()))
	}
	return b.inColumns([][]*batch.Vector{values}, []types.Type{arg.Type()}, len(values))
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
	fits := make([]bool, n)
	for i := range fits {
		fits[i] = true
	}
	for k, values := range cols {
		col, err := b.column(values, like[k], fits)
		if err != nil {
			return nil, err
		}
		out.Cols = append(out.Cols, col)
	}
	var sel []uint32
	for i, ok := range fits {
		if ok {
			sel = append(sel, uint32(i))
		}
	}
	if len(sel) == n {
		return out, nil
	}
	return out.Gather(sel), nil
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
