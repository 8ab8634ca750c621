package store_test

import (
	"fmt"
	"maps"
	"slices"
	"sort"
	"strconv"
	"strings"

	"pgregory.net/rapid"

	"github.com/freshetdb/freshet/columnar/agg"
	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/entry"
	"github.com/freshetdb/freshet/columnar/expr"
	"github.com/freshetdb/freshet/columnar/table"
	"github.com/freshetdb/freshet/columnar/types"
)

// modelView is a view with TO: it gives rows of the target for one of the source.
type modelView struct {
	def     *table.Def
	through func(modelRow) (modelRow, bool)
}

// defineView makes a view of a table, named by what it does; keys are the target's
// columns and what they are.
func defineView(tb tester, query string, source, target *table.Def, keys []rollupKey, aggs ...aggregate) *table.Def {
	tb.Helper()
	d := &table.Def{Database: "default", Kind: table.ViewTo, Engine: "MaterializedView"}
	d.Schema.Version = 1
	v := &table.Derived{Query: query, From: table.DerivedInput{Table: source.ID}, Grouped: len(aggs) > 0, Target: target.ID}
	d.Derived = v
	for _, k := range keys {
		v.Keys = append(v.Keys, target.Schema.Columns[target.Schema.Index(k.name)].ID)
		v.From.Keys = append(v.From.Keys, expr.Encode(k.expr))
	}
	for _, a := range aggs {
		v.States = append(v.States, table.DerivedState{Column: target.Schema.Columns[target.Schema.Index(a.name)].ID, Func: a.function})
		args := [][]byte{}
		for _, name := range a.args {
			args = append(args, expr.Encode(colOf(tb, source, name)))
		}
		v.From.Args = append(v.From.Args, args)
	}
	return d
}

// notNegative is the condition n >= 0.
func notNegative(tb tester, d *table.Def) expr.Expr {
	size := callExpr(tb, "toInt32", callExpr(tb, "length", colOf(tb, d, "user")))
	return callExpr(tb, "greaterOrEquals", colOf(tb, d, "n"), callExpr(tb, "minus", size, size))
}

// defineStates is a table of states by day and user.
func defineStates(tb tester, id uint64) *table.Def {
	d := define(tb, id, "day Date", "user String", "c SimpleAggregateFunction(sum,UInt64)",
		"s SimpleAggregateFunction(sum,Int64)", "u AggregateFunction(uniqExact,Int32)", "top SimpleAggregateFunction(max,String)")
	d.Kind, d.MergeBy = table.States, []uint32{1, 2}
	d.OrderBy = []table.KeyExpr{keyOf(tb, d, "day"), keyOf(tb, d, "user")}
	d.PartitionBy = d.OrderBy[:1]
	return d
}

// addViews gives a table a view into a table of events, that one a view into a table
// of states, and that one a view into another.
func (m *machine) addViews(t *rapid.T) {
	if len(m.model.views) > 0 {
		t.Skip("views are there")
	}
	source := m.pick(t)
	events := define(m, m.next, "day Date", "user String", "n Int32", "note Nullable(String)", "tags Array(UInt8)")
	events.NextColumn = 6
	events.Schema.Columns[1].Identity = true
	events.TTLColumn, events.TTLSeconds = 1, 86_400_000
	events.OrderBy, events.PartitionBy = []table.KeyExpr{keyOf(m, events, "user")}, []table.KeyExpr{keyOf(m, events, "day")}
	states, coarse := defineStates(m, m.next+1), defineStates(m, m.next+2)
	first := cleanView(m, source, events)
	second := defineView(m, "count", events, states,
		[]rollupKey{{"day", colOf(m, events, "day")}, {"user", colOf(m, events, "user")}},
		aggregate{"c", "", "count", nil}, aggregate{"s", "", "sum", []string{"n"}},
		aggregate{"u", "", "uniqExact", []string{"n"}}, aggregate{"top", "", "max", []string{"user"}})
	third := defineView(m, "coarsen", states, coarse,
		[]rollupKey{{"day", colOf(m, states, "day")}, {"user", callExpr(m, "lower", colOf(m, states, "user"))}},
		aggregate{"c", "", "sum", []string{"c"}}, aggregate{"s", "", "sum", []string{"s"}},
		aggregate{"u", "", "uniqExact", []string{"u"}}, aggregate{"top", "", "max", []string{"user"}})
	first.ID, second.ID, third.ID = m.next+3, m.next+4, m.next+5
	m.next += 6
	m.define(t, events)
	for _, d := range []*table.Def{states, coarse, first, second, third} {
		m.send(t, &proposal{Entry: defineEntry(m, d), def: d})
	}
	m.states, m.view = []*table.Def{states, coarse}, first
}

// cleanView is a view without GROUP BY, of the rows with n >= 0.
func cleanView(tb tester, source, target *table.Def) *table.Def {
	d := defineView(tb, "clean", source, target, []rollupKey{
		{"day", colOf(tb, source, "day")},
		{"user", callExpr(tb, "upper", colOf(tb, source, "user"))},
		{"n", callExpr(tb, "toInt32", colOf(tb, source, "n"))},
	})
	d.Derived.From.Filter = expr.Encode(notNegative(tb, source))
	return d
}

// newView is the model of a view of addViews, or of its first one with another query.
func newView(d *table.Def) *modelView {
	v := &modelView{def: d}
	switch d.Derived.Query {
	case "clean":
		v.through = func(r modelRow) (modelRow, bool) {
			return modelRow{1: r[1], 2: strings.ToUpper(r[2]), 3: r[3], 4: nullText, 5: "[]"}, isRolled(r)
		}
	case "all":
		v.through = func(r modelRow) (modelRow, bool) {
			return modelRow{1: r[1], 2: r[2], 3: r[3], 4: nullText, 5: "[]"}, true
		}
	case "count":
		v.through = func(r modelRow) (modelRow, bool) { return modelRow{1: r[1], 2: r[2], 3: r[3]}, true }
	case "coarsen":
		v.through = func(r modelRow) (modelRow, bool) {
			return modelRow{1: r[1], 2: strings.ToLower(r[2]), 3: r[3], topColumn: r[2]}, true
		}
	default:
		panic("no such view: " + d.Derived.Query)
	}
	return v
}

// topColumn is where rows of states keep the greatest name they were counted under.
const topColumn = 6

// modifyView gives the first view of addViews another query.
func (m *machine) modifyView(t *rapid.T) {
	if m.view == nil {
		t.Skip("no view")
	}
	source, target := m.defs[m.view.Derived.From.Table], m.defs[m.view.Derived.Target]
	var next *table.Def
	if m.view.Derived.Query == "clean" {
		next = defineView(m, "all", source, target, []rollupKey{
			{"day", colOf(m, source, "day")},
			{"user", colOf(m, source, "user")},
			{"n", callExpr(m, "toInt32", colOf(m, source, "n"))},
		})
	} else {
		next = cleanView(m, source, target)
	}
	next.ID, next.Schema.Version = m.view.ID, m.view.Schema.Version+1
	m.view = next
	m.send(t, &proposal{Entry: defineEntry(m, next), def: next})
}

// insertStates inserts rows into a table of states, as those who bring states of
// their own do: each counts some numbers.
func (m *machine) insertStates(t *rapid.T) {
	if len(m.states) == 0 {
		t.Skip("no table of states")
	}
	d := rapid.SampledFrom(m.states).Draw(t, "states")
	p := &proposal{def: d}
	var texts [][]string
	var members [][]int32
	for range rapid.IntRange(1, 3).Draw(t, "rows") {
		at, user := day(anyDay(t)), rapid.SampledFrom([]string{"", "AL", "BOB", "zoe"}).Draw(t, "user")
		list := rapid.SliceOfN(rapid.Int32Range(-3, 40), 1, 4).Draw(t, "numbers")
		sum := int64(0)
		for _, n := range list {
			sum += int64(n)
			p.rows = append(p.rows, modelRow{1: at, 2: user, 3: strconv.Itoa(int(n))})
		}
		texts = append(texts, []string{at, user, strconv.Itoa(len(list)), strconv.FormatInt(sum, 10), "", user})
		members = append(members, list)
	}
	p.Entry = insertWith(m, d, map[string]*batch.Vector{"u": setsOf(m, d, members)}, texts...)
	m.send(t, p)
}

// setsOf are states of uniqExact(Int32), in the portable form.
func setsOf(tb tester, d *table.Def, members [][]int32) *batch.Vector {
	tb.Helper()
	typ := d.Schema.Columns[d.Schema.Index("u")].Type
	f, err := agg.OfState(typ)
	if err != nil {
		tb.Fatal(err)
	}
	s := f.New()
	s.Grow(len(members))
	for g, list := range members {
		s.AddAll(uint32(g), []*batch.Vector{batch.NewFixed(types.Of(types.Int32), list, nil)}, len(list))
	}
	return agg.EncodeStates(typ, s, 0, len(members), nil)
}

// pass sends new rows of a table through its views.
func (m *model) pass(t *modelTable, rows []modelRow) {
	for _, id := range slices.Sorted(maps.Keys(m.views)) {
		v := m.views[id]
		if v.def.Derived.From.Table != t.def.ID {
			continue
		}
		var out []modelRow
		for _, r := range rows {
			if x, ok := v.through(r); ok {
				out = append(out, x)
			}
		}
		m.add(m.tables[v.def.Derived.Target], out)
	}
}

// printStates folds the rows of a table of states.
func (m *modelTable) printStates() []string {
	type group struct {
		count, sum int
		seen       map[string]bool
		top        string
	}
	groups := map[string]*group{}
	for _, r := range m.rows {
		key := r[1] + "|" + r[2] + "|"
		g := groups[key]
		if g == nil {
			g = &group{seen: map[string]bool{}}
			groups[key] = g
		}
		n, err := strconv.Atoi(r[3])
		if err != nil {
			panic(err)
		}
		g.count++
		g.sum += n
		g.seen[r[3]] = true
		top, ok := r[topColumn]
		if !ok {
			top = r[2]
		}
		g.top = max(g.top, top)
	}
	var out []string
	for key, g := range groups {
		out = append(out, fmt.Sprintf("%s%d|%d|%d|%s|", key, g.count, g.sum, len(g.seen), g.top))
	}
	sort.Strings(out)
	return out
}

// statesPartition does something to a partition of a table of states.
func (m *machine) statesPartition(t *rapid.T) {
	if len(m.states) == 0 {
		t.Skip("no table of states")
	}
	kinds := []entry.Kind{
		entry.DropPartition, entry.DropBefore, entry.DetachPartition, entry.AttachPartition, entry.AttachPartition, entry.Truncate,
		entry.DropTable,
	}
	e := &entry.Entry{Table: rapid.SampledFrom(m.states).Draw(t, "states").ID, Kind: rapid.SampledFrom(kinds).Draw(t, "kind"), Body: dayBody(t)}
	if e.Kind == entry.DropBefore {
		e.Body = []byte(dayKey(string(e.Body)))
	}
	m.send(t, &proposal{Entry: e})
}
