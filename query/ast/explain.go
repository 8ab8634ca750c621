package ast

import "strings"

func upper(s string) string { return strings.ToUpper(s) }

// ExplainKind is what EXPLAIN shows.
type ExplainKind uint8

// The kinds of EXPLAIN. ExplainPlan is the default.
const (
	ExplainPlan ExplainKind = iota
	ExplainAST
	ExplainSyntax
	ExplainQueryTree
	ExplainPipeline
	ExplainEstimate
	ExplainTableOverride
	ExplainCurrentTransaction
	ExplainAnalyze
)

// String returns the keywords.
func (k ExplainKind) String() string {
	return [...]string{
		"PLAN", "AST", "SYNTAX", "QUERY TREE", "PIPELINE", "ESTIMATE", "TABLE OVERRIDE",
		"CURRENT TRANSACTION", "ANALYZE",
	}[k]
}

// Explain is EXPLAIN [kind] [settings] statement. It is a query, too: SELECT * FROM (EXPLAIN ...).
type Explain struct {
	Span
	Outputs
	Kind     ExplainKind
	Settings []*Setting
	// Statement is nil for CURRENT TRANSACTION.
	Statement Statement
}

func (*Explain) queryNode() {}

func (n *Explain) print(p *printer) {
	p.str("EXPLAIN")
	if n.Kind != ExplainPlan {
		p.word(n.Kind.String())
	}
	if len(n.Settings) > 0 {
		p.str(" ")
		list(p, n.Settings, ", ")
	}
	if n.Statement != nil {
		p.str(" ")
		n.Statement.print(p)
	}
}
