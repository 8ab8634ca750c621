package plan

import (
	"fmt"
	"slices"
	"strings"

	"github.com/freshetdb/freshet/columnar/agg"
	"github.com/freshetdb/freshet/columnar/types"
)

// BoundKind is the kind of one end of a window's frame.
type BoundKind uint8

// The kinds of a frame's ends.
const (
	Unbounded BoundKind = iota
	CurrentRow
	Offset
)

// FrameBound is one end of a frame. Offset counts rows, or is in the unit of the
// ordering column; Following tells its direction.
type FrameBound struct {
	Kind      BoundKind
	Following bool
	Offset    int64
}

// Frame is the rows around a row that a function looks at, by their number or
// by the value of the ordering column, in which equal rows are peers.
type Frame struct {
	Rows       bool // ROWS, else RANGE
	Start, End FrameBound
}

// String prints the frame as in SQL.
func (f Frame) String() string {
	unit := "range"
	if f.Rows {
		unit = "rows"
	}
	return unit + " " + f.Start.text("preceding") + " to " + f.End.text("following")
}

func (b FrameBound) text(unbounded string) string {
	switch b.Kind {
	case Unbounded:
		return "unbounded " + unbounded
	case CurrentRow:
		return "current row"
	default:
		if b.Following {
			return fmt.Sprintf("%d following", b.Offset)
		}
		return fmt.Sprintf("%d preceding", b.Offset)
	}
}

// WindowCall is one function over a window. Func is the name of a window
// function, or empty when it is the aggregate Agg.
type WindowCall struct {
	Func   string
	Agg    agg.Func
	Args   []int // input columns
	Frame  Frame
	Result types.Type
	Name   string
}

// grows tells whether the frames of an aggregate only grow with the order of rows, so
// that each row is added once, to one state.
func (c *WindowCall) grows() bool {
	return c.Func == "" && c.Frame.Start.Kind == Unbounded && c.Frame.End.Kind != Unbounded
}

// Window computes functions over the rows around each row. Its output is the
// input's rows, sorted by partition and order, with one column more per call.
type Window struct {
	Input     Node
	Partition []int // input columns
	Order     []SortKey
	Calls     []WindowCall
}

// SortKeys is the order in which the rows of n must be, and are given.
func (n *Window) SortKeys() []SortKey {
	keys := make([]SortKey, 0, len(n.Partition)+len(n.Order))
	for _, c := range n.Partition {
		keys = append(keys, SortKey{Col: c})
	}
	return append(keys, n.Order...)
}

// Sorted tells whether the input's rows are in order already: it is a window
// whose order begins with this one's.
func (n *Window) Sorted() bool { return isPrefix(n.Partition, n.Order, orderOf(n.Input)) }

// orderOf is the order in which windows give their rows; nil of other nodes.
func orderOf(n Node) []SortKey {
	w, ok := n.(*Window)
	switch {
	case !ok:
		return nil
	case w.Sorted():
		return orderOf(w.Input)
	default:
		return w.SortKeys()
	}
}

// isPrefix tells whether rows ordered by have are grouped by the columns of
// partition and, inside of them, ordered by order.
func isPrefix(partition []int, order, have []SortKey) bool {
	if len(partition)+len(order) > len(have) {
		return false
	}
	for _, k := range have[:len(partition)] {
		if !slices.Contains(partition, k.Col) {
			return false
		}
	}
	return slices.Equal(order, have[len(partition):len(partition)+len(order)])
}

// Fields implements Node.
func (n *Window) Fields() []Field {
	out := slices.Clone(n.Input.Fields())
	for _, c := range n.Calls {
		out = append(out, Field{Name: c.Name, Type: c.Result})
	}
	return out
}

// Inputs implements Node.
func (n *Window) Inputs() []Node { return []Node{n.Input} }

// WithInputs implements Node.
func (n *Window) WithInputs(in []Node) Node { c := *n; c.Input = in[0]; return &c }

// Describe implements Node.
func (n *Window) Describe() string {
	calls := make([]string, len(n.Calls))
	for i, c := range n.Calls {
		calls[i] = c.Name + " " + c.Frame.String()
		if len(n.Order) > 0 && c.grows() {
			calls[i] += " in one pass"
		}
	}
	s := "Window " + strings.Join(calls, ", ")
	fields := n.Input.Fields()
	if len(n.Partition) > 0 {
		s += " partition by " + columnNames(fields, n.Partition)
	}
	if len(n.Order) > 0 {
		s += " order by " + describeKeys(fields, n.Order)
	}
	if n.Sorted() && len(n.Partition)+len(n.Order) > 0 {
		s += " as sorted"
	}
	return s
}
