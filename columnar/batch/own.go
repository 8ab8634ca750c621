package batch

import (
	"fmt"
	"slices"

	"github.com/freshetdb/freshet/columnar/types"
)

// Own is b in memory of its own: what may be kept when the parts and dictionaries
// that it was read from are gone. Symbols become text; states must be portable.
func (b *Batch) Own() *Batch {
	out := &Batch{Names: slices.Clone(b.Names), Cols: make([]*Vector, len(b.Cols)), Rows: b.Rows, Signs: slices.Clone(b.Signs)}
	for i, c := range b.Cols {
		out.Cols[i] = c.Own()
	}
	return out
}

// Own is v in memory of its own; see [Batch.Own].
func (v *Vector) Own() *Vector {
	c := *v
	c.Nulls, c.Dicts = slices.Clone(v.Nulls), nil
	switch d := v.Data.(type) {
	case Strings:
		c.Data = ownStrings(d)
	case Symbols:
		c.Data = ownStrings(d.Decode())
	case Lists:
		if len(d.Offsets) == 0 {
			break
		}
		lo, hi := d.Offsets[0], d.Offsets[len(d.Offsets)-1]
		out := Lists{Offsets: make([]uint32, len(d.Offsets)), Elems: d.Elems.Slice(int(lo), int(hi)).Own()}
		for i, o := range d.Offsets {
			out.Offsets[i] = o - lo
		}
		c.Data = out
	case []*Vector:
		parts := make([]*Vector, len(d))
		for i, p := range d {
			parts[i] = p.Own()
		}
		c.Data = parts
	case nil:
	default:
		c.Data = cloneFixed(d)
	}
	return &c
}

func ownStrings(s Strings) Strings {
	if len(s.Offsets) == 0 {
		return Strings{}
	}
	lo, hi := s.Offsets[0], s.Offsets[len(s.Offsets)-1]
	out := Strings{Offsets: make([]uint32, len(s.Offsets)), Bytes: slices.Clone(s.Bytes[lo:hi])}
	for i, o := range s.Offsets {
		out.Offsets[i] = o - lo
	}
	return out
}

func cloneFixed(data any) any {
	switch d := data.(type) {
	case []uint8:
		return slices.Clone(d)
	case []uint16:
		return slices.Clone(d)
	case []uint32:
		return slices.Clone(d)
	case []uint64:
		return slices.Clone(d)
	case []int8:
		return slices.Clone(d)
	case []int16:
		return slices.Clone(d)
	case []int32:
		return slices.Clone(d)
	case []int64:
		return slices.Clone(d)
	case []float32:
		return slices.Clone(d)
	case []float64:
		return slices.Clone(d)
	case []types.Int128:
		return slices.Clone(d)
	case []types.Bytes16:
		return slices.Clone(d)
	default:
		panic(fmt.Sprintf("batch: copy of %T", data))
	}
}
