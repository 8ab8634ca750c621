package bind

import (
	"slices"
	"strings"

	"github.com/freshetdb/freshet/columnar/agg"
	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/chcode"
	"github.com/freshetdb/freshet/columnar/expr"
	"github.com/freshetdb/freshet/columnar/table"
	"github.com/freshetdb/freshet/columnar/types"
	"github.com/freshetdb/freshet/query/ast"
	"github.com/freshetdb/freshet/query/parse"
	"github.com/freshetdb/freshet/query/plan"
)

// source is a bound FROM: its rows and the fields that it brings into scope.
type source struct {
	node   plan.Node
	fields []field
}

// from binds FROM; none means one row without columns of interest.
func (b *Binder) from(t ast.TableExpr, s *scope) (source, error) {
	switch t := t.(type) {
	case nil:
		dummy := batch.NewFixed(types.Of(types.UInt8), []uint8{0}, nil)
		one := batch.New([]string{"dummy"}, []*batch.Vector{dummy}, 1)
		return source{
			node:   &plan.Rows{Batch: one},
			fields: []field{{Table: "one", Database: "system", Name: "dummy", Type: dummy.Type, label: "dummy"}},
		}, nil
	case *ast.TableElement:
		return b.tableElement(t, s)
	case *ast.Join:
		return b.join(t, s)
	default:
		return source{}, chcode.Errorf(chcode.NotImplemented, "ARRAY JOIN is not supported")
	}
}

func (b *Binder) tableElement(t *ast.TableElement, s *scope) (source, error) {
	if t.Sample != nil {
		return source{}, chcode.Errorf(chcode.NotImplemented, "SAMPLE is not supported")
	}
	src, err := b.tableSource(t, s)
	if err != nil {
		return source{}, err
	}
	if len(t.Columns) > 0 {
		if len(t.Columns) != len(src.fields) {
			return source{}, chcode.Errorf(chcode.NumberOfColumnsDoesntMatch,
				"Table %s has %d columns, %d names are given", t.Alias, len(src.fields), len(t.Columns))
		}
		for i, name := range t.Columns {
			if slices.Contains(t.Columns[:i], name) {
				return source{}, chcode.Errorf(chcode.BadArguments, "Duplicate column alias '%s' in table expression column list", name)
			}
			src.fields[i].Name, src.fields[i].label = name, name
		}
	}
	if t.Alias != "" {
		for i := range src.fields {
			f := &src.fields[i]
			f.Origin, f.Table, f.Database = f.Table, t.Alias, ""
		}
	}
	return src, nil
}

func (b *Binder) tableSource(t *ast.TableElement, s *scope) (source, error) {
	switch src := t.Source.(type) {
	case *ast.Subquery:
		n, err := b.query(src.Query, s)
		if err != nil {
			return source{}, err
		}
		return derived(n, ""), nil
	case *ast.FuncCall:
		args := make([]*batch.Vector, len(src.Args))
		for i, a := range src.Args {
			v, err := b.tableFunctionArg(a)
			if err != nil {
				return source{}, err
			}
			args[i] = v
		}
		g, err := b.catalog.TableFunction(src.Name, args)
		if err != nil {
			return source{}, err
		}
		return derived(g, src.Name), nil
	case *ast.TableName:
		return b.tableName(src, t.Final, s)
	default:
		return source{}, chcode.Errorf(chcode.NotImplemented, "FROM %s is not supported", ast.Format(t.Source))
	}
}

// tableFunctionArg computes an argument; a bare name stands for its text.
func (b *Binder) tableFunctionArg(a ast.Expr) (*batch.Vector, error) {
	if id, ok := a.(*ast.Ident); ok {
		return text(strings.Join(id.Parts, ".")), nil
	}
	return b.Constant(a)
}

// derived gives the fields of a node a table name.
func derived(n plan.Node, table string) source {
	src := source{node: n}
	seen := map[string]bool{}
	for i, f := range n.Fields() {
		src.fields = append(src.fields, field{Table: table, Name: f.Name, Type: f.Type, pos: i, repeats: seen[f.Name], label: f.Name})
		seen[f.Name] = true
	}
	return src
}

func (b *Binder) tableName(t *ast.TableName, final bool, s *scope) (source, error) {
	database, err := b.nameOf(t.Database, t.DatabaseParam)
	if err != nil {
		return source{}, err
	}
	name, err := b.nameOf(t.Table, t.TableParam)
	if err != nil {
		return source{}, err
	}
	if database == "" {
		if item, at := s.cte(name); item != nil {
			return b.cte(item, at)
		}
		database = b.opts.Database
	}
	rel, err := b.catalog.Table(database, name)
	if err != nil {
		return source{}, err
	}
	if rel.Generated != nil {
		src := derived(rel.Generated, name)
		for i := range src.fields {
			src.fields[i].Database = database
		}
		return src, nil
	}
	if final && !isMerged(rel.Stored) {
		return source{}, chcode.Errorf(chcode.IllegalFinal, "Storage of %s.%s doesn't support FINAL", database, name)
	}
	return b.stored(rel.Stored)
}

// isMerged tells tables whose rows of one key are one whenever they are read: FINAL
// asks for what they do anyway.
func isMerged(t plan.Table) bool {
	m, ok := t.(merging)
	if !ok {
		return false
	}
	_, ok = m.Merging()
	return ok
}

func (b *Binder) nameOf(name string, param *ast.Param) (string, error) {
	if param == nil {
		return name, nil
	}
	v, ok := b.opts.Params[param.Name]
	if !ok {
		return "", chcode.Errorf(chcode.UnknownQueryParameter, "Substitution `%s` is not set", param.Name)
	}
	return v, nil
}

// cte binds a common table expression where it is used, in the scope in which
// it was defined.
func (b *Binder) cte(item *ast.WithItem, at *scope) (source, error) {
	inner := newScope(at.parent)
	inner.aliases = at.aliases
	for name, other := range at.ctes {
		if other == item {
			break
		}
		inner.ctes[name] = other
	}
	for name, other := range at.ctes {
		if name != item.Name && other.Pos().Start < item.Pos().Start {
			inner.ctes[name] = other
		}
	}
	delete(inner.ctes, item.Name)
	n, err := b.query(item.Query, inner)
	if err != nil {
		return source{}, err
	}
	src := derived(n, item.Name)
	if len(item.Columns) > 0 && len(item.Columns) != len(src.fields) {
		return source{}, chcode.Errorf(chcode.NumberOfColumnsDoesntMatch,
			"CTE %s has %d columns, %d names are given", item.Name, len(src.fields), len(item.Columns))
	}
	for i, name := range item.Columns {
		src.fields[i].Name, src.fields[i].label = name, name
	}
	return src, nil
}

// stored scans all stored columns of a table; those that nothing uses are left
// out by a rewrite.
func (b *Binder) stored(t plan.Table) (source, error) {
	cols := t.Columns()
	scan := &plan.Scan{Table: t, Columns: make([]int, 0, len(cols)), Names: make([]string, 0, len(cols))}
	fields := make([]field, 0, len(cols))
	for i, c := range cols {
		f := field{Table: t.Name(), Database: t.Database(), Name: c.Name, Type: c.Type.NotSimple(), label: c.Name}
		switch c.Kind {
		case types.Ephemeral:
			continue
		case types.Alias:
			e, err := parse.Expr(c.Default)
			if err != nil {
				return source{}, err
			}
			f.alias, f.hidden, f.pos = e, true, -1
		default:
			f.hidden = c.Kind == types.Materialized
			f.pos = len(scan.Columns)
			scan.Columns = append(scan.Columns, i)
			scan.Names = append(scan.Names, c.Name)
		}
		fields = append(fields, f)
	}
	src := source{node: scan, fields: fields}
	if m, ok := t.(merging); ok {
		if how, ok := m.Merging(); ok {
			return b.mergeRows(src, scan, how)
		}
	}
	return src, nil
}

// merging is tables whose rows with equal keys are one.
type merging interface {
	Merging() (m table.Merging, ok bool)
}

// mergeRows puts the merging of rows above the scan of a table of states, so that
// equal keys give one row however far the background has come.
func (b *Binder) mergeRows(src source, scan *plan.Scan, how table.Merging) (source, error) {
	cols := scan.Table.Columns()
	at := make([]int, len(cols)) // of each column in the scan
	for pos, place := range scan.Columns {
		at[place] = pos
	}
	ref := func(place int) expr.Expr {
		return &expr.Column{Pos: at[place], Name: cols[place].Name, T: cols[place].Type}
	}
	n := &plan.Aggregate{Input: scan, ByKey: true}
	out := make([]expr.Expr, len(scan.Columns))
	for _, place := range how.Keys {
		out[at[place]] = &expr.Column{Pos: len(n.Keys), Name: cols[place].Name, T: cols[place].Type}
		n.Keys, n.KeyNames = append(n.Keys, ref(place)), append(n.KeyNames, cols[place].Name)
	}
	for i, c := range how.Columns {
		t := cols[c.Place].Type
		name := c.Func
		if name == "" {
			name = t.Func + "MergeState"
		}
		f, err := agg.New(name, nil, []types.Type{t.NotSimple()})
		if err != nil {
			return source{}, err
		}
		n.Calls = append(n.Calls, plan.AggCall{Func: f, Args: []expr.Expr{ref(c.Place)}, Name: cols[c.Place].Name})
		var e expr.Expr = &expr.Column{Pos: len(how.Keys) + i, Name: cols[c.Place].Name, T: f.Result()}
		if !f.Result().Equal(t.NotSimple()) {
			if e, err = expr.NewCast(b.expr, e, t.NotSimple(), expr.CastInternal); err != nil {
				return source{}, err
			}
		}
		out[at[c.Place]] = e
	}
	src.node = &plan.Project{Input: n, Exprs: out, Names: scan.Names}
	return src, nil
}

func text(s string) *batch.Vector {
	var v batch.Strings
	v.AppendString(s)
	return batch.NewStrings(types.Of(types.String), v, nil)
}
