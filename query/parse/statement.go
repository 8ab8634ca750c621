package parse

import (
	"strings"

	"github.com/freshetdb/freshet/query/ast"
)

// Statement reads the first statement of sql. rest is the offset behind it and its semicolon.
//
// For INSERT ... VALUES and INSERT ... FORMAT the inline data is not read: everything from
// Insert.DataOffset on belongs to the data, and rest is the text's length. An error is *Error.
func Statement(sql string, lim Limits) (s ast.Statement, rest int, err error) {
	return statementAt(sql, 0, lim)
}

func statementAt(sql string, from int, lim Limits) (s ast.Statement, rest int, err error) {
	p := newParser(sql, from, lim)
	err = p.run(func() {
		s = p.statement()
		if ins, ok := s.(*ast.Insert); ok && ins.DataOffset >= 0 {
			rest = len(sql)
			return
		}
		if out := p.output(); out != nil {
			if s.OutputClause() != nil {
				p.fail("end of query")
			}
			s.SetOutput(out)
		}
		if !p.is(tEOF) && !p.is(tSemicolon) {
			p.fail("end of query")
		}
		p.accept(tSemicolon)
		rest = p.endOfLast()
	})
	if err != nil {
		return nil, 0, err
	}
	return s, rest, nil
}

// Expr reads an expression, with an alias if it has one.
func Expr(s string) (e ast.Expr, err error) {
	p := newParser(s, 0, Limits{})
	err = p.run(func() {
		e = p.expr()
		if !p.is(tEOF) {
			p.fail("end of query")
		}
	})
	if err != nil {
		return nil, err
	}
	return e, nil
}

// Type reads a data type.
func Type(s string) (t *ast.Type, err error) {
	p := newParser(s, 0, Limits{})
	err = p.run(func() {
		t = p.dataType()
		if !p.is(tEOF) {
			p.fail("end of query")
		}
	})
	if err != nil {
		return nil, err
	}
	return t, nil
}

// statement reads one statement by its first word.
func (p *parser) statement() ast.Statement {
	p.enter()
	defer p.leave()
	if p.is(tOpen) {
		return p.selectStatement()
	}
	switch strings.ToUpper(p.tok().str) {
	case "SELECT", "FROM", "WITH":
		return p.selectStatement()
	case "INSERT":
		return p.insert()
	case "CREATE", "ATTACH", "REPLACE":
		return p.create()
	case "EXPLAIN":
		return p.explain()
	}
	p.fail("SELECT", "INSERT", "CREATE", "EXPLAIN")
	return nil
}

func (p *parser) selectStatement() ast.Statement {
	from := p.i
	s := &ast.SelectStatement{Query: p.query()}
	s.Span = p.span(from)
	return s
}

// output reads INTO OUTFILE, FORMAT and SETTINGS; nil if there is nothing of it.
func (p *parser) output() *ast.Output {
	from := p.i
	out := &ast.Output{}
	if p.word("INTO", "OUTFILE") {
		out.Outfile = p.outfile(from)
	}
	if p.word("FORMAT") {
		out.Format = p.ident()
	}
	if p.word("SETTINGS") {
		out.Settings = p.settings()
	}
	if p.i == from {
		return nil
	}
	out.Span = p.span(from)
	return out
}

func (p *parser) outfile(from int) *ast.Outfile {
	f := &ast.Outfile{Path: p.str()}
	if w, ok := p.oneOf("APPEND", "TRUNCATE"); ok {
		f.Append, f.Truncate = w == "APPEND", w == "TRUNCATE"
	}
	f.AndStdout = p.word("AND", "STDOUT")
	if p.word("COMPRESSION") {
		f.Compression = p.str()
		if p.word("LEVEL") {
			f.Level = p.number(false)
		}
	}
	f.Span = p.span(from)
	return f
}

// explain reads EXPLAIN without its output clause.
func (p *parser) explain() *ast.Explain {
	from := p.i
	p.enter()
	defer p.leave()
	p.expectWord("EXPLAIN")
	n := &ast.Explain{}
	for kind := ast.ExplainPlan; kind <= ast.ExplainAnalyze; kind++ {
		if p.phrase(kind.String()) {
			n.Kind = kind
			break
		}
	}
	if p.tok().kind == tWord && p.ahead(1).kind == tEq {
		n.Settings = p.settings()
	}
	if n.Kind != ast.ExplainCurrentTransaction {
		n.Statement = p.explained()
	}
	n.Span = p.span(from)
	return n
}

// explained reads the statement behind EXPLAIN. A query's output clause belongs to EXPLAIN itself.
func (p *parser) explained() ast.Statement {
	from := p.i
	if p.is(tOpen) || p.startsQuery(0) && !p.isWords("EXPLAIN") {
		s := &ast.SelectStatement{Query: p.query()}
		s.Span = p.span(from)
		return s
	}
	return p.statement()
}
