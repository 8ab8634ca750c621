package format

import (
	"bytes"

	"github.com/freshetdb/freshet/columnar/chcode"
)

// jsonRows reads JSONEachRow: objects one after another, with or without commas
// between them, or all in one array. Keys may come in any order; since rows
// mostly repeat the order of the one before, each key is first compared with
// the one that stood at its place there.
type jsonRows struct {
	json   jsonReader
	o      *ReadOptions
	byName map[string]int
	guess  []keyGuess

	array   bool // the rows stand in an array
	open    bool // the array goes on behind this part of the input
	started bool // a row was read
}

// keyGuess is what a place in the object had in the last row.
type keyGuess struct {
	text []byte // all between the value before and this one: `, "key": `
	key  []byte // the key in its quotes
	col  int    // -1: no column has that name
}

func newJSONRows(cols []Column, o *ReadOptions) *jsonRows {
	p := &jsonRows{o: o, byName: make(map[string]int, len(cols))}
	p.json.o, p.json.text.invalidUTF8 = o, o.AllowInvalidUTF8
	for i, c := range cols {
		p.byName[c.Name] = i
	}
	return p
}

func (p *jsonRows) begin(c *cursor) error {
	if len(c.buf) < 4 && !c.final {
		return errMore
	}
	c.skipBOM()
	c.space()
	if c.pos == len(c.buf) && !c.final {
		return errMore
	}
	p.array = c.take('[')
	return nil
}

func (p *jsonRows) row(c *cursor, in *intake) (bool, error) {
	if more, err := p.between(c); !more || err != nil {
		return false, err
	}
	if !c.take('{') {
		return false, c.expected("'{'")
	}
	found, place := p.expectedKeys(c, in)
	for ; ; place++ {
		start := c.pos
		c.space()
		if c.take('}') {
			break
		}
		if c.pos >= len(c.buf) {
			return false, c.fail(c.pos, chcode.CannotReadAllData, "Unexpected end of stream while parsing JSONEachRow format")
		}
		if place > 0 {
			if !c.take(',') {
				return false, c.expected("',' or '}'")
			}
			c.space()
		}
		col, err := p.key(c, place)
		if err != nil {
			return false, err
		}
		if place < len(p.guess) {
			p.guess[place].learn(c.buf[start:c.pos])
		}
		got, err := p.value(c, in, col, found == len(in.cols))
		if err != nil {
			return false, err
		}
		if got {
			found++
		}
	}
	if found < len(in.cols) {
		for _, col := range in.cols {
			if col.seen != in.attempt {
				in.miss(col)
			}
		}
	}
	p.started = true
	return true, nil
}

// learn keeps what stood before a value: the next row probably has it again.
func (g *keyGuess) learn(text []byte) {
	if len(text) <= maxGuessBytes && string(text) != string(g.text) {
		g.text = append(g.text[:0], text...)
	}
}

// expectedKeys is the fast path: as long as keys stand where they stood in the
// last row, with the same white space around them, and values are of the common
// kinds, it reads them. It stops in front of the first member that is
// otherwise, without an error, and returns how many columns it found in how
// many members.
func (p *jsonRows) expectedKeys(c *cursor, in *intake) (found, place int) {
	buf := c.buf
	for place < len(p.guess) && found < len(in.cols) {
		g := &p.guess[place]
		pos := c.pos + len(g.text)
		if len(g.text) == 0 || pos >= len(buf) || string(buf[c.pos:pos]) != string(g.text) {
			break
		}
		if g.col < 0 {
			before := c.pos
			c.pos = pos
			if skipJSON(c) != nil {
				c.pos = before
				break
			}
			place++
			continue
		}
		f := in.cols[g.col]
		if f.seen == in.attempt {
			break
		}
		next, ok := f.plainJSON(buf, pos)
		if !ok {
			break
		}
		f.seen = in.attempt
		c.pos = next
		found++
		place++
	}
	return found, place
}

// value reads the value of a column and tells whether it had none yet. As in
// ClickHouse, what follows the last column that was missing is skipped, even
// when it repeats a key.
func (p *jsonRows) value(c *cursor, in *intake, col int, skip bool) (bool, error) {
	if col < 0 || skip {
		return false, skipJSON(c)
	}
	f := in.cols[col]
	if f.seen == in.attempt {
		return false, named(c.fail(c.pos, chcode.IncorrectData,
			"Duplicate field found while parsing JSONEachRow format: %s", f.Name), f)
	}
	f.seen = in.attempt
	got, err := p.json.field(c, &f.field)
	if err != nil {
		return false, named(err, f)
	}
	if !got {
		in.markMissing(f)
	}
	return true, nil
}

// named adds the column's name to a parse error.
func named(err error, f *column) error {
	if pe, ok := err.(*parseError); ok && pe.column == "" { //nolint:errorlint // parsers return it bare
		pe.column = f.Name
	}
	return err
}

// between steps to the next row; more is false at the end of the data.
func (p *jsonRows) between(c *cursor) (more bool, err error) {
	c.space()
	if p.started && c.take(',') {
		c.space()
		if c.peek() == ']' {
			return false, c.expected("'{'")
		}
	}
	if p.array && c.take(']') || !p.array && c.peek() == ';' && c.pos < len(c.buf) {
		return false, p.end(c)
	}
	if c.pos < len(c.buf) {
		return true, nil
	}
	if !c.final {
		return false, errMore
	}
	if p.array && !p.open {
		return false, c.expected("']'")
	}
	return false, nil
}

// end checks that nothing follows the data.
func (p *jsonRows) end(c *cursor) error {
	c.space()
	c.take(';')
	c.space()
	switch {
	case c.pos < len(c.buf):
		return c.expected("the end of the data")
	case !c.final:
		return errMore
	default:
		return nil
	}
}

// key reads a key and its colon and finds its column.
func (p *jsonRows) key(c *cursor, place int) (col int, err error) {
	if place < len(p.guess) {
		g := &p.guess[place]
		if end := c.pos + len(g.key); end < len(c.buf) && string(c.buf[c.pos:end]) == string(g.key) {
			c.pos = end
			return g.col, colon(c)
		}
	}
	return p.newKey(c, place)
}

// newKey reads a key that is not the expected one, and expects it next time.
func (p *jsonRows) newKey(c *cursor, place int) (col int, err error) {
	start := c.pos
	name, err := p.json.text.read(c)
	if err != nil {
		return 0, err
	}
	col, known := p.byName[string(name)]
	if !known {
		col = -1
		if p.o.RefuseUnknownFields {
			return 0, c.fail(start, chcode.IncorrectData, "Unknown field found while parsing JSONEachRow format: %s",
				clip(name))
		}
	}
	if c.pos-start > maxGuessBytes || place > len(p.guess) || place >= maxColumns {
		return col, colon(c)
	}
	if place == len(p.guess) {
		p.guess = append(p.guess, keyGuess{})
	}
	g := &p.guess[place]
	// The text that led to the key before must not lead to this one.
	g.text, g.key, g.col = g.text[:0], append(g.key[:0], c.buf[start:c.pos]...), col
	return col, colon(c)
}

// colon steps over the colon behind a key and the space around it.
func colon(c *cursor) error {
	c.space()
	if !c.take(':') {
		return c.expected("':'")
	}
	c.space()
	return nil
}

func (p *jsonRows) canResync() bool { return true }

// resync goes to the next line.
func (p *jsonRows) resync(c *cursor) bool {
	p.started = true
	return skipLine(c)
}

// skipLine steps behind the next line end; at the end of the window it returns
// false.
func skipLine(c *cursor) bool {
	i := bytes.IndexByte(c.buf[c.pos:], '\n')
	if i < 0 {
		c.pos = len(c.buf)
		return false
	}
	c.pos += i + 1
	return true
}
