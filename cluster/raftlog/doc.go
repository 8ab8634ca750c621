// Package raftlog keeps the log and the votes of one Raft group: the only
// write-ahead log of the appliance. It stands on hashicorp/raft-wal and adds
// what that leaves to its user.
//
//   - All files go through columnar/vfs, so that tests can crash and break them.
//   - The list of segments and the votes are small checksummed files that are
//     replaced whole (META, STABLE), in place of a BoltDB.
//   - Each entry carries a CRC32C of all its fields, so that a flipped bit is an
//     error that names the entry; raft-wal returns such entries silently.
//   - Before the last segment is opened it is checked (tail.go). What a power
//     failure left half-written is cut off; what was acknowledged and is damaged
//     is an error. raft-wal cuts off both, and with a flipped bit in the middle
//     all that follows. A segment that was sealed but not yet replaced by the
//     next when the process ended is put right here as well; raft-wal opens it
//     and then refuses every append.
//   - STABLE names the newest segment file that had an entry, so that its loss is an
//     error; raft-wal begins it anew.
//   - An entry that raft-wal would take but never give back is refused.
//   - After any error of writing every call fails with that error: the state of
//     the files is unknown. The owner closes the group and opens it again.
//
// # Invariant
//
// Every entry whose StoreLogs returned nil, and which no DeleteRange covered,
// is there after any crash, or reading it fails with ErrCorrupt.
package raftlog
