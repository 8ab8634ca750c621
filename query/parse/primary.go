package parse

import (
	"strings"

	"github.com/freshetdb/freshet/query/ast"
)

// primary reads what stands between operators: a constant, a name, a call, something in brackets.
func (p *parser) primary() ast.Expr {
	from := p.i
	switch p.tok().kind {
	case tNumber:
		return p.number(false)
	case tString:
		return p.stringLiteral()
	case tOpen:
		return p.paren()
	case tOpenSq:
		return p.array()
	case tOpenCur:
		return p.curly()
	case tAsterisk:
		p.advance()
		return p.star(from, nil)
	case tDoubleAt:
		p.advance()
		name := p.ident()
		for p.accept(tDot) {
			name = p.ident()
		}
		call := p.spanCall(from, "globalVariable", ast.NewString(name))
		if p.isWords("AS") {
			return call
		}
		return &ast.Alias{Base: ast.Base{Span: call.Span}, Expr: call, Name: "@@" + name}
	case tQuoted:
		return p.name()
	case tWord:
		if e := p.wordPrimary(); e != nil {
			return e
		}
		return p.name()
	default:
	}
	p.fail("expression")
	return nil
}

// wordPrimary reads what begins with a keyword; nil if the word is a plain name here.
func (p *parser) wordPrimary() ast.Expr {
	from := p.i
	next := p.ahead(1).kind
	switch strings.ToUpper(p.tok().str) {
	case "NULL", "TRUE", "FALSE", "INF", "INFINITY", "NAN":
		if next != tOpen && next != tDot {
			return p.wordLiteral(false)
		}
	case "CASE":
		return p.attempt(tryCase, p.caseExpr)
	case "INTERVAL":
		return p.attempt(tryInterval, p.interval)
	case "DATE":
		if next == tString {
			p.advance()
			return p.spanCall(from, "toDate", p.stringLiteral())
		}
	case "TIMESTAMP":
		if next == tString {
			p.advance()
			return p.spanCall(from, "toDateTime", p.stringLiteral())
		}
	case "EXISTS":
		if next == tOpen && p.opensQuery(2) {
			if e := p.attempt(tryExists, p.existsExpr); e != nil {
				return e
			}
		}
	case "COLUMNS":
		if next == tOpen {
			return p.columns(from, nil)
		}
	}
	if next == tOpen {
		return p.specialCall()
	}
	return nil
}

// existsExpr reads EXISTS (SELECT ...).
func (p *parser) existsExpr() ast.Expr {
	from := p.i
	p.i += 2
	q := p.query()
	p.expect(tClose)
	return &ast.Exists{Base: ast.Base{Span: p.span(from)}, Query: q}
}

// attempt runs a production and returns nil, having moved nothing, if it does not fit.
func (p *parser) attempt(kind attemptKind, production func() ast.Expr) ast.Expr {
	var e ast.Expr
	if !p.tryOnce(kind, func() { e = production() }) {
		return nil
	}
	return e
}

func (p *parser) spanCall(from int, name string, args ...ast.Expr) *ast.FuncCall {
	call := ast.NewCall(name, args...)
	call.Span = p.span(from)
	return call
}

// name reads a compound identifier, a qualified star, or a call.
func (p *parser) name() ast.Expr {
	from := p.i
	if p.ahead(1).kind == tOpen {
		return p.call(p.ident())
	}
	return p.identTail(from, &ast.Ident{Parts: []string{p.ident()}})
}

// identTail reads ".part" behind the first part of an identifier.
func (p *parser) identTail(from int, id *ast.Ident) ast.Expr {
	for {
		if p.is(tOpenSq) && p.ahead(1).kind == tCloseSq && id.Params == nil && len(id.Parts) > 1 {
			p.i += 2 // a.b[] is the array of objects at a path of JSON.
			id.Parts = append(id.Parts, ":Array(JSON)")
			continue
		}
		if !p.is(tDot) {
			break
		}
		next := p.ahead(1)
		switch {
		case next.kind == tAsterisk:
			id.Span = p.span(from)
			p.i += 2
			return p.star(from, id)
		case next.kind == tWord && p.isWordAt(1, "COLUMNS") && p.ahead(2).kind == tOpen:
			id.Span = p.span(from)
			p.advance()
			return p.columns(from, id)
		case next.kind == tWord || next.kind == tQuoted:
			p.advance()
			id.Parts = append(id.Parts, p.ident())
		case next.kind == tOpenCur:
			p.advance()
			p.paramPart(id)
		case next.kind == tCaret || next.kind == tColon:
			p.i += 2
			mark := map[kind]string{tCaret: "^", tColon: ":"}[next.kind]
			if next.kind == tColon && p.is(tWord) {
				id.Parts = append(id.Parts, mark+ast.Format(p.dataType()))
			} else {
				id.Parts = append(id.Parts, mark+p.ident())
			}
		default:
			id.Span = p.span(from)
			return id
		}
	}
	id.Span = p.span(from)
	return id
}

// paramPart reads {name:Identifier} as a component.
func (p *parser) paramPart(id *ast.Ident) {
	param := p.param()
	for len(id.Params) < len(id.Parts) {
		id.Params = append(id.Params, nil)
	}
	id.Parts = append(id.Parts, "")
	id.Params = append(id.Params, param)
}

// param reads {name:Type}.
func (p *parser) param() *ast.Param {
	from := p.i
	p.expect(tOpenCur)
	name := p.expect(tWord).str
	p.expect(tColon)
	t := p.dataType()
	p.expect(tCloseCur)
	return &ast.Param{Base: ast.Base{Span: p.span(from)}, Name: name, Type: t}
}

// curly reads a query parameter or a map of constants.
func (p *parser) curly() ast.Expr {
	from := p.i
	if k := p.ahead(1).kind; k == tWord || k == tQuoted {
		param := p.param()
		if param.Type.Name == "Identifier" {
			id := &ast.Ident{}
			id.Parts, id.Params = []string{""}, []*ast.Param{param}
			return p.identTail(from, id)
		}
		return param
	}
	p.fail("substitution name (identifier)")
	return nil
}

// paren reads (), (a), (a, b), (a,) or (SELECT ...).
func (p *parser) paren() ast.Expr {
	from := p.i
	p.expect(tOpen)
	if p.accept(tClose) {
		return &ast.Tuple{Base: ast.Base{Span: p.span(from)}}
	}
	if p.startsQuery(0) {
		q := p.query()
		p.expect(tClose)
		return &ast.Subquery{Base: ast.Base{Span: p.span(from)}, Query: q}
	}
	counted := p.elements
	first := p.expr()
	if sub, ok := first.(*ast.Subquery); ok && p.startsSetOp() {
		q := p.setTail(from+1, sub.Query)
		p.expect(tClose)
		return &ast.Subquery{Base: ast.Base{Span: p.span(from)}, Query: q}
	}
	if p.accept(tClose) {
		if sub, ok := first.(*ast.Subquery); ok {
			sub.Span = p.span(from)
			return sub
		}
		ast.SetParen(first, true)
		ast.SetSpan(first, p.span(from))
		return first
	}
	items := []ast.Expr{first}
	for p.accept(tComma) {
		if p.is(tClose) {
			break
		}
		items = append(items, p.expr())
	}
	p.expect(tClose)
	p.discount(counted, items)
	return &ast.Tuple{Base: ast.Base{Span: p.span(from)}, Items: items}
}

// discount takes constants in brackets as one element, so that a long IN list is not a big tree.
func (p *parser) discount(counted int, items []ast.Expr) {
	for _, e := range items {
		if !isConstant(e) {
			return
		}
	}
	p.elements = counted + 1
}

func isConstant(e ast.Expr) bool {
	switch n := e.(type) {
	case *ast.Literal:
		return true
	case *ast.Tuple:
		return len(n.Items) == 0 || isConstant(n.Items[0])
	case *ast.Array:
		return len(n.Items) == 0 || isConstant(n.Items[0])
	default:
		return false
	}
}

// array reads [a, b].
func (p *parser) array() ast.Expr {
	from := p.i
	p.expect(tOpenSq)
	n := &ast.Array{}
	counted := p.elements
	if !p.is(tCloseSq) {
		p.commaList(func() { n.Items = append(n.Items, p.expr()) })
	}
	p.expect(tCloseSq)
	p.discount(counted, n.Items)
	n.Span = p.span(from)
	return n
}

// caseExpr reads CASE ... END.
func (p *parser) caseExpr() ast.Expr {
	from := p.i
	p.expectWord("CASE")
	n := &ast.Case{}
	if !p.isWords("WHEN") {
		n.Operand = p.expr()
	}
	for p.isWords("WHEN") {
		start := p.i
		p.advance()
		w := &ast.When{Cond: p.expr()}
		p.expectWord("THEN")
		w.Then = p.expr()
		w.Span = p.span(start)
		n.Whens = append(n.Whens, w)
	}
	if len(n.Whens) == 0 {
		p.fail("WHEN")
	}
	if p.word("ELSE") {
		n.Else = p.expr()
	}
	p.expectWord("END")
	n.Span = p.span(from)
	return n
}

// interval reads INTERVAL value unit, or INTERVAL 'value unit ...'.
func (p *parser) interval() ast.Expr {
	from := p.i
	p.expectWord("INTERVAL")
	if p.is(tString) {
		if _, ok := p.unitAt(1); !ok && strings.Contains(strings.TrimSpace(p.tok().str), " ") {
			return p.intervalString(from)
		}
	}
	value := p.expr()
	unit, ok := p.unitAt(0)
	if !ok {
		p.fail("interval unit")
	}
	p.advance()
	return &ast.Interval{Base: ast.Base{Span: p.span(from)}, Value: value, Unit: unit}
}

// intervalString reads '1 day' or '1 day 2 hours'; the second is a tuple.
func (p *parser) intervalString(from int) ast.Expr {
	words := strings.Fields(p.tok().str)
	if len(words) == 0 || len(words)%2 != 0 {
		p.fail("interval")
	}
	items := make([]ast.Expr, 0, len(words)/2)
	for i := 0; i < len(words); i += 2 {
		digits, negative := strings.CutPrefix(words[i], "-")
		value, ok := parseNumber(digits, negative)
		unit, known := intervalUnit(words[i+1])
		if !ok || !known || value.Kind != ast.UintLiteral && value.Kind != ast.IntLiteral {
			p.fail("interval")
		}
		items = append(items, &ast.Interval{Value: value, Unit: unit})
	}
	p.advance()
	base := ast.Base{Span: p.span(from)}
	for _, e := range items {
		ast.SetSpan(e, base.Span)
	}
	if len(items) == 1 {
		return items[0]
	}
	return &ast.Tuple{Base: base, Items: items}
}

func (p *parser) unitAt(n int) (ast.IntervalUnit, bool) {
	t := p.ahead(n)
	if t.kind != tWord {
		return 0, false
	}
	return intervalUnit(t.str)
}

// intervalUnit returns the unit that a word names.
func intervalUnit(w string) (ast.IntervalUnit, bool) {
	switch strings.TrimPrefix(strings.ToUpper(w), "SQL_TSI_") {
	case "NANOSECOND", "NANOSECONDS", "NS":
		return ast.Nanosecond, true
	case "MICROSECOND", "MICROSECONDS", "US":
		return ast.Microsecond, true
	case "MILLISECOND", "MILLISECONDS", "MS":
		return ast.Millisecond, true
	case "SECOND", "SECONDS", "SS", "S":
		return ast.Second, true
	case "MINUTE", "MINUTES", "MI", "N":
		return ast.Minute, true
	case "HOUR", "HOURS", "HH", "H":
		return ast.Hour, true
	case "DAY", "DAYS", "DD", "D":
		return ast.Day, true
	case "WEEK", "WEEKS", "WK", "WW":
		return ast.Week, true
	case "MONTH", "MONTHS", "MM", "M":
		return ast.Month, true
	case "QUARTER", "QUARTERS", "QQ", "Q":
		return ast.Quarter, true
	case "YEAR", "YEARS", "YYYY", "YY":
		return ast.Year, true
	default:
		return 0, false
	}
}
