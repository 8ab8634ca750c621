package rollup_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/expr"
	"github.com/freshetdb/freshet/columnar/rollup"
	"github.com/freshetdb/freshet/columnar/segment"
	"github.com/freshetdb/freshet/columnar/types"
	"github.com/freshetdb/freshet/index/roofline"
)

// dictionary is numbers as values.
type dictionary int

func (d dictionary) Len() int                { return int(d) }
func (d dictionary) Value(sym uint32) []byte { return fmt.Appendf(nil, "value-%08d", sym) }
func (d dictionary) Lookup(value []byte) (sym uint32, ok bool) {
	_, err := fmt.Sscanf(string(value), "value-%08d", &sym)
	return sym, err == nil && int(sym) < int(d)
}

func (d dictionary) Hash128(sym uint32) (hi, lo uint64) {
	return uint64(sym) * 0x9e3779b97f4a7c15, uint64(sym)
}

func column(id int, t types.Type) *expr.Column {
	return &expr.Column{Pos: id, Name: fmt.Sprintf("c%d", id), T: t}
}

func call(tb tester, name string, args ...expr.Expr) expr.Expr {
	tb.Helper()
	e, err := expr.NewCall(expr.Background(), name, args)
	if err != nil {
		tb.Fatal(err)
	}
	return e
}

// The columns of the events that are folded.
const (
	ts = iota + 1
	country
	platform
	content
	user
	amount
)

func eventTypes() map[int]types.Type {
	text := types.Of(types.String)
	return map[int]types.Type{
		ts: types.Of(types.DateTime), country: text, platform: text, content: text, user: text, amount: types.Of(types.Int32),
	}
}

// plan compiles a rollup by the minute and dimensions with count, sum(amount) and,
// with users, uniqExact(user).
func plan(tb tester, dimensions []int, withUsers bool) *rollup.Plan {
	tb.Helper()
	t := eventTypes()
	minute := call(tb, "toStartOfMinute", column(ts, t[ts]))
	in := rollup.Input{Keys: [][]byte{expr.Encode(minute)}}
	var out rollup.Output
	add := func(name string, typ types.Type) int {
		out.Columns = append(out.Columns, types.Column{ID: uint32(100 + len(out.Columns)), Name: name, Type: typ})
		return len(out.Columns) - 1
	}
	out.Keys = append(out.Keys, add("minute", minute.Type()))
	for _, d := range dimensions {
		in.Keys = append(in.Keys, expr.Encode(column(d, t[d])))
		out.Keys = append(out.Keys, add(fmt.Sprintf("d%d", d), t[d]))
	}
	state := func(typ, function string, args ...int) {
		out.States = append(out.States, rollup.StateColumn{Place: add(function, types.MustParse(typ)), Func: function})
		list := [][]byte{}
		for _, a := range args {
			list = append(list, expr.Encode(column(a, t[a])))
		}
		in.Args = append(in.Args, list)
	}
	state("SimpleAggregateFunction(sum, UInt64)", "count")
	state("SimpleAggregateFunction(sum, Int64)", "sum", amount)
	if withUsers {
		state("AggregateFunction(uniqExact, String)", "uniqExact", user)
	}
	schema := types.Schema{Columns: out.Columns}
	out.Sort = segment.KeyOfColumns(&schema, out.Keys...)
	p, err := rollup.New(in, out)
	if err != nil {
		tb.Fatal(err)
	}
	return p
}

// sizes of the dictionaries.
const (
	countries = 60
	platforms = 6
	contents  = 100_000
	users     = 1_000_000
)

// events makes rows of some minutes, in the order of their coming; the columns are
// those that a plan needs.
func events(p *rollup.Plan, rows, minutes int, r *rand.Rand) *batch.Batch {
	b := &batch.Batch{Rows: rows}
	symbols := func(n int, zipf *rand.Zipf) *batch.Vector {
		codes := make([]uint32, rows)
		for i := range codes {
			if zipf != nil {
				codes[i] = uint32(zipf.Uint64())
			} else {
				codes[i] = uint32(r.IntN(n))
			}
		}
		return &batch.Vector{Type: types.Of(types.String), Len: rows, Data: batch.Symbols{Codes: codes, Dict: dictionary(n)}}
	}
	for _, c := range p.Needs {
		var v *batch.Vector
		switch c.ID {
		case ts:
			at := make([]uint32, rows)
			for i := range at {
				at[i] = uint32(1_700_000_000 + 60*minutes*i/rows + r.IntN(60))
			}
			v = batch.NewFixed(types.Of(types.DateTime), at, nil)
		case country:
			v = symbols(countries, rand.NewZipf(r, 1.2, 2, countries-1))
		case platform:
			v = symbols(platforms, nil)
		case content:
			v = symbols(contents, rand.NewZipf(r, 1.1, 10, contents-1))
		case user:
			v = symbols(users, nil)
		case amount:
			n := make([]int32, rows)
			for i := range n {
				n[i] = int32(r.IntN(1000))
			}
			v = batch.NewFixed(types.Of(types.Int32), n, nil)
		}
		b.Names, b.Cols = append(b.Names, c.Name), append(b.Cols, v)
	}
	return b
}

// BenchmarkFold folds 64 k rows of five minutes, as the background does.
func BenchmarkFold(b *testing.B) {
	const rows = 65_536
	for _, c := range []struct {
		name       string
		dimensions []int
		users      bool
	}{
		{"minute", nil, true},
		{"minute country platform", []int{country, platform}, true},
		{"minute country platform, no users", []int{country, platform}, false},
		{"minute content", []int{content}, true},
		{"minute content country platform", []int{content, country, platform}, true},
	} {
		b.Run(c.name, func(b *testing.B) {
			p := plan(b, c.dimensions, c.users)
			in := events(p, rows, 5, rand.New(rand.NewPCG(1, 2)))
			var out *batch.Batch
			for b.Loop() {
				var err error
				if out, err = p.Fold(in); err != nil {
					b.Fatal(err)
				}
			}
			w := roofline.Work{Rows: rows, Read: int(in.SizeBytes()), Write: int(out.SizeBytes()), Gather: rows, Table: 8 * out.Rows, Steps: rows}
			if c.users { // Each is looked for among those of its group.
				w.Gather, w.Table = 2*rows, 4*rows
			}
			roofline.Report(b, w)
			b.ReportMetric(float64(out.Rows), "groups")
		})
	}
}
