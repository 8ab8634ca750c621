package parse

import (
	"slices"
	"strings"

	"github.com/freshetdb/freshet/query/ast"
)

// startsQuery says whether a query begins n tokens ahead (brackets before it not counted).
func (p *parser) startsQuery(n int) bool {
	t := p.ahead(n)
	if t.kind != tWord {
		return false
	}
	next := p.ahead(n + 1).kind
	switch strings.ToUpper(t.str) {
	case "EXPLAIN":
		return p.startsExplain(n)
	case "SELECT", "FROM", "WITH":
		switch next {
		case tWord, tQuoted, tNumber, tString, tOpen, tOpenSq, tOpenCur, tDoubleAt:
			return true
		case tAsterisk, tMinus, tPlus:
			return p.isWordAt(n, "SELECT")
		default:
			return false
		}
	default:
		return false
	}
}

// opensQuery says whether a query begins n tokens ahead, perhaps behind brackets.
func (p *parser) opensQuery(n int) bool {
	for p.ahead(n).kind == tOpen {
		n++
	}
	return p.startsQuery(n)
}

// startsExplain says whether EXPLAIN n tokens ahead is the statement and not a column's name.
func (p *parser) startsExplain(n int) bool {
	if p.ahead(n+2).kind == tEq {
		return p.ahead(n+1).kind == tWord
	}
	for _, w := range []string{
		"SELECT", "WITH", "PLAN", "AST", "SYNTAX", "QUERY", "PIPELINE", "ESTIMATE", "TABLE", "CURRENT", "INSERT",
		"CREATE", "ANALYZE",
	} {
		if p.isWordAt(n+1, w) {
			return true
		}
	}
	return p.ahead(n+1).kind == tOpen && p.startsQuery(n+2)
}

// query reads a query with its set operators.
func (p *parser) query() ast.Query {
	p.enter()
	from := p.i
	outer := p.height
	p.height = 0
	q := p.setTail(from, p.queryTerm())
	p.height = max(outer, p.grow(p.height, 0))
	p.leave()
	return q
}

// queryTerm reads one SELECT, EXPLAIN, or a query in brackets.
func (p *parser) queryTerm() ast.Query {
	if p.isWords("EXPLAIN") {
		return p.explain()
	}
	if p.accept(tOpen) {
		q := p.query()
		p.expect(tClose)
		if set, ok := q.(*ast.SetQuery); ok {
			set.Paren = true
		}
		return q
	}
	return p.selectQuery()
}

func (p *parser) startsSetOp() bool {
	_, ok := p.isOneOf("UNION", "INTERSECT", "EXCEPT")
	return ok
}

// setTail reads UNION, EXCEPT and INTERSECT behind a query. INTERSECT binds tighter.
func (p *parser) setTail(from int, q ast.Query) ast.Query {
	q = p.intersectTail(from, q)
	var last *ast.SetQuery
	for {
		op := ast.Union
		switch {
		case p.word("UNION"):
		case p.word("EXCEPT"):
			op = ast.Except
		default:
			return q
		}
		quantifier := p.quantifier()
		start := p.i
		right := p.intersectTail(start, p.queryTerm())
		q = p.joinSet(from, last, &ast.SetQuery{Op: op, Quantifier: quantifier, Inputs: []ast.Query{q, right}})
		last, _ = q.(*ast.SetQuery)
	}
}

func (p *parser) intersectTail(from int, q ast.Query) ast.Query {
	var last *ast.SetQuery
	for p.word("INTERSECT") {
		quantifier := p.quantifier()
		right := p.queryTerm()
		q = p.joinSet(from, last, &ast.SetQuery{
			Op: ast.Intersect, Quantifier: quantifier, Inputs: []ast.Query{q, right},
		})
		last, _ = q.(*ast.SetQuery)
	}
	return q
}

// joinSet appends the new operator's right side to the node that the same loop made before it, or
// makes a new node above it.
func (p *parser) joinSet(from int, last, n *ast.SetQuery) ast.Query {
	if last != nil && last.Op == n.Op && last.Quantifier == n.Quantifier {
		last.Inputs = append(last.Inputs, n.Inputs[1])
		last.Span = p.span(from)
		return last
	}
	p.height = p.grow(p.height, 0)
	n.Span = p.span(from)
	return n
}

func (p *parser) quantifier() ast.Quantifier {
	switch {
	case p.word("ALL"):
		return ast.QuantifierAll
	case p.word("DISTINCT"):
		return ast.QuantifierDistinct
	default:
		return ast.QuantifierNone
	}
}

// selectQuery reads one SELECT, which may begin with WITH or FROM.
func (p *parser) selectQuery() ast.Query {
	from := p.i
	p.count()
	s := &ast.Select{}
	if p.isWords("WITH") {
		s.With = p.with()
	}
	if p.word("FROM") {
		s.From = p.from()
		p.expectWord("SELECT")
		p.selectList(s)
	} else {
		p.expectWord("SELECT")
		p.selectList(s)
		if p.word("FROM") {
			s.From = p.from()
		}
	}
	p.filters(s)
	p.ordering(s)
	p.checkTies(s)
	if p.word("SETTINGS") {
		s.Settings = p.settings()
	}
	s.Span = p.span(from)
	return s
}

// checkTies refuses what has no meaning without an order.
func (p *parser) checkTies(s *ast.Select) {
	if s.OrderBy == nil && s.Limit != nil && s.Limit.WithTies {
		p.refuse(CodeWithTiesWithoutOrderBy, "Can not use WITH TIES without ORDER BY")
	}
}

// selectList reads DISTINCT, TOP and the columns.
func (p *parser) selectList(s *ast.Select) {
	if p.isWords("ALL") && p.startsOperand(1) {
		p.advance()
	}
	if p.isWords("DISTINCT", "ON") && p.ahead(2).kind == tOpen {
		from := p.i
		p.i += 2
		p.expect(tOpen)
		by := &ast.LimitBy{Count: ast.NewUint(1)}
		p.commaList(func() { by.Keys = append(by.Keys, p.expr()) })
		p.expect(tClose)
		by.Span = p.span(from)
		s.LimitBy = by
	} else if p.isWords("DISTINCT") && p.ahead(1).kind != tComma && p.ahead(1).kind != tEOF {
		p.advance()
		s.Distinct = true
	}
	if p.isWords("TOP") && (p.ahead(1).kind == tNumber || p.ahead(1).kind == tOpen) {
		p.top(s)
	}
	p.commaList(func() {
		if p.endsList() {
			if len(s.List) == 0 {
				p.fail("not empty list of expressions")
			}
			return // A comma behind the last column.
		}
		s.List = append(s.List, p.aliased(true))
	})
}

// endsList says whether a comma was the last thing of the column list.
func (p *parser) endsList() bool {
	switch p.tok().kind {
	case tEOF, tClose, tSemicolon:
		return true
	case tWord:
	default:
		return false
	}
	if !p.isWordAt(0, "FROM") {
		return false
	}
	k := p.ahead(1).kind
	for _, w := range []string{"FROM", "IN", "AS", "AND", "OR", "IS", "LIKE", "ILIKE", "NOT", "BETWEEN", "GLOBAL", "DIV", "MOD"} {
		if p.isWordAt(1, w) {
			return false // A column named from.
		}
	}
	return k == tWord || k == tQuoted || k == tOpen || k == tOpenCur
}

func (p *parser) top(s *ast.Select) {
	from := p.i
	p.expectWord("TOP")
	n := &ast.Limit{}
	if p.accept(tOpen) {
		n.Count = p.number(false)
		p.expect(tClose)
	} else {
		n.Count = p.number(false)
	}
	n.WithTies = p.word("WITH", "TIES")
	n.Span = p.span(from)
	s.Limit = n
}

// filters reads the clauses from PREWHERE to QUALIFY.
func (p *parser) filters(s *ast.Select) {
	if p.word("PREWHERE") {
		s.Prewhere = p.expr()
	}
	if p.word("WHERE") {
		s.Where = p.expr()
	}
	from := p.i
	if p.word("GROUP", "BY") {
		s.GroupBy = p.groupBy(from)
	}
	p.groupModifiers(s)
	if p.word("HAVING") {
		s.Having = p.expr()
	}
	if p.word("WINDOW") {
		p.commaList(func() {
			start := p.i
			w := &ast.NamedWindow{Name: p.ident()}
			p.expectWord("AS")
			w.Window = p.window()
			w.Span = p.span(start)
			s.Windows = append(s.Windows, w)
		})
	}
	if p.word("QUALIFY") {
		s.Qualify = p.expr()
	}
}

func (p *parser) groupBy(from int) *ast.GroupBy {
	g := &ast.GroupBy{}
	switch {
	case p.word("GROUPING", "SETS"):
		g.Kind = ast.GroupSets
		p.expect(tOpen)
		p.commaList(func() { g.Sets = append(g.Sets, p.groupingSet()) })
		p.expect(tClose)
	case p.isWords("ROLLUP") && p.ahead(1).kind == tOpen:
		g.Kind = ast.GroupRollup
		p.advance()
		g.Keys = p.groupingSet()
	case p.isWords("CUBE") && p.ahead(1).kind == tOpen:
		g.Kind = ast.GroupCube
		p.advance()
		g.Keys = p.groupingSet()
	case p.isWords("ALL") && !p.startsOperator(1):
		p.advance()
		g.All = true
	default:
		p.commaList(func() { g.Keys = append(g.Keys, p.expr()) })
	}
	g.Span = p.span(from)
	return g
}

// startsOperator says whether the token n ahead continues an expression.
func (p *parser) startsOperator(n int) bool {
	k := p.ahead(n).kind
	return symbolOp(k) != ast.OpNone || k == tComma || k == tDot || k == tOpen || k == tOpenSq
}

// groupingSet reads (a, b) or one expression.
func (p *parser) groupingSet() []ast.Expr {
	if !p.accept(tOpen) {
		return []ast.Expr{p.expr()}
	}
	var set []ast.Expr
	if !p.is(tClose) {
		p.commaList(func() { set = append(set, p.expr()) })
	}
	p.expect(tClose)
	return set
}

// groupModifiers reads WITH ROLLUP, WITH CUBE and WITH TOTALS.
func (p *parser) groupModifiers(s *ast.Select) {
	from := p.i
	for {
		kind := ast.GroupPlain
		totals := false
		switch {
		case p.word("WITH", "ROLLUP"):
			kind = ast.GroupRollup
		case p.word("WITH", "CUBE"):
			kind = ast.GroupCube
		case p.word("WITH", "TOTALS"):
			totals = true
		default:
			return
		}
		if s.GroupBy == nil {
			s.GroupBy = &ast.GroupBy{Span: p.span(from)}
		}
		g := s.GroupBy
		if totals && g.Totals || !totals && (g.Kind != ast.GroupPlain || g.Totals) {
			p.fail("one grouping modifier")
		}
		g.Totals = g.Totals || totals
		if kind != ast.GroupPlain {
			g.Kind = kind
		}
	}
}

// ordering reads ORDER BY, LIMIT BY, LIMIT, OFFSET and FETCH.
func (p *parser) ordering(s *ast.Select) {
	from := p.i
	if p.word("ORDER", "BY") {
		s.OrderBy = p.orderBy(from)
	}
	for p.isWords("LIMIT") {
		p.limit(s)
	}
	from = p.i
	if p.word("OFFSET") {
		if s.Limit == nil {
			s.Limit = &ast.Limit{}
		}
		if s.Limit.Offset != nil {
			p.fail("one OFFSET")
		}
		s.Limit.Offset = p.expr()
		if p.fetch(s.Limit) && s.OrderBy == nil {
			p.refuse(CodeFetchWithoutOrderBy, "Can not use OFFSET FETCH clause without ORDER BY")
		}
		s.Limit.Span = p.span(from)
	} else if p.isWords("FETCH") && s.OrderBy != nil {
		s.Limit = &ast.Limit{}
		p.fetch(s.Limit)
		s.Limit.Span = p.span(from)
	}
}

// limit reads LIMIT n [, m] [OFFSET k] [WITH TIES], or LIMIT ... BY keys.
func (p *parser) limit(s *ast.Select) {
	from := p.i
	p.expectWord("LIMIT")
	count, offset := p.expr(), ast.Expr(nil)
	switch {
	case p.accept(tComma):
		count, offset = p.expr(), count
	case p.word("OFFSET"):
		offset = p.expr()
	}
	if p.word("BY") {
		if s.LimitBy != nil || s.Limit != nil {
			p.failf("DISTINCT ON or LIMIT BY after another LIMIT BY or LIMIT")
		}
		by := &ast.LimitBy{Count: count, Offset: offset}
		if p.isWords("ALL") && !p.startsOperator(1) {
			p.advance()
			by.All = true
		} else {
			p.commaList(func() { by.Keys = append(by.Keys, p.expr()) })
		}
		by.Span = p.span(from)
		s.LimitBy = by
		return
	}
	if s.Limit != nil {
		p.fail("one LIMIT")
	}
	s.Limit = &ast.Limit{Count: count, Offset: offset, WithTies: p.word("WITH", "TIES")}
	s.Limit.Span = p.span(from)
}

// fetch reads [ROW|ROWS] [FETCH FIRST|NEXT n ROW|ROWS ONLY|WITH TIES]; it says whether FETCH was there.
func (p *parser) fetch(n *ast.Limit) bool {
	p.oneOf("ROWS", "ROW")
	if !p.word("FETCH") {
		return false
	}
	if _, ok := p.oneOf("FIRST", "NEXT"); !ok || n.Count != nil {
		p.fail("FIRST", "NEXT")
	}
	n.Count = p.expr()
	p.oneOf("ROWS", "ROW")
	if p.word("WITH", "TIES") {
		n.WithTies = true
	} else {
		p.expectWord("ONLY")
	}
	return true
}

func (p *parser) orderBy(from int) *ast.OrderBy {
	o := &ast.OrderBy{}
	if p.isWords("ALL") && !p.startsOperator(1) {
		start := p.i
		p.advance()
		o.All = true
		item := &ast.OrderItem{}
		p.orderModifiers(item)
		item.Span = p.span(start)
		o.Items = []*ast.OrderItem{item}
	} else {
		p.commaList(func() { o.Items = append(o.Items, p.orderItem()) })
	}
	hasFill := slices.ContainsFunc(o.Items, func(i *ast.OrderItem) bool { return i.Fill != nil })
	if hasFill && p.word("INTERPOLATE") {
		o.HasInterpolate = true
		p.interpolate(o)
	}
	o.Span = p.span(from)
	return o
}

func (p *parser) interpolate(o *ast.OrderBy) {
	if !p.accept(tOpen) {
		return
	}
	if !p.is(tClose) {
		p.commaList(func() {
			from := p.i
			item := &ast.InterpolateItem{Column: p.ident()}
			for p.accept(tDot) {
				item.Column += "." + p.ident()
			}
			if p.word("AS") {
				item.Expr = p.expr()
			}
			item.Span = p.span(from)
			o.Interpolate = append(o.Interpolate, item)
		})
	}
	p.expect(tClose)
}

func (p *parser) orderItem() *ast.OrderItem {
	from := p.i
	item := &ast.OrderItem{Expr: p.expr()}
	p.orderModifiers(item)
	item.Span = p.span(from)
	return item
}

// orderModifiers reads ASC|DESC, NULLS, COLLATE and WITH FILL.
func (p *parser) orderModifiers(item *ast.OrderItem) {
	if _, ok := p.oneOf("DESC", "DESCENDING"); ok {
		item.Desc = true
	} else {
		p.oneOf("ASC", "ASCENDING")
	}
	if p.word("NULLS") {
		switch {
		case p.word("FIRST"):
			item.Nulls = ast.NullsFirst
		case p.word("LAST"):
			item.Nulls = ast.NullsLast
		default:
			p.fail()
		}
	}
	if p.word("COLLATE") {
		item.Collate = p.str()
	}
	from := p.i
	if p.word("WITH", "FILL") {
		f := &ast.Fill{}
		for _, c := range []struct {
			word string
			into *ast.Expr
		}{{"FROM", &f.From}, {"TO", &f.To}, {"STEP", &f.Step}, {"STALENESS", &f.Staleness}} {
			if p.word(c.word) {
				*c.into = p.expr()
			}
		}
		f.Span = p.span(from)
		item.Fill = f
	}
}

// with reads WITH [RECURSIVE] and its items.
func (p *parser) with() *ast.With {
	from := p.i
	p.expectWord("WITH")
	w := &ast.With{}
	if p.isWords("RECURSIVE") && p.ahead(1).kind != tComma {
		p.advance()
		w.Recursive = true
	}
	p.commaList(func() {
		if len(w.Items) > 0 && p.isWords("SELECT") {
			return // A comma behind the last item.
		}
		w.Items = append(w.Items, p.withItem())
	})
	w.Span = p.span(from)
	return w
}

// withItem reads "name [(columns)] AS (query)" or "expression [AS] name".
func (p *parser) withItem() *ast.WithItem {
	from := p.i
	item := &ast.WithItem{}
	if p.isIdent() && p.tryOnce(tryCommonTable, func() { p.commonTable(item) }) {
		item.Span = p.span(from)
		return item
	}
	*item = ast.WithItem{}
	e := p.aliased(true)
	if a, ok := e.(*ast.Alias); ok && !ast.IsParen(a) {
		item.Expr, item.Name = a.Expr, a.Name
	} else {
		item.Expr = e
	}
	item.Span = p.span(from)
	return item
}

func (p *parser) commonTable(item *ast.WithItem) {
	item.Name = p.ident()
	if p.is(tOpen) {
		item.Columns = p.parenIdents()
	}
	p.expectWord("AS")
	if p.isWords("MATERIALIZED") && p.ahead(1).kind == tOpen {
		p.advance()
		item.Materialized = true
	}
	p.expect(tOpen)
	item.Query = p.query()
	p.expect(tClose)
}

// settings reads name = value, ....
func (p *parser) settings() []*ast.Setting {
	var out []*ast.Setting
	p.commaList(func() { out = append(out, p.setting()) })
	return out
}

func (p *parser) setting() *ast.Setting {
	from := p.i
	s := &ast.Setting{Name: p.ident()}
	for p.accept(tDot) {
		s.Name += "." + p.ident()
	}
	if !p.accept(tEq) {
		// A flag by its name alone is on.
		s.Value = &ast.Literal{Kind: ast.BoolLiteral, Bool: true}
		s.Span = p.span(from)
		return s
	}
	if p.word("DEFAULT") {
		s.IsDefault = true
	} else {
		s.Value = p.settingValue()
	}
	s.Span = p.span(from)
	return s
}

// settingValue reads a constant, a map of constants, a name or a call such as disk(...).
func (p *parser) settingValue() ast.Expr {
	switch p.tok().kind {
	case tOpenCur:
		if k := p.ahead(1).kind; k == tWord || k == tQuoted {
			return p.param()
		}
		return p.mapLiteral()
	case tWord, tQuoted:
		if l := p.wordLiteral(false); l != nil {
			return l
		}
		return p.name()
	case tOpenSq:
		return p.array()
	case tOpen:
		return p.paren()
	default:
		return p.literal()
	}
}

func (p *parser) mapLiteral() ast.Expr {
	from := p.i
	p.enter()
	p.expect(tOpenCur)
	n := &ast.MapLiteral{}
	for !p.is(tCloseCur) {
		n.Keys = append(n.Keys, p.literal())
		p.expect(tColon)
		n.Values = append(n.Values, p.settingValue())
		if !p.accept(tComma) {
			break
		}
	}
	p.expect(tCloseCur)
	p.leave()
	n.Span = p.span(from)
	return n
}
