package parse

import (
	"math"
	"strconv"
	"strings"

	"github.com/freshetdb/freshet/query/ast"
)

// number gives the token's text, with its sign, a value.
func (p *parser) number(negative bool) *ast.Literal {
	from := p.i
	if negative {
		from--
	}
	t := p.tok()
	if t.kind != tNumber {
		p.fail("number")
	}
	text := p.lex.text[t.start:t.end]
	lit, ok := parseNumber(text, negative)
	if !ok {
		p.fail("number")
	}
	p.advance()
	lit.Span = p.span(from)
	return lit
}

// parseNumber reads an unsigned number as written; negative adds a sign. An integer that is too
// large for 64 bits keeps its text and the float that ClickHouse takes it for.
func parseNumber(text string, negative bool) (*ast.Literal, bool) {
	if text == "" {
		return nil, false
	}
	plain := strings.ReplaceAll(text, "_", "")
	if text[0] == '.' {
		text = "0" + text // A dot alone is not always the beginning of a number.
	}
	lit := &ast.Literal{Text: text}
	if negative {
		lit.Text = "-" + text
	}
	digits, base := trimRadix(plain)
	if u, err := strconv.ParseUint(digits, base, 64); err == nil {
		setInteger(lit, u, negative)
		return lit, true
	}
	f, err := parseFloat(plain)
	if err != nil {
		return nil, false
	}
	if negative {
		f = -f
	}
	lit.Kind, lit.Float = ast.FloatLiteral, f
	if isInteger(plain) {
		lit.Kind = ast.BigLiteral
	}
	return lit, true
}

func setInteger(lit *ast.Literal, u uint64, negative bool) {
	switch {
	case !negative || u == 0:
		lit.Kind, lit.Uint = ast.UintLiteral, u
		lit.Text = strings.TrimPrefix(lit.Text, "-")
	case u <= 1<<63:
		lit.Kind, lit.Int = ast.IntLiteral, -int64(u) //nolint:gosec // -(1<<63) wraps to itself.
	default:
		lit.Kind, lit.Float = ast.BigLiteral, -float64(u)
	}
}

// trimRadix returns the digits of a number and their base.
func trimRadix(s string) (digits string, base int) {
	if len(s) > 2 && s[0] == '0' {
		switch s[1] {
		case 'x', 'X':
			return s[2:], 16
		case 'b', 'B':
			return s[2:], 2
		}
	}
	return s, 10
}

func isInteger(s string) bool {
	digits, base := trimRadix(s)
	for i := range len(digits) {
		if int(unhex(digits[i])) >= base {
			return false
		}
	}
	return true
}

func parseFloat(s string) (float64, error) {
	digits, base := trimRadix(s)
	switch {
	case base == 2:
		var f float64
		for i := range len(digits) {
			if digits[i] != '0' && digits[i] != '1' {
				return 0, strconv.ErrSyntax
			}
			f = 2*f + float64(digits[i]-'0')
		}
		return f, nil
	case base == 16 && !strings.ContainsAny(digits, "pP"):
		s += "p0"
	}
	return strconv.ParseFloat(s, 64)
}

// wordLiteral reads NULL, true, false, inf and nan.
func (p *parser) wordLiteral(negative bool) *ast.Literal {
	t := p.tok()
	if t.kind != tWord {
		return nil
	}
	sign := 1.0
	if negative {
		sign = -1
	}
	var lit *ast.Literal
	switch strings.ToUpper(t.str) {
	case "INF", "INFINITY":
		lit = &ast.Literal{Kind: ast.FloatLiteral, Float: sign * math.Inf(1)}
	case "NAN":
		lit = &ast.Literal{Kind: ast.FloatLiteral, Float: math.Float64frombits(0x7FF8 << 48)} // the bits of C, not those of math.NaN
	case "NULL":
		lit = &ast.Literal{Kind: ast.NullLiteral}
	case "TRUE":
		lit = &ast.Literal{Kind: ast.BoolLiteral, Bool: true}
	case "FALSE":
		lit = &ast.Literal{Kind: ast.BoolLiteral}
	}
	if lit == nil || negative && lit.Kind != ast.FloatLiteral {
		return nil
	}
	p.advance()
	lit.Span = p.span(p.i - 1)
	return lit
}

// stringLiteral reads a string.
func (p *parser) stringLiteral() *ast.Literal {
	s := p.str()
	return &ast.Literal{Base: ast.Base{Span: p.span(p.i - 1)}, Kind: ast.StringLiteral, Str: s}
}

// literal reads a constant: a number with or without a sign, a string, NULL, true, false.
func (p *parser) literal() *ast.Literal {
	switch t := p.tok(); t.kind {
	case tString:
		return p.stringLiteral()
	case tNumber:
		return p.number(false)
	case tMinus, tPlus:
		p.advance()
		if p.is(tNumber) {
			return p.number(t.kind == tMinus)
		}
		if l := p.wordLiteral(t.kind == tMinus); l != nil {
			return l
		}
	default:
		if l := p.wordLiteral(false); l != nil {
			return l
		}
	}
	p.fail("literal")
	return nil
}
