package batch

import "github.com/freshetdb/freshet/columnar/types"

// Batch is rows of one table or of one step of a query: equally long columns.
type Batch struct {
	Names []string
	Cols  []*Vector
	Rows  int
	// Signs is +1 for a row that is added and -1 for one that is taken back;
	// nil when all are added (R8, signed rows).
	Signs []int8
}

// New makes a batch of columns that all have rows rows.
func New(names []string, cols []*Vector, rows int) *Batch {
	return &Batch{Names: names, Cols: cols, Rows: rows}
}

// Types are the types of the columns.
func (b *Batch) Types() []types.Type {
	ts := make([]types.Type, len(b.Cols))
	for i, c := range b.Cols {
		ts[i] = c.Type
	}
	return ts
}

// Slice is rows [lo, hi), sharing memory.
func (b *Batch) Slice(lo, hi int) *Batch {
	out := &Batch{Names: b.Names, Cols: make([]*Vector, len(b.Cols)), Rows: hi - lo}
	for i, c := range b.Cols {
		out.Cols[i] = c.Slice(lo, hi)
	}
	if b.Signs != nil {
		out.Signs = b.Signs[lo:hi]
	}
	return out
}

// Gather is the rows named by sel, in that order.
func (b *Batch) Gather(sel []uint32) *Batch {
	out := &Batch{Names: b.Names, Cols: make([]*Vector, len(b.Cols)), Rows: len(sel)}
	for i, c := range b.Cols {
		out.Cols[i] = c.Gather(sel)
	}
	if b.Signs != nil {
		out.Signs = gather(b.Signs, sel)
	}
	return out
}

// SizeBytes is the memory of all columns.
func (b *Batch) SizeBytes() int64 {
	n := int64(len(b.Signs))
	for _, c := range b.Cols {
		n += c.SizeBytes()
	}
	return n
}
