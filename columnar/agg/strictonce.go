package agg

import (
	"slices"
	"unsafe"
)

// strictOnce finds chains in which no row is two steps: it follows every chain
// instead of the newest one per step, as a row may be needed by another.
type strictOnce struct {
	steps [eventConditions][]path
	over  bool // there were more than chainsMax chains in a group
}

// chainsMax bounds the chains of a group: rows that fulfil many steps make chains
// by the power of their number.
const chainsMax = 1 << 20

// path is a chain with the rows that it took.
type path struct {
	begin, last uint64
	rows        [eventConditions]uint32
}

func (s *strictOnce) level(f *funnel, rows []event) uint8 {
	for k := range f.steps {
		s.steps[k] = s.steps[k][:0]
	}
	for lo := 0; lo < len(rows); {
		hi := lo + 1
		for hi < len(rows) && rows[hi].at == rows[lo].at {
			hi++
		}
		for step := 0; step <= f.steps; step++ {
			for row := lo; row < hi; row++ {
				if !rows[row].has(step) {
					continue
				}
				if level, done := s.advance(f, rows[row].at, uint32(row), step); done {
					return level
				}
			}
		}
		lo = hi
	}
	return s.longest(f)
}

func (s *strictOnce) advance(f *funnel, at uint64, row uint32, step int) (level uint8, done bool) {
	begun := len(s.steps[0]) > 0
	switch step {
	case 0:
		if begun {
			return s.longest(f), true
		}
		return 0, false
	case 1:
		p := path{begin: at, last: at}
		p.rows[0] = row
		s.steps[0] = append(s.steps[0], p)
		return 1, f.steps == 1
	}
	from := s.steps[step-2]
	switch {
	case f.deduplication && len(s.steps[step-1]) > 0:
		return s.longest(f), true
	case f.order && begun && len(from) == 0:
		if f.reentry {
			return 0, false
		}
		return s.firstMissing(f), true
	}
	if len(s.steps[step-1])+len(from) > chainsMax {
		s.over = true
		return 0, true
	}
	kept := from[:0]
	for i, p := range from {
		in := at <= p.begin+f.window
		if !in && len(from)-i+len(kept) > 1 {
			continue // too old for all rows that follow
		}
		kept = append(kept, p)
		if !in || p.took(row, step-1) || (f.increase && p.last >= at) {
			continue
		}
		p.last, p.rows[step-1] = at, row
		s.steps[step-1] = append(s.steps[step-1], p)
		if step == f.steps {
			return uint8(f.steps), true
		}
	}
	s.steps[step-2] = kept
	return 0, false
}

// took tells whether the row is one of the first n steps.
func (p *path) took(row uint32, n int) bool {
	return slices.Contains(p.rows[:n], row)
}

func (s *strictOnce) firstMissing(f *funnel) uint8 {
	for k := range f.steps {
		if len(s.steps[k]) == 0 {
			return uint8(k)
		}
	}
	return uint8(f.steps)
}

func (s *strictOnce) longest(f *funnel) uint8 {
	for k := f.steps; k > 0; k-- {
		if len(s.steps[k-1]) > 0 {
			return uint8(k)
		}
	}
	return 0
}

func (s *strictOnce) sizeBytes() int64 {
	n := int64(0)
	for _, paths := range &s.steps {
		n += int64(cap(paths))
	}
	return n * int64(unsafe.Sizeof(path{}))
}
