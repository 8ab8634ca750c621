package format

const (
	// defaultMaxRowBytes bounds one row of a text format. A row that is larger
	// is refused instead of being gathered in memory without end.
	defaultMaxRowBytes = 16 << 20

	// maxNesting bounds arrays, objects and tuples inside each other, because
	// the readers of nested values call themselves.
	maxNesting = 100

	// defaultBatchRows and defaultBatchBytes are what Next reads when the
	// caller states no bounds.
	defaultBatchRows  = 65_536
	defaultBatchBytes = 64 << 20

	// firstHint is for how many rows the columns of a first batch have room.
	firstHint = 256

	// maxBatchBytes bounds what a caller may ask for: the offsets of strings in a
	// column are 32 bits wide.
	maxBatchBytes = 1 << 30

	// windowBytes is the piece of input that a reader holds; it grows only for
	// a row that does not fit. It is small enough to stay in a core's cache.
	windowBytes = 256 << 10

	// retryBytes is up to which length an unfinished row is parsed again with
	// every piece of input that arrives.
	retryBytes = 4 << 10

	// lookahead is how many bytes a parser may look at beyond the place at
	// which it fails: a failure closer to the end of the window is tried again
	// with more input before it is believed.
	lookahead = 256

	// maxFragment is how much of a malformed row an error repeats.
	maxFragment = 160

	// maxColumns bounds header lines and RowBinary headers.
	maxColumns = 10_000

	// maxNameBytes bounds a column's name or type in a binary header.
	maxNameBytes = 1 << 16

	// maxGuessBytes bounds the keys that a JSON reader remembers.
	maxGuessBytes = 1 << 10

	// maxArrayElems bounds an array of RowBinary; ClickHouse's
	// format_binary_max_array_size.
	maxArrayElems = 1 << 30

	// maxArrowBytes bounds the memory of a record batch of Arrow,
	// maxArrowMetadata its schema and other messages, maxArrowTables the parts
	// that these consist of.
	maxArrowBytes    = 256 << 20
	maxArrowMetadata = 16 << 20
	maxArrowTables   = 8 * maxColumns

	// maxArrowFreeRows and maxArrowRatio bound the rows of a record batch by
	// the bytes of its body, which may be compressed.
	maxArrowFreeRows = 1 << 20
	maxArrowRatio    = 1 << 13

	// maxNativeRows and maxNativeBytes bound a block of Native, and the elements
	// of an array column in it.
	maxNativeRows  = 1 << 24
	maxNativeBytes = 1 << 28

	// flushBytes is how much output a writer gathers before it writes.
	flushBytes = 64 << 10

	// defaultPrettyRows, … are ClickHouse's defaults of output_format_pretty_*.
	defaultPrettyRows       = 1000
	defaultPrettyValueWidth = 10_000
	defaultPrettyPadWidth   = 250

	// maxPrettyRows bounds the rows that Pretty keeps until the result ends.
	maxPrettyRows = 1 << 20
)
