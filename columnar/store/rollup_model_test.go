package store_test

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"sort"
	"strconv"
	"strings"

	"github.com/freshetdb/freshet/columnar/entry"
	"github.com/freshetdb/freshet/columnar/expr"
	"github.com/freshetdb/freshet/columnar/store"
	"github.com/freshetdb/freshet/columnar/table"
)

// modelRollup is what a rollup by day, note and upper(user), or one over it by day
// and note, should be: all rows of its table with n >= 0 that it ever got.
type modelRollup struct {
	def    *table.Def
	source *modelTable
	rows   []modelRow
	// Partitions that make it differ from its source, and those set aside before it
	// was made.
	dropped, setAside, lacking, own, aside map[string]bool
	// isCut tells that partitions of its own were dropped.
	isCut bool
}

func (m *model) newRollup(d *table.Def) *modelRollup {
	source := m.tables[d.Derived.From.Table]
	r := &modelRollup{def: d, source: source}
	r.clear()
	if past := d.Derived.Past; past != nil {
		p := m.rollups[past.Table]
		r.rows = slices.Clone(p.rows)
		r.dropped, r.setAside, r.lacking = maps.Clone(p.dropped), maps.Clone(p.setAside), maps.Clone(p.lacking)
		r.own, r.aside = maps.Clone(p.own), maps.Clone(p.aside)
		r.isCut = p.isCut
		return r
	}
	r.rows = slices.Clone(source.rows)
	return r
}

func (r *modelRollup) clear() {
	r.rows = nil
	for _, set := range []*map[string]bool{&r.dropped, &r.setAside, &r.lacking, &r.own, &r.aside} {
		*set = map[string]bool{}
	}
	for day, rows := range r.source.detached {
		if len(rows) > 0 {
			r.aside[day] = true
		}
	}
}

// rollupsOf are the rollups of a table.
func (m *model) rollupsOf(id uint64) []*modelRollup {
	var out []*modelRollup
	for _, r := range m.rollups {
		if r.def.Derived.From.Table == id {
			out = append(out, r)
		}
	}
	return out
}

// add adds rows to a table and to its rollups.
func (m *model) add(t *modelTable, rows []modelRow) {
	t.rows = append(t.rows, rows...)
	for _, r := range m.rollups {
		if r.source == t {
			r.rows = append(r.rows, rows...)
		}
	}
	m.pass(t, rows)
}

// isNeeded tells whether something depends on a table.
func (m *model) isNeeded(id uint64) bool {
	for _, v := range m.views {
		if v.def.DependsOn(id) {
			return true
		}
	}
	return len(m.rollupsOf(id)) > 0
}

// oldest is the least key of rows.
func oldest(rows []modelRow) (key string, ok bool) {
	for _, r := range rows {
		if k := dayKey(r.partition()); !ok || k < key {
			key, ok = k, true
		}
	}
	return key, ok
}

func (m *modelTable) dropPartition(day string, rollups []*modelRollup) {
	gone := m.remove(func(d string) bool { return d == day })
	if len(gone) == 0 {
		return
	}
	m.tokens = nil
	if first, ok := oldest(m.rows); !ok || dayKey(day) < first {
		closeGaps(rollups, dayKey(day)+"\x00")
		return
	}
	for _, r := range rollups {
		r.dropped[day] = true
	}
}

// closeGaps forgets what the horizon of the table has passed.
func closeGaps(rollups []*modelRollup, key string) {
	for _, r := range rollups {
		maps.DeleteFunc(r.dropped, func(day string, _ bool) bool { return dayKey(day) < key })
	}
}

func (r *modelRollup) detached(day string, rows int) {
	if rows > 0 {
		r.setAside[day] = true
	}
}

func (r *modelRollup) attached(day string, rows int) {
	if rows == 0 {
		return
	}
	if r.aside[day] {
		r.lacking[day] = true
	}
	delete(r.aside, day)
	delete(r.setAside, day)
}

// applyRollup does what an entry says of a rollup; false when it must be refused.
func (m *model) applyRollup(r *modelRollup, p *proposal) bool {
	drop := func(match func(day string) bool) (some bool) {
		r.isCut = true
		r.rows = slices.DeleteFunc(r.rows, func(x modelRow) bool {
			hit := match(x.partition())
			some = some || (hit && isRolled(x))
			return hit
		})
		return some
	}
	switch p.Kind {
	case entry.DropTable:
		for _, o := range m.rollups {
			if past := o.def.Derived.Past; past != nil && past.Table == p.Table {
				return false
			}
		}
		delete(m.rollups, p.Table)
	case entry.DropPartition:
		day := string(p.Body)
		if drop(func(d string) bool { return d == day }) {
			r.own[day] = true
		}
	case entry.DropBefore:
		drop(func(d string) bool { return dayKey(d) < string(p.Body) })
	default:
		return false
	}
	return true
}

// isRolled is the filter of the rollups.
func isRolled(r modelRow) bool { return !strings.HasPrefix(r[3], "-") }

// print folds the rows one by one.
func (r *modelRollup) print() []string {
	type group struct {
		count, sum, least int
		users, notes      map[string]bool
	}
	groups := map[string]*group{}
	for _, row := range r.rows {
		if !isRolled(row) {
			continue
		}
		n, err := strconv.Atoi(row[3])
		if err != nil {
			panic(err)
		}
		key := row[1] + "|" + row[4] + "|"
		if r.def.Derived.Past == nil {
			key += strings.ToUpper(row[2]) + "|"
		}
		g := groups[key]
		if g == nil {
			g = &group{users: map[string]bool{}, notes: map[string]bool{}, least: n}
			groups[key] = g
		}
		g.count++
		g.sum += n
		g.least = min(g.least, n)
		g.users[row[2]] = true
		if row[4] != nullText {
			g.notes[row[4]] = true
		}
	}
	var out []string
	for key, g := range groups {
		avg := strconv.FormatFloat(float64(g.sum)/float64(g.count), 'g', -1, 64)
		out = append(out, fmt.Sprintf("%s%d|%d|%d|%d|%d|%s|", key, g.count, g.sum, g.least, len(g.users), len(g.notes), avg))
	}
	sort.Strings(out)
	return out
}

// diff tells how a rollup differs from the model. While it is being filled only what
// it says of itself is compared.
func (r *modelRollup) diff(v *store.View, id uint64) string {
	got, err := rolledRows(v, id)
	if err != nil {
		return fmt.Sprintf("rollup %d: %v", id, err)
	}
	state := v.Table(id).Rollup
	if !state.IsComplete() {
		return ""
	}
	if want := r.print(); !slices.Equal(got, want) {
		return fmt.Sprintf("rollup %d has\n\t%s\nexpected\n\t%s", id, strings.Join(got, "\n\t"), strings.Join(want, "\n\t"))
	}
	differs := len(r.dropped)+len(r.setAside)+len(r.lacking) > 0
	if len(r.own) == 0 && differs != (state.Difference() != "") {
		return fmt.Sprintf("rollup %d differs from its table: %t, it says %q", id, differs, state.Difference())
	}
	if len(r.own) == 0 && state.Diverged != "" {
		return fmt.Sprintf("rollup %d differs from its table and does not know where: %s", id, state.Diverged)
	}
	return r.outside(v, id)
}

// outside tells whether a rollup that no rows of its own were dropped of differs from
// its table on a day that lies in no gap and is not before the table's horizon.
func (r *modelRollup) outside(v *store.View, id uint64) string {
	if r.isCut {
		return ""
	}
	more := map[string]int{} // than the table, of rows that have a user and so on
	count := func(rows []modelRow, n int) {
		for _, x := range rows {
			more[strings.Join([]string{x[1], x[2], x[3], x[4]}, "|")] += n
		}
	}
	count(r.rows, 1)
	count(r.source.rows, -1)
	horizon, gaps := v.Table(r.source.def.ID).Horizon, v.Table(id).Rollup.Gaps
	for row, n := range more {
		day, _, _ := strings.Cut(row, "|")
		k := dayKey(day)
		at := int64(k[0])<<8 | int64(k[1])
		isIn := func(g table.RollupGap) bool { return at >= g.Times[0].Min && at <= g.Times[0].Max }
		if n != 0 && at*86_400 >= horizon && !slices.ContainsFunc(gaps, isIn) {
			return fmt.Sprintf("rollup %d has %d more rows %s than its table; its gaps are %v", id, n, row, gaps)
		}
	}
	return ""
}

// defineTestRollup is the definition of a modelRollup.
func defineTestRollup(tb tester, id uint64, d *table.Def) *table.Def {
	n := d.Schema.Columns[2].TypeName
	return defineRollup(tb, id, d, notNegative(tb, d),
		[]rollupKey{
			{"day", colOf(tb, d, "day")},
			{"note", colOf(tb, d, "note")},
			{"upper", callExpr(tb, "upper", colOf(tb, d, "user"))},
		},
		aggregate{"c", "SimpleAggregateFunction(sum, UInt64)", "count", nil},
		aggregate{"s", "SimpleAggregateFunction(sum, Int64)", "sum", []string{"n"}},
		aggregate{"least", "SimpleAggregateFunction(min, " + n + ")", "min", []string{"n"}},
		aggregate{"u", "AggregateFunction(uniqExact, String)", "uniqExact", []string{"user"}},
		aggregate{"un", "AggregateFunction(uniqExact, Nullable(String))", "uniqExact", []string{"note"}},
		aggregate{"a", "AggregateFunction(avg, " + n + ")", "avg", []string{"n"}},
	)
}

// defineOver is the definition of a rollup by day and note, over one of
// defineTestRollup.
func defineOver(tb tester, id uint64, d, past *table.Def) *table.Def {
	out := defineTestRollup(tb, id, d)
	v := out.Derived
	in := &table.DerivedInput{Table: past.ID}
	for i := range past.Schema.Columns {
		c := &past.Schema.Columns[i]
		enc := expr.Encode(colOf(tb, past, c.Name))
		switch {
		case c.Name == "upper":
		case slices.Contains(past.Derived.Keys, c.ID):
			in.Keys = append(in.Keys, enc)
		default:
			in.Args = append(in.Args, [][]byte{enc})
		}
	}
	v.Past = in
	v.Keys, v.From.Keys = v.Keys[:2], v.From.Keys[:2]
	out.Schema.Columns = slices.Delete(out.Schema.Columns, 2, 3)
	out.OrderBy = out.OrderBy[:2]
	return out
}

// sortedRollups are the ids of rollups.
func (m *model) sortedRollups() []uint64 {
	return slices.SortedFunc(maps.Keys(m.rollups), cmp.Compare[uint64])
}
