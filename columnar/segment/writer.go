package segment

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io/fs"
	"math"

	"github.com/zeebo/xxh3"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/types"
	"github.com/freshetdb/freshet/columnar/vfs"
	"github.com/freshetdb/freshet/index/skip"
	"github.com/freshetdb/freshet/index/sparse"
)

// Options say how a segment is written.
type Options struct {
	Codec     Codec
	BatchRows int // 0 means BatchRowsDefault
	Key       SortKey
	Tags      Tags

	batchBytes int // tests: in place of batchBytesMax
}

// Writer writes one segment. Append rows in the order of the key, then Finish;
// or Abort. A Writer belongs to one goroutine.
type Writer struct {
	at    Place
	opts  Options
	file  vfs.File
	out   *bufio.Writer
	pack  *compressor
	index *index
	meta  Meta

	cols  []*column // stored columns, then signs if there are any
	rows  int       // of the current batch
	marks *sparse.Builder
	last  [][]byte // key of the last row
	body  []byte   // of the current batch, when compressed
}

// column is a column being written.
type column struct {
	enc    *encoder
	skip   *skip.Builder
	order  bool // has bounds
	bounds bounds
	nulls  int
}

// Write writes the rows of the batches, which together are in the order of the
// key, as a segment. See [Create] for more rows than memory holds.
func Write(at Place, schema *types.Schema, batches []*batch.Batch, opts Options) (Meta, error) {
	shape := NewShape(schema)
	for _, b := range batches {
		shape.Add(b)
	}
	w, err := Create(at, schema, shape, opts)
	if err != nil {
		return Meta{}, err
	}
	for _, b := range batches {
		if err := w.Append(b); err != nil {
			return Meta{}, errors.Join(err, w.Abort())
		}
	}
	return w.Finish()
}

// Create begins a segment whose rows have the shape; a row outside it makes
// Append fail. Files of the name are replaced.
func Create(at Place, schema *types.Schema, shape *Shape, opts Options) (*Writer, error) {
	if opts.BatchRows == 0 {
		opts.BatchRows = BatchRowsDefault
	}
	if opts.batchBytes == 0 {
		opts.batchBytes = batchBytesMax
	}
	opts.Tags.SchemaVersion = schema.Version
	w := &Writer{at: at, opts: opts, marks: sparse.NewBuilder(len(opts.Key.Types))}
	w.index = &index{codec: opts.Codec, tags: opts.Tags, signed: shape.hasSigns(), keyTypes: opts.Key.Types}
	if err := w.plan(schema, shape); err != nil {
		return nil, fmt.Errorf("write segment %s: %w", at.Name, err)
	}
	var err error
	if w.pack, err = newCompressor(opts.Codec); err != nil {
		return nil, fmt.Errorf("write segment %s: %w", at.Name, err)
	}
	if w.file, err = at.FS.Create(at.dataPath()); err != nil {
		return nil, fmt.Errorf("write segment %s: %w", at.Name, errors.Join(err, w.pack.close()))
	}
	w.out = bufio.NewWriterSize(w.file, 256<<10)
	head := header(w.index.cols)
	w.index.head = extent{int64(len(head)), crcOf(head)}
	w.index.dataSize = int64(len(head))
	if _, err := w.out.Write(head); err != nil {
		return nil, errors.Join(w.wrap(err), w.Abort())
	}
	return w, nil
}

func (w *Writer) wrap(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("write segment %s: %w", w.at.Name, err)
}

// plan chooses the forms and makes the encoders.
func (w *Writer) plan(schema *types.Schema, shape *Shape) error {
	stored := Stored(schema)
	for i, c := range stored {
		n, err := shape.cols[i].node(c.Type)
		if err != nil {
			return fmt.Errorf("column %s: %w", c.Name, err)
		}
		w.index.cols = append(w.index.cols, indexColumn{id: c.ID, name: c.Name, node: n})
	}
	w.index.times = shape.timeRanges(stored)
	if w.index.signed {
		w.index.cols = append(w.index.cols, indexColumn{
			id: SignsID, name: signsName, node: node{Type: types.Of(types.Int8), Form: formRaw, Width: 1},
		})
	}
	w.index.place()
	for i := range w.index.cols {
		n := &w.index.cols[i].node
		col := &column{enc: newEncoder(n), bounds: noBounds()}
		isText := n.Type.Phys() == types.PhysStrings
		isCode := n.Form == formCodes || n.Symbols
		col.order = w.index.cols[i].id != SignsID && n.Form != formList && !isCode
		col.skip = skip.NewBuilder(col.order, isText)
		w.cols = append(w.cols, col)
	}
	return nil
}

// Append adds rows: the columns of b are those of [Stored], in that order. It
// keeps nothing of b.
func (w *Writer) Append(b *batch.Batch) error {
	key, err := w.opts.Key.eval(b)
	if err != nil {
		return w.wrap(err)
	}
	for lo := 0; lo < b.Rows; {
		hi := min(b.Rows, lo+GranuleRows-w.index.rows%GranuleRows, lo+w.opts.BatchRows-w.rows)
		hi = w.cutBySize(b, lo, hi)
		if w.index.rows%GranuleRows == 0 && len(key) > 0 {
			if err := w.mark(keyAt(key, lo)); err != nil {
				return w.wrap(err)
			}
		}
		if err := w.appendPiece(b, lo, hi); err != nil {
			return w.wrap(err)
		}
		lo = hi
	}
	if len(key) > 0 && b.Rows > 0 {
		w.last = keyAt(key, b.Rows-1)
	}
	return nil
}

// mark notes the key at the first row of a granule.
func (w *Writer) mark(key [][]byte) error {
	if w.last != nil && compareKeys(w.last, key) > 0 {
		return fmt.Errorf("row %d is not in the order of the sort key", w.index.rows)
	}
	w.marks.Append(key)
	if w.meta.KeyMin == nil {
		w.meta.KeyMin = key
	}
	return nil
}

// cutBySize shortens a piece so that the current batch does not get too large;
// at least one row is left.
func (w *Writer) cutBySize(b *batch.Batch, lo, hi int) int {
	size := 0
	for _, c := range w.cols {
		size += c.enc.size()
	}
	for hi > lo+1 && size+pieceBytes(b, lo, hi) > w.opts.batchBytes {
		hi = lo + (hi-lo)/2
	}
	return hi
}

// pieceBytes is the size of the text in rows of b; numbers are not counted, as
// their size is bounded by the rows.
func pieceBytes(b *batch.Batch, lo, hi int) int {
	n := 0
	for _, c := range b.Cols {
		n += textBytes(c, lo, hi)
	}
	return n
}

func textBytes(v *batch.Vector, lo, hi int) int {
	if v.Const && lo < hi {
		return (hi - lo) * textBytes(v.Slice(0, 1).Expand(), 0, 1)
	}
	switch d := v.Data.(type) {
	case batch.Strings:
		if lo < hi {
			return int(d.Offsets[hi] - d.Offsets[lo])
		}
	case batch.Symbols:
		n := 0
		if d.Overlay.Len() > 0 {
			for _, c := range d.Codes[lo:hi] {
				if c&batch.OverlayBit != 0 {
					n += len(d.Of(c))
				}
			}
		}
		return n
	case batch.Lists:
		if lo < hi {
			from, to := int(d.Offsets[lo]), int(d.Offsets[hi])
			return 8*(to-from) + textBytes(d.Elems, from, to)
		}
	}
	return 0
}

func (w *Writer) appendPiece(b *batch.Batch, lo, hi int) error {
	if pieceBytes(b, lo, hi) > rowBytesMax {
		return fmt.Errorf("a row of more than %d bytes", rowBytesMax)
	}
	for i, v := range b.Cols {
		c := w.cols[i]
		if err := c.enc.append(v, lo, hi); err != nil {
			return fmt.Errorf("column %s: %w", w.index.cols[i].name, err)
		}
		c.observe(v, lo, hi)
	}
	if err := w.appendSigns(b.Signs, lo, hi); err != nil {
		return err
	}
	w.rows += hi - lo
	w.index.rows += hi - lo
	if w.index.rows%GranuleRows == 0 {
		w.endGranule(GranuleRows)
	}
	if w.rows == w.opts.BatchRows || w.isFull() {
		return w.flush()
	}
	return nil
}

func (w *Writer) isFull() bool {
	size := 0
	for _, c := range w.cols {
		size += c.enc.size()
	}
	return size >= w.opts.batchBytes/2
}

func (w *Writer) appendSigns(signs []int8, lo, hi int) error {
	if !w.index.signed {
		for _, s := range signs[min(lo, len(signs)):min(hi, len(signs))] {
			if s < 0 {
				return errors.New("a sign of -1 is outside the segment's shape")
			}
		}
		return nil
	}
	t := types.Of(types.Int8)
	if signs == nil {
		one := batch.NewConst(batch.NewFixed(t, []int8{1}, nil), hi-lo)
		return w.cols[len(w.cols)-1].enc.append(one, 0, hi-lo)
	}
	return w.cols[len(w.cols)-1].enc.append(batch.NewFixed(t, signs, nil), lo, hi)
}

// observe takes rows into the skip index.
func (c *column) observe(v *batch.Vector, lo, hi int) {
	if c.order {
		c.bounds.merge(boundsOf(v, lo, hi))
		if v.Const && v.IsNull(0) {
			c.nulls += hi - lo
		} else if !v.Const {
			c.nulls += countNulls(v, lo, hi)
		}
	}
	if !c.skip.WantsKeys() {
		return
	}
	if v.Const && lo < hi {
		lo, hi = 0, 1
	}
	switch d := v.Data.(type) {
	case batch.Symbols:
		c.observeCodes(d, lo, hi)
	case batch.Strings:
		for i := lo; i < hi; i++ {
			c.skip.AddHash(xxh3.Hash(d.At(i)))
		}
	}
}

func (c *column) observeCodes(d batch.Symbols, lo, hi int) {
	if !c.enc.node.Overlay {
		c.skip.AddCodes(d.Codes[lo:hi])
		return
	}
	for i, code := range d.Codes[lo:hi] {
		if code&batch.OverlayBit != 0 {
			c.skip.AddHash(xxh3.Hash(d.Of(code)))
			continue
		}
		c.skip.AddCodes(d.Codes[lo+i : lo+i+1])
	}
}

func (w *Writer) endGranule(rows int) {
	for i, c := range w.cols {
		if w.index.cols[i].id == SignsID {
			continue
		}
		if c.order {
			c.skip.EndBounds(c.bounds.min, c.bounds.max, c.nulls)
			c.bounds, c.nulls = noBounds(), 0
		}
		c.skip.EndKeys(rows)
	}
}

// flush writes the current batch.
func (w *Writer) flush() error {
	x := w.index
	b := indexBatch{rows: w.rows, lens: make([]int, x.slots), nulls: make([]int, x.slots)}
	var bufs [][]byte
	w.body = w.body[:0]
	visit := func(src []byte) {
		packed := w.pack.pack(src)
		if x.codec != None {
			at := len(w.body)
			w.body = append(w.body, packed...)
			packed = w.body[at:len(w.body):len(w.body)]
		}
		bufs = append(bufs, packed)
		b.bufs = append(b.bufs, bufExtent{offset: b.bodySize, extent: extent{size: int64(len(packed)), crc: crcPadded(packed)}})
		b.bodySize += padded(int64(len(packed)))
	}
	for _, c := range w.cols {
		c.enc.flush(&b, visit)
	}
	var l layout
	for i := range x.cols {
		l.add(&x.cols[i].node, &b, 0)
	}
	f := newFlat()
	message := f.message(headerBatch, f.batch(b.rows, &l, x.codec), b.bodySize, x.dataSize)
	b.message, b.offset = extent{int64(len(message)), crcOf(message)}, x.dataSize
	if err := w.writeBatch(message, bufs); err != nil {
		return err
	}
	for _, c := range w.cols {
		c.enc.reset()
	}
	x.dataSize += b.message.size + b.bodySize
	x.batches = append(x.batches, b)
	w.rows = 0
	return nil
}

// crcPadded is the CRC of a buffer with its padding.
func crcPadded(b []byte) uint32 {
	var zeros [alignment]byte
	n := int64(len(b))
	return crc32.Update(crcOf(b), castagnoli(), zeros[:padded(n)-n])
}

func (w *Writer) writeBatch(message []byte, bufs [][]byte) error {
	var zeros [alignment]byte
	if _, err := w.out.Write(message); err != nil {
		return err
	}
	for _, buf := range bufs {
		if _, err := w.out.Write(buf); err != nil {
			return err
		}
		n := int64(len(buf))
		if _, err := w.out.Write(zeros[:padded(n)-n]); err != nil {
			return err
		}
	}
	return nil
}

// Finish writes what is left and the index, makes both files durable and
// describes the segment. The Writer is done, also after an error, which leaves
// no files.
func (w *Writer) Finish() (Meta, error) {
	if err := w.finish(); err != nil {
		return Meta{}, errors.Join(w.wrap(err), w.Abort())
	}
	return w.meta, nil
}

func (w *Writer) finish() error {
	x := w.index
	if w.rows > 0 {
		if err := w.flush(); err != nil {
			return err
		}
	}
	if rest := x.rows % GranuleRows; rest > 0 {
		w.endGranule(rest)
	}
	if w.last != nil {
		if err := w.mark(w.last); err != nil {
			return err
		}
	}
	tail := footer(x.cols, x.batches)
	x.tail = extent{int64(len(tail)), crcOf(tail)}
	x.dataSize += x.tail.size
	if _, err := w.out.Write(tail); err != nil {
		return err
	}
	if err := w.out.Flush(); err != nil {
		return err
	}
	err := errors.Join(w.file.Sync(), w.file.Close(), w.pack.close())
	w.file = nil
	if err != nil {
		return err
	}
	return w.writeIndex()
}

func (w *Writer) writeIndex() error {
	x := w.index
	x.marks = w.marks.Finish()
	for i, c := range w.cols {
		if x.cols[i].id != SignsID {
			x.cols[i].skip = c.skip.Finish(granules(x.rows))
		}
	}
	enc := x.appendTo(nil)
	if len(enc) > math.MaxInt32 {
		return fmt.Errorf("index of %d bytes", len(enc))
	}
	f, err := w.at.FS.Create(w.at.indexPath())
	if err != nil {
		return err
	}
	_, err = f.Write(enc)
	if err == nil {
		err = f.Sync()
	}
	if err := errors.Join(err, f.Close()); err != nil {
		return err
	}
	w.meta = x.meta(w.at.Name)
	w.meta.IndexBytes, w.meta.IndexCRC = int64(len(enc)), binary.LittleEndian.Uint32(enc[len(enc)-4:])
	return w.at.FS.SyncDir(w.at.Dir)
}

// Abort gives up and removes the files.
func (w *Writer) Abort() error {
	var err error
	if w.file != nil {
		err = errors.Join(w.file.Close(), w.pack.close())
		w.file = nil
	}
	for _, p := range []string{w.at.dataPath(), w.at.indexPath()} {
		if e := w.at.FS.Remove(p); e != nil && !errors.Is(e, fs.ErrNotExist) {
			err = errors.Join(err, e)
		}
	}
	return w.wrap(err)
}

// meta describes the segment; the size and CRC of the index are left out.
func (x *index) meta(name string) Meta {
	m := Meta{Name: name, Rows: int64(x.rows), Bytes: x.dataSize, Codec: x.codec, Tags: x.tags, Times: x.times, Signed: x.signed}
	if g := x.marks.Granules(); g > 0 {
		for p := range x.marks.Parts() {
			m.KeyMin = append(m.KeyMin, x.marks.Part(0, p))
			m.KeyMax = append(m.KeyMax, x.marks.Part(g, p))
		}
	}
	return m
}
