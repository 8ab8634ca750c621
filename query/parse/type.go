package parse

import (
	"strings"

	"github.com/freshetdb/freshet/query/ast"
)

// dataType reads a data type.
func (p *parser) dataType() *ast.Type {
	p.enter()
	defer p.leave()
	from := p.i
	t := &ast.Type{Name: p.typeName()}
	if p.accept(tOpen) {
		t.HasArgs = true
		for !p.is(tClose) {
			t.Args = append(t.Args, p.typeArg(t.Name))
			if !p.accept(tComma) {
				break
			}
		}
		p.expect(tClose)
		if w := strings.ToUpper(t.Name); isMySQLInt(w) {
			if s, ok := p.oneOf("SIGNED", "UNSIGNED"); ok {
				t.Name, t.Args, t.HasArgs = w+" "+s, nil, false // The width means nothing.
			}
		}
	}
	t.Span = p.span(from)
	return t
}

// typeName reads a family's name, which SQL spells with several words at times.
func (p *parser) typeName() string {
	name := p.ident()
	w := strings.ToUpper(name)
	switch w {
	case "NATIONAL":
		for _, s := range []string{
			"CHARACTER LARGE OBJECT", "CHARACTER VARYING", "CHARACTER", "CHAR VARYING", "CHAR",
		} {
			if p.phrase(s) {
				return w + " " + s
			}
		}
	case "DOUBLE":
		if p.word("PRECISION") {
			return "DOUBLE PRECISION"
		}
	case "CHAR", "CHARACTER", "NCHAR":
		for _, s := range []string{"LARGE OBJECT", "VARYING"} {
			if p.phrase(s) {
				return w + " " + s
			}
		}
	case "BINARY":
		for _, s := range []string{"LARGE OBJECT", "VARYING"} {
			if p.phrase(s) {
				return w + " " + s
			}
		}
	case "TIME", "TIMESTAMP":
		for _, s := range []string{"WITH TIME ZONE", "WITHOUT TIME ZONE"} {
			if p.phrase(s) {
				return w + " " + s
			}
		}
	default:
		if isMySQLInt(w) {
			if s, ok := p.oneOf("SIGNED", "UNSIGNED"); ok {
				return w + " " + s
			}
		}
	}
	return name
}

func isMySQLInt(w string) bool {
	switch w {
	case "INT", "INTEGER", "TINYINT", "SMALLINT", "MEDIUMINT", "BIGINT", "INT1":
		return true
	default:
		return false
	}
}

// typeArg reads one argument of the type called family.
func (p *parser) typeArg(family string) *ast.TypeArg {
	from := p.i
	a := &ast.TypeArg{}
	switch t := p.tok(); {
	case t.kind == tNumber || t.kind == tMinus || t.kind == tString,
		p.isWords("NULL") && (p.ahead(1).kind == tComma || p.ahead(1).kind == tClose):
		a.Kind, a.Literal = ast.ArgLiteral, p.literal()
		if p.accept(tEq) {
			a.Kind, a.Value = ast.ArgEnumPair, p.literal()
		}
	case strings.EqualFold(family, "JSON") && p.isWords("SKIP") && p.ahead(1).kind != tDot:
		p.jsonSkip(a)
	case (t.kind == tWord || t.kind == tQuoted) && p.ahead(1).kind == tEq:
		a.Kind, a.Name = ast.ArgSetting, []string{p.ident()}
		p.expect(tEq)
		a.Value = p.literal()
	case p.isElement(family):
		a.Kind = ast.ArgElement
		a.Name = p.compoundName().Parts
		a.Type = p.dataType()
	default:
		a.Kind, a.Type = ast.ArgType, p.dataType()
	}
	a.Span = p.span(from)
	return a
}

// isElement says whether "name Type" follows rather than a type alone.
func (p *parser) isElement(family string) bool {
	switch strings.ToUpper(family) {
	case "TUPLE", "NESTED", "JSON", "OBJECT":
	default:
		return false
	}
	if !p.isIdent() {
		return false
	}
	n := 1
	for p.ahead(n).kind == tDot {
		n += 2
	}
	k := p.ahead(n).kind
	if k != tWord && k != tQuoted {
		return false
	}
	// DOUBLE PRECISION and its like are one type.
	i := p.i
	if n == 1 && p.tok().kind == tWord {
		p.typeName()
		ends := p.is(tComma) || p.is(tClose)
		moved := p.i - i
		p.i = i
		if moved > 1 && ends {
			return false
		}
	}
	return true
}

func (p *parser) jsonSkip(a *ast.TypeArg) {
	p.expectWord("SKIP")
	if p.isWords("REGEXP") && p.ahead(1).kind == tString {
		p.advance()
		a.Kind, a.Literal = ast.ArgSkipRegex, p.stringLiteral()
		return
	}
	a.Kind, a.Name = ast.ArgSkip, p.compoundName().Parts
}
