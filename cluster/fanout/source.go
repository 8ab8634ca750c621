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

// sourceRows is rows that were read from a range of one part of a source. at[i] is
// the position of row i.
type sourceRows struct {
	table *table.Def
	rows  *batch.Batch
	at    []uint64
	pos   entry.Position
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

// Positions are, by key, how far all shards have the rows of a source: a reader
// goes on from there, and shards that have more skip it. A shard that has nothing
// of a key counts as being at its beginning.
func (c *Cluster) Positions(source string) map[string]uint64 {
	out := c.shards[0].Positions(source)
	for _, r := range c.shards[1:] {
		has := r.Positions(source)
		for key := range has {
			if _, ok := out[key]; !ok {
				out[key] = 0
			}
		}
		for key, next := range out {
			out[key] = min(next, has[key])
		}
	}
	return out
}

// StoreAt stores rows that a source read from the range pos exactly once (R8);
// at[i], ascending, is where row i came from. Each shard gets its rows, less those
// that it has, with the range in the same entry. It returns when they are safe and
// visible on all shards; after an error the source may send the batch again, or go
// on from Positions. A range that does not follow what a shard was given gives a
// store.PositionError. Without rows it only moves the position, on all shards. One
// source is used by one goroutine at a time.
func (c *Cluster) StoreAt(ctx context.Context, def *table.Def, rows *batch.Batch, at []uint64, pos entry.Position) error {
	in := sourceRows{table: def, rows: rows, at: at, pos: pos}
	parts, places, err := c.partsOf(in)
	if err != nil {
		return err
	}
	return c.each(func(i int, r *replica.Replica) error {
		p := c.sources.of(sourcePart{shard: i, source: pos.Source, key: pos.Key})
		if err := storeOn(ctx, r, in, shardRows{parts[i], places[i]}, p); err != nil {
			return err
		}
		p.next = max(p.next, pos.Next)
		return nil
	})
}

// Forget drops the positions of parts of a source that will not come again, on all
// shards. A part that does come again is read from its beginning.
func (c *Cluster) Forget(ctx context.Context, def *table.Def, source string, keys []string) error {
	return c.each(func(i int, r *replica.Replica) error {
		if err := r.Forget(ctx, def, source, keys); err != nil {
			return err
		}
		c.sources.mu.Lock()
		defer c.sources.mu.Unlock()
		for _, k := range keys {
			delete(c.sources.parts, sourcePart{shard: i, source: source, key: k})
		}
		return nil
	})
}

// Demote makes all code columns plain on all shards, as if they had turned out to
// be free text (R12).
func (c *Cluster) Demote(ctx context.Context) error {
	return c.each(func(_ int, r *replica.Replica) error { return r.Demote(ctx) })
}

// shardRows is the rows of one shard and their positions.
type shardRows struct {
	rows *batch.Batch
	at   []uint64
}

// storeOn brings one shard up to the end of a batch.
func storeOn(ctx context.Context, r *replica.Replica, in sourceRows, mine shardRows, p *progress) error {
	pos := in.pos
	have, known := r.Position(pos.Source, pos.Key)
	if known && have >= pos.Next {
		return nil
	}
	rows := mine.rows
	if known {
		if last := max(have, p.next); pos.From > last {
			return &store.PositionError{Source: pos.Source, Key: pos.Key, Have: last, From: pos.From, Next: pos.Next}
		}
		pos.From = have // Ranges chain for each shard, also over batches without rows for it.
		rows = behind(rows, mine.at, have)
	}
	if rows == nil || rows.Rows == 0 {
		hasRows := in.rows != nil && in.rows.Rows > 0
		if p.idle++; known && hasRows && p.idle < advanceEvery {
			return nil
		}
		p.idle = 0
		return r.Advance(ctx, in.table, pos)
	}
	p.idle = 0
	s := r.Stream(in.table, "", false)
	s.SetPosition(pos)
	if err := s.Add(ctx, rows); err != nil {
		s.Abort()
		return err
	}
	_, err := s.Commit(ctx)
	return err
}

// partsOf splits the rows, and with them their positions.
func (c *Cluster) partsOf(in sourceRows) (parts []*batch.Batch, at [][]uint64, err error) {
	at = make([][]uint64, len(c.shards))
	if in.rows == nil || in.rows.Rows == 0 {
		return make([]*batch.Batch, len(c.shards)), at, nil
	}
	if len(in.at) != in.rows.Rows {
		return nil, nil, fmt.Errorf("source %s: %d rows with %d positions", in.pos.Source, in.rows.Rows, len(in.at))
	}
	sp, err := c.splitter(in.table)
	if err != nil {
		return nil, nil, err
	}
	rows, err := sp.place(in.rows)
	if err != nil {
		return nil, nil, err
	}
	for shard, sel := range rows {
		for _, row := range sel {
			at[shard] = append(at[shard], in.at[row])
		}
	}
	return gatherAll(in.rows, rows), at, nil
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
