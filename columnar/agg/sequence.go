package agg

import (
	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/chcode"
	"github.com/freshetdb/freshet/columnar/types"
)

// eventFunctions are the functions over the course of events.
func eventFunctions() []definition {
	return []definition{
		{
			name: "windowFunnel", params: true, build: buildWindowFunnel,
			syntax: "windowFunnel(window[, mode, ...])(time, cond1[, cond2, ...])",
			about:  "Length of the longest chain of events cond1, cond2, ... within a window of time.",
		},
		{
			name: "retention", build: buildRetention,
			syntax: "retention(cond1, cond2[, ...])", about: "Array of 0 and 1: whether cond1 and cond N were met.",
		},
		{
			name: "sequenceMatch", params: true, build: sequenceBuilder(sequenceMatch),
			syntax: "sequenceMatch('pattern')(time, cond1, cond2[, ...])", about: "Whether events follow each other as in the pattern.",
		},
		{
			name: "sequenceCount", params: true, build: sequenceBuilder(sequenceCount),
			syntax: "sequenceCount('pattern')(time, cond1, cond2[, ...])", about: "Number of chains that follow the pattern and don't overlap.",
		},
		{
			name: "sequenceMatchEvents", params: true, build: sequenceBuilder(sequenceMatchEvents),
			syntax: "sequenceMatchEvents('pattern')(time, cond1, cond2[, ...])", about: "Times of the longest chain of events that follows the pattern.",
		},
	}
}

// sequenceWhat is what is asked of a sequence.
type sequenceWhat uint8

const (
	sequenceMatch sequenceWhat = iota
	sequenceCount
	sequenceMatchEvents
)

func sequenceBuilder(what sequenceWhat) func(c *call) (core, error) {
	return func(c *call) (core, error) { return buildSequence(c, what) }
}

func buildSequence(c *call, what sequenceWhat) (core, error) {
	if len(c.params) != 1 {
		return core{}, chcode.Errorf(chcode.NumberOfArgumentsDoesntMatch,
			"Aggregate function %s requires exactly one parameter", c.name)
	}
	if len(c.args) < 3 {
		return core{}, chcode.Errorf(chcode.TooFewArgumentsForFunction,
			"Aggregate function %s requires at least 3 arguments", c.name)
	}
	if len(c.args) > eventConditions+1 {
		return core{}, chcode.Errorf(chcode.TooManyArgumentsForFunction,
			"Aggregate function %s supports up to %d event arguments", c.name, eventConditions)
	}
	wide, err := c.timeArgument("DateTime")
	if err != nil {
		return core{}, err
	}
	if err := c.conditionArguments(1); err != nil {
		return core{}, err
	}
	if c.params[0].Type.Kind != types.String {
		return core{}, chcode.Errorf(chcode.BadGet, "Bad get: has %s, requested String", c.params[0].Type)
	}
	p, err := parsePattern(string(c.params[0].Bytes(0)), len(c.args)-1)
	if err != nil {
		return core{}, err
	}
	result := types.Of(types.UInt8)
	switch what {
	case sequenceCount:
		result = types.Of(types.UInt64)
	case sequenceMatchEvents:
		result = types.ArrayOf(c.args[0])
	case sequenceMatch:
	}
	conditions := len(c.args) - 1
	return core{result: result, make: func(bool) States {
		return &sequence{events: events{wide: wide}, pattern: p, what: what, result: result, conditions: conditions}
	}}, nil
}

// sequence is the states of sequenceMatch and its kin. Encoded as events are.
type sequence struct {
	events
	pattern    *pattern
	what       sequenceWhat
	result     types.Type
	conditions int
	run        matcher
}

func (s *sequence) Decode(src []byte, group uint32, _ Form) ([]byte, error) {
	return s.decode(src, group, s.conditions, "sequence")
}

func (s *sequence) Finish(lo, hi int) *batch.Vector { return s.finish(lo, hi, s.answers) }

func (s *sequence) answers(lo, hi int) *batch.Vector {
	switch s.what {
	case sequenceCount:
		out := make([]uint64, hi-lo)
		for g := lo; g < hi; g++ {
			out[g-lo] = s.count(uint32(g))
		}
		return batch.NewFixed(s.result, out, nil)
	case sequenceMatchEvents:
		return s.times(lo, hi)
	default:
		out := make([]uint8, hi-lo)
		for g := lo; g < hi; g++ {
			if rows := s.of(uint32(g)); s.possible(rows) {
				_, ok := s.run.match(s.pattern, rows)
				out[g-lo] = uint8(boolOrder(ok))
			}
		}
		return batch.NewFixed(s.result, out, nil)
	}
}

// possible tells whether every event of the pattern occurs at all.
func (s *sequence) possible(rows []event) bool {
	met := uint32(0)
	for _, e := range rows {
		met |= e.mask
	}
	return met&s.pattern.needs == s.pattern.needs
}

// count counts matches, each search beginning behind the match before.
func (s *sequence) count(group uint32) uint64 {
	rows := s.of(group)
	if !s.possible(rows) {
		return 0
	}
	n := uint64(0)
	for len(rows) > 0 {
		end, ok := s.run.match(s.pattern, rows)
		if !ok {
			break
		}
		n++
		rows = rows[end:]
	}
	return n
}

// times gives the times of the events of the longest chain.
func (s *sequence) times(lo, hi int) *batch.Vector {
	b := batch.NewBuilder(s.result, hi-lo)
	elems := b.Elems[0]
	for g := lo; g < hi; g++ {
		rows := s.of(uint32(g))
		for _, at := range s.run.longest(s.pattern, rows) {
			switch elems.Type.Phys() {
			case types.PhysU8:
				elems.U8 = append(elems.U8, uint8(at))
			case types.PhysU16:
				elems.U16 = append(elems.U16, uint16(at))
			case types.PhysU32:
				elems.U32 = append(elems.U32, uint32(at))
			default:
				elems.U64 = append(elems.U64, at)
			}
		}
		b.EndList()
	}
	return b.Finish()
}

// check tells of searches that were given up.
func (s *sequence) check(lo, hi int) error {
	if !s.pattern.timed && s.what != sequenceMatchEvents {
		return nil
	}
	s.Finish(lo, hi)
	if s.run.over {
		return chcode.Errorf(chcode.TooSlow, "Pattern application proves too difficult, exceeding max iterations (%d)", matchMax)
	}
	return nil
}
