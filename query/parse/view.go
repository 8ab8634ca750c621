package parse

import (
	"github.com/freshetdb/freshet/query/ast"
)

func (p *parser) createView(from int, c ast.Create, kind ast.ViewKind) ast.Statement {
	p.createHead(&c)
	n := &ast.CreateView{Create: c, Kind: kind}
	if p.isWords("REFRESH") {
		n.Refresh = p.refresh()
	}
	if kind == ast.MaterializedView {
		p.viewTarget(n)
	}
	if p.is(tOpen) && !p.opensQuery(1) {
		n.Columns = p.viewColumns()
	}
	if kind == ast.MaterializedView && n.To == nil {
		n.Storage = p.storage()
	}
	for {
		switch {
		case n.Definer == nil && p.isDefiner():
			n.Definer = p.definer()
			continue
		case kind == ast.MaterializedView && !n.Populate && p.word("POPULATE"):
			n.Populate = true
			continue
		case kind == ast.MaterializedView && !n.Empty && p.isWords("EMPTY"):
			p.advance()
			n.Empty = true
			continue
		}
		break
	}
	n.Comment = p.comment("")
	p.expectWord("AS")
	n.Query = p.query()
	n.Comment = p.comment(n.Comment)
	n.Span = p.span(from)
	return n
}

func (p *parser) viewTarget(n *ast.CreateView) {
	if p.word("TO", "INNER", "UUID") {
		n.ToInnerUUID = p.str()
		return
	}
	if p.word("TO") {
		n.To = p.tableName()
	}
}

// viewColumns reads (a UInt8, b) where the types may be left out.
func (p *parser) viewColumns() *ast.ColumnList {
	from := p.i
	n := &ast.ColumnList{}
	if p.try(func() { n = p.columnList() }) {
		return n
	}
	for _, name := range p.parenIdents() {
		n.Columns = append(n.Columns, &ast.ColumnDef{Name: name})
	}
	n.Span = p.span(from)
	return n
}

func (p *parser) isDefiner() bool { return p.isWords("DEFINER") || p.isWords("SQL", "SECURITY") }

// definer reads DEFINER = user and SQL SECURITY, in any order.
func (p *parser) definer() *ast.Definer {
	from := p.i
	n := &ast.Definer{}
	for p.isDefiner() {
		if p.word("DEFINER") {
			p.accept(tEq)
			if p.word("CURRENT_USER") {
				n.CurrentUser = true
				if p.accept(tOpen) {
					p.expect(tClose)
				}
			} else {
				n.User = p.identOrString()
			}
			continue
		}
		p.expectWord("SQL", "SECURITY")
		w, ok := p.oneOf("DEFINER", "INVOKER", "NONE")
		if !ok {
			p.fail()
		}
		n.Security = w
	}
	n.Span = p.span(from)
	return n
}

// refresh reads REFRESH EVERY|AFTER period and its options.
func (p *parser) refresh() *ast.Refresh {
	from := p.i
	p.expectWord("REFRESH")
	n := &ast.Refresh{}
	switch {
	case p.word("EVERY"):
	case p.word("AFTER"):
		n.After = true
	default:
		p.fail()
	}
	n.Period = p.period()
	if p.word("OFFSET") {
		n.Offset = p.period()
	}
	if p.word("RANDOMIZE", "FOR") {
		n.Randomize = p.period()
	}
	if p.word("DEPENDS", "ON") {
		p.commaList(func() { n.DependsOn = append(n.DependsOn, p.tableName()) })
	}
	if p.word("SETTINGS") {
		n.Settings = p.settings()
	}
	n.Append = p.word("APPEND")
	n.Span = p.span(from)
	return n
}

// period reads 1 DAY 2 HOUR.
func (p *parser) period() []*ast.Interval {
	var out []*ast.Interval
	for p.is(tNumber) {
		from := p.i
		v := p.number(false)
		unit, ok := p.unitAt(0)
		if !ok {
			p.fail("interval unit")
		}
		p.advance()
		out = append(out, &ast.Interval{Base: ast.Base{Span: p.span(from)}, Value: v, Unit: unit})
	}
	if len(out) == 0 {
		p.fail("interval")
	}
	return out
}
