// Package fanout is all shards of a node as one: it implements the query
// engine's Backend. It opens the folder, splits inserts by the routing key,
// gathers the views of all shards, and carries definitions, partition changes
// and maintenance to each.
//
//	node.go     the folder's lock and its number of shards
//	cluster.go  open and close
//	split.go    from rows to shards
//	insert.go   inserts of clients
//	source.go   rows of sources with their positions
//	views.go    one picture of every shard
//	change.go   definitions, partitions, maintenance
//	check.go    everything that can be verified of a folder
//
// # The folder
//
//	LOCK         held while the node runs
//	NODE         how many shards there are, once for ever, and that all were begun
//	meta/        the catalogue (cluster/meta)
//	shard-0000/  log/ (cluster/raftlog) and store/ (columnar/store) of a shard
package fanout
