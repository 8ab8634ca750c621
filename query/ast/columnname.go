package ast

import (
	"math"
	"math/big"
	"slices"
	"strconv"
	"strings"
)

func itoa(v int64) string { return strconv.FormatInt(v, 10) }

func utoa(v uint64) string { return strconv.FormatUint(v, 10) }

// ColumnName returns the name that ClickHouse gives a column without an alias: operators become
// functions (a + 1 is plus(a, 1)), literals their normal form (0xff is 255, 1.50 is 1.5, 1.0 is 1.).
// It knows nothing of tables and scopes: a.b stays a.b even where the server would drop the table's
// name, and a subquery, which the server calls _subquery_N by its count, is named by its text.
func ColumnName(e Expr) string {
	var p printer
	columnName(&p, e, false)
	return p.String()
}

// columnName writes the name of e. asFloat is set for the items of an array with a float in it.
func columnName(p *printer, e Expr, asFloat bool) {
	switch n := e.(type) {
	case *Alias:
		p.str(n.Name)
	case *Ident:
		p.str(strings.Join(n.Parts, "."))
	case *Literal:
		p.str(literalName(n, asFloat))
	case *Binary:
		if n.Escape != nil {
			nameCall(p, n.Op.Function(), n.Left, n.Right, n.Escape)
			return
		}
		nameCall(p, n.Op.Function(), n.Left, n.Right)
	case *Chain:
		nameCall(p, n.Op.Function(), n.Args...)
	case *Unary:
		nameCall(p, n.Op.Function(), n.Expr)
	case *Between:
		nameBetween(p, n)
	case *In:
		nameCall(p, inFunction(n), n.Expr, n.Right)
	case *IsNull:
		if n.Not {
			nameCall(p, "isNotNull", n.Expr)
		} else {
			nameCall(p, "isNull", n.Expr)
		}
	case *FuncCall:
		nameFunction(p, n)
	case *Case:
		nameCase(p, n)
	case *Cast:
		if n.Try {
			p.str("TRY_")
		}
		p.str("CAST(")
		columnName(p, n.Expr, false)
		p.str(", ")
		p.quoted(n.TypeText())
		p.str(")")
	case *Interval:
		nameCall(p, "toInterval"+n.Unit.String(), n.Value)
	case *Lambda:
		p.str("lambda(tuple(", strings.Join(n.Params, ", "), "), ")
		columnName(p, n.Body, false)
		p.str(")")
	case *Tuple:
		nameList(p, "(", n.Items, ")", false)
	case *Array:
		nameList(p, "[", n.Items, "]", hasFloat(n.Items))
	case *Subscript:
		nameCall(p, "arrayElement", n.Expr, n.Index)
	case *TupleElement:
		if n.Index != 0 {
			nameCall(p, "tupleElement", n.Expr, intLiteral(n.Index))
		} else {
			nameCall(p, "tupleElement", n.Expr, NewString(n.Name))
		}
	case *Exists:
		p.str("exists(")
		n.Query.print(p)
		p.str(")")
	default:
		e.print(p)
	}
}

func intLiteral(v int64) *Literal {
	if v < 0 {
		return &Literal{Kind: IntLiteral, Int: v}
	}
	return NewUint(uint64(v))
}

func nameCall(p *printer, function string, args ...Expr) {
	p.str(function)
	nameList(p, "(", args, ")", false)
}

func nameList(p *printer, open string, items []Expr, end string, asFloat bool) {
	p.str(open)
	for i, item := range items {
		if i > 0 {
			p.str(", ")
		}
		columnName(p, item, asFloat)
	}
	p.str(end)
}

func nameBetween(p *printer, n *Between) {
	outer, low, high := "and(", "greaterOrEquals", "lessOrEquals"
	if n.Not {
		outer, low, high = "or(", "less", "greater"
	}
	p.str(outer)
	nameCall(p, low, n.Expr, n.Low)
	p.str(", ")
	nameCall(p, high, n.Expr, n.High)
	p.str(")")
}

func inFunction(n *In) string {
	switch {
	case n.Global && n.Not:
		return "globalNotIn"
	case n.Global:
		return "globalIn"
	case n.Not:
		return "notIn"
	default:
		return "in"
	}
}

// nameFunction writes a call. tuple() and array() name themselves as their literals do, count(*) has
// no argument, DISTINCT and FILTER show as the combinators they mean.
func nameFunction(p *printer, n *FuncCall) {
	switch {
	case n.Name == "tuple" && n.Over == nil:
		nameList(p, "(", n.Args, ")", false)
		return
	case n.Name == "array" && n.Over == nil:
		nameList(p, "[", n.Args, "]", hasFloat(n.Args))
		return
	}
	p.str(n.Name)
	if n.Distinct {
		p.str("Distinct")
	}
	args := n.Args
	if strings.EqualFold(n.Name, "count") && len(args) == 1 {
		if s, ok := args[0].(*Star); ok && s.Qualifier == nil && s.Of == nil && s.Transformers == nil {
			args = nil
		}
	}
	if n.Filter != nil {
		p.str("If")
		args = append(slices.Clip(args), n.Filter)
	}
	if n.HasParams {
		nameList(p, "(", n.Params, ")", false)
	}
	nameList(p, "(", args, ")", false)
	if n.Over != nil {
		p.str(" OVER ")
		n.Over.printWith(p, func(e Expr) { columnName(p, e, false) })
	}
}

func nameCase(p *printer, n *Case) {
	args := make([]Expr, 0, 2*len(n.Whens)+2)
	name := "multiIf"
	if n.Operand != nil {
		name = "caseWithExpression"
		args = append(args, n.Operand)
	}
	for _, w := range n.Whens {
		args = append(args, w.Cond, w.Then)
	}
	if n.Else != nil {
		args = append(args, n.Else)
	} else {
		args = append(args, &Literal{})
	}
	nameCall(p, name, args...)
}

func hasFloat(items []Expr) bool {
	float := false
	for _, e := range items {
		l, ok := e.(*Literal)
		if !ok || !l.isNumber() && l.Kind != NullLiteral {
			return false
		}
		float = float || l.Kind == FloatLiteral || l.Kind == BigLiteral
	}
	return float
}

func literalName(n *Literal, asFloat bool) string {
	switch n.Kind {
	case NullLiteral:
		return "NULL"
	case BoolLiteral:
		return strconv.FormatBool(n.Bool)
	case UintLiteral:
		if asFloat {
			return floatName(float64(n.Uint))
		}
		return strconv.FormatUint(n.Uint, 10)
	case IntLiteral:
		if asFloat {
			return floatName(float64(n.Int))
		}
		return strconv.FormatInt(n.Int, 10)
	case BigLiteral, FloatLiteral:
		return floatName(n.Float)
	case StringLiteral:
		return QuoteString(n.Str)
	}
	return ""
}

// floatName writes a float as ClickHouse does: the shortest digits that read back, a dot after a
// whole number, an exponent beyond 21 digits before the point or 6 zeros after it.
func floatName(f float64) string {
	switch {
	case math.IsNaN(f):
		return "nan"
	case math.IsInf(f, 1):
		return "inf"
	case math.IsInf(f, -1):
		return "-inf"
	}
	text := strconv.FormatFloat(f, 'e', -1, 64)
	mantissa, exp, _ := strings.Cut(text, "e")
	x, _ := strconv.Atoi(exp)
	if x >= 21 || x < -6 {
		return mantissa + "e" + strconv.Itoa(x)
	}
	text = strconv.FormatFloat(f, 'f', -1, 64)
	if !strings.Contains(text, ".") {
		text += "."
	}
	return text
}

// BigInt returns the value of an integer literal of any size, nil for other literals.
func (n *Literal) BigInt() *big.Int {
	switch n.Kind {
	case UintLiteral:
		return new(big.Int).SetUint64(n.Uint)
	case IntLiteral:
		return big.NewInt(n.Int)
	case BigLiteral:
		v, ok := new(big.Int).SetString(n.Text, 0)
		if ok {
			return v
		}
	case NullLiteral, BoolLiteral, FloatLiteral, StringLiteral:
	}
	return nil
}
