package agg

import (
	"encoding/binary"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/chcode"
	"github.com/freshetdb/freshet/columnar/types"
)

// retained is the states of retention: a mask of the conditions that held in
// some row of the group. Encoded as a uvarint.
type retained struct {
	plain
	rebuilt
	conditions int
	met        []uint32
	mask       []uint32
}

func buildRetention(c *call) (core, error) {
	switch n := len(c.args); {
	case n < 2:
		return core{}, chcode.Errorf(chcode.NumberOfArgumentsDoesntMatch,
			"Not enough event arguments for aggregate function %s", c.name)
	case n > eventConditions:
		return core{}, chcode.Errorf(chcode.NumberOfArgumentsDoesntMatch,
			"Too many event arguments for aggregate function %s", c.name)
	}
	if err := c.conditionArguments(0); err != nil {
		return core{}, err
	}
	n := len(c.args)
	return core{
		result: types.ArrayOf(types.Of(types.UInt8)),
		make:   func(bool) States { return &retained{conditions: n} },
	}, nil
}

func (s *retained) Grow(n int) { s.met = grown(s.met, n) }

func (s *retained) Add(groups []uint32, args []*batch.Vector, n int) {
	s.mask = packConditions(s.mask, args, n)
	for i, m := range s.mask {
		s.met[groups[i]] |= m
	}
}

func (s *retained) AddAll(group uint32, args []*batch.Vector, n int) {
	s.mask = packConditions(s.mask, args, n)
	for _, m := range s.mask {
		s.met[group] |= m
	}
}

func (s *retained) Merge(src States, to []uint32) error {
	for g, m := range src.(*retained).met {
		s.met[to[g]] |= m
	}
	return nil
}

func (s *retained) Encode(dst []byte, group uint32, _ Form) []byte {
	return binary.AppendUvarint(dst, uint64(s.met[group]))
}

func (s *retained) Decode(src []byte, group uint32, _ Form) ([]byte, error) {
	r := reader{buf: src}
	m := r.uvarint()
	r.bad = r.bad || m>>s.conditions != 0
	s.met[group] = uint32(m)
	return r.end("conditions met")
}

// Finish gives, for each condition, whether it and the first one were met.
func (s *retained) Finish(lo, hi int) *batch.Vector {
	out := batch.Lists{Offsets: make([]uint32, 1, hi-lo+1)}
	flags := make([]uint8, 0, (hi-lo)*s.conditions)
	for _, m := range s.met[lo:hi] {
		for k := range s.conditions {
			flags = append(flags, uint8(m&1)&uint8(m>>k&1))
		}
		out.Offsets = append(out.Offsets, uint32(len(flags)))
	}
	out.Elems = batch.NewFixed(types.Of(types.UInt8), flags, nil)
	return &batch.Vector{Type: types.ArrayOf(types.Of(types.UInt8)), Len: hi - lo, Data: out}
}

func (s *retained) SizeBytes() int64 { return 4 * int64(cap(s.met)+cap(s.mask)) }
