package ast

import "strings"

// Cast is CAST(x AS T), CAST(x, 'T') or x::T. For a literal before :: Expr is a string with the
// literal's own text, as in ClickHouse, so that 1.10::Decimal(9, 2) loses nothing.
type Cast struct {
	Base
	Expr Expr
	Type *Type
	// Try is TRY_CAST: what cannot be cast is NULL.
	Try bool
	// Text is the type as the source's string gave it; empty for CAST(x AS T) and x::T.
	Text string
}

// TypeText returns the type's text as it stands in the column name.
func (n *Cast) TypeText() string {
	if n.Text != "" {
		return n.Text
	}
	return Format(n.Type)
}

func (n *Cast) print(p *printer) {
	p.open(&n.Base)
	if n.Try {
		p.str("TRY_")
	}
	p.str("CAST(")
	n.Expr.print(p)
	if n.Text != "" {
		p.str(", ")
		p.quoted(n.Text)
	} else {
		p.str(" AS ")
		n.Type.print(p)
	}
	p.str(")")
	p.close(&n.Base)
}

// Case is CASE [x] WHEN a THEN b ... [ELSE c] END.
type Case struct {
	Base
	// Operand is nil for CASE WHEN condition.
	Operand Expr
	Whens   []*When
	// Else is nil if it is missing, which means NULL.
	Else Expr
}

// When is one branch of a Case.
type When struct {
	Span
	Cond, Then Expr
}

func (n *Case) print(p *printer) {
	p.open(&n.Base)
	p.str("CASE")
	if n.Operand != nil {
		p.str(" ")
		n.Operand.print(p)
	}
	for _, w := range n.Whens {
		w.print(p)
	}
	p.clause("ELSE", n.Else)
	p.str(" END")
	p.close(&n.Base)
}

func (n *When) print(p *printer) {
	p.str(" WHEN ")
	n.Cond.print(p)
	p.str(" THEN ")
	n.Then.print(p)
}

// IntervalUnit is the unit of an interval.
type IntervalUnit uint8

// The units.
const (
	Nanosecond IntervalUnit = iota
	Microsecond
	Millisecond
	Second
	Minute
	Hour
	Day
	Week
	Month
	Quarter
	Year
)

// String returns the unit as function names spell it: Day in toIntervalDay.
func (u IntervalUnit) String() string {
	return [...]string{
		"Nanosecond", "Microsecond", "Millisecond", "Second", "Minute", "Hour",
		"Day", "Week", "Month", "Quarter", "Year",
	}[u]
}

// Interval is INTERVAL value unit.
type Interval struct {
	Base
	Value Expr
	Unit  IntervalUnit
}

func (n *Interval) print(p *printer) {
	p.open(&n.Base)
	p.str("INTERVAL ")
	n.Value.print(p)
	p.str(" ", strings.ToUpper(n.Unit.String()))
	p.close(&n.Base)
}
