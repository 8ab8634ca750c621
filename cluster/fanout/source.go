package fanout

import (
	"context"
	"fmt"
	"sync"

	"github.com/freshetdb/freshet/cluster/replica"
	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/entry"
	"github.com/freshetdb/freshet/columnar/store"
	"github.com/freshetdb/freshet/columnar/table"
)

// advanceEvery is how many batches in a row a shard may get no rows of, before it
// is told how far the source is: what a restart reads again is bounded by it.
const advanceEvery = 64

// SourceRows is rows that were read from [From, Next) of one part of a source,
// which Key names. At[i] is the position of row i, ascending, in that range.
// Without rows it only moves the position, on all shards.
type SourceRows struct {
	Table       *table.Def
	Rows        *batch.Batch // all stored columns of Table.Schema, in order
	At          []uint64
	Source, Key string
	From, Next  uint64
}

// sources remembers what shards were given of sources since the node was opened.
type sources struct {
	mu    sync.Mutex
	parts map[sourcePart]*progress
}

// sourcePart is a part of a source as one shard sees it.
type sourcePart struct {
	shard       int
	source, key string
}

// progress is how far a shard was given a part of a source. Batches without rows
// for the shard are not in its log, so it may be ahead of the shard's position.
type progress struct {
	next uint64
	idle int // batches without rows in a row
}

func (s *sources) of(k sourcePart) *progress {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.parts == nil {
		s.parts = map[sourcePart]*progress{}
	}
	p := s.parts[k]
	if p == nil {
		p = &progress{}
		s.parts[k] = p
	}
	return p
}

// Positions are, by key, how far all shards have the rows of a source. What is
// behind may be stored again: shards that have it skip it.
func (c *Cluster) Positions(ctx context.Context, source string) (map[string]uint64, error) {
	if err := ctx.Err(); err != nil {
		return nil, context.Cause(ctx)
	}
	out := c.shards[0].Positions(source)
	for _, r := range c.shards[1:] {
		has := r.Positions(source)
		for key, next := range out {
			if n, ok := has[key]; !ok {
				delete(out, key) // That shard has nothing of it: from the beginning.
			} else {
				out[key] = min(next, n)
			}
		}
	}
	return out, nil
}

// Store stores rows of a source exactly once (R8): each shard gets its rows, less
// those that it has, with the range they come from in the same entry. It returns
// when they are safe and visible on all shards; after an error the source goes on
// from Positions. One source is used by one goroutine at a time.
func (c *Cluster) Store(ctx context.Context, in SourceRows) error {
	parts, at, err := c.partsOf(in)
	if err != nil {
		return err
	}
	return c.each(func(i int, r *replica.Replica) error {
		p := c.sources.of(sourcePart{shard: i, source: in.Source, key: in.Key})
		if err := storeOn(ctx, r, in, shardRows{parts[i], at[i]}, p); err != nil {
			return err
		}
		p.next = max(p.next, in.Next)
		return nil
	})
}

// shardRows is the rows of one shard and their positions.
type shardRows struct {
	rows *batch.Batch
	at   []uint64
}

// storeOn brings one shard up to the end of a batch.
func storeOn(ctx context.Context, r *replica.Replica, in SourceRows, mine shardRows, p *progress) error {
	have, known := r.Position(in.Source, in.Key)
	if known && have >= in.Next {
		return nil
	}
	pos := entry.Position{Source: in.Source, Key: in.Key, From: in.From, Next: in.Next}
	rows := mine.rows
	if known {
		if last := max(have, p.next); in.From > last {
			return &store.PositionError{Source: in.Source, Key: in.Key, Have: last, From: in.From, Next: in.Next}
		}
		pos.From = have // Ranges chain for each shard, also over batches without rows for it.
		rows = behind(rows, mine.at, have)
	}
	if rows == nil || rows.Rows == 0 {
		hasRows := in.Rows != nil && in.Rows.Rows > 0
		if p.idle++; known && hasRows && p.idle < advanceEvery {
			return nil
		}
		p.idle = 0
		return r.Advance(ctx, in.Table, pos)
	}
	p.idle = 0
	s := r.Stream(in.Table, "", false)
	s.SetPosition(pos)
	if err := s.Add(ctx, rows); err != nil {
		s.Abort()
		return err
	}
	_, err := s.Commit(ctx)
	return err
}

// partsOf splits the rows, and with them their positions.
func (c *Cluster) partsOf(in SourceRows) (parts []*batch.Batch, at [][]uint64, err error) {
	at = make([][]uint64, len(c.shards))
	if in.Rows == nil || in.Rows.Rows == 0 {
		return make([]*batch.Batch, len(c.shards)), at, nil
	}
	if len(in.At) != in.Rows.Rows {
		return nil, nil, fmt.Errorf("source %s: %d rows with %d positions", in.Source, in.Rows.Rows, len(in.At))
	}
	sp, err := c.splitter(in.Table)
	if err != nil {
		return nil, nil, err
	}
	rows, err := sp.place(in.Rows)
	if err != nil {
		return nil, nil, err
	}
	for shard, sel := range rows {
		for _, row := range sel {
			at[shard] = append(at[shard], in.At[row])
		}
	}
	return gatherAll(in.Rows, rows), at, nil
}

// behind is the rows at positions from have on.
func behind(rows *batch.Batch, at []uint64, have uint64) *batch.Batch {
	if rows == nil || len(at) == 0 || at[0] >= have {
		return rows // Fast path: the shard has none of them.
	}
	first := 0
	for first < len(at) && at[first] < have {
		first++
	}
	return rows.Slice(first, rows.Rows)
}
