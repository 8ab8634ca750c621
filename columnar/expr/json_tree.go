package expr

import (
	"bytes"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/freshetdb/freshet/columnar/types"
)

// jsonKind is what a JSON value is; the numbers are those of JSONType.
type jsonKind int8

const (
	jsonNull   jsonKind = 0
	jsonString jsonKind = '"'
	jsonArray  jsonKind = '['
	jsonBool   jsonKind = 'b'
	jsonDouble jsonKind = 'd'
	jsonInt    jsonKind = 'i'
	jsonUint   jsonKind = 'u'
	jsonObject jsonKind = '{'
)

// jsonNode is a value in a document. Its parts follow it in the list of nodes.
type jsonNode struct {
	kind jsonKind
	key  []byte // in an object
	text []byte // of strings what they stand for, of numbers and words as written
	next int    // the node behind the parts
	size int    // number of parts
}

// maxJSONDepth bounds how deep values are nested.
const maxJSONDepth = 1000

// jsonDoc is a document that was read; it can be used again for another.
type jsonDoc struct {
	nodes []jsonNode
	s     []byte
	i     int
	buf   []byte
}

// read reads a whole text; false when it is no JSON.
func (d *jsonDoc) read(s []byte) bool {
	d.nodes, d.s, d.i, d.buf = d.nodes[:0], s, 0, d.buf[:0]
	if !d.value(nil, 0) {
		return false
	}
	d.space()
	return d.i == len(s)
}

func (d *jsonDoc) space() {
	for d.i < len(d.s) && (d.s[d.i] == ' ' || d.s[d.i] == '\n' || d.s[d.i] == '\t' || d.s[d.i] == '\r') {
		d.i++
	}
}

func (d *jsonDoc) take(c byte) bool {
	d.space()
	if d.i < len(d.s) && d.s[d.i] == c {
		d.i++
		return true
	}
	return false
}

func (d *jsonDoc) value(key []byte, depth int) bool {
	if d.space(); d.i >= len(d.s) || depth > maxJSONDepth {
		return false
	}
	at := len(d.nodes)
	d.nodes = append(d.nodes, jsonNode{key: key})
	ok := false
	switch c := d.s[d.i]; c {
	case '{':
		ok = d.object(at, depth)
	case '[':
		ok = d.array(at, depth)
	case '"':
		var text []byte
		text, ok = d.text()
		d.nodes[at].kind, d.nodes[at].text = jsonString, text
	case 't', 'f', 'n':
		ok = d.word(at)
	default:
		ok = d.number(at)
	}
	d.nodes[at].next = len(d.nodes)
	return ok
}

func (d *jsonDoc) object(at, depth int) bool {
	d.nodes[at].kind = jsonObject
	d.i++
	if d.take('}') {
		return true
	}
	for {
		if d.space(); d.i >= len(d.s) || d.s[d.i] != '"' {
			return false
		}
		key, ok := d.text()
		if !ok || !d.take(':') || !d.value(key, depth+1) {
			return false
		}
		d.nodes[at].size++
		if d.take('}') {
			return true
		}
		if !d.take(',') {
			return false
		}
	}
}

func (d *jsonDoc) array(at, depth int) bool {
	d.nodes[at].kind = jsonArray
	d.i++
	if d.take(']') {
		return true
	}
	for {
		if !d.value(nil, depth+1) {
			return false
		}
		d.nodes[at].size++
		if d.take(']') {
			return true
		}
		if !d.take(',') {
			return false
		}
	}
}

func (d *jsonDoc) word(at int) bool {
	for _, w := range [...]struct {
		text string
		kind jsonKind
	}{{"true", jsonBool}, {"false", jsonBool}, {"null", jsonNull}} {
		if bytes.HasPrefix(d.s[d.i:], []byte(w.text)) {
			d.nodes[at].kind, d.nodes[at].text = w.kind, d.s[d.i:d.i+len(w.text)]
			d.i += len(w.text)
			return true
		}
	}
	return false
}

func (d *jsonDoc) digits() int {
	start := d.i
	for d.i < len(d.s) && d.s[d.i] >= '0' && d.s[d.i] <= '9' {
		d.i++
	}
	return d.i - start
}

func (d *jsonDoc) number(at int) bool {
	start := d.i
	negative := d.s[d.i] == '-'
	if negative {
		d.i++
	}
	first := d.i
	if n := d.digits(); n == 0 || n > 1 && d.s[first] == '0' {
		return false
	}
	kind := jsonInt
	if d.i < len(d.s) && d.s[d.i] == '.' {
		kind = jsonDouble
		if d.i++; d.digits() == 0 {
			return false
		}
	}
	if d.i < len(d.s) && d.s[d.i]|0x20 == 'e' {
		kind = jsonDouble
		if d.i++; d.i < len(d.s) && (d.s[d.i] == '+' || d.s[d.i] == '-') {
			d.i++
		}
		if d.digits() == 0 {
			return false
		}
	}
	text := d.s[start:d.i]
	if kind == jsonInt {
		if _, err := strconv.ParseInt(string(text), 10, 64); err != nil {
			kind = jsonDouble
			if _, err := strconv.ParseUint(string(text), 10, 64); err == nil {
				kind = jsonUint
			}
		}
	}
	d.nodes[at].kind, d.nodes[at].text = kind, text
	return true
}

// text reads a string. Without escapes it shares the document's memory.
func (d *jsonDoc) text() ([]byte, bool) {
	d.i++
	start := d.i
	for d.i < len(d.s) {
		switch c := d.s[d.i]; {
		case c == '"':
			d.i++
			return d.s[start : d.i-1], true
		case c == '\\':
			return d.escapedText(start)
		case c < ' ':
			return nil, false
		}
		d.i++
	}
	return nil, false
}

func (d *jsonDoc) escapedText(start int) ([]byte, bool) {
	from := len(d.buf)
	d.buf = append(d.buf, d.s[start:d.i]...)
	for d.i < len(d.s) {
		c := d.s[d.i]
		d.i++
		switch {
		case c == '"':
			return d.buf[from:len(d.buf):len(d.buf)], true
		case c < ' ':
			return nil, false
		case c != '\\':
			d.buf = append(d.buf, c)
		case !d.escape():
			return nil, false
		}
	}
	return nil, false
}

func (d *jsonDoc) escape() bool {
	if d.i >= len(d.s) {
		return false
	}
	c := d.s[d.i]
	d.i++
	switch c {
	case 'n', 't', 'r', 'b', 'f':
		d.buf = append(d.buf, escaped(c))
	case '"', '\\', '/':
		d.buf = append(d.buf, c)
	case 'u':
		x, ok := d.unit()
		if ok && utf16.IsSurrogate(x) && bytes.HasPrefix(d.s[d.i:], []byte(`\u`)) {
			d.i += 2
			var low rune
			low, ok = d.unit()
			x = utf16.DecodeRune(x, low)
		}
		if !ok {
			return false
		}
		d.buf = utf8.AppendRune(d.buf, x)
	default:
		return false
	}
	return true
}

func (d *jsonDoc) unit() (rune, bool) {
	if d.i+4 > len(d.s) {
		return 0, false
	}
	x, err := strconv.ParseUint(string(d.s[d.i:d.i+4]), 16, 16)
	d.i += 4
	return rune(x), err == nil
}

// parts calls f for the parts of a node until it returns false.
func (d *jsonDoc) parts(at int, f func(k, node int) bool) {
	child := at + 1
	for k := range d.nodes[at].size {
		if !f(k, child) {
			return
		}
		child = d.nodes[child].next
	}
}

// part is the part number n, from 1, or from -1 at the end; -1 when there is none.
func (d *jsonDoc) part(at int, n int64) int {
	size := int64(d.nodes[at].size)
	if n < 0 {
		n += size + 1
	}
	found := -1
	if n >= 1 && n <= size {
		d.parts(at, func(k, node int) bool {
			found = node
			return int64(k) < n-1
		})
	}
	return found
}

// member is the part of an object with a name; -1 when there is none.
func (d *jsonDoc) member(at int, key []byte) int {
	found := -1
	if d.nodes[at].kind == jsonObject {
		d.parts(at, func(_, node int) bool {
			if bytes.Equal(d.nodes[node].key, key) {
				found = node
			}
			return found < 0
		})
	}
	return found
}

// appendRaw prints a value without spaces.
func (d *jsonDoc) appendRaw(dst []byte, at int) []byte {
	n := &d.nodes[at]
	switch n.kind {
	case jsonString:
		return appendJSONText(dst, n.text)
	case jsonDouble:
		f, _ := strconv.ParseFloat(string(n.text), 64)
		return types.AppendFloat64(dst, f)
	case jsonArray, jsonObject:
		dst = append(dst, byte(n.kind))
		d.parts(at, func(k, node int) bool {
			if k > 0 {
				dst = append(dst, ',')
			}
			if n.kind == jsonObject {
				dst = append(appendJSONText(dst, d.nodes[node].key), ':')
			}
			dst = d.appendRaw(dst, node)
			return true
		})
		return append(dst, byte(n.kind)+2) // ] and } are two behind [ and {
	default:
		return append(dst, n.text...)
	}
}

func appendJSONText(dst, s []byte) []byte {
	const hex = "0123456789abcdef"
	dst = append(dst, '"')
	for _, c := range s {
		switch {
		case c == '"' || c == '\\':
			dst = append(dst, '\\', c)
		case c == '\n':
			dst = append(dst, `\n`...)
		case c == '\t':
			dst = append(dst, `\t`...)
		case c == '\r':
			dst = append(dst, `\r`...)
		case c == '\b':
			dst = append(dst, `\b`...)
		case c == '\f':
			dst = append(dst, `\f`...)
		case c < ' ':
			dst = append(dst, `\u00`...)
			dst = append(dst, hex[c>>4], hex[c&15])
		default:
			dst = append(dst, c)
		}
	}
	return append(dst, '"')
}
