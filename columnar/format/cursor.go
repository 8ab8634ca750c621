package format

import (
	"fmt"

	"github.com/freshetdb/freshet/columnar/chcode"
)

// cursor walks over the piece of input in hand. Parsers treat the end of buf as
// the end of the input; when they fail there and more is to come, the reader
// hands them the row again with more of it.
type cursor struct {
	buf   []byte
	pos   int
	final bool // no more input follows buf
}

// fail makes the error for what stands at pos.
func (c *cursor) fail(pos int, code chcode.Code, format string, args ...any) error {
	return &parseError{code: code, reason: fmt.Sprintf(format, args...), pos: pos}
}

// expected makes ClickHouse's error for a missing character.
func (c *cursor) expected(what string) error {
	if c.pos >= len(c.buf) {
		return c.fail(c.pos, chcode.CannotParseInputAssertionFailed,
			"Cannot parse input: expected %s at end of stream", what)
	}
	return c.fail(c.pos, chcode.CannotParseInputAssertionFailed,
		"Cannot parse input: expected %s before %s", what, clip(c.rest(24)))
}

// rest is at most n bytes from here on.
func (c *cursor) rest(n int) []byte { return c.buf[c.pos:min(c.pos+n, len(c.buf))] }

// peek is the byte here, 0 at the end.
func (c *cursor) peek() byte {
	if c.pos < len(c.buf) {
		return c.buf[c.pos]
	}
	return 0
}

// take steps over b and tells whether it stood here.
func (c *cursor) take(b byte) bool {
	if c.pos < len(c.buf) && c.buf[c.pos] == b {
		c.pos++
		return true
	}
	return false
}

// space steps over white space, line ends included.
func (c *cursor) space() {
	for c.pos < len(c.buf) && isSpace(c.buf[c.pos]) {
		c.pos++
	}
}

// blank steps over spaces and tabs.
func (c *cursor) blank() {
	for c.pos < len(c.buf) && (c.buf[c.pos] == ' ' || c.buf[c.pos] == '\t') {
		c.pos++
	}
}

// skipBOM steps over a byte order mark.
func (c *cursor) skipBOM() {
	if len(c.buf)-c.pos >= 3 && string(c.buf[c.pos:c.pos+3]) == "\xef\xbb\xbf" {
		c.pos += 3
	}
}

// word steps over w in any case and tells whether it stood here.
func (c *cursor) word(w string) bool {
	if len(c.buf)-c.pos < len(w) {
		return false
	}
	for i := range len(w) {
		if c.buf[c.pos+i]|0x20 != w[i] {
			return false
		}
	}
	c.pos += len(w)
	return true
}

// exact steps over w and tells whether it stood here.
func (c *cursor) exact(w string) bool {
	if len(c.buf)-c.pos < len(w) || string(c.buf[c.pos:c.pos+len(w)]) != w {
		return false
	}
	c.pos += len(w)
	return true
}

func isSpace(b byte) bool { return b == ' ' || (b >= '\t' && b <= '\r') }

func isDigit(b byte) bool { return b-'0' <= 9 }

// numberEnd is where the characters of a number that begins at pos end.
func numberEnd(buf []byte, pos int) int {
	for pos < len(buf) {
		b := buf[pos]
		if !isDigit(b) && b != '.' && b != '-' && b != '+' && (b|0x20 < 'a' || b|0x20 > 'z') {
			break
		}
		pos++
	}
	return pos
}
