package rollup_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"sort"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/freshetdb/freshet/columnar/agg"
	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/expr"
	"github.com/freshetdb/freshet/columnar/rollup"
	"github.com/freshetdb/freshet/columnar/segment"
	"github.com/freshetdb/freshet/columnar/types"
)

// tester is a test of the package testing or one of rapid's.
type tester interface {
	Helper()
	Fatal(args ...any)
}

// lines are the rows of a batch as text, states finished, in their order.
func lines(tb tester, b *batch.Batch) []string {
	tb.Helper()
	out := make([]string, b.Rows)
	for _, c := range b.Cols {
		if c.Type.Kind == types.AggregateFunction {
			v, err := agg.Finalize(c)
			if err != nil {
				tb.Fatal(err)
			}
			c = v
		}
		for i := range out {
			if c.IsNull(i) {
				out[i] += "NULL|"
				continue
			}
			out[i] += string(expr.AppendValue(nil, c, i, nil)) + "|"
		}
	}
	return out
}

// merging is the plan that merges rows of plan's.
func merging(tb tester, columns []types.Column, keys ...int) *rollup.Plan {
	tb.Helper()
	funcs := map[int]string{}
	for i := range columns {
		funcs[i] = columns[i].Type.Simple
	}
	schema := types.Schema{Columns: columns}
	p, err := rollup.NewMerge(columns, keys, funcs, segment.KeyOfColumns(&schema, keys...), nil)
	if err != nil {
		tb.Fatal(err)
	}
	return p
}

func columnsOf(b *batch.Batch) []types.Column {
	out := make([]types.Column, len(b.Cols))
	for i, c := range b.Cols {
		out[i] = types.Column{ID: uint32(i + 1), Name: b.Names[i], Type: c.Type}
	}
	return out
}

func concat(list ...*batch.Batch) *batch.Batch {
	return batch.ConcatBatches(list[0].Names, list[0].Types(), list)
}

// TestFoldInPieces folds rows at once and in pieces that are merged, by Fold and by
// Stream: the rows that come out are the same.
func TestFoldInPieces(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for _, dimensions := range [][]int{nil, {country}, {country, platform}, {content, country, platform}} {
		p := plan(t, dimensions, true)
		in := events(p, 3000, 4, r)
		whole, err := p.Fold(in)
		if err != nil {
			t.Fatal(err)
		}
		keys := make([]int, len(dimensions)+1)
		for i := range keys {
			keys[i] = i
		}
		merge := merging(t, columnsOf(whole), keys...)
		var pieces []*batch.Batch
		for lo := 0; lo < in.Rows; {
			hi := min(in.Rows, lo+1+r.IntN(700))
			piece, err := p.Fold(in.Slice(lo, hi))
			if err != nil {
				t.Fatal(err)
			}
			pieces = append(pieces, piece)
			lo = hi
		}
		merged, err := merge.Fold(concat(pieces...))
		if err != nil {
			t.Fatal(err)
		}
		want := lines(t, whole)
		if got := lines(t, merged); !slices.Equal(got, want) {
			t.Fatalf("by %v: merged\n\t%s\nexpected\n\t%s", dimensions, strings.Join(got, "\n\t"), strings.Join(want, "\n\t"))
		}
		if got := lines(t, streamed(t, merge, pieces, r)); !slices.Equal(got, want) {
			t.Fatalf("by %v: streamed\n\t%s\nexpected\n\t%s", dimensions, strings.Join(got, "\n\t"), strings.Join(want, "\n\t"))
		}
	}
}

// streamed sorts the rows of pieces and streams them in small batches.
func streamed(t *testing.T, merge *rollup.Plan, pieces []*batch.Batch, r *rand.Rand) *batch.Batch {
	t.Helper()
	all := concat(pieces...)
	n := 0
	for n < len(all.Cols) && all.Cols[n].Type.Simple == "" && all.Cols[n].Type.Kind != types.AggregateFunction {
		n++
	}
	if perm := segment.Order(all.Cols[:n], all.Rows); perm != nil {
		names := all.Names
		all = all.Gather(perm)
		all.Names = names
	}
	var out []*batch.Batch
	dicts := all.Cols[len(all.Cols)-1].Dicts
	s := merge.NewStream(func(int) []batch.Dictionary { return dicts }, func(b *batch.Batch) error {
		out = append(out, b)
		return nil
	})
	for lo := 0; lo < all.Rows; {
		hi := min(all.Rows, lo+1+r.IntN(50))
		if err := s.Add(all.Slice(lo, hi)); err != nil {
			t.Fatal(err)
		}
		lo = hi
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return concat(out...)
}

// TestSymbolSetsAreStates compares the sets that a fold writes with those of the
// aggregate function.
func TestSymbolSetsAreStates(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		limit := rapid.SampledFrom([]int{3, 100, 70_000, users}).Draw(t, "users")
		codes := rapid.SliceOfN(rapid.Uint32Range(0, uint32(limit-1)), 1, 400).Draw(t, "codes")
		groups := make([]uint32, len(codes))
		for i := range groups {
			groups[i] = rapid.Uint32Range(0, 3).Draw(t, "group")
		}
		text := types.Of(types.String)
		v := &batch.Vector{Type: text, Len: len(codes), Data: batch.Symbols{Codes: codes, Dict: dictionary(users)}}
		columns := []types.Column{
			{ID: 1, Name: "k", Type: types.Of(types.UInt32)}, {ID: 2, Name: "u", Type: types.MustParse("AggregateFunction(uniqExact, String)")},
		}
		p, err := rollup.New(
			rollup.Input{Keys: [][]byte{expr.Encode(column(1, types.Of(types.UInt32)))}, Args: [][][]byte{{expr.Encode(column(2, text))}}},
			rollup.Output{Columns: columns, Keys: []int{0}, States: []rollup.StateColumn{{Place: 1, Func: "uniqExact"}}},
		)
		if err != nil {
			t.Fatal(err)
		}
		out, err := p.Fold(&batch.Batch{Rows: len(codes), Cols: []*batch.Vector{batch.NewFixed(types.Of(types.UInt32), groups, nil), v}})
		if err != nil {
			t.Fatal(err)
		}
		f, err := agg.New("uniqExact", nil, []types.Type{text})
		if err != nil {
			t.Fatal(err)
		}
		s := f.New()
		s.Grow(4)
		s.Add(groups, []*batch.Vector{v}, len(codes))
		for i, g := range batch.Values[uint32](out.Cols[0]) {
			if got, want := out.Cols[1].Data.(batch.Strings).At(i), s.Encode(nil, g, agg.Local); !bytes.Equal(got, want) {
				t.Fatalf("group %d: state %x, expected %x", g, got, want)
			}
		}
	})
}

// TestGroupsOfAnyKeys groups by columns of all kinds and compares with a map.
func TestGroupsOfAnyKeys(t *testing.T) {
	kinds := []string{
		"UInt8", "Int64", "Nullable(Int32)", "UInt64", "String", "Nullable(String)", "Float64", "Decimal(38, 2)", "UUID",
		"Array(UInt8)", "DateTime64(3)", "Bool",
	}
	rapid.Check(t, func(t *rapid.T) {
		rows := rapid.IntRange(1, 60).Draw(t, "rows")
		names := rapid.SliceOfN(rapid.SampledFrom(kinds), 0, 5).Draw(t, "keys")
		in, columns := &batch.Batch{}, []types.Column(nil)
		var input rollup.Input
		var out rollup.Output
		for i, name := range names {
			typ := types.MustParse(name)
			in.Cols = append(in.Cols, anyColumn(t, typ, rows))
			columns = append(columns, types.Column{ID: uint32(i + 1), Name: name, Type: typ})
			input.Keys, out.Keys = append(input.Keys, expr.Encode(column(i+1, typ))), append(out.Keys, i)
		}
		out.Columns = append(slices.Clone(columns), types.Column{ID: 99, Name: "c", Type: types.MustParse("SimpleAggregateFunction(sum, UInt64)")})
		out.States = []rollup.StateColumn{{Place: len(columns), Func: "count"}}
		input.Args = [][][]byte{{}}
		p, err := rollup.New(input, out)
		if err != nil {
			t.Fatal(err)
		}
		needed := &batch.Batch{Rows: rows}
		for _, c := range p.Needs {
			needed.Cols = append(needed.Cols, in.Cols[c.ID-1])
		}
		got, err := p.Fold(needed)
		if err != nil {
			t.Fatal(err)
		}
		counts := map[string]int{}
		for i := range rows {
			var key []byte
			for _, c := range in.Cols {
				if c.IsNull(i) {
					key = append(key, "NULL|"...)
				} else {
					key = append(expr.AppendValue(key, c, i, nil), '|')
				}
			}
			counts[string(key)]++
		}
		var want []string
		for k, n := range counts {
			want = append(want, fmt.Sprintf("%s%d|", k, n))
		}
		sort.Strings(want)
		have := lines(t, got)
		if sort.Strings(have); !slices.Equal(have, want) {
			t.Fatalf("groups\n\t%s\nexpected\n\t%s", strings.Join(have, "\n\t"), strings.Join(want, "\n\t"))
		}
	})
}

// anyColumn makes values of a type of which some are equal and some far apart.
func anyColumn(t *rapid.T, typ types.Type, rows int) *batch.Vector {
	texts := rapid.SliceOfN(rapid.SampledFrom(samples(typ)), rows, rows).Draw(t, "values of "+typ.String())
	s := batch.NewBuilder(types.MustParse("Nullable(String)"), rows)
	for _, x := range texts {
		if x == "NULL" {
			s.AppendNull()
			continue
		}
		s.Str.AppendString(x)
		s.NotNull()
	}
	v := s.Finish()
	if v.Nulls == nil {
		v.Type = types.Of(types.String)
	}
	cast, err := expr.NewCast(expr.Background(), &expr.Column{T: v.Type}, typ, expr.CastPlain)
	if err != nil {
		t.Fatal(err)
	}
	out, err := expr.Eval(expr.Background(), cast, &batch.Batch{Cols: []*batch.Vector{v}, Rows: rows})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func samples(typ types.Type) []string {
	var out []string
	switch typ.Kind {
	case types.String:
		out = []string{"", "a", "b", "a longer text"}
	case types.UInt64:
		out = []string{"0", "1", "18446744073709551615", "7"}
	case types.Int64:
		out = []string{"-9223372036854775808", "9223372036854775807", "0", "-1"}
	case types.Decimal:
		out = []string{"0", "-1.5", "123456789012345678901234567890.12"}
	case types.UUID:
		out = []string{"00000000-0000-0000-0000-000000000001", "61f0c404-5cb3-11e7-907b-a6006ad3dba0"}
	case types.Array:
		out = []string{"[]", "[1]", "[1,2]"}
	case types.DateTime64:
		out = []string{"2024-05-01 00:00:00.001", "2024-05-01 00:00:00.002", "1970-01-01 00:00:00.000"}
	case types.Bool:
		out = []string{"true", "false"}
	default:
		out = []string{"0", "1", "2", "100"}
	}
	if typ.Nullable {
		out = append(out, "NULL")
	}
	return out
}

// TestSignedRows folds rows that are taken back.
func TestSignedRows(t *testing.T) {
	p := plan(t, []int{platform}, false)
	in := events(p, 500, 1, rand.New(rand.NewPCG(5, 6)))
	want, err := p.Fold(in)
	if err != nil {
		t.Fatal(err)
	}
	other := events(p, 300, 1, rand.New(rand.NewPCG(7, 8)))
	twice := concat(in, other, other)
	twice.Signs = make([]int8, twice.Rows)
	for i := range twice.Signs {
		twice.Signs[i] = 1
		if i >= in.Rows+other.Rows {
			twice.Signs[i] = -1
		}
	}
	got, err := p.Fold(twice)
	if err != nil {
		t.Fatal(err)
	}
	// A key all of whose rows were taken back stays: other pieces may hold more of it.
	a := slices.DeleteFunc(lines(t, got), func(s string) bool { return strings.HasSuffix(s, "|0|0|") })
	if b := lines(t, want); !slices.Equal(a, b) {
		t.Fatalf("with rows taken back\n\t%s\nexpected\n\t%s", strings.Join(a, "\n\t"), strings.Join(b, "\n\t"))
	}
}

// TestSummingRows sums in the columns' own types and leaves out rows of zeroes.
func TestSummingRows(t *testing.T) {
	columns := []types.Column{
		{ID: 1, Name: "k", Type: types.Of(types.UInt8)},
		{ID: 2, Name: "a", Type: types.Of(types.UInt8)},
		{ID: 3, Name: "b", Type: types.Of(types.Int16)},
		{ID: 4, Name: "d", Type: types.DecimalOf(9, 2)},
		{ID: 5, Name: "x", Type: types.Of(types.String)},
	}
	schema := types.Schema{Columns: columns}
	p, err := rollup.NewMerge(columns, []int{0}, map[int]string{1: "sum", 2: "sum", 3: "sum", 4: "any"},
		segment.KeyOfColumns(&schema, 0), []int{1, 2, 3})
	if err != nil {
		t.Fatal(err)
	}
	var text batch.Strings
	for _, s := range []string{"p", "q", "r", "s", "t"} {
		text.AppendString(s)
	}
	out, first, err := p.FoldBy(&batch.Batch{Rows: 5, Cols: []*batch.Vector{
		batch.NewFixed(columns[0].Type, []uint8{2, 1, 2, 3, 3}, nil), batch.NewFixed(columns[1].Type, []uint8{200, 1, 100, 0, 0}, nil),
		batch.NewFixed(columns[2].Type, []int16{-1, 2, -1, 5, -5}, nil), batch.NewFixed(columns[3].Type, []int64{150, 0, 25, 1, -1}, nil),
		batch.NewStrings(columns[4].Type, text, nil),
	}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := lines(t, out), []string{"1|1|2|0|q|", "2|44|-2|1.75|p|"}; !slices.Equal(got, want) {
		t.Errorf("rows %q, expected %q", got, want)
	}
	if !slices.Equal(first, []uint32{1, 0}) {
		t.Errorf("first rows %v, expected 1 and 0", first)
	}
}

// TestThrowingRows has an expression refuse a row, unless the filter leaves it out.
func TestThrowingRows(t *testing.T) {
	text := types.Of(types.String)
	number := call(t, "toUInt32", column(1, text))
	columns := []types.Column{{ID: 1, Name: "n", Type: number.Type()}}
	filter := call(t, "notEquals", column(1, text), expr.NewConst(batch.NewStrings(text, batch.Strings{Offsets: []uint32{0, 1}, Bytes: []byte("x")}, nil)))
	for _, f := range [][]byte{nil, expr.Encode(filter)} {
		p, err := rollup.New(rollup.Input{Filter: f, Keys: [][]byte{expr.Encode(number)}}, rollup.Output{Columns: columns, Keys: []int{0}})
		if err != nil {
			t.Fatal(err)
		}
		if !p.CanThrow() {
			t.Error("the plan claims that it can't throw")
		}
		var s batch.Strings
		s.AppendString("7")
		s.AppendString("x")
		err = p.Check(&batch.Batch{Rows: 2, Cols: []*batch.Vector{batch.NewStrings(text, s, nil)}})
		if (err == nil) != (f != nil) {
			t.Errorf("with filter %t: error %v", f != nil, err)
		}
	}
}
