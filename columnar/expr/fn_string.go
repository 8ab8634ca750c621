package expr

import (
	"bytes"
	"slices"
	"unicode"
	"unicode/utf8"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/chcode"
	"github.com/freshetdb/freshet/columnar/kernel"
	"github.com/freshetdb/freshet/columnar/types"
)

// stringFunctions measure, cut and change strings.
func stringFunctions() []*function {
	return []*function{
		{Info: Info{Name: "length", Aliases: []string{"OCTET_LENGTH", "CARDINALITY"}, CaseInsensitive: true, Syntax: "length(s)", Description: "Is the number of bytes of a string or of elements of an array.", Returns: "UInt64", Category: "Strings", Example: "length('abc')"}, min: 1, max: 1, bind: bindLength},
		{Info: Info{Name: "empty", Syntax: "empty(s)", Description: "Tells whether a string or array is empty.", Returns: "UInt8", Category: "Strings", Example: "empty('')"}, min: 1, max: 1, bind: bindEmpty},
		{Info: Info{Name: "notEmpty", Syntax: "notEmpty(s)", Description: "Tells whether a string or array is not empty.", Returns: "UInt8", Category: "Strings", Example: "notEmpty('a')"}, min: 1, max: 1, bind: bindEmpty},
		numberFunction(textInfo("lengthUTF8", "Is the number of characters of a string.", "lengthUTF8('привет')", "CHAR_LENGTH", "CHARACTER_LENGTH"), 1, types.UInt64, func(a [][]byte) uint64 { return uint64(utf8Length(a[0])) }),
		textFunction(textInfo("lower", "Makes ASCII letters small.", "lower('ABC')", "lcase"), func(dst, s []byte) []byte { return appendMapped(dst, s, lowerASCII) }),
		textFunction(textInfo("upper", "Makes ASCII letters capital.", "upper('abc')", "ucase"), func(dst, s []byte) []byte { return appendMapped(dst, s, upperASCII) }),
		textFunction(Info{Name: "initcap", CaseInsensitive: true, Syntax: "initcap(s)", Description: "Makes the first letter of each word capital and the others small.", Category: "Strings", Example: "initcap('hello world')"}, appendWords),
		textFunction(Info{Name: "initcapUTF8", Syntax: "initcapUTF8(s)", Description: "As initcap, for letters beyond ASCII.", Category: "Strings", Example: "initcapUTF8('привет мир')"}, appendWordsUTF8),
		textFunction(textInfo("lowerUTF8", "Makes letters small.", "lowerUTF8('ПРИВЕТ')"), func(dst, s []byte) []byte { return append(dst, bytes.ToLower(s)...) }),
		textFunction(textInfo("upperUTF8", "Makes letters capital.", "upperUTF8('привет')"), appendUpperUTF8),
		textFunction(textInfo("reverseUTF8", "Reverses the characters.", "reverseUTF8('привет')"), appendReversedUTF8),
		{Info: Info{Name: "reverse", CaseInsensitive: true, Syntax: "reverse(s)", Description: "Reverses the bytes of a string or the elements of an array.", Returns: "String or Array", Category: "Strings", Example: "reverse('abc')"}, min: 1, max: 1, bind: bindReverse},
		textFunction(textInfo("toValidUTF8", "Replaces bytes that are not UTF-8.", "toValidUTF8('abc')"), func(dst, s []byte) []byte { return append(dst, bytes.ToValidUTF8(s, []byte("\uFFFD"))...) }),
		numberFunction(textInfo("isValidUTF8", "Tells whether a string is UTF-8.", "isValidUTF8('abc')"), 1, types.UInt8, func(a [][]byte) uint8 { return truth(utf8.Valid(a[0])) }),
		numberFunction(textInfo("ascii", "Is the first byte of a string.", "ascii('a')"), 1, types.Int32, firstByte),
		numberFunction(Info{Name: "startsWith", Syntax: "startsWith(s, prefix)", Description: "Tells whether a string begins with a prefix.", Category: "Strings", Example: "startsWith('hello', 'he')"}, 2, types.UInt8, func(a [][]byte) uint8 { return truth(bytes.HasPrefix(a[0], a[1])) }),
		numberFunction(Info{Name: "endsWith", Syntax: "endsWith(s, suffix)", Description: "Tells whether a string ends with a suffix.", Category: "Strings", Example: "endsWith('hello', 'lo')"}, 2, types.UInt8, func(a [][]byte) uint8 { return truth(bytes.HasSuffix(a[0], a[1])) }),
		numberFunction(Info{Name: "startsWithUTF8", Syntax: "startsWithUTF8(s, prefix)", Description: "Tells whether a string begins with a prefix of whole characters.", Category: "Strings", Example: "startsWithUTF8('привет', 'при')"}, 2, types.UInt8, func(a [][]byte) uint8 { return truth(bytes.HasPrefix(a[0], a[1])) }),
		numberFunction(Info{Name: "endsWithUTF8", Syntax: "endsWithUTF8(s, suffix)", Description: "Tells whether a string ends with a suffix of whole characters.", Category: "Strings", Example: "endsWithUTF8('привет', 'вет')"}, 2, types.UInt8, func(a [][]byte) uint8 { return truth(bytes.HasSuffix(a[0], a[1])) }),
		{Info: Info{Name: "concat", Aliases: []string{"concatAssumeInjective"}, CaseInsensitive: true, Syntax: "concat(s, …)", Description: "Joins its arguments as text, or arrays.", Returns: "String or Array", Category: "Strings", Example: "concat('a', 'b')"}, min: 0, max: variadic, bind: bindConcat},
		{Info: Info{Name: "concatWithSeparator", Aliases: []string{"concat_ws", "concatWithSeparatorAssumeInjective"}, CaseInsensitive: true, Syntax: "concatWithSeparator(separator, s, …)", Description: "Joins strings with a separator between them.", Returns: "String", Category: "Strings", Example: "concatWithSeparator(',', 'a', 'b')"}, min: 1, max: variadic, bind: bindConcatWith},
		{Info: Info{Name: "substring", Aliases: []string{"substr", "mid", "byteSlice"}, CaseInsensitive: true, Syntax: "substring(s, start[, length])", Description: "Cuts bytes out of a string, counted from 1, or from the end when negative.", Returns: "String", Category: "Strings", Example: "substring('hello', 2, 3)"}, min: 2, max: 3, bind: bindSubstring},
		{Info: Info{Name: "substringUTF8", Aliases: []string{"substrUTF8"}, CaseInsensitive: true, Syntax: "substringUTF8(s, start[, length])", Description: "Cuts characters out of a string.", Returns: "String", Category: "Strings", Example: "substringUTF8('привет', 2, 3)"}, min: 2, max: 3, bind: bindSubstring},
		{Info: Info{Name: "left", CaseInsensitive: true, Syntax: "left(s, n)", Description: "Is the first n bytes, or all but the last -n.", Returns: "String", Category: "Strings", Example: "left('hello', 2)"}, min: 2, max: 2, bind: bindLeftRight},
		{Info: Info{Name: "right", CaseInsensitive: true, Syntax: "right(s, n)", Description: "Is the last n bytes, or all but the first -n.", Returns: "String", Category: "Strings", Example: "right('hello', 2)"}, min: 2, max: 2, bind: bindLeftRight},
		{Info: Info{Name: "leftUTF8", CaseInsensitive: true, Syntax: "leftUTF8(s, n)", Description: "Is the first n characters, or all but the last -n.", Returns: "String", Category: "Strings", Example: "leftUTF8('привет', 2)"}, min: 2, max: 2, bind: bindLeftRight},
		{Info: Info{Name: "rightUTF8", CaseInsensitive: true, Syntax: "rightUTF8(s, n)", Description: "Is the last n characters, or all but the first -n.", Returns: "String", Category: "Strings", Example: "rightUTF8('привет', 2)"}, min: 2, max: 2, bind: bindLeftRight},
		trimFunction("trimLeft", true, false, "ltrim"), trimFunction("trimRight", false, true, "rtrim"), trimFunction("trimBoth", true, true, "trim"),
		{Info: Info{Name: "repeat", CaseInsensitive: true, Syntax: "repeat(s, n)", Description: "Repeats a string n times.", Returns: "String", Category: "Strings", Example: "repeat('ab', 3)"}, min: 2, max: 2, bind: bindRepeat},
		padFunction("leftPad", true, false, "lpad"), padFunction("rightPad", false, false, "rpad"), padFunction("leftPadUTF8", true, true), padFunction("rightPadUTF8", false, true),
		{Info: Info{Name: "format", Syntax: "format(pattern, s, …)", Description: "Puts strings into the {} of a pattern.", Returns: "String", Category: "Strings", Example: "format('{} {}', 'a', 'b')"}, min: 2, max: variadic, bind: bindFormat},
		{Info: Info{Name: "char", CaseInsensitive: true, Syntax: "char(n, …)", Description: "Is the string of bytes with the given numbers.", Returns: "String", Category: "Strings", Example: "char(104, 105)"}, min: 1, max: variadic, bind: bindChar},
		{Info: Info{Name: "space", CaseInsensitive: true, Syntax: "space(n)", Description: "Is a string of n spaces.", Returns: "String", Category: "Strings", Example: "space(3)"}, min: 1, max: 1, bind: bindSpace},
	}
}

// textInfo is the catalogue's entry of a function of a text.
//
//go:noinline
func textInfo(name, about, example string, aliases ...string) Info {
	return Info{Name: name, Aliases: aliases, CaseInsensitive: len(aliases) > 0 || name == "lower" || name == "upper" || name == "reverse" || name == "ascii", Syntax: name + "(s)", Description: about, Category: "Strings", Example: example}
}

func utf8Length(s []byte) int {
	n := 0
	for _, c := range s {
		if c&0xC0 != 0x80 {
			n++
		}
	}
	return n
}

func lowerASCII(c byte) byte {
	if c >= 'A' && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}

func upperASCII(c byte) byte {
	if c >= 'a' && c <= 'z' {
		return c - ('a' - 'A')
	}
	return c
}

func appendMapped(dst, s []byte, f func(byte) byte) []byte {
	start := len(dst)
	dst = append(dst, s...)
	for i := start; i < len(dst); i++ {
		dst[i] = f(dst[i])
	}
	return dst
}

// appendWords makes the first letters of words capital; a word is letters and digits.
func appendWords(dst, s []byte) []byte {
	inside := false
	for _, c := range s {
		if inside {
			dst = append(dst, lowerASCII(c))
		} else {
			dst = append(dst, upperASCII(c))
		}
		inside = isAlpha(c) || isDigitByte(c)
	}
	return dst
}

func appendWordsUTF8(dst, s []byte) []byte {
	inside := false
	for len(s) > 0 {
		r, n := utf8.DecodeRune(s)
		switch {
		case r == utf8.RuneError:
			dst = append(dst, s[:n]...)
		case inside:
			dst = utf8.AppendRune(dst, unicode.ToLower(r))
		default:
			dst = utf8.AppendRune(dst, unicode.ToUpper(r))
		}
		inside = unicode.IsLetter(r) || unicode.IsDigit(r)
		s = s[n:]
	}
	return dst
}

// appendUpperUTF8 makes letters capital; ß becomes SS.
func appendUpperUTF8(dst, s []byte) []byte {
	for len(s) > 0 {
		r, n := utf8.DecodeRune(s)
		switch r {
		case 'ß':
			dst = append(dst, "SS"...)
		case utf8.RuneError:
			dst = append(dst, s[:n]...)
		default:
			dst = utf8.AppendRune(dst, unicode.ToUpper(r))
		}
		s = s[n:]
	}
	return dst
}

func appendReversedUTF8(dst, s []byte) []byte {
	for len(s) > 0 {
		_, n := utf8.DecodeLastRune(s)
		dst = append(dst, s[len(s)-n:]...)
		s = s[:len(s)-n]
	}
	return dst
}

func firstByte(a [][]byte) int32 {
	if len(a[0]) == 0 {
		return 0
	}
	return int32(a[0][0])
}

// lengths are the numbers of bytes or elements of the values.
func lengths(v *batch.Vector) []uint64 {
	var offsets []uint32
	switch d := v.Data.(type) {
	case batch.Lists:
		offsets = d.Offsets
	default:
		offsets = v.Strings().Offsets
	}
	out := make([]uint64, max(len(offsets)-1, 0))
	for i := range out {
		out[i] = uint64(offsets[i+1] - offsets[i])
	}
	return out
}

func bindLength(s *site) (bound, error) {
	t := s.types[0]
	if !t.IsString() && t.Kind != types.Array {
		return bound{}, s.illegal(0)
	}
	return bound{ret: types.Of(types.UInt64), run: func(_ *run, args []*batch.Vector) (*batch.Vector, error) {
		return vec(lengths(args[0])), nil
	}}, nil
}

func bindEmpty(s *site) (bound, error) {
	t := s.types[0]
	not := s.name == "notEmpty"
	switch {
	case t.Kind == types.UUID || t.Kind == types.IPv6:
		return bound{ret: types.Of(types.UInt8), run: func(r *run, args []*batch.Vector) (*batch.Vector, error) {
			d := args[0].Data.([]types.Bytes16)
			return buildEach(r, func(i int) uint8 { return truth((d[i] == types.Bytes16{}) != not) }), nil
		}}, nil
	case t.Kind == types.FixedString:
		return bound{ret: types.Of(types.UInt8), run: func(r *run, args []*batch.Vector) (*batch.Vector, error) {
			in := stringsOf(args[0])
			return buildEach(r, func(i int) uint8 { return truth((len(trimmed(in(i))) == 0) != not) }), nil
		}}, nil
	case !t.IsString() && t.Kind != types.Array:
		return bound{}, s.illegal(0)
	}
	return bound{ret: types.Of(types.UInt8), run: func(r *run, args []*batch.Vector) (*batch.Vector, error) {
		out := make([]uint8, r.n)
		op := kernel.EQ
		if not {
			op = kernel.NE
		}
		kernel.Compare(op, out, lengths(args[0]), []uint64{0})
		return vec(out), nil
	}}, nil
}

func bindReverse(s *site) (bound, error) {
	switch {
	case s.types[0].Kind == types.Array:
		return bindArrayReverse(s)
	case !s.types[0].IsString():
		return bound{}, s.illegal(0)
	}
	return bound{ret: s.types[0], run: func(r *run, args []*batch.Vector) (*batch.Vector, error) {
		in := stringsOf(args[0])
		return buildText(r, func(dst []byte, i int) []byte {
			s := in(i)
			for _, c := range slices.Backward(s) {
				dst = append(dst, c)
			}
			return dst
		})
	}}, nil
}

// asText converts all arguments from lo on to String.
func (s *site) asText(lo int) error {
	for i := lo; i < len(s.args); i++ {
		if s.types[i].IsString() {
			continue
		}
		if err := s.cast(i, types.Of(types.String)); err != nil {
			return err
		}
	}
	return nil
}

func bindConcat(s *site) (bound, error) {
	arrays := 0
	for i := range s.types {
		arrays += int(truth(s.types[i].Kind == types.Array))
	}
	if arrays > 1 && arrays == len(s.args) {
		return bindArrayConcat(s)
	}
	if err := s.asText(0); err != nil {
		return bound{}, err
	}
	if len(s.args) == 1 { // toString
		if err := s.cast(0, types.Of(types.String)); err != nil {
			return bound{}, err
		}
	}
	return bound{ret: types.Of(types.String), run: func(r *run, args []*batch.Vector) (*batch.Vector, error) {
		in := allStrings(args)
		return buildText(r, func(dst []byte, i int) []byte {
			for _, s := range in {
				dst = append(dst, s(i)...)
			}
			return dst
		})
	}}, nil
}

func allStrings(args []*batch.Vector) []func(int) []byte {
	in := make([]func(int) []byte, len(args))
	for k, a := range args {
		in[k] = stringsOf(a)
	}
	return in
}

func bindConcatWith(s *site) (bound, error) {
	if !s.types[0].IsString() {
		return bound{}, s.illegal(0)
	}
	if err := s.asText(0); err != nil {
		return bound{}, err
	}
	return bound{ret: types.Of(types.String), run: func(r *run, args []*batch.Vector) (*batch.Vector, error) {
		in := allStrings(args)
		return buildText(r, func(dst []byte, i int) []byte {
			for k, s := range in[1:] {
				if k > 0 {
					dst = append(dst, in[0](i)...)
				}
				dst = append(dst, s(i)...)
			}
			return dst
		})
	}}, nil
}

// sliceBounds are the first unit (from 0) and the end of a piece of a text of size
// units: start counts from 1, or from the end when negative; so does a negative
// length.
func sliceBounds(size, start, length int64, bounded bool) (lo, hi int64) {
	switch {
	case start > 0:
		lo = start - 1
	case start < 0:
		lo = size + start
	default:
		return 0, 0
	}
	switch {
	case !bounded:
		hi = size
	case length < 0:
		hi = size + length
	case length > size-lo:
		hi = size
	default:
		hi = lo + length
	}
	lo = max(lo, 0)
	return min(lo, size), max(min(lo, size), hi)
}

// cutter cuts a piece of size units out of a string.
type cutter struct {
	utf8 bool
}

func (c cutter) size(s []byte) int64 {
	if c.utf8 {
		return int64(utf8Length(s))
	}
	return int64(len(s))
}

func (c cutter) cut(s []byte, lo, hi int64) []byte {
	if !c.utf8 {
		return s[lo:hi]
	}
	start := charOffset(s, lo)
	return s[start : start+charOffset(s[start:], hi-lo)]
}

// charOffset is where character n (from 0) begins.
func charOffset(s []byte, n int64) int {
	for i, c := range s {
		if c&0xC0 != 0x80 {
			if n == 0 {
				return i
			}
			n--
		}
	}
	return len(s)
}

func bindSubstring(s *site) (bound, error) {
	if s.types[0].IsEnum() {
		if err := s.cast(0, types.Of(types.String)); err != nil {
			return bound{}, err
		}
	}
	if err := s.checkStrings(1); err != nil {
		return bound{}, err
	}
	if err := s.checkIntegers(1, 3); err != nil {
		return bound{}, err
	}
	if err := s.checkIndex(1); err != nil {
		return bound{}, err
	}
	c := cutter{utf8: s.name == "substringUTF8"}
	return bound{ret: types.Of(types.String), run: func(r *run, args []*batch.Vector) (*batch.Vector, error) {
		in, start := stringsOf(args[0]), ints(args[1])
		length := []int64{0}
		if len(args) == 3 {
			length = ints(args[2])
		}
		return buildText(r, func(dst []byte, i int) []byte {
			s := in(i)
			lo, hi := sliceBounds(c.size(s), pick(start, i), pick(length, i), len(args) == 3)
			return append(dst, c.cut(s, lo, hi)...)
		})
	}}, nil
}

func bindLeftRight(s *site) (bound, error) {
	if err := s.checkStrings(1); err != nil {
		return bound{}, err
	}
	if err := s.checkIntegers(1, 2); err != nil {
		return bound{}, err
	}
	c := cutter{utf8: s.name == "leftUTF8" || s.name == "rightUTF8"}
	left := s.name == "left" || s.name == "leftUTF8"
	return bound{ret: types.Of(types.String), run: func(r *run, args []*batch.Vector) (*batch.Vector, error) {
		in, count := stringsOf(args[0]), ints(args[1])
		return buildText(r, func(dst []byte, i int) []byte {
			s := in(i)
			size, n := c.size(s), pick(count, i)
			if n < 0 {
				n = max(size+n, 0)
			}
			n = min(n, size)
			if left {
				return append(dst, c.cut(s, 0, n)...)
			}
			return append(dst, c.cut(s, size-n, size)...)
		})
	}}, nil
}

//go:noinline
func trimFunction(name string, left, right bool, aliases ...string) *function {
	return &function{
		Info: Info{Name: name, Aliases: aliases, CaseInsensitive: true, Syntax: name + "(s[, characters])", Description: "Cuts spaces, or the given characters, off the ends of a string.", Returns: "String", Category: "Strings", Example: name + "('  a ')"},
		min:  1, max: 2, bind: func(s *site) (bound, error) {
			if err := s.checkStrings(2); err != nil {
				return bound{}, err
			}
			set, err := s.optConstString(1, " ")
			if err != nil {
				return bound{}, err
			}
			return bound{ret: types.Of(types.String), run: func(r *run, args []*batch.Vector) (*batch.Vector, error) {
				in := stringsOf(args[0])
				return buildText(r, func(dst []byte, i int) []byte { return append(dst, trimSet(in(i), set, left, right)...) })
			}}, nil
		},
	}
}

func trimSet(s []byte, set string, left, right bool) []byte {
	for left && len(s) > 0 && bytes.IndexByte([]byte(set), s[0]) >= 0 {
		s = s[1:]
	}
	for right && len(s) > 0 && bytes.IndexByte([]byte(set), s[len(s)-1]) >= 0 {
		s = s[:len(s)-1]
	}
	return s
}

func bindRepeat(s *site) (bound, error) {
	if err := s.checkStrings(1); err != nil {
		return bound{}, err
	}
	if err := s.checkIntegers(1, 2); err != nil {
		return bound{}, err
	}
	return bound{ret: types.Of(types.String), canThrow: true, run: func(r *run, args []*batch.Vector) (*batch.Vector, error) {
		in, count := stringsOf(args[0]), ints(args[1])
		return tryText(r, func(dst []byte, i int) ([]byte, error) {
			s, n := in(i), max(pick(count, i), 0)
			if err := times(r.name, n); err != nil {
				return nil, err
			}
			if err := r.ctx.bytes(r.name, int64(len(dst))+n*int64(len(s)), maxMadeBytes); err != nil || len(s) == 0 {
				return dst, err
			}
			for range n {
				dst = append(dst, s...)
			}
			return dst, nil
		})
	}}, nil
}

func bindSpace(s *site) (bound, error) {
	if err := s.checkIntegers(0, 1); err != nil {
		return bound{}, err
	}
	return bound{ret: types.Of(types.String), canThrow: true, run: func(r *run, args []*batch.Vector) (*batch.Vector, error) {
		count := ints(args[0])
		return tryText(r, func(dst []byte, i int) ([]byte, error) {
			n := max(pick(count, i), 0)
			if err := times(r.name, n); err != nil {
				return nil, err
			}
			if err := r.ctx.bytes(r.name, int64(len(dst))+n, maxMadeBytes); err != nil {
				return nil, err
			}
			return append(dst, bytes.Repeat([]byte{' '}, int(n))...), nil
		})
	}}, nil
}

//go:noinline
func padFunction(name string, left, isUTF8 bool, aliases ...string) *function {
	return &function{
		Info: Info{Name: name, Aliases: aliases, CaseInsensitive: true, Syntax: name + "(s, length[, filler])", Description: "Fills a string up to a length, or cuts it.", Returns: "String", Category: "Strings", Example: name + "('7', 3, '0')"},
		min:  2, max: 3, bind: func(s *site) (bound, error) { return bindPad(s, left, cutter{utf8: isUTF8}) },
	}
}

func bindPad(s *site, left bool, c cutter) (bound, error) {
	if !s.types[0].IsString() {
		return bound{}, s.illegal(0)
	}
	if err := s.checkIntegers(1, 2); err != nil {
		return bound{}, err
	}
	filler, err := s.optConstString(2, " ")
	if err != nil {
		return bound{}, err
	}
	if filler == "" {
		filler = " "
	}
	fill := []byte(filler)
	fillSize := c.size(fill)
	return bound{ret: types.Of(types.String), canThrow: true, run: func(r *run, args []*batch.Vector) (*batch.Vector, error) {
		in, want := stringsOf(args[0]), ints(args[1])
		return tryText(r, func(dst []byte, i int) ([]byte, error) {
			s, n := in(i), pick(want, i)
			if n > maxTimes {
				return nil, chcode.Errorf(chcode.TooLargeStringSize, "New padded length (%d) is too big, maximum is: %d", n, maxTimes)
			}
			if n < 0 {
				return nil, chcode.Errorf(chcode.IndexOfPositionalArgumentIsOutOfRange, "Length %d of a padded string is out of bounds", n)
			}
			if err := r.ctx.bytes(r.name, int64(len(dst))+n, maxMadeBytes); err != nil {
				return nil, err
			}
			size := c.size(s)
			if size >= n {
				return append(dst, c.cut(s, 0, n)...), nil
			}
			if !left {
				dst = append(dst, s...)
			}
			for missing := n - size; missing > 0; missing -= fillSize {
				dst = append(dst, c.cut(fill, 0, min(missing, fillSize))...)
			}
			if left {
				dst = append(dst, s...)
			}
			return dst, nil
		})
	}}, nil
}

// bindFormat puts strings into a constant pattern: {} in order, or {0}, {1}.
func bindFormat(s *site) (bound, error) {
	pattern, err := s.constString(0)
	if err != nil {
		return bound{}, err
	}
	if err := s.asText(1); err != nil {
		return bound{}, err
	}
	pieces, err := parseFormat(pattern, len(s.args)-1)
	if err != nil {
		return bound{}, err
	}
	return bound{ret: types.Of(types.String), run: func(r *run, args []*batch.Vector) (*batch.Vector, error) {
		in := allStrings(args[1:])
		return tryText(r, func(dst []byte, i int) ([]byte, error) {
			for _, p := range pieces {
				dst = append(dst, p.text...)
				if p.arg >= 0 {
					dst = append(dst, in[p.arg](i)...)
				}
				if len(dst) > maxTextBytes {
					break // refused by tryText
				}
			}
			return dst, nil
		})
	}}, nil
}

// formatPiece is a text and the argument behind it, -1 for none.
type formatPiece struct {
	text string
	arg  int
}

func parseFormat(pattern string, args int) ([]formatPiece, error) {
	bad := func(what string) error {
		return chcode.Errorf(chcode.BadArguments, "Bad format pattern '%s': %s", pattern, what)
	}
	var out []formatPiece
	var text []byte
	next := 0
	for i := 0; i < len(pattern); i++ {
		switch c := pattern[i]; {
		case (c == '{' || c == '}') && i+1 < len(pattern) && pattern[i+1] == c:
			text = append(text, c)
			i++
		case c == '{':
			end := bytes.IndexByte([]byte(pattern[i:]), '}')
			if end < 0 {
				return nil, bad("unclosed brace")
			}
			k := next
			if end > 1 {
				v, err := types.ParseUint([]byte(pattern[i+1:i+end]), 16)
				if err != nil {
					return nil, bad("not a number in braces")
				}
				k = int(v)
			}
			next++
			if k >= args {
				return nil, bad("there are fewer arguments")
			}
			out = append(out, formatPiece{string(text), k})
			text = text[:0]
			i += end
		case c == '}':
			return nil, bad("closing brace without an opening one")
		default:
			text = append(text, c)
		}
	}
	return append(out, formatPiece{string(text), -1}), nil
}

func bindChar(s *site) (bound, error) {
	if err := s.checkNumbers(len(s.args)); err != nil {
		return bound{}, err
	}
	return bound{ret: types.Of(types.String), run: func(r *run, args []*batch.Vector) (*batch.Vector, error) {
		in := wholeArgs(args)
		return buildText(r, func(dst []byte, i int) []byte {
			for _, c := range in {
				dst = append(dst, byte(pick(c, i)))
			}
			return dst
		})
	}}, nil
}
