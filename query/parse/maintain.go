package parse

import "github.com/freshetdb/freshet/query/ast"

// partition reads PARTITION [ID] x or PARTITION ALL, with PARTITION read already.
func (p *parser) partition(from int) *ast.Partition {
	n := &ast.Partition{}
	switch {
	case p.isWords("ALL"):
		p.advance()
		n.All = true
	case p.word("ID"):
		n.IsID = true
		if p.is(tOpenCur) {
			n.Expr = p.param()
		} else {
			n.Expr = p.stringLiteral()
		}
	default:
		n.Expr = p.plain()
	}
	n.Span = p.span(from)
	return n
}

// inPartition reads IN PARTITION x; nil if it is not there.
func (p *parser) inPartition() *ast.Partition {
	from := p.i
	if !p.word("IN", "PARTITION") {
		return nil
	}
	return p.partition(from)
}

// partitionOrPart reads PARTITION x or PART 'name'; nil if neither is there.
func (p *parser) partitionOrPart() *ast.Partition {
	from := p.i
	if p.word("PARTITION") {
		return p.partition(from)
	}
	if !p.isWords("PART") {
		return nil
	}
	p.advance()
	n := &ast.Partition{IsPart: true}
	if p.is(tOpenCur) {
		n.Expr = p.param()
	} else {
		n.Expr = p.stringLiteral()
	}
	n.Span = p.span(from)
	return n
}

func (p *parser) optimize() ast.Statement {
	from := p.i
	p.expectWord("OPTIMIZE")
	p.expectWord("TABLE")
	n := &ast.Optimize{Table: p.tableName()}
	n.Cluster = p.cluster()
	start := p.i
	if p.word("PARTITION") {
		n.Partition = p.partition(start)
	}
	if p.word("DRY", "RUN", "PARTS") {
		p.commaList(func() { n.DryRun = append(n.DryRun, p.str()) })
	}
	n.Final = p.word("FINAL") || p.word("FORCE")
	n.Deduplicate = p.word("DEDUPLICATE")
	n.Cleanup = p.word("CLEANUP")
	if n.Deduplicate && p.word("BY") {
		p.commaList(func() { n.By = append(n.By, p.expr()) })
	}
	n.Span = p.span(from)
	return n
}

func (p *parser) check() ast.Statement {
	from := p.i
	p.expectWord("CHECK")
	n := &ast.Check{}
	switch {
	case p.word("GRANT"):
		return p.checkGrant(from)
	case p.word("ALL", "TABLES"):
		n.All = true
	case p.word("DATABASE"):
		n.Kind = ast.ObjectDatabase
		n.Name = p.tableName()
	default:
		p.expectWord("TABLE")
		n.Name = p.tableName()
		n.Partition = p.partitionOrPart()
	}
	n.Span = p.span(from)
	return n
}

func (p *parser) deleteFrom() ast.Statement {
	from := p.i
	p.expectWord("DELETE", "FROM")
	n := &ast.Delete{Table: p.tableName()}
	n.Cluster = p.cluster()
	n.Partition = p.inPartition()
	p.expectWord("WHERE")
	n.Where = p.plain()
	if p.word("SETTINGS") {
		n.Settings = p.settings()
	}
	n.Span = p.span(from)
	return n
}

func (p *parser) update() ast.Statement {
	from := p.i
	p.expectWord("UPDATE")
	n := &ast.Update{Table: p.tableName()}
	n.Cluster = p.cluster()
	p.expectWord("SET")
	p.commaList(func() { n.Set = append(n.Set, p.assignment()) })
	n.Partition = p.inPartition()
	p.expectWord("WHERE")
	n.Where = p.plain()
	if p.word("SETTINGS") {
		n.Settings = p.settings()
	}
	n.Span = p.span(from)
	return n
}

func (p *parser) kill() ast.Statement {
	from := p.i
	p.expectWord("KILL")
	n := &ast.Kill{Mode: "ASYNC"}
	what, ok := p.oneOf("QUERY", "MUTATION", "PART_MOVE_TO_SHARD", "TRANSACTION")
	if !ok {
		p.fail()
	}
	n.What = what
	n.Cluster = p.cluster()
	p.expectWord("WHERE")
	n.Where = p.plain()
	if mode, ok := p.oneOf("SYNC", "ASYNC", "TEST"); ok {
		n.Mode = mode
	}
	n.Span = p.span(from)
	return n
}

func (p *parser) watch() ast.Statement {
	from := p.i
	p.expectWord("WATCH")
	n := &ast.Watch{View: p.tableName()}
	n.Events = p.word("EVENTS")
	if p.word("LIMIT") {
		n.Limit = p.number(false)
	}
	n.Span = p.span(from)
	return n
}

// backup reads BACKUP and RESTORE.
func (p *parser) backup() ast.Statement {
	from := p.i
	n := &ast.Backup{}
	to := "TO"
	if p.word("RESTORE") {
		n.Restore = true
		to = "FROM"
	} else {
		p.expectWord("BACKUP")
	}
	p.commaList(func() { n.Elements = append(n.Elements, p.backupElement()) })
	n.Cluster = p.cluster()
	p.expectWord(to)
	n.Storage = p.engine()
	if p.word("SETTINGS") {
		n.Settings = p.settings()
	}
	if w, ok := p.oneOf("SYNC", "ASYNC"); ok {
		n.Settings = append(n.Settings, &ast.Setting{
			Span: p.span(p.i - 1), Name: "async", Value: &ast.Literal{Kind: ast.BoolLiteral, Bool: w == "ASYNC"},
		})
	}
	n.Span = p.span(from)
	return n
}

func (p *parser) backupElement() *ast.BackupElement {
	from := p.i
	n := &ast.BackupElement{}
	if p.word("ALL") {
		n.All = true
		p.backupExcept(n)
		n.Span = p.span(from)
		return n
	}
	n.Temporary = p.word("TEMPORARY")
	switch kind, ok := p.storedKind(); {
	case !ok:
		p.fail()
	case kind == ast.ObjectDatabase:
		n.Kind = kind
	}
	n.Name = p.tableName()
	if p.word("AS") {
		n.As = p.tableName()
	}
	if p.isWords("PARTITION") || p.isWords("PARTITIONS") {
		p.advance()
		p.backupPartitions(n)
	}
	if n.Kind == ast.ObjectDatabase {
		p.backupExcept(n)
	}
	n.Span = p.span(from)
	return n
}

// backupPartitions reads partitions up to a comma that begins the next element.
func (p *parser) backupPartitions(n *ast.BackupElement) {
	n.Partitions = append(n.Partitions, p.plain())
	for p.is(tComma) {
		next := p.ahead(1)
		if next.kind == tWord {
			if _, isValue := p.isValueAt(1); !isValue {
				return
			}
		}
		p.advance()
		n.Partitions = append(n.Partitions, p.plain())
	}
}

// isValueAt says whether the word n ahead is followed by a bracket, as a call is.
func (p *parser) isValueAt(n int) (kind, bool) {
	k := p.ahead(n + 1).kind
	return k, k == tOpen
}

func (p *parser) backupExcept(n *ast.BackupElement) {
	for {
		switch {
		case p.word("EXCEPT", "TABLES"), p.word("EXCEPT", "TABLE"):
			p.commaList(func() { n.ExceptTables = append(n.ExceptTables, p.tableName()) })
		case p.word("EXCEPT", "DATABASES"), p.word("EXCEPT", "DATABASE"):
			n.ExceptDatabases = append(n.ExceptDatabases, p.identList()...)
		default:
			return
		}
	}
}
