package format_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/format"
	"github.com/freshetdb/freshet/columnar/types"
)

type outputFile struct {
	Formats []string `json:"formats"`
	Queries map[string]struct {
		Formats  []string       `json:"formats"`
		Settings map[string]any `json:"settings"`
	} `json:"queries"`
}

func writeOptions(settings map[string]any) format.WriteOptions {
	o := format.WriteOptions{NoStatistics: true}
	for k, v := range settings {
		switch k {
		case "extremes":
		case "output_format_pretty_max_rows":
			o.Pretty.MaxRows = int(v.(float64))
		case "output_format_pretty_color":
			o.Pretty.Color = true
		case "output_format_pretty_grid_charset":
			o.Pretty.ASCII = v == "ASCII"
		case "output_format_pretty_row_numbers":
			o.Pretty.OffRowNumbers = true
		case "output_format_json_quote_64bit_integers":
			o.Quote64BitIntegers = true
		case "output_format_json_quote_64bit_floats":
			o.QuoteFloats = true
		case "output_format_json_quote_decimals":
			o.QuoteDecimals = true
		case "output_format_json_quote_denormals":
			o.QuoteDenormals = true
		case "output_format_json_array_of_rows":
			o.ArrayOfRows = true
		case "output_format_csv_crlf_end_of_line", "output_format_tsv_crlf_end_of_line":
			o.CRLF = true
		case "format_csv_delimiter":
			o.CSVDelimiter = v.(string)[0]
		case "date_time_output_format":
			o.DateTime = format.DateTimeISO
			if v == "unix_timestamp" {
				o.DateTime = format.DateTimeTimestamp
			}
		default:
			panic("unknown setting " + k)
		}
	}
	return o
}

// loadResult reads what ClickHouse printed in RowBinaryWithNamesAndTypes.
func loadResult(t testing.TB, path string) (cols []format.Column, batches []*batch.Batch) {
	data, err := os.ReadFile(path)
	must(t, err)
	cols = binaryHeader(t, data)
	r, err := format.NewBytesReader("RowBinaryWithNamesAndTypes", data, cols, format.ReadOptions{})
	must(t, err)
	for {
		rows, err := r.Next(0, 0)
		if errors.Is(err, io.EOF) {
			return cols, batches
		}
		must(t, err)
		batches = append(batches, rows.Batch)
	}
}

// binaryHeader reads names and types in front of RowBinaryWithNamesAndTypes.
func binaryHeader(t testing.TB, data []byte) []format.Column {
	text := func() string {
		n := int(data[0])
		if n >= 0x80 {
			n = n&0x7f | int(data[1])<<7
			data = data[1:]
		}
		s := string(data[1 : 1+n])
		data = data[1+n:]
		return s
	}
	cols := make([]format.Column, data[0])
	data = data[1:]
	for i := range cols {
		cols[i].Name = text()
	}
	for i := range cols {
		tt, err := types.Parse(text())
		must(t, err)
		cols[i].Type = tt
	}
	return cols
}

func write(t testing.TB, name string, o format.WriteOptions, cols []format.Column, batches []*batch.Batch) []byte {
	var out bytes.Buffer
	w, err := format.NewWriter(name, &out, o)
	must(t, err)
	names, ts := make([]string, len(cols)), make([]types.Type, len(cols))
	for i, c := range cols {
		names[i], ts[i] = c.Name, c.Type
	}
	must(t, w.Begin(names, ts))
	rows := int64(0)
	for _, b := range batches {
		must(t, w.Write(b))
		rows += int64(b.Rows)
	}
	must(t, w.End(format.Stats{Rows: rows}))
	if w.ContentType() == "" {
		t.Error("no content type")
	}
	return out.Bytes()
}

// TestOutput holds writers against ClickHouse's bytes.
func TestOutput(t *testing.T) {
	var spec outputFile
	b, err := os.ReadFile("testdata/output.json")
	must(t, err)
	must(t, json.Unmarshal(b, &spec))
	for name, q := range spec.Queries {
		base := filepath.Join("testdata/output", name+".")
		cols, batches := loadResult(t, base+"RowBinaryWithNamesAndTypes")
		formats := q.Formats
		if formats == nil {
			formats = append([]string{"RowBinaryWithNamesAndTypes"}, spec.Formats...)
		}
		for _, f := range formats {
			t.Run(name+"/"+f, func(t *testing.T) {
				want, err := os.ReadFile(base + f)
				must(t, err)
				got := write(t, f, writeOptions(q.Settings), cols, batches)
				if q.Settings["extremes"] != nil {
					got = writeTotals(t, f, cols, batches)
				}
				if f == "Native" && bytes.Contains(want, []byte("LowCardinality")) {
					return // written as plain columns; TestNativeInput reads it
				}
				if strings.HasPrefix(f, "Arrow") {
					equal(t, printArrow(t, f, want), printArrow(t, f, got), "Arrow data differ")
					return
				}
				if !bytes.Equal(want, got) {
					equal(t, strings.Split(string(want), "\n"), strings.Split(string(got), "\n"), "bytes differ")
				}
			})
		}
	}
}

// writeTotals prints the result of the query "totals", whose totals and extremes
// are known.
func writeTotals(t testing.TB, name string, cols []format.Column, batches []*batch.Batch) []byte {
	special := func(n, s []uint64) *batch.Batch {
		u := types.MustParse("UInt64")
		return batch.New([]string{"n", "s"}, []*batch.Vector{batch.NewFixed(u, n, nil), batch.NewFixed(u, s, nil)}, len(n))
	}
	var out bytes.Buffer
	w, err := format.NewWriter(name, &out, format.WriteOptions{NoStatistics: true})
	must(t, err)
	must(t, w.Begin([]string{"n", "s"}, []types.Type{cols[0].Type, cols[1].Type}))
	for _, b := range batches {
		must(t, w.Write(b))
	}
	must(t, w.Totals(special([]uint64{0}, []uint64{3})))
	must(t, w.Extremes(special([]uint64{0, 1}, []uint64{0, 1})))
	must(t, w.End(format.Stats{Rows: 2, RowsBeforeLimit: 3, HasRowsBeforeLimit: true}))
	return out.Bytes()
}

// TestStatistics prints what a query took, as numbers of JSON.
func TestStatistics(t *testing.T) {
	var out bytes.Buffer
	w, err := format.NewWriter("JSON", &out, format.WriteOptions{})
	must(t, err)
	must(t, w.Begin(nil, nil))
	must(t, w.End(format.Stats{ReadRows: 3, ReadBytes: 24, Elapsed: 1500 * time.Microsecond}))
	want := "{\n\t\"meta\":\n\t[\n\t],\n\n\t\"data\":\n\t[\n\n\t],\n\n\t\"rows\": 0,\n\n\t\"statistics\":\n\t{\n" +
		"\t\t\"elapsed\": 0.0015,\n\t\t\"rows_read\": 3,\n\t\t\"bytes_read\": 24\n\t}\n}\n"
	equal(t, want, out.String(), "statistics")
}

// TestConstAndSymbols prints columns that are constant, or whose strings are
// numbers of a dictionary, as their values.
func TestConstAndSymbols(t *testing.T) {
	cols := columns("c Nullable(Int32)", "k String", "l Array(String)", "n Nullable(String)", "t Tuple(Int8, String)")
	r, err := format.NewBytesReader("Values", []byte("(5,'x',['a','b'],NULL,(1,'q'))"), cols, format.ReadOptions{})
	must(t, err)
	one, err := r.Next(0, 0)
	must(t, err)
	vectors := make([]*batch.Vector, len(cols))
	for i, v := range one.Cols {
		vectors[i] = batch.NewConst(v, 2)
	}
	vectors[1] = &batch.Vector{Type: cols[1].Type, Len: 2, Data: batch.Symbols{
		Codes: []uint32{1, batch.OverlayBit}, Dict: words{"zero", "one"}, Overlay: batch.Strings{Offsets: []uint32{0, 4}, Bytes: []byte("over")},
	}}
	b := []*batch.Batch{batch.New(one.Names, vectors, 2)}
	for name, want := range map[string]string{
		"TSV":           "5\tone\t['a','b']\t\\N\t(1,'q')\n5\tover\t['a','b']\t\\N\t(1,'q')\n",
		"CSV":           "5,\"one\",\"['a','b']\",\\N,1,\"q\"\n5,\"over\",\"['a','b']\",\\N,1,\"q\"\n",
		"PrettyNDJSON":  "",
		"RowBinary":     "",
		"ArrowStream":   "",
		"PrettyCompact": "",
		"JSONEachRow":   "{\"c\":5,\"k\":\"one\",\"l\":[\"a\",\"b\"],\"n\":null,\"t\":[1,\"q\"]}\n{\"c\":5,\"k\":\"over\",\"l\":[\"a\",\"b\"],\"n\":null,\"t\":[1,\"q\"]}\n",
		"Values":        "(5,'one',['a','b'],NULL,(1,'q')),(5,'over',['a','b'],NULL,(1,'q'))",
		"JSONStringsEachRow": "{\"c\":\"5\",\"k\":\"one\",\"l\":\"['a','b']\",\"n\":\"ᴺᵁᴸᴸ\",\"t\":\"(1,'q')\"}\n" +
			"{\"c\":\"5\",\"k\":\"over\",\"l\":\"['a','b']\",\"n\":\"ᴺᵁᴸᴸ\",\"t\":\"(1,'q')\"}\n",
	} {
		got := write(t, name, format.WriteOptions{}, cols, b)
		if want != "" {
			equal(t, want, string(got), "%s", name)
			continue
		}
		if !strings.HasPrefix(name, "Pretty") {
			r, err := format.NewBytesReader(name, got, cols, format.ReadOptions{})
			must(t, err)
			back, err := readAll(r, cols, 0, 0)
			must(t, err)
			equal(t, "5\tone\t['a','b']\t\\N\t(1,'q')\n5\tover\t['a','b']\t\\N\t(1,'q')\n", back, "%s", name)
		}
	}
}

// words is a dictionary.
type words []string

func (w words) Len() int                     { return len(w) }
func (w words) Value(s uint32) []byte        { return []byte(w[s]) }
func (w words) Lookup([]byte) (uint32, bool) { return 0, false }
func (w words) Hash128(uint32) (_, _ uint64) { return 0, 0 }

// TestWriteFailure passes on what the output says.
func TestWriteFailure(t *testing.T) {
	cols := columns("a Int32")
	r, err := format.NewBytesReader("TSV", []byte(strings.Repeat("123456\n", 20_000)), cols, format.ReadOptions{})
	must(t, err)
	rows, err := r.Next(0, 0)
	must(t, err)
	for _, f := range format.Names() {
		if !f.Output || f.Name == "Null" {
			continue
		}
		broken := errors.New("client went away")
		w, err := format.NewWriter(f.Name, &brokenWriter{broken}, format.WriteOptions{})
		must(t, err)
		err = w.Begin([]string{"a"}, []types.Type{cols[0].Type})
		if err == nil {
			err = w.Write(rows.Batch)
		}
		if err == nil {
			err = w.End(format.Stats{})
		}
		if !errors.Is(err, broken) {
			t.Errorf("%s: %v", f.Name, err)
		}
	}
}

type brokenWriter struct{ err error }

func (b *brokenWriter) Write([]byte) (int, error) { return 0, b.err }
