package expr

import (
	"bytes"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/types"
)

// searchFunctions look for strings and patterns in strings.
func searchFunctions() []*function {
	const cat = "Searching in strings"
	var out []*function
	for _, p := range []struct {
		name       string
		fold, utf8 bool
		aliases    []string
	}{
		{"position", false, false, nil},
		{"positionCaseInsensitive", true, false, []string{"instr"}},
		{"positionUTF8", false, true, nil},
		{"positionCaseInsensitiveUTF8", true, true, nil},
	} {
		out = append(out, &function{
			Info: Info{Name: p.name, Aliases: p.aliases, CaseInsensitive: p.name == "position" || p.aliases != nil, Syntax: p.name + "(haystack, needle[, start])", Description: "Is the place of a string in another, from 1; 0 when it is not there.", Returns: "UInt64", Category: cat, Example: p.name + "('hello', 'l')"},
			min:  2, max: 3, traits: costly, bind: func(s *site) (bound, error) { return bindPosition(s, 0, 1, p.fold, p.utf8) },
		})
	}
	out = append(out, &function{
		Info: Info{Name: "locate", CaseInsensitive: true, Syntax: "locate(needle, haystack[, start])", Description: "Is the place of a string in another, from 1; 0 when it is not there.", Returns: "UInt64", Category: cat, Example: "locate('l', 'hello')"},
		min:  2, max: 3, traits: costly, bind: func(s *site) (bound, error) { return bindPosition(s, 1, 0, false, false) },
	})
	for _, l := range []struct {
		name      string
		fold, not bool
	}{{"like", false, false}, {"notLike", false, true}, {"ilike", true, false}, {"notILike", true, true}} {
		out = append(out, &function{
			Info: Info{Name: l.name, Syntax: l.name + "(s, pattern)", Description: "Matches a string with a pattern in which % is any text and _ any character.", Returns: "UInt8", Category: cat, Example: l.name + "('hello', 'h%')"},
			min:  2, max: 2, traits: costly, bind: func(s *site) (bound, error) { return bindLike(s, l.fold, l.not) },
		})
	}
	return append(out,
		&function{Info: Info{Name: "match", Aliases: []string{"REGEXP_MATCHES"}, CaseInsensitive: true, Syntax: "match(s, pattern)", Description: "Tells whether a regular expression matches a part of a string.", Returns: "UInt8", Category: cat, Example: "match('hello', 'l+')"}, min: 2, max: 2, traits: costly, bind: bindMatch},
		countFunction("countSubstrings", false, false), countFunction("countSubstringsCaseInsensitive", true, false), countFunction("countSubstringsCaseInsensitiveUTF8", true, true),
		multiSearch("multiSearchAny", false, types.UInt8, searchAny), multiSearch("multiSearchAnyCaseInsensitive", true, types.UInt8, searchAny),
		multiSearch("multiSearchFirstIndex", false, types.UInt64, searchFirstIndex), multiSearch("multiSearchFirstIndexCaseInsensitive", true, types.UInt64, searchFirstIndex),
		multiSearch("multiSearchFirstPosition", false, types.UInt64, searchFirstPosition), multiSearch("multiSearchFirstPositionCaseInsensitive", true, types.UInt64, searchFirstPosition),
		multiSearch("multiSearchAllPositions", false, types.Array, nil), multiSearch("multiSearchAllPositionsCaseInsensitive", true, types.Array, nil),
		numberFunction(Info{Name: "hasToken", Syntax: "hasToken(s, token)", Description: "Tells whether a string has a word of letters and digits.", Category: cat, Example: "hasToken('a b', 'b')"}, 2, types.UInt8, func(a [][]byte) uint8 { return truth(hasToken(a[0], a[1])) }),
		&function{Info: Info{Name: "countMatches", Syntax: "countMatches(s, pattern)", Description: "Counts the matches of a regular expression.", Returns: "UInt64", Category: cat, Example: "countMatches('aXbX', 'X')"}, min: 2, max: 2, traits: costly, bind: bindCountMatches},
		&function{Info: Info{Name: "multiMatchAny", Syntax: "multiMatchAny(s, [pattern, …])", Description: "Tells whether one of the regular expressions matches a part of a string.", Returns: "UInt8", Category: cat, Example: "multiMatchAny('hello', ['x', 'l+'])"}, min: 2, max: 2, traits: costly, bind: bindMultiMatch},
	)
}

func bindPosition(s *site, hay, needle int, fold, isUTF8 bool) (bound, error) {
	if s.name == "locate" && !s.types[0].IsString() {
		hay, needle = 0, 1
	}
	if s.types[hay].IsEnum() {
		if err := s.cast(hay, types.Of(types.String)); err != nil {
			return bound{}, err
		}
	}
	if err := s.checkStrings(2); err != nil {
		return bound{}, err
	}
	if err := s.checkIntegers(2, 3); err != nil {
		return bound{}, err
	}
	return bound{ret: types.Of(types.UInt64), run: func(r *run, args []*batch.Vector) (*batch.Vector, error) {
		h, n := folded(stringsOf(args[hay]), fold, isUTF8), folded(stringsOf(args[needle]), fold, isUTF8)
		start := []int64{0}
		if len(args) == 3 {
			start = ints(args[2])
		}
		return buildEach(r, func(i int) uint64 { return place(h(i), n(i), pick(start, i), isUTF8) }), nil
	}}, nil
}

// folded makes letters small when case does not count.
func folded(in func(int) []byte, fold, isUTF8 bool) func(int) []byte {
	switch {
	case !fold:
		return in
	case isUTF8:
		return func(i int) []byte { return bytes.ToLower(in(i)) }
	default:
		return func(i int) []byte { return appendMapped(nil, in(i), lowerASCII) }
	}
}

// place is where needle first stands in hay at or behind start, from 1; 0: nowhere.
func place(hay, needle []byte, start int64, isUTF8 bool) uint64 {
	size := int64(len(hay))
	if isUTF8 {
		size = int64(utf8Length(hay))
	}
	from := max(start-1, 0)
	switch {
	case from > size:
		return 0
	case len(needle) == 0:
		return uint64(from + 1)
	}
	skip := int(from)
	if isUTF8 {
		skip = charOffset(hay, from)
	}
	at := bytes.Index(hay[skip:], needle)
	switch {
	case at < 0:
		return 0
	case isUTF8:
		return uint64(from) + uint64(utf8Length(hay[skip:skip+at])) + 1
	default:
		return uint64(skip + at + 1)
	}
}

func bindLike(s *site, fold, not bool) (bound, error) {
	if s.types[0].IsEnum() {
		if err := s.cast(0, types.Of(types.String)); err != nil {
			return bound{}, err
		}
	}
	if err := s.checkStrings(2); err != nil {
		return bound{}, err
	}
	hit := truth(!not)
	c := s.constant(1)
	if c == nil {
		return bound{ret: types.Of(types.UInt8), canThrow: true, run: func(r *run, args []*batch.Vector) (*batch.Vector, error) {
			return likeEach(r, args, fold, hit)
		}}, nil
	}
	if c.isNull() {
		return bound{ret: types.Of(types.UInt8), run: func(r *run, _ []*batch.Vector) (*batch.Vector, error) {
			return vec(make([]uint8, r.n)), nil
		}}, nil
	}
	p, err := parseLike(c.Vec.Bytes(0), fold)
	if err != nil {
		return bound{}, err
	}
	return bound{ret: types.Of(types.UInt8), run: func(r *run, args []*batch.Vector) (*batch.Vector, error) {
		out := make([]uint8, r.n)
		p.matchAll(out, args[0].Strings(), hit)
		return vec(out), nil
	}}, nil
}

// likeEach matches with patterns that differ by row.
func likeEach(r *run, args []*batch.Vector, fold bool, hit uint8) (*batch.Vector, error) {
	in, patterns := stringsOf(args[0]), stringsOf(args[1])
	cache := map[string]*likePattern{}
	out := make([]uint8, r.n)
	for i := range out {
		if r.skips(i) {
			continue
		}
		p, ok := cache[string(patterns(i))]
		if !ok {
			var err error
			if p, err = parseLike(patterns(i), fold); err != nil {
				return nil, err
			}
			if len(cache) < maxRegexps {
				cache[string(patterns(i))] = p
			}
		}
		out[i] = truth(p.match(in(i))) ^ hit ^ 1
	}
	return vec(out), nil
}

func bindMatch(s *site) (bound, error) {
	if err := s.checkStrings(2); err != nil {
		return bound{}, err
	}
	m, err := s.regexpArg()
	if err != nil {
		return bound{}, err
	}
	return bound{ret: types.Of(types.UInt8), canThrow: !m.constant(), run: func(r *run, args []*batch.Vector) (*batch.Vector, error) {
		in := stringsOf(args[0])
		patterns := m.bind(args[1])
		out := make([]uint8, r.n)
		for i := range out {
			if r.skips(i) {
				continue
			}
			re, err := patterns(i)
			if err != nil {
				return nil, err
			}
			out[i] = truth(re.of(in(i)).Match(in(i)))
		}
		return vec(out), nil
	}}, nil
}

//go:noinline
func countFunction(name string, fold, isUTF8 bool) *function {
	return &function{
		Info: Info{Name: name, Syntax: name + "(haystack, needle[, start])", Description: "Counts how often a string stands in another, without overlaps.", Returns: "UInt64", Category: "Searching in strings", Example: name + "('aaaa', 'aa')"},
		min:  2, max: 3, bind: func(s *site) (bound, error) {
			if err := s.checkStrings(2); err != nil {
				return bound{}, err
			}
			if err := s.checkIntegers(2, 3); err != nil {
				return bound{}, err
			}
			return bound{ret: types.Of(types.UInt64), run: func(r *run, args []*batch.Vector) (*batch.Vector, error) {
				h, n := folded(stringsOf(args[0]), fold, isUTF8), folded(stringsOf(args[1]), fold, isUTF8)
				start := []int64{0}
				if len(args) == 3 {
					start = ints(args[2])
				}
				return buildEach(r, func(i int) uint64 {
					hay, needle, from := h(i), n(i), max(pick(start, i)-1, 0)
					if len(needle) == 0 || from > int64(len(hay)) {
						return 0
					}
					return uint64(bytes.Count(hay[from:], needle))
				}), nil
			}}, nil
		},
	}
}

// needles are the constant strings of an array argument.
func (s *site) needles(i int, fold bool) ([][]byte, error) {
	if s.types[i].Kind != types.Array || !s.types[i].Elems[0].IsString() {
		return nil, s.illegal(i)
	}
	c := s.constant(i)
	if c == nil {
		return nil, s.mustBeConst(i)
	}
	l := c.Vec.Data.(batch.Lists)
	var out [][]byte
	for e := l.Offsets[0]; e < l.Offsets[1]; e++ {
		b := bytes.Clone(l.Elems.Bytes(int(e)))
		if fold {
			b = appendMapped(nil, b, lowerASCII)
		}
		out = append(out, b)
	}
	return out, nil
}

func searchAny(hay []byte, needles [][]byte) uint64 { return min(searchFirstIndex(hay, needles), 1) }

func searchFirstIndex(hay []byte, needles [][]byte) uint64 {
	for k, n := range needles {
		if bytes.Contains(hay, n) {
			return uint64(k + 1)
		}
	}
	return 0
}

func searchFirstPosition(hay []byte, needles [][]byte) uint64 {
	best := 0
	for _, n := range needles {
		if at := bytes.Index(hay, n); at >= 0 && (best == 0 || at+1 < best) {
			best = at + 1
		}
	}
	return uint64(best)
}

//go:noinline
func multiSearch(name string, fold bool, kind types.Kind, f func(hay []byte, needles [][]byte) uint64) *function {
	return &function{
		Info: Info{Name: name, Syntax: name + "(haystack, [needle, …])", Description: "Looks for several strings in one.", Returns: "UInt8, UInt64 or Array(UInt64)", Category: "Searching in strings", Example: name + "('hello', ['x', 'l'])"},
		min:  2, max: 2, traits: costly, bind: func(s *site) (bound, error) {
			if err := s.checkStrings(1); err != nil {
				return bound{}, err
			}
			needles, err := s.needles(1, fold)
			if err != nil {
				return bound{}, err
			}
			if kind == types.Array {
				return bindAllPositions(needles, fold), nil
			}
			return bound{ret: types.Of(kind), run: func(r *run, args []*batch.Vector) (*batch.Vector, error) {
				in := folded(stringsOf(args[0]), fold, false)
				if kind == types.UInt8 {
					return buildEach(r, func(i int) uint8 { return uint8(f(in(i), needles)) }), nil
				}
				return buildEach(r, func(i int) uint64 { return f(in(i), needles) }), nil
			}}, nil
		},
	}
}

func bindAllPositions(needles [][]byte, fold bool) bound {
	return bound{ret: types.ArrayOf(types.Of(types.UInt64)), run: func(r *run, args []*batch.Vector) (*batch.Vector, error) {
		in := folded(stringsOf(args[0]), fold, false)
		out := make([]uint64, 0, r.n*len(needles))
		offsets := make([]uint32, 1, r.n+1)
		for i := range r.n {
			for _, n := range needles {
				out = append(out, place(in(i), n, 0, false))
			}
			offsets = append(offsets, uint32(len(out)))
		}
		return vec(batch.Lists{Offsets: offsets, Elems: batch.NewFixed(types.Of(types.UInt64), out, nil)}), nil
	}}
}

func bindMultiMatch(s *site) (bound, error) {
	if err := s.checkStrings(1); err != nil {
		return bound{}, err
	}
	needles, err := s.needles(1, false)
	if err != nil {
		return bound{}, err
	}
	matchers := make([]func([]byte) bool, len(needles))
	for k, n := range needles {
		re, err := compileText("(?s)" + string(n))
		if err != nil {
			return bound{}, err
		}
		matchers[k] = func(s []byte) bool { return re.of(s).Match(s) }
	}
	return bound{ret: types.Of(types.UInt8), run: func(r *run, args []*batch.Vector) (*batch.Vector, error) {
		in := stringsOf(args[0])
		return buildEach(r, func(i int) uint8 {
			for _, m := range matchers {
				if m(in(i)) {
					return 1
				}
			}
			return 0
		}), nil
	}}, nil
}

// isTokenByte tells whether a byte belongs to a word: ASCII letters and digits, and
// all bytes of other characters.
func isTokenByte(c byte) bool { return isAlpha(c) || (c >= '0' && c <= '9') || c >= 0x80 }

func hasToken(s, token []byte) bool {
	for from := 0; len(token) > 0; {
		at := bytes.Index(s[from:], token)
		if at < 0 {
			return false
		}
		at += from
		end := at + len(token)
		if (at == 0 || !isTokenByte(s[at-1])) && (end == len(s) || !isTokenByte(s[end])) {
			return true
		}
		from = at + 1
	}
	return false
}

func bindCountMatches(s *site) (bound, error) {
	if err := s.checkStrings(2); err != nil {
		return bound{}, err
	}
	re, err := s.regexpArg()
	if err != nil {
		return bound{}, err
	}
	if !re.constant() {
		return bound{}, s.mustBeConst(1)
	}
	return bound{ret: types.Of(types.UInt64), run: func(r *run, args []*batch.Vector) (*batch.Vector, error) {
		in := stringsOf(args[0])
		return buildEach(r, func(i int) uint64 {
			n := uint64(0)
			for _, m := range re.of(in(i)).FindAllIndex(in(i), -1) {
				if m[0] < m[1] {
					n++
				}
			}
			return n
		}), nil
	}}, nil
}
