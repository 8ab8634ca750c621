package engine

import (
	"context"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/table"
	"github.com/freshetdb/freshet/columnar/types"
	"github.com/freshetdb/freshet/query/exec"
	"github.com/freshetdb/freshet/query/system"
)

// Backend is the shards as the engine needs them. Methods are safe for
// concurrent use; errors are for users.
type Backend interface {
	// Catalog is the definitions now. The result is immutable.
	Catalog() *table.Catalog
	// Change changes the definitions and returns when all shards have applied it.
	Change(ctx context.Context, ch *table.Change) error
	// Views takes one picture of every shard. The caller releases it.
	Views(ctx context.Context) (Views, error)
	// Insert stores rows; see Insert.
	Insert(ctx context.Context, in Insert) (Inserted, error)
	// Partition changes a partition of a table on all shards.
	Partition(ctx context.Context, op PartitionOp) error
	// Maintain runs maintenance on all shards and returns when it is done.
	Maintain(ctx context.Context, m Maintenance) error
}

// Views is one immutable picture of every shard, counted until Release.
type Views interface {
	// Parts are the parts of a table, by shard.
	Parts(tableID uint64) ([][]exec.Part, error)
	// Segments describes the stored parts of all tables, for system.parts.
	Segments() []system.Segment
	// Horizon is the first instant (Unix seconds) of a table that is fully kept;
	// 0 when nothing was dropped.
	Horizon(tableID uint64) int64
	// Indexes are the log indexes that the shards are read at.
	Indexes() []uint64
	// Newest is the greatest value of a column of times, in Unix seconds; 0 when it
	// is not known.
	Newest(tableID uint64, col *types.Column) int64
	// Versions tell which rows of a table there are, by shard; nil when that is not
	// known.
	Versions(tableID uint64) []table.Version
	// Rollup is how large a rollup is, and what it holds, over all shards.
	Rollup(tableID uint64) RollupView
	Release()
}

// RollupView is a table as rewrites weigh it; State is that of a rollup.
type RollupView struct {
	Rows, Bytes int64
	State       table.RollupState
}

// Insert is rows for one table, as a stream: the whole is stored or nothing of
// it, shard by shard (R4).
type Insert struct {
	Table *table.Def
	// Next gives the next rows, with all stored columns of Table.Schema in order;
	// nil at the end. An error stops the insert, and nothing is stored.
	Next func(ctx context.Context) (*batch.Batch, error)
	// Token makes a repeated insert do nothing (R10); "" for none.
	Token string
	// Gather allows to put the rows into one entry with those of other clients.
	Gather bool
}

// Inserted is what an insert did.
type Inserted struct {
	Rows      int64
	Bytes     int64
	Duplicate bool // the token was known: nothing was stored
}

// PartitionVerb is what is done to a partition.
type PartitionVerb uint8

// The verbs.
const (
	DropPartition PartitionVerb = iota
	DetachPartition
	AttachPartition
	TruncateTable
)

// PartitionOp changes one partition, or all of a table. Partition is the
// partition as system.parts prints it.
type PartitionOp struct {
	Verb      PartitionVerb
	Table     uint64
	Partition string
}

// Maintenance says what Maintain does.
type Maintenance struct {
	Flush bool // write the memtables out
	Merge bool // merge segments: of one table, or of all
	Table uint64
	// Final merges each partition into one segment.
	Final bool
}
