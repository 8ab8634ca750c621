package parse

import "github.com/freshetdb/freshet/query/ast"

// like reads [NOT] LIKE|ILIKE 'pattern'; nil if it is not there.
func (p *parser) like() *ast.Like {
	from := p.i
	n := &ast.Like{}
	switch {
	case p.word("LIKE"):
	case p.word("NOT", "LIKE"):
		n.Not = true
	case p.word("ILIKE"):
		n.CaseInsensitive = true
	case p.word("NOT", "ILIKE"):
		n.Not, n.CaseInsensitive = true, true
	default:
		return nil
	}
	n.Pattern = p.str()
	n.Span = p.span(from)
	return n
}

// show reads every SHOW.
func (p *parser) show() ast.Statement {
	from := p.i
	p.expectWord("SHOW")
	switch {
	case p.word("GRANTS"):
		return p.showGrants(from)
	case p.word("CREATE"):
		return p.showCreate(from)
	case (p.isWords("TABLE") || p.isWords("DATABASE") || p.isWords("DICTIONARY")) && p.ahead(1).kind != tEOF:
		return p.showCreate(from)
	}
	n := &ast.Show{}
	n.Changed = p.word("CHANGED")
	n.Extended = p.word("EXTENDED")
	n.Full = p.word("FULL")
	n.Temporary = p.word("TEMPORARY")
	p.showList(n)
	n.Span = p.span(from)
	return n
}

// showList reads what is to be listed and which of it.
func (p *parser) showList(n *ast.Show) {
	switch w, _ := p.oneOfPhrases(
		"TABLES", "DATABASES", "DICTIONARIES", "CLUSTERS", "CLUSTER", "COLUMNS", "FIELDS", "INDEXES", "INDEX",
		"INDICES", "KEYS", "FUNCTIONS", "SETTINGS PROFILES", "PROFILES", "SETTINGS", "SETTING", "ENGINES",
		"PROCESSLIST", "PRIVILEGES", "MERGES", "FILESYSTEM CACHES", "USERS", "CURRENT ROLES", "ENABLED ROLES",
		"ROLES", "ROW POLICIES", "POLICIES", "CURRENT QUOTA", "QUOTAS", "QUOTA", "ACCESS",
	); w {
	case "":
		p.fail()
	case "TABLES", "DICTIONARIES":
		n.What = w
		if _, ok := p.oneOf("FROM", "IN"); ok {
			n.Database, n.DatabaseParam = p.namePart()
		}
		p.showFilter(n)
	case "COLUMNS", "FIELDS":
		n.What = "COLUMNS"
		p.showFrom(n)
		p.showFilter(n)
	case "INDEXES", "INDEX", "INDICES", "KEYS":
		n.What = "INDEXES"
		p.showFrom(n)
		p.showFilter(n)
	case "CLUSTER", "SETTING":
		n.What = w
		n.Name = p.identOrString()
	case "PROFILES":
		n.What = "SETTINGS PROFILES"
	case "QUOTA":
		n.What = "CURRENT QUOTA"
	case "POLICIES", "ROW POLICIES":
		n.What = "ROW POLICIES"
		if p.isIdent() && !p.isWords("ON") && !p.isWords("FORMAT") {
			n.Name = p.ident()
		}
		if p.word("ON") {
			n.Table = p.tableName()
		}
	default:
		n.What = w
		p.showFilter(n)
	}
}

// showFrom reads FROM table [FROM database].
func (p *parser) showFrom(n *ast.Show) {
	if _, ok := p.oneOf("FROM", "IN"); !ok {
		p.fail()
	}
	n.Table = p.tableName()
	if _, ok := p.oneOf("FROM", "IN"); ok {
		n.Database, n.DatabaseParam = p.namePart()
	}
}

func (p *parser) showFilter(n *ast.Show) {
	n.Like = p.like()
	if n.Like == nil && p.word("WHERE") {
		n.Where = p.expr()
	}
	if p.word("LIMIT") {
		n.Limit = p.plain()
	}
}

// showCreate reads the rest of SHOW CREATE.
func (p *parser) showCreate(from int) ast.Statement {
	n := &ast.ShowCreate{}
	n.Temporary = p.word("TEMPORARY")
	if kind, ok := p.showCreateEntity(n); ok {
		n.Kind = kind
		n.Span = p.span(from)
		return n
	}
	if kind, ok := p.storedKind(); ok {
		n.Kind = kind
	}
	n.Table = p.tableName()
	n.Span = p.span(from)
	return n
}

// showCreateEntity reads what lives beside tables.
func (p *parser) showCreateEntity(n *ast.ShowCreate) (ast.ObjectKind, bool) {
	w, ok := p.oneOfPhrases("USERS", "USER", "ROLES", "ROLE", "ROW POLICIES", "ROW POLICY", "POLICIES", "POLICY",
		"QUOTAS", "QUOTA", "SETTINGS PROFILES", "SETTINGS PROFILE", "PROFILES", "PROFILE")
	if !ok {
		return 0, false
	}
	kind := ast.ObjectUser
	switch w {
	case "ROLES", "ROLE":
		kind = ast.ObjectRole
	case "ROW POLICIES", "ROW POLICY", "POLICIES", "POLICY":
		kind = ast.ObjectRowPolicy
	case "QUOTAS", "QUOTA":
		kind = ast.ObjectQuota
	case "SETTINGS PROFILES", "SETTINGS PROFILE", "PROFILES", "PROFILE":
		kind = ast.ObjectProfile
	}
	named := p.isIdent() && !p.isWords("FORMAT") && !p.isWords("INTO") && !p.isWords("SETTINGS") &&
		!p.isWords("ON") || p.is(tString)
	switch {
	case p.word("CURRENT_USER"):
		n.Current = true
	case named:
		p.commaList(func() { n.Names = append(n.Names, p.entityName()) })
	case w[len(w)-1] == 'S':
		n.All = true
	default:
		n.Current = true
	}
	if kind == ast.ObjectRowPolicy && p.word("ON") {
		p.commaList(func() { n.On = append(n.On, p.wildTable()) })
	}
	return kind, true
}

func (p *parser) showGrants(from int) ast.Statement {
	n := &ast.ShowGrants{}
	if p.word("FOR") {
		n.For = p.names()
	}
	n.Implicit = p.word("WITH", "IMPLICIT")
	n.Final = p.word("FINAL")
	n.Span = p.span(from)
	return n
}

func (p *parser) describe() ast.Statement {
	from := p.i
	p.advance()
	if p.isWords("TABLE") && p.ahead(1).kind != tEOF && p.ahead(1).kind != tSemicolon {
		p.advance()
	}
	n := &ast.Describe{}
	if p.startsQuery(0) {
		start := p.i
		q := p.query()
		sub := &ast.Subquery{Base: ast.Base{Span: p.span(start)}, Query: q}
		n.Table = &ast.TableElement{Span: sub.Span, Source: sub}
	} else {
		n.Table = p.tableElement()
	}
	n.Span = p.span(from)
	return n
}

func (p *parser) exists() ast.Statement {
	from := p.i
	p.expectWord("EXISTS")
	n := &ast.Existence{}
	n.Temporary = p.word("TEMPORARY")
	if kind, ok := p.storedKind(); ok {
		n.Kind = kind
	}
	n.Name = p.tableName()
	n.Span = p.span(from)
	return n
}
