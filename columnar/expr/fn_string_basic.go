package expr

import (
	"unicode"
	"unicode/utf8"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/types"
)

// stringFunctions are about one string: its length, case, order of bytes.
func stringFunctions() []*function {
	const cat = "String"
	flag := types.UInt8
	return []*function{
		entry(info(cat, "concat(x, …)", "String, or Array of arrays", "Puts the arguments together, as text unless they are arrays.", "concat('a', 'b')").anyCase().also("concatAssumeInjective"), 0, anyArgs, bindConcat),
		entry(info(cat, "concatWithSeparator(sep, x, …)", "String", "Puts the arguments together with a separator between them.", "concatWithSeparator('-', 'a', 'b')").also("concatWithSeparatorAssumeInjective", "concat_ws", "CONCAT_WS"), 1, anyArgs, bindConcatWithSeparator),
		entry(info(cat, "length(x)", "UInt64", "Is the number of bytes of a string or of elements of an array.", "length('abc')").anyCase().also("OCTET_LENGTH"), 1, 1, bindLength),
		entry(info(cat, "empty(x)", "UInt8", "Tells whether a string, array or identifier is empty.", "empty('')"), 1, 1, bindEmpty),
		entry(info(cat, "notEmpty(x)", "UInt8", "Tells whether a string, array or identifier is not empty.", "notEmpty('a')"), 1, 1, bindEmpty),
		entry(info(cat, "lengthUTF8(s)", "UInt64", "Is the number of code points.", "lengthUTF8('äb')").also("CHAR_LENGTH", "CHARACTER_LENGTH", "char_length", "character_length"), 1, 1, numberOfText(types.UInt64, countPoints)),
		entry(info(cat, "lower(s)", "the type of s", "Makes ASCII letters lower case.", "lower('ABC')").anyCase().also("lcase"), 1, 1, mapBytes(lowerASCII)),
		entry(info(cat, "upper(s)", "the type of s", "Makes ASCII letters upper case.", "upper('abc')").anyCase().also("ucase"), 1, 1, mapBytes(upperASCII)),
		entry(info(cat, "lowerUTF8(s)", "String", "Makes letters lower case.", "lowerUTF8('ÄB')"), 1, 1, ofText(lowerPoints)),
		entry(info(cat, "upperUTF8(s)", "String", "Makes letters upper case.", "upperUTF8('äb')"), 1, 1, ofText(upperPoints)),
		entry(info(cat, "reverse(x)", "the type of x", "Turns the bytes of a string or the elements of an array round.", "reverse('abc')").anyCase(), 1, 1, bindReverse),
		entry(info(cat, "reverseUTF8(s)", "String", "Turns the code points round.", "reverseUTF8('äb')"), 1, 1, ofText(reversePoints)),
		entry(info(cat, "initcap(s)", "String", "Makes the first letter of each word upper case, the others lower case.", "initcap('ab cd')").anyCase(), 1, 1, ofText(initialCapitals)),
		entry(info(cat, "toValidUTF8(s)", "String", "Replaces bytes that are no UTF-8 by U+FFFD.", "toValidUTF8('a')"), 1, 1, ofText(validPoints)),
		entry(info(cat, "isValidUTF8(s)", "UInt8", "Tells whether the bytes are UTF-8.", "isValidUTF8('ä')"), 1, 1, numberOfText(flag, func(s []byte) uint8 { return truth(utf8.Valid(s)) })),
		entry(info(cat, "isValidASCII(s)", "UInt8", "Tells whether all bytes are ASCII.", "isValidASCII('a')").also("isASCII"), 1, 1, numberOfText(flag, func(s []byte) uint8 { return truth(isASCII(s)) })),
		entry(info(cat, "ascii(s)", "Int32", "Is the first byte, 0 of an empty string.", "ascii('a')").anyCase(), 1, 1, numberOfText(types.Int32, firstByte)),
	}
}

func firstByte(s []byte) int32 {
	if len(s) == 0 {
		return 0
	}
	return int32(s[0])
}

func bindConcat(s *site) (bound, error) {
	if len(s.args) == 0 {
		return bound{ret: types.Of(types.String), run: func(r *run, _ []*batch.Vector) (*batch.Vector, error) {
			return constText("", r.n), nil
		}}, nil
	}
	if s.types[0].Kind == types.Array {
		return bindArrayConcat(s)
	}
	if err := s.castAll(0); err != nil {
		return bound{}, err
	}
	return bound{ret: types.Of(types.String), run: func(r *run, args []*batch.Vector) (*batch.Vector, error) {
		at := make([]func(int) []byte, len(args))
		for k, a := range args {
			at[k] = stringsOf(a)
		}
		return textRows(r, func(dst []byte, i int) ([]byte, error) {
			for _, f := range at {
				dst = append(dst, f(i)...)
			}
			return dst, nil
		})
	}}, nil
}

// castAll makes the arguments from i on strings.
func (s *site) castAll(from int) error {
	for i := from; i < len(s.args); i++ {
		if s.types[i].IsString() {
			continue
		}
		if err := s.cast(i, types.Of(types.String)); err != nil {
			return err
		}
	}
	return nil
}

func bindConcatWithSeparator(s *site) (bound, error) {
	if err := s.takesText(0); err != nil {
		return bound{}, err
	}
	if err := s.takesConst(0); err != nil {
		return bound{}, err
	}
	if err := s.castAll(1); err != nil {
		return bound{}, err
	}
	return bound{ret: types.Of(types.String), run: func(r *run, args []*batch.Vector) (*batch.Vector, error) {
		sep := stringsOf(args[0])
		at := make([]func(int) []byte, len(args)-1)
		for k, a := range args[1:] {
			at[k] = stringsOf(a)
		}
		return textRows(r, func(dst []byte, i int) ([]byte, error) {
			for k, f := range at {
				if k > 0 {
					dst = append(dst, sep(i)...)
				}
				dst = append(dst, f(i)...)
			}
			return dst, nil
		})
	}}, nil
}

func bindLength(s *site) (bound, error) {
	t := s.types[0]
	if !t.IsString() && t.Kind != types.Array {
		return bound{}, s.illegal(0)
	}
	return bound{ret: types.Of(types.UInt64), run: func(r *run, args []*batch.Vector) (*batch.Vector, error) {
		out := make([]uint64, r.n)
		lengths(out, offsetsOf(args[0]))
		return vec(out), nil
	}}, nil
}

// offsetsOf are the offsets of a column of strings or arrays.
func offsetsOf(v *batch.Vector) []uint32 {
	if l, ok := v.Data.(batch.Lists); ok {
		return l.Offsets
	}
	return v.Strings().Offsets
}

func lengths(out []uint64, offsets []uint32) {
	if len(out) == 0 {
		return
	}
	prev := offsets[0]
	for i, end := range offsets[1 : len(out)+1] {
		out[i] = uint64(end - prev)
		prev = end
	}
}

func bindEmpty(s *site) (bound, error) {
	t, not := s.types[0], s.name == "notEmpty"
	ret := types.Of(types.UInt8)
	switch {
	case t.Kind == types.FixedString:
		return bound{ret: ret, run: func(r *run, args []*batch.Vector) (*batch.Vector, error) {
			at := stringsOf(args[0])
			out := make([]uint8, r.n)
			for i := range out {
				out[i] = truth((len(trimmed(at(i))) == 0) != not)
			}
			return vec(out), nil
		}}, nil
	case t.Kind == types.String, t.Kind == types.Array:
		return bound{ret: ret, run: func(r *run, args []*batch.Vector) (*batch.Vector, error) {
			out := make([]uint8, r.n)
			offsets := offsetsOf(args[0])
			for i := range out {
				out[i] = truth((offsets[i] == offsets[i+1]) != not)
			}
			return vec(out), nil
		}}, nil
	case t.Phys() == types.PhysB16:
		return bound{ret: ret, run: func(r *run, args []*batch.Vector) (*batch.Vector, error) {
			out := make([]uint8, r.n)
			for i, b := range args[0].Data.([]types.Bytes16) {
				out[i] = truth((b == types.Bytes16{}) != not)
			}
			return vec(out), nil
		}}, nil
	default:
		return bound{}, s.illegal(0)
	}
}

// countPoints counts the bytes that begin a code point.
func countPoints(s []byte) uint64 {
	n := uint64(0)
	for _, c := range s {
		if c&0xC0 != 0x80 {
			n++
		}
	}
	return n
}

// mapBytes binds a function that changes every byte on its own and keeps the
// type.
func mapBytes(f func(c byte) byte) bindFunc {
	return func(s *site) (bound, error) {
		if !s.types[0].IsString() {
			return bound{}, s.illegal(0)
		}
		return bound{ret: s.types[0], run: func(_ *run, args []*batch.Vector) (*batch.Vector, error) {
			in := args[0].Strings()
			if in.Len() == 0 {
				return vec(batch.Strings{Offsets: []uint32{0}}), nil
			}
			lo, hi := in.Offsets[0], in.Offsets[len(in.Offsets)-1]
			out := batch.Strings{Offsets: in.Offsets, Bytes: make([]byte, hi-lo)}
			for i, c := range in.Bytes[lo:hi] {
				out.Bytes[i] = f(c)
			}
			if lo > 0 {
				out.Offsets = make([]uint32, len(in.Offsets))
				for i, o := range in.Offsets {
					out.Offsets[i] = o - lo
				}
			}
			return vec(out), nil
		}}, nil
	}
}

func lowerASCII(c byte) byte {
	if c >= 'A' && c <= 'Z' {
		c += 'a' - 'A'
	}
	return c
}

func upperASCII(c byte) byte {
	if c >= 'a' && c <= 'z' {
		c -= 'a' - 'A'
	}
	return c
}

func isASCII(s []byte) bool {
	for _, c := range s {
		if c >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

func lowerPoints(dst, s []byte) []byte {
	inWord := false
	for i := 0; i < len(s); {
		c, n := utf8.DecodeRune(s[i:])
		switch {
		case c == 'İ':
			dst = append(dst, "i\u0307"...)
		case c == 'Σ' && inWord && !beginsWithLetter(s[i+n:]):
			dst = append(dst, "ς"...)
		default:
			dst = utf8.AppendRune(dst, unicode.ToLower(c))
		}
		inWord = unicode.IsLetter(c)
		i += n
	}
	return dst
}

func beginsWithLetter(s []byte) bool {
	c, _ := utf8.DecodeRune(s)
	return unicode.IsLetter(c)
}

func upperPoints(dst, s []byte) []byte {
	for i := 0; i < len(s); {
		c, n := utf8.DecodeRune(s[i:])
		if many := upperExpansion(c); many != "" {
			dst = append(dst, many...)
		} else {
			dst = utf8.AppendRune(dst, unicode.ToUpper(c))
		}
		i += n
	}
	return dst
}

func bindReverse(s *site) (bound, error) {
	t := s.types[0]
	if t.Kind == types.Array {
		return bindArrayReverse(s)
	}
	if !t.IsString() {
		return bound{}, s.illegal(0)
	}
	return bound{ret: t, run: func(r *run, args []*batch.Vector) (*batch.Vector, error) {
		at := stringsOf(args[0])
		out := batch.Strings{Offsets: make([]uint32, 1, r.n+1)}
		for i := range r.n {
			in := at(i)
			for k := len(in) - 1; k >= 0; k-- {
				out.Bytes = append(out.Bytes, in[k])
			}
			out.Offsets = append(out.Offsets, uint32(len(out.Bytes)))
		}
		return vec(out), nil
	}}, nil
}

func reversePoints(dst, s []byte) []byte {
	for len(s) > 0 {
		_, n := utf8.DecodeLastRune(s)
		dst = append(dst, s[len(s)-n:]...)
		s = s[:len(s)-n]
	}
	return dst
}

func isAlnum(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

func initialCapitals(dst, s []byte) []byte {
	inWord := false
	for _, c := range s {
		if inWord {
			dst = append(dst, lowerASCII(c))
		} else {
			dst = append(dst, upperASCII(c))
		}
		inWord = isAlnum(c)
	}
	return dst
}

func validPoints(dst, s []byte) []byte {
	bad := false
	for i := 0; i < len(s); {
		c, n := utf8.DecodeRune(s[i:])
		if c == utf8.RuneError && n == 1 {
			if !bad {
				dst = append(dst, "\uFFFD"...)
			}
			bad = true
		} else {
			dst = append(dst, s[i:i+n]...)
			bad = false
		}
		i += n
	}
	return dst
}
