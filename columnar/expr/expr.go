package expr

import (
	"strconv"
	"strings"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/types"
)

// Expr is a typed expression: a [*Column], [*Const], [*Call], [*Lambda] or [*In].
type Expr interface {
	// Type is the type of the values; a Lambda's is that of its body.
	Type() types.Type
	// String is the text by which ClickHouse names the column: plus(a, 1).
	String() string
	eval(v *env) (*batch.Vector, error)
}

// Column is the column of a batch at a position, or a lambda's parameter at a
// position made by [ParamPos].
type Column struct {
	Pos  int
	Name string
	T    types.Type
}

// ParamPos is the position of a lambda's parameter. Parameters are numbered
// from 0 over all lambdas that enclose the place where they are used, outermost
// first.
func ParamPos(number int) int { return -1 - number }

// Type is the column's type.
func (c *Column) Type() types.Type { return c.T }

// String is the column's name.
func (c *Column) String() string { return c.Name }

func (c *Column) eval(v *env) (*batch.Vector, error) { return v.column(c), nil }

// Const is a value. Vec has one row, which stands for all rows.
type Const struct {
	Vec  *batch.Vector
	Name string // how it prints; "" prints the value as a literal

	moment Expr // what it was folded from, when that depends on the query's time
}

// NewConst makes a constant of a vector's first row.
func NewConst(v *batch.Vector) *Const {
	if v.Const {
		v = batch.NewConst(v, 1)
	}
	one := *v.Slice(0, 1)
	one.Const, one.Len = false, 1
	return &Const{Vec: &one}
}

// Type is the value's type.
func (c *Const) Type() types.Type { return c.Vec.Type }

// String is the value as a literal, or Name.
func (c *Const) String() string {
	if c.Name != "" {
		return c.Name
	}
	return literal(c.Vec, 0)
}

func (c *Const) eval(v *env) (*batch.Vector, error) { return batch.NewConst(c.Vec, v.rows), nil }

// isNull tells whether the value is NULL.
func (c *Const) isNull() bool { return c.Vec.IsNull(0) }

// Lambda is an anonymous function, the first argument of arrayMap and its kin.
// Its body refers to the parameters by columns with positions of [ParamPos].
type Lambda struct {
	Params []*Column
	Body   Expr
}

// Type is the type of the body.
func (l *Lambda) Type() types.Type { return l.Body.Type() }

// String is lambda(tuple(x), plus(x, 1)).
func (l *Lambda) String() string {
	names := make([]string, len(l.Params))
	for i, p := range l.Params {
		names[i] = p.Name
	}
	return "lambda(tuple(" + strings.Join(names, ", ") + "), " + l.Body.String() + ")"
}

func (l *Lambda) eval(*env) (*batch.Vector, error) {
	panic("expr: a lambda has no value of its own")
}

// Call is a function applied to arguments. Make it by [NewCall].
type Call struct {
	Name string // the function's canonical name
	Args []Expr // as bound: casts that the function needs are among them

	given []Expr // as they were given: what is printed, encoded and rewritten
	ctx   *Ctx
	fn    *function
	typ   types.Type
	b     bound
	cost  costs
	sole  int // the one column the call depends on, row by row; -1: none or several
}

// Type is the type of the result.
func (c *Call) Type() types.Type { return c.typ }

// String is name(args…).
func (c *Call) String() string {
	var b strings.Builder
	b.WriteString(c.Name)
	b.WriteByte('(')
	for i, a := range c.given {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(a.String())
	}
	b.WriteByte(')')
	return b.String()
}

// literal prints a value as ClickHouse prints literals in names of columns.
func literal(v *batch.Vector, i int) string {
	if v.IsNull(i) {
		return "NULL"
	}
	switch v.Type.Kind {
	case types.Bool, types.Nothing:
	case types.Array, types.Tuple:
		return nestedLiteral(v, i)
	default:
		if !v.Type.IsNumeric() {
			return string(types.AppendQuoted(nil, AppendValue(nil, v, i, nil)))
		}
	}
	return string(AppendValue(nil, v, i, nil))
}

func nestedLiteral(v *batch.Vector, i int) string {
	var parts []string
	i = v.Row(i)
	if d, ok := v.Data.(batch.Lists); ok {
		for e := d.Offsets[i]; e < d.Offsets[i+1]; e++ {
			parts = append(parts, literal(d.Elems, int(e)))
		}
		return "[" + strings.Join(parts, ", ") + "]"
	}
	for _, p := range v.Data.([]*batch.Vector) {
		parts = append(parts, literal(p, i))
	}
	if len(parts) == 1 {
		return "tuple(" + parts[0] + ")"
	}
	return "(" + strings.Join(parts, ", ") + ")"
}

// ordinal is "1st", "2nd", "3rd", "4th", for messages.
func ordinal(n int) string {
	suffix := "th"
	if n%100/10 != 1 {
		switch n % 10 {
		case 1:
			suffix = "st"
		case 2:
			suffix = "nd"
		case 3:
			suffix = "rd"
		}
	}
	return strconv.Itoa(n) + suffix
}
