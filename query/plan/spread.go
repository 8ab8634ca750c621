package plan

import (
	"fmt"

	"github.com/freshetdb/freshet/columnar/expr"
)

// Spread gives every row once for each of Variants, with the values of those
// expressions over the row in the place of columns Cols, whose types they have.
type Spread struct {
	Input    Node
	Cols     []int
	Variants [][]expr.Expr
	// Always are the variants that also have a row of defaults: so that they are there
	// when the input has no rows.
	Always []int
}

// Fields implements Node.
func (n *Spread) Fields() []Field { return n.Input.Fields() }

// Inputs implements Node.
func (n *Spread) Inputs() []Node { return []Node{n.Input} }

// WithInputs implements Node.
func (n *Spread) WithInputs(in []Node) Node { c := *n; c.Input = in[0]; return &c }

// Describe implements Node.
func (n *Spread) Describe() string {
	if len(n.Cols) == 1 && len(n.Always) == 0 {
		return fmt.Sprintf("Slide %s into %d windows", n.Fields()[n.Cols[0]].Name, len(n.Variants))
	}
	return fmt.Sprintf("Grouping sets: %d", len(n.Variants))
}
