package plan

import "github.com/freshetdb/freshet/columnar/types"

// NewMembers counts for each row, a key and a set as state of uniqExact, the members
// that no set of a lesser key holds. Rows without any are left out. Output: the key,
// the count, in the order of keys.
type NewMembers struct {
	Input Node
	Name  string // of the count
}

// Fields implements Node.
func (n *NewMembers) Fields() []Field {
	return []Field{n.Input.Fields()[0], {Name: n.Name, Type: types.Of(types.UInt64)}}
}

// Inputs implements Node.
func (n *NewMembers) Inputs() []Node { return []Node{n.Input} }

// WithInputs implements Node.
func (n *NewMembers) WithInputs(in []Node) Node { c := *n; c.Input = in[0]; return &c }

// Describe implements Node.
func (n *NewMembers) Describe() string { return "New members by " + n.Input.Fields()[0].Name }
