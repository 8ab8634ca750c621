package format

import (
	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/chcode"
	"github.com/freshetdb/freshet/columnar/types"
)

// valuesRows reads Values: rows in parentheses, as behind VALUES in an INSERT.
// Literals are read here, anything else by ReadOptions.EvalExpr.
type valuesRows struct {
	o       *ReadOptions
	values  textReader
	started bool
}

func newValuesRows(o *ReadOptions) *valuesRows { return &valuesRows{o: o} }

func (p *valuesRows) begin(c *cursor) error {
	if len(c.buf) < 4 && !c.final {
		return errMore
	}
	c.skipBOM()
	return nil
}

func (p *valuesRows) row(c *cursor, in *intake) (bool, error) {
	c.space()
	if p.started && c.take(',') {
		c.space()
	}
	if c.take(';') {
		c.space()
		if c.pos < len(c.buf) {
			return false, c.expected("the end of the data")
		}
	}
	if c.pos >= len(c.buf) {
		if !c.final {
			return false, errMore
		}
		return false, nil
	}
	if !c.take('(') {
		return false, c.expected("'('")
	}
	for i, f := range in.cols {
		c.space()
		got, err := p.value(c, &f.field, i == len(in.cols)-1)
		if err != nil {
			return false, named(err, f)
		}
		if !got {
			in.markMissing(f)
		}
	}
	p.started = true
	return true, nil
}

// value reads one value and the delimiter behind it.
func (p *valuesRows) value(c *cursor, f *field, last bool) (got bool, err error) {
	start, rows := c.pos, f.b.Len()
	if c.word("default") && p.delimiter(c, last) {
		f.b.AppendDefault()
		return false, nil
	}
	c.pos = start
	got, err = p.values.element(c, f, 0)
	if err == nil && p.delimiter(c, last) {
		return got, nil
	}
	if pe, ok := err.(*parseError); ok && !p.isExpr(pe) { //nolint:errorlint // parsers return it bare
		return false, err
	}
	f.b.Truncate(rows)
	if p.o.EvalExpr == nil {
		if err == nil {
			err = c.expected(delimiterName(last))
		}
		return false, err
	}
	c.pos = start
	return p.expr(c, f, last)
}

// isExpr tells whether a literal that can't be read may be an expression; a
// number that does not fit its type is an error either way.
func (p *valuesRows) isExpr(err *parseError) bool {
	return err.code != chcode.ArgumentOutOfBound && err.code != chcode.ValueIsOutOfRangeOfDataType
}

func (p *valuesRows) delimiter(c *cursor, last bool) bool {
	c.space()
	if last {
		return c.take(')')
	}
	return c.take(',')
}

func delimiterName(last bool) string {
	if last {
		return "')'"
	}
	return "','"
}

// expr reads an SQL expression. All of its row must be in the window before it
// is evaluated, since its end is not known.
func (p *valuesRows) expr(c *cursor, f *field, last bool) (got bool, err error) {
	start := c.pos
	if !c.final && !rowEndsInside(c) {
		return false, errMore
	}
	v, n, err := p.o.EvalExpr(c.buf[start:], *f.t)
	if err != nil {
		c.pos = start
		return false, c.fault(err, start, nil, f)
	}
	c.pos = start + n
	if !p.delimiter(c, last) {
		return false, c.fail(start, chcode.SyntaxError, "Cannot parse expression of type %s here: %s",
			f.t, clip(c.buf[start:]))
	}
	if v.IsNull(0) && !f.nullable {
		if !f.null() {
			return false, c.fail(start, chcode.CannotInsertNullInOrdinaryColumn, "Cannot insert NULL into %s", f.t)
		}
		return false, nil
	}
	return true, p.add(c, f, v)
}

func (p *valuesRows) add(c *cursor, f *field, v *batch.Vector) error {
	if v.Type.Phys() != f.t.Phys() && v.Type.Kind != types.Nothing {
		return c.fail(c.pos, chcode.TypeMismatch, "An expression of type %s stands for a value of type %s", v.Type, f.t)
	}
	f.b.AppendRow(v, 0)
	return nil
}

// rowEndsInside tells whether the closing parenthesis of the row, which is
// open, lies in the window.
func rowEndsInside(c *cursor) bool {
	depth := 1
	for i := c.pos; i < len(c.buf); i++ {
		switch b := c.buf[i]; b {
		case '(':
			depth++
		case ')':
			if depth--; depth == 0 {
				return true
			}
		case '\'', '"', '`':
			for i++; i < len(c.buf) && c.buf[i] != b; i++ {
				if c.buf[i] == '\\' {
					i++
				}
			}
		}
	}
	return false
}

func (p *valuesRows) canResync() bool { return false }

func (p *valuesRows) resync(*cursor) bool { return true }
