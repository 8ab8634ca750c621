package format

import (
	"github.com/freshetdb/freshet/columnar/chcode"
	"github.com/freshetdb/freshet/columnar/types"
)

// textReader reads values as they are written in SQL: strings in single quotes,
// bare numbers, arrays in brackets, tuples in parentheses. Arrays and tuples of
// TSV and CSV are written so, and literals of the Values format.
type textReader struct{ quoted quotedText }

// element reads a value or NULL.
func (t *textReader) element(c *cursor, f *field, depth int) (got bool, err error) {
	if b := c.peek(); b|0x20 == 'n' && c.null() {
		if !f.null() {
			return false, c.fail(c.pos, chcode.CannotInsertNullInOrdinaryColumn, "Cannot insert NULL into %s", f.t)
		}
		return f.nullable, nil
	}
	return true, t.value(c, f, depth)
}

// null steps over NULL in any case, unless it is the beginning of a longer word.
func (c *cursor) null() bool {
	start := c.pos
	if !c.word("null") {
		return false
	}
	if b := c.peek(); isWord(b) {
		c.pos = start
		return false
	}
	return true
}

func isWord(b byte) bool {
	return b == '_' || isDigit(b) || (b|0x20 >= 'a' && b|0x20 <= 'z')
}

func (t *textReader) value(c *cursor, f *field, depth int) error {
	switch f.kind {
	case types.Array:
		return t.array(c, f, depth)
	case types.Tuple:
		return t.tuple(c, f, depth)
	case types.Date, types.Date32, types.DateTime, types.DateTime64:
		if c.peek() != '\'' {
			return t.ticks(c, f)
		}
	case types.String, types.FixedString, types.UUID, types.IPv4, types.IPv6:
	default:
		if c.peek() != '\'' {
			return t.token(c, f)
		}
	}
	start := c.pos
	s, err := t.quoted.read(c)
	if err != nil {
		return err
	}
	return c.fault(f.text(s), start, s, f)
}

// token reads a number, or one of the words of Bool and floats.
func (t *textReader) token(c *cursor, f *field) error {
	start := c.pos
	end := numberEnd(c.buf, start)
	s := c.buf[start:end]
	if len(s) == 0 {
		return c.fail(start, chcode.CannotParseInputAssertionFailed,
			"Cannot read a value of type %s here: %s", f.t, clip(c.rest(24)))
	}
	if err := f.text(s); err != nil {
		return c.fault(err, start, s, f)
	}
	c.pos = end
	return nil
}

// ticks reads a time given as a whole number.
func (t *textReader) ticks(c *cursor, f *field) error {
	start := c.pos
	v, next, ok := wholeInt(c.buf, start)
	if !ok {
		return c.expected("'''")
	}
	if !f.ticks(v) {
		return c.fault(types.FaultRange, start, c.buf[start:next], f)
	}
	f.b.NotNull()
	c.pos = next
	return nil
}

func (t *textReader) array(c *cursor, f *field, depth int) error {
	if depth >= maxNesting {
		return c.fail(c.pos, chcode.TooDeepRecursion, "Arrays are nested deeper than %d levels", maxNesting)
	}
	if !c.take('[') {
		return c.fail(c.pos, chcode.CannotReadArrayFromText, "Array does not start with '[' character, but with %s",
			clip(c.rest(8)))
	}
	for first := true; ; first = false {
		c.space()
		if c.take(']') {
			f.b.EndList()
			return nil
		}
		if !first {
			if c.pos < len(c.buf) && c.peek() != ',' {
				return c.fail(c.pos, chcode.CannotReadArrayFromText,
					"Cannot read array from text, expected comma or end of array, found %s", clip(c.rest(8)))
			}
			if !c.take(',') {
				return c.expected("']'")
			}
			c.space()
			if c.take(']') { // ClickHouse takes a comma behind the last element
				f.b.EndList()
				return nil
			}
		}
		if _, err := t.element(c, f.elems[0], depth+1); err != nil {
			return err
		}
	}
}

func (t *textReader) tuple(c *cursor, f *field, depth int) error {
	if depth >= maxNesting {
		return c.fail(c.pos, chcode.TooDeepRecursion, "Tuples are nested deeper than %d levels", maxNesting)
	}
	if !c.take('(') {
		return c.expected("'('")
	}
	for i, e := range f.elems {
		c.space()
		if i > 0 {
			if !c.take(',') {
				return c.expected("','")
			}
			c.space()
		}
		if _, err := t.element(c, e, depth+1); err != nil {
			return err
		}
	}
	c.space()
	if len(f.elems) == 1 && c.take(',') { // (1,) is a tuple of one
		c.space()
	}
	if !c.take(')') {
		return c.expected("')'")
	}
	f.b.EndTuple()
	return nil
}
