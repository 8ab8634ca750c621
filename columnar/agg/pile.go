package agg

import (
	"encoding/binary"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/types"
)

// pile is a column that grows by rows of other columns. Strings stay symbols as
// long as they are of one dictionary; text stands in the pile's own overlay.
type pile struct {
	typ      types.Type
	isString bool
	rows     *batch.Builder // all but strings
	syms     batch.Symbols
	nulls    []bool // of strings; nil while there are none
}

func newPile(t types.Type) *pile {
	p := &pile{typ: t, isString: t.IsString()}
	p.clear()
	return p
}

func (p *pile) clear() {
	if p.isString {
		p.syms, p.nulls = batch.Symbols{Dict: p.syms.Dict}, nil
		return
	}
	p.rows = batch.NewBuilder(p.typ, 0)
}

func (p *pile) len() int {
	if p.isString {
		return len(p.syms.Codes)
	}
	return p.rows.Len()
}

// add appends row i of v.
func (p *pile) add(v *batch.Vector, i int) {
	if !p.isString {
		p.rows.AppendRow(v, i)
		return
	}
	if v.IsNull(i) {
		p.nulls = grown(p.nulls, p.len())
		p.nulls = append(p.nulls, true)
		p.addText(nil)
		return
	}
	if p.nulls != nil {
		p.nulls = append(p.nulls, false)
	}
	if s, ok := v.Data.(batch.Symbols); ok {
		if code := s.Codes[i]; code&batch.OverlayBit == 0 && p.accept(s.Dict) {
			p.syms.Codes = append(p.syms.Codes, code)
			return
		}
	}
	p.addText(v.Bytes(i))
}

// addAll appends all rows of v.
func (p *pile) addAll(v *batch.Vector) {
	if p.isString {
		s, ok := v.Data.(batch.Symbols)
		if ok && s.Overlay.Len() == 0 && v.Nulls == nil && p.nulls == nil && p.accept(s.Dict) {
			p.syms.Codes = append(p.syms.Codes, s.Codes...)
			return
		}
	} else if !p.typ.Nullable && appendFixedRows(p.rows, v.Data) {
		return
	}
	for i := range v.Len {
		p.add(v, i)
	}
}

// appendFixedRows appends a whole column of fixed width; it tells whether it did.
func appendFixedRows(b *batch.Builder, data any) bool {
	switch d := data.(type) {
	case []uint8:
		b.U8 = append(b.U8, d...)
	case []uint16:
		b.U16 = append(b.U16, d...)
	case []uint32:
		b.U32 = append(b.U32, d...)
	case []uint64:
		b.U64 = append(b.U64, d...)
	case []int8:
		b.I8 = append(b.I8, d...)
	case []int16:
		b.I16 = append(b.I16, d...)
	case []int32:
		b.I32 = append(b.I32, d...)
	case []int64:
		b.I64 = append(b.I64, d...)
	case []types.Int128:
		b.I128 = append(b.I128, d...)
	case []types.Bytes16:
		b.B16 = append(b.B16, d...)
	case []float32:
		b.F32 = append(b.F32, d...)
	case []float64:
		b.F64 = append(b.F64, d...)
	default:
		return false
	}
	return true
}

func (p *pile) addText(text []byte) {
	p.syms.Codes = append(p.syms.Codes, uint32(p.syms.Overlay.Len())|batch.OverlayBit)
	p.syms.Overlay.Append(text)
}

// accept tells whether symbols of dict can be kept; those of a second dictionary
// turn the pile to text.
func (p *pile) accept(dict batch.Dictionary) bool {
	if p.syms.Dict == nil && p.len() == 0 {
		p.syms.Dict = dict
	}
	if p.syms.Dict != dict && p.syms.Dict != nil {
		p.portable()
	}
	return p.syms.Dict == dict
}

func (p *pile) bind(dict batch.Dictionary) {
	if p.isString && dict != nil && p.syms.Dict != dict {
		p.portable()
		p.syms.Dict = dict // text in the overlay stays valid under any dictionary
	}
}

func (p *pile) portable() {
	if !p.isString {
		return
	}
	for i, code := range p.syms.Codes {
		if code&batch.OverlayBit == 0 {
			p.syms.Codes[i] = uint32(p.syms.Overlay.Len()) | batch.OverlayBit
			p.syms.Overlay.Append(p.syms.Dict.Value(code))
		}
	}
	p.syms.Dict = nil
}

// vector is the rows so far; it shares memory with the pile, whose rows stay
// what they are.
func (p *pile) vector() *batch.Vector {
	if !p.isString {
		return p.rows.Finish()
	}
	return &batch.Vector{Type: p.typ, Len: p.len(), Nulls: p.nulls, Data: p.syms}
}

// appendRow encodes a row: as appendValue does, but for symbols in the local
// form, which are symbol*2+1 where text has length*2.
func (p *pile) appendRow(dst []byte, v *batch.Vector, i int, form Form) []byte {
	if !p.isString {
		return appendValue(dst, v, i)
	}
	if p.typ.Nullable {
		dst = appendFlag(dst, v.IsNull(i))
		if v.IsNull(i) {
			return dst
		}
	}
	if code := p.syms.Codes[i]; form == Local && code&batch.OverlayBit == 0 {
		return binary.AppendUvarint(dst, uint64(code)<<1|1)
	}
	text := p.syms.At(i)
	return append(binary.AppendUvarint(dst, uint64(len(text))<<1), text...)
}

// readRow reads what appendRow wrote and adds it.
func (p *pile) readRow(r *reader, form Form) {
	if !p.isString {
		readValue(r, p.rows)
		return
	}
	if p.typ.Nullable {
		null := r.flag()
		if null || p.nulls != nil {
			p.nulls = append(grown(p.nulls, p.len()), null)
		}
		if null {
			p.addText(nil)
			return
		}
	}
	n := r.uvarint()
	switch {
	case n&1 == 0:
		if n>>1 > uint64(len(r.buf)) || (p.typ.Width != 0 && n>>1 != uint64(p.typ.Width)) {
			r.bad = true
			n = 0
		}
		p.addText(r.take(int(n >> 1)))
	case form != Local || p.syms.Dict == nil || n>>1 >= uint64(p.syms.Dict.Len()):
		r.bad = true
		p.addText(nil)
	default:
		p.syms.Codes = append(p.syms.Codes, uint32(n>>1))
	}
}

func (p *pile) size() int64 {
	if !p.isString {
		return builderBytes(p.rows)
	}
	return 4*int64(cap(p.syms.Codes)) + int64(cap(p.syms.Overlay.Bytes)) +
		4*int64(cap(p.syms.Overlay.Offsets)) + int64(cap(p.nulls))
}

// builderBytes is about the memory of a builder.
func builderBytes(b *batch.Builder) int64 {
	switch b.Type.Phys() {
	case types.PhysStrings:
		return int64(cap(b.Str.Bytes)) + 4*int64(cap(b.Str.Offsets))
	case types.PhysLists, types.PhysTuple:
		n := 4 * int64(cap(b.Ends))
		for _, e := range b.Elems {
			n += builderBytes(e)
		}
		return n
	default:
		return int64(b.Len() * max(b.Type.Size(), 1))
	}
}

// rowStore holds rows of many groups, each group's in the order in which they came.
type rowStore struct {
	cols   []*pile
	owners []uint32 // group of each row
	counts []uint32 // rows of each group
	index  rowsByGroup
}

func newRowStore(ts ...types.Type) rowStore {
	s := rowStore{cols: make([]*pile, len(ts))}
	for i, t := range ts {
		s.cols[i] = newPile(t)
	}
	return s
}

func (s *rowStore) grow(n int) { s.counts = grown(s.counts, n) }

func (s *rowStore) add(g uint32, args []*batch.Vector, i int) {
	for c, a := range args {
		s.cols[c].add(a, i)
	}
	s.own(g)
}

// addAll adds all rows of the arguments to their groups.
func (s *rowStore) addAll(groups []uint32, args []*batch.Vector) {
	for c, a := range args {
		s.cols[c].addAll(a)
	}
	s.owners = append(s.owners, groups...)
	for _, g := range groups {
		s.counts[g]++
	}
}

// own makes a row that was added to all columns belong to a group.
func (s *rowStore) own(g uint32) {
	s.owners = append(s.owners, g)
	s.counts[g]++
}

// columns is the rows as vectors.
func (s *rowStore) columns() []*batch.Vector {
	out := make([]*batch.Vector, len(s.cols))
	for i, c := range s.cols {
		out[i] = c.vector()
	}
	return out
}

// rows is the row numbers of a group.
func (s *rowStore) rows(g uint32) []uint32 { return s.index.of(s.owners, len(s.counts), g) }

// filter keeps the rows that pass.
func (s *rowStore) filter(keep func(row int) bool) {
	cols, owners := s.columns(), s.owners
	for _, c := range s.cols {
		c.clear()
	}
	s.owners, s.index = nil, rowsByGroup{}
	clear(s.counts)
	for r, g := range owners {
		if keep(r) {
			s.add(g, cols, r)
		}
	}
}

// encode appends a uvarint count and the rows of a group.
func (s *rowStore) encode(dst []byte, g uint32, form Form) []byte {
	cols, rows := s.columns(), s.rows(g)
	dst = binary.AppendUvarint(dst, uint64(len(rows)))
	for _, r := range rows {
		for i, c := range s.cols {
			dst = c.appendRow(dst, cols[i], int(r), form)
		}
	}
	return dst
}

// decode reads the rows of an empty group; the store is undefined when r is bad after.
func (s *rowStore) decode(r *reader, g uint32, form Form) {
	for n := r.count(1); n > 0 && !r.bad; n-- {
		for _, c := range s.cols {
			c.readRow(r, form)
		}
		s.own(g)
	}
}

func (s *rowStore) bind(dicts []batch.Dictionary) {
	for i, c := range s.cols {
		c.bind(dicts[i])
	}
}

func (s *rowStore) dictionaries() []batch.Dictionary {
	out := make([]batch.Dictionary, len(s.cols))
	for i, c := range s.cols {
		out[i] = c.syms.Dict
	}
	return dictionaries(out...)
}

func (s *rowStore) portable() {
	for _, c := range s.cols {
		c.portable()
	}
}

func (s *rowStore) size() int64 {
	n := 4 * int64(cap(s.owners)+cap(s.counts)+cap(s.index.rows)+cap(s.index.starts))
	for _, c := range s.cols {
		n += c.size()
	}
	return n
}

// rowsByGroup finds the rows of a group among rows of many, by an index that is
// made when it is first asked for and again when rows were added.
type rowsByGroup struct {
	starts []uint32
	rows   []uint32
	made   int // rows that the index covers
}

func (o *rowsByGroup) of(owners []uint32, groups int, g uint32) []uint32 {
	if o.made != len(owners) || len(o.starts) != groups+1 {
		o.build(owners, groups)
	}
	return o.rows[o.starts[g]:o.starts[g+1]]
}

// build sorts the rows by group, keeping their order within each.
func (o *rowsByGroup) build(owners []uint32, groups int) {
	o.starts = make([]uint32, groups+1)
	for _, g := range owners {
		o.starts[g+1]++
	}
	for g := range groups {
		o.starts[g+1] += o.starts[g]
	}
	next := cloned(o.starts)
	o.rows = make([]uint32, len(owners))
	for r, g := range owners {
		o.rows[next[g]] = uint32(r)
		next[g]++
	}
	o.made = len(owners)
}
