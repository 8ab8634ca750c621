package sqltest

import (
	"strings"
	"testing"
)

func TestCompare(t *testing.T) {
	cases := []struct {
		name    string
		header  string
		want    []string
		got     string
		problem string // the beginning of what compare says; "" when equal
	}{
		{"equal", "IT", []string{"1\tx", "2\t\\N"}, "1\tx\n2\t\\N\n", ""},
		{"no rows", "I", nil, "", ""},
		{"an empty string is a row", "T", []string{""}, "\n", ""},
		{"no row is no empty string", "T", []string{""}, "", "0 rows, wanted 1"},
		{"too few", "I", []string{"1", "2"}, "1\n", "1 rows, wanted 2"},
		{"too many", "I", []string{"1"}, "1\n2\n", "2 rows, wanted 1"},
		{"columns", "I", []string{"1"}, "1\t2\n", "row 1 has 2 columns, wanted 1"},
		{"order counts", "I", []string{"1", "2"}, "2\n1\n", "row 1 differs"},
		{"nosort too", "I nosort", []string{"1", "2"}, "2\n1\n", "row 1 differs"},
		{"rowsort", "IT rowsort", []string{"1\ta", "2\tb"}, "2\tb\n1\ta\n", ""},
		{"rowsort counts rows", "I rowsort", []string{"1", "1", "2"}, "1\n2\n2\n", "no row equal to: 1"},
		{"integers exactly", "I", []string{"1000000000000"}, "1000000000001\n", "row 1 differs"},
		{"texts exactly", "T", []string{"1.0"}, "1\n", "row 1 differs"},
		{"floats nearly", "R", []string{"1000000000000"}, "1000000000001\n", ""},
		{"floats not too nearly", "R", []string{"1"}, "1.00000001\n", "row 1 differs"},
		{"negative floats", "R", []string{"-1e-300"}, "-1.0000000001e-300\n", ""},
		{"sign", "R", []string{"1e-300"}, "-1e-300\n", "row 1 differs"},
		{"zero is exact", "R", []string{"0"}, "1e-300\n", "row 1 differs"},
		{"signed zero", "R", []string{"-0"}, "0\n", ""},
		{"nan is nan", "R", []string{"nan"}, "nan\n", ""},
		{"nan is no number", "R", []string{"nan"}, "1\n", "row 1 differs"},
		{"inf is no number", "R", []string{"inf"}, "1e308\n", "row 1 differs"},
		{"inf has a sign", "R", []string{"inf"}, "-inf\n", "row 1 differs"},
		{"null is no number", "R", []string{"\\N"}, "0\n", "row 1 differs"},
		{"arrays of floats", "R", []string{"[1,2.5]"}, "[1,2.50000000001]\n", ""},
		{"arrays of other lengths", "R", []string{"[1,2]"}, "[1]\n", "row 1 differs"},
		{"arrays elsewhere", "R", []string{"[1,2]"}, "[1,3]\n", "row 1 differs"},
		{"rowsort with floats", "RI rowsort", []string{"0.1\t1", "0.3\t1"}, "0.30000000000000004\t1\n0.1\t1\n", ""},
		{"rowsort with close floats", "RR rowsort", []string{"0.3\t1", "0.3\t2"}, "0.3\t2\n0.30000000000000004\t1\n", ""},

		{"print", "print", []string{"{", "\t1", "}"}, "{\n\t1\n}\n", ""},
		{"print compares as text", "print", []string{"1.0"}, "1\n", "line 1 differs"},
		{"print counts lines", "print", []string{"a", "b"}, "a\n", "1 lines, wanted 2"},

		{"ties inside", "IT ties=1", []string{"1\ta", "1\tb", "2\tc"}, "1\tb\n1\ta\n2\tc\n", ""},
		{"ties at the limit", "IT ties=1", []string{"1\ta", "2\tb"}, "1\ta\n2\tz\n", ""},
		{"ties inside are compared", "IT ties=1", []string{"1\ta", "2\tb"}, "1\tz\n2\tb\n", "rows 1 to 1, equal"},
		{"the key is compared", "IT ties=1", []string{"1\ta", "2\tb"}, "1\ta\n3\tb\n", "row 2 differs in the order key"},
		{"the key's order is compared", "IT ties=1", []string{"1\ta", "2\tb"}, "2\tb\n1\ta\n", "row 1 differs in the order key"},
		{"cut at both ends", "IT ties=1 cut=both", []string{"1\ta", "2\tb", "3\tc"}, "1\tz\n2\tb\n3\tz\n", ""},
		{"cut at both ends, not between", "IT ties=1 cut=both", []string{"1\ta", "2\tb", "3\tc"}, "1\ta\n2\tz\n3\tc\n", "rows 2 to 2"},
		{"nothing cut", "IT ties=1 cut=none", []string{"1\ta", "1\tb"}, "1\tb\n1\ta\n", ""},
		{"nothing cut compares all", "IT ties=1 cut=none", []string{"1\ta", "1\tb"}, "1\tb\n1\tz\n", "rows 1 to 2"},
		{"keys of two columns", "ITI ties=1,3", []string{"1\ta\t1", "1\tb\t2", "1\tc\t3"}, "1\ta\t1\n1\tz\t2\n1\tc\t3\n", "rows 2 to 2"},
		{"float keys", "RT ties=1 cut=none", []string{"0.3\ta", "0.3\tb"}, "0.30000000000000004\tb\n0.3\ta\n", ""},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			rows := strings.Join(c.want, "\n")
			if len(c.want) > 0 && rows == "" {
				rows = emptyRow
			}
			text := "query " + c.header
			if c.header == "print" {
				text = c.header
			}
			text += "\nSELECT\n----\n" + rows
			records, err := ParseText("f.test", text)
			if err != nil {
				t.Fatal(err)
			}
			got := compare(&records[0], c.got)
			if c.problem == "" && got != "" || !strings.HasPrefix(got, c.problem) {
				t.Errorf("compare says %q, wanted %q", got, c.problem)
			}
		})
	}
}
