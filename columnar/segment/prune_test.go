package segment_test

import (
	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/segment"
	"github.com/freshetdb/freshet/columnar/vfs"
	"github.com/freshetdb/freshet/index/skip"
	"github.com/freshetdb/freshet/index/sparse"
)

// pointOf is the condition that the key is that of row i.
func pointOf(parts []*batch.Vector, i int) sparse.Condition {
	var c sparse.Condition
	for _, v := range parts {
		c = append(c, []sparse.Interval{sparse.Point(segment.AppendKeyPart(nil, v, i))})
	}
	return c
}

// keeps looks for the value of row i, which lies in granule g, in the column's
// skip index.
func keeps(c *segment.Column, v *batch.Vector, i, g int) bool {
	s := c.Skip()
	if s == nil {
		return true
	}
	if d, ok := v.Data.(batch.Symbols); ok {
		return s.PruneCodes([]uint32{d.Codes[i]}, nil).Contains(g)
	}
	n := segment.Number(v, i)
	return s.PruneValues([]skip.Interval{{Lo: n, Hi: n}}).Contains(g) && !s.PruneNulls().Contains(g) && s.PruneNotNulls().Contains(g)
}

// failingChanges is a file system that asks before each operation that changes
// something.
func failingChanges(fs vfs.FS, before func() error) vfs.FS {
	return vfs.NewFault(fs, func(op vfs.Op) error {
		if op.Kind.Changes() {
			return before()
		}
		return nil
	})
}
