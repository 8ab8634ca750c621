package format

import (
	"encoding/binary"
	"io"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/types"
)

// Native is blocks of columns. A block is the number of its columns and of its
// rows as varints, then for each column its name, its type and, when there are
// rows, its values: those of fixed width as RowBinary has them, one behind the
// other; strings each behind its length; for Nullable a byte per row, 1 for
// NULL, before the values; for Array the end of each row's elements as 8 bytes,
// then the elements; a Tuple as its columns; a byte per row for Nothing.
//
// Revisions of the protocol add to that: from revisionBlockInfo on a block begins
// with eight bytes of information, from revisionCustom on a zero follows each
// type. Over HTTP, output has the revision that the client names in
// client_protocol_version; input always has none of it.
const (
	revisionBlockInfo = 51903
	revisionZone      = 54337 // zones of DateTime stand in types
	revisionCustom    = 54454
)

// blockInfo says: field 1, is_overflows, no; field 2, bucket_num, -1; end.
const blockInfo = "\x01\x00\x02\xff\xff\xff\xff\x00"

// nativeWriter prints Native. LowCardinality columns are printed as plain ones.
type nativeWriter struct{ base }

func newNativeWriter(w io.Writer, o *WriteOptions) *nativeWriter {
	return &nativeWriter{base: newBase(w, o, stylePlain, "application/octet-stream")}
}

func (n *nativeWriter) Begin(names []string, ts []types.Type) error {
	n.begin(names, ts)
	return nil
}

func (n *nativeWriter) Write(b *batch.Batch) error {
	if b.Rows == 0 {
		return nil
	}
	if n.o.NativeRevision >= revisionBlockInfo {
		n.buf = append(n.buf, blockInfo...)
	}
	n.buf = binary.AppendUvarint(n.buf, uint64(len(b.Cols)))
	n.buf = binary.AppendUvarint(n.buf, uint64(b.Rows))
	for i, v := range b.Cols {
		n.text(n.names[i])
		n.text(n.typeName(n.types[i]))
		if n.o.NativeRevision >= revisionCustom {
			n.buf = append(n.buf, 0)
		}
		if err := n.column(v.Expand(), 0, b.Rows); err != nil {
			return err
		}
	}
	return n.full()
}

// typeName is the type as the revision knows it.
func (n *nativeWriter) typeName(t types.Type) string {
	if n.o.NativeRevision < revisionZone && t.Kind == types.DateTime && !t.Nullable {
		t.Zone = nil
	}
	return withoutLowCard(t).String()
}

func (n *nativeWriter) text(s string) {
	n.buf = append(binary.AppendUvarint(n.buf, uint64(len(s))), s...)
}

// withoutLowCard is t with all its parts stored as what they are.
func withoutLowCard(t types.Type) types.Type {
	t.LowCard = false
	if len(t.Elems) > 0 {
		elems := make([]types.Type, len(t.Elems))
		for i, e := range t.Elems {
			elems[i] = withoutLowCard(e)
		}
		t.Elems = elems
	}
	return t
}

// column prints rows [lo, hi) of v, which is not constant.
func (n *nativeWriter) column(v *batch.Vector, lo, hi int) error {
	if v.Type.Nullable || v.Type.Kind == types.Nothing {
		for i := lo; i < hi; i++ {
			n.buf = append(n.buf, boolByte(v.IsNull(i) || v.Type.Kind == types.Nothing))
		}
	}
	switch d := v.Data.(type) {
	case batch.Lists:
		from := uint64(d.Offsets[lo])
		for i := lo; i < hi; i++ {
			n.buf = binary.LittleEndian.AppendUint64(n.buf, uint64(d.Offsets[i+1])-from)
		}
		return n.column(d.Elems.Expand(), int(d.Offsets[lo]), int(d.Offsets[hi]))
	case []*batch.Vector:
		for _, p := range d {
			if err := n.column(p.Expand(), lo, hi); err != nil {
				return err
			}
		}
		return nil
	case nil:
		for range hi - lo {
			n.buf = append(n.buf, '0')
		}
		return n.full()
	}
	c := binaryValue(v)
	for i := lo; i < hi; i++ {
		n.buf = c(n.buf, i)
		if err := n.full(); err != nil {
			return err
		}
	}
	return nil
}

// Totals have no place in the format over HTTP.
func (n *nativeWriter) Totals(*batch.Batch) error { return nil }

// Extremes have no place in the format over HTTP.
func (n *nativeWriter) Extremes(*batch.Batch) error { return nil }

func (n *nativeWriter) End(Stats) error { return n.end() }
