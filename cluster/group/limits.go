package group

import "time"

const (
	// DefaultElection is how long a group without a leader waits before it votes.
	DefaultElection = 50 * time.Millisecond
	// DefaultWriteTimeout is how long a write to the log may take. A disk that
	// hangs must not keep a leader in office for ever (R3).
	DefaultWriteTimeout = 10 * time.Second
	// enqueueTimeout is how long raft's main loop may take to notice a request
	// before we look whether it still runs.
	enqueueTimeout = 50 * time.Millisecond
	// trailingLogs is how many entries stay in the log behind a snapshot, for
	// replicas that are a little late. Entries may have a megabyte, so raft's
	// own 10,240 is out of the question.
	trailingLogs = 64
	// maxAppendEntries is how many entries go into one write to the log, and into
	// one batch of Apply.
	maxAppendEntries = 64
	// snapshotThreshold and snapshotInterval are so large that raft never takes
	// a snapshot by itself: it counts entries where bytes matter.
	snapshotThreshold = 1 << 62
	snapshotInterval  = 1 << 62
	// reopenPauseMin and reopenPauseMax bound the pause before a group is opened
	// again.
	reopenPauseMin = 20 * time.Millisecond
	reopenPauseMax = 500 * time.Millisecond
)
