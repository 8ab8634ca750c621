package store

import (
	"maps"
	"slices"
)

// Raft is what the manifest on disk has for the log; false when nothing was
// flushed yet.
func (s *Store) Raft() (meta RaftMeta, ok bool) {
	s.durableMu.Lock()
	defer s.durableMu.Unlock()
	m := s.durable
	return RaftMeta{
		Index: m.Index, Term: m.Term, Configuration: m.Configuration,
		ConfigurationIndex: m.ConfigurationIndex, MapEpoch: m.MapEpoch,
	}, m.Index > 0
}

// Transaction is staged parts that wait for their commit.
type Transaction struct {
	Table uint64
	ID    uint64
}

// Transactions are all that are staged, by id.
func (s *Store) Transactions() []Transaction {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := make([]Transaction, 0, len(s.staged))
	for _, id := range slices.Sorted(maps.Keys(s.staged)) {
		out = append(out, Transaction{Table: s.staged[id].table, ID: id})
	}
	return out
}
