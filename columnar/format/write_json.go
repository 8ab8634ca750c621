package format

import (
	"io"
	"strconv"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/types"
)

// jsonWriter prints JSON and JSONCompact: one document with meta, data, totals,
// extremes and statistics. JSON has an object a row, JSONCompact an array.
type jsonWriter struct {
	base

	compact bool
	keys    [][]byte
	any     bool
	dataEnd bool
	answer  string // printed behind meta; "" for nothing
}

func newJSONWriter(w io.Writer, o *WriteOptions, compact, strings bool) *jsonWriter {
	j := &jsonWriter{base: newBase(w, o, styleJSON, "application/json; charset=UTF-8"), compact: compact}
	j.p.null = "null"
	if strings {
		j.p.style, j.p.null = styleStrings, nullString
	}
	if !compact {
		j.p.indent = "\t"
	}
	return j
}

func (j *jsonWriter) Begin(names []string, ts []types.Type) error {
	j.begin(names, ts)
	j.keys = make([][]byte, len(names))
	j.buf = append(j.buf, "{\n\t\"meta\":\n\t["...)
	for i, n := range names {
		j.keys[i] = append(appendJSON(nil, []byte(n)), ": "...)
		if i > 0 {
			j.buf = append(j.buf, ',')
		}
		j.buf = append(j.buf, "\n\t\t{\n\t\t\t\"name\": "...)
		j.buf = appendJSON(j.buf, []byte(n))
		j.buf = append(j.buf, ",\n\t\t\t\"type\": "...)
		j.buf = appendJSON(j.buf, []byte(ts[i].String()))
		j.buf = append(j.buf, "\n\t\t}"...)
	}
	j.buf = append(j.buf, "\n\t],\n\n"...)
	if j.answer != "" {
		j.buf = append(j.buf, "\t\"answer\": "...)
		j.buf = append(appendJSON(j.buf, []byte(j.answer)), ",\n\n"...)
	}
	j.buf = append(j.buf, "\t\"data\":\n\t[\n"...)
	return nil
}

// Answer implements Answerer. It is a key of its own, since clients read meta as a
// list of columns.
func (j *jsonWriter) Answer(text string) { j.answer = text }

func (j *jsonWriter) Write(b *batch.Batch) error {
	cells := j.rowCells(b, 3)
	for row := range b.Rows {
		if j.any {
			j.buf = append(j.buf, ",\n"...)
		}
		j.any = true
		j.row(cells, row, "\t\t")
		if err := j.full(); err != nil {
			return err
		}
	}
	return nil
}

// rowCells are the printers of values that stand at a depth of the document.
func (j *jsonWriter) rowCells(b *batch.Batch, depth int) []cell {
	out := make([]cell, len(b.Cols))
	for i, v := range b.Cols {
		out[i] = j.p.at(v, j.p.null, depth)
	}
	return out
}

// row prints a row that begins with an indent.
func (j *jsonWriter) row(cells []cell, row int, indent string) {
	j.buf = append(j.buf, indent...)
	if j.compact {
		j.buf = appendCompact(j.buf, cells, row)
		return
	}
	j.object(cells, row, indent)
}

func (j *jsonWriter) object(cells []cell, row int, indent string) {
	j.buf = append(j.buf, '{')
	for i, c := range cells {
		if i > 0 {
			j.buf = append(j.buf, ',')
		}
		j.buf = append(append(j.buf, '\n'), indent...)
		j.buf = append(append(j.buf, '\t'), j.keys[i]...)
		j.buf = c(j.buf, row)
	}
	j.buf = append(append(append(j.buf, '\n'), indent...), '}')
}

// endData closes the array of rows.
func (j *jsonWriter) endData() {
	if !j.dataEnd {
		j.dataEnd = true
		j.buf = append(j.buf, "\n\t]"...)
	}
}

func (j *jsonWriter) Totals(b *batch.Batch) error {
	if b.Rows == 0 {
		return nil
	}
	j.endData()
	j.buf = append(j.buf, ",\n\n\t\"totals\":"...)
	j.special(j.rowCells(b, 2), 0, "\t")
	return j.full()
}

// special prints a row behind its key.
func (j *jsonWriter) special(cells []cell, row int, indent string) {
	if j.compact {
		j.buf = appendCompact(append(j.buf, ' '), cells, row)
		return
	}
	j.buf = append(append(j.buf, '\n'), indent...)
	j.object(cells, row, indent)
}

func (j *jsonWriter) Extremes(b *batch.Batch) error {
	if b.Rows < 2 {
		return nil
	}
	j.endData()
	cells := j.rowCells(b, 3)
	j.buf = append(j.buf, ",\n\n\t\"extremes\":\n\t{\n\t\t\"min\":"...)
	j.special(cells, 0, "\t\t")
	j.buf = append(j.buf, ",\n\t\t\"max\":"...)
	j.special(cells, 1, "\t\t")
	j.buf = append(j.buf, "\n\t}"...)
	return j.full()
}

func (j *jsonWriter) End(s Stats) error {
	j.endData()
	j.field("rows", s.Rows)
	if s.HasRowsBeforeLimit {
		j.field("rows_before_limit_at_least", s.RowsBeforeLimit)
	}
	if !j.o.NoStatistics {
		j.buf = append(j.buf, ",\n\n\t\"statistics\":\n\t{\n\t\t\"elapsed\": "...)
		j.buf = types.AppendFloat64(j.buf, s.Elapsed.Seconds())
		j.buf = append(j.buf, ",\n\t\t\"rows_read\": "...)
		j.buf = strconv.AppendInt(j.buf, s.ReadRows, 10)
		j.buf = append(j.buf, ",\n\t\t\"bytes_read\": "...)
		j.buf = strconv.AppendInt(j.buf, s.ReadBytes, 10)
		j.buf = append(j.buf, "\n\t}"...)
	}
	j.buf = append(j.buf, "\n}\n"...)
	return j.end()
}

func (j *jsonWriter) field(name string, v int64) {
	j.buf = append(j.buf, ",\n\n\t\""...)
	j.buf = append(j.buf, name...)
	j.buf = append(j.buf, "\": "...)
	j.buf = strconv.AppendInt(j.buf, v, 10)
}
