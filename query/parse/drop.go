package parse

import "github.com/freshetdb/freshet/query/ast"

// drop reads DROP, DETACH and TRUNCATE.
func (p *parser) drop() ast.Statement {
	from := p.i
	n := &ast.Drop{}
	switch w, _ := p.oneOf("DROP", "DETACH", "TRUNCATE"); w {
	case "DETACH":
		n.Verb = ast.VerbDetach
	case "TRUNCATE":
		n.Verb = ast.VerbTruncate
	case "DROP":
		if s := p.dropOther(from); s != nil {
			return s
		}
	}
	if n.Verb == ast.VerbTruncate && p.truncateAll(n) {
		n.Span = p.span(from)
		return n
	}
	if _, ok := p.oneOf("TEMPORARY", "TEMP"); ok {
		n.Temporary = true
	}
	switch kind, ok := p.storedKind(); {
	case ok:
		n.Kind = kind
	case n.Verb == ast.VerbTruncate:
	default:
		p.fail()
	}
	n.IfExists = p.word("IF", "EXISTS")
	n.IfEmpty = p.word("IF", "EMPTY")
	p.commaList(func() { n.Names = append(n.Names, p.tableName()) })
	n.Cluster = p.cluster()
	n.Permanently = n.Verb == ast.VerbDetach && p.word("PERMANENTLY")
	n.Sync = p.word("SYNC") || p.word("NO", "DELAY")
	n.Span = p.span(from)
	return n
}

// storedKind reads TABLE, VIEW, DICTIONARY or DATABASE.
func (p *parser) storedKind() (ast.ObjectKind, bool) {
	for kind := ast.ObjectTable; kind <= ast.ObjectDatabase; kind++ {
		if p.word(kind.String()) {
			return kind, true
		}
	}
	return 0, false
}

func (p *parser) truncateAll(n *ast.Drop) bool {
	if !p.word("ALL", "TABLES", "FROM") && !p.word("TABLES", "FROM") {
		return false
	}
	n.AllTables = true
	n.IfExists = p.word("IF", "EXISTS")
	n.Names = []*ast.TableName{p.tableName()}
	n.Like = p.like()
	n.Cluster = p.cluster()
	return true
}

// dropOther reads DROP INDEX and DROP of what lives beside tables; nil if it is neither.
func (p *parser) dropOther(from int) ast.Statement {
	if p.word("INDEX") {
		n := &ast.DropIndex{IfExists: p.word("IF", "EXISTS")}
		n.Name = p.ident()
		p.expectWord("ON")
		n.Table = p.tableName()
		n.Cluster = p.cluster()
		n.Span = p.span(from)
		return n
	}
	kind, ok := p.entityKind()
	if !ok {
		return nil
	}
	n := &ast.DropEntity{Kind: kind, IfExists: p.word("IF", "EXISTS")}
	p.commaList(func() { n.Names = append(n.Names, p.entityName()) })
	if kind == ast.ObjectRowPolicy {
		p.expectWord("ON")
		p.commaList(func() { n.On = append(n.On, p.wildTable()) })
	}
	n.Cluster = p.cluster()
	if p.word("FROM") {
		n.From = p.identOrString()
	}
	n.Span = p.span(from)
	return n
}

// entityKind reads the words of what lives beside tables.
func (p *parser) entityKind() (ast.ObjectKind, bool) {
	for kind := ast.ObjectFunction; kind <= ast.ObjectResource; kind++ {
		if p.phrase(kind.String()) {
			return kind, true
		}
	}
	switch {
	case p.word("POLICY"):
		return ast.ObjectRowPolicy, true
	case p.word("PROFILE"):
		return ast.ObjectProfile, true
	}
	return 0, false
}

// entityName reads the name of a user, role, ... with the host pattern that users may have.
func (p *parser) entityName() string {
	name := p.identOrString()
	if p.accept(tAt) {
		if host := p.identOrString(); host != "%" {
			name += "@" + host
		}
	}
	return name
}

func (p *parser) undrop() ast.Statement {
	from := p.i
	p.expectWord("UNDROP")
	p.expectWord("TABLE")
	n := &ast.Undrop{Name: p.tableName()}
	if p.word("UUID") {
		n.UUID = p.str()
	}
	n.Cluster = p.cluster()
	n.Span = p.span(from)
	return n
}

// rename reads RENAME and EXCHANGE.
func (p *parser) rename() ast.Statement {
	from := p.i
	n := &ast.Rename{}
	sep := "TO"
	if p.word("EXCHANGE") {
		n.Exchange = true
		sep = "AND"
		switch {
		case p.word("TABLES"):
		case p.word("DICTIONARIES"):
			n.Kind = ast.ObjectDictionary
		default:
			p.fail()
		}
	} else {
		p.expectWord("RENAME")
		n.Kind, _ = p.storedKind()
		n.IfExists = p.word("IF", "EXISTS")
	}
	p.commaList(func() {
		start := p.i
		pair := &ast.RenamePair{From: p.tableName()}
		p.expectWord(sep)
		pair.To = p.tableName()
		pair.Span = p.span(start)
		n.Pairs = append(n.Pairs, pair)
	})
	n.Cluster = p.cluster()
	n.Span = p.span(from)
	return n
}
