package agg

import (
	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/types"
)

// nothingCore is any function over an argument that is always NULL: no row ever
// counts. It is NULL, or 0 for functions that count.
func nothingCore(zero bool) core {
	k := core{result: types.Type{Kind: types.Nothing, Nullable: true}, retract: true, empty: true}
	if zero {
		k.result = types.Of(types.UInt64)
	}
	k.make = func(bool) States { return &nothing{result: k.result} }
	return k
}

// nothing is the states of nothingCore: there are none, and they encode to no bytes.
type nothing struct {
	plain
	result types.Type
}

func (*nothing) Grow(int)                                     {}
func (*nothing) Add([]uint32, []*batch.Vector, int)           {}
func (*nothing) AddAll(uint32, []*batch.Vector, int)          {}
func (*nothing) Retract([]uint32, []*batch.Vector, int) error { return nil }
func (*nothing) Merge(States, []uint32) error                 { return nil }
func (*nothing) Encode(dst []byte, _ uint32, _ Form) []byte   { return dst }
func (*nothing) Decode(src []byte, _ uint32, _ Form) ([]byte, error) {
	return src, nil
}

func (s *nothing) Finish(lo, hi int) *batch.Vector {
	if s.result.Nullable {
		return batch.NewNulls(s.result, hi-lo).Expand()
	}
	return batch.NewFixed(s.result, make([]uint64, hi-lo), nil)
}

func (*nothing) SizeBytes() int64 { return 0 }
