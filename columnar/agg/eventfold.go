package agg

import (
	"github.com/freshetdb/freshet/columnar/batch"
)

// PackedConditions is the most conditions of [Events] that are kept in a byte, or beside
// 24 bits.
const PackedConditions = 7

// Events is a function whose value depends on the events of a group only: at which time
// which conditions held. See [Func.Events].
type Events struct {
	f Func
	// HasTime is set when the first argument is a time, of at most 32 bits.
	HasTime bool
	// Conditions is the number of the other arguments.
	Conditions int
	// KeepsAll is set when rows for which no condition holds count, too.
	KeepsAll bool

	mask []uint32 // scratch
}

// Events tells whether the function is one of events, without NULLs.
func (f Func) Events() (e *Events, ok bool) {
	for _, t := range f.args {
		if t.Nullable {
			return nil, false
		}
	}
	switch s := f.make(false).(type) {
	case *windowFunnel:
		return &Events{f: f, HasTime: true, Conditions: s.steps, KeepsAll: s.all}, !s.wide
	case *retained:
		return &Events{f: f, Conditions: s.conditions}, true
	default:
		return nil, false
	}
}

// New is e for another goroutine.
func (e *Events) New() *Events {
	c := *e
	c.mask = nil
	return &c
}

// Pack writes the events of n rows to dst, which has room for them: the time above 32
// bits, which are the conditions, the first the lowest.
func (e *Events) Pack(dst []uint64, args []*batch.Vector, n int) {
	plain := make([]*batch.Vector, len(args))
	for i, v := range args {
		plain[i] = v.Expand()
	}
	dst = dst[:n]
	if !e.HasTime {
		e.mask = packConditions(e.mask, plain, n)
		for i, m := range e.mask {
			dst[i] = uint64(m)
		}
		return
	}
	e.mask = packConditions(e.mask, plain[1:], n)
	switch d := plain[0].Data.(type) {
	case []uint8:
		packEvents(dst, d, e.mask)
	case []uint16:
		packEvents(dst, d, e.mask)
	case []uint32:
		packEvents(dst, d, e.mask)
	}
}

func packEvents[T uint8 | uint16 | uint32](dst []uint64, times []T, masks []uint32) {
	times, masks = times[:len(dst)], masks[:len(dst)]
	for i, at := range times {
		dst[i] = uint64(at)<<32 | uint64(masks[i])
	}
}

// Finish gives the values of groups, whose events are words from one of starts to the next;
// it sorts them. Those for which no condition holds must have been left out unless KeepsAll
// is set.
func (e *Events) Finish(starts []uint32, words []uint64) (*batch.Vector, error) {
	groups := len(starts) - 1
	switch s := e.f.make(false).(type) {
	case *windowFunnel:
		s.words, s.starts, s.groups = words, starts, groups
		if err := s.check(0, groups); err != nil {
			return nil, err
		}
		return s.Finish(0, groups), nil
	case *retained:
		s.Grow(groups)
		for g := range groups {
			for _, w := range words[starts[g]:starts[g+1]] {
				s.met[g] |= uint32(w)
			}
		}
		return s.Finish(0, groups), nil
	default:
		panic("agg: not a function of events")
	}
}
