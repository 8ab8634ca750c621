package ast

// System is SYSTEM command.
type System struct {
	Span
	Outputs
	// Command is the words in upper case: FLUSH LOGS, STOP MERGES, RELOAD DICTIONARY, DROP MARK CACHE.
	Command string
	Cluster *Cluster
	// Table is what the command is about, nil if it is about everything.
	Table *TableName
	// Names are the logs of FLUSH LOGS a, b, or the one name that other commands take.
	Names []string
	// Text is the string that some commands take.
	Text string
	// Options are further words and constants as they were written, in order.
	Options  []Expr
	Settings []*Setting
}

func (n *System) print(p *printer) {
	p.str("SYSTEM ", n.Command)
	printCluster(p, n.Cluster)
	if n.Text != "" {
		p.str(" ")
		p.quoted(n.Text)
	}
	if n.Table != nil {
		p.str(" ")
		n.Table.print(p)
	}
	if len(n.Names) > 0 {
		for i, name := range n.Names {
			p.str([...]string{" ", ", "}[min(i, 1)])
			printColumnName(p, name)
		}
	}
	for _, o := range n.Options {
		p.str(" ")
		o.print(p)
	}
	listClause(p, "SETTINGS", n.Settings)
}

// Word is a bare word among a command's options.
type Word struct {
	Base
	Text string
}

func (n *Word) print(p *printer) { p.str(n.Text) }

// BackupElement is one thing to back up or restore.
type BackupElement struct {
	Span
	// All is ALL; otherwise Kind says what Name is. Views and dictionaries count as tables.
	All       bool
	Kind      ObjectKind
	Temporary bool
	Name      *TableName
	// As is the name that it is given.
	As         *TableName
	Partitions []Expr
	// ExceptTables and ExceptDatabases are left out.
	ExceptTables    []*TableName
	ExceptDatabases []string
}

// Backup is BACKUP or RESTORE.
type Backup struct {
	Span
	Outputs
	Restore  bool
	Elements []*BackupElement
	Cluster  *Cluster
	// Storage is Disk('d', 'path'), S3(...), File(...).
	Storage  *FuncCall
	Settings []*Setting
}

func (n *Backup) print(p *printer) {
	verb, to := "BACKUP ", " TO "
	if n.Restore {
		verb, to = "RESTORE ", " FROM "
	}
	p.str(verb)
	list(p, n.Elements, ", ")
	printCluster(p, n.Cluster)
	p.str(to)
	n.Storage.print(p)
	listClause(p, "SETTINGS", n.Settings)
}

func (n *BackupElement) print(p *printer) {
	if n.All {
		p.str("ALL")
	} else {
		if n.Temporary {
			p.str("TEMPORARY ")
		}
		p.str(n.Kind.String(), " ")
		n.Name.print(p)
	}
	if n.As != nil {
		p.str(" AS ")
		n.As.print(p)
	}
	listClause(p, "PARTITIONS", n.Partitions)
	listClause(p, "EXCEPT TABLES", n.ExceptTables)
	if len(n.ExceptDatabases) > 0 {
		p.str(" EXCEPT DATABASES ")
		p.idents(n.ExceptDatabases)
	}
}
