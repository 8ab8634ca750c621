package agg

import (
	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/types"
)

// bitOp is a bitwise operation that groups are folded with.
type bitOp uint8

const (
	bitAnd bitOp = iota
	bitOr
	bitXor
)

type integer interface {
	uint8 | uint16 | uint32 | uint64 | int8 | int16 | int32 | int64
}

// bitBuilder makes the builder of groupBitAnd, groupBitOr and groupBitXor.
//
//go:noinline // its closure is large, and would be there once for each function
func bitBuilder(op bitOp) func(c *call) (core, error) {
	return func(c *call) (core, error) {
		t, err := c.oneArg()
		if err != nil {
			return core{}, err
		}
		if t.Kind == types.Bool {
			t = types.Of(types.UInt8)
		}
		if !t.IsInteger() {
			return core{}, c.typeError(t)
		}
		k := core{result: t, retract: op == bitXor}
		switch t.Phys() {
		case types.PhysU8:
			k.make = makeBits[uint8](t, op)
		case types.PhysU16:
			k.make = makeBits[uint16](t, op)
		case types.PhysU32:
			k.make = makeBits[uint32](t, op)
		case types.PhysU64:
			k.make = makeBits[uint64](t, op)
		case types.PhysI8:
			k.make = makeBits[int8](t, op)
		case types.PhysI16:
			k.make = makeBits[int16](t, op)
		case types.PhysI32:
			k.make = makeBits[int32](t, op)
		default:
			k.make = makeBits[int64](t, op)
		}
		return k, nil
	}
}

func makeBits[T integer](t types.Type, op bitOp) func(bool) States {
	return func(bool) States { return &bitFolds[T]{result: t, op: op} }
}

// bitFolds is the states of groupBitAnd, groupBitOr and groupBitXor, encoded as
// the value. The fold of no rows is all ones for and, else zero. For and the
// accumulator is kept inverted, so that zero is the empty state of all three.
type bitFolds[T integer] struct {
	plain
	result types.Type
	op     bitOp
	acc    []T
}

func (s *bitFolds[T]) Grow(n int) { s.acc = grown(s.acc, n) }

func (s *bitFolds[T]) Add(groups []uint32, args []*batch.Vector, _ int) {
	values := batch.Values[T](args[0])[:len(groups)]
	switch s.op {
	case bitAnd:
		for i, g := range groups {
			s.acc[g] |= ^values[i]
		}
	case bitOr:
		for i, g := range groups {
			s.acc[g] |= values[i]
		}
	case bitXor:
		for i, g := range groups {
			s.acc[g] ^= values[i]
		}
	}
}

func (s *bitFolds[T]) AddAll(group uint32, args []*batch.Vector, _ int) {
	acc := s.acc[group]
	switch values := batch.Values[T](args[0]); s.op {
	case bitAnd:
		for _, v := range values {
			acc |= ^v
		}
	case bitOr:
		for _, v := range values {
			acc |= v
		}
	case bitXor:
		for _, v := range values {
			acc ^= v
		}
	}
	s.acc[group] = acc
}

func (s *bitFolds[T]) Retract(groups []uint32, args []*batch.Vector, n int) error {
	if s.op != bitXor {
		return ErrNoRetract
	}
	s.Add(groups, args, n)
	return nil
}

func (s *bitFolds[T]) Merge(src States, to []uint32) error {
	for h, v := range src.(*bitFolds[T]).acc {
		if s.op == bitXor {
			s.acc[to[h]] ^= v
		} else {
			s.acc[to[h]] |= v
		}
	}
	return nil
}

func (s *bitFolds[T]) Encode(dst []byte, group uint32, _ Form) []byte {
	return appendFixed(dst, s.acc[group])
}

func (s *bitFolds[T]) Decode(src []byte, group uint32, _ Form) ([]byte, error) {
	r := reader{buf: src}
	s.acc[group] = readFixed[T](&r)
	return r.end("bits")
}

func (s *bitFolds[T]) Finish(lo, hi int) *batch.Vector {
	out := cloned(s.acc[lo:hi])
	if s.op == bitAnd {
		for i := range out {
			out[i] = ^out[i]
		}
	}
	return batch.NewFixed(s.result, out, nil)
}

func (s *bitFolds[T]) SizeBytes() int64 { return int64(cap(s.acc)) * int64(fixedWidth[T]()) }
