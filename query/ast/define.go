package ast

// CreateDatabase is CREATE DATABASE.
type CreateDatabase struct {
	Span
	Outputs
	// Create.Name holds the database in Table.
	Create
	Engine   *FuncCall
	Settings []*Setting
	Comment  string
}

func (n *CreateDatabase) print(p *printer) {
	n.printHead(p, "DATABASE")
	if n.Engine != nil {
		p.str(" ENGINE = ")
		n.Engine.print(p)
	}
	listClause(p, "SETTINGS", n.Settings)
	printComment(p, n.Comment)
}

// CreateFunction is CREATE FUNCTION name AS lambda.
type CreateFunction struct {
	Span
	Outputs
	OrReplace, IfNotExists bool
	Name                   string
	Cluster                *Cluster
	Body                   Expr
}

func (n *CreateFunction) print(p *printer) {
	p.str("CREATE ")
	if n.OrReplace {
		p.str("OR REPLACE ")
	}
	p.str("FUNCTION ")
	if n.IfNotExists {
		p.str("IF NOT EXISTS ")
	}
	p.ident(n.Name)
	printCluster(p, n.Cluster)
	p.str(" AS ")
	n.Body.print(p)
}

// CreateIndex is CREATE INDEX name ON table.
type CreateIndex struct {
	Span
	Outputs
	IfNotExists, Unique bool
	Table               *TableName
	Cluster             *Cluster
	Index               *IndexDef
}

func (n *CreateIndex) print(p *printer) {
	p.str("CREATE ")
	if n.Unique {
		p.str("UNIQUE ")
	}
	p.str("INDEX ")
	if n.IfNotExists {
		p.str("IF NOT EXISTS ")
	}
	p.ident(n.Index.Name)
	p.str(" ON ")
	n.Table.print(p)
	printCluster(p, n.Cluster)
	p.str(" ")
	n.Index.printTail(p)
}

// CreateDictionary is CREATE DICTIONARY.
type CreateDictionary struct {
	Span
	Outputs
	Create
	// Columns is nil in ATTACH DICTIONARY name.
	Columns    *ColumnList
	PrimaryKey []Expr
	// Source and Layout are name(key value ...).
	Source, Layout *Pairs
	Lifetime       *Lifetime
	Range          *DictionaryRange
	Settings       []*Setting
	Comment        string
}

func (n *CreateDictionary) print(p *printer) {
	n.printHead(p, "DICTIONARY")
	if n.Columns != nil {
		p.str(" ")
		n.Columns.print(p)
	}
	listClause(p, "PRIMARY KEY", n.PrimaryKey)
	if n.Source != nil {
		p.str(" SOURCE(")
		n.Source.print(p)
		p.str(")")
	}
	if n.Lifetime != nil {
		n.Lifetime.print(p)
	}
	if n.Layout != nil {
		p.str(" LAYOUT(")
		n.Layout.print(p)
		p.str(")")
	}
	if n.Range != nil {
		n.Range.print(p)
	}
	if len(n.Settings) > 0 {
		p.str(" SETTINGS(")
		list(p, n.Settings, ", ")
		p.str(")")
	}
	printComment(p, n.Comment)
}

// Pairs is name(key value key value ...), the form of a dictionary's source and layout.
type Pairs struct {
	Base
	Name  string
	Items []*Pair
	// NoParens is set for a layout without brackets.
	NoParens bool
}

// Pair is one key with its value: a constant, a call, a name, or nested Pairs with the key as name.
type Pair struct {
	Span
	Key   string
	Value Expr
}

func (n *Pairs) print(p *printer) {
	p.ident(n.Name)
	if n.NoParens {
		return
	}
	p.str("(")
	list(p, n.Items, " ")
	p.str(")")
}

func (n *Pair) print(p *printer) {
	if _, nested := n.Value.(*Pairs); nested {
		n.Value.print(p)
		return
	}
	p.ident(n.Key)
	p.str(" ")
	n.Value.print(p)
}

// Lifetime is LIFETIME(MIN a MAX b); LIFETIME(n) is from 0 to n.
type Lifetime struct {
	Span
	Min, Max uint64
}

func (n *Lifetime) print(p *printer) {
	p.str(" LIFETIME(MIN ", utoa(n.Min), " MAX ", utoa(n.Max), ")")
}

// DictionaryRange is RANGE(MIN column MAX column).
type DictionaryRange struct {
	Span
	Min, Max string
}

func (n *DictionaryRange) print(p *printer) {
	p.str(" RANGE(MIN ")
	p.ident(n.Min)
	p.str(" MAX ")
	p.ident(n.Max)
	p.str(")")
}

// CreateNamedCollection is CREATE NAMED COLLECTION.
type CreateNamedCollection struct {
	Span
	Outputs
	IfNotExists bool
	Name        string
	Cluster     *Cluster
	Items       []*CollectionItem
}

// CollectionItem is key = value [[NOT] OVERRIDABLE].
type CollectionItem struct {
	Span
	Setting *Setting
	// Overridable is OVERRIDABLE, NotOverridable NOT OVERRIDABLE.
	Overridable, NotOverridable bool
}

func (n *CreateNamedCollection) print(p *printer) {
	p.str("CREATE NAMED COLLECTION ")
	if n.IfNotExists {
		p.str("IF NOT EXISTS ")
	}
	p.ident(n.Name)
	printCluster(p, n.Cluster)
	p.str(" AS ")
	list(p, n.Items, ", ")
}

func (n *CollectionItem) print(p *printer) {
	n.Setting.print(p)
	if n.NotOverridable {
		p.str(" NOT OVERRIDABLE")
	}
	if n.Overridable {
		p.str(" OVERRIDABLE")
	}
}

// AlterNamedCollection is ALTER NAMED COLLECTION name SET a = 1 DELETE b.
type AlterNamedCollection struct {
	Span
	Outputs
	IfExists bool
	Name     string
	Cluster  *Cluster
	Set      []*CollectionItem
	Delete   []string
}

func (n *AlterNamedCollection) print(p *printer) {
	p.str("ALTER NAMED COLLECTION ")
	if n.IfExists {
		p.str("IF EXISTS ")
	}
	p.ident(n.Name)
	printCluster(p, n.Cluster)
	listClause(p, "SET", n.Set)
	if len(n.Delete) > 0 {
		p.str(" DELETE ")
		p.idents(n.Delete)
	}
}

// CreateWorkload is CREATE WORKLOAD name [IN parent] [SETTINGS ...].
type CreateWorkload struct {
	Span
	Outputs
	OrReplace, IfNotExists bool
	Name, Parent           string
	Cluster                *Cluster
	Settings               []*WorkloadSetting
}

// WorkloadSetting is a setting with the resource that it is for.
type WorkloadSetting struct {
	Span
	Setting *Setting
	For     string
}

func (n *CreateWorkload) print(p *printer) {
	p.str("CREATE ")
	if n.OrReplace {
		p.str("OR REPLACE ")
	}
	p.str("WORKLOAD ")
	if n.IfNotExists {
		p.str("IF NOT EXISTS ")
	}
	p.ident(n.Name)
	printCluster(p, n.Cluster)
	if n.Parent != "" {
		p.str(" IN ")
		p.ident(n.Parent)
	}
	listClause(p, "SETTINGS", n.Settings)
}

func (n *WorkloadSetting) print(p *printer) {
	n.Setting.print(p)
	if n.For != "" {
		p.str(" FOR ")
		p.ident(n.For)
	}
}

// CreateResource is CREATE RESOURCE name (READ DISK d, WRITE ANY DISK, ...).
type CreateResource struct {
	Span
	Outputs
	OrReplace, IfNotExists bool
	Name                   string
	Cluster                *Cluster
	Operations             []*ResourceOperation
}

// ResourceOperation is READ|WRITE [ANY] DISK d, or a phrase such as MASTER THREAD.
type ResourceOperation struct {
	Span
	Words string
	// Disk is empty for ANY DISK and for operations without a disk.
	Disk string
}

func (n *CreateResource) print(p *printer) {
	p.str("CREATE ")
	if n.OrReplace {
		p.str("OR REPLACE ")
	}
	p.str("RESOURCE ")
	if n.IfNotExists {
		p.str("IF NOT EXISTS ")
	}
	p.ident(n.Name)
	printCluster(p, n.Cluster)
	p.str(" (")
	list(p, n.Operations, ", ")
	p.str(")")
}

func (n *ResourceOperation) print(p *printer) {
	p.str(n.Words)
	if n.Disk != "" {
		p.str(" ")
		p.ident(n.Disk)
	}
}
