package table

import (
	"github.com/freshetdb/freshet/columnar/memtable"
	"github.com/freshetdb/freshet/index/rowset"
)

// Run is rows in memory that no more are added to. Dead, over all its rows, is
// replaced when rows die, never changed.
type Run struct {
	Rows  *memtable.Snapshot
	Bytes int64
	Dead  rowset.Set
}

// Kill marks rows as dead.
func (r *Run) Kill(rows rowset.Set) { r.Dead = union(int(r.Rows.Rows), r.Dead, rows) }

// Live is the number of rows that are not dead.
func (r *Run) Live() int64 { return r.Rows.Rows - int64(r.Dead.Count()) }
