package expr

import (
	"bytes"
	"regexp"
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
	re    *regexp.Regexp
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
	re.WriteString(")^")
	for i := 0; i < len(pattern); i++ {
		switch c := pattern[i]; {
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
	re.WriteString("$")
	compiled, err := compileRegexp(re.String())
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
		return p.re.Match(s)
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
