package parse

// Limits bound what one statement may cost to parse. A zero field means the default.
type Limits struct {
	// MaxDepth bounds how deep expressions and queries nest, in the text and in the tree.
	MaxDepth int
	// MaxQuerySize bounds the bytes of the statement's text, without the inline data of an INSERT.
	MaxQuerySize int
	// MaxElements bounds the tokens that the tree is made of.
	MaxElements int
}

// The defaults, as ClickHouse's max_parser_depth, max_query_size and max_ast_elements have them.
const (
	defaultMaxDepth     = 1000
	defaultMaxQuerySize = 262144
	defaultMaxElements  = 50000
)

// DefaultLimits returns ClickHouse's limits.
func DefaultLimits() Limits {
	return Limits{MaxDepth: defaultMaxDepth, MaxQuerySize: defaultMaxQuerySize, MaxElements: defaultMaxElements}
}

func (l Limits) withDefaults() Limits {
	d := DefaultLimits()
	if l.MaxDepth > 0 {
		d.MaxDepth = l.MaxDepth
	}
	if l.MaxQuerySize > 0 {
		d.MaxQuerySize = l.MaxQuerySize
	}
	if l.MaxElements > 0 {
		d.MaxElements = l.MaxElements
	}
	return d
}
