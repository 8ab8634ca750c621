package agg

import (
	"fmt"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/types"
)

// entry is the outermost wrapper: it cuts vectors to the rows asked for and
// spreads constants, so that all states below see plain vectors of n rows.
type entry struct {
	inner States
	args  []types.Type
	buf   []*batch.Vector
}

func (e *entry) prepare(args []*batch.Vector, n int) []*batch.Vector {
	if len(args) != len(e.args) {
		panic(fmt.Sprintf("agg: %d arguments instead of %d", len(args), len(e.args)))
	}
	e.buf = e.buf[:0]
	for _, v := range args {
		switch {
		case v.Const:
			v = batch.NewConst(v, n).Expand()
		case v.Len != n:
			v = v.Slice(0, n)
		}
		e.buf = append(e.buf, v)
	}
	return e.buf
}

func (e *entry) Grow(n int) { e.inner.Grow(n) }

func (e *entry) Add(groups []uint32, args []*batch.Vector, n int) {
	if n > 0 {
		e.inner.Add(groups[:n], e.prepare(args, n), n)
	}
}

func (e *entry) AddAll(group uint32, args []*batch.Vector, n int) {
	if n > 0 {
		e.inner.AddAll(group, e.prepare(args, n), n)
	}
}

func (e *entry) Retract(groups []uint32, args []*batch.Vector, n int) error {
	if n == 0 {
		return nil
	}
	return e.inner.Retract(groups[:n], e.prepare(args, n), n)
}

func (e *entry) Merge(src States, to []uint32) error {
	return e.inner.Merge(src.(*entry).inner, to)
}

func (e *entry) Encode(dst []byte, group uint32, form Form) []byte {
	return e.inner.Encode(dst, group, form)
}

func (e *entry) Decode(src []byte, group uint32, form Form) ([]byte, error) {
	return e.inner.Decode(src, group, form)
}

func (e *entry) Bind(dicts []batch.Dictionary)    { e.inner.Bind(dicts) }
func (e *entry) Dictionaries() []batch.Dictionary { return e.inner.Dictionaries() }
func (e *entry) Portable() error                  { return e.inner.Portable() }

func (e *entry) Finish(lo, hi int) *batch.Vector { return e.inner.Finish(lo, hi) }
func (e *entry) SizeBytes() int64                { return e.inner.SizeBytes() }

func (e *entry) check(lo, hi int) error { return Check(e.inner, lo, hi) }

func (e *entry) settle(lo, hi int, sideBySide func(n int, f func(i int) error) error) error {
	return Settle(e.inner, lo, hi, sideBySide)
}
