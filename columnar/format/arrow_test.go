package format_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/ipc"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/format"
	"github.com/freshetdb/freshet/columnar/types"
)

// printArrow shows schema and values of Arrow data.
func printArrow(t testing.TB, name string, data []byte) string {
	var out strings.Builder
	show := func(s *arrow.Schema) {
		for _, f := range s.Fields() {
			fmt.Fprintf(&out, "%s %s %t\n", f.Name, f.Type, f.Nullable)
		}
	}
	mem := memory.NewCheckedAllocator(memory.NewGoAllocator())
	defer mem.AssertSize(t, 0)
	if name == "Arrow" {
		r, err := ipc.NewFileReader(bytes.NewReader(data), ipc.WithAllocator(mem))
		must(t, err)
		defer func() { must(t, r.Close()) }()
		show(r.Schema())
		for i := range r.NumRecords() {
			rec, err := r.RecordBatch(i)
			must(t, err)
			fmt.Fprintln(&out, rec.Columns())
		}
		return out.String()
	}
	r, err := ipc.NewReader(bytes.NewReader(data), ipc.WithAllocator(mem))
	must(t, err)
	defer r.Release()
	show(r.Schema())
	for r.Next() {
		fmt.Fprintln(&out, r.RecordBatch().Columns())
	}
	if err := r.Err(); err != nil && !errors.Is(err, io.EOF) {
		t.Fatal(err)
	}
	return out.String()
}

// TestArrowInput reads ClickHouse's Arrow data into the columns they came from.
func TestArrowInput(t *testing.T) {
	files, err := filepath.Glob("testdata/output/*.ArrowStream")
	must(t, err)
	if len(files) == 0 {
		t.Fatal("no data")
	}
	for _, path := range files {
		base := strings.TrimSuffix(path, "ArrowStream")
		cols, batches := loadResult(t, base+"RowBinaryWithNamesAndTypes")
		want := write(t, "TSV", format.WriteOptions{}, cols, batches)
		for _, name := range []string{"ArrowStream", "Arrow"} {
			t.Run(filepath.Base(base)+name, func(t *testing.T) {
				data, err := os.ReadFile(base + name)
				must(t, err)
				r, err := format.NewReader(name, bytes.NewReader(data), cols, format.ReadOptions{})
				must(t, err)
				got, err := readAll(r, cols, 2, 0)
				must(t, err)
				equal(t, string(want), got, "%s", path)
			})
		}
	}
}

// arrowOf prints one column of values in ArrowStream.
func arrowOf(t testing.TB, typ, tsv string) []byte {
	col := []format.Column{{Name: "v", Type: types.MustParse(typ)}}
	r, err := format.NewBytesReader("TSV", []byte(tsv), col, format.ReadOptions{NoHeaderDetection: true})
	must(t, err)
	rows, err := r.Next(0, 0)
	must(t, err)
	return write(t, "ArrowStream", format.WriteOptions{}, col, []*batch.Batch{rows.Batch})
}

// TestArrowCasts reads columns of other types than ours: what fits is taken,
// what would change is refused.
func TestArrowCasts(t *testing.T) {
	for _, c := range []struct{ from, to, in, want, fault string }{
		{"Int64", "UInt8", "0\n255\n", "0\n255\n", ""},
		{"Int64", "UInt8", "256\n", "", "row 1, column v: Value 256 is outside the range of UInt8"},
		{"Int32", "UInt64", "1\n-1\n", "", "row 2, column v: Value -1 is outside the range of UInt64"},
		{"UInt64", "Int64", "18446744073709551615\n", "", "row 1, column v: Value 18446744073709551615 is outside the range of Int64"},
		{"UInt64", "Float64", "18446744073709551615\n", "18446744073709552000\n", ""},
		{"Float64", "Int32", "5\n-7\n", "5\n-7\n", ""},
		{"Float64", "Int32", "5.5\n", "", "row 1, column v: Value 5.5 is not a whole number of type Int32"},
		{"Float64", "Float32", "0.5\nnan\n", "0.5\nnan\n", ""},
		{"Decimal(18, 4)", "Decimal(9, 2)", "1.25\n", "1.25\n", ""},
		{"Decimal(18, 4)", "Decimal(9, 2)", "1.255\n", "", "row 1, column v: Decimal 12550e-4 does not fit Decimal(9, 2)"},
		{"Int32", "Decimal(9, 2)", "12\n", "12\n", ""},
		{"DateTime64(6)", "DateTime64(3)", "2024-01-02 03:04:05.678901\n", "2024-01-02 03:04:05.678\n", ""},
		{"DateTime64(9)", "DateTime", "2024-01-02 03:04:05.678901234\n", "2024-01-02 03:04:05\n", ""},
		{"DateTime64(3)", "DateTime", "1969-12-31 23:59:59.000\n", "", "row 1, column v: Time -1000 is outside the range of DateTime"},
		{"DateTime64(3)", "Date", "2024-01-02 03:04:05.000\n", "2024-01-02\n", ""},
		{"Date32", "Date", "1960-01-01\n", "", "row 1, column v: Day -3653 is outside the range of Date"},
		{"String", "UInt16", "12\n", "12\n", ""},
		{"String", "DateTime", "2024-01-02T03:04:05Z\n", "2024-01-02 03:04:05\n", ""},
		{"String", "Enum8('a' = 1)", "a\n", "a\n", ""},
		{"String", "Enum8('a' = 1)", "b\n", "", "row 1, column v: Unknown element 'b' for enum, maybe you meant: ['a']"},
		{"Int8", "Enum8('a' = 1)", "2\n", "", "row 1, column v: Value 2 is outside the range of Enum8('a' = 1)"},
		{"Nullable(Int32)", "Int32", "1\n\\N\n", "1\n0\n", ""},
		{"Int32", "Nullable(Int64)", "1\n", "1\n", ""},
		{"Array(Int32)", "Array(UInt8)", "[1,2]\n[]\n", "[1,2]\n[]\n", ""},
		{"Array(Int32)", "Int32", "[1]\n", "", "row 1, column v: Arrow's type list<item: int32> can't be read into a column of type Int32"},
		{"Tuple(a Int32, b String)", "Tuple(b String, a Int64)", "(1,'x')\n", "('x',1)\n", ""},
		{"UUID", "UUID", "01234567-89ab-cdef-0123-456789abcdef\n", "01234567-89ab-cdef-0123-456789abcdef\n", ""},
		{"FixedString(3)", "String", "abc\n", "abc\n", ""},
		{"String", "FixedString(2)", "abc\n", "", "row 1, column v: Too large value for FixedString(2): 3 bytes"},
	} {
		data := arrowOf(t, c.from, c.in)
		cols := []format.Column{{Name: "v", Type: types.MustParse(c.to)}}
		r, err := format.NewBytesReader("ArrowStream", data, cols, format.ReadOptions{})
		must(t, err)
		got, err := readAll(r, cols, 0, 0)
		fault := ""
		if err != nil {
			row, ok := errors.AsType[*format.RowError](err)
			if !ok {
				t.Fatalf("%s to %s: %v", c.from, c.to, err)
			}
			fault = row.Error()
		}
		equal(t, [2]string{c.want, c.fault}, [2]string{got, fault}, "%s to %s", c.from, c.to)
	}
}

// TestArrowColumns finds fields by name: missing ones are reported, others skipped.
func TestArrowColumns(t *testing.T) {
	data := arrowOf(t, "Int32", "5\n6\n")
	cols := []format.Column{
		{Name: "x", Type: types.MustParse("Int32"), HasDefault: true},
		{Name: "v", Type: types.MustParse("Int32")},
	}
	r, err := format.NewBytesReader("ArrowStream", data, cols, format.ReadOptions{})
	must(t, err)
	rows, err := r.Next(0, 0)
	must(t, err)
	equal(t, [][]bool{{true, true}, nil}, rows.Missing, "missing")
	r, err = format.NewBytesReader("ArrowStream", data, cols[:1], format.ReadOptions{RefuseUnknownFields: true})
	must(t, err)
	if _, err := r.Next(0, 0); err == nil {
		t.Error("an unknown field was taken")
	}
}
