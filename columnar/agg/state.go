package agg

import (
	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/chcode"
	"github.com/freshetdb/freshet/columnar/types"
)

// buildState is the combinator -State: the value is the state itself, of type
// AggregateFunction; of a -MergeState the type of the states merged.
func buildState(c *call, base string) (core, error) {
	inner, err := build(&call{name: base, params: c.params, args: c.args, depth: c.depth + 1})
	if err != nil {
		return core{}, err
	}
	result := Func{name: base, params: c.params, args: c.args}.StateType()
	switch inner.make(false).(type) {
	case *mergedStates, *foldedSets:
		result = c.args[0]
	}
	return keptCore(inner, result), nil
}

func keptCore(inner core, t types.Type) core {
	k := inner
	k.result, k.empty, k.skipsZero, k.retract, k.chains = t, true, false, false, false
	k.make = func(signed bool) States {
		return &kept{inner: inner.make(signed), typ: t}
	}
	return k
}

// State is the function whose value is the state of f, in the form that MergeStates
// reads: that of -State, but where this has a form of its own (groupBitmapAnd).
func (f Func) State() Func {
	return Func{name: f.name + "State", params: f.params, args: f.args, core: keptCore(f.core, f.StateType())}
}

// kept is the states of -State, encoded as the inner ones are.
type kept struct {
	inner States
	typ   types.Type
}

func (s *kept) Grow(n int) { s.inner.Grow(n) }

func (s *kept) Add(groups []uint32, args []*batch.Vector, n int) { s.inner.Add(groups, args, n) }

func (s *kept) AddAll(group uint32, args []*batch.Vector, n int) { s.inner.AddAll(group, args, n) }

func (s *kept) Retract(groups []uint32, args []*batch.Vector, n int) error {
	return s.inner.Retract(groups, args, n)
}

func (s *kept) Merge(src States, to []uint32) error { return s.inner.Merge(src.(*kept).inner, to) }

func (s *kept) Encode(dst []byte, group uint32, form Form) []byte {
	return s.inner.Encode(dst, group, form)
}

func (s *kept) Decode(src []byte, group uint32, form Form) ([]byte, error) {
	return s.inner.Decode(src, group, form)
}

func (s *kept) Bind(dicts []batch.Dictionary)    { s.inner.Bind(dicts) }
func (s *kept) Dictionaries() []batch.Dictionary { return s.inner.Dictionaries() }
func (s *kept) Portable() error                  { return s.inner.Portable() }

// Finish gives states with the dictionaries that their symbols are of by now.
func (s *kept) Finish(lo, hi int) *batch.Vector {
	inner := s.inner
	if f, ok := inner.(*foldedSets); ok && s.typ.Func == f.typ.Func { // A set is asked for.
		inner = f.inner
	}
	var dicts []batch.Dictionary
	if own := inner.Dictionaries(); own != nil {
		dicts = make([]batch.Dictionary, len(s.typ.Elems))
		copy(dicts, own)
	}
	return EncodeStates(s.typ, inner, lo, hi, dicts)
}

func (s *kept) SizeBytes() int64       { return s.inner.SizeBytes() }
func (s *kept) check(lo, hi int) error { return Check(s.inner, lo, hi) }

// buildSimpleState is the combinator -SimpleState: the value as it is, of type
// SimpleAggregateFunction.
func buildSimpleState(c *call, base string) (core, error) {
	k, err := build(&call{name: base, params: c.params, args: c.args, depth: c.depth + 1})
	if err != nil {
		return core{}, err
	}
	if len(c.params) > 0 {
		return core{}, chcode.Errorf(chcode.NotImplemented, "Parameters of %s in SimpleAggregateFunction are not supported", base)
	}
	t, err := types.SimpleOf(base, k.result)
	if err != nil {
		return core{}, err
	}
	inner := k.make
	k.result = t
	k.make = func(signed bool) States { return &retyped{States: inner(signed), typ: t} }
	return k, nil
}

// retyped is states whose value has another type of the same form.
type retyped struct {
	States
	typ types.Type
}

func (s *retyped) Merge(src States, to []uint32) error {
	return s.States.Merge(src.(*retyped).States, to)
}

func (s *retyped) Finish(lo, hi int) *batch.Vector { return s.States.Finish(lo, hi).WithType(s.typ) }
func (s *retyped) check(lo, hi int) error          { return Check(s.States, lo, hi) }

// buildMerge is the combinator -Merge: its argument is states, which are merged.
func buildMerge(c *call, base string) (core, error) {
	if len(c.args) != 1 {
		return core{}, c.argsError("one argument, a state")
	}
	t := c.args[0]
	if t.Kind != types.AggregateFunction || !sameState(base, c.params, t) {
		return core{}, chcode.Errorf(chcode.IllegalTypeOfArgument,
			"Illegal type %s of argument for aggregate function %s, expected AggregateFunction(%s, …)", t, c.name, base)
	}
	f, err := OfState(t)
	if err == nil && len(c.params) > 0 {
		f, err = New(t.Func, c.params, t.Elems)
	}
	if err != nil {
		return core{}, err
	}
	k := f.core
	k.empty, k.skipsZero, k.retract, k.chains = true, false, false, false
	k.make = func(signed bool) States { return &mergedStates{inner: f.make(signed), make: f.make} }
	return k, nil
}

// mergedStates is the states of -Merge: those of the function itself.
type mergedStates struct {
	inner States
	make  func(signed bool) States
	err   error // a state that can't be read
	to    []uint32
}

func (s *mergedStates) Grow(n int) { s.inner.Grow(n) }

func (s *mergedStates) Add(groups []uint32, args []*batch.Vector, n int) {
	if s.err == nil {
		s.err = mergeStates(s.inner, s.make, groups, args[0], n)
	}
}

func (s *mergedStates) AddAll(group uint32, args []*batch.Vector, n int) {
	s.to = resized(s.to, n)
	for i := range s.to {
		s.to[i] = group
	}
	s.Add(s.to, args, n)
}

func (s *mergedStates) Retract([]uint32, []*batch.Vector, int) error { return ErrNoRetract }

func (s *mergedStates) Merge(src States, to []uint32) error {
	o := src.(*mergedStates)
	if o.err != nil {
		return o.err
	}
	return s.inner.Merge(o.inner, to)
}

func (s *mergedStates) Encode(dst []byte, group uint32, form Form) []byte {
	return s.inner.Encode(dst, group, form)
}

func (s *mergedStates) Decode(src []byte, group uint32, form Form) ([]byte, error) {
	return s.inner.Decode(src, group, form)
}

func (s *mergedStates) Bind(dicts []batch.Dictionary)    { s.inner.Bind(dicts) }
func (s *mergedStates) Dictionaries() []batch.Dictionary { return s.inner.Dictionaries() }
func (s *mergedStates) Portable() error                  { return s.inner.Portable() }
func (s *mergedStates) Finish(lo, hi int) *batch.Vector  { return s.inner.Finish(lo, hi) }
func (s *mergedStates) SizeBytes() int64                 { return s.inner.SizeBytes() }

func (s *mergedStates) check(lo, hi int) error {
	if s.err != nil {
		return s.err
	}
	return Check(s.inner, lo, hi)
}
