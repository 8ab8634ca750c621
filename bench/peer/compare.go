package peer

import (
	"fmt"
	"math"
	"slices"
	"sort"
	"strconv"
	"strings"
)

// Match says when two answers are the same.
type Match struct {
	// Tolerance is how far numbers may differ, relatively. 0 means 1e-9.
	Tolerance float64
	// Order are the columns, from 0, that the statement orders by. Rows that are
	// equal in them may come in any order, and where a limit or an offset cuts
	// through such rows, any of them will do. Without Order rows are compared in
	// their order.
	Order []int
	// Cut tells that the statement has a limit or an offset.
	Cut bool
	// AnyOrder: the statement does not order its rows.
	AnyOrder bool
	// CountOnly: any rows will do, as long as there are equally many (LIMIT without ORDER BY).
	CountOnly bool
}

// Equal compares two answers and says what differs, "" when nothing does.
func (m Match) Equal(a, b string) string {
	x, y := table(a), table(b)
	if len(x) != len(y) {
		return fmt.Sprintf("%d rows and %d rows", len(x), len(y))
	}
	if m.CountOnly {
		return ""
	}
	if len(m.Order) > 0 {
		return m.ordered(x, y)
	}
	if m.AnyOrder {
		sortRows(x)
		sortRows(y)
	}
	return m.rows(x, y, 0)
}

// ordered compares runs of rows that are equal in the columns of the order.
func (m Match) ordered(x, y [][]string) string {
	for i := 0; i < len(x); {
		end := i + 1
		for end < len(x) && m.row(x[i], x[end], m.Order) == "" {
			end++
		}
		for j := i; j < end; j++ {
			if d := m.row(x[i], y[j], m.Order); d != "" {
				return fmt.Sprintf("row %d: %s", j+1, d)
			}
		}
		if !m.Cut || i > 0 && end < len(x) {
			sortRows(x[i:end])
			sortRows(y[i:end])
			if d := m.rows(x[i:end], y[i:end], i); d != "" {
				return d
			}
		}
		i = end
	}
	return ""
}

func (m Match) rows(x, y [][]string, base int) string {
	for i := range x {
		if d := m.row(x[i], y[i], nil); d != "" {
			return fmt.Sprintf("row %d: %s", base+i+1, d)
		}
	}
	return ""
}

// row compares some columns of two rows, all when none are given.
func (m Match) row(a, b []string, columns []int) string {
	if len(a) != len(b) {
		return fmt.Sprintf("%d and %d columns", len(a), len(b))
	}
	for c := range a {
		if columns != nil && !slices.Contains(columns, c) {
			continue
		}
		if !m.cell(a[c], b[c]) {
			return fmt.Sprintf("%q and %q", a[c], b[c])
		}
	}
	return ""
}

func (m Match) cell(a, b string) bool {
	if a == b {
		return true
	}
	if strings.HasPrefix(a, "[") && strings.HasPrefix(b, "[") {
		x, y := strings.Split(strings.Trim(a, "[]"), ","), strings.Split(strings.Trim(b, "[]"), ",")
		return m.row(x, y, nil) == ""
	}
	x, errX := strconv.ParseFloat(a, 64)
	y, errY := strconv.ParseFloat(b, 64)
	if errX != nil || errY != nil {
		return false
	}
	if x == y {
		return !wholeNumber(a) || !wholeNumber(b) || m.Tolerance > 0
	}
	return math.Abs(x-y) <= max(m.Tolerance, 1e-9)*max(math.Abs(x), math.Abs(y)) && (!wholeNumber(a) || !wholeNumber(b) || m.Tolerance > 0)
}

// wholeNumber: integers are equal only as text, as floats lose their last digits.
func wholeNumber(s string) bool { return !strings.ContainsAny(s, ".eEn") }

func table(text string) [][]string {
	var rows [][]string
	for line := range strings.Lines(text) {
		rows = append(rows, strings.Split(strings.TrimSuffix(line, "\n"), "\t"))
	}
	return rows
}

func sortRows(rows [][]string) {
	sort.Slice(rows, func(i, j int) bool { return slices.Compare(rows[i], rows[j]) < 0 })
}
