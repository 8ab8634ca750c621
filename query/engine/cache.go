package engine

import (
	"container/list"
	"crypto/sha256"
	"sync"
	"sync/atomic"
	"time"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/ledger"
	"github.com/freshetdb/freshet/columnar/table"
)

const (
	// queryCacheBytes bounds the answers that a node keeps: some thousands of
	// dashboard panels.
	queryCacheBytes = 64 << 20
	// queryCacheShare is the part of the node's memory that they take at most.
	queryCacheShare = 8
	// answerBytesMax bounds one answer that is kept, or given to several: what is
	// larger streams to the client who asked.
	answerBytesMax = 4 << 20
	// answerOverhead is about what an answer costs beside its rows.
	answerOverhead = 1 << 10
)

// cacheKey tells queries apart: everything that decides the answer over given rows.
// It is a cryptographic hash, since whoever found two queries with one key would get
// the answer of the other.
type cacheKey [sha256.Size]byte

// answer is the result of a query. What is not guarded by the cache's lock is
// immutable.
type answer struct {
	key         cacheKey
	shape       *cacheKey      // see question
	batches     []*batch.Batch // in memory of their own
	rows, bytes int64
	certificate Certificate
	computed    time.Time
	about       about

	// Guarded by the cache's lock.
	read  []versions // as of which the answer is known to be right
	right time.Time  // when it was last known to be
	hits  int64
	place *list.Element
}

// versions are those of one table, by shard.
type versions []table.Version

// about describes an answer to system.query_cache.
type about struct {
	sql    string
	guards []guard
}

// flight is a query that runs, and that others wait for.
type flight struct {
	read  []versions
	about about
	began time.Time
	done  chan struct{}
	// Set before done is closed: the answer, or an error that every run would end
	// with, or neither.
	answer *answer
	err    error
	// isLarge tells that there is too much to be shared.
	isLarge bool
}

// cache is the answers of queries, and the queries that run. It is safe for
// concurrent use.
type cache struct {
	budget *ledger.Budget

	mu      sync.Mutex
	byKey   map[cacheKey]*answer
	byShape map[cacheKey]*answer // the newest of each
	recent  *list.List           // of *answer, the one used last in front
	flights map[cacheKey]*flight

	hits, misses, coalesced, stale atomic.Int64
}

func newCache(b *ledger.Budget) *cache {
	return &cache{budget: b, byKey: map[cacheKey]*answer{}, byShape: map[cacheKey]*answer{}, recent: list.New(), flights: map[cacheKey]*flight{}}
}

// look finds the answer and the newest running query of a key, if there are any, and
// the versions of which the answer is right, since a moment.
func (c *cache) look(k cacheKey) (a *answer, read []versions, right time.Time, f *flight) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if a = c.byKey[k]; a != nil {
		read, right = a.read, a.right
	}
	return a, read, right, c.flights[k]
}

// shaped is the newest answer of a shape; nil when there is none.
func (c *cache) shaped(k *cacheKey) *answer {
	if k == nil {
		return nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.byShape[*k]
}

// hit notes that an answer was given, and, unless read is nil, that it is right for
// these versions, too.
func (c *cache) hit(a *answer, read []versions, now time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	a.hits++
	if read != nil && now.After(a.right) {
		a.read, a.right = read, now
	}
	if a.place != nil {
		c.recent.MoveToFront(a.place)
	}
}

// lead makes a flight the running query of a key, unless another one than seen has
// become so meanwhile. Whoever leads calls land.
func (c *cache) lead(k cacheKey, seen, f *flight) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.flights[k] != seen {
		return false
	}
	c.flights[k] = f
	return true
}

// land ends a flight and keeps its answer, if there is one.
func (c *cache) land(k cacheKey, f *flight) {
	c.mu.Lock()
	defer c.mu.Unlock()
	close(f.done)
	if c.flights[k] == f {
		delete(c.flights, k)
	}
	if f.answer != nil {
		c.keep(f.answer)
	}
}

// keep puts an answer in the place of the one before, and of those that were not
// used for longest. Without room it is not kept. The caller holds the lock.
func (c *cache) keep(a *answer) {
	if old := c.byKey[a.key]; old != nil {
		if old.computed.After(a.computed) {
			return
		}
		c.drop(old)
	}
	for c.budget.Limit() == 0 || c.budget.Add(a.bytes) != nil {
		last := c.recent.Back()
		if last == nil || a.bytes > c.budget.Limit() {
			return
		}
		c.drop(last.Value.(*answer))
	}
	c.byKey[a.key], a.place = a, c.recent.PushFront(a)
	if a.shape != nil {
		c.byShape[*a.shape] = a
	}
}

// drop forgets an answer. Whoever is being given it keeps the rows. The caller holds
// the lock.
func (c *cache) drop(a *answer) {
	c.recent.Remove(a.place)
	a.place = nil
	delete(c.byKey, a.key)
	if a.shape != nil && c.byShape[*a.shape] == a {
		delete(c.byShape, *a.shape)
	}
	c.budget.Force(-a.bytes)
}

// clear forgets all answers.
func (c *cache) clear() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, a := range c.byKey {
		c.drop(a)
	}
}

// kept are all answers, the one used last first, and the running queries.
func (c *cache) kept() (answers []answer, running []*flight) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for e := c.recent.Front(); e != nil; e = e.Next() {
		answers = append(answers, *e.Value.(*answer))
	}
	for _, f := range c.flights {
		running = append(running, f)
	}
	return answers, running
}
