package segment_test

import (
	"fmt"
	"math"

	"pgregory.net/rapid"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/types"
)

// dict is a dictionary for tests.
type dict struct {
	values [][]byte
	codes  map[string]uint32
}

func newDict(n int) *dict {
	d := &dict{codes: map[string]uint32{}}
	for i := range n {
		d.add(fmt.Sprintf("symbol-%d", i))
	}
	return d
}

func (d *dict) add(v string) uint32 {
	d.codes[v] = uint32(len(d.values))
	d.values = append(d.values, []byte(v))
	return d.codes[v]
}

func (d *dict) Len() int                           { return len(d.values) }
func (d *dict) Value(sym uint32) []byte            { return d.values[sym] }
func (d *dict) Lookup(v []byte) (uint32, bool)     { c, ok := d.codes[string(v)]; return c, ok }
func (d *dict) Hash128(uint32) (hi, lo uint64)     { return 0, 0 }
func isString(t types.Type) bool                   { return t.Kind == types.String }
func row(v *batch.Vector, i int) string            { return string(appendRow(nil, v, i)) }
func drawInt(t *rapid.T, lo, hi int, w string) int { return rapid.IntRange(lo, hi).Draw(t, w) }

// appendRow prints the value of a row so that equal values print equally and
// the default under a NULL shows.
func appendRow(dst []byte, v *batch.Vector, i int) []byte {
	if v.IsNull(i) {
		dst = append(dst, "NULL/"...)
	}
	i = v.Row(i)
	switch d := v.Data.(type) {
	case []uint8:
		return fmt.Append(dst, d[i])
	case []uint16:
		return fmt.Append(dst, d[i])
	case []uint32:
		return fmt.Append(dst, d[i])
	case []uint64:
		return fmt.Append(dst, d[i])
	case []int8:
		return fmt.Append(dst, d[i])
	case []int16:
		return fmt.Append(dst, d[i])
	case []int32:
		return fmt.Append(dst, d[i])
	case []int64:
		return fmt.Append(dst, d[i])
	case []float32:
		return fmt.Append(dst, math.Float32bits(d[i]))
	case []float64:
		return fmt.Append(dst, math.Float64bits(d[i]))
	case []types.Int128:
		return fmt.Append(dst, d[i])
	case []types.Bytes16:
		return fmt.Appendf(dst, "%x", d[i])
	case batch.Strings:
		return fmt.Appendf(dst, "%q", d.At(i))
	case batch.Symbols:
		return fmt.Appendf(dst, "%q", d.At(i))
	case batch.Lists:
		dst = append(dst, '[')
		for e := d.Offsets[i]; e < d.Offsets[i+1]; e++ {
			dst = append(appendRow(dst, d.Elems, int(e)), ' ')
		}
		return append(dst, ']')
	default:
		panic(fmt.Sprintf("%T", v.Data))
	}
}

// scalarTypes are the types whose columns have all forms.
var scalarTypes = []string{
	"Bool", "Int8", "Int16", "Int32", "Int64", "UInt8", "UInt16", "UInt32", "UInt64", "Float32", "Float64",
	"Decimal(9, 2)", "Decimal(18, 4)", "Decimal(38, 10)", "String", "FixedString(5)", "Date", "Date32",
	"DateTime", "DateTime64(3)", "Enum8('a' = -2, 'b' = 5)", "Enum16('x' = 300, 'y' = -7)", "UUID", "IPv4", "IPv6",
}

func drawType(t *rapid.T) types.Type {
	typ := types.MustParse(rapid.SampledFrom(scalarTypes).Draw(t, "type"))
	if rapid.Bool().Draw(t, "nullable") {
		typ = typ.AsNullable()
	}
	for range rapid.SampledFrom([]int{0, 0, 0, 1, 2}).Draw(t, "arrays") {
		typ = types.ArrayOf(typ)
	}
	return typ
}

// source makes values of one column: of a span, so that every width occurs.
type source struct {
	base, span uint64
	nulls      int // of ten rows
	symbols    *dict
	overlay    bool
	raw        bool // text that is not UTF-8
	seed       uint64
}

func drawSource(t *rapid.T) *source {
	s := &source{
		base: rapid.SampledFrom([]uint64{0, 1, 100, 1 << 30, 1<<63 - 5, ^uint64(0) - 300}).Draw(t, "base"),
		span: rapid.SampledFrom([]uint64{1, 2, 200, 256, 60_000, 1 << 20, 1 << 40, 0}).Draw(t, "span"),
		seed: rapid.Uint64().Draw(t, "seed"), nulls: rapid.SampledFrom([]int{0, 0, 1, 5, 10}).Draw(t, "nulls"),
		raw: rapid.Bool().Draw(t, "raw"),
	}
	if rapid.Bool().Draw(t, "symbols") {
		s.symbols = newDict(rapid.SampledFrom([]int{1, 3, 255, 256, 70_000}).Draw(t, "dict"))
		s.overlay = rapid.Bool().Draw(t, "overlay")
		if rapid.Bool().Draw(t, "empty symbol") {
			s.symbols.add("")
		}
	}
	return s
}

func (s *source) next() uint64 {
	s.seed += 0x9e3779b97f4a7c15
	z := (s.seed ^ s.seed>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

func (s *source) value() uint64 {
	if s.span == 0 {
		return s.next()
	}
	return s.base + s.next()%s.span
}

// vector makes rows of a type.
func (s *source) vector(t types.Type, rows int) *batch.Vector {
	b := batch.NewBuilder(t, rows)
	for range rows {
		s.append(b)
	}
	v := b.Finish()
	if s.symbols != nil {
		v = s.symbolise(v)
	}
	return v
}

func (s *source) append(b *batch.Builder) {
	if b.Type.Nullable && int(s.next()%10) < s.nulls {
		b.AppendNull()
		return
	}
	n := s.value()
	switch b.Type.Phys() {
	case types.PhysU8:
		b.U8 = append(b.U8, uint8(n))
	case types.PhysU16:
		b.U16 = append(b.U16, uint16(n))
	case types.PhysU32:
		b.U32 = append(b.U32, uint32(n))
	case types.PhysU64:
		b.U64 = append(b.U64, n)
	case types.PhysI8:
		b.I8 = append(b.I8, int8(n))
	case types.PhysI16:
		b.I16 = append(b.I16, int16(n))
	case types.PhysI32:
		b.I32 = append(b.I32, int32(n))
	case types.PhysI64:
		b.I64 = append(b.I64, int64(n))
	case types.PhysI128:
		b.I128 = append(b.I128, types.Int128{Lo: n, Hi: int64(s.next() % 100)})
	case types.PhysB16:
		var v types.Bytes16
		copy(v[:], fmt.Sprintf("%016x", n))
		b.B16 = append(b.B16, v)
	case types.PhysF32:
		b.F32 = append(b.F32, float32(int64(n))/3)
	case types.PhysF64:
		b.F64 = append(b.F64, float64(int64(n))/3)
	case types.PhysStrings:
		b.Str.Append(s.text(b.Type, n))
	case types.PhysLists:
		for range s.next() % 4 {
			s.append(b.Elems[0])
		}
		b.EndList()
	default:
		panic(b.Type.String())
	}
	b.NotNull()
}

func (s *source) text(t types.Type, n uint64) []byte {
	if t.Kind == types.FixedString {
		return fmt.Appendf(nil, "%05d", n%100_000)[:5]
	}
	switch {
	case s.symbols != nil && (!s.overlay || n%3 > 0):
		return s.symbols.values[n%uint64(len(s.symbols.values))]
	case s.raw && n%7 == 0:
		return []byte{0xFF, byte(n), 0}
	case n%5 == 0:
		return nil
	default:
		return fmt.Appendf(nil, "text ü %d", n)
	}
}

// symbolise turns text into codes, and text that has none into overlay.
func (s *source) symbolise(v *batch.Vector) *batch.Vector {
	c := *v
	switch d := v.Data.(type) {
	case batch.Strings:
		if !isString(v.Type) {
			return v
		}
		out := batch.Symbols{Dict: s.symbols}
		for i := range v.Len {
			code, ok := s.symbols.Lookup(d.At(i))
			if !ok && (s.overlay || v.IsNull(i)) {
				code = batch.OverlayBit | uint32(out.Overlay.Len())
				out.Overlay.Append(d.At(i))
			} else if !ok {
				code = s.symbols.add(string(d.At(i)))
			}
			out.Codes = append(out.Codes, code)
		}
		c.Data = out
	case batch.Lists:
		c.Data = batch.Lists{Offsets: d.Offsets, Elems: s.symbolise(d.Elems)}
	}
	return &c
}

// table is a schema with the sources of its columns.
type table struct {
	schema  *types.Schema
	sources []*source
}

func drawTable(t *rapid.T, columns int) *table {
	tab := &table{schema: &types.Schema{Version: 3}}
	for i := range columns {
		typ := drawType(t)
		tab.schema.Columns = append(tab.schema.Columns, types.Column{
			ID: uint32(10 * (i + 1)), Name: fmt.Sprintf("c%d", i), Type: typ, TypeName: typ.String(),
		})
		tab.sources = append(tab.sources, drawSource(t))
	}
	return tab
}

// batch makes rows of the table.
func (tab *table) batch(rows int, signed bool) *batch.Batch {
	b := &batch.Batch{Rows: rows}
	for i, c := range tab.schema.Columns {
		b.Names = append(b.Names, c.Name)
		b.Cols = append(b.Cols, tab.sources[i].vector(c.Type, rows))
	}
	if signed {
		b.Signs = make([]int8, rows)
		for i := range b.Signs {
			b.Signs[i] = 1 - 2*int8(i%2)
		}
	}
	return b
}

func (tab *table) dict(i int) batch.Dictionary {
	if d := tab.sources[i].symbols; d != nil {
		return d
	}
	return nil
}

// concat prints all rows of one column of several batches.
func concat(bs []*batch.Batch, col int) []string {
	var out []string
	for _, b := range bs {
		for i := range b.Rows {
			out = append(out, row(b.Cols[col], i))
		}
	}
	return out
}

func firstDifference(a, b []string) string {
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			return fmt.Sprintf("row %d: %s, want %s", i, a[i], b[i])
		}
	}
	return fmt.Sprintf("%d rows, want %d", len(a), len(b))
}
