// Package table is the definitions of tables, and one table on one shard.
//
// A [Def] is a table at one schema version, a [Catalog] all of them on a node.
//
// A [Table] is the rows of one shard's part as they stand after the entries
// applied so far: a memtable that rows are appended to, closed runs of rows in
// memory, segments, what is set aside, the dictionaries of its columns of text
// and the window of deduplication tokens. It belongs to the store that holds it
// (columnar/store), which lets one goroutine at a time in, makes it durable and
// counts its segments. Deleted rows are marks: sets that are replaced and never
// changed, so that a [View], an immutable picture of the table, shares them.
//
// A View gives [Part]s, what a query reads: chunks of memory and segments look
// the same. All parts of a View share one dictionary per column.
package table
