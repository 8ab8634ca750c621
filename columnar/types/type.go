package types

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/freshetdb/freshet/columnar/chcode"
)

// Kind is the family of a type, without its parameters.
type Kind uint8

// The kinds, in the order of ClickHouse's documentation.
const (
	Invalid Kind = iota
	Nothing      // the type of NULL, always Nullable
	Bool
	Int8
	Int16
	Int32
	Int64
	UInt8
	UInt16
	UInt32
	UInt64
	Float32
	Float64
	Decimal
	String
	FixedString
	Date
	Date32
	DateTime
	DateTime64
	Enum8
	Enum16
	UUID
	IPv4
	IPv6
	Array
	Tuple
	Interval
	AggregateFunction // the state of an aggregate function over Elems
)

// Phys is the physical form of a column: which Go slice holds its values.
type Phys uint8

// The physical forms. Comments give the Go type of a column's Data.
const (
	PhysNone    Phys = iota // no data: Nothing
	PhysU8                  // []uint8: Bool, UInt8
	PhysU16                 // []uint16: UInt16, Date
	PhysU32                 // []uint32: UInt32, DateTime, IPv4
	PhysU64                 // []uint64: UInt64
	PhysI8                  // []int8: Int8, Enum8
	PhysI16                 // []int16: Int16, Enum16
	PhysI32                 // []int32: Int32, Date32
	PhysI64                 // []int64: Int64, DateTime64, Interval, Decimal with precision <= 18
	PhysI128                // []Int128: Decimal with precision > 18
	PhysF32                 // []float32
	PhysF64                 // []float64
	PhysB16                 // []Bytes16: UUID, IPv6 (big-endian text order)
	PhysStrings             // batch.Strings or batch.Symbols: String, FixedString; batch.Strings: AggregateFunction
	PhysLists               // batch.Lists: Array
	PhysTuple               // []*batch.Vector: Tuple
)

// Bytes16 is a UUID or an IPv6 address, in the order in which it is written.
type Bytes16 [16]byte

// MaxDecimalPrecision is the largest precision of a Decimal.
const MaxDecimalPrecision = 38

// maxDecimal64Precision is the largest precision that fits an int64.
const maxDecimal64Precision = 18

// Type is a logical type. The zero value is invalid. Types are values: copy
// them freely, never change what Zone, Enum, Elems and Names point to.
type Type struct {
	Kind      Kind
	Nullable  bool
	LowCard   bool     // LowCardinality(T): how the type prints; storage uses symbols either way
	Precision uint8    // Decimal
	Scale     uint8    // Decimal; sub-second digits of DateTime64
	Unit      Unit     // Interval
	Width     uint32   // FixedString: bytes of a value
	Zone      *Zone    // DateTime, DateTime64: nil means the server's zone
	Enum      *Enum    // Enum8, Enum16
	Elems     []Type   // Array: one; Tuple: one per element; AggregateFunction: its arguments
	Names     []string // Tuple with named elements; else nil
	Func      string   // AggregateFunction: the function's name, combinators included
	Params    []string // AggregateFunction: the function's parameters as SQL literals
	// Simple is the function f of SimpleAggregateFunction(f, T): how rows of a
	// table of states are merged. Values and everything else are those of T.
	Simple string
}

// Of returns the type of a kind that has no parameters.
func Of(k Kind) Type { return Type{Kind: k} }

// ArrayOf returns Array(elem).
func ArrayOf(elem Type) Type { return Type{Kind: Array, Elems: []Type{elem}} }

// TupleOf returns Tuple(elems…).
func TupleOf(elems ...Type) Type { return Type{Kind: Tuple, Elems: elems} }

// DecimalOf returns Decimal(precision, scale).
func DecimalOf(precision, scale int) Type {
	return Type{Kind: Decimal, Precision: uint8(precision), Scale: uint8(scale)}
}

// DateTime64Of returns DateTime64(scale[, zone]).
func DateTime64Of(scale int, zone *Zone) Type {
	return Type{Kind: DateTime64, Scale: uint8(scale), Zone: zone}
}

// StateOf returns AggregateFunction(name(params), args…): the state of an
// aggregate function.
func StateOf(name string, params []string, args []Type) Type {
	return Type{Kind: AggregateFunction, Func: name, Params: params, Elems: args}
}

// AsNullable returns Nullable(t). Arrays, tuples and states can't be Nullable:
// they are returned as they are.
func (t Type) AsNullable() Type {
	if t.Kind != Array && t.Kind != Tuple && t.Kind != AggregateFunction {
		t.Nullable = true
	}
	return t
}

// NotNull returns t without Nullable.
func (t Type) NotNull() Type { t.Nullable = false; return t }

// Plain returns t without Nullable, LowCardinality and SimpleAggregateFunction.
func (t Type) Plain() Type { t.Nullable, t.LowCard, t.Simple = false, false, ""; return t }

// NotSimple returns T for SimpleAggregateFunction(f, T), and t as it is otherwise.
func (t Type) NotSimple() Type { t.Simple = ""; return t }

// Elem is the element type of an Array.
func (t Type) Elem() Type { return t.Elems[0] }

// Phys returns the physical form of a column of this type.
func (t *Type) Phys() Phys {
	switch t.Kind {
	case Bool, UInt8:
		return PhysU8
	case UInt16, Date:
		return PhysU16
	case UInt32, DateTime, IPv4:
		return PhysU32
	case UInt64:
		return PhysU64
	case Int8, Enum8:
		return PhysI8
	case Int16, Enum16:
		return PhysI16
	case Int32, Date32:
		return PhysI32
	case Int64, DateTime64, Interval:
		return PhysI64
	case Decimal:
		if t.Precision > maxDecimal64Precision {
			return PhysI128
		}
		return PhysI64
	case Float32:
		return PhysF32
	case Float64:
		return PhysF64
	case UUID, IPv6:
		return PhysB16
	case String, FixedString, AggregateFunction:
		return PhysStrings
	case Array:
		return PhysLists
	case Tuple:
		return PhysTuple
	default:
		return PhysNone
	}
}

// What only looks at a Type takes a pointer: a copy for each call would be 90 KB of code. For values that have no
// address there are the same questions of a Kind.

// IsInteger is [Type.IsInteger].
func (k Kind) IsInteger() bool { return k >= Int8 && k <= UInt64 }

// IsFloat is [Type.IsFloat].
func (k Kind) IsFloat() bool { return k == Float32 || k == Float64 }

// IsNumeric is [Type.IsNumeric].
func (k Kind) IsNumeric() bool { return k >= Bool && k <= Decimal }

// IsString is [Type.IsString].
func (k Kind) IsString() bool { return k == String || k == FixedString }

// IsInteger tells whether t is one of Int8…Int64, UInt8…UInt64 (not Bool).
func (t *Type) IsInteger() bool { return t.Kind.IsInteger() }

// IsUnsigned tells whether t is Bool or UInt8…UInt64.
func (t *Type) IsUnsigned() bool {
	return t.Kind == Bool || (t.Kind >= UInt8 && t.Kind <= UInt64)
}

// IsFloat tells whether t is Float32 or Float64.
func (t *Type) IsFloat() bool { return t.Kind.IsFloat() }

// IsNumeric tells whether arithmetic is defined on t: integers, Bool, floats, decimals.
func (t *Type) IsNumeric() bool { return t.Kind.IsNumeric() }

// IsString tells whether t is String or FixedString.
func (t *Type) IsString() bool { return t.Kind.IsString() }

// IsDate tells whether t is Date or Date32.
func (t *Type) IsDate() bool { return t.Kind == Date || t.Kind == Date32 }

// IsTime tells whether t is DateTime or DateTime64.
func (t *Type) IsTime() bool { return t.Kind == DateTime || t.Kind == DateTime64 }

// IsEnum tells whether t is Enum8 or Enum16.
func (t *Type) IsEnum() bool { return t.Kind == Enum8 || t.Kind == Enum16 }

// Size is the number of bytes of a value of a fixed-width physical form in
// ClickHouse's RowBinary format; 0 for forms of variable width.
func (t *Type) Size() int {
	switch t.Kind {
	case Bool, Int8, UInt8, Enum8:
		return 1
	case Int16, UInt16, Date, Enum16:
		return 2
	case Int32, UInt32, Float32, Date32, DateTime, IPv4:
		return 4
	case Int64, UInt64, Float64, DateTime64, Interval:
		return 8
	case Decimal:
		switch {
		case t.Precision <= 9:
			return 4
		case t.Precision <= maxDecimal64Precision:
			return 8
		default:
			return 16
		}
	case UUID, IPv6:
		return 16
	case FixedString:
		return int(t.Width)
	default:
		return 0
	}
}

// Equal tells whether a and b are the same type, LowCardinality included.
func (t Type) Equal(o Type) bool {
	if t.Kind != o.Kind || t.Nullable != o.Nullable || t.LowCard != o.LowCard ||
		t.Precision != o.Precision || t.Scale != o.Scale || t.Unit != o.Unit || t.Width != o.Width ||
		t.ZoneName() != o.ZoneName() || len(t.Elems) != len(o.Elems) || !slices.Equal(t.Names, o.Names) ||
		t.Func != o.Func || t.Simple != o.Simple || !slices.Equal(t.Params, o.Params) {
		return false
	}
	if (t.Enum == nil) != (o.Enum == nil) || (t.Enum != nil && !t.Enum.Equal(o.Enum)) {
		return false
	}
	return slices.EqualFunc(t.Elems, o.Elems, Type.Equal)
}

// ZoneName is the name of the type's own zone, or "".
func (t Type) ZoneName() string {
	if t.Zone == nil {
		return ""
	}
	return t.Zone.Name()
}

var kindNames = [...]string{
	Invalid: "Invalid", Nothing: "Nothing", Bool: "Bool", Int8: "Int8", Int16: "Int16", Int32: "Int32",
	Int64: "Int64", UInt8: "UInt8", UInt16: "UInt16", UInt32: "UInt32", UInt64: "UInt64",
	Float32: "Float32", Float64: "Float64", Decimal: "Decimal", String: "String",
	FixedString: "FixedString", Date: "Date", Date32: "Date32", DateTime: "DateTime",
	DateTime64: "DateTime64", Enum8: "Enum8", Enum16: "Enum16", UUID: "UUID", IPv4: "IPv4",
	IPv6: "IPv6", Array: "Array", Tuple: "Tuple", Interval: "Interval",
	AggregateFunction: "AggregateFunction",
}

// String is the name of the kind without parameters.
func (k Kind) String() string { return kindNames[k] }

// String prints the type as ClickHouse does.
func (t Type) String() string {
	s := t.bare()
	if t.Nullable {
		s = "Nullable(" + s + ")"
	}
	if t.LowCard {
		s = "LowCardinality(" + s + ")"
	}
	if t.Simple != "" {
		s = "SimpleAggregateFunction(" + t.Simple + ", " + s + ")"
	}
	return s
}

func (t Type) bare() string {
	switch t.Kind {
	case Decimal:
		return fmt.Sprintf("Decimal(%d, %d)", t.Precision, t.Scale)
	case FixedString:
		return fmt.Sprintf("FixedString(%d)", t.Width)
	case DateTime:
		if t.Zone != nil {
			return "DateTime(" + Quote(t.Zone.Name()) + ")"
		}
	case DateTime64:
		if t.Zone != nil {
			return fmt.Sprintf("DateTime64(%d, %s)", t.Scale, Quote(t.Zone.Name()))
		}
		return fmt.Sprintf("DateTime64(%d)", t.Scale)
	case Enum8, Enum16:
		return t.Kind.String() + t.Enum.String()
	case Interval:
		return "Interval" + t.Unit.String()
	case Array:
		return "Array(" + t.Elem().String() + ")"
	case Tuple:
		return "Tuple(" + t.elemList() + ")"
	case AggregateFunction:
		return "AggregateFunction(" + t.funcText() + ")"
	default:
	}
	return t.Kind.String()
}

// funcText prints quantiles(0.5, 0.9), UInt64.
func (t Type) funcText() string {
	parts := []string{t.Func}
	if len(t.Params) > 0 {
		parts[0] += "(" + strings.Join(t.Params, ", ") + ")"
	}
	for _, a := range t.Elems {
		parts = append(parts, a.String())
	}
	return strings.Join(parts, ", ")
}

func (t Type) elemList() string {
	parts := make([]string, len(t.Elems))
	for i, e := range t.Elems {
		parts[i] = e.String()
		if t.Names != nil {
			parts[i] = QuoteName(t.Names[i]) + " " + parts[i]
		}
	}
	return strings.Join(parts, ", ")
}

// Quote prints s as a ClickHouse string literal.
func Quote(s string) string {
	var b strings.Builder
	b.WriteByte('\'')
	for i := range len(s) {
		switch c := s[i]; c {
		case '\'', '\\':
			b.WriteByte('\\')
			b.WriteByte(c)
		case '\n':
			b.WriteString(`\n`)
		case '\t':
			b.WriteString(`\t`)
		case '\r':
			b.WriteString(`\r`)
		case 0:
			b.WriteString(`\0`)
		case '\b':
			b.WriteString(`\b`)
		case '\f':
			b.WriteString(`\f`)
		default:
			b.WriteByte(c)
		}
	}
	b.WriteByte('\'')
	return b.String()
}

// QuoteColumn prints the name of a column, which must not be read as a keyword.
func QuoteColumn(s string) string {
	if IsReserved(s) {
		return "`" + s + "`"
	}
	return QuoteName(s)
}

// QuoteName prints the name of a database or table, in backticks where it must be.
func QuoteName(s string) string {
	plain := s != ""
	for i := range len(s) {
		c := s[i]
		letter := c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')
		if !letter && (i == 0 || c < '0' || c > '9') {
			plain = false
			break
		}
	}
	if plain {
		return s
	}
	return "`" + strings.ReplaceAll(strings.ReplaceAll(s, `\`, `\\`), "`", "\\`") + "`"
}

// Unit is the unit of an interval.
type Unit uint8

// The units of intervals.
const (
	Nanosecond Unit = iota
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

var unitNames = [...]string{
	"Nanosecond", "Microsecond", "Millisecond", "Second", "Minute", "Hour", "Day", "Week", "Month",
	"Quarter", "Year",
}

// String is the name as it stands in IntervalDay.
func (u Unit) String() string { return unitNames[u] }

// UnitOf finds a unit by its name in any case, singular or plural.
func UnitOf(name string) (Unit, bool) {
	for i, n := range unitNames {
		if strings.EqualFold(name, n) || strings.EqualFold(name, n+"s") {
			return Unit(i), true
		}
	}
	return 0, false
}

// Enum is the set of names of an Enum8 or Enum16.
type Enum struct {
	names  []string
	values []int16
	byName map[string]int16
	byVal  map[int16]string
}

// NewEnum builds an Enum; names and values must be unique and not empty.
func NewEnum(names []string, values []int16) (*Enum, error) {
	e := &Enum{
		names: slices.Clone(names), values: slices.Clone(values),
		byName: make(map[string]int16, len(names)), byVal: make(map[int16]string, len(names)),
	}
	if len(names) == 0 {
		return nil, errors.New("enum has no elements")
	}
	for i, n := range names {
		if _, dup := e.byName[n]; dup {
			return nil, chcode.Errorf(chcode.SyntaxError, "Duplicate names in enum: %s = %d and %d", Quote(n), e.byName[n], values[i])
		}
		if _, dup := e.byVal[values[i]]; dup {
			return nil, chcode.Errorf(chcode.SyntaxError, "Duplicate values in enum: %s = %d and %s", Quote(n), values[i], Quote(e.byVal[values[i]]))
		}
		e.byName[n], e.byVal[values[i]] = values[i], n
	}
	return e, nil
}

// Value finds the number of a name.
func (e *Enum) Value(name string) (int16, bool) { v, ok := e.byName[name]; return v, ok }

// Name finds the name of a number.
func (e *Enum) Name(v int16) (string, bool) { n, ok := e.byVal[v]; return n, ok }

// Default is the value of the first element by number, the type's default.
func (e *Enum) Default() int16 { return e.values[0] }

// Names are the names in their declared order. Do not change the result.
func (e *Enum) Names() []string { return e.names }

// Equal tells whether both have the same names and values in the same order.
func (e *Enum) Equal(o *Enum) bool {
	return slices.Equal(e.names, o.names) && slices.Equal(e.values, o.values)
}

// String prints ('a' = 1, 'b' = 2).
func (e *Enum) String() string {
	var b strings.Builder
	b.WriteByte('(')
	for i, n := range e.names {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(Quote(n) + " = " + strconv.Itoa(int(e.values[i])))
	}
	b.WriteByte(')')
	return b.String()
}
