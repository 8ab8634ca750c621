// Package agg has the aggregate functions. Every one is a state that rows are
// added to (and, where it can, taken back from), that merges with others of its
// kind, is encoded and decoded, finished into a value, and knows its size.
// Parallel scans, rollups, shards and spilling all use the same states.
//
// [New] resolves a name as it stands in SQL, combinators included, against the
// types of its arguments, and gives a [Func]. [Func.New] makes a [States], which
// holds the states of many groups column-wise, so that count and sum are loops
// over arrays. States are not safe for concurrent use: each worker has its own,
// and they are merged at the end.
//
// Strings arrive as symbols of one shard's dictionary or as text. States keep
// symbols as long as all vectors have the same Dictionary (the local form) and
// values or 128-bit hashes otherwise (the portable form, see [States.Portable]);
// both give the same answer.
//
// Where what lives: func.go the contract; catalogue.go the list of names;
// resolve.go names and combinators; entry.go, null.go, if.go, array.go,
// distinct.go, orfill.go the wrappers around any function; one file per family
// of functions; cells.go one value of any type per group; keys.go canonical bytes
// and hashes of values; wire.go reading and writing of encoded states.
package agg
