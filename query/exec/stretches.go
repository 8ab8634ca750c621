package exec

import "slices"

// stretchRows is how many neighbouring rows of one group there must be, on average, for
// them to be kept by stretches.
const stretchRows = 64

// stretches is distinct codes of groups whose rows come one after the other, as those of
// minutes do in a table in the order of time. In each stretch of rows of one group a code is
// kept once: a bitmap of the dictionary tells which there are, and is cleared by them. So a
// group that comes in one stretch is counted by the length of it.
type stretches struct {
	codes []uint32
	marks []stretch
	seen  []uint32 // a bit for each code of the last stretch, unless that is whole
	// isWhole is set while the last stretch takes no more rows.
	isWhole bool
}

// stretch is where the codes of a group begin.
type stretch struct {
	group uint32
	from  int
}

func newStretches(dictionary int) *stretches {
	return &stretches{codes: pooledCodes(), seen: newDirect((dictionary + 31) / 32)}
}

// comeTogether tells whether neighbouring rows are of one group, mostly.
func comeTogether(groups []uint32) bool {
	if len(groups) == 0 {
		return true
	}
	changes, last := 0, groups[0]
	for _, g := range groups {
		if g != last {
			changes++
		}
		last = g
	}
	return (changes+1)*stretchRows <= len(groups)+stretchRows
}

// add takes rows in.
func (s *stretches) add(groups, codes []uint32) {
	s.codes = slices.Grow(s.codes, len(groups))
	for lo := 0; lo < len(groups); {
		g, hi := groups[lo], lo+1
		for hi < len(groups) && groups[hi] == g {
			hi++
		}
		s.begin(g)
		s.addSome(codes[lo:hi])
		lo = hi
	}
}

// addSome takes codes of the last stretch's group in, for which there is room.
func (s *stretches) addSome(codes []uint32) {
	n, seen := len(s.codes), s.seen
	out := s.codes[:n+len(codes)]
	for _, c := range codes {
		word := &seen[c/32]
		out[n] = c
		n += int(^*word >> (c % 32) & 1) // A branch could not be foretold.
		*word |= 1 << (c % 32)
	}
	s.codes = out[:n]
}

// begin begins a stretch, unless the last one is of the same group.
func (s *stretches) begin(group uint32) {
	if n := len(s.marks); n > 0 {
		if s.marks[n-1].group == group && !s.isWhole {
			return
		}
		s.clear()
	}
	s.isWhole = false
	s.marks = append(s.marks, stretch{group, len(s.codes)})
}

// addSet takes the codes of a group in that are a set already, as a stretch of their own.
func (s *stretches) addSet(group uint32, codes []uint32) {
	s.clear()
	s.marks = append(s.marks, stretch{group, len(s.codes)})
	s.codes = append(s.codes, codes...)
	s.isWhole = true
}

// clear takes the last stretch out of the bitmap.
func (s *stretches) clear() {
	if n := len(s.marks); n > 0 && !s.isWhole {
		for _, c := range s.of(n - 1) {
			s.seen[c/32] = 0
		}
	}
}

// of is the codes of the i-th stretch.
func (s *stretches) of(i int) []uint32 {
	end := len(s.codes)
	if i+1 < len(s.marks) {
		end = s.marks[i+1].from
	}
	return s.codes[s.marks[i].from:end]
}

// renumber puts the groups in terms of another table.
func (s *stretches) renumber(to []uint32) {
	for i := range s.marks {
		s.marks[i].group = to[s.marks[i].group]
	}
}

func (s *stretches) bytes() int64 {
	return 4*int64(cap(s.codes)+cap(s.seen)) + 16*int64(cap(s.marks))
}

// free leaves the memory to other queries.
func (s *stretches) free() {
	s.clear()
	freeZeros(s.seen)
	codes := s.codes[:0]
	codesPool.Put(&codes)
	*s = stretches{}
}

// countStretches counts the distinct codes of each of some groups, side by side.
func countStretches(all []*stretches, groups, dictionary, workers int) ([]uint64, error) {
	counts := make([]uint64, groups)
	type place struct {
		in *stretches
		at int
	}
	several := map[uint32][]place{} // stretches of groups that have more than one
	first := make([]place, groups)
	for _, s := range all {
		for i, m := range s.marks {
			switch {
			case first[m.group].in == nil:
				first[m.group] = place{s, i}
				counts[m.group] = uint64(len(s.of(i)))
			case several[m.group] == nil:
				several[m.group] = []place{first[m.group], {s, i}}
			default:
				several[m.group] = append(several[m.group], place{s, i})
			}
		}
	}
	again := make([]uint32, 0, len(several))
	for g := range several {
		again = append(again, g)
	}
	workers = max(workers, 1)
	err := sideBySide(workers, workers, func(worker int) error {
		seen := newDirect((dictionary + 31) / 32)
		defer freeZeros(seen)
		for k := worker; k < len(again); k += workers {
			g := again[k]
			n := 0
			for _, p := range several[g] {
				for _, c := range p.in.of(p.at) {
					word := &seen[c/32]
					n += int(^*word >> (c % 32) & 1)
					*word |= 1 << (c % 32)
				}
			}
			for _, p := range several[g] {
				for _, c := range p.in.of(p.at) {
					seen[c/32] = 0
				}
			}
			counts[g] = uint64(n)
		}
		return nil
	})
	return counts, err
}
