package ast

// SetOp joins the rows of queries.
type SetOp uint8

// The set operators.
const (
	Union SetOp = iota
	Intersect
	Except
)

// String returns the keyword.
func (op SetOp) String() string { return [...]string{"UNION", "INTERSECT", "EXCEPT"}[op] }

// Quantifier is the word after a set operator.
type Quantifier uint8

// The quantifiers. What QuantifierNone means for UNION is a setting (union_default_mode).
const (
	QuantifierNone Quantifier = iota
	QuantifierAll
	QuantifierDistinct
)

// String returns the keyword, with a space before it.
func (q Quantifier) String() string { return [...]string{"", " ALL", " DISTINCT"}[q] }

// SetQuery is a run of queries joined by one operator. UNION ALL of three queries is one node with
// three; a change of operator or quantifier begins a new node with the old one as its first input.
// INTERSECT binds tighter than UNION and EXCEPT, which are equal and group from the left.
type SetQuery struct {
	Span
	Op         SetOp
	Quantifier Quantifier
	Inputs     []Query
	// Paren says that the source had parentheses around it, which bear no meaning.
	Paren bool
}

func (*SetQuery) queryNode() {}

func (n *SetQuery) print(p *printer) {
	n.printInputs(p, n.Op == Except)
}

// printInputs writes the inputs; wrapLast says that the last one stands before an EXCEPT, where the
// star of a bare SELECT * would take it for its own.
func (n *SetQuery) printInputs(p *printer, wrapLast bool) {
	for i, q := range n.Inputs {
		if i > 0 {
			p.word(n.Op.String())
			p.str(n.Quantifier.String(), " ")
		}
		wrap := n.Op == Except || wrapLast && i == len(n.Inputs)-1
		if set, nested := q.(*SetQuery); nested && !set.Paren && !n.needsParens(set, i) {
			set.printInputs(p, wrap)
			continue
		}
		printQuery(p, q, wrap)
	}
}

// printQuery writes a query within a larger one, in parentheses if wrap is set or it joins others.
func printQuery(p *printer, q Query, wrap bool) {
	if _, isSelect := q.(*Select); isSelect && !wrap {
		q.print(p)
		return
	}
	p.str("(")
	q.print(p)
	p.str(")")
}

// needsParens says whether input i would be read differently without parentheses.
func (n *SetQuery) needsParens(in *SetQuery, i int) bool {
	tight := in.Op == Intersect
	if n.Op == Intersect {
		return !tight || i > 0 || in.Quantifier == n.Quantifier
	}
	if tight {
		return false
	}
	return i > 0 || in.Op == n.Op && in.Quantifier == n.Quantifier
}
