package plan

import (
	"github.com/freshetdb/freshet/columnar/expr"
	"github.com/freshetdb/freshet/columnar/types"
)

// FirstMinutes counts the distinct values of Key, a String, by the minute, of Unix time,
// of the least value of Arg, a DateTime. Output: the beginning of a minute, then the number
// of keys; a row for each minute that has any. Where several shards stay apart, Else is
// run instead, which gives a time of that minute and 1 for each key.
type FirstMinutes struct {
	Input Node
	Key   expr.Expr
	Arg   expr.Expr
	Name  string // of the minute
	Count string // of the number of keys
	Else  Node
}

// Fields implements Node.
func (n *FirstMinutes) Fields() []Field {
	return []Field{{Name: n.Name, Type: n.Arg.Type()}, {Name: n.Count, Type: types.Of(types.UInt64)}}
}

// Inputs implements Node.
func (n *FirstMinutes) Inputs() []Node { return []Node{n.Input, n.Else} }

// WithInputs implements Node.
func (n *FirstMinutes) WithInputs(in []Node) Node {
	c := *n
	c.Input, c.Else = in[0], in[1]
	return &c
}

// Describe implements Node.
func (n *FirstMinutes) Describe() string {
	return "Number of " + n.Key.String() + " by minute of the first " + n.Arg.String() + " (or, where shards stay apart, the second input)"
}
