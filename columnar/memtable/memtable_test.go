package memtable_test

import (
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"pgregory.net/rapid"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/memtable"
	"github.com/freshetdb/freshet/columnar/segment"
	"github.com/freshetdb/freshet/columnar/types"
)

// dict has the values "0", "1", … of its length.
type dict int

func (d dict) Len() int                       { return int(d) }
func (d dict) Value(sym uint32) []byte        { return fmt.Append(nil, sym) }
func (d dict) Lookup([]byte) (uint32, bool)   { return 0, false }
func (d dict) Hash128(uint32) (hi, lo uint64) { return 0, 0 }

func schemaOf(ts ...string) *types.Schema {
	s := &types.Schema{Version: 1}
	for i, t := range ts {
		s.Columns = append(s.Columns, types.Column{ID: uint32(i + 1), Name: fmt.Sprintf("c%d", i), Type: types.MustParse(t)})
	}
	return s
}

var everyType = []string{
	"UInt8", "UInt16", "UInt32", "UInt64", "Int8", "Int16", "Int32", "Int64", "Float32", "Float64", "Decimal(30, 2)",
	"UUID", "String", "FixedString(2)", "Nullable(Int64)", "Nullable(String)", "Array(Int32)", "Array(Array(String))",
	"Array(Nullable(String))",
}

// appendValue adds a value made of n.
func appendValue(b *batch.Builder, n int) {
	if b.Type.Nullable && n%3 == 0 {
		b.AppendNull()
		return
	}
	switch b.Type.Phys() {
	case types.PhysU8:
		b.U8 = append(b.U8, uint8(n))
	case types.PhysU16:
		b.U16 = append(b.U16, uint16(n))
	case types.PhysU32:
		b.U32 = append(b.U32, uint32(n))
	case types.PhysU64:
		b.U64 = append(b.U64, uint64(n))
	case types.PhysI8:
		b.I8 = append(b.I8, int8(n))
	case types.PhysI16:
		b.I16 = append(b.I16, int16(n))
	case types.PhysI32:
		b.I32 = append(b.I32, int32(n))
	case types.PhysI64:
		b.I64 = append(b.I64, int64(n))
	case types.PhysF32:
		b.F32 = append(b.F32, float32(n))
	case types.PhysF64:
		b.F64 = append(b.F64, float64(n))
	case types.PhysI128:
		b.I128 = append(b.I128, types.Int128From(int64(n)))
	case types.PhysB16:
		b.B16 = append(b.B16, types.Bytes16{byte(n), byte(n >> 8)})
	case types.PhysStrings:
		b.Str.AppendString(string(rune('0'+n%10)) + "x")
	case types.PhysLists:
		for i := range n % 4 {
			appendValue(b.Elems[0], n+i)
		}
		b.EndList()
	default:
		panic(b.Type.String())
	}
	b.NotNull()
}

// symbolise makes every second text a symbol and leaves the rest as overlay.
func symbolise(v *batch.Vector) *batch.Vector {
	c := *v
	switch d := v.Data.(type) {
	case batch.Strings:
		s := batch.Symbols{Dict: dict(1000)}
		for i := range d.Len() {
			if i%2 == 0 {
				s.Codes = append(s.Codes, uint32(i))
				continue
			}
			s.Codes = append(s.Codes, batch.OverlayBit|uint32(s.Overlay.Len()))
			s.Overlay.Append(d.At(i))
		}
		c.Data = s
	case batch.Lists:
		c.Data = batch.Lists{Offsets: d.Offsets, Elems: symbolise(d.Elems)}
	}
	return &c
}

func makeBatch(schema *types.Schema, from, rows int, symbols, minus bool) *batch.Batch {
	b := &batch.Batch{Rows: rows}
	for _, c := range schema.Columns {
		bu := batch.NewBuilder(c.Type, rows)
		for i := range rows {
			appendValue(bu, from+i)
		}
		v := bu.Finish()
		if symbols && c.Type.Kind != types.FixedString {
			v = symbolise(v)
		}
		b.Cols = append(b.Cols, v)
	}
	if minus {
		b.Signs = make([]int8, rows)
		for i := range b.Signs {
			b.Signs[i] = int8(1 - 2*(i%2))
		}
	}
	return b
}

func printRow(v *batch.Vector, i int) string {
	if v.IsNull(i) {
		return "NULL"
	}
	switch d := v.Data.(type) {
	case batch.Strings, batch.Symbols:
		return fmt.Sprintf("%q", v.Bytes(i))
	case batch.Lists:
		var elems []string
		for e := d.Offsets[v.Row(i)]; e < d.Offsets[v.Row(i)+1]; e++ {
			elems = append(elems, printRow(d.Elems, int(e)))
		}
		return fmt.Sprint(elems)
	default:
		return fmt.Sprint(v.Slice(i, i+1).Data)
	}
}

// TestSnapshotsArePrefixes appends random batches and checks every snapshot,
// taken when it was published and again at the end.
func TestSnapshotsArePrefixes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		schema := schemaOf(rapid.SliceOfN(rapid.SampledFrom(everyType), 1, 3).Draw(t, "types")...)
		m := memtable.New(schema)
		want := make([][]string, len(schema.Columns))
		var signs []int8
		var snaps []*memtable.Snapshot
		for range rapid.IntRange(1, 6).Draw(t, "appends") {
			rows := rapid.IntRange(0, 40).Draw(t, "rows")
			b := makeBatch(schema, len(signs), rows, rapid.Bool().Draw(t, "symbols"), rapid.Bool().Draw(t, "minus"))
			if first := m.Append(b, uint64(len(snaps)+1)); first != int64(len(signs)) {
				t.Fatalf("first row %d", first)
			}
			for i := range rows {
				for k := range want {
					want[k] = append(want[k], printRow(b.Cols[k], i))
				}
				sign := int8(1)
				if b.Signs != nil {
					sign = b.Signs[i]
				}
				signs = append(signs, sign)
			}
			if rapid.Bool().Draw(t, "new schema") {
				m.SetSchema(schema)
			}
			snaps = append(snaps, m.Publish())
			checkSnapshot(t, snaps[len(snaps)-1], want, signs)
		}
		for _, s := range snaps {
			cut := make([][]string, len(want))
			for k := range want {
				cut[k] = want[k][:s.Rows]
			}
			checkSnapshot(t, s, cut, signs[:s.Rows])
		}
		if m.SizeBytes() < int64(len(signs)) {
			t.Fatalf("%d rows in %d bytes", len(signs), m.SizeBytes())
		}
	})
}

func checkSnapshot(t *rapid.T, s *memtable.Snapshot, want [][]string, signs []int8) {
	t.Helper()
	got := make([][]string, len(want))
	var gotSigns []int8
	for _, c := range s.Chunks {
		if int(c.FirstRow) != len(gotSigns) {
			t.Fatalf("chunk begins at row %d, want %d", c.FirstRow, len(gotSigns))
		}
		for k := range want {
			v := c.Column(k, dict(1000))
			for i := range c.Rows {
				got[k] = append(got[k], printRow(v, i))
			}
		}
		for i := range c.Rows {
			sign := int8(1)
			if c.Signs != nil {
				sign = c.Signs[i]
			}
			gotSigns = append(gotSigns, sign)
		}
	}
	for k := range want {
		if !slices.Equal(got[k], want[k]) {
			t.Fatalf("column %d: %v, want %v", k, got[k], want[k])
		}
	}
	if !slices.Equal(gotSigns, signs) {
		t.Fatalf("signs %v, want %v", gotSigns, signs)
	}
}

// TestNullsOfAnotherForm appends NULLs as text to a chunk of symbols, as the
// default of an added column comes, and checks that no chunk is begun for them.
func TestNullsOfAnotherForm(t *testing.T) {
	schema := schemaOf("Nullable(String)")
	typ := schema.Columns[0].Type
	m := memtable.New(schema)
	m.Append(makeBatch(schema, 0, 5, true, false), 1)
	m.Append(&batch.Batch{Rows: 3, Cols: []*batch.Vector{batch.NewNulls(typ, 3)}}, 2)
	m.Append(makeBatch(schema, 0, 5, true, false), 3)
	s := m.Publish()
	if len(s.Chunks) != 1 || s.Rows != 13 {
		t.Fatalf("%d chunks, %d rows", len(s.Chunks), s.Rows)
	}
	v := s.Chunks[0].Column(0, dict(9))
	for i := 5; i < 8; i++ {
		if !v.IsNull(i) || len(v.Bytes(i)) != 0 {
			t.Errorf("row %d: %s, %q", i, printRow(v, i), v.Bytes(i))
		}
	}
}

// TestGranulesHaveBounds fills several chunks and prunes by them.
func TestGranulesHaveBounds(t *testing.T) {
	schema := schemaOf("Int64", "String")
	m := memtable.New(schema)
	const rows = memtable.ChunkRows + 3*segment.GranuleRows + 5
	for at := 0; at < rows; at += 1000 {
		m.Append(makeBatch(schema, at, min(1000, rows-at), true, false), 7)
	}
	s := m.Publish()
	if len(s.Chunks) != 2 || s.Chunks[0].Granules() != 8 || s.Chunks[1].Granules() != 4 || s.Chunks[1].Skip(1) != nil {
		t.Fatalf("%d chunks", len(s.Chunks))
	}
	for k, c := range s.Chunks {
		b := c.Skip(0).Bounds
		v := c.Column(0, nil)
		for g := range c.Granules() {
			lo, hi := g*segment.GranuleRows, min(c.Rows, (g+1)*segment.GranuleRows)-1
			if b.Min[g] != segment.Number(v, lo) || b.Max[g] != segment.Number(v, hi) {
				t.Errorf("chunk %d granule %d: bounds %d, %d", k, g, b.Min[g], b.Max[g])
			}
		}
	}
}

// TestReadersRaceWithTheWriter has readers check prefixes while rows come; it
// is of use under the race detector.
func TestReadersRaceWithTheWriter(t *testing.T) {
	schema := schemaOf("Int64", "Nullable(Int64)", "String", "Array(Array(String))")
	var current atomic.Pointer[memtable.Snapshot]
	m := memtable.New(schema)
	current.Store(m.Publish())
	var readers sync.WaitGroup
	var done atomic.Bool
	for range 2 {
		readers.Go(func() {
			for !done.Load() {
				readAll(t, current.Load())
			}
		})
	}
	for i := range 300 {
		m.Append(makeBatch(schema, i*50, 50, i%7 < 5, i%11 == 0), uint64(i))
		current.Store(m.Publish())
	}
	done.Store(true)
	readers.Wait()
	readAll(t, current.Load())
}

func readAll(t *testing.T, s *memtable.Snapshot) {
	rows := int64(0)
	for _, c := range s.Chunks {
		v := c.Column(0, nil)
		for i, n := range batch.Values[int64](v) {
			if n != rows+int64(i) {
				t.Errorf("row %d is %d", rows+int64(i), n)
				return
			}
		}
		for k := 1; k < 4; k++ {
			v := c.Column(k, dict(1000))
			for i := max(0, c.Rows-60); i < c.Rows; i++ {
				printRow(v, i)
			}
		}
		for range c.Signs {
			rows++
		}
		if c.Signs == nil {
			rows += int64(c.Rows)
		}
		if b := c.Skip(0).Bounds; len(b.Min) != c.Granules() {
			t.Errorf("%d granules of %d have bounds", len(b.Min), c.Granules())
		}
	}
	if rows != s.Rows {
		t.Errorf("%d rows of %d", rows, s.Rows)
	}
}
