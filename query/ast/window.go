package ast

// FrameUnit is what a window frame counts in.
type FrameUnit uint8

// The units of a frame.
const (
	FrameNone FrameUnit = iota
	FrameRows
	FrameRange
	FrameGroups
)

// String returns the keyword.
func (u FrameUnit) String() string { return [...]string{"", "ROWS", "RANGE", "GROUPS"}[u] }

// BoundKind is the kind of one end of a frame.
type BoundKind uint8

// The kinds of a frame's end.
const (
	BoundCurrentRow BoundKind = iota
	BoundUnbounded
	BoundOffset
)

// Bound is one end of a frame.
type Bound struct {
	Span
	Kind BoundKind
	// Following is false for PRECEDING; it has no meaning for CURRENT ROW.
	Following bool
	// Offset is set for BoundOffset.
	Offset Expr
}

func (n *Bound) print(p *printer) {
	switch n.Kind {
	case BoundCurrentRow:
		p.str("CURRENT ROW")
		return
	case BoundUnbounded:
		p.str("UNBOUNDED")
	case BoundOffset:
		p.expr(n.Offset, precTernary)
	}
	if n.Following {
		p.str(" FOLLOWING")
	} else {
		p.str(" PRECEDING")
	}
}

// Frame is ROWS|RANGE|GROUPS BETWEEN from AND to. The short form has CURRENT ROW as its end.
type Frame struct {
	Span
	Unit     FrameUnit
	From, To *Bound
}

func (n *Frame) print(p *printer) {
	p.str(n.Unit.String(), " BETWEEN ")
	n.From.print(p)
	p.str(" AND ")
	n.To.print(p)
}

// Window is what stands after OVER: a name, or a definition in parentheses that may begin with one.
type Window struct {
	Span
	// Name alone, with IsReference, is OVER w. Without IsReference it is the base of OVER (w ...).
	Name        string
	IsReference bool
	PartitionBy []Expr
	OrderBy     []*OrderItem
	// Frame is nil for the default frame.
	Frame *Frame
}

func (n *Window) print(p *printer) {
	n.printWith(p, func(e Expr) { e.print(p) })
}

// printWith writes the window, its keys by expr.
func (n *Window) printWith(p *printer, expr func(Expr)) {
	if n.IsReference {
		p.ident(n.Name)
		return
	}
	p.str("(")
	sep := ""
	if n.Name != "" {
		p.ident(n.Name)
		sep = " "
	}
	if len(n.PartitionBy) > 0 {
		p.str(sep, "PARTITION BY ")
		for i, e := range n.PartitionBy {
			p.str([...]string{"", ", "}[min(i, 1)])
			expr(e)
		}
		sep = " "
	}
	if len(n.OrderBy) > 0 {
		p.str(sep, "ORDER BY ")
		for i, item := range n.OrderBy {
			p.str([...]string{"", ", "}[min(i, 1)])
			item.printWith(p, expr)
		}
		sep = " "
	}
	if n.Frame != nil {
		p.str(sep)
		n.Frame.print(p)
	}
	p.str(")")
}

// NamedWindow is WINDOW name AS (...).
type NamedWindow struct {
	Span
	Name   string
	Window *Window
}

func (n *NamedWindow) print(p *printer) {
	p.ident(n.Name)
	p.str(" AS ")
	n.Window.print(p)
}
