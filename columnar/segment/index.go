package segment

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"math"

	"github.com/freshetdb/freshet/columnar/types"
	"github.com/freshetdb/freshet/index/skip"
	"github.com/freshetdb/freshet/index/sparse"
)

// The index file. Numbers are uvarints unless said, text and byte strings have
// their length before them, CRCs are CRC32C in four bytes, little-endian.
//
//	"FRSHIDX", version (one byte)
//	rows, codec, length of the Arrow file
//	head: length, CRC     (magic and schema message)
//	tail: length, CRC     (end marker, footer, magic)
//	tags: partition, mixed, level, first index, last index, schema version
//	signed (one byte)
//	times: count; each column, min, max (zigzag)
//	key: count; each the type as text
//	marks, see package sparse
//	columns: count; each id, name, node, has skip (one byte), skip index
//	  node: type, form (byte), width, base, flags (byte: 1 nullable, 2 overlay,
//	        4 binary, 8 symbols), the element's node if form is list
//	batches: count; each
//	  rows, length of the message, CRC of the message, length of the body
//	  per node, in order of place: length, NULLs
//	  per buffer: length, CRC over it and its padding
//	CRC over all before
//
// A batch's message follows the head or the body before; its body follows the
// message. Buffers follow each other, each padded to 64 bytes.

const indexMagic = "FRSHIDX"

const indexVersion = 1

const (
	nodeNullable = 1 << iota
	nodeOverlay
	nodeBinary
	nodeSymbols
	nodeFlagsEnd
)

// index is the decoded index file.
type index struct {
	rows     int
	codec    Codec
	dataSize int64
	head     extent // at 0
	tail     extent // at dataSize - length
	tags     Tags
	signed   bool
	times    []TimeRange
	keyTypes []types.Type
	marks    *sparse.Marks
	cols     []indexColumn
	batches  []indexBatch
	slots    int // nodes of a batch
	buffers  int // buffers of a batch
}

type extent struct {
	size int64
	crc  uint32
}

type indexColumn struct {
	id   uint32
	name string
	node node
	skip *skip.Column
}

type indexBatch struct {
	firstRow int
	rows     int
	message  extent
	offset   int64 // of the message
	bodySize int64
	lens     []int // per slot
	nulls    []int // per slot
	bufs     []bufExtent
}

// bufExtent is a buffer: where it begins in the file and its size without padding.
type bufExtent struct {
	offset int64
	extent
}

func padded(n int64) int64 { return (n + alignment - 1) &^ (alignment - 1) }

// place numbers the nodes of all columns.
func (x *index) place() {
	for i := range x.cols {
		x.slots, x.buffers = x.cols[i].node.place(x.slots, x.buffers)
	}
}

func castagnoli() *crc32.Table { return crc32.MakeTable(crc32.Castagnoli) }

func crcOf(b []byte) uint32 { return crc32.Checksum(b, castagnoli()) }

func (x *index) appendTo(dst []byte) []byte {
	start := len(dst)
	dst = append(append(dst, indexMagic...), indexVersion)
	dst = binary.AppendUvarint(dst, uint64(x.rows))
	dst = append(dst, byte(x.codec))
	dst = binary.AppendUvarint(dst, uint64(x.dataSize))
	dst = x.tail.appendTo(x.head.appendTo(dst))
	dst = x.tags.appendTo(dst)
	dst = appendBool(dst, x.signed)
	dst = binary.AppendUvarint(dst, uint64(len(x.times)))
	for _, t := range x.times {
		dst = binary.AppendUvarint(dst, uint64(t.Column))
		dst = binary.AppendVarint(binary.AppendVarint(dst, t.Min), t.Max)
	}
	dst = binary.AppendUvarint(dst, uint64(len(x.keyTypes)))
	for _, t := range x.keyTypes {
		dst = appendString(dst, t.String())
	}
	dst = x.marks.AppendTo(dst)
	dst = binary.AppendUvarint(dst, uint64(len(x.cols)))
	for i := range x.cols {
		dst = x.cols[i].appendTo(dst)
	}
	dst = binary.AppendUvarint(dst, uint64(len(x.batches)))
	for i := range x.batches {
		dst = x.batches[i].appendTo(dst)
	}
	return binary.LittleEndian.AppendUint32(dst, crcOf(dst[start:]))
}

func (e extent) appendTo(dst []byte) []byte {
	return binary.LittleEndian.AppendUint32(binary.AppendUvarint(dst, uint64(e.size)), e.crc)
}

func (t Tags) appendTo(dst []byte) []byte {
	dst = appendBool(appendString(dst, t.Partition), t.Mixed)
	dst = binary.AppendUvarint(dst, uint64(t.Level))
	dst = binary.AppendUvarint(binary.AppendUvarint(dst, t.FirstIndex), t.LastIndex)
	return binary.AppendUvarint(dst, uint64(t.SchemaVersion))
}

func (c *indexColumn) appendTo(dst []byte) []byte {
	dst = appendString(binary.AppendUvarint(dst, uint64(c.id)), c.name)
	dst = appendBool(c.node.appendTo(dst), c.skip != nil)
	if c.skip != nil {
		dst = c.skip.AppendTo(dst)
	}
	return dst
}

func (n *node) appendTo(dst []byte) []byte {
	dst = append(appendString(dst, n.Type.String()), byte(n.Form))
	dst = binary.AppendUvarint(binary.AppendUvarint(dst, uint64(n.Width)), n.Base)
	flags := byte(0)
	for i, set := range []bool{n.Nullable, n.Overlay, n.Binary, n.Symbols} {
		if set {
			flags |= 1 << i
		}
	}
	dst = append(dst, flags)
	if n.Elem != nil {
		dst = n.Elem.appendTo(dst)
	}
	return dst
}

func (b *indexBatch) appendTo(dst []byte) []byte {
	dst = binary.AppendUvarint(dst, uint64(b.rows))
	dst = b.message.appendTo(dst)
	dst = binary.AppendUvarint(dst, uint64(b.bodySize))
	for i := range b.lens {
		dst = binary.AppendUvarint(binary.AppendUvarint(dst, uint64(b.lens[i])), uint64(b.nulls[i]))
	}
	for _, buf := range b.bufs {
		dst = buf.appendTo(dst)
	}
	return dst
}

// decodeIndex reads an index file and checks that the layout it describes fits
// the length of the Arrow file that it names.
func decodeIndex(src []byte) (*index, error) {
	body := len(src) - 4
	if body < len(indexMagic)+1 || string(src[:len(indexMagic)]) != indexMagic {
		return nil, fmt.Errorf("%w: no index begins like this", errIndex)
	}
	if crcOf(src[:body]) != binary.LittleEndian.Uint32(src[body:]) {
		return nil, fmt.Errorf("%w: checksum differs", errIndex)
	}
	if v := src[len(indexMagic)]; v != indexVersion {
		return nil, fmt.Errorf("%w: version %d is not known", errIndex, v)
	}
	return decodeBody(src[len(indexMagic)+1 : body])
}

// decodeBody reads what stands between version and CRC.
func decodeBody(src []byte) (*index, error) {
	r := &wireReader{src: src}
	x := &index{rows: int(r.uvarint(math.MaxInt64, "rows")), codec: Codec(r.byte(byte(codecEnd)-1, "codec"))}
	x.dataSize = int64(r.uvarint(math.MaxInt64, "file length"))
	x.head, x.tail = r.extent("head"), r.extent("tail")
	x.tags = r.tags()
	x.signed = r.bool("signed")
	for range r.count(columnsMax, 3, "times") {
		x.times = append(x.times, TimeRange{
			Column: uint32(r.uvarint(math.MaxUint32, "time column")), Min: r.varint("least time"), Max: r.varint("greatest time"),
		})
	}
	for range r.count(keyMax, 1, "key parts") {
		x.keyTypes = append(x.keyTypes, r.typ())
	}
	var err error
	if x.marks, r.src, err = sparse.Decode(r.src); err != nil && r.err == nil {
		r.err = fmt.Errorf("%w: marks: %w", errIndex, err)
	}
	for range r.count(columnsMax, 6, "columns") {
		x.cols = append(x.cols, r.column())
	}
	x.place()
	for range r.count(batchesMax, 6, "batches") {
		x.batches = append(x.batches, r.batch(x.slots, x.buffers))
	}
	if r.err == nil && len(r.src) > 0 {
		r.fail("something follows the last batch")
	}
	if r.err != nil {
		return nil, r.err
	}
	return x, x.check()
}

func (r *wireReader) varint(what string) int64 {
	v, n := binary.Varint(r.src)
	if n <= 0 {
		r.fail(what)
		return 0
	}
	r.src = r.src[n:]
	return v
}

func (r *wireReader) extent(what string) extent {
	return extent{int64(r.uvarint(math.MaxInt64, what)), r.uint32(what)}
}

func (r *wireReader) tags() Tags {
	return Tags{
		Partition: r.string(nameMax, "partition"), Mixed: r.bool("mixed"), Level: int(r.uvarint(math.MaxInt32, "level")),
		FirstIndex: r.uvarint(math.MaxUint64, "first index"), LastIndex: r.uvarint(math.MaxUint64, "last index"),
		SchemaVersion: uint32(r.uvarint(math.MaxUint32, "schema version")),
	}
}

func (r *wireReader) typ() types.Type {
	text := r.string(1<<20, "type")
	if r.err != nil {
		return types.Type{}
	}
	t, err := types.Parse(text)
	if err != nil {
		r.fail("type: " + err.Error())
	}
	return t
}

func (r *wireReader) column() indexColumn {
	c := indexColumn{id: uint32(r.uvarint(math.MaxUint32, "column id")), name: r.string(nameMax, "column name")}
	c.node = r.node(nestingMax)
	if r.bool("has skip") {
		var err error
		if c.skip, r.src, err = skip.Decode(r.src); err != nil && r.err == nil {
			r.err = fmt.Errorf("%w: column %s: %w", errIndex, c.name, err)
		}
	}
	return c
}

func (r *wireReader) node(depth int) node {
	n := node{Type: r.typ(), Form: form(r.byte(byte(formEnd)-1, "form"))}
	n.Width, n.Base = int(r.uvarint(1<<24, "width")), r.uvarint(math.MaxUint64, "base")
	flags := r.byte(nodeFlagsEnd-1, "node flags")
	n.Nullable, n.Overlay = flags&nodeNullable != 0, flags&nodeOverlay != 0
	n.Binary, n.Symbols = flags&nodeBinary != 0, flags&nodeSymbols != 0
	if r.err == nil && !n.fits() {
		r.fail("form " + formNames[n.Form] + " does not fit type " + n.Type.String())
	}
	if n.Form != formList || r.err != nil {
		return n
	}
	if depth == 0 {
		r.fail("arrays nest too deeply")
		return n
	}
	e := r.node(depth - 1)
	n.Elem = &e
	return n
}

// fits tells whether the form can hold values of the type.
func (n *node) fits() bool {
	p := n.Type.Phys()
	intWidth := n.Width == 1 || n.Width == 2 || n.Width == 4 || n.Width == 8
	switch n.Form {
	case formConst:
		return !n.Nullable && ((n.Symbols && p == types.PhysStrings) || (!n.Symbols && isInteger(p)))
	case formNull:
		return !n.Nullable && n.Type.Nullable
	case formOffset:
		return isInteger(p) && intWidth && n.Width < widthOf(p)
	case formRaw:
		return widthOf(p) > 0 && n.Width == widthOf(p)
	case formCodes:
		return p == types.PhysStrings && intWidth && n.Width < 8
	case formText:
		return p == types.PhysStrings
	case formFixed:
		return n.Type.Kind == types.FixedString && n.Width == int(n.Type.Width)
	case formList:
		return p == types.PhysLists && !n.Nullable
	default:
		return false
	}
}

func (r *wireReader) batch(slots, buffers int) indexBatch {
	b := indexBatch{rows: int(r.uvarint(math.MaxUint32, "rows of a batch")), message: r.extent("message")}
	b.bodySize = int64(r.uvarint(math.MaxInt64, "body"))
	if r.err != nil || 2*slots+5*buffers > len(r.src) {
		r.fail("batch")
		return b
	}
	b.lens, b.nulls = make([]int, slots), make([]int, slots)
	for i := range b.lens {
		b.lens[i] = int(r.uvarint(math.MaxUint32, "length of a node"))
		b.nulls[i] = int(r.uvarint(uint64(b.lens[i]), "NULLs of a node"))
	}
	b.bufs = make([]bufExtent, buffers)
	for i := range b.bufs {
		b.bufs[i].extent = r.extent("buffer")
	}
	return b
}

// check computes the places of messages and buffers and holds them against the
// length of the file, the rows, and the granules of marks and skip indexes.
func (x *index) check() error {
	at, row := x.head.size, 0
	for i := range x.batches {
		b := &x.batches[i]
		b.firstRow, b.offset = row, at
		if b.rows == 0 || b.message.size > x.dataSize || b.bodySize > x.dataSize {
			return fmt.Errorf("%w: batch %d is empty or larger than the file", errIndex, i)
		}
		row += b.rows
		at += b.message.size
		end := at + b.bodySize
		for k := range b.bufs {
			b.bufs[k].offset = at
			if b.bufs[k].size > b.bodySize {
				return fmt.Errorf("%w: a buffer of batch %d is larger than its body", errIndex, i)
			}
			at += padded(b.bufs[k].size)
		}
		if at != end || at > x.dataSize {
			return fmt.Errorf("%w: the buffers of batch %d don't fill its body", errIndex, i)
		}
		if err := x.checkLens(b); err != nil {
			return fmt.Errorf("%w: batch %d: %w", errIndex, i, err)
		}
	}
	if row != x.rows || x.tail.size > x.dataSize || at != x.dataSize-x.tail.size {
		return fmt.Errorf("%w: batches of %d rows end at %d, expected %d rows and %d", errIndex, row, at, x.rows, x.dataSize-x.tail.size)
	}
	return x.checkGranules()
}

// checkLens holds the lengths of top-level nodes against the batch's rows.
func (x *index) checkLens(b *indexBatch) error {
	for i := range x.cols {
		if n := &x.cols[i].node; b.lens[n.slot] != b.rows {
			return fmt.Errorf("column %s has %d of %d rows", x.cols[i].name, b.lens[n.slot], b.rows)
		}
	}
	return nil
}

func (x *index) checkGranules() error {
	g := granules(x.rows)
	if m := x.marks.Granules(); len(x.keyTypes) != x.marks.Parts() || (x.marks.Parts() > 0 && m != g) {
		return fmt.Errorf("%w: marks of %d granules, expected %d", errIndex, m, g)
	}
	for i := range x.cols {
		if s := x.cols[i].skip; s != nil && s.Granules != g {
			return fmt.Errorf("%w: skip index of column %s has %d granules, expected %d", errIndex, x.cols[i].name, s.Granules, g)
		}
	}
	return nil
}

func granules(rows int) int { return (rows + GranuleRows - 1) / GranuleRows }
