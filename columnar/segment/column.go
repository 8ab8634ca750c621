package segment

import (
	"fmt"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/types"
	"github.com/freshetdb/freshet/index/skip"
)

// Column reads one column of a segment as a type. It holds no reference to the
// segment: use it while the segment is held. It is safe for concurrent use,
// each goroutine with its own Scratch.
type Column struct {
	seg  *Segment
	name string
	node *node
	conv conversion
	skip *skip.Column

	dict     batch.Dictionary
	nullCode uint32
	constant *batch.Vector // one row, for the forms const and null
}

// Column finds a column by id, to be read as type want, the column's type in
// the reader's schema. Symbols get the dictionary dict; it may be nil when only
// codes are of interest. Column is nil when the segment was written before the
// column was added: the caller fills in the default.
func (s *Segment) Column(id uint32, want types.Type, dict batch.Dictionary) (*Column, error) {
	x := s.find(id)
	if x == nil {
		return nil, nil //nolint:nilnil // A missing column is no error and has no reader.
	}
	c := &Column{seg: s, name: x.name, node: &x.node, dict: dict, skip: x.skip}
	var ok bool
	if c.conv, ok = widening(x.node.Type, want); !ok {
		return nil, fmt.Errorf("read segment %s: column %s of type %s can't be read as %s", s.at.Name, x.name, x.node.Type, want)
	}
	if !x.node.Type.Equal(want) {
		c.skip = c.conv.bounds(x.node.Type, x.skip)
	}
	c.nullCode = batch.OverlayBit
	if dict != nil {
		if code, ok := dict.Lookup(nil); ok {
			c.nullCode = code
		}
	}
	return c, c.fillConstant()
}

// Signs reads the signs of rows [lo, hi), nil when all are +1.
func (s *Segment) Signs(lo, hi int, scratch *Scratch) ([]int8, error) {
	if !s.index.signed {
		return nil, nil
	}
	x := s.find(SignsID)
	c := &Column{seg: s, name: x.name, node: &x.node, conv: conversion{want: x.node.Type}}
	v, err := c.Read(lo, hi, scratch)
	if err != nil {
		return nil, err
	}
	return batch.Values[int8](v), nil
}

// bounds is the skip index of a column that is read as a wider type.
func (c *conversion) bounds(from types.Type, s *skip.Column) *skip.Column {
	if s == nil || s.Bounds == nil {
		return s
	}
	out := *s
	b := &skip.Bounds{Nulls: s.Bounds.Nulls, Min: make([]uint64, s.Granules), Max: make([]uint64, s.Granules)}
	for g := range s.Granules {
		if s.Bounds.Min[g] > s.Bounds.Max[g] {
			b.Min[g] = 1
			continue
		}
		b.Min[g], b.Max[g] = c.order(from, s.Bounds.Min[g]), c.order(from, s.Bounds.Max[g])
	}
	out.Bounds = b
	return &out
}

// Skip is the skip index of the column; bounds are numbers of the type that the
// column is read as (see Number). Nil when there is none.
func (c *Column) Skip() *skip.Column { return c.skip }

// IsConst tells whether all rows are the same value or all are NULL: Read gives
// a Const vector.
func (c *Column) IsConst() bool { return c.constant != nil }

// fillConstant makes the vector of the forms const and null.
func (c *Column) fillConstant() error {
	switch {
	case c.node.Form == formNull:
		c.constant = batch.NewNulls(c.conv.want, 1)
	case c.node.Form == formConst && c.node.Symbols:
		codes := batch.Symbols{Codes: []uint32{uint32(c.node.Base)}, Dict: c.dict}
		c.constant = &batch.Vector{Type: c.conv.want, Len: 1, Const: true, Data: codes}
	case c.node.Form == formConst:
		s := &Scratch{pieces: []piece{{0, 0, 1}}}
		data, err := c.data(c.node, &c.conv, s, nil)
		if err != nil {
			return c.wrap(err)
		}
		c.constant = &batch.Vector{Type: c.conv.want, Len: 1, Const: true, Data: data}
	}
	return nil
}

func (c *Column) wrap(err error) error {
	return fmt.Errorf("read segment %s: column %s: %w", c.seg.at.Name, c.name, err)
}

// Read decodes rows [lo, hi), which must exist. The vector is Const when the
// whole column is one value; it is valid until the next Read with the Scratch.
func (c *Column) Read(lo, hi int, s *Scratch) (*batch.Vector, error) {
	if lo < 0 || lo > hi || hi > c.seg.index.rows {
		panic(fmt.Sprintf("segment: rows [%d, %d) of %d", lo, hi, c.seg.index.rows))
	}
	if c.constant != nil {
		s.vector = *c.constant
		s.vector.Len = hi - lo
		return &s.vector, nil
	}
	s.pieces = c.seg.split(s.pieces[:0], lo, hi)
	if err := c.decode(c.node, &c.conv, s); err != nil {
		return nil, c.wrap(err)
	}
	return &s.vector, nil
}

// split adds the pieces of batches that make up rows [lo, hi).
func (s *Segment) split(dst []piece, lo, hi int) []piece {
	if lo == hi {
		return dst
	}
	for b := s.batchOf(lo); lo < hi; b++ {
		x := &s.index.batches[b]
		end := min(hi, x.firstRow+x.rows)
		dst = append(dst, piece{b, lo - x.firstRow, end - x.firstRow})
		lo = end
	}
	return dst
}

// decode reads the pieces of s into its vector.
func (c *Column) decode(n *node, to *conversion, s *Scratch) error {
	rows := 0
	for _, p := range s.pieces {
		rows += p.hi - p.lo
	}
	nulls, err := c.nulls(n, s, rows)
	if err != nil {
		return err
	}
	data, err := c.data(n, to, s, nulls)
	if err != nil {
		return err
	}
	s.vector = batch.Vector{Type: to.want, Len: rows, Nulls: nulls, Data: data}
	return nil
}

// nulls is the null map of the pieces; nil when no row is NULL.
func (c *Column) nulls(n *node, s *Scratch, rows int) ([]bool, error) {
	if n.Form != formNull && !n.Nullable {
		return nil, nil
	}
	s.nulls = resize(s.nulls, rows)
	if n.Form == formNull {
		fill(s.nulls, true)
		return s.nulls, nil
	}
	at, found := 0, false
	for _, p := range s.pieces {
		dst := s.nulls[at : at+p.hi-p.lo]
		at += len(dst)
		if c.seg.index.batches[p.batch].nulls[n.slot] == 0 {
			clear(dst)
			continue
		}
		bits, err := c.values(s, n.buf, p.batch, (p.hi+7)/8)
		if err != nil {
			return nil, err
		}
		found = unpackNulls(dst, bits, p.lo) || found
	}
	if !found {
		return nil, nil
	}
	return s.nulls, nil
}

// unpackNulls reads a validity bitmap from bit lo on, and tells whether a row
// is NULL.
func unpackNulls(dst []bool, bits []byte, lo int) bool {
	valid := byte(1)
	for i := range dst {
		b := bits[(lo+i)>>3] >> ((lo + i) & 7) & 1
		valid &= b
		dst[i] = b == 0
	}
	return valid == 0
}

func fill[T any](dst []T, v T) {
	for i := range dst {
		dst[i] = v
	}
}

// values is buffer k of a batch, which must have need bytes.
func (c *Column) values(s *Scratch, k, b, need int) ([]byte, error) {
	src, err := s.raw(c.seg, c.name, b, k)
	if err != nil {
		return nil, err
	}
	if len(src) < need {
		return nil, c.seg.corrupt(c.name, b, fmt.Sprintf("a buffer has %d of %d bytes", len(src), need))
	}
	return src, nil
}

// data decodes the pieces without their null map.
func (c *Column) data(n *node, to *conversion, s *Scratch, nulls []bool) (any, error) {
	switch p := to.want.Phys(); {
	case n.Form == formNull:
		return c.defaults(to.want, len(nulls)), nil
	case p == types.PhysStrings:
		return c.strings(n, s, nulls)
	case p == types.PhysLists:
		return c.lists(n, to, s)
	case p == types.PhysI128:
		return c.wideDecimals(n, to, s, nulls)
	case p == types.PhysF64 && n.Type.Phys() == types.PhysF32:
		return c.doubles(n, s)
	case p == types.PhysF64:
		return inPlace[float64](c, n, s)
	case p == types.PhysF32:
		return inPlace[float32](c, n, s)
	case p == types.PhysB16:
		return inPlace[types.Bytes16](c, n, s)
	default:
		return c.integers(n, to, s, nulls)
	}
}

// defaults is rows NULLs' data, for elements of arrays.
func (c *Column) defaults(t types.Type, rows int) any {
	return batch.NewNulls(t, rows).Expand().Data
}
