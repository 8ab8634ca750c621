package agg

import (
	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/chcode"
	"github.com/freshetdb/freshet/columnar/types"
)

// funnel is what windowFunnel was asked for.
type funnel struct {
	window        uint64
	steps         int
	order         bool // strict_order: no other row may stand between
	deduplication bool // strict_deduplication: a step that repeats ends the chain
	increase      bool // strict_increase: times must grow
	once          bool // strict_once: a row is one step of a chain only
	reentry       bool // allow_reentry: rows that are out of order are passed over
}

func buildWindowFunnel(c *call) (core, error) {
	if len(c.params) == 0 {
		return core{}, chcode.Errorf(chcode.NumberOfArgumentsDoesntMatch,
			"Aggregate function %s requires at least one parameter: <window>, [option, [option, ...]]", c.name)
	}
	if len(c.args) < 2 {
		return core{}, chcode.Errorf(chcode.NumberOfArgumentsDoesntMatch,
			"Aggregate function %s requires one timestamp argument and at least one event condition", c.name)
	}
	if len(c.args) > eventConditions+1 {
		return core{}, chcode.Errorf(chcode.NumberOfArgumentsDoesntMatch,
			"Too many event arguments for aggregate function %s", c.name)
	}
	wide, err := c.timeArgument("Unsigned Number, Date, DateTime")
	if err != nil {
		return core{}, err
	}
	if err := c.conditionArguments(1); err != nil {
		return core{}, err
	}
	f, err := c.funnel()
	if err != nil {
		return core{}, err
	}
	return core{result: types.Of(types.UInt8), make: func(bool) States {
		return &windowFunnel{events: events{wide: wide, all: f.order}, funnel: f}
	}}, nil
}

// funnel reads the parameters.
func (c *call) funnel() (funnel, error) {
	f := funnel{steps: len(c.args) - 1}
	if !c.params[0].Type.IsInteger() || c.params[0].IsNull(0) {
		return f, chcode.Errorf(chcode.BadGet, "Bad get: has %s, requested UInt64", c.params[0].Type)
	}
	f.window = c.params[0].Integer(0)
	for _, p := range c.params[1:] {
		if p.Type.Kind != types.String {
			return f, chcode.Errorf(chcode.BadGet, "Bad get: has %s, requested String", p.Type)
		}
		switch mode := string(p.Bytes(0)); mode {
		case "strict_order":
			f.order = true
		case "strict_deduplication":
			f.deduplication = true
		case "strict_increase":
			f.increase = true
		case "strict_once":
			f.once = true
		case "allow_reentry":
			f.reentry = true
		default:
			return f, chcode.Errorf(chcode.BadArguments, "Aggregate function %s doesn't support a parameter: %s", c.name, mode)
		}
	}
	if f.reentry && !f.order {
		return f, chcode.Errorf(chcode.BadArguments,
			"allow_reentry option requires strict_order to be enabled in Aggregate function %s", c.name)
	}
	return f, nil
}

// windowFunnel is the states of windowFunnel. Encoded as events are.
type windowFunnel struct {
	events
	funnel
	once strictOnce
}

func (s *windowFunnel) Decode(src []byte, group uint32, _ Form) ([]byte, error) {
	return s.decode(src, group, s.steps, "windowFunnel")
}

func (s *windowFunnel) Finish(lo, hi int) *batch.Vector { return s.finish(lo, hi, s.levels) }

func (s *windowFunnel) levels(lo, hi int) *batch.Vector {
	out := make([]uint8, hi-lo)
	for g := lo; g < hi; g++ {
		if level, known := s.levelOf(s.masksOf(uint32(g))); known {
			out[g-lo] = level
			continue
		}
		rows := s.of(uint32(g))
		if s.funnel.once {
			out[g-lo] = s.once.level(&s.funnel, rows)
		} else {
			out[g-lo] = s.level(rows)
		}
	}
	return batch.NewFixed(types.Of(types.UInt8), out, nil)
}

func (s *windowFunnel) check(lo, hi int) error {
	if !s.funnel.once {
		return nil
	}
	s.Finish(lo, hi)
	if s.once.over {
		return chcode.Errorf(chcode.TooSlow, "More than %d chains of events in one group of windowFunnel", chainsMax)
	}
	return nil
}

func (s *windowFunnel) SizeBytes() int64 { return s.events.SizeBytes() + s.once.sizeBytes() }

// chain is the newest chain that reached a step: when it began, and when the step
// was.
type chain struct {
	begin, last uint64
	reached     bool
}

// levelOf is the level of rows of which none is the first step, or none the second: as
// most groups are, and without looking at their times. Where the order is strict, times
// decide.
func (f *funnel) levelOf(conditions uint32) (level uint8, known bool) {
	switch {
	case f.order:
		return 0, false
	case conditions&1 == 0:
		return 0, true
	case conditions&2 == 0:
		return 1, true
	default:
		return 0, false
	}
}

// level is the longest chain of steps 1, 2, … within the window. Rows are read by
// time; of rows at the same time the first steps of all come before the second
// ones.
func (f *funnel) level(rows []event) uint8 {
	var chains [eventConditions]chain
	begun := false
	for lo := 0; lo < len(rows); {
		hi := lo + 1
		for hi < len(rows) && rows[hi].at == rows[lo].at {
			hi++
		}
		for step := 0; step <= f.steps; step++ {
			for _, e := range rows[lo:hi] {
				if !e.has(step) {
					continue
				}
				if level, done := f.advance(&chains, e.at, step, begun); done {
					return level
				}
				begun = begun || step == 1
			}
		}
		lo = hi
	}
	return f.longest(&chains)
}

// has tells whether the row is the step; 0 is a row that is none.
func (e event) has(step int) bool {
	if step == 0 {
		return e.mask == 0
	}
	return e.mask>>(step-1)&1 == 1
}

// advance takes one step at a time into account; done is set when the answer is
// known.
func (f *funnel) advance(chains *[eventConditions]chain, at uint64, step int, begun bool) (level uint8, done bool) {
	switch step {
	case 0: // only kept for strict_order
		if begun {
			return f.longest(chains), true
		}
		return 0, false
	case 1:
		chains[0] = chain{begin: at, last: at, reached: true}
		return 1, f.steps == 1
	}
	c, from := &chains[step-1], &chains[step-2]
	switch {
	case f.deduplication && c.reached:
		return f.longest(chains), true
	case f.order && begun && !from.reached:
		if f.reentry {
			return 0, false
		}
		return f.firstMissing(chains), true
	case !from.reached || at > from.begin+f.window || (f.increase && from.last >= at):
		return 0, false
	}
	*c = chain{begin: from.begin, last: at, reached: true}
	return uint8(f.steps), step == f.steps
}

// firstMissing is the number of steps before the first that was not reached.
func (f *funnel) firstMissing(chains *[eventConditions]chain) uint8 {
	for k := range f.steps {
		if !chains[k].reached {
			return uint8(k)
		}
	}
	return uint8(f.steps)
}

// longest is the last step that was reached.
func (f *funnel) longest(chains *[eventConditions]chain) uint8 {
	for k := f.steps; k > 0; k-- {
		if chains[k-1].reached {
			return uint8(k)
		}
	}
	return 0
}
