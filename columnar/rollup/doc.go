// Package rollup makes rows of aggregates out of rows: the fold of a table's rows
// into those of a rollup, and the merging of rows that have equal keys. It knows
// batches, expressions and aggregate states; which rows are folded when, and where
// the results go, is up to columnar/table and columnar/store.
//
// A [Plan] evaluates a filter, keys and arguments over a batch, groups rows with
// equal keys by sorting packed numbers, and gives one row per key, in the order of
// the rollup's sort key. Merging ([NewMerge]) is the same with columns as keys and
// partial values as arguments. [Stream] merges rows that come in the order of the
// key, in bounded memory.
//
// Rows may carry signs: those of sign -1 are taken back from states that can.
//
// # Forms
//
// States are written in the local form (R11) when they stay in the shard: then the
// arguments that are bare String columns are symbols of the source's dictionaries,
// and everything else is values or hashes. [Output].Portable asks for the portable form.
package rollup
