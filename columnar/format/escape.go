package format

import (
	"encoding/binary"
	"math/bits"

	"github.com/freshetdb/freshet/columnar/chcode"
)

const (
	tabs        = lowBits * '\t'
	newlines    = lowBits * '\n'
	apostrophes = lowBits * '\''
)

// tsvRun is where the run of bytes that stand for themselves in a TSV field
// ends: at a tab, a line end, a backslash or the end of buf.
func tsvRun(buf []byte, pos int) int {
	for pos+8 <= len(buf) {
		w := binary.LittleEndian.Uint64(buf[pos:])
		t, n, s := w^tabs, w^newlines, w^slashes
		stop := ((t - lowBits) &^ t) | ((n - lowBits) &^ n) | ((s - lowBits) &^ s)
		if stop &= highBits; stop != 0 {
			return pos + bits.TrailingZeros64(stop)>>3
		}
		pos += 8
	}
	for pos < len(buf) && buf[pos] != '\t' && buf[pos] != '\n' && buf[pos] != '\\' {
		pos++
	}
	return pos
}

// quotedRun is tsvRun for a string in single quotes.
func quotedRun(buf []byte, pos int) int {
	for pos+8 <= len(buf) {
		w := binary.LittleEndian.Uint64(buf[pos:])
		q, s := w^apostrophes, w^slashes
		stop := ((q - lowBits) &^ q) | ((s - lowBits) &^ s)
		if stop &= highBits; stop != 0 {
			return pos + bits.TrailingZeros64(stop)>>3
		}
		pos += 8
	}
	for pos < len(buf) && buf[pos] != '\'' && buf[pos] != '\\' {
		pos++
	}
	return pos
}

// unescape adds to dst what the escape sequence behind a backslash at c.pos-1
// stands for, and steps over it. Unknown sequences keep their backslash.
func unescape(dst []byte, c *cursor) ([]byte, error) {
	if c.pos >= len(c.buf) {
		return dst, c.fail(c.pos, chcode.CannotParseEscapeSequence, "Cannot parse escape sequence: it has no end")
	}
	b := c.buf[c.pos]
	c.pos++
	switch b {
	case 'x':
		if c.pos+2 > len(c.buf) {
			return dst, c.fail(len(c.buf), chcode.CannotParseEscapeSequence, "Cannot parse escape sequence: it has no end")
		}
		v := hexDigit(c.buf[c.pos])<<4 | hexDigit(c.buf[c.pos+1])
		if v > 0xFF {
			return dst, c.fail(c.pos, chcode.CannotParseEscapeSequence,
				"Cannot parse escape sequence: \\x must be followed by two hexadecimal digits")
		}
		c.pos += 2
		return append(dst, byte(v)), nil
	case 'N': // NULL in the middle of a text is nothing, as in ClickHouse
		return dst, nil
	case 'a':
		b = '\a'
	case 'b':
		b = '\b'
	case 'e':
		b = 0x1b
	case 'f':
		b = '\f'
	case 'n':
		b = '\n'
	case 'r':
		b = '\r'
	case 't':
		b = '\t'
	case 'v':
		b = '\v'
	case '0':
		b = 0
	case '\\', '\'', '"', '`', '/', '=':
	default:
		if b >= ' ' && b != 0x7f {
			dst = append(dst, '\\')
		}
	}
	return append(dst, b), nil
}

// hexDigit is the value of a hexadecimal digit, large for other bytes.
func hexDigit(b byte) int {
	switch {
	case isDigit(b):
		return int(b - '0')
	case b|0x20 >= 'a' && b|0x20 <= 'f':
		return int(b|0x20-'a') + 10
	default:
		return 0x1000
	}
}

// quotedText reads strings in single quotes, as they stand in arrays, tuples and
// the Values format: with backslash escapes or doubled quotes. Results hold until
// the next call.
type quotedText struct{ scratch []byte }

func (q *quotedText) read(c *cursor) ([]byte, error) {
	if !c.take('\'') {
		return nil, c.fail(c.pos, chcode.CannotParseQuotedString,
			"Cannot parse quoted string: expected opening quote ''', got %s", clip(c.rest(16)))
	}
	start := c.pos
	end := quotedRun(c.buf, start)
	if end+1 < len(c.buf) && c.buf[end] == '\'' && c.buf[end+1] != '\'' {
		c.pos = end + 1
		return c.buf[start:end], nil
	}
	q.scratch = q.scratch[:0]
	for {
		q.scratch = append(q.scratch, c.buf[c.pos:end]...)
		c.pos = end
		if end >= len(c.buf) {
			return nil, c.fail(end, chcode.CannotParseQuotedString, "Cannot parse quoted string: expected closing quote '''")
		}
		c.pos++
		if c.buf[end] == '\\' {
			var err error
			if q.scratch, err = unescape(q.scratch, c); err != nil {
				return nil, err
			}
		} else if c.take('\'') {
			q.scratch = append(q.scratch, '\'')
		} else {
			return q.scratch, nil
		}
		end = quotedRun(c.buf, c.pos)
	}
}
