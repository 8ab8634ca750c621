package store_test

import (
	"fmt"
	"maps"
	"slices"
	"sort"
	"strconv"
	"strings"

	"pgregory.net/rapid"

	"github.com/freshetdb/freshet/columnar/entry"
	"github.com/freshetdb/freshet/columnar/expr"
	"github.com/freshetdb/freshet/columnar/table"
)

// modelView is a view with TO: it gives rows of the target for one of the source.
type modelView struct {
	def     *table.Def
	through func(modelRow) (modelRow, bool)
}

// defineView makes a view of a table; keys are the target's columns and what they
// are.
func defineView(tb tester, source, target *table.Def, filter expr.Expr, keys []rollupKey, aggs ...aggregate) *table.Def {
	tb.Helper()
	d := &table.Def{Database: "default", Kind: table.ViewTo, Engine: "MaterializedView"}
	d.Schema.Version = 1
	v := &table.Derived{From: table.DerivedInput{Table: source.ID}, Grouped: len(aggs) > 0, Target: target.ID}
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
	if filter != nil {
		v.From.Filter = expr.Encode(filter)
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

// addViews gives a table a view into a table of events, and that one a view into a
// table of states.
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
	states := defineStates(m, m.next+1)
	first := defineView(m, source, events, notNegative(m, source), []rollupKey{
		{"day", colOf(m, source, "day")},
		{"user", callExpr(m, "upper", colOf(m, source, "user"))},
		{"n", callExpr(m, "toInt32", colOf(m, source, "n"))},
	})
	second := defineView(m, events, states, nil,
		[]rollupKey{{"day", colOf(m, events, "day")}, {"user", colOf(m, events, "user")}},
		aggregate{"c", "", "count", nil}, aggregate{"s", "", "sum", []string{"n"}},
		aggregate{"u", "", "uniqExact", []string{"n"}}, aggregate{"top", "", "max", []string{"user"}})
	first.ID, second.ID = m.next+2, m.next+3
	m.next += 4
	m.define(t, events)
	for _, d := range []*table.Def{states, first, second} {
		m.send(t, &proposal{Entry: defineEntry(m, d), def: d})
	}
	m.states = states.ID
}

// newView is the model of a view of addViews.
func newView(d *table.Def) *modelView {
	if d.Derived.Grouped {
		return &modelView{def: d, through: func(r modelRow) (modelRow, bool) {
			return modelRow{1: r[1], 2: r[2], 3: r[3]}, true
		}}
	}
	return &modelView{def: d, through: func(r modelRow) (modelRow, bool) {
		return modelRow{1: r[1], 2: strings.ToUpper(r[2]), 3: r[3], 4: nullText, 5: "[]"}, isRolled(r)
	}}
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
	}
	var out []string
	for key, g := range groups {
		_, user, _ := strings.Cut(key, "|")
		out = append(out, fmt.Sprintf("%s%d|%d|%d|%s", key, g.count, g.sum, len(g.seen), user))
	}
	sort.Strings(out)
	return out
}

// statesPartition does something to a partition of the table of states.
func (m *machine) statesPartition(t *rapid.T) {
	if m.states == 0 {
		t.Skip("no table of states")
	}
	kinds := []entry.Kind{
		entry.DropPartition, entry.DropBefore, entry.DetachPartition, entry.AttachPartition, entry.AttachPartition, entry.Truncate,
		entry.DropTable,
	}
	e := &entry.Entry{Table: m.states, Kind: rapid.SampledFrom(kinds).Draw(t, "kind"), Body: dayBody(t)}
	if e.Kind == entry.DropBefore {
		e.Body = []byte(dayKey(string(e.Body)))
	}
	m.send(t, &proposal{Entry: e})
}
