package parse

import (
	"strings"

	"github.com/freshetdb/freshet/query/ast"
)

// call reads the brackets behind a function's name and what may follow them.
func (p *parser) call(name string) ast.Expr {
	from := p.i - 1
	n := &ast.FuncCall{Name: name}
	p.arguments(n)
	if p.is(tOpen) && !n.Distinct {
		// What we read were the parameters of a parametric function.
		n.Params, n.HasParams, n.Args = n.Args, true, nil
		p.arguments(n)
	}
	p.callTail(n)
	n.Span = p.span(from)
	return n
}

// arguments reads (a, b), (DISTINCT a) or (a, SETTINGS x = 1).
func (p *parser) arguments(n *ast.FuncCall) {
	p.expect(tOpen)
	if isViewFunction(n.Name) && p.opensQuery(0) && p.tryOnce(tryView, func() { p.viewArguments(n) }) {
		return
	}
	if p.isWords("DISTINCT") && p.startsOperand(1) {
		p.advance()
		n.Distinct = true
	} else if p.isWords("ALL") && p.startsOperand(1) && p.ahead(1).kind != tOpen {
		p.advance()
	}
	bare := takesBareAlias(n.Name)
	for !p.is(tClose) {
		if p.isWords("SETTINGS") && (p.ahead(1).kind == tWord || p.ahead(1).kind == tQuoted) && p.ahead(2).kind == tEq {
			p.advance()
			n.Settings = p.settings()
			break
		}
		n.Args = append(n.Args, p.aliased(bare))
		if !p.is(tClose) {
			p.expect(tComma)
			if p.is(tClose) {
				p.fail("expression")
			}
		}
	}
	p.expect(tClose)
}

// takesBareAlias names the functions of SQL's own syntax, whose arguments may have an alias without AS.
func takesBareAlias(name string) bool {
	switch strings.ToLower(name) {
	case "cast", "extract", "substring", "position", "trimboth", "trimleft", "trimright", "datediff", "dateadd", "datesub":
		return true
	default:
		return false
	}
}

// isViewFunction names the functions whose argument is a bare query.
func isViewFunction(name string) bool {
	return strings.EqualFold(name, "view") || strings.EqualFold(name, "viewIfPermitted")
}

// viewArguments reads SELECT ... [ELSE table function] and the closing bracket.
func (p *parser) viewArguments(n *ast.FuncCall) {
	from := p.i
	q := p.query()
	args := []ast.Expr{&ast.Subquery{Base: ast.Base{Span: p.span(from)}, Query: q}}
	if p.word("ELSE") {
		args = append(args, p.expr())
	}
	p.expect(tClose)
	n.Args = args
}

// callTail reads FILTER, IGNORE NULLS, RESPECT NULLS and OVER.
func (p *parser) callTail(n *ast.FuncCall) {
	for {
		switch {
		case p.word("RESPECT", "NULLS"):
			n.Nulls = ast.NullsRespect
		case p.word("IGNORE", "NULLS"):
			n.Nulls = ast.NullsIgnore
		case p.isWords("FILTER") && p.ahead(1).kind == tOpen && p.isWordAt(2, "WHERE"):
			p.i += 3
			n.Filter = p.expr()
			p.expect(tClose)
		case p.isWords("OVER") && (p.ahead(1).kind == tOpen || p.ahead(1).kind == tWord || p.ahead(1).kind == tQuoted):
			p.advance()
			n.Over = p.window()
			return
		default:
			return
		}
	}
}

// specialCall reads the functions with keywords among their arguments; nil if the word before the
// bracket is not one of them or the arguments are plain.
func (p *parser) specialCall() ast.Expr {
	switch strings.ToUpper(p.tok().str) {
	case "CAST", "TRY_CAST":
		if e := p.attempt(tryCast, p.castCall); e != nil {
			return e
		}
		call := p.call(p.advance().str)
		if c, ok := call.(*ast.FuncCall); ok && len(c.Args) < 2 {
			p.i--
			p.fail("AS", ",")
		}
		return call
	case "EXTRACT":
		if p.ahead(2).kind == tWord && p.isWordAt(3, "FROM") {
			return p.extract()
		}
	case "SUBSTRING":
		if e := p.attempt(trySubstring, p.substring); e != nil {
			return e
		}
		return p.renamed("substring")
	case "OVERLAY":
		return p.attempt(tryOverlay, p.overlay)
	case "TRIM":
		if p.isTrim() {
			return p.trim()
		}
		return p.renamed("trimBoth")
	case "LTRIM":
		return p.renamed("trimLeft")
	case "RTRIM":
		return p.renamed("trimRight")
	case "POSITION":
		if e := p.attempt(tryPosition, p.position); e != nil {
			return e
		}
		return p.renamed("position")
	case "DATE_ADD", "DATEADD", "TIMESTAMP_ADD", "TIMESTAMPADD":
		return p.attempt(tryDateAdd, func() ast.Expr { return p.dateAdd("plus") })
	case "DATE_SUB", "DATESUB", "TIMESTAMP_SUB", "TIMESTAMPSUB":
		return p.attempt(tryDateAdd, func() ast.Expr { return p.dateAdd("minus") })
	case "DATEDIFF", "DATE_DIFF", "TIMESTAMPDIFF", "TIMESTAMP_DIFF":
		if _, ok := p.unitAt(2); ok && p.ahead(3).kind == tComma {
			return p.dateDiff()
		}
	}
	return nil
}

// isTrim says whether TRIM is followed by its keywords and not by arguments of these names.
func (p *parser) isTrim() bool {
	k := p.ahead(3).kind
	return (p.isWordAt(2, "BOTH") || p.isWordAt(2, "LEADING") || p.isWordAt(2, "TRAILING")) &&
		k != tComma && k != tClose && symbolOp(k) == ast.OpNone && k != tDot
}

// renamed reads a plain call under the name ClickHouse keeps for it.
func (p *parser) renamed(name string) ast.Expr {
	p.advance()
	return p.call(name)
}

// castCall reads CAST(x AS T) or CAST(x, 'T'). With anything but a string for the type it is a call.
func (p *parser) castCall() ast.Expr {
	from := p.i
	try := strings.EqualFold(p.advance().str, "TRY_CAST")
	p.expect(tOpen)
	n := &ast.Cast{Expr: p.plain(), Try: try}
	typed := func() {
		t := p.dataType()
		p.expect(tClose)
		n.Type = t
	}
	for !p.word("AS") || !p.try(typed) {
		if !p.isIdent() {
			break
		}
		n.Expr = &ast.Alias{Base: ast.Base{Span: p.span(from + 2)}, Expr: n.Expr, Name: p.ident()}
	}
	if n.Type == nil {
		p.expect(tComma)
		if !p.is(tString) || p.ahead(1).kind != tClose {
			p.fail("type")
		}
		n.Text = p.str()
		p.expect(tClose)
		t, err := Type(n.Text)
		if err != nil {
			p.fail("type")
		}
		n.Type = t
	}
	n.Span = p.span(from)
	return n
}

// extract reads EXTRACT(unit FROM x).
func (p *parser) extract() ast.Expr {
	from := p.i
	p.i += 2
	word := strings.ToUpper(p.ident())
	function, second := "", ast.Expr(nil)
	switch word {
	case "EPOCH":
		function = "toUnixTimestamp"
	case "DOW":
		function, second = "toDayOfWeek", ast.NewUint(2)
	case "ISODOW":
		function = "toDayOfWeek"
	case "DOY":
		function = "toDayOfYear"
	case "ISOYEAR":
		function = "toISOYear"
	case "CENTURY", "DECADE", "MILLENNIUM":
		p.expectWord("FROM")
		arg := p.aliased(true)
		p.expect(tClose)
		return p.yearCount(from, word, arg)
	default:
		unit, ok := intervalUnit(word)
		if !ok {
			p.fail("interval unit")
		}
		function = "to" + unit.String()
		switch unit {
		case ast.Day:
			function = "toDayOfMonth"
		case ast.Week:
			function = "toISOWeek"
		default:
		}
	}
	p.expectWord("FROM")
	arg := p.aliased(true)
	p.expect(tClose)
	if second != nil {
		return p.spanCall(from, function, arg, second)
	}
	return p.spanCall(from, function, arg)
}

// yearCount makes the expression that ClickHouse has for a century, decade or millennium.
func (p *parser) yearCount(from int, word string, arg ast.Expr) ast.Expr {
	year := p.spanCall(from, "__toYearCalendarOnly", arg)
	if word == "DECADE" {
		return p.spanCall(from, "intDiv", year, ast.NewUint(10))
	}
	years := uint64(100)
	if word == "MILLENNIUM" {
		years = 1000
	}
	count := p.spanCall(from, "intDiv", p.spanCall(from, "minus", year, ast.NewUint(1)), ast.NewUint(years))
	return p.spanCall(from, "plus", count, ast.NewUint(1))
}

// substring reads SUBSTRING(s FROM a [FOR b]).
func (p *parser) substring() ast.Expr {
	from := p.i
	p.i += 2
	args := []ast.Expr{p.aliased(true)}
	p.expectWord("FROM")
	args = append(args, p.aliasedUntil("FOR"))
	if p.word("FOR") {
		args = append(args, p.aliased(true))
	}
	p.expect(tClose)
	return p.spanCall(from, "substring", args...)
}

// overlay reads OVERLAY(s PLACING t FROM a [FOR b]).
func (p *parser) overlay() ast.Expr {
	from := p.i
	p.i += 2
	args := []ast.Expr{p.expr()}
	p.expectWord("PLACING")
	args = append(args, p.expr())
	p.expectWord("FROM")
	args = append(args, p.expr())
	if p.word("FOR") {
		args = append(args, p.expr())
	}
	p.expect(tClose)
	return p.spanCall(from, "overlay", args...)
}

// trim reads TRIM([BOTH|LEADING|TRAILING] chars FROM s).
func (p *parser) trim() ast.Expr {
	from := p.i
	p.i += 2
	function := "trimBoth"
	switch w, _ := p.oneOf("BOTH", "LEADING", "TRAILING"); w {
	case "LEADING":
		function = "trimLeft"
	case "TRAILING":
		function = "trimRight"
	case "":
		p.fail("BOTH", "LEADING", "TRAILING")
	}
	if p.word("FROM") {
		s := p.aliased(true)
		p.expect(tClose)
		return p.spanCall(from, function, s)
	}
	chars := p.aliased(true)
	p.expectWord("FROM")
	s := p.aliased(true)
	p.expect(tClose)
	if l, ok := chars.(*ast.Literal); ok && l.Kind == ast.StringLiteral && l.Str == "" {
		return s // There is nothing to trim.
	}
	return p.spanCall(from, function, s, chars)
}

// position reads POSITION(needle IN haystack).
func (p *parser) position() ast.Expr {
	from := p.i
	p.i += 2
	needle := p.prec(ast.OpConcat.Precedence())
	p.expectWord("IN")
	haystack := p.aliased(true)
	p.expect(tClose)
	return p.spanCall(from, "position", haystack, needle)
}

// dateAdd reads DATE_ADD(unit, n, d) and DATE_ADD(d, INTERVAL n unit).
func (p *parser) dateAdd(function string) ast.Expr {
	from := p.i
	p.i += 2
	var when, by ast.Expr
	if unit, ok := p.unitAt(0); ok && p.ahead(1).kind == tComma {
		p.i += 2
		value := p.aliased(true)
		p.expect(tComma)
		when = p.aliased(true)
		by = &ast.Interval{Value: value, Unit: unit}
		ast.SetSpan(by, value.Pos())
	} else {
		when = p.aliased(true)
		p.expect(tComma)
		by = p.aliased(true)
		_, first := when.(*ast.Interval)
		_, second := by.(*ast.Interval)
		if !first && !second {
			p.fail("INTERVAL")
		}
	}
	p.expect(tClose)
	return p.spanCall(from, function, when, by)
}

// dateDiff reads DATE_DIFF(unit, a, b).
func (p *parser) dateDiff() ast.Expr {
	from := p.i
	p.i += 2
	unit, ok := p.unitAt(0)
	if !ok || p.ahead(1).kind != tComma {
		p.fail("interval unit")
	}
	p.i += 2
	args := []ast.Expr{ast.NewString(strings.ToLower(unit.String()))}
	p.commaList(func() { args = append(args, p.aliased(true)) })
	p.expect(tClose)
	return p.spanCall(from, "dateDiff", args...)
}

// window reads what stands behind OVER.
func (p *parser) window() *ast.Window {
	from := p.i
	if !p.is(tOpen) {
		name := p.ident()
		return &ast.Window{Span: p.span(from), Name: name, IsReference: true}
	}
	w := &ast.Window{}
	p.expect(tOpen)
	if p.isIdent() && !p.isWords("PARTITION", "BY") && !p.isWords("ORDER", "BY") && !p.isFrame() {
		w.Name = p.ident()
	}
	if p.word("PARTITION", "BY") {
		p.commaList(func() { w.PartitionBy = append(w.PartitionBy, p.expr()) })
	}
	if p.word("ORDER", "BY") {
		p.commaList(func() { w.OrderBy = append(w.OrderBy, p.orderItem()) })
	}
	if p.isFrame() {
		w.Frame = p.frame()
	}
	p.expect(tClose)
	w.Span = p.span(from)
	return w
}

func (p *parser) isFrame() bool {
	if _, ok := p.isOneOf("ROWS", "RANGE", "GROUPS"); !ok {
		return false
	}
	return p.ahead(1).kind != tClose
}

func (p *parser) frame() *ast.Frame {
	from := p.i
	f := &ast.Frame{}
	switch w, _ := p.oneOf("ROWS", "RANGE", "GROUPS"); w {
	case "ROWS":
		f.Unit = ast.FrameRows
	case "RANGE":
		f.Unit = ast.FrameRange
	default:
		f.Unit = ast.FrameGroups
	}
	if p.word("BETWEEN") {
		f.From = p.bound()
		p.expectWord("AND")
		f.To = p.bound()
	} else {
		f.From = p.bound()
		f.To = &ast.Bound{Span: f.From.Span}
	}
	f.Span = p.span(from)
	return f
}

func (p *parser) bound() *ast.Bound {
	from := p.i
	b := &ast.Bound{}
	switch {
	case p.word("CURRENT", "ROW"):
		b.Span = p.span(from)
		return b
	case p.word("UNBOUNDED"):
		b.Kind = ast.BoundUnbounded
	default:
		b.Kind = ast.BoundOffset
		b.Offset = p.prec(ast.OpAnd.Precedence() + 1)
	}
	if w, ok := p.oneOf("PRECEDING", "FOLLOWING"); !ok {
		p.fail()
	} else {
		b.Following = w == "FOLLOWING"
	}
	b.Span = p.span(from)
	return b
}
