package format

import (
	"io"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/types"
)

// jsonRowsWriter prints JSONEachRow: an object a line.
type jsonRowsWriter struct {
	base

	keys   [][]byte // of each column, with what stands before its value
	any    bool
	pretty bool // PrettyJSONEachRow: each value on a line
}

// newPrettyRowsWriter prints PrettyJSONEachRow.
func newPrettyRowsWriter(w io.Writer, o *WriteOptions) *jsonRowsWriter {
	j := newJSONRowsWriter(w, o, false)
	j.pretty, j.p.indent = true, "    "
	return j
}

func newJSONRowsWriter(w io.Writer, o *WriteOptions, strings bool) *jsonRowsWriter {
	j := &jsonRowsWriter{base: newBase(w, o, styleJSON, "application/x-ndjson; charset=UTF-8")}
	j.p.null = "null"
	if strings {
		j.p.style, j.p.null = styleStrings, nullString
	}
	return j
}

// nullString is NULL where all values are printed as JSON strings.
const nullString = `"` + prettyNull + `"`

func (j *jsonRowsWriter) Begin(names []string, ts []types.Type) error {
	j.begin(names, ts)
	j.keys = make([][]byte, len(names))
	for i, n := range names {
		open := byte(',')
		if i == 0 {
			open = '{'
		}
		if j.pretty {
			j.keys[i] = append(appendJSON([]byte{open, '\n', ' ', ' ', ' ', ' '}, []byte(n)), ": "...)
			continue
		}
		j.keys[i] = append(appendJSON([]byte{open}, []byte(n)), ':')
	}
	if j.o.ArrayOfRows {
		j.buf = append(j.buf, "[\n"...)
	}
	return nil
}

func (j *jsonRowsWriter) Write(b *batch.Batch) error {
	cells := make([]cell, len(b.Cols))
	for i, v := range b.Cols {
		cells[i] = j.p.at(v, j.p.null, 1)
	}
	for row := range b.Rows {
		if j.any && j.o.ArrayOfRows {
			j.buf = append(j.buf, ",\n"...)
		}
		for i, c := range cells {
			j.buf = c(append(j.buf, j.keys[i]...), row)
		}
		if j.pretty {
			j.buf = append(j.buf, '\n')
		}
		j.buf = append(j.buf, '}')
		if !j.o.ArrayOfRows {
			j.buf = append(j.buf, '\n')
		}
		j.any = true
		if err := j.full(); err != nil {
			return err
		}
	}
	return nil
}

// Totals have no place in the format.
func (j *jsonRowsWriter) Totals(*batch.Batch) error { return nil }

// Extremes have no place in the format.
func (j *jsonRowsWriter) Extremes(*batch.Batch) error { return nil }

func (j *jsonRowsWriter) End(Stats) error {
	if j.o.ArrayOfRows {
		j.buf = append(j.buf, "\n]\n"...)
	}
	return j.end()
}
