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

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/chcode"
	"github.com/freshetdb/freshet/columnar/format"
	"github.com/freshetdb/freshet/columnar/types"
)

func columns(specs ...string) []format.Column {
	cols := make([]format.Column, len(specs))
	for i, s := range specs {
		name, typ, _ := strings.Cut(s, " ")
		typ, def := strings.CutSuffix(typ, " DEFAULT")
		cols[i] = format.Column{Name: name, Type: types.MustParse(typ), HasDefault: def}
	}
	return cols
}

// TestNoAllocationPerRow reads two batches of very different length: what they
// allocate must not differ by more than the growth of a few buffers.
func TestNoAllocationPerRow(t *testing.T) {
	for _, name := range []string{
		"JSONEachRow", "JSONCompactEachRow", "TSV", "CSV", "Values", "RowBinary",
	} {
		allocs := func(rows int) float64 {
			data, cols := events(t, name, rows), eventColumns()
			return testing.AllocsPerRun(3, func() {
				r, err := format.NewBytesReader(name, data, cols, format.ReadOptions{})
				must(t, err)
				got, err := r.Next(rows+1, 1<<30)
				must(t, err)
				if got.Rows != rows {
					t.Fatalf("%s: %d rows", name, got.Rows)
				}
			})
		}
		few, many := allocs(1000), allocs(16_000)
		if many-few > 200 {
			t.Errorf("%s: %.0f allocations for 1000 rows, %.0f for 16000", name, few, many)
		}
	}
}

// TestShuffledKeys reads rows whose keys change places, with unknown ones, white
// space and escapes between.
func TestShuffledKeys(t *testing.T) {
	cols := columns("a Int32", "b String", "c Nullable(Int8)", "d Int32 DEFAULT")
	var in strings.Builder
	var want strings.Builder
	for i := range 300 {
		members := []string{
			fmt.Sprintf(`"a":%d`, i), fmt.Sprintf(`"b" : "v%d\u0041"`, i), fmt.Sprintf(`"\u0063": %d`, i%100),
			fmt.Sprintf(`"x%d":{"a":[1,"}",{"b":null}]}`, i%3),
		}
		k := i % len(members)
		members[0], members[k] = members[k], members[0]
		if i%7 == 0 {
			fmt.Fprintf(&in, "{ %s }\n", strings.Join(members, " ,\t"))
		} else {
			fmt.Fprintf(&in, "{%s}", strings.Join(members, ","))
		}
		fmt.Fprintf(&want, "%d\tv%dA\t%d\t7\n", i, i, i%100)
	}
	r, err := format.NewReader("JSONEachRow", strings.NewReader(in.String()), cols, format.ReadOptions{})
	must(t, err)
	got, err := readAll(r, cols, 17, 0)
	must(t, err)
	equal(t, want.String(), got, "rows")
}

// TestRandomRows reads rows whose keys, order, white space and kinds of values
// change now and then, so that guesses hold for a while and then fail anywhere.
func TestRandomRows(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 9))
	cols := columns("a Int64", "b String", "c Nullable(Int32)", "d Decimal(9, 2)", "e DateTime", "f Array(Int8)")
	var in, want strings.Builder
	order, spaces := r.Perm(9), [3]string{"", "", ""}
	for i := range 5000 {
		if r.IntN(8) == 0 {
			order = r.Perm(9)[:3+r.IntN(7)]
		}
		if r.IntN(15) == 0 {
			for k := range spaces {
				spaces[k] = []string{"", " ", "\n", "\t "}[r.IntN(4)]
			}
		}
		got := [6]string{"0", "", "\\N", "0", "1970-01-01 00:00:00", "[]"}
		in.WriteByte('{')
		for k, o := range order {
			if k > 0 {
				in.WriteString("," + spaces[0])
			}
			member := func(key, value string) { in.WriteString(`"` + key + `"` + spaces[1] + ":" + spaces[2] + value) }
			n := r.IntN(100)
			switch o {
			case 0:
				got[0] = strconv.Itoa(i)
				member("a", []string{got[0], `"` + got[0] + `"`}[n%2])
			case 1:
				got[1] = []string{"plain", "é", "x/y", ""}[n%4]
				member("b", []string{`"plain"`, `"\u00e9"`, `"x\/y"`, `""`}[n%4])
			case 2:
				got[2] = []string{"\\N", "-5"}[n%2]
				member("c", []string{"null", "-5"}[n%2])
			case 3:
				got[3] = []string{"1.5", "12", "-0.25", "7"}[n%4]
				member("d", []string{"1.50", `"12"`, "-0.25", "0.7e1"}[n%4])
			case 4:
				got[4] = "2024-01-02 03:04:05"
				member("e", []string{`"2024-01-02 03:04:05"`, "1704164645", `"2024-01-02T03:04:05Z"`}[n%3])
			case 5:
				got[5] = []string{"[]", "[1,2]"}[n%2]
				member("f", []string{"[]", "[1, 2]"}[n%2])
			default:
				member(fmt.Sprintf("x%d", o), []string{"1", `{"a":5,"b":"}"}`, `"\""`, "[[]]"}[n%4])
			}
		}
		in.WriteString("}" + []string{"", "\n", ",", " , "}[r.IntN(4)])
		want.WriteString(strings.Join(got[:], "\t") + "\n")
	}
	text := strings.TrimRight(in.String(), ", ")
	for _, from := range []io.Reader{strings.NewReader(text), iotest.HalfReader(strings.NewReader(text))} {
		reader, err := format.NewReader("JSONEachRow", from, cols, format.ReadOptions{})
		must(t, err)
		got, err := readAll(reader, cols, 333, 0)
		must(t, err)
		if got != want.String() {
			equal(t, strings.Split(want.String(), "\n"), strings.Split(got, "\n"), "rows")
		}
	}
}

// TestLongSpace changes the key of a place behind more white space than a reader
// remembers, and back: the first text must not lead to the second key's column.
func TestLongSpace(t *testing.T) {
	cols := columns("a Int32", "b Int32")
	in := `{"a":1,"b":2}{` + strings.Repeat(" ", 5000) + `"b":3,"a":4}{"a":5,"b":6}{"b":7,"a":8}` +
		`{"` + strings.Repeat("x", 5000) + `":0,"a":9,"b":10}{"a":11,"b":12}`
	r, err := format.NewBytesReader("JSONEachRow", []byte(in), cols, format.ReadOptions{})
	must(t, err)
	got, err := readAll(r, cols, 0, 0)
	must(t, err)
	equal(t, "1\t2\n4\t3\n5\t6\n8\t7\n9\t10\n11\t12\n", got, "rows")
}

// TestMissing reports, per column and row, which values were absent.
func TestMissing(t *testing.T) {
	cols := columns("a Int32 DEFAULT", "b String DEFAULT", "c Int32")
	for _, c := range []struct {
		name, in string
		want     [][]bool
	}{
		{"JSONEachRow", `{"a":1}{"b":"x"}{"a":null,"b":"y"}{"a":1,"b":"","c":2}`, [][]bool{{false, true, true, false}, {true, false, false, false}, nil}},
		{"JSONCompactEachRow", `[1,null,3][1,"",3]`, [][]bool{nil, {true, false}, nil}},
		{"CSV", "1,,3\n,x,\n1,\"\",1\n", [][]bool{{false, true, false}, {true, false, false}, nil}},
		{"CSVWithNames", "a\n1\n2\n", [][]bool{nil, {true, true}, nil}},
		{"TSV", "1\t\\N\t3\n1\t\t3\n", [][]bool{nil, {true, false}, nil}},
		{"Values", "(1,DEFAULT,3),(NULL,'',3)", [][]bool{{false, true}, {true, false}, nil}},
		{"JSONEachRow", `{"a":1,"b":"","c":2}`, nil},
	} {
		r, err := format.NewBytesReader(c.name, []byte(c.in), cols, format.ReadOptions{})
		must(t, err)
		rows, err := r.Next(0, 0)
		must(t, err)
		equal(t, c.want, rows.Missing, "%s %q", c.name, c.in)
	}
}

// TestRejections shows the whole sentence of errors and their codes.
func TestRejections(t *testing.T) {
	cols := columns("id UInt8", "name String", "at DateTime")
	for _, c := range []struct {
		name, in string
		code     chcode.Code
		want     string
	}{
		{
			"JSONEachRow", "{\"id\":1}\n{\"id\":300,\"name\":\"x\"}\n", 321,
			`Cannot parse string '300' as UInt8: number is out of range: (while reading the value of column id): (at row 2), near "{\"id\":300,\"name\":\"x\"}\n"`,
		},
		{
			"JSONEachRow", `{"id":1.5}`, 27,
			`Cannot parse string '1.5' as UInt8: unexpected characters after the value: (while reading the value of column id): (at row 1), near "{\"id\":1.5}"`,
		},
		{
			"JSONEachRow", `{"name":"\ud800"}`, 25,
			`Cannot parse escape sequence: half of a surrogate pair without its other half: (while reading the value of column name): (at row 1), near "{\"name\":\"\\ud800\"}"`,
		},
		{
			"JSONEachRow", "{\"name\":\"a\xffb\"}", 117,
			`Text is not UTF-8: byte 0xFF at offset 1 of the string; JSON must be UTF-8, send other bytes in RowBinary, TSV or CSV: (while reading the value of column name): (at row 1), near "{\"name\":\"a\xffb\"}"`,
		},
		{
			"JSONEachRow", `{"id":1,"id":2}`, 117,
			`Duplicate field found while parsing JSONEachRow format: id: (while reading the value of column id): (at row 1), near "{\"id\":1,\"id\":2}"`,
		},
		{
			"JSONEachRow", `{"id":1,"x":` + strings.Repeat("[", 200) + "}", 306,
			"JSON is nested deeper than 100 levels: (at row 1), near",
		},
		{
			"JSONEachRow", `{"at":"yesterday"}`, 41,
			`Cannot parse string 'yesterday' as DateTime: not a date with time: (while reading the value of column at): (at row 1), near "{\"at\":\"yesterday\"}"`,
		},
		{
			"JSONEachRow", `{"at":"2200-01-01 00:00:00"}`, 321,
			`Time "2200-01-01 00:00:00" is not a date or lies outside the range of DateTime [1970-01-01 00:00:00, 2106-02-07 06:28:15]: (while reading the value of column at): (at row 1), near "{\"at\":\"2200-01-01 00:00:00\"}"`,
		},
		{
			"TSV", "1\tx\n", 27,
			`Cannot parse input: expected '\t' before "\n": the row has fewer fields than the table has columns: (while reading the value of column name): (at row 1), near "1\tx\n"`,
		},
		{
			"TSV", "1\tx\t1700000000\t5\n", 27,
			`Cannot parse input: expected '\n' before "\t5\n": the row has more fields than the table has columns: (at row 1), near "1\tx\t1700000000\t5\n"`,
		},
		{
			"CSV", "1,x,1700000000,5\n", 117,
			`Expected end of line, got "5\n": the row has more fields than the table has columns, or a value with the delimiter is not in quotes: (at row 1), near "1,x,1700000000,5\n"`,
		},
		{
			"CSV", "1,\"x\n", 26,
			`Cannot parse CSV: expected closing quote '"': (while reading the value of column name): (at row 1), near "1,\"x\n"`,
		},
		{"CSVWithNames", "id,id\n", 117, "Duplicate field found while parsing format header: id (while reading header)"},
		{"RowBinary", "\x01\x05ab", 33, `Cannot read all data. Bytes read: 2. Bytes expected: 5: (while reading the value of column name): (at row 1), near "\x01\x05ab"`},
		{"RowBinaryWithNamesAndTypes", "\x01\x02id\x06String", 117, "Type of 'id' must be UInt8, not String (while reading header)"},
		{
			"Values", "(1,'x',now())", 27,
			`Cannot parse input: expected ''' before "now())"`,
		},
		{"ArrowStream", "not arrow", 117, "A message of Arrow has metadata of 544501614 bytes"},
	} {
		r, err := format.NewBytesReader(c.name, []byte(c.in), cols, format.ReadOptions{})
		must(t, err)
		_, err = r.Next(0, 0)
		if err == nil {
			t.Errorf("%s %q was taken", c.name, c.in)
			continue
		}
		if chcode.Of(err) != c.code || (err.Error() != c.want && !strings.HasPrefix(err.Error(), c.want+" ") && !strings.HasPrefix(err.Error(), c.want+":")) {
			t.Errorf("%s %q:\ngot  %d %s\nwant %d %s", c.name, c.in, chcode.Of(err), err, c.code, c.want)
		}
		if _, again := r.Next(0, 0); !errors.Is(again, err) {
			t.Errorf("%s: the error is not kept: %v", c.name, again)
		}
	}
}

// TestAllowErrors drops malformed rows as a whole and counts them.
func TestAllowErrors(t *testing.T) {
	cols := columns("a Int32", "s String", "l Array(Int32)")
	for _, c := range []struct{ name, in string }{
		{"JSONEachRow", "{\"a\":1,\"s\":\"x\",\"l\":[1]}\n{\"a\":2,\"s\":\"y\",\"l\":[1,x]}\n{\"a\":3,\"s\":\"z\",\"l\":[]}\n{\"a\":q\n"},
		{"JSONCompactEachRow", "[1,\"x\",[1]]\n[2,\"y\",[1,x]]\n[3,\"z\",[]]\n[q\n"},
		{"TSV", "1\tx\t[1]\n2\ty\t[1,x]\n3\tz\t[]\nq\t\t\n"},
		{"CSV", "1,x,[1]\n2,y,\"[1,x]\"\n3,z,[]\nq,,\n"},
	} {
		o := format.ReadOptions{AllowErrorsNum: 2}
		for _, how := range []func() (format.Reader, error){
			func() (format.Reader, error) { return format.NewBytesReader(c.name, []byte(c.in), cols, o) },
			func() (format.Reader, error) {
				return format.NewReader(c.name, &slowReader{data: []byte(c.in)}, cols, o)
			},
		} {
			r, err := how()
			must(t, err)
			rows, err := r.Next(0, 0)
			must(t, err)
			equal(t, "1\tx\t[1]\n3\tz\t[]\n", string(write(t, "TSV", format.WriteOptions{}, cols, rows1(rows))), "%s", c.name)
			equal(t, int64(2), rows.Skipped, "%s: skipped", c.name)
		}
		o.AllowErrorsNum = 1
		r, err := format.NewBytesReader(c.name, []byte(c.in), cols, o)
		must(t, err)
		if _, err := r.Next(0, 0); err == nil || !strings.Contains(err.Error(), "already have 2 errors out of 4 rows") {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

// slowReader gives a few bytes at a time.
type slowReader struct{ data []byte }

func (s *slowReader) Read(p []byte) (int, error) {
	if len(s.data) == 0 {
		return 0, io.EOF
	}
	n := copy(p, s.data[:min(3, len(s.data))])
	s.data = s.data[n:]
	return n, nil
}

// TestRowLimit refuses a row that is too large before it is gathered.
func TestRowLimit(t *testing.T) {
	cols := columns("s String")
	for name, begin := range map[string]string{
		"JSONEachRow": `{"s":"`, "JSONCompactEachRow": `["`, "TSV": "", "CSV": `"`, "Values": "('", "RowBinary": "\xff\xff\xff\x7f",
	} {
		endless := io.MultiReader(strings.NewReader(begin), &endless{})
		r, err := format.NewReader(name, endless, cols, format.ReadOptions{MaxRowBytes: 1 << 20, NoHeaderDetection: true})
		must(t, err)
		if _, err := r.Next(0, 0); chcode.Of(err) != chcode.TooLargeStringSize {
			t.Errorf("%s: %v", name, err)
		}
	}
	r, err := format.NewBytesReader("TSV", []byte("12345\n"), cols, format.ReadOptions{MaxRowBytes: 5})
	must(t, err)
	if _, err := r.Next(0, 0); chcode.Of(err) != chcode.TooLargeStringSize {
		t.Errorf("in memory: %v", err)
	}
}

type endless struct{}

func (*endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'x'
	}
	return len(p), nil
}

// TestReadFailure passes on what the input's reader says.
func TestReadFailure(t *testing.T) {
	broken := errors.New("connection reset")
	for _, name := range []string{"JSONEachRow", "TSV", "RowBinary", "ArrowStream"} {
		r, err := format.NewReader(name, io.MultiReader(strings.NewReader(""), &failing{broken}), columns("a Int32"), format.ReadOptions{})
		must(t, err)
		if _, err := r.Next(0, 0); !errors.Is(err, broken) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

type failing struct{ err error }

func (f *failing) Read([]byte) (int, error) { return 0, f.err }

// TestRoundTrip writes results of every type and reads them back.
func TestRoundTrip(t *testing.T) {
	for _, query := range []string{"numbers", "strings", "times", "ids", "arrays", "tuples", "names", "empty"} {
		cols, batches := loadResult(t, "testdata/output/"+query+".RowBinaryWithNamesAndTypes")
		want := write(t, "TSVWithNamesAndTypes", format.WriteOptions{}, cols, batches)
		for _, name := range []string{
			"TSV", "TSVWithNames", "TSVWithNamesAndTypes", "CSV", "CSVWithNames", "CSVWithNamesAndTypes", "JSONEachRow",
			"PrettyJSONEachRow", "JSONCompactEachRow", "JSONCompactEachRowWithNamesAndTypes", "Values", "RowBinary",
			"RowBinaryWithNames", "RowBinaryWithNamesAndTypes", "ArrowStream", "Arrow", "Native",
		} {
			if query == "tuples" && strings.HasPrefix(name, "CSVWith") {
				continue // the header names elements that are no columns
			}
			t.Run(query+"/"+name, func(t *testing.T) {
				data := write(t, name, format.WriteOptions{QuoteDenormals: true}, cols, batches)
				r, err := format.NewReader(strings.TrimPrefix(name, "Pretty"), bytes.NewReader(data), cols, format.ReadOptions{})
				must(t, err)
				var got []*batch.Batch
				for {
					rows, err := r.Next(3, 0)
					if errors.Is(err, io.EOF) {
						break
					}
					must(t, err)
					got = append(got, rows.Batch)
				}
				equal(t, string(want), string(write(t, "TSVWithNamesAndTypes", format.WriteOptions{}, cols, got)), "%s", data)
			})
		}
	}
}

// TestBatchBounds ends batches at rows and at bytes, however little the rows' text is.
func TestBatchBounds(t *testing.T) {
	cols := columns("a Int64", "b Decimal(38, 2)", "c Int64")
	in := []byte(strings.Repeat("{}", 100_000))
	r, err := format.NewBytesReader("JSONEachRow", in, cols, format.ReadOptions{})
	must(t, err)
	rows, err := r.Next(0, 1000)
	must(t, err)
	if rows.Rows < 20 || rows.Rows > 40 {
		t.Errorf("%d rows of 32 bytes in 1000", rows.Rows)
	}
	rows, err = r.Next(10, 0)
	must(t, err)
	if rows.Rows != 10 {
		t.Errorf("%d rows of 10", rows.Rows)
	}
}

// TestNames holds the list of formats.
func TestNames(t *testing.T) {
	in, out := 0, 0
	for _, f := range format.Names() {
		if f.Input {
			in++
			if _, err := format.NewReader(strings.ToLower(f.Name), strings.NewReader(""), columns("a Int8"), format.ReadOptions{}); err != nil {
				t.Errorf("%s: %v", f.Name, err)
			}
		}
		if f.Output {
			out++
			if _, err := format.NewWriter(strings.ToUpper(f.Name), io.Discard, format.WriteOptions{}); err != nil {
				t.Errorf("%s: %v", f.Name, err)
			}
		}
	}
	if in < 30 || out < 50 {
		t.Errorf("%d input formats, %d output formats", in, out)
	}
	if _, err := format.NewReader("Nope", nil, columns("a Int8"), format.ReadOptions{}); chcode.Of(err) != chcode.UnknownFormat {
		t.Error(err)
	}
	if _, err := format.NewReader("Pretty", nil, columns("a Int8"), format.ReadOptions{}); chcode.Of(err) != chcode.FormatIsNotSuitableForInput {
		t.Error(err)
	}
	if _, err := format.NewReader("CSV", nil, columns("a Int8"), format.ReadOptions{CSVDelimiter: '"'}); chcode.Of(err) != chcode.BadArguments {
		t.Error(err)
	}
}
