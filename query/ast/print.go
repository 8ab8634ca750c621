package ast

import (
	"strings"

	"github.com/freshetdb/freshet/columnar/types"
)

// Format returns the canonical text of a node on one line. Package parse reads it back to an equal tree.
// Identifiers are quoted with backticks only where they must be, strings are escaped as ClickHouse does.
func Format(n Node) string {
	var p printer
	n.print(&p)
	if s, ok := n.(Statement); ok && s.OutputClause() != nil {
		s.OutputClause().print(&p)
	}
	return p.String()
}

// printer gathers text; nodes write themselves into it. Its methods are not inlined: a thousand calls of them would
// be a third of a megabyte.
type printer struct {
	strings.Builder
}

//go:noinline
func (p *printer) str(parts ...string) {
	for _, s := range parts {
		p.WriteString(s)
	}
}

// word writes a keyword phrase with one space before it.
//
//go:noinline
func (p *printer) word(parts ...string) {
	for _, s := range parts {
		p.WriteByte(' ')
		p.WriteString(s)
	}
}

//go:noinline
func (p *printer) ident(name string) { p.WriteString(QuoteIdent(name)) }

//go:noinline
func (p *printer) quoted(s string) { p.WriteString(QuoteString(s)) }

// idents writes a comma-separated list of identifiers.
func (p *printer) idents(names []string) {
	for i, n := range names {
		if i > 0 {
			p.str(", ")
		}
		p.ident(n)
	}
}

// list writes nodes separated by sep.
func list[N Node](p *printer, nodes []N, sep string) {
	for i, n := range nodes {
		if i > 0 {
			p.str(sep)
		}
		n.print(p)
	}
}

// clause writes " KEYWORD node" unless the expression is nil.
//
//go:noinline
func (p *printer) clause(keyword string, e Expr) {
	if e == nil {
		return
	}
	p.word(keyword)
	p.str(" ")
	e.print(p)
}

// listClause writes " KEYWORD a, b" unless the list is empty.
func listClause[N Node](p *printer, keyword string, nodes []N) {
	if len(nodes) == 0 {
		return
	}
	p.word(keyword)
	p.str(" ")
	list(p, nodes, ", ")
}

// expr writes an expression as an operand: in parentheses when it binds weaker than minPrec.
func (p *printer) expr(e Expr, minPrec int) {
	if !IsParen(e) && precedence(e) < minPrec {
		p.str("(")
		e.print(p)
		p.str(")")
		return
	}
	e.print(p)
}

// open begins an expression's text and closes it with the parentheses the source had.
//
//go:noinline
func (p *printer) open(b *Base) {
	if b.Paren {
		p.str("(")
	}
}

//go:noinline
func (p *printer) close(b *Base) {
	if b.Paren {
		p.str(")")
	}
}

// QuoteIdent returns the identifier as it is written in SQL, with backticks if it needs them.
func QuoteIdent(name string) string {
	if isPlainIdent(name) {
		return name
	}
	return quote(name, '`')
}

// QuoteString returns the string as a ClickHouse literal.
func QuoteString(s string) string { return quote(s, '\'') }

func isPlainIdent(name string) bool {
	return isBareWord(name) && !types.IsReserved(name)
}

// isBareWord says whether the name is made of letters, digits and underscores.
func isBareWord(name string) bool {
	if name == "" {
		return false
	}
	for i := range len(name) {
		c := name[i]
		letter := c == '_' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
		if !letter && (i == 0 || c < '0' || c > '9') {
			return false
		}
	}
	return true
}

// quote escapes as ClickHouse's writeAnyQuotedString does: the control letters, backslash and the quote.
func quote(s string, q byte) string {
	var b strings.Builder
	b.Grow(len(s) + 2)
	b.WriteByte(q)
	for i := range len(s) {
		switch c := s[i]; c {
		case '\b':
			b.WriteString(`\b`)
		case '\f':
			b.WriteString(`\f`)
		case '\n':
			b.WriteString(`\n`)
		case '\r':
			b.WriteString(`\r`)
		case '\t':
			b.WriteString(`\t`)
		case 0:
			b.WriteString(`\0`)
		case '\\':
			b.WriteString(`\\`)
		case q:
			b.WriteByte('\\')
			b.WriteByte(q)
		default:
			b.WriteByte(c)
		}
	}
	b.WriteByte(q)
	return b.String()
}
