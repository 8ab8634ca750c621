package segment

import (
	"github.com/freshetdb/freshet/columnar/kernel"
)

// CodeMatch asks for the rows that have a symbol, or with Negate for all others; of Rows,
// counted from the first one that is looked at, or of all where that is nil.
type CodeMatch struct {
	Code   uint32
	Negate bool
	Rows   []uint32
}

// MatchCode writes the rows of [lo, hi) that are asked for to dst, which may be m.Rows, counted
// from lo. It compares the numbers as they are stored. ok is false where that can't be told
// from them: then Read has to.
func (c *Column) MatchCode(lo, hi int, m CodeMatch, dst []uint32, s *Scratch) (rows []uint32, ok bool, err error) {
	n := c.node
	if c.constant != nil || n.Form != formCodes || n.Nullable || n.Overlay {
		return nil, false, nil
	}
	op := kernel.EQ
	if m.Negate {
		op = kernel.NE
	}
	s.pieces = c.seg.split(s.pieces[:0], lo, hi)
	if m.Rows != nil && len(s.pieces) > 1 {
		return nil, false, nil
	}
	at, found := uint32(0), 0
	for _, p := range s.pieces {
		src, err := c.values(s, n.values(), p.batch, p.hi*n.Width)
		if err != nil {
			return nil, false, c.wrap(err)
		}
		rows := p.hi - p.lo
		part := dst[found : found+rows]
		switch stored := uint64(m.Code) - n.Base; n.Width {
		case 1:
			part = matchStored(op, part, view[uint8](src[p.lo:p.hi]), stored, m.Rows)
		case 2:
			part = matchStored(op, part, view[uint16](src[p.lo*2:p.hi*2]), stored, m.Rows)
		default:
			part = matchStored(op, part, view[uint32](src[p.lo*4:p.hi*4]), stored, m.Rows)
		}
		if at > 0 {
			for i := range part {
				part[i] += at
			}
		}
		at, found = at+uint32(rows), found+len(part)
	}
	return dst[:found], true, nil
}

// matchStored compares stored numbers with one that they may be too narrow for.
func matchStored[T uint8 | uint16 | uint32](op kernel.Op, dst []uint32, stored []T, want uint64, sel []uint32) []uint32 {
	if want <= uint64(^T(0)) {
		return kernel.Choose(op, dst, stored, T(want), sel)
	}
	if op == kernel.EQ {
		return dst[:0]
	}
	if sel != nil {
		return dst[:copy(dst, sel)]
	}
	for i := range stored {
		dst[i] = uint32(i)
	}
	return dst[:len(stored)]
}
