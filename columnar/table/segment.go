package table

import (
	"github.com/freshetdb/freshet/columnar/segment"
	"github.com/freshetdb/freshet/index/rowset"
)

// Segment is a segment of a table. Dead, over all its rows, is replaced when
// rows die, never changed. Durable is Dead as of the manifest: what a merge may
// leave out for good, since what was deleted later is deleted again by a replay.
type Segment struct {
	File    *segment.Segment
	Dead    rowset.Set
	Durable rowset.Set
	// Active tells that the manifest has the segment as one of the table's rows,
	// neither set aside nor staged.
	Active bool
	// Key is the partition of all rows; not set for a mixed segment, and until
	// HasKey.
	Key    string
	HasKey bool
}

// Name is the name of its files.
func (s *Segment) Name() string { return s.File.Meta().Name }

// Kill marks rows as dead.
func (s *Segment) Kill(rows rowset.Set) { s.Dead = union(s.File.Rows(), s.Dead, rows) }

// Live is the number of rows that are not dead.
func (s *Segment) Live() int64 { return int64(s.File.Rows() - s.Dead.Count()) }
