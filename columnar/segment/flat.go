package segment

import (
	"encoding/binary"
	"slices"
	"strconv"

	flatbuffers "github.com/google/flatbuffers/go"

	"github.com/freshetdb/freshet/columnar/types"
)

// Arrow's metadata as flatbuffers: Message, Schema, RecordBatch and Footer of
// the Arrow format's .fbs files, written slot by slot.

const (
	arrowMagic   = "ARROW1"
	arrowVersion = 4 // MetadataVersion.V5

	headerSchema = 1 // MessageHeader
	headerBatch  = 3

	arrowNull            = 1 // Type
	arrowInt             = 2
	arrowFloat           = 3
	arrowBinary          = 4
	arrowUtf8            = 5
	arrowDecimal         = 7
	arrowList            = 12
	arrowStruct          = 13
	arrowFixedSizeBinary = 15
)

// Names of the entries of a field's metadata.
const (
	metaID   = "freshet.id"
	metaType = "freshet.type"
	metaForm = "freshet.form"
	metaBase = "freshet.base"
)

// signsName is the field of the signs of rows.
const signsName = "_sign"

type flat struct{ *flatbuffers.Builder }

func newFlat() flat { return flat{flatbuffers.NewBuilder(4096)} }

func (f flat) offsets(at []flatbuffers.UOffsetT) flatbuffers.UOffsetT {
	f.StartVector(4, len(at), 4)
	for _, o := range slices.Backward(at) {
		f.PrependUOffsetT(o)
	}
	return f.EndVector(len(at))
}

// pairs writes a vector of KeyValue.
func (f flat) pairs(kv ...string) flatbuffers.UOffsetT {
	var at []flatbuffers.UOffsetT
	for i := 0; i < len(kv); i += 2 {
		k, v := f.CreateString(kv[i]), f.CreateString(kv[i+1])
		f.StartObject(2)
		f.PrependUOffsetTSlot(0, k, 0)
		f.PrependUOffsetTSlot(1, v, 0)
		at = append(at, f.EndObject())
	}
	return f.offsets(at)
}

// schema writes a Schema of the columns.
func (f flat) schema(cols []indexColumn) flatbuffers.UOffsetT {
	at := make([]flatbuffers.UOffsetT, len(cols))
	for i := range cols {
		at[i] = f.node(cols[i].name, &cols[i].node, metaID, strconv.FormatUint(uint64(cols[i].id), 10))
	}
	fields := f.offsets(at)
	f.StartObject(4)
	f.PrependUOffsetTSlot(1, fields, 0)
	return f.EndObject()
}

// node writes the Field of a column or element.
func (f flat) node(name string, n *node, kv ...string) flatbuffers.UOffsetT {
	kv = append(kv, metaType, n.Type.String(), metaForm, formNames[n.Form])
	if n.Base != 0 || n.Form == formConst || n.Form == formOffset {
		base := strconv.FormatUint(n.Base, 10)
		if signedPhys(n.Type.Phys()) {
			base = strconv.FormatInt(int64(n.Base), 10)
		}
		kv = append(kv, metaBase, base)
	}
	meta := f.pairs(kv...)
	var children []flatbuffers.UOffsetT
	switch {
	case n.Overlay:
		children = append(children,
			f.field("code", field{typ: f.intType(8*n.Width, false), kind: arrowInt}),
			f.field("text", field{typ: f.empty(), kind: textKind(n)}))
	case n.Elem != nil:
		children = append(children, f.node("item", n.Elem))
	}
	kind, typ := f.arrowType(n)
	return f.field(name, field{
		typ: typ, kind: kind, nullable: n.Nullable || kind == arrowNull, children: f.offsets(children), meta: meta,
	})
}

type field struct {
	typ            flatbuffers.UOffsetT
	kind           byte
	nullable       bool
	children, meta flatbuffers.UOffsetT
}

func (f flat) field(name string, d field) flatbuffers.UOffsetT {
	if d.children == 0 {
		d.children = f.offsets(nil)
	}
	at := f.CreateString(name)
	f.StartObject(7)
	f.PrependUOffsetTSlot(0, at, 0)
	f.PrependBoolSlot(1, d.nullable, false)
	f.PrependByteSlot(2, d.kind, 0)
	f.PrependUOffsetTSlot(3, d.typ, 0)
	f.PrependUOffsetTSlot(5, d.children, 0)
	f.PrependUOffsetTSlot(6, d.meta, 0)
	return f.EndObject()
}

func textKind(n *node) byte {
	if n.Binary {
		return arrowBinary
	}
	return arrowUtf8
}

// arrowType writes the Type of a node; children are written by node.
func (f flat) arrowType(n *node) (kind byte, at flatbuffers.UOffsetT) {
	switch {
	case n.Form == formConst || n.Form == formNull:
		return arrowNull, f.empty()
	case n.Form == formText:
		return textKind(n), f.empty()
	case n.Form == formList:
		return arrowList, f.empty()
	case n.Overlay:
		return arrowStruct, f.empty()
	case n.Form == formFixed || n.Type.Phys() == types.PhysB16:
		f.StartObject(1)
		f.PrependInt32Slot(0, int32(n.Width), 0)
		return arrowFixedSizeBinary, f.EndObject()
	case n.Form == formRaw && n.Type.Phys() == types.PhysI128:
		f.StartObject(3)
		f.PrependInt32Slot(0, int32(n.Type.Precision), 0)
		f.PrependInt32Slot(1, int32(n.Type.Scale), 0)
		return arrowDecimal, f.EndObject()
	case n.Form == formRaw && n.Type.IsFloat():
		f.StartObject(1)
		f.PrependInt16Slot(0, int16(n.Width/4), 0) // SINGLE 1, DOUBLE 2
		return arrowFloat, f.EndObject()
	default:
		return arrowInt, f.intType(8*n.Width, n.Form == formRaw && signedPhys(n.Type.Phys()))
	}
}

func (f flat) intType(bits int, signed bool) flatbuffers.UOffsetT {
	f.StartObject(2)
	f.PrependInt32Slot(0, int32(bits), 0)
	f.PrependBoolSlot(1, signed, false)
	return f.EndObject()
}

func (f flat) empty() flatbuffers.UOffsetT {
	f.StartObject(0)
	return f.EndObject()
}

// message wraps a header and returns it framed: marker, length, flatbuffer, and
// zeros so that what follows it at offset at of the file is aligned.
func (f flat) message(kind byte, header flatbuffers.UOffsetT, body, at int64) []byte {
	f.StartObject(5)
	f.PrependInt16Slot(0, arrowVersion, 0)
	f.PrependByteSlot(1, kind, 0)
	f.PrependUOffsetTSlot(2, header, 0)
	f.PrependInt64Slot(3, body, 0)
	f.Finish(f.EndObject())
	meta := f.FinishedBytes()
	size := padded(at+8+int64(len(meta))) - at - 8
	out := make([]byte, 8+size)
	binary.LittleEndian.PutUint32(out, ^uint32(0))
	binary.LittleEndian.PutUint32(out[4:], uint32(size))
	copy(out[8:], meta)
	return out
}

// fieldNode and bufferSpan are Arrow's structs of those names.
type fieldNode struct{ length, nulls int64 }

type bufferSpan struct{ offset, length int64 }

// layout lists Arrow's nodes and buffers of a batch: ours, and those that Arrow
// wants though they are empty.
type layout struct {
	nodes   []fieldNode
	buffers []bufferSpan
}

func (l *layout) add(n *node, b *indexBatch, bodyAt int64) {
	length, nulls := int64(b.lens[n.slot]), int64(b.nulls[n.slot])
	span := func(k int) {
		l.buffers = append(l.buffers, bufferSpan{b.bufs[k].offset - bodyAt, b.bufs[k].size})
	}
	none := func() { l.buffers = append(l.buffers, bufferSpan{}) }
	if n.Form == formConst || n.Form == formNull {
		l.nodes = append(l.nodes, fieldNode{length, length})
		return
	}
	l.nodes = append(l.nodes, fieldNode{length, nulls})
	if n.Nullable {
		span(n.buf)
	} else {
		none()
	}
	v := n.values()
	switch {
	case n.Overlay:
		l.nodes = append(l.nodes, fieldNode{length, 0}, fieldNode{length, 0})
		none()
		span(v)
		none()
		span(v + 1)
		span(v + 2)
	case n.Form == formText:
		span(v)
		span(v + 1)
	default:
		span(v)
	}
	if n.Elem != nil {
		l.add(n.Elem, b, bodyAt)
	}
}

// batch writes a RecordBatch.
func (f flat) batch(rows int, l *layout, codec Codec) flatbuffers.UOffsetT {
	f.StartVector(16, len(l.buffers), 8)
	for _, b := range slices.Backward(l.buffers) {
		f.PrependInt64(b.length)
		f.PrependInt64(b.offset)
	}
	buffers := f.EndVector(len(l.buffers))
	f.StartVector(16, len(l.nodes), 8)
	for _, n := range slices.Backward(l.nodes) {
		f.PrependInt64(n.nulls)
		f.PrependInt64(n.length)
	}
	nodes := f.EndVector(len(l.nodes))
	var compression flatbuffers.UOffsetT
	if codec != None {
		f.StartObject(2)
		f.PrependInt8Slot(0, int8(codec-LZ4), 0) // LZ4_FRAME 0, ZSTD 1
		compression = f.EndObject()
	}
	f.StartObject(5)
	f.PrependInt64Slot(0, int64(rows), 0)
	f.PrependUOffsetTSlot(1, nodes, 0)
	f.PrependUOffsetTSlot(2, buffers, 0)
	f.PrependUOffsetTSlot(3, compression, 0)
	return f.EndObject()
}

// footer returns what stands behind the last batch: end marker, Footer, its
// length, magic.
func footer(cols []indexColumn, batches []indexBatch) []byte {
	f := newFlat()
	schema := f.schema(cols)
	f.StartVector(24, len(batches), 8)
	for i := len(batches) - 1; i >= 0; i-- {
		b := &batches[i]
		f.PrependInt64(b.bodySize)
		f.PrependInt32(0)
		f.PrependInt32(int32(b.message.size))
		f.PrependInt64(b.offset)
	}
	blocks := f.EndVector(len(batches))
	f.StartVector(24, 0, 8)
	dictionaries := f.EndVector(0)
	f.StartObject(5)
	f.PrependInt16Slot(0, arrowVersion, 0)
	f.PrependUOffsetTSlot(1, schema, 0)
	f.PrependUOffsetTSlot(2, dictionaries, 0)
	f.PrependUOffsetTSlot(3, blocks, 0)
	f.Finish(f.EndObject())
	out := binary.LittleEndian.AppendUint64(nil, 0xFFFFFFFF) // Marker and length zero.
	out = append(out, f.FinishedBytes()...)
	out = binary.LittleEndian.AppendUint32(out, uint32(len(f.FinishedBytes())))
	return append(out, arrowMagic...)
}

// header returns the beginning of the file: magic and the schema message.
func header(cols []indexColumn) []byte {
	out := append([]byte(arrowMagic), 0, 0)
	f := newFlat()
	return append(out, f.message(headerSchema, f.schema(cols), 0, int64(len(out)))...)
}
