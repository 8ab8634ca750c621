package ast

// Star is * or t.*, with transformers.
type Star struct {
	Base
	// Qualifier is the table of t.* or db.t.*, nil for *.
	Qualifier *Ident
	// Of is the tuple of f(x).*, whose elements the star stands for.
	Of           Expr
	Transformers []Transformer
}

func (n *Star) print(p *printer) {
	p.open(&n.Base)
	printQualifier(p, n.Qualifier)
	if n.Of != nil {
		p.expr(n.Of, precPostfix)
		p.str(".")
	}
	p.str("*")
	printTransformers(p, n.Transformers)
	p.close(&n.Base)
}

// Columns is COLUMNS('regex') or COLUMNS(a, b), with transformers.
type Columns struct {
	Base
	Qualifier *Ident
	// Regex is used when List is nil.
	Regex        string
	List         []Expr
	Transformers []Transformer
}

func (n *Columns) print(p *printer) {
	p.open(&n.Base)
	printQualifier(p, n.Qualifier)
	p.str("COLUMNS(")
	if n.List == nil {
		p.quoted(n.Regex)
	} else {
		list(p, n.List, ", ")
	}
	p.str(")")
	printTransformers(p, n.Transformers)
	p.close(&n.Base)
}

// Transformer changes what a Star or Columns yields: *ExceptColumns, *ReplaceColumns or *ApplyFunction.
type Transformer interface {
	Node
	transformer()
}

func printTransformers(p *printer, ts []Transformer) {
	for _, t := range ts {
		p.str(" ")
		t.print(p)
	}
}

// ExceptColumns is EXCEPT [STRICT] (a, b) or EXCEPT 'regex'.
type ExceptColumns struct {
	Span
	Strict bool
	// Names may be compound.
	Names []*Ident
	// Regex is used when Names is nil.
	Regex string
}

func (*ExceptColumns) transformer() {}

func (n *ExceptColumns) print(p *printer) {
	p.str("EXCEPT ")
	if n.Strict {
		p.str("STRICT ")
	}
	if n.Names == nil {
		p.quoted(n.Regex)
		return
	}
	p.str("(")
	list(p, n.Names, ", ")
	p.str(")")
}

// ReplaceColumns is REPLACE [STRICT] (expr AS name, ...).
type ReplaceColumns struct {
	Span
	Strict bool
	Items  []*Alias
}

func (*ReplaceColumns) transformer() {}

func (n *ReplaceColumns) print(p *printer) {
	p.str("REPLACE ")
	if n.Strict {
		p.str("STRICT ")
	}
	p.str("(")
	list(p, n.Items, ", ")
	p.str(")")
}

// ApplyFunction is APPLY f, APPLY quantile(0.9) or APPLY(x -> ...).
type ApplyFunction struct {
	Span
	Name      string
	Params    []Expr
	HasParams bool
	// Lambda is set instead of Name.
	Lambda *Lambda
	// Prefix is the column name prefix of APPLY(f, 'prefix').
	Prefix string
}

func (*ApplyFunction) transformer() {}

func (n *ApplyFunction) print(p *printer) {
	p.str("APPLY(")
	if n.Lambda != nil {
		n.Lambda.print(p)
	} else {
		p.str(quoteFunction(n.Name))
		if n.HasParams {
			p.str("(")
			list(p, n.Params, ", ")
			p.str(")")
		}
	}
	if n.Prefix != "" {
		p.str(", ")
		p.quoted(n.Prefix)
	}
	p.str(")")
}

func printQualifier(p *printer, n *Ident) {
	if n != nil {
		n.print(p)
		p.str(".")
	}
}
