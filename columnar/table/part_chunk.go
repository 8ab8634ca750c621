package table

import (
	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/memtable"
	"github.com/freshetdb/freshet/columnar/segment"
	"github.com/freshetdb/freshet/columnar/types"
	"github.com/freshetdb/freshet/index/rowset"
)

// chunkPart is a chunk of a memtable.
type chunkPart struct {
	chunk  *memtable.Chunk
	stored []types.Column // of the chunk's schema
	dead   rowset.Set     // over the rows of the memtable
	view   *View
}

func newChunkPart(c *memtable.Chunk, dead rowset.Set, v *View) *chunkPart {
	return &chunkPart{chunk: c, stored: segment.Stored(c.Schema), dead: dead, view: v}
}

// Rows implements Part.
func (p *chunkPart) Rows() int { return p.chunk.Rows }

func (p *chunkPart) place(id uint32) int {
	return placeOf(p.stored, id)
}

// Read implements Part.
func (p *chunkPart) Read(col *types.Column, lo, hi int) (*batch.Vector, error) {
	return readChunk(p.chunk, p.place(col.ID), col, p.view, lo, hi)
}

// ReadInto implements Part: rows in memory are read in place.
func (p *chunkPart) ReadInto(col *types.Column, lo, hi int, _ *segment.Scratch) (*batch.Vector, error) {
	return p.Read(col, lo, hi)
}

// readChunk reads rows of the column that stands at a place of the chunk's
// stored columns; -1: nowhere.
func readChunk(c *memtable.Chunk, place int, col *types.Column, view *View, lo, hi int) (*batch.Vector, error) {
	dict := view.Dict(col.ID)
	if place < 0 {
		return segment.AsSymbols(view.env.fill(view.Def, col, hi-lo), dict), nil
	}
	v, err := convert(c.Column(place, dict).Slice(lo, hi), col.Type)
	if err != nil {
		return nil, err
	}
	return segment.AsSymbols(v, dict), nil
}

// Bounds implements Part.
func (p *chunkPart) Bounds(col *types.Column) (lo, hi *batch.Vector) {
	place := p.place(col.ID)
	if place < 0 || p.stored[place].Type.Phys() != col.Type.Phys() || p.stored[place].Type.Scale != col.Type.Scale {
		return nil, nil
	}
	return boundVectors(col.Type, p.chunk.Skip(place))
}

// MayContain implements Part.
func (p *chunkPart) MayContain(col *types.Column, value []byte) []bool {
	if dict := p.view.dicts[col.ID]; p.place(col.ID) < 0 || dict == nil || !dict.lacks(value) {
		return nil
	}
	return noGranule(p.Rows())
}

// Dicts implements Part.
func (p *chunkPart) Dicts(col *types.Column) []batch.Dictionary { return p.view.dictsOf(col) }

// Live implements Part.
func (p *chunkPart) Live(lo, hi int) []bool {
	return liveOf(p.dead, int(p.chunk.FirstRow), lo, hi)
}
