package fanout

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/freshetdb/freshet/cluster/replica"
	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/chcode"
	"github.com/freshetdb/freshet/columnar/expr"
	"github.com/freshetdb/freshet/columnar/table"
	"github.com/freshetdb/freshet/query/engine"
)

// Insert implements engine.Backend. Each shard gets its rows with the same token
// and shows them at once; it is acknowledged when all have (R4).
func (c *Cluster) Insert(ctx context.Context, in engine.Insert) (engine.Inserted, error) {
	if !in.Table.Kind.TakesRows() {
		return engine.Inserted{}, chcode.Errorf(chcode.NotImplemented, "Rows can't be inserted into %s", in.Table.FullName())
	}
	sp, err := c.splitter(in.Table)
	if err != nil {
		return engine.Inserted{}, err
	}
	streams := make([]*replica.Stream, len(c.shards))
	for i, r := range c.shards {
		streams[i] = r.Stream(in.Table, in.Token, in.Gather)
	}
	done, err := spread(ctx, in, sp, streams)
	if err != nil {
		for _, s := range streams {
			s.Abort()
		}
		return engine.Inserted{}, err
	}
	done.Duplicate, err = c.commit(ctx, streams)
	return done, err
}

// spread reads all rows and gives each shard its own.
func spread(ctx context.Context, in engine.Insert, sp *splitter, streams []*replica.Stream) (engine.Inserted, error) {
	var done engine.Inserted
	for {
		b, err := in.Next(ctx)
		if err != nil {
			return done, err
		}
		if b == nil {
			return done, context.Cause(ctx)
		}
		done.Rows += int64(b.Rows)
		done.Bytes += b.SizeBytes()
		parts, err := sp.split(b)
		if err != nil {
			return done, err
		}
		for i, p := range parts {
			if p == nil {
				continue
			}
			if err := streams[i].Add(ctx, p); err != nil {
				return done, err
			}
		}
	}
}

// commit ends all streams. It is a duplicate when every shard that has rows of it
// knew the token.
func (c *Cluster) commit(ctx context.Context, streams []*replica.Stream) (duplicate bool, err error) {
	known := make([]bool, len(streams))
	err = c.each(func(i int, _ *replica.Replica) error {
		if streams[i].Rows() == 0 {
			known[i] = true
			return streams[i].Remember(ctx)
		}
		var err error
		known[i], err = streams[i].Commit(ctx)
		return err
	})
	if err != nil {
		return false, err
	}
	hasRows := slices.ContainsFunc(streams, func(s *replica.Stream) bool { return s.Rows() > 0 })
	return hasRows && !slices.Contains(known, false), nil
}

// splitter is the one of a definition.
func (c *Cluster) splitter(def *table.Def) (*splitter, error) {
	c.splitMu.Lock()
	defer c.splitMu.Unlock()
	if sp := c.splitters[def]; sp != nil {
		return sp, nil
	}
	sp, err := newSplitter(def, len(c.shards))
	if err != nil {
		return nil, err
	}
	for old := range c.splitters { // Definitions that are no longer in force.
		if now := c.Catalog().ByID(old.ID); now != old {
			delete(c.splitters, old)
		}
	}
	c.splitters[def] = sp
	return sp, nil
}

// newSplitter makes ROUTE BY of a definition ready.
func newSplitter(def *table.Def, shards int) (*splitter, error) {
	sp := &splitter{shards: shards}
	if shards == 1 || len(def.RouteBy) == 0 {
		return sp, nil
	}
	places := map[uint32]int{}
	for i := range def.Schema.Columns {
		if c := &def.Schema.Columns[i]; c.IsStored() {
			places[c.ID] = len(places)
		}
	}
	keys := make([]expr.Expr, len(def.RouteBy))
	for i, k := range def.RouteBy {
		byID, err := expr.Decode(k.Expr)
		if err != nil {
			return nil, fmt.Errorf("routing key %s of %s: %w", k.SQL, def.FullName(), err)
		}
		var missing error
		keys[i] = expr.Remap(byID, func(id int) int {
			place, ok := places[uint32(id)]
			if !ok {
				missing = chcode.Errorf(chcode.LogicalError, "Routing key %s of %s has a column that is not stored", k.SQL, def.FullName())
			}
			return place
		})
		if missing != nil {
			return nil, missing
		}
	}
	sp.keys = func(b *batch.Batch) ([]*batch.Vector, error) {
		out := make([]*batch.Vector, len(keys))
		for i, k := range keys {
			var err error
			if out[i], err = expr.Eval(expr.Background(), k, b); err != nil {
				return nil, errors.Join(err)
			}
		}
		return out, nil
	}
	return sp, nil
}
