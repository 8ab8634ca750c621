package parse

import "github.com/freshetdb/freshet/query/ast"

// from reads the tables behind FROM with their joins, which group from the left.
func (p *parser) from() ast.TableExpr {
	p.enter()
	outer := p.height
	p.height = 0
	from := p.i
	var t ast.TableExpr = p.tableElement()
	for {
		next := p.arrayJoin(from, t)
		if next == nil {
			next = p.join(from, t)
		}
		if next == nil {
			break
		}
		p.count()
		p.height = p.grow(p.height, 0)
		t = next
	}
	p.height = max(outer, p.height)
	p.leave()
	return t
}

// tableElement reads one table, table function or subquery with its alias and modifiers.
func (p *parser) tableElement() *ast.TableElement {
	from := p.i
	p.count()
	t := &ast.TableElement{Source: p.tableSource()}
	if name, ok := p.alias(true); ok {
		t.Alias = name
		if p.is(tOpen) {
			t.Columns = p.parenIdents()
		}
	}
	t.Final = p.word("FINAL")
	if p.word("SAMPLE") {
		t.Sample = p.prec(ast.OpPlus.Precedence())
		if p.isWords("OFFSET") {
			p.advance()
			t.SampleOffset = p.prec(ast.OpPlus.Precedence())
		}
	}
	t.Span = p.span(from)
	return t
}

func (p *parser) tableSource() ast.Node {
	from := p.i
	if p.is(tOpen) {
		return p.tableParen()
	}
	if p.isIdent() && p.ahead(1).kind == tOpen {
		e, _ := p.call(p.ident()).(*ast.FuncCall)
		return e
	}
	if !p.isIdent() && !p.is(tOpenCur) && !p.is(tString) {
		p.fail("table", "table function", "subquery or list of joined tables")
	}
	n := p.tableName()
	n.Span = p.span(from)
	return n
}

// tableParen reads (SELECT ...), (VALUES ...) or joined tables in brackets, which are a query, too.
func (p *parser) tableParen() ast.Node {
	from := p.i
	var sub *ast.Subquery
	if p.tryOnce(tryTableQuery, func() {
		p.expect(tOpen)
		q := p.query()
		p.expect(tClose)
		sub = &ast.Subquery{Base: ast.Base{Span: p.span(from)}, Query: q}
	}) {
		return sub
	}
	p.expect(tOpen)
	s := &ast.Select{List: []ast.Expr{&ast.Star{}}}
	start := p.i
	if p.isWords("VALUES") && p.ahead(1).kind == tOpen {
		p.advance()
		call := ast.NewCall("SQLStandardValues")
		p.commaList(func() { call.Args = append(call.Args, p.paren()) })
		call.Span = p.span(start)
		s.From = &ast.TableElement{Span: call.Span, Source: call}
	} else {
		s.From = p.from()
	}
	s.Span = p.span(start)
	p.expect(tClose)
	return &ast.Subquery{Base: ast.Base{Span: p.span(from)}, Query: s}
}

// tableName reads [db.]table; either may be a query parameter.
func (p *parser) tableName() *ast.TableName {
	from := p.i
	n := &ast.TableName{}
	n.Table, n.TableParam = p.namePart()
	if p.accept(tDot) {
		n.Database, n.DatabaseParam = n.Table, n.TableParam
		n.Table, n.TableParam = p.namePart()
	}
	n.Span = p.span(from)
	return n
}

func (p *parser) namePart() (string, *ast.Param) {
	if p.is(tOpenCur) {
		return "", p.param()
	}
	return p.ident(), nil
}

// arrayJoin reads [LEFT|INNER] ARRAY JOIN a, b; nil if that is not what follows.
func (p *parser) arrayJoin(from int, input ast.TableExpr) ast.TableExpr {
	n := &ast.ArrayJoin{Input: input}
	switch {
	case p.word("LEFT", "ARRAY", "JOIN"):
		n.IsLeft = true
	case p.word("INNER", "ARRAY", "JOIN"), p.word("ARRAY", "JOIN"):
	default:
		return nil
	}
	p.commaList(func() { n.Items = append(n.Items, p.aliased(true)) })
	n.Span = p.span(from)
	return n
}

// join reads one join; nil if none follows.
func (p *parser) join(from int, left ast.TableExpr) ast.TableExpr {
	n := &ast.Join{Left: left}
	if p.accept(tComma) {
		n.Kind = ast.JoinComma
		n.Right = p.tableElement()
		n.Span = p.span(from)
		return n
	}
	if !p.joinHead(n) {
		return nil
	}
	n.Right = p.tableElement()
	if n.Kind != ast.JoinCross && n.Kind != ast.JoinPaste && !n.Natural {
		p.joinCondition(n)
	}
	n.Span = p.span(from)
	return n
}

// joinHead reads the words up to JOIN; it moves nothing if they are not those of a join.
func (p *parser) joinHead(n *ast.Join) bool {
	i := p.i
	switch {
	case p.word("GLOBAL"):
		n.Locality = ast.LocalityGlobal
	case p.word("LOCAL"):
		n.Locality = ast.LocalityLocal
	}
	n.Natural = p.word("NATURAL")
	kindGiven := false
	for {
		if s, ok := p.strictness(); ok && n.Strictness == ast.StrictnessNone {
			n.Strictness = s
			continue
		}
		if k, ok := p.joinKind(); ok && !kindGiven {
			n.Kind, kindGiven = k, true
			continue
		}
		break
	}
	if !p.word("JOIN") {
		p.i = i
		return false
	}
	if !kindGiven && (n.Strictness == ast.StrictnessSemi || n.Strictness == ast.StrictnessAnti) {
		n.Kind = ast.JoinLeft
	}
	return true
}

func (p *parser) strictness() (ast.JoinStrictness, bool) {
	w, ok := p.oneOf("ANY", "ALL", "ASOF", "SEMI", "ANTI", "ONLY")
	switch w {
	case "ANY":
		return ast.StrictnessAny, ok
	case "ALL":
		return ast.StrictnessAll, ok
	case "ASOF":
		return ast.StrictnessAsof, ok
	case "SEMI":
		return ast.StrictnessSemi, ok
	default:
		return ast.StrictnessAnti, ok
	}
}

func (p *parser) joinKind() (ast.JoinKind, bool) {
	w, ok := p.oneOf("INNER", "LEFT", "RIGHT", "FULL", "CROSS", "PASTE")
	switch w {
	case "LEFT", "RIGHT", "FULL":
		p.word("OUTER")
	}
	switch w {
	case "LEFT":
		return ast.JoinLeft, ok
	case "RIGHT":
		return ast.JoinRight, ok
	case "FULL":
		return ast.JoinFull, ok
	case "CROSS":
		return ast.JoinCross, ok
	case "PASTE":
		return ast.JoinPaste, ok
	default:
		return ast.JoinInner, ok
	}
}

func (p *parser) joinCondition(n *ast.Join) {
	switch {
	case p.word("ON"):
		n.On = p.expr()
	case p.word("USING"):
		if p.accept(tOpen) {
			p.commaList(func() { n.Using = append(n.Using, p.expr()) })
			p.expect(tClose)
			return
		}
		p.commaList(func() { n.Using = append(n.Using, p.expr()) })
	default:
		p.fail("ON", "USING")
	}
}
