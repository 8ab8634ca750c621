package store_test

import (
	"fmt"
	"sort"
	"strings"

	"github.com/freshetdb/freshet/columnar/agg"
	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/expr"
	"github.com/freshetdb/freshet/columnar/store"
	"github.com/freshetdb/freshet/columnar/table"
	"github.com/freshetdb/freshet/columnar/types"
)

// aggregate is a column of a rollup: "name type = function(columns)".
type aggregate struct {
	name, typ, function string
	args                []string
}

// colOf is the expression that is a column.
func colOf(tb tester, d *table.Def, name string) expr.Expr {
	tb.Helper()
	c := d.Schema.Columns[d.Schema.Index(name)]
	return &expr.Column{Pos: int(c.ID), Name: c.Name, T: c.Type}
}

func callExpr(tb tester, name string, args ...expr.Expr) expr.Expr {
	tb.Helper()
	e, err := expr.NewCall(expr.Background(), name, args)
	if err != nil {
		tb.Fatal(err)
	}
	return e
}

// rollupKey is a key of a rollup: its name and what it is.
type rollupKey struct {
	name string
	expr expr.Expr
}

// defineRollup makes a rollup of a table, partitioned by its first key.
func defineRollup(tb tester, id uint64, source *table.Def, filter expr.Expr, keys []rollupKey, aggs ...aggregate) *table.Def {
	tb.Helper()
	d := &table.Def{ID: id, Database: "default", Name: fmt.Sprintf("r%d", id), Kind: table.Rollup, Engine: "AggregatingMergeTree"}
	d.Schema.Version, d.NextColumn = 1, 1
	v := &table.Derived{From: table.DerivedInput{Table: source.ID}, Grouped: true}
	d.Derived = v
	column := func(name string, t types.Type) uint32 {
		c := types.Column{ID: d.NextColumn, Name: name, Type: t, TypeName: t.String()}
		d.Schema.Columns = append(d.Schema.Columns, c)
		d.NextColumn++
		return c.ID
	}
	for _, k := range keys {
		v.Keys = append(v.Keys, column(k.name, k.expr.Type().NotSimple()))
		v.From.Keys = append(v.From.Keys, expr.Encode(k.expr))
	}
	for _, a := range aggs {
		v.States = append(v.States, table.DerivedState{Column: column(a.name, types.MustParse(a.typ)), Func: a.function})
		args := [][]byte{}
		for _, name := range a.args {
			args = append(args, expr.Encode(colOf(tb, source, name)))
		}
		v.From.Args = append(v.From.Args, args)
	}
	if filter != nil {
		v.From.Filter = expr.Encode(filter)
	}
	for _, k := range keys {
		d.OrderBy = append(d.OrderBy, keyOf(tb, d, k.name))
	}
	if len(keys) > 0 {
		d.PartitionBy = d.OrderBy[:1]
	}
	return d
}

// rolledRows are the rows of a rollup with states finished and rows of equal keys
// merged, as text, sorted. Whatever comes out of order or with wrong dictionaries is
// an error.
func rolledRows(v *store.View, id uint64) ([]string, error) {
	t := v.Table(id)
	if t == nil {
		return []string{"no table"}, nil
	}
	var parts []*batch.Batch
	for _, p := range t.Parts() {
		b := &batch.Batch{Rows: p.Rows()}
		for i := range t.Def.Schema.Columns {
			c := &t.Def.Schema.Columns[i]
			col, err := p.Read(c, 0, p.Rows())
			if err != nil {
				return nil, err
			}
			if err := rightDictionary(v, t, c, col); err != nil {
				return nil, err
			}
			b.Names, b.Cols = append(b.Names, c.Name), append(b.Cols, col)
		}
		if live := p.Live(0, p.Rows()); live != nil {
			var sel []uint32
			for i, is := range live {
				if is {
					sel = append(sel, uint32(i))
				}
			}
			b = b.Gather(sel)
		}
		if b.Rows > 0 {
			parts = append(parts, b)
		}
	}
	if len(parts) == 0 {
		return nil, nil
	}
	all := batch.ConcatBatches(parts[0].Names, parts[0].Types(), parts)
	merged, err := t.Merging.Fold(all)
	if err != nil {
		return nil, err
	}
	return printRolled(merged)
}

func printRolled(b *batch.Batch) ([]string, error) {
	for i, c := range b.Cols {
		if c.Type.Kind != types.AggregateFunction {
			continue
		}
		v, err := agg.Finalize(c)
		if err != nil {
			return nil, err
		}
		b.Cols[i] = v
	}
	var out []string
	for r := range b.Rows {
		var s strings.Builder
		for _, c := range b.Cols {
			if c.IsNull(r) {
				s.WriteString(nullText + "|")
				continue
			}
			s.Write(append(expr.AppendValue(nil, c, r, nil), '|'))
		}
		out = append(out, s.String())
	}
	sort.Strings(out)
	return out, nil
}

// rightDictionary checks that keys that are columns of the source have the symbols of
// the source's View, and states their arguments'.
func rightDictionary(v *store.View, t *table.View, c *types.Column, col *batch.Vector) error {
	if c.Type.Kind == types.AggregateFunction && t.Def.Kind == table.Rollup && col.Dicts == nil {
		return fmt.Errorf("states of %s have no dictionaries", c.Name)
	}
	s, ok := col.Data.(batch.Symbols)
	if !ok {
		return nil
	}
	if s.Dict != t.Dict(c.ID) {
		return fmt.Errorf("column %s is not of the view's dictionary", c.Name)
	}
	if t.Def.Kind != table.Rollup {
		return nil
	}
	source := v.Table(t.Def.Derived.From.Table)
	for i := range source.Def.Schema.Columns {
		if d := source.Dict(source.Def.Schema.Columns[i].ID); d != nil && d == s.Dict {
			return nil
		}
	}
	return fmt.Errorf("column %s has a dictionary that no column of the source has", c.Name)
}

func (s *shard) rolled(id uint64) []string {
	s.Helper()
	v := s.View()
	defer v.Release()
	out, err := rolledRows(v, id)
	if err != nil {
		s.Fatal(err)
	}
	return out
}

// fill fills rollups until nothing is left to do.
func (s *shard) fill() {
	s.Helper()
	for {
		did, err := s.FillOnce(s.Context())
		if err != nil {
			s.Fatal(err)
		}
		if !did {
			return
		}
	}
}

// foldAll folds until nothing is worth it.
func (s *shard) foldAll() {
	s.Helper()
	for {
		did, err := s.FoldOnce(s.Context())
		if err != nil {
			s.Fatal(err)
		}
		if !did {
			return
		}
	}
}
