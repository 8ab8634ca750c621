package table

import (
	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/segment"
	"github.com/freshetdb/freshet/columnar/types"
	"github.com/freshetdb/freshet/index/rowset"
)

// Part is an immutable run of rows of one table on one shard: a segment or a
// chunk of a memtable, as of a View. Methods are safe for concurrent use while
// the View is held; so is what they return.
type Part interface {
	Rows() int
	// Read gives rows [lo, hi) of a column; the column's default where the part is
	// from before the column. Text comes as symbols of the View's dictionary.
	Read(col *types.Column, lo, hi int) (*batch.Vector, error)
	// ReadInto is Read with memory of the caller's, one Scratch for each part and
	// column: the vector is valid until the next ReadInto with it. It costs a fifth
	// of Read where numbers are stored narrow; text that is short of symbols, and
	// columns that are converted, have memory of their own all the same.
	ReadInto(col *types.Column, lo, hi int, s *segment.Scratch) (*batch.Vector, error)
	// Bounds gives the least and the greatest value of each granule, one row a
	// granule; nil, nil when they are not known. NULLs are not bounded.
	Bounds(col *types.Column) (lo, hi *batch.Vector)
	// MayContain tells of each granule whether a row of it may equal a byte string; nil
	// when any may. The caller must not write to it.
	MayContain(col *types.Column, value []byte) []bool
	// Dicts are the dictionaries that a column's vectors refer to: one of text that has
	// symbols, of states in the local form one for each argument; nil for others.
	Dicts(col *types.Column) []batch.Dictionary
	// Live marks the rows of [lo, hi) that are not deleted; nil when all are.
	Live(lo, hi int) []bool
}

// liveOf marks the rows of [lo, hi) that are not in dead, which begins offset
// rows before; nil when all are live.
func liveOf(dead rowset.Set, offset, lo, hi int) []bool {
	if dead.Len() == 0 {
		return nil
	}
	rows := dead.AppendRows(nil, offset+lo, offset+hi)
	if len(rows) == 0 {
		return nil
	}
	live := make([]bool, hi-lo)
	for i := range live {
		live[i] = true
	}
	for _, r := range rows {
		live[r] = false
	}
	return live
}

// noGranule is MayContain of n rows none of which has the value.
func noGranule(n int) []bool { return make([]bool, (n+segment.GranuleRows-1)/segment.GranuleRows) }

// union is the rows of a or b, sets over n rows; the zero Set is empty.
func union(n int, a, b rowset.Set) rowset.Set {
	if a.Len() == 0 {
		a = rowset.None(n)
	}
	if b.Len() == 0 {
		return a
	}
	return a.Or(b)
}
