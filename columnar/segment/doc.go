// Package segment writes and reads segments: immutable sorted rows of one
// table in one standard Arrow IPC file, NAME.arrow, beside an index of our own,
// NAME.idx.
//
// # The Arrow file
//
// Any Arrow tool opens it. Each field carries the column's id, logical type and
// stored form in its metadata:
//
//	freshet.id    column id; a rename rewrites nothing
//	freshet.type  logical type, as ClickHouse prints it
//	freshet.form  offset, raw, codes, text, fixed, list, const or null
//	freshet.base  what to add to a stored number, or the value of a const column
//
// The forms, chosen per segment by the values that are there:
//
//	offset  integers, dates, times and decimals up to 18 digits as the distance
//	        from a base, in the least of uint8 … uint64 that holds them all
//	raw     the values as they are
//	codes   symbols as uint8 … uint32; with text that has no symbol (R12) a struct
//	        of code and text, where the code of a text is all ones
//	text    utf8, or binary when a value is not UTF-8
//	fixed   fixed_size_binary
//	list    a list of the element's form
//	const   the null type; the value stands in the metadata
//	null    the null type; every row is NULL
//
// NULLs are validity bitmaps. The slot of a NULL holds the type's default,
// except in form offset, where it holds zero and the reader puts the default
// back. Signs (column "_sign") are there only when a row has sign -1.
//
// # The index
//
// The index repeats what the reader needs of the layout, so that opening a
// segment reads one small file and touches no page of the data: the forms of
// the columns; place, length and CRC32C of every buffer; the marks of the sort
// key and the skip indexes of the columns. Its last bytes are a CRC32C over all
// of it. With the checksums of the head, the tail and the messages it covers
// every byte of the Arrow file. See index.go for the bytes.
//
// # Reading
//
// [Column.Read] decodes rows of one column into a [Scratch]. A buffer's
// checksum is verified when it is first touched; a mismatch is a
// [CorruptError], and no value of that buffer is handed out. Integers are
// assumed to be little-endian on this machine, as in the file.
package segment
