package exec

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"math"
	"slices"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/types"
)

// Key orders by one column. NULL and NaN come last, or first with NullsFirst,
// whatever Desc (as in ClickHouse; NaN stands between the values and NULL).
type Key struct {
	Col        int
	Desc       bool
	NullsFirst bool
}

// comparer compares rows a and b of one column.
type comparer func(a, b uint32) int

// comparers are the comparers of the keys over b, most significant first.
func comparers(b *batch.Batch, keys []Key) []comparer {
	out := make([]comparer, len(keys))
	for i, k := range keys {
		out[i] = directed(b.Cols[k.Col], k)
	}
	return out
}

func directed(v *batch.Vector, k Key) comparer {
	if v.Const {
		return func(_, _ uint32) int { return 0 }
	}
	value := byValue(v, Key{NullsFirst: k.Desc != k.NullsFirst})
	class := func(r uint32) int { return 0 }
	special := v.Nulls != nil || v.Type.IsFloat()
	if special {
		class = nullClass(v)
	}
	return func(a, b uint32) int {
		if special {
			ca, cb := class(a), class(b)
			if ca != 0 || cb != 0 {
				if k.NullsFirst {
					return cb - ca
				}
				return ca - cb
			}
		}
		if k.Desc {
			return value(b, a)
		}
		return value(a, b)
	}
}

// nullClass is 0 for values, 1 for NaN, 2 for NULL.
func nullClass(v *batch.Vector) func(uint32) int {
	nan := func(uint32) bool { return false }
	switch d := v.Data.(type) {
	case []float64:
		nan = func(r uint32) bool { return math.IsNaN(d[r]) }
	case []float32:
		nan = func(r uint32) bool { return d[r] != d[r] }
	}
	nulls := v.Nulls
	return func(r uint32) int {
		switch {
		case nulls != nil && nulls[r]:
			return 2
		case nan(r):
			return 1
		default:
			return 0
		}
	}
}

// byValue compares in rising order. within says where NULL and NaN stand inside of arrays
// and tuples: as they stand outside, once a falling order has turned all round.
func byValue(v *batch.Vector, within Key) comparer {
	switch d := v.Data.(type) {
	case []uint8:
		return ordered(d)
	case []uint16:
		return ordered(d)
	case []uint32:
		return ordered(d)
	case []uint64:
		return ordered(d)
	case []int8:
		return ordered(d)
	case []int16:
		return ordered(d)
	case []int32:
		return ordered(d)
	case []int64:
		return ordered(d)
	case []float32:
		return ordered(d)
	case []float64:
		return ordered(d)
	case []types.Int128:
		return func(a, b uint32) int { return d[a].Cmp(d[b]) }
	case []types.Bytes16:
		if v.Type.Kind == types.UUID { // ClickHouse compares the second half first
			return func(a, b uint32) int {
				if c := bytes.Compare(d[a][8:], d[b][8:]); c != 0 {
					return c
				}
				return bytes.Compare(d[a][:8], d[b][:8])
			}
		}
		return func(a, b uint32) int { return bytes.Compare(d[a][:], d[b][:]) }
	case batch.Strings:
		return func(a, b uint32) int { return bytes.Compare(d.At(int(a)), d.At(int(b))) }
	case batch.Symbols:
		ranks := rankSymbols(d)
		return func(a, b uint32) int { return cmp.Compare(ranks[a], ranks[b]) }
	case batch.Lists:
		return byList(d, within)
	case []*batch.Vector:
		return byTuple(d, within)
	default:
		return func(_, _ uint32) int { return 0 }
	}
}

func ordered[T cmp.Ordered](d []T) comparer {
	return func(a, b uint32) int { return cmp.Compare(d[a], d[b]) }
}

// rankSymbols gives every row the rank of its value among the distinct codes
// that occur (R13: order is by value, for the survivors only). Each value is fetched
// once, and most comparisons are of its first eight bytes.
func rankSymbols(s batch.Symbols) []uint32 {
	distinct := slices.Clone(s.Codes)
	slices.Sort(distinct)
	distinct = slices.Compact(distinct)
	type value struct {
		head uint64
		at   uint32 // in distinct
	}
	var texts batch.Strings
	values := make([]value, len(distinct))
	var head [8]byte
	for i, c := range distinct {
		text := s.Of(c)
		texts.Append(text)
		clear(head[:])
		copy(head[:], text)
		values[i] = value{binary.BigEndian.Uint64(head[:]), uint32(i)}
	}
	compare := func(a, b value) int {
		if a.head != b.head {
			return cmp.Compare(a.head, b.head)
		}
		return bytes.Compare(texts.At(int(a.at)), texts.At(int(b.at)))
	}
	slices.SortFunc(values, compare)
	ranks := make([]uint32, len(distinct))
	next := uint32(0)
	for i, v := range values {
		if i > 0 && compare(values[i-1], v) != 0 {
			next++
		}
		ranks[v.at] = next
	}
	out := make([]uint32, len(s.Codes))
	for i, c := range s.Codes {
		at, _ := slices.BinarySearch(distinct, c)
		out[i] = ranks[at]
	}
	return out
}

func byList(l batch.Lists, within Key) comparer {
	elem := directed(l.Elems, within)
	return func(a, b uint32) int {
		la, lb := l.Offsets[a+1]-l.Offsets[a], l.Offsets[b+1]-l.Offsets[b]
		for i := range min(la, lb) {
			if c := elem(l.Offsets[a]+i, l.Offsets[b]+i); c != 0 {
				return c
			}
		}
		return cmp.Compare(la, lb)
	}
}

func byTuple(parts []*batch.Vector, within Key) comparer {
	elems := make([]comparer, len(parts))
	for i, p := range parts {
		elems[i] = directed(p, within)
	}
	return func(a, b uint32) int {
		for _, e := range elems {
			if c := e(a, b); c != 0 {
				return c
			}
		}
		return 0
	}
}

// compareRows compares rows by all keys.
func compareRows(keys []comparer, a, b uint32) int {
	for _, k := range keys {
		if c := k(a, b); c != 0 {
			return c
		}
	}
	return 0
}
