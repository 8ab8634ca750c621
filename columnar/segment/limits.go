package segment

// Sizes that are part of the format or bound what a damaged file can ask for.
const (
	// GranuleRows is the unit of skipping.
	GranuleRows = 8192
	// BatchRowsDefault is the rows of a record batch: eight granules.
	BatchRowsDefault = 8 * GranuleRows
	// BatchRowsPoint is for segments whose compressed rows are read one by one.
	BatchRowsPoint = GranuleRows

	// batchBytesMax ends a record batch early: Arrow's offsets have 31 bits, and
	// a batch of large texts is held in memory while it is written.
	batchBytesMax = 256 << 20
	// rowBytesMax is the largest text or array of one row that fits a batch
	// beside what else is in it; an entry of the log has at most 16 MB.
	rowBytesMax = 1 << 30

	columnsMax = 1 << 14
	nestingMax = 16 // Array(Array(…))
	batchesMax = 1 << 22
	nameMax    = 1 << 16
	keyMax     = 64

	// alignment of buffers in the file: a cache line, as Arrow recommends.
	alignment = 64
)

// SignsID is the column id of the signs of rows; no schema uses it.
const SignsID = 1<<32 - 1
