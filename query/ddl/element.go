package ddl

import (
	"slices"
	"strings"

	"github.com/freshetdb/freshet/columnar/chcode"
	"github.com/freshetdb/freshet/columnar/table"
	"github.com/freshetdb/freshet/query/ast"
)

// Indexes, constraints and projections are kept as they were written, in the order in which SHOW CREATE gives them, and
// have no effect.

// element is one of them. The text of all of one kind begins with the kind and a name.
type element struct {
	kind ast.ElementKind
	name string
	text string // behind the kind
	note string
}

func (x element) prefix() string { return keptPrefix(x.kind, x.name) }

func keptPrefix(kind ast.ElementKind, name string) string {
	return kind.String() + " " + ast.Format(&ast.Ident{Parts: []string{name}}) + " "
}

// index checks an index and makes it an element.
func (e *Env) index(d *table.Def, x *ast.IndexDef) (element, error) {
	if err := checkIndexType(x); err != nil {
		return element{}, err
	}
	_, err := e.overColumns(ast.Format(x.Expr), typed(d.Schema.Columns, -1))
	if err != nil && chcode.Of(err) == chcode.UnknownIdentifier { // other errors are of functions that are not here
		return element{}, err
	}
	return element{
		ast.ElementIndex, x.Name, ast.Format(x),
		"INDEX " + x.Name + ": kept without effect; every column has indexes of its own",
	}, nil
}

func projection(x *ast.ProjectionDef) element {
	return element{ast.ElementProjection, x.Name, ast.Format(x), "PROJECTION " + x.Name + ": kept without effect"}
}

func constraint(x *ast.ConstraintDef) (element, error) {
	if !x.Assume {
		return element{}, unsupported("CONSTRAINT " + x.Name + " CHECK")
	}
	return element{ast.ElementConstraint, x.Name, ast.Format(x), "CONSTRAINT " + x.Name + " ASSUME: kept without effect"}, nil
}

// elements keeps those of a CREATE.
func (e *Env) elements(d *table.Def, list *ast.ColumnList) error {
	for _, n := range list.Indexes {
		x, err := e.index(d, n)
		if err == nil {
			err = keep(d, x, ast.Place{})
		}
		if err != nil {
			return err
		}
	}
	for _, n := range list.Constraints {
		x, err := constraint(n)
		if err == nil {
			err = keep(d, x, ast.Place{})
		}
		if err != nil {
			return err
		}
	}
	for _, n := range list.Projections {
		if err := keep(d, projection(n), ast.Place{}); err != nil {
			return err
		}
	}
	return nil
}

// keep adds an element behind the others of its kind, or at a place among them.
func keep(d *table.Def, x element, place ast.Place) error {
	if kept(d, x.kind, x.name) >= 0 {
		code := chcode.IllegalColumn
		if x.kind == ast.ElementProjection {
			code = chcode.IllegalProjection
		}
		kind := strings.ToLower(x.kind.String())
		return chcode.Errorf(code, "Cannot add %s %s: %s with this name already exists", kind, x.name, kind)
	}
	at := slices.IndexFunc(d.Kept, func(k string) bool { return rank(k) > rank(x.prefix()) })
	if at < 0 {
		at = len(d.Kept)
	}
	switch {
	case place.First:
		at = slices.IndexFunc(append(slices.Clone(d.Kept), x.prefix()), func(k string) bool { return rank(k) >= rank(x.prefix()) })
	case place.After != "":
		if at = kept(d, x.kind, place.After) + 1; at == 0 {
			return missing(x.kind, place.After)
		}
	}
	d.Kept = slices.Insert(slices.Clone(d.Kept), at, x.kind.String()+" "+x.text)
	d.Warnings = append(d.Warnings, x.note)
	return nil
}

// rank is the order in which SHOW CREATE gives the kinds.
func rank(text string) int {
	kind, _, _ := strings.Cut(text, " ")
	return slices.Index([]string{"INDEX", "CONSTRAINT", "PROJECTION"}, kind)
}

// kept is the place of an element; -1 when there is none of that name.
func kept(d *table.Def, kind ast.ElementKind, name string) int {
	return slices.IndexFunc(d.Kept, func(k string) bool { return strings.HasPrefix(k, keptPrefix(kind, name)) })
}

func missing(kind ast.ElementKind, name string) error {
	if kind == ast.ElementProjection {
		return chcode.Errorf(chcode.NoSuchProjectionInTable, "There is no projection %s in table", name)
	}
	word := strings.ToLower(kind.String())
	return chcode.Errorf(chcode.BadArguments, "Wrong %s name. Cannot find %s `%s`", word, word, name)
}

// addElement is ALTER … ADD INDEX, CONSTRAINT or PROJECTION.
func (e *Env) addElement(d *table.Def, c *ast.AddElement) error {
	var x element
	var err error
	switch c.Kind {
	case ast.ElementIndex:
		x, err = e.index(d, c.Index)
	case ast.ElementConstraint:
		x, err = constraint(c.Constraint)
	case ast.ElementProjection:
		x = projection(c.Projection)
	default:
		return unsupported("ALTER TABLE … " + ast.Format(c))
	}
	if err != nil || (c.IfNotExists && kept(d, x.kind, x.name) >= 0) {
		return err
	}
	return keep(d, x, c.Place)
}

// dropElement is DROP, CLEAR or MATERIALIZE of an element that is kept without effect.
func dropElement(d *table.Def, c *ast.ElementCommand) error {
	if c.Kind == ast.ElementStatistics || c.Verb != ast.ElementDrop {
		d.Warnings = append(d.Warnings, ast.Format(c)+": accepted without effect")
		return nil
	}
	for _, name := range c.Names {
		at := kept(d, c.Kind, name)
		switch {
		case at >= 0:
			d.Kept = slices.Delete(slices.Clone(d.Kept), at, at+1)
			d.Warnings = slices.DeleteFunc(d.Warnings, func(w string) bool { return strings.HasPrefix(w, c.Kind.String()+" "+name+":") })
		case !c.IfExists:
			return missing(c.Kind, name)
		}
	}
	return nil
}
