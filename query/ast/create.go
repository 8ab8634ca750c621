package ast

// CreateTable is CREATE TABLE, REPLACE TABLE and ATTACH TABLE.
type CreateTable struct {
	Span
	Outputs
	Create
	Columns *ColumnList
	// AsTable and AsFunction are CREATE TABLE t AS other; CloneAs copies its data, too.
	AsTable    *TableName
	AsFunction *FuncCall
	CloneAs    bool
	Storage    *Storage
	// Query is AS SELECT; Empty is EMPTY AS SELECT.
	Query   Query
	Empty   bool
	Comment string
	// FromPath is ATTACH TABLE t FROM 'path'; AttachAs is REPLICATED or NOT REPLICATED.
	FromPath, AttachAs string
}

// Create is what all CREATE statements share.
type Create struct {
	// Attach is ATTACH instead of CREATE; Replace is REPLACE; OrReplace is CREATE OR REPLACE.
	Attach, Replace, OrReplace bool
	IfNotExists, Temporary     bool
	Name                       *TableName
	UUID                       string
	Cluster                    *Cluster
}

// Cluster is ON CLUSTER name.
type Cluster struct {
	Span
	Name string
}

func (n *Cluster) print(p *printer) {
	p.str(" ON CLUSTER ")
	p.ident(n.Name)
}

func printCluster(p *printer, c *Cluster) {
	if c != nil {
		c.print(p)
	}
}

// printHead writes CREATE what name.
func (n *Create) printHead(p *printer, what string) {
	switch {
	case n.Attach:
		p.str("ATTACH")
	case n.Replace:
		p.str("REPLACE")
	case n.OrReplace:
		p.str("CREATE OR REPLACE")
	default:
		p.str("CREATE")
	}
	if n.Temporary {
		p.str(" TEMPORARY")
	}
	p.str(" ", what)
	if n.IfNotExists {
		p.str(" IF NOT EXISTS")
	}
	p.str(" ")
	n.Name.print(p)
	if n.UUID != "" {
		p.str(" UUID ")
		p.quoted(n.UUID)
	}
	printCluster(p, n.Cluster)
}

func (n *CreateTable) print(p *printer) {
	n.printHead(p, "TABLE")
	if n.FromPath != "" {
		p.str(" FROM ")
		p.quoted(n.FromPath)
	}
	if n.AttachAs != "" {
		p.str(" AS ", n.AttachAs)
	}
	if n.Columns != nil {
		p.str(" ")
		n.Columns.print(p)
	}
	if n.AsTable != nil || n.AsFunction != nil {
		switch {
		case n.CloneAs:
			p.str(" CLONE")
		case n.Empty:
			p.str(" EMPTY")
		}
		p.str(" AS ")
		if n.AsTable != nil {
			n.AsTable.print(p)
		} else {
			n.AsFunction.print(p)
		}
	}
	if n.Storage != nil {
		n.Storage.print(p)
	}
	if n.Query != nil {
		if n.Empty {
			p.str(" EMPTY")
		}
		p.str(" AS ")
		n.Query.print(p)
	}
	printComment(p, n.Comment)
}

func printComment(p *printer, comment string) {
	if comment != "" {
		p.str(" COMMENT ")
		p.quoted(comment)
	}
}

// Storage is the engine of a table and what belongs to it.
type Storage struct {
	Span
	// Engine is nil if the clause gives only keys or settings.
	Engine *FuncCall
	// RouteBy is Freshet's own: the key that decides a row's shard.
	PartitionBy, PrimaryKey, OrderBy, SampleBy, RouteBy Expr
	TTL                                                 []*TTLElement
	Settings                                            []*Setting
}

func (n *Storage) print(p *printer) {
	if n.Engine != nil {
		p.str(" ENGINE = ")
		n.Engine.print(p)
	}
	p.clause("PARTITION BY", n.PartitionBy)
	p.clause("PRIMARY KEY", n.PrimaryKey)
	p.clause("ORDER BY", n.OrderBy)
	p.clause("ROUTE BY", n.RouteBy)
	p.clause("SAMPLE BY", n.SampleBy)
	listClause(p, "TTL", n.TTL)
	listClause(p, "SETTINGS", n.Settings)
}

// SortKey is "expr DESC" in a table's ORDER BY; an ascending key is the bare expression.
type SortKey struct {
	Base
	Expr Expr
	Desc bool
}

func (n *SortKey) print(p *printer) {
	p.open(&n.Base)
	n.Expr.print(p)
	if n.Desc {
		p.str(" DESC")
	}
	p.close(&n.Base)
}

// TTLAction is what happens to rows whose time has come.
type TTLAction uint8

// The actions.
const (
	TTLDelete TTLAction = iota
	TTLToDisk
	TTLToVolume
	TTLGroupBy
	TTLRecompress
)

// TTLElement is one element of a table's TTL.
type TTLElement struct {
	Span
	Expr   Expr
	Action TTLAction
	// Destination is the disk or volume, IfExists its IF EXISTS.
	Destination string
	IfExists    bool
	Where       Expr
	GroupBy     []Expr
	Set         []*Assignment
	// Codec is the codec of RECOMPRESS.
	Codec *Codec
}

func (n *TTLElement) print(p *printer) {
	// Behind another element's SET a bare equation would be one more assignment.
	if b, ok := n.Expr.(*Binary); ok && b.Op == OpEquals {
		p.expr(n.Expr, precPrimary)
	} else {
		n.Expr.print(p)
	}
	switch n.Action {
	case TTLToDisk, TTLToVolume:
		p.str(" TO ", [...]string{"DISK", "VOLUME"}[n.Action-TTLToDisk])
		if n.IfExists {
			p.str(" IF EXISTS")
		}
		p.str(" ")
		p.quoted(n.Destination)
	case TTLGroupBy:
		listClause(p, "GROUP BY", n.GroupBy)
		listClause(p, "SET", n.Set)
	case TTLRecompress:
		p.str(" RECOMPRESS")
		n.Codec.print(p)
	case TTLDelete:
	}
	p.clause("WHERE", n.Where)
}

// Assignment is column = value in UPDATE and in TTL ... SET.
type Assignment struct {
	Span
	Column *Ident
	Value  Expr
}

func (n *Assignment) print(p *printer) {
	n.Column.print(p)
	p.str(" = ")
	n.Value.print(p)
}
