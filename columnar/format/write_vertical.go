package format

import (
	"io"
	"math"
	"strconv"
	"strings"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/types"
)

// verticalWriter prints Vertical: each value on a line with its column's name.
type verticalWriter struct {
	base

	labels []string // names with their padding
	number []bool
	rows   int64
	totals bool
	value  []byte
}

func newVerticalWriter(w io.Writer, o *WriteOptions) *verticalWriter {
	v := &verticalWriter{base: newBase(w, o, stylePlain, "text/plain; charset=UTF-8")}
	v.p.null = prettyNull
	return v
}

// Widths of names: longer ones are cut unless they exceed it by little.
const (
	nameCutTo    = 24
	nameCutSlack = 4
)

func ellipsis(o *WriteOptions) string {
	if o.Pretty.ASCII {
		return "~"
	}
	return "⋯"
}

func (v *verticalWriter) Begin(names []string, ts []types.Type) error {
	v.begin(names, ts)
	v.labels, v.number = make([]string, len(names)), make([]bool, len(names))
	widths, widest := make([]int, len(names)), 0
	for i, n := range names {
		v.labels[i], widths[i] = cutName(n, nameCutTo, nameCutSlack, ellipsis(v.o))
		widest = max(widest, widths[i])
	}
	for i, l := range v.labels {
		if v.o.Pretty.Color {
			l = bold + l + ":" + colorReset + " "
		} else {
			l += ": "
		}
		v.labels[i] = l + strings.Repeat(" ", widest-widths[i])
		v.number[i] = isNumber(ts[i])
	}
	return nil
}

func (v *verticalWriter) Write(b *batch.Batch) error {
	cells := v.cells(b)
	for row := range b.Rows {
		v.rows++
		limit := int64(v.o.Pretty.MaxRows)
		if v.rows > 1 && v.rows <= limit+1 {
			v.buf = append(v.buf, '\n')
		}
		if v.rows > limit {
			continue
		}
		v.title()
		v.row(b, cells, row)
		if err := v.full(); err != nil {
			return err
		}
	}
	return nil
}

// title prints the row's number, underlined.
func (v *verticalWriter) title() {
	v.buf = append(v.buf, "Row "...)
	v.buf = strconv.AppendInt(v.buf, v.rows, 10)
	v.buf = append(v.buf, ":\n"...)
	v.line(int(math.Log10(float64(v.rows+1))) + 1 + len("Row :"))
}

func (v *verticalWriter) line(n int) {
	for range n {
		v.buf = append(v.buf, "─"...)
	}
	v.buf = append(v.buf, '\n')
}

func (v *verticalWriter) row(b *batch.Batch, cells []cell, row int) {
	for i, c := range cells {
		v.value = c(v.value[:0], row)
		v.field(i, v.value)
		if f, ok := numberOf(b.Cols[i], row); ok {
			v.buf = appendTip(v.buf, f, v.o.Pretty.TipFrom, v.o.Pretty.Color)
		}
		v.buf = append(v.buf, '\n')
	}
}

func (v *verticalWriter) field(i int, value []byte) {
	v.buf = append(v.buf, v.labels[i]...)
	if v.o.Pretty.Color {
		if v.number[i] {
			value = highlightGroups(value)
		}
		value = highlightTail(value)
	}
	v.buf = append(v.buf, value...)
}

// special prints a row that stands for itself.
func (v *verticalWriter) special(title string, b *batch.Batch, row int) {
	v.buf = append(append(v.buf, title...), ":\n"...)
	v.line(len(title) + 1)
	v.row(b, v.cells(b), row)
}

// suffix says that rows were left out.
func (v *verticalWriter) suffix() {
	if v.rows > int64(v.o.Pretty.MaxRows) {
		v.buf = append(v.buf, "Showed first "...)
		v.buf = strconv.AppendInt(v.buf, int64(v.o.Pretty.MaxRows), 10)
		v.buf = append(v.buf, ".\n"...)
		v.rows = 0
	}
}

func (v *verticalWriter) Totals(b *batch.Batch) error {
	if b.Rows == 0 {
		return nil
	}
	v.suffix()
	v.buf = append(v.buf, "\n\n"...)
	v.special("Totals", b, 0)
	v.totals = true
	return v.full()
}

func (v *verticalWriter) Extremes(b *batch.Batch) error {
	if b.Rows < 2 {
		return nil
	}
	v.suffix()
	if !v.totals {
		v.buf = append(v.buf, '\n')
	}
	v.buf = append(v.buf, '\n')
	v.special("Min", b, 0)
	v.buf = append(v.buf, '\n')
	v.special("Max", b, 1)
	return v.full()
}

func (v *verticalWriter) End(Stats) error {
	v.suffix()
	return v.end()
}
