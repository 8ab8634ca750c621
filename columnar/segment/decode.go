package segment

import (
	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/types"
)

// rowsOf is the number of rows of the pieces.
func rowsOf(ps []piece) int {
	n := 0
	for _, p := range ps {
		n += p.hi - p.lo
	}
	return n
}

// gather reads values as they are stored: without copying when they lie in one
// batch.
func gather[T batch.Fixed](c *Column, n *node, s *Scratch) ([]T, error) {
	size := sizeOf[T]()
	if len(s.pieces) == 1 { // Fast path.
		p := s.pieces[0]
		src, err := c.values(s, n.values(), p.batch, p.hi*size)
		if err != nil {
			return nil, err
		}
		return view[T](src)[p.lo:p.hi:p.hi], nil
	}
	dst := room[T](s, rowsOf(s.pieces))
	at := 0
	for _, p := range s.pieces {
		src, err := c.values(s, n.values(), p.batch, p.hi*size)
		if err != nil {
			return nil, err
		}
		at += copy(dst[at:], view[T](src)[p.lo:p.hi])
	}
	return dst, nil
}

func inPlace[T batch.Fixed](c *Column, n *node, s *Scratch) (any, error) {
	v, err := gather[T](c, n, s)
	if err != nil {
		return nil, err
	}
	return put(&s.boxes, v), nil
}

// doubles widens Float32.
func (c *Column) doubles(n *node, s *Scratch) (any, error) {
	src, err := gather[float32](c, n, s)
	if err != nil {
		return nil, err
	}
	out := make([]float64, len(src)) // Rare: a column that was widened.
	for i, v := range src {
		out[i] = float64(v)
	}
	return put(&s.boxes, out), nil
}

// wideDecimals reads Decimal of more than 18 digits, also from less.
func (c *Column) wideDecimals(n *node, to *conversion, s *Scratch, nulls []bool) (any, error) {
	if n.Form == formRaw && n.Width == 16 {
		v, err := gather[types.Int128](c, n, s)
		if err != nil {
			return nil, err
		}
		if to.scales() {
			v = append([]types.Int128(nil), v...)
			err = to.scaleWide(v)
		}
		return put(&s.boxes, v), err
	}
	narrow, err := widen[int64](c, n, s, nulls)
	if err != nil {
		return nil, err
	}
	out := make([]types.Int128, len(narrow)) // Rare: a column that was widened.
	for i, v := range narrow {
		out[i] = types.Int128From(v)
	}
	if to.scales() {
		err = to.scaleWide(out)
	}
	return put(&s.boxes, out), err
}

// integers reads any integer, date, time, enum or narrow decimal.
func (c *Column) integers(n *node, to *conversion, s *Scratch, nulls []bool) (any, error) {
	switch to.want.Phys() {
	case types.PhysU8:
		return ints[uint8](c, n, s, nulls)
	case types.PhysU16:
		return ints[uint16](c, n, s, nulls)
	case types.PhysU32:
		return ints[uint32](c, n, s, nulls)
	case types.PhysU64:
		return ints[uint64](c, n, s, nulls)
	case types.PhysI8:
		return ints[int8](c, n, s, nulls)
	case types.PhysI16:
		return ints[int16](c, n, s, nulls)
	case types.PhysI32:
		return ints[int32](c, n, s, nulls)
	default:
		return c.longs(n, to, s, nulls)
	}
}

// longs reads what an int64 holds, multiplied where digits were added.
func (c *Column) longs(n *node, to *conversion, s *Scratch, nulls []bool) (any, error) {
	if !to.scales() {
		return ints[int64](c, n, s, nulls)
	}
	v, err := widen[int64](c, n, s, nulls)
	if err == nil {
		err = to.scale(v)
	}
	return put(&s.boxes, v), err
}

// ints reads integers as T.
func ints[T integer](c *Column, n *node, s *Scratch, nulls []bool) (any, error) {
	if n.Form == formRaw && n.Width == sizeOf[T]() && signedPhys(n.Type.Phys()) == isSigned[T]() {
		if nulls == nil || n.Type.Enum == nil {
			return inPlace[T](c, n, s) // Fast path: nothing to convert.
		}
	}
	v, err := widen[T](c, n, s, nulls)
	return put(&s.boxes, v), err
}

// widen copies integers of any stored form into scratch memory as T.
func widen[T integer](c *Column, n *node, s *Scratch, nulls []bool) ([]T, error) {
	dst := room[T](s, rowsOf(s.pieces))
	if n.Form == formConst {
		fill(dst, T(n.Base))
		return dst, nil
	}
	at := 0
	for _, p := range s.pieces {
		src, err := c.values(s, n.values(), p.batch, p.hi*n.Width)
		if err != nil {
			return nil, err
		}
		widenPiece(dst[at:at+p.hi-p.lo], n, src[p.lo*n.Width:])
		at += p.hi - p.lo
	}
	if nulls != nil {
		zero := T(0)
		if n.Type.Enum != nil {
			zero = T(n.Type.Enum.Default())
		}
		for i, null := range nulls {
			if null {
				dst[i] = zero
			}
		}
	}
	return dst, nil
}

func widenPiece[T integer](dst []T, n *node, src []byte) {
	if n.Form == formRaw && signedPhys(n.Type.Phys()) {
		switch n.Width {
		case 1:
			addBase(dst, view[int8](src), 0)
		case 2:
			addBase(dst, view[int16](src), 0)
		case 4:
			addBase(dst, view[int32](src), 0)
		default:
			addBase(dst, view[int64](src), 0)
		}
		return
	}
	switch n.Width {
	case 1:
		addBase(dst, view[uint8](src), T(n.Base))
	case 2:
		addBase(dst, view[uint16](src), T(n.Base))
	case 4:
		addBase(dst, view[uint32](src), T(n.Base))
	default:
		addBase(dst, view[uint64](src), T(n.Base))
	}
}

// addBase is the hot loop of every narrowed column. Four values at a time: a loop of one is
// twice as slow where the linker happens to put it across a boundary of 32 bytes.
func addBase[D, S integer](dst []D, src []S, base D) {
	src = src[:len(dst)]
	for len(dst) >= 4 && len(src) >= 4 {
		dst[0], dst[1], dst[2], dst[3] = D(src[0])+base, D(src[1])+base, D(src[2])+base, D(src[3])+base
		dst, src = dst[4:], src[4:]
	}
	for i := range dst {
		dst[i] = D(src[i]) + base
	}
}

// strings reads text or symbols.
func (c *Column) strings(n *node, s *Scratch, nulls []bool) (any, error) {
	switch n.Form {
	case formConst:
		s.codes = resize(s.codes, rowsOf(s.pieces))
		fill(s.codes, uint32(n.Base))
		return s.boxes.sym.put(batch.Symbols{Codes: s.codes, Dict: c.dict}), nil
	case formCodes:
		return c.symbols(n, s, nulls)
	case formFixed:
		return c.fixedStrings(n, s)
	default:
		v, err := c.text(n.values(), s)
		if err != nil {
			return nil, err
		}
		return s.boxes.str.put(v), nil
	}
}

// text reads offsets and bytes in buffers k and k+1.
func (c *Column) text(k int, s *Scratch) (batch.Strings, error) {
	if len(s.pieces) == 1 { // Fast path.
		return c.textPiece(k, s, s.pieces[0])
	}
	s.ends, s.text = append(s.ends[:0], 0), s.text[:0]
	for _, p := range s.pieces {
		v, err := c.textPiece(k, s, p)
		if err != nil {
			return batch.Strings{}, err
		}
		delta := uint32(len(s.text)) - v.Offsets[0]
		for _, o := range v.Offsets[1:] {
			s.ends = append(s.ends, o+delta)
		}
		s.text = append(s.text, v.Bytes[v.Offsets[0]:v.Offsets[len(v.Offsets)-1]]...)
	}
	return batch.Strings{Offsets: s.ends, Bytes: s.text}, nil
}

func (c *Column) textPiece(k int, s *Scratch, p piece) (batch.Strings, error) {
	offsets, err := c.offsets(k, s, p)
	if err != nil {
		return batch.Strings{}, err
	}
	bytes, err := c.values(s, k+1, p.batch, int(offsets[len(offsets)-1]))
	return batch.Strings{Offsets: offsets, Bytes: bytes}, err
}

// offsets are the begins of the rows of a piece and the end of the last.
func (c *Column) offsets(k int, s *Scratch, p piece) ([]uint32, error) {
	src, err := c.values(s, k, p.batch, 4*(p.hi+1))
	if err != nil {
		return nil, err
	}
	return view[uint32](src)[p.lo : p.hi+1 : p.hi+1], nil
}

// fixedStrings reads values of one width.
func (c *Column) fixedStrings(n *node, s *Scratch) (any, error) {
	rows := rowsOf(s.pieces)
	s.ends = resize(s.ends, rows+1)
	for i := range s.ends {
		s.ends[i] = uint32(i * n.Width)
	}
	s.text = s.text[:0]
	for _, p := range s.pieces {
		src, err := c.values(s, n.values(), p.batch, p.hi*n.Width)
		if err != nil {
			return nil, err
		}
		if len(s.pieces) == 1 { // Fast path.
			return s.boxes.str.put(batch.Strings{Offsets: s.ends, Bytes: src[p.lo*n.Width : p.hi*n.Width]}), nil
		}
		s.text = append(s.text, src[p.lo*n.Width:p.hi*n.Width]...)
	}
	return s.boxes.str.put(batch.Strings{Offsets: s.ends, Bytes: s.text}), nil
}

// symbols reads codes and the text of those that have none.
func (c *Column) symbols(n *node, s *Scratch, nulls []bool) (any, error) {
	out := batch.Symbols{Dict: c.dict}
	if n.Width == 4 && !n.Overlay && nulls == nil { // Fast path.
		var err error
		out.Codes, err = gather[uint32](c, n, s)
		return s.boxes.sym.put(out), err
	}
	s.codes = resize(s.codes, rowsOf(s.pieces))
	out.Codes = s.codes
	at := 0
	for _, p := range s.pieces {
		src, err := c.values(s, n.values(), p.batch, p.hi*n.Width)
		if err != nil {
			return nil, err
		}
		widenPiece(s.codes[at:at+p.hi-p.lo], n, src[p.lo*n.Width:])
		at += p.hi - p.lo
	}
	if n.Overlay {
		var err error
		if out.Overlay, err = c.text(n.values()+1, s); err != nil {
			return nil, err
		}
		last := n.overlayCode()
		for i, code := range s.codes {
			if code == last {
				s.codes[i] = batch.OverlayBit | uint32(i)
			}
		}
	}
	c.patchCodes(n, &out, nulls)
	return s.boxes.sym.put(out), nil
}

// patchCodes gives NULLs the code of the empty value, when there is a
// dictionary to read it by.
func (c *Column) patchCodes(n *node, out *batch.Symbols, nulls []bool) {
	if nulls == nil || c.dict == nil {
		return
	}
	ownRow := uint32(0)
	if c.nullCode == batch.OverlayBit && n.Overlay {
		ownRow = 1 // A NULL's own text is empty.
	} else if c.nullCode == batch.OverlayBit {
		out.Overlay = batch.Strings{Offsets: []uint32{0, 0}}
	}
	for i, null := range nulls {
		if null {
			out.Codes[i] = c.nullCode | uint32(i)*ownRow
		}
	}
}

// lists reads arrays; their elements go to the child scratch.
func (c *Column) lists(n *node, to *conversion, s *Scratch) (any, error) {
	child := s.child()
	child.pieces = child.pieces[:0]
	s.ends = append(s.ends[:0], 0)
	total := uint32(0)
	for _, p := range s.pieces {
		offsets, err := c.offsets(n.values(), s, p)
		if err != nil {
			return nil, err
		}
		first, last := offsets[0], offsets[len(offsets)-1]
		if first > last || int(last) > c.seg.index.batches[p.batch].lens[n.Elem.slot] {
			return nil, c.seg.corrupt(c.name, p.batch, "arrays end behind their elements")
		}
		delta := total - first
		for _, o := range offsets[1:] {
			s.ends = append(s.ends, o+delta)
		}
		total += last - first
		if first < last {
			child.pieces = append(child.pieces, piece{p.batch, int(first), int(last)})
		}
	}
	if err := c.decode(n.Elem, to.elem, child); err != nil {
		return nil, err
	}
	return s.boxes.list.put(batch.Lists{Offsets: s.ends, Elems: &child.vector}), nil
}
