package engine

import (
	"container/list"
	"crypto/sha256"
	"sync"
	"sync/atomic"

	"github.com/freshetdb/freshet/columnar/ledger"
	"github.com/freshetdb/freshet/query/exec"
)

const (
	// stateCacheBytes bounds the groups of segments that a node keeps.
	stateCacheBytes = 64 << 20
	// stateCacheShare is the part of the node's memory that they take at most.
	stateCacheShare = 8
	// stateOverhead is about what the groups of a segment cost beside their bytes.
	stateOverhead = 512
	// askedMax bounds the aggregations of segments of which it is known that they were
	// asked for once.
	askedMax = 1 << 14
)

// stateCache is what aggregations found in segments. A segment is aggregated by
// itself when the same is asked of it for the second time, which costs little more
// than reading it with all others, so that a query that comes once pays nothing. It
// is safe for concurrent use.
type stateCache struct {
	budget *ledger.Budget

	mu     sync.Mutex
	byKey  map[stateKey]*states
	recent *list.List // of *states, those used last in front
	asked  map[stateKey]struct{}

	hits atomic.Int64
}

type stateKey struct {
	aggregation cacheKey
	part        string
}

// states is the groups of one segment; nil when they are not worth to be kept.
type states struct {
	key   stateKey
	kept  *exec.Kept
	bytes int64
	place *list.Element
}

func newStateCache(b *ledger.Budget) *stateCache {
	return &stateCache{budget: b, byKey: map[stateKey]*states{}, recent: list.New(), asked: map[stateKey]struct{}{}}
}

func (c *stateCache) find(k stateKey) (kept *exec.Kept, wanted bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if s := c.byKey[k]; s != nil {
		c.recent.MoveToFront(s.place)
		if s.kept != nil {
			c.hits.Add(1)
		}
		return s.kept, false
	}
	if _, ok := c.asked[k]; ok {
		return nil, true
	}
	if len(c.asked) >= askedMax {
		clear(c.asked)
	}
	c.asked[k] = struct{}{}
	return nil, false
}

// keep takes groups in the place of those that were not used for longest.
func (c *stateCache) keep(k stateKey, kept *exec.Kept) {
	s := &states{key: k, kept: kept, bytes: stateOverhead}
	if kept != nil {
		s.bytes += kept.SizeBytes()
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.asked, k)
	if c.byKey[k] != nil {
		return // Another query was faster.
	}
	for c.budget.Limit() == 0 || c.budget.Add(s.bytes) != nil {
		last := c.recent.Back()
		if last == nil || s.bytes > c.budget.Limit() {
			return
		}
		c.drop(last.Value.(*states))
	}
	c.byKey[k], s.place = s, c.recent.PushFront(s)
}

// drop forgets groups. The caller holds the lock.
func (c *stateCache) drop(s *states) {
	c.recent.Remove(s.place)
	delete(c.byKey, s.key)
	c.budget.Force(-s.bytes)
}

// clear forgets all groups.
func (c *stateCache) clear() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, s := range c.byKey {
		c.drop(s)
	}
	clear(c.asked)
}

// keeper is the cache as one query uses it: what decides its expressions beside their
// text is part of every key.
type keeper struct {
	cache  *stateCache
	prefix string
}

// keeper is nil when the query is to use none.
func (q *query) keeper() exec.Keeper {
	c := q.engine.states
	if !q.settings.bool("use_query_cache") || c.budget.Limit() == 0 {
		return nil
	}
	return keeper{cache: c, prefix: string(q.identity())}
}

// Kept implements exec.Keeper.
func (k keeper) Kept(aggregation, part string) (kept *exec.Kept, wanted bool) {
	return k.cache.find(k.key(aggregation, part))
}

// Keep implements exec.Keeper.
func (k keeper) Keep(aggregation, part string, kept *exec.Kept) {
	k.cache.keep(k.key(aggregation, part), kept)
}

func (k keeper) key(aggregation, part string) stateKey {
	return stateKey{sha256.Sum256([]byte(k.prefix + aggregation)), part}
}
