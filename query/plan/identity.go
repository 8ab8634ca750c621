package plan

import (
	"encoding/binary"
	"math"

	"github.com/freshetdb/freshet/columnar/agg"
	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/expr"
	"github.com/freshetdb/freshet/columnar/types"
)

// Identified is a Table that tells itself apart from all others, whatever their
// names are.
type Identified interface {
	// Identity is the same for two Tables whose columns, by position, are the same
	// columns of the same stored table.
	Identity() string
}

// identityRowsMax bounds the fixed rows that are written down to tell a plan from
// others.
const identityRowsMax = 1 << 16

// AppendIdentity appends bytes that are equal for plans that give the same rows, with
// the same fields, over the same rows of their tables. Everything that decides the
// answer is in them; the settings and the zone that expressions were bound with are
// the caller's. ok is false for plans that may answer differently each time: that
// call rand(), or read tables that are not stored.
func AppendIdentity(dst []byte, n Node) (out []byte, ok bool) {
	w := &identity{b: dst, ok: true}
	w.node(n)
	return w.b, w.ok
}

// AppendShape is AppendIdentity, but for constants that depend on the time of the
// query: of a query that is asked again later it is the same.
func AppendShape(dst []byte, n Node) (out []byte, ok bool) {
	w := &identity{b: dst, ok: true, timeless: true}
	w.node(n)
	return w.b, w.ok
}

type identity struct {
	b            []byte
	ok, timeless bool
}

func (w *identity) int(n int64) { w.b = binary.AppendVarint(w.b, n) }

func (w *identity) text(s string) {
	w.int(int64(len(s)))
	w.b = append(w.b, s...)
}

func (w *identity) texts(list []string) {
	w.int(int64(len(list)))
	for _, s := range list {
		w.text(s)
	}
}

func (w *identity) flag(is bool) {
	if is {
		w.int(1)
		return
	}
	w.int(0)
}

// ints tells nil from empty: for some nodes nil stands for all.
func (w *identity) ints(list []int) {
	w.flag(list == nil)
	w.int(int64(len(list)))
	for _, n := range list {
		w.int(int64(n))
	}
}

func (w *identity) expr(e expr.Expr) {
	w.flag(e == nil)
	if e == nil {
		return
	}
	write := expr.AppendIdentity
	if w.timeless {
		write = expr.AppendShape
	}
	var ok bool
	w.b, ok = write(w.b, e)
	w.ok = w.ok && ok
}

func (w *identity) exprs(list []expr.Expr) {
	w.int(int64(len(list)))
	for _, e := range list {
		w.expr(e)
	}
}

func (w *identity) lists(list [][]expr.Expr) {
	w.int(int64(len(list)))
	for _, l := range list {
		w.exprs(l)
	}
}

func (w *identity) function(f agg.Func) {
	w.text(f.StateType().String())
	w.text(f.Result().String())
}

func (w *identity) sortKeys(keys []SortKey) {
	w.flag(keys == nil)
	w.int(int64(len(keys)))
	for _, k := range keys {
		w.int(int64(k.Col))
		w.flag(k.Desc)
		w.flag(k.NullsFirst)
	}
}

func (w *identity) bound(b FrameBound) {
	w.int(int64(b.Kind))
	w.flag(b.Following)
	w.int(b.Offset)
}

// node is a flat switch: a kind, then every field, then the inputs.
func (w *identity) node(n Node) {
	switch n := n.(type) {
	case *Scan:
		w.text("scan")
		w.scan(n)
	case *Rows:
		w.text("rows")
		w.rows(n.Batch)
	case *Filter:
		w.text("filter")
		w.exprs(n.Conj)
	case *Project:
		w.text("project")
		w.exprs(n.Exprs)
		w.texts(n.Names)
	case *Aggregate:
		w.text("aggregate")
		w.aggregate(n)
	case *Sort:
		w.text("sort")
		w.sortKeys(n.Keys)
		w.int(n.Limit)
	case *Limit:
		w.text("limit")
		w.int(n.Count)
		w.int(n.Offset)
		w.int(int64(math.Float64bits(n.CountShare)))
		w.int(int64(math.Float64bits(n.OffsetShare)))
		w.sortKeys(n.Ties)
	case *LimitBy:
		w.text("limit by")
		w.int(n.Count)
		w.int(n.Offset)
		w.ints(n.Cols)
	case *Distinct:
		w.text("distinct")
		w.ints(n.Cols)
	case *Join:
		w.text("join")
		w.join(n)
	case *Union:
		w.text("union")
	case *NewMembers:
		w.text("new members")
		w.text(n.Name)
	case *Window:
		w.text("window")
		w.window(n)
	case *Spread:
		w.text("spread")
		w.ints(n.Always)
		w.ints(n.Cols)
		w.int(int64(len(n.Variants)))
		for _, v := range n.Variants {
			w.exprs(v)
		}
	case *TimesByKey, *SpansByKey, *FirstMinutes, *EventsByKey:
		w.byKey(n)
	default: // Generate among them: what it makes may be another thing each time.
		w.ok = false
		return
	}
	w.int(int64(len(n.Inputs())))
	for _, in := range n.Inputs() {
		w.node(in)
	}
}

func (w *identity) scan(n *Scan) {
	t, ok := n.Table.(Identified)
	if !ok {
		w.ok = false
		return
	}
	w.text(t.Identity())
	w.ints(n.Columns)
	w.texts(n.Names)
	w.exprs(n.Filter)
	w.int(int64(n.Hidden))
	w.int(n.Limit)
}

func (w *identity) rows(b *batch.Batch) {
	if b.Rows > identityRowsMax || b.Signs != nil {
		w.ok = false
		return
	}
	w.int(int64(b.Rows))
	w.texts(b.Names)
	for _, c := range b.Cols {
		w.text(c.Type.String())
		if c.Type.Kind == types.AggregateFunction {
			w.ok = false
			return
		}
		for i := range b.Rows {
			w.expr(expr.NewConst(c.Expand().Slice(i, i+1)))
		}
	}
}

func (w *identity) aggregate(n *Aggregate) {
	w.exprs(n.Keys)
	w.texts(n.KeyNames)
	w.int(int64(len(n.Calls)))
	for _, c := range n.Calls {
		w.function(c.Func)
		w.exprs(c.Args)
		w.text(c.Name)
		w.flag(c.Merge)
	}
	w.int(int64(len(n.More)))
	for _, m := range n.More {
		w.exprs(m.Keys)
		w.lists(m.Args)
	}
	w.flag(n.ByKey)
}

func (w *identity) join(n *Join) {
	w.int(int64(n.Kind))
	w.int(int64(n.Strictness))
	w.exprs(n.LeftKeys)
	w.exprs(n.RightKeys)
	w.expr(n.Residual)
	w.flag(n.UseNulls)
}

func (w *identity) window(n *Window) {
	w.ints(n.Partition)
	w.sortKeys(n.Order)
	w.int(int64(len(n.Calls)))
	for _, c := range n.Calls {
		w.text(c.Func)
		if c.Func == "" {
			w.function(c.Agg)
		}
		w.ints(c.Args)
		w.flag(c.Frame.Rows)
		w.bound(c.Frame.Start)
		w.bound(c.Frame.End)
		w.text(c.Result.String())
		w.text(c.Name)
	}
}

// byKey is a node that gives something for each key.
func (w *identity) byKey(n Node) {
	switch n := n.(type) {
	case *TimesByKey:
		w.text("times by key")
		w.timesByKey(n.Key, n.Arg, n.Calls)
	case *SpansByKey:
		w.text("spans by key")
		w.timesByKey(n.Key, n.Arg, n.Calls)
		w.text(n.Count)
		w.int(int64(len(n.Cuts)))
		for _, c := range n.Cuts {
			w.int(int64(c))
		}
	case *FirstMinutes:
		w.text("first minutes")
		w.timesByKey(n.Key, n.Arg, []TimeCall{{Name: n.Name}})
		w.text(n.Count)
	case *EventsByKey:
		w.text("events by key")
		w.expr(n.Key)
		w.function(n.Func)
		w.exprs(n.Args)
		w.text(n.Name)
	}
}

func (w *identity) timesByKey(key, arg expr.Expr, calls []TimeCall) {
	w.expr(key)
	w.expr(arg)
	w.int(int64(len(calls)))
	for _, c := range calls {
		w.flag(c.IsGreatest)
		w.text(c.Name)
	}
}
