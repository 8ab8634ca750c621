package agg

import (
	"encoding/binary"
	"math"
	"slices"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/types"
)

// exactKey is what quantileExact keeps of a value: an unsigned number in the order of
// the values, 32 bits wide when that is enough; a Decimal of 128 bits is itself. Keys sort
// faster than by a comparison, and the states are in the binary for three types instead
// of eleven.
type exactKey interface {
	uint32 | uint64 | types.Int128
}

// keyForm tells how the keys of a type come from its values. Methods take the
// keys by pointer, which an interface holds without an allocation.
type keyForm struct {
	width int    // bytes of an encoded value, 16 for those of 128 bits
	zero  uint64 // key of zero: 0 for unsigned numbers, for others the sign bit
	float bool   // negative numbers are reversed, and the key 0 is NaN
}

func keyFormOf(p types.Phys) keyForm {
	switch p {
	case types.PhysU8:
		return keyForm{width: 1}
	case types.PhysU16:
		return keyForm{width: 2}
	case types.PhysU32:
		return keyForm{width: 4}
	case types.PhysU64:
		return keyForm{width: 8}
	case types.PhysI8:
		return keyForm{width: 1, zero: 1 << 7}
	case types.PhysI16:
		return keyForm{width: 2, zero: 1 << 15}
	case types.PhysI32:
		return keyForm{width: 4, zero: 1 << 31}
	case types.PhysI64:
		return keyForm{width: 8, zero: 1 << 63}
	case types.PhysF32:
		return keyForm{width: 4, zero: 1 << 31, float: true}
	case types.PhysF64:
		return keyForm{width: 8, zero: 1 << 63, float: true}
	default:
		return keyForm{width: 16}
	}
}

// append appends the values of keys as appendFixed would.
func (f keyForm) append(dst []byte, keys any) []byte {
	switch keys := keys.(type) {
	case *[]uint32:
		return f.append32(dst, *keys)
	case *[]uint64:
		for _, k := range *keys {
			bits := k - f.zero
			if f.float {
				bits = math.Float64bits(keyedFloat64(k))
			}
			dst = appendU64(dst, bits)
		}
	case *[]types.Int128:
		for _, k := range *keys {
			dst = appendFixed(dst, k)
		}
	}
	return dst
}

func (f keyForm) append32(dst []byte, keys []uint32) []byte {
	zero := uint32(f.zero)
	switch {
	case f.float:
		for _, k := range keys {
			dst = binary.LittleEndian.AppendUint32(dst, math.Float32bits(keyedFloat32(k)))
		}
	case f.width == 1:
		for _, k := range keys {
			dst = append(dst, byte(k-zero))
		}
	case f.width == 2:
		for _, k := range keys {
			dst = binary.LittleEndian.AppendUint16(dst, uint16(k-zero))
		}
	default:
		for _, k := range keys {
			dst = binary.LittleEndian.AppendUint32(dst, k-zero)
		}
	}
	return dst
}

// read fills dst with the keys of values; NaN is refused, as none is kept.
func (f keyForm) read(r *reader, dst any) {
	switch dst := dst.(type) {
	case *[]uint32:
		f.read32(r, *dst)
	case *[]uint64:
		for i := range *dst {
			bits := r.u64()
			if !f.float {
				(*dst)[i] = bits + f.zero
				continue
			}
			(*dst)[i] = keyOfFloat64(math.Float64frombits(bits))
			r.bad = r.bad || (*dst)[i] == 0
		}
	case *[]types.Int128:
		for i := range *dst {
			(*dst)[i] = readFixed[types.Int128](r)
		}
	}
}

func (f keyForm) read32(r *reader, dst []uint32) {
	cut := uint32(math.MaxUint32) >> (32 - 8*f.width)
	for i := range dst {
		bits := uint32(r.word(f.width))
		if !f.float {
			dst[i] = (bits + uint32(f.zero)) & cut
			continue
		}
		dst[i] = keyOfFloat32(math.Float32frombits(bits))
		r.bad = r.bad || dst[i] == 0
	}
}

// fill fills dst with the keys of the first rows of a column.
func (f keyForm) fill(dst any, v *batch.Vector) {
	switch dst := dst.(type) {
	case *[]uint32:
		f.fill32(*dst, v)
	case *[]uint64:
		f.fill64(*dst, v)
	case *[]types.Int128:
		copy(*dst, batch.Values[types.Int128](v))
	}
}

func (f keyForm) fill32(dst []uint32, v *batch.Vector) {
	switch d := v.Data.(type) {
	case []uint8:
		shift(dst, d, uint32(f.zero))
	case []uint16:
		shift(dst, d, uint32(f.zero))
	case []uint32:
		shift(dst, d, uint32(f.zero))
	case []int8:
		shift(dst, d, uint32(f.zero))
	case []int16:
		shift(dst, d, uint32(f.zero))
	case []int32:
		shift(dst, d, uint32(f.zero))
	case []float32:
		for i := range dst {
			dst[i] = keyOfFloat32(d[i])
		}
	default:
		panic("agg: unreachable")
	}
}

func (f keyForm) fill64(dst []uint64, v *batch.Vector) {
	switch d := v.Data.(type) {
	case []uint64:
		shift(dst, d, f.zero)
	case []int64:
		shift(dst, d, f.zero)
	case []float64:
		for i := range dst {
			dst[i] = keyOfFloat64(d[i])
		}
	default:
		panic("agg: unreachable")
	}
}

// shift converts integers, adding by to each.
func shift[To, From integer](dst []To, values []From, by To) {
	for i := range dst {
		dst[i] = To(values[i]) + by
	}
}

// vector is a column of the values of keys.
func (f keyForm) vector(t types.Type, keys any) *batch.Vector {
	switch keys := keys.(type) {
	case *[]uint32:
		return f.vector32(t, *keys)
	case *[]uint64:
		return f.vector64(t, *keys)
	default:
		return batch.NewFixed(t, *keys.(*[]types.Int128), nil)
	}
}

func (f keyForm) vector32(t types.Type, keys []uint32) *batch.Vector {
	signed := f.zero != 0
	switch {
	case f.float:
		out := make([]float32, len(keys))
		for i, k := range keys {
			out[i] = keyedFloat32(k)
		}
		return batch.NewFixed(t, out, nil)
	case f.width == 1 && signed:
		return shifted[int8](t, keys, -1<<7)
	case f.width == 1:
		return shifted[uint8](t, keys, 0)
	case f.width == 2 && signed:
		return shifted[int16](t, keys, -1<<15)
	case f.width == 2:
		return shifted[uint16](t, keys, 0)
	case signed:
		return shifted[int32](t, keys, -1<<31)
	default:
		return shifted[uint32](t, keys, 0)
	}
}

func (f keyForm) vector64(t types.Type, keys []uint64) *batch.Vector {
	switch {
	case f.float:
		out := make([]float64, len(keys))
		for i, k := range keys {
			out[i] = keyedFloat64(k)
		}
		return batch.NewFixed(t, out, nil)
	case f.zero != 0:
		return shifted[int64](t, keys, -1<<63)
	default:
		return shifted[uint64](t, keys, 0)
	}
}

func shifted[To interface {
	integer
	batch.Fixed
}, From integer](t types.Type, keys []From, by To) *batch.Vector {
	out := make([]To, len(keys))
	shift(out, keys, by)
	return batch.NewFixed(t, out, nil)
}

func sortKeys(keys any) {
	switch keys := keys.(type) {
	case *[]uint32:
		slices.Sort(*keys)
	case *[]uint64:
		slices.Sort(*keys)
	case *[]types.Int128:
		slices.SortFunc(*keys, types.Int128.Cmp)
	}
}

// keyOfFloat64 is the key of x, 0 for NaN.
func keyOfFloat64(x float64) uint64 {
	if x != x {
		return 0
	}
	return flipped(math.Float64bits(x))
}

func keyedFloat64(k uint64) float64 {
	switch {
	case k == 0:
		return math.NaN()
	case k>>63 == 1:
		return math.Float64frombits(k &^ (1 << 63))
	default:
		return math.Float64frombits(^k)
	}
}

// keyOfFloat32 is the key of x, 0 for NaN.
func keyOfFloat32(x float32) uint32 {
	bits := math.Float32bits(x)
	switch {
	case x != x:
		return 0
	case bits>>31 == 1:
		return ^bits
	default:
		return bits | 1<<31
	}
}

func keyedFloat32(k uint32) float32 {
	switch {
	case k == 0:
		return float32(math.NaN())
	case k>>31 == 1:
		return math.Float32frombits(k &^ (1 << 31))
	default:
		return math.Float32frombits(^k)
	}
}
