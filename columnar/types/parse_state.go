package types

import (
	"fmt"
	"strings"

	"github.com/freshetdb/freshet/columnar/chcode"
)

// maxStateParams bounds the parameters of an aggregate function in a type.
const maxStateParams = 1000

// aggregateFunction reads (name[(params)][, type…]). A version in the first
// place, as ClickHouse writes for some functions, is read over.
func (p *typeParser) aggregateFunction(depth int) (Type, error) {
	t := Type{Kind: AggregateFunction}
	if err := p.expect('('); err != nil {
		return t, err
	}
	p.space()
	if p.pos < len(p.text) && p.text[p.pos] >= '0' && p.text[p.pos] <= '9' {
		if _, err := p.number(); err != nil {
			return t, err
		}
		if err := p.expect(','); err != nil {
			return t, err
		}
	}
	var err error
	if t.Func, t.Params, err = p.stateFunc(); err != nil {
		return t, err
	}
	for p.take(',') {
		a, err := p.parse(depth + 1)
		if err != nil {
			return t, err
		}
		t.Elems = append(t.Elems, a)
	}
	return t, p.expect(')')
}

// simpleAggregateFunction reads (name, type).
func (p *typeParser) simpleAggregateFunction(depth int) (Type, error) {
	if err := p.expect('('); err != nil {
		return Type{}, err
	}
	name, params, err := p.stateFunc()
	if err != nil {
		return Type{}, err
	}
	if len(params) > 0 {
		return Type{}, chcode.Errorf(chcode.NotImplemented, "Parameters of %s in SimpleAggregateFunction are not supported", name)
	}
	if err := p.expect(','); err != nil {
		return Type{}, err
	}
	t, err := p.parse(depth + 1)
	if err != nil {
		return Type{}, err
	}
	if t, err = SimpleOf(name, t); err != nil {
		return Type{}, err
	}
	return t, p.expect(')')
}

// SimpleOf returns SimpleAggregateFunction(name, t), if there is such a type.
func SimpleOf(name string, t Type) (Type, error) {
	if !isSimple(name) {
		return Type{}, chcode.Errorf(chcode.BadArguments, "Function %s can't be used in SimpleAggregateFunction", name)
	}
	if t.Kind == AggregateFunction || t.Simple != "" {
		return Type{}, chcode.Errorf(chcode.BadArguments, "Type %s can't be used in SimpleAggregateFunction", t)
	}
	t.Simple = name
	return t, nil
}

// Unquote reads what Quote wrote.
func Unquote(text string) (string, error) {
	p := &typeParser{text: text}
	s, err := p.quoted('\'')
	if err == nil && p.pos != len(text) {
		err = fmt.Errorf("unexpected %q after a literal", text[p.pos:])
	}
	return s, err
}

// isSimple tells the functions whose state is their value.
func isSimple(name string) bool {
	switch name {
	case "sum", "sumWithOverflow", "min", "max", "any", "anyLast", "any_respect_nulls", "anyLast_respect_nulls",
		"groupBitAnd", "groupBitOr", "groupBitXor", "sumMap", "minMap", "maxMap", "sumMappedArrays", "minMappedArrays",
		"maxMappedArrays", "groupArrayArray", "groupUniqArrayArray":
		return true
	default:
		return false
	}
}

// stateFunc reads name[(literal, …)].
func (p *typeParser) stateFunc() (name string, params []string, err error) {
	if name = p.word(); name == "" {
		return "", nil, fmt.Errorf("expected the name of an aggregate function at %q in type %q", p.text[p.pos:], p.text)
	}
	if !p.take('(') {
		return name, nil, nil
	}
	for !p.take(')') {
		if len(params) > 0 {
			if err := p.expect(','); err != nil {
				return "", nil, err
			}
		}
		lit, err := p.literal()
		if err != nil {
			return "", nil, err
		}
		if params = append(params, lit); len(params) > maxStateParams {
			return "", nil, fmt.Errorf("more than %d parameters in a type", maxStateParams)
		}
	}
	return name, params, nil
}

// literal reads a number or a quoted string and gives it as SQL.
func (p *typeParser) literal() (string, error) {
	p.space()
	if p.pos < len(p.text) && p.text[p.pos] == '\'' {
		s, err := p.quoted('\'')
		return Quote(s), err
	}
	start := p.pos
	for p.pos < len(p.text) && strings.IndexByte("+-.0123456789eE", p.text[p.pos]) >= 0 {
		p.pos++
	}
	if p.pos == start {
		return "", fmt.Errorf("expected a literal at %q in type %q", p.text[start:], p.text)
	}
	return p.text[start:p.pos], nil
}
