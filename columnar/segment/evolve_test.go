package segment_test

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/segment"
	"github.com/freshetdb/freshet/columnar/types"
)

func oneColumn(name string, t types.Type) *types.Schema {
	return &types.Schema{Version: 1, Columns: []types.Column{{ID: 1, Name: name, Type: t, TypeName: t.String()}}}
}

// writeOne writes a segment of one column.
func writeOne(t interface{ Fatal(...any) }, v *batch.Vector) *segment.Segment {
	at := newPlace(t)
	b := &batch.Batch{Rows: v.Len, Cols: []*batch.Vector{v}}
	meta, err := segment.Write(at, oneColumn("c", v.Type), []*batch.Batch{b}, segment.Options{})
	if err != nil {
		t.Fatal(err)
	}
	s, err := segment.Open(at, &meta)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestWideningReadsTheSameValues writes a column as one type and reads it as a
// wider one.
func TestWideningReadsTheSameValues(t *testing.T) {
	f := func(from, to string, rows any, want ...string) {
		t.Helper()
		v := &batch.Vector{Type: types.MustParse(from), Len: len(want), Data: rows}
		if v.Type.Nullable {
			v.Nulls = make([]bool, v.Len)
			v.Nulls[v.Len-1] = true
		}
		for _, n := range []int{v.Len, 1} { // One row is stored as a constant.
			s := writeOne(t, v.Slice(0, n))
			c, err := s.Column(1, types.MustParse(to), nil)
			if err != nil {
				t.Errorf("%s as %s: %v", from, to, err)
				return
			}
			var scratch segment.Scratch
			got, err := c.Read(0, n, &scratch)
			if err != nil {
				t.Errorf("%s as %s: %v", from, to, err)
				return
			}
			for i := range n {
				if r := row(got, i); r != want[i] || !got.Type.Equal(types.MustParse(to)) {
					t.Errorf("%s as %s: row %d is %s of %s, want %s", from, to, i, r, got.Type, want[i])
				}
			}
			checkWidenedBounds(t, c, got)
		}
	}
	f("UInt8", "UInt32", []uint8{1, 255}, "1", "255")
	f("UInt8", "Int16", []uint8{1, 255}, "1", "255")
	f("Bool", "UInt8", []uint8{0, 1}, "0", "1")
	f("Int8", "Int64", []int8{-128, 127}, "-128", "127")
	f("Int32", "Int64", []int32{-1 << 31, 1<<31 - 1}, "-2147483648", "2147483647")
	f("Int32", "Nullable(Int64)", []int32{-7, 100}, "-7", "100")
	f("Nullable(UInt16)", "Nullable(UInt64)", []uint16{500, 60_000, 0}, "500", "60000", "NULL/0")
	f("UInt32", "Int64", []uint32{5, 1<<32 - 1}, "5", "4294967295")
	f("Float32", "Float64", []float32{0.5, -2}, "4602678819172646912", "13835058055282163712")
	f("Decimal(9, 2)", "Decimal(18, 4)", []int64{-150, 99}, "-15000", "9900")
	f("Decimal(9, 2)", "Decimal(38, 4)", []int64{-150, 99}, "-15000", "9900")
	f("Decimal(20, 2)", "Decimal(38, 3)", []types.Int128{{Lo: 7}, types.Int128From(-7)}, "70", "-70")
	f("Date", "Date32", []uint16{0, 65_535}, "0", "65535")
	f("DateTime", "DateTime64(3)", []uint32{1, 1 << 31}, "1000", "2147483648000")
	f("DateTime64(3)", "DateTime64(6)", []int64{-5, 7}, "-5000", "7000")
	f("Enum8('a' = -2, 'b' = 5)", "Enum16('b' = 5, 'a' = -2, 'c' = 9)", []int8{-2, 5}, "-2", "5")
	strs := batch.Strings{Offsets: []uint32{0, 1, 3}, Bytes: []byte("abc")}
	f("String", "LowCardinality(String)", strs, `"a"`, `"bc"`)
	f("LowCardinality(String)", "LowCardinality(Nullable(String))", strs, `"a"`, `"bc"`)
	lists := batch.Lists{Offsets: []uint32{0, 1, 3}, Elems: batch.NewFixed(types.Of(types.UInt8), []uint8{4, 5, 200}, nil)}
	f("Array(UInt8)", "Array(Nullable(Int32))", lists, "[4 ]", "[5 200 ]")
}

// checkWidenedBounds looks for each value through the skip index.
func checkWidenedBounds(t *testing.T, c *segment.Column, v *batch.Vector) {
	t.Helper()
	if c.Skip() == nil || c.Skip().Bounds == nil || v.Type.Kind == types.Array {
		return
	}
	for i := range v.Len {
		if v.IsNull(i) {
			continue
		}
		n := segment.Number(v, i)
		if n < c.Skip().Bounds.Min[0] || n > c.Skip().Bounds.Max[0] {
			t.Errorf("%s: %s has number %d outside [%d, %d]", v.Type, row(v, i), n, c.Skip().Bounds.Min[0], c.Skip().Bounds.Max[0])
		}
	}
}

func TestNarrowingIsRefused(t *testing.T) {
	for _, c := range [][2]string{
		{"Int64", "Int32"},
		{"Int32", "UInt64"},
		{"UInt32", "Int32"},
		{"Nullable(Int8)", "Int8"},
		{"Float64", "Float32"},
		{"Decimal(18, 4)", "Decimal(18, 2)"},
		{"Decimal(18, 4)", "Decimal(18, 6)"},
		{"DateTime64(3)", "DateTime"},
		{"String", "FixedString(3)"},
		{"FixedString(3)", "FixedString(4)"},
		{"Enum8('a' = 1)", "Enum8('a' = 2)"},
		{"Enum8('a' = 1)", "Enum8('b' = 1)"},
		{"Array(Int64)", "Array(Int8)"},
		{"Int32", "String"},
		{"Date", "DateTime"},
	} {
		if segment.CanWiden(types.MustParse(c[0]), types.MustParse(c[1])) {
			t.Errorf("%s as %s", c[0], c[1])
		}
	}
}

func TestValueThatOutgrowsItsTypeIsAnError(t *testing.T) {
	s := writeOne(t, batch.NewFixed(types.MustParse("DateTime64(0)"), []int64{1, 1 << 40}, nil))
	c, err := s.Column(1, types.MustParse("DateTime64(9)"), nil)
	if err != nil {
		t.Fatal(err)
	}
	var scratch segment.Scratch
	if _, err := c.Read(0, 1, &scratch); err != nil {
		t.Error(err)
	}
	if v, err := c.Read(0, 2, &scratch); err == nil {
		t.Errorf("read %s", row(v, 1))
	}
}

// TestReaderFillsColumns reads rows as those of a newer schema: a column
// renamed and widened, one dropped, one added with a default that depends on
// another, one added without.
func TestReaderFillsColumns(t *testing.T) {
	u8, i64, str := types.Of(types.UInt8), types.Of(types.Int64), types.Of(types.String)
	old := &types.Schema{Version: 1, Columns: []types.Column{
		{ID: 1, Name: "a", Type: u8}, {ID: 2, Name: "gone", Type: u8}, {ID: 3, Name: "city", Type: str},
	}}
	d := newDict(3)
	b := &batch.Batch{Rows: 3, Signs: []int8{1, -1, 1}, Cols: []*batch.Vector{
		batch.NewFixed(u8, []uint8{1, 2, 3}, nil), batch.NewFixed(u8, []uint8{9, 9, 8}, nil),
		{Type: str, Len: 3, Data: batch.Strings{Offsets: []uint32{0, 8, 8, 16}, Bytes: []byte("symbol-1symbol-9")}},
	}}
	at := newPlace(t)
	if _, err := segment.Write(at, old, []*batch.Batch{b}, segment.Options{}); err != nil {
		t.Fatal(err)
	}
	s, err := segment.Open(at, nil)
	if err != nil {
		t.Fatal(err)
	}
	r, err := s.Reader(segment.ReaderOptions{
		Schema: &types.Schema{Version: 2, Columns: []types.Column{
			{ID: 4, Name: "double", Type: i64},
			{ID: 1, Name: "renamed", Type: i64},
			{ID: 3, Name: "city", Type: str},
			{ID: 5, Name: "plain", Type: str.AsNullable()},
			{ID: 6, Name: "x", Type: i64, Kind: types.Alias},
		}},
		Dict: func(id uint32) batch.Dictionary {
			if id == 3 {
				return d
			}
			return nil
		},
		Fill: func(place int, b *batch.Batch) (*batch.Vector, error) {
			if place == 3 {
				return batch.NewNulls(str.AsNullable(), b.Rows), nil
			}
			out := make([]int64, b.Rows)
			for i, v := range batch.Values[int64](b.Cols[1]) {
				out[i] = 2 * v
			}
			return batch.NewFixed(i64, out, nil), nil
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	got, err := r.Read(1, 3)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []string{"[4 2 \"\" NULL/\"\"]", "[6 3 \"symbol-9\" NULL/\"\"]"} {
		var vs []string
		for _, v := range got.Cols {
			vs = append(vs, row(v, i))
		}
		if fmt.Sprint(vs) != want {
			t.Errorf("row %d: %s, want %s", i, vs, want)
		}
	}
	if _, ok := got.Cols[2].Data.(batch.Symbols); !ok || !slices.Equal(got.Signs, []int8{-1, 1}) {
		t.Errorf("city is %T, signs %v", got.Cols[2].Data, got.Signs)
	}
}

// TestRowsOutsideTheShapeAreRefused gives the writer the shape of other rows.
func TestRowsOutsideTheShapeAreRefused(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		tab := drawTable(t, 1)
		other := &table{schema: tab.schema, sources: []*source{drawSource(t)}}
		shape := segment.NewShape(tab.schema)
		shape.Add(tab.batch(30, false))
		rows := other.batch(30, rapid.Bool().Draw(t, "signed"))
		at := newPlace(t)
		w, err := segment.Create(at, tab.schema, shape, segment.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if err := w.Append(rows); err != nil {
			if err := w.Abort(); err != nil {
				t.Fatal(err)
			}
			if names, _ := at.FS.List("dir"); len(names) > 0 {
				t.Fatalf("files %v are left", names)
			}
			return
		}
		if _, err := w.Finish(); err != nil {
			t.Fatal(err)
		}
		s, err := segment.Open(at, nil)
		if err != nil {
			t.Fatal(err)
		}
		d := other.dict(0)
		if d == nil {
			d = tab.dict(0) // Of NULLs that fit a form of symbols.
		}
		checkColumn(t, s, tab.schema.Columns[0], d, concat([]*batch.Batch{rows}, 0))
	})
}

func TestMixedTextIsRefused(t *testing.T) {
	str := types.Of(types.String)
	text := &batch.Vector{Type: str, Len: 1, Data: batch.Strings{Offsets: []uint32{0, 1}, Bytes: []byte("x")}}
	symbols := &batch.Vector{Type: str, Len: 1, Data: batch.Symbols{Codes: []uint32{0}, Dict: newDict(1)}}
	at := newPlace(t)
	_, err := segment.Write(at, oneColumn("c", str), []*batch.Batch{
		{Rows: 1, Cols: []*batch.Vector{text}}, {Rows: 1, Cols: []*batch.Vector{symbols}},
	}, segment.Options{})
	if err == nil {
		t.Error("text and symbols in one column")
	}
	if names, _ := at.FS.List("dir"); len(names) > 0 {
		t.Errorf("files %v are left", names)
	}
}
