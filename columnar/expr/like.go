package expr

import (
	"bytes"
	"regexp"
	"regexp/syntax"
	"strings"
	"unicode/utf8"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/chcode"
)

// likePattern is a LIKE pattern made ready: the common shapes by comparing bytes,
// the rest by a regular expression.
type likePattern struct {
	shape likeShape
	text  []byte
	re    textRegexp
}

type likeShape uint8

const (
	likeExact    likeShape = iota // abc
	likePrefix                    // abc%
	likeSuffix                    // %abc
	likeContains                  // %abc%
	likeRegexp                    // anything else
)

// parseLike compiles a pattern of % (any text), _ (one character) and backslash
// escapes.
func parseLike(pattern []byte, fold bool) (*likePattern, error) {
	p := &likePattern{}
	if !fold && p.simple(pattern) {
		return p, nil
	}
	var re strings.Builder
	re.WriteString("(?s")
	if fold {
		re.WriteString("i")
	}
	re.WriteString(")")
	rest := bytes.TrimLeft(pattern, "%")
	if len(rest) == len(pattern) {
		re.WriteString("^")
	}
	pattern = rest
	end := "$"
	for i := 0; i < len(pattern); i++ {
		switch c := pattern[i]; {
		case c == '%' && i+1 == len(pattern):
			end = ""
		case c == '%':
			re.WriteString(".*")
		case c == '_':
			re.WriteString(".")
		case c == '\\' && i+1 == len(pattern):
			return nil, chcode.Errorf(chcode.CannotParseEscapeSequence, "Invalid escape sequence at the end of LIKE pattern")
		case c == '\\':
			i++
			if pattern[i] != '%' && pattern[i] != '_' && pattern[i] != '\\' {
				re.WriteString(`\\`)
			}
			fallthrough
		default:
			_, n := utf8.DecodeRune(pattern[i:])
			re.WriteString(regexp.QuoteMeta(string(pattern[i : i+n])))
			i += n - 1
		}
	}
	compiled, err := compileText(re.String() + end)
	p.shape, p.re = likeRegexp, compiled
	return p, err
}

// simple recognizes the shapes that need no regular expression.
func (p *likePattern) simple(pattern []byte) bool {
	begins := bytes.HasPrefix(pattern, []byte{'%'})
	ends := bytes.HasSuffix(pattern, []byte{'%'})
	text := bytes.Trim(pattern, "%")
	if bytes.ContainsAny(text, "%_\\") {
		return false
	}
	p.text = bytes.Clone(text)
	switch {
	case begins && (ends || len(text) == 0):
		p.shape = likeContains
	case begins:
		p.shape = likeSuffix
	case ends:
		p.shape = likePrefix
	default:
		p.shape = likeExact
	}
	return true
}

func (p *likePattern) match(s []byte) bool {
	switch p.shape {
	case likeExact:
		return bytes.Equal(s, p.text)
	case likePrefix:
		return bytes.HasPrefix(s, p.text)
	case likeSuffix:
		return bytes.HasSuffix(s, p.text)
	case likeContains:
		return bytes.Contains(s, p.text)
	default:
		return p.re.of(s).Match(s)
	}
}

// matchAll sets dst[i] to hit where s[i] matches, else to the opposite.
func (p *likePattern) matchAll(dst []uint8, s batch.Strings, hit uint8) {
	miss := hit ^ 1
	if p.shape == likeContains && len(p.text) > 0 && s.Len() == len(dst) {
		p.scan(dst, s, hit)
		return
	}
	for i := range dst {
		dst[i] = miss
		if p.match(s.At(i)) {
			dst[i] = hit
		}
	}
}

// scan looks for the text in all strings at once, as they lie behind each other.
func (p *likePattern) scan(dst []uint8, s batch.Strings, hit uint8) {
	for i := range dst {
		dst[i] = hit ^ 1
	}
	if len(dst) == 0 {
		return
	}
	pos, end := int(s.Offsets[0]), int(s.Offsets[len(dst)])
	row := 0
	for {
		at := bytes.Index(s.Bytes[pos:end], p.text)
		if at < 0 {
			return
		}
		pos += at
		for int(s.Offsets[row+1]) <= pos {
			row++
		}
		if pos+len(p.text) > int(s.Offsets[row+1]) { // reaches into the next string
			pos++
			continue
		}
		dst[row] = hit
		pos = int(s.Offsets[row+1])
		row++
		if row == len(dst) {
			return
		}
	}
}

// maxRegexps bounds the compiled expressions that a function keeps for patterns
// that are not constant.
const maxRegexps = 1000

// compileRegexp compiles RE2 syntax; a point matches newlines, too.
func compileRegexp(pattern string) (*regexp.Regexp, error) {
	re, err := regexp.Compile(pattern)
	if err != nil {
		return nil, chcode.Errorf(chcode.CannotCompileRegexp, "OptimizedRegularExpression: cannot compile re2: %s, error: %w", pattern, err)
	}
	return re, nil
}

// textRegexp is a regular expression, and the same one for text that is not UTF-8: there
// RE2's classes match no byte that is no part of a character, which Go's take for U+FFFD.
type textRegexp struct {
	re     *regexp.Regexp
	strict *regexp.Regexp // nil: it is no other
}

func compileText(pattern string) (textRegexp, error) {
	re, err := compileRegexp(pattern)
	t := textRegexp{re: re}
	if tree, bad := syntax.Parse(pattern, syntax.Perl); bad == nil && withoutError(tree) {
		t.strict, err = compileRegexp(tree.String())
	}
	return t, err
}

// of is the expression for a text.
func (t *textRegexp) of(s []byte) *regexp.Regexp {
	if t.strict != nil && !utf8.Valid(s) {
		return t.strict
	}
	return t.re
}

// withoutError takes U+FFFD out of an expression; it tells whether there was any.
func withoutError(re *syntax.Regexp) bool {
	found := false
	switch re.Op {
	case syntax.OpAnyChar:
		re.Op, re.Rune = syntax.OpCharClass, []rune{0, utf8.MaxRune}
	case syntax.OpAnyCharNotNL:
		re.Op, re.Rune = syntax.OpCharClass, []rune{0, '\n' - 1, '\n' + 1, utf8.MaxRune}
	case syntax.OpLiteral:
		for _, c := range re.Rune {
			if c == utf8.RuneError {
				re.Op, found = syntax.OpNoMatch, true
			}
		}
	default:
	}
	if re.Op == syntax.OpCharClass {
		var class []rune
		for i, c := range re.Rune {
			if i%2 == 1 && re.Rune[i-1] <= utf8.RuneError && c >= utf8.RuneError {
				class, found = append(class, utf8.RuneError-1, utf8.RuneError+1), true
			}
			class = append(class, c)
		}
		re.Rune = class
	}
	for _, part := range re.Sub {
		found = withoutError(part) || found
	}
	return found
}
