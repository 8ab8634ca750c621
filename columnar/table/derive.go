package table

import (
	"fmt"

	"github.com/freshetdb/freshet/columnar/rollup"
	"github.com/freshetdb/freshet/columnar/segment"
	"github.com/freshetdb/freshet/columnar/types"
)

// FoldPlan compiles how rows of an input become rows of a Rollup, which isPast
// tells to be that of Derived.Past: rows of another rollup, which are merged.
func FoldPlan(d *Def, keys *Keys, in *DerivedInput, isPast bool) (*rollup.Plan, error) {
	out := rollup.Output{Columns: segment.Stored(&d.Schema), Sort: keys.Sort}
	return derivedPlan(d.Derived, in, isPast, out)
}

// ViewPlan compiles how rows become rows of a view's target, whose stored columns
// the rows have; columns that the view does not give are nil.
func ViewPlan(d, target *Def) (*rollup.Plan, error) {
	out := rollup.Output{Columns: segment.Stored(&target.Schema), Portable: true}
	return derivedPlan(d.Derived, &d.Derived.From, false, out)
}

func derivedPlan(v *Derived, in *DerivedInput, isPast bool, out rollup.Output) (*rollup.Plan, error) {
	for _, id := range v.Keys {
		place := placeOf(out.Columns, id)
		if place < 0 {
			return nil, fmt.Errorf("compile view: key %d is not stored", id)
		}
		out.Keys = append(out.Keys, place)
	}
	for _, s := range v.States {
		c := rollup.StateColumn{Place: placeOf(out.Columns, s.Column), Func: s.Func, Params: s.Params}
		if c.Place < 0 {
			return nil, fmt.Errorf("compile view: aggregate %d is not stored", s.Column)
		}
		if t := out.Columns[c.Place].Type; isPast && t.Kind != types.AggregateFunction {
			c.Func, c.Params = t.Simple, nil // Partial values are merged.
		}
		out.States = append(out.States, c)
	}
	return rollup.New(rollup.Input{Filter: in.Filter, Keys: in.Keys, Args: in.Args}, out)
}

// MergePlan compiles how rows with equal keys become one; nil for tables that keep
// every row.
func MergePlan(d *Def, keys *Keys) (*rollup.Plan, error) {
	m, ok := d.Merging()
	if !ok {
		return nil, nil //nolint:nilnil // Nothing merges.
	}
	stored := segment.Stored(&d.Schema)
	place := func(column int) int { return placeOf(stored, d.Schema.Columns[column].ID) }
	var equal, zeroes []int
	for _, k := range m.Keys {
		equal = append(equal, place(k))
	}
	funcs, onlySums := map[int]string{}, true
	for _, c := range m.Columns {
		funcs[place(c.Place)] = c.Func
		if c.Func == "" {
			onlySums = false
		}
	}
	for _, id := range d.Summing {
		if onlySums { // A row with a state is never zero, as in ClickHouse.
			zeroes = append(zeroes, placeOf(stored, id))
		}
	}
	return rollup.NewMerge(stored, equal, funcs, keys.Sort, zeroes)
}
