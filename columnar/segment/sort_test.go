package segment_test

import (
	"bytes"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/segment"
	"github.com/freshetdb/freshet/columnar/types"
)

func keyOf(key []*batch.Vector, i int) [][]byte {
	var out [][]byte
	for _, v := range key {
		out = append(out, segment.AppendKeyPart(nil, v, i))
	}
	return out
}

func compareKeys(a, b [][]byte) int { return slices.CompareFunc(a, b, bytes.Compare) }

// TestOrderIsThatOfTheEncodedKey compares all ways of sorting with the one of
// encoded keys, and stability.
func TestOrderIsThatOfTheEncodedKey(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rows := drawInt(t, 0, 300, "rows")
		var key []*batch.Vector
		for range drawInt(t, 1, 3, "parts") {
			key = append(key, drawSource(t).vector(drawType(t), rows))
		}
		perm := segment.Order(key, rows)
		want := make([]uint32, rows)
		for i := range want {
			want[i] = uint32(i)
		}
		slices.SortStableFunc(want, func(a, b uint32) int { return compareKeys(keyOf(key, int(a)), keyOf(key, int(b))) })
		if perm == nil {
			perm = slices.Sorted(slices.Values(want))
		}
		if !slices.Equal(perm, want) {
			t.Fatalf("order %v, want %v", perm, want)
		}
	})
}

// TestKeyPartsAreInOrderOfValues checks the encoding against the values.
func TestKeyPartsAreInOrderOfValues(t *testing.T) {
	f := func(v *batch.Vector) {
		t.Helper()
		for i := 1; i < v.Len; i++ {
			a, b := segment.AppendKeyPart(nil, v, i-1), segment.AppendKeyPart(nil, v, i)
			if bytes.Compare(a, b) >= 0 {
				t.Errorf("%s: %s before %s", v.Type, row(v, i-1), row(v, i))
			}
		}
	}
	f(batch.NewFixed(types.Of(types.Int64), []int64{-1 << 63, -5, 0, 5, 1<<63 - 1}, nil))
	f(batch.NewFixed(types.Of(types.Int16), []int16{-1 << 15, -5, 0, 5, 1<<15 - 1}, nil))
	f(batch.NewFixed(types.Of(types.Float64), []float64{-1e300, -1, -1e-300, 0, 1e-300, 2}, nil))
	f(batch.NewFixed(types.MustParse("Decimal(38, 0)"), []types.Int128{{Hi: -4}, {Lo: 3, Hi: -4}, {}, {Lo: 7}, {Hi: 1}}, nil))
	f(batch.NewFixed(types.MustParse("Nullable(UInt8)"), []uint8{0, 255, 0}, []bool{false, false, true}))
	list := func(rows ...[]byte) *batch.Vector {
		b := batch.NewBuilder(types.MustParse("Array(UInt8)"), 0)
		for _, r := range rows {
			b.Elems[0].U8 = append(b.Elems[0].U8, r...)
			b.EndList()
		}
		return b.Finish()
	}
	f(list(nil, []byte{0}, []byte{0, 0}, []byte{0, 1}, []byte{1}, []byte{1, 0}))
	d := newDict(2)
	var overlay batch.Strings
	overlay.AppendString("a")
	overlay.AppendString("b")
	f(&batch.Vector{Type: types.Of(types.String), Len: 4, Data: batch.Symbols{
		Codes: []uint32{0, 1, batch.OverlayBit, batch.OverlayBit | 1}, Dict: d, Overlay: overlay,
	}})
}

// TestNumbersKeepTheOrder checks Number against the key encoding, which tells
// values apart that Number need not.
func TestNumbersKeepTheOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		typ := types.MustParse(rapid.SampledFrom(scalarTypes).Draw(t, "type"))
		src := drawSource(t)
		src.symbols = nil
		v := src.vector(typ, 50)
		for i := range 49 {
			a, b := segment.AppendKeyPart(nil, v, i), segment.AppendKeyPart(nil, v, i+1)
			na, nb := segment.Number(v, i), segment.Number(v, i+1)
			if c := bytes.Compare(a, b); (c < 0 && na > nb) || (c > 0 && na < nb) || (c == 0 && na != nb) {
				t.Fatalf("%s: %s has %d, %s has %d", typ, row(v, i), na, row(v, i+1), nb)
			}
		}
	})
}
