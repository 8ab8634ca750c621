package batch

import (
	"fmt"
	"slices"

	"github.com/freshetdb/freshet/columnar/types"
)

// Concat joins vectors of one type end to end. Symbols of one dictionary stay
// symbols; a mixture becomes Strings.
func Concat(t types.Type, parts []*Vector) *Vector {
	if len(parts) == 1 {
		return parts[0].Expand()
	}
	total := 0
	hasNull := false
	expanded := make([]*Vector, 0, len(parts))
	for _, p := range parts {
		if p.Len == 0 {
			continue
		}
		p = p.Expand()
		total += p.Len
		hasNull = hasNull || p.Nulls != nil
		expanded = append(expanded, p)
	}
	out := &Vector{Type: t, Len: total}
	if hasNull {
		out.Nulls = make([]bool, 0, total)
		for _, p := range expanded {
			if p.Nulls == nil {
				out.Nulls = append(out.Nulls, make([]bool, p.Len)...)
				continue
			}
			out.Nulls = append(out.Nulls, p.Nulls[:p.Len]...)
		}
	}
	out.Data = concatData(t, expanded, total)
	for i, p := range expanded {
		if i > 0 && !slices.Equal(p.Dicts, out.Dicts) {
			panic("batch: concat of states with different dictionaries")
		}
		out.Dicts = p.Dicts
	}
	return out
}

func concatData(t types.Type, parts []*Vector, total int) any {
	switch t.Phys() {
	case types.PhysU8:
		return concatFixed[uint8](parts, total)
	case types.PhysU16:
		return concatFixed[uint16](parts, total)
	case types.PhysU32:
		return concatFixed[uint32](parts, total)
	case types.PhysU64:
		return concatFixed[uint64](parts, total)
	case types.PhysI8:
		return concatFixed[int8](parts, total)
	case types.PhysI16:
		return concatFixed[int16](parts, total)
	case types.PhysI32:
		return concatFixed[int32](parts, total)
	case types.PhysI64:
		return concatFixed[int64](parts, total)
	case types.PhysI128:
		return concatFixed[types.Int128](parts, total)
	case types.PhysB16:
		return concatFixed[types.Bytes16](parts, total)
	case types.PhysF32:
		return concatFixed[float32](parts, total)
	case types.PhysF64:
		return concatFixed[float64](parts, total)
	case types.PhysStrings:
		return concatText(parts, total)
	case types.PhysLists:
		return concatLists(t, parts, total)
	case types.PhysTuple:
		return concatTuples(t, parts)
	case types.PhysNone:
		return nil
	default:
		panic(fmt.Sprintf("batch: concat of %s", t))
	}
}

func concatFixed[T Fixed](parts []*Vector, total int) []T {
	out := make([]T, 0, total)
	for _, p := range parts {
		out = append(out, p.Data.([]T)[:p.Len]...)
	}
	return out
}

func concatText(parts []*Vector, total int) any {
	if dict, ok := sharedDictionary(parts); ok {
		return concatSymbols(dict, parts, total)
	}
	texts, size := make([]Strings, len(parts)), 0
	for i, p := range parts {
		texts[i] = p.Strings()
		size += len(texts[i].text())
	}
	out := Strings{Offsets: make([]uint32, 1, total+1), Bytes: make([]byte, 0, size)}
	for _, s := range texts {
		if s.Len() == 0 {
			continue
		}
		move := uint32(len(out.Bytes)) - s.Offsets[0]
		out.Bytes = append(out.Bytes, s.text()...)
		for _, end := range s.Offsets[1:] {
			out.Offsets = append(out.Offsets, end+move)
		}
	}
	return out
}

func sharedDictionary(parts []*Vector) (Dictionary, bool) {
	var dict Dictionary
	for _, p := range parts {
		s, ok := p.Data.(Symbols)
		if !ok || (dict != nil && dict != s.Dict) {
			return nil, false
		}
		dict = s.Dict
	}
	return dict, dict != nil
}

// concatSymbols keeps codes; overlay codes move by the overlay text before them.
func concatSymbols(dict Dictionary, parts []*Vector, total int) Symbols {
	out := Symbols{Codes: make([]uint32, 0, total), Dict: dict}
	for _, p := range parts {
		s := p.Data.(Symbols)
		if s.Overlay.Len() == 0 {
			out.Codes = append(out.Codes, s.Codes[:p.Len]...)
			continue
		}
		for _, c := range s.Codes[:p.Len] {
			if c&OverlayBit != 0 {
				text := s.Overlay.At(int(c &^ OverlayBit))
				c = OverlayBit | uint32(out.Overlay.Len())
				out.Overlay.Append(text)
			}
			out.Codes = append(out.Codes, c)
		}
	}
	return out
}

func concatLists(t types.Type, parts []*Vector, total int) Lists {
	out := Lists{Offsets: make([]uint32, 1, total+1)}
	elems := make([]*Vector, len(parts))
	base := uint32(0)
	for i, p := range parts {
		l := p.Data.(Lists)
		first, last := l.Offsets[0], l.Offsets[p.Len]
		elems[i] = l.Elems.Slice(int(first), int(last))
		for _, o := range l.Offsets[1 : p.Len+1] {
			out.Offsets = append(out.Offsets, base+o-first)
		}
		base += last - first
	}
	if len(parts) == 0 {
		out.Elems = NewBuilder(t.Elem(), 0).Finish()
		return out
	}
	out.Elems = Concat(t.Elem(), elems)
	return out
}

func concatTuples(t types.Type, parts []*Vector) []*Vector {
	out := make([]*Vector, len(t.Elems))
	for k := range out {
		column := make([]*Vector, len(parts))
		for i, p := range parts {
			column[i] = p.Data.([]*Vector)[k]
		}
		out[k] = Concat(t.Elems[k], column)
	}
	return out
}

// ConcatBatches joins batches of the same columns.
func ConcatBatches(names []string, ts []types.Type, parts []*Batch) *Batch {
	out := &Batch{Names: names, Cols: make([]*Vector, len(ts))}
	for _, p := range parts {
		out.Rows += p.Rows
	}
	for c, t := range ts {
		column := make([]*Vector, len(parts))
		for i, p := range parts {
			column[i] = p.Cols[c]
		}
		out.Cols[c] = Concat(t, column)
	}
	return out
}
