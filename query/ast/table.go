package ast

// TableElement is one source of FROM with its alias and modifiers.
type TableElement struct {
	Span
	// Source is *TableName, *FuncCall (a table function) or *Subquery.
	Source Node
	// Alias is empty if not given; Columns are the names of t AS x(a, b).
	Alias   string
	Columns []string
	Final   bool
	// Sample and SampleOffset are SAMPLE x OFFSET y, nil if not given.
	Sample, SampleOffset Expr
}

func (*TableElement) tableNode() {}

func (n *TableElement) print(p *printer) {
	n.Source.print(p)
	if n.Alias != "" {
		p.str(" AS ")
		p.ident(n.Alias)
		if len(n.Columns) > 0 {
			p.str("(")
			p.idents(n.Columns)
			p.str(")")
		}
	}
	if n.Final {
		p.str(" FINAL")
	}
	p.clause("SAMPLE", n.Sample)
	p.clause("OFFSET", n.SampleOffset)
}

// JoinKind is the kind of a join.
type JoinKind uint8

// The kinds of a join. JoinComma is the comma of FROM a, b.
const (
	JoinInner JoinKind = iota
	JoinLeft
	JoinRight
	JoinFull
	JoinCross
	JoinComma
	JoinPaste
)

// String returns the keyword.
func (k JoinKind) String() string {
	return [...]string{"INNER", "LEFT", "RIGHT", "FULL", "CROSS", ",", "PASTE"}[k]
}

// JoinStrictness says which of several matches a join takes.
type JoinStrictness uint8

// The strictnesses.
const (
	StrictnessNone JoinStrictness = iota
	StrictnessAny
	StrictnessAll
	StrictnessAsof
	StrictnessSemi
	StrictnessAnti
)

// String returns the keyword.
func (s JoinStrictness) String() string {
	return [...]string{"", "ANY", "ALL", "ASOF", "SEMI", "ANTI"}[s]
}

// JoinLocality is GLOBAL or LOCAL before a join.
type JoinLocality uint8

// The localities.
const (
	LocalityNone JoinLocality = iota
	LocalityGlobal
	LocalityLocal
)

// Join is left JOIN right. Joins group from the left.
type Join struct {
	Span
	Left, Right TableExpr
	Kind        JoinKind
	Strictness  JoinStrictness
	Locality    JoinLocality
	Natural     bool
	// On is the condition; Using the common columns; both are unset for CROSS, comma, PASTE and NATURAL.
	On    Expr
	Using []Expr
}

func (*Join) tableNode() {}

func (n *Join) print(p *printer) {
	n.Left.print(p)
	if n.Kind == JoinComma {
		p.str(", ")
		n.Right.print(p)
		return
	}
	p.str([...]string{"", " GLOBAL", " LOCAL"}[n.Locality])
	if n.Natural {
		p.str(" NATURAL")
	}
	if n.Strictness != StrictnessNone {
		p.word(n.Strictness.String())
	}
	p.word(n.Kind.String())
	p.str(" JOIN ")
	n.Right.print(p)
	p.clause("ON", n.On)
	if len(n.Using) > 0 {
		p.str(" USING (")
		list(p, n.Using, ", ")
		p.str(")")
	}
}

// ArrayJoin is left [LEFT] ARRAY JOIN items.
type ArrayJoin struct {
	Span
	// Input is nil in FROM-less ARRAY JOIN.
	Input  TableExpr
	IsLeft bool
	Items  []Expr
}

func (*ArrayJoin) tableNode() {}

func (n *ArrayJoin) print(p *printer) {
	n.Input.print(p)
	if n.IsLeft {
		p.str(" LEFT")
	}
	p.str(" ARRAY JOIN ")
	list(p, n.Items, ", ")
}
