package store

import (
	"github.com/freshetdb/freshet/columnar/entry"
)

// applyPartition changes the rows of one partition, or of all.
func (s *Store) applyPartition(_ uint64, e *entry.Entry) Result {
	t, err := s.table(e)
	if err != nil {
		return failed(err)
	}
	s.clear(t)
	return Result{}
}
