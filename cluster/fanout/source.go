package fanout

import (
	"context"

	"github.com/freshetdb/freshet/cluster/replica"
	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/entry"
	"github.com/freshetdb/freshet/columnar/table"
)

// Positions are, by key, how far all shards have the rows of a source: a reader
// goes on from there. A shard that has nothing of a key counts as being at its
// beginning.
func (c *Cluster) Positions(source string) map[string]uint64 {
	var out map[string]uint64
	for _, r := range c.shards {
		have := r.Positions(source)
		if out == nil {
			out = have
			continue
		}
		for k, next := range have {
			if _, known := out[k]; !known {
				have[k] = 0
				continue
			}
			have[k] = min(next, out[k])
		}
		for k := range out {
			if _, known := have[k]; !known {
				have[k] = 0
			}
		}
		out = have
	}
	return out
}

// StoreAt stores rows that a source read from the range at; offsets[i] is where
// row i came from. A shard takes the rows that it does not have yet: its ranges
// chain, and one without rows of the batch is left as it is (R8).
func (c *Cluster) StoreAt(ctx context.Context, def *table.Def, rows *batch.Batch, offsets []uint64, at entry.Position) error {
	sp, err := c.splitter(def)
	if err != nil {
		return err
	}
	parts, err := sp.places(rows)
	if err != nil {
		return err
	}
	return c.each(func(i int, r *replica.Replica) error {
		have, known := r.Position(at.Source, at.Key)
		var sel []uint32
		for _, row := range parts[i] {
			if !known || offsets[row] >= have {
				sel = append(sel, row)
			}
		}
		if len(sel) == 0 {
			return nil
		}
		own := at
		if known {
			own.From = have
		}
		return r.StoreAt(ctx, def, rows.Gather(sel), own)
	})
}

// Demote makes all code columns plain on all shards (R12).
func (c *Cluster) Demote(ctx context.Context) error {
	return c.each(func(_ int, r *replica.Replica) error { return r.Demote(ctx) })
}
