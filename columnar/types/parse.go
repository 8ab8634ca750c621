package types

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/freshetdb/freshet/columnar/chcode"
)

// maxTypeDepth bounds the nesting of a type's text.
const maxTypeDepth = 32

// Parse reads a type as ClickHouse writes it: "Array(Nullable(UInt8))". Errors
// name the part that was not understood.
func Parse(text string) (Type, error) {
	p := &typeParser{text: text}
	t, err := p.parse(0)
	if err != nil {
		return Type{}, err
	}
	p.space()
	if p.pos != len(p.text) {
		return Type{}, fmt.Errorf("unexpected %q after type %s", p.text[p.pos:], t)
	}
	return t, nil
}

// MustParse is Parse for tests and constants.
func MustParse(text string) Type {
	t, err := Parse(text)
	if err != nil {
		panic(err)
	}
	return t
}

type typeParser struct {
	text string
	pos  int
}

func (p *typeParser) space() {
	for p.pos < len(p.text) && strings.IndexByte(" \t\r\n", p.text[p.pos]) >= 0 {
		p.pos++
	}
}

func (p *typeParser) take(c byte) bool {
	p.space()
	if p.pos < len(p.text) && p.text[p.pos] == c {
		p.pos++
		return true
	}
	return false
}

func (p *typeParser) expect(c byte) error {
	if !p.take(c) {
		return fmt.Errorf("expected %q at %q in type %q", c, p.text[p.pos:], p.text)
	}
	return nil
}

// word reads an identifier, bare or in backticks or double quotes.
func (p *typeParser) word() string {
	p.space()
	start := p.pos
	if p.pos < len(p.text) && (p.text[p.pos] == '`' || p.text[p.pos] == '"') {
		s, err := p.quoted(p.text[p.pos])
		if err != nil {
			return ""
		}
		return s
	}
	for p.pos < len(p.text) {
		c := p.text[p.pos]
		if c != '_' && (c < '0' || c > '9') && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') {
			break
		}
		p.pos++
	}
	return p.text[start:p.pos]
}

// quoted reads a literal in the given quotes, with backslash escapes.
func (p *typeParser) quoted(q byte) (string, error) {
	p.space()
	if p.pos >= len(p.text) || p.text[p.pos] != q {
		return "", fmt.Errorf("expected %q at %q in type %q", q, p.text[p.pos:], p.text)
	}
	var b strings.Builder
	for i := p.pos + 1; i < len(p.text); i++ {
		switch c := p.text[i]; {
		case c == '\\' && i+1 < len(p.text):
			i++
			b.WriteByte(unescape(p.text[i]))
		case c == q && i+1 < len(p.text) && p.text[i+1] == q:
			i++
			b.WriteByte(q)
		case c == q:
			p.pos = i + 1
			return b.String(), nil
		default:
			b.WriteByte(c)
		}
	}
	return "", fmt.Errorf("unterminated %q in type %q", q, p.text)
}

func unescape(c byte) byte {
	switch c {
	case 'n':
		return '\n'
	case 't':
		return '\t'
	case 'r':
		return '\r'
	case '0':
		return 0
	case 'b':
		return '\b'
	case 'f':
		return '\f'
	default:
		return c
	}
}

func (p *typeParser) number() (int, error) {
	p.space()
	start := p.pos
	if p.pos < len(p.text) && p.text[p.pos] == '-' {
		p.pos++
	}
	for p.pos < len(p.text) && p.text[p.pos] >= '0' && p.text[p.pos] <= '9' {
		p.pos++
	}
	n, err := strconv.Atoi(p.text[start:p.pos])
	if err != nil {
		return 0, fmt.Errorf("expected a number at %q in type %q", p.text[start:], p.text)
	}
	return n, nil
}

// numberArg reads "(n)" with n in [lo, hi].
func (p *typeParser) numberArg(lo, hi int) (int, error) {
	if err := p.expect('('); err != nil {
		return 0, err
	}
	n, err := p.number()
	if err != nil {
		return 0, err
	}
	if n < lo || n > hi {
		return 0, fmt.Errorf("%d is outside [%d, %d] in type %q", n, lo, hi, p.text)
	}
	return n, p.expect(')')
}

func (p *typeParser) parse(depth int) (Type, error) {
	if depth > maxTypeDepth {
		return Type{}, fmt.Errorf("type is nested deeper than %d", maxTypeDepth)
	}
	name := p.word()
	switch strings.ToLower(name) {
	case "nullable":
		return p.nullable(depth)
	case "lowcardinality":
		return p.lowCardinality(depth)
	case "array":
		elem, err := p.wrapped(depth)
		return ArrayOf(elem), err
	case "tuple":
		return p.tuple(depth)
	case "aggregatefunction":
		return p.aggregateFunction(depth)
	case "simpleaggregatefunction":
		return p.simpleAggregateFunction(depth)
	case "decimal", "dec", "numeric", "decimal32", "decimal64", "decimal128":
		return p.decimal(strings.ToLower(name))
	case "fixedstring":
		n, err := p.numberArg(1, maxFixedString)
		return Type{Kind: FixedString, Width: uint32(n)}, err
	case "datetime", "timestamp", "datetime32":
		return p.dateTime()
	case "datetime64":
		return p.dateTime64()
	case "enum8":
		return p.enum(Enum8)
	case "enum16":
		return p.enum(Enum16)
	case "enum":
		return p.enum(Invalid)
	}
	if k, ok := simpleKind(name); ok {
		return Of(k), nil
	}
	if u, ok := strings.CutPrefix(name, "Interval"); ok {
		if unit, ok := UnitOf(u); ok {
			return Type{Kind: Interval, Unit: unit}, nil
		}
	}
	switch strings.ToLower(name) {
	case "map", "nested", "json", "object", "variant", "dynamic", "point", "ring", "polygon", "multipolygon", "linestring",
		"multilinestring", "geometry", "uint256", "int256", "decimal256", "bfloat16", "time", "time64", "qbit":
		return Type{}, chcode.Errorf(chcode.NotImplemented, "Type %s is not supported", name)
	}
	return Type{}, fmt.Errorf("unknown data type family: %s", name)
}

// maxFixedString is ClickHouse's bound for FixedString(N).
const maxFixedString = 0xFFFFFF

// simpleKind finds kinds without parameters by ClickHouse's name (case matters)
// or by an SQL alias (case does not).
func simpleKind(name string) (Kind, bool) {
	for k := Nothing; k <= Interval; k++ {
		switch k {
		case Decimal, FixedString, DateTime, DateTime64, Enum8, Enum16, Array, Tuple, Interval:
		default:
			if kindNames[k] == name {
				return k, true
			}
		}
	}
	k, ok := aliasKind(strings.ToUpper(name))
	return k, ok
}

func aliasKind(name string) (Kind, bool) {
	switch name {
	case "BOOL", "BOOLEAN":
		return Bool, true
	case "TINYINT", "INT1":
		return Int8, true
	case "SMALLINT":
		return Int16, true
	case "INT", "INTEGER", "MEDIUMINT":
		return Int32, true
	case "BIGINT":
		return Int64, true
	case "FLOAT", "REAL":
		return Float32, true
	case "DOUBLE":
		return Float64, true
	case "TEXT", "VARCHAR", "CHAR", "BLOB", "CLOB", "LONGTEXT", "MEDIUMTEXT", "TINYTEXT", "STRING":
		return String, true
	case "DATE":
		return Date, true
	case "DATE32":
		return Date32, true
	case "UUID":
		return UUID, true
	case "INET4":
		return IPv4, true
	case "INET6":
		return IPv6, true
	default:
		return Invalid, false
	}
}

func (p *typeParser) wrapped(depth int) (Type, error) {
	if err := p.expect('('); err != nil {
		return Type{}, err
	}
	t, err := p.parse(depth + 1)
	if err != nil {
		return Type{}, err
	}
	return t, p.expect(')')
}

func (p *typeParser) nullable(depth int) (Type, error) {
	t, err := p.wrapped(depth)
	if err != nil {
		return Type{}, err
	}
	if t.Kind == Array || t.Kind == Tuple || t.LowCard || (t.Nullable && t.Kind != Nothing) {
		return Type{}, chcode.Errorf(chcode.IllegalTypeOfArgument, "Nested type %s cannot be inside Nullable type", t)
	}
	return t.AsNullable(), nil
}

func (p *typeParser) lowCardinality(depth int) (Type, error) {
	t, err := p.wrapped(depth)
	if err != nil {
		return Type{}, err
	}
	switch {
	case t.LowCard, t.Kind == Array, t.Kind == Tuple, t.Kind == Decimal, t.Kind == Nothing, t.IsEnum():
		return Type{}, fmt.Errorf("nested type %s cannot be inside LowCardinality", t)
	}
	t.LowCard = true
	return t, nil
}

func (p *typeParser) tuple(depth int) (Type, error) {
	t := Type{Kind: Tuple}
	if err := p.expect('('); err != nil {
		return Type{}, err
	}
	if p.take(')') {
		return t, nil
	}
	for {
		mark := p.pos
		name := p.word()
		p.space()
		named := name != "" && p.pos < len(p.text) && strings.IndexByte(",()", p.text[p.pos]) < 0
		if !named {
			p.pos, name = mark, ""
		}
		elem, err := p.parse(depth + 1)
		if err != nil {
			return Type{}, err
		}
		t.Elems = append(t.Elems, elem)
		t.Names = append(t.Names, name)
		if p.take(',') {
			continue
		}
		if !slices.ContainsFunc(t.Names, func(n string) bool { return n != "" }) {
			t.Names = nil
		}
		return t, p.expect(')')
	}
}

func (p *typeParser) decimal(name string) (Type, error) {
	precision := map[string]int{"decimal32": 9, "decimal64": 18, "decimal128": 38}[name]
	if precision > 0 {
		scale, err := p.numberArg(0, precision)
		return DecimalOf(precision, scale), err
	}
	precision, scale := 10, 0
	if !p.take('(') {
		return DecimalOf(precision, scale), nil
	}
	precision, err := p.number()
	if err != nil {
		return Type{}, err
	}
	if p.take(',') {
		if scale, err = p.number(); err != nil {
			return Type{}, err
		}
	}
	if precision < 1 || precision > MaxDecimalPrecision {
		return Type{}, fmt.Errorf("precision %d of Decimal is outside [1, %d]", precision, MaxDecimalPrecision)
	}
	if scale < 0 || scale > precision {
		return Type{}, fmt.Errorf("scale %d of Decimal is outside [0, %d]", scale, precision)
	}
	return DecimalOf(precision, scale), p.expect(')')
}

func (p *typeParser) zone() (*Zone, error) {
	name, err := p.quoted('\'')
	if err != nil {
		return nil, err
	}
	return LoadZone(name)
}

func (p *typeParser) dateTime() (Type, error) {
	t := Of(DateTime)
	if !p.take('(') || p.take(')') {
		return t, nil
	}
	var err error
	if t.Zone, err = p.zone(); err != nil {
		return Type{}, err
	}
	return t, p.expect(')')
}

func (p *typeParser) dateTime64() (Type, error) {
	t := DateTime64Of(3, nil)
	if !p.take('(') {
		return t, nil
	}
	scale, err := p.number()
	if err != nil {
		return Type{}, err
	}
	if scale < 0 || scale > 9 {
		return Type{}, fmt.Errorf("scale %d of DateTime64 is outside [0, 9]", scale)
	}
	t.Scale = uint8(scale)
	if p.take(',') {
		if t.Zone, err = p.zone(); err != nil {
			return Type{}, err
		}
	}
	return t, p.expect(')')
}

// enum reads ('a' = 1, 'b' = 2); values left out follow the one before, from 1.
// Without a width the narrowest that fits is taken.
func (p *typeParser) enum(kind Kind) (Type, error) {
	if err := p.expect('('); err != nil {
		return Type{}, err
	}
	var names []string
	var values []int16
	next := 1
	for {
		name, err := p.quoted('\'')
		if err != nil {
			return Type{}, err
		}
		if p.take('=') {
			if next, err = p.number(); err != nil {
				return Type{}, err
			}
		}
		if next < -32768 || next > 32767 || (kind == Enum8 && (next < -128 || next > 127)) {
			return Type{}, chcode.Errorf(chcode.ArgumentOutOfBound, "Value %d for element %s exceeds range of %s", next, Quote(name), kind)
		}
		names, values = append(names, name), append(values, int16(next))
		next++
		if !p.take(',') {
			break
		}
	}
	if kind == Invalid {
		kind = Enum8
		if slices.Min(values) < -128 || slices.Max(values) > 127 {
			kind = Enum16
		}
	}
	order := make([]int, len(names))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return int(values[a]) - int(values[b]) })
	sortedNames, sortedValues := make([]string, len(names)), make([]int16, len(names))
	for i, o := range order {
		sortedNames[i], sortedValues[i] = names[o], values[o]
	}
	e, err := NewEnum(sortedNames, sortedValues)
	if err != nil {
		return Type{}, err
	}
	return Type{Kind: kind, Enum: e}, p.expect(')')
}
