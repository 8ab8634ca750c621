// Package ast is the tree of a ClickHouse statement: node types, their canonical text, and ways to
// walk, compare and rewrite them. It parses nothing; package parse builds the tree.
//
// How the rooms lie:
//
//	node.go        Node, Expr, Query, TableExpr, Statement and Span, which every node embeds
//	ident.go literal.go operator.go predicate.go call.go cast.go star.go window.go   expressions
//	datatype.go    types in column lists and casts
//	select.go table.go setquery.go                                                   queries
//	insert.go create.go column.go storage.go view.go dictionary.go alter.go ...      statements
//	print.go       the printer behind Format; each node's own text stands beside the node
//	walk.go        Walk, Rewrite and Equal, by reflection over the nodes' fields
//	columnname.go  the name ClickHouse gives to an expression without an alias
//
// The tree keeps what ClickHouse keeps and desugars what ClickHouse desugars while it parses:
// TOP is a Limit, DISTINCT ON is LIMIT 1 BY, a ? b : c is if(a, b, c), EXTRACT(YEAR FROM d) is
// toYear(d). So a reader of the tree has one shape for one meaning.
package ast

// Span is a half-open range of byte offsets into the statement's text.
type Span struct {
	Start, End int
}

// Pos returns the span itself; every node embeds one, so every node has a position.
// A node built by hand has the zero Span.
func (s Span) Pos() Span { return s }

// Node is any part of a statement. The set of nodes is closed: printing is a method of this package.
type Node interface {
	Pos() Span
	print(p *printer)
}

// Expr is a node that stands for a value (or, in lists, for several: Star, Columns).
type Expr interface {
	Node
	base() *Base
}

// Base is what every expression carries.
type Base struct {
	Span
	// Paren says that the source had parentheses around the expression. They bear no meaning (the
	// tree's shape does), Equal ignores them, and printing keeps them as ClickHouse does.
	Paren bool
}

func (b *Base) base() *Base { return b }

// SetParen marks an expression as written in parentheses.
func SetParen(e Expr, paren bool) { e.base().Paren = paren }

// IsParen says whether the expression was written in parentheses.
func IsParen(e Expr) bool { return e.base().Paren }

// SetSpan sets the place of an expression.
func SetSpan(e Expr, s Span) { e.base().Span = s }

// Query is a statement body that yields rows: *Select, *SetQuery or *Explain.
type Query interface {
	Node
	queryNode()
}

// TableExpr is an item of FROM: *TableElement, *Join or *ArrayJoin.
type TableExpr interface {
	Node
	tableNode()
}

// Statement is one whole statement. Each embeds Outputs.
type Statement interface {
	Node
	OutputClause() *Output
	SetOutput(out *Output)
}

// Outputs is what every statement may carry: where its answer goes and in which form.
type Outputs struct {
	Output *Output
}

// OutputClause returns the INTO OUTFILE / FORMAT / SETTINGS tail of the statement, nil if there is none.
func (o *Outputs) OutputClause() *Output { return o.Output }

// SetOutput sets the tail.
func (o *Outputs) SetOutput(out *Output) { o.Output = out }
