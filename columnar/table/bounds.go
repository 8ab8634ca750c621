package table

import (
	"math"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/types"
	"github.com/freshetdb/freshet/index/skip"
)

// signBit is what the numbers of signed values differ by from their bits.
const signBit = 1 << 63

// boundVectors gives the least and greatest value of each granule as vectors of
// the type; nil, nil when the index has none or its numbers are not the values.
// A granule without values is NULL, or the type's default where it can't be.
func boundVectors(t types.Type, s *skip.Column) (lo, hi *batch.Vector) {
	if s == nil || s.Bounds == nil {
		return nil, nil
	}
	isScalar := t.IsInteger() || t.Kind == types.Bool || t.IsFloat() || t.IsDate() || t.IsTime() || t.Kind == types.Decimal
	if !isScalar {
		return nil, nil
	}
	least, greatest := s.Bounds.Min, s.Bounds.Max
	var los, his any
	switch t.Phys() {
	case types.PhysU8:
		los, his = boundPair(least, greatest, unsigned[uint8])
	case types.PhysU16:
		los, his = boundPair(least, greatest, unsigned[uint16])
	case types.PhysU32:
		los, his = boundPair(least, greatest, unsigned[uint32])
	case types.PhysU64:
		los, his = boundPair(least, greatest, unsigned[uint64])
	case types.PhysI8:
		los, his = boundPair(least, greatest, signed[int8])
	case types.PhysI16:
		los, his = boundPair(least, greatest, signed[int16])
	case types.PhysI32:
		los, his = boundPair(least, greatest, signed[int32])
	case types.PhysI64:
		los, his = boundPair(least, greatest, signed[int64])
	case types.PhysF32:
		los, his = boundPair(least, greatest, func(n uint64) float32 { return float32(float(n)) })
	case types.PhysF64:
		los, his = boundPair(least, greatest, float)
	default:
		return nil, nil
	}
	nulls := boundNulls(t, least, greatest)
	lo = &batch.Vector{Type: t, Len: len(least), Nulls: nulls, Data: los}
	hi = &batch.Vector{Type: t, Len: len(least), Nulls: nulls, Data: his}
	return lo, hi
}

func unsigned[T uint8 | uint16 | uint32 | uint64](n uint64) T { return T(n) }

func signed[T int8 | int16 | int32 | int64](n uint64) T { return T(int64(n ^ signBit)) }

// float is the float of a number. NaN, whose number is the greatest, is taken
// for infinity: every float that compares at all is below it.
func float(n uint64) float64 {
	switch {
	case n == math.MaxUint64:
		return math.Inf(1)
	case n&signBit != 0:
		return math.Float64frombits(n &^ signBit)
	default:
		return math.Float64frombits(^n)
	}
}

// boundPair is the least and greatest values as slices of T.
func boundPair[T batch.Fixed](least, greatest []uint64, value func(uint64) T) (los, his any) {
	lo, hi := make([]T, len(least)), make([]T, len(least))
	for g := range least {
		if least[g] <= greatest[g] {
			lo[g], hi[g] = value(least[g]), value(greatest[g])
		}
	}
	return lo, hi
}

// boundNulls tells which granules have no value; nil when all have or the type has no NULL.
func boundNulls(t types.Type, least, greatest []uint64) (nulls []bool) {
	if !t.Nullable {
		return nil
	}
	for g := range least {
		if least[g] <= greatest[g] {
			continue
		}
		if nulls == nil {
			nulls = make([]bool, len(least))
		}
		nulls[g] = true
	}
	return nulls
}
