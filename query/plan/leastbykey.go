package plan

import "github.com/freshetdb/freshet/columnar/expr"

// LeastByKey is the least value of Arg, a DateTime, for each distinct Key, a String;
// the keys themselves are not given. Output: one column, a row a key. Over several
// shards, where one key may be on more than one, Else is run instead, which gives
// the same.
type LeastByKey struct {
	Input Node
	Key   expr.Expr
	Arg   expr.Expr
	Name  string
	Else  Node
}

// Fields implements Node.
func (n *LeastByKey) Fields() []Field { return []Field{{Name: n.Name, Type: n.Arg.Type()}} }

// Inputs implements Node.
func (n *LeastByKey) Inputs() []Node { return []Node{n.Input, n.Else} }

// WithInputs implements Node.
func (n *LeastByKey) WithInputs(in []Node) Node {
	c := *n
	c.Input, c.Else = in[0], in[1]
	return &c
}

// Describe implements Node.
func (n *LeastByKey) Describe() string {
	return "Least " + n.Arg.String() + " by " + n.Key.String() + " (or, over several shards, the second input)"
}
