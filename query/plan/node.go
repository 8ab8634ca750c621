package plan

import (
	"math"

	"github.com/freshetdb/freshet/columnar/agg"
	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/expr"
	"github.com/freshetdb/freshet/columnar/types"
)

// Field is one output column of a node.
type Field struct {
	Name string
	Type types.Type
}

// Node is one step of a plan. Fields are its output columns; Inputs its
// children, in order; WithInputs is the same step over other children, which
// must have the same fields.
type Node interface {
	Fields() []Field
	Inputs() []Node
	WithInputs(inputs []Node) Node
	// Describe is the node's own line in EXPLAIN, without its inputs.
	Describe() string
}

// Table is a stored or virtual table as far as a plan needs to know it.
type Table interface {
	Database() string
	Name() string
	// Columns are all columns in order, ALIAS and MATERIALIZED ones included.
	Columns() []types.Column
}

// Scan reads columns of a table. Filter is a conjunction over the output
// fields: a row passes when every expression is true; later ones are evaluated
// only for rows that passed the earlier ones (R14).
type Scan struct {
	Table   Table
	Columns []int // positions in Table.Columns, each stored
	Names   []string
	Filter  []expr.Expr
	// Hidden is how many of the columns, the last ones, are read for the filter only:
	// they are not given.
	Hidden int
	// Limit stops the scan after so many rows have passed; 0 means none.
	Limit int64
}

// Rows is a fixed relation: SELECT without FROM, VALUES, an executed subquery.
type Rows struct {
	Batch *batch.Batch
}

// Generate is rows made by a table function or a system table when the query
// runs.
type Generate struct {
	Label  string // how EXPLAIN prints it: numbers(10)
	Out    []Field
	Source Source
}

// Source makes the rows of a Generate. Open is called once per execution and
// returns a function that gives the next batch, or nil at the end.
type Source interface {
	Open() (next func() (*batch.Batch, error), err error)
}

// Filter keeps the rows for which every expression is true, tried in order.
type Filter struct {
	Input Node
	Conj  []expr.Expr
}

// Project computes its output columns from the input's.
type Project struct {
	Input Node
	Exprs []expr.Expr
	Names []string
}

// AggCall is one aggregate of an Aggregate node.
type AggCall struct {
	Func agg.Func
	Args []expr.Expr
	Name string // ClickHouse's column name: sumIf(a, b)
	// Merge tells that Args[0] is a state of Func, which is merged, and Args[1], if
	// there, a condition on the row.
	Merge bool
}

// AggregateInput is further rows of an Aggregate: their keys and, for each call,
// its arguments.
type AggregateInput struct {
	Input Node
	Keys  []expr.Expr
	Args  [][]expr.Expr
}

// Aggregate groups its input by Keys. Output: the keys, then the aggregates.
// Without keys there is exactly one group, also over no rows.
type Aggregate struct {
	Input    Node
	Keys     []expr.Expr
	KeyNames []string
	Calls    []AggCall
	// More are further inputs, whose rows fall into the same groups: what a rollup
	// does not hold of a range.
	More []AggregateInput
	// ByKey tells that this is how a table of states is read: Keys are its key
	// columns, and each call merges one of its columns.
	ByKey bool
}

// SortKey orders by one output column of the input.
type SortKey struct {
	Col        int
	Desc       bool
	NullsFirst bool // NULL and NaN before all values, whatever Desc
}

// Sort orders its input; with Limit > 0 only the first Limit rows are kept.
type Sort struct {
	Input Node
	Keys  []SortKey
	Limit int64
}

// AllRows is the Count of a limit that only skips rows.
const AllRows = math.MaxInt64

// Limit passes Count rows after skipping Offset. Negative numbers count from the
// end; shares that are not 0 are the numbers as fractions of all rows. With Ties it
// goes on while rows equal the last one in these keys.
type Limit struct {
	Input       Node
	Count       int64
	Offset      int64
	CountShare  float64
	OffsetShare float64
	Ties        []SortKey
}

// LimitBy passes, for each combination of values in Cols, Count rows after
// skipping Offset; negative numbers count from the end.
type LimitBy struct {
	Input  Node
	Count  int64
	Offset int64
	Cols   []int
}

// Distinct keeps the first row of each combination of values in Cols (nil: all
// columns).
type Distinct struct {
	Input Node
	Cols  []int
}

// JoinKind says which unmatched rows a join keeps.
type JoinKind uint8

// The kinds of joins.
const (
	Inner JoinKind = iota
	Left
	Right
	Full
	Cross
)

// Strictness says how many matches a row takes.
type Strictness uint8

// The strictnesses of ClickHouse.
const (
	All Strictness = iota
	Any
	Semi
	Anti
)

// Join matches rows whose keys are equal (NULL equals nothing) and for which
// Residual, over left fields then right fields, is true. Output: left fields,
// then right fields. Unmatched sides are filled with type defaults, or NULL
// where the output field is Nullable by UseNulls.
type Join struct {
	Left, Right Node
	Kind        JoinKind
	Strictness  Strictness
	LeftKeys    []expr.Expr // over Left's fields; types equal to RightKeys'
	RightKeys   []expr.Expr // over Right's fields
	Residual    expr.Expr   // nil: none
	UseNulls    bool        // join_use_nulls
}

// Union is the rows of all inputs, whose fields have equal types.
type Union struct {
	Branches []Node
}
