package agg

import (
	"slices"
	"strconv"
	"testing"

	"pgregory.net/rapid"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/types"
)

// TestSetsOfParts merges sets of symbols of several dictionaries as parts of one: rows of
// the whole, encoded states of the parts, also ones with text that has no symbol there,
// and states of states, in any order and through any form give the distinct values.
func TestSetsOfParts(t *testing.T) {
	text := types.Of(types.String)
	f, err := New("uniqExact", nil, []types.Type{text})
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(t *rapid.T) {
		whole := newDict()
		parts := make([]*batch.Part, rapid.IntRange(1, 3).Draw(t, "parts"))
		for i := range parts {
			d, p := newDict(), &batch.Part{Whole: whole}
			for _, v := range rapid.SliceOfNDistinct(rapid.IntRange(0, 500), 0, 300, rapid.ID).Draw(t, "symbols") {
				d.code(strconv.Itoa(v))
				p.Codes = append(p.Codes, whole.code(strconv.Itoa(v)))
			}
			p.Dictionary, parts[i] = d, p
		}
		total := f.New()
		total.Grow(testGroups)
		want := make([]map[string]bool, testGroups)
		for g := range want {
			want[g] = map[string]bool{}
		}
		for range rapid.IntRange(1, 6).Draw(t, "steps") {
			d := batch.Dictionary(whole)
			p := parts[rapid.IntRange(0, len(parts)-1).Draw(t, "part")]
			asRows := rapid.IntRange(0, 3).Draw(t, "rows") == 0
			if !asRows {
				d = p.Dictionary
			}
			rows, groups := drawRows(t, d, want)
			if asRows {
				total.Add(groups, []*batch.Vector{rows}, rows.Len)
				continue
			}
			states := f.New()
			states.Grow(testGroups)
			states.Add(groups, []*batch.Vector{rows}, rows.Len)
			v := EncodeStates(f.StateType(), states, 0, testGroups, []batch.Dictionary{d})
			v.Dicts = []batch.Dictionary{p}
			switch rapid.IntRange(0, 3).Draw(t, "form") {
			case 0:
				if v, err = PortableStates(v); err != nil {
					t.Fatal(err)
				}
			case 1: // As -MergeState gives it: of the whole.
				merge, err := New("uniqExactMergeState", nil, []types.Type{f.StateType()})
				if err != nil {
					t.Fatal(err)
				}
				again := merge.New()
				again.Grow(testGroups)
				again.Add(identity(testGroups), []*batch.Vector{v}, testGroups)
				v = again.Finish(0, testGroups)
			}
			compareSets(t, v, f, total)
		}
		got := batch.Values[uint64](total.Finish(0, testGroups))
		for g := range want {
			if int(got[g]) != len(want[g]) {
				t.Fatalf("group %d has %d values, want %d", g, got[g], len(want[g]))
			}
		}
	})
}

// compareSets says that Finalize gives what merging gives, and merges.
func compareSets(t *rapid.T, v *batch.Vector, f Func, total States) {
	alone := f.New()
	alone.Grow(testGroups)
	for _, s := range []States{alone, total} {
		if err := MergeStates(s, f, identity(testGroups), v, testGroups); err != nil {
			t.Fatal(err)
		}
	}
	finished, err := Finalize(v)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := batch.Values[uint64](finished), batch.Values[uint64](alone.Finish(0, testGroups)); !slices.Equal(got, want) {
		t.Fatalf("finalized: %v, merged %v", got, want)
	}
}

// drawRows makes rows of symbols of d, some of text without one, and notes them.
func drawRows(t *rapid.T, d batch.Dictionary, want []map[string]bool) (*batch.Vector, []uint32) {
	s, groups := batch.Symbols{Dict: d}, []uint32(nil)
	textOneIn := rapid.SampledFrom([]int{0, 5}).Draw(t, "text")
	for range rapid.IntRange(0, 200).Draw(t, "rows") {
		g := uint32(rapid.IntRange(0, testGroups-1).Draw(t, "group"))
		var code uint32
		v := strconv.Itoa(rapid.IntRange(0, 600).Draw(t, "value"))
		if sym, ok := d.Lookup([]byte(v)); ok {
			code = sym
		} else if textOneIn > 0 && rapid.IntRange(1, textOneIn).Draw(t, "as text") == 1 {
			code = batch.OverlayBit | uint32(s.Overlay.Len())
			s.Overlay.Append([]byte(v))
		} else {
			continue
		}
		s.Codes, groups = append(s.Codes, code), append(groups, g)
		want[g][v] = true
	}
	return &batch.Vector{Type: types.Of(types.String), Len: len(groups), Data: s}, groups
}
