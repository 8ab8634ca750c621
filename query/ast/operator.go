package ast

// Op is an operator that stands between or before its operands.
type Op uint8

// The operators.
const (
	OpNone Op = iota
	OpPlus
	OpMinus
	OpMultiply
	OpDivide
	OpModulo
	OpIntDiv
	OpEquals
	OpNotEquals
	OpLess
	OpLessOrEquals
	OpGreater
	OpGreaterOrEquals
	OpIsDistinctFrom
	OpIsNotDistinctFrom
	OpLike
	OpNotLike
	OpILike
	OpNotILike
	OpRegexp
	OpAnd
	OpOr
	OpConcat
	OpNot
	OpNegate
)

// How tight operators bind, weakest first; ClickHouse's order.
const (
	precAlias = iota
	precLambda
	precTernary
	precOr
	precAnd
	precNot
	precUnused
	precBetween
	precIs
	precCompare
	precConcat
	precAdd
	precMultiply
	precNegate
	precPostfix
	precPrimary
)

type opInfo struct {
	symbol, function string
	prec             int
}

func (op Op) info() opInfo {
	switch op {
	case OpPlus:
		return opInfo{"+", "plus", precAdd}
	case OpMinus:
		return opInfo{"-", "minus", precAdd}
	case OpMultiply:
		return opInfo{"*", "multiply", precMultiply}
	case OpDivide:
		return opInfo{"/", "divide", precMultiply}
	case OpModulo:
		return opInfo{"%", "modulo", precMultiply}
	case OpIntDiv:
		return opInfo{"DIV", "intDiv", precMultiply}
	case OpEquals:
		return opInfo{"=", "equals", precCompare}
	case OpNotEquals:
		return opInfo{"!=", "notEquals", precCompare}
	case OpLess:
		return opInfo{"<", "less", precCompare}
	case OpLessOrEquals:
		return opInfo{"<=", "lessOrEquals", precCompare}
	case OpGreater:
		return opInfo{">", "greater", precCompare}
	case OpGreaterOrEquals:
		return opInfo{">=", "greaterOrEquals", precCompare}
	case OpIsDistinctFrom:
		return opInfo{"IS DISTINCT FROM", "isDistinctFrom", precIs}
	case OpIsNotDistinctFrom:
		return opInfo{"<=>", "isNotDistinctFrom", precCompare}
	default:
		return op.wordInfo()
	}
}

func (op Op) wordInfo() opInfo {
	switch op {
	case OpLike:
		return opInfo{"LIKE", "like", precCompare}
	case OpNotLike:
		return opInfo{"NOT LIKE", "notLike", precCompare}
	case OpILike:
		return opInfo{"ILIKE", "ilike", precCompare}
	case OpNotILike:
		return opInfo{"NOT ILIKE", "notILike", precCompare}
	case OpRegexp:
		return opInfo{"REGEXP", "match", precCompare}
	case OpAnd:
		return opInfo{"AND", "and", precAnd}
	case OpOr:
		return opInfo{"OR", "or", precOr}
	case OpConcat:
		return opInfo{"||", "concat", precConcat}
	case OpNot:
		return opInfo{"NOT", "not", precNot}
	case OpNegate:
		return opInfo{"-", "negate", precNegate}
	default:
		return opInfo{}
	}
}

// String returns the operator as it is written.
func (op Op) String() string { return op.info().symbol }

// Function returns the ClickHouse function that the operator means: plus, less, notLike, ...
func (op Op) Function() string { return op.info().function }

// Precedence returns how tight the operator binds; a larger number binds tighter.
func (op Op) Precedence() int { return op.info().prec }

// Binary is an operator with two operands.
type Binary struct {
	Base
	Op          Op
	Left, Right Expr
	// Escape is the character after LIKE ... ESCAPE, nil if there is none.
	Escape Expr
}

func (n *Binary) print(p *printer) {
	p.open(&n.Base)
	prec := n.Op.Precedence()
	p.expr(n.Left, prec)
	p.word(n.Op.String())
	p.str(" ")
	p.expr(n.Right, prec+1)
	if n.Escape != nil {
		p.str(" ESCAPE ")
		p.expr(n.Escape, prec+1)
	}
	p.close(&n.Base)
}

// Chain is AND, OR or || over two or more operands. Like ClickHouse, a AND b AND c is one node with
// three operands, while (a AND b) AND c is a node within a node.
type Chain struct {
	Base
	Op   Op
	Args []Expr
}

func (n *Chain) print(p *printer) {
	p.open(&n.Base)
	for i, a := range n.Args {
		if i > 0 {
			p.str(" ", n.Op.String(), " ")
		}
		p.expr(a, n.Op.Precedence()+1)
	}
	p.close(&n.Base)
}

// Unary is NOT x or -x. The minus of a number belongs to its Literal.
type Unary struct {
	Base
	Op   Op
	Expr Expr
}

func (n *Unary) print(p *printer) {
	p.open(&n.Base)
	if n.Op == OpNegate {
		// A number or another minus directly after the sign would be read differently.
		least := precNegate + 1
		if l, ok := n.Expr.(*Literal); ok && (l.isNumber() || l.Kind == BoolLiteral) {
			least = precPrimary + 1
		}
		p.str("-")
		p.expr(n.Expr, least)
	} else {
		p.str(n.Op.String(), " ")
		p.expr(n.Expr, n.Op.Precedence())
	}
	p.close(&n.Base)
}

// precedence returns how tight the outermost operator of an expression binds.
func precedence(e Expr) int {
	switch n := e.(type) {
	case *Alias:
		return precAlias
	case *Lambda:
		return precLambda
	case *Binary:
		return n.Op.Precedence()
	case *Chain:
		return n.Op.Precedence()
	case *Unary:
		return n.Op.Precedence()
	case *Between:
		return precBetween
	case *In, *Quantified:
		return precCompare
	case *IsNull:
		return precIs
	case *Subscript, *TupleElement:
		return precPostfix
	case *Literal:
		if n.Kind == IntLiteral || n.Text != "" && n.Text[0] == '-' {
			return precNegate
		}
	}
	return precPrimary
}
