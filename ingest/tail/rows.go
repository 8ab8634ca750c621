package tail

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/format"
	"github.com/freshetdb/freshet/columnar/table"
	"github.com/freshetdb/freshet/columnar/types"
	"github.com/freshetdb/freshet/ingest/decode"
	"github.com/freshetdb/freshet/ingest/pipe"
)

// rowMaker turns lines into rows of a table: by named fields, or as JSON.
type rowMaker struct {
	fields decode.Fields // nil for JSON lines
	shaper pipe.Shaper
}

func newRowMaker(s *table.Source, shaper pipe.Shaper) (*rowMaker, error) {
	f, ok, err := decode.For(s)
	if err != nil {
		return nil, err
	}
	if !ok {
		f = nil
	}
	return &rowMaker{fields: f, shaper: shaper}, nil
}

// badLine is a line that is no row.
type badLine struct {
	at  uint64
	err error
}

// rows makes the stored columns of the lines that are rows, with their offsets.
func (m *rowMaker) rows(ctx context.Context, d *table.Def, lines [][]byte, at []uint64) (*batch.Batch, []uint64, []badLine, error) {
	cols := inputColumns(d, m.fields)
	names := make([]string, len(cols))
	for i, c := range cols {
		names[i] = c.Name
	}
	if len(cols) == 0 {
		return nil, nil, nil, fmt.Errorf("table %s has no column that the log's lines fill", d.FullName())
	}
	var bad []badLine
	parts := []*format.Rows{}
	var kept []uint64
	for i, line := range lines {
		text, err := m.text(line, cols)
		if err == nil {
			var r *format.Rows
			if r, err = readLine(m.format(), text, cols); err == nil {
				parts, kept = append(parts, r), append(kept, at[i])
				continue
			}
		}
		bad = append(bad, badLine{at[i], err})
	}
	b, missing := join(parts, cols)
	shaped, err := m.shaper.Shape(ctx, d, names, b, missing)
	return shaped, kept, bad, err
}

func (m *rowMaker) format() string {
	if m.fields == nil {
		return "JSONEachRow"
	}
	return "TabSeparated"
}

// inputColumns are the columns that lines can fill.
func inputColumns(d *table.Def, f decode.Fields) []format.Column {
	var out []format.Column
	for _, c := range d.Schema.Columns {
		if c.Kind == types.Materialized || c.Kind == types.Alias || (f != nil && !slices.Contains(f.Names(), c.Name)) {
			continue
		}
		out = append(out, format.Column{Name: c.Name, Type: c.Type, HasDefault: c.Default != ""})
	}
	return out
}

// text is a line as the format reads it: for named fields one line of
// TabSeparated in the order of cols, \N where a field is missing.
func (m *rowMaker) text(line []byte, cols []format.Column) ([]byte, error) {
	if m.fields == nil {
		return line, nil
	}
	values := make([][]byte, len(cols))
	names := m.fields.Names()
	err := m.fields.Split(line, func(field int, v []byte) {
		for i, c := range cols {
			if c.Name == names[field] {
				values[i] = v
			}
		}
	})
	if err != nil {
		return nil, err
	}
	var out []byte
	for i, v := range values {
		if i > 0 {
			out = append(out, '\t')
		}
		if v == nil {
			out = append(out, `\N`...)
			continue
		}
		out = appendEscaped(out, v)
	}
	return append(out, '\n'), nil
}

func appendEscaped(dst, v []byte) []byte {
	for _, c := range v {
		switch c {
		case '\t':
			dst = append(dst, `\t`...)
		case '\n':
			dst = append(dst, `\n`...)
		case '\r':
			dst = append(dst, `\r`...)
		case '\\':
			dst = append(dst, `\\`...)
		default:
			dst = append(dst, c)
		}
	}
	return dst
}

func readLine(name string, text []byte, cols []format.Column) (*format.Rows, error) {
	if len(bytes.TrimSpace(text)) == 0 {
		return nil, decode.ErrMalformed
	}
	r, err := format.NewBytesReader(name, text, cols, format.ReadOptions{NoHeaderDetection: true})
	if err != nil {
		return nil, err
	}
	rows, err := r.Next(2, lineMax)
	if errors.Is(err, io.EOF) {
		return nil, decode.ErrMalformed
	}
	if err != nil {
		return nil, err
	}
	if rows.Rows != 1 {
		return nil, fmt.Errorf("%w: %d rows on one line", decode.ErrMalformed, rows.Rows)
	}
	return rows, nil
}

// join puts single rows together.
func join(parts []*format.Rows, cols []format.Column) (*batch.Batch, [][]bool) {
	names, ts := make([]string, len(cols)), make([]types.Type, len(cols))
	for i, c := range cols {
		names[i], ts[i] = c.Name, c.Type
	}
	batches := make([]*batch.Batch, len(parts))
	missing := make([][]bool, len(cols))
	for r, p := range parts {
		batches[r] = p.Batch
		for c := range cols {
			if p.Missing != nil && p.Missing[c] != nil && p.Missing[c][0] {
				if missing[c] == nil {
					missing[c] = make([]bool, len(parts))
				}
				missing[c][r] = true
			}
		}
	}
	return batch.ConcatBatches(names, ts, batches), missing
}
