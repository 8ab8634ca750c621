package expr

import (
	"bytes"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/chcode"
	"github.com/freshetdb/freshet/columnar/types"
)

// splitFunctions turn strings into arrays and arrays into strings.
func splitFunctions() []*function {
	const cat = "Splitting and joining"
	split := func(name, desc, example string, bind func(*site) (bound, error)) *function {
		return &function{Info: Info{Name: name, Syntax: name + "(separator, s[, limit])", Description: desc, Returns: "Array(String)", Category: cat, Example: example}, min: 2, max: 3, traits: costly, bind: bind}
	}
	one := func(name, desc, example string, f func(l *lists, s []byte)) *function {
		return &function{Info: Info{Name: name, Syntax: name + "(s)", Description: desc, Returns: "Array(String)", Category: cat, Example: example}, min: 1, max: 1, traits: costly, bind: func(s *site) (bound, error) { return bindPieces(s, f) }}
	}
	out := []*function{
		split("splitByChar", "Splits a string at every occurrence of a character.", "splitByChar(',', 'a,b')", bindSplit),
		split("splitByString", "Splits a string at every occurrence of another; an empty separator splits into bytes.", "splitByString('--', 'a--b')", bindSplit),
		split("splitByRegexp", "Splits a string at every match of a regular expression.", "splitByRegexp('\\d+', 'a1b')", bindSplitRegexp),
		one("splitByWhitespace", "Splits a string at white space.", "splitByWhitespace('a b')", splitSpaces),
		one("splitByNonAlpha", "Splits a string at white space and punctuation.", "splitByNonAlpha('a,b')", splitNonAlpha),
		one("alphaTokens", "Is the runs of ASCII letters of a string.", "alphaTokens('abca1abc')", alphaRuns),
		{Info: Info{Name: "substringIndex", Aliases: []string{"SUBSTRING_INDEX"}, CaseInsensitive: true, Syntax: "substringIndex(s, separator, n)", Description: "Is what stands before the n-th separator, or behind the n-th from the end.", Returns: "String", Category: cat, Example: "substringIndex('a.b.c', '.', 2)"}, min: 3, max: 3, bind: bindSubstringIndex},
		{Info: Info{Name: "arrayStringConcat", Aliases: []string{"array_to_string"}, Syntax: "arrayStringConcat(array[, separator])", Description: "Joins the elements of an array; NULLs are left out.", Returns: "String", Category: cat, Example: "arrayStringConcat(['a', 'b'], ',')"}, min: 1, max: 2, bind: bindJoin},
	}
	out[5].Aliases = []string{"splitByAlpha"}
	return out
}

func bindPieces(s *site, f func(l *lists, s []byte)) (bound, error) {
	if err := s.checkStrings(1); err != nil {
		return bound{}, err
	}
	return bound{ret: arraysOfText(), run: func(r *run, args []*batch.Vector) (*batch.Vector, error) {
		in := stringsOf(args[0])
		out := newLists(r.n)
		for i := range r.n {
			f(out, in(i))
			out.end()
		}
		return out.vec(), nil
	}}, nil
}

// pieceLimit is the most pieces that the optional third argument allows; 0: any number.
func (s *site) pieceLimit() (int64, error) {
	n, err := s.optConstInt(2)
	return max(n, 0), err
}

func bindSplit(s *site) (bound, error) {
	if err := s.checkStrings(2); err != nil {
		return bound{}, err
	}
	sep, err := s.constString(0)
	if err != nil {
		return bound{}, err
	}
	limit, err := s.pieceLimit()
	if err != nil {
		return bound{}, err
	}
	if s.name == "splitByChar" && len(sep) != 1 {
		return bound{}, chcode.Errorf(chcode.BadArguments, "Illegal separator for function splitByChar. Must be exactly one byte.")
	}
	return bound{ret: arraysOfText(), run: func(r *run, args []*batch.Vector) (*batch.Vector, error) {
		in := stringsOf(args[1])
		out := newLists(r.n)
		for i := range r.n {
			splitText(out, in(i), []byte(sep), limit)
			out.end()
		}
		return out.vec(), nil
	}}, nil
}

func splitText(out *lists, s, sep []byte, limit int64) {
	if len(sep) == 0 {
		for n := int64(0); len(s) > 0 && (limit == 0 || n < limit); n++ {
			out.add(s[:1])
			s = s[1:]
		}
		return
	}
	for n := int64(1); limit == 0 || n <= limit; n++ {
		at := bytes.Index(s, sep)
		if at < 0 {
			out.add(s)
			return
		}
		out.add(s[:at])
		s = s[at+len(sep):]
	}
}

func bindSplitRegexp(s *site) (bound, error) {
	if err := s.checkStrings(2); err != nil {
		return bound{}, err
	}
	pattern, err := s.constString(0)
	if err != nil {
		return bound{}, err
	}
	limit, err := s.pieceLimit()
	if err != nil {
		return bound{}, err
	}
	re, err := compileRegexp("(?s)" + pattern)
	if err != nil {
		return bound{}, err
	}
	return bound{ret: arraysOfText(), run: func(r *run, args []*batch.Vector) (*batch.Vector, error) {
		in := stringsOf(args[1])
		out := newLists(r.n)
		for i := range r.n {
			s := in(i)
			if pattern == "" {
				splitText(out, s, nil, limit)
				out.end()
				continue
			}
			pos, n := 0, int64(0)
			matches := re.FindAllIndex(s, maxMatches+1)
			if len(matches) > maxMatches {
				return nil, tooManyMatches()
			}
			for _, m := range matches {
				if m[0] == m[1] || (limit > 0 && n >= limit) {
					break
				}
				out.add(s[pos:m[0]])
				pos = m[1]
				n++
			}
			if limit == 0 || n < limit {
				out.add(s[pos:])
			}
			out.end()
		}
		return out.vec(), nil
	}}, nil
}

func isSpace(c byte) bool { return c == ' ' || (c >= '\t' && c <= '\r') }

func isAlpha(c byte) bool { c |= 32; return c >= 'a' && c <= 'z' }

func splitWhere(l *lists, s []byte, cut func(byte) bool) {
	start := -1
	for i, c := range s {
		switch {
		case cut(c) && start >= 0:
			l.add(s[start:i])
			start = -1
		case !cut(c) && start < 0:
			start = i
		}
	}
	if start >= 0 {
		l.add(s[start:])
	}
}

func splitSpaces(l *lists, s []byte) { splitWhere(l, s, isSpace) }

func alphaRuns(l *lists, s []byte) { splitWhere(l, s, func(c byte) bool { return !isAlpha(c) }) }

func splitNonAlpha(l *lists, s []byte) {
	splitWhere(l, s, func(c byte) bool {
		return isSpace(c) || (c < 0x80 && c > ' ' && c != 0x7f && !isAlpha(c) && (c < '0' || c > '9'))
	})
}

func bindJoin(s *site) (bound, error) {
	t := s.types[0]
	if t.Kind != types.Array {
		return bound{}, s.illegal(0)
	}
	sep, err := s.optConstString(1, "")
	if err != nil {
		return bound{}, err
	}
	zone := s.ctx.zoneOf(t.Elem())
	return bound{ret: types.Of(types.String), run: func(r *run, args []*batch.Vector) (*batch.Vector, error) {
		l := args[0].Data.(batch.Lists)
		return buildText(r, func(dst []byte, i int) []byte {
			first := true
			for e := l.Offsets[i]; e < l.Offsets[i+1] && len(dst) <= maxTextBytes; e++ { // more is refused by buildText
				if l.Elems.IsNull(int(e)) {
					continue
				}
				if !first {
					dst = append(dst, sep...)
				}
				first = false
				dst = AppendValue(dst, l.Elems, int(e), zone)
			}
			return dst
		})
	}}, nil
}

func bindSubstringIndex(s *site) (bound, error) {
	if err := s.checkStrings(2); err != nil {
		return bound{}, err
	}
	if err := s.checkIntegers(2, 3); err != nil {
		return bound{}, err
	}
	sep, err := s.constString(1)
	if err != nil {
		return bound{}, err
	}
	return bound{ret: types.Of(types.String), run: func(r *run, args []*batch.Vector) (*batch.Vector, error) {
		in, count := stringsOf(args[0]), ints(args[2])
		return buildText(r, func(dst []byte, i int) []byte {
			return append(dst, indexedPiece(in(i), []byte(sep), pick(count, i))...)
		})
	}}, nil
}

func indexedPiece(s, sep []byte, n int64) []byte {
	if n == 0 || len(sep) == 0 {
		return nil
	}
	if n > 0 {
		end := 0
		for ; n > 0; n-- {
			at := bytes.Index(s[end:], sep)
			if at < 0 {
				return s
			}
			end += at + len(sep)
		}
		return s[:end-len(sep)]
	}
	start := len(s)
	for ; n < 0; n++ {
		at := bytes.LastIndex(s[:start], sep)
		if at < 0 {
			return s
		}
		start = at
	}
	return s[start+len(sep):]
}
