package format

import (
	"github.com/freshetdb/freshet/columnar/chcode"
)

// skipJSON steps over a value of any kind and checks its shape.
func skipJSON(c *cursor) error {
	var open [maxNesting]byte // the brackets that the value is in
	depth := 0
	for {
		opened, err := skipScalar(c)
		if err != nil {
			return err
		}
		if opened != 0 {
			if depth == maxNesting {
				return c.fail(c.pos, chcode.TooDeepRecursion, "JSON is nested deeper than %d levels", maxNesting)
			}
			open[depth] = opened
			depth++
			if done, err := skipOpened(c, opened); err != nil {
				return err
			} else if !done {
				continue
			}
			depth--
		}
		// Behind a value: close what ends, or go to the next element.
		for {
			if depth == 0 {
				return nil
			}
			c.space()
			if c.take(open[depth-1] + 2) { // ']' and '}' stand two behind '[' and '{'
				depth--
				continue
			}
			break
		}
		if !c.take(',') {
			return c.expected("',' or a closing bracket")
		}
		if open[depth-1] == '{' {
			if err := skipKey(c); err != nil {
				return err
			}
		}
	}
}

// skipOpened steps to the first element behind an opening bracket; done when
// there is none and the closing bracket was taken.
func skipOpened(c *cursor, opened byte) (done bool, err error) {
	c.space()
	if c.take(opened + 2) {
		return true, nil
	}
	if opened == '{' {
		return false, skipKey(c)
	}
	return false, nil
}

func skipKey(c *cursor) error {
	c.space()
	if err := skipString(c); err != nil {
		return err
	}
	c.space()
	if !c.take(':') {
		return c.expected("':'")
	}
	return nil
}

func skipString(c *cursor) error {
	if !c.take('"') {
		return c.fail(c.pos, chcode.CannotParseQuotedString,
			"Cannot parse JSON string: expected opening quote, got %s", clip(c.rest(16)))
	}
	for {
		end, _ := plainRun(c.buf, c.pos)
		switch {
		case end >= len(c.buf) || (c.buf[end] == '\\' && end+1 >= len(c.buf)):
			c.pos = len(c.buf)
			return c.fail(c.pos, chcode.CannotParseQuotedString, "Cannot parse JSON string: expected closing quote")
		case c.buf[end] == '"':
			c.pos = end + 1
			return nil
		default:
			c.pos = end + 2
		}
	}
}

// skipScalar steps over a string, number or word, or over an opening bracket,
// which it returns.
func skipScalar(c *cursor) (opened byte, err error) {
	c.space()
	switch b := c.peek(); {
	case b == '[' || b == '{':
		c.pos++
		return b, nil
	case b == '"':
		return 0, skipString(c)
	case b == 't' && c.exact("true"), b == 'f' && c.exact("false"), b == 'n' && c.exact("null"):
		return 0, nil
	default:
		start := c.pos
		end := numberEnd(c.buf, start)
		if !isJSONNumber(c.buf[start:end]) {
			return 0, c.expected("a JSON value")
		}
		c.pos = end
		return 0, nil
	}
}

// isJSONNumber checks digits with an optional sign, fraction and exponent;
// leading zeros and a plus are taken, as in ClickHouse.
func isJSONNumber(s []byte) bool {
	i, digits := 0, 0
	if i < len(s) && (s[i] == '-' || s[i] == '+') {
		i++
	}
	for ; i < len(s) && isDigit(s[i]); i++ {
		digits++
	}
	if i < len(s) && s[i] == '.' {
		for i++; i < len(s) && isDigit(s[i]); i++ {
			digits++
		}
	}
	if digits == 0 {
		return false
	}
	if i < len(s) && s[i]|0x20 == 'e' {
		i++
		if i < len(s) && (s[i] == '-' || s[i] == '+') {
			i++
		}
		start := i
		for i < len(s) && isDigit(s[i]) {
			i++
		}
		if i == start {
			return false
		}
	}
	return i == len(s)
}
