package expr

import (
	"regexp"
	"regexp/syntax"
	"slices"
	"strings"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/chcode"
	"github.com/freshetdb/freshet/columnar/types"
)

// regexpFunctions match regular expressions (RE2).
func regexpFunctions() []*function {
	const cat = "String Search"
	return []*function{
		entry(info(cat, "match(s, pattern)", "UInt8", "Tells whether the regular expression matches a part of s.", "match('abc', 'b')").also("REGEXP_MATCHES"), 2, 2, bindMatch),
		entry(info(cat, "extract(s, pattern)", "String", "Is the first match, or its first group.", "extract('abc', 'a(.)')"), 2, 2, bindExtract),
		entry(info(cat, "extractAll(s, pattern)", "Array(String)", "Is all matches, or their first groups.", "extractAll('abab', 'a(.)')"), 2, 2, bindExtractAll),
		entry(info(cat, "extractGroups(s, pattern)", "Array(String)", "Is the groups of the first match.", "extractGroups('a=1', '(.)=(.)')"), 2, 2, bindExtractGroups),
		entry(info(cat, "regexpExtract(s, pattern[, group])", "String", "Is a group of the first match; 0: the match.", "regexpExtract('a=1', '(.)=(.)', 2)").also("REGEXP_EXTRACT", "REGEXP_SUBSTR"), 2, 3, bindRegexpExtract),
		entry(info(cat, "countMatches(s, pattern)", "UInt64", "Is the number of matches.", "countMatches('abab', 'a')"), 2, 2, bindCountMatches),
		entry(info(cat, "countMatchesCaseInsensitive(s, pattern)", "UInt64", "Is the number of matches, case ignored.", "countMatchesCaseInsensitive('abAB', 'a')"), 2, 2, bindCountMatches),
		entry(info(cat, "multiMatchAny(s, patterns)", "UInt8", "Tells whether any of the regular expressions matches.", "multiMatchAny('abc', ['b', 'x'])"), 2, 2, bindMultiMatch),
		entry(info(cat, "multiMatchAnyIndex(s, patterns)", "UInt64", "Is the number of a regular expression that matches, 0 for none.", "multiMatchAnyIndex('abc', ['x', 'b'])"), 2, 2, bindMultiMatch),
		entry(info(cat, "replaceRegexpOne(s, pattern, replacement)", "String", "Replaces the first match; \\1 in the replacement is the first group.", "replaceRegexpOne('abc', 'b', 'x')"), 3, 3, bindReplaceRegexp),
		entry(info(cat, "replaceRegexpAll(s, pattern, replacement)", "String", "Replaces all matches; \\1 in the replacement is the first group.", "replaceRegexpAll('abab', 'b', 'x')").also("REGEXP_REPLACE", "regexp_replace"), 3, 3, bindReplaceRegexp),
		entry(info(cat, "regexpQuoteMeta(s)", "String", "Puts backslashes before the characters that have a meaning in regular expressions.", "regexpQuoteMeta('a.b')"), 1, 1, ofText(quoteMeta)),
	}
}

// flags before every pattern: a dot matches the end of a line too.
const (
	dotAll     = "(?s)"
	dotAllFold = "(?si)"
)

// compileRegexp is the pattern as ClickHouse reads it.
func compileRegexp(flags string) func(pattern []byte) (*regexp.Regexp, error) {
	return func(pattern []byte) (*regexp.Regexp, error) {
		re, err := regexp.Compile(flags + string(pattern))
		if err != nil {
			return nil, chcode.Errorf(chcode.CannotCompileRegexp, "OptimizedRegularExpression: cannot compile re2: %s, error: %w", pattern, err)
		}
		return re, nil
	}
}

// patternOf gives the compiled pattern for a row.
type patternOf func(i int) (*regexp.Regexp, error)

// regexpArg compiles the pattern at bind time when it is constant; the function
// it returns gives the patterns of the rows of an evaluation.
func (s *site) regexpArg(i int, flags string) (func(args []*batch.Vector) patternOf, error) {
	compile := compileRegexp(flags)
	if c := s.constant(i); c != nil && !c.isNull() {
		re, err := compile(c.Vec.Bytes(0))
		if err != nil {
			return nil, err
		}
		return func([]*batch.Vector) patternOf {
			return func(int) (*regexp.Regexp, error) { return re, nil }
		}, nil
	}
	return func(args []*batch.Vector) patternOf {
		text, known := stringsOf(args[i]), map[string]*regexp.Regexp{}
		return func(row int) (*regexp.Regexp, error) { return cached(known, text(row), compile) }
	}, nil
}

// constRegexp is [site.regexpArg] where ClickHouse demands a constant.
func (s *site) constRegexp(i int, flags string) (*regexp.Regexp, error) {
	text, err := s.constString(i)
	if err != nil {
		return nil, err
	}
	return compileRegexp(flags)([]byte(text))
}

func bindMatch(s *site) (bound, error) {
	if err := s.takesText(0, 1); err != nil {
		return bound{}, err
	}
	ret := types.Of(types.UInt8)
	if literal, ok := s.literalPattern(1); ok {
		return bound{ret: ret, run: func(r *run, args []*batch.Vector) (*batch.Vector, error) {
			out := make([]uint8, r.n)
			containsAll(out, args[0].Strings(), literal, 0)
			return vec(out), nil
		}}, nil
	}
	patterns, err := s.regexpArg(1, dotAll)
	if err != nil {
		return bound{}, err
	}
	return bound{ret: ret, canThrow: true, run: func(r *run, args []*batch.Vector) (*batch.Vector, error) {
		at, pattern := stringsOf(args[0]), patterns(args)
		out := make([]uint8, r.n)
		for i := range out {
			if r.skips(i) {
				continue
			}
			re, err := pattern(i)
			if err != nil {
				return nil, err
			}
			out[i] = truth(re.Match(at(i)))
		}
		return vec(out), nil
	}}, nil
}

// literalPattern is a constant pattern without special characters.
func (s *site) literalPattern(i int) ([]byte, bool) {
	c := s.constant(i)
	if c == nil || c.isNull() {
		return nil, false
	}
	text := c.Vec.Bytes(0)
	return text, len(text) > 0 && regexp.QuoteMeta(string(text)) == string(text)
}

func bindExtract(s *site) (bound, error) {
	if err := s.takesText(0, 1); err != nil {
		return bound{}, err
	}
	re, err := s.constRegexp(1, dotAll)
	if err != nil {
		return bound{}, err
	}
	group := min(re.NumSubexp(), 1)
	return bound{ret: types.Of(types.String), run: func(r *run, args []*batch.Vector) (*batch.Vector, error) {
		at := stringsOf(args[0])
		return textRows(r, func(dst []byte, i int) ([]byte, error) {
			return append(dst, matched(at(i), re.FindSubmatchIndex(at(i)), group)...), nil
		})
	}}, nil
}

// matched is a group of a match.
func matched(s []byte, m []int, group int) []byte {
	if m == nil || m[2*group] < 0 {
		return nil
	}
	return s[m[2*group]:m[2*group+1]]
}

// matches calls f for the matches of re in s that are not empty.
func matches(re *regexp.Regexp, s []byte, f func(m []int)) {
	for _, m := range re.FindAllSubmatchIndex(s, -1) {
		if m[0] < m[1] {
			f(m)
		}
	}
}

func bindExtractAll(s *site) (bound, error) {
	if err := s.takesText(0, 1); err != nil {
		return bound{}, err
	}
	re, err := s.constRegexp(1, dotAll)
	if err != nil {
		return bound{}, err
	}
	group := min(re.NumSubexp(), 1)
	return bound{ret: types.ArrayOf(types.Of(types.String)), run: func(r *run, args []*batch.Vector) (*batch.Vector, error) {
		at := stringsOf(args[0])
		return textListRows(r, func(l *textLists, i int) error {
			s := at(i)
			matches(re, s, func(m []int) { l.add(matched(s, m, group)) })
			return nil
		})
	}}, nil
}

func bindExtractGroups(s *site) (bound, error) {
	if err := s.takesText(0, 1); err != nil {
		return bound{}, err
	}
	re, err := s.constRegexp(1, dotAll)
	if err != nil {
		return bound{}, err
	}
	if re.NumSubexp() == 0 {
		return bound{}, chcode.Errorf(chcode.BadArguments, "There are no groups in regexp: %s", re)
	}
	return bound{ret: types.ArrayOf(types.Of(types.String)), run: func(r *run, args []*batch.Vector) (*batch.Vector, error) {
		at := stringsOf(args[0])
		return textListRows(r, func(l *textLists, i int) error {
			s := at(i)
			m := re.FindSubmatchIndex(s)
			for g := 1; m != nil && g <= re.NumSubexp(); g++ {
				l.add(matched(s, m, g))
			}
			return nil
		})
	}}, nil
}

func bindRegexpExtract(s *site) (bound, error) {
	if err := s.takesText(0, 1); err != nil {
		return bound{}, err
	}
	if err := s.takesInts(2); err != nil {
		return bound{}, err
	}
	re, err := s.constRegexp(1, dotAll)
	if err != nil {
		return bound{}, err
	}
	return bound{ret: types.Of(types.String), canThrow: true, run: func(r *run, args []*batch.Vector) (*batch.Vector, error) {
		at, group := stringsOf(args[0]), constInts(min(int64(re.NumSubexp()), 1))
		if len(args) > 2 {
			group = intsOf(args[2])
		}
		return textRows(r, func(dst []byte, i int) ([]byte, error) {
			g := group(i)
			if g < 0 || g > int64(re.NumSubexp()) {
				return nil, chcode.Errorf(chcode.IndexOfPositionalArgumentIsOutOfRange,
					"Index value %d is out of range, should be in [0, %d]", g, re.NumSubexp())
			}
			return append(dst, matched(at(i), re.FindSubmatchIndex(at(i)), int(g))...), nil
		})
	}}, nil
}

func bindCountMatches(s *site) (bound, error) {
	if err := s.takesText(0, 1); err != nil {
		return bound{}, err
	}
	flags := dotAll
	if strings.HasSuffix(s.name, "CaseInsensitive") {
		flags = dotAllFold
	}
	re, err := s.constRegexp(1, flags)
	if err != nil {
		return bound{}, err
	}
	return bound{ret: types.Of(types.UInt64), run: func(r *run, args []*batch.Vector) (*batch.Vector, error) {
		at := stringsOf(args[0])
		out := make([]uint64, r.n)
		for i := range out {
			matches(re, at(i), func([]int) { out[i]++ })
		}
		return vec(out), nil
	}}, nil
}

func bindMultiMatch(s *site) (bound, error) {
	if err := s.takesText(0); err != nil {
		return bound{}, err
	}
	if t := s.types[1]; t.Kind != types.Array || (!t.Elem().Plain().IsString() && t.Elem().Kind != types.Nothing) {
		return bound{}, s.illegal(1)
	}
	c := s.constant(1)
	if c == nil {
		return bound{}, s.mustBeConst(1)
	}
	var list []*regexp.Regexp
	for _, text := range needlesOf(c.Vec)(0) {
		re, err := compileRegexp(dotAll)(text)
		if err != nil {
			return bound{}, err
		}
		list = append(list, re)
	}
	find := func(b []byte) int {
		for k, re := range list {
			if re.Match(b) {
				return k + 1
			}
		}
		return 0
	}
	if s.name == "multiMatchAny" {
		return numberOfText(types.UInt8, func(b []byte) uint8 { return truth(find(b) > 0) })(s)
	}
	return numberOfText(types.UInt64, func(b []byte) uint64 { return uint64(find(b)) })(s)
}

// replacement is a text with references to groups in it.
type replacement []replacementPart

type replacementPart struct {
	text  string
	group int // -1: text
}

func parseReplacement(text []byte, groups int) (replacement, error) {
	var out replacement
	var plain []byte
	for i := 0; i < len(text); i++ {
		c := text[i]
		if c != '\\' || i+1 == len(text) {
			plain = append(plain, c)
			continue
		}
		i++
		switch e := text[i]; {
		case e >= '0' && e <= '9':
			if int(e-'0') > groups {
				return nil, chcode.Errorf(chcode.BadArguments,
					"Substitution '\\%c' in replacement argument is invalid, regexp has only %d capturing groups", e, groups)
			}
			out = append(out, replacementPart{text: string(plain), group: -1}, replacementPart{group: int(e - '0')})
			plain = plain[:0]
		case e == '\\':
			plain = append(plain, '\\')
		default:
			plain = append(plain, e)
		}
	}
	return append(out, replacementPart{text: string(plain), group: -1}), nil
}

func (p replacement) append(dst, s []byte, m []int) []byte {
	for _, part := range p {
		if part.group < 0 {
			dst = append(dst, part.text...)
		} else {
			dst = append(dst, matched(s, m, part.group)...)
		}
	}
	return dst
}

func bindReplaceRegexp(s *site) (bound, error) {
	if err := s.takesText(0, 1, 2); err != nil {
		return bound{}, err
	}
	patterns, err := s.regexpArg(1, dotAll)
	if err != nil {
		return bound{}, badReplaceRegexp(err)
	}
	limit := -1
	if s.name == "replaceRegexpOne" {
		limit = 1
	}
	return bound{ret: types.Of(types.String), canThrow: true, run: func(r *run, args []*batch.Vector) (*batch.Vector, error) {
		at, with, pattern := stringsOf(args[0]), stringsOf(args[2]), patterns(args)
		known := map[string]replacement{}
		var last *replacer
		return textRows(r, func(dst []byte, i int) ([]byte, error) {
			re, err := pattern(i)
			if err != nil {
				return nil, badReplaceRegexp(err)
			}
			if last == nil || last.re != re {
				clear(known)
				last = newReplacer(re, limit)
			}
			to, err := cached(known, with(i), func(b []byte) (replacement, error) { return parseReplacement(b, re.NumSubexp()) })
			if err != nil {
				return nil, err
			}
			return last.append(dst, at(i), to), nil
		})
	}}, nil
}

// badReplaceRegexp gives the error of a pattern the code that it has here.
func badReplaceRegexp(err error) error {
	return chcode.Errorf(chcode.BadArguments, "The pattern argument is not a valid re2 pattern: %w", err)
}

// replacer replaces the matches of a pattern. Unlike Go, ClickHouse counts an
// empty match right behind another match, and an empty pattern never matches.
type replacer struct {
	re    *regexp.Regexp
	limit int
	// adjacent: the pattern can be tried on the rest of a text, because it does not
	// look at what stands before.
	adjacent bool
}

func newReplacer(re *regexp.Regexp, limit int) *replacer {
	tree, err := syntax.Parse(re.String(), syntax.Perl)
	return &replacer{re: re, limit: limit, adjacent: limit < 0 && err == nil && !looksBack(tree)}
}

// looksBack tells whether a pattern has parts that depend on the text before.
func looksBack(tree *syntax.Regexp) bool {
	switch tree.Op {
	case syntax.OpBeginLine, syntax.OpBeginText, syntax.OpWordBoundary, syntax.OpNoWordBoundary:
		return true
	default:
		return slices.ContainsFunc(tree.Sub, looksBack)
	}
}

func (p *replacer) append(dst, s []byte, to replacement) []byte {
	if p.re.String() == dotAll {
		return append(dst, s...)
	}
	done := 0
	for _, m := range p.re.FindAllSubmatchIndex(s, p.limit) {
		dst = append(dst, s[done:m[0]]...)
		dst = to.append(dst, s, m)
		done = m[1]
		if p.adjacent && m[0] < m[1] {
			if next := p.re.FindIndex(s[done:]); next != nil && next[1] == 0 {
				dst = to.append(dst, nil, make([]int, len(m)))
			}
		}
	}
	return append(dst, s[done:]...)
}

func quoteMeta(dst, s []byte) []byte {
	for _, c := range s {
		switch c {
		case 0:
			dst = append(dst, `\0`...)
			continue
		case '\\', '(', ')', '^', '$', '.', '[', ']', '?', '*', '+', '{', '}', '|', ':', '-':
			dst = append(dst, '\\')
		}
		dst = append(dst, c)
	}
	return dst
}
