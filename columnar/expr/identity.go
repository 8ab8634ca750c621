package expr

import (
	"bytes"
	"slices"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/types"
)

// identityRowsMax bounds the rows of a set that are written down to tell it from
// others.
const identityRowsMax = 1 << 20

// AppendIdentity appends bytes that are equal for expressions that are the same
// computation, if they were bound with equal settings and in the same zone. It is
// the encoding of [Encode] without the names of constants, and with the rows of sets
// in order: those of a subquery come in any. ok is false for expressions that are
// not deterministic, or too large.
func AppendIdentity(dst []byte, e Expr) (out []byte, ok bool) {
	if !IsDeterministic(e) {
		return dst, false
	}
	w := &identityWriter{writer: writer{b: dst}, ok: true}
	w.expr(e)
	return w.b, w.ok
}

// AppendShape is AppendIdentity with constants that depend on the time of the query
// written as what they were computed from: equal for a query that is asked again
// later.
func AppendShape(dst []byte, e Expr) (out []byte, ok bool) {
	if costOf(e).impure {
		return dst, false
	}
	w := &identityWriter{writer: writer{b: dst}, ok: true, timeless: true}
	w.expr(e)
	return w.b, w.ok
}

// identityWriter is a writer whose nodes are those of AppendIdentity, or, when it is
// timeless, of AppendShape.
type identityWriter struct {
	writer
	ok, timeless bool
}

func (w *identityWriter) expr(e Expr) {
	switch e := e.(type) {
	case *Const:
		w.constant(e)
	case *Call:
		w.b = append(w.b, 'f')
		w.text(e.Name)
		w.text(e.typ.String())
		w.count(len(e.given))
		for _, a := range e.given {
			w.expr(a)
		}
	case *Lambda:
		w.b = append(w.b, 'l')
		w.count(len(e.Params))
		for _, p := range e.Params {
			w.node(p)
		}
		w.expr(e.Body)
	case *In:
		w.b = append(w.b, 'i', truth(e.Negate))
		w.expr(e.Arg)
		w.rows(e.Set)
	default:
		w.node(e)
	}
}

func (w *identityWriter) constant(e *Const) {
	if w.timeless && e.moment != nil {
		w.b = append(w.b, 't')
		w.expr(e.moment)
		return
	}
	w.b = append(w.b, 'k')
	w.text(e.Type().String())
	if hasLocalStates(e.Vec) {
		w.ok = false
		return
	}
	w.value(e.Vec, 0)
}

// hasLocalStates tells of a value that means something in one shard only.
func hasLocalStates(v *batch.Vector) bool {
	switch d := v.Data.(type) {
	case batch.Lists:
		return hasLocalStates(d.Elems)
	case []*batch.Vector:
		return slices.ContainsFunc(d, hasLocalStates)
	default:
		return v.Type.Kind == types.AggregateFunction && v.Dicts != nil
	}
}

// rows is set with the rows in the order of their bytes.
func (w *identityWriter) rows(s *Set) {
	if s.Len() > identityRowsMax {
		w.ok = false
		return
	}
	w.count(len(s.keys))
	for _, k := range s.keys {
		w.text(k.String())
	}
	w.b = append(w.b, truth(s.hasNull))
	w.count(s.Rows().Rows)
	list := make([][]byte, s.Rows().Rows)
	for i := range list {
		var row writer
		for _, c := range s.Rows().Cols {
			row.value(c, i)
		}
		list[i] = row.b
	}
	slices.SortFunc(list, bytes.Compare)
	for _, row := range list {
		w.text(string(row))
	}
}
