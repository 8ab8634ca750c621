package agg

import (
	"math"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/types"
	"github.com/freshetdb/freshet/index/sketch"
)

// Values are told apart by keys. A value of at most 64 bits has a key of one
// word: the mixing of its integer, zero- or sign-extended, or of the bits of its
// float64. Everything else, and several arguments together, have the 128-bit
// hash of their bytes: the text alone for one string, so that it is the hash which
// dictionaries keep, and appendValue's bytes for the rest. Keys are stored; they
// never change.

type (
	key64  = [1]uint64
	key128 = [2]uint64
)

// isNarrow tells whether values of t have keys of one word.
func isNarrow(t types.Type) bool {
	switch t.Phys() {
	case types.PhysU8, types.PhysU16, types.PhysU32, types.PhysU64, types.PhysI8, types.PhysI16,
		types.PhysI32, types.PhysI64, types.PhysF32, types.PhysF64:
		return true
	default:
		return false
	}
}

// narrowKeys is the keys of n rows of a narrow column, in dst's memory.
func narrowKeys(dst []key64, v *batch.Vector, n int) []key64 {
	dst = resized(dst, n)
	switch d := v.Data.(type) {
	case []uint8:
		mixIntegers(dst, d)
	case []uint16:
		mixIntegers(dst, d)
	case []uint32:
		mixIntegers(dst, d)
	case []uint64:
		mixIntegers(dst, d)
	case []int8:
		mixIntegers(dst, d)
	case []int16:
		mixIntegers(dst, d)
	case []int32:
		mixIntegers(dst, d)
	case []int64:
		mixIntegers(dst, d)
	case []float32:
		mixFloats(dst, d)
	case []float64:
		mixFloats(dst, d)
	}
	return dst
}

func resized[T any](s []T, n int) []T {
	if cap(s) < n {
		return make([]T, n)
	}
	return s[:n]
}

func mixIntegers[T uint8 | uint16 | uint32 | uint64 | int8 | int16 | int32 | int64](dst []key64, values []T) {
	for i, v := range values {
		dst[i][0] = sketch.HashUint64(uint64(v))
	}
}

func mixFloats[T float32 | float64](dst []key64, values []T) {
	for i, v := range values {
		dst[i][0] = sketch.HashUint64(math.Float64bits(float64(v)))
	}
}

// textKey is the key of a string.
func textKey(text []byte) key128 {
	hi, lo := sketch.Hash128(text)
	return key128{lo, hi}
}

// symbolKey is the key of a symbol's value.
func symbolKey(dict batch.Dictionary, sym uint32) key128 {
	hi, lo := dict.Hash128(sym)
	return key128{lo, hi}
}

// wideKeyer makes keys of two words, with memory that it uses again.
type wideKeyer struct {
	keys []key128
	buf  []byte
}

// of is the keys of n rows; valid until the next call.
func (k *wideKeyer) of(args []*batch.Vector, n int) []key128 {
	k.keys = resized(k.keys, n)
	if len(args) == 1 && !args[0].Type.Nullable {
		switch d := args[0].Data.(type) {
		case batch.Strings:
			for i := range n {
				k.keys[i] = textKey(d.At(i))
			}
			return k.keys
		case batch.Symbols:
			for i, code := range d.Codes[:n] {
				k.keys[i] = codeKey(d, code)
			}
			return k.keys
		}
	}
	for i := range n {
		k.buf = k.buf[:0]
		for _, a := range args {
			k.buf = appendValue(k.buf, a, i)
		}
		k.keys[i] = textKey(k.buf)
	}
	return k.keys
}

func codeKey(s batch.Symbols, code uint32) key128 {
	if code&batch.OverlayBit != 0 {
		return textKey(s.Of(code))
	}
	return symbolKey(s.Dict, code)
}

// keysOf64 makes the function that gives the rows of a batch keys of one word: the
// mixed value where it is narrow, else the low half of the 128-bit hash.
func keysOf64(narrow bool) func(args []*batch.Vector, n int) []key64 {
	if narrow {
		var keys []key64
		return func(args []*batch.Vector, n int) []key64 {
			keys = narrowKeys(keys, args[0], n)
			return keys
		}
	}
	var wide wideKeyer
	var keys []key64
	return func(args []*batch.Vector, n int) []key64 {
		keys = resized(keys, n)
		for i, k := range wide.of(args, n) {
			keys[i][0] = k[0]
		}
		return keys
	}
}
