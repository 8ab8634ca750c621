// Package pipe is the contract between sources and the shards: rows go in with
// the position in their source that they came from, in one entry of the log, so
// that no row is lost or doubled (R8).
package pipe

import (
	"context"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/table"
)

// Batch is rows of one table that a source read from [From, Next) of one of its
// keys (a file, a partition). At[i] is the position of row i, ascending, in that
// range. A batch without rows only moves the position.
type Batch struct {
	Table  *table.Def
	Rows   *batch.Batch // the stored columns of Table.Schema, in order
	At     []uint64
	Source string
	Key    string
	From   uint64
	Next   uint64
}

// Sink stores batches. One source is used by one goroutine at a time.
type Sink interface {
	// Positions are, by key, how far all shards have the rows of a source. Rows
	// from there on may be stored again: shards that have them skip them.
	Positions(ctx context.Context, source string) (map[string]uint64, error)
	// Store returns when the rows are safe and visible. A shard that has stored
	// rows of the batch before does not store them again.
	Store(ctx context.Context, b Batch) error
	// Forget drops the positions of keys that will not come again: should one come
	// again all the same, its rows are stored again.
	Forget(ctx context.Context, d *table.Def, source string, keys []string) error
}

// Shaper makes the stored columns of a table from the named columns that a source
// gives, with defaults computed; missing marks, per column, rows without a value.
type Shaper interface {
	Shape(ctx context.Context, d *table.Def, names []string, b *batch.Batch, missing [][]bool) (*batch.Batch, error)
}
