package engine

import (
	"sync"

	"github.com/freshetdb/freshet/query/system"
)

// queryLogLen is how many finished statements system.query_log keeps: in memory,
// newest last.
const queryLogLen = 10_000

type queryLog struct {
	mu   sync.Mutex
	ring []system.Query
	next int
}

func newQueryLog() *queryLog { return &queryLog{} }

func (l *queryLog) add(q system.Query) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.ring) < queryLogLen {
		l.ring = append(l.ring, q)
		return
	}
	l.ring[l.next] = q
	l.next = (l.next + 1) % queryLogLen
}

// list is the statements, oldest first.
func (l *queryLog) list() []system.Query {
	l.mu.Lock()
	defer l.mu.Unlock()
	return append(append([]system.Query(nil), l.ring[l.next:]...), l.ring[:l.next]...)
}
