package exec

import (
	"github.com/freshetdb/freshet/columnar/batch"
)

// Extremes gathers the least and the greatest value of each column of a result,
// for the setting extremes. NULL and NaN count only where there is nothing else.
// The zero value is ready.
type Extremes struct {
	rows *batch.Batch // least, greatest; nil before the first row
}

// Add looks at the rows of b.
func (x *Extremes) Add(b *batch.Batch) {
	if b.Rows == 0 {
		return
	}
	ends := endsOf(b)
	if x.rows != nil {
		ends = endsOf(batch.ConcatBatches(b.Names, b.Types(), []*batch.Batch{x.rows, ends}))
	}
	x.rows = ends
}

// Rows is the least and the greatest values, a row each; no rows when there were
// none.
func (x *Extremes) Rows() *batch.Batch {
	if x.rows == nil {
		return &batch.Batch{}
	}
	return x.rows
}

// endsOf is two rows: the least and the greatest values of b.
func endsOf(b *batch.Batch) *batch.Batch {
	out := &batch.Batch{Names: b.Names, Cols: make([]*batch.Vector, len(b.Cols)), Rows: 2}
	for i, v := range b.Cols {
		up, down := directed(v, Key{}), directed(v, Key{Desc: true})
		ends := []uint32{0, 0}
		for r := uint32(1); r < uint32(b.Rows); r++ {
			if up(r, ends[0]) < 0 {
				ends[0] = r
			}
			if down(r, ends[1]) < 0 {
				ends[1] = r
			}
		}
		out.Cols[i] = v.Gather(ends).Expand()
	}
	return out
}
