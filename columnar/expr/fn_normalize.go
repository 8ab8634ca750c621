package expr

import (
	"bytes"
	"strings"
)

// normalizeFunctions make texts of queries comparable.
func normalizeFunctions() []*function {
	const cat, sample = "Strings", "('SELECT 1, 2 AS b')"
	return []*function{
		textFunction(Info{Name: "normalizeQuery", Syntax: "normalizeQuery(query)", Description: "Puts ? in the place of literals, lists of them and names that look generated.", Category: cat, Example: "normalizeQuery" + sample}, func(dst, s []byte) []byte { return appendNormalized(dst, s, false) }),
		textFunction(Info{Name: "normalizeQueryKeepNames", Syntax: "normalizeQueryKeepNames(query)", Description: "Puts ? in the place of literals and lists of them.", Category: cat, Example: "normalizeQueryKeepNames" + sample}, func(dst, s []byte) []byte { return appendNormalized(dst, s, true) }),
	}
}

// normalizer gathers a query without its literals, as ClickHouse's rules have it.
type normalizer struct {
	dst      []byte
	literals int  // of the sequence at the end
	comma    bool // behind them
	space    bool // before the next token
}

// appendNormalized ends at the first bytes that are no token.
func appendNormalized(dst, s []byte, keepNames bool) []byte {
	n := normalizer{dst: dst}
	begin := len(dst)
	dot := false // of a name like tuple.1.2, whose numbers have no fraction
	for len(s) > 0 {
		kind, size := queryToken(s)
		if dot && kind == tokenLiteral && isDigitByte(s[0]) {
			size = prefixOf(s, isDigitByte)
		}
		if size == 0 {
			break
		}
		n.take(kind, s[:size], keepNames)
		dot = s[0] == '.'
		n.space = kind == tokenSpace && len(n.dst) > begin
		s = s[size:]
	}
	n.end()
	if n.space || n.comma {
		n.dst = append(n.dst, ' ')
	}
	return n.dst
}

func (n *normalizer) take(kind tokenKind, text []byte, keepNames bool) {
	switch {
	case kind == tokenSpace:
		return
	case kind == tokenLiteral:
		if n.literals == 0 {
			n.gap()
			n.dst = append(n.dst, '?')
		}
		n.literals++
		n.comma = false
		return
	case n.literals > 0 && text[0] == ',':
		n.comma = true
		return
	case n.comma && (text[0] == '-' || text[0] == '+'):
		return // of the next literal
	}
	comma := n.comma
	n.end()
	n.space = n.space || comma
	n.gap()
	if kind == tokenName && !keepNames && looksGenerated(text) {
		n.dst = append(n.dst, "`?`"...)
		return
	}
	n.dst = append(n.dst, text...)
}

// gap writes the space between tokens.
func (n *normalizer) gap() {
	if n.space {
		n.dst = append(n.dst, ' ')
		n.space = false
	}
}

// end closes a sequence of literals.
func (n *normalizer) end() {
	if n.literals > 1 {
		n.dst = append(n.dst, ".."...)
	}
	if n.comma {
		n.dst = append(n.dst, ',')
	}
	n.literals, n.comma = 0, false
}

// looksGenerated tells whether a name is long, or has digits or spaces, as
// names made by machines have.
func looksGenerated(name []byte) bool {
	digits := 0
	for _, c := range name {
		if isSpaceByte(c) {
			return true
		}
		if c >= '0' && c <= '9' {
			digits++
		}
	}
	return digits > 2 || len(name) >= 36
}

type tokenKind uint8

const (
	tokenOther tokenKind = iota
	tokenSpace           // and comments
	tokenLiteral
	tokenName
)

func isSpaceByte(c byte) bool { return c == ' ' || (c >= '\t' && c <= '\r') }

func isDigitByte(c byte) bool { return c >= '0' && c <= '9' }

func isNameByte(c byte) bool { return isAlpha(c) || isDigitByte(c) || c == '_' || c == '$' }

// queryToken is the first token of s; size is 0 when there is none.
func queryToken(s []byte) (kind tokenKind, size int) {
	switch c := s[0]; {
	case isSpaceByte(c):
		return tokenSpace, prefixOf(s, isSpaceByte)
	case bytes.HasPrefix(s, []byte("--")), c == '#' && len(s) > 1 && (s[1] == ' ' || s[1] == '!'):
		return tokenSpace, len(s) - len(from(s, "\n"))
	case bytes.HasPrefix(s, []byte("/*")):
		end := bytes.Index(s[2:], []byte("*/"))
		if end < 0 {
			return tokenOther, 0
		}
		return tokenSpace, end + 4
	case c == '\'':
		return tokenLiteral, quotedSize(s)
	case c == '"' || c == '`':
		return tokenName, quotedSize(s)
	case isDigitByte(c):
		return numberToken(s)
	case bytes.HasPrefix(s, []byte("$$")):
		end := bytes.Index(s[2:], []byte("$$"))
		if end < 0 {
			return tokenOther, 0
		}
		return tokenLiteral, end + 4
	case isNameByte(c):
		return tokenName, prefixOf(s, isNameByte)
	case c == '@' && len(s) > 1 && s[1] == '@':
		return tokenOther, 2
	case strings.IndexByte("()[]{},;.*+-/%=<>!|?:^@", c) >= 0:
		return tokenOther, 1
	default:
		return tokenOther, 0
	}
}

func prefixOf(s []byte, is func(byte) bool) int {
	n := 0
	for n < len(s) && is(s[n]) {
		n++
	}
	return n
}

// quotedSize is the length of a quoted text; a doubled quote or a backslash
// keeps one in it.
func quotedSize(s []byte) int {
	for i := 1; i < len(s); i++ {
		switch {
		case s[i] == '\\':
			i++
		case s[i] == s[0] && i+1 < len(s) && s[i+1] == s[0]:
			i++
		case s[i] == s[0]:
			return i + 1
		}
	}
	return 0
}

// numberToken reads digits with point and exponent; letters right behind them
// make a name.
func numberToken(s []byte) (kind tokenKind, size int) {
	n := prefixOf(s, isNameByte)
	hex := n > 2 && s[0] == '0' && s[1]|0x20 == 'x'
	digits := prefixOf(s, isDigitByte)
	switch {
	case hex:
		return tokenLiteral, n
	case digits < n && s[digits]|0x20 != 'e':
		return tokenName, n
	}
	if digits < len(s) && s[digits] == '.' {
		digits++
		digits += prefixOf(s[digits:], isDigitByte)
	}
	if digits < len(s) && s[digits]|0x20 == 'e' {
		e := digits + 1
		if e < len(s) && (s[e] == '-' || s[e] == '+') {
			e++
		}
		if more := prefixOf(s[e:], isDigitByte); more > 0 {
			digits = e + more
		}
	}
	return tokenLiteral, digits
}
