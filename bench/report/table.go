package report

import (
	"reflect"
	"strconv"
	"strings"
)

// table has its head as the first line. A cell that begins with void takes the rest of its line.
type table [][]string

// row copies the cells, so that callers need no memory for them.
func (t *table) row(cells ...string) { *t = append(*t, join(nil, cells...)) }

func join(row []string, cells ...string) []string { return append(row, cells...) }

const void = "void: "

// tableOf is the table of a slice of structs, empty if there are none. What is void has its first column, and why.
func tableOf(list any) (t table) {
	v := reflect.ValueOf(list)
	for i := range v.Len() {
		if i == 0 {
			head, _ := columns(v.Index(i), true)
			t.row(head...)
		}
		row, why := columns(v.Index(i), false)
		if why != "" {
			row = join(row[:1], void+firstLine(why))
		}
		t.row(row...)
	}
	return t
}

// columns are a struct's and those of what it embeds: their names or their cells.
func columns(v reflect.Value, names bool) (row []string, why string) {
	for i := range v.NumField() {
		f, x := v.Type().Field(i), reflect.Indirect(v.Field(i))
		name := f.Tag.Get("col")
		switch {
		case f.Anonymous:
			more, _ := columns(x, names)
			row = join(row, more...)
		case f.Name == "Void":
			why = x.String()
		case name != "" && names:
			row = join(row, name)
		case name != "":
			row = join(row, cell(x, f.Tag.Get("as")))
		}
	}
	return row, why
}

// cell is a value as its tag says: GiB of bytes, a share in %, n for thousands, a number of digits, g for the shortest;
// three digits if it says nothing. Behind ? zero is empty.
func cell(v reflect.Value, as string) string {
	switch v.Kind() {
	case reflect.String:
		return v.String()
	case reflect.Bool:
		return yes(v.Bool())
	case reflect.Float64:
		return number(v.Float(), as)
	case reflect.Int, reflect.Int64:
		switch {
		case as == "GiB":
			return fixed(gib(v.Int()), 2)
		case as == "?" && v.Int() == 0:
			return ""
		}
		return thousands(v.Int())
	default: // a Spread
		s := spread(v)
		if as == "" {
			return ratio(s)
		}
		return number(s.Median, as)
	}
}

// spread is a figure, of bytes in GiB, with its range if it has one.
func spread(v reflect.Value) Spread {
	switch v.Kind() {
	case reflect.Float64:
		return Spread{Median: v.Float()}
	case reflect.Int64:
		return Spread{Median: gib(v.Int())}
	default: // the fields of a Spread
		return Spread{Median: v.Field(0).Float(), Low: v.Field(1).Float(), High: v.Field(2).Float()}
	}
}

func number(x float64, as string) string {
	if rest, ok := strings.CutPrefix(as, "?"); ok {
		if as = rest; x == 0 {
			return ""
		}
	}
	switch as {
	case "":
		return short(x)
	case "n":
		return thousands(int64(x))
	case "%":
		return fixed(100*x, 0) + " %"
	case "g":
		return strconv.FormatFloat(x, 'g', -1, 64)
	default:
		return fixed(x, int(as[0]-'0'))
	}
}

// took is a contestant's time and in brackets that of the CPU, empty when there is none.
func took(of map[string]Time, name string) string {
	t, ok := of[name]
	if !ok {
		return ""
	}
	return short(t.MS.Median) + " (" + short(t.CPUMS) + ")"
}

func gib(n int64) float64 { return float64(n) / (1 << 30) }

func firstLine(s string) string {
	line, _, _ := strings.Cut(s, "\n")
	return line
}

func fixed(x float64, digits int) string { return strconv.FormatFloat(x, 'f', digits, 64) }

// short prints three digits.
func short(x float64) string {
	switch {
	case x >= 100:
		return fixed(x, 0)
	case x >= 10:
		return fixed(x, 1)
	default:
		return fixed(x, 2)
	}
}

func times(x float64) string {
	if x == 0 {
		return ""
	}
	return short(x) + "x"
}

// ratio is a ratio in bold, with its lower bound.
func ratio(s Spread) string {
	if s.Median == 0 {
		return ""
	}
	return "**" + short(s.Median) + "x** ≥ " + short(s.Low)
}

func floor(f float64, geometric bool) string {
	if geometric {
		return ""
	}
	return number(f, "?g")
}

func thousands(n int64) string {
	s := strconv.FormatInt(n, 10)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

func yes(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}

// bound is a ratio with its lower bound, empty when there is none.
func bound(s Spread) string {
	if s.Median == 0 {
		return ""
	}
	return fixed(s.Median, 2) + "x ≥ " + fixed(s.Low, 2)
}
