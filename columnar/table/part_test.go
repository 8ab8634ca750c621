package table_test

import (
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/entry"
	"github.com/freshetdb/freshet/columnar/expr"
	"github.com/freshetdb/freshet/columnar/memtable"
	"github.com/freshetdb/freshet/columnar/segment"
	"github.com/freshetdb/freshet/columnar/table"
	"github.com/freshetdb/freshet/columnar/types"
	"github.com/freshetdb/freshet/columnar/vfs"
)

// definition makes a definition from "name type" pairs; column ids count from 1.
func definition(columns ...string) *table.Def {
	d := &table.Def{ID: 1, Database: "default", Name: "t", Kind: table.Events}
	for i, c := range columns {
		name, typ, _ := strings.Cut(c, " ")
		d.Schema.Columns = append(d.Schema.Columns, types.Column{
			ID: uint32(i + 1), Name: name, TypeName: typ, Type: types.MustParse(typ),
		})
	}
	return d
}

func column(d *table.Def, id int) *expr.Column {
	c := d.Schema.Columns[id-1]
	return &expr.Column{Pos: id, Name: c.Name, T: c.Type}
}

func call(t *testing.T, f string, args ...expr.Expr) expr.Expr {
	t.Helper()
	e, err := expr.NewCall(expr.Background(), f, args)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func newTable(t *testing.T, d *table.Def) *table.Table {
	t.Helper()
	tab, err := table.New(d, &table.Env{})
	if err != nil {
		t.Fatal(err)
	}
	return tab
}

func add(t *testing.T, tab *table.Table, rows int, vs ...*batch.Vector) {
	t.Helper()
	e := &entry.Entry{Kind: entry.Insert, Rows: rows, SchemaVersion: tab.Def.Schema.Version}
	for i, v := range vs {
		e.Columns = append(e.Columns, entry.Column{ID: tab.Def.Schema.Columns[i].ID, Vector: v})
	}
	b, err := tab.Convert(e)
	if err != nil {
		t.Fatal(err)
	}
	tab.Append(tab.Number(b), 1)
}

// parts gives the rows of a table as they are in memory, and as a segment.
func parts(t *testing.T, tab *table.Table) map[string]table.Part {
	t.Helper()
	out := map[string]table.Part{"memory": tab.View().Parts()[0]}
	v := tab.View()
	tab.Seal()
	var chunks []*batch.Batch
	for _, c := range tab.Runs[0].Rows.Chunks {
		b, err := v.Chunk(c)
		if err != nil {
			t.Fatal(err)
		}
		chunks = append(chunks, b)
	}
	at := segment.Place{FS: vfs.NewMem(), Name: "s"}
	meta, err := segment.Write(at, &tab.Def.Schema, chunks, segment.Options{})
	if err != nil {
		t.Fatal(err)
	}
	f, err := segment.Open(at, &meta)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Release() })
	tab.Runs = nil
	tab.Touch()
	tab.Segments = []*table.Segment{{File: f}}
	out["segment"] = tab.View().Parts()[0]
	return out
}

func text(v *batch.Vector) []string {
	var out []string
	for i := range v.Len {
		if v.IsNull(i) {
			out = append(out, "NULL")
			continue
		}
		out = append(out, string(expr.AppendValue(nil, v, i, nil)))
	}
	return out
}

func of[T batch.Fixed](typ string, values ...T) *batch.Vector {
	return batch.NewFixed(types.MustParse(typ), values, nil)
}

// TestBoundsAreValues compares the bounds of granules with the values, for every
// type that has bounds.
func TestBoundsAreValues(t *testing.T) {
	nan := math.NaN()
	for _, c := range []struct {
		name   string
		v      *batch.Vector
		lo, hi string
	}{
		{"UInt8", of[uint8]("UInt8", 3, 1, 200), "1", "200"},
		{"Bool", of[uint8]("Bool", 1, 0, 1), "false", "true"},
		{"UInt64", of[uint64]("UInt64", math.MaxUint64, 5, 7), "5", "18446744073709551615"},
		{"Int8", of[int8]("Int8", -128, 127, 0), "-128", "127"},
		{"Int16", of[int16]("Int16", -300, 5, 0), "-300", "5"},
		{"Int64", of("Int64", int64(math.MinInt64), 5, math.MaxInt64), "-9223372036854775808", "9223372036854775807"},
		{"Date", of[uint16]("Date", 20000, 19999, 20001), "2024-10-03", "2024-10-05"},
		{"Date32", of[int32]("Date32", -5, 0, 3), "1969-12-27", "1970-01-04"},
		{"DateTime", of[uint32]("DateTime", 60, 0, 3600), "1970-01-01 00:00:00", "1970-01-01 01:00:00"},
		{"DateTime64(3)", of[int64]("DateTime64(3)", -1, 0, 1500), "1969-12-31 23:59:59.999", "1970-01-01 00:00:01.500"},
		{"Decimal(18, 2)", of[int64]("Decimal(18, 2)", -150, 0, 999), "-1.5", "9.99"},
		{"Float32", of[float32]("Float32", -1.5, 0, 2.25), "-1.5", "2.25"},
		{"Float64", of("Float64", math.Inf(-1), 0, 1e300), "-inf", "1e300"},
		{"NaN is above", of("Float64", 3, nan, 7), "3", "inf"},
		{"only NaN", of("Float64", nan, nan, nan), "inf", "inf"},
		{"NULLs are left out", batch.NewFixed(types.MustParse("Nullable(Int32)"), []int32{0, 4, 9}, []bool{true, false, false}), "4", "9"},
		{"only NULLs", batch.NewFixed(types.MustParse("Nullable(Int32)"), []int32{0, 0, 0}, []bool{true, true, true}), "NULL", "NULL"},
	} {
		tab := newTable(t, definition("c "+c.v.Type.String()))
		add(t, tab, 3, c.v)
		for where, p := range parts(t, tab) {
			lo, hi := p.Bounds(&tab.Def.Schema.Columns[0])
			if lo == nil && where == "segment" && (c.name == "only NULLs" || c.name == "only NaN") {
				continue
			}
			if lo == nil || text(lo)[0] != c.lo || text(hi)[0] != c.hi || lo.Len != 1 {
				t.Errorf("%s in %s: bounds %v, %v, expected %s, %s", c.name, where, lo, hi, c.lo, c.hi)
			}
		}
	}
	for _, typ := range []string{"String", "UUID", "Array(Int32)", "Decimal(30, 2)", "Enum8('a' = 1)", "IPv4"} {
		tab := newTable(t, definition("c "+typ))
		add(t, tab, 3)
		for where, p := range parts(t, tab) {
			if lo, hi := p.Bounds(&tab.Def.Schema.Columns[0]); lo != nil || hi != nil {
				t.Errorf("%s in %s has bounds %v, %v", typ, where, lo, hi)
			}
		}
	}
}

func strings1(values ...string) *batch.Vector {
	var s batch.Strings
	for _, v := range values {
		s.AppendString(v)
	}
	return batch.NewStrings(types.Of(types.String), s, nil)
}

// TestMayContain never denies a value that is there, and denies one that is
// nowhere.
func TestMayContain(t *testing.T) {
	d := definition("code String", "plain String", "fixed FixedString(2)")
	tab := newTable(t, d)
	add(t, tab, 1, strings1("first"), strings1("first"), nil2("xy"))
	tab.Dictionary(2).Plain = true
	tab = reset(t, tab)
	add(t, tab, 3, strings1("a", "b", "a"), strings1("first", "free", "text"), nil2("aa", "bb", "cc"))
	for where, p := range parts(t, tab) {
		for _, c := range []struct {
			col   int
			value string
			want  bool
		}{
			{0, "a", true},
			{0, "b", true},
			{0, "nowhere", false},
			{1, "first", true},
			{1, "free", true},
			{1, "text", true},
			{2, "aa", true},
			{2, "cc", true},
		} {
			if got := mayContain(p, &d.Schema.Columns[c.col], c.value); got != c.want {
				t.Errorf("%s: column %d may contain %q: %t, expected %t", where, c.col, c.value, got, c.want)
			}
		}
	}
	rows := []*batch.Vector{strings1("a", "a", "a", "b"), strings1("free", "free", "free", "free"), nil2("aa", "aa", "aa", "aa")}
	p := parts(t, reset(t, tab, rows...))["segment"]
	if mayContain(p, &d.Schema.Columns[0], "first") || mayContain(p, &d.Schema.Columns[1], "other") {
		t.Error("the segment may contain values of the dictionary, or text, that are not in it")
	}
}

// mayContain asks of the first granule.
func mayContain(p table.Part, col *types.Column, value string) bool {
	granules := p.MayContain(col, []byte(value))
	return granules == nil || granules[0]
}

func nil2(values ...string) *batch.Vector {
	return strings1(values...).WithType(types.MustParse("FixedString(2)"))
}

// reset takes all rows out and adds others.
func reset(t *testing.T, tab *table.Table, row ...*batch.Vector) *table.Table {
	t.Helper()
	tab.Seal()
	tab.Runs, tab.Segments = nil, nil
	tab.Touch()
	if row != nil {
		add(t, tab, row[0].Len, row...)
	}
	return tab
}

// TestTextWithoutSymbol reads what a dictionary can't hold.
func TestTextWithoutSymbol(t *testing.T) {
	d := definition("s String")
	tab := newTable(t, d)
	long := strings.Repeat("x", 1<<20+1)
	add(t, tab, 3, strings1("a", long, "b"))
	if n := tab.Dictionary(1).Dict.View().Len(); n != 2 {
		t.Errorf("%d symbols, expected 2: the long value has none", n)
	}
	for where, p := range parts(t, tab) {
		v, err := p.Read(&d.Schema.Columns[0], 0, 3)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]string{"a", long, "b"}, text(v)); diff != "" {
			t.Errorf("%s: %d bytes of difference", where, len(diff))
		}
	}
}

// TestReadAsWider reads rows from before ALTER … MODIFY and ADD COLUMN.
func TestReadAsWider(t *testing.T) {
	old := definition("n Int32", "d Date", "s String", "dec Decimal(9, 2)", "f Float32")
	tab := newTable(t, old)
	add(t, tab, 1, of[int32]("Int32", -7), of[uint16]("Date", 20000), strings1("x"), of[int64]("Decimal(9, 2)", 150), of[float32]("Float32", 1.5))
	parts(t, tab) // They are a segment from here on.
	d := definition("n Int64", "d Date32", "s Nullable(String)", "dec Decimal(18, 4)", "f Float64", "added Nullable(String)", "more Array(String)")
	d.Schema.Version = 1
	if err := tab.SetDef(d); err != nil {
		t.Fatal(err)
	}
	add(t, tab, 1, of[int64]("Int64", 1<<40), of[int32]("Date32", -1), strings1("y"), of[int64]("Decimal(18, 4)", 15001), of("Float64", 0.1))
	var got [][]string
	for _, p := range tab.View().Parts() {
		var row []string
		for i := range d.Schema.Columns {
			v, err := p.Read(&d.Schema.Columns[i], 0, 1)
			if err != nil {
				t.Fatal(err)
			}
			if !v.Type.Equal(d.Schema.Columns[i].Type) {
				t.Errorf("column %d is read as %s", i, v.Type)
			}
			row = append(row, text(v)...)
		}
		got = append(got, row)
	}
	want := [][]string{
		{"-7", "2024-10-04", "x", "1.5", "1.5", "NULL", "[]"},
		{"1099511627776", "1969-12-31", "y", "1.5001", "0.1", "NULL", "[]"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// TestOldChunksAreConverted reads rows in memory from before ALTER … MODIFY.
func TestOldChunksAreConverted(t *testing.T) {
	tab := newTable(t, definition("n Int32", "s String"))
	add(t, tab, 2, of[int32]("Int32", 5, -5), strings1("x", "y"))
	d := definition("n Nullable(Int64)", "s LowCardinality(Nullable(String))")
	d.Schema.Version = 1
	if err := tab.SetDef(d); err != nil {
		t.Fatal(err)
	}
	v, err := tab.View().Parts()[0].Read(&d.Schema.Columns[0], 0, 2)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"5", "-5"}, text(v)); diff != "" || !v.Type.Equal(d.Schema.Columns[0].Type) {
		t.Errorf("%s of type %s", diff, v.Type)
	}
	v, err = tab.View().Parts()[0].Read(&d.Schema.Columns[1], 0, 2)
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := v.Data.(batch.Symbols); !ok || text(v)[1] != "y" || !v.Type.Nullable {
		t.Errorf("text became %T of type %s", v.Data, v.Type)
	}
}

// TestLargePartsHaveGranules reads and bounds more than one granule.
func TestLargePartsHaveGranules(t *testing.T) {
	d := definition("n UInt32")
	tab := newTable(t, d)
	rows := memtable.ChunkRows - 100
	values := make([]uint32, rows)
	for i := range values {
		values[i] = uint32(i)
	}
	add(t, tab, rows, of("UInt32", values...))
	for where, p := range parts(t, tab) {
		lo, hi := p.Bounds(&d.Schema.Columns[0])
		los, his := batch.Values[uint32](lo), batch.Values[uint32](hi)
		for g := range los {
			wantHi := uint32(min((g+1)*segment.GranuleRows, rows) - 1)
			if los[g] != uint32(g*segment.GranuleRows) || his[g] != wantHi {
				t.Fatalf("%s: granule %d is bounded by %d and %d", where, g, los[g], his[g])
			}
		}
		if len(los) != 8 || p.Rows() != rows {
			t.Errorf("%s: %d granules of %d rows", where, len(los), p.Rows())
		}
		v, err := p.Read(&d.Schema.Columns[0], 20_000, 20_003)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]string{"20000", "20001", "20002"}, text(v)); diff != "" {
			t.Errorf("%s: %s", where, diff)
		}
	}
}
