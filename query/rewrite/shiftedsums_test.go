package rewrite

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/freshetdb/freshet/columnar/agg"
	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/expr"
	"github.com/freshetdb/freshet/columnar/types"
	"github.com/freshetdb/freshet/query/plan"
)

var wholeTypes = []string{"UInt8", "UInt16", "UInt32", "UInt64", "Int8", "Int16", "Int32", "Int64"}

// wholes is a column of a type, many of whose values are at its bounds.
func wholes(r *rand.Rand, t types.Type, n int) *batch.Vector {
	bits := make([]uint64, n)
	for i := range bits {
		switch r.IntN(4) {
		case 0:
			bits[i] = r.Uint64()
		case 1:
			bits[i] = uint64(r.IntN(4)) - 2
		default:
			bits[i] = 1<<(8<<r.IntN(4)-1) - uint64(r.IntN(3))
		}
	}
	v, err := expr.NewCall(expr.Background(), "reinterpretAs"+t.String(), []expr.Expr{&expr.Column{T: types.Of(types.UInt64), Name: "b"}})
	if err != nil {
		panic(err)
	}
	col := batch.NewFixed(types.Of(types.UInt64), bits, nil)
	out, err := expr.Eval(expr.Background(), v, batch.New([]string{"b"}, []*batch.Vector{col}, n))
	if err != nil {
		panic(err)
	}
	return out
}

func aggregated(t *testing.T, name string, args ...*batch.Vector) *batch.Vector {
	t.Helper()
	var ts []types.Type
	n := 0
	for _, a := range args {
		ts, n = append(ts, a.Type), a.Len
	}
	f, err := agg.New(name, nil, ts)
	if err != nil {
		t.Fatal(err)
	}
	s := f.New()
	s.Grow(1)
	s.AddAll(0, args, n)
	return s.Finish(0, 1)
}

// The sum of x + c from the sum of x is the sum that adding row by row gives: for all
// types of both, at their bounds and over no rows.
func TestShiftedSum(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	ctx := expr.Background()
	for _, xs := range wholeTypes {
		for _, cs := range wholeTypes {
			for round := range 60 {
				x := wholes(r, types.MustParse(xs), round%7*5)
				args := []expr.Expr{&expr.Column{Name: "x", T: x.Type}, expr.NewConst(wholes(r, types.MustParse(cs), 1))}
				name := []string{"plus", "minus", "plus"}[round%3]
				if round%3 == 2 {
					args[0], args[1] = args[1], args[0]
				}
				e, err := expr.NewCall(ctx, name, args)
				if err != nil {
					t.Fatal(err)
				}
				rows := batch.New([]string{"x"}, []*batch.Vector{x}, x.Len)
				each, err := expr.Eval(ctx, e, rows)
				if err != nil {
					t.Fatal(err)
				}
				want := aggregated(t, "sum", each.Expand())
				s, ok := shiftOf(e)
				if !ok || !expr.Equal(s.x, &expr.Column{Name: "x", T: x.Type}) {
					t.Fatalf("%s is no shift", e)
				}
				total := aggregated(t, "sum", x)
				number := batch.NewFixed(types.Of(types.UInt64), []uint64{uint64(x.Len)}, nil)
				over, ok := shiftedSum(&expr.Column{Pos: 0, T: total.Type}, &expr.Column{Pos: 1, T: number.Type}, s.by, want.Type)
				if !ok {
					t.Fatalf("there is no sum of %s %s %s", xs, name, cs)
				}
				got, err := expr.Eval(ctx, over, batch.New([]string{"s", "n"}, []*batch.Vector{total, number}, 1))
				if err != nil {
					t.Fatal(err)
				}
				if a, b := string(expr.AppendValue(nil, got, 0, nil)), string(expr.AppendValue(nil, want, 0, nil)); a != b || !got.Type.Equal(want.Type) {
					t.Fatalf("sum(%s) over %d rows of %s is %s, want %s", e, x.Len, xs, a, b)
				}
			}
		}
	}
}

// What is not exact, or may be NULL, is left alone.
func TestShiftOfOthers(t *testing.T) {
	ctx := expr.Background()
	for _, name := range []string{"Float32", "Float64", "Decimal(9, 2)", "Nullable(Int32)", "Bool", "Date"} {
		x := &expr.Column{Name: "x", T: types.MustParse(name)}
		if e, err := expr.NewCall(ctx, "plus", []expr.Expr{x, number(1)}); err == nil {
			if _, ok := shiftOf(e); ok {
				t.Errorf("%s was taken for whole numbers", name)
			}
		}
	}
	x := &expr.Column{Name: "x", T: types.Of(types.UInt8)}
	for _, args := range [][]expr.Expr{{number(1), x}, {x, x}} {
		e, err := expr.NewCall(ctx, "minus", args)
		if err != nil {
			t.Fatal(err)
		}
		if _, ok := shiftOf(e); ok {
			t.Errorf("%s was taken for a shift", e)
		}
	}
}

// rowsOf is a plan of one row with columns of the types.
func rowsOf(names []string, ts ...string) plan.Node {
	b := &batch.Batch{Names: names, Rows: 1}
	for _, t := range ts {
		c := batch.NewBuilder(types.MustParse(t), 1)
		c.AppendDefault()
		b.Cols = append(b.Cols, c.Finish())
	}
	return &plan.Rows{Batch: b}
}

// Keys are left out where equal values of the others make them equal, and only there.
func TestDerivedKeys(t *testing.T) {
	ctx := expr.Background()
	call := func(name string, args ...expr.Expr) expr.Expr {
		e, err := expr.NewCall(ctx, name, args)
		if err != nil {
			t.Fatal(err)
		}
		return e
	}
	a := &expr.Column{Pos: 0, Name: "a", T: types.Of(types.UInt32)}
	s := &expr.Column{Pos: 1, Name: "s", T: types.Of(types.String)}
	f := &expr.Column{Pos: 2, Name: "f", T: types.Of(types.Float64)}
	next := call("plus", a, number(1))
	for _, c := range []struct {
		keys []expr.Expr
		want string // keys that are left
	}{
		{[]expr.Expr{a, next, call("minus", a, number(2))}, "a"},
		{[]expr.Expr{next, a}, "a"},
		{[]expr.Expr{call("multiply", next, number(2)), next}, "plus(a, 1)"},
		{[]expr.Expr{a, next, call("multiply", next, number(2)), s, call("length", s)}, "a, s"},
		{[]expr.Expr{a, a}, "a"},
		{[]expr.Expr{number(7), a}, "a"},
		{[]expr.Expr{number(7), number(8)}, "8"},
		{[]expr.Expr{next, call("plus", a, number(2))}, "plus(a, 1), plus(a, 2)"},
		{[]expr.Expr{a, call("plus", a, call("rand"))}, "a, plus(a, rand())"},
		{[]expr.Expr{f, call("divide", number(1), f)}, "f, divide(1, f)"},
		{[]expr.Expr{s, call("toUInt8", s)}, "s, toUInt8(s)"},
		{[]expr.Expr{a, call("concat", s, call("toString", a))}, "a, concat(s, toString(a))"},
	} {
		n := &plan.Aggregate{Input: rowsOf([]string{"a", "s", "f"}, "UInt32", "String", "Float64"), Keys: c.keys}
		for _, k := range c.keys {
			n.KeyNames = append(n.KeyNames, k.String())
		}
		out := derivedKeys(n)
		lines := plan.Explain(out)
		at := 0
		if _, isProject := out.(*plan.Project); isProject {
			at = 1
		}
		if _, left, _ := strings.Cut(lines[at], " by "); left != c.want {
			t.Errorf("by %v: %q, want %q", n.KeyNames, left, c.want)
		}
		for i, field := range out.Fields() {
			if field.Name != n.KeyNames[i] || !field.Type.Equal(c.keys[i].Type()) {
				t.Errorf("by %v: field %d is %s %s", n.KeyNames, i, field.Name, field.Type)
			}
		}
	}
}
