package format

import (
	"io"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/types"
)

// valuesWriter prints Values: rows in parentheses with commas between them.
type valuesWriter struct {
	base

	any bool
}

func newValuesWriter(w io.Writer, o *WriteOptions) *valuesWriter {
	v := &valuesWriter{base: newBase(w, o, styleQuoted, "text/plain; charset=UTF-8")}
	v.p.null = "NULL"
	return v
}

func (v *valuesWriter) Begin(names []string, ts []types.Type) error {
	v.begin(names, ts)
	return nil
}

func (v *valuesWriter) Write(b *batch.Batch) error {
	cells := v.cells(b)
	for row := range b.Rows {
		if v.any {
			v.buf = append(v.buf, ',')
		}
		v.any = true
		v.buf = append(v.buf, '(')
		for i, c := range cells {
			if i > 0 {
				v.buf = append(v.buf, ',')
			}
			v.buf = c(v.buf, row)
		}
		v.buf = append(v.buf, ')')
		if err := v.full(); err != nil {
			return err
		}
	}
	return nil
}

// Totals have no place in the format.
func (v *valuesWriter) Totals(*batch.Batch) error { return nil }

// Extremes have no place in the format.
func (v *valuesWriter) Extremes(*batch.Batch) error { return nil }

func (v *valuesWriter) End(Stats) error { return v.end() }
