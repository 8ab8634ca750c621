package format

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/chcode"
	"github.com/freshetdb/freshet/columnar/types"
)

// nativeReader reads Native without a revision, as clients send it over HTTP.
// Memory grows with the input, never with what the input says about itself.
type nativeReader struct {
	in   *bufio.Reader
	o    ReadOptions
	cols []Column
	head header

	block  *batch.Batch
	missed [][]bool
	pos    int // rows of block that were handed on
	row    int64
	size   int64 // bytes of values of the block in hand
	failed error
}

func newNativeReader(r io.Reader, cols []Column, o *ReadOptions) *nativeReader {
	return &nativeReader{in: bufio.NewReaderSize(r, windowBytes), o: *o, cols: cols, head: newHeader(cols, o)}
}

// Next implements Reader.
func (r *nativeReader) Next(maxRows, maxBytes int) (*Rows, error) {
	if r.failed != nil {
		return nil, r.failed
	}
	for r.block == nil || r.pos == r.block.Rows {
		if err := r.load(); err != nil {
			r.failed = r.refuse(err)
			return nil, r.failed
		}
	}
	if maxRows <= 0 {
		maxRows = defaultBatchRows
	}
	if maxBytes <= 0 {
		maxBytes = defaultBatchBytes
	}
	n := min(r.block.Rows-r.pos, maxRows)
	perRow := r.block.SizeBytes()/int64(r.block.Rows) + 1
	n = max(1, min(n, int(int64(maxBytes)/perRow)))
	rows := &Rows{Batch: r.block.Slice(r.pos, r.pos+n), FirstRow: r.row + 1}
	for i, m := range r.missed {
		if m == nil {
			continue
		}
		if rows.Missing == nil {
			rows.Missing = make([][]bool, len(r.cols))
		}
		rows.Missing[i] = m[r.pos : r.pos+n]
	}
	r.pos += n
	r.row += int64(n)
	return rows, nil
}

// refuse is the user's error; the end of the input between blocks is io.EOF.
func (r *nativeReader) refuse(err error) error {
	switch pe, ok := errors.AsType[*parseError](err); {
	case errors.Is(err, io.EOF):
		return io.EOF
	case errors.Is(err, io.ErrUnexpectedEOF):
		return chcode.Errorf(chcode.CannotReadAllData, "Cannot read all data of the block behind row %d: the input ends in it", r.row)
	case ok:
		return pe.user(r.row+1, nil)
	default:
		return err
	}
}

// bad is the error for malformed input.
func bad(code chcode.Code, format string, args ...any) error {
	return &parseError{code: code, reason: fmt.Sprintf(format, args...)}
}

// load reads the next block.
func (r *nativeReader) load() error {
	if _, err := r.in.Peek(1); err != nil {
		if errors.Is(err, io.EOF) {
			return io.EOF
		}
		return fmt.Errorf("read input: %w", err)
	}
	ncols, err := r.count(maxColumns, "columns")
	if err != nil {
		return err
	}
	rows, err := r.count(maxNativeRows, "rows")
	if err != nil {
		return err
	}
	r.size = 0
	vectors := make([]*batch.Vector, len(r.cols))
	missed := make([][]bool, len(r.cols))
	for range ncols {
		if err := r.column(rows, vectors, missed); err != nil {
			return err
		}
	}
	names := make([]string, len(r.cols))
	for i, c := range r.cols {
		names[i] = c.Name
		if vectors[i] == nil {
			b := batch.NewBuilder(c.Type, 1)
			b.AppendDefault()
			vectors[i] = batch.NewConst(b.Finish(), rows).Expand()
			missed[i] = allTrue(c, rows)
		}
	}
	r.block, r.missed, r.pos = batch.New(names, vectors, rows), missed, 0
	return nil
}

func allTrue(c Column, n int) []bool {
	if !c.HasDefault {
		return nil
	}
	m := make([]bool, n)
	for i := range m {
		m[i] = true
	}
	return m
}

// count reads a number that must not exceed limit.
func (r *nativeReader) count(limit uint64, what string) (int, error) {
	n, err := binary.ReadUvarint(r.in)
	if err != nil {
		return 0, io.ErrUnexpectedEOF
	}
	if n > limit {
		return 0, bad(chcode.IncorrectData, "A block of %d %s is larger than %d", n, what, limit)
	}
	return int(n), nil
}

// bytes reads n bytes in pieces behind dst.
func (r *nativeReader) bytes(dst []byte, n int) ([]byte, error) {
	if r.size += int64(n); r.size > maxNativeBytes {
		return nil, bad(chcode.TooLargeStringSize, "A block is larger than %d bytes", maxNativeBytes)
	}
	for n > 0 {
		piece := min(n, windowBytes)
		start := len(dst)
		dst = append(dst, make([]byte, piece)...)
		if _, err := io.ReadFull(r.in, dst[start:]); err != nil {
			return nil, unexpected(err)
		}
		n -= piece
	}
	return dst, nil
}

func unexpected(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return fmt.Errorf("read input: %w", err)
}

func (r *nativeReader) name() (string, error) {
	n, err := r.count(maxNameBytes, "bytes of a name")
	if err != nil {
		return "", err
	}
	s, err := r.bytes(nil, n)
	return string(s), err
}

// column reads a column and keeps it when it has a place in the table.
func (r *nativeReader) column(rows int, vectors []*batch.Vector, missed [][]bool) error {
	name, err := r.name()
	if err != nil {
		return err
	}
	text, err := r.name()
	if err != nil {
		return err
	}
	t, err := types.Parse(text)
	if err != nil {
		return bad(chcode.UnknownType, "Type of column %s: %s", clip([]byte(name)), err.Error())
	}
	b := batch.NewBuilder(t, 0)
	if rows > 0 {
		if err := r.prefix(t); err != nil {
			return err
		}
		if err := r.values(b, &t, rows, 0); err != nil {
			return err
		}
	}
	at, ok := r.head.byName[name]
	if !ok {
		if r.o.RefuseUnknownFields {
			return bad(chcode.IncorrectData, "Unknown field found in Native: %s", clip([]byte(name)))
		}
		return nil
	}
	if vectors[at] != nil {
		return bad(chcode.IncorrectData, "Duplicate field found in Native: %s", name)
	}
	vectors[at], missed[at], err = r.fit(b.Finish(), r.cols[at])
	if err != nil {
		return named(err, &column{Column: r.cols[at]})
	}
	return nil
}

// stored is t without what does not show in its values.
func stored(t types.Type) types.Type {
	t = withoutLowCard(t)
	t.Zone, t.Names = nil, nil
	if len(t.Elems) > 0 {
		elems := make([]types.Type, len(t.Elems))
		for i, e := range t.Elems {
			elems[i] = stored(e)
		}
		t.Elems = elems
	}
	return t
}

// fit makes the column of a block one of the table's type: the same type but for
// LowCardinality, zones, names and Nullable.
func (r *nativeReader) fit(v *batch.Vector, c Column) (*batch.Vector, []bool, error) {
	from, to := stored(v.Type), stored(c.Type)
	if from.Equal(to) {
		return retype(v, c.Type), nil, nil
	}
	if !from.NotNull().Equal(to.NotNull()) {
		return nil, nil, bad(chcode.TypeMismatch, "A column of type %s can't be read into one of type %s", v.Type, c.Type)
	}
	if v.Nulls == nil || c.Type.Nullable {
		return retype(v, c.Type), nil, nil
	}
	if r.o.KeepNulls {
		return nil, nil, bad(chcode.CannotInsertNullInOrdinaryColumn, "Cannot insert NULL into a column of type %s", c.Type)
	}
	b := batch.NewBuilder(c.Type, v.Len)
	for i := range v.Len {
		if v.IsNull(i) {
			b.AppendDefault()
		} else {
			b.AppendRow(v, i)
		}
	}
	if !c.HasDefault {
		return b.Finish(), nil, nil
	}
	return b.Finish(), v.Nulls, nil
}

// retype is v as a type that stores the same.
func retype(v *batch.Vector, t types.Type) *batch.Vector {
	v = v.WithType(t)
	switch d := v.Data.(type) {
	case batch.Lists:
		v.Data = batch.Lists{Offsets: d.Offsets, Elems: retype(d.Elems, t.Elem())}
	case []*batch.Vector:
		parts := make([]*batch.Vector, len(d))
		for i, p := range d {
			parts[i] = retype(p, t.Elems[i])
		}
		v.Data = parts
	}
	return v
}

// prefix reads the version that stands before the values of each LowCardinality
// inside t.
func (r *nativeReader) prefix(t types.Type) error {
	if t.LowCard {
		var version [8]byte
		if _, err := io.ReadFull(r.in, version[:]); err != nil {
			return unexpected(err)
		}
		if v := binary.LittleEndian.Uint64(version[:]); v != lowCardVersion {
			return bad(chcode.IncorrectData, "Version %d of LowCardinality is not known", v)
		}
		return nil
	}
	for _, e := range t.Elems {
		if err := r.prefix(e); err != nil {
			return err
		}
	}
	return nil
}

// values reads n values of type t into b.
func (r *nativeReader) values(b *batch.Builder, t *types.Type, n, depth int) error {
	if t.LowCard {
		return r.lowCard(b, t, n)
	}
	if depth > maxNesting {
		return bad(chcode.TooDeepRecursion, "Columns are nested deeper than %d levels", maxNesting)
	}
	var nulls []byte
	if t.Nullable {
		var err error
		if nulls, err = r.bytes(nil, n); err != nil {
			return err
		}
	}
	switch t.Kind {
	case types.Array:
		return r.arrays(b, t, n, depth)
	case types.Tuple:
		for i := range t.Elems {
			if err := r.values(b.Elems[i], &t.Elems[i], n, depth+1); err != nil {
				return err
			}
		}
		for range n {
			b.EndTuple()
		}
		return nil
	default:
		return r.scalars(b, t, n, nulls)
	}
}

// scalars reads values that are not composed of others; where nulls is set a
// value is read and dropped.
func (r *nativeReader) scalars(b *batch.Builder, t *types.Type, n int, nulls []byte) error {
	plain := t.NotNull()
	f := &field{}
	fieldEnv{o: &r.o}.init(f, plain)
	one := batch.NewBuilder(plain, 1)
	f.bind(b)
	drop := &field{}
	*drop = *f
	drop.bind(one)
	var text []byte
	c := cursor{final: true}
	for i := range n {
		size := t.Size()
		if t.Kind == types.Nothing {
			size = 1
		}
		if t.Kind == types.String {
			var err error
			if size, err = r.count(maxNativeBytes, "bytes of a string"); err != nil {
				return err
			}
		}
		var err error
		if text, err = r.bytes(text[:0], size); err != nil {
			return err
		}
		into := f
		if nulls != nil && nulls[i] != 0 || t.Kind == types.Nothing {
			b.AppendNull()
			if t.Kind == types.Nothing {
				continue
			}
			one.Truncate(0)
			into = drop
		}
		c.buf, c.pos = text, 0
		if err := r.scalar(&c, into); err != nil && into == f {
			return err
		}
		if into == f {
			b.NotNull()
		}
	}
	return nil
}

func (r *nativeReader) scalar(c *cursor, f *field) error {
	if f.t.IsString() {
		f.b.Str.Append(c.buf)
		return nil
	}
	return binaryReader{}.fixed(c, f)
}

func (r *nativeReader) arrays(b *batch.Builder, t *types.Type, n, depth int) error {
	ends, err := r.bytes(nil, 8*n)
	if err != nil {
		return err
	}
	base, last := uint64(b.Elems[0].Len()), uint64(0)
	for i := range n {
		end := binary.LittleEndian.Uint64(ends[8*i:])
		if end < last || end > maxNativeRows {
			return bad(chcode.IncorrectData, "Array ends at element %d, behind %d", end, last)
		}
		b.Ends = append(b.Ends, uint32(base+end))
		last = end
	}
	return r.values(b.Elems[0], &t.Elems[0], int(last), depth+1)
}

// The serialization of LowCardinality: a version, then per block the flags with
// the width of indexes, the keys and the indexes.
const (
	lowCardVersion = 1
	lowCardGlobal  = 1 << 8 // keys are in a dictionary of the whole stream
	lowCardKeys    = 1 << 9 // keys follow
	lowCardWidth   = 0xff   // 0, 1, 2, 3: indexes of 1, 2, 4, 8 bytes
)

func (r *nativeReader) u64() (uint64, error) {
	var b [8]byte
	if _, err := io.ReadFull(r.in, b[:]); err != nil {
		return 0, unexpected(err)
	}
	return binary.LittleEndian.Uint64(b[:]), nil
}

func (r *nativeReader) lowCard(b *batch.Builder, t *types.Type, n int) error {
	if n == 0 {
		return nil
	}
	flags, err := r.u64()
	if err != nil {
		return err
	}
	width := flags & lowCardWidth
	if flags&lowCardGlobal != 0 || flags&lowCardKeys == 0 || width > 3 {
		return bad(chcode.IncorrectData, "LowCardinality with flags %#x can't be read", flags)
	}
	nkeys, err := r.u64()
	if err != nil {
		return err
	}
	if nkeys > maxNativeRows {
		return bad(chcode.IncorrectData, "LowCardinality has %d keys", nkeys)
	}
	plain := t.Plain()
	keys := batch.NewBuilder(plain, 0)
	if err := r.values(keys, &plain, int(nkeys), 0); err != nil {
		return err
	}
	dict := keys.Finish()
	rows, err := r.u64()
	if err != nil {
		return err
	}
	if rows != uint64(n) {
		return bad(chcode.IncorrectData, "LowCardinality has %d rows in a block of %d", rows, n)
	}
	index, err := r.bytes(nil, n<<width)
	if err != nil {
		return err
	}
	return r.expand(b, dict, index, int(width))
}

// expand writes the values of keys out; key 0 of a Nullable stands for NULL.
func (r *nativeReader) expand(b *batch.Builder, dict *batch.Vector, index []byte, width int) error {
	var wide [8]byte
	for i := 0; i < len(index); i += 1 << width {
		clear(wide[:])
		copy(wide[:], index[i:i+1<<width])
		k := binary.LittleEndian.Uint64(wide[:])
		switch {
		case k >= uint64(dict.Len):
			return bad(chcode.IncorrectData, "Index %d of LowCardinality with %d keys", k, dict.Len)
		case k == 0 && b.Type.Nullable:
			b.AppendNull()
		default:
			b.AppendRow(dict, int(k))
		}
		if len(b.Str.Bytes) > maxNativeBytes {
			return bad(chcode.TooLargeStringSize, "A block is larger than %d bytes", maxNativeBytes)
		}
	}
	return nil
}
