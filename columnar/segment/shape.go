package segment

import (
	"fmt"
	"math"
	"slices"
	"unicode/utf8"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/types"
)

// Shape is what must be known of all rows of a segment before the first is
// written: the range of each column's values, from which the stored forms are
// chosen. Fill it with Add, batch by batch, or take a segment's own.
type Shape struct {
	cols []shape
	sign shape
}

// shape is the range of one column or of the elements of one array column.
type shape struct {
	rows, nulls int
	bounds      bounds // integers: orders of values; symbols: codes
	symbols     bool   // some rows are symbols
	overlay     bool   // some rows are text, if others are symbols
	text        bool   // some rows are text
	binary      bool   // some text is not UTF-8
	elem        *shape
}

func newShape(t types.Type) shape {
	s := shape{bounds: noBounds()}
	if t.Kind == types.Array {
		e := newShape(t.Elem())
		s.elem = &e
	}
	return s
}

// NewShape starts the shape of a segment of a schema.
func NewShape(schema *types.Schema) *Shape {
	s := &Shape{sign: newShape(types.Of(types.Int8))}
	for _, c := range Stored(schema) {
		s.cols = append(s.cols, newShape(c.Type))
	}
	return s
}

// Stored gives the columns of a schema that segments hold, in the order in
// which [Writer.Append] takes them.
func Stored(schema *types.Schema) []types.Column {
	return slices.DeleteFunc(slices.Clone(schema.Columns), func(c types.Column) bool { return !c.IsStored() })
}

// Add takes the rows of b into account.
func (s *Shape) Add(b *batch.Batch) {
	for i := range s.cols {
		s.cols[i].add(b.Cols[i], 0, b.Cols[i].Len)
	}
	s.addSigns(b.Signs)
}

func (s *Shape) addSigns(signs []int8) {
	if slices.ContainsFunc(signs, func(v int8) bool { return v < 0 }) {
		s.sign.bounds.add(1)
	}
}

func (s *Shape) hasSigns() bool { return !s.sign.bounds.isEmpty() }

// Merge takes all rows of another shape of the same columns into account.
func (s *Shape) Merge(o *Shape) {
	for i := range s.cols {
		s.cols[i].merge(&o.cols[i])
	}
	s.sign.bounds.merge(o.sign.bounds)
}

func (s *shape) merge(o *shape) {
	s.rows += o.rows
	s.nulls += o.nulls
	s.symbols, s.text = s.symbols || o.symbols, s.text || o.text
	s.overlay, s.binary = s.overlay || o.overlay, s.binary || o.binary
	s.bounds.merge(o.bounds)
	if s.elem != nil {
		s.elem.merge(o.elem)
	}
}

func (s *shape) add(v *batch.Vector, lo, hi int) {
	if lo == hi {
		return
	}
	if v.Const {
		// One element stands for all: NULLs are counted, the rest seen once.
		s.rows += hi - lo - 1
		if v.IsNull(0) {
			s.nulls += hi - lo - 1
		}
		lo, hi = 0, 1
	}
	nulls := countNulls(v, lo, hi)
	s.rows += hi - lo
	s.nulls += nulls
	if nulls == hi-lo {
		return
	}
	switch d := v.Data.(type) {
	case batch.Symbols:
		s.symbols = true
		s.addCodes(v, d, lo, hi)
	case batch.Strings:
		s.text = true
		s.binary = s.binary || v.Type.Kind == types.AggregateFunction || !utf8.Valid(d.Bytes[d.Offsets[lo]:d.Offsets[hi]]) || !cutsUTF8(d, lo, hi)
	case batch.Lists:
		s.elem.add(d.Elems, int(d.Offsets[lo]), int(d.Offsets[hi]))
	default:
		if isInteger(v.Type.Phys()) {
			s.bounds.merge(boundsOf(v, lo, hi))
		}
	}
}

// addCodes takes the codes of rows that are not NULL into account.
func (s *shape) addCodes(v *batch.Vector, d batch.Symbols, lo, hi int) {
	least, most := uint32(math.MaxUint32), uint32(0)
	for i, c := range d.Codes[lo:hi] {
		if v.Nulls != nil && v.Nulls[lo+i] {
			continue
		}
		if c&batch.OverlayBit != 0 {
			s.overlay = true
			s.binary = s.binary || !utf8.Valid(d.Of(c))
			continue
		}
		least, most = min(least, c), max(most, c)
	}
	if least <= most {
		s.bounds.merge(bounds{uint64(least), uint64(most)})
	}
}

// cutsUTF8 tells whether values that are valid UTF-8 as a whole are cut at the
// begin of characters.
func cutsUTF8(d batch.Strings, lo, hi int) bool {
	for _, o := range d.Offsets[lo:hi] {
		if int(o) < len(d.Bytes) && !utf8.RuneStart(d.Bytes[o]) && o < d.Offsets[hi] {
			return false
		}
	}
	return true
}

func countNulls(v *batch.Vector, lo, hi int) int {
	if v.Nulls == nil {
		return 0
	}
	n := 0
	for _, null := range v.Nulls[lo:hi] {
		if null {
			n++
		}
	}
	return n
}

func isInteger(p types.Phys) bool { return p >= types.PhysU8 && p <= types.PhysI64 }

// node chooses the stored form of a column or element of the type.
func (s *shape) node(t types.Type) (node, error) {
	n := node{Type: t, Nullable: s.nulls > 0}
	if s.rows > 0 && s.nulls == s.rows {
		n.Form, n.Nullable = formNull, false
		return n, nil
	}
	switch p := t.Phys(); {
	case s.symbols && s.text:
		return node{}, fmt.Errorf("column of type %s has both symbols and text", t)
	case p == types.PhysStrings && s.symbols:
		s.codesNode(&n)
	case p == types.PhysStrings && t.Kind == types.FixedString:
		n.Form, n.Width = formFixed, int(t.Width)
	case p == types.PhysStrings:
		n.Form, n.Binary = formText, s.binary
	case p == types.PhysLists:
		e, err := s.elem.node(t.Elem())
		if err != nil {
			return node{}, err
		}
		n.Form, n.Elem = formList, &e
	case isInteger(p):
		s.integerNode(&n)
	case p == types.PhysNone, p == types.PhysTuple:
		return node{}, fmt.Errorf("column of type %s can't be stored", t)
	default:
		n.Form, n.Width = formRaw, widthOf(p)
	}
	return n, nil
}

func (s *shape) integerNode(n *node) {
	full := widthOf(n.Type.Phys())
	if s.bounds.isEmpty() {
		n.Form, n.Width = formRaw, full
		return
	}
	base := s.bounds.min
	if signedPhys(n.Type.Phys()) {
		base ^= signBit
	}
	width := widthFor(s.bounds.max - s.bounds.min)
	switch {
	case s.bounds.min == s.bounds.max && s.nulls == 0:
		n.Form, n.Base = formConst, base
	case width >= full:
		n.Form, n.Width = formRaw, full
	case int64(base) >= 0 && widthFor(base+s.bounds.max-s.bounds.min) == width:
		n.Form, n.Width = formOffset, width // From zero: nothing to add.
	default:
		n.Form, n.Width, n.Base = formOffset, width, base
	}
}

func (s *shape) codesNode(n *node) {
	n.Overlay, n.Binary = s.overlay, s.binary
	if s.bounds.isEmpty() {
		n.Form, n.Width = formCodes, 1
		return
	}
	most := s.bounds.max
	if n.Overlay {
		most++ // All ones stands for text.
	} else if s.bounds.min == most && s.nulls == 0 {
		n.Form, n.Base, n.Symbols = formConst, most, true
		return
	}
	n.Form, n.Width = formCodes, min(widthFor(most), 4)
}

// widthFor is the bytes of the least unsigned integer that holds v.
func widthFor(v uint64) int {
	switch {
	case v <= math.MaxUint8:
		return 1
	case v <= math.MaxUint16:
		return 2
	case v <= math.MaxUint32:
		return 4
	default:
		return 8
	}
}

// widthOf is the bytes of a value of a physical form of fixed width.
func widthOf(p types.Phys) int {
	switch p {
	case types.PhysU8, types.PhysI8:
		return 1
	case types.PhysU16, types.PhysI16:
		return 2
	case types.PhysU32, types.PhysI32, types.PhysF32:
		return 4
	case types.PhysU64, types.PhysI64, types.PhysF64:
		return 8
	case types.PhysI128, types.PhysB16:
		return 16
	default:
		return 0
	}
}

func signedPhys(p types.Phys) bool { return p >= types.PhysI8 && p <= types.PhysI64 }
