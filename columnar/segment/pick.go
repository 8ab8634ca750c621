package segment

import (
	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/types"
)

// ReadRows decodes those of the rows [lo, hi) that sel names, counted from lo: where
// they are few, that is less work than Read and Gather. ok is false for what is stored
// in a form of which it is not. The vector is valid until the next read with the
// Scratch.
func (c *Column) ReadRows(lo, hi int, sel []uint32, s *Scratch) (v *batch.Vector, ok bool, err error) {
	n := c.node
	isNarrow := n.Form == formOffset || (n.Form == formCodes && n.Width < 4 && !n.Overlay)
	if c.constant != nil || n.Nullable || !isNarrow || !n.Type.Equal(c.conv.want) {
		return nil, false, nil
	}
	s.pieces = c.seg.split(s.pieces[:0], lo, hi)
	if len(s.pieces) != 1 {
		return nil, false, nil
	}
	p := s.pieces[0]
	src, err := c.values(s, n.values(), p.batch, p.hi*n.Width)
	if err != nil {
		return nil, false, c.wrap(err)
	}
	src = src[p.lo*n.Width : p.hi*n.Width]
	data, ok := c.pick(n, src, sel, s)
	if !ok {
		return nil, false, nil
	}
	s.vector = batch.Vector{Type: c.conv.want, Len: len(sel), Data: data}
	return &s.vector, true, nil
}

func (c *Column) pick(n *node, src []byte, sel []uint32, s *Scratch) (data any, ok bool) {
	if n.Form == formCodes {
		s.codes = resize(s.codes, len(sel))
		pickStored(s.codes, n, src, sel)
		return s.boxes.sym.put(batch.Symbols{Codes: s.codes, Dict: c.dict}), true
	}
	switch c.conv.want.Phys() {
	case types.PhysU16:
		return picked[uint16](n, src, sel, s), true
	case types.PhysU32:
		return picked[uint32](n, src, sel, s), true
	case types.PhysU64:
		return picked[uint64](n, src, sel, s), true
	case types.PhysI16:
		return picked[int16](n, src, sel, s), true
	case types.PhysI32:
		return picked[int32](n, src, sel, s), true
	case types.PhysI64:
		return picked[int64](n, src, sel, s), true
	default:
		return nil, false
	}
}

func picked[T integer](n *node, src []byte, sel []uint32, s *Scratch) any {
	dst := room[T](s, len(sel))
	pickStored(dst, n, src, sel)
	return put(&s.boxes, dst)
}

// pickStored is widenPiece of the rows of sel.
func pickStored[T integer](dst []T, n *node, src []byte, sel []uint32) {
	switch n.Width {
	case 1:
		pickRows(dst, view[uint8](src), sel, T(n.Base))
	case 2:
		pickRows(dst, view[uint16](src), sel, T(n.Base))
	case 4:
		pickRows(dst, view[uint32](src), sel, T(n.Base))
	default:
		pickRows(dst, view[uint64](src), sel, T(n.Base))
	}
}

func pickRows[D, S integer](dst []D, src []S, sel []uint32, base D) {
	dst = dst[:len(sel)]
	for i, r := range sel {
		dst[i] = D(src[r]) + base
	}
}
