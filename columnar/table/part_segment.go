package table

import (
	"sync"

	"github.com/zeebo/xxh3"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/expr"
	"github.com/freshetdb/freshet/columnar/segment"
	"github.com/freshetdb/freshet/columnar/types"
	"github.com/freshetdb/freshet/index/rowset"
)

// prunedMax bounds the answers of MayContain that a part remembers.
const prunedMax = 256

// segmentPart is a segment.
type segmentPart struct {
	file *segment.Segment
	dead rowset.Set
	view *View

	mu     sync.Mutex
	cols   map[uint32]*segment.Column // nil: not in the segment
	bounds map[uint32]bounds          // of columns of the View's types
	pruned map[valueOf][]bool         // granules
}

// bounds are the least and the greatest values of granules; nil when they are not known.
type bounds struct{ lo, hi *batch.Vector }

// valueOf is a value of a column.
type valueOf struct {
	column uint32
	value  string
}

// ColumnBytes is the bytes of a column as they are stored.
func (p *segmentPart) ColumnBytes(col *types.Column) int64 { return p.file.ColumnBytes(col.ID) }

// Rows implements Part.
func (p *segmentPart) Rows() int { return p.file.Rows() }

// Identity names the rows of the part as long as the node runs, whatever View it is
// of; empty when some of them are dead, since more may die.
func (p *segmentPart) Identity() string {
	if p.dead.Count() > 0 {
		return ""
	}
	return p.file.Identity()
}

// column finds the reader of a column; nil when the segment lacks it.
func (p *segmentPart) column(col *types.Column) (*segment.Column, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if c, ok := p.cols[col.ID]; ok {
		return c, nil
	}
	c, err := p.file.Column(col.ID, col.Type, p.view.Dict(col.ID))
	if err != nil {
		return nil, err
	}
	if p.cols == nil {
		p.cols = map[uint32]*segment.Column{}
	}
	p.cols[col.ID] = c
	return c, nil
}

// Read implements Part. Each vector has memory of its own, or lies in the file.
func (p *segmentPart) Read(col *types.Column, lo, hi int) (*batch.Vector, error) {
	return p.ReadInto(col, lo, hi, &segment.Scratch{})
}

// ReadInto implements Part.
func (p *segmentPart) ReadInto(col *types.Column, lo, hi int, s *segment.Scratch) (*batch.Vector, error) {
	c, err := p.column(col)
	if err != nil {
		return nil, err
	}
	dict := p.view.Dict(col.ID)
	if c == nil {
		return segment.AsSymbols(p.view.env.fill(p.view.Def, col, hi-lo), dict), nil
	}
	v, err := c.Read(lo, hi, s)
	if err != nil {
		return nil, err
	}
	if dicts := p.view.states[col.ID]; dicts != nil {
		c := *v
		c.Dicts = dicts
		return &c, nil
	}
	return segment.AsSymbols(v, dict), nil
}

// MatchText writes the rows of [lo, hi) with a text to m.To, counted from lo, without
// reading the column. ok is false where it has to be read.
func (p *segmentPart) MatchText(col *types.Column, lo, hi int, m expr.TextMatch, s *segment.Scratch) (rows []uint32, ok bool, err error) {
	dict := p.view.dicts[col.ID]
	if dict == nil || col.Type.Kind != types.String {
		return nil, false, nil
	}
	c, err := p.column(col)
	if err != nil || c == nil {
		return nil, false, err
	}
	code, found := dict.Lookup(m.Value)
	if !found {
		code = batch.OverlayBit // no symbol has it
	}
	return c.MatchCode(lo, hi, segment.CodeMatch{Code: code, Negate: m.Negate, Rows: m.Rows}, m.To, s)
}

// ReadRows gives the rows of [lo, hi) that sel names, counted from lo. ok is false where
// all of them have to be read. The vector lies in the scratch.
func (p *segmentPart) ReadRows(col *types.Column, lo, hi int, sel []uint32, s *segment.Scratch) (v *batch.Vector, ok bool, err error) {
	c, err := p.column(col)
	if err != nil || c == nil || p.view.states[col.ID] != nil {
		return nil, false, err
	}
	if v, ok, err = c.ReadRows(lo, hi, sel, s); ok {
		v = segment.AsSymbols(v, p.view.Dict(col.ID))
	}
	return v, ok, err
}

// Bounds implements Part.
func (p *segmentPart) Bounds(col *types.Column) (lo, hi *batch.Vector) {
	c, err := p.column(col)
	if err != nil || c == nil {
		return nil, nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	b, ok := p.bounds[col.ID]
	if !ok {
		b.lo, b.hi = boundVectors(col.Type, c.Skip())
		if p.bounds == nil {
			p.bounds = map[uint32]bounds{}
		}
		p.bounds[col.ID] = b
	}
	return b.lo, b.hi
}

// MayContain implements Part.
func (p *segmentPart) MayContain(col *types.Column, value []byte) []bool {
	c, err := p.column(col)
	if err != nil || c == nil {
		return nil
	}
	if dict := p.view.dicts[col.ID]; dict != nil && dict.lacks(value) {
		return noGranule(p.Rows())
	}
	if c.Skip() == nil {
		return nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	key := valueOf{col.ID, string(value)}
	granules, ok := p.pruned[key]
	if !ok {
		set := p.prune(col, c, value)
		granules = make([]bool, set.Len())
		for g := range granules {
			granules[g] = set.Contains(g)
		}
		if p.pruned == nil || len(p.pruned) >= prunedMax {
			p.pruned = map[valueOf][]bool{}
		}
		p.pruned[key] = granules
	}
	return granules
}

// prune gives the granules that may hold a value. A value of the dictionary
// never stands as text.
func (p *segmentPart) prune(col *types.Column, c *segment.Column, value []byte) rowset.Set {
	hashes := []uint64{xxh3.Hash(value)}
	dict := p.view.Dict(col.ID)
	if dict == nil {
		return c.Skip().PruneHashes(hashes)
	}
	if code, ok := dict.Lookup(value); ok {
		return c.Skip().PruneCodes([]uint32{code}, nil)
	}
	return c.Skip().PruneCodes(nil, hashes)
}

// Dicts implements Part.
func (p *segmentPart) Dicts(col *types.Column) []batch.Dictionary { return p.view.dictsOf(col) }

// Live implements Part.
func (p *segmentPart) Live(lo, hi int) []bool { return liveOf(p.dead, 0, lo, hi) }
