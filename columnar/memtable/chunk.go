package memtable

import (
	"math"
	"slices"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/segment"
	"github.com/freshetdb/freshet/columnar/types"
	"github.com/freshetdb/freshet/index/skip"
)

// chunk is a chunk being filled.
type chunk struct {
	schema     *types.Schema
	firstRow   int64
	firstIndex uint64
	lastIndex  uint64
	rows       int
	cols       []*column
	stats      []stats // per column
	signs      []int8  // nil while all are +1
}

// stats are the bounds of a column's granules; the last one is still growing.
type stats struct {
	has      bool // the column has bounds
	min, max []uint64
	nulls    []uint32
}

func newChunk(schema *types.Schema, firstRow int64, index uint64) *chunk {
	c := &chunk{schema: schema, firstRow: firstRow, firstIndex: index}
	for _, col := range segment.Stored(schema) {
		c.cols = append(c.cols, &column{typ: col.Type})
		p := col.Type.Phys()
		c.stats = append(c.stats, stats{has: p != types.PhysLists && p != types.PhysStrings})
	}
	return c
}

// takes tells whether the rows of b can be appended: its text comes in the form
// that the chunk's has, and there is room for it.
func (c *chunk) takes(b *batch.Batch) bool {
	for i, v := range b.Cols {
		if !c.cols[i].takes(v) {
			return false
		}
	}
	return true
}

// append adds rows [lo, hi), which lie in one granule.
func (c *chunk) append(b *batch.Batch, lo, hi int) {
	for i, v := range b.Cols {
		if v.Const {
			v = v.Slice(lo, hi).Expand()
			c.cols[i].append(v, 0, hi-lo)
			c.stats[i].add(v, 0, hi-lo, c.rows)
			continue
		}
		c.cols[i].append(v, lo, hi)
		c.stats[i].add(v, lo, hi, c.rows)
	}
	c.addSigns(b.Signs, lo, hi)
	c.rows += hi - lo
}

func (c *chunk) addSigns(signs []int8, lo, hi int) {
	minus := false
	if signs != nil {
		for _, s := range signs[lo:hi] {
			minus = minus || s < 0
		}
	}
	if c.signs == nil {
		if !minus {
			return
		}
		c.signs = make([]int8, c.rows, ChunkRows)
		for i := range c.signs {
			c.signs[i] = 1
		}
	}
	if signs != nil {
		c.signs = append(c.signs, signs[lo:hi]...)
		return
	}
	for range hi - lo {
		c.signs = append(c.signs, 1)
	}
}

// add takes rows [lo, hi) of v into the granule of chunk row at.
func (s *stats) add(v *batch.Vector, lo, hi, at int) {
	if !s.has {
		return
	}
	g := at / segment.GranuleRows
	if g == len(s.min) {
		s.min, s.max, s.nulls = append(s.min, math.MaxUint64), append(s.max, 0), append(s.nulls, 0)
	}
	if least, greatest, ok := segment.Bounds(v, lo, hi); ok {
		s.min[g], s.max[g] = min(s.min[g], least), max(s.max[g], greatest)
	}
	if v.Nulls == nil {
		return
	}
	for _, null := range v.Nulls[lo:hi] {
		if null {
			s.nulls[g]++
		}
	}
}

// publish copies the bounds: those of the last granule still change.
func (s *stats) publish() *skip.Column {
	if !s.has {
		return nil
	}
	b := &skip.Bounds{
		Min: append([]uint64(nil), s.min...), Max: append([]uint64(nil), s.max...), Nulls: append([]uint32(nil), s.nulls...),
	}
	return &skip.Column{Granules: len(b.Min), Bounds: b}
}

func (c *chunk) publish() *Chunk {
	out := &Chunk{
		Schema: c.schema, FirstRow: c.firstRow, Rows: c.rows, FirstIndex: c.firstIndex, LastIndex: c.lastIndex,
		Signs: slices.Clip(c.signs),
	}
	for i, col := range c.cols {
		out.cols = append(out.cols, col.publish())
		out.skip = append(out.skip, c.stats[i].publish())
	}
	return out
}

func (c *chunk) bytes() int64 {
	n := int64(cap(c.signs))
	for _, col := range c.cols {
		n += col.bytes()
	}
	return n
}
