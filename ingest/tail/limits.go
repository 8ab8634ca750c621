package tail

import "time"

const (
	// pollInterval is how often files are looked at.
	pollInterval = 100 * time.Millisecond
	// retryInterval is how long the follower waits after a batch could not be
	// stored.
	retryInterval = time.Second
	// batchBytes is how much of a file is read for one batch.
	batchBytes = 256 << 10
	// lineMax bounds a line; a longer one is malformed and skipped.
	lineMax = 1 << 20
	// firstLineMax is how much of a file is read to find its first line.
	firstLineMax = 64 << 10
	// prefixBytes is how much of two files is compared to find out that one is a
	// copy of the other.
	prefixBytes = 64 << 10
	// filesMax bounds the files of one pattern.
	filesMax = 10_000
	// forgetEvery is how often files are looked for that nothing is left of, and
	// forgetAfter for how long there must have been nothing until their positions are
	// forgotten: much longer than a rotation takes.
	forgetEvery = 10 * time.Minute
	forgetAfter = 7 * 24 * time.Hour
	// quietPolls is how many looks without growth end a file that has lost its name.
	quietPolls = 20
)
