package expr

import (
	"bytes"
	"encoding/json"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// maxJSONDepth bounds the nesting of JSON texts.
const maxJSONDepth = 1024

func jsonSpace(s []byte, i int) int {
	for i < len(s) && (s[i] == ' ' || s[i] == '\t' || s[i] == '\n' || s[i] == '\r') {
		i++
	}
	return i
}

// jsonSkip is where the value at i ends; -1 when there is none.
func jsonSkip(s []byte, i, depth int) int {
	if i >= len(s) || depth > maxJSONDepth {
		return -1
	}
	switch s[i] {
	case '"':
		return jsonSkipString(s, i)
	case '{', '[':
		end := -1
		ok := jsonEach(s, i, depth, func(_, _, _, last int) bool { end = last; return true }, &end)
		if !ok {
			return -1
		}
		return end
	}
	end := i
	for end < len(s) && bytes.IndexByte([]byte(",]} \t\r\n:"), s[end]) < 0 {
		end++
	}
	if !json.Valid(s[i:end]) {
		return -1
	}
	return end
}

func jsonSkipString(s []byte, i int) int {
	for i++; i < len(s); i++ {
		switch {
		case s[i] == '\\':
			i++
		case s[i] == '"':
			return i + 1
		case s[i] < 0x20:
			return -1
		}
	}
	return -1
}

// jsonEach calls visit for the members of the object or array at i with the
// bounds of key (equal in arrays) and value; end gets the place behind it. It
// returns false for malformed text; visit returns false to stop early.
func jsonEach(s []byte, i, depth int, visit func(key, keyEnd, value, valueEnd int) bool, end *int) bool {
	object := s[i] == '{'
	closing := byte(']')
	if object {
		closing = '}'
	}
	i = jsonSpace(s, i+1)
	if i < len(s) && s[i] == closing {
		*end = i + 1
		return true
	}
	for {
		key, keyEnd := i, i
		if object {
			if i >= len(s) || s[i] != '"' {
				return false
			}
			if keyEnd = jsonSkipString(s, i); keyEnd < 0 {
				return false
			}
			i = jsonSpace(s, keyEnd)
			if i >= len(s) || s[i] != ':' {
				return false
			}
			i = jsonSpace(s, i+1)
		}
		stop := jsonSkip(s, i, depth+1)
		if stop < 0 {
			return false
		}
		if !visit(key, keyEnd, i, stop) {
			return true
		}
		i = jsonSpace(s, stop)
		switch {
		case i >= len(s):
			return false
		case s[i] == closing:
			*end = i + 1
			return true
		case s[i] != ',':
			return false
		}
		i = jsonSpace(s, i+1)
	}
}

// jsonRoot is the value of a whole document; nil when it is malformed.
func jsonRoot(s []byte) []byte {
	i := jsonSpace(s, 0)
	end := jsonSkip(s, i, 0)
	if end < 0 || jsonSpace(s, end) != len(s) {
		return nil
	}
	return s[i:end]
}

// jsonStep is one step of a path: a key, or a place from 1 (from the end when
// negative).
type jsonStep struct {
	key   []byte
	place int64
}

// jsonChild is the member of a value that a step names; nil when there is none.
func jsonChild(v []byte, step jsonStep) []byte {
	if len(v) == 0 || (v[0] != '{' && v[0] != '[') || (step.key != nil && v[0] != '{') {
		return nil
	}
	if step.key == nil && step.place < 0 {
		step.place += int64(jsonCount(v)) + 1
	}
	var out []byte
	n, end := int64(0), 0
	jsonEach(v, 0, 0, func(key, keyEnd, value, valueEnd int) bool {
		n++
		if (step.key != nil && bytes.Equal(jsonString(v[key:keyEnd]), step.key)) || (step.key == nil && n == step.place) {
			out = v[value:valueEnd]
			return false
		}
		return true
	}, &end)
	return out
}

// jsonCount is the number of members of an array or object, else 0.
func jsonCount(v []byte) int {
	if len(v) == 0 || (v[0] != '{' && v[0] != '[') {
		return 0
	}
	n, end := 0, 0
	jsonEach(v, 0, 0, func(int, int, int, int) bool { n++; return true }, &end)
	return n
}

// jsonString is the text of a string value.
func jsonString(v []byte) []byte {
	if len(v) < 2 || v[0] != '"' {
		return nil
	}
	v = v[1 : len(v)-1]
	if bytes.IndexByte(v, '\\') < 0 {
		return v
	}
	out := make([]byte, 0, len(v))
	for i := 0; i < len(v); i++ {
		if v[i] != '\\' || i+1 == len(v) {
			out = append(out, v[i])
			continue
		}
		i++
		if v[i] == 'u' {
			var n int
			out, n = appendJSONRune(out, v[i+1:])
			i += n
			continue
		}
		out = append(out, escaped(v[i]))
	}
	return out
}

// appendJSONRune reads the four digits of \u, and of a second half if need be.
func appendJSONRune(dst, s []byte) (out []byte, used int) {
	r, ok := jsonHex(s)
	if !ok {
		return dst, 0
	}
	if utf16.IsSurrogate(r) && len(s) >= 10 && s[4] == '\\' && s[5] == 'u' {
		if low, ok := jsonHex(s[6:]); ok {
			return utf8.AppendRune(dst, utf16.DecodeRune(r, low)), 10
		}
	}
	return utf8.AppendRune(dst, r), 4
}

func jsonHex(s []byte) (rune, bool) {
	if len(s) < 4 {
		return 0, false
	}
	v, err := strconv.ParseUint(string(s[:4]), 16, 32)
	return rune(v), err == nil
}

// appendCompact is a value without white space.
func appendCompact(dst, v []byte) []byte {
	var b bytes.Buffer
	if err := json.Compact(&b, v); err != nil {
		return append(dst, v...)
	}
	return append(dst, b.Bytes()...)
}
