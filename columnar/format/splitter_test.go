package format_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"

	"github.com/freshetdb/freshet/columnar/chcode"
	"github.com/freshetdb/freshet/columnar/format"
	"github.com/freshetdb/freshet/columnar/types"
)

// readParts reads an input in parts, all of them at once.
func readParts(name string, data []byte, cols []format.Column, o format.ReadOptions, size int) (string, error) {
	s, err := format.NewSplitter(name, bytes.NewReader(data), cols, o, size)
	if err != nil {
		return "", err
	}
	type result struct {
		text string
		rows int64
		err  error
	}
	var results []*result
	var wg sync.WaitGroup
	for {
		part, err := s.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			wg.Wait()
			return "", err
		}
		res := &result{}
		results = append(results, res)
		wg.Go(func() {
			res.text, res.err = readAll(s.Open(part), cols, 0, 0)
			res.rows = int64(strings.Count(res.text, "\n"))
		})
	}
	wg.Wait()
	var out strings.Builder
	var before int64
	for _, res := range results {
		if res.err != nil {
			return "", format.Renumber(res.err, before)
		}
		out.WriteString(res.text)
		before += res.rows
	}
	return out.String(), nil
}

// TestSplitter reads every input in parts of all small sizes: rows and codes of
// errors are those of one reader.
func TestSplitter(t *testing.T) {
	cases, _ := loadInput(t)
	for i, c := range cases {
		o := c.options()
		if !format.CanSplit(c.Format) || o.AllowErrorsNum > 0 || o.AllowErrorsRatio > 0 {
			continue
		}
		t.Run(fmt.Sprintf("%d/%s", i, c.Format), func(t *testing.T) {
			data, cols := c.bytes(t), c.columns(t)
			var want string
			r, wantErr := format.NewBytesReader(c.Format, data, cols, o)
			if wantErr == nil {
				want, wantErr = readAll(r, cols, 0, 0)
			}
			for size := 1; size < len(data)+2; size++ {
				got, err := readParts(c.Format, data, cols, o, size)
				if (err == nil) != (wantErr == nil) || got != want {
					t.Fatalf("parts of %d bytes of %q: %q, %v; in one: %q, %v", size, data, got, err, want, wantErr)
				}
				if err != nil && chcode.Of(err) != chcode.Of(wantErr) {
					t.Errorf("parts of %d bytes of %q: %v; in one: %v", size, data, err, wantErr)
				}
			}
		})
	}
}

// TestSplitterRows cuts rows with line ends, quotes and escapes inside.
func TestSplitterRows(t *testing.T) {
	cols := []format.Column{
		{Name: "a", Type: types.MustParse("Int32")},
		{Name: "s", Type: types.MustParse("String")},
		{Name: "l", Type: types.MustParse("Array(String)")},
	}
	texts := []string{"", "plain", "new\nline", `quo"te`, `back\slash`, "tab\t", `"`, `\`, "\n", "a,b", "}\n{", "[", "x\r", "\"\"\n"}
	var tsv strings.Builder
	for i := range 200 {
		s := texts[i%len(texts)]
		fmt.Fprintf(&tsv, "%d\t%s\t['%s','']\n", i, escapeTSV(s), escapeTSV(s))
	}
	r, err := format.NewBytesReader("TSV", []byte(tsv.String()), cols, format.ReadOptions{})
	must(t, err)
	want, err := readAll(r, cols, 0, 0)
	must(t, err)
	r, err = format.NewBytesReader("TSV", []byte(tsv.String()), cols, format.ReadOptions{})
	must(t, err)
	rows, err := r.Next(0, 0)
	must(t, err)
	for _, name := range []string{
		"TSV", "TSVWithNames", "TSVWithNamesAndTypes", "CSV", "CSVWithNames", "CSVWithNamesAndTypes", "JSONEachRow",
		"PrettyJSONEachRow",
	} {
		for _, array := range []bool{false, true} {
			if array && name != "JSONEachRow" {
				continue
			}
			data := write(t, name, format.WriteOptions{ArrayOfRows: array}, cols, rows1(rows))
			in := strings.TrimPrefix(name, "Pretty")
			for _, size := range []int{1, 7, 50, 333, 5000, 1 << 20} {
				got, err := readParts(in, data, cols, format.ReadOptions{}, size)
				must(t, err)
				equal(t, want, got, "%s in parts of %d", name, size)
			}
		}
	}
}

func escapeTSV(s string) string {
	return strings.NewReplacer("\\", `\\`, "\n", `\n`, "\t", `\t`, "\r", `\r`, "'", `\'`).Replace(s)
}

// TestRenumber names the row in the whole input.
func TestRenumber(t *testing.T) {
	cols := []format.Column{{Name: "a", Type: types.MustParse("Int32")}}
	data := []byte(strings.Repeat("1\n", 1000) + "x\n" + strings.Repeat("1\n", 1000))
	_, err := readParts("TSV", data, cols, format.ReadOptions{}, 100)
	row, ok := errors.AsType[*format.RowError](err)
	if !ok || row.Row != 1001 || !strings.Contains(err.Error(), "(at row 1001)") {
		t.Fatalf("%v", err)
	}
}
