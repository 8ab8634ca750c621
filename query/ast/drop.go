package ast

// ObjectKind is the kind of thing that a statement speaks of.
type ObjectKind uint8

// The kinds of objects. ObjectAny is given by name alone: DETACH t.
const (
	ObjectTable ObjectKind = iota
	ObjectView
	ObjectDictionary
	ObjectDatabase
	ObjectFunction
	ObjectUser
	ObjectRole
	ObjectRowPolicy
	ObjectQuota
	ObjectProfile
	ObjectNamedCollection
	ObjectWorkload
	ObjectResource
)

// String returns the keywords.
func (k ObjectKind) String() string {
	return [...]string{
		"TABLE", "VIEW", "DICTIONARY", "DATABASE", "FUNCTION", "USER", "ROLE", "ROW POLICY", "QUOTA",
		"SETTINGS PROFILE", "NAMED COLLECTION", "WORKLOAD", "RESOURCE",
	}[k]
}

// DropVerb is what a Drop does.
type DropVerb uint8

// The verbs.
const (
	VerbDrop DropVerb = iota
	VerbDetach
	VerbTruncate
)

// Drop is DROP, DETACH or TRUNCATE of tables, views, dictionaries and databases.
type Drop struct {
	Span
	Outputs
	Verb DropVerb
	Kind ObjectKind
	// Names are the objects; a database's name stands in Table. For AllTables it is the one database.
	Names                                           []*TableName
	IfExists, IfEmpty, Temporary, Permanently, Sync bool
	// AllTables is TRUNCATE ALL TABLES FROM database, with an optional Like.
	AllTables bool
	Like      *Like
	Cluster   *Cluster
}

func (n *Drop) print(p *printer) {
	p.str([...]string{"DROP", "DETACH", "TRUNCATE"}[n.Verb])
	if n.AllTables {
		p.str(" ALL TABLES FROM")
	} else {
		if n.Temporary {
			p.str(" TEMPORARY")
		}
		p.word(n.Kind.String())
	}
	if n.IfExists {
		p.str(" IF EXISTS")
	}
	if n.IfEmpty {
		p.str(" IF EMPTY")
	}
	p.str(" ")
	list(p, n.Names, ", ")
	if n.Like != nil {
		n.Like.print(p)
	}
	printCluster(p, n.Cluster)
	if n.Permanently {
		p.str(" PERMANENTLY")
	}
	if n.Sync {
		p.str(" SYNC")
	}
}

// Undrop is UNDROP TABLE.
type Undrop struct {
	Span
	Outputs
	Name    *TableName
	UUID    string
	Cluster *Cluster
}

func (n *Undrop) print(p *printer) {
	p.str("UNDROP TABLE ")
	n.Name.print(p)
	if n.UUID != "" {
		p.str(" UUID ")
		p.quoted(n.UUID)
	}
	printCluster(p, n.Cluster)
}

// DropEntity is DROP of what lives beside tables: functions, users, roles, policies, quotas, ...
type DropEntity struct {
	Span
	Outputs
	Kind     ObjectKind
	IfExists bool
	Names    []string
	// On are the tables of row policies.
	On      []*TableName
	Cluster *Cluster
	// From is the access storage of FROM storage.
	From string
}

func (n *DropEntity) print(p *printer) {
	p.str("DROP ", n.Kind.String())
	if n.IfExists {
		p.str(" IF EXISTS")
	}
	p.str(" ")
	p.idents(n.Names)
	listClause(p, "ON", n.On)
	printCluster(p, n.Cluster)
	if n.From != "" {
		p.str(" FROM ")
		p.ident(n.From)
	}
}

// DropIndex is DROP INDEX name ON table.
type DropIndex struct {
	Span
	Outputs
	Name     string
	Table    *TableName
	IfExists bool
	Cluster  *Cluster
}

func (n *DropIndex) print(p *printer) {
	p.str("DROP INDEX ")
	if n.IfExists {
		p.str("IF EXISTS ")
	}
	p.ident(n.Name)
	p.str(" ON ")
	n.Table.print(p)
	printCluster(p, n.Cluster)
}

// RenamePair is a TO b, or a AND b for EXCHANGE.
type RenamePair struct {
	Span
	From, To *TableName
}

// Rename is RENAME or EXCHANGE.
type Rename struct {
	Span
	Outputs
	Kind     ObjectKind
	Exchange bool
	IfExists bool
	Pairs    []*RenamePair
	Cluster  *Cluster
}

func (n *Rename) print(p *printer) {
	sep := " TO "
	if n.Exchange {
		sep = " AND "
		p.str("EXCHANGE ", [...]string{"TABLES", "VIEWS", "DICTIONARIES"}[n.Kind])
	} else {
		p.str("RENAME ", n.Kind.String())
	}
	if n.IfExists {
		p.str(" IF EXISTS")
	}
	for i, pair := range n.Pairs {
		if i > 0 {
			p.str(",")
		}
		p.str(" ")
		pair.From.print(p)
		p.str(sep)
		pair.To.print(p)
	}
	printCluster(p, n.Cluster)
}

func (n *RenamePair) print(p *printer) {
	n.From.print(p)
	p.str(" TO ")
	n.To.print(p)
}
