package expr

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/chcode"
	"github.com/freshetdb/freshet/columnar/types"
)

// call makes a call for a test.
func call(t testing.TB, name string, args ...Expr) Expr {
	t.Helper()
	e, err := NewCall(testCtx(), name, args)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return e
}

func numbers(values ...int64) *batch.Vector {
	return batch.NewFixed(types.Of(types.Int64), values, nil)
}

func column(pos int, v *batch.Vector) *Column {
	return &Column{Pos: pos, Name: fmt.Sprintf("c%d", pos), T: v.Type}
}

func TestFilterTriesConjunctsInOrder(t *testing.T) {
	a := numbers(0, 1, 2, 0, 4)
	x := column(0, a)
	// Division by zero for the rows that the first conjunct rejects.
	safe := call(t, "and", call(t, "notEquals", x, numberConst("0")), call(t, "greater", call(t, "intDiv", numberConst("8"), x), numberConst("3")))
	b := batch.New(nil, []*batch.Vector{a}, a.Len)
	sel, err := Filter(testCtx(), safe, b, nil)
	if err != nil || !slices.Equal(sel, []uint32{1, 2}) {
		t.Fatalf("got %v, %v", sel, err)
	}
	sel, err = Filter(testCtx(), safe, b, []uint32{2, 3, 4})
	if err != nil || !slices.Equal(sel, []uint32{2}) {
		t.Fatalf("of a selection: got %v, %v", sel, err)
	}
	unsafe := call(t, "greater", call(t, "intDiv", numberConst("8"), x), numberConst("3"))
	if _, err := Filter(testCtx(), unsafe, b, nil); chcode.Of(err) != chcode.IllegalDivision {
		t.Fatalf("got %v", err)
	}
	if sel, err = Filter(testCtx(), numberConst("1"), b, nil); err != nil || len(sel) != 5 {
		t.Fatalf("of a true constant: got %v, %v", sel, err)
	}
	if sel, err = Filter(testCtx(), numberConst("0"), b, nil); err != nil || len(sel) != 0 {
		t.Fatalf("of a false constant: got %v, %v", sel, err)
	}
}

func TestFilterTakesNullAsFalse(t *testing.T) {
	v := &batch.Vector{Type: types.Of(types.UInt8).AsNullable(), Len: 3, Nulls: []bool{false, true, false}, Data: []uint8{1, 1, 0}}
	sel, err := Filter(testCtx(), column(0, v), batch.New(nil, []*batch.Vector{v}, 3), nil)
	if err != nil || !slices.Equal(sel, []uint32{0}) {
		t.Fatalf("got %v, %v", sel, err)
	}
}

func TestBranchesAreEvaluatedForTheirRows(t *testing.T) {
	a := numbers(0, 1, 2, 0)
	x := column(0, a)
	div := call(t, "intDiv", numberConst("8"), x)
	zero := call(t, "equals", x, numberConst("0"))
	minus := numberConst("-1")
	for name, e := range map[string]Expr{
		"if":      call(t, "if", zero, minus, div),
		"multiIf": call(t, "multiIf", zero, minus, call(t, "equals", div, numberConst("8")), numberConst("8"), div),
	} {
		v, err := Eval(testCtx(), e, batch.New(nil, []*batch.Vector{a}, a.Len))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if got := strings.Join(text(v), " "); got != "-1 8 4 -1" {
			t.Errorf("%s: got %s", name, got)
		}
	}
	or := call(t, "or", zero, call(t, "greater", div, numberConst("5")))
	v, err := Eval(testCtx(), or, batch.New(nil, []*batch.Vector{a}, a.Len))
	if err != nil || strings.Join(text(v), " ") != "1 1 0 1" {
		t.Fatalf("or: got %v, %v", v, err)
	}
}

func TestFoldLeavesErrorsToRows(t *testing.T) {
	bad := call(t, "intDiv", numberConst("1"), numberConst("0"))
	e, err := Fold(testCtx(), bad)
	if err != nil {
		t.Fatal(err)
	}
	if _, isConst := e.(*Const); isConst {
		t.Fatal("folded an error")
	}
	if v, err := Eval(testCtx(), e, batch.New(nil, nil, 0)); err != nil || v.Len != 0 {
		t.Fatalf("no rows: %v, %v", v, err)
	}
	if _, err := Eval(testCtx(), e, batch.New(nil, nil, 2)); chcode.Of(err) != chcode.IllegalDivision {
		t.Fatalf("two rows: %v", err)
	}
	good, err := Fold(testCtx(), call(t, "plus", numberConst("1"), numberConst("2")))
	c, ok := good.(*Const)
	if err != nil || !ok || literal(c.Vec, 0) != "3" || c.String() != "plus(1, 2)" {
		t.Fatalf("got %v, %v", good, err)
	}
}

func TestNewCallErrors(t *testing.T) {
	for _, c := range []struct {
		name string
		args []Expr
		code chcode.Code
		says string
	}{
		{"toStartOfMinut", []Expr{numberConst("1")}, chcode.UnknownFunction, "toStartOfMinute"},
		{"length", nil, chcode.NumberOfArgumentsDoesntMatch, "passed 0"},
		{"plus", []Expr{stringConst("a"), numberConst("1")}, chcode.IllegalTypeOfArgument, "String"},
		{"toDateTime", []Expr{stringConst("a"), stringConst("Nowhere")}, chcode.BadArguments, "Nowhere"},
	} {
		_, err := NewCall(testCtx(), c.name, c.args)
		if chcode.Of(err) != c.code || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: got %v", c.name, err)
		}
	}
}

func TestEvalStopsWhenCancelled(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(errors.New("killed"))
	c := testCtx()
	c.Context = ctx
	if _, err := Eval(c, numberConst("1"), batch.New(nil, nil, 1)); chcode.Of(err) != chcode.QueryWasCancelled {
		t.Fatalf("got %v", err)
	}
}

// setOf makes a set of the literals.
func setOf(t testing.TB, ctx *Ctx, keys []types.Type, rows ...[]Expr) *Set {
	t.Helper()
	builders := make([]*batch.Builder, len(keys))
	for k, key := range keys {
		builders[k] = batch.NewBuilder(key.AsNullable(), len(rows))
	}
	for _, row := range rows {
		for k, e := range row {
			c, err := NewCast(ctx, e, keys[k].AsNullable(), CastInternal)
			if err != nil {
				t.Fatal(err)
			}
			v, err := Eval(ctx, c, batch.New(nil, nil, 1))
			if err != nil {
				t.Fatal(err)
			}
			builders[k].AppendRow(v, 0)
		}
	}
	cols := make([]*batch.Vector, len(keys))
	for k, b := range builders {
		cols[k] = b.Finish()
	}
	s, err := NewSet(ctx, keys, batch.New(nil, cols, len(rows)))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func nullConst() Expr { return NewConst(batch.NewNulls(types.Of(types.Nothing).AsNullable(), 1)) }

func TestIn(t *testing.T) {
	ints := numbers(1, 2, 3)
	nullable := &batch.Vector{Type: types.Of(types.Int64).AsNullable(), Len: 3, Nulls: []bool{false, true, false}, Data: []int64{1, 0, 9}}
	text := batch.NewStrings(types.Of(types.String), batch.Strings{Offsets: []uint32{0, 1, 3, 3}, Bytes: []byte("abb")}, nil)
	one := func(values ...Expr) (rows [][]Expr) {
		for _, v := range values {
			rows = append(rows, []Expr{v})
		}
		return rows
	}
	n := numberConst
	for _, c := range []struct {
		name      string
		arg       *batch.Vector
		set       [][]Expr
		negate    bool
		transform bool
		want      string
	}{
		{"ints", ints, one(n("1"), n("3")), false, false, "1 0 1"},
		{"many ints", ints, one(n("1"), n("3"), n("4"), n("5"), n("6"), n("-1")), false, false, "1 0 1"},
		{"not in", ints, one(n("1")), true, false, "0 1 1"},
		{"empty", ints, nil, false, false, "0 0 0"},
		{"not in the empty set", ints, nil, true, false, "1 1 1"},
		{"null in the set", ints, one(n("1"), nullConst()), false, false, "1 0 0"},
		{"null value", nullable, one(n("1")), false, false, "1 NULL 0"},
		{"null value negated", nullable, one(n("1")), true, false, "0 NULL 1"},
		{"null transformed", nullable, one(n("1"), nullConst()), false, true, "1 1 0"},
		{"strings", text, one(stringConst("bb"), stringConst("")), false, false, "0 1 1"},
		{"many strings", text, one(stringConst("bb"), stringConst("x"), stringConst("y"), stringConst("z"), stringConst("q")), false, false, "0 1 0"},
	} {
		ctx := testCtx()
		ctx.TransformNullIn = c.transform
		e, err := NewIn(ctx, column(0, c.arg), setOf(t, ctx, SetTypes(c.arg.Type), c.set...), c.negate)
		if err != nil {
			t.Fatal(err)
		}
		v, err := Eval(ctx, e, batch.New(nil, []*batch.Vector{c.arg}, c.arg.Len))
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(textOf(v), " "); got != c.want {
			t.Errorf("%s: got %s, want %s", c.name, got, c.want)
		}
	}
}

func textOf(v *batch.Vector) []string { return text(v) }

func TestInOfTuples(t *testing.T) {
	a, b := numbers(1, 1, 2), numbers(5, 6, 5)
	tuple := call(t, "tuple", column(0, a), column(1, b))
	set := setOf(t, testCtx(), SetTypes(tuple.Type()), []Expr{numberConst("1"), numberConst("6")}, []Expr{numberConst("2"), numberConst("5")})
	e, err := NewIn(testCtx(), tuple, set, false)
	if err != nil {
		t.Fatal(err)
	}
	v, err := Eval(testCtx(), e, batch.New(nil, []*batch.Vector{a, b}, 3))
	if err != nil || strings.Join(text(v), " ") != "0 1 1" {
		t.Fatalf("got %v, %v", v, err)
	}
}

func TestLambdaSeesColumnsAround(t *testing.T) {
	a := numbers(10, 20)
	arr := call(t, "array", numberConst("1"), numberConst("2"))
	p := &Column{Pos: ParamPos(0), Name: "x", T: types.Of(types.UInt8)}
	l := &Lambda{Params: []*Column{p}, Body: call(t, "plus", p, column(0, a))}
	v, err := Eval(testCtx(), call(t, "arrayMap", l, arr), batch.New(nil, []*batch.Vector{a}, 2))
	if err != nil || strings.Join(text(v), " ") != "[11,12] [21,22]" {
		t.Fatalf("got %v, %v", v, err)
	}
}

func TestRemapAndColumns(t *testing.T) {
	e := call(t, "plus", &Column{Pos: 3, Name: "a", T: types.Of(types.UInt8)}, &Column{Pos: 1, Name: "b", T: types.Of(types.UInt8)})
	if got := Columns(e); !slices.Equal(got, []int{1, 3}) {
		t.Fatalf("got %v", got)
	}
	m := Remap(e, func(pos int) int { return pos * 10 })
	if got := Columns(m); !slices.Equal(got, []int{10, 30}) || m.String() != "plus(a, b)" {
		t.Fatalf("got %v of %s", got, m)
	}
	if !Equal(e, Remap(m, func(pos int) int { return pos / 10 })) || Equal(e, m) {
		t.Fatal("Equal")
	}
}

func TestDeterminism(t *testing.T) {
	if IsDeterministic(call(t, "plus", call(t, "rand"), numberConst("1"))) {
		t.Fatal("rand")
	}
	now := call(t, "now")
	if IsDeterministic(now) {
		t.Fatal("now differs between queries")
	}
	if folded, err := Fold(testCtx(), now); err != nil || !IsDeterministic(folded) {
		t.Fatalf("now is a constant of its query: %v, %v", folded, err)
	}
	if CanThrow(call(t, "plus", numberConst("1"), numberConst("2"))) || !CanThrow(call(t, "toUInt8", stringConst("1"))) {
		t.Fatal("CanThrow")
	}
}

func TestFunctionsAreDescribed(t *testing.T) {
	list := Functions()
	if len(list) < 350 {
		t.Fatalf("only %d functions", len(list))
	}
	for _, f := range list {
		if f.Syntax == "" || f.Returns == "" || f.Category == "" || f.Example == "" || !strings.HasSuffix(f.Description, ".") {
			t.Errorf("%s is not described: %+v", f.Name, f)
		}
	}
}

func TestSupertypeErrors(t *testing.T) {
	_, err := Supertype(types.Of(types.Int64), types.Of(types.UInt64))
	if chcode.Of(err) != chcode.NoCommonType {
		t.Fatalf("got %v", err)
	}
}
