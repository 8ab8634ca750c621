package expr

import (
	"bytes"
	"regexp"
	"regexp/syntax"
	"strings"
	"unicode/utf8"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/chcode"
	"github.com/freshetdb/freshet/columnar/types"
)

// regexpFunctions take strings apart and replace parts of them.
func regexpFunctions() []*function {
	const cat = "Replacing and extracting"
	return []*function{
		{Info: Info{Name: "replaceOne", Syntax: "replaceOne(s, what, by)", Description: "Replaces the first occurrence of a string.", Returns: "String", Category: cat, Example: "replaceOne('hello', 'l', 'L')"}, min: 3, max: 3, traits: costly, bind: bindReplace},
		{Info: Info{Name: "replaceAll", Aliases: []string{"replace"}, CaseInsensitive: true, Syntax: "replaceAll(s, what, by)", Description: "Replaces all occurrences of a string.", Returns: "String", Category: cat, Example: "replaceAll('hello', 'l', 'L')"}, min: 3, max: 3, traits: costly, bind: bindReplace},
		{Info: Info{Name: "replaceRegexpOne", Syntax: "replaceRegexpOne(s, pattern, by)", Description: "Replaces the first match of a regular expression; \\1 stands for its first group.", Returns: "String", Category: cat, Example: "replaceRegexpOne('hello', 'l+', 'L')"}, min: 3, max: 3, traits: costly, bind: bindReplaceRegexp},
		{Info: Info{Name: "replaceRegexpAll", Aliases: []string{"REGEXP_REPLACE"}, CaseInsensitive: true, Syntax: "replaceRegexpAll(s, pattern, by)", Description: "Replaces all matches of a regular expression.", Returns: "String", Category: cat, Example: "replaceRegexpAll('hello', 'l', 'L')"}, min: 3, max: 3, traits: costly, bind: bindReplaceRegexp},
		{Info: Info{Name: "extract", Syntax: "extract(s, pattern)", Description: "Is the first group of the first match of a regular expression, or the match.", Returns: "String", Category: cat, Example: "extract('hello', 'l+')"}, min: 2, max: 2, traits: costly, bind: bindExtract},
		{Info: Info{Name: "extractAll", Syntax: "extractAll(s, pattern)", Description: "Is the first groups of all matches of a regular expression, or the matches.", Returns: "Array(String)", Category: cat, Example: "extractAll('a1b2', '\\d')"}, min: 2, max: 2, traits: costly, bind: bindExtractAll},
		{Info: Info{Name: "extractGroups", Syntax: "extractGroups(s, pattern)", Description: "Is all groups of the first match of a regular expression.", Returns: "Array(String)", Category: cat, Example: "extractGroups('k=v', '(\\w)=(\\w)')"}, min: 2, max: 2, traits: costly, bind: bindExtractGroups},
		{Info: Info{Name: "regexpExtract", Aliases: []string{"REGEXP_EXTRACT"}, CaseInsensitive: true, Syntax: "regexpExtract(s, pattern[, group])", Description: "Is a group of the first match of a regular expression, the first one if not said; 0 is the match.", Returns: "String", Category: cat, Example: "regexpExtract('a-1', '(\\w)-(\\d)', 2)"}, min: 2, max: 3, traits: costly, bind: bindRegexpExtract},
		{Info: Info{Name: "translate", Syntax: "translate(s, from, to)", Description: "Replaces each character of from by the one at its place in to; those behind the end of to are dropped.", Returns: "String", Category: cat, Example: "translate('hello', 'el', 'ip')"}, min: 3, max: 3, bind: bindTranslate},
		{Info: Info{Name: "translateUTF8", Syntax: "translateUTF8(s, from, to)", Description: "As translate, for characters beyond ASCII.", Returns: "String", Category: cat, Example: "translateUTF8('hello', 'el', 'ip')"}, min: 3, max: 3, bind: bindTranslate},
	}
}

// regexpArg is the pattern, the second argument, compiled when it is constant.
type regexpArg struct{ textRegexp }

func (s *site) regexpArg() (*regexpArg, error) {
	c := s.constant(1)
	if c == nil || c.isNull() {
		return &regexpArg{}, nil
	}
	re, err := compileText("(?s)" + string(c.Vec.Bytes(0)))
	return &regexpArg{re}, err
}

func (a *regexpArg) constant() bool { return a.re != nil }

// bind gives the expression of each row.
func (a *regexpArg) bind(v *batch.Vector) func(i int) (textRegexp, error) {
	if a.re != nil {
		return func(int) (textRegexp, error) { return a.textRegexp, nil }
	}
	in := stringsOf(v)
	cache := map[string]textRegexp{}
	return func(i int) (textRegexp, error) {
		if re, ok := cache[string(in(i))]; ok {
			return re, nil
		}
		re, err := compileText("(?s)" + string(in(i)))
		if err == nil && len(cache) < maxRegexps {
			cache[string(in(i))] = re
		}
		return re, err
	}
}

func bindReplace(s *site) (bound, error) {
	if err := s.checkStrings(3); err != nil {
		return bound{}, err
	}
	count := -1
	if s.name == "replaceOne" {
		count = 1
	}
	return bound{ret: types.Of(types.String), run: func(r *run, args []*batch.Vector) (*batch.Vector, error) {
		in, what, by := stringsOf(args[0]), stringsOf(args[1]), stringsOf(args[2])
		return buildText(r, func(dst []byte, i int) []byte {
			s, old := in(i), what(i)
			if len(old) == 0 {
				return append(dst, s...)
			}
			for n := count; n != 0; n-- {
				at := bytes.Index(s, old)
				if at < 0 || len(dst) > maxTextBytes { // which buildText refuses
					break
				}
				dst = append(append(dst, s[:at]...), by(i)...)
				s = s[at+len(old):]
			}
			return append(dst, s...)
		})
	}}, nil
}

// replacement is text and references to groups: \0 to \9.
type replacement []struct {
	text  []byte
	group int // -1: none
}

func parseReplacement(s []byte) replacement {
	var out replacement
	var text []byte
	add := func(group int) {
		out = append(out, struct {
			text  []byte
			group int
		}{bytes.Clone(text), group})
		text = text[:0]
	}
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+1 < len(s) {
			i++
			switch c := s[i]; {
			case c >= '0' && c <= '9':
				add(int(c - '0'))
			case c == '\\':
				text = append(text, c)
			default:
				text = append(text, '\\', c)
			}
			continue
		}
		text = append(text, s[i])
	}
	add(-1)
	return out
}

func (p replacement) append(dst, s []byte, match []int) []byte {
	for _, piece := range p {
		dst = append(dst, piece.text...)
		if g := piece.group; g >= 0 && 2*g+1 < len(match) && match[2*g] >= 0 {
			dst = append(dst, s[match[2*g]:match[2*g+1]]...)
		}
	}
	return dst
}

func bindReplaceRegexp(s *site) (bound, error) {
	if err := s.checkStrings(3); err != nil {
		return bound{}, err
	}
	re, err := s.regexpArg()
	if err != nil {
		return bound{}, chcode.Errorf(chcode.BadArguments, "The pattern argument is not a valid re2 pattern: %w", err)
	}
	if c := s.constant(2); c != nil && !c.isNull() && re.constant() {
		for _, piece := range parseReplacement(c.Vec.Bytes(0)) {
			if piece.group > re.re.NumSubexp() {
				return bound{}, chcode.Errorf(chcode.BadArguments,
					"Substitution '\\%d' in replacement argument is invalid, regexp has only %d capturing groups", piece.group, re.re.NumSubexp())
			}
		}
	}
	all := s.name == "replaceRegexpAll"
	var head *headRegexp // nil: none
	if re.constant() {
		head = beforeRest(re.re)
	}
	return bound{ret: types.Of(types.String), canThrow: !re.constant(), run: func(r *run, args []*batch.Vector) (*batch.Vector, error) {
		in, by, patterns := stringsOf(args[0]), stringsOf(args[2]), re.bind(args[1])
		var parsed replacement
		if args[2].Const || args[2].Strings().Len() == 1 {
			parsed = parseReplacement(by(0))
		}
		return tryText(r, func(dst []byte, i int) ([]byte, error) {
			p, err := patterns(i)
			if err != nil {
				return nil, err
			}
			rep := parsed
			if rep == nil {
				rep = parseReplacement(by(i))
			}
			if head != nil {
				return replaceToEnd(dst, in(i), head, rep), nil
			}
			return replaceMatches(dst, in(i), p.of(in(i)), rep, all)
		})
	}}, nil
}

// beforeRest is what stands before ".*$" at the end of an expression that begins with
// "^", which matches once at most and takes the rest of the text: there is no need to
// look at it. nil when an expression is of another kind.
func beforeRest(re *regexp.Regexp) *headRegexp {
	tree, err := syntax.Parse(re.String(), syntax.Perl)
	if err != nil || tree.Op != syntax.OpConcat || len(tree.Sub) < 3 {
		return nil
	}
	n := len(tree.Sub)
	first, rest, end := tree.Sub[0], tree.Sub[n-2], tree.Sub[n-1]
	if first.Op != syntax.OpBeginText || end.Op != syntax.OpEndText || rest.Op != syntax.OpStar || rest.Sub[0].Op != syntax.OpAnyChar {
		return nil
	}
	tree.Sub = tree.Sub[:n-2]
	head, err := compileRegexp(tree.String())
	if err != nil || head.NumSubexp() != re.NumSubexp() {
		return nil
	}
	return &headRegexp{re: head, sequence: newSequence(head.String())}
}

// headRegexp is an expression, and the same as a sequence if it is one.
type headRegexp struct {
	re       *regexp.Regexp
	sequence *sequence
}

func (h *headRegexp) find(dst []int, s []byte) []int {
	if h.sequence != nil {
		if m, ok := h.sequence.find(dst, s); ok {
			return m
		}
	}
	return h.re.FindSubmatchIndex(s)
}

// replaceToEnd replaces a match and all that follows it.
func replaceToEnd(dst, s []byte, head *headRegexp, by replacement) []byte {
	var groups [2 * seqGroups]int
	m := head.find(groups[:0], s)
	if m == nil {
		return append(dst, s...)
	}
	m[1] = len(s)
	return by.append(append(dst, s[:m[0]]...), s, m)
}

func replaceMatches(dst, s []byte, re *regexp.Regexp, by replacement, all bool) ([]byte, error) {
	if re.String() == "(?s)" {
		return append(dst, s...), nil
	}
	pos, limit := 0, 1
	if all {
		limit = maxMatches + 1
	}
	matches := re.FindAllSubmatchIndex(s, limit)
	if len(matches) > maxMatches {
		return nil, tooManyMatches()
	}
	for k, m := range matches {
		if len(dst) > maxTextBytes {
			break // refused by tryText
		}
		dst = append(dst, s[pos:m[0]]...)
		dst = by.append(dst, s, m)
		pos = m[1]
		again := k+1 < len(matches) && matches[k+1][0] == pos
		if all && m[0] < m[1] && !again {
			if m := emptyMatch(re, s[pos:]); m != nil {
				dst = by.append(dst, s[pos:], m)
			}
		}
	}
	return append(dst, s[pos:]...), nil
}

func tooManyMatches() error {
	return chcode.Errorf(chcode.TooLargeStringSize, "A regular expression matches more than %d times in one string", maxMatches)
}

// emptyMatch is the empty match at the beginning of what follows another match, which RE2 finds and Go's regexp leaves
// out; nil where there is none, or what stands before may matter.
func emptyMatch(re *regexp.Regexp, rest []byte) []int {
	for _, lookBehind := range [...]string{"^", `\A`, `\b`, `\B`} {
		if strings.Contains(re.String(), lookBehind) {
			return nil
		}
	}
	m := re.FindSubmatchIndex(rest)
	if m == nil || m[0] != 0 || m[1] != 0 {
		return nil
	}
	return m
}

func bindExtract(s *site) (bound, error) {
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
	return bound{ret: types.Of(types.String), run: func(r *run, args []*batch.Vector) (*batch.Vector, error) {
		in := stringsOf(args[0])
		return buildText(r, func(dst []byte, i int) []byte {
			s := in(i)
			lo, hi := firstGroup(re.of(s).FindSubmatchIndex(s))
			return append(dst, s[lo:hi]...)
		})
	}}, nil
}

// firstGroup are the bounds of the first group of a match, or of the match.
func firstGroup(m []int) (lo, hi int) {
	switch {
	case m == nil:
		return 0, 0
	case len(m) > 2 && m[2] < 0:
		return 0, 0
	case len(m) > 2:
		return m[2], m[3]
	default:
		return m[0], m[1]
	}
}

func bindExtractAll(s *site) (bound, error) {
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
	mayBeEmpty := emptyMatch(re.re, nil) != nil
	return bound{ret: arraysOfText(), run: func(r *run, args []*batch.Vector) (*batch.Vector, error) {
		in := stringsOf(args[0])
		out := newLists(r.n)
		for i := range r.n {
			s := in(i)
			matches := re.re.FindAllSubmatchIndex(s, maxMatches+1)
			if len(matches) > maxMatches {
				return nil, tooManyMatches()
			}
			for _, m := range matches {
				if m[0] == m[1] { // ClickHouse stops at the first empty match
					break
				}
				lo, hi := firstGroup(m)
				out.add(s[lo:hi])
				if mayBeEmpty && emptyMatch(re.re, s[m[1]:]) != nil {
					break
				}
			}
			out.end()
		}
		return out.vec(), nil
	}}, nil
}

// bindExtractGroups binds extractGroups; a group that took no part is empty.
func bindExtractGroups(s *site) (bound, error) {
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
	if re.re.NumSubexp() == 0 {
		return bound{}, chcode.Errorf(chcode.BadArguments, "There are no groups in regexp: %s", s.constant(1).Vec.Bytes(0))
	}
	return bound{ret: arraysOfText(), run: func(r *run, args []*batch.Vector) (*batch.Vector, error) {
		in := stringsOf(args[0])
		out := newLists(r.n)
		for i := range r.n {
			s := in(i)
			for m := re.of(s).FindSubmatchIndex(s); len(m) > 2; m = m[2:] {
				out.add(s[max(m[2], 0):max(m[3], 0)])
			}
			out.end()
		}
		return out.vec(), nil
	}}, nil
}

// dropped marks a character that translate leaves out.
const dropped rune = -1

func bindTranslate(s *site) (bound, error) {
	for i := range 3 {
		if s.types[i].Kind != types.String {
			return bound{}, s.illegal(i)
		}
	}
	var parts [2][]rune
	for i := range parts {
		text, err := s.constString(i + 1)
		if err != nil {
			return bound{}, err
		}
		parts[i] = []rune(text)
		if s.name == "translate" && len(parts[i]) != len(text) {
			return bound{}, chcode.Errorf(chcode.BadArguments, "Second and third arguments must be ASCII strings")
		}
	}
	if len(parts[0]) < len(parts[1]) {
		return bound{}, chcode.Errorf(chcode.BadArguments,
			"Second argument of function %s must not be shorter than the third argument. Size of the second argument: %d, size of the third argument: %d",
			s.name, len(parts[0]), len(parts[1]))
	}
	to := make(map[rune]rune, len(parts[0]))
	for i, r := range parts[0] {
		to[r] = dropped
		if i < len(parts[1]) {
			to[r] = parts[1][i]
		}
	}
	return bound{ret: types.Of(types.String), run: func(r *run, args []*batch.Vector) (*batch.Vector, error) {
		in := stringsOf(args[0])
		return buildText(r, func(dst []byte, i int) []byte {
			for s := in(i); len(s) > 0; {
				c, size := utf8.DecodeRune(s)
				switch by, ok := to[c]; {
				case !ok || (c == utf8.RuneError && size == 1):
					dst = append(dst, s[:size]...)
				case by != dropped:
					dst = utf8.AppendRune(dst, by)
				}
				s = s[size:]
			}
			return dst
		})
	}}, nil
}

func bindRegexpExtract(s *site) (bound, error) {
	if err := s.checkStrings(2); err != nil {
		return bound{}, err
	}
	if err := s.checkIntegers(2, 3); err != nil {
		return bound{}, err
	}
	re, err := s.regexpArg()
	if err != nil {
		return bound{}, err
	}
	if !re.constant() {
		return bound{}, s.mustBeConst(1)
	}
	pattern, groups := s.constant(1).Vec.Bytes(0), re.re.NumSubexp()
	return bound{ret: types.Of(types.String), canThrow: len(s.args) == 3, run: func(r *run, args []*batch.Vector) (*batch.Vector, error) {
		in, group := stringsOf(args[0]), []int64{int64(min(groups, 1))}
		if len(args) == 3 {
			group = ints(args[2])
		}
		return tryText(r, func(dst []byte, i int) ([]byte, error) {
			g := pick(group, i)
			if g < 0 || g > int64(groups) {
				return nil, chcode.Errorf(chcode.IndexOfPositionalArgumentIsOutOfRange,
					"Index value %d for regexp pattern `%s` in function regexpExtract is out-of-range, should be in [0, %d)", g, pattern, groups+1)
			}
			s := in(i)
			m := re.of(s).FindSubmatchIndex(s)
			if m == nil || m[2*g] < 0 {
				return dst, nil
			}
			return append(dst, s[m[2*g]:m[2*g+1]]...), nil
		})
	}}, nil
}
