// Package meta is the catalogue: group 0, a Raft group of its own whose machine
// is table.Catalog. It decides about definitions and carries them to the shards,
// where they take effect as entries of the shard's own log (R6).
//
// A change is committed in group 0 first, then defined on every shard, then
// published: [Meta.Catalog] never shows what a shard does not know yet. After a
// crash or a failure in between, shards that lag behind are brought up to the
// catalogue (sync.go); that may be done any number of times.
//
// # File, version 1
//
// The snapshot of the catalogue is one small file, replaced whole:
//
//	"FMETA1\n"  7 bytes
//	CRC32C      4 bytes, little-endian, of all that follows
//	JSON        {"index","term","members","members_index","catalog"}
package meta
