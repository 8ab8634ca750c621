package ast

import "strconv"

// LiteralKind says which field of a Literal holds its value.
type LiteralKind uint8

// The kinds of a literal.
const (
	NullLiteral   LiteralKind = iota
	BoolLiteral               // Bool
	UintLiteral               // Uint
	IntLiteral                // Int; always negative
	BigLiteral                // an integer beyond 64 bits: Text; Float is what ClickHouse makes of it
	FloatLiteral              // Float
	StringLiteral             // Str
)

// Literal is a constant as it stands in the text.
type Literal struct {
	Base
	Kind  LiteralKind
	Bool  bool
	Uint  uint64
	Int   int64
	Float float64
	Str   string
	// Text is a number as it was written, sign included and blanks left out (0xff, -1_000, 1e-3),
	// so that a decimal can be made without passing through a float.
	Text string
}

// NewString returns a string literal.
func NewString(s string) *Literal { return &Literal{Kind: StringLiteral, Str: s} }

// NewUint returns an unsigned integer literal.
func NewUint(v uint64) *Literal {
	return &Literal{Kind: UintLiteral, Uint: v, Text: strconv.FormatUint(v, 10)}
}

func (n *Literal) print(p *printer) {
	p.open(&n.Base)
	switch n.Kind {
	case NullLiteral:
		p.str("NULL")
	case BoolLiteral:
		if n.Bool {
			p.str("true")
		} else {
			p.str("false")
		}
	case StringLiteral:
		p.quoted(n.Str)
	case UintLiteral, IntLiteral, BigLiteral, FloatLiteral:
		if n.Text != "" {
			p.str(n.Text)
		} else {
			p.str(literalName(n, false))
		}
	}
	p.close(&n.Base)
}

// isNumber says whether the literal prints as a number.
func (n *Literal) isNumber() bool {
	return n.Kind == UintLiteral || n.Kind == IntLiteral || n.Kind == BigLiteral || n.Kind == FloatLiteral
}

// Tuple is (a, b), (a,) or ().
type Tuple struct {
	Base
	Items []Expr
}

func (n *Tuple) print(p *printer) {
	p.open(&n.Base)
	switch len(n.Items) {
	case 0:
		p.str("()")
	case 1:
		p.str("(")
		n.Items[0].print(p)
		p.str(",)")
	default:
		p.str("(")
		list(p, n.Items, ", ")
		p.str(")")
	}
	p.close(&n.Base)
}

// Array is [a, b].
type Array struct {
	Base
	Items []Expr
}

func (n *Array) print(p *printer) {
	p.open(&n.Base)
	p.str("[")
	list(p, n.Items, ", ")
	p.str("]")
	p.close(&n.Base)
}

// MapLiteral is {'key': value, ...}, which stands in settings and literals.
type MapLiteral struct {
	Base
	Keys, Values []Expr
}

func (n *MapLiteral) print(p *printer) {
	p.open(&n.Base)
	p.str("{")
	for i := range n.Keys {
		if i > 0 {
			p.str(", ")
		}
		n.Keys[i].print(p)
		p.str(": ")
		n.Values[i].print(p)
	}
	p.str("}")
	p.close(&n.Base)
}
