package parse

import (
	"strings"

	"github.com/freshetdb/freshet/query/ast"
)

// columnList reads the columns, indexes, constraints and projections of a table.
func (p *parser) columnList() *ast.ColumnList {
	from := p.i
	n := &ast.ColumnList{}
	p.expect(tOpen)
	p.columnItem(n)
	for p.accept(tComma) && !p.is(tClose) {
		p.columnItem(n)
	}
	p.expect(tClose)
	n.Span = p.span(from)
	return n
}

func (p *parser) columnItem(n *ast.ColumnList) {
	p.count()
	switch {
	case p.isWords("INDEX") && p.try(func() {
		p.advance()
		n.Indexes = append(n.Indexes, p.indexDef())
	}):
	case p.isWords("PROJECTION") && p.try(func() {
		p.advance()
		n.Projections = append(n.Projections, p.projectionDef())
	}):
	case p.isWords("CONSTRAINT") && p.try(func() {
		p.advance()
		n.Constraints = append(n.Constraints, p.constraintDef())
	}):
	case n.PrimaryKey == nil && p.isWords("PRIMARY", "KEY") && p.try(func() {
		p.i += 2
		n.PrimaryKey = p.expr()
	}):
	case p.isWords("FOREIGN", "KEY") && p.try(p.foreignKey):
	default:
		from := p.i
		n.Columns = append(n.Columns, p.columnRest(from, p.ident()))
	}
}

// foreignKey reads and drops what ClickHouse reads and drops.
func (p *parser) foreignKey() {
	p.expectWord("FOREIGN", "KEY")
	p.parenIdents()
	p.expectWord("REFERENCES")
	p.tableName()
	p.parenIdents()
	for p.word("ON", "DELETE") || p.word("ON", "UPDATE") {
		if _, ok := p.oneOfPhrases("RESTRICT", "CASCADE", "SET NULL", "NO ACTION", "SET DEFAULT"); !ok {
			p.fail()
		}
	}
}

// columnDef reads name [type] and the attributes of a column, in any order.
func (p *parser) columnDef() *ast.ColumnDef {
	from := p.i
	return p.columnRest(from, p.columnName())
}

// columnRest reads what stands behind a column's name.
func (p *parser) columnRest(from int, name string) *ast.ColumnDef {
	n := &ast.ColumnDef{Name: name}
	start := p.i
	if p.isIdent() && !p.isColumnClause() {
		n.Type = p.dataType()
	}
	for p.columnClause(n) {
	}
	if n.Type == nil && p.i == start {
		p.fail("data type", "DEFAULT", "MATERIALIZED", "ALIAS", "EPHEMERAL")
	}
	n.Span = p.span(from)
	return n
}

// columnName reads a name that may be a.b, a column of Nested.
func (p *parser) columnName() string {
	return strings.Join(p.compoundName().Parts, ".")
}

// isColumnClause says whether a clause stands where a type could.
func (p *parser) isColumnClause() bool {
	_, ok := p.isOneOf("DEFAULT", "MATERIALIZED", "ALIAS", "EPHEMERAL", "CODEC", "STATISTICS", "COMMENT", "TTL",
		"AUTO_INCREMENT", "FIRST", "AFTER", "NOT", "NULL", "REMOVE", "MODIFY", "RESET")
	return ok || p.isWords("PRIMARY", "KEY")
}

func (p *parser) columnClause(n *ast.ColumnDef) bool {
	switch {
	case n.Default == ast.DefaultNone && p.word("AUTO_INCREMENT"):
		// MySQL's word means nothing here, but that the column has a type.
		if n.Type == nil {
			n.Type = &ast.Type{Span: p.span(p.i - 1), Name: "INT"}
		}
	case n.Null == ast.NullUnspecified && p.word("NOT", "NULL"):
		n.Null = ast.NotNull
	case n.Null == ast.NullUnspecified && p.word("NULL"):
		n.Null = ast.Null
	case n.Default == ast.DefaultNone && p.columnDefault(n):
	case !n.HasComment && p.isWords("COMMENT") && p.ahead(1).kind == tString:
		p.advance()
		n.Comment, n.HasComment = p.str(), true
	case n.Codec == nil && p.isWords("CODEC"):
		n.Codec = p.codec("CODEC")
	case n.Statistics == nil && p.isWords("STATISTICS"):
		n.Statistics = p.codec("STATISTICS")
	case n.TTL == nil && p.word("TTL"):
		n.TTL = p.plain()
	case n.Collate == "" && p.word("COLLATE"):
		n.Collate = p.identOrString()
	case !n.PrimaryKey && p.word("PRIMARY", "KEY"):
		n.PrimaryKey = true
	case n.Settings == nil && p.isWords("SETTINGS") && p.ahead(1).kind == tOpen:
		p.i += 2
		n.Settings = p.settings()
		p.expect(tClose)
	default:
		return p.attribute(n)
	}
	return true
}

func (p *parser) columnDefault(n *ast.ColumnDef) bool {
	w, ok := p.oneOf("DEFAULT", "MATERIALIZED", "ALIAS", "EPHEMERAL")
	if !ok {
		return false
	}
	switch w {
	case "DEFAULT":
		n.Default = ast.DefaultValue
	case "MATERIALIZED":
		n.Default = ast.DefaultMaterialized
	case "ALIAS":
		n.Default = ast.DefaultAlias
	case "EPHEMERAL":
		n.Default = ast.DefaultEphemeral
		if p.isColumnClause() || !p.startsOperand(0) {
			return true
		}
	}
	n.Value = p.plain()
	return true
}

// attribute reads what only a dictionary's columns have.
func (p *parser) attribute(n *ast.ColumnDef) bool {
	switch {
	case n.Expression == nil && p.word("EXPRESSION"):
		n.Expression = p.expr()
	case !n.Hierarchical && p.word("HIERARCHICAL"):
		n.Hierarchical = true
	case !n.Bidirectional && p.word("BIDIRECTIONAL"):
		n.Bidirectional = true
	case !n.Injective && p.word("INJECTIVE"):
		n.Injective = true
	case !n.IsObjectID && p.word("IS_OBJECT_ID"):
		n.IsObjectID = true
	default:
		return false
	}
	return true
}

// indexDef reads name expr TYPE type [GRANULARITY n], with INDEX read already.
func (p *parser) indexDef() *ast.IndexDef {
	from := p.i
	n := &ast.IndexDef{Name: p.ident(), Expr: p.expr()}
	if p.word("TYPE") {
		n.Type = p.engine()
	} else {
		p.fail()
	}
	if p.word("GRANULARITY") {
		lit := p.number(false)
		if lit.Kind != ast.UintLiteral || lit.Uint == 0 || lit.Uint > 1<<62 {
			p.failf("Index granularity must be a positive number")
		}
		n.Granularity = lit.Uint
	}
	n.Span = p.span(from)
	return n
}

// constraintDef reads name CHECK|ASSUME expr.
func (p *parser) constraintDef() *ast.ConstraintDef {
	from := p.i
	n := &ast.ConstraintDef{Name: p.ident()}
	switch {
	case p.word("CHECK"):
	case p.word("ASSUME"):
		n.Assume = true
	default:
		p.fail()
	}
	n.Expr = p.expr()
	n.Span = p.span(from)
	return n
}

// projectionDef reads name (SELECT ...) or name INDEX expr TYPE t.
func (p *parser) projectionDef() *ast.ProjectionDef {
	from := p.i
	n := &ast.ProjectionDef{Name: p.ident()}
	if p.word("INDEX") {
		n.Index = p.expr()
		p.expectWord("TYPE")
		n.Type = p.engine()
	} else {
		p.expect(tOpen)
		s, ok := p.selectQuery().(*ast.Select)
		if !ok || s.From != nil {
			p.fail("projection's SELECT without FROM")
		}
		n.Query = s
		p.expect(tClose)
	}
	if p.word("WITH", "SETTINGS") {
		p.expect(tOpen)
		n.Settings = p.settings()
		p.expect(tClose)
	}
	n.Span = p.span(from)
	return n
}
