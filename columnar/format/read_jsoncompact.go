package format

import (
	"github.com/freshetdb/freshet/columnar/chcode"
)

// compactRows reads JSONCompactEachRow: an array of values for each row.
type compactRows struct {
	header

	json    jsonReader
	mode    headerMode
	started bool
}

func newCompactRows(cols []Column, o *ReadOptions, mode headerMode) *compactRows {
	p := &compactRows{header: newHeader(cols, o), mode: mode}
	p.json.o, p.json.text.invalidUTF8 = o, o.AllowInvalidUTF8
	return p
}

func (p *compactRows) begin(c *cursor) error {
	if len(c.buf) < 4 && !c.final {
		return errMore
	}
	c.skipBOM()
	return p.read(c, p.mode, p)
}

func (p *compactRows) row(c *cursor, in *intake) (bool, error) {
	if more, err := p.between(c); !more || err != nil {
		return false, err
	}
	if !c.take('[') {
		return false, c.expected("'['")
	}
	for i, col := range p.order {
		c.space()
		if i > 0 {
			if !c.take(',') {
				return false, c.expected("','")
			}
			c.space()
		}
		if col < 0 {
			if err := skipJSON(c); err != nil {
				return false, err
			}
			continue
		}
		f := in.cols[col]
		if c.pos < len(c.buf) {
			if next, ok := f.plainJSON(c.buf, c.pos); ok {
				c.pos = next
				continue
			}
		}
		got, err := p.json.field(c, &f.field)
		if err != nil {
			return false, named(err, f)
		}
		if !got {
			in.markMissing(f)
		}
	}
	c.space()
	if !c.take(']') {
		return false, c.expected("']'")
	}
	p.fillAbsent(in)
	p.started = true
	return true, nil
}

// between steps to the next row; more is false at the end of the data.
func (p *compactRows) between(c *cursor) (more bool, err error) {
	c.space()
	if p.started && c.take(',') {
		c.space()
	}
	c.take(';')
	c.space()
	if c.pos < len(c.buf) {
		return true, nil
	}
	if !c.final {
		return false, errMore
	}
	return false, nil
}

// line implements lineReader.
func (p *compactRows) line(c *cursor) ([]string, error) {
	c.space()
	if !c.take('[') {
		return nil, c.expected("'['")
	}
	var out []string
	for first := true; ; first = false {
		c.space()
		if c.take(']') {
			break
		}
		if !first {
			if !c.take(',') {
				return nil, c.expected("','")
			}
			c.space()
		}
		s, err := p.json.text.read(c)
		if err != nil {
			return nil, err
		}
		out = append(out, string(s))
		if len(out) > maxColumns {
			return nil, c.fail(c.pos, chcode.IncorrectData, "The header has more than %d fields", maxColumns)
		}
	}
	p.started = true
	return out, nil
}

func (p *compactRows) canResync() bool { return true }

func (p *compactRows) resync(c *cursor) bool {
	p.started = true
	return skipLine(c)
}
