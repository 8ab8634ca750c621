package sqltest

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

// splitTSV cuts an answer into its rows.
func splitTSV(tsv string) []string {
	if tsv == "" {
		return nil
	}
	return strings.Split(strings.TrimSuffix(tsv, "\n"), "\n")
}

// compare tells how an answer differs from what a query or print record wants; ""
// when it does not.
func compare(r *Record, tsv string) string {
	got := splitTSV(tsv)
	if r.Kind == Print {
		return compareLines(r.Want, got)
	}
	for i, row := range got {
		if n := strings.Count(row, "\t") + 1; n != len(r.Columns) {
			return fmt.Sprintf("row %d has %d columns, wanted %d (%s)", i+1, n, len(r.Columns), r.Columns)
		}
	}
	if len(got) != len(r.Want) {
		return fmt.Sprintf("%d rows, wanted %d", len(got), len(r.Want))
	}
	want := table{cells(r.Want), r.Columns}
	have := table{cells(got), r.Columns}
	switch r.Order {
	case AnyOrder:
		want.sort()
		have.sort()
		if i := want.differ(have); i >= 0 {
			return "no row equal to: " + strings.Join(want.rows[i], "\t")
		}
	case TiesInAnyOrder:
		return compareTies(r, want, have)
	default:
		if i := want.differ(have); i >= 0 {
			return fmt.Sprintf("row %d differs", i+1)
		}
	}
	return ""
}

func compareLines(want, got []string) string {
	for i := range min(len(want), len(got)) {
		if want[i] != got[i] {
			return fmt.Sprintf("line %d differs", i+1)
		}
	}
	if len(want) != len(got) {
		return fmt.Sprintf("%d lines, wanted %d", len(got), len(want))
	}
	return ""
}

// table is an answer: rows of cells and a letter for each column.
type table struct {
	rows    [][]string
	columns string
}

func cells(rows []string) [][]string {
	out := make([][]string, len(rows))
	for i, row := range rows {
		out[i] = strings.Split(row, "\t")
	}
	return out
}

// differ is the index of the first row that is not equal to its twin, or -1.
// Both have as many rows.
func (t table) differ(o table) int {
	for i, row := range t.rows {
		for c, cell := range row {
			if !sameCell(t.columns[c], cell, o.rows[i][c]) {
				return i
			}
		}
	}
	return -1
}

// sort orders rows by their exact columns as text, then by the floats as
// numbers, so that two answers whose floats differ in the last digits get the
// same order.
func (t table) sort() {
	slices.SortFunc(t.rows, func(a, b []string) int {
		for c := range a {
			if t.columns[c] != 'R' && a[c] != b[c] {
				return strings.Compare(a[c], b[c])
			}
		}
		for c := range a {
			if t.columns[c] == 'R' && !sameCell('R', a[c], b[c]) {
				return compareFloats(a[c], b[c])
			}
		}
		return 0
	})
}

func compareFloats(a, b string) int {
	x, errX := strconv.ParseFloat(a, 64)
	y, errY := strconv.ParseFloat(b, 64)
	if errX != nil || errY != nil {
		return strings.Compare(a, b)
	}
	return cmp.Compare(x, y)
}

// compareTies compares answers ordered by the columns of r.Ties: the keys must
// agree row by row, and each group of equal keys must hold the same rows in any
// order, except groups that a LIMIT may have cut.
func compareTies(r *Record, want, have table) string {
	for i, row := range want.rows {
		for _, c := range r.Ties {
			if !sameCell(r.Columns[c], row[c], have.rows[i][c]) {
				return fmt.Sprintf("row %d differs in the order key", i+1)
			}
		}
	}
	n := len(want.rows)
	for begin := 0; begin < n; {
		end := begin + 1
		for end < n && sameKey(r, want.rows[begin], want.rows[end]) {
			end++
		}
		isCut := (end == n && r.Cut != CutNone) || (begin == 0 && r.Cut == CutBoth)
		w := table{want.rows[begin:end], r.Columns}
		h := table{have.rows[begin:end], r.Columns}
		w.sort()
		h.sort()
		if i := w.differ(h); i >= 0 && !isCut {
			return fmt.Sprintf("rows %d to %d, equal in the order key: no row equal to: %s",
				begin+1, end, strings.Join(w.rows[i], "\t"))
		}
		begin = end
	}
	return ""
}

func sameKey(r *Record, a, b []string) bool {
	for _, c := range r.Ties {
		if !sameCell(r.Columns[c], a[c], b[c]) {
			return false
		}
	}
	return true
}

// sameCell compares two printed values of a column with the given letter.
func sameCell(letter byte, want, got string) bool {
	if want == got {
		return true
	}
	if letter != 'R' {
		return false
	}
	if !strings.ContainsAny(want, "[(") {
		return sameFloat(want, got)
	}
	w, g := tokens(want), tokens(got)
	return slices.EqualFunc(w, g, func(a, b string) bool { return a == b || sameFloat(a, b) })
}

// tokens cuts a printed array or tuple into brackets, commas and what is between.
func tokens(s string) []string {
	var out []string
	begin := 0
	for i := range len(s) {
		if strings.IndexByte("[](),", s[i]) >= 0 {
			out = append(out, s[begin:i], s[i:i+1])
			begin = i + 1
		}
	}
	return append(out, s[begin:])
}

func sameFloat(want, got string) bool {
	w, errW := strconv.ParseFloat(want, 64)
	g, errG := strconv.ParseFloat(got, 64)
	if errW != nil || errG != nil || math.IsInf(w, 0) || math.IsInf(g, 0) || math.IsNaN(w) || math.IsNaN(g) {
		return false // Such values are equal as text or not at all.
	}
	return w == g || math.Abs(w-g) <= floatTolerance*max(math.Abs(w), math.Abs(g))
}
