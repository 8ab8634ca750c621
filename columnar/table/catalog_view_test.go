package table_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/freshetdb/freshet/columnar/chcode"
	"github.com/freshetdb/freshet/columnar/expr"
	"github.com/freshetdb/freshet/columnar/table"
	"github.com/freshetdb/freshet/columnar/types"
)

// catalog is a catalogue that changes.
type catalog struct {
	*testing.T
	*table.Catalog
}

func (c *catalog) change(ch *table.Change) (table.Outcome, error) {
	c.Helper()
	enc, err := ch.Encode()
	if err != nil {
		c.Fatal(err)
	}
	if ch, err = table.DecodeChange(enc); err != nil {
		c.Fatal(err)
	}
	before := len(c.Tables)
	next, out, err := c.Apply(ch)
	if err != nil && (next != c.Catalog || len(c.Tables) != before) {
		c.Fatal("a refused change changed something")
	}
	c.Catalog = next
	return out, err
}

func (c *catalog) must(ch *table.Change) table.Outcome {
	c.Helper()
	out, err := c.change(ch)
	if err != nil {
		c.Fatal(err)
	}
	return out
}

func (c *catalog) refused(ch *table.Change, code chcode.Code, words ...string) {
	c.Helper()
	_, err := c.change(ch)
	if err == nil || chcode.Of(err) != code {
		c.Fatalf("error %v, expected one of code %d", err, code)
	}
	for _, w := range words {
		if !strings.Contains(err.Error(), w) {
			c.Errorf("error %q does not name %s", err, w)
		}
	}
}

func create(d *table.Def) *table.Change { return &table.Change{Kind: table.CreateTable, Def: d} }

func drop(name string) *table.Change {
	return &table.Change{Kind: table.RemoveTable, Def: &table.Def{Database: "default", Name: name}}
}

func eventsDef(name string) *table.Def {
	d := &table.Def{Database: "default", Name: name, Kind: table.Events, NextColumn: 4}
	d.Schema.Version = 1
	for i, c := range []string{"day Date", "user String", "n Int32"} {
		column, typ, _ := strings.Cut(c, " ")
		d.Schema.Columns = append(d.Schema.Columns, types.Column{
			ID: uint32(i + 1), Name: column, TypeName: typ, Type: types.MustParse(typ),
		})
	}
	return d
}

func columnExpr(d *table.Def, i int) []byte {
	c := d.Schema.Columns[i]
	return expr.Encode(&expr.Column{Pos: int(c.ID), Name: c.Name, T: c.Type})
}

// rollupDef is a rollup by day with the users of a table.
func rollupDef(name string, source *table.Def) *table.Def {
	d := &table.Def{Database: "default", Name: name, Kind: table.Rollup, NextColumn: 3}
	d.Schema = types.Schema{Version: 1, Columns: []types.Column{
		{ID: 1, Name: "day", TypeName: "Date", Type: types.MustParse("Date")},
		{ID: 2, Name: "u", TypeName: "AggregateFunction(uniqExact, String)", Type: types.MustParse("AggregateFunction(uniqExact, String)")},
	}}
	d.Derived = &table.Derived{
		From: table.DerivedInput{
			Table: source.ID, Keys: [][]byte{columnExpr(source, 0)}, Args: [][][]byte{{columnExpr(source, 1)}},
		},
		Grouped: true, Keys: []uint32{1}, States: []table.DerivedState{{Column: 2, Func: "uniqExact"}},
	}
	return d
}

func viewDef(name string, source, target *table.Def) *table.Def {
	d := &table.Def{Database: "default", Name: name, Kind: table.ViewTo}
	d.Schema.Version = 1
	d.Derived = &table.Derived{
		From: table.DerivedInput{Table: source.ID, Keys: [][]byte{columnExpr(source, 0)}}, Keys: []uint32{1}, Target: target.ID,
	}
	return d
}

func TestCatalogOfRollups(t *testing.T) {
	c := &catalog{t, table.NewCatalog()}
	c.must(create(eventsDef("t")))
	source := c.Find("default", "t")
	out := c.must(create(rollupDef("r", source)))
	if len(out.Define) != 2 || out.Define[0].Name != "t" || out.Define[1].Name != "r" {
		t.Fatalf("definitions %v, expected those of t and r", out.Define)
	}
	source = c.Find("default", "t")
	if !source.Schema.Columns[1].Identity || source.Schema.Columns[2].Identity || source.Schema.Version != 2 {
		t.Errorf("columns %+v of version %d: user must be an identity column", source.Schema.Columns, source.Schema.Version)
	}
	c.refused(drop("t"), chcode.HaveDependentObjects, "default.r")

	less := source.Clone()
	less.Schema.Version++
	less.Schema.Columns = slices.Delete(less.Schema.Columns, 1, 2)
	c.refused(&table.Change{Kind: table.AlterTable, Def: less, FromVersion: 2}, chcode.HaveDependentObjects, "user", "default.r")
	wider := source.Clone()
	wider.Schema.Version++
	wider.Schema.Columns[0].TypeName = "Date32"
	c.refused(&table.Change{Kind: table.AlterTable, Def: wider, FromVersion: 2}, chcode.HaveDependentObjects, "day", "default.r")
	renamed := source.Clone()
	renamed.Schema.Version++
	renamed.Schema.Columns[1].Name = "visitor"
	c.refused(&table.Change{Kind: table.AlterTable, Def: renamed, FromVersion: 2}, chcode.HaveDependentObjects, "user", "default.r")
	other := source.Clone()
	other.Schema.Version++
	other.Schema.Columns[2].TypeName, other.Schema.Columns[1].Identity = "Int64", false
	c.must(&table.Change{Kind: table.AlterTable, Def: other, FromVersion: 2})
	if d := c.Find("default", "t"); !d.Schema.Columns[1].Identity {
		t.Errorf("column %+v: it must stay an identity column", d.Schema.Columns[1])
	}

	c.must(drop("r"))
	c.must(drop("t"))
}

func TestCatalogOfViews(t *testing.T) {
	c := &catalog{t, table.NewCatalog()}
	var defs []*table.Def
	for _, name := range []string{"a", "b", "c"} {
		c.must(create(eventsDef(name)))
		defs = append(defs, c.Find("default", name))
	}
	c.must(create(viewDef("ab", defs[0], defs[1])))
	c.must(create(viewDef("bc", defs[1], defs[2])))
	c.refused(create(viewDef("ca", defs[2], defs[0])), chcode.BadArguments, "ca")
	c.refused(create(viewDef("aa", defs[0], defs[0])), chcode.BadArguments, "aa")
	c.refused(drop("c"), chcode.HaveDependentObjects, "default.bc")
	c.refused(drop("a"), chcode.HaveDependentObjects, "default.ab")
	less := defs[2].Clone()
	less.Schema.Version++
	less.Schema.Columns = less.Schema.Columns[1:]
	c.refused(&table.Change{Kind: table.AlterTable, Def: less, FromVersion: 1}, chcode.HaveDependentObjects, "day", "default.bc")

	c.must(&table.Change{Kind: table.CreateDatabase, Database: &table.Database{Name: "other", Engine: "Atomic"}})
	far := viewDef("far", defs[0], defs[2])
	far.Database = "other"
	c.must(create(far))
	c.refused(&table.Change{Kind: table.DropDatabase, Database: &table.Database{Name: "default"}}, chcode.HaveDependentObjects, "other.far")
	c.must(&table.Change{Kind: table.RemoveTable, Def: far})
	out := c.must(&table.Change{Kind: table.DropDatabase, Database: &table.Database{Name: "default"}})
	if !slices.IsSortedFunc(out.Drop, func(a, b uint64) int { return int(b) - int(a) }) || len(out.Drop) != 5 {
		t.Errorf("dropped in the order %v: views must go before what they are made of", out.Drop)
	}
}

func TestSwapRollup(t *testing.T) {
	c := &catalog{t, table.NewCatalog()}
	c.must(create(eventsDef("t")))
	source := c.Find("default", "t")
	c.must(create(rollupDef("r", source)))
	before := c.Find("default", "r")
	next := rollupDef("r building", source)
	next.Derived.Past = &table.DerivedInput{Table: before.ID, Keys: [][]byte{columnExpr(before, 0)}, Args: [][][]byte{{columnExpr(before, 1)}}}
	c.must(create(next))
	after := c.Find("default", "r building")
	c.refused(drop("r"), chcode.HaveDependentObjects, "r building")
	out := c.must(&table.Change{Kind: table.SwapRollup, Old: before.ID, New: after.ID})
	d := c.Find("default", "r")
	if d == nil || d.ID != after.ID || d.Derived.Past != nil || c.ByID(before.ID) != nil || c.Find("default", "r building") != nil {
		t.Fatalf("after the swap r is %+v", d)
	}
	if len(out.Define) != 1 || out.Define[0] != d || !slices.Equal(out.Drop, []uint64{before.ID}) {
		t.Errorf("outcome %+v", out)
	}
	c.refused(&table.Change{Kind: table.SwapRollup, Old: before.ID, New: after.ID}, chcode.UnknownTable)
}

// TestByDependence: a view with TO comes after tables that are younger, which it may
// read by now.
func TestByDependence(t *testing.T) {
	list := []*table.Def{
		{ID: 1, Kind: table.ViewTo}, {ID: 5, Kind: table.Rollup}, {ID: 2, Kind: table.ViewTo}, {ID: 4, Kind: table.Events}, {ID: 3, Kind: table.States},
	}
	var ids []uint64
	for _, d := range slices.SortedFunc(slices.Values(list), table.ByDependence) {
		ids = append(ids, d.ID)
	}
	if !slices.Equal(ids, []uint64{3, 4, 5, 1, 2}) {
		t.Errorf("order %v", ids)
	}
}
