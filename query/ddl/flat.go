package ddl

import (
	"slices"

	"github.com/freshetdb/freshet/columnar/chcode"
	"github.com/freshetdb/freshet/columnar/expr"
	"github.com/freshetdb/freshet/columnar/table"
	"github.com/freshetdb/freshet/query/plan"
)

// flat is the query of a view as one step: what it reads of one table, groups by
// and computes. Expressions are over the positions of scan's fields.
type flat struct {
	scan   *plan.Scan
	source *table.Def
	// merged tells that the source is a table of states, whose rows queries read merged
	// by key. A view with TO takes them as they are inserted.
	merged bool
	filter []expr.Expr
	keys   []expr.Expr // of GROUP BY
	calls  []plan.AggCall
	// outputs are what the query gives: over the keys, then the results of the calls.
	// Without grouping they are over the scan's fields.
	outputs   []expr.Expr
	names     []string
	isGrouped bool
}

// flatten takes the plan of a view's query apart. What can't be derived row by row
// is refused by name.
func flatten(root plan.Node) (*flat, error) {
	f := &flat{}
	for i, field := range root.Fields() {
		f.outputs = append(f.outputs, &expr.Column{Pos: i, Name: field.Name, T: field.Type})
		f.names = append(f.names, field.Name)
	}
	for n := root; ; {
		switch in := n.(type) {
		case *plan.Project:
			f.substitute(in.Exprs)
			n = in.Input
		case *plan.Filter:
			if !f.isGrouped && hasAggregate(in.Input) {
				return nil, unsupported("HAVING in the query of a materialized view")
			}
			f.filter = append(append([]expr.Expr(nil), in.Conj...), f.filter...)
			n = in.Input
		case *plan.Aggregate:
			switch {
			case in.ByKey:
				f.merged = true
				f.throughMerge(in)
			case f.isGrouped || len(f.filter) > 0:
				return nil, unsupported("Aggregation over an aggregated subquery in a materialized view")
			default:
				if k := slices.IndexFunc(in.Calls, func(c plan.AggCall) bool { return c.Func.FoldsSets() }); k >= 0 {
					return nil, unsupported(in.Calls[k].Func.Name() + " in a materialized view, whose sets are united when they meet,")
				}
				f.isGrouped = true
				f.keys = in.Keys
				f.calls = append([]plan.AggCall(nil), in.Calls...)
			}
			n = in.Input
		case *plan.Scan:
			f.scan = in
			d, ok := in.Table.(interface{ Definition() *table.Def })
			if !ok {
				return nil, unsupported("A materialized view over " + in.Table.Name())
			}
			f.source = d.Definition()
			return f, nil
		default:
			return nil, unsupported(refusedStep(n) + " in the query of a materialized view")
		}
	}
}

func hasAggregate(n plan.Node) bool {
	for {
		switch in := n.(type) {
		case *plan.Aggregate:
			return !in.ByKey
		case *plan.Project:
			n = in.Input
		case *plan.Filter:
			n = in.Input
		default:
			return false
		}
	}
}

// refusedStep names a step as users write it.
func refusedStep(n plan.Node) string {
	switch n.(type) {
	case *plan.Sort:
		return "ORDER BY"
	case *plan.Limit, *plan.LimitBy:
		return "LIMIT"
	case *plan.Distinct:
		return "DISTINCT"
	case *plan.Join:
		return "JOIN"
	case *plan.Union:
		return "UNION"
	case *plan.Rows, *plan.Generate:
		return "A source that is not a table"
	case *plan.Spread:
		return "slide(), ROLLUP, CUBE or GROUPING SETS (which stand in the queries that read it)"
	case *plan.Window:
		return "OVER"
	default:
		return "This step"
	}
}

// each changes all expressions that are over the node reached so far.
func (f *flat) each(change func(expr.Expr) expr.Expr) {
	all := func(list []expr.Expr) []expr.Expr {
		out := make([]expr.Expr, len(list))
		for i, e := range list {
			out[i] = change(e)
		}
		return out
	}
	f.filter = all(f.filter)
	if !f.isGrouped {
		f.outputs = all(f.outputs)
		return
	}
	f.keys = all(f.keys)
	for i := range f.calls {
		f.calls[i].Args = all(f.calls[i].Args)
	}
}

// substitute puts the expressions of a projection in the place of its fields.
func (f *flat) substitute(exprs []expr.Expr) {
	f.each(func(e expr.Expr) expr.Expr { return substitute(e, exprs) })
}

func substitute(e expr.Expr, exprs []expr.Expr) expr.Expr {
	return expr.Rewrite(e, func(x expr.Expr) expr.Expr {
		if c, ok := x.(*expr.Column); ok && c.Pos >= 0 {
			return exprs[c.Pos]
		}
		return x
	})
}

// throughMerge goes below the merging of a table's rows: its keys and the columns
// that it merges are the table's own.
func (f *flat) throughMerge(n *plan.Aggregate) {
	below := append([]expr.Expr(nil), n.Keys...)
	for _, c := range n.Calls {
		below = append(below, c.Args[0])
	}
	f.each(func(e expr.Expr) expr.Expr {
		return expr.Rewrite(e, func(x expr.Expr) expr.Expr {
			c, ok := x.(*expr.Column)
			if !ok || c.Pos < 0 {
				return x
			}
			b := below[c.Pos].(*expr.Column)
			return &expr.Column{Pos: b.Pos, Name: b.Name, T: c.T}
		})
	})
}

// byID changes the positions of the scan's fields to column ids, as expressions
// are kept in definitions.
func (f *flat) byID(e expr.Expr) expr.Expr {
	cols := f.scan.Table.Columns()
	return expr.Remap(e, func(pos int) int { return int(cols[f.scan.Columns[pos]].ID) })
}

// kept encodes an expression for a definition.
func (f *flat) kept(e expr.Expr) ([]byte, error) {
	if !expr.IsDeterministic(e) {
		return nil, chcode.Errorf(chcode.BadArguments,
			"Expression %s of a materialized view is not a pure function of the row: compute it as a column (DEFAULT or MATERIALIZED)", e)
	}
	return expr.Encode(f.byID(e)), nil
}

// conjunction is the filter as one expression by column ids; nil for none.
func (f *flat) conjunction() ([]byte, error) {
	e, err := and(f.filter)
	if e == nil || err != nil {
		return nil, err
	}
	return f.kept(e)
}

func and(conj []expr.Expr) (expr.Expr, error) {
	switch len(conj) {
	case 0:
		return nil, nil //nolint:nilnil // no condition
	case 1:
		return conj[0], nil
	default:
		return expr.NewCall(expr.Background(), "and", conj)
	}
}
