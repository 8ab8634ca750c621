package expr

import (
	"bytes"
	"strconv"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/types"
)

// simpleJSONFunctions look for "name": in a text and read what follows, without
// reading the whole document: there must be no space around the colon.
func simpleJSONFunctions() []*function {
	const cat, doc = "JSON", `('{"a":1}', 'a')`
	fn := func(what, returns, text string, bind bindFunc) *function {
		return entry(info(cat, "simpleJSON"+what+"(json, name)", returns, text, "simpleJSON"+what+doc).also("visitParam"+what), 2, 2, bind)
	}
	return []*function{
		fn("Has", "UInt8", "Tells whether there is a field.", bindField(types.UInt8, func([]byte) uint8 { return 1 })),
		fn("ExtractInt", "Int64", "Is the number in a field.", bindField(types.Int64, leadingInt)),
		fn("ExtractUInt", "UInt64", "Is the number in a field.", bindField(types.UInt64, func(s []byte) uint64 { return uint64(leadingInt(s)) })),
		fn("ExtractFloat", "Float64", "Is the number in a field.", bindField(types.Float64, leadingFloat)),
		fn("ExtractBool", "UInt8", "Tells whether a field is true.", bindField(types.UInt8, func(s []byte) uint8 { return truth(bytes.HasPrefix(s, []byte("true"))) })),
		fn("ExtractString", "String", "Is the text in a field.", bindFieldText(fieldText)),
		fn("ExtractRaw", "String", "Is a field as it is written.", bindFieldText(func(dst, s []byte) []byte { return append(dst, s[:rawLength(s)]...) })),
	}
}

// fieldNeedle is what stands before the value of a field.
func (s *site) fieldNeedle() ([]byte, error) {
	if err := s.takesText(0, 1); err != nil {
		return nil, err
	}
	name, err := s.constString(1)
	return []byte(`"` + name + `":`), err
}

// behind is what stands in s behind needle.
func behind(s, needle []byte) ([]byte, bool) {
	k := bytes.Index(s, needle)
	if k < 0 {
		return nil, false
	}
	return s[k+len(needle):], true
}

func bindField[T batch.Fixed](k types.Kind, f func(s []byte) T) bindFunc {
	return func(s *site) (bound, error) {
		needle, err := s.fieldNeedle()
		if err != nil {
			return bound{}, err
		}
		return bound{ret: types.Of(k), run: func(r *run, args []*batch.Vector) (*batch.Vector, error) {
			at, out := stringsOf(args[0]), make([]T, r.n)
			for i := range out {
				if rest, ok := behind(at(i), needle); ok {
					out[i] = f(rest)
				}
			}
			return vec(out), nil
		}}, nil
	}
}

func bindFieldText(f func(dst, s []byte) []byte) bindFunc {
	return func(s *site) (bound, error) {
		needle, err := s.fieldNeedle()
		if err != nil {
			return bound{}, err
		}
		return bound{ret: types.Of(types.String), run: func(r *run, args []*batch.Vector) (*batch.Vector, error) {
			at := stringsOf(args[0])
			return textRows(r, func(dst []byte, i int) ([]byte, error) {
				if rest, ok := behind(at(i), needle); ok {
					dst = f(dst, rest)
				}
				return dst, nil
			})
		}}, nil
	}
}

// leadingInt is the integer at the beginning of a text, which may be quoted; it
// wraps around.
func leadingInt(s []byte) int64 {
	s = bytes.TrimPrefix(s, []byte(`"`))
	negative := false
	if len(s) > 0 && (s[0] == '-' || s[0] == '+') {
		negative, s = s[0] == '-', s[1:]
	}
	x := int64(0)
	for _, c := range s {
		if c < '0' || c > '9' {
			break
		}
		x = x*10 + int64(c-'0')
	}
	if negative {
		return -x
	}
	return x
}

// leadingFloat is the number at the beginning of a text, which may be quoted.
func leadingFloat(s []byte) float64 {
	s = bytes.TrimPrefix(s, []byte(`"`))
	n := 0
	for n < len(s) && (s[n] >= '0' && s[n] <= '9' || bytes.IndexByte([]byte("+-.eE"), s[n]) >= 0) {
		n++
	}
	for ; n > 0; n-- {
		if f, err := strconv.ParseFloat(string(s[:n]), 64); err == nil {
			return f
		}
	}
	return 0
}

func fieldText(dst, s []byte) []byte {
	if len(s) == 0 || s[0] != '"' {
		return dst
	}
	d := jsonDoc{s: s}
	text, ok := d.text()
	if !ok {
		return dst
	}
	return append(dst, text...)
}

// rawLength is the length of the value at the beginning of a text: up to the
// comma or bracket that is not inside it.
func rawLength(s []byte) int {
	depth, quoted := 0, false
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case quoted:
			if c == '\\' {
				i++
			}
			quoted = c != '"'
		case c == '"':
			quoted = true
		case c == '{' || c == '[':
			depth++
		case c == '}' || c == ']':
			if depth == 0 {
				return i
			}
			if depth--; depth == 0 {
				return i + 1
			}
		case c == ',' && depth == 0:
			return i
		}
	}
	return len(s)
}
