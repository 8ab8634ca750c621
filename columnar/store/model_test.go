package store_test

import (
	"fmt"
	"maps"
	"slices"
	"sort"
	"strconv"
	"strings"

	"github.com/freshetdb/freshet/columnar/entry"
	"github.com/freshetdb/freshet/columnar/table"
	"github.com/freshetdb/freshet/columnar/types"
)

// modelRow is the values of a row by column id, as text.
type modelRow map[uint32]string

// modelTable is what a table should be, kept row by row.
type modelTable struct {
	def      *table.Def
	rows     []modelRow
	detached map[string][]modelRow
	tokens   []string
	window   int
}

// modelTxn is a transaction that is not committed.
type modelTxn struct {
	table uint64
	parts map[uint32][]modelRow
}

// model is a shard without segments, symbols, flushes and merges.
type model struct {
	tables    map[uint64]*modelTable
	rollups   map[uint64]*modelRollup
	views     map[uint64]*modelView
	txns      map[uint64]*modelTxn
	positions map[string]uint64
}

func newModel() *model {
	return &model{tables: map[uint64]*modelTable{}, rollups: map[uint64]*modelRollup{}, views: map[uint64]*modelView{}, txns: map[uint64]*modelTxn{}, positions: map[string]uint64{}}
}

func defaultOf(c *types.Column) string {
	switch {
	case c.Kind == types.DefaultExpr:
		return c.Default
	case c.Type.Nullable:
		return nullText
	case c.Type.Kind == types.Array:
		return "[]"
	case c.Type.IsNumeric():
		return "0"
	default:
		return ""
	}
}

func (m *modelTable) print() []string {
	var out []string
	for _, r := range m.rows {
		var b strings.Builder
		for i := range m.def.Schema.Columns {
			c := &m.def.Schema.Columns[i]
			v, ok := r[c.ID]
			if !ok {
				v = defaultOf(c)
			}
			b.WriteString(v + "|")
		}
		out = append(out, b.String())
	}
	sort.Strings(out)
	return out
}

// partition is the day of a row; it is column 1.
func (r modelRow) partition() string { return r[1] }

func (m *modelTable) remove(match func(partition string) bool) (gone []modelRow) {
	m.rows = slices.DeleteFunc(m.rows, func(r modelRow) bool {
		if match(r.partition()) {
			gone = append(gone, r)
			return true
		}
		return false
	})
	return gone
}

func (m *modelTable) knows(token string) bool { return token != "" && slices.Contains(m.tokens, token) }

func (m *modelTable) remember(token string) {
	if token == "" || m.window == 0 {
		return
	}
	m.tokens = append(m.tokens, token)
	m.tokens = m.tokens[max(0, len(m.tokens)-m.window):]
}

// proposal is an entry with its rows as the model knows them.
type proposal struct {
	*entry.Entry
	rows []modelRow
	def  *table.Def
}

// cover is what positions say: covered, or refused.
func (m *model) cover(ps []entry.Position) (covered, refused bool) {
	for _, p := range ps {
		have, ok := m.positions[p.Key]
		covered = covered || (ok && p.Next <= have)
		refused = refused || (ok && p.Next > have && p.From != have)
	}
	return covered, refused
}

func (m *model) advance(ps []entry.Position) {
	for _, p := range ps {
		m.positions[p.Key] = max(m.positions[p.Key], p.Next)
	}
}

// apply does what the entry says; false when it must be refused.
func (m *model) apply(p *proposal) bool {
	t := m.tables[p.Table]
	if p.Kind == entry.Define {
		return m.define(p)
	}
	if p.Kind == entry.Abort {
		delete(m.txns, p.Txn)
		return true
	}
	if p.Kind == entry.Advance {
		_, refused := m.cover(p.Positions)
		if !refused {
			m.advance(p.Positions)
		}
		return !refused
	}
	if r := m.rollups[p.Table]; r != nil {
		return m.applyRollup(r, p)
	}
	if t == nil {
		return false
	}
	switch p.Kind {
	case entry.Insert:
		return m.insert(t, p)
	case entry.Stage:
		return m.stage(p)
	case entry.Commit:
		return m.commit(t, p)
	case entry.DropTable:
		if m.isNeeded(p.Table) {
			return false
		}
		delete(m.tables, p.Table)
		maps.DeleteFunc(m.txns, func(_ uint64, x *modelTxn) bool { return x.table == p.Table })
	case entry.Truncate:
		t.rows = nil
		for _, r := range m.rollupsOf(p.Table) {
			r.clear()
		}
	case entry.DropPartition:
		t.dropPartition(string(p.Body), m.rollupsOf(p.Table))
	case entry.DropBefore:
		t.remove(func(day string) bool { return dayKey(day) < string(p.Body) })
		closeGaps(m.rollupsOf(p.Table), string(p.Body))
	case entry.DetachPartition:
		day := string(p.Body)
		gone := t.remove(func(d string) bool { return d == day })
		t.detached[day] = append(t.detached[day], gone...)
		for _, r := range m.rollupsOf(p.Table) {
			r.detached(day, len(gone))
		}
	case entry.AttachPartition:
		day := string(p.Body)
		for _, r := range m.rollupsOf(p.Table) {
			r.attached(day, len(t.detached[day]))
		}
		t.rows = append(t.rows, t.detached[day]...)
		delete(t.detached, day)
	default: // A plain column has the same rows.
	}
	return true
}

// dayKey is the partition key of a day, as DropBefore has it.
func dayKey(day string) string {
	n, err := types.ParseDate([]byte(day))
	if err != nil {
		panic(err)
	}
	return string([]byte{byte(n >> 8), byte(n)})
}

func (m *model) define(p *proposal) bool {
	if t := m.tables[p.Table]; t != nil {
		t.def = p.def
		return true
	}
	if p.def.Kind == table.Rollup {
		m.rollups[p.Table] = m.newRollup(p.def)
		return true
	}
	if p.def.Kind == table.ViewTo {
		m.views[p.Table] = newView(p.def)
		return true
	}
	window := table.TokensDefault
	for _, s := range p.def.Settings {
		window, _ = strconv.Atoi(s.Value)
	}
	m.tables[p.Table] = &modelTable{def: p.def, detached: map[string][]modelRow{}, window: window}
	return true
}

func (m *model) insert(t *modelTable, p *proposal) bool {
	covered, refused := m.cover(p.Positions)
	if refused || covered {
		return !refused
	}
	if p.SchemaVersion > t.def.Schema.Version {
		return false
	}
	at := 0
	for _, in := range p.Inserts {
		if !t.knows(in.Token) {
			t.remember(in.Token)
			m.add(t, p.rows[at:at+in.Rows])
		}
		at += in.Rows
	}
	if len(p.Inserts) == 0 {
		m.add(t, p.rows)
	}
	m.advance(p.Positions)
	return true
}

func (m *model) stage(p *proposal) bool {
	x := m.txns[p.Txn]
	if x != nil && x.table != p.Table {
		return false
	}
	if x == nil {
		x = &modelTxn{table: p.Table, parts: map[uint32][]modelRow{}}
		m.txns[p.Txn] = x
	}
	if _, ok := x.parts[p.Part]; !ok {
		x.parts[p.Part] = p.rows
	}
	return true
}

func (m *model) commit(t *modelTable, p *proposal) bool {
	x := m.txns[p.Txn]
	if x == nil || x.table != p.Table || len(x.parts) != int(p.Parts) {
		return false
	}
	delete(m.txns, p.Txn)
	for _, in := range p.Inserts {
		if t.knows(in.Token) {
			return true
		}
	}
	for _, in := range p.Inserts {
		t.remember(in.Token)
	}
	for _, rows := range x.parts {
		m.add(t, rows)
	}
	return true
}

// diff tells how a shard differs from the model; "" when it does not.
func (m *model) diff(s *shard) string {
	v := s.View()
	defer v.Release()
	if want := len(m.tables) + len(m.rollups) + len(m.views); len(v.Tables) != want {
		return fmt.Sprintf("%d tables, expected %d", len(v.Tables), want)
	}
	for id, r := range m.rollups {
		if diff := r.diff(v, id); diff != "" {
			return diff
		}
	}
	for id, t := range m.tables {
		if t.def.Kind == table.States {
			got, err := rolledRows(v, id)
			if want := t.printStates(); err != nil || !slices.Equal(got, want) {
				return fmt.Sprintf("states %d have\n\t%s\nexpected\n\t%s\nerror %v", id, strings.Join(got, "\n\t"), strings.Join(want, "\n\t"), err)
			}
			continue
		}
		got, err := readAll(v, id)
		if err != nil {
			return fmt.Sprintf("table %d: %v", id, err)
		}
		if want := t.print(); !slices.Equal(got, want) {
			return fmt.Sprintf("table %d has\n\t%s\nexpected\n\t%s", id, strings.Join(got, "\n\t"), strings.Join(want, "\n\t"))
		}
		if n := v.Table(id).Rows(); n != int64(len(got)) {
			return fmt.Sprintf("table %d counts %d rows, it has %d", id, n, len(got))
		}
	}
	return ""
}
