package table

import (
	"sync"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/memtable"
	"github.com/freshetdb/freshet/columnar/rollup"
	"github.com/freshetdb/freshet/columnar/segment"
	"github.com/freshetdb/freshet/columnar/types"
	"github.com/freshetdb/freshet/index/rowset"
)

// View is an immutable picture of a table (R15). Its parts may be read while the
// picture of the shard that it belongs to is held.
type View struct {
	Def *Def
	// Horizon is the first instant, in Unix seconds, that is fully kept; 0 when
	// nothing was dropped (R16).
	Horizon int64
	// Rollup is set for a table of kind Rollup.
	Rollup *RollupState
	// Merging is how rows with equal keys become one; nil when they stay apart.
	Merging *rollup.Plan
	// Version tells which rows these are.
	Version Version

	env      *Env
	runs     []runView
	segments []segmentView
	dicts    map[uint32]*Symbols

	// Of a rollup: the dictionaries of the arguments of its states by column, and
	// its rows in memory, as far as they are folded and not yet.
	states map[uint32][]batch.Dictionary
	folded []*Folded
	tail   *tail

	once  sync.Once
	parts []Part
}

// runView is rows in memory without those that are dead.
type runView struct {
	rows *memtable.Snapshot
	dead rowset.Set
}

// segmentView is a segment without its dead rows.
type segmentView struct {
	file *segment.Segment
	dead rowset.Set
}

// Parts are all rows of the table, segments first.
func (v *View) Parts() []Part {
	v.once.Do(func() {
		for _, s := range v.segments {
			v.parts = append(v.parts, &segmentPart{file: s.file, dead: s.dead, view: v})
		}
		for _, r := range v.runs {
			for _, c := range r.rows.Chunks {
				v.parts = append(v.parts, newChunkPart(c, r.dead, v))
			}
		}
		v.foldedParts()
	})
	return v.parts
}

// foldedParts adds the rows of a rollup that are in memory; those that are not
// folded yet are folded now.
func (v *View) foldedParts() {
	for _, r := range v.folded {
		v.parts = append(v.parts, &foldedPart{run: r, view: v})
	}
	if v.tail == nil {
		return
	}
	runs, err := v.tail.folded()
	for _, r := range runs {
		v.parts = append(v.parts, &foldedPart{run: r, view: v})
	}
	if err != nil {
		v.parts = append(v.parts, brokenPart{err})
	}
}

// Rows is the number of rows that are not deleted. Of a rollup it is the number of
// rows that are stored: rows with equal keys may be there several times.
func (v *View) Rows() int64 {
	n := int64(0)
	for _, r := range v.folded {
		n += r.Rows
	}
	if v.tail != nil {
		runs, _ := v.tail.folded() // Whoever reads the rows is told of an error.
		for _, r := range runs {
			n += r.Rows
		}
	}
	for _, r := range v.runs {
		n += r.rows.Rows - int64(r.dead.Count())
	}
	for _, s := range v.segments {
		n += int64(s.file.Rows() - s.dead.Count())
	}
	return n
}

// Bytes is the size of the segments and of the rows in memory.
func (v *View) Bytes() int64 {
	n := int64(0)
	for _, s := range v.segments {
		n += s.file.Meta().Bytes
	}
	for _, r := range v.folded {
		n += r.Bytes
	}
	for _, r := range v.runs {
		for _, c := range r.rows.Chunks {
			for place := range segment.Stored(c.Schema) {
				n += c.Column(place, nil).SizeBytes()
			}
		}
	}
	return n
}

// Dict is the dictionary of a column; nil when its values are not numbered. It is
// one pointer for all parts, and for a key of a rollup that is a column of its source
// it is that column's, if both Views are of one View of the shard.
func (v *View) Dict(column uint32) batch.Dictionary {
	if d := v.dicts[column]; d != nil {
		return d
	}
	return nil
}

// dictsOf is Part.Dicts.
func (v *View) dictsOf(col *types.Column) []batch.Dictionary {
	if d := v.Dict(col.ID); d != nil && col.Type.Kind == types.String {
		return []batch.Dictionary{d}
	}
	return v.states[col.ID]
}

// StateDicts are the dictionaries of the symbols in the states of a column, one for
// each argument of the function and nil where an argument has none; nil when the
// states are portable.
func (v *View) StateDicts(column uint32) []batch.Dictionary { return v.states[column] }
