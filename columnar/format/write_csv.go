package format

import (
	"io"
	"strconv"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/types"
)

// csvWriter prints CSV. The elements of a tuple are columns of their own.
type csvWriter struct {
	base

	mode headerMode
	eol  string
}

func newCSVWriter(w io.Writer, o *WriteOptions, mode headerMode) *csvWriter {
	mime := "text/csv; charset=UTF-8; header=absent"
	if mode == headerNames || mode == headerNamesAndTypes {
		mime = "text/csv; charset=UTF-8; header=present"
	}
	c := &csvWriter{base: newBase(w, o, styleCSV, mime), mode: mode, eol: lineEnd(o)}
	c.p.null = `\N`
	return c
}

func (c *csvWriter) Begin(names []string, ts []types.Type) error {
	c.begin(names, ts)
	var flatNames []string
	var flatTypes []types.Type
	for i, t := range ts {
		flatNames, flatTypes = flattenTuple(flatNames, flatTypes, names[i], t)
	}
	if c.mode == headerNames || c.mode == headerNamesAndTypes {
		c.header(len(flatNames), func(i int) string { return flatNames[i] })
	}
	if c.mode == headerNamesAndTypes {
		c.header(len(flatTypes), func(i int) string { return flatTypes[i].String() })
	}
	return nil
}

// flattenTuple names the columns that a tuple is printed as.
func flattenTuple(names []string, ts []types.Type, name string, t types.Type) ([]string, []types.Type) {
	if t.Kind != types.Tuple {
		return append(names, name), append(ts, t)
	}
	for i, e := range t.Elems {
		part := strconv.Itoa(i + 1)
		if t.Names != nil {
			part = t.Names[i]
		}
		names, ts = flattenTuple(names, ts, name+"."+part, e)
	}
	return names, ts
}

func (c *csvWriter) header(n int, text func(int) string) {
	for i := range n {
		if i > 0 {
			c.buf = append(c.buf, c.o.CSVDelimiter)
		}
		c.buf = appendCSV(c.buf, []byte(text(i)))
	}
	c.buf = append(c.buf, c.eol...)
}

func (c *csvWriter) Write(b *batch.Batch) error {
	var cells []cell
	for _, v := range b.Cols {
		cells = c.flatten(cells, v)
	}
	for row := range b.Rows {
		for i, cl := range cells {
			if i > 0 {
				c.buf = append(c.buf, c.o.CSVDelimiter)
			}
			c.buf = cl(c.buf, row)
		}
		c.buf = append(c.buf, c.eol...)
		if err := c.full(); err != nil {
			return err
		}
	}
	return nil
}

func (c *csvWriter) flatten(cells []cell, v *batch.Vector) []cell {
	parts, ok := v.Data.([]*batch.Vector)
	if !ok {
		return append(cells, c.p.cell(v))
	}
	for _, p := range parts {
		if v.Const {
			p = batch.NewConst(p, v.Len)
		}
		cells = c.flatten(cells, p)
	}
	return cells
}

func (c *csvWriter) Totals(b *batch.Batch) error {
	c.buf = append(c.buf, c.eol...)
	return c.Write(b)
}

func (c *csvWriter) Extremes(b *batch.Batch) error { return c.Totals(b) }

func (c *csvWriter) End(Stats) error { return c.end() }
