// Package group runs one Raft group: hashicorp/raft over a raftlog, driving a
// state machine that keeps its own state on disk. The shards and the catalogue
// are machines; see cluster/replica and cluster/meta.
//
//   - What is proposed is acknowledged when it is on disk and the machine has
//     applied it (R1).
//   - A machine recovers by itself what its last snapshot held; the group gives
//     it the entries behind that. raft copies no state (snapshots.go).
//   - An error or a timeout of the log ends the group's run: everything in
//     flight is answered, raft and the log are closed and opened again, with a
//     growing pause (R3). The machine stays as it is, so reads go on. Proposals
//     meanwhile fail with a DownError that says why. Damage is not retried.
//   - raft panics where it can't read its log or save its term; guard.go ends
//     that run in place of the process.
//   - Heartbeats go through raft's main loop: its fast path changes the term on
//     a second goroutine (hashicorp/raft issue 695).
package group
