package plan

import (
	"fmt"
	"strings"

	"github.com/freshetdb/freshet/columnar/expr"
)

// Explain prints a plan as indented lines, inputs below their node.
func Explain(n Node) []string { return explain(nil, n, 0) }

func explain(lines []string, n Node, depth int) []string {
	lines = append(lines, strings.Repeat("  ", depth)+n.Describe())
	for _, in := range n.Inputs() {
		lines = explain(lines, in, depth+1)
	}
	return lines
}

func join(exprs []expr.Expr, sep string) string {
	parts := make([]string, len(exprs))
	for i, e := range exprs {
		parts[i] = e.String()
	}
	return strings.Join(parts, sep)
}

// Describe implements Node.
func (n *Scan) Describe() string {
	s := "Scan " + n.Table.Database() + "." + n.Table.Name() + " (" + strings.Join(n.Names, ", ") + ")"
	if len(n.Filter) > 0 {
		s += " where " + join(n.Filter, " and ")
	}
	if n.Limit > 0 {
		s += fmt.Sprintf(" limit %d", n.Limit)
	}
	return s
}

// Describe implements Node.
func (n *Rows) Describe() string { return fmt.Sprintf("Rows %d", n.Batch.Rows) }

// Describe implements Node.
func (n *Generate) Describe() string { return "Generate " + n.Label }

// Describe implements Node.
func (n *Filter) Describe() string { return "Filter " + join(n.Conj, " and ") }

// Describe implements Node.
func (n *Project) Describe() string {
	parts := make([]string, len(n.Exprs))
	for i, e := range n.Exprs {
		parts[i] = e.String()
		if n.Names[i] != parts[i] {
			parts[i] += " as " + n.Names[i]
		}
	}
	return "Project " + strings.Join(parts, ", ")
}

// Describe implements Node.
func (n *Aggregate) Describe() string {
	calls := make([]string, len(n.Calls))
	for i, c := range n.Calls {
		calls[i] = c.Name
	}
	s := "Aggregate " + strings.Join(calls, ", ")
	if len(n.Keys) > 0 {
		s += " by " + join(n.Keys, ", ")
	}
	if n.ByKey {
		s = "Merge rows" + strings.TrimPrefix(s, "Aggregate")
	}
	return s
}

func describeKeys(fields []Field, keys []SortKey) string {
	parts := make([]string, len(keys))
	for i, k := range keys {
		parts[i] = fields[k.Col].Name
		if k.Desc {
			parts[i] += " desc"
		}
		if k.NullsFirst {
			parts[i] += " nulls first"
		}
	}
	return strings.Join(parts, ", ")
}

// Describe implements Node.
func (n *Sort) Describe() string {
	s := "Sort " + describeKeys(n.Fields(), n.Keys)
	if n.Limit > 0 {
		s += fmt.Sprintf(" first %d", n.Limit)
	}
	return s
}

// Describe implements Node.
func (n *Limit) Describe() string {
	s := "Limit"
	switch {
	case n.CountShare > 0:
		s += fmt.Sprintf(" %v", n.CountShare)
	case n.Count != AllRows:
		s += fmt.Sprintf(" %d", n.Count)
	}
	switch {
	case n.OffsetShare > 0:
		s += fmt.Sprintf(" offset %v", n.OffsetShare)
	case n.Offset != 0:
		s += fmt.Sprintf(" offset %d", n.Offset)
	}
	if n.Ties != nil {
		s += " with ties by " + describeKeys(n.Fields(), n.Ties)
	}
	return s
}

// Describe implements Node.
func (n *LimitBy) Describe() string {
	s := fmt.Sprintf("LimitBy %d", n.Count)
	if n.Offset != 0 {
		s += fmt.Sprintf(" offset %d", n.Offset)
	}
	return s + " by " + columnNames(n.Fields(), n.Cols)
}

// Describe implements Node.
func (n *Distinct) Describe() string {
	if n.Cols == nil {
		return "Distinct"
	}
	return "Distinct on " + columnNames(n.Fields(), n.Cols)
}

func columnNames(fields []Field, cols []int) string {
	parts := make([]string, len(cols))
	for i, c := range cols {
		parts[i] = fields[c].Name
	}
	return strings.Join(parts, ", ")
}

var kindNames = [...]string{Inner: "inner", Left: "left", Right: "right", Full: "full", Cross: "cross"}

var strictnessNames = [...]string{All: "", Any: "any ", Semi: "semi ", Anti: "anti "}

// Describe implements Node.
func (n *Join) Describe() string {
	s := "Join " + strictnessNames[n.Strictness] + kindNames[n.Kind]
	var sSb148 strings.Builder
	for i := range n.LeftKeys {
		sep := " and "
		if i == 0 {
			sep = " on "
		}
		sSb148.WriteString(sep + n.LeftKeys[i].String() + " = " + n.RightKeys[i].String())
	}
	s += sSb148.String()
	if n.Residual != nil {
		s += " where " + n.Residual.String()
	}
	return s
}

// Describe implements Node.
func (n *Union) Describe() string { return fmt.Sprintf("Union of %d", len(n.Branches)) }
