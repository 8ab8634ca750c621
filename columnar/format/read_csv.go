package format

import (
	"bytes"

	"github.com/freshetdb/freshet/columnar/chcode"
	"github.com/freshetdb/freshet/columnar/types"
)

// csvRows reads CSV.
type csvRows struct {
	header

	mode    headerMode
	comma   byte
	values  textReader
	scratch []byte
}

func newCSVRows(cols []Column, o *ReadOptions, mode headerMode) *csvRows {
	return &csvRows{header: newHeader(cols, o), mode: mode, comma: o.CSVDelimiter}
}

// checkDelimiter refuses delimiters that fields may contain.
func checkDelimiter(d byte) error {
	if bytes.IndexByte([]byte(" \t\"'.UL\r\n"), d) >= 0 {
		return chcode.Errorf(chcode.BadArguments, "CSV format may not work correctly with delimiter %q", d)
	}
	return nil
}

func (p *csvRows) begin(c *cursor) error { return p.read(c, p.mode, p) }

func (p *csvRows) row(c *cursor, in *intake) (bool, error) {
	if c.pos >= len(c.buf) {
		if c.final {
			return false, nil
		}
		return false, errMore
	}
	for i, col := range p.order {
		if i > 0 {
			if err := p.delimiter(c, in, i); err != nil {
				return false, err
			}
		}
		if col < 0 {
			if _, _, err := p.field(c); err != nil {
				return false, err
			}
			continue
		}
		f := in.cols[col]
		got, err := p.value(c, &f.field, i == len(p.order)-1)
		if err != nil {
			return false, named(err, f)
		}
		if !got {
			in.markMissing(f)
		}
	}
	if err := p.lineEnd(c); err != nil {
		return false, err
	}
	p.fillAbsent(in)
	return true, nil
}

func (p *csvRows) delimiter(c *cursor, in *intake, i int) error {
	c.blank()
	if c.take(p.comma) {
		return nil
	}
	err := c.expected("'" + string(p.comma) + "'")
	if prev := p.order[i-1]; prev >= 0 {
		err = named(err, in.cols[prev])
	}
	pe := err.(*parseError) //nolint:errorlint,forcetypeassert // made above
	if b := c.peek(); b == '\n' || b == '\r' {
		pe.reason += ": the row has fewer fields than the table has columns"
	}
	return pe
}

// lineEnd steps over what ends a row: an optional delimiter and \n, \r\n or \n\r.
func (p *csvRows) lineEnd(c *cursor) error {
	c.blank()
	if c.take(p.comma) {
		c.blank()
	}
	switch {
	case c.pos >= len(c.buf):
		if !c.final {
			return errMore
		}
		return nil
	case c.take('\n'):
		if c.pos >= len(c.buf) && !c.final {
			return errMore
		}
		c.take('\r')
		return nil
	case c.peek() == '\r':
		if c.pos+1 >= len(c.buf) && !c.final {
			return errMore
		}
		if c.exact("\r\n") {
			return nil
		}
		return c.fail(c.pos, chcode.IncorrectData, "Cannot parse CSV format: found \\r (CR) not followed by \\n (LF). "+
			"Line must end by \\n (LF) or \\r\\n (CR LF) or \\n\\r")
	default:
		return c.fail(c.pos, chcode.IncorrectData, "Expected end of line, got %s: "+
			"the row has more fields than the table has columns, or a value with the delimiter is not in quotes",
			clip(c.rest(24)))
	}
}

// value reads a field into f; got is false when the field is empty or a NULL
// that stands for the column's default.
func (p *csvRows) value(c *cursor, f *field, last bool) (got bool, err error) {
	c.blank()
	switch b := c.peek(); {
	case b == p.comma && c.pos < len(c.buf), last && (c.pos >= len(c.buf) || b == '\n' || b == '\r'):
		f.b.AppendDefault()
		return false, nil
	case f.kind == types.Tuple:
		return true, p.tuple(c, f, last)
	}
	if f.t.IsInteger() {
		if v, next, ok := fastInt(c.buf, c.pos); ok && next < len(c.buf) && p.ends(c.buf[next]) && f.putInt(v) {
			f.b.NotNull()
			c.pos = next
			return true, nil
		}
	}
	start := c.pos
	s, quoted, err := p.field(c)
	if err != nil {
		return false, err
	}
	if !quoted && len(s) == 2 && s[0] == '\\' && s[1] == 'N' {
		if !f.null() {
			return false, c.fail(start, chcode.CannotInsertNullInOrdinaryColumn, "Cannot insert NULL into %s", f.t)
		}
		return f.nullable, nil
	}
	if f.kind == types.Array {
		return true, p.array(c, f, start, s)
	}
	if err := f.text(s); err != nil {
		c.pos = start
		return false, c.fault(err, start, s, f)
	}
	return true, nil
}

func (p *csvRows) ends(b byte) bool { return b == p.comma || b == '\n' || b == '\r' }

// array reads an array from the text of a field.
func (p *csvRows) array(c *cursor, f *field, start int, s []byte) error {
	inner := cursor{buf: s, final: true}
	err := p.values.value(&inner, f, 0)
	if err == nil && inner.pos < len(s) {
		err = inner.expected("the end of the array")
	}
	if pe, ok := err.(*parseError); ok { //nolint:errorlint // parsers return it bare
		c.pos, pe.pos = start, start
	}
	return err
}

// tuple reads the elements of a tuple from fields of their own.
func (p *csvRows) tuple(c *cursor, f *field, last bool) error {
	for i, e := range f.elems {
		if i > 0 {
			c.blank()
			if !c.take(p.comma) {
				return c.expected("'" + string(p.comma) + "'")
			}
		}
		if _, err := p.value(c, e, last && i == len(f.elems)-1); err != nil {
			return err
		}
	}
	f.b.EndTuple()
	return nil
}

// field reads a field's text, without its quotes and the blanks around it. It
// holds until the next call.
func (p *csvRows) field(c *cursor) (s []byte, quoted bool, err error) {
	c.blank()
	if c.peek() == '"' {
		s, err = p.quoted(c)
		return s, true, err
	}
	start := c.pos
	for c.pos < len(c.buf) && !p.ends(c.buf[c.pos]) {
		c.pos++
	}
	if c.pos >= len(c.buf) && !c.final {
		return nil, false, errMore
	}
	return bytes.TrimRight(c.buf[start:c.pos], " \t"), false, nil
}

// quoted reads a text in double quotes; two of them inside stand for one.
func (p *csvRows) quoted(c *cursor) ([]byte, error) {
	c.pos++
	p.scratch = p.scratch[:0]
	for {
		start := c.pos
		i := bytes.IndexByte(c.buf[start:], '"')
		if i < 0 || (start+i+1 >= len(c.buf) && !c.final) {
			if !c.final {
				return nil, errMore
			}
			return nil, c.fail(len(c.buf), chcode.CannotParseQuotedString, "Cannot parse CSV: expected closing quote '\"'")
		}
		end := start + i
		c.pos = end + 1
		if c.peek() != '"' {
			if len(p.scratch) == 0 {
				return c.buf[start:end], nil
			}
			p.scratch = append(p.scratch, c.buf[start:end]...)
			return p.scratch, nil
		}
		p.scratch = append(p.scratch, c.buf[start:end+1]...)
		c.pos++
	}
}

// line implements lineReader.
func (p *csvRows) line(c *cursor) ([]string, error) {
	var out []string
	for c.pos < len(c.buf) {
		s, _, err := p.field(c)
		if err != nil {
			return nil, err
		}
		out = append(out, string(s))
		if len(out) > maxColumns {
			return nil, c.fail(c.pos, chcode.IncorrectData, "The header has more than %d fields", maxColumns)
		}
		c.blank()
		if !c.take(p.comma) {
			return out, p.lineEnd(c)
		}
	}
	if !c.final {
		return nil, errMore
	}
	return out, nil
}

func (p *csvRows) canResync() bool { return true }

func (p *csvRows) resync(c *cursor) bool { return skipLine(c) }
