package format

import (
	"encoding/binary"
	"math/bits"
	"unicode/utf8"

	"github.com/freshetdb/freshet/columnar/chcode"
)

// Eight bytes at a time: low and high bit of each byte, and the two bytes that
// end a plain run of a JSON string.
const (
	lowBits  = 0x0101010101010101
	highBits = 0x8080808080808080
	quotes   = lowBits * '"'
	slashes  = lowBits * '\\'
)

// plainRun is where the run of bytes that stand for themselves ends: at a quote,
// a backslash or the end of buf. high has its top bits set when a byte of the
// run, or one of the few behind it, may not be ASCII.
func plainRun(buf []byte, pos int) (end int, high uint64) {
	for pos+8 <= len(buf) {
		w := binary.LittleEndian.Uint64(buf[pos:])
		q, s := w^quotes, w^slashes
		stop := ((q - lowBits) &^ q) | ((s - lowBits) &^ s)
		if stop &= highBits; stop != 0 {
			n := bits.TrailingZeros64(stop) >> 3
			high |= w & (1<<(8*n) - 1)
			return pos + n, high & highBits
		}
		high |= w
		pos += 8
	}
	for pos < len(buf) && buf[pos] != '"' && buf[pos] != '\\' {
		high |= uint64(buf[pos])
		pos++
	}
	return pos, high & highBits
}

// jsonText is a reader of JSON strings. Results point into the window or into
// its scratch buffer and hold until the next call.
type jsonText struct {
	scratch     []byte
	invalidUTF8 bool // strings need not be UTF-8
}

// read reads a string whose opening quote stands at c.pos.
func (j *jsonText) read(c *cursor) ([]byte, error) {
	if !c.take('"') {
		return nil, c.fail(c.pos, chcode.CannotParseQuotedString,
			"Cannot parse JSON string: expected opening quote, got %s", clip(c.rest(16)))
	}
	start := c.pos
	end, high := plainRun(c.buf, start)
	if end < len(c.buf) && c.buf[end] == '"' {
		c.pos = end + 1
		s := c.buf[start:end]
		if high != 0 && !j.invalidUTF8 && !utf8.Valid(s) {
			return nil, j.badUTF8(c, start, s)
		}
		return s, nil
	}
	return j.escaped(c, start, end, high)
}

// escaped reads on at the first backslash of a string.
func (j *jsonText) escaped(c *cursor, start, end int, high uint64) ([]byte, error) {
	j.scratch = append(j.scratch[:0], c.buf[start:end]...)
	for {
		if end >= len(c.buf) {
			c.pos = len(c.buf)
			return nil, c.fail(c.pos, chcode.CannotParseQuotedString,
				"Cannot parse JSON string: expected closing quote")
		}
		if c.buf[end] == '"' {
			c.pos = end + 1
			if high != 0 && !j.invalidUTF8 && !utf8.Valid(j.scratch) {
				return nil, j.badUTF8(c, start, j.scratch)
			}
			return j.scratch, nil
		}
		next, err := j.escape(c, end+1)
		if err != nil {
			return nil, err
		}
		var h uint64
		end, h = plainRun(c.buf, next)
		high |= h
		j.scratch = append(j.scratch, c.buf[next:end]...)
	}
}

// escape reads the escape sequence behind a backslash.
func (j *jsonText) escape(c *cursor, pos int) (next int, err error) {
	if pos >= len(c.buf) {
		c.pos = pos
		return 0, c.fail(pos, chcode.CannotParseEscapeSequence, "Cannot parse escape sequence: it has no end")
	}
	b := c.buf[pos]
	switch b {
	case 'b':
		b = '\b'
	case 'f':
		b = '\f'
	case 'n':
		b = '\n'
	case 'r':
		b = '\r'
	case 't':
		b = '\t'
	case 'u':
		return j.unicode(c, pos+1)
	default: // quote, backslash, slash; others stand for themselves, as in ClickHouse
		if b >= utf8.RuneSelf {
			return pos, nil
		}
	}
	j.scratch = append(j.scratch, b)
	return pos + 1, nil
}

// unicode reads the digits of \uXXXX, and the second half of a surrogate pair.
func (j *jsonText) unicode(c *cursor, pos int) (next int, err error) {
	c.pos = pos
	r, ok := hex4(c.buf, pos)
	if !ok {
		return 0, c.fail(pos, chcode.CannotParseEscapeSequence,
			"Cannot parse escape sequence: \\u must be followed by four hexadecimal digits")
	}
	pos += 4
	if r >= 0xD800 && r < 0xE000 {
		low, ok := rune(0), false
		if r < 0xDC00 && pos+2 <= len(c.buf) && c.buf[pos] == '\\' && c.buf[pos+1] == 'u' {
			low, ok = hex4(c.buf, pos+2)
		}
		if !ok || low < 0xDC00 || low >= 0xE000 {
			return 0, c.fail(pos, chcode.CannotParseEscapeSequence,
				"Cannot parse escape sequence: half of a surrogate pair without its other half")
		}
		pos += 6
		r = 0x10000 + (r-0xD800)<<10 + (low - 0xDC00)
	}
	j.scratch = utf8.AppendRune(j.scratch, r)
	return pos, nil
}

func hex4(buf []byte, pos int) (rune, bool) {
	if pos+4 > len(buf) {
		return 0, false
	}
	var r rune
	for _, b := range buf[pos : pos+4] {
		switch {
		case isDigit(b):
			b -= '0'
		case b|0x20 >= 'a' && b|0x20 <= 'f':
			b = b | 0x20 - 'a' + 10
		default:
			return 0, false
		}
		r = r<<4 | rune(b)
	}
	return r, true
}

func (j *jsonText) badUTF8(c *cursor, start int, s []byte) error {
	at := 0
	for at < len(s) {
		r, n := utf8.DecodeRune(s[at:])
		if r == utf8.RuneError && n <= 1 {
			break
		}
		at += n
	}
	return c.fail(start, chcode.IncorrectData, "Text is not UTF-8: byte 0x%02X at offset %d of the string; "+
		"JSON must be UTF-8, send other bytes in RowBinary, TSV or CSV", s[min(at, len(s)-1)], at)
}
