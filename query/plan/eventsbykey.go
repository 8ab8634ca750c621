package plan

import (
	"github.com/freshetdb/freshet/columnar/agg"
	"github.com/freshetdb/freshet/columnar/expr"
)

// EventsByKey is a function of events ([agg.Events]) for each distinct Key, a String; the
// keys themselves are not given. Output: a column, a row a key. Where several shards stay
// apart, so that one key may be on more than one, Else is run instead, which gives the same.
type EventsByKey struct {
	Input Node
	Key   expr.Expr
	Func  agg.Func
	Args  []expr.Expr
	Name  string
	Else  Node
}

// Fields implements Node.
func (n *EventsByKey) Fields() []Field { return []Field{{Name: n.Name, Type: n.Func.Result()}} }

// Inputs implements Node.
func (n *EventsByKey) Inputs() []Node { return []Node{n.Input, n.Else} }

// WithInputs implements Node.
func (n *EventsByKey) WithInputs(in []Node) Node {
	c := *n
	c.Input, c.Else = in[0], in[1]
	return &c
}

// Describe implements Node.
func (n *EventsByKey) Describe() string {
	return n.Name + " by " + n.Key.String() + " (or, where shards stay apart, the second input)"
}
