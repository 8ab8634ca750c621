package format_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/freshetdb/freshet/columnar/format"
	"github.com/freshetdb/freshet/columnar/types"
)

// What several goroutines read of a large input, or refuse, is what one does: with rows
// of all lengths, line ends in text, malformed rows anywhere, inputs that break off or fail.
func TestReadersSideBySide(t *testing.T) {
	cols := []format.Column{
		{Name: "a", Type: types.MustParse("Int32")},
		{Name: "s", Type: types.MustParse("String")},
	}
	for seed := range uint64(80) {
		r := rand.New(rand.NewPCG(5, seed))
		name := []string{"JSONEachRow", "CSV", "TSV", "CSVWithNames"}[r.IntN(4)]
		data := besideInput(r, name, 1+r.IntN(40_000))
		var fails error
		if r.IntN(8) == 0 {
			fails = errors.New("the line is cut")
		}
		open := func(workers int) (string, error) {
			var in io.Reader = bytes.NewReader(data)
			if r.IntN(2) == 0 {
				in = iotest.HalfReader(in)
			}
			if fails != nil {
				in = io.MultiReader(in, iotest.ErrReader(fails))
			}
			reader, err := format.NewReader(name, in, cols, format.ReadOptions{Workers: workers})
			must(t, err)
			text, err := readAll(reader, cols, 0, 0)
			if c, ok := reader.(io.Closer); ok {
				must(t, c.Close())
			} else if workers > 1 {
				t.Fatalf("%s is read by one", name)
			}
			return text, err
		}
		want, wantErr := open(1)
		got, err := open(1 + r.IntN(4) + 1)
		if got != want || fmt.Sprint(err) != fmt.Sprint(wantErr) {
			t.Fatalf("seed %d, %s of %d bytes: %d bytes of rows and %v; by one %d and %v", seed, name, len(data), len(got), err, len(want), wantErr)
		}
	}
}

// besideInput is rows of a format, some inputs with one that is malformed or breaks off.
func besideInput(r *rand.Rand, name string, rows int) []byte {
	var b bytes.Buffer
	bad := -1
	if r.IntN(2) == 0 {
		bad = r.IntN(rows)
	}
	array, odd := r.IntN(6) == 0, r.IntN(3) == 0
	if name == "CSVWithNames" {
		b.WriteString("a,s\n")
	}
	if name == "JSONEachRow" && array {
		b.WriteString("[")
	}
	for i := range rows {
		text := strings.Repeat("x", r.IntN(30))
		if odd && r.IntN(50) == 0 {
			text = "}\n{"
		}
		number := strconv.Itoa(i)
		if i == bad {
			number = "none"
		}
		switch name {
		case "JSONEachRow":
			if r.IntN(40) > 0 { // else the line end stands as it is
				text = strings.ReplaceAll(text, "\n", `\n`)
			}
			fmt.Fprintf(&b, `{"a":%s,"s":"%s"}`, number, text)
			if array && i < rows-1 {
				b.WriteString(",")
			}
			b.WriteString("\n")
		case "TSV":
			fmt.Fprintf(&b, "%s\t%s\n", number, strings.ReplaceAll(text, "\n", `\n`))
		default:
			fmt.Fprintf(&b, "%s,\"%s\"\n", number, text)
		}
	}
	if name == "JSONEachRow" && array && r.IntN(5) > 0 {
		b.WriteString("]")
	}
	out := b.Bytes()
	if r.IntN(5) == 0 {
		out = out[:len(out)-r.IntN(min(len(out), 40))]
	}
	return out
}
