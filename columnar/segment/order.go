package segment

import (
	"encoding/binary"
	"math"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/types"
)

// The order of numbers: every scalar type maps to uint64 so that a greater
// value never has a smaller number. Bounds of granules are such numbers.

const signBit = 1 << 63

// orderInt is the number of a signed integer.
func orderInt(v int64) uint64 { return uint64(v) ^ signBit }

// orderFloat is the number of a float; -0 is 0, and NaN is above all.
func orderFloat(v float64) uint64 {
	if v != v {
		return math.MaxUint64
	}
	b := math.Float64bits(v + 0) // -0 + 0 is 0.
	if b&signBit != 0 {
		return ^b
	}
	return b | signBit
}

// orderInt128 is the number of v cut to what an int64 holds.
func orderInt128(v types.Int128) uint64 {
	if n, ok := v.Int64(); ok {
		return orderInt(n)
	}
	if v.Hi < 0 {
		return 0
	}
	return math.MaxUint64
}

// orderBytes is the first eight bytes.
func orderBytes(v []byte) uint64 {
	if len(v) >= 8 {
		return binary.BigEndian.Uint64(v)
	}
	var b [8]byte
	copy(b[:], v)
	return binary.BigEndian.Uint64(b[:])
}

// integer is the element types that orderOf maps one to one.
type integer interface {
	uint8 | uint16 | uint32 | uint64 | int8 | int16 | int32 | int64
}

func orderOf[T integer](v T) uint64 {
	if isSigned[T]() {
		return orderInt(int64(v))
	}
	return uint64(v)
}

func isSigned[T integer]() bool {
	var zero T
	return zero-1 < zero
}

// Number maps the value at row i of v, which must not be NULL, to a uint64 in
// the order of the values of v's type: what skip.Column.PruneValues wants for a
// column of that type. It serves all types but arrays and tuples; text is known
// by its first eight bytes, and wide decimals beyond an int64 by their sign.
func Number(v *batch.Vector, i int) uint64 {
	i = v.Row(i)
	switch d := v.Data.(type) {
	case []uint8:
		return orderOf(d[i])
	case []uint16:
		return orderOf(d[i])
	case []uint32:
		return orderOf(d[i])
	case []uint64:
		return orderOf(d[i])
	case []int8:
		return orderOf(d[i])
	case []int16:
		return orderOf(d[i])
	case []int32:
		return orderOf(d[i])
	case []int64:
		return orderOf(d[i])
	case []float32:
		return orderFloat(float64(d[i]))
	case []float64:
		return orderFloat(d[i])
	case []types.Int128:
		return orderInt128(d[i])
	case []types.Bytes16:
		return orderBytes(d[i][:])
	case batch.Strings:
		return orderBytes(d.At(i))
	case batch.Symbols:
		return orderBytes(d.At(i))
	default:
		panic("segment: no order of " + v.Type.String())
	}
}

// bounds are the least and greatest number of some rows; min > max when there
// are none that are not NULL.
type bounds struct{ min, max uint64 }

func noBounds() bounds { return bounds{min: math.MaxUint64} }

func (b bounds) isEmpty() bool { return b.min > b.max }

func (b *bounds) add(n uint64) { b.min, b.max = min(b.min, n), max(b.max, n) }

func (b *bounds) merge(o bounds) { b.min, b.max = min(b.min, o.min), max(b.max, o.max) }

// boundsOf gives the bounds of rows [lo, hi) of v. Symbols are not numbers:
// they have none.
func boundsOf(v *batch.Vector, lo, hi int) bounds {
	if v.Const && hi > lo {
		lo, hi = 0, 1
	}
	var nulls []bool
	if v.Nulls != nil {
		nulls = v.Nulls[lo:hi]
	}
	switch d := v.Data.(type) {
	case []uint8:
		return intBounds(d[lo:hi], nulls)
	case []uint16:
		return intBounds(d[lo:hi], nulls)
	case []uint32:
		return intBounds(d[lo:hi], nulls)
	case []uint64:
		return intBounds(d[lo:hi], nulls)
	case []int8:
		return intBounds(d[lo:hi], nulls)
	case []int16:
		return intBounds(d[lo:hi], nulls)
	case []int32:
		return intBounds(d[lo:hi], nulls)
	case []int64:
		return intBounds(d[lo:hi], nulls)
	case batch.Symbols, batch.Lists, []*batch.Vector, nil:
		return noBounds()
	default:
		b := noBounds()
		for i := lo; i < hi; i++ {
			if !v.IsNull(i) {
				b.add(Number(v, i))
			}
		}
		return b
	}
}

func intBounds[T integer](d []T, nulls []bool) bounds {
	if nulls != nil {
		b := noBounds()
		for i, v := range d {
			if !nulls[i] {
				b.add(orderOf(v))
			}
		}
		return b
	}
	if len(d) == 0 {
		return noBounds()
	}
	lo, hi := d[0], d[0]
	for _, v := range d {
		lo, hi = min(lo, v), max(hi, v)
	}
	return bounds{orderOf(lo), orderOf(hi)}
}

// Bounds are the least and greatest Number of rows [lo, hi) of v that are not
// NULL; ok is false when there are none, and for arrays, tuples and symbols,
// which have no numbers here.
func Bounds(v *batch.Vector, lo, hi int) (least, greatest uint64, ok bool) {
	if lo == hi {
		return 0, 0, false
	}
	b := boundsOf(v, lo, hi)
	return b.min, b.max, !b.isEmpty()
}
