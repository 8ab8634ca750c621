package batch

import "github.com/freshetdb/freshet/columnar/types"

// GatherInto is Gather that may use the memory of dst, a vector that it made before
// from the same column and that nobody needs any more; dst may be nil.
func (v *Vector) GatherInto(dst *Vector, sel []uint32) *Vector {
	if dst == nil || dst.Const || v.Const || v.Nulls != nil || v.Dicts != nil {
		return v.Gather(sel)
	}
	out := *v
	out.Len = len(sel)
	switch d := v.Data.(type) {
	case Symbols:
		old, ok := dst.Data.(Symbols)
		if !ok {
			return v.Gather(sel)
		}
		out.Data = Symbols{Codes: gatherOver(old.Codes, d.Codes, sel), Dict: d.Dict, Overlay: d.Overlay}
	case []uint8:
		out.Data = gatherOverAny(dst.Data, d, sel)
	case []uint16:
		out.Data = gatherOverAny(dst.Data, d, sel)
	case []uint32:
		out.Data = gatherOverAny(dst.Data, d, sel)
	case []uint64:
		out.Data = gatherOverAny(dst.Data, d, sel)
	case []int8:
		out.Data = gatherOverAny(dst.Data, d, sel)
	case []int16:
		out.Data = gatherOverAny(dst.Data, d, sel)
	case []int32:
		out.Data = gatherOverAny(dst.Data, d, sel)
	case []int64:
		out.Data = gatherOverAny(dst.Data, d, sel)
	case []float64:
		out.Data = gatherOverAny(dst.Data, d, sel)
	case []types.Int128:
		out.Data = gatherOverAny(dst.Data, d, sel)
	default:
		return v.Gather(sel)
	}
	return &out
}

func gatherOverAny[T any](old any, src []T, sel []uint32) []T {
	dst, _ := old.([]T)
	return gatherOver(dst, src, sel)
}

func gatherOver[T any](dst, src []T, sel []uint32) []T {
	if cap(dst) < len(sel) {
		dst = make([]T, max(len(sel), 2*cap(dst)))
	}
	dst = dst[:len(sel)]
	for i, r := range sel {
		dst[i] = src[r]
	}
	return dst
}
