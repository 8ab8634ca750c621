package parse

import "github.com/freshetdb/freshet/query/ast"

func (p *parser) use() ast.Statement {
	from := p.i
	p.expectWord("USE")
	if p.isWords("DATABASE") && (p.ahead(1).kind == tWord || p.ahead(1).kind == tQuoted || p.ahead(1).kind == tOpenCur) {
		p.advance()
	}
	n := &ast.Use{}
	n.Database, n.Param = p.namePart()
	n.Span = p.span(from)
	return n
}

// set reads SET name = value and its relatives.
func (p *parser) set() ast.Statement {
	from := p.i
	p.expectWord("SET")
	switch {
	case p.word("TRANSACTION", "SNAPSHOT"):
		n := &ast.Transaction{Verb: ast.SetSnapshot}
		n.Snapshot = p.unsigned()
		n.Span = p.span(from)
		return n
	case p.isWords("ROLE") && p.ahead(1).kind != tEq:
		p.advance()
		n := &ast.SetRole{}
		if p.word("DEFAULT") {
			n.ToDefault = true
		} else {
			n.Roles = p.names()
		}
		n.Span = p.span(from)
		return n
	case p.word("DEFAULT", "ROLE"):
		n := &ast.SetRole{Default: true, Roles: p.names()}
		p.expectWord("TO")
		n.Users = p.names()
		n.Span = p.span(from)
		return n
	}
	n := &ast.Set{Settings: p.settings()}
	n.Span = p.span(from)
	return n
}

// unsigned reads a whole number.
func (p *parser) unsigned() uint64 {
	lit := p.number(false)
	if lit.Kind != ast.UintLiteral {
		p.i--
		p.fail("unsigned integer")
	}
	return lit.Uint
}

// transaction reads BEGIN, START TRANSACTION, COMMIT and ROLLBACK.
func (p *parser) transaction() ast.Statement {
	from := p.i
	n := &ast.Transaction{}
	switch {
	case p.word("BEGIN"):
		p.word("TRANSACTION")
	case p.word("START", "TRANSACTION"):
	case p.word("COMMIT"):
		n.Verb = ast.Commit
	case p.word("ROLLBACK"):
		n.Verb = ast.Rollback
	default:
		p.fail()
	}
	n.Span = p.span(from)
	return n
}
