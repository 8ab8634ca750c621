package expr

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"sync"
	"testing"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/types"
)

// A condition on symbols chooses the same rows as the one asked row by row, from
// several sides at once, whether or not the whole dictionary was computed, and says so
// when rows are not of its kind.
func TestCodeFilter(t *testing.T) {
	d := &dictionary{codes: map[string]uint32{}}
	for i := range 3*codeChunk + 77 {
		d.codes[fmt.Sprint("text", i)] = uint32(i)
		d.values = append(d.values, fmt.Append(nil, "text", i))
	}
	ctx := Background()
	col := &Column{Pos: 1, Name: "s", T: types.Of(types.String)}
	like, err := NewCall(ctx, "like", []Expr{col, stringConst("%1%7%")})
	if err != nil {
		t.Fatal(err)
	}
	var keys batch.Strings
	for i := range 1000 {
		keys.AppendString(fmt.Sprint("text", i*31))
	}
	set, err := NewSet(ctx, []types.Type{types.Of(types.String)}, batch.New(nil, []*batch.Vector{batch.NewStrings(types.Of(types.String), keys, nil)}, keys.Len()))
	if err != nil {
		t.Fatal(err)
	}
	notIn, err := NewIn(ctx, col, set, true)
	if err != nil {
		t.Fatal(err)
	}
	for _, cond := range []Expr{like, notIn} {
		f := NewCodeFilter(ctx, cond, 0)
		if f == nil {
			t.Fatalf("%s has no filter of symbols", cond)
		}
		var wg sync.WaitGroup
		for worker := range 4 {
			wg.Go(func() {
				for round := range 30 {
					checkCodeFilter(t, f, cond, d, worker*30+round)
				}
			})
		}
		wg.Wait()
		if f.work.Load() == nil {
			t.Errorf("%s was never computed for all symbols", cond)
		}
	}
}

func checkCodeFilter(t *testing.T, f *CodeFilter, cond Expr, d *dictionary, seed int) {
	const rows = 500
	codes := make([]uint32, rows)
	for i := range codes {
		codes[i] = uint32((seed*7919 + i*i*31) % len(d.values))
	}
	v := &batch.Vector{Type: types.Of(types.String), Len: rows, Data: batch.Symbols{Dict: d, Codes: codes}}
	if seed%10 == 9 {
		v.Nulls = make([]bool, rows)
	}
	b := &batch.Batch{Cols: []*batch.Vector{nil, v}, Rows: rows}
	var sel []uint32
	if seed%2 == 1 {
		for i := uint32(0); i < rows; i += 3 {
			sel = append(sel, i)
		}
	}
	want, err := Filter(Background(), cond, b, sel)
	if err != nil {
		t.Error(err)
		return
	}
	got, ok, err := f.Choose(b, slices.Clone(sel), nil)
	if err != nil {
		t.Error(err)
	}
	if ok && v.Nulls != nil {
		t.Error("rows that may be NULL were asked by their symbols")
	}
	if ok && !slices.Equal(got, want) {
		t.Errorf("%s chose %d rows, want %d", cond, len(got), len(want))
	}
}

// What could fail for a text that no row has is not asked of all texts, and codes that
// are compared as they are need no filter.
func TestCodeFilterOnlyWhereItMay(t *testing.T) {
	ctx := Background()
	col := &Column{Pos: 0, Name: "s", T: types.Of(types.String)}
	number, err := NewCall(ctx, "toUInt8", []Expr{col})
	if err != nil {
		t.Fatal(err)
	}
	equal, err := NewCall(ctx, "equals", []Expr{col, stringConst("x")})
	if err != nil {
		t.Fatal(err)
	}
	for _, cond := range []Expr{number, equal, col} {
		if NewCodeFilter(ctx, cond, 1<<20) != nil {
			t.Errorf("%s has a filter of symbols", cond)
		}
	}
}

// A set of symbols finds what a set of texts finds, in rows of its dictionary, of
// another, and in text.
func TestSymbolSetIsASet(t *testing.T) {
	d, other := &dictionary{codes: map[string]uint32{}}, &dictionary{codes: map[string]uint32{}}
	for i := range 300 {
		d.codes[strconv.Itoa(i)], d.values = uint32(i), append(d.values, fmt.Append(nil, i))
		other.codes[strconv.Itoa(299-i)], other.values = uint32(i), append(other.values, fmt.Append(nil, 299-i))
	}
	str := types.Of(types.String)
	var codes []uint32
	for i := uint32(0); i < 300; i += 7 {
		codes = append(codes, i, i)
	}
	nulls := make([]bool, len(codes))
	nulls[4] = true
	keys := batch.New(nil, []*batch.Vector{{Type: str.AsNullable(), Len: len(codes), Nulls: nulls, Data: batch.Symbols{Codes: codes, Dict: d}}}, len(codes))
	text := batch.Symbols{Codes: codes, Dict: d}.Decode()
	bySymbol, err := NewSet(Background(), []types.Type{str}, keys)
	if err != nil {
		t.Fatal(err)
	}
	byText, err := NewSet(Background(), []types.Type{str}, batch.New(nil, []*batch.Vector{batch.NewStrings(str.AsNullable(), text, nulls)}, len(codes)))
	if err != nil {
		t.Fatal(err)
	}
	if bySymbol.symbols == nil || byText.symbols != nil {
		t.Fatal("the sets are not of the kinds that are compared")
	}
	if bySymbol.Len() != byText.Len() || bySymbol.HasNull() != byText.HasNull() {
		t.Fatalf("%d values, NULL %t; want %d, %t", bySymbol.Len(), bySymbol.HasNull(), byText.Len(), byText.HasNull())
	}
	for i := range bySymbol.Len() {
		if a, b := bySymbol.Rows().Cols[0].Bytes(i), byText.Rows().Cols[0].Bytes(i); !bytes.Equal(a, b) {
			t.Fatalf("value %d is %s, want %s", i, a, b)
		}
	}
	sameRows, err := NewSet(Background(), []types.Type{str}, batch.New(nil, []*batch.Vector{batch.NewStrings(str.AsNullable(), text.Slice(1, len(codes)), nulls[1:])}, len(codes)-1))
	if err != nil {
		t.Fatal(err)
	}
	if !bySymbol.Equal(byText) || !byText.Equal(bySymbol) || bySymbol.Hash() != byText.Hash() || !sameRows.Equal(bySymbol) {
		t.Error("sets of the same values, one of symbols and one of texts, are not equal")
	}
	without, err := NewSet(Background(), []types.Type{str}, batch.New(nil, []*batch.Vector{batch.NewStrings(str.AsNullable(), text.Slice(0, len(codes)-2), nulls[:len(codes)-2])}, len(codes)-2))
	if err != nil {
		t.Fatal(err)
	}
	if without.Equal(bySymbol) || without.Hash() == bySymbol.Hash() {
		t.Error("a set without one of the values is equal to that with it")
	}
	all := make([]uint32, 300)
	for i := range all {
		all[i] = uint32(i)
	}
	for _, dict := range []*dictionary{d, other} {
		for _, negate := range []bool{false, true} {
			col := &Column{Pos: 0, Name: "s", T: str}
			a, errA := NewIn(Background(), col, bySymbol, negate)
			b, errB := NewIn(Background(), col, byText, negate)
			if errA != nil || errB != nil {
				t.Fatal(errA, errB)
			}
			rows := &batch.Batch{Cols: []*batch.Vector{{Type: str, Len: 300, Data: batch.Symbols{Codes: all, Dict: dict}}}, Rows: 300}
			got, errA := Filter(Background(), a, rows, nil)
			want, errB := Filter(Background(), b, rows, nil)
			if errA != nil || errB != nil || !slices.Equal(got, want) {
				t.Errorf("negate %t: %d rows, want %d (%v, %v)", negate, len(got), len(want), errA, errB)
			}
		}
	}
}
