// Package replica is one shard on one node: a Raft group (cluster/group) whose
// machine is a store (columnar/store).
//
//	machine.go  log entries into the store, flush as the Raft snapshot
//	replica.go  open, propose, views, close
//	admit.go    when inserts have to wait or are refused (R7)
//	gather.go   inserts of many clients in one entry (R3)
//	stream.go   inserts larger than an entry: parts, then a commit (R3)
//	upkeep.go   flushing, merging, retention, plain columns
//	errors.go   what users are told
//
// # Invariants
//
//   - An insert is acknowledged when its entry is on disk in the log and in the
//     View that the next query takes.
//   - Nothing but entries changes the store's rows: retention and the demotion of
//     columns are proposed as well (R2, R16).
//   - Each client insert of a gathered entry has its own token and its own answer.
//   - Rows of a Stream are visible all together or never; the staged parts of a
//     Stream that died are dropped, at the latest when the shard is opened again.
//   - Bytes of the log that a start would replay are bounded: a flush begins at
//     half the bound, inserts wait at the bound.
package replica
