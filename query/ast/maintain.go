package ast

import "strings"

// Partition names a partition: an expression, PARTITION ID 'x', PARTITION ALL, or PART 'name'.
type Partition struct {
	Span
	// Expr is the value; for IsPart and IsID it is the string.
	Expr              Expr
	IsPart, IsID, All bool
}

func (n *Partition) print(p *printer) {
	if n.IsPart {
		p.str("PART ")
		n.Expr.print(p)
		return
	}
	p.str("PARTITION ")
	if n.All {
		p.str("ALL")
		return
	}
	if n.IsID {
		p.str("ID ")
	} else if id, ok := n.Expr.(*Ident); ok && strings.EqualFold(id.Name(), "ID") && !id.Paren {
		p.str("(", id.Name(), ")") // Bare, it would be the keyword.
		return
	}
	n.Expr.print(p)
}

func printPartition(p *printer, n *Partition) {
	if n != nil {
		p.str(" ")
		n.print(p)
	}
}

// Optimize is OPTIMIZE TABLE.
type Optimize struct {
	Span
	Outputs
	Table                       *TableName
	Cluster                     *Cluster
	Partition                   *Partition
	Final, Deduplicate, Cleanup bool
	// By are the columns of DEDUPLICATE BY.
	By []Expr
	// DryRun is DRY RUN PARTS 'a', 'b'.
	DryRun []string
}

func (n *Optimize) print(p *printer) {
	p.str("OPTIMIZE TABLE ")
	n.Table.print(p)
	printCluster(p, n.Cluster)
	printPartition(p, n.Partition)
	for i, part := range n.DryRun {
		p.str([...]string{" DRY RUN PARTS ", ", "}[min(i, 1)])
		p.quoted(part)
	}
	if n.Final {
		p.str(" FINAL")
	}
	if n.Deduplicate {
		p.str(" DEDUPLICATE")
	}
	if n.Cleanup {
		p.str(" CLEANUP")
	}
	listClause(p, "BY", n.By)
}

// Check is CHECK TABLE t, CHECK DATABASE d or CHECK ALL TABLES.
type Check struct {
	Span
	Outputs
	Kind ObjectKind
	All  bool
	// Name is nil for All.
	Name      *TableName
	Partition *Partition
}

func (n *Check) print(p *printer) {
	if n.All {
		p.str("CHECK ALL TABLES")
		return
	}
	p.str("CHECK ", n.Kind.String(), " ")
	n.Name.print(p)
	printPartition(p, n.Partition)
}

// Delete is the lightweight DELETE FROM.
type Delete struct {
	Span
	Outputs
	Table     *TableName
	Cluster   *Cluster
	Partition *Partition
	Where     Expr
	Settings  []*Setting
}

func (n *Delete) print(p *printer) {
	p.str("DELETE FROM ")
	n.Table.print(p)
	printCluster(p, n.Cluster)
	printInPartition(p, n.Partition)
	p.clause("WHERE", n.Where)
	listClause(p, "SETTINGS", n.Settings)
}

func printInPartition(p *printer, n *Partition) {
	if n != nil {
		p.str(" IN")
		printPartition(p, n)
	}
}

// Update is the lightweight UPDATE.
type Update struct {
	Span
	Outputs
	Table     *TableName
	Cluster   *Cluster
	Set       []*Assignment
	Partition *Partition
	Where     Expr
	Settings  []*Setting
}

func (n *Update) print(p *printer) {
	p.str("UPDATE ")
	n.Table.print(p)
	printCluster(p, n.Cluster)
	listClause(p, "SET", n.Set)
	printInPartition(p, n.Partition)
	p.clause("WHERE", n.Where)
	listClause(p, "SETTINGS", n.Settings)
}

// Kill is KILL QUERY, KILL MUTATION and so on.
type Kill struct {
	Span
	Outputs
	// What is QUERY, MUTATION, PART_MOVE_TO_SHARD or TRANSACTION.
	What    string
	Cluster *Cluster
	Where   Expr
	// Mode is SYNC, ASYNC or TEST; ASYNC if not given.
	Mode string
}

func (n *Kill) print(p *printer) {
	p.str("KILL ", n.What)
	printCluster(p, n.Cluster)
	p.clause("WHERE", n.Where)
	p.word(n.Mode)
}

// Watch is WATCH view [EVENTS] [LIMIT n].
type Watch struct {
	Span
	Outputs
	View   *TableName
	Events bool
	Limit  Expr
}

func (n *Watch) print(p *printer) {
	p.str("WATCH ")
	n.View.print(p)
	if n.Events {
		p.str(" EVENTS")
	}
	p.clause("LIMIT", n.Limit)
}

// Parallel is several statements joined by PARALLEL WITH.
type Parallel struct {
	Span
	Outputs
	Statements []Statement
}

func (n *Parallel) print(p *printer) { list(p, n.Statements, " PARALLEL WITH ") }
