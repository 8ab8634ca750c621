package format

import (
	"bytes"

	"github.com/freshetdb/freshet/columnar/chcode"
	"github.com/freshetdb/freshet/columnar/types"
)

// tsvRows reads TabSeparated and, with raw set, TabSeparatedRaw, in which a
// backslash stands for itself.
type tsvRows struct {
	header

	mode    headerMode
	raw     bool
	values  textReader
	scratch []byte
	checked bool // the first line end was looked at
}

func newTSVRows(cols []Column, o *ReadOptions, mode headerMode, raw bool) *tsvRows {
	return &tsvRows{header: newHeader(cols, o), mode: mode, raw: raw}
}

func (p *tsvRows) begin(c *cursor) error { return p.read(c, p.mode, p) }

func (p *tsvRows) row(c *cursor, in *intake) (bool, error) {
	if c.pos >= len(c.buf) {
		if c.final {
			return false, nil
		}
		return false, errMore
	}
	for i, col := range p.order {
		if i > 0 && !c.take('\t') {
			return false, p.missing(c, in, i)
		}
		if col < 0 {
			if _, err := p.field(c); err != nil {
				return false, err
			}
			continue
		}
		f := in.cols[col]
		got, err := p.value(c, &f.field)
		if err != nil {
			return false, named(err, f)
		}
		if !got {
			in.markMissing(f)
		}
	}
	if c.pos >= len(c.buf) && !c.final {
		return false, errMore
	}
	if !p.checked {
		if err := p.noReturn(c); err != nil {
			return false, err
		}
		p.checked = true
	}
	if err := p.lineEnd(c); err != nil {
		return false, err
	}
	p.fillAbsent(in)
	return true, nil
}

// missing is the error for a row that ends before field i.
func (p *tsvRows) missing(c *cursor, in *intake, i int) error {
	err := c.expected(`'\t'`)
	if prev := p.order[i-1]; prev >= 0 {
		err = named(err, in.cols[prev])
	}
	pe := err.(*parseError) //nolint:errorlint,forcetypeassert // made one line above
	if c.peek() == '\n' {
		pe.reason += ": the row has fewer fields than the table has columns"
	}
	return pe
}

// lineEnd steps over the line end behind the last field.
func (p *tsvRows) lineEnd(c *cursor) error {
	if c.pos < len(c.buf) && !c.take('\n') {
		err := c.expected(`'\n'`)
		if c.peek() == '\t' {
			err.(*parseError).reason += ": the row has more fields than the table has columns" //nolint:errorlint,forcetypeassert // made one line above
		}
		return err
	}
	return nil
}

// noReturn refuses a carriage return at the end of a line, where it is nearly
// always part of the line end.
func (p *tsvRows) noReturn(c *cursor) error {
	if c.pos > 0 && c.buf[c.pos-1] == '\r' {
		return c.fail(c.pos, chcode.IncorrectData, "There is a carriage return (\\r) at the end of the first row: "+
			"lines of TabSeparated end with \\n alone; a \\r that belongs to a value is written as an escape sequence")
	}
	return nil
}

// value reads a field into f; got is false for a NULL that stands for the
// column's default.
func (p *tsvRows) value(c *cursor, f *field) (got bool, err error) {
	switch f.kind {
	case types.Array, types.Tuple:
		if !c.isNullField() {
			return true, p.values.value(c, f, 0)
		}
	case types.String:
		if end := tsvRun(c.buf, c.pos); end < len(c.buf) && c.buf[end] != '\\' {
			f.b.Str.Append(c.buf[c.pos:end])
			f.b.NotNull()
			c.pos = end
			return true, nil
		}
	case types.Int8, types.Int16, types.Int32, types.Int64, types.UInt8, types.UInt16, types.UInt32, types.UInt64:
		if v, next, ok := fastInt(c.buf, c.pos); ok && endsField(c.buf, next) && f.putInt(v) {
			f.b.NotNull()
			c.pos = next
			return true, nil
		}
	case types.Decimal:
		if v, next, ok := fastDecimal(c.buf, c.pos, int(f.t.Scale)); ok && !f.wide && endsField(c.buf, next) && f.fits(v) {
			f.b.I64 = append(f.b.I64, v)
			f.b.NotNull()
			c.pos = next
			return true, nil
		}
	default:
	}
	start := c.pos
	if c.isNullField() {
		c.pos += 2
		if !f.null() {
			return false, c.fail(start, chcode.CannotInsertNullInOrdinaryColumn, "Cannot insert NULL into %s", f.t)
		}
		return f.nullable, nil
	}
	s, err := p.field(c)
	if err != nil {
		return false, err
	}
	if err := f.text(s); err != nil {
		c.pos = start
		return false, c.fault(err, start, s, f)
	}
	return true, nil
}

// isNullField tells whether the field here is \N.
func (c *cursor) isNullField() bool {
	return c.pos+2 <= len(c.buf) && c.buf[c.pos] == '\\' && c.buf[c.pos+1] == 'N' && endsField(c.buf, c.pos+2)
}

// endsField tells whether a TSV field ends at pos.
func endsField(buf []byte, pos int) bool {
	return pos >= len(buf) || buf[pos] == '\t' || buf[pos] == '\n'
}

// field reads a field's text; it holds until the next call.
func (p *tsvRows) field(c *cursor) ([]byte, error) {
	start := c.pos
	if p.raw {
		for c.pos < len(c.buf) && c.buf[c.pos] != '\t' && c.buf[c.pos] != '\n' {
			c.pos++
		}
		return c.buf[start:c.pos], nil
	}
	c.pos = tsvRun(c.buf, start)
	if c.peek() != '\\' {
		return c.buf[start:c.pos], nil
	}
	p.scratch = append(p.scratch[:0], c.buf[start:c.pos]...)
	for c.peek() == '\\' {
		c.pos++
		var err error
		if p.scratch, err = unescape(p.scratch, c); err != nil {
			return nil, err
		}
		end := tsvRun(c.buf, c.pos)
		p.scratch = append(p.scratch, c.buf[c.pos:end]...)
		c.pos = end
	}
	return p.scratch, nil
}

// line implements lineReader.
func (p *tsvRows) line(c *cursor) ([]string, error) {
	if !c.final && bytes.IndexByte(c.buf[c.pos:], '\n') < 0 {
		return nil, errMore
	}
	var out []string
	for c.pos < len(c.buf) {
		s, err := p.field(c)
		if err != nil {
			return nil, err
		}
		out = append(out, string(s))
		if len(out) > maxColumns {
			return nil, c.fail(c.pos, chcode.IncorrectData, "The header has more than %d fields", maxColumns)
		}
		if c.take('\t') {
			continue
		}
		break
	}
	if c.pos >= len(c.buf) && !c.final {
		return nil, errMore // the line end that was found belongs to a name
	}
	if len(out) > 0 {
		if err := p.noReturn(c); err != nil {
			return nil, err
		}
		if err := p.lineEnd(c); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (p *tsvRows) canResync() bool { return true }

func (p *tsvRows) resync(c *cursor) bool { return skipLine(c) }
