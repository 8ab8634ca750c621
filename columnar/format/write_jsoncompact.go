package format

import (
	"io"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/types"
)

// compactRowsWriter prints JSONCompactEachRow: an array a line.
type compactRowsWriter struct {
	base

	mode headerMode
}

func newCompactRowsWriter(w io.Writer, o *WriteOptions, mode headerMode, strings bool) *compactRowsWriter {
	j := &compactRowsWriter{base: newBase(w, o, styleJSON, "application/x-ndjson; charset=UTF-8"), mode: mode}
	j.p.null = "null"
	if strings {
		j.p.style, j.p.null = styleStrings, nullString
	}
	return j
}

func (j *compactRowsWriter) Begin(names []string, ts []types.Type) error {
	j.begin(names, ts)
	if j.mode == headerNames || j.mode == headerNamesAndTypes {
		j.header(len(names), func(i int) string { return names[i] })
	}
	if j.mode == headerNamesAndTypes {
		j.header(len(ts), func(i int) string { return ts[i].String() })
	}
	return nil
}

func (j *compactRowsWriter) header(n int, text func(int) string) {
	j.buf = append(j.buf, '[')
	for i := range n {
		if i > 0 {
			j.buf = append(j.buf, ", "...)
		}
		j.buf = appendJSON(j.buf, []byte(text(i)))
	}
	j.buf = append(j.buf, "]\n"...)
}

func (j *compactRowsWriter) Write(b *batch.Batch) error {
	cells := j.cells(b)
	for row := range b.Rows {
		j.buf = append(appendCompact(j.buf, cells, row), '\n')
		if err := j.full(); err != nil {
			return err
		}
	}
	return nil
}

// appendCompact prints a row as [a, b].
func appendCompact(dst []byte, cells []cell, row int) []byte {
	dst = append(dst, '[')
	for i, c := range cells {
		if i > 0 {
			dst = append(dst, ", "...)
		}
		dst = c(dst, row)
	}
	return append(dst, ']')
}

// Totals have no place in the format.
func (j *compactRowsWriter) Totals(*batch.Batch) error { return nil }

// Extremes have no place in the format.
func (j *compactRowsWriter) Extremes(*batch.Batch) error { return nil }

func (j *compactRowsWriter) End(Stats) error { return j.end() }
