package expr

import (
	"strconv"
	"testing"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/chcode"
	"github.com/freshetdb/freshet/columnar/ledger"
	"github.com/freshetdb/freshet/columnar/types"
)

// TestArgumentsCannotAskForTooMuch evaluates, over rows, functions whose results would not fit into memory.
func TestArgumentsCannotAskForTooMuch(t *testing.T) {
	n := func(i int64) Expr { return numberConst(strconv.FormatInt(i, 10)) }
	text := call(t, "repeat", stringConst("ab"), n(100_000))
	rows := numbers(1, 2, 3)
	few := column(0, rows)
	param := &Column{Pos: ParamPos(0), Name: "x", T: types.Of(types.UInt32)}
	lambda := func(body Expr) Expr { return &Lambda{Params: []*Column{param}, Body: body} }
	for name, c := range map[string]struct {
		e    Expr
		code chcode.Code
	}{
		"range of a row":       {call(t, "range", call(t, "plus", few, n(1<<40))), chcode.ArgumentOutOfBound},
		"ranges of all rows":   {call(t, "range", call(t, "plus", few, n(maxMadeElements/2))), chcode.ArgumentOutOfBound},
		"resized":              {call(t, "arrayResize", call(t, "array", few), n(maxMadeElements/2)), chcode.TooLargeArraySize},
		"resized to the least": {call(t, "arrayResize", call(t, "array", few), n(-1<<63)), chcode.TooLargeArraySize},
		"long elements":        {call(t, "arrayWithConstant", call(t, "plus", few, n(10_000)), text), chcode.TooLargeStringSize},
		"many spaces":          {call(t, "space", call(t, "plus", few, n(maxTimes))), chcode.TooLargeStringSize},
		"text repeated":        {call(t, "repeat", text, call(t, "plus", few, n(2000))), chcode.TooLargeStringSize},
		"text replaced":        {call(t, "replaceAll", text, call(t, "substring", stringConst("xa"), call(t, "plus", n(1), call(t, "greater", few, n(0)))), text), chcode.TooLargeStringSize},
		"text joined":          {call(t, "arrayStringConcat", call(t, "arrayResize", call(t, "array", few), n(100_000)), text), chcode.TooLargeStringSize},
		"ranges of elements":   {call(t, "arrayMap", lambda(call(t, "range", param)), call(t, "range", call(t, "plus", few, n(20_000)))), chcode.ArgumentOutOfBound},
		"constant of elements": {call(t, "arrayMap", lambda(text), call(t, "range", call(t, "plus", few, n(20_000)))), chcode.TooLargeStringSize},
	} {
		t.Run(name, func(t *testing.T) {
			if v, err := Eval(testCtx(), c.e, batch.New(nil, []*batch.Vector{rows}, rows.Len)); chcode.Of(err) != c.code {
				t.Errorf("got %v, %v; want code %d", v != nil, err, c.code)
			}
		})
	}
}

func TestPaddingIsBounded(t *testing.T) {
	rows := numbers(make([]int64, 1000)...)
	e := call(t, "toFixedString", call(t, "toString", column(0, rows)), numberConst("16000000"))
	if _, err := Eval(testCtx(), e, batch.New(nil, []*batch.Vector{rows}, rows.Len)); chcode.Of(err) != chcode.TooLargeStringSize {
		t.Errorf("got %v", err)
	}
}

// TestEvaluationKeepsToTheBudget has arrays that are allowed by size, but not to this query.
func TestEvaluationKeepsToTheBudget(t *testing.T) {
	ctx := testCtx()
	ctx.Memory = ledger.New("query", 1<<20, nil)
	for _, name := range []string{"range", "space"} {
		e, err := NewCall(ctx, name, []Expr{numberConst("1000000")})
		if err != nil {
			t.Fatal(err)
		}
		if name == "space" {
			e = call(t, "concat", e, e)
		}
		folded, err := Fold(ctx, e)
		if err != nil {
			t.Fatal(err)
		}
		if _, isConst := folded.(*Const); isConst {
			t.Errorf("%s: folded beyond the budget", name)
		}
		if used := ctx.Memory.Used(); used > 1<<20 {
			t.Errorf("%s: %d bytes are taken", name, used)
		}
	}
	e := call(t, "range", numberConst("1000000"))
	if _, err := Eval(ctx, e, &batch.Batch{Rows: 1}); chcode.Of(err) != chcode.MemoryLimitExceeded {
		t.Errorf("evaluated: got %v", err)
	}
}
