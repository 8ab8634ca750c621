package format

import (
	"unicode/utf8"

	"github.com/freshetdb/freshet/columnar/chcode"
	"github.com/freshetdb/freshet/columnar/types"
)

// jsonReader reads JSON values into fields.
type jsonReader struct {
	text jsonText
	o    *ReadOptions
}

// field reads the value of a column; got is false when it was a null that
// stands for the column's default.
func (j *jsonReader) field(c *cursor, f *field) (got bool, err error) {
	if c.peek() == 'n' && c.exact("null") {
		if !f.null() {
			return false, c.fail(c.pos, chcode.CannotInsertNullInOrdinaryColumn,
				"Cannot insert NULL into a column of type %s", f.t)
		}
		return f.nullable, nil
	}
	return true, j.value(c, f, 0)
}

// value reads a value that is not null, with c.pos at its first character.
func (j *jsonReader) value(c *cursor, f *field, depth int) error {
	switch f.kind {
	case types.String:
		return j.str(c, f)
	case types.Int8, types.Int16, types.Int32, types.Int64, types.Interval,
		types.UInt8, types.UInt16, types.UInt32, types.UInt64:
		return j.integer(c, f)
	case types.Float32, types.Float64, types.Decimal:
		return j.number(c, f)
	case types.Array:
		return j.array(c, f, depth)
	case types.Tuple:
		return j.tuple(c, f, depth)
	case types.Bool:
		return j.boolean(c, f)
	case types.Date, types.Date32, types.DateTime, types.DateTime64:
		return j.time(c, f)
	case types.Enum8, types.Enum16:
		if c.peek() != '"' {
			return j.token(c, f)
		}
	default:
	}
	return j.quoted(c, f)
}

// str reads a String; other JSON values become their text.
func (j *jsonReader) str(c *cursor, f *field) error {
	if c.peek() == '"' {
		s, err := j.text.read(c)
		if err != nil {
			return err
		}
		f.b.Str.Append(s)
		f.b.NotNull()
		return nil
	}
	start := c.pos
	if err := skipJSON(c); err != nil {
		return err
	}
	s := c.buf[start:c.pos]
	if !j.text.invalidUTF8 && !utf8.Valid(s) {
		return j.text.badUTF8(c, start, s)
	}
	f.b.Str.Append(s)
	f.b.NotNull()
	return nil
}

// quoted reads a value from the text of a string.
func (j *jsonReader) quoted(c *cursor, f *field) error {
	start := c.pos
	if c.peek() != '"' {
		return c.expected("'\"'")
	}
	s, err := j.text.read(c)
	if err != nil {
		return err
	}
	return c.fault(f.text(s), start, s, f)
}

// token reads a value from the characters of a number or word.
func (j *jsonReader) token(c *cursor, f *field) error {
	start := c.pos
	end := numberEnd(c.buf, start)
	s := c.buf[start:end]
	if len(s) == 0 {
		code := chcode.CannotParseNumber
		if !f.t.IsFloat() {
			code = chcode.CannotParseInputAssertionFailed
		}
		return c.fail(start, code, "Cannot read a value of type %s here: %s", f.t, clip(c.rest(16)))
	}
	if err := f.text(s); err != nil {
		return c.fault(err, start, s, f)
	}
	c.pos = end
	return nil
}

func (j *jsonReader) integer(c *cursor, f *field) error {
	if v, next, ok := fastInt(c.buf, c.pos); ok && endsNumber(c.buf, next) {
		if !f.putInt(v) {
			return c.outOfRange(c.pos, c.buf[c.pos:next], f)
		}
		f.b.NotNull()
		c.pos = next
		return nil
	}
	switch c.peek() {
	case '"':
		start := c.pos
		s, err := j.text.read(c)
		if err != nil {
			return err
		}
		if v, ok := boolWord(s); ok {
			f.putInt(v)
			f.b.NotNull()
			return nil
		}
		return c.fault(f.text(s), start, s, f)
	case 't', 'f':
		if v, ok := jsonBool(c); ok {
			f.putInt(v)
			f.b.NotNull()
			return nil
		}
	default:
	}
	return j.token(c, f)
}

// outOfRange is the error for a whole number that f can't hold.
func (c *cursor) outOfRange(pos int, text []byte, f *field) error {
	if text[0] == '-' && f.t.IsUnsigned() {
		return c.fail(pos, chcode.CannotParseNumber, "Unsigned type must not contain '-' symbol: %s is not %s", text, f.t)
	}
	return c.fault(types.FaultRange, pos, text, f)
}

// endsNumber tells that the character at pos is none of a number or word. At
// the end of the window a number may go on, but then its row does as well.
func endsNumber(buf []byte, pos int) bool {
	if pos >= len(buf) {
		return true
	}
	b := buf[pos]
	return b == ',' || b == '}' || b == ']' || b == ' ' || (b < ' ' && b != 0)
}

// jsonBool reads true or false as 1 or 0.
func jsonBool(c *cursor) (int64, bool) {
	if c.exact("true") {
		return 1, true
	}
	return 0, c.exact("false")
}

func boolWord(s []byte) (int64, bool) {
	switch string(s) {
	case "true":
		return 1, true
	case "false":
		return 0, true
	default:
		return 0, false
	}
}

// number reads a float or decimal.
func (j *jsonReader) number(c *cursor, f *field) error {
	switch c.peek() {
	case '"':
		return j.quoted(c, f)
	case 't', 'f':
		if f.kind == types.Decimal {
			break
		}
		if v, ok := jsonBool(c); ok {
			if f.kind == types.Float32 {
				f.b.F32 = append(f.b.F32, float32(v))
			} else {
				f.b.F64 = append(f.b.F64, float64(v))
			}
			f.b.NotNull()
			return nil
		}
	default:
	}
	return j.token(c, f)
}

func (j *jsonReader) boolean(c *cursor, f *field) error {
	v, ok := jsonBool(c)
	if !ok && (c.peek() == '1' || c.peek() == '0') && endsNumber(c.buf, c.pos+1) {
		v, ok = int64(c.peek()-'0'), true
		c.pos++
	}
	if !ok {
		return c.fail(c.pos, chcode.CannotParseBool,
			"Invalid boolean value, should be true/false, 1/0, but it starts with %s", clip(c.rest(8)))
	}
	f.b.U8 = append(f.b.U8, uint8(v))
	f.b.NotNull()
	return nil
}

// time reads a date or time: text in quotes, or a whole number of days, seconds
// or ticks.
func (j *jsonReader) time(c *cursor, f *field) error {
	if c.peek() == '"' {
		return j.quoted(c, f)
	}
	v, next, ok := wholeInt(c.buf, c.pos)
	if !ok {
		return c.fail(c.pos, chcode.CannotParseInputAssertionFailed,
			"Cannot parse input: expected a time in quotes or a whole number before %s", clip(c.rest(24)))
	}
	if !f.ticks(v) {
		return c.outOfRange(c.pos, c.buf[c.pos:next], f)
	}
	f.b.NotNull()
	c.pos = next
	return nil
}

func (j *jsonReader) array(c *cursor, f *field, depth int) error {
	if depth >= maxNesting {
		return c.fail(c.pos, chcode.TooDeepRecursion, "JSON is nested deeper than %d levels", maxNesting)
	}
	if !c.take('[') {
		return c.fail(c.pos, chcode.CannotReadArrayFromText, "Array does not start with '[' character, but with %s",
			clip(c.rest(8)))
	}
	e := f.elems[0]
	for first := true; ; first = false {
		c.space()
		if c.take(']') {
			f.b.EndList()
			return nil
		}
		if !first {
			if !c.take(',') {
				return c.fail(c.pos, chcode.CannotReadArrayFromText,
					"Cannot read array from text, expected comma or end of array, found %s", clip(c.rest(8)))
			}
			c.space()
			if c.take(']') { // ClickHouse takes a comma behind the last element
				f.b.EndList()
				return nil
			}
		}
		if err := j.element(c, e, depth+1); err != nil {
			return err
		}
	}
}

func (j *jsonReader) element(c *cursor, e *field, depth int) error {
	if c.peek() == 'n' && c.exact("null") {
		if !e.null() {
			return c.fail(c.pos, chcode.CannotInsertNullInOrdinaryColumn, "Cannot insert NULL into an element of type %s", e.t)
		}
		return nil
	}
	return j.value(c, e, depth)
}

// tuple reads an array, or an object when the elements have names.
func (j *jsonReader) tuple(c *cursor, f *field, depth int) error {
	if depth >= maxNesting {
		return c.fail(c.pos, chcode.TooDeepRecursion, "JSON is nested deeper than %d levels", maxNesting)
	}
	if f.t.Names != nil {
		return j.namedTuple(c, f, depth)
	}
	if !c.take('[') {
		return c.expected("'['")
	}
	for i, e := range f.elems {
		c.space()
		if i > 0 {
			if !c.take(',') {
				return c.expected("','")
			}
			c.space()
		}
		if err := j.element(c, e, depth+1); err != nil {
			return err
		}
	}
	c.space()
	if !c.take(']') {
		return c.expected("']'")
	}
	f.b.EndTuple()
	return nil
}

func (j *jsonReader) namedTuple(c *cursor, f *field, depth int) error {
	if !c.take('{') {
		return c.expected("'{'")
	}
	rows := f.b.Len()
	for first := true; ; first = false {
		c.space()
		if c.take('}') {
			break
		}
		if !first {
			if !c.take(',') {
				return c.expected("','")
			}
			c.space()
		}
		key, err := j.text.read(c)
		if err != nil {
			return err
		}
		e := f.byName(key)
		c.space()
		if !c.take(':') {
			return c.expected("':'")
		}
		c.space()
		switch {
		case e == nil:
			err = skipJSON(c)
		case e.b.Len() > rows:
			err = c.fail(c.pos, chcode.IncorrectData, "Tuple has two elements of one name")
		default:
			err = j.element(c, e, depth+1)
		}
		if err != nil {
			return err
		}
	}
	for _, e := range f.elems {
		if e.b.Len() == rows {
			e.b.AppendDefault()
		}
	}
	f.b.EndTuple()
	return nil
}

// byName finds the element of a tuple with names.
func (f *field) byName(name []byte) *field {
	for i, n := range f.t.Names {
		if n == string(name) {
			return f.elems[i]
		}
	}
	return nil
}
