// Package store is all tables of one shard: what the entries of its log made of
// them, on disk and in memory.
//
// # Who calls what
//
// One goroutine, that which applies the log, calls [Store.Apply],
// [Store.Publish] and [Store.Snapshot]. Any goroutine takes pictures with
// [Store.View] and reads them without a lock (R15). One goroutine at a time runs
// [Flush.Persist]; merges run beside it.
//
// # Two states
//
// The live state is that of the entry applied last. The durable state is that of
// the manifest: the shard at the index of the last flush, to which a restart
// returns and from which the log is replayed (R5). A segment that is not live any
// more stays on disk while the manifest names it, and mapped while a View has it.
//
// A merge makes the durable state another form of itself, at the same index: it
// leaves out rows only when the manifest has them as deleted, and it takes only
// segments that are live in both states. What was deleted since is carried over
// as marks, so that the replay finds every row that it deletes, or sets aside,
// again.
//
// # Folder
//
//	MANIFEST                         see package manifest
//	segments/TABLE-NUMBER.arrow|idx  see package segment
//	dictionaries/TABLE-COLUMN.sym    see package symbol
package store
