package parse

import (
	"strings"

	"github.com/freshetdb/freshet/query/ast"
)

func (p *parser) createDatabase(from int, c ast.Create) ast.Statement {
	c.IfNotExists = p.word("IF", "NOT", "EXISTS")
	start := p.i
	c.Name = &ast.TableName{}
	c.Name.Table, c.Name.TableParam = p.namePart()
	c.Name.Span = p.span(start)
	if p.isWords("UUID") && p.ahead(1).kind == tString {
		p.advance()
		c.UUID = p.str()
	}
	c.Cluster = p.cluster()
	n := &ast.CreateDatabase{Create: c}
	if p.word("ENGINE") {
		p.accept(tEq)
		n.Engine = p.engine()
	}
	n.Comment = p.comment("")
	if p.word("SETTINGS") {
		n.Settings = p.settings()
	}
	n.Comment = p.comment(n.Comment)
	n.Span = p.span(from)
	return n
}

func (p *parser) createFunction(from int, c ast.Create) ast.Statement {
	n := &ast.CreateFunction{OrReplace: c.OrReplace, IfNotExists: p.word("IF", "NOT", "EXISTS")}
	n.Name = p.ident()
	n.Cluster = p.cluster()
	p.expectWord("AS")
	n.Body = p.plain()
	n.Span = p.span(from)
	return n
}

func (p *parser) createIndex(from int, unique bool) ast.Statement {
	n := &ast.CreateIndex{Unique: unique, IfNotExists: p.word("IF", "NOT", "EXISTS")}
	start := p.i
	n.Index = &ast.IndexDef{Name: p.ident()}
	p.expectWord("ON")
	n.Table = p.tableName()
	n.Cluster = p.cluster()
	n.Index.Expr = p.indexKeys()
	if p.word("TYPE") {
		n.Index.Type = p.engine()
	}
	if p.word("GRANULARITY") {
		n.Index.Granularity = p.unsigned()
	}
	n.Index.Span = p.span(start)
	n.Span = p.span(from)
	return n
}

// indexKeys reads (a, b DESC) or an expression.
func (p *parser) indexKeys() ast.Expr {
	var e ast.Expr
	if p.is(tOpen) && p.tryOnce(trySortTuple, func() { e = p.sortTuple() }) {
		return e
	}
	return p.plain()
}

// createDictionary reads CREATE DICTIONARY; its clauses come in any order.
func (p *parser) createDictionary(from int, c ast.Create) ast.Statement {
	p.createHead(&c)
	n := &ast.CreateDictionary{Create: c}
	if p.is(tOpen) {
		n.Columns = p.columnList()
	}
	for p.dictionaryClause(n) {
	}
	n.Span = p.span(from)
	return n
}

func (p *parser) dictionaryClause(n *ast.CreateDictionary) bool {
	from := p.i
	switch {
	case n.PrimaryKey == nil && p.word("PRIMARY", "KEY"):
		n.PrimaryKey = p.dictionaryKey()
	case n.Source == nil && p.isWords("SOURCE") && p.ahead(1).kind == tOpen:
		p.i += 2
		n.Source = p.pairs()
		p.expect(tClose)
	case n.Layout == nil && p.isWords("LAYOUT") && p.ahead(1).kind == tOpen:
		p.i += 2
		n.Layout = p.pairs()
		p.expect(tClose)
	case n.Lifetime == nil && p.isWords("LIFETIME") && p.ahead(1).kind == tOpen:
		p.i += 2
		n.Lifetime = p.lifetime()
		p.expect(tClose)
		n.Lifetime.Span = p.span(from)
	case n.Range == nil && p.isWords("RANGE") && p.ahead(1).kind == tOpen:
		p.i += 2
		n.Range = p.dictionaryRange()
		p.expect(tClose)
		n.Range.Span = p.span(from)
	case n.Settings == nil && p.isWords("SETTINGS") && p.ahead(1).kind == tOpen:
		p.i += 2
		n.Settings = p.settings()
		p.expect(tClose)
	case n.Comment == "" && p.isWords("COMMENT") && p.ahead(1).kind == tString:
		n.Comment = p.comment("")
	default:
		return false
	}
	return true
}

// dictionaryKey reads a, b or (a, b).
func (p *parser) dictionaryKey() []ast.Expr {
	var keys []ast.Expr
	brackets := p.accept(tOpen)
	if !brackets || !p.is(tClose) {
		p.commaList(func() {
			key := p.plain()
			ast.SetParen(key, false) // Brackets around one key are those of the list.
			keys = append(keys, key)
		})
	}
	if brackets {
		p.expect(tClose)
	}
	return keys
}

// pairs reads name(key value ...), or a name alone.
func (p *parser) pairs() *ast.Pairs {
	from := p.i
	p.enter()
	n := &ast.Pairs{Name: strings.ToUpper(p.ident())}
	if p.accept(tOpen) {
		for !p.is(tClose) {
			n.Items = append(n.Items, p.pair())
		}
		p.expect(tClose)
	} else {
		n.NoParens = true
	}
	p.leave()
	n.Span = p.span(from)
	return n
}

// pair reads "key value" or "key(key value ...)".
func (p *parser) pair() *ast.Pair {
	from := p.i
	n := &ast.Pair{}
	if p.isIdent() && p.ahead(1).kind == tOpen {
		nested := p.pairs()
		n.Key, n.Value = nested.Name, nested
	} else {
		n.Key = strings.ToUpper(p.ident())
		switch {
		case p.isIdent() && p.ahead(1).kind == tOpen:
			n.Value = p.call(p.ident())
		case p.isIdent():
			if l := p.wordLiteral(false); l != nil {
				n.Value = l
				break
			}
			id := p.compoundName()
			n.Value = id
		default:
			n.Value = p.literal()
		}
	}
	n.Span = p.span(from)
	return n
}

func (p *parser) lifetime() *ast.Lifetime {
	n := &ast.Lifetime{}
	if p.is(tNumber) {
		n.Max = p.unsigned()
		return n
	}
	for range 2 {
		switch {
		case p.word("MIN"):
			n.Min = p.unsigned()
		case p.word("MAX"):
			n.Max = p.unsigned()
		default:
			p.fail()
		}
	}
	return n
}

func (p *parser) dictionaryRange() *ast.DictionaryRange {
	n := &ast.DictionaryRange{}
	for range 2 {
		switch {
		case p.word("MIN"):
			n.Min = p.ident()
		case p.word("MAX"):
			n.Max = p.ident()
		default:
			p.fail()
		}
	}
	return n
}

func (p *parser) createNamedCollection(from int) ast.Statement {
	n := &ast.CreateNamedCollection{IfNotExists: p.word("IF", "NOT", "EXISTS")}
	n.Name = p.ident()
	n.Cluster = p.cluster()
	p.expectWord("AS")
	p.commaList(func() { n.Items = append(n.Items, p.collectionItem()) })
	n.Span = p.span(from)
	return n
}

func (p *parser) collectionItem() *ast.CollectionItem {
	from := p.i
	n := &ast.CollectionItem{Setting: p.setting()}
	switch {
	case p.word("NOT", "OVERRIDABLE"):
		n.NotOverridable = true
	case p.word("OVERRIDABLE"):
		n.Overridable = true
	}
	n.Span = p.span(from)
	return n
}

func (p *parser) alterNamedCollection(from int) ast.Statement {
	n := &ast.AlterNamedCollection{IfExists: p.word("IF", "EXISTS")}
	n.Name = p.ident()
	n.Cluster = p.cluster()
	if p.word("SET") {
		p.commaList(func() { n.Set = append(n.Set, p.collectionItem()) })
	}
	if p.word("DELETE") {
		n.Delete = p.identList()
	}
	if n.Set == nil && n.Delete == nil {
		p.fail()
	}
	n.Span = p.span(from)
	return n
}

func (p *parser) createWorkload(from int, c ast.Create) ast.Statement {
	n := &ast.CreateWorkload{OrReplace: c.OrReplace, IfNotExists: p.word("IF", "NOT", "EXISTS")}
	n.Name = p.ident()
	n.Cluster = p.cluster()
	if p.word("IN") {
		n.Parent = p.ident()
	}
	if p.word("SETTINGS") {
		p.commaList(func() {
			start := p.i
			s := &ast.WorkloadSetting{Setting: p.setting()}
			if p.word("FOR") {
				s.For = p.ident()
			}
			s.Span = p.span(start)
			n.Settings = append(n.Settings, s)
		})
	}
	n.Span = p.span(from)
	return n
}

func (p *parser) createResource(from int, c ast.Create) ast.Statement {
	n := &ast.CreateResource{OrReplace: c.OrReplace, IfNotExists: p.word("IF", "NOT", "EXISTS")}
	n.Name = p.ident()
	n.Cluster = p.cluster()
	p.expect(tOpen)
	p.commaList(func() {
		start := p.i
		op := &ast.ResourceOperation{}
		w, ok := p.oneOfPhrases("READ ANY DISK", "WRITE ANY DISK", "READ DISK", "WRITE DISK", "MASTER THREAD",
			"WORKER THREAD", "QUERY", "MEMORY RESERVATION")
		if !ok {
			p.fail()
		}
		op.Words = w
		if w == "READ DISK" || w == "WRITE DISK" {
			op.Disk = p.ident()
		}
		op.Span = p.span(start)
		n.Operations = append(n.Operations, op)
	})
	p.expect(tClose)
	n.Span = p.span(from)
	return n
}
