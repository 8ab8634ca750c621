package expr

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"math"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/chcode"
	"github.com/freshetdb/freshet/columnar/types"
)

// encodeFunctions write bytes as text and read them again.
func encodeFunctions() []*function {
	const cat = "Encoding"
	return []*function{
		{Info: Info{Name: "hex", CaseInsensitive: true, Syntax: "hex(x)", Description: "Writes a string or number in hexadecimal digits.", Returns: "String", Category: cat, Example: "hex(255)"}, min: 1, max: 1, bind: bindHex},
		{Info: Info{Name: "bin", CaseInsensitive: true, Syntax: "bin(x)", Description: "Writes a string or number in binary digits.", Returns: "String", Category: cat, Example: "bin(5)"}, min: 1, max: 1, bind: bindBin},
		textFunction(Info{Name: "unhex", CaseInsensitive: true, Syntax: "unhex(s)", Description: "Reads hexadecimal digits as bytes.", Category: cat, Example: "unhex('616263')"}, appendUnhex),
		textFunction(Info{Name: "unbin", CaseInsensitive: true, Syntax: "unbin(s)", Description: "Reads binary digits as bytes.", Category: cat, Example: "unbin('01100001')"}, appendUnbin),
		textFunction(Info{Name: "base64Encode", Aliases: []string{"TO_BASE64"}, CaseInsensitive: true, Syntax: "base64Encode(s)", Description: "Writes a string in Base64.", Category: cat, Example: "base64Encode('hello')"}, base64.StdEncoding.AppendEncode),
		textFunction(Info{Name: "base64URLEncode", Syntax: "base64URLEncode(s)", Description: "Writes a string in Base64 for URLs.", Category: cat, Example: "base64URLEncode('hello')"}, base64.RawURLEncoding.AppendEncode),
		base64Reader("base64Decode", base64.StdEncoding, false, "FROM_BASE64"), base64Reader("tryBase64Decode", base64.StdEncoding, true),
		base64Reader("base64URLDecode", base64.RawURLEncoding, false), base64Reader("tryBase64URLDecode", base64.RawURLEncoding, true),
	}
}

//go:noinline
func base64Reader(name string, enc *base64.Encoding, try bool, aliases ...string) *function {
	return &function{
		Info: Info{Name: name, Aliases: aliases, CaseInsensitive: len(aliases) > 0, Syntax: name + "(s)", Description: "Reads a string in Base64.", Returns: "String", Category: "Encoding", Example: name + "('aGVsbG8=')"},
		min:  1, max: 1, bind: func(s *site) (bound, error) {
			if err := s.checkStrings(1); err != nil {
				return bound{}, err
			}
			return bound{ret: types.Of(types.String), canThrow: !try, run: func(r *run, args []*batch.Vector) (*batch.Vector, error) {
				in := stringsOf(args[0])
				return tryText(r, func(dst []byte, i int) ([]byte, error) {
					out, err := enc.AppendDecode(dst, in(i))
					switch {
					case err == nil:
						return out, nil
					case try:
						return dst, nil
					default:
						return nil, chcode.Errorf(chcode.IncorrectData, "Invalid %s value (%s), cannot be decoded", name, in(i))
					}
				})
			}}, nil
		},
	}
}

// rawBytes gives the bytes of a value, numbers most significant byte first; cut
// tells that leading zero bytes do not count.
func rawBytes(v *batch.Vector) (row func(i int) []byte, cut bool) {
	switch d := v.Data.(type) {
	case batch.Strings:
		return d.At, false
	case []float32:
		return func(i int) []byte { return binary.LittleEndian.AppendUint32(nil, math.Float32bits(d[i])) }, false
	case []float64:
		return func(i int) []byte { return binary.LittleEndian.AppendUint64(nil, math.Float64bits(d[i])) }, false
	case []types.Bytes16:
		return func(i int) []byte { return d[i][:] }, false
	case []types.Int128:
		return func(i int) []byte {
			return binary.LittleEndian.AppendUint64(binary.LittleEndian.AppendUint64(nil, d[i].Lo), uint64(d[i].Hi))
		}, false
	}
	in := asUint(v)
	size := v.Type.Size()
	if v.Type.Kind == types.Decimal {
		return func(i int) []byte { return binary.LittleEndian.AppendUint64(nil, in[i])[:size] }, false
	}
	return func(i int) []byte { return binary.BigEndian.AppendUint64(nil, in[i])[8-size:] }, true
}

func bindHex(s *site) (bound, error) {
	return bindDigits(s, func(dst, b []byte) []byte {
		const digits = "0123456789ABCDEF"
		for _, c := range b {
			dst = append(dst, digits[c>>4], digits[c&15])
		}
		return dst
	})
}

func bindBin(s *site) (bound, error) {
	return bindDigits(s, func(dst, b []byte) []byte {
		for _, c := range b {
			for bit := 7; bit >= 0; bit-- {
				dst = append(dst, '0'+c>>bit&1)
			}
		}
		return dst
	})
}

func bindDigits(s *site, digits func(dst, b []byte) []byte) (bound, error) {
	t := s.types[0]
	if t.Kind == types.Array || t.Kind == types.Tuple {
		return bound{}, s.illegal(0)
	}
	return bound{ret: types.Of(types.String), run: func(r *run, args []*batch.Vector) (*batch.Vector, error) {
		in, cut := rawBytes(args[0])
		whole := cut && (t.IsDate() || t.IsTime())
		return buildText(r, func(dst []byte, i int) []byte {
			b := in(i)
			for cut && !whole && len(b) > 1 && b[0] == 0 {
				b = b[1:]
			}
			return digits(dst, b)
		})
	}}, nil
}

// appendUnhex reads pairs of digits; a digit alone at the front is a byte.
func appendUnhex(dst, s []byte) []byte {
	var pair [1]byte
	if len(s)%2 == 1 {
		if _, err := hex.Decode(pair[:], append([]byte{'0'}, s[0])); err == nil {
			dst = append(dst, pair[0])
		} else {
			dst = append(dst, 0xF)
		}
		s = s[1:]
	}
	for ; len(s) >= 2; s = s[2:] {
		dst = append(dst, hexDigit(s[0])<<4|hexDigit(s[1])&0xF)
	}
	return dst
}

// hexDigit is the value of a digit; of another character, all bits.
func hexDigit(c byte) byte {
	switch {
	case c >= '0' && c <= '9':
		return c - '0'
	case c >= 'a' && c <= 'f':
		return c - 'a' + 10
	case c >= 'A' && c <= 'F':
		return c - 'A' + 10
	default:
		return 0xFF
	}
}

func appendUnbin(dst, s []byte) []byte {
	for len(s) > 0 {
		n := len(s) % 8
		if n == 0 {
			n = 8
		}
		var b byte
		for _, c := range s[:n] {
			b = b<<1 | c&1
		}
		dst, s = append(dst, b), s[n:]
	}
	return dst
}
