package agg

import (
	"bytes"
	"cmp"
	"encoding/binary"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/types"
)

// cells holds one value of any type per group, for functions that keep a row's
// value as it is: any, argMin, min of strings, … Whether a group has a value is
// the caller's to know.
type cells interface {
	grow(n int)
	set(g uint32, v *batch.Vector, row int)
	// take copies the value of src's group h; src is of the same kind.
	take(g uint32, src cells, h uint32)
	// compare orders the value of group g and that of a row, which is not NULL.
	compare(g uint32, v *batch.Vector, row int) int
	compareCell(g uint32, src cells, h uint32) int
	encode(dst []byte, g uint32, form Form) []byte
	decode(r *reader, g uint32, form Form)
	appendTo(b *batch.Builder, g uint32)
	bind(dict batch.Dictionary)
	// dictionary is that of the symbols which encode writes in the local form.
	dictionary() batch.Dictionary
	portable()
	size() int64
}

// newCells makes cells for values of type t. Those of a Nullable type may hold NULL
// and can't be compared.
func newCells(t types.Type, nulls nullOrder) cells {
	if t.Nullable {
		return &boxedCells{elem: t, nulls: nulls}
	}
	switch t.Phys() {
	case types.PhysU8:
		return &fixedCells[uint8]{order: cmp.Compare[uint8]}
	case types.PhysU16:
		return &fixedCells[uint16]{order: cmp.Compare[uint16]}
	case types.PhysU32:
		return &fixedCells[uint32]{order: cmp.Compare[uint32]}
	case types.PhysU64:
		return &fixedCells[uint64]{order: cmp.Compare[uint64]}
	case types.PhysI8:
		return &fixedCells[int8]{order: cmp.Compare[int8]}
	case types.PhysI16:
		return &fixedCells[int16]{order: cmp.Compare[int16]}
	case types.PhysI32:
		return &fixedCells[int32]{order: cmp.Compare[int32]}
	case types.PhysI64:
		return &fixedCells[int64]{order: cmp.Compare[int64]}
	case types.PhysF32:
		return &fixedCells[float32]{order: cmp.Compare[float32]}
	case types.PhysF64:
		return &fixedCells[float64]{order: cmp.Compare[float64]}
	case types.PhysI128:
		return &fixedCells[types.Int128]{order: types.Int128.Cmp}
	case types.PhysB16:
		if t.Kind == types.UUID {
			return &fixedCells[types.Bytes16]{order: compareUUID}
		}
		return &fixedCells[types.Bytes16]{order: compareBytes16}
	case types.PhysStrings:
		return &stringCells{}
	default:
		return &boxedCells{elem: t, nulls: nulls}
	}
}

// compareUUID orders UUIDs as ClickHouse does: by their second half, then the first.
func compareUUID(a, b types.Bytes16) int {
	if c := bytes.Compare(a[8:], b[8:]); c != 0 {
		return c
	}
	return bytes.Compare(a[:8], b[:8])
}

func compareBytes16(a, b types.Bytes16) int { return bytes.Compare(a[:], b[:]) }

// fixedCells holds values of fixed width.
type fixedCells[T batch.Fixed] struct {
	order  func(a, b T) int
	values []T
}

func (c *fixedCells[T]) grow(n int) { c.values = grown(c.values, n) }

func (c *fixedCells[T]) set(g uint32, v *batch.Vector, row int) { c.values[g] = v.Data.([]T)[row] }

func (c *fixedCells[T]) take(g uint32, src cells, h uint32) {
	c.values[g] = src.(*fixedCells[T]).values[h]
}

func (c *fixedCells[T]) compare(g uint32, v *batch.Vector, row int) int {
	return c.order(c.values[g], v.Data.([]T)[row])
}

func (c *fixedCells[T]) compareCell(g uint32, src cells, h uint32) int {
	return c.order(c.values[g], src.(*fixedCells[T]).values[h])
}

func (c *fixedCells[T]) encode(dst []byte, g uint32, _ Form) []byte {
	return appendFixed(dst, c.values[g])
}

func (c *fixedCells[T]) decode(r *reader, g uint32, _ Form) { c.values[g] = readFixed[T](r) }

func (c *fixedCells[T]) appendTo(b *batch.Builder, g uint32) {
	b.AppendRow(batch.NewFixed(b.Type.NotNull(), c.values[g:g+1], nil), 0)
}

func (c *fixedCells[T]) bind(batch.Dictionary)        {}
func (c *fixedCells[T]) dictionary() batch.Dictionary { return nil }
func (c *fixedCells[T]) portable()                    {}
func (c *fixedCells[T]) size() int64                  { return int64(cap(c.values)) * int64(fixedWidth[T]()) }

// isText stands in place of a symbol for a value that is held as text.
const isText = ^uint32(0)

// stringCells holds strings: as symbols of one dictionary where they have one,
// else as text. Encoded as a uvarint, symbol*2+1 or length*2, and the text.
type stringCells struct {
	dict  batch.Dictionary
	syms  []uint32 // nil as long as all values are text
	texts [][]byte // nil as long as all values are symbols; memory of a group is used again
	shown []shown
	size_ int64
}

func (c *stringCells) grow(n int) {
	if c.texts != nil || c.syms == nil {
		c.texts = grown(c.texts, n)
	}
	if c.syms != nil {
		old := len(c.syms)
		c.syms = grown(c.syms, n)
		for g := old; g < n; g++ {
			c.syms[g] = isText
		}
	}
}

func (c *stringCells) groups() int { return max(len(c.syms), len(c.texts)) }

func (c *stringCells) value(g uint32) []byte {
	if c.syms != nil && c.syms[g] != isText {
		return c.dict.Value(c.syms[g])
	}
	if c.texts == nil {
		return nil
	}
	return c.texts[g]
}

// shown is the text of a group's symbol, as long as that is the symbol.
type shown struct {
	sym  uint32
	text []byte
}

// shownMax is how many groups have their texts at hand.
const shownMax = 1 << 14

// shownText is value, kept at hand for the next time where groups are few; valid until
// that.
func (c *stringCells) shownText(g uint32) []byte {
	if c.syms == nil || c.syms[g] == isText || c.groups() > shownMax {
		return c.value(g)
	}
	c.shown = grown(c.shown, c.groups())
	s := &c.shown[g]
	if sym := c.syms[g]; s.text == nil || s.sym != sym {
		was := cap(s.text)
		s.sym, s.text = sym, append(s.text[:0], c.dict.Value(sym)...)
		if s.text == nil {
			s.text = []byte{}
		}
		c.size_ += int64(cap(s.text) - was)
	}
	return s.text
}

func (c *stringCells) setText(g uint32, text []byte) {
	if c.texts == nil {
		c.texts = make([][]byte, c.groups())
	}
	if c.syms != nil {
		c.syms[g] = isText
	}
	was := cap(c.texts[g])
	c.texts[g] = append(c.texts[g][:0], text...)
	c.size_ += int64(cap(c.texts[g]) - was)
}

// accept tells whether symbols of dict can be kept, and binds it while all values are
// text; those of a second dictionary turn all to text.
func (c *stringCells) accept(dict batch.Dictionary) bool {
	if c.dict == dict {
		return true
	}
	if c.dict == nil && c.syms == nil {
		c.bind(dict)
		return true
	}
	c.portable()
	return false
}

func (c *stringCells) bind(dict batch.Dictionary) {
	if dict == nil || c.dict == dict {
		return
	}
	c.portable()
	c.dict, c.shown = dict, nil
	c.syms = make([]uint32, c.groups())
	for g := range c.syms {
		c.syms[g] = isText
	}
}

func (c *stringCells) dictionary() batch.Dictionary { return c.dict }

func (c *stringCells) portable() {
	for g, sym := range c.syms {
		if sym != isText {
			c.setText(uint32(g), c.dict.Value(sym))
		}
	}
	if c.syms != nil && c.texts == nil {
		c.texts = make([][]byte, len(c.syms))
	}
	c.syms, c.dict = nil, nil
}

func (c *stringCells) set(g uint32, v *batch.Vector, row int) {
	s, ok := v.Data.(batch.Symbols)
	if !ok {
		c.setText(g, v.Data.(batch.Strings).At(row))
		return
	}
	if code := s.Codes[row]; code&batch.OverlayBit == 0 && c.accept(s.Dict) {
		c.syms[g] = code
		return
	}
	c.setText(g, s.At(row))
}

func (c *stringCells) take(g uint32, src cells, h uint32) {
	o := src.(*stringCells)
	if o.syms != nil && o.syms[h] != isText && c.accept(o.dict) {
		c.syms[g] = o.syms[h]
		return
	}
	c.setText(g, o.value(h))
}

func (c *stringCells) compare(g uint32, v *batch.Vector, row int) int {
	s, ok := v.Data.(batch.Symbols)
	if !ok {
		return bytes.Compare(c.value(g), v.Data.(batch.Strings).At(row))
	}
	if c.syms != nil && c.syms[g] == s.Codes[row] && c.dict == s.Dict {
		return 0
	}
	return bytes.Compare(c.value(g), s.At(row))
}

func (c *stringCells) compareCell(g uint32, src cells, h uint32) int {
	return bytes.Compare(c.value(g), src.(*stringCells).value(h))
}

func (c *stringCells) encode(dst []byte, g uint32, form Form) []byte {
	if form == Local && c.syms != nil && c.syms[g] != isText {
		return binary.AppendUvarint(dst, uint64(c.syms[g])<<1|1)
	}
	text := c.value(g)
	return append(binary.AppendUvarint(dst, uint64(len(text))<<1), text...)
}

func (c *stringCells) decode(r *reader, g uint32, form Form) {
	n := r.uvarint()
	if n&1 == 0 {
		if n>>1 > uint64(len(r.buf)) {
			r.bad = true
			return
		}
		c.setText(g, r.take(int(n>>1)))
		return
	}
	if form != Local || c.dict == nil || n>>1 >= uint64(c.dict.Len()) {
		r.bad = true
		return
	}
	c.syms[g] = uint32(n >> 1)
}

func (c *stringCells) appendTo(b *batch.Builder, g uint32) {
	b.Str.Append(c.value(g))
	b.NotNull()
}

func (c *stringCells) size() int64 {
	return int64(cap(c.syms))*4 + int64(cap(c.texts))*24 + int64(cap(c.shown))*32 + c.size_
}

// boxedCells holds arrays and tuples, each as a vector of one row.
type boxedCells struct {
	elem  types.Type
	nulls nullOrder
	boxes []*batch.Vector
	size_ int64
}

func (c *boxedCells) grow(n int) { c.boxes = grown(c.boxes, n) }

func (c *boxedCells) put(g uint32, box *batch.Vector) {
	if old := c.boxes[g]; old != nil {
		c.size_ -= old.SizeBytes()
	}
	c.boxes[g] = box
	c.size_ += box.SizeBytes()
}

func (c *boxedCells) set(g uint32, v *batch.Vector, row int) {
	b := batch.NewBuilder(c.elem, 1)
	b.AppendRow(v, row)
	c.put(g, b.Finish())
}

func (c *boxedCells) take(g uint32, src cells, h uint32) {
	if box := src.(*boxedCells).boxes[h]; box != nil {
		c.put(g, box)
	}
}

func (c *boxedCells) compare(g uint32, v *batch.Vector, row int) int {
	return compareRows(c.boxes[g], 0, v, row, c.nulls)
}

func (c *boxedCells) compareCell(g uint32, src cells, h uint32) int {
	return compareRows(c.boxes[g], 0, src.(*boxedCells).boxes[h], 0, c.nulls)
}

func (c *boxedCells) encode(dst []byte, g uint32, _ Form) []byte {
	return appendValue(dst, c.boxes[g], 0)
}

func (c *boxedCells) decode(r *reader, g uint32, _ Form) {
	b := batch.NewBuilder(c.elem, 1)
	readValue(r, b)
	if !r.bad {
		c.put(g, b.Finish())
	}
}

func (c *boxedCells) appendTo(b *batch.Builder, g uint32) { b.AppendRow(c.boxes[g], 0) }

func (c *boxedCells) bind(batch.Dictionary)        {}
func (c *boxedCells) dictionary() batch.Dictionary { return nil }
func (c *boxedCells) portable()                    {}
func (c *boxedCells) size() int64                  { return int64(cap(c.boxes))*8 + c.size_ }
