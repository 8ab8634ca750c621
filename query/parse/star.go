package parse

import "github.com/freshetdb/freshet/query/ast"

// star reads the transformers behind a star.
func (p *parser) star(from int, qualifier *ast.Ident) ast.Expr {
	n := &ast.Star{Qualifier: qualifier, Transformers: p.transformers()}
	n.Span = p.span(from)
	return n
}

// columns reads COLUMNS('regex') or COLUMNS(a, b).
func (p *parser) columns(from int, qualifier *ast.Ident) ast.Expr {
	p.expectWord("COLUMNS")
	p.expect(tOpen)
	n := &ast.Columns{Qualifier: qualifier}
	if p.is(tString) && p.ahead(1).kind == tClose {
		n.Regex = p.str()
	} else {
		p.commaList(func() { n.List = append(n.List, p.expr()) })
	}
	p.expect(tClose)
	n.Transformers = p.transformers()
	n.Span = p.span(from)
	return n
}

// transformers reads EXCEPT, REPLACE and APPLY.
func (p *parser) transformers() []ast.Transformer {
	var out []ast.Transformer
	for {
		var t ast.Transformer
		switch {
		case p.isWords("EXCEPT") && !p.exceptQuery():
			t = p.exceptColumns()
		case p.isWords("REPLACE"):
			t = p.replaceColumns()
		case p.isWords("APPLY"):
			t = p.applyFunction()
		default:
			return out
		}
		out = append(out, t)
	}
}

// tupleStar reads .* behind an expression.
func (p *parser) tupleStar(from int, of ast.Expr) ast.Expr {
	p.i += 2
	n := &ast.Star{Of: of, Transformers: p.transformers()}
	n.Span = p.span(from)
	return n
}

// exceptQuery says whether EXCEPT is the set operator: a query follows.
func (p *parser) exceptQuery() bool {
	if p.isWordAt(1, "ALL") || p.isWordAt(1, "DISTINCT") {
		return true
	}
	n := 1
	for p.ahead(n).kind == tOpen {
		n++
	}
	return p.startsQuery(n)
}

func (p *parser) exceptColumns() ast.Transformer {
	from := p.i
	p.expectWord("EXCEPT")
	n := &ast.ExceptColumns{Strict: p.word("STRICT")}
	switch {
	case p.is(tString):
		n.Regex = p.str()
	case p.accept(tOpen):
		if p.is(tString) {
			n.Regex = p.str()
		} else {
			p.commaList(func() { n.Names = append(n.Names, p.compoundName()) })
		}
		p.expect(tClose)
	default:
		n.Names = []*ast.Ident{p.compoundName()}
	}
	n.Span = p.span(from)
	return n
}

// compoundName reads a.b without anything special.
func (p *parser) compoundName() *ast.Ident {
	from := p.i
	n := &ast.Ident{Parts: []string{p.ident()}}
	for p.accept(tDot) {
		n.Parts = append(n.Parts, p.ident())
	}
	n.Span = p.span(from)
	return n
}

func (p *parser) replaceColumns() ast.Transformer {
	from := p.i
	p.expectWord("REPLACE")
	n := &ast.ReplaceColumns{Strict: p.word("STRICT")}
	item := func() {
		start := p.i
		a := &ast.Alias{Expr: p.plain()}
		p.expectWord("AS")
		a.Name = p.ident()
		a.Span = p.span(start)
		n.Items = append(n.Items, a)
	}
	if p.accept(tOpen) {
		p.commaList(item)
		p.expect(tClose)
	} else {
		item()
	}
	n.Span = p.span(from)
	return n
}

func (p *parser) applyFunction() ast.Transformer {
	from := p.i
	p.expectWord("APPLY")
	n := &ast.ApplyFunction{}
	parens := p.accept(tOpen)
	start := p.i
	if params, ok := p.lambdaHead(); ok {
		n.Lambda, _ = p.lambda(start, params).(*ast.Lambda)
	} else {
		n.Name = p.ident()
		if p.accept(tOpen) {
			n.HasParams = true
			if !p.is(tClose) {
				p.commaList(func() { n.Params = append(n.Params, p.expr()) })
			}
			p.expect(tClose)
		}
	}
	if parens {
		if p.accept(tComma) {
			n.Prefix = p.str()
		}
		p.expect(tClose)
	}
	n.Span = p.span(from)
	return n
}
