package bind

import (
	"regexp"
	"slices"

	"github.com/freshetdb/freshet/columnar/chcode"
	"github.com/freshetdb/freshet/query/ast"
)

// item is one output column of a SELECT before it is bound.
type item struct {
	expr ast.Expr
	name string
}

// list expands the select list: stars, COLUMNS and their transformers.
func (b *Binder) list(nodes []ast.Expr, s *scope) ([]item, error) {
	var out []item
	for _, n := range nodes {
		switch n := n.(type) {
		case *ast.Star:
			items, err := s.star(qualifier(n.Qualifier), nil)
			if err != nil {
				return nil, err
			}
			if items, err = b.transform(items, n.Transformers, s); err != nil {
				return nil, err
			}
			out = append(out, items...)
		case *ast.Columns:
			items, err := s.columns(n)
			if err != nil {
				return nil, err
			}
			if items, err = b.transform(items, n.Transformers, s); err != nil {
				return nil, err
			}
			out = append(out, items...)
		default:
			out = append(out, item{expr: n, name: b.nameOfItem(n, s)})
		}
	}
	if len(out) == 0 {
		return nil, chcode.Errorf(chcode.EmptyListOfColumnsQueried, "Empty list of columns in SELECT query")
	}
	return out, nil
}

// nameOfItem is the name of an output column: its alias, or as ClickHouse
// prints the expression.
func (b *Binder) nameOfItem(e ast.Expr, s *scope) string {
	switch e := e.(type) {
	case *ast.Alias:
		return e.Name
	case *ast.Ident:
		if f, err := s.lookup(e.Parts); f != nil && err == nil {
			return f.label
		}
	}
	return ast.ColumnName(ast.Rewrite(e, func(x ast.Expr) ast.Expr {
		id, ok := x.(*ast.Ident)
		if !ok || len(id.Parts) < 2 {
			return x
		}
		if f, err := s.lookup(id.Parts); f != nil && err == nil && f.label == f.Name {
			return &ast.Ident{Parts: []string{f.Name}}
		}
		return x
	}))
}

func (s *scope) star(qualifier []string, match func(name string) bool) ([]item, error) {
	var out []item
	known := len(qualifier) == 0
	for i := range s.fields {
		f := &s.fields[i]
		if len(qualifier) > 0 {
			if f.Table != qualifier[len(qualifier)-1] || (len(qualifier) == 2 && f.Database != qualifier[0]) {
				continue
			}
			known = true
		}
		if (f.hidden && (len(qualifier) == 0 || f.alias != nil)) || (match != nil && !match(f.Name)) {
			continue
		}
		id := s.reference(f)
		s.stars[id] = f
		out = append(out, item{expr: id, name: f.label})
	}
	if !known {
		return nil, chcode.Errorf(chcode.UnknownIdentifier, "Unknown table %s in %s.*", qualifier[len(qualifier)-1], qualifier[len(qualifier)-1])
	}
	return out, nil
}

// reference is an identifier that finds the field.
func (s *scope) reference(f *field) *ast.Ident {
	switch {
	case f.Table == "":
		return &ast.Ident{Parts: []string{f.Name}}
	case f.Database == "":
		return &ast.Ident{Parts: []string{f.Table, f.Name}}
	default:
		return &ast.Ident{Parts: []string{f.Database, f.Table, f.Name}}
	}
}

func (s *scope) columns(n *ast.Columns) ([]item, error) {
	if n.List != nil {
		var out []item
		for _, e := range n.List {
			id, ok := e.(*ast.Ident)
			if !ok {
				return nil, chcode.Errorf(chcode.BadArguments, "COLUMNS takes names of columns, not %s", ast.Format(e))
			}
			f, err := s.lookup(id.Parts)
			if err != nil {
				return nil, err
			}
			if f == nil {
				return nil, s.unknown(id.Parts)
			}
			out = append(out, item{expr: e, name: f.label})
		}
		return out, nil
	}
	re, err := regexp.Compile(n.Regex)
	if err != nil {
		return nil, chcode.Errorf(chcode.CannotCompileRegexp, "COLUMNS: %w", err)
	}
	return s.star(qualifier(n.Qualifier), re.MatchString)
}

func (b *Binder) transform(items []item, ts []ast.Transformer, s *scope) ([]item, error) {
	for _, t := range ts {
		switch t := t.(type) {
		case *ast.ExceptColumns:
			var err error
			if items, err = except(items, t); err != nil {
				return nil, err
			}
		case *ast.ReplaceColumns:
			for i := range items {
				for _, r := range t.Items {
					if items[i].name == r.Name {
						items[i].expr = &ast.Alias{Expr: r.Expr, Name: r.Name}
					}
				}
			}
		case *ast.ApplyFunction:
			for i := range items {
				items[i] = b.applied(items[i], t, s)
			}
		}
	}
	return items, nil
}

func except(items []item, t *ast.ExceptColumns) ([]item, error) {
	if t.Names == nil {
		re, err := regexp.Compile(t.Regex)
		if err != nil {
			return nil, chcode.Errorf(chcode.CannotCompileRegexp, "EXCEPT: %w", err)
		}
		return slices.DeleteFunc(items, func(i item) bool { return re.MatchString(i.name) }), nil
	}
	for _, n := range t.Names {
		name := n.Parts[len(n.Parts)-1]
		before := len(items)
		items = slices.DeleteFunc(items, func(i item) bool { return i.name == name })
		if t.Strict && len(items) == before {
			return nil, chcode.Errorf(chcode.NoSuchColumnInTable, "Columns transformer EXCEPT expects following column(s) : %s", name)
		}
	}
	return items, nil
}

func (b *Binder) applied(it item, t *ast.ApplyFunction, s *scope) item {
	var e ast.Expr
	if t.Lambda != nil && len(t.Lambda.Params) == 1 {
		e = ast.Rewrite(t.Lambda.Body, func(x ast.Expr) ast.Expr {
			if id, ok := x.(*ast.Ident); ok && id.Name() == t.Lambda.Params[0] {
				return it.expr
			}
			return x
		})
	} else {
		e = &ast.FuncCall{Name: t.Name, Params: t.Params, HasParams: t.HasParams, Args: []ast.Expr{it.expr}}
	}
	return item{expr: e, name: t.Prefix + b.nameOfItem(e, s)}
}

// qualifier is the parts of t in t.*; nil for *.
func qualifier(n *ast.Ident) []string {
	if n == nil {
		return nil
	}
	return n.Parts
}
