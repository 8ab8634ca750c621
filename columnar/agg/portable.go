package agg

import (
	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/types"
)

// takePortable makes the core of a function that keeps or compares states as values,
// any(state) or groupArray(state): it sees them in the portable form, as what it
// keeps has no dictionaries.
func takePortable(d *definition, c *call) (core, error) {
	k, err := d.build(c)
	if err != nil {
		return core{}, err
	}
	inner := k.make
	k.make = func(signed bool) States { return &portableArgs{States: inner(signed)} }
	return k, nil
}

// portableArgs is states of a function whose arguments are made portable.
type portableArgs struct {
	States
	err error // a state that can't be read
}

func (s *portableArgs) portable(args []*batch.Vector) []*batch.Vector {
	out := make([]*batch.Vector, len(args))
	for i, v := range args {
		out[i] = v
		if v.Type.Kind != types.AggregateFunction {
			continue
		}
		p, err := PortableStates(v)
		if err != nil {
			s.err = err
			continue
		}
		out[i] = p
	}
	return out
}

func (s *portableArgs) Add(groups []uint32, args []*batch.Vector, n int) {
	s.States.Add(groups, s.portable(args), n)
}

func (s *portableArgs) AddAll(group uint32, args []*batch.Vector, n int) {
	s.States.AddAll(group, s.portable(args), n)
}

func (s *portableArgs) Retract(groups []uint32, args []*batch.Vector, n int) error {
	return s.States.Retract(groups, s.portable(args), n)
}

func (s *portableArgs) Merge(src States, to []uint32) error {
	o := src.(*portableArgs)
	if s.err == nil {
		s.err = o.err
	}
	return s.States.Merge(o.States, to)
}

func (s *portableArgs) check(lo, hi int) error {
	if s.err != nil {
		return s.err
	}
	return Check(s.States, lo, hi)
}
