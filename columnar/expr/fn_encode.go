package expr

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"math"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/chcode"
	"github.com/freshetdb/freshet/columnar/types"
)

// encodeFunctions print bytes as text and read them back.
func encodeFunctions() []*function {
	const cat, str = "Encoding", "String"
	return []*function{
		entry(info(cat, "hex(x)", str, "Is the bytes of x in hexadecimal digits.", "hex(255)").anyCase(), 1, 1, bindDigits),
		entry(info(cat, "bin(x)", str, "Is the bytes of x in binary digits.", "bin(5)").anyCase(), 1, 1, bindDigits),
		entry(info(cat, "unhex(s)", str, "Is the bytes that hexadecimal digits stand for.", "unhex('616263')").anyCase(), 1, 1, ofText(unhex)),
		entry(info(cat, "unbin(s)", str, "Is the bytes that binary digits stand for.", "unbin('01100001')").anyCase(), 1, 1, ofText(unbin)),
		entry(info(cat, "base64Encode(s)", str, "Encodes in base64.", "base64Encode('abc')").also("TO_BASE64", "to_base64"), 1, 1, ofText(func(dst, s []byte) []byte { return base64.StdEncoding.AppendEncode(dst, s) })),
		entry(info(cat, "base64Decode(s)", str, "Decodes base64.", "base64Decode('YWJj')").also("FROM_BASE64", "from_base64"), 1, 1, bindBase64(base64.StdEncoding)),
		entry(info(cat, "tryBase64Decode(s)", str, "Decodes base64; what is none becomes empty.", "tryBase64Decode('YWJj')"), 1, 1, bindBase64(base64.StdEncoding)),
		entry(info(cat, "base64URLEncode(s)", str, "Encodes in base64 as URLs need it.", "base64URLEncode('abc')"), 1, 1, ofText(func(dst, s []byte) []byte { return base64.RawURLEncoding.AppendEncode(dst, s) })),
		entry(info(cat, "base64URLDecode(s)", str, "Decodes base64 of URLs.", "base64URLDecode('YWJj')"), 1, 1, bindBase64(base64.RawURLEncoding)),
		entry(info(cat, "tryBase64URLDecode(s)", str, "Decodes base64 of URLs; what is none becomes empty.", "tryBase64URLDecode('YWJj')"), 1, 1, bindBase64(base64.RawURLEncoding)),
	}
}

// appendRaw appends the bytes that a value has in memory.
func appendRaw(dst []byte, v *batch.Vector, i int) []byte {
	i = v.Row(i)
	switch d := v.Data.(type) {
	case batch.Strings:
		return append(dst, d.At(i)...)
	case []uint8:
		return append(dst, d[i])
	case []int8:
		return append(dst, byte(d[i]))
	case []uint16:
		return binary.LittleEndian.AppendUint16(dst, d[i])
	case []int16:
		return binary.LittleEndian.AppendUint16(dst, uint16(d[i]))
	case []uint32:
		return binary.LittleEndian.AppendUint32(dst, d[i])
	case []int32:
		return binary.LittleEndian.AppendUint32(dst, uint32(d[i]))
	case []float32:
		return binary.LittleEndian.AppendUint32(dst, math.Float32bits(d[i]))
	case []uint64:
		return binary.LittleEndian.AppendUint64(dst, d[i])
	case []int64:
		if v.Type.Kind == types.Decimal && v.Type.Size() == 4 {
			return binary.LittleEndian.AppendUint32(dst, uint32(d[i]))
		}
		return binary.LittleEndian.AppendUint64(dst, uint64(d[i]))
	case []float64:
		return binary.LittleEndian.AppendUint64(dst, math.Float64bits(d[i]))
	case []types.Int128:
		dst = binary.LittleEndian.AppendUint64(dst, d[i].Lo)
		return binary.LittleEndian.AppendUint64(dst, uint64(d[i].Hi))
	case []types.Bytes16:
		return append(dst, d[i][:]...)
	default:
		return dst
	}
}

// bindDigits binds hex and bin. Integers are printed from the highest byte that
// is not 0, other numbers as they are in memory.
func bindDigits(s *site) (bound, error) {
	t := s.types[0]
	if t.Kind == types.Array || t.Kind == types.Tuple || t.Kind == types.Nothing || t.Kind == types.Interval {
		return bound{}, s.illegal(0)
	}
	number := !t.IsString() && !t.IsFloat() && t.Kind != types.Decimal && t.Phys() != types.PhysB16
	digits := hexDigits
	if s.name == "bin" {
		digits = binDigits
	}
	return bound{ret: types.Of(types.String), run: func(r *run, args []*batch.Vector) (*batch.Vector, error) {
		var raw []byte
		return textRows(r, func(dst []byte, i int) ([]byte, error) {
			raw = appendRaw(raw[:0], args[0], i)
			if !number {
				for _, c := range raw {
					dst = digits(dst, c)
				}
				return dst, nil
			}
			started := false
			for k := len(raw) - 1; k >= 0; k-- {
				if started = started || raw[k] != 0 || k == 0; started {
					dst = digits(dst, raw[k])
				}
			}
			return dst, nil
		})
	}}, nil
}

func hexDigits(dst []byte, c byte) []byte {
	const digits = "0123456789ABCDEF"
	return append(dst, digits[c>>4], digits[c&15])
}

func binDigits(dst []byte, c byte) []byte {
	for bit := 7; bit >= 0; bit-- {
		dst = append(dst, '0'+c>>bit&1)
	}
	return dst
}

// hexValue is the value of a hexadecimal digit; as ClickHouse has it, 0xFF for
// all other bytes.
func hexValue(c byte) byte {
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

func unhex(dst, s []byte) []byte {
	if len(s)%2 == 1 {
		dst, s = append(dst, hexValue(s[0])), s[1:]
	}
	for ; len(s) > 0; s = s[2:] {
		dst = append(dst, hexValue(s[0])*16+hexValue(s[1]))
	}
	return dst
}

func unbin(dst, s []byte) []byte {
	for len(s) > 0 {
		n := (len(s)-1)%8 + 1
		c := byte(0)
		for _, d := range s[:n] {
			c <<= 1
			if d == '1' {
				c |= 1
			}
		}
		dst, s = append(dst, c), s[n:]
	}
	return dst
}

// bindBase64 decodes; functions whose name begins with try give nothing for
// what is no base64.
func bindBase64(enc *base64.Encoding) bindFunc {
	return func(s *site) (bound, error) {
		if err := s.takesText(0); err != nil {
			return bound{}, err
		}
		tolerant := s.name[0] == 't'
		return bound{ret: types.Of(types.String), canThrow: !tolerant, run: func(r *run, args []*batch.Vector) (*batch.Vector, error) {
			at := stringsOf(args[0])
			return textRows(r, func(dst []byte, i int) ([]byte, error) {
				in := at(i)
				start := len(dst)
				out, err := enc.AppendDecode(dst, in)
				if bytes.ContainsAny(in, "\r\n") {
					err = base64.CorruptInputError(0)
				}
				switch {
				case err == nil:
					return out, nil
				case tolerant:
					return out[:start], nil
				default:
					return nil, chcode.Errorf(chcode.IncorrectData, "Failed to %s input '%s'", s.name, in)
				}
			})
		}}, nil
	}
}
