package agg

import (
	"strconv"
	"testing"

	"pgregory.net/rapid"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/types"
)

// TestStateVectors checks that states that go through vectors of type
// AggregateFunction, local or portable, and are merged from there, one or several
// to a group and beside rows, give what one pass over the rows gives.
func TestStateVectors(t *testing.T) {
	eachSpec(t, func(t *rapid.T, s spec, f Func) {
		d := drawData(t, s.types())
		dicts := drawDicts(t, d)
		sym := d.symbols(dicts)
		want := render(run(f, sym), 0, testGroups)
		typ := f.StateType()
		if back, err := types.Parse(typ.String()); err != nil || !back.Equal(typ) {
			t.Fatalf("type %s reads as %s: %v", typ, back, err)
		}
		of, err := OfState(typ)
		if err != nil {
			t.Fatalf("%s: %v", typ, err)
		}
		total := of.New()
		total.Grow(testGroups)
		for _, piece := range split(t, sym) {
			if f.Class() == ClassA && rapid.IntRange(0, 3).Draw(t, "as rows") == 0 {
				total.Add(piece.groups, piece.args, piece.n)
				continue
			}
			var form []batch.Dictionary
			if rapid.IntRange(0, 3).Draw(t, "local") > 0 {
				form = bound(dicts)
			}
			v := EncodeStates(typ, run(f, piece), 0, testGroups, form)
			if form != nil && rapid.Bool().Draw(t, "made portable") {
				if v, err = PortableStates(v); err != nil {
					t.Fatal(err)
				}
			}
			if err := MergeStates(total, of, identity(testGroups), v, testGroups); err != nil {
				t.Fatalf("merge: %v", err)
			}
		}
		// Merging of workers, and a last way through a vector.
		last := of.New()
		last.Grow(testGroups)
		if err := last.Merge(total, identity(testGroups)); err != nil {
			t.Fatal(err)
		}
		check(t, "merged", render(last, 0, testGroups), want)
		v, err := Finalize(EncodeStates(typ, last, 0, testGroups, bound(dicts)))
		if err != nil {
			t.Fatal(err)
		}
		for i := range want {
			if got := renderValue(v, i); f.Class() == ClassA && got != want[i] {
				t.Fatalf("finalized group %d: %s, want %s", i, got, want[i])
			}
		}
	})
}

// TestMergeCombinators checks -State, -MergeState and -Merge by name.
func TestMergeCombinators(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.SampledFrom([]spec{
			{name: "uniqExact", args: []string{"String"}},
			{name: "uniq", args: []string{"Nullable(String)"}},
			{name: "sum", args: []string{"Int32"}},
			{name: "max", args: []string{"String"}},
			{name: "count"},
			{name: "uniqExactIf", args: []string{"String", "UInt8"}},
			{name: "groupBitmap", args: []string{"UInt32"}},
		}).Draw(t, "function")
		f := s.bind(t)
		d := drawData(t, s.types())
		dicts := drawDicts(t, d)
		sym := d.symbols(dicts)
		want := render(run(f, sym), 0, testGroups)
		state, err := New(s.name+"State", nil, s.types())
		if err != nil {
			t.Fatal(err)
		}
		var vectors []*batch.Vector
		for _, piece := range split(t, sym) {
			vectors = append(vectors, run(state, piece).Finish(0, testGroups))
		}
		through := func(name string, vectors []*batch.Vector) *batch.Vector {
			f, err := New(name, nil, []types.Type{state.Result()})
			if err != nil {
				t.Fatal(err)
			}
			st := f.New()
			st.Grow(testGroups)
			for _, v := range vectors {
				st.Add(identity(testGroups), []*batch.Vector{v}, testGroups)
			}
			if err := Check(st, 0, testGroups); err != nil {
				t.Fatal(err)
			}
			return st.Finish(0, testGroups)
		}
		merged := through(s.name+"MergeState", vectors)
		got := through(s.name+"Merge", []*batch.Vector{merged})
		for i := range want {
			if renderValue(got, i) != want[i] {
				t.Fatalf("group %d: %s, want %s", i, renderValue(got, i), want[i])
			}
		}
	})
}

// TestFoldedSets checks groupBitmapAnd, groupBitmapOr and groupBitmapXor against maps:
// over sets in any form, in pieces that are merged and encoded, and as -State.
func TestFoldedSets(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.SampledFrom([]spec{
			{name: "uniqExact", args: []string{"String"}},
			{name: "uniqExact", args: []string{"Int16"}},
			{name: "groupBitmap", args: []string{"UInt32"}},
		}).Draw(t, "sets of")
		op := rapid.SampledFrom([]string{"And", "Or", "Xor"}).Draw(t, "operation")
		state, err := New(s.name+"State", nil, s.types())
		if err != nil {
			t.Fatal(err)
		}
		fold, err := New("groupBitmap"+op, nil, []types.Type{state.Result()})
		if err != nil {
			t.Fatal(err)
		}
		kept, err := New("groupBitmap"+op+"State", nil, []types.Type{state.Result()})
		if err != nil {
			t.Fatal(err)
		}
		d := drawData(t, s.types())
		clear(d.groups) // One set a piece, large enough to meet.
		dicts := drawDicts(t, d)
		counts, sets := map[string]int{}, 0
		total, asState := fold.New(), kept.New()
		total.Grow(1)
		asState.Grow(1)
		for _, piece := range split(t, d.symbols(dicts)) {
			part, partState := fold.New(), kept.New()
			part.Grow(1)
			partState.Grow(1)
			v := run(state, piece).Finish(0, 1)
			if rapid.Bool().Draw(t, "portable") {
				if v, err = PortableStates(v); err != nil {
					t.Fatal(err)
				}
			}
			sets++
			for key := range membersOfFirst(piece) {
				counts[key]++
			}
			part.AddAll(0, []*batch.Vector{v}, 1)
			partState.AddAll(0, []*batch.Vector{v}, 1)
			if rapid.Bool().Draw(t, "encoded") {
				again := fold.New()
				again.Grow(1)
				if rest, err := again.Decode(part.Encode(nil, 0, Portable), 0, Portable); err != nil || len(rest) > 0 {
					t.Fatal(err, rest)
				}
				part = again
			}
			if err := total.Merge(part, identity(1)); err != nil {
				t.Fatal(err)
			}
			if err := asState.Merge(partState, identity(1)); err != nil {
				t.Fatal(err)
			}
		}
		want := 0
		for _, n := range counts {
			if (op == "And" && n == sets) || op == "Or" || (op == "Xor" && n%2 == 1) {
				want++
			}
		}
		finished, err := Finalize(asState.Finish(0, 1))
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range []*batch.Vector{total.Finish(0, 1), finished} {
			if got := renderValue(v, 0); got != strconv.Itoa(want) {
				t.Fatalf("groupBitmap%s of %d sets of %s: %s, want %d", op, sets, s, got, want)
			}
		}
	})
}

// membersOfFirst are the values of the first argument.
func membersOfFirst(d data) map[string]bool {
	out := map[string]bool{}
	for i := range d.n {
		out[renderValue(d.args[0], i)] = true
	}
	return out
}

// TestStatesOfSeveralDictionaries checks that states of rows of several dictionaries and
// of text, mixed, give what one pass over text gives: as values of -State and -MergeState
// and as copies in the local form, as tables of groups and frames of windows make them.
func TestStatesOfSeveralDictionaries(t *testing.T) {
	eachSpec(t, func(t *rapid.T, s spec, f Func) {
		d := drawData(t, s.types())
		want := render(run(f, d), 0, testGroups)
		forms := []data{d}
		for i := range rapid.IntRange(1, 3).Draw(t, "dictionaries") {
			dicts := drawDicts(t, d)
			for _, dict := range dicts {
				dict.nested = true
				dict.renumber(i + 1)
			}
			forms = append(forms, d.symbols(dicts))
		}
		state := f.State()
		total := f.New()
		total.Grow(testGroups)
		for lo := 0; lo < d.n; {
			states := run(state)
			for again := true; again && lo < d.n; again = rapid.Bool().Draw(t, "go on") {
				hi := min(d.n, lo+rapid.IntRange(1, 8).Draw(t, "rows"))
				piece := forms[rapid.IntRange(0, len(forms)-1).Draw(t, "form")].slice(lo, hi)
				lo = hi
				switch rapid.IntRange(0, 3).Draw(t, "way") {
				case 0: // Workers and shards.
					must(t, states.Merge(run(state, piece), identity(testGroups)))
				case 1:
					states = localCopy(t, state, states)
					fallthrough
				default:
					states.Add(piece.groups, piece.args, piece.n)
				}
			}
			v := states.Finish(0, testGroups)
			switch rapid.IntRange(0, 3).Draw(t, "value") {
			case 0:
				var err error
				v, err = PortableStates(v)
				must(t, err)
			case 1:
				again, err := New(s.name+"MergeState", s.params, []types.Type{v.Type})
				must(t, err)
				merged := again.New()
				merged.Grow(testGroups)
				merged.Add(identity(testGroups), []*batch.Vector{v}, testGroups)
				v = localCopy(t, again, merged).Finish(0, testGroups)
			}
			must(t, MergeStates(total, f, identity(testGroups), v, testGroups))
			if rapid.IntRange(0, 3).Draw(t, "copied") == 0 {
				total = localCopy(t, f, total)
			}
		}
		check(t, "merged", render(total, 0, testGroups), want)
	})
}

func must(t *rapid.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// localCopy is states that were written in the local form and read again.
func localCopy(t *rapid.T, f Func, s States) States {
	out := f.New()
	out.Grow(testGroups)
	BindLike(out, s)
	for g := range uint32(testGroups) {
		rest, err := out.Decode(s.Encode(nil, g, Local), g, Local)
		must(t, err)
		if len(rest) > 0 {
			t.Fatalf("%d bytes behind a state", len(rest))
		}
	}
	return out
}
