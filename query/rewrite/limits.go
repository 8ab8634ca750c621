package rewrite

import "github.com/freshetdb/freshet/query/plan"

// maxPushedLimit bounds the rows that a sort keeps because of a limit: beyond
// it a full sort costs no more.
const maxPushedLimit = 1 << 20

// pushLimits tells the sort or the scan below a limit how many rows are enough.
func pushLimits(root plan.Node) plan.Node {
	return bottomUp(root, func(n plan.Node) plan.Node {
		l, ok := n.(*plan.Limit)
		if !ok || l.Ties != nil || min(l.Count, l.Offset) < 0 || max(l.CountShare, l.OffsetShare) > 0 ||
			l.Count > maxPushedLimit || l.Offset > maxPushedLimit-l.Count || l.Count+l.Offset == 0 {
			return n
		}
		out := *l
		out.Input = bound(l.Input, l.Count+l.Offset)
		return &out
	})
}

func bound(n plan.Node, rows int64) plan.Node {
	switch n := n.(type) {
	case *plan.Project:
		out := *n
		out.Input = bound(n.Input, rows)
		return &out
	case *plan.Sort:
		out := *n
		if out.Limit == 0 || rows < out.Limit {
			out.Limit = rows
		}
		return &out
	case *plan.Scan:
		out := *n
		if out.Limit == 0 || rows < out.Limit {
			out.Limit = rows
		}
		return &out
	default:
		return n
	}
}
