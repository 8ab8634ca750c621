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
