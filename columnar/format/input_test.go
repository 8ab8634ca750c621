package format_test

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/chcode"
	"github.com/freshetdb/freshet/columnar/format"
	"github.com/freshetdb/freshet/columnar/types"
)

// inputCase is one line of testdata/input.json.
type inputCase struct {
	Format   string         `json:"format"`
	Columns  string         `json:"columns"`
	Data     string         `json:"data"`
	Hex      string         `json:"hex"`
	Settings map[string]any `json:"settings"`
	// Ours is what we do where it is not what ClickHouse does; Why says why.
	Ours *inputResult `json:"ours"`
	Why  string       `json:"why"`
}

type inputResult struct {
	Rows string      `json:"rows"`
	Code chcode.Code `json:"code"`
}

func (c *inputCase) bytes(t testing.TB) []byte {
	if c.Hex == "" {
		return []byte(c.Data)
	}
	b, err := hex.DecodeString(c.Hex)
	must(t, err)
	return b
}

// columns reads 'a Int32, s String default 7' as the elements of a tuple.
func (c *inputCase) columns(t testing.TB) []format.Column {
	text := c.Columns
	var defaults []bool
	if i := strings.Index(text, " default "); i >= 0 {
		text, defaults = text[:i], []bool{false, false, true}
	}
	tt, err := types.Parse("Tuple(" + text + ")")
	must(t, err)
	cols := make([]format.Column, len(tt.Elems))
	for i, e := range tt.Elems {
		cols[i] = format.Column{Name: tt.Names[i], Type: e, HasDefault: i < len(defaults) && defaults[i]}
	}
	return cols
}

func (c *inputCase) options() format.ReadOptions {
	o := format.ReadOptions{EvalExpr: fakeEval}
	for k, v := range c.Settings {
		switch k {
		case "input_format_allow_errors_num":
			o.AllowErrorsNum = int64(v.(float64))
		case "input_format_allow_errors_ratio":
			o.AllowErrorsRatio = v.(float64)
		case "input_format_skip_unknown_fields":
			o.RefuseUnknownFields = v.(float64) == 0
		case "input_format_null_as_default":
			o.KeepNulls = v.(float64) == 0
		case "date_time_input_format":
			o.BasicDateTime = v == "basic"
		case "format_csv_delimiter":
			o.CSVDelimiter = v.(string)[0]
		default:
			panic("unknown setting " + k)
		}
	}
	return o
}

// fakeEval knows the few expressions of the test data.
func fakeEval(text []byte, t types.Type) (*batch.Vector, int, error) {
	for expr, value := range map[string]string{
		"1+1": "2", "concat('a','b')": "ab", "1.0": "1", "5": "5", "'true'": "true", "DEFAULT": "0",
	} {
		if !bytes.HasPrefix(text, []byte(expr)) {
			continue
		}
		r, err := format.NewBytesReader("TSV", []byte(value+"\n"), []format.Column{{Name: "v", Type: t}},
			format.ReadOptions{NoHeaderDetection: true})
		if err != nil {
			return nil, 0, err
		}
		rows, err := r.Next(0, 0)
		if err != nil {
			return nil, 0, err
		}
		return rows.Cols[0], len(expr), nil
	}
	return nil, 0, chcode.Errorf(chcode.SyntaxError, "Cannot parse expression of type %s here: %s", t, text)
}

// readAll reads everything and prints it as TSV; missing values of columns with
// a default expression as 7.
func readAll(r format.Reader, cols []format.Column, rows, size int) (string, error) {
	var out bytes.Buffer
	names, ts := make([]string, len(cols)), make([]types.Type, len(cols))
	for i, c := range cols {
		names[i], ts[i] = c.Name, c.Type
	}
	w, err := format.NewWriter("TSV", &out, format.WriteOptions{})
	if err != nil {
		return "", err
	}
	if err := w.Begin(names, ts); err != nil {
		return "", err
	}
	for {
		b, err := r.Next(rows, size)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return "", err
		}
		for c, missing := range b.Missing {
			for i, m := range missing {
				if m {
					b.Cols[c].Data.([]int32)[i] = 7
				}
			}
		}
		if err := w.Write(b.Batch); err != nil {
			return "", err
		}
	}
	if _, err := r.Next(1, 1); !errors.Is(err, io.EOF) {
		return "", fmt.Errorf("after the end: %w", err)
	}
	err = w.End(format.Stats{})
	return out.String(), err
}

func loadInput(t testing.TB) ([]inputCase, []inputResult) {
	var cases []inputCase
	var golden []inputResult
	for name, into := range map[string]any{"testdata/input.json": &cases, "testdata/input.golden.json": &golden} {
		b, err := os.ReadFile(name)
		must(t, err)
		must(t, json.Unmarshal(b, into))
	}
	equal(t, len(cases), len(golden), "run testdata/oracle.mjs")
	return cases, golden
}

// TestInput holds readers against what ClickHouse made of the same input, in
// one piece, byte by byte and row by row.
func TestInput(t *testing.T) {
	cases, golden := loadInput(t)
	for i, c := range cases {
		want := golden[i]
		if c.Ours != nil {
			if want == *c.Ours {
				t.Fatalf("case %d is the same as in ClickHouse", i)
			}
			want = *c.Ours
		}
		t.Run(fmt.Sprintf("%d/%s", i, c.Format), func(t *testing.T) {
			data, cols := c.bytes(t), c.columns(t)
			for _, how := range []struct {
				name string
				open func() (format.Reader, error)
				rows int
			}{
				{"bytes", func() (format.Reader, error) { return format.NewBytesReader(c.Format, data, cols, c.options()) }, 0},
				{"stream", func() (format.Reader, error) {
					return format.NewReader(c.Format, bytes.NewReader(data), cols, c.options())
				}, 0},
				{"trickle", func() (format.Reader, error) {
					return format.NewReader(c.Format, iotest.OneByteReader(bytes.NewReader(data)), cols, c.options())
				}, 1},
			} {
				r, err := how.open()
				var got string
				if err == nil {
					got, err = readAll(r, cols, how.rows, 0)
				}
				var code chcode.Code
				if err != nil {
					code = chcode.Of(err)
				}
				equal(t, want, inputResult{Rows: got, Code: code}, "%s\n%s(%s) %q\n%v", how.name, c.Format, c.Columns, data, err)
			}
		})
	}
}
