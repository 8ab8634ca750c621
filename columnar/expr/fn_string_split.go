package expr

import (
	"bytes"
	"regexp"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/chcode"
	"github.com/freshetdb/freshet/columnar/types"
)

// splitFunctions make arrays of strings and strings of arrays.
func splitFunctions() []*function {
	const cat = "String Splitting"
	list := "Array(String)"
	return []*function{
		entry(info(cat, "splitByChar(separator, s[, max])", list, "Splits s at a character.", "splitByChar(',', 'a,b')"), 2, 3, bindSplitByChar),
		entry(info(cat, "splitByString(separator, s[, max])", list, "Splits s at a text; the empty one splits it into bytes.", "splitByString(', ', 'a, b')"), 2, 3, bindSplitByString),
		entry(info(cat, "splitByRegexp(pattern, s[, max])", list, "Splits s at the matches of a regular expression.", "splitByRegexp('[,;]', 'a,b')"), 2, 3, bindSplitByRegexp),
		entry(info(cat, "splitByWhitespace(s[, max])", list, "Splits s at white space.", "splitByWhitespace('a b')"), 1, 2, bindSplitWords(func(c byte) bool { return !isSpaceByte(c) })),
		entry(info(cat, "splitByNonAlpha(s[, max])", list, "Splits s at white space and punctuation.", "splitByNonAlpha('a,b')"), 1, 2, bindSplitWords(func(c byte) bool { return !isSpaceByte(c) && !isPunctuation(c) })),
		entry(info(cat, "alphaTokens(s[, max])", list, "Is the runs of ASCII letters.", "alphaTokens('a1b')").also("splitByAlpha"), 1, 2, bindSplitWords(func(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' })),
		entry(info(cat, "arrayStringConcat(array[, separator])", "String", "Puts the elements together with a separator between them.", "arrayStringConcat(['a', 'b'], ',')").also("array_to_string"), 1, 2, bindArrayStringConcat),
	}
}

func isSpaceByte(c byte) bool { return c == ' ' || c >= '\t' && c <= '\r' }

func isPunctuation(c byte) bool { return c > ' ' && c < 0x7F && !isAlnum(c) }

// splitter finds the next separator in s: where it begins and ends; ok is false
// when there is none.
type splitter func(s []byte) (lo, hi int, ok bool)

// maxParts is the third argument of the split functions; 0: no limit.
func (s *site) maxParts(i int) (int64, error) {
	if i >= len(s.args) {
		return 0, nil
	}
	n, err := s.constInt(i)
	return max(n, 0), err
}

func (s *site) bindSplit(text int, next splitter) (bound, error) {
	limit, err := s.maxParts(text + 1)
	if err != nil {
		return bound{}, err
	}
	return bound{ret: types.ArrayOf(types.Of(types.String)), run: func(r *run, args []*batch.Vector) (*batch.Vector, error) {
		at := stringsOf(args[text])
		return textListRows(r, func(l *textLists, i int) error {
			s := at(i)
			for n := int64(1); limit == 0 || n <= limit; n++ {
				lo, hi, ok := next(s)
				if !ok {
					l.add(s)
					break
				}
				l.add(s[:lo])
				s = s[hi:]
			}
			return nil
		})
	}}, nil
}

func bindSplitByChar(s *site) (bound, error) {
	if err := s.takesText(0, 1); err != nil {
		return bound{}, err
	}
	sep, err := s.constString(0)
	if err != nil {
		return bound{}, err
	}
	if len(sep) != 1 {
		return bound{}, chcode.Errorf(chcode.BadArguments, "Illegal separator for function %s. Must be exactly one byte.", s.name)
	}
	return s.bindSplit(1, splitAt([]byte(sep)))
}

func splitAt(sep []byte) splitter {
	return func(s []byte) (int, int, bool) {
		k := bytes.Index(s, sep)
		return k, k + len(sep), k >= 0
	}
}

func bindSplitByString(s *site) (bound, error) {
	if err := s.takesText(0, 1); err != nil {
		return bound{}, err
	}
	sep, err := s.constString(0)
	if err != nil {
		return bound{}, err
	}
	if sep == "" {
		return s.bindCharacters()
	}
	return s.bindSplit(1, splitAt([]byte(sep)))
}

// bindCharacters splits into bytes.
func (s *site) bindCharacters() (bound, error) {
	limit, err := s.maxParts(2)
	if err != nil {
		return bound{}, err
	}
	return bound{ret: types.ArrayOf(types.Of(types.String)), run: func(r *run, args []*batch.Vector) (*batch.Vector, error) {
		at := stringsOf(args[1])
		return textListRows(r, func(l *textLists, i int) error {
			s := at(i)
			for n := int64(0); len(s) > 0 && (limit == 0 || n < limit); n++ {
				l.add(s[:1])
				s = s[1:]
			}
			return nil
		})
	}}, nil
}

func bindSplitByRegexp(s *site) (bound, error) {
	if err := s.takesText(0, 1); err != nil {
		return bound{}, err
	}
	text, err := s.constString(0)
	if err != nil {
		return bound{}, err
	}
	if text == "" {
		return s.bindCharacters()
	}
	if regexp.QuoteMeta(text) == text {
		return s.bindSplit(1, splitAt([]byte(text)))
	}
	re, err := s.constRegexp(0, dotAll)
	if err != nil {
		return bound{}, err
	}
	return s.bindSplit(1, func(b []byte) (int, int, bool) {
		m := re.FindIndex(b)
		if m == nil || m[0] == m[1] {
			return 0, 0, false
		}
		return m[0], m[1], true
	})
}

func bindSplitWords(inWord func(c byte) bool) bindFunc {
	return func(s *site) (bound, error) {
		if err := s.takesText(0); err != nil {
			return bound{}, err
		}
		limit, err := s.maxParts(1)
		if err != nil {
			return bound{}, err
		}
		return bound{ret: types.ArrayOf(types.Of(types.String)), run: func(r *run, args []*batch.Vector) (*batch.Vector, error) {
			at := stringsOf(args[0])
			return textListRows(r, func(l *textLists, i int) error {
				s, n := at(i), int64(0)
				for k := 0; k < len(s) && (limit == 0 || n < limit); {
					if !inWord(s[k]) {
						k++
						continue
					}
					end := k
					for end < len(s) && inWord(s[end]) {
						end++
					}
					l.add(s[k:end])
					n++
					k = end
				}
				return nil
			})
		}}, nil
	}
}

func bindArrayStringConcat(s *site) (bound, error) {
	t := s.types[0]
	if t.Kind != types.Array {
		return bound{}, s.illegal(0)
	}
	if err := s.takesText(1); err != nil {
		return bound{}, err
	}
	if err := s.takesConst(1); err != nil {
		return bound{}, err
	}
	elem := types.Of(types.String)
	if t.Elem().Nullable {
		elem = elem.AsNullable()
	}
	if !t.Elem().Plain().IsString() {
		if err := s.cast(0, types.ArrayOf(elem)); err != nil {
			return bound{}, err
		}
	}
	return bound{ret: types.Of(types.String), run: func(r *run, args []*batch.Vector) (*batch.Vector, error) {
		l := listsOf(args[0])
		sep := func(int) []byte { return nil }
		if len(args) > 1 {
			sep = stringsOf(args[1])
		}
		if l.elems.Len == 0 {
			return textRows(r, func(dst []byte, _ int) ([]byte, error) { return dst, nil })
		}
		texts := l.elems.Strings()
		return textRows(r, func(dst []byte, i int) ([]byte, error) {
			lo, hi := l.at(i)
			first := true
			for e := lo; e < hi; e++ {
				if l.elems.IsNull(int(e)) {
					continue
				}
				if !first {
					dst = append(dst, sep(i)...)
				}
				first = false
				dst = append(dst, texts.At(int(e))...)
			}
			return dst, nil
		})
	}}, nil
}
