package plan

import (
	"fmt"

	"github.com/freshetdb/freshet/columnar/expr"
)

// Slide gives every row once for each of Ends, with the value of that expression
// over the row in the place of column Col, whose type it has.
type Slide struct {
	Input Node
	Col   int
	Ends  []expr.Expr
}

// Fields implements Node.
func (n *Slide) Fields() []Field { return n.Input.Fields() }

// Inputs implements Node.
func (n *Slide) Inputs() []Node { return []Node{n.Input} }

// WithInputs implements Node.
func (n *Slide) WithInputs(in []Node) Node { c := *n; c.Input = in[0]; return &c }

// Describe implements Node.
func (n *Slide) Describe() string {
	return fmt.Sprintf("Slide %s into %d windows", n.Fields()[n.Col].Name, len(n.Ends))
}
