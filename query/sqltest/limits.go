package sqltest

const (
	// floatTolerance is the relative difference allowed in R columns: the order of
	// additions differs between threads, shards and rollups, in ClickHouse too.
	floatTolerance = 1e-9

	// briefMax is how much of a statement a report line shows; the file has the rest.
	briefMax = 2000

	// rowsShownMax is how many rows of an answer a failure prints on each side.
	rowsShownMax = 40

	// randomOneIn is how often [AtRandom] is now: often enough to meet each hook
	// several times in every file, seldom enough that they mix.
	randomOneIn = 4
)
