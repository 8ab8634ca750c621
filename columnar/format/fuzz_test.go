package format_test

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/freshetdb/freshet/columnar/chcode"
	"github.com/freshetdb/freshet/columnar/format"
)

// fuzzColumns are of every type that input can be read into.
func fuzzColumns() []format.Column {
	return columns(
		"a Int32", "s String", "n Nullable(Int8)", "u UInt64", "f Float64", "g Float32", "d Decimal(9, 2)",
		"e Decimal(38, 10)", "l Array(Array(Nullable(String)))", "t Tuple(Int8, String)", "v Tuple(x Int8, y Array(Int8))",
		"b Bool", "p Date", "q Date32", "r DateTime('Europe/Berlin')", "w DateTime64(3)", "x Enum8('a' = 1, 'b' = 2)",
		"y Enum16('c' = 300)", "z UUID", "i IPv4", "j IPv6", "k FixedString(3)", "m LowCardinality(Nullable(String))", "h Int32 DEFAULT",
	)
}

// fuzzReader feeds a reader arbitrary input, with all columns and with each
// alone, in one piece and in three bytes: the result must be the same, every
// error must be a user's with a known code, and what was read must be written
// and read again to the same rows.
func fuzzReader(f *testing.F, names ...string) {
	cases, _ := loadInput(f)
	for _, c := range cases {
		if i := slices.Index(names, c.Format); i >= 0 {
			f.Add(uint8(i), uint8(0), c.bytes(f))
			f.Add(uint8(i), uint8(3), c.bytes(f))
		}
	}
	for _, name := range names {
		files, err := filepath.Glob("testdata/output/*." + name)
		must(f, err)
		for _, path := range files {
			data, err := os.ReadFile(path)
			must(f, err)
			f.Add(uint8(0), uint8(0), data[:min(len(data), 1000)])
		}
	}
	all := fuzzColumns()
	f.Fuzz(func(t *testing.T, which, only uint8, data []byte) {
		name, cols := names[int(which)%len(names)], all
		if k := int(only) % (len(all) + 1); k > 0 {
			cols = all[k-1 : k]
		}
		o := format.ReadOptions{MaxRowBytes: 1 << 16, EvalExpr: fakeEval}
		if which >= 128 {
			o.AllowErrorsNum = 3
		}
		once, errOnce := fuzzRead(t, name, bytes.NewReader(data), cols, o)
		slow, errSlow := fuzzRead(t, name, &slowReader{data: data}, cols, o)
		if chcode.Of(errOnce) != chcode.Of(errSlow) || !bytes.Equal(once, slow) {
			t.Fatalf("%s %q:\nin one  %q %v\nin bits %q %v", name, data, once, errOnce, slow, errSlow)
		}
		if len(once) == 0 {
			return
		}
		again, err := fuzzRead(t, "RowBinary", bytes.NewReader(once), cols, format.ReadOptions{})
		if err != nil || !bytes.Equal(once, again) {
			t.Fatalf("RowBinary %q: %q, %v", once, again, err)
		}
	})
}

// fuzzRead reads all rows and prints them in RowBinary.
func fuzzRead(t *testing.T, name string, in io.Reader, cols []format.Column, o format.ReadOptions) ([]byte, error) {
	r, err := format.NewReader(name, in, cols, o)
	must(t, err)
	var out []byte
	for {
		rows, err := r.Next(100, 1<<20)
		if errors.Is(err, io.EOF) {
			return out, nil
		}
		if err != nil {
			if _, ok := errors.AsType[*chcode.Error](err); !ok {
				t.Fatalf("not a user's error: %v", err)
			}
			return nil, err
		}
		for _, c := range rows.Cols {
			if c.Len != rows.Rows {
				t.Fatalf("column of %d rows in a batch of %d", c.Len, rows.Rows)
			}
		}
		out = append(out, write(t, "RowBinary", format.WriteOptions{}, cols, rows1(rows))...)
	}
}

func FuzzJSONEachRow(f *testing.F) { fuzzReader(f, "JSONEachRow") }
func FuzzJSONCompactEachRow(f *testing.F) {
	fuzzReader(f, "JSONCompactEachRow", "JSONCompactEachRowWithNames", "JSONCompactEachRowWithNamesAndTypes")
}

func FuzzTSV(f *testing.F)    { fuzzReader(f, "TSV", "TSVWithNames", "TSVWithNamesAndTypes", "TSVRaw") }
func FuzzCSV(f *testing.F)    { fuzzReader(f, "CSV", "CSVWithNames", "CSVWithNamesAndTypes") }
func FuzzValues(f *testing.F) { fuzzReader(f, "Values") }
func FuzzRowBinary(f *testing.F) {
	fuzzReader(f, "RowBinary", "RowBinaryWithNames", "RowBinaryWithNamesAndTypes")
}
func FuzzNative(f *testing.F) { fuzzReader(f, "Native") }

func FuzzArrow(f *testing.F) { fuzzReader(f, "ArrowStream", "Arrow") }
