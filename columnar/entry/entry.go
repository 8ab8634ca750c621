// Package entry is the records of a shard's log: what the proposer writes and
// every replica applies (R1-R3). An entry is self-describing: columns carry
// their ids and types, so that it can be applied under a newer schema (R6).
//
// # Format, version 1
//
//	version   1 byte = 1
//	kind      1 byte
//	uvarint   map epoch, table id, schema version, transaction id, part, parts
//	uvarint   number of positions; each: source string, key string, from, next
//	uvarint   number of inserts; each: token string, rows
//	uvarint   rows
//	uvarint   number of columns; each: column id, type string
//	signs     1 byte: 0 = all +1, 1 = rows bytes follow in the body
//	uvarint   bytes of the body before compression
//	body      S2 block: the columns as batch.Vector encodings, then the signs;
//	          for a definition its JSON; for a partition its key
//
// Strings are a uvarint length and the bytes. The log checks each record's
// CRC32C; this package checks that the record is well formed.
package entry

import (
	"github.com/freshetdb/freshet/columnar/batch"
)

// Kind says what an entry does.
type Kind uint8

// The kinds of entries. Numbers are part of the format: never reuse one.
const (
	Insert          Kind = 1  // rows, visible at once
	Stage           Kind = 2  // part of a transaction, invisible until its Commit
	Commit          Kind = 3  // publishes all staged parts of a transaction
	Abort           Kind = 4  // drops the staged parts of a transaction
	Define          Kind = 5  // creates a table or replaces its definition
	DropTable       Kind = 6  // the table and its rows
	DropPartition   Kind = 7  // the rows of a partition
	DetachPartition Kind = 8  // sets the rows of a partition aside
	AttachPartition Kind = 9  // brings them back
	Truncate        Kind = 10 // all rows of a table
	DropBefore      Kind = 11 // rows of all partitions before a key (R16)
	ColumnPlain     Kind = 12 // a code column takes no new symbols from here on (R12)
	Advance         Kind = 13 // source positions only (R8)
	Forget          Kind = 14 // positions of parts of a source that will not come again
)

// Position says that an entry covers [From, Next) of a source, for this shard.
// Key names the part of the source: a partition, a file's identity.
type Position struct {
	Source string
	Key    string
	From   uint64
	Next   uint64
}

// ClientInsert is one client's insert inside a gathered entry: its rows are
// skipped when the table has seen its token (R10). An empty token is never seen.
type ClientInsert struct {
	Token string
	Rows  int
}

// Column is the values of one column, by id.
type Column struct {
	ID     uint32
	Vector *batch.Vector
}

// Entry is one record of a shard's log.
type Entry struct {
	Kind          Kind
	MapEpoch      uint64 // of the slot map that the rows were split by
	Table         uint64
	SchemaVersion uint32
	Txn           uint64 // Stage, Commit, Abort
	Part          uint32 // Stage: number of this part; Commit: 0
	Parts         uint32 // Commit: how many parts must be there
	Positions     []Position
	Inserts       []ClientInsert
	Rows          int
	Columns       []Column
	Signs         []int8 // nil: all +1
	Body          []byte // Define: JSON; *Partition, DropBefore: the key; ColumnPlain: the column id
}
