package batch

import "github.com/freshetdb/freshet/columnar/types"

// Canonical is v with the type's default in the slots of NULL rows, as every
// vector has to have: what a loop computed there must not be seen by sums,
// grouping or comparison of bytes. v is returned as it is when nothing differs.
func (v *Vector) Canonical() *Vector {
	if v.Nulls == nil {
		return v
	}
	out := *v
	switch d := v.Data.(type) {
	case []uint8:
		out.Data = clearNulls(d, v.Nulls)
	case []uint16:
		out.Data = clearNulls(d, v.Nulls)
	case []uint32:
		out.Data = clearNulls(d, v.Nulls)
	case []uint64:
		out.Data = clearNulls(d, v.Nulls)
	case []int8:
		if v.Type.Enum != nil {
			return v.rebuilt()
		}
		out.Data = clearNulls(d, v.Nulls)
	case []int16:
		if v.Type.Enum != nil {
			return v.rebuilt()
		}
		out.Data = clearNulls(d, v.Nulls)
	case []int32:
		out.Data = clearNulls(d, v.Nulls)
	case []int64:
		out.Data = clearNulls(d, v.Nulls)
	case []float32:
		out.Data = clearNulls(d, v.Nulls)
	case []float64:
		out.Data = clearNulls(d, v.Nulls)
	case []types.Int128:
		out.Data = clearNulls(d, v.Nulls)
	case []types.Bytes16:
		out.Data = clearNulls(d, v.Nulls)
	case Strings:
		for i, null := range v.Nulls {
			if null && int(d.Offsets[i+1]-d.Offsets[i]) != int(v.Type.Width) || (null && !isZero(d.At(i))) {
				return v.rebuilt()
			}
		}
	case Symbols:
		out.Data = Symbols{Codes: clearNulls(d.Codes, v.Nulls), Dict: d.Dict, Overlay: d.Overlay}
	}
	return &out
}

func isZero(b []byte) bool {
	for _, c := range b {
		if c != 0 {
			return false
		}
	}
	return true
}

// clearNulls zeroes the values of NULL rows, in a copy when there is one to zero.
func clearNulls[T comparable](d []T, nulls []bool) []T {
	var zero T
	owned := false
	for i, null := range nulls[:len(d)] {
		if null && d[i] != zero {
			if !owned {
				d, owned = append([]T(nil), d...), true
			}
			d[i] = zero
		}
	}
	return d
}

// rebuilt is v row by row, NULL rows with the type's default.
func (v *Vector) rebuilt() *Vector {
	b := NewBuilder(v.Type, v.Len)
	one := *v
	one.Const = false
	n := v.Len
	if v.Const {
		n = 1
	}
	for i := range n {
		b.AppendRow(&one, i)
	}
	out := b.Finish()
	out.Const, out.Len = v.Const, v.Len
	return out
}
