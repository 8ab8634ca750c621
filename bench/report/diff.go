package report

import (
	"bufio"
	"fmt"
	"io"
	"reflect"
	"slices"
	"strings"
)

// figure is what is compared of two runs: of its section and system. Of a rate more is better, of all else less.
type figure struct {
	row   []string // section, name, system
	value Spread   // single figures are medians without a range
	rate  bool
}

// figures are those of a run.
type figures []*figure

func (l *figures) add(section, name, system string, of reflect.Value, rate bool) {
	if value := spread(of); value.Median > 0 { // what was not measured is none
		*l = append(*l, &figure{[]string{section, strings.TrimPrefix(name, ", "), system}, value, rate})
	}
}

// walk adds what the tags diff of a struct's fields say: # is a list, of a section if a name follows; % names the section,
// @ the system, = what tells one figure from another; < and > are figures with their names, of which less or more is better,
// ? is one of Growth, which is a rate or not by its name, and ~ are the times of contestants.
func (l *figures) walk(v reflect.Value, section, of, system string) {
	for i := range v.NumField() {
		x, tag := v.Field(i), v.Type().Field(i).Tag.Get("diff")
		if tag == "" {
			continue
		}
		switch how, name := tag[0], tag[1:]; how {
		case '#':
			for j := range x.Len() {
				l.walk(x.Index(j), section+name, of, system)
			}
		case '%':
			section = x.String()
		case '@':
			system = x.String()
		case '=':
			of += ", " + name + cell(x, "n")
		case '~':
			var names []string
			for _, k := range x.MapKeys() {
				names = join(names, k.String())
			}
			slices.Sort(names)
			for _, c := range names {
				l.add(section, name+of, c, x.MapIndex(reflect.ValueOf(c)).Field(0), false)
			}
		default:
			unit := ""
			if how == '?' {
				unit, _ = (&series{of: v.Field(0).String()}).unit(v.Field(1).String())
			}
			l.add(section, name+of, system, x, how == '>' || unit == rate)
		}
	}
}

// figures are those of a run's sections.
func (r *Report) figures() (l figures) {
	l.walk(reflect.ValueOf(r).Elem(), "", "", Freshet)
	return l
}

// find is the figure of the same thing, nil if there is none.
func (l figures) find(f *figure) *figure {
	for _, g := range l {
		if slices.Equal(g.row, f.row) {
			return g
		}
	}
	return nil
}

// sections are those that have figures.
func (l figures) sections() (list []string) {
	for _, f := range l {
		if !slices.Contains(list, f.row[0]) {
			list = join(list, f.row[0])
		}
	}
	return list
}

// Diff writes what changed from an earlier run to a later one: every figure that both
// have, whether the ranges of two medians are apart, and what only one of them has. Runs
// on different machines, or of other numbers of rows, do not compare.
func Diff(w io.Writer, old, now *Report) error {
	m := &markdown{bufio.NewWriter(w)}
	if old.Rows != now.Rows || old.Machine.CPU != now.Machine.CPU || old.Machine.Cores != now.Machine.Cores {
		return fmt.Errorf("the runs do not compare: %d events on %s (%d cores) and %d events on %s (%d cores)",
			old.Rows, old.Machine.CPU, old.Machine.Cores, now.Rows, now.Machine.CPU, now.Machine.Cores)
	}
	const minute = "2006-01-02 15:04"
	m.note("From " + old.Started.UTC().Format(minute) + " to " + now.Started.UTC().Format(minute) +
		". More than 1x is better. \"Faster\" and \"slower\" only where the ranges of the medians are apart.")
	t := table{{"work", "figure", "system", "before", "after", "times as good", ""}}
	before, after := old.figures(), now.figures()
	for _, f := range after {
		if was := before.find(f); was != nil {
			less, more := was.value, f.value
			if f.rate { // the later rate stands where a time's earlier one does
				less, more = more, less
			}
			t = append(t, join(f.row, between(was.value), between(f.value), fixed(less.Median/more.Median, 2)+"x", verdict(less, more)))
		}
	}
	m.table(t)
	m.alone("earlier", before, after)
	m.alone("later", after, before)
	if err := m.b.Flush(); err != nil {
		return fmt.Errorf("write the comparison: %w", err)
	}
	return nil
}

// alone says what sections only one of the runs has.
func (m *markdown) alone(run string, has, other figures) {
	both := other.sections()
	for _, s := range has.sections() {
		if !slices.Contains(both, s) {
			m.note("Only the " + run + " run has " + s + ".")
		}
	}
}

// between is a figure with the range of its median, if it has one.
func between(s Spread) string {
	if s.High == 0 {
		return short(s.Median)
	}
	return short(s.Median) + " (" + short(s.Low) + " to " + short(s.High) + ")"
}

// verdict compares the ranges of two medians, of which less is better; single figures have none.
func verdict(before, after Spread) string {
	switch {
	case before.High == 0 || after.High == 0: // of single figures
		return ""
	case after.High < before.Low:
		return "faster"
	case after.Low > before.High:
		return "slower"
	default:
		return ""
	}
}
