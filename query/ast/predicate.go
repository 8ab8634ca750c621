package ast

// Between is a [NOT] BETWEEN low AND high.
type Between struct {
	Base
	Expr, Low, High Expr
	Not             bool
}

func (n *Between) print(p *printer) {
	p.open(&n.Base)
	p.expr(n.Expr, precBetween)
	p.str(not(n.Not), " BETWEEN ")
	p.expr(n.Low, precIs)
	p.str(" AND ")
	p.expr(n.High, precIs)
	p.close(&n.Base)
}

// In is a [GLOBAL] [NOT] IN right.
type In struct {
	Base
	Expr Expr
	// Right is what stands after IN: *Tuple, *Array, *Subquery, *Ident (a table or a constant by name),
	// *FuncCall, *Param, or one value; IN (1) and IN 1 are the same.
	Right       Expr
	Not, Global bool
}

func (n *In) print(p *printer) {
	p.open(&n.Base)
	p.expr(n.Expr, precCompare)
	if n.Global {
		p.str(" GLOBAL")
	}
	p.str(not(n.Not), " IN ")
	p.expr(n.Right, precConcat)
	p.close(&n.Base)
}

// IsNull is a IS [NOT] NULL.
type IsNull struct {
	Base
	Expr Expr
	Not  bool
}

func (n *IsNull) print(p *printer) {
	p.open(&n.Base)
	p.expr(n.Expr, precIs)
	p.str(" IS", not(n.Not), " NULL")
	p.close(&n.Base)
}

// Quantified is a comparison with every or some row of a subquery: x > ALL (SELECT ...).
// x = ANY (...) and x != ALL (...) are In.
type Quantified struct {
	Base
	Op   Op
	Expr Expr
	// All is true for ALL, false for ANY and SOME.
	All   bool
	Query Query
}

func (n *Quantified) print(p *printer) {
	p.open(&n.Base)
	p.expr(n.Expr, precCompare)
	p.word(n.Op.String())
	if n.All {
		p.str(" ALL(")
	} else {
		p.str(" ANY(")
	}
	n.Query.print(p)
	p.str(")")
	p.close(&n.Base)
}

// Subquery is a query in parentheses that stands for a value, a set or a table.
type Subquery struct {
	Base
	Query Query
}

func (n *Subquery) print(p *printer) {
	p.str("(")
	n.Query.print(p)
	p.str(")")
}

// Exists is EXISTS (SELECT ...).
type Exists struct {
	Base
	Query Query
}

func (n *Exists) print(p *printer) {
	p.open(&n.Base)
	p.str("EXISTS (")
	n.Query.print(p)
	p.str(")")
	p.close(&n.Base)
}

func not(yes bool) string {
	if yes {
		return " NOT"
	}
	return ""
}
