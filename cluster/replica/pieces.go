package replica

import "github.com/freshetdb/freshet/columnar/batch"

// plain is b with each row's own values, as they stand in an entry: constants are
// repeated, symbols are text (R11).
func plain(b *batch.Batch) *batch.Batch {
	out := *b
	out.Cols = make([]*batch.Vector, len(b.Cols))
	for i, c := range b.Cols {
		c = c.Expand()
		if _, ok := c.Data.(batch.Symbols); ok {
			c = batch.NewStrings(c.Type, c.Strings(), c.Nulls)
		}
		out.Cols[i] = c
	}
	return &out
}

// pieces cuts a plain batch into pieces of at most size bytes; a row that is
// larger stands alone.
func pieces(b *batch.Batch, size int64) []*batch.Batch {
	if b.Rows == 1 || rowBytes(b) <= size {
		return []*batch.Batch{b}
	}
	half := b.Rows / 2
	return append(pieces(b.Slice(0, half), size), pieces(b.Slice(half, b.Rows), size)...)
}

// rowBytes is the bytes of the rows of a plain batch. SizeBytes of a slice would
// count the text around it.
func rowBytes(b *batch.Batch) int64 {
	var n int64
	for _, c := range b.Cols {
		n += vectorBytes(c)
	}
	return n
}

func vectorBytes(v *batch.Vector) int64 {
	n := int64(len(v.Nulls))
	switch d := v.Data.(type) {
	case batch.Strings:
		return n + 4*int64(v.Len) + int64(d.Offsets[v.Len]-d.Offsets[0])
	case batch.Lists:
		first, last := d.Offsets[0], d.Offsets[v.Len]
		return n + 4*int64(v.Len) + vectorBytes(d.Elems.Slice(int(first), int(last)))
	case []*batch.Vector:
		for _, p := range d {
			n += vectorBytes(p)
		}
		return n
	default:
		return v.SizeBytes()
	}
}
