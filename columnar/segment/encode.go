package segment

import (
	"encoding/binary"
	"fmt"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/types"
)

// encoder collects the buffers of one node for one record batch.
type encoder struct {
	node     *node
	rows     int
	nulls    int
	validity []byte
	values   []byte // numbers, codes, fixed strings
	offsets  []byte // uint32: text, lists
	text     []byte
	codes    []uint32 // scratch of takeText
	elem     *encoder
}

func newEncoder(n *node) *encoder {
	e := &encoder{node: n}
	if n.Elem != nil {
		e.elem = newEncoder(n.Elem)
	}
	e.reset()
	return e
}

func (e *encoder) hasOffsets() bool {
	return e.node.Form == formText || e.node.Form == formList || e.node.Overlay
}

// reset forgets the batch and keeps the memory.
func (e *encoder) reset() {
	e.rows, e.nulls = 0, 0
	e.validity, e.values, e.text = e.validity[:0], e.values[:0], e.text[:0]
	if e.hasOffsets() {
		e.offsets = extend(e.offsets[:0], 4)
		clear(e.offsets)
	}
	if e.elem != nil {
		e.elem.reset()
	}
}

// size is the bytes collected so far.
func (e *encoder) size() int {
	n := len(e.validity) + len(e.values) + len(e.offsets) + len(e.text)
	if e.elem != nil {
		n += e.elem.size()
	}
	return n
}

// append adds rows [lo, hi) of v.
func (e *encoder) append(v *batch.Vector, lo, hi int) error {
	if lo == hi {
		return nil
	}
	if v.Const {
		v = v.Slice(lo, hi).Expand()
		lo, hi = 0, hi-lo
	}
	nulls := countNulls(v, lo, hi)
	if e.node.Nullable {
		e.appendValidity(v, lo, hi)
	} else if (nulls > 0) != (e.node.Form == formNull) || (nulls > 0 && nulls < hi-lo) {
		return errShape(e.node)
	}
	var err error
	if nulls == hi-lo {
		e.appendDefaults(nulls)
	} else {
		err = e.appendData(v, lo, hi)
	}
	e.rows += hi - lo
	return err
}

// appendDefaults adds the slots of rows that are all NULL, whatever form their
// vector has. The reader puts defaults that are not zero back.
func (e *encoder) appendDefaults(rows int) {
	n := e.node
	if n.Width > 0 {
		at := len(e.values)
		e.values = extend(e.values, rows*n.Width)
		clear(e.values[at:])
	}
	if n.Form == formText || n.Overlay {
		for range rows {
			e.offsets = binary.LittleEndian.AppendUint32(e.offsets, uint32(len(e.text)))
		}
	}
}

// errShape says that a value is outside the shape that the writer was given.
func errShape(n *node) error {
	return fmt.Errorf("a value of type %s is outside the segment's shape (%s)", n.Type, formNames[n.Form])
}

func (e *encoder) appendData(v *batch.Vector, lo, hi int) error {
	switch n := e.node; n.Form {
	case formConst:
		return e.checkConst(v, lo, hi)
	case formNull:
		return nil
	case formOffset:
		return e.appendOffsets(v, lo, hi)
	case formRaw:
		return e.appendRaw(v, lo, hi)
	case formCodes:
		d, ok := v.Data.(batch.Symbols)
		if !ok {
			return errShape(n)
		}
		return e.appendCodes(v, d, lo, hi)
	case formList:
		d, ok := v.Data.(batch.Lists)
		if !ok {
			return errShape(n)
		}
		return e.appendLists(d, lo, hi)
	default:
		d, ok := v.Data.(batch.Strings)
		if !ok {
			return errShape(n)
		}
		return e.appendStrings(d, lo, hi)
	}
}

func (e *encoder) appendValidity(v *batch.Vector, lo, hi int) {
	rows := e.rows + hi - lo
	for len(e.validity)*8 < rows {
		e.validity = append(e.validity, 0)
	}
	if v.Nulls == nil {
		for i := e.rows; i < rows; i++ {
			e.validity[i>>3] |= 1 << (i & 7)
		}
		return
	}
	for i, null := range v.Nulls[lo:hi] {
		if null {
			e.nulls++
			continue
		}
		k := e.rows + i
		e.validity[k>>3] |= 1 << (k & 7)
	}
}

func (e *encoder) checkConst(v *batch.Vector, lo, hi int) error {
	if e.node.Symbols {
		d, ok := v.Data.(batch.Symbols)
		if !ok {
			return errShape(e.node)
		}
		for _, c := range d.Codes[lo:hi] {
			if uint64(c) != e.node.Base {
				return errShape(e.node)
			}
		}
		return nil
	}
	b, want := boundsOf(v, lo, hi), e.node.Base
	if signedPhys(e.node.Type.Phys()) {
		want ^= signBit
	}
	if b.min != want || b.max != want {
		return errShape(e.node)
	}
	return nil
}

func (e *encoder) appendOffsets(v *batch.Vector, lo, hi int) error {
	n := e.node
	var nulls []bool
	if v.Nulls != nil {
		nulls = v.Nulls[lo:hi]
	}
	at := len(e.values)
	e.values = extend(e.values, (hi-lo)*n.Width)
	var ok bool
	switch d := v.Data.(type) {
	case []uint16:
		ok = narrowTo(e.values[at:], n, d[lo:hi], nulls)
	case []uint32:
		ok = narrowTo(e.values[at:], n, d[lo:hi], nulls)
	case []uint64:
		ok = narrowTo(e.values[at:], n, d[lo:hi], nulls)
	case []int16:
		ok = narrowTo(e.values[at:], n, d[lo:hi], nulls)
	case []int32:
		ok = narrowTo(e.values[at:], n, d[lo:hi], nulls)
	case []int64:
		ok = narrowTo(e.values[at:], n, d[lo:hi], nulls)
	}
	if !ok {
		return errShape(n)
	}
	return nil
}

// narrowTo writes the distances of values from the node's base; false when one
// is too far.
func narrowTo[S integer](dst []byte, n *node, values []S, nulls []bool) bool {
	switch n.Width {
	case 1:
		return narrow(view[uint8](dst), values, S(n.Base), nulls)
	case 2:
		return narrow(view[uint16](dst), values, S(n.Base), nulls)
	default:
		return narrow(view[uint32](dst), values, S(n.Base), nulls)
	}
}

func narrow[D uint8 | uint16 | uint32, S integer](dst []D, src []S, base S, nulls []bool) bool {
	seen := S(0)
	for i, v := range src {
		diff := v - base // Wraps for signed S exactly as the reader adds it back.
		if nulls != nil && nulls[i] {
			diff = 0
		}
		dst[i] = D(diff)
		seen |= diff ^ S(D(diff))
	}
	return seen == 0
}

func (e *encoder) appendRaw(v *batch.Vector, lo, hi int) error {
	at := len(e.values)
	switch d := v.Data.(type) {
	case []uint8:
		e.values = append(e.values, d[lo:hi]...)
	case []uint16:
		e.values = append(e.values, bytesOf(d[lo:hi])...)
	case []uint32:
		e.values = append(e.values, bytesOf(d[lo:hi])...)
	case []uint64:
		e.values = append(e.values, bytesOf(d[lo:hi])...)
	case []int8:
		e.values = append(e.values, bytesOf(d[lo:hi])...)
	case []int16:
		e.values = append(e.values, bytesOf(d[lo:hi])...)
	case []int32:
		e.values = append(e.values, bytesOf(d[lo:hi])...)
	case []int64:
		e.values = append(e.values, bytesOf(d[lo:hi])...)
	case []float32:
		e.values = append(e.values, bytesOf(d[lo:hi])...)
	case []float64:
		e.values = append(e.values, bytesOf(d[lo:hi])...)
	case []types.Int128:
		e.values = append(e.values, bytesOf(d[lo:hi])...)
	case []types.Bytes16:
		e.values = append(e.values, bytesOf(d[lo:hi])...)
	}
	if len(e.values)-at != (hi-lo)*e.node.Width {
		return errShape(e.node)
	}
	return nil
}

func (e *encoder) appendCodes(v *batch.Vector, d batch.Symbols, lo, hi int) error {
	n := e.node
	var nulls []bool
	if v.Nulls != nil {
		nulls = v.Nulls[lo:hi]
	}
	codes := d.Codes[lo:hi]
	if n.Overlay {
		codes = e.takeText(d, codes, nulls)
	}
	at := len(e.values)
	e.values = extend(e.values, len(codes)*n.Width)
	if !narrowTo(e.values[at:], n, codes, nulls) {
		return errShape(n)
	}
	// Text in a shape without it: four bytes would hold its bit. What lies
	// under a NULL is no text.
	if !n.Overlay && n.Width == 4 {
		for i, c := range codes {
			if c&batch.OverlayBit != 0 && (nulls == nil || !nulls[i]) {
				return errShape(n)
			}
		}
	}
	return nil
}

// takeText collects the text of codes that have it and gives the codes as they
// are stored, all ones for text.
func (e *encoder) takeText(d batch.Symbols, codes []uint32, nulls []bool) []uint32 {
	e.codes = e.codes[:0]
	for i, c := range codes {
		if c&batch.OverlayBit != 0 {
			if nulls == nil || !nulls[i] {
				e.text = append(e.text, d.Of(c)...)
			}
			c = e.node.overlayCode()
		}
		e.codes = append(e.codes, c)
		e.offsets = binary.LittleEndian.AppendUint32(e.offsets, uint32(len(e.text)))
	}
	return e.codes
}

func (e *encoder) appendLists(d batch.Lists, lo, hi int) error {
	from, to := d.Offsets[lo], d.Offsets[hi]
	e.shiftOffsets(d.Offsets[lo:hi+1], uint32(e.elem.rows))
	return e.elem.append(d.Elems, int(from), int(to))
}

func (e *encoder) appendStrings(d batch.Strings, lo, hi int) error {
	from, to := d.Offsets[lo], d.Offsets[hi]
	if e.node.Form == formFixed {
		if int(to-from) != (hi-lo)*e.node.Width {
			return errShape(e.node)
		}
		e.values = append(e.values, d.Bytes[from:to]...)
		return nil
	}
	e.shiftOffsets(d.Offsets[lo:hi+1], uint32(len(e.text)))
	e.text = append(e.text, d.Bytes[from:to]...)
	return nil
}

// shiftOffsets adds ends of values whose begin is moved to base.
func (e *encoder) shiftOffsets(offsets []uint32, base uint32) {
	at := len(e.offsets)
	e.offsets = extend(e.offsets, 4*(len(offsets)-1))
	dst := view[uint32](e.offsets[at:])
	delta := base - offsets[0]
	for i, o := range offsets[1:] {
		dst[i] = o + delta
	}
}

// flush hands the buffers of the node and those below to visit, in the order of
// node.buffers, and notes lengths in b.
func (e *encoder) flush(b *indexBatch, visit func([]byte)) {
	n := e.node
	b.lens[n.slot], b.nulls[n.slot] = e.rows, e.nulls
	var bufs [4][]byte
	out := bufs[:0]
	if n.Nullable {
		validity := e.validity
		if e.nulls == 0 {
			validity = nil
		}
		out = append(out, validity)
	}
	switch {
	case n.Overlay:
		out = append(out, e.values, e.offsets, e.text)
	case n.Form == formText:
		out = append(out, e.offsets, e.text)
	case n.Form == formList:
		out = append(out, e.offsets)
	case n.Form == formConst || n.Form == formNull:
	default:
		out = append(out, e.values)
	}
	for _, buf := range out {
		visit(buf)
	}
	if e.elem != nil {
		e.elem.flush(b, visit)
	}
}
