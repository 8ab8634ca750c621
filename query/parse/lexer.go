package parse

import (
	"strings"
	"unicode/utf8"
)

// kind is the kind of a token.
type kind uint8

const (
	tEOF kind = iota
	tWord
	tQuoted // an identifier in backticks or double quotes
	tNumber
	tString
	tOpen     // (
	tClose    // )
	tOpenSq   // [
	tCloseSq  // ]
	tOpenCur  // {
	tCloseCur // }
	tComma
	tSemicolon
	tDot
	tAsterisk
	tPlus
	tMinus
	tSlash
	tPercent
	tArrow    // ->
	tQuestion // ?
	tColon
	tCast // ::
	tEq
	tNotEq
	tLess
	tLessEq
	tGreater
	tGreaterEq
	tSpaceship // <=>
	tConcat    // ||
	tAt
	tDoubleAt
	tCaret
	tDollar
	tBad
)

// token is a piece of the text; text[start:end] is what it was written as.
type token struct {
	kind       kind
	start, end int
	// str is the meaning of a word, quoted identifier or string; the reason for tBad.
	str string
}

// lexer cuts the text into tokens.
type lexer struct {
	text string
	pos  int
	// prev is the last token's kind: a dot behind an operand is an access, elsewhere it may begin a number.
	prev kind
}

// next returns the next token. After the end it returns tEOF for ever.
func (l *lexer) next() token {
	if reason, at := l.skipBlank(); reason != "" {
		l.pos = len(l.text)
		return token{kind: tBad, start: at, end: len(l.text), str: reason}
	}
	start := l.pos
	if start >= len(l.text) {
		return token{kind: tEOF, start: len(l.text), end: len(l.text)}
	}
	t := l.scan()
	t.start, t.end = start, l.pos
	if t.kind == tWord {
		t.str = l.text[start:l.pos]
	}
	l.prev = t.kind
	return t
}

// skipBlank skips white space and comments. It returns a reason and a place if a comment has no end.
func (l *lexer) skipBlank() (reason string, at int) {
	for l.pos < len(l.text) {
		c := l.text[l.pos]
		switch {
		case c == ' ' || c >= '\t' && c <= '\r':
			l.pos++
		case l.has("--"), l.has("//"), l.has("# "), l.has("#!"):
			l.skipLine()
		case l.has("/*"):
			if !l.skipComment() {
				return "Multiline comment is not closed", l.pos
			}
		case c >= utf8.RuneSelf:
			n := blankRune(l.text[l.pos:])
			if n == 0 {
				return "", 0
			}
			l.pos += n
		default:
			return "", 0
		}
	}
	return "", 0
}

func (l *lexer) has(prefix string) bool { return strings.HasPrefix(l.text[l.pos:], prefix) }

func (l *lexer) skipLine() {
	if i := strings.IndexByte(l.text[l.pos:], '\n'); i >= 0 {
		l.pos += i + 1
	} else {
		l.pos = len(l.text)
	}
}

// skipComment skips a comment with those nested in it; if it has no end nothing is skipped.
func (l *lexer) skipComment() bool {
	depth := 0
	for i := l.pos; i < len(l.text); {
		switch rest := l.text[i:]; {
		case strings.HasPrefix(rest, "/*"):
			depth++
			i += 2
		case strings.HasPrefix(rest, "*/"):
			depth--
			i += 2
			if depth == 0 {
				l.pos = i
				return true
			}
		default:
			i++
		}
	}
	return false
}

// blankRune returns the length of a Unicode blank at the beginning of s, 0 if there is none. Such
// blanks come from texts pasted out of word processors.
func blankRune(s string) int {
	r, n := utf8.DecodeRuneInString(s)
	switch {
	case r == 0x85, r == 0xA0, r == 0x1680, r == 0x180E, r >= 0x2000 && r <= 0x200D, r == 0x2028, r == 0x2029,
		r == 0x202F, r == 0x205F, r == 0x2060, r == 0x3000, r == 0xFEFF:
		return n
	default:
		return 0
	}
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

func isHex(c byte) bool { return isDigit(c) || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F' }

func isWordByte(c byte) bool {
	return c == '_' || isDigit(c) || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

func (l *lexer) at(i int) byte {
	if l.pos+i < len(l.text) {
		return l.text[l.pos+i]
	}
	return 0
}

// scan reads one token that begins at pos; next fills in its place.
func (l *lexer) scan() token {
	c := l.at(0)
	switch {
	case isDigit(c):
		return l.number()
	case c == '.' && isDigit(l.at(1)) && l.prev != tDot && !l.afterOperand():
		return l.number()
	case (c == 'x' || c == 'X' || c == 'b' || c == 'B') && l.at(1) == '\'':
		return l.bytesString(c)
	case isWordByte(c):
		return l.word()
	case c == '\'' || c == '`' || c == '"':
		return l.quoted(c)
	case c == '$':
		return l.dollar()
	case c >= utf8.RuneSelf:
		return l.fancy()
	default:
		return l.punctuation(c)
	}
}

func (l *lexer) afterOperand() bool {
	switch l.prev {
	case tClose, tCloseSq, tWord, tQuoted, tNumber:
		return true
	default:
		return false
	}
}

func (l *lexer) word() token {
	for l.pos < len(l.text) && (isWordByte(l.text[l.pos]) || l.text[l.pos] == '$') {
		l.pos++
	}
	return token{kind: tWord}
}

// number skips over a number; package-level literal code gives it a value. Digits with letters behind
// them are a word: 00662_x.
func (l *lexer) number() token {
	start := l.pos
	if l.prev == tDot {
		// The second of x.1.1 is not a fraction.
		l.digits(isDigit)
	} else {
		l.numberBody()
	}
	if l.pos >= len(l.text) || !isWordByte(l.text[l.pos]) {
		return token{kind: tNumber}
	}
	for l.pos < len(l.text) && (isWordByte(l.text[l.pos]) || l.text[l.pos] == '$') {
		l.pos++
	}
	for i := start; i < l.pos; i++ {
		if c := l.text[i]; !isWordByte(c) && c != '$' {
			return token{kind: tBad, str: "Wrong number"}
		}
	}
	return token{kind: tWord}
}

func (l *lexer) numberBody() {
	digit := isDigit
	exponent := "eE"
	if l.at(0) == '0' {
		switch c := l.at(1); {
		case (c == 'x' || c == 'X') && isHex(l.at(2)):
			l.pos += 2
			digit, exponent = isHex, "pP"
		case (c == 'b' || c == 'B') && (l.at(2) == '0' || l.at(2) == '1'):
			l.pos += 2
		}
	}
	l.digits(digit)
	if l.at(0) == '.' {
		l.pos++
		l.digits(digit)
	}
	if c := l.at(0); c != 0 && strings.IndexByte(exponent, c) >= 0 && l.pos+1 < len(l.text) {
		l.pos++
		if s := l.at(0); (s == '+' || s == '-') && l.pos+1 < len(l.text) {
			l.pos++
		}
		l.digits(isDigit)
	}
}

// digits skips digits with single underscores between them.
func (l *lexer) digits(digit func(byte) bool) {
	first := true
	for l.pos < len(l.text) {
		c := l.text[l.pos]
		if !digit(c) && (c != '_' || first || !digit(l.at(1))) {
			return
		}
		first = false
		l.pos++
	}
}

// quoted reads a string or an identifier: a doubled quote or a backslash escapes.
func (l *lexer) quoted(q byte) token {
	k := tQuoted
	if q == '\'' {
		k = tString
	}
	for i := l.pos + 1; i < len(l.text); i++ {
		switch l.text[i] {
		case '\\':
			i++
		case q:
			if i+1 < len(l.text) && l.text[i+1] == q {
				i++
				continue
			}
			raw := l.text[l.pos+1 : i]
			l.pos = i + 1
			if k == tQuoted && raw == "" {
				return token{kind: tBad, str: "Empty identifier"}
			}
			return token{kind: k, str: unescape(raw, q)}
		}
	}
	l.pos = len(l.text)
	if k == tString {
		return token{kind: tBad, str: "Single quoted string is not closed"}
	}
	return token{kind: tBad, str: "Quoted identifier is not closed"}
}

// bytesString reads x'41' and b'01000001'.
func (l *lexer) bytesString(c byte) token {
	end := strings.IndexByte(l.text[l.pos+2:], '\'')
	if end < 0 {
		l.pos = len(l.text)
		return token{kind: tBad, str: "Single quoted string is not closed"}
	}
	raw := l.text[l.pos+2 : l.pos+2+end]
	l.pos += end + 3
	perByte, base := 2, 16
	if c == 'b' || c == 'B' {
		perByte, base = 8, 2
	}
	s, ok := packDigits(raw, perByte, base)
	if !ok {
		return token{kind: tBad, str: "Wrong hexadecimal or binary string"}
	}
	return token{kind: tString, str: s}
}

// dollar reads a heredoc $tag$ ... $tag$, a word such as $1, or a lone dollar.
func (l *lexer) dollar() token {
	rest := l.text[l.pos:]
	if i := strings.IndexByte(rest[1:], '$'); i >= 0 && isTag(rest[1:i+1]) {
		tag := rest[:i+2]
		if end := strings.Index(rest[len(tag):], tag); end >= 0 {
			l.pos += 2*len(tag) + end
			return token{kind: tString, str: rest[len(tag) : len(tag)+end]}
		}
	}
	if !isWordByte(l.at(1)) {
		l.pos++
		return token{kind: tDollar}
	}
	return l.word()
}

func isTag(s string) bool {
	for i := range len(s) {
		if !isWordByte(s[i]) {
			return false
		}
	}
	return true
}

// fancy reads what word processors make of quotes and minus.
func (l *lexer) fancy() token {
	for _, f := range [...]struct {
		open, end string
		kind      kind
	}{{"‘", "’", tString}, {"“", "”", tQuoted}} {
		if !l.has(f.open) {
			continue
		}
		body := l.text[l.pos+len(f.open):]
		i := strings.Index(body, f.end)
		if i < 0 {
			l.pos = len(l.text)
			return token{kind: tBad, str: "Quoted string is not closed"}
		}
		l.pos += len(f.open) + i + len(f.end)
		return token{kind: f.kind, str: body[:i]}
	}
	if l.has("−") {
		l.pos += len("−")
		return token{kind: tMinus}
	}
	_, n := utf8.DecodeRuneInString(l.text[l.pos:])
	l.pos += n
	return token{kind: tBad, str: "Unrecognized token"}
}

// punctuation reads operators and brackets, longest first.
func (l *lexer) punctuation(c byte) token {
	for _, p := range [...]struct {
		text string
		kind kind
	}{
		{"<=>", tSpaceship},
		{"->", tArrow},
		{"::", tCast},
		{"==", tEq},
		{"!=", tNotEq},
		{"<>", tNotEq},
		{"<=", tLessEq},
		{">=", tGreaterEq},
		{"||", tConcat},
		{"@@", tDoubleAt},
	} {
		if l.has(p.text) {
			l.pos += len(p.text)
			return token{kind: p.kind}
		}
	}
	l.pos++
	const singles = "()[]{},;.*+-/%?:=<>@^"
	kinds := [...]kind{
		tOpen, tClose, tOpenSq, tCloseSq, tOpenCur, tCloseCur, tComma, tSemicolon, tDot, tAsterisk, tPlus,
		tMinus, tSlash, tPercent, tQuestion, tColon, tEq, tLess, tGreater, tAt, tCaret,
	}
	if i := strings.IndexByte(singles, c); i >= 0 {
		return token{kind: kinds[i]}
	}
	if c == '\\' && l.at(0) == 'G' {
		l.pos++
		return token{kind: tSemicolon}
	}
	return token{kind: tBad, str: "Unrecognized token"}
}

// unescape gives a quoted text its meaning. Unknown escapes keep their backslash.
func unescape(raw string, q byte) string {
	if strings.IndexByte(raw, '\\') < 0 && strings.IndexByte(raw, q) < 0 {
		return raw
	}
	var b strings.Builder
	for i := 0; i < len(raw); i++ {
		c := raw[i]
		switch {
		case c == q:
			i++ // The second of a doubled quote.
			b.WriteByte(q)
		case c != '\\' || i+1 >= len(raw):
			b.WriteByte(c)
		default:
			i++
			i += unescapeOne(&b, raw[i:])
		}
	}
	return b.String()
}

// unescapeOne writes what the letters behind a backslash mean and returns how many more than one it used.
func unescapeOne(b *strings.Builder, s string) int {
	const letters, values = "abefnrtv0N", "\a\b\x1b\f\n\r\t\v\x00"
	c := s[0]
	switch i := strings.IndexByte(letters, c); {
	case c == 'N':
		return 0
	case i >= 0:
		b.WriteByte(values[i])
		return 0
	}
	switch c {
	case 'x':
		if len(s) >= 3 {
			b.WriteByte(unhex(s[1])<<4 | unhex(s[2]))
			return 2
		}
		b.WriteByte(c)
	case '\\', '\'', '"', '`', '/', '=':
		b.WriteByte(c)
	default:
		b.WriteByte('\\')
		b.WriteByte(c)
	}
	return 0
}

func unhex(c byte) byte {
	switch {
	case isDigit(c):
		return c - '0'
	case c >= 'a' && c <= 'f':
		return c - 'a' + 10
	case c >= 'A' && c <= 'F':
		return c - 'A' + 10
	default:
		return 0xff
	}
}

// packDigits turns digits of a base into bytes, perByte digits each; a short first byte is filled with zeros.
func packDigits(s string, perByte, base int) (string, bool) {
	out := make([]byte, 0, len(s)/perByte+1)
	var acc byte
	for i := range len(s) {
		d := unhex(s[i])
		if int(d) >= base {
			return "", false
		}
		acc = acc*byte(base) + d
		if (len(s)-i-1)%perByte == 0 {
			out = append(out, acc)
			acc = 0
		}
	}
	return string(out), true
}
