package ast

import (
	"slices"
	"strings"
)

// Alter is ALTER TABLE (or VIEW, which means the same).
type Alter struct {
	Span
	Outputs
	// Kind is ObjectTable, or ObjectDatabase for ALTER DATABASE.
	Kind      ObjectKind
	Temporary bool
	// Table is the table; a database's name stands in Table.Table.
	Table    *TableName
	Cluster  *Cluster
	Commands []AlterCommand
}

// AlterCommand is one command of an Alter.
type AlterCommand interface {
	Node
	alterNode()
}

func (n *Alter) print(p *printer) {
	p.str("ALTER ")
	if n.Temporary {
		p.str("TEMPORARY ")
	}
	p.str(n.Kind.String(), " ")
	n.Table.print(p)
	printCluster(p, n.Cluster)
	for i, c := range n.Commands {
		if i > 0 {
			p.str(",")
		}
		p.str(" ")
		if len(n.Commands) > 1 {
			p.str("(")
			c.print(p)
			p.str(")")
			continue
		}
		c.print(p)
	}
}

// alterCommand is embedded by every command.
type alterCommand struct{}

func (alterCommand) alterNode() {}

// Place is where a new or moved column, index, ... stands.
type Place struct {
	First bool
	// After is empty if not given.
	After string
}

func (n *Place) print(p *printer) {
	if n.First {
		p.str(" FIRST")
	}
	if n.After != "" {
		p.str(" AFTER ")
		printColumnName(p, n.After)
	}
}

// AddColumn is ADD COLUMN.
type AddColumn struct {
	Span
	alterCommand
	Place
	IfNotExists bool
	Column      *ColumnDef
}

func (n *AddColumn) print(p *printer) {
	p.str("ADD COLUMN ")
	if n.IfNotExists {
		p.str("IF NOT EXISTS ")
	}
	n.Column.print(p)
	n.Place.print(p)
}

// ModifyColumn is MODIFY COLUMN and ALTER COLUMN ... TYPE.
type ModifyColumn struct {
	Span
	alterCommand
	Place
	IfExists bool
	Column   *ColumnDef
	// Remove is the property of MODIFY COLUMN c REMOVE property, such as DEFAULT, TTL, CODEC.
	Remove string
	// ModifySettings and ResetSettings are MODIFY SETTING and RESET SETTING of a column.
	ModifySettings []*Setting
	ResetSettings  []string
}

func (n *ModifyColumn) print(p *printer) {
	p.str("MODIFY COLUMN ")
	if n.IfExists {
		p.str("IF EXISTS ")
	}
	n.Column.print(p)
	if n.Remove != "" {
		p.str(" REMOVE ", n.Remove)
	}
	listClause(p, "MODIFY SETTING", n.ModifySettings)
	if len(n.ResetSettings) > 0 {
		p.str(" RESET SETTING ")
		p.idents(n.ResetSettings)
	}
	n.Place.print(p)
}

// ElementKind is a part of a table that ALTER speaks of by name.
type ElementKind uint8

// The kinds of parts.
const (
	ElementColumn ElementKind = iota
	ElementIndex
	ElementConstraint
	ElementProjection
	ElementStatistics
)

// String returns the keyword.
func (k ElementKind) String() string {
	return [...]string{"COLUMN", "INDEX", "CONSTRAINT", "PROJECTION", "STATISTICS"}[k]
}

// ElementVerb is what is done to such a part.
type ElementVerb uint8

// The verbs.
const (
	ElementDrop ElementVerb = iota
	ElementClear
	ElementMaterialize
)

// ElementCommand is DROP, CLEAR or MATERIALIZE of a column, index, constraint, projection or statistics.
type ElementCommand struct {
	Span
	alterCommand
	Verb     ElementVerb
	Kind     ElementKind
	IfExists bool
	// Names is one name, or the columns of statistics; All is STATISTICS ALL.
	Names     []string
	All       bool
	Partition *Partition
}

func (n *ElementCommand) print(p *printer) {
	p.str([...]string{"DROP ", "CLEAR ", "MATERIALIZE "}[n.Verb], n.Kind.String())
	if n.IfExists {
		p.str(" IF EXISTS")
	}
	p.str(" ")
	if n.All {
		p.str("ALL")
	}
	for i, name := range n.Names {
		if i > 0 {
			p.str(", ")
		}
		printColumnName(p, name)
	}
	printInPartition(p, n.Partition)
}

// AddElement is ADD INDEX, ADD CONSTRAINT or ADD PROJECTION.
type AddElement struct {
	Span
	alterCommand
	Place
	Kind        ElementKind
	IfNotExists bool
	// One of these is set, by Kind.
	Index      *IndexDef
	Constraint *ConstraintDef
	Projection *ProjectionDef
}

func (n *AddElement) print(p *printer) {
	p.str("ADD ", n.Kind.String(), " ")
	if n.IfNotExists {
		p.str("IF NOT EXISTS ")
	}
	switch n.Kind {
	case ElementIndex:
		n.Index.print(p)
	case ElementConstraint:
		n.Constraint.print(p)
	case ElementProjection:
		n.Projection.print(p)
	case ElementColumn, ElementStatistics:
	}
	n.Place.print(p)
}

// AlterStatistics is ADD STATISTICS and MODIFY STATISTICS.
type AlterStatistics struct {
	Span
	alterCommand
	Modify      bool
	IfNotExists bool
	Columns     []string
	Types       []*FuncCall
}

func (n *AlterStatistics) print(p *printer) {
	if n.Modify {
		p.str("MODIFY STATISTICS ")
	} else {
		p.str("ADD STATISTICS ")
	}
	if n.IfNotExists {
		p.str("IF NOT EXISTS ")
	}
	p.idents(n.Columns)
	listClause(p, "TYPE", n.Types)
}

// RenameColumn is RENAME COLUMN a TO b.
type RenameColumn struct {
	Span
	alterCommand
	IfExists bool
	From, To string
}

func (n *RenameColumn) print(p *printer) {
	p.str("RENAME COLUMN ")
	if n.IfExists {
		p.str("IF EXISTS ")
	}
	printColumnName(p, n.From)
	p.str(" TO ")
	printColumnName(p, n.To)
}

// CommentColumn is COMMENT COLUMN c 'text'.
type CommentColumn struct {
	Span
	alterCommand
	IfExists bool
	Column   string
	Comment  string
}

func (n *CommentColumn) print(p *printer) {
	p.str("COMMENT COLUMN ")
	if n.IfExists {
		p.str("IF EXISTS ")
	}
	printColumnName(p, n.Column)
	p.str(" ")
	p.quoted(n.Comment)
}

// ModifyKey is MODIFY ORDER BY or MODIFY SAMPLE BY; a nil Expr is REMOVE SAMPLE BY.
type ModifyKey struct {
	Span
	alterCommand
	Sample bool
	Expr   Expr
}

func (n *ModifyKey) print(p *printer) {
	if n.Expr == nil {
		p.str("REMOVE SAMPLE BY")
		return
	}
	p.str([...]string{"MODIFY ORDER BY ", "MODIFY SAMPLE BY "}[btoi(n.Sample)])
	n.Expr.print(p)
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

// ModifyTTL is MODIFY TTL; without elements REMOVE TTL.
type ModifyTTL struct {
	Span
	alterCommand
	TTL []*TTLElement
}

func (n *ModifyTTL) print(p *printer) {
	if len(n.TTL) == 0 {
		p.str("REMOVE TTL")
		return
	}
	p.str("MODIFY TTL ")
	list(p, n.TTL, ", ")
}

// MaterializeTTL is MATERIALIZE TTL [IN PARTITION p].
type MaterializeTTL struct {
	Span
	alterCommand
	Partition *Partition
}

func (n *MaterializeTTL) print(p *printer) {
	p.str("MATERIALIZE TTL")
	printInPartition(p, n.Partition)
}

// ModifySetting is MODIFY SETTING and RESET SETTING.
type ModifySetting struct {
	Span
	alterCommand
	Settings []*Setting
	// Reset are names; it is used when Settings is nil. Database is MODIFY DATABASE SETTING.
	Reset    []string
	Database bool
}

func (n *ModifySetting) print(p *printer) {
	switch {
	case n.Settings == nil:
		p.str("RESET SETTING ")
		p.idents(n.Reset)
		return
	case n.Database:
		p.str("MODIFY DATABASE SETTING ")
	default:
		p.str("MODIFY SETTING ")
	}
	list(p, n.Settings, ", ")
}

// ModifyQuery is MODIFY QUERY SELECT ....
type ModifyQuery struct {
	Span
	alterCommand
	Query Query
}

func (n *ModifyQuery) print(p *printer) {
	p.str("MODIFY QUERY ")
	n.Query.print(p)
}

// ModifyRefresh is MODIFY REFRESH ....
type ModifyRefresh struct {
	Span
	alterCommand
	Refresh *Refresh
}

func (n *ModifyRefresh) print(p *printer) {
	p.str("MODIFY")
	n.Refresh.print(p)
}

// ModifyDefiner is MODIFY DEFINER = u SQL SECURITY x.
type ModifyDefiner struct {
	Span
	alterCommand
	Definer *Definer
}

func (n *ModifyDefiner) print(p *printer) {
	p.str("MODIFY")
	n.Definer.print(p)
}

// ModifyComment is MODIFY COMMENT 'text'.
type ModifyComment struct {
	Span
	alterCommand
	Comment string
}

func (n *ModifyComment) print(p *printer) {
	p.str("MODIFY COMMENT ")
	p.quoted(n.Comment)
}

// UpdateRows is UPDATE a = 1 [IN PARTITION p] WHERE x.
type UpdateRows struct {
	Span
	alterCommand
	Set       []*Assignment
	Partition *Partition
	Where     Expr
}

func (n *UpdateRows) print(p *printer) {
	p.str("UPDATE ")
	list(p, n.Set, ", ")
	printInPartition(p, n.Partition)
	p.clause("WHERE", n.Where)
}

// DeleteRows is DELETE [IN PARTITION p] WHERE x.
type DeleteRows struct {
	Span
	alterCommand
	Partition *Partition
	Where     Expr
}

func (n *DeleteRows) print(p *printer) {
	p.str("DELETE")
	printInPartition(p, n.Partition)
	p.clause("WHERE", n.Where)
}

// PartitionAction is what a PartitionCommand does.
type PartitionAction uint8

// The actions.
const (
	PartitionDrop PartitionAction = iota
	PartitionDropDetached
	PartitionDetach
	PartitionForget
	PartitionAttach
	PartitionReplace
	PartitionMove
	PartitionFetch
	PartitionFreeze
	PartitionUnfreeze
	PartitionExport
)

// String returns the keywords.
func (a PartitionAction) String() string {
	return [...]string{
		"DROP", "DROP DETACHED", "DETACH", "FORGET", "ATTACH", "REPLACE", "MOVE", "FETCH", "FREEZE", "UNFREEZE",
		"EXPORT",
	}[a]
}

// PartitionCommand is everything that ALTER does with a partition or part as a whole.
type PartitionCommand struct {
	Span
	alterCommand
	Action PartitionAction
	// Partition is nil for FREEZE of the whole table.
	Partition *Partition
	// From is the table of ATTACH ... FROM and REPLACE ... FROM; To that of MOVE ... TO TABLE.
	From, To *TableName
	// Path is the path of FETCH ... FROM, or the disk or volume of MOVE ... TO DISK.
	Path string
	// ToVolume tells a volume from a disk.
	ToVolume bool
	// Name is WITH NAME 'x' of FREEZE and UNFREEZE.
	Name     string
	Settings []*Setting
}

func (n *PartitionCommand) print(p *printer) {
	p.str(n.Action.String())
	printPartition(p, n.Partition)
	switch {
	case n.From != nil:
		p.str(" FROM ")
		n.From.print(p)
	case n.To != nil:
		p.str(" TO TABLE ")
		n.To.print(p)
	case n.Action == PartitionFetch:
		p.str(" FROM ")
		p.quoted(n.Path)
	case n.Action == PartitionMove:
		p.str([...]string{" TO DISK ", " TO VOLUME "}[btoi(n.ToVolume)])
		p.quoted(n.Path)
	}
	if n.Name != "" {
		p.str(" WITH NAME ")
		p.quoted(n.Name)
	}
	listClause(p, "SETTINGS", n.Settings)
}

// ApplyMask is APPLY DELETED MASK, APPLY PATCHES and REWRITE PARTS.
type ApplyMask struct {
	Span
	alterCommand
	// What is DELETED MASK, PATCHES or REWRITE PARTS.
	What      string
	Partition *Partition
}

func (n *ApplyMask) print(p *printer) {
	if n.What != "REWRITE PARTS" {
		p.str("APPLY ")
	}
	p.str(n.What)
	printInPartition(p, n.Partition)
}

// printColumnName writes a column's name; the dots of a.b, a column of Nested, stay outside quotes.
func printColumnName(p *printer, name string) {
	parts := strings.Split(name, ".")
	if slices.Contains(parts, "") {
		p.ident(name)
		return
	}
	printPath(p, parts)
}
