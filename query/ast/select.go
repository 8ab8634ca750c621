package ast

import "strings"

// SelectStatement is a query as a statement, with where its answer goes.
type SelectStatement struct {
	Span
	Outputs
	Query Query
}

func (n *SelectStatement) print(p *printer) {
	// Behind a bare SELECT the settings would be the SELECT's own.
	if o := n.Output; o != nil && o.Outfile == nil && o.Format == "" {
		printQuery(p, n.Query, true)
		return
	}
	n.Query.print(p)
}

// Select is one SELECT, without the set operators around it.
type Select struct {
	Span
	With     *With
	Distinct bool
	List     []Expr
	// From is nil for a query without a table.
	From     TableExpr
	Prewhere Expr
	Where    Expr
	GroupBy  *GroupBy
	Having   Expr
	Windows  []*NamedWindow
	Qualify  Expr
	OrderBy  *OrderBy
	LimitBy  *LimitBy
	Limit    *Limit
	Settings []*Setting
}

func (*Select) queryNode() {}

func (n *Select) print(p *printer) {
	if n.With != nil {
		n.With.print(p)
		p.str(" ")
	}
	p.str("SELECT ")
	if n.Distinct {
		p.str("DISTINCT ")
	}
	list(p, n.List, ", ")
	if n.From != nil {
		p.str(" FROM ")
		n.From.print(p)
	}
	p.clause("PREWHERE", n.Prewhere)
	p.clause("WHERE", n.Where)
	if n.GroupBy != nil {
		n.GroupBy.print(p)
	}
	p.clause("HAVING", n.Having)
	listClause(p, "WINDOW", n.Windows)
	p.clause("QUALIFY", n.Qualify)
	if n.OrderBy != nil {
		n.OrderBy.print(p)
	}
	if n.LimitBy != nil {
		n.LimitBy.print(p)
	}
	if n.Limit != nil {
		n.Limit.print(p)
	}
	listClause(p, "SETTINGS", n.Settings)
}

// With is WITH [RECURSIVE] item, ... . ClickHouse gives the WITH of the first SELECT of a UNION to
// all of them.
type With struct {
	Span
	Recursive bool
	Items     []*WithItem
}

// WithItem is "name [(columns)] AS [MATERIALIZED] (query)" or "expression AS name".
type WithItem struct {
	Span
	Name string
	// Columns are the names of a query's columns, nil if not given.
	Columns []string
	// Query is set for a common table expression, Expr for a named expression.
	Query        Query
	Expr         Expr
	Materialized bool
}

func (n *With) print(p *printer) {
	p.str("WITH ")
	if n.Recursive {
		p.str("RECURSIVE ")
	}
	list(p, n.Items, ", ")
}

func (n *WithItem) print(p *printer) {
	if n.Query == nil {
		p.expr(n.Expr, precLambda)
		if n.Name != "" {
			p.str(" AS ")
			p.ident(n.Name)
		}
		return
	}
	p.ident(n.Name)
	if len(n.Columns) > 0 {
		p.str(" (")
		p.idents(n.Columns)
		p.str(")")
	}
	p.str(" AS ")
	if n.Materialized {
		p.str("MATERIALIZED ")
	}
	p.str("(")
	n.Query.print(p)
	p.str(")")
}

// GroupingKind is how GROUP BY multiplies its keys.
type GroupingKind uint8

// The kinds of GROUP BY.
const (
	GroupPlain GroupingKind = iota
	GroupRollup
	GroupCube
	GroupSets
)

// GroupBy is GROUP BY ... [WITH TOTALS]. WITH TOTALS alone has no keys.
type GroupBy struct {
	Span
	Kind GroupingKind
	// All is GROUP BY ALL, which has no Keys.
	All  bool
	Keys []Expr
	// Sets is used for GroupSets instead of Keys.
	Sets   [][]Expr
	Totals bool
}

func (n *GroupBy) print(p *printer) {
	switch {
	case n.All:
		p.str(" GROUP BY ALL")
	case n.Kind == GroupSets:
		p.str(" GROUP BY GROUPING SETS (")
		for i, set := range n.Sets {
			if i > 0 {
				p.str(", ")
			}
			p.str("(")
			list(p, set, ", ")
			p.str(")")
		}
		p.str(")")
	default:
		listClause(p, "GROUP BY", n.Keys)
	}
	switch n.Kind {
	case GroupRollup:
		p.str(" WITH ROLLUP")
	case GroupCube:
		p.str(" WITH CUBE")
	case GroupPlain, GroupSets:
	}
	if n.Totals {
		p.str(" WITH TOTALS")
	}
}

// OrderBy is ORDER BY items or ORDER BY ALL, with INTERPOLATE.
type OrderBy struct {
	Span
	// All is ORDER BY ALL; Items then holds one item without an expression.
	All   bool
	Items []*OrderItem
	// HasInterpolate tells INTERPOLATE without a list from none at all.
	HasInterpolate bool
	Interpolate    []*InterpolateItem
}

func (n *OrderBy) print(p *printer) {
	p.str(" ORDER BY ")
	list(p, n.Items, ", ")
	if n.HasInterpolate {
		p.str(" INTERPOLATE")
		if len(n.Interpolate) > 0 {
			p.str(" (")
			list(p, n.Interpolate, ", ")
			p.str(")")
		}
	}
}

// NullsOrder is where NULLs and NaNs stand in an order.
type NullsOrder uint8

// The places of NULLs. The default is last.
const (
	NullsUnspecified NullsOrder = iota
	NullsFirst
	NullsLast
)

// OrderItem is one key of an order.
type OrderItem struct {
	Span
	// Expr is nil for ORDER BY ALL.
	Expr    Expr
	Desc    bool
	Nulls   NullsOrder
	Collate string
	Fill    *Fill
}

func (n *OrderItem) print(p *printer) {
	n.printWith(p, func(e Expr) { e.print(p) })
}

// printWith writes the item, its key by expr.
func (n *OrderItem) printWith(p *printer, expr func(Expr)) {
	if n.Expr == nil {
		p.str("ALL")
	} else {
		expr(n.Expr)
	}
	if n.Desc {
		p.str(" DESC")
	} else {
		p.str(" ASC")
	}
	switch n.Nulls {
	case NullsFirst:
		p.str(" NULLS FIRST")
	case NullsLast:
		p.str(" NULLS LAST")
	case NullsUnspecified:
	}
	if n.Collate != "" {
		p.str(" COLLATE ")
		p.quoted(n.Collate)
	}
	if n.Fill != nil {
		n.Fill.print(p)
	}
}

// Fill is WITH FILL [FROM x] [TO y] [STEP z] [STALENESS s].
type Fill struct {
	Span
	From, To, Step, Staleness Expr
}

func (n *Fill) print(p *printer) {
	p.str(" WITH FILL")
	p.clause("FROM", n.From)
	p.clause("TO", n.To)
	p.clause("STEP", n.Step)
	p.clause("STALENESS", n.Staleness)
}

// InterpolateItem is "column [AS expr]".
type InterpolateItem struct {
	Span
	Column string
	// Expr is nil for the column alone.
	Expr Expr
}

func (n *InterpolateItem) print(p *printer) {
	p.ident(n.Column)
	if n.Expr != nil {
		p.str(" AS ")
		n.Expr.print(p)
	}
}

// LimitBy is LIMIT [offset,] count BY keys.
type LimitBy struct {
	Span
	Count, Offset Expr
	Keys          []Expr
	// All is LIMIT n BY ALL.
	All bool
}

func (n *LimitBy) print(p *printer) {
	p.clause("LIMIT", n.Count)
	p.clause("OFFSET", n.Offset)
	if n.All {
		p.str(" BY ALL")
		return
	}
	listClause(p, "BY", n.Keys)
}

// Limit is LIMIT count [OFFSET offset] [WITH TIES]; Count is nil for OFFSET alone.
type Limit struct {
	Span
	Count, Offset Expr
	WithTies      bool
}

func (n *Limit) print(p *printer) {
	p.clause("LIMIT", n.Count)
	p.clause("OFFSET", n.Offset)
	if n.WithTies {
		p.str(" WITH TIES")
	}
}

// Setting is name = value, or name = DEFAULT.
type Setting struct {
	Span
	Name string
	// Value is nil when IsDefault.
	Value     Expr
	IsDefault bool
}

func (n *Setting) print(p *printer) {
	if strings.Contains(n.Name, ".") || !isBareWord(n.Name) {
		printColumnName(p, n.Name)
	} else {
		p.str(n.Name)
	}
	p.str(" = ")
	if n.IsDefault {
		p.str("DEFAULT")
		return
	}
	n.Value.print(p)
}

// Output is where an answer goes and in which form.
type Output struct {
	Span
	Outfile *Outfile
	// Format is empty if not given.
	Format   string
	Settings []*Setting
}

// Outfile is INTO OUTFILE 'path' [APPEND|TRUNCATE] [AND STDOUT] [COMPRESSION 'x' [LEVEL n]].
type Outfile struct {
	Span
	Path                        string
	Append, Truncate, AndStdout bool
	Compression                 string
	Level                       Expr
}

func (n *Output) print(p *printer) {
	if n.Outfile != nil {
		n.Outfile.print(p)
	}
	if n.Format != "" {
		p.str(" FORMAT ")
		p.ident(n.Format)
	}
	listClause(p, "SETTINGS", n.Settings)
}

func (n *Outfile) print(p *printer) {
	p.str(" INTO OUTFILE ")
	p.quoted(n.Path)
	if n.Append {
		p.str(" APPEND")
	}
	if n.Truncate {
		p.str(" TRUNCATE")
	}
	if n.AndStdout {
		p.str(" AND STDOUT")
	}
	if n.Compression != "" {
		p.str(" COMPRESSION ")
		p.quoted(n.Compression)
	}
	p.clause("LEVEL", n.Level)
}
