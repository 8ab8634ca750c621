package table

import (
	"sync"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/segment"
	"github.com/freshetdb/freshet/columnar/types"
	"github.com/freshetdb/freshet/index/skip"
)

// Folded is rows of a rollup in memory, in the order of its sort key. It is
// immutable; its symbols are of whatever View is read.
type Folded struct {
	Rows        int64
	Bytes       int64
	First, Last uint64
	Epoch       uint64 // see Rolled.Epoch

	batch *batch.Batch

	mu     sync.Mutex
	bounds map[int]*skip.Column // by place
}

func newFolded(b *batch.Batch, first, last, epoch uint64) *Folded {
	return &Folded{Rows: int64(b.Rows), Bytes: b.SizeBytes(), First: first, Last: last, Epoch: epoch, batch: b}
}

// skip is the bounds of a column's granules, computed when they are first wanted.
func (f *Folded) skip(place int) *skip.Column {
	f.mu.Lock()
	defer f.mu.Unlock()
	if s, ok := f.bounds[place]; ok {
		return s
	}
	b := &skip.Bounds{}
	v := f.batch.Cols[place]
	for lo := 0; lo < f.batch.Rows; lo += segment.GranuleRows {
		hi := min(lo+segment.GranuleRows, f.batch.Rows)
		least, greatest, ok := segment.Bounds(v, lo, hi)
		if !ok {
			least, greatest = 1, 0
		}
		nulls := uint32(0)
		for i := lo; v.Nulls != nil && i < hi; i++ {
			if v.IsNull(i) {
				nulls++
			}
		}
		b.Min, b.Max, b.Nulls = append(b.Min, least), append(b.Max, greatest), append(b.Nulls, nulls)
	}
	s := &skip.Column{Granules: len(b.Min), Bounds: b}
	if f.bounds == nil {
		f.bounds = map[int]*skip.Column{}
	}
	f.bounds[place] = s
	return s
}

// foldedPart is a Folded as a part of a View.
type foldedPart struct {
	run  *Folded
	view *View
}

// Rows implements Part.
func (p *foldedPart) Rows() int { return p.run.batch.Rows }

func (p *foldedPart) place(id uint32) int { return placeOf(segment.Stored(&p.view.Def.Schema), id) }

// Read implements Part.
func (p *foldedPart) Read(col *types.Column, lo, hi int) (*batch.Vector, error) {
	place := p.place(col.ID)
	if place < 0 || place >= len(p.run.batch.Cols) {
		return p.view.env.fill(p.view.Def, col, hi-lo), nil
	}
	c := *p.run.batch.Cols[place].Slice(lo, hi)
	if d, ok := c.Data.(batch.Symbols); ok {
		c.Data = batch.Symbols{Codes: d.Codes, Dict: p.view.Dict(col.ID), Overlay: d.Overlay}
	}
	if c.Type.Kind == types.AggregateFunction {
		c.Dicts = p.view.states[col.ID]
	}
	return &c, nil
}

// ReadInto implements Part: rows in memory are read in place.
func (p *foldedPart) ReadInto(col *types.Column, lo, hi int, _ *segment.Scratch) (*batch.Vector, error) {
	return p.Read(col, lo, hi)
}

// Bounds implements Part.
func (p *foldedPart) Bounds(col *types.Column) (lo, hi *batch.Vector) {
	place := p.place(col.ID)
	if place < 0 || place >= len(p.run.batch.Cols) || col.Type.Phys() == types.PhysStrings || col.Type.Phys() == types.PhysLists {
		return nil, nil
	}
	return boundVectors(col.Type, p.run.skip(place))
}

// MayContain implements Part.
func (p *foldedPart) MayContain(col *types.Column, value []byte) []bool {
	if dict := p.view.dicts[col.ID]; dict == nil || !dict.lacks(value) {
		return nil
	}
	return noGranule(p.Rows())
}

// Dicts implements Part.
func (p *foldedPart) Dicts(col *types.Column) []batch.Dictionary { return p.view.dictsOf(col) }

// Live implements Part.
func (p *foldedPart) Live(int, int) []bool { return nil }

// brokenPart stands for rows that can't be folded: a query that needs them fails.
type brokenPart struct{ err error }

// Rows implements Part.
func (p brokenPart) Rows() int { return 1 }

// Read implements Part.
func (p brokenPart) Read(*types.Column, int, int) (*batch.Vector, error) { return nil, p.err }

// ReadInto implements Part.
func (p brokenPart) ReadInto(*types.Column, int, int, *segment.Scratch) (*batch.Vector, error) {
	return nil, p.err
}

// Bounds implements Part.
func (p brokenPart) Bounds(*types.Column) (lo, hi *batch.Vector) { return nil, nil }

// MayContain implements Part.
func (p brokenPart) MayContain(*types.Column, []byte) []bool { return nil }

// Dicts implements Part.
func (p brokenPart) Dicts(*types.Column) []batch.Dictionary { return nil }

// Live implements Part.
func (p brokenPart) Live(int, int) []bool { return nil }
