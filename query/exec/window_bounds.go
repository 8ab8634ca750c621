package exec

import (
	"bytes"
	"math"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/types"
)

// starts are the rows that are marked, the first row, and the number of rows.
func starts(first []bool) []uint32 {
	out := []uint32{}
	for i, f := range first {
		if f || i == 0 {
			out = append(out, uint32(i))
		}
	}
	return append(out, uint32(len(first)))
}

// markChanges marks the rows whose value differs from that of the row before.
// NULL equals NULL and NaN equals NaN.
func markChanges(v *batch.Vector, first []bool) {
	if v.Const || v.Len == 0 {
		return
	}
	if v.Nulls != nil {
		for i := 1; i < len(first); i++ {
			first[i] = first[i] || v.Nulls[i] != v.Nulls[i-1]
		}
	}
	switch d := v.Data.(type) {
	case []uint8:
		markFixed(d, first)
	case []uint16:
		markFixed(d, first)
	case []uint32:
		markFixed(d, first)
	case []uint64:
		markFixed(d, first)
	case []int8:
		markFixed(d, first)
	case []int16:
		markFixed(d, first)
	case []int32:
		markFixed(d, first)
	case []int64:
		markFixed(d, first)
	case []types.Int128:
		markFixed(d, first)
	case []types.Bytes16:
		markFixed(d, first)
	case []float32:
		markFloats(d, first)
	case []float64:
		markFloats(d, first)
	case batch.Symbols:
		markSymbols(d, first)
	case batch.Strings:
		for i := 1; i < len(first); i++ {
			first[i] = first[i] || !bytes.Equal(d.At(i), d.At(i-1))
		}
	case nil:
	default:
		same := directed(v, Key{})
		for i := 1; i < len(first); i++ {
			first[i] = first[i] || same(uint32(i), uint32(i-1)) != 0
		}
	}
}

func markFixed[T comparable](d []T, first []bool) {
	d = d[:len(first)]
	for i := 1; i < len(d); i++ {
		if d[i] != d[i-1] {
			first[i] = true
		}
	}
}

func markFloats[T float32 | float64](d []T, first []bool) {
	for i := 1; i < len(first); i++ {
		a, b := d[i], d[i-1]
		if a != b && !(math.IsNaN(float64(a)) && math.IsNaN(float64(b))) {
			first[i] = true
		}
	}
}

// markSymbols compares codes; only codes of the overlay may be two for one value.
func markSymbols(d batch.Symbols, first []bool) {
	for i := 1; i < len(first); i++ {
		a, b := d.Codes[i], d.Codes[i-1]
		if a != b && (a&b&batch.OverlayBit == 0 || !bytes.Equal(d.Of(a), d.Of(b))) {
			first[i] = true
		}
	}
}
