package expr

import (
	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/types"
)

// concat puts columns of one type one after another; none may be Const or hold
// symbols.
func concat(t types.Type, pieces []*batch.Vector) *batch.Vector {
	if len(pieces) == 1 {
		c := *pieces[0]
		c.Type = t
		return &c
	}
	out := &batch.Vector{Type: t}
	hasNulls := false
	for _, p := range pieces {
		out.Len += p.Len
		hasNulls = hasNulls || p.Nulls != nil
	}
	if hasNulls {
		out.Nulls = make([]bool, 0, out.Len)
		for _, p := range pieces {
			if p.Nulls != nil {
				out.Nulls = append(out.Nulls, p.Nulls...)
			} else {
				out.Nulls = append(out.Nulls, make([]bool, p.Len)...)
			}
		}
	}
	out.Data = concatData(t, pieces)
	return out
}

func concatData(t types.Type, pieces []*batch.Vector) any {
	switch t.Phys() {
	case types.PhysU8:
		return concatFixed[uint8](pieces)
	case types.PhysU16:
		return concatFixed[uint16](pieces)
	case types.PhysU32:
		return concatFixed[uint32](pieces)
	case types.PhysU64:
		return concatFixed[uint64](pieces)
	case types.PhysI8:
		return concatFixed[int8](pieces)
	case types.PhysI16:
		return concatFixed[int16](pieces)
	case types.PhysI32:
		return concatFixed[int32](pieces)
	case types.PhysI64:
		return concatFixed[int64](pieces)
	case types.PhysF32:
		return concatFixed[float32](pieces)
	case types.PhysF64:
		return concatFixed[float64](pieces)
	case types.PhysI128:
		return concatFixed[types.Int128](pieces)
	case types.PhysB16:
		return concatFixed[types.Bytes16](pieces)
	case types.PhysStrings:
		return concatStrings(pieces)
	case types.PhysLists:
		return concatLists(t, pieces)
	case types.PhysTuple:
		out := make([]*batch.Vector, len(t.Elems))
		for k, e := range t.Elems {
			column := make([]*batch.Vector, len(pieces))
			for i, p := range pieces {
				column[i] = plainStrings(p.Data.([]*batch.Vector)[k].Expand())
			}
			out[k] = concat(e, column)
		}
		return out
	default:
		return nil
	}
}

func concatFixed[T any](pieces []*batch.Vector) []T {
	var out []T
	for _, p := range pieces {
		out = append(out, p.Data.([]T)...)
	}
	return out
}

func concatStrings(pieces []*batch.Vector) batch.Strings {
	out := batch.Strings{Offsets: []uint32{0}}
	for _, p := range pieces {
		s := p.Data.(batch.Strings)
		for i := range s.Len() {
			out.Append(s.At(i))
		}
	}
	return out
}

func concatLists(t types.Type, pieces []*batch.Vector) batch.Lists {
	out := batch.Lists{Offsets: []uint32{0}}
	elems := make([]*batch.Vector, len(pieces))
	base := uint32(0)
	for k, p := range pieces {
		l := p.Data.(batch.Lists)
		lo, hi := l.Offsets[0], l.Offsets[len(l.Offsets)-1]
		for _, end := range l.Offsets[1:] {
			out.Offsets = append(out.Offsets, base+end-lo)
		}
		base += hi - lo
		elems[k] = plainStrings(l.Elems.Slice(int(lo), int(hi)).Expand())
	}
	out.Elems = concat(t.Elem(), elems)
	return out
}
