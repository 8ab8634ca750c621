package ast

// Like is [NOT] LIKE|ILIKE 'pattern'.
type Like struct {
	Span
	Not, CaseInsensitive bool
	Pattern              string
}

func (n *Like) print(p *printer) {
	p.str(not(n.Not))
	if n.CaseInsensitive {
		p.str(" ILIKE ")
	} else {
		p.str(" LIKE ")
	}
	p.quoted(n.Pattern)
}

// Show is every SHOW but SHOW CREATE and SHOW GRANTS.
type Show struct {
	Span
	Outputs
	// What is the list in its canonical words: TABLES, DATABASES, DICTIONARIES, CLUSTERS, CLUSTER,
	// COLUMNS, INDEXES, FUNCTIONS, SETTINGS, SETTING, ENGINES, PROCESSLIST, PRIVILEGES, MERGES,
	// FILESYSTEM CACHES, USERS, ROLES, CURRENT ROLES, ENABLED ROLES, SETTINGS PROFILES, ROW POLICIES,
	// QUOTAS, QUOTA, CURRENT QUOTA, ACCESS.
	What                               string
	Temporary, Full, Extended, Changed bool
	// Table is the table of COLUMNS and INDEXES, or of ROW POLICIES ON.
	Table *TableName
	// Database is what stands behind FROM; DatabaseParam is set instead for {name:Identifier}.
	Database      string
	DatabaseParam *Param
	// Name is the setting, cluster or policy that is asked for.
	Name  string
	Like  *Like
	Where Expr
	Limit Expr
}

func (n *Show) print(p *printer) {
	p.str("SHOW")
	for _, f := range [...]struct {
		set  bool
		word string
	}{{n.Changed, "CHANGED"}, {n.Extended, "EXTENDED"}, {n.Full, "FULL"}, {n.Temporary, "TEMPORARY"}} {
		if f.set {
			p.word(f.word)
		}
	}
	p.word(n.What)
	if n.Name != "" {
		p.str(" ")
		p.ident(n.Name)
	}
	if n.Table != nil {
		if n.What == "ROW POLICIES" {
			p.str(" ON ")
		} else {
			p.str(" FROM ")
		}
		n.Table.print(p)
	}
	if n.Database != "" || n.DatabaseParam != nil {
		p.str(" FROM ")
		printName(p, n.Database, n.DatabaseParam)
	}
	if n.Like != nil {
		n.Like.print(p)
	}
	p.clause("WHERE", n.Where)
	p.clause("LIMIT", n.Limit)
}

// ShowCreate is SHOW CREATE of anything.
type ShowCreate struct {
	Span
	Outputs
	Kind      ObjectKind
	Temporary bool
	// Table is the object for tables, views, dictionaries and (in Table) databases.
	Table *TableName
	// Names are the users, roles, policies, quotas or profiles; All is SHOW CREATE USERS without names,
	// Current SHOW CREATE USER or QUOTA without a name.
	Names        []string
	On           []*TableName
	All, Current bool
}

func (n *ShowCreate) print(p *printer) {
	p.str("SHOW CREATE ")
	if n.Temporary {
		p.str("TEMPORARY ")
	}
	switch {
	case n.Table != nil:
		p.str(n.Kind.String(), " ")
		n.Table.print(p)
		return
	case n.All || len(n.Names) > 1:
		p.str(plural(n.Kind))
	default:
		p.str(n.Kind.String())
	}
	if len(n.Names) > 0 {
		p.str(" ")
		p.idents(n.Names)
	}
	listClause(p, "ON", n.On)
}

func plural(k ObjectKind) string {
	if k == ObjectRowPolicy {
		return "ROW POLICIES"
	}
	return k.String() + "S"
}

// ShowGrants is SHOW GRANTS [FOR users] [WITH IMPLICIT] [FINAL].
type ShowGrants struct {
	Span
	Outputs
	// For is nil for the current user.
	For             *Names
	Implicit, Final bool
}

func (n *ShowGrants) print(p *printer) {
	p.str("SHOW GRANTS")
	if n.For != nil {
		p.str(" FOR ")
		n.For.print(p)
	}
	if n.Implicit {
		p.str(" WITH IMPLICIT")
	}
	if n.Final {
		p.str(" FINAL")
	}
}

// Describe is DESCRIBE TABLE.
type Describe struct {
	Span
	Outputs
	Table *TableElement
}

func (n *Describe) print(p *printer) {
	p.str("DESCRIBE TABLE ")
	n.Table.print(p)
}

// Existence is EXISTS TABLE and its like.
type Existence struct {
	Span
	Outputs
	Kind      ObjectKind
	Temporary bool
	Name      *TableName
}

func (n *Existence) print(p *printer) {
	p.str("EXISTS ")
	if n.Temporary {
		p.str("TEMPORARY ")
	}
	p.str(n.Kind.String(), " ")
	n.Name.print(p)
}
