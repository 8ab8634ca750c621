package fanout

import (
	"context"

	"github.com/freshetdb/freshet/cluster/replica"
	"github.com/freshetdb/freshet/columnar/chcode"
	"github.com/freshetdb/freshet/columnar/entry"
	"github.com/freshetdb/freshet/columnar/table"
	"github.com/freshetdb/freshet/query/engine"
)

// Change implements engine.Backend.
func (c *Cluster) Change(ctx context.Context, ch *table.Change) error {
	return replica.UserError(c.meta.Change(ctx, ch))
}

// Partition implements engine.Backend.
func (c *Cluster) Partition(ctx context.Context, op engine.PartitionOp) error {
	e := entry.Entry{MapEpoch: mapEpoch, Table: op.Table, Body: []byte(op.Partition)}
	switch op.Verb {
	case engine.DropPartition:
		e.Kind = entry.DropPartition
	case engine.DetachPartition:
		e.Kind = entry.DetachPartition
	case engine.AttachPartition:
		e.Kind = entry.AttachPartition
	case engine.TruncateTable:
		e.Kind, e.Body = entry.Truncate, nil
	default:
		return chcode.Errorf(chcode.LogicalError, "Unknown change of a partition: %d", op.Verb)
	}
	return c.each(func(_ int, r *replica.Replica) error {
		one := e
		_, err := r.Propose(ctx, &one)
		return err
	})
}

// Maintain implements engine.Backend.
func (c *Cluster) Maintain(ctx context.Context, m engine.Maintenance) error {
	return c.each(func(_ int, r *replica.Replica) error {
		if m.Flush || m.Final {
			if err := r.Flush(); err != nil {
				return err
			}
		}
		switch {
		case m.Final:
			return r.Optimize(ctx, m.Table, "")
		case m.Merge:
			return r.Merge(ctx)
		}
		return nil
	})
}

// Retain drops what has passed its time to live on all shards. It runs by itself
// every minute.
func (c *Cluster) Retain(ctx context.Context) error {
	return c.each(func(_ int, r *replica.Replica) error { return r.Retain(ctx) })
}
