package ast

import "strings"

// NullsAction is what an aggregate or window function was told to do with NULLs.
type NullsAction uint8

// The actions.
const (
	NullsDefault NullsAction = iota
	NullsRespect
	NullsIgnore
)

// FuncCall is name(params)(args). It stands for scalar, aggregate, window and table functions alike.
type FuncCall struct {
	Base
	Name string
	// Params are the first parentheses of quantile(0.9)(x); HasParams tells f()(x) from f(x).
	Params    []Expr
	HasParams bool
	Args      []Expr
	// Distinct is count(DISTINCT x).
	Distinct bool
	// Filter is FILTER (WHERE x).
	Filter Expr
	Nulls  NullsAction
	// Over is set for a window function.
	Over *Window
	// Settings is the last argument of a table function: f(a, SETTINGS x = 1).
	Settings []*Setting
	// NoParens is set for an engine or codec written without parentheses.
	NoParens bool
}

// NewCall returns a call of a function.
func NewCall(name string, args ...Expr) *FuncCall { return &FuncCall{Name: name, Args: args} }

func (n *FuncCall) print(p *printer) {
	p.open(&n.Base)
	p.str(quoteFunction(n.Name))
	if n.HasParams {
		p.str("(")
		list(p, n.Params, ", ")
		p.str(")")
	}
	if !n.NoParens {
		n.printArgs(p)
	}
	if n.Filter != nil {
		p.str(" FILTER (WHERE ")
		n.Filter.print(p)
		p.str(")")
	}
	switch n.Nulls {
	case NullsRespect:
		p.str(" RESPECT NULLS")
	case NullsIgnore:
		p.str(" IGNORE NULLS")
	case NullsDefault:
	}
	if n.Over != nil {
		p.str(" OVER ")
		n.Over.print(p)
	}
	p.close(&n.Base)
}

func (n *FuncCall) printArgs(p *printer) {
	p.str("(")
	if n.Distinct {
		p.str("DISTINCT ")
	}
	if s := n.viewQuery(); s != nil {
		s.Query.print(p)
		if len(n.Args) > 1 {
			p.str(" ELSE ")
			n.Args[1].print(p)
		}
	} else {
		list(p, n.Args, ", ")
	}
	if len(n.Settings) > 0 {
		if len(n.Args) > 0 {
			p.str(", ")
		}
		p.str("SETTINGS ")
		list(p, n.Settings, ", ")
	}
	p.str(")")
}

// viewQuery returns the bare query that is the argument of view(SELECT ...), nil for other calls.
func (n *FuncCall) viewQuery() *Subquery {
	if len(n.Args) == 0 || !strings.EqualFold(n.Name, "view") && !strings.EqualFold(n.Name, "viewIfPermitted") {
		return nil
	}
	s, _ := n.Args[0].(*Subquery)
	return s
}

// quoteFunction leaves keyword-named functions bare where that is safe: if(...), left(...), any(...).
func quoteFunction(name string) string {
	switch name {
	case "if", "any", "left", "right", "replace", "array", "range", "first", "last", "any_value", "format", "in", "like", "ilike", "and", "or", "view", "null", "top":
		return name
	}
	return QuoteIdent(name)
}

// Lambda is x -> body or (x, y) -> body.
type Lambda struct {
	Base
	Params []string
	Body   Expr
}

func (n *Lambda) print(p *printer) {
	p.open(&n.Base)
	if len(n.Params) == 1 {
		p.ident(n.Params[0])
	} else {
		p.str("(")
		p.idents(n.Params)
		p.str(")")
	}
	p.str(" -> ")
	p.expr(n.Body, precTernary)
	p.close(&n.Base)
}

// Subscript is a[i], an array or map element.
type Subscript struct {
	Base
	Expr, Index Expr
}

func (n *Subscript) print(p *printer) {
	p.open(&n.Base)
	p.expr(n.Expr, precPostfix)
	p.str("[")
	n.Index.print(p)
	p.str("]")
	p.close(&n.Base)
}

// TupleElement is t.1 or f(x).name. A name after an identifier is part of that Ident instead.
type TupleElement struct {
	Base
	Expr Expr
	// Index counts from one; a negative one counts from the end; 0 means that Name is used.
	Index int64
	Name  string
}

func (n *TupleElement) print(p *printer) {
	p.open(&n.Base)
	wrap := !IsParen(n.Expr) && n.needsParens()
	if wrap {
		p.str("(")
	}
	p.expr(n.Expr, precPostfix)
	if wrap {
		p.str(")")
	}
	p.str(".")
	if n.Index != 0 {
		p.str(itoa(n.Index))
	} else {
		p.ident(n.Name)
	}
	p.close(&n.Base)
}

// needsParens says whether the dot behind the operand would be read as part of something else: of a
// compound name, or of a number that begins with it.
func (n *TupleElement) needsParens() bool {
	switch e := n.Expr.(type) {
	case *Ident:
		return n.Index == 0
	case *Literal:
		return !strings.Contains(e.Text, ".")
	case *Param:
		return true
	default:
		return false
	}
}
