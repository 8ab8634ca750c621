package parse

import (
	"strings"

	"github.com/freshetdb/freshet/query/ast"
)

// insert reads INSERT INTO up to its inline data, if it has any.
func (p *parser) insert() ast.Statement {
	from := p.i
	p.expectWord("INSERT")
	p.expectWord("INTO")
	n := &ast.Insert{DataOffset: -1}
	p.insertTarget(n)
	if p.is(tOpen) && !p.opensQuery(1) {
		p.insertColumns(n)
	}
	if p.word("FROM", "INFILE") {
		if n.Infile = p.str(); n.Infile == "" {
			p.fail("path")
		}
		if p.word("COMPRESSION") {
			n.Compression = p.str()
		}
	}
	if p.word("SETTINGS") {
		n.Settings = p.settings()
	}
	p.insertSource(n)
	n.Span = p.span(from)
	return n
}

// withInsert reads WITH ... INSERT INTO t SELECT, where the WITH is the query's; nil if it is a SELECT's.
func (p *parser) withInsert() ast.Statement {
	from := p.i
	var with *ast.With
	if !p.try(func() { with = p.with(); p.expectWord("INSERT") }) {
		return nil
	}
	p.i--
	s := p.insert()
	n, ok := s.(*ast.Insert)
	if !ok || n.Query == nil {
		p.fail("SELECT")
	}
	first := firstSelect(n.Query)
	if first == nil || first.With != nil {
		p.fail("one WITH")
	}
	first.With = with
	n.Span = p.span(from)
	return n
}

func firstSelect(q ast.Query) *ast.Select {
	switch n := q.(type) {
	case *ast.Select:
		return n
	case *ast.SetQuery:
		return firstSelect(n.Inputs[0])
	default:
		return nil
	}
}

func (p *parser) insertTarget(n *ast.Insert) {
	isName := func(n int) bool {
		return p.ahead(n).kind == tWord || p.ahead(n).kind == tQuoted
	}
	if p.isWords("TABLE", "FUNCTION") && isName(2) && p.ahead(3).kind == tOpen {
		p.advance()
	}
	if p.isWords("FUNCTION") && isName(1) && p.ahead(2).kind == tOpen {
		p.advance()
		call, ok := p.call(p.ident()).(*ast.FuncCall)
		if !ok {
			p.fail("table function")
		}
		n.Function = call
		if p.word("PARTITION", "BY") {
			n.PartitionBy = p.expr()
		}
		return
	}
	if p.isWords("TABLE") && (p.ahead(1).kind == tWord || p.ahead(1).kind == tQuoted || p.ahead(1).kind == tOpenCur) &&
		!p.isWordAt(1, "VALUES") && !p.isWordAt(1, "SELECT") && !p.isWordAt(1, "FORMAT") {
		p.advance()
	}
	n.Table = p.tableName()
}

func (p *parser) insertColumns(n *ast.Insert) {
	p.expect(tOpen)
	p.commaList(func() {
		if n.Columns != nil && p.is(tClose) {
			return // A comma behind the last column.
		}
		n.Columns = append(n.Columns, p.insertColumn())
	})
	p.expect(tClose)
}

// insertColumn reads a name, a star or COLUMNS(...).
func (p *parser) insertColumn() ast.Expr {
	from := p.i
	if p.isIdent() && p.ahead(1).kind != tOpen {
		return p.identTail(from, &ast.Ident{Parts: []string{p.ident()}})
	}
	if !p.is(tAsterisk) && !p.isWords("COLUMNS") {
		p.fail("identifier", "Asterisk", "COLUMNS matcher")
	}
	return p.primary()
}

// insertSource reads what the rows come from.
func (p *parser) insertSource(n *ast.Insert) {
	switch {
	case p.isWords("VALUES"):
		p.advance()
		n.Format = "Values"
		p.inline(n)
	case p.isWords("FORMAT") && (p.ahead(1).kind == tWord || p.ahead(1).kind == tQuoted):
		p.advance()
		n.Format = p.ident()
		p.inline(n)
	case p.opensQuery(0):
		n.Query = p.query()
		if p.word("FORMAT") {
			n.Format = p.ident()
			p.inline(n)
		}
	case n.Infile != "" && (p.is(tEOF) || p.is(tSemicolon)):
	default:
		p.fail("VALUES", "FORMAT", "SELECT", "WITH")
	}
}

// inline notes where the inline data begins: behind the keyword and one run of blanks, as ClickHouse
// has it (a newline ends the run, so that a format's own leading blanks survive).
func (p *parser) inline(n *ast.Insert) {
	if n.Infile != "" {
		return
	}
	at := p.endOfLast()
	text := p.lex.text
	for at < len(text) && strings.IndexByte(" \t\f\v\r", text[at]) >= 0 {
		at++
	}
	if at < len(text) && text[at] == ';' && strings.TrimSpace(text[at+1:]) == "" {
		at++
	}
	if at < len(text) && text[at] == '\n' {
		at++
	}
	n.DataOffset = at
}
