package plan

import "github.com/freshetdb/freshet/columnar/expr"

// TimesByKey is the least and the greatest values of Arg, a DateTime, for each distinct
// Key, a String; the keys themselves are not given. Output: a column for each of Calls,
// a row a key. Where several shards stay apart, so that one key may be on more than one, Else is run
// instead, which gives the same.
type TimesByKey struct {
	Input Node
	Key   expr.Expr
	Arg   expr.Expr
	Calls []TimeCall
	Else  Node
}

// TimeCall is one column of TimesByKey.
type TimeCall struct {
	IsGreatest bool // else the least
	Name       string
}

// Fields implements Node.
func (n *TimesByKey) Fields() []Field {
	var out []Field
	for _, c := range n.Calls {
		out = append(out, Field{Name: c.Name, Type: n.Arg.Type()})
	}
	return out
}

// Inputs implements Node.
func (n *TimesByKey) Inputs() []Node { return []Node{n.Input, n.Else} }

// WithInputs implements Node.
func (n *TimesByKey) WithInputs(in []Node) Node {
	c := *n
	c.Input, c.Else = in[0], in[1]
	return &c
}

// Describe implements Node.
func (n *TimesByKey) Describe() string {
	what := "Least"
	switch {
	case len(n.Calls) > 1:
		what = "Least and greatest"
	case n.Calls[0].IsGreatest:
		what = "Greatest"
	}
	return what + " " + n.Arg.String() + " by " + n.Key.String() + " (or, where shards stay apart, the second input)"
}
