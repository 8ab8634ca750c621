package ast

// ColumnList is what stands in brackets behind a table's name.
type ColumnList struct {
	Span
	Columns     []*ColumnDef
	Indexes     []*IndexDef
	Constraints []*ConstraintDef
	Projections []*ProjectionDef
	// PrimaryKey is PRIMARY KEY among the columns.
	PrimaryKey Expr
}

func (n *ColumnList) print(p *printer) {
	p.str("(")
	sep := ""
	item := func(keyword string, node Node) {
		p.str(sep, keyword)
		node.print(p)
		sep = ", "
	}
	for _, c := range n.Columns {
		item("", c)
	}
	for _, c := range n.Indexes {
		item("INDEX ", c)
	}
	for _, c := range n.Constraints {
		item("CONSTRAINT ", c)
	}
	for _, c := range n.Projections {
		item("PROJECTION ", c)
	}
	if n.PrimaryKey != nil {
		item("PRIMARY KEY ", n.PrimaryKey)
	}
	p.str(")")
}

// DefaultKind is how a column gets a value that an INSERT does not give.
type DefaultKind uint8

// The kinds of a default.
const (
	DefaultNone DefaultKind = iota
	DefaultValue
	DefaultMaterialized
	DefaultAlias
	DefaultEphemeral
)

// String returns the keyword.
func (k DefaultKind) String() string {
	return [...]string{"", "DEFAULT", "MATERIALIZED", "ALIAS", "EPHEMERAL"}[k]
}

// Nullability is NULL or NOT NULL behind a column's type.
type Nullability uint8

// The nullabilities.
const (
	NullUnspecified Nullability = iota
	Null
	NotNull
)

// ColumnDef is one column of a table, or one attribute of a dictionary.
type ColumnDef struct {
	Span
	Name string
	// Type is nil when the default decides it.
	Type    *Type
	Null    Nullability
	Default DefaultKind
	// Value is nil for EPHEMERAL without an expression.
	Value Expr
	// HasComment tells COMMENT '' from none.
	Comment    string
	HasComment bool
	Codec      *Codec
	Statistics *Codec
	TTL        Expr
	Collate    string
	PrimaryKey bool
	Settings   []*Setting
	// Expression, Hierarchical, Injective, IsObjectID and Bidirectional belong to dictionaries.
	Expression                                         Expr
	Hierarchical, Bidirectional, Injective, IsObjectID bool
}

func (n *ColumnDef) print(p *printer) {
	p.ident(n.Name)
	if n.Type != nil {
		p.str(" ")
		n.Type.print(p)
	}
	if n.Collate != "" {
		p.str(" COLLATE ")
		p.ident(n.Collate)
	}
	p.str([...]string{"", " NULL", " NOT NULL"}[n.Null])
	if n.Default != DefaultNone {
		p.word(n.Default.String())
		if n.Value != nil {
			p.str(" ")
			n.Value.print(p)
		}
	}
	n.printAttribute(p)
	if n.HasComment {
		p.str(" COMMENT ")
		p.quoted(n.Comment)
	}
	if n.Codec != nil {
		n.Codec.print(p)
	}
	if n.Statistics != nil {
		n.Statistics.print(p)
	}
	p.clause("TTL", n.TTL)
	if n.PrimaryKey {
		p.str(" PRIMARY KEY")
	}
	if len(n.Settings) > 0 {
		p.str(" SETTINGS (")
		list(p, n.Settings, ", ")
		p.str(")")
	}
}

func (n *ColumnDef) printAttribute(p *printer) {
	p.clause("EXPRESSION", n.Expression)
	for _, f := range [...]struct {
		set  bool
		word string
	}{
		{n.Hierarchical, "HIERARCHICAL"},
		{n.Bidirectional, "BIDIRECTIONAL"},
		{n.Injective, "INJECTIVE"},
		{n.IsObjectID, "IS_OBJECT_ID"},
	} {
		if f.set {
			p.word(f.word)
		}
	}
}

// Codec is CODEC(...) or STATISTICS(...): a keyword with a list of names and arguments.
type Codec struct {
	Span
	Keyword string
	Items   []*FuncCall
}

func (n *Codec) print(p *printer) {
	p.word(n.Keyword)
	p.str("(")
	list(p, n.Items, ", ")
	p.str(")")
}

// IndexDef is INDEX name expr TYPE type GRANULARITY n.
type IndexDef struct {
	Span
	Name string
	Expr Expr
	// Type is nil if not given.
	Type *FuncCall
	// Granularity is 0 if not given.
	Granularity uint64
}

func (n *IndexDef) print(p *printer) {
	p.ident(n.Name)
	p.str(" ")
	n.printTail(p)
}

func (n *IndexDef) printTail(p *printer) {
	n.Expr.print(p)
	if n.Type != nil {
		p.str(" TYPE ")
		n.Type.print(p)
	}
	if n.Granularity != 0 {
		p.str(" GRANULARITY ", utoa(n.Granularity))
	}
}

// ConstraintDef is CONSTRAINT name CHECK|ASSUME expr.
type ConstraintDef struct {
	Span
	Name   string
	Assume bool
	Expr   Expr
}

func (n *ConstraintDef) print(p *printer) {
	p.ident(n.Name)
	if n.Assume {
		p.clause("ASSUME", n.Expr)
	} else {
		p.clause("CHECK", n.Expr)
	}
}

// ProjectionDef is PROJECTION name (SELECT ...) or PROJECTION name INDEX expr TYPE t.
type ProjectionDef struct {
	Span
	Name  string
	Query *Select
	// Index is used instead of Query.
	Index    Expr
	Type     *FuncCall
	Settings []*Setting
}

func (n *ProjectionDef) print(p *printer) {
	p.ident(n.Name)
	if n.Query != nil {
		n.printQuery(p)
	} else {
		p.clause("INDEX", n.Index)
		p.str(" TYPE ")
		n.Type.print(p)
	}
	if len(n.Settings) > 0 {
		p.str(" WITH SETTINGS (")
		list(p, n.Settings, ", ")
		p.str(")")
	}
}

// printQuery writes the projection's query, whose ORDER BY has no directions.
func (n *ProjectionDef) printQuery(p *printer) {
	q := *n.Query
	q.OrderBy, q.Settings, q.Limit = nil, nil, nil
	p.str(" (")
	q.print(p)
	if n.Query.OrderBy != nil {
		p.str(" ORDER BY ")
		for i, item := range n.Query.OrderBy.Items {
			if i > 0 {
				p.str(", ")
			}
			item.Expr.print(p)
		}
	}
	p.str(")")
}
