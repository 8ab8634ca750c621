package exec

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/freshetdb/freshet/columnar/agg"
	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/expr"
	"github.com/freshetdb/freshet/columnar/types"
	"github.com/freshetdb/freshet/index/roofline"
)

// drawColumn makes a column with ties, NULLs and NaN.
func drawColumn(t *rapid.T, typ types.Type, n int) *batch.Vector {
	b := batch.NewBuilder(typ, n)
	var codes []uint32
	for range n {
		v := rapid.IntRange(-3, 3).Draw(t, "value")
		if typ.Nullable && v == 3 {
			b.AppendNull()
			codes = append(codes, 0)
			continue
		}
		codes = append(codes, uint32(v+3))
		switch typ.Phys() {
		case types.PhysU8:
			b.U8 = append(b.U8, uint8(v))
		case types.PhysU32:
			b.U32 = append(b.U32, uint32(v))
		case types.PhysI32:
			b.I32 = append(b.I32, int32(v)<<28)
		case types.PhysU64:
			b.U64 = append(b.U64, uint64(v))
		case types.PhysI64:
			b.I64 = append(b.I64, int64(v)<<60)
		case types.PhysF64:
			f := float64(v)
			switch v {
			case 2:
				f = math.NaN()
			case 0:
				f = math.Copysign(0, -1)
			}
			b.F64 = append(b.F64, f)
		default:
			b.Str.AppendString([]string{"", "a", "aaaaaaaa", "aaaaaaaab", "b", "ba", "c"}[v+3])
		}
		b.NotNull()
	}
	out := b.Finish()
	if typ.IsString() && rapid.Bool().Draw(t, "symbols") {
		out.Data = batch.Symbols{Codes: codes, Dict: &texts{[]string{"b", "", "ab", "b c", "a", "zz", "c"}}}
	}
	return out
}

// TestSortIsStableSort holds sorting, whole and bounded, against a stable sort by
// comparers.
func TestSortIsStableSort(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		names := []string{
			"UInt8", "UInt32", "Int32", "UInt64", "Int64", "Float64", "String",
			"Nullable(Int32)", "Nullable(UInt64)", "Nullable(String)", "Nullable(Float64)",
		}
		n := rapid.IntRange(0, 400).Draw(t, "rows")
		b := &batch.Batch{Names: []string{"a", "b", "n"}, Rows: n}
		keys := []Key{{Col: 0}, {Col: 1}}[:rapid.IntRange(1, 2).Draw(t, "keys")]
		for i := range 2 {
			b.Cols = append(b.Cols, drawColumn(t, types.MustParse(rapid.SampledFrom(names).Draw(t, "type")), n))
			if i < len(keys) {
				keys[i].Desc, keys[i].NullsFirst = rapid.Bool().Draw(t, "desc"), rapid.Bool().Draw(t, "nulls first")
			}
		}
		b.Cols = append(b.Cols, batch.NewFixed(types.Of(types.UInt32), counting(n), nil))
		want := counting(n)
		by := comparers(b, keys)
		slices.SortStableFunc(want, func(x, y uint32) int { return compareRows(by, x, y) })
		if got, err := sortRows(t.Context(), b, keys); err != nil || !slices.Equal(got, want) {
			t.Fatalf("keys %+v:\ngot  %v\nwant %v", keys, got, want)
		}
		limit := rapid.IntRange(1, 10).Draw(t, "limit")
		s := &sorter{env: &Env{BatchRows: 4}, keys: keys, limit: int64(limit), names: b.Names, types: b.Types()}
		top, err := s.collect(t.Context(), NewRows(s.env, b))
		if err != nil {
			t.Fatal(err)
		}
		if got, first := batch.Values[uint32](top.Cols[2]), want[:min(limit, n)]; !slices.Equal(got, first) {
			t.Fatalf("first %d by %+v:\ngot  %v\nwant %v", limit, keys, got, first)
		}
	})
}

// BenchmarkTop takes the 100 groups with the most rows of 500,000, and sorts all.
func BenchmarkTop(b *testing.B) {
	r := rand.New(rand.NewPCG(5, 6))
	z := rand.NewZipf(r, 1.1, 1, 499_999)
	codes := make([]uint32, 4_000_000)
	for i := range codes {
		codes[i] = uint32(z.Uint64())
		if i < 500_000 {
			codes[i] = uint32(i)
		}
	}
	dict := numbered(500_000)
	in := batch.New([]string{"content"}, []*batch.Vector{
		{Type: types.Of(types.String), Len: len(codes), Data: batch.Symbols{Codes: codes, Dict: &dict}},
	}, len(codes))
	count, _ := agg.New("count", nil, nil)
	names, ts := []string{"content", "count"}, []types.Type{types.Of(types.String), types.Of(types.UInt64)}
	env := &Env{Expr: &expr.Ctx{}, Progress: &Progress{}, Workers: benchWorkers}
	groups := NewAggregate(env, []AggregateInput{{
		Streams: takers(in, benchWorkers), Keys: []expr.Expr{columnOf(in, 0)}, Args: [][]expr.Expr{nil},
	}}, []agg.Func{count}, names)
	var all []*batch.Batch
	for {
		out, err := groups.Next(b.Context())
		if err != nil {
			b.Fatal(err)
		}
		if out == nil {
			break
		}
		all = append(all, out)
	}
	rows := batch.ConcatBatches(names, ts, all)
	for _, bc := range []struct {
		name  string
		limit int64
		keys  []Key
	}{
		{"first 100 by count", 100, []Key{{Col: 1, Desc: true}}},
		{"first 100 by count and value", 100, []Key{{Col: 1, Desc: true}, {Col: 0}}},
		{"first 100 by value", 100, []Key{{Col: 0}}},
		{"all by count", 0, []Key{{Col: 1, Desc: true}}},
	} {
		b.Run(bc.name, func(b *testing.B) {
			for range b.N {
				op := NewSort(env, One(NewRows(env, rows)), bc.keys, bc.limit, names, ts)
				if _, err := op.Next(b.Context()); err != nil {
					b.Fatal(err)
				}
			}
			w := roofline.Work{Rows: rows.Rows, Steps: rows.Rows}
			for _, k := range bc.keys {
				w.Read += int(rows.Cols[k.Col].SizeBytes())
			}
			if bc.limit == 0 { // All rows go to their places.
				w.Read, w.Write = int(rows.SizeBytes()), int(rows.SizeBytes())
				w.Gather, w.Table = rows.Rows, w.Write
			}
			roofline.Report(b, w)
		})
	}
}
