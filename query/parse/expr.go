package parse

import (
	"strings"

	"github.com/freshetdb/freshet/query/ast"
)

// lowest is a precedence below every operator's.
const lowest = 0

// Precedences that are not an Op's: what binds tighter than these belongs to the operand.
const (
	precTernary = 2
	precBetween = 7
	precIs      = 8
	precPostfix = 14
)

// expr reads an expression, with "AS alias" if it follows.
func (p *parser) expr() ast.Expr { return p.aliased(false) }

// aliased reads an expression with an optional alias; bare says that AS may be left out.
func (p *parser) aliased(bare bool) ast.Expr {
	from, outer := p.i, p.height
	p.height = 0
	e := p.plain()
	name, ok := p.alias(bare)
	if ok {
		p.height = p.grow(p.height, 0)
	}
	p.height = max(outer, p.height)
	if !ok {
		return e
	}
	return &ast.Alias{Base: ast.Base{Span: p.span(from)}, Expr: e, Name: name}
}

// aliasedUntil is aliased(true) before a keyword that could be taken for the alias.
func (p *parser) aliasedUntil(keyword string) ast.Expr {
	from := p.i
	e := p.expr()
	if !p.isIdent() || p.isWords(keyword) {
		return e
	}
	name := p.ident()
	return &ast.Alias{Base: ast.Base{Span: p.span(from)}, Expr: e, Name: name}
}

// alias reads "AS name", or a bare name that could not be the next clause.
func (p *parser) alias(bare bool) (string, bool) {
	if p.word("AS") {
		return p.ident(), true
	}
	t := p.tok()
	if bare && (t.kind == tQuoted || t.kind == tWord && !endsExpression(t.str)) &&
		(!p.isWordAt(0, "COMMENT") || p.ahead(1).kind != tString) {
		return p.ident(), true
	}
	return "", false
}

// endsExpression says whether a word behind an expression begins something else than an alias.
func endsExpression(w string) bool {
	switch strings.ToUpper(w) {
	case "ALL", "ANTI", "ANY", "APPLY", "ARRAY", "AS", "ASC", "ASCENDING", "ASOF", "BETWEEN", "BY", "COLLATE", "CROSS", "DESC", "DESCENDING", "ELSE", "END",
		"EXCEPT", "FETCH", "FINAL", "FORMAT", "FROM", "FULL", "GLOBAL", "GROUP", "HAVING", "ILIKE", "INNER", "INTERSECT", "INTO",
		"IS", "JOIN", "LEFT", "LIKE", "LIMIT", "LOCAL", "NATURAL", "NOT", "NULLS", "OFFSET", "ON", "ONLY", "ORDER", "PARALLEL", "PASTE",
		"PREWHERE", "QUALIFY", "REPLACE", "RIGHT", "SAMPLE", "SELECT", "SEMI", "SETTINGS", "STREAM", "THEN", "UNION", "USING", "WHEN",
		"WHERE", "WINDOW", "WITH":
		return true
	}
	return false
}

// plain reads an expression without an alias.
func (p *parser) plain() ast.Expr {
	from := p.i
	if params, ok := p.lambdaHead(); ok {
		return p.lambda(from, params)
	}
	return p.prec(lowest)
}

// prec reads operands and the operators between them that bind at least as tight as least.
func (p *parser) prec(least int) ast.Expr {
	p.enter()
	outer := p.height
	p.height = 0
	from := p.i
	e := p.unary()
	p.height = p.grow(p.height, 0)
	e = p.operators(from, e, least)
	p.height = max(outer, p.height)
	p.leave()
	return e
}

// operand reads the right side of an operator and adds its height to the left side's.
func (p *parser) operand(least int) ast.Expr {
	left := p.height
	p.height = 0
	e := p.prec(least)
	p.height = p.grow(left, p.height)
	return e
}

// unary reads NOT x, -x, +x or a primary.
func (p *parser) unary() ast.Expr {
	from := p.i
	p.count()
	switch t := p.tok(); t.kind {
	case tMinus, tPlus:
		p.advance()
		if p.is(tNumber) {
			return p.number(t.kind == tMinus)
		}
		if l := p.wordLiteral(t.kind == tMinus); l != nil {
			return l
		}
		e := p.prec(ast.OpNegate.Precedence())
		if t.kind == tPlus {
			return e
		}
		return &ast.Unary{Base: ast.Base{Span: p.span(from)}, Op: ast.OpNegate, Expr: e}
	case tWord:
		if p.isWordAt(0, "NOT") && p.startsOperand(1) {
			p.advance()
			e := p.prec(ast.OpNot.Precedence())
			return &ast.Unary{Base: ast.Base{Span: p.span(from)}, Op: ast.OpNot, Expr: e}
		}
	default:
	}
	return p.primary()
}

// startsOperand says whether the token n ahead can begin an operand; it tells NOT x from a column
// named not.
func (p *parser) startsOperand(n int) bool {
	switch p.ahead(n).kind {
	case tWord, tQuoted, tNumber, tString, tOpen, tOpenSq, tOpenCur, tMinus, tPlus, tAsterisk, tDoubleAt:
		return true
	default:
		return false
	}
}

// operators folds what follows e while it binds at least as tight as least.
func (p *parser) operators(from int, e ast.Expr, least int) ast.Expr {
	for {
		below := p.height
		next := p.postfix(from, e)
		if next == nil {
			next = p.binary(from, e, least)
		}
		if next == nil {
			next = p.predicate(from, e, least)
		}
		if next == nil {
			return e
		}
		if p.height == below {
			p.height = p.grow(below, 0)
		}
		p.count()
		e = next
	}
}

// symbolOp returns the operator that a token of punctuation stands for.
func symbolOp(k kind) ast.Op {
	switch k {
	case tPlus:
		return ast.OpPlus
	case tMinus:
		return ast.OpMinus
	case tAsterisk:
		return ast.OpMultiply
	case tSlash:
		return ast.OpDivide
	case tPercent:
		return ast.OpModulo
	case tEq:
		return ast.OpEquals
	case tNotEq:
		return ast.OpNotEquals
	case tLess:
		return ast.OpLess
	case tLessEq:
		return ast.OpLessOrEquals
	case tGreater:
		return ast.OpGreater
	case tGreaterEq:
		return ast.OpGreaterOrEquals
	case tSpaceship:
		return ast.OpIsNotDistinctFrom
	case tConcat:
		return ast.OpConcat
	default:
		return ast.OpNone
	}
}

// wordOp returns the operator of keywords that come next and how many they are.
func (p *parser) wordOp() (op ast.Op, words int) {
	if p.tok().kind != tWord {
		return ast.OpNone, 0
	}
	switch strings.ToUpper(p.tok().str) {
	case "AND":
		return ast.OpAnd, 1
	case "OR":
		return ast.OpOr, 1
	case "DIV":
		return ast.OpIntDiv, 1
	case "MOD":
		return ast.OpModulo, 1
	case "LIKE":
		return ast.OpLike, 1
	case "ILIKE":
		return ast.OpILike, 1
	case "REGEXP":
		return ast.OpRegexp, 1
	case "NOT":
		if p.isWordAt(1, "LIKE") {
			return ast.OpNotLike, 2
		}
		if p.isWordAt(1, "ILIKE") {
			return ast.OpNotILike, 2
		}
	case "IS":
		if p.isWords("IS", "DISTINCT", "FROM") {
			return ast.OpIsDistinctFrom, 3
		}
		if p.isWords("IS", "NOT", "DISTINCT", "FROM") {
			return ast.OpIsNotDistinctFrom, 4
		}
	}
	return ast.OpNone, 0
}

// binary folds an operator with two operands; nil if none comes next.
func (p *parser) binary(from int, left ast.Expr, least int) ast.Expr {
	op, words := symbolOp(p.tok().kind), 1
	if op == ast.OpNone {
		op, words = p.wordOp()
	}
	if op == ast.OpNone {
		p.want.add(p.i, "operator")
		return nil
	}
	prec := op.Precedence()
	if words > 2 {
		prec = precIs // IS DISTINCT FROM binds weaker than <=>.
	}
	if prec < least {
		return nil
	}
	p.i += words
	if isComparison(op) {
		if q := p.quantified(from, left, op); q != nil {
			return q
		}
	}
	switch op {
	case ast.OpAnd, ast.OpOr, ast.OpConcat:
		return p.chain(from, left, op)
	default:
	}
	right := p.operand(prec + 1)
	b := &ast.Binary{Op: op, Left: left, Right: right}
	if (op == ast.OpLike || op == ast.OpNotLike || op == ast.OpILike || op == ast.OpNotILike) && p.word("ESCAPE") {
		b.Escape = p.operand(op.Precedence() + 1)
	}
	b.Span = p.span(from)
	return b
}

// chain reads the further operands of AND, OR or ||.
func (p *parser) chain(from int, left ast.Expr, op ast.Op) ast.Expr {
	c := &ast.Chain{Op: op, Args: []ast.Expr{left}}
	h := p.height
	for {
		p.height = 0
		c.Args = append(c.Args, p.prec(op.Precedence()+1))
		h = max(h, p.height)
		if op == ast.OpConcat && p.is(tConcat) || op != ast.OpConcat && p.isWords(op.String()) {
			p.advance()
			continue
		}
		p.height = p.grow(h, 0)
		c.Span = p.span(from)
		return c
	}
}

func isComparison(op ast.Op) bool {
	switch op {
	case ast.OpEquals, ast.OpNotEquals, ast.OpLess, ast.OpLessOrEquals, ast.OpGreater, ast.OpGreaterOrEquals:
		return true
	default:
		return false
	}
}

// quantified reads ANY|SOME|ALL (SELECT ...) behind a comparison; nil if that is not what follows.
func (p *parser) quantified(from int, left ast.Expr, op ast.Op) ast.Expr {
	w, ok := p.isOneOf("ANY", "SOME", "ALL")
	if !ok || p.ahead(1).kind != tOpen || !p.startsQuery(2) {
		return nil
	}
	p.advance()
	open := p.i
	p.expect(tOpen)
	query := p.query()
	p.expect(tClose)
	sub := &ast.Subquery{Base: ast.Base{Span: p.span(open)}, Query: query}
	base := ast.Base{Span: p.span(from)}
	switch {
	case op == ast.OpEquals && w != "ALL":
		return &ast.In{Base: base, Expr: left, Right: sub}
	case op == ast.OpNotEquals && w == "ALL":
		return &ast.In{Base: base, Expr: left, Right: sub, Not: true}
	}
	return &ast.Quantified{Base: base, Op: op, Expr: left, All: w == "ALL", Query: query}
}

// predicate folds IS NULL, IN, BETWEEN or ? : behind an expression; nil if none comes next.
func (p *parser) predicate(from int, left ast.Expr, least int) ast.Expr {
	switch {
	case p.is(tQuestion) && least <= precTernary:
		return p.ternary(from, left)
	case least <= precIs && p.isWordAt(0, "IS"):
		return p.isPredicate(from, left)
	case least <= precBetween && p.word("BETWEEN"):
		return p.between(from, left, false)
	case least <= precBetween && p.word("NOT", "BETWEEN"):
		return p.between(from, left, true)
	case least > ast.OpEquals.Precedence():
		return nil
	case p.isWordAt(0, "IN") && p.isWordAt(1, "PARTITION") && p.startsOperand(2):
		return nil // UPDATE ... IN PARTITION x.
	case p.word("IN"):
		return p.in(from, &ast.In{Expr: left})
	case p.word("NOT", "IN"):
		return p.in(from, &ast.In{Expr: left, Not: true})
	case p.word("GLOBAL", "IN"):
		return p.in(from, &ast.In{Expr: left, Global: true})
	case p.word("GLOBAL", "NOT", "IN"):
		return p.in(from, &ast.In{Expr: left, Global: true, Not: true})
	}
	return nil
}

func (p *parser) ternary(from int, cond ast.Expr) ast.Expr {
	p.expect(tQuestion)
	then := p.operand(precTernary)
	p.expect(tColon)
	other := p.operand(precTernary)
	call := ast.NewCall("if", cond, then, other)
	call.Span = p.span(from)
	return call
}

// isPredicate reads IS [NOT] NULL | TRUE | FALSE | UNKNOWN.
//
// IS TRUE means a comparison that a NULL does not make NULL.
func (p *parser) isPredicate(from int, left ast.Expr) ast.Expr {
	i := p.i
	p.expectWord("IS")
	not := p.word("NOT")
	if p.word("NULL") {
		return &ast.IsNull{Base: ast.Base{Span: p.span(from)}, Expr: left, Not: not}
	}
	if p.word("UNKNOWN") {
		return &ast.IsNull{Base: ast.Base{Span: p.span(from)}, Expr: left, Not: not}
	}
	if w, ok := p.isOneOf("TRUE", "FALSE"); ok {
		lit := p.wordLiteral(false)
		lit.Bool = w == "TRUE"
		op := ast.OpIsNotDistinctFrom
		if not {
			op = ast.OpIsDistinctFrom
		}
		return &ast.Binary{Base: ast.Base{Span: p.span(from)}, Op: op, Left: left, Right: lit}
	}
	p.i = i
	return nil
}

func (p *parser) between(from int, left ast.Expr, not bool) ast.Expr {
	low := p.operand(precIs)
	p.expectWord("AND")
	high := p.operand(precIs)
	return &ast.Between{Base: ast.Base{Span: p.span(from)}, Expr: left, Low: low, High: high, Not: not}
}

func (p *parser) in(from int, n *ast.In) ast.Expr {
	n.Right = p.operand(ast.OpConcat.Precedence())
	n.Span = p.span(from)
	return n
}

// postfix folds [index], .element or ::Type; nil if none comes next.
func (p *parser) postfix(from int, left ast.Expr) ast.Expr {
	switch p.tok().kind {
	case tOpenSq:
		p.advance()
		h := p.height
		p.height = 0
		index := p.expr()
		p.height = p.grow(h, p.height)
		p.expect(tCloseSq)
		return &ast.Subscript{Base: ast.Base{Span: p.span(from)}, Expr: left, Index: index}
	case tDot:
		if p.ahead(1).kind == tAsterisk {
			return p.tupleStar(from, left)
		}
		return p.element(from, left)
	case tCast:
		return p.castOperator(from, left)
	default:
		return nil
	}
}

// element reads .1, .-1 or .name.
func (p *parser) element(from int, left ast.Expr) ast.Expr {
	n := &ast.TupleElement{Expr: left}
	p.expect(tDot)
	negative := p.is(tMinus) && p.ahead(1).kind == tNumber
	if negative {
		p.advance()
	}
	if p.is(tNumber) {
		lit := p.number(negative)
		switch {
		case lit.Kind == ast.UintLiteral && lit.Uint > 0 && lit.Uint < 1<<31:
			n.Index = int64(lit.Uint)
		case lit.Kind == ast.IntLiteral:
			n.Index = lit.Int
		default:
			p.i--
			p.fail("tuple element index")
		}
	} else {
		n.Name = p.ident()
	}
	p.height = p.grow(p.height, 0)
	n.Span = p.span(from)
	return n
}

// castOperator reads ::Type. A literal before it is taken by its text.
func (p *parser) castOperator(from int, left ast.Expr) ast.Expr {
	if _, done := left.(*ast.Cast); !done && p.literalTokens(from, p.i) {
		if l, ok := left.(*ast.Literal); !ok || l.Kind != ast.StringLiteral || ast.IsParen(left) {
			s := ast.Span{Start: p.toks[from].start, End: p.toks[p.i-1].end}
			left = &ast.Literal{
				Base: ast.Base{Span: s}, Kind: ast.StringLiteral, Str: p.lex.text[s.Start:s.End],
			}
		}
	}
	p.expect(tCast)
	p.height = p.grow(p.height, 0)
	typ := p.dataType()
	return &ast.Cast{Base: ast.Base{Span: p.span(from)}, Expr: left, Type: typ}
}

// literalTokens says whether the tokens are a number, a string, or arrays and tuples of such.
func (p *parser) literalTokens(from, to int) bool {
	first := p.toks[from].kind
	switch {
	case to-from == 1:
		return first == tNumber || first == tString
	case first == tMinus:
		return to-from == 2 && p.toks[from+1].kind == tNumber
	case first != tOpen && first != tOpenSq:
		return false
	}
	for i := from; i < to; i++ {
		switch p.toks[i].kind {
		case tOpen, tOpenSq, tNumber, tString, tMinus:
			// [1, 2][1] is an element, (1)-(2) a difference.
			if i > from && (p.toks[i-1].kind == tClose || p.toks[i-1].kind == tCloseSq || p.toks[i-1].kind == tNumber) {
				return false
			}
		case tComma, tClose, tCloseSq:
		default:
			return false
		}
	}
	return p.toks[to-1].kind == tClose || p.toks[to-1].kind == tCloseSq
}

// lambdaHead reads "x ->" or "(x, y) ->" if that comes next.
func (p *parser) lambdaHead() ([]string, bool) {
	if p.isIdent() && p.ahead(1).kind == tArrow {
		name := p.ident()
		p.advance()
		return []string{name}, true
	}
	if !p.is(tOpen) {
		return nil, false
	}
	params := []string{}
	for n := 1; ; n += 2 {
		if n == 1 && p.ahead(1).kind == tClose && p.ahead(2).kind == tArrow {
			p.i += 3
			return params, true
		}
		t := p.ahead(n)
		if t.kind != tWord && t.kind != tQuoted {
			return nil, false
		}
		params = append(params, t.str)
		switch p.ahead(n + 1).kind {
		case tComma:
		case tClose:
			if p.ahead(n+2).kind != tArrow {
				return nil, false
			}
			p.i += n + 3
			return params, true
		default:
			return nil, false
		}
	}
}

func (p *parser) lambda(from int, params []string) ast.Expr {
	p.enter()
	outer := p.height
	p.height = 0
	body := p.prec(lowest)
	p.height = max(outer, p.grow(p.height, 0))
	p.leave()
	return &ast.Lambda{Base: ast.Base{Span: p.span(from)}, Params: params, Body: body}
}
