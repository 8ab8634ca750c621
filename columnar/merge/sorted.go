package merge

import (
	"fmt"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/segment"
)

// Sorted is a source of rows in memory, brought into the order of the key: a
// flush merges the chunks of a memtable as a merge does segments.
type Sorted struct {
	batch *batch.Batch
	order []uint32 // nil: as they are
}

// NewSorted sorts the rows of b, whose columns are the stored columns of the
// target's schema. Their order is computed, the rows are copied when read.
func NewSorted(b *batch.Batch, key *segment.SortKey) (*Sorted, error) {
	s := &Sorted{batch: b}
	if len(key.Types) == 0 {
		return s, nil
	}
	parts, err := key.Eval(b)
	if err != nil {
		return nil, fmt.Errorf("compute sort key: %w", err)
	}
	s.order = segment.Order(parts, b.Rows)
	return s, nil
}

// Rows is the number of rows.
func (s *Sorted) Rows() int { return s.batch.Rows }

// Read gives rows [lo, hi) in the order of the key.
func (s *Sorted) Read(lo, hi int) (*batch.Batch, error) {
	if s.order == nil {
		return s.batch.Slice(lo, hi), nil
	}
	return s.batch.Gather(s.order[lo:hi]), nil
}

// Origin is the place in the batch of the row that comes at place i.
func (s *Sorted) Origin(i int) int {
	if s.order == nil {
		return i
	}
	return int(s.order[i])
}
