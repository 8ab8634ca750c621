package ast

import "strings"

// Type is a data type as written: Array(Nullable(UInt8)), Enum8('a' = 1), DateTime64(3, 'UTC').
type Type struct {
	Span
	// Name is the family as written; for SQL's types of several words (DOUBLE PRECISION, INT UNSIGNED)
	// it is the words in upper case with one blank between.
	Name string
	Args []*TypeArg
	// HasArgs tells T() from T.
	HasArgs bool
}

func (n *Type) print(p *printer) {
	if isPhrase(n.Name) {
		p.str(n.Name)
	} else {
		p.str(quoteType(n.Name))
	}
	if n.HasArgs {
		p.str("(")
		list(p, n.Args, ", ")
		p.str(")")
	}
}

// isPhrase says whether the name is one of SQL's that have several words.
func isPhrase(name string) bool {
	first, rest, ok := strings.Cut(name, " ")
	if !ok {
		return false
	}
	switch first {
	case "DOUBLE":
		return rest == "PRECISION"
	case "INT", "INTEGER", "TINYINT", "SMALLINT", "MEDIUMINT", "BIGINT", "INT1":
		return rest == "SIGNED" || rest == "UNSIGNED"
	case "TIME", "TIMESTAMP":
		return rest == "WITH TIME ZONE" || rest == "WITHOUT TIME ZONE"
	case "CHAR", "CHARACTER", "NCHAR", "BINARY":
		return rest == "LARGE OBJECT" || rest == "VARYING"
	case "NATIONAL":
		switch rest {
		case "CHARACTER LARGE OBJECT", "CHARACTER VARYING", "CHARACTER", "CHAR VARYING", "CHAR":
			return true
		}
	}
	return false
}

// quoteType leaves the type families bare that are keywords elsewhere.
func quoteType(name string) string {
	switch name {
	case "Array", "Interval", "Set", "SET", "ARRAY":
		return name
	}
	return QuoteIdent(name)
}

// TypeArgKind says which fields of a TypeArg are used.
type TypeArgKind uint8

// The kinds of a type's argument.
const (
	ArgType      TypeArgKind = iota // Type
	ArgElement                      // Name Type: Tuple(a UInt8), Nested(a UInt8)
	ArgLiteral                      // Literal: FixedString(3), Decimal(9, 2)
	ArgEnumPair                     // Literal = Value: Enum8('a' = 1)
	ArgSetting                      // Name = Value: Dynamic(max_types = 3)
	ArgSkip                         // SKIP path in JSON(...): Name
	ArgSkipRegex                    // SKIP REGEXP 'x' in JSON(...): Literal
)

// TypeArg is one argument of a type.
type TypeArg struct {
	Span
	Kind TypeArgKind
	// Name may be a dotted path in JSON(a.b UInt8).
	Name           []string
	Type           *Type
	Literal, Value *Literal
}

func (n *TypeArg) print(p *printer) {
	switch n.Kind {
	case ArgType:
		n.Type.print(p)
	case ArgElement:
		printPath(p, n.Name)
		p.str(" ")
		n.Type.print(p)
	case ArgLiteral:
		n.Literal.print(p)
	case ArgEnumPair:
		n.Literal.print(p)
		p.str(" = ")
		n.Value.print(p)
	case ArgSetting:
		printPath(p, n.Name)
		p.str(" = ")
		n.Value.print(p)
	case ArgSkip:
		p.str("SKIP ")
		printPath(p, n.Name)
	case ArgSkipRegex:
		p.str("SKIP REGEXP ")
		n.Literal.print(p)
	}
}

func printPath(p *printer, parts []string) {
	for i, s := range parts {
		if i > 0 {
			p.str(".")
		}
		p.ident(s)
	}
}
