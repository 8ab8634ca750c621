package parse

import (
	"strings"

	"github.com/freshetdb/freshet/query/ast"
)

// Statement reads the first statement of sql. rest is the offset behind it and its semicolon; the end of the text when
// nothing but space and comments follow.
//
// For INSERT ... VALUES and INSERT ... FORMAT the inline data is not read: everything from
// Insert.DataOffset on belongs to the data, and rest is the text's length. An error is *Error.
func Statement(sql string, lim Limits) (s ast.Statement, rest int, err error) {
	return statementAt(sql, 0, lim)
}

func statementAt(sql string, from int, lim Limits) (s ast.Statement, rest int, err error) {
	err = run(sql, from, lim, func(p *parser) {
		s, rest = p.whole()
	})
	if err != nil {
		return nil, 0, err
	}
	return s, rest, nil
}

// whole reads a statement to its end and returns the offset behind it.
func (p *parser) whole() (s ast.Statement, rest int) {
	s = p.statement()
	if p.isWords("PARALLEL", "WITH") {
		s = p.parallel(s)
	}
	if ins, ok := s.(*ast.Insert); ok && ins.DataOffset >= 0 {
		p.checkElements()
		return s, len(p.lex.text)
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
	p.checkElements()
	p.accept(tSemicolon)
	if p.is(tEOF) { // also when comments follow
		return s, len(p.lex.text)
	}
	return s, p.endOfLast()
}

// Expr reads an expression, with an alias if it has one.
func Expr(s string) (e ast.Expr, err error) {
	err = run(s, 0, Limits{}, func(p *parser) {
		e = p.expr()
		p.end()
	})
	if err != nil {
		return nil, err
	}
	return e, nil
}

// Type reads a data type.
func Type(s string) (t *ast.Type, err error) {
	err = run(s, 0, Limits{}, func(p *parser) {
		t = p.dataType()
		p.end()
	})
	if err != nil {
		return nil, err
	}
	return t, nil
}

// end fails if anything is left.
func (p *parser) end() {
	if !p.is(tEOF) {
		p.fail("end of query")
	}
}

// statement reads one statement by its first word.
func (p *parser) statement() ast.Statement {
	p.enter()
	defer p.leave()
	if p.is(tOpen) {
		return p.selectStatement()
	}
	if production := productions(p.tok()); production != nil {
		return production(p)
	}
	p.fail("SELECT", "INSERT", "CREATE", "ALTER", "DROP", "SHOW", "SET", "SYSTEM", "EXPLAIN", "query")
	return nil
}

// productions returns the production of a statement by its first word, nil if no statement begins so.
func productions(t token) func(*parser) ast.Statement {
	if t.kind != tWord {
		return nil
	}
	switch strings.ToUpper(t.str) {
	case "SELECT", "FROM", "WITH":
		return (*parser).selectStatement
	case "INSERT":
		return (*parser).insert
	case "CREATE", "ATTACH", "REPLACE":
		return (*parser).create
	case "ALTER":
		return (*parser).alter
	case "DROP", "DETACH", "TRUNCATE":
		return (*parser).drop
	case "UNDROP":
		return (*parser).undrop
	case "RENAME", "EXCHANGE":
		return (*parser).rename
	case "OPTIMIZE":
		return (*parser).optimize
	case "CHECK":
		return (*parser).check
	case "DELETE":
		return (*parser).deleteFrom
	case "UPDATE":
		return (*parser).update
	case "KILL":
		return (*parser).kill
	case "WATCH":
		return (*parser).watch
	case "SHOW":
		return (*parser).show
	case "DESCRIBE", "DESC":
		return (*parser).describe
	case "EXISTS":
		return (*parser).exists
	case "USE":
		return (*parser).use
	case "SET":
		return (*parser).set
	case "BEGIN", "START", "COMMIT", "ROLLBACK":
		return (*parser).transaction
	case "SYSTEM":
		return (*parser).system
	case "BACKUP", "RESTORE":
		return (*parser).backup
	case "GRANT", "REVOKE":
		return (*parser).grant
	case "MOVE":
		return (*parser).moveEntity
	case "EXECUTE":
		return (*parser).executeAs
	case "EXPLAIN":
		return func(p *parser) ast.Statement { return p.explain() }
	default:
		return nil
	}
}

func (p *parser) selectStatement() ast.Statement {
	from := p.i
	if p.isWords("WITH") {
		if s := p.withInsert(); s != nil {
			return s
		}
	}
	s := &ast.SelectStatement{Query: p.query()}
	s.Span = p.span(from)
	return s
}

// parallel reads further statements behind PARALLEL WITH.
func (p *parser) parallel(first ast.Statement) ast.Statement {
	n := &ast.Parallel{Statements: []ast.Statement{first}}
	for p.word("PARALLEL", "WITH") {
		n.Statements = append(n.Statements, p.statement())
	}
	n.Span = p.span(0)
	return n
}

// output reads INTO OUTFILE, FORMAT and SETTINGS; nil if there is nothing of it.
func (p *parser) output() *ast.Output {
	from := p.i
	out := &ast.Output{}
	if p.word("INTO", "OUTFILE") {
		out.Outfile = p.outfile(from)
	}
	if p.word("SETTINGS") {
		out.Settings = p.settings()
	}
	if p.word("FORMAT") {
		out.Format = p.ident()
	}
	if out.Settings == nil && p.word("SETTINGS") {
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
	if p.isIdent() && p.ahead(1).kind == tEq {
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
	if p.opensQuery(0) && !p.isWords("EXPLAIN") {
		s := &ast.SelectStatement{Query: p.query()}
		s.Span = p.span(from)
		return s
	}
	if p.isWords("EXPLAIN") {
		p.fail("query")
	}
	return p.statement()
}
