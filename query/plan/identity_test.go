package plan

import (
	"bytes"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/freshetdb/freshet/columnar/agg"
	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/expr"
	"github.com/freshetdb/freshet/columnar/types"
)

// TestIdentityKnowsAllFields fails when a node gets a field that AppendIdentity may
// not write: two plans that differ in it would have one answer.
func TestIdentityKnowsAllFields(t *testing.T) {
	for _, x := range []struct {
		node  any
		known string
	}{
		{Scan{}, "Table Columns Names Filter Hidden Limit"},
		{Rows{}, "Batch"},
		{Filter{}, "Input Conj"},
		{Project{}, "Input Exprs Names"},
		{Aggregate{}, "Input Keys KeyNames Calls More ByKey"},
		{AggCall{}, "Func Args Name Merge"},
		{AggregateInput{}, "Input Keys Args"},
		{Sort{}, "Input Keys Limit"},
		{SortKey{}, "Col Desc NullsFirst"},
		{Limit{}, "Input Count Offset CountShare OffsetShare Ties"},
		{LimitBy{}, "Input Count Offset Cols"},
		{Distinct{}, "Input Cols"},
		{Join{}, "Left Right Kind Strictness LeftKeys RightKeys Residual UseNulls"},
		{Union{}, "Branches"},
		{NewMembers{}, "Input Name"},
		{Window{}, "Input Partition Order Calls"},
		{WindowCall{}, "Func Agg Args Frame Result Name"},
		{Spread{}, "Input Cols Variants Always"},
		{TimesByKey{}, "Input Key Arg Calls Else"},
		{TimeCall{}, "IsGreatest Name"},
		{EventsByKey{}, "Input Key Func Args Name Else"},
		{Frame{}, "Rows Start End"},
		{FrameBound{}, "Kind Following Offset"},
	} {
		typ := reflect.TypeOf(x.node)
		var have []string
		for f := range typ.Fields() {
			have = append(have, f.Name)
		}
		if got := strings.Join(have, " "); got != x.known {
			t.Errorf("%s has the fields %s; AppendIdentity writes %s", typ, got, x.known)
		}
	}
}

// TestIdentityTellsPlansApart changes one thing at a time.
func TestIdentityTellsPlansApart(t *testing.T) {
	num := func(n uint64) expr.Expr {
		return expr.NewConst(batch.NewFixed(types.Of(types.UInt64), []uint64{n}, nil))
	}
	float := func(f float64) expr.Expr {
		return expr.NewConst(batch.NewFixed(types.Of(types.Float64), []float64{f}, nil))
	}
	col := &expr.Column{Pos: 0, Name: "a", T: types.Of(types.UInt64)}
	call := func(name string, args ...expr.Expr) expr.Expr {
		e, err := expr.NewCall(expr.Background(), name, args)
		if err != nil {
			t.Fatal(err)
		}
		return e
	}
	in := func(negate bool, values ...uint64) expr.Expr {
		ts := []types.Type{types.Of(types.UInt64)}
		set, err := expr.NewSet(expr.Background(), ts, batch.New(nil, []*batch.Vector{batch.NewFixed(ts[0], values, nil)}, len(values)))
		if err != nil {
			t.Fatal(err)
		}
		e, err := expr.NewIn(expr.Background(), col, set, negate)
		if err != nil {
			t.Fatal(err)
		}
		return e
	}
	quantile := func(level float64) agg.Func {
		f, err := agg.New("quantile", []*batch.Vector{batch.NewFixed(types.Of(types.Float64), []float64{level}, nil)}, []types.Type{col.T})
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
	scan := func(id string, cols []int, filter ...expr.Expr) *Scan {
		return &Scan{Table: table{id}, Columns: cols, Names: []string{"a", "b"}[:len(cols)], Filter: filter}
	}
	base := scan("1", []int{0})
	grouped := func(level float64) Node {
		return &Aggregate{Input: base, Calls: []AggCall{{Func: quantile(level), Args: []expr.Expr{col}, Name: "q"}}}
	}
	plans := []Node{
		base, scan("2", []int{0}), scan("1", []int{1}), scan("1", []int{0}, call("greater", col, num(1))),
		scan("1", []int{0}, call("greater", col, num(2))), scan("1", []int{0}, in(false, 1, 2)), scan("1", []int{0}, in(true, 1, 2)),
		scan("1", []int{0}, in(false, 1, 3)), &Limit{Input: base, Count: 1}, &Limit{Input: base, Count: 2},
		&Limit{Input: base, Count: 1, Offset: 1}, &Limit{Input: base, Count: 1, Ties: []SortKey{{}}}, &Limit{Input: base, CountShare: 0.5}, &Limit{Input: base, OffsetShare: 0.5}, &LimitBy{Input: base, Count: 1},
		&Sort{Input: base, Keys: []SortKey{{}}}, &Sort{Input: base, Keys: []SortKey{{Desc: true}}}, &Distinct{Input: base},
		&Distinct{Input: base, Cols: []int{}}, grouped(0.5), grouped(0.9), &Union{Branches: []Node{base}}, &Union{Branches: []Node{base, base}},
		&Project{Input: base, Exprs: []expr.Expr{float(0)}, Names: []string{"x"}},
		&Project{Input: base, Exprs: []expr.Expr{float(math.Copysign(0, -1))}, Names: []string{"x"}},
		&Project{Input: base, Exprs: []expr.Expr{num(0)}, Names: []string{"x"}},
		&Project{Input: base, Exprs: []expr.Expr{num(0)}, Names: []string{"y"}},
	}
	var seen [][]byte
	for i, n := range plans {
		b, ok := AppendIdentity(nil, n)
		if !ok {
			t.Fatalf("plan %d has no identity", i)
		}
		if k := slices.IndexFunc(seen, func(o []byte) bool { return bytes.Equal(o, b) }); k >= 0 {
			t.Errorf("plans %d and %d are the same:\n%s\n%s", k, i, strings.Join(Explain(plans[k]), "\n"), strings.Join(Explain(n), "\n"))
		}
		seen = append(seen, b)
	}
	same, _ := AppendIdentity(nil, scan("1", []int{0}, in(false, 2, 1)))
	if !bytes.Equal(same, seen[5]) {
		t.Error("the order of a set's rows tells plans apart")
	}
	for _, n := range []Node{
		&Project{Input: base, Exprs: []expr.Expr{call("rand")}, Names: []string{"x"}}, &Generate{Label: "numbers"},
	} {
		if _, ok := AppendIdentity(nil, n); ok {
			t.Errorf("%s has an identity", n.Describe())
		}
	}
}

// table is a table without rows.
type table struct{ id string }

func (table) Database() string { return "d" }
func (table) Name() string     { return "t" }
func (table) Columns() []types.Column {
	return []types.Column{{ID: 1, Name: "a", Type: types.Of(types.UInt64)}, {ID: 2, Name: "b", Type: types.Of(types.UInt64)}}
}
func (t table) Identity() string { return t.id }
