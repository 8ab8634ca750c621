package plan

import (
	"strconv"

	"github.com/freshetdb/freshet/columnar/expr"
	"github.com/freshetdb/freshet/columnar/types"
)

// SpansByKey counts the distinct values of Key, a String, by the spans of time between
// Cuts, in rising order, that the least and the greatest value of Arg, a DateTime, lie
// in. Output: for each of Calls a time in the span, which compares with all cuts as the
// least or greatest does, then the number of keys; not more than one row for each pair of
// spans. Over several shards that stay apart, Else is run instead, which gives a row a
// key.
type SpansByKey struct {
	Input Node
	Key   expr.Expr
	Arg   expr.Expr
	Cuts  []uint32 // at most 7
	Calls []TimeCall
	Count string // name of the number of keys
	Else  Node
}

// MaxCuts is how many cuts SpansByKey has at most.
const MaxCuts = 7

// Fields implements Node.
func (n *SpansByKey) Fields() []Field {
	var out []Field
	for _, c := range n.Calls {
		out = append(out, Field{Name: c.Name, Type: n.Arg.Type()})
	}
	return append(out, Field{Name: n.Count, Type: types.Of(types.UInt64)})
}

// Inputs implements Node.
func (n *SpansByKey) Inputs() []Node { return []Node{n.Input, n.Else} }

// WithInputs implements Node.
func (n *SpansByKey) WithInputs(in []Node) Node {
	c := *n
	c.Input, c.Else = in[0], in[1]
	return &c
}

// Describe implements Node.
func (n *SpansByKey) Describe() string {
	return "Number of " + n.Key.String() + " by " + strconv.Itoa(len(n.Cuts)+1) + " spans of " + n.Arg.String() +
		" (or, where shards stay apart, the second input)"
}
