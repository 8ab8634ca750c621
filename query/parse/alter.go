package parse

import "github.com/freshetdb/freshet/query/ast"

// alter reads ALTER of tables and databases and of what lives beside them.
func (p *parser) alter() ast.Statement {
	from := p.i
	p.expectWord("ALTER")
	if s := p.alterEntity(from); s != nil {
		return s
	}
	n := &ast.Alter{}
	if _, ok := p.oneOf("TEMPORARY", "TEMP"); ok {
		n.Temporary = true
	}
	switch {
	case p.word("TABLE"):
	case p.word("DATABASE"):
		n.Kind = ast.ObjectDatabase
	default:
		p.fail()
	}
	n.Table = p.tableName()
	n.Cluster = p.cluster()
	brackets := p.is(tOpen)
	p.commaList(func() {
		if brackets {
			p.expect(tOpen)
		}
		n.Commands = append(n.Commands, p.alterCommand())
		if brackets {
			p.expect(tClose)
		}
	})
	n.Span = p.span(from)
	return n
}

// alterCommand reads one command by its verb.
func (p *parser) alterCommand() ast.AlterCommand {
	from := p.i
	p.count()
	switch {
	case p.word("ADD"):
		return p.alterAdd(from)
	case p.word("MODIFY"):
		return p.alterModify(from)
	case p.isWords("ALTER", "COLUMN"):
		p.i += 2
		return p.modifyColumn(from, true)
	case p.word("RENAME", "COLUMN"):
		n := &ast.RenameColumn{IfExists: p.word("IF", "EXISTS")}
		n.From = p.columnName()
		p.expectWord("TO")
		n.To = p.columnName()
		n.Span = p.span(from)
		return n
	case p.word("COMMENT", "COLUMN"):
		n := &ast.CommentColumn{IfExists: p.word("IF", "EXISTS")}
		n.Column = p.columnName()
		n.Comment = p.str()
		n.Span = p.span(from)
		return n
	case p.word("MATERIALIZE", "TTL"):
		n := &ast.MaterializeTTL{Partition: p.inPartition()}
		n.Span = p.span(from)
		return n
	case p.word("REMOVE", "TTL"):
		return &ast.ModifyTTL{Span: p.span(from)}
	case p.word("REMOVE", "SAMPLE", "BY"):
		return &ast.ModifyKey{Span: p.span(from), Sample: true}
	case p.word("RESET", "SETTING"):
		n := &ast.ModifySetting{Reset: p.identList()}
		n.Span = p.span(from)
		return n
	}
	return p.alterRows(from)
}

// alterRows reads the commands that change rows or move partitions.
func (p *parser) alterRows(from int) ast.AlterCommand {
	switch {
	case p.word("UPDATE"):
		n := &ast.UpdateRows{}
		p.commaList(func() { n.Set = append(n.Set, p.assignment()) })
		n.Partition = p.inPartition()
		p.expectWord("WHERE")
		n.Where = p.plain()
		n.Span = p.span(from)
		return n
	case p.word("DELETE"):
		n := &ast.DeleteRows{Partition: p.inPartition()}
		p.expectWord("WHERE")
		n.Where = p.plain()
		n.Span = p.span(from)
		return n
	}
	if what, ok := p.oneOfPhrases("APPLY DELETED MASK", "APPLY PATCHES", "REWRITE PARTS"); ok {
		n := &ast.ApplyMask{What: what}
		switch what {
		case "APPLY DELETED MASK":
			n.What = "DELETED MASK"
		case "APPLY PATCHES":
			n.What = "PATCHES"
		}
		n.Partition = p.inPartition()
		n.Span = p.span(from)
		return n
	}
	if n := p.elementCommand(from); n != nil {
		return n
	}
	return p.partitionCommand(from)
}

// place reads FIRST or AFTER name.
func (p *parser) place() ast.Place {
	switch {
	case p.word("FIRST"):
		return ast.Place{First: true}
	case p.word("AFTER"):
		return ast.Place{After: p.columnName()}
	default:
		return ast.Place{}
	}
}

// alterAdd reads what is added.
func (p *parser) alterAdd(from int) ast.AlterCommand {
	switch {
	case p.word("COLUMN"):
		n := &ast.AddColumn{IfNotExists: p.word("IF", "NOT", "EXISTS")}
		n.Column = p.columnDef()
		n.Place = p.place()
		n.Span = p.span(from)
		return n
	case p.word("STATISTICS"):
		return p.alterStatistics(from, false)
	}
	n := &ast.AddElement{}
	switch {
	case p.word("INDEX"):
		n.Kind = ast.ElementIndex
		n.IfNotExists = p.word("IF", "NOT", "EXISTS")
		n.Index = p.indexDef()
	case p.word("CONSTRAINT"):
		n.Kind = ast.ElementConstraint
		n.IfNotExists = p.word("IF", "NOT", "EXISTS")
		n.Constraint = p.constraintDef()
	case p.word("PROJECTION"):
		n.Kind = ast.ElementProjection
		n.IfNotExists = p.word("IF", "NOT", "EXISTS")
		n.Projection = p.projectionDef()
	default:
		p.fail()
	}
	if n.Kind != ast.ElementConstraint {
		n.Place = p.place()
	}
	n.Span = p.span(from)
	return n
}

func (p *parser) alterStatistics(from int, modify bool) ast.AlterCommand {
	n := &ast.AlterStatistics{Modify: modify, IfNotExists: p.word("IF", "NOT", "EXISTS")}
	p.commaList(func() { n.Columns = append(n.Columns, p.columnName()) })
	p.expectWord("TYPE")
	p.commaList(func() { n.Types = append(n.Types, p.engine()) })
	n.Span = p.span(from)
	return n
}

// alterModify reads what is modified.
func (p *parser) alterModify(from int) ast.AlterCommand {
	switch {
	case p.word("COLUMN"):
		return p.modifyColumn(from, false)
	case p.word("STATISTICS"):
		return p.alterStatistics(from, true)
	case p.word("ORDER", "BY"):
		n := &ast.ModifyKey{Expr: p.sortKeys()}
		n.Span = p.span(from)
		return n
	case p.word("SAMPLE", "BY"):
		n := &ast.ModifyKey{Sample: true, Expr: p.plain()}
		n.Span = p.span(from)
		return n
	case p.word("TTL"):
		n := &ast.ModifyTTL{}
		p.commaList(func() { n.TTL = append(n.TTL, p.ttlElement()) })
		n.Span = p.span(from)
		return n
	case p.word("SETTING"), p.word("SETTINGS"):
		n := &ast.ModifySetting{Settings: p.settings()}
		n.Span = p.span(from)
		return n
	case p.word("DATABASE", "SETTING"):
		n := &ast.ModifySetting{Settings: p.settings(), Database: true}
		n.Span = p.span(from)
		return n
	case p.word("QUERY"):
		n := &ast.ModifyQuery{Query: p.query()}
		n.Span = p.span(from)
		return n
	case p.isDefiner():
		n := &ast.ModifyDefiner{Definer: p.definer()}
		n.Span = p.span(from)
		return n
	case p.isWords("REFRESH"):
		n := &ast.ModifyRefresh{Refresh: p.refresh()}
		n.Span = p.span(from)
		return n
	case p.word("COMMENT"):
		n := &ast.ModifyComment{Comment: p.str()}
		n.Span = p.span(from)
		return n
	}
	p.fail()
	return nil
}

// modifyColumn reads MODIFY COLUMN or ALTER COLUMN; alter says that TYPE stands before the type.
func (p *parser) modifyColumn(from int, alter bool) ast.AlterCommand {
	n := &ast.ModifyColumn{IfExists: p.word("IF", "EXISTS")}
	start := p.i
	name := p.columnName()
	switch {
	case alter && p.word("TYPE"):
	case alter && !p.isColumnClause():
		p.fail("TYPE")
	case p.word("REMOVE"):
		w, ok := p.oneOf("DEFAULT", "MATERIALIZED", "ALIAS", "EPHEMERAL", "COMMENT", "CODEC", "TTL", "SETTINGS")
		if !ok {
			p.fail()
		}
		n.Remove = w
	case p.word("MODIFY", "SETTING"):
		n.ModifySettings = p.settings()
	case p.word("RESET", "SETTING"):
		n.ResetSettings = p.identList()
	}
	n.Column = &ast.ColumnDef{Name: name}
	n.Column.Span = p.span(start)
	if n.Remove == "" && n.ModifySettings == nil && n.ResetSettings == nil {
		n.Column = p.columnRest(start, name)
		n.Place = p.place()
	}
	n.Span = p.span(from)
	return n
}

// elementCommand reads DROP, CLEAR and MATERIALIZE of a part by name; nil if it is not one of those.
func (p *parser) elementCommand(from int) ast.AlterCommand {
	n := &ast.ElementCommand{}
	switch w, _ := p.oneOf("DROP", "CLEAR", "MATERIALIZE"); w {
	case "":
		return nil
	case "CLEAR":
		n.Verb = ast.ElementClear
	case "MATERIALIZE":
		n.Verb = ast.ElementMaterialize
	}
	w, ok := p.oneOf("COLUMN", "INDEX", "CONSTRAINT", "PROJECTION", "STATISTICS")
	if !ok || w == "CONSTRAINT" && n.Verb != ast.ElementDrop {
		if n.Verb != ast.ElementDrop {
			p.fail()
		}
		p.i = from
		return nil
	}
	for kind := ast.ElementColumn; kind <= ast.ElementStatistics; kind++ {
		if kind.String() == w {
			n.Kind = kind
		}
	}
	n.IfExists = p.word("IF", "EXISTS")
	switch {
	case n.Kind != ast.ElementStatistics:
		n.Names = []string{p.columnName()}
	case p.isWords("ALL") && p.ahead(1).kind != tComma:
		p.advance()
		n.All = true
	default:
		p.commaList(func() { n.Names = append(n.Names, p.columnName()) })
	}
	n.Partition = p.inPartition()
	n.Span = p.span(from)
	return n
}

// partitionCommand reads what is done to a partition or part as a whole.
func (p *parser) partitionCommand(from int) ast.AlterCommand {
	n := &ast.PartitionCommand{}
	found := false
	for _, a := range []ast.PartitionAction{
		ast.PartitionDropDetached, ast.PartitionDrop, ast.PartitionDetach, ast.PartitionForget, ast.PartitionAttach,
		ast.PartitionReplace, ast.PartitionMove, ast.PartitionFetch, ast.PartitionFreeze, ast.PartitionUnfreeze,
	} {
		if p.phrase(a.String()) {
			n.Action, found = a, true
			break
		}
	}
	if !found {
		p.fail("ALTER command")
	}
	n.Partition = p.partitionOrPart()
	whole := n.Action == ast.PartitionFreeze || n.Action == ast.PartitionUnfreeze
	if n.Partition == nil && !whole {
		p.fail("PARTITION", "PART")
	}
	p.partitionTail(n)
	n.Span = p.span(from)
	return n
}

// partitionTail reads where a partition goes to or comes from.
func (p *parser) partitionTail(n *ast.PartitionCommand) {
	switch n.Action {
	case ast.PartitionAttach:
		if !n.Partition.IsPart && p.word("FROM") {
			n.From = p.tableName()
		}
	case ast.PartitionReplace:
		p.expectWord("FROM")
		n.From = p.tableName()
	case ast.PartitionFetch:
		p.expectWord("FROM")
		n.Path = p.str()
	case ast.PartitionMove:
		switch {
		case p.word("TO", "TABLE"):
			n.To = p.tableName()
		case p.word("TO", "DISK"):
			n.Path = p.str()
		case p.word("TO", "VOLUME"):
			n.ToVolume = true
			n.Path = p.str()
		default:
			p.fail()
		}
	case ast.PartitionFreeze, ast.PartitionUnfreeze:
		if p.word("WITH", "NAME") {
			n.Name = p.str()
		}
	default:
	}
	if p.word("SETTINGS") {
		n.Settings = p.settings()
	}
}
