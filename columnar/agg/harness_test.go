package agg

import (
	"flag"
	"fmt"
	"math"
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/zeebo/xxh3"
	"pgregory.net/rapid"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/types"
)

// TestMain runs fewer checks of each of the many properties unless told otherwise.
func TestMain(m *testing.M) {
	if f := flag.Lookup("rapid.checks"); f != nil {
		_ = f.Value.Set("25")
	}
	os.Exit(m.Run())
}

// memDict is a dictionary in memory.
type memDict struct {
	values [][]byte
	codes  map[string]uint32
	nested bool // elements of arrays have symbols too
	sparse bool // values of odd length have no symbols and stand in overlays
}

func newDict() *memDict { return &memDict{codes: map[string]uint32{}} }

func (d *memDict) code(s string) uint32 {
	if c, ok := d.codes[s]; ok {
		return c
	}
	c := uint32(len(d.values))
	d.values, d.codes[s] = append(d.values, []byte(s)), c
	return c
}

// renumber moves the numbers of all values up.
func (d *memDict) renumber(by int) {
	for i := range by {
		d.values = append([][]byte{[]byte("other " + strings.Repeat("x", i))}, d.values...)
	}
	for i, v := range d.values {
		d.codes[string(v)] = uint32(i)
	}
}

func (d *memDict) Len() int                { return len(d.values) }
func (d *memDict) Value(sym uint32) []byte { return d.values[sym] }

func (d *memDict) Lookup(v []byte) (uint32, bool) {
	c, ok := d.codes[string(v)]
	return c, ok
}

func (d *memDict) Hash128(sym uint32) (hi, lo uint64) {
	h := xxh3.Hash128(d.values[sym])
	return h.Hi, h.Lo
}

// spec is a function to test.
type spec struct {
	name   string
	params []*batch.Vector
	args   []string
}

func (s spec) String() string { return fmt.Sprintf("%s(%v)(%v)", s.name, len(s.params), s.args) }

func (s spec) types() []types.Type {
	ts := make([]types.Type, len(s.args))
	for i, a := range s.args {
		ts[i] = types.MustParse(a)
	}
	return ts
}

func (s spec) bind(t interface{ Fatalf(string, ...any) }) Func {
	f, err := New(s.name, s.params, s.types())
	if err != nil {
		t.Fatalf("%s: %v", s, err)
	}
	return f
}

// data is rows for a function.
type data struct {
	groups []uint32
	args   []*batch.Vector
	n      int
}

func (d data) slice(lo, hi int) data {
	out := data{groups: d.groups[lo:hi], n: hi - lo}
	for _, a := range d.args {
		out.args = append(out.args, a.Slice(lo, hi))
	}
	return out
}

const testGroups = 4

// drawData makes random rows; small domains make ties, repeats and NULLs common.
func drawData(t *rapid.T, ts []types.Type) data {
	n := rapid.IntRange(0, 40).Draw(t, "rows")
	d := data{n: n}
	for range n {
		d.groups = append(d.groups, uint32(rapid.IntRange(0, testGroups-1).Draw(t, "group")))
	}
	for _, typ := range ts {
		b := batch.NewBuilder(typ, n)
		for range n {
			drawValue(t, b)
		}
		d.args = append(d.args, b.Finish())
	}
	return d
}

func drawValue(t *rapid.T, b *batch.Builder) {
	if b.Type.Nullable && rapid.IntRange(0, 3).Draw(t, "null") == 0 {
		b.AppendNull()
		return
	}
	v := rapid.IntRange(-3, 12).Draw(t, "value")
	switch b.Type.Phys() {
	case types.PhysU8:
		b.U8 = append(b.U8, uint8(v+3))
	case types.PhysU16:
		b.U16 = append(b.U16, uint16(v+3))
	case types.PhysU32:
		b.U32 = append(b.U32, uint32(v+3))
	case types.PhysU64:
		b.U64 = append(b.U64, uint64(v+3)<<(v+3))
	case types.PhysI8:
		b.I8 = append(b.I8, int8(v))
	case types.PhysI16:
		b.I16 = append(b.I16, int16(v))
	case types.PhysI32:
		b.I32 = append(b.I32, int32(v))
	case types.PhysI64:
		b.I64 = append(b.I64, int64(v)*1000000007)
	case types.PhysI128:
		b.I128 = append(b.I128, types.Int128{Lo: uint64(v), Hi: int64(v)})
	case types.PhysB16:
		b.B16 = append(b.B16, types.Bytes16{byte(v), 9: byte(v * 7)})
	case types.PhysF32:
		b.F32 = append(b.F32, float32(drawFloat(v)))
	case types.PhysF64:
		b.F64 = append(b.F64, drawFloat(v))
	case types.PhysStrings:
		text := fmt.Sprintf("%*d", b.Type.Width, v+3)
		if b.Type.Kind == types.String && v == 0 {
			text = ""
		}
		b.Str.AppendString(text)
	case types.PhysLists:
		for range rapid.IntRange(0, 3).Draw(t, "length") {
			drawValue(t, b.Elems[0])
		}
		b.EndList()
	case types.PhysTuple:
		for _, e := range b.Elems {
			drawValue(t, e)
		}
		b.EndTuple()
	default:
		b.AppendNull()
		return
	}
	b.NotNull()
}

func drawFloat(v int) float64 {
	switch v {
	case 12:
		return math.NaN()
	case 11:
		return math.Copysign(0, -1)
	default:
		return float64(v) * 0.7
	}
}

// asSymbols turns string columns into symbols of dict, and text in the overlay.
func asSymbols(v *batch.Vector, dict *memDict) *batch.Vector {
	if l, ok := v.Data.(batch.Lists); ok && dict.nested {
		c := *v
		c.Data = batch.Lists{Offsets: l.Offsets, Elems: asSymbols(l.Elems, dict)}
		return &c
	}
	s, ok := v.Data.(batch.Strings)
	if !ok {
		return v
	}
	out := batch.Symbols{Dict: dict}
	for i := range v.Len {
		text := string(s.At(i))
		if dict.sparse && len(text)%2 == 1 {
			out.Codes = append(out.Codes, uint32(out.Overlay.Len())|batch.OverlayBit)
			out.Overlay.AppendString(text)
			continue
		}
		out.Codes = append(out.Codes, dict.code(text))
	}
	c := *v
	c.Data = out
	return &c
}

func (d data) symbols(dicts []*memDict) data {
	out := data{groups: d.groups, n: d.n}
	for i, a := range d.args {
		out.args = append(out.args, asSymbols(a, dicts[i]))
	}
	return out
}

// drawDicts makes the dictionaries of the arguments of all ds: they know their
// values from the start, as a dictionary never changes while a query sees it.
func drawDicts(t *rapid.T, ds ...data) []*memDict {
	dicts := make([]*memDict, len(ds[0].args))
	for i := range dicts {
		dicts[i] = newDict()
		dicts[i].sparse = rapid.Bool().Draw(t, "sparse")
	}
	for _, d := range ds {
		d.symbols(dicts)
	}
	return dicts
}

func bound(dicts []*memDict) []batch.Dictionary {
	out := make([]batch.Dictionary, len(dicts))
	for i, d := range dicts {
		out[i] = d
	}
	return out
}

// run makes states of the rows in one pass.
func run(f Func, ds ...data) States {
	s := f.New()
	s.Grow(testGroups)
	for _, d := range ds {
		s.Add(d.groups, d.args, d.n)
	}
	return s
}

func identity(n int) []uint32 {
	out := make([]uint32, n)
	for i := range out {
		out[i] = uint32(i)
	}
	return out
}

// render prints the values of groups [lo, hi), for comparison and for messages.
func render(s States, lo, hi int) []string {
	v := s.Finish(lo, hi)
	out := make([]string, v.Len)
	for i := range out {
		out[i] = renderValue(v, i)
	}
	return out
}

func renderValue(v *batch.Vector, i int) string {
	if v.IsNull(i) {
		return "NULL"
	}
	i = v.Row(i)
	switch d := v.Data.(type) {
	case batch.Strings, batch.Symbols:
		return fmt.Sprintf("%q", v.Bytes(i))
	case batch.Lists:
		var parts []string
		for e := d.Offsets[i]; e < d.Offsets[i+1]; e++ {
			parts = append(parts, renderValue(d.Elems, int(e)))
		}
		return "[" + strings.Join(parts, ",") + "]"
	case []*batch.Vector:
		var parts []string
		for _, p := range d {
			parts = append(parts, renderValue(p, i))
		}
		return "(" + strings.Join(parts, ",") + ")"
	case []float32:
		return renderFloat(float64(d[i]))
	case []float64:
		return renderFloat(d[i])
	case []types.Int128:
		return d[i].String()
	case []types.Bytes16:
		return fmt.Sprintf("%x", d[i])
	default:
		return fmt.Sprint(reflect.ValueOf(v.Data).Index(i).Interface())
	}
}

func renderFloat(f float64) string { return fmt.Sprintf("%.17g", f) }

func check(t interface {
	Helper()
	Fatalf(string, ...any)
}, what string, got, want []string,
) {
	t.Helper()
	for i := range want {
		if !nearly(got[i], want[i]) {
			t.Fatalf("%s: group %d is %s, want %s\ngot  %v\nwant %v", what, i, got[i], want[i], got, want)
		}
	}
}
