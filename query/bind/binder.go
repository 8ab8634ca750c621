// Package bind gives names and types to a query: it turns the syntax tree into
// a logical plan, resolving tables, columns, aliases and functions as
// ClickHouse does.
//
// How a SELECT is read (select.go): WITH and aliases into a scope, FROM
// (from.go, join.go), WHERE, then the select list with its aggregates
// (aggregate.go), HAVING, ORDER BY, LIMIT. Expressions are in expr.go and
// call.go, subqueries in subquery.go. Uncorrelated subqueries that stand for a
// value or a set are run while binding, through [Runner].
package bind

import (
	"context"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/chcode"
	"github.com/freshetdb/freshet/columnar/expr"
	"github.com/freshetdb/freshet/columnar/types"
	"github.com/freshetdb/freshet/query/ast"
	"github.com/freshetdb/freshet/query/plan"
)

// maxSubqueryDepth bounds the nesting of queries.
const maxSubqueryDepth = 100

// maxNodes bounds the expressions and subqueries that a statement is made of once aliases and CTEs stand where they are
// used: ClickHouse's max_expanded_ast_elements.
const maxNodes = 500_000

// nodesOfQuery is what a subquery counts as, its parts not counted; checkNodes is how often the binder looks whether the
// query was cancelled.
const (
	nodesOfQuery = 16
	checkNodes   = 1024
)

// Catalog finds what names stand for. Errors are for users.
type Catalog interface {
	// Table finds a stored table, or a system table as a plan.Generate.
	Table(database, name string) (Relation, error)
	// TableFunction makes the rows of numbers(10) and its kin; args are constants.
	TableFunction(name string, args []*batch.Vector) (*plan.Generate, error)
	// Constant gives the value of a function of the server or the session, such
	// as version() and currentDatabase(); ok is false when name is none.
	Constant(name string, args []*batch.Vector) (v *batch.Vector, ok bool, err error)
}

// Relation is a table of the catalog: one of the two is set.
type Relation struct {
	Stored    plan.Table
	Generated *plan.Generate
}

// Runner runs uncorrelated subqueries while the query around them is bound. It
// fails when there are more than maxRows rows; maxRows 0 means the set limit of
// the query.
type Runner interface {
	Run(ctx context.Context, n plan.Node, maxRows int) (*batch.Batch, error)
}

// Options are the settings that change what a query means.
type Options struct {
	Database           string
	Params             map[string]string // values of {name:Type}
	JoinUseNulls       bool
	UnionDistinct      bool // union_default_mode = 'DISTINCT'
	UnionUnspecified   bool // union_default_mode = '': UNION without ALL or DISTINCT is refused
	DistinctCount      string
	PositionalDisabled bool // enable_positional_arguments = 0
	PreferColumnName   bool // prefer_column_name_to_alias = 1
	TotalsBeforeHaving bool // totals_mode = 'before_having'
}

// Binder binds one statement.
type Binder struct {
	ctx     context.Context //nolint:containedctx // lives as long as one Bind call; passed to Runner
	expr    *expr.Ctx
	catalog Catalog
	run     Runner
	opts    Options
	depth   int
	nodes   int
	sets    map[*ast.In]*expr.Set  // an alias may bind the same IN twice
	setsOf  map[uint64][]*expr.Set // all sets, by hash
}

// New makes a binder for one statement.
func New(ctx context.Context, ec *expr.Ctx, c Catalog, r Runner, o Options) *Binder {
	return &Binder{
		ctx: ctx, expr: ec, catalog: c, run: r, opts: o,
		sets: map[*ast.In]*expr.Set{}, setsOf: map[uint64][]*expr.Set{},
	}
}

// Query binds a query.
func (b *Binder) Query(q ast.Query) (plan.Node, error) { return b.query(q, nil) }

// Over binds an expression over the given columns, without aggregates and
// subqueries: keys, defaults and conditions of a table's definition.
func (b *Binder) Over(e ast.Expr, fields []plan.Field) (expr.Expr, error) {
	s := newScope(nil)
	for i, f := range fields {
		s.fields = append(s.fields, field{Name: f.Name, Type: f.Type, pos: i})
	}
	return b.scalar(e, s)
}

// Constant binds and computes an expression without columns.
func (b *Binder) Constant(e ast.Expr) (*batch.Vector, error) {
	bound, err := b.scalar(e, newScope(nil))
	if err != nil {
		return nil, err
	}
	v, err := expr.Eval(b.expr, bound, &batch.Batch{Rows: 1})
	if err != nil {
		return nil, err
	}
	return v, nil
}

// grow counts nodes that are made.
func (b *Binder) grow(n int) error {
	before := b.nodes
	b.nodes += n
	if b.nodes > maxNodes {
		return chcode.Errorf(chcode.TooBigAST, "Query is too big once its aliases and CTEs are put in. Maximum: %d elements", maxNodes)
	}
	if before/checkNodes != b.nodes/checkNodes {
		return expr.Cancelled(b.ctx)
	}
	return nil
}

func (b *Binder) query(q ast.Query, outer *scope) (plan.Node, error) {
	if err := b.grow(nodesOfQuery); err != nil {
		return nil, err
	}
	b.depth++
	defer func() { b.depth-- }()
	if b.depth > maxSubqueryDepth {
		return nil, chcode.Errorf(chcode.TooDeepSubqueries, "Too deep subqueries. Maximum: %d", maxSubqueryDepth)
	}
	switch q := q.(type) {
	case *ast.Select:
		return b.selectQuery(q, outer)
	case *ast.SetQuery:
		return b.setQuery(q, outer)
	default:
		return nil, chcode.Errorf(chcode.NotImplemented, "This form of subquery is not supported: %s", ast.Format(q))
	}
}

// column makes a reference to an output field of a node.
func column(pos int, f plan.Field) *expr.Column {
	return &expr.Column{Pos: pos, Name: f.Name, T: f.Type}
}

// passThrough are references to all fields of n.
func passThrough(n plan.Node) (exprs []expr.Expr, names []string) {
	for i, f := range n.Fields() {
		exprs = append(exprs, column(i, f))
		names = append(names, f.Name)
	}
	return exprs, names
}

func constant(v *batch.Vector) *expr.Const { return expr.NewConst(v) }

func fieldTypes(n plan.Node) []types.Type {
	fields := n.Fields()
	ts := make([]types.Type, len(fields))
	for i, f := range fields {
		ts[i] = f.Type
	}
	return ts
}
