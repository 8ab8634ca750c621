package expr

import (
	"bytes"
	"unicode/utf8"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/chcode"
	"github.com/freshetdb/freshet/columnar/types"
)

// sliceFunctions take parts of strings and fill strings up.
func sliceFunctions() []*function {
	const cat = "String"
	return []*function{
		entry(info(cat, "substring(s, offset[, length])", "String", "Is the part of s from byte offset (from 1; negative: from the end) on.", "substring('abcd', 2, 2)").anyCase().also("substr", "mid", "byteSlice"), 2, 3, bindSubstring),
		entry(info(cat, "substringUTF8(s, offset[, length])", "String", "Is the part of s from code point offset (from 1; negative: from the end) on.", "substringUTF8('äbc', 2)"), 2, 3, bindSubstring),
		entry(info(cat, "left(s, n)", "String", "Is the first n bytes, or all but the last -n.", "left('abc', 2)").anyCase(), 2, 2, bindLeft),
		entry(info(cat, "leftUTF8(s, n)", "String", "Is the first n code points, or all but the last -n.", "leftUTF8('äbc', 2)"), 2, 2, bindLeft),
		entry(info(cat, "right(s, n)", "String", "Is the last n bytes, or all but the first -n.", "right('abc', 2)").anyCase(), 2, 2, bindRight),
		entry(info(cat, "rightUTF8(s, n)", "String", "Is the last n code points, or all but the first -n.", "rightUTF8('abä', 2)"), 2, 2, bindRight),
		entry(info(cat, "substringIndex(s, delimiter, n)", "String", "Is what stands before the n-th delimiter, or after the n-th from the end.", "substringIndex('a.b.c', '.', 2)").anyCase().also("SUBSTRING_INDEX"), 3, 3, bindSubstringIndex),
		entry(info(cat, "repeat(s, n)", "String", "Is s n times.", "repeat('ab', 2)").anyCase(), 2, 2, bindRepeat),
		entry(info(cat, "space(n)", "String", "Is n spaces.", "space(2)").anyCase(), 1, 1, bindSpace),
		entry(info(cat, "leftPad(s, length[, fill])", "String", "Fills s up on the left, or cuts it, to length bytes.", "leftPad('7', 3, '0')").also("lpad", "LPAD"), 2, 3, bindPad),
		entry(info(cat, "rightPad(s, length[, fill])", "String", "Fills s up on the right, or cuts it, to length bytes.", "rightPad('7', 3, '0')").also("rpad", "RPAD"), 2, 3, bindPad),
		entry(info(cat, "leftPadUTF8(s, length[, fill])", "String", "Fills s up on the left, or cuts it, to length code points.", "leftPadUTF8('7', 3, 'ä')"), 2, 3, bindPad),
		entry(info(cat, "rightPadUTF8(s, length[, fill])", "String", "Fills s up on the right, or cuts it, to length code points.", "rightPadUTF8('7', 3, 'ä')"), 2, 3, bindPad),
		entry(info(cat, "trimBoth(s[, chars])", "String", "Cuts spaces, or the characters given, from both ends.", "trimBoth(' a ')").also("trim", "TRIM"), 1, 2, bindTrim(true, true)),
		entry(info(cat, "trimLeft(s[, chars])", "String", "Cuts spaces, or the characters given, from the left.", "trimLeft(' a')").also("ltrim", "LTRIM"), 1, 2, bindTrim(true, false)),
		entry(info(cat, "trimRight(s[, chars])", "String", "Cuts spaces, or the characters given, from the right.", "trimRight('a ')").also("rtrim", "RTRIM"), 1, 2, bindTrim(false, true)),
		entry(info(cat, "appendTrailingCharIfAbsent(s, c)", "String", "Appends the character c unless s is empty or ends with it.", "appendTrailingCharIfAbsent('a', '/')"), 2, 2, bindTrailingChar),
		entry(info(cat, "char(n, …)", "String", "Is the bytes with the numbers given.", "char(65, 66)").anyCase(), 1, anyArgs, bindChar),
	}
}

// span is where the part of n elements begins and ends that an offset (from 1;
// negative: from the end) and a length (negative: how many to leave at the end)
// name.
func span(n, offset, length int64, bounded bool) (lo, hi int64) {
	switch {
	case offset > 0:
		lo = min(offset-1, n)
	case offset < 0:
		lo = n + offset
	default:
		return 0, 0
	}
	hi = n
	if bounded {
		if length >= 0 {
			hi = lo + min(length, n+n-min(lo, 0)) // no overflow
		} else {
			hi = n + length
		}
	}
	lo, hi = max(lo, 0), min(hi, n)
	return lo, max(lo, hi)
}

// counting tells how many characters a string has and where one begins.
type counting struct {
	count func(s []byte) int64
	at    func(s []byte, k int64) int64
}

// checkFirst refuses a constant 0 as the place in a column: places begin with 1.
// Of a constant, 0 is a place where there is nothing.
func (s *site) checkFirst() error {
	c := s.constant(1)
	if c == nil || c.isNull() || !s.types[1].IsInteger() || intAt(c.Vec, 0) != 0 || s.constant(0) != nil {
		return nil
	}
	return chcode.Errorf(chcode.ZeroArrayOrTupleIndex, "Indices are 1-based")
}

// wrappedInts is like [intsOf], but UInt64 wraps around.
func wrappedInts(v *batch.Vector) func(i int) int64 {
	d := ints(v)
	return func(i int) int64 { return pick(d, i) }
}

func countingOf(points bool) counting {
	if !points {
		return counting{
			count: func(s []byte) int64 { return int64(len(s)) },
			at:    func(_ []byte, k int64) int64 { return k },
		}
	}
	return counting{count: func(s []byte) int64 { return int64(countPoints(s)) }, at: pointAt}
}

// pointAt is the byte where code point k begins.
func pointAt(s []byte, k int64) int64 {
	i := int64(0)
	for n := int64(len(s)); k > 0 && i < n; k-- {
		for i++; i < n && s[i]&0xC0 == 0x80; i++ { //nolint:revive // the loop is the work
		}
	}
	return i
}

// isUTF8 tells whether a function counts code points.
func (s *site) isUTF8() bool { return bytes.HasSuffix([]byte(s.name), []byte("UTF8")) }

// bindSpan binds a function that cuts a part out of its first argument.
func bindSpan(s *site, cut func(n, a, b int64) (lo, hi int64)) (bound, error) {
	if err := s.takesText(0); err != nil {
		return bound{}, err
	}
	for i := 1; i < len(s.types); i++ {
		if !s.types[i].IsInteger() && !s.types[i].IsFloat() {
			return bound{}, s.illegal(i)
		}
	}
	chars := countingOf(s.isUTF8())
	return bound{ret: types.Of(types.String), run: func(r *run, args []*batch.Vector) (*batch.Vector, error) {
		at, a, b := stringsOf(args[0]), wrappedInts(args[1]), constInts(0)
		if len(args) > 2 {
			b = wrappedInts(args[2])
		}
		return textRows(r, func(dst []byte, i int) ([]byte, error) {
			s := at(i)
			lo, hi := cut(chars.count(s), a(i), b(i))
			return append(dst, s[chars.at(s, lo):chars.at(s, hi)]...), nil
		})
	}}, nil
}

func bindSubstring(s *site) (bound, error) {
	if err := s.checkFirst(); err != nil {
		return bound{}, err
	}
	bounded := len(s.args) == 3
	return bindSpan(s, func(n, offset, length int64) (int64, int64) { return span(n, offset, length, bounded) })
}

func bindLeft(s *site) (bound, error) {
	return bindSpan(s, func(n, k, _ int64) (int64, int64) {
		if k < 0 {
			k = max(n+k, 0)
		}
		return 0, min(k, n)
	})
}

func bindRight(s *site) (bound, error) {
	return bindSpan(s, func(n, k, _ int64) (int64, int64) {
		if k < 0 {
			return min(-max(k, -n), n), n
		}
		return n - min(k, n), n
	})
}

func bindSubstringIndex(s *site) (bound, error) {
	if err := s.takesText(0, 1); err != nil {
		return bound{}, err
	}
	if err := s.takesInts(2); err != nil {
		return bound{}, err
	}
	delimiter, err := s.constString(1)
	if err != nil {
		return bound{}, err
	}
	if len(delimiter) != 1 {
		return bound{}, chcode.Errorf(chcode.BadArguments,
			"Argument delim for function %s should be a single character", s.name)
	}
	return bound{ret: types.Of(types.String), run: func(r *run, args []*batch.Vector) (*batch.Vector, error) {
		at, count := stringsOf(args[0]), intsOf(args[2])
		return textRows(r, func(dst []byte, i int) ([]byte, error) {
			return append(dst, beforeDelimiter(at(i), delimiter[0], count(i))...), nil
		})
	}}, nil
}

func beforeDelimiter(s []byte, c byte, n int64) []byte {
	if n == 0 {
		return nil
	}
	if n > 0 {
		for i, x := range s {
			if x == c {
				if n--; n == 0 {
					return s[:i]
				}
			}
		}
		return s
	}
	for i := len(s) - 1; i >= 0; i-- {
		if s[i] == c {
			if n++; n == 0 {
				return s[i+1:]
			}
		}
	}
	return s
}

// maxRepeat bounds how often repeat repeats, and the length of a padded string.
const maxRepeat = 1_000_000

func checkRepeat(n int64) error {
	if n <= maxRepeat {
		return nil
	}
	return chcode.Errorf(chcode.TooLargeStringSize, "Too many times to repeat (%d), maximum is: %d", n, maxRepeat)
}

func bindRepeat(s *site) (bound, error) {
	if err := s.takesText(0); err != nil {
		return bound{}, err
	}
	if err := s.takesInts(1); err != nil {
		return bound{}, err
	}
	return bound{ret: types.Of(types.String), canThrow: true, run: func(r *run, args []*batch.Vector) (*batch.Vector, error) {
		at, times := stringsOf(args[0]), intsOf(args[1])
		return textRows(r, func(dst []byte, i int) ([]byte, error) {
			n := max(times(i), 0)
			if err := checkRepeat(n); err != nil {
				return nil, err
			}
			s := at(i)
			if n*int64(len(s)) > maxTextBytes {
				return nil, tooMuchText()
			}
			for range n {
				dst = append(dst, s...)
			}
			return dst, nil
		})
	}}, nil
}

func bindSpace(s *site) (bound, error) {
	if err := s.takesInts(0); err != nil {
		return bound{}, err
	}
	return bound{ret: types.Of(types.String), canThrow: true, run: func(r *run, args []*batch.Vector) (*batch.Vector, error) {
		times := intsOf(args[0])
		return textRows(r, func(dst []byte, i int) ([]byte, error) {
			n := max(times(i), 0)
			if err := checkRepeat(n); err != nil {
				return nil, err
			}
			for range n {
				dst = append(dst, ' ')
			}
			return dst, nil
		})
	}}, nil
}

func bindPad(s *site) (bound, error) {
	if err := s.takesText(0, 2); err != nil {
		return bound{}, err
	}
	if err := s.takesInts(1); err != nil {
		return bound{}, err
	}
	fill, err := s.optConstString(2, " ")
	if err != nil {
		return bound{}, err
	}
	if fill == "" {
		fill = " "
	}
	p := padding{fill: []byte(fill), left: s.name[0] == 'l', chars: countingOf(s.isUTF8())}
	return bound{ret: types.Of(types.String), canThrow: true, run: func(r *run, args []*batch.Vector) (*batch.Vector, error) {
		at, length := stringsOf(args[0]), intsOf(args[1])
		return textRows(r, func(dst []byte, i int) ([]byte, error) { return p.append(dst, at(i), length(i)) })
	}}, nil
}

type padding struct {
	fill  []byte
	left  bool
	chars counting
}

func (p *padding) append(dst, s []byte, length int64) ([]byte, error) {
	if length < 0 {
		return nil, chcode.Errorf(chcode.IndexOfPositionalArgumentIsOutOfRange, "Target length %d is negative", length)
	}
	if length > maxRepeat {
		return nil, chcode.Errorf(chcode.TooLargeStringSize,
			"Too large target length: %d, maximum is: %d", length, maxRepeat)
	}
	n := p.chars.count(s)
	if n >= length {
		return append(dst, s[:p.chars.at(s, length)]...), nil
	}
	if !p.left {
		dst = append(dst, s...)
	}
	unit := p.chars.count(p.fill)
	missing := length - n
	for ; missing >= unit; missing -= unit {
		dst = append(dst, p.fill...)
	}
	dst = append(dst, p.fill[:p.chars.at(p.fill, missing)]...)
	if p.left {
		dst = append(dst, s...)
	}
	return dst, nil
}

func bindTrim(left, right bool) bindFunc {
	return func(s *site) (bound, error) {
		if err := s.takesText(0, 1); err != nil {
			return bound{}, err
		}
		chars, err := s.optConstString(1, " ")
		if err != nil {
			return bound{}, err
		}
		var cut [256]bool
		for _, c := range []byte(chars) {
			cut[c] = true
		}
		return bound{ret: types.Of(types.String), run: func(r *run, args []*batch.Vector) (*batch.Vector, error) {
			at := stringsOf(args[0])
			return textRows(r, func(dst []byte, i int) ([]byte, error) {
				s := at(i)
				for left && len(s) > 0 && cut[s[0]] {
					s = s[1:]
				}
				for right && len(s) > 0 && cut[s[len(s)-1]] {
					s = s[:len(s)-1]
				}
				return append(dst, s...), nil
			})
		}}, nil
	}
}

func bindTrailingChar(s *site) (bound, error) {
	if err := s.takesText(0, 1); err != nil {
		return bound{}, err
	}
	c, err := s.constString(1)
	if err != nil {
		return bound{}, err
	}
	if len(c) != 1 {
		return bound{}, chcode.Errorf(chcode.BadArguments,
			"Second argument of function %s must be a one-character string", s.name)
	}
	return bound{ret: types.Of(types.String), run: func(r *run, args []*batch.Vector) (*batch.Vector, error) {
		at := stringsOf(args[0])
		return textRows(r, func(dst []byte, i int) ([]byte, error) {
			s := at(i)
			dst = append(dst, s...)
			if len(s) > 0 && s[len(s)-1] != c[0] {
				dst = append(dst, c[0])
			}
			return dst, nil
		})
	}}, nil
}

func bindChar(s *site) (bound, error) {
	for i, t := range s.types {
		if !t.IsInteger() && !t.IsFloat() {
			return bound{}, s.illegal(i)
		}
	}
	return bound{ret: types.Of(types.String), run: func(r *run, args []*batch.Vector) (*batch.Vector, error) {
		at := make([]func(int) int64, len(args))
		for k, a := range args {
			at[k] = intsOf(a)
		}
		return textRows(r, func(dst []byte, i int) ([]byte, error) {
			for _, f := range at {
				dst = append(dst, byte(f(i)))
			}
			return dst, nil
		})
	}}, nil
}

// runeLen is how many bytes the code point at the beginning of s has; 1 where
// there is none.
func runeLen(s []byte) int {
	_, n := utf8.DecodeRune(s)
	return n
}
