package exec

import (
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/types"
)

// Whatever the keys are and in which order they come, close together, dense or far
// apart: the same key has the same group, others have others, and all are found.
func TestGroupsAreAMap(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		typ := types.Of(types.UInt64)
		g := newGroups([]types.Type{typ})
		want := map[uint64]uint32{}
		var keys []uint64
		for range rapid.IntRange(1, 12).Draw(t, "batches") {
			base := rapid.SampledFrom([]uint64{0, 1 << 15, directMax - 100, 1_764_000_000, 1 << 40, ^uint64(0) - 1<<21}).Draw(t, "base")
			width := rapid.SampledFrom([]uint64{1, 100, 70_000, directMax, 2 * directMax}).Draw(t, "width")
			down := rapid.Bool().Draw(t, "down")
			batchKeys := make([]uint64, rapid.IntRange(0, 300).Draw(t, "rows"))
			for i := range batchKeys {
				batchKeys[i] = base + rapid.Uint64Range(0, width-1).Draw(t, "key")
				if down && i > 0 && batchKeys[i-1] > 0 {
					batchKeys[i] = batchKeys[i-1] - 1
				}
			}
			keys = append(keys, batchKeys...)
			out := make([]uint32, len(batchKeys))
			g.assign([]*batch.Vector{batch.NewFixed(typ, batchKeys, nil)}, len(batchKeys), out)
			for i, k := range batchKeys {
				id, known := want[k]
				if !known {
					id = uint32(len(want))
					want[k] = id
				}
				if out[i] != id {
					t.Fatalf("key %d has group %d, want %d", k, out[i], id)
				}
			}
		}
		asked := slices.Concat(keys, []uint64{0, 5, 1 << 63})
		out := make([]uint32, len(asked))
		g.reader().find([]*batch.Vector{batch.NewFixed(typ, asked, nil)}, len(asked), out)
		for i, k := range asked {
			if id, known := want[k]; known != (out[i] != noGroup) || known && out[i] != id {
				t.Fatalf("find %d: group %d, want %d (%t)", k, out[i], id, known)
			}
		}
		g.freeDirect()
		if left := newDirect(directPooled); slices.Max(left[:cap(left)]) != 0 {
			t.Fatal("an array that was left has groups")
		}
	})
}

// Several columns, whose values are close together or not, small or large dictionaries,
// text and NULLs between: groups are those of a map.
func TestGroupsOfColumnsAreAMap(t *testing.T) {
	small, large := &offset{by: 3}, &offset{by: 0}
	kinds := []types.Type{types.Of(types.String), types.Of(types.UInt32), types.Of(types.Int8), types.MustParse("Nullable(UInt16)"), types.Of(types.UInt64), types.Of(types.String)}
	rapid.Check(t, func(t *rapid.T) {
		var ts []types.Type
		for range rapid.IntRange(2, 5).Draw(t, "columns") {
			ts = append(ts, rapid.SampledFrom(kinds).Draw(t, "type"))
		}
		g, other := newGroups(ts), newGroups(ts)
		want := map[string]uint32{}
		spread := rapid.SampledFrom([]uint32{3, 60, 3000}).Draw(t, "spread")
		for number := range rapid.IntRange(1, 8).Draw(t, "batches") {
			n := rapid.SampledFrom([]int{0, 1, 50, 3000}).Draw(t, "rows")
			r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1))
			odd := rapid.IntRange(0, 9).Draw(t, "odd")
			names := make([]string, n)
			keys := make([]*batch.Vector, len(ts))
			for c, typ := range ts {
				dict := small
				if c%2 == 1 {
					dict = large
				}
				keys[c] = randomKey(r, typ, n, spread, dict, odd == 0 && c == number%len(ts))
				for i := range names {
					names[i] += string(appendKey(nil, keys[c], i)) + ","
				}
			}
			out := make([]uint32, n)
			g.assign(keys, n, out)
			for i, name := range names {
				id, known := want[name]
				if !known {
					id = uint32(len(want))
					want[name] = id
				}
				if out[i] != id {
					t.Fatalf("batch %d, row %d: key %s has group %d, want %d", number, i, name, out[i], id)
				}
			}
			found := make([]uint32, n)
			g.reader().find(keys, n, found)
			for i := range found {
				hasNull := false
				for _, k := range keys {
					hasNull = hasNull || k.IsNull(i)
				}
				if !hasNull && found[i] != out[i] {
					t.Fatalf("batch %d: key %s is found as %d, want %d", number, names[i], found[i], out[i])
				}
			}
		}
		if g.count > 0 { // What merging does: the values of all groups are assigned to another table.
			out := make([]uint32, g.count)
			other.assign(g.vectors(), g.count, out)
			for i, id := range out {
				if id != uint32(i) {
					t.Fatalf("group %d of %d has become %d", i, g.count, id)
				}
			}
		}
	})
}

func randomKey(r *rand.Rand, typ types.Type, n int, spread uint32, dict *offset, isOdd bool) *batch.Vector {
	ids := make([]uint32, n)
	for i := range ids {
		ids[i] = r.Uint32N(spread)
	}
	switch {
	case typ.Kind == types.String && isOdd:
		return batch.NewStrings(typ, textsOf(ids), nil)
	case typ.Kind == types.String:
		s := batch.Symbols{Dict: dict, Codes: ids}
		for i := range ids {
			ids[i] += dict.by
		}
		return &batch.Vector{Type: typ, Len: n, Data: s}
	case typ.Kind == types.UInt32:
		for i := range ids {
			ids[i] = 1_764_000_000 + 3600*ids[i]
		}
		if isOdd && n > 0 {
			return batch.NewConst(batch.NewFixed(typ, ids[:1], nil), n)
		}
		return batch.NewFixed(typ, ids, nil)
	case typ.Kind == types.Int8:
		out := make([]int8, n)
		for i, id := range ids {
			if out[i] = int8(id % 100); isOdd {
				out[i] = -out[i]
			}
		}
		return batch.NewFixed(typ, out, nil)
	case typ.Kind == types.UInt64:
		out := make([]uint64, n)
		for i, id := range ids {
			if out[i] = uint64(id); isOdd {
				out[i] <<= 40
			}
		}
		return batch.NewFixed(typ, out, nil)
	default:
		out, nulls := make([]uint16, n), []bool(nil)
		if isOdd {
			nulls = make([]bool, n)
		}
		for i, id := range ids {
			out[i] = uint16(id)
			if isOdd && id%3 == 0 {
				out[i], nulls[i] = 0, true
			}
		}
		return batch.NewFixed(typ, out, nulls)
	}
}
