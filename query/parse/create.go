package parse

import (
	"github.com/freshetdb/freshet/query/ast"
)

// create reads CREATE, ATTACH and REPLACE by what they make.
func (p *parser) create() ast.Statement {
	from := p.i
	c := ast.Create{}
	switch w, _ := p.oneOf("CREATE", "ATTACH", "REPLACE"); w {
	case "ATTACH":
		c.Attach = true
	case "REPLACE":
		c.Replace = true
	case "CREATE":
		c.OrReplace = p.word("OR", "REPLACE")
	}
	if _, ok := p.oneOf("TEMPORARY", "TEMP"); ok {
		c.Temporary = true
	}
	switch {
	case p.word("TABLE"):
		return p.createTable(from, c)
	case p.word("VIEW"):
		return p.createView(from, c, ast.PlainView)
	case p.word("MATERIALIZED", "VIEW"):
		return p.createView(from, c, ast.MaterializedView)
	case p.word("WINDOW", "VIEW"):
		return p.createView(from, c, ast.WindowView)
	case p.word("DICTIONARY"):
		return p.createDictionary(from, c)
	case p.word("DATABASE"):
		return p.createDatabase(from, c)
	}
	if !c.Attach && !c.Replace {
		if s := p.createOther(from, c); s != nil {
			return s
		}
	}
	p.fail()
	return nil
}

// createOther reads CREATE of what lives beside tables; nil if it is none of it.
func (p *parser) createOther(from int, c ast.Create) ast.Statement {
	switch {
	case p.word("FUNCTION"):
		return p.createFunction(from, c)
	case p.word("INDEX"):
		return p.createIndex(from, false)
	case p.word("UNIQUE", "INDEX"):
		return p.createIndex(from, true)
	case p.word("NAMED", "COLLECTION"):
		return p.createNamedCollection(from)
	case p.word("WORKLOAD"):
		return p.createWorkload(from, c)
	case p.word("RESOURCE"):
		return p.createResource(from, c)
	default:
		return p.createEntity(from, c)
	}
}

// createHead reads [IF NOT EXISTS] name [UUID 'x'] [ON CLUSTER c].
func (p *parser) createHead(c *ast.Create) {
	c.IfNotExists = p.word("IF", "NOT", "EXISTS")
	c.Name = p.tableName()
	if p.isWords("UUID") && p.ahead(1).kind == tString {
		p.advance()
		c.UUID = p.str()
	}
	c.Cluster = p.cluster()
}

// cluster reads ON CLUSTER name; nil if it is not there.
func (p *parser) cluster() *ast.Cluster {
	from := p.i
	if !p.word("ON", "CLUSTER") {
		return nil
	}
	name := p.identOrString()
	return &ast.Cluster{Span: p.span(from), Name: name}
}

func (p *parser) createTable(from int, c ast.Create) ast.Statement {
	p.createHead(&c)
	n := &ast.CreateTable{Create: c}
	if c.Attach && p.word("FROM") {
		n.FromPath = p.str()
	}
	if p.is(tOpen) && !p.opensQuery(1) {
		n.Columns = p.columnList()
	}
	n.Comment = p.comment("")
	n.Storage = p.storage()
	n.Comment = p.comment(n.Comment)
	p.createSource(n)
	if n.Storage == nil {
		n.Storage = p.storage()
	}
	n.Comment = p.comment(n.Comment)
	n.Span = p.span(from)
	return n
}

// comment reads COMMENT 'x'; it returns the old one if there is none.
func (p *parser) comment(old string) string {
	if p.isWords("COMMENT") && p.ahead(1).kind == tString {
		p.advance()
		return p.str()
	}
	return old
}

// createSource reads AS SELECT, AS table, AS function() and CLONE AS.
func (p *parser) createSource(n *ast.CreateTable) {
	switch {
	case p.word("CLONE", "AS"):
		n.CloneAs = true
		n.AsTable = p.tableName()
		return
	case p.word("EMPTY", "AS"):
		n.Empty = true
		if p.opensQuery(0) {
			n.Query = p.query()
		} else {
			n.AsTable = p.tableName()
		}
		return
	case p.opensQuery(0):
		n.Query = p.query() // AS may be left out.
		return
	case !p.word("AS"):
		return
	}
	if n.Attach && p.attachAs(n) {
		return
	}
	switch {
	case p.opensQuery(0):
		n.Query = p.query()
	case p.isIdent() && p.ahead(1).kind == tOpen:
		n.AsFunction, _ = p.call(p.ident()).(*ast.FuncCall)
	default:
		n.AsTable = p.tableName()
	}
}

// attachAs reads ATTACH TABLE t AS [NOT] REPLICATED.
func (p *parser) attachAs(n *ast.CreateTable) bool {
	switch {
	case p.word("REPLICATED"):
		n.AttachAs = "REPLICATED"
	case p.word("NOT", "REPLICATED"):
		n.AttachAs = "NOT REPLICATED"
	default:
		return false
	}
	return true
}

// storage reads ENGINE and the keys, in any order; nil if there is nothing of it.
func (p *parser) storage() *ast.Storage {
	from := p.i
	n := &ast.Storage{}
	for n.Settings == nil && p.storageClause(n) {
	}
	if p.i == from {
		return nil
	}
	n.Span = p.span(from)
	return n
}

func (p *parser) storageClause(n *ast.Storage) bool {
	switch {
	case n.Engine == nil && p.word("ENGINE"):
		p.accept(tEq)
		n.Engine = p.engine()
	case n.PartitionBy == nil && p.word("PARTITION", "BY"):
		n.PartitionBy = p.plain()
	case n.PrimaryKey == nil && p.word("PRIMARY", "KEY"):
		n.PrimaryKey = p.plain()
	case n.OrderBy == nil && p.word("ORDER", "BY"):
		n.OrderBy = p.sortKeys()
	case n.RouteBy == nil && p.word("ROUTE", "BY"):
		n.RouteBy = p.plain()
	case n.SampleBy == nil && p.word("SAMPLE", "BY"):
		n.SampleBy = p.plain()
	case n.TTL == nil && p.word("TTL"):
		p.commaList(func() { n.TTL = append(n.TTL, p.ttlElement()) })
	case n.Settings == nil && p.word("SETTINGS"):
		n.Settings = p.settings()
	default:
		return false
	}
	return true
}

// engine reads a name with optional arguments.
func (p *parser) engine() *ast.FuncCall {
	from := p.i
	n := &ast.FuncCall{Name: p.ident(), NoParens: true}
	if p.is(tOpen) {
		n.NoParens = false
		p.arguments(n)
	}
	n.Span = p.span(from)
	return n
}

// sortKeys reads the ORDER BY of a table: one key or a tuple, whose keys may be descending.
func (p *parser) sortKeys() ast.Expr {
	from := p.i
	var e ast.Expr
	if p.is(tOpen) && p.tryOnce(trySortTuple, func() { e = p.sortTuple() }) {
		return e
	}
	return p.sortKey(from, p.plain())
}

func (p *parser) sortKey(from int, e ast.Expr) ast.Expr {
	if p.word("DESC") {
		return &ast.SortKey{Base: ast.Base{Span: p.span(from)}, Expr: e, Desc: true}
	}
	p.word("ASC")
	return e
}

// sortTuple reads (a, b DESC); it fails for a tuple that is only part of an expression.
func (p *parser) sortTuple() ast.Expr {
	from := p.i
	p.expect(tOpen)
	n := &ast.Tuple{}
	p.commaList(func() {
		start := p.i
		n.Items = append(n.Items, p.sortKey(start, p.expr()))
	})
	p.expect(tClose)
	if symbolOp(p.tok().kind) != ast.OpNone || p.is(tDot) || p.is(tOpenSq) || p.is(tCast) {
		p.fail()
	}
	n.Span = p.span(from)
	if len(n.Items) == 1 {
		ast.SetParen(n.Items[0], true)
		return n.Items[0]
	}
	return n
}

// ttlElement reads one element of a table's TTL.
func (p *parser) ttlElement() *ast.TTLElement {
	from := p.i
	n := &ast.TTLElement{Expr: p.plain()}
	switch {
	case p.word("DELETE"):
	case p.word("TO", "DISK"):
		n.Action = ast.TTLToDisk
		n.IfExists = p.word("IF", "EXISTS")
		n.Destination = p.str()
	case p.word("TO", "VOLUME"):
		n.Action = ast.TTLToVolume
		n.IfExists = p.word("IF", "EXISTS")
		n.Destination = p.str()
	case p.word("GROUP", "BY"):
		n.Action = ast.TTLGroupBy
		p.commaList(func() { n.GroupBy = append(n.GroupBy, p.plain()) })
		if p.word("SET") {
			p.ttlSet(n)
		}
	case p.word("RECOMPRESS"):
		n.Action = ast.TTLRecompress
		n.Codec = p.codec("CODEC")
	}
	if p.word("WHERE") {
		n.Where = p.plain()
	}
	n.Span = p.span(from)
	return n
}

// ttlSet reads a = x, b = y. A comma may also begin the next element, so an assignment must follow it.
func (p *parser) ttlSet(n *ast.TTLElement) {
	n.Set = append(n.Set, p.assignment())
	for p.is(tComma) {
		if !p.try(func() {
			p.advance()
			n.Set = append(n.Set, p.assignment())
		}) {
			return
		}
	}
}

// assignment reads column = value.
func (p *parser) assignment() *ast.Assignment {
	from := p.i
	n := &ast.Assignment{Column: p.compoundName()}
	p.expect(tEq)
	n.Value = p.plain()
	n.Span = p.span(from)
	return n
}

// codec reads KEYWORD(a, b(1)).
func (p *parser) codec(keyword string) *ast.Codec {
	from := p.i
	p.expectWord(keyword)
	n := &ast.Codec{Keyword: keyword}
	p.expect(tOpen)
	p.commaList(func() { n.Items = append(n.Items, p.engine()) })
	p.expect(tClose)
	n.Span = p.span(from)
	return n
}
