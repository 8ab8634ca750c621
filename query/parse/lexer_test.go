package parse

import (
	"strings"
	"testing"
)

// lexAll writes the tokens of a text as kind:meaning.
func lexAll(text string) string {
	l := lexer{text: text}
	var out []string
	for {
		t := l.next()
		if t.kind == tEOF {
			return strings.Join(out, " ")
		}
		switch t.kind {
		case tWord, tQuoted, tString:
			out = append(out, [...]string{tWord: "w", tQuoted: "q", tString: "s"}[t.kind]+":"+t.str)
		case tBad:
			out = append(out, "bad:"+t.str)
		default:
			out = append(out, text[t.start:t.end])
		}
	}
}

func TestLexer(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"", ""},
		{" \t\r\n\u00a0\u200b\ufeff ", ""},
		{"a _b C3 $d e$f", "w:a w:_b w:C3 w:$d w:e$f"},
		{"`a``b` \"c\"\"d\" `e\\`f` `g\\nh`", "q:a`b q:c\"d q:e`f q:g\nh"},
		{"'a''b' 'c\\'d' '\\x41\\q' '\\N'", `s:a'b s:c'd s:A\q s:`},
		{"‘a’ “b” a−b", "s:a q:b w:a − w:b"},
		{"x'4142' X'' b'01000001' B'1' x'414'", "s:AB s: s:A s:\x01 s:\x04\x14"},
		{"x'4g'", "bad:Wrong hexadecimal or binary string"},
		{"$$a 'b'$$ $t$ $$ $t$ $1 $", "s:a 'b' s: $$  w:$1 $"},
		{"1 1_000 1__0 0xFF 0b101 1.5 1. 1e3 1E-3 0x1p3 1.5e+2", "1 1_000 w:1__0 0xFF 0b101 1.5 1. 1e3 1E-3 0x1p3 1.5e+2"},
		{"00662_x 1a 1.5a", "w:00662_x w:1a bad:Wrong number"},
		{"(.5) [.5] , .5 a.5 1.5.5 t.1.2", "( .5 ) [ .5 ] , .5 w:a . 5 1.5 . 5 w:t . 1 . 2"},
		{"a -- b\nc # d\ne #! f\ng // h\ni", "w:a w:c w:e w:g w:i"},
		{"a /* b /* c */ d */ e", "w:a w:e"},
		{"a /* b /* c */ d", "w:a bad:Multiline comment is not closed"},
		{"a -> b <=> c :: d || e == f != g <> h <= i >= j", "w:a -> w:b <=> w:c :: w:d || w:e == w:f != w:g <> w:h <= w:i >= w:j"},
		{"@@a @b {c:d} ? : % ^ ;", "@@ w:a @ w:b { w:c : w:d } ? : % ^ ;"},
		{"1\\G", "1 \\G"},
		{"'a", "bad:Single quoted string is not closed"},
		{"`a", "bad:Quoted identifier is not closed"},
		{"``", "bad:Empty identifier"},
		{"a ~ b", "w:a bad:Unrecognized token w:b"},
		{"é", "bad:Unrecognized token"},
		{"'\x80\xff'", "s:\x80\xff"},
	} {
		if got := lexAll(c.text); got != c.want {
			t.Errorf("%q\n got %q\nwant %q", c.text, got, c.want)
		}
	}
}
