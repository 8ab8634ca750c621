package table

import (
	"cmp"
	"slices"

	"github.com/freshetdb/freshet/columnar/chcode"
	"github.com/freshetdb/freshet/columnar/expr"
	"github.com/freshetdb/freshet/columnar/types"
)

// HasDependents is the error for a table that another one can't be without; what is
// what can't happen to it: be dropped.
func HasDependents(d *Def, what string, dependent *Def) error {
	return chcode.Errorf(chcode.HaveDependentObjects, "Table %s can't %s: the materialized view %s depends on it; drop that first",
		d.FullName(), what, dependent.FullName())
}

// Dropped and Rebuilt are what can't happen to a table that others depend on.
const (
	Dropped = "be dropped"
	Renamed = "change its name"
	Rebuilt = "get another query"
)

// ByDependence orders definitions so that what a table is made of or feeds comes
// before it. Views with TO come last, since MODIFY QUERY may make them read tables
// that are younger; everything else is younger than what it depends on.
func ByDependence(a, b *Def) int {
	if isA, isB := a.Kind == ViewTo, b.Kind == ViewTo; isA != isB {
		if isA {
			return 1
		}
		return -1
	}
	return cmp.Compare(a.ID, b.ID)
}

// Dependent is a view that can't be without a table; nil when there is none.
func (c *Catalog) Dependent(id uint64) *Def {
	k := slices.IndexFunc(c.Tables, func(d *Def) bool { return d.DependsOn(id) })
	if k < 0 {
		return nil
	}
	return c.Tables[k]
}

// derive checks what a view, a new one or one with a new query, is made of and feeds, and makes the columns of text
// whose symbols it keeps identity columns (R12).
func (c *Catalog) derive(def *Def, out *Outcome) error {
	v := def.Derived
	inputs := []*DerivedInput{&v.From}
	if v.Past != nil {
		inputs = append(inputs, v.Past)
	}
	for _, in := range inputs {
		d := c.ByID(in.Table)
		if d == nil {
			return chcode.Errorf(chcode.UnknownTable, "The table that %s is made of does not exist any more", def.FullName())
		}
		used, err := in.columns()
		if err != nil {
			return err
		}
		for id := range used {
			if d.Schema.ByID(id) == nil {
				return chcode.Errorf(chcode.CannotAssignAlter, "Table %s was changed meanwhile: try again", d.FullName())
			}
		}
	}
	if def.Kind == ViewTo {
		if c.ByID(v.Target) == nil {
			return chcode.Errorf(chcode.UnknownTable, "The table that %s feeds does not exist any more", def.FullName())
		}
		if c.feeds(v.Target, v.From.Table) {
			return chcode.Errorf(chcode.BadArguments, "Materialized view %s would feed the table that it reads", def.FullName())
		}
		return nil
	}
	return c.identify(&v.From, out)
}

// feeds tells whether rows of a table reach another through views.
func (c *Catalog) feeds(from, to uint64) bool {
	if from == to {
		return true
	}
	return slices.ContainsFunc(c.Tables, func(d *Def) bool {
		return d.Kind == ViewTo && d.Derived.From.Table == from && c.feeds(d.Derived.Target, to)
	})
}

// identify makes the bare columns of text among keys and arguments identity columns.
func (c *Catalog) identify(in *DerivedInput, out *Outcome) error {
	k := slices.IndexFunc(c.Tables, func(d *Def) bool { return d.ID == in.Table })
	next := c.Tables[k].Clone()
	changed := false
	for _, enc := range slices.Concat(append(slices.Clone(in.Args), in.Keys)...) {
		e, err := expr.Decode(enc)
		if err != nil {
			return err
		}
		col, ok := e.(*expr.Column)
		if !ok || col.T.Kind != types.String {
			continue
		}
		if x := next.Schema.ByID(uint32(col.Pos)); !x.Identity {
			x.Identity, changed = true, true
		}
	}
	if changed {
		next.Schema.Version++ // So that an ALTER under way does not take it back.
		c.Tables[k] = next
		out.Define = append(out.Define, next)
	}
	return nil
}

// columns are the ids of the columns that an input reads, and their types.
func (in *DerivedInput) columns() (map[uint32]types.Type, error) {
	out := map[uint32]types.Type{}
	list := slices.Concat(append(slices.Clone(in.Args), in.Keys)...)
	if in.Filter != nil {
		list = append(list, in.Filter)
	}
	for _, enc := range list {
		e, err := expr.Decode(enc)
		if err != nil {
			return nil, err
		}
		expr.Walk(e, func(x expr.Expr) bool {
			if c, ok := x.(*expr.Column); ok && c.Pos >= 0 {
				out[uint32(c.Pos)] = c.T
			}
			return true
		})
	}
	return out, nil
}

// keepsUsed refuses a change of a table that takes from views what they use: columns
// that they read, and those that they write, with their types.
func (c *Catalog) keepsUsed(old, next *Def) error {
	for _, v := range c.Tables {
		if !v.DependsOn(old.ID) {
			continue
		}
		used, err := v.uses(old.ID)
		if err != nil {
			return err
		}
		for id := range used {
			was, is := old.Schema.ByID(id), next.Schema.ByID(id)
			switch {
			case was == nil:
			case is == nil || !is.IsStored():
				return chcode.Errorf(chcode.HaveDependentObjects, "Column %s of %s can't be dropped: the materialized view %s uses it",
					was.Name, old.FullName(), v.FullName())
			case !is.Type.Equal(was.Type):
				return chcode.Errorf(chcode.HaveDependentObjects, "The type of column %s of %s can't be changed: the materialized view %s uses it",
					was.Name, old.FullName(), v.FullName())
			case is.Name != was.Name: // its query, as SHOW CREATE tells it, has the name
				return chcode.Errorf(chcode.HaveDependentObjects, "Column %s of %s can't be renamed: the materialized view %s uses it",
					was.Name, old.FullName(), v.FullName())
			}
			if is != nil && was.Identity {
				is.Identity = true
			}
		}
	}
	return nil
}

// uses are the columns of a table that a view reads or writes.
func (d *Def) uses(table uint64) (map[uint32]bool, error) {
	out := map[uint32]bool{}
	v := d.Derived
	for _, in := range []*DerivedInput{&v.From, v.Past} {
		if in == nil || in.Table != table {
			continue
		}
		read, err := in.columns()
		if err != nil {
			return nil, err
		}
		for id := range read {
			out[id] = true
		}
	}
	if v.Target == table {
		for _, id := range v.Keys {
			out[id] = true
		}
		for _, s := range v.States {
			out[s.Column] = true
		}
	}
	return out, nil
}

// swapRollup gives a rollup the name of another, which is dropped.
func (c *Catalog) swapRollup(oldID, newID uint64, out *Outcome) error {
	before, after := c.ByID(oldID), c.ByID(newID)
	if before == nil || after == nil || before.Kind != Rollup || after.Kind != Rollup {
		return chcode.Errorf(chcode.UnknownTable, "The rollups to change places do not exist any more")
	}
	next := after.Clone()
	next.Database, next.Name = before.Database, before.Name
	next.Schema.Version++
	if p := next.Derived.Past; p != nil && p.Table == oldID {
		v := *next.Derived
		v.Past, next.Derived = nil, &v // It is in.
	}
	c.Tables = slices.DeleteFunc(c.Tables, func(d *Def) bool { return d.ID == oldID })
	c.Tables[slices.IndexFunc(c.Tables, func(d *Def) bool { return d.ID == newID })] = next
	if v := c.Dependent(oldID); v != nil {
		return HasDependents(before, Rebuilt, v)
	}
	// The definition first: it frees what is dropped.
	out.Define, out.Drop = append(out.Define, next), append(out.Drop, oldID)
	return nil
}
