package replica

import "time"

const (
	// DefaultFlushBytes is how much may be unflushed on a node, divided among its
	// shards: what a start can replay within 5 s (R5).
	DefaultFlushBytes = 256 << 20
	// gatherBytes is how much is gathered into one entry: more makes fsync no
	// cheaper and commits slower.
	gatherBytes = 1 << 20
	// gatherWait is how long an entry waits for clients that were there for the
	// entry before it. A lone client never waits.
	gatherWait = 2 * time.Millisecond
	// DefaultEntryBytes is the most bytes of rows, before compression, that are written
	// as one entry; more is staged. It leaves room below entry.MaxBytes for
	// data that does not compress.
	DefaultEntryBytes = 15 << 20
	// partsPerEntry is how much smaller than the largest entry the parts of a staged
	// insert are, so that one is encoded while another is written.
	partsPerEntry = 4
	// maxPieceBytes is the most bytes of one row. More could not be read back from
	// the log (entry.MaxBodyBytes).
	maxPieceBytes = 60 << 20
	// partsInFlight is how many parts of one stream are on their way at once: the
	// next is encoded while one is written.
	partsInFlight = 2
	// maxParts bounds the parts of one stream.
	maxParts = 1 << 20
	// admitPart is the part of the node's memory, in percent, above which inserts
	// are refused: the rest is for queries that are under way.
	admitPart = 90
	// entryOverhead is what an entry costs in the log and at a replay beside its
	// bytes.
	entryOverhead = 512
	// decodeWorkers is how many entries of a batch are decoded at once.
	decodeWorkers = 4
	// retentionEvery is how often expired partitions are looked for.
	retentionEvery = time.Minute
	// retryPause is how long upkeep waits after an error.
	retryPause = time.Second
	// mergeRest is the pause after a merge as a part of the time that it took:
	// merging gets at most half of a core.
	mergeRest = 1.0
)
