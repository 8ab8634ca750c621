package agg

import (
	"cmp"
	"encoding/binary"
	"slices"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/chcode"
	"github.com/freshetdb/freshet/columnar/types"
)

// eventConditions is the most conditions of funnels, retention and sequences: one
// bit of a mask each.
const eventConditions = 32

// event is one row: when it was and which conditions held.
type event struct {
	at   uint64
	mask uint32
}

// events is the rows of many groups, each a time and a mask of conditions: eight
// bytes where the time has 32 bits, else twelve, and four for the group. Rows
// are appended as they come and brought together by group when a group is first
// looked at, so that adding and merging are loops over arrays and a group with
// few rows costs nothing of its own. What is made of a group depends on its set
// of rows only: they are sorted by time, then mask.
type events struct {
	plain
	rebuilt
	wide   bool     // times of 64 bits, in words, their masks beside
	all    bool     // rows for which no condition holds are kept too
	words  []uint64 // time<<32 | mask, or time
	masks  []uint32 // of wide rows
	owners []uint32 // group of each row
	groups int
	// starts has the first row of each group, and the number of rows, while the
	// rows are in order of groups.
	starts   []uint32
	finished finished
	scratch  []event
	mask     []uint32
}

// finished is the values of groups [lo, hi), kept between looking for errors and
// giving them; nil once a row came.
type finished struct {
	lo, hi int
	values *batch.Vector
}

// changed forgets what was made of the rows.
func (s *events) changed() { s.starts, s.finished.values = nil, nil }

// finish gives the values of groups, which compute makes unless they are kept.
func (s *events) finish(lo, hi int, compute func(lo, hi int) *batch.Vector) *batch.Vector {
	if f := s.finished; f.values == nil || f.lo != lo || f.hi != hi {
		s.finished = finished{lo, hi, compute(lo, hi)}
	}
	return s.finished.values
}

func (s *events) Grow(n int) {
	if n > s.groups {
		s.groups = n
		s.changed()
	}
}

func (s *events) Add(groups []uint32, args []*batch.Vector, n int) {
	masks := s.conditions(args[1:], n)
	switch d := args[0].Data.(type) {
	case []uint8:
		addEvents(s, groups, d[:n], masks)
	case []uint16:
		addEvents(s, groups, d[:n], masks)
	case []uint32:
		addEvents(s, groups, d[:n], masks)
	case []uint64:
		s.addWide(groups, d[:n], masks)
	}
	s.changed()
}

func (s *events) AddAll(group uint32, args []*batch.Vector, n int) {
	groups := make([]uint32, n)
	for i := range groups {
		groups[i] = group
	}
	s.Add(groups, args, n)
}

// conditions packs the conditions of every row into a mask.
func (s *events) conditions(conds []*batch.Vector, n int) []uint32 {
	s.mask = packConditions(s.mask, conds, n)
	return s.mask
}

// packConditions sets bit k of a row's mask where condition k holds.
func packConditions(masks []uint32, conds []*batch.Vector, n int) []uint32 {
	masks = resized(masks, n)
	clear(masks)
	for k, c := range conds {
		values, _ := c.Data.([]uint8)
		for i, v := range values[:n] {
			masks[i] |= uint32(boolOrder(v != 0)) << k
		}
	}
	return masks
}

func addEvents[T uint8 | uint16 | uint32](s *events, groups []uint32, times []T, masks []uint32) {
	n := len(s.words)
	s.words, s.owners = slices.Grow(s.words, len(times)), slices.Grow(s.owners, len(times))
	words, owners := s.words[n:n+len(times)], s.owners[n:n+len(times)]
	groups, masks = groups[:len(times)], masks[:len(times)]
	all, k := boolOrder(s.all), 0
	for i, at := range times { // without a branch a row
		words[k], owners[k] = uint64(at)<<32|uint64(masks[i]), groups[i]
		k += all | boolOrder(masks[i] != 0)
	}
	s.words, s.owners = s.words[:n+k], s.owners[:n+k]
}

func (s *events) addWide(groups []uint32, times []uint64, masks []uint32) {
	for i, at := range times {
		if masks[i] != 0 || s.all {
			s.words, s.masks = append(s.words, at), append(s.masks, masks[i])
			s.owners = append(s.owners, groups[i])
		}
	}
}

func (s *events) Merge(src States, to []uint32) error {
	s.merge(src.(eventStates).rows(), to)
	return nil
}

// eventStates is states that are rows of events.
type eventStates interface{ rows() *events }

func (s *events) rows() *events { return s }

func (s *events) merge(o *events, to []uint32) {
	s.words, s.masks = append(s.words, o.words...), append(s.masks, o.masks...)
	for _, g := range o.owners {
		s.owners = append(s.owners, to[g])
	}
	s.changed()
}

// arrange brings the rows in order of groups.
func (s *events) arrange() {
	if s.starts != nil {
		return
	}
	s.starts = make([]uint32, s.groups+1)
	if s.groups == 1 {
		s.starts[1] = uint32(len(s.words))
		return
	}
	next := make([]uint32, s.groups+1)
	for _, g := range s.owners {
		next[g+1]++
	}
	for g := range s.groups {
		next[g+1] += next[g]
	}
	copy(s.starts, next)
	words := make([]uint64, len(s.words))
	masks := make([]uint32, len(s.masks))
	for i, g := range s.owners {
		at := next[g]
		next[g]++
		words[at] = s.words[i]
		if s.wide {
			masks[at] = s.masks[i]
		}
	}
	s.words, s.masks = words, masks
	for g := range s.groups {
		for i := s.starts[g]; i < s.starts[g+1]; i++ {
			s.owners[i] = uint32(g)
		}
	}
}

// masksOf are the conditions that held in any row of a group.
func (s *events) masksOf(group uint32) uint32 {
	s.arrange()
	lo, hi := s.starts[group], s.starts[group+1]
	all := uint32(0)
	if s.wide {
		for _, m := range s.masks[lo:hi] {
			all |= m
		}
		return all
	}
	for _, w := range s.words[lo:hi] {
		all |= uint32(w)
	}
	return all
}

// of is the rows of a group in order; valid until the next call.
func (s *events) of(group uint32) []event {
	s.arrange()
	lo, hi := s.starts[group], s.starts[group+1]
	s.scratch = s.scratch[:0]
	if s.wide {
		for i := lo; i < hi; i++ {
			s.scratch = append(s.scratch, event{s.words[i], s.masks[i]})
		}
		slices.SortFunc(s.scratch, compareEvents)
		return s.scratch
	}
	slices.Sort(s.words[lo:hi]) // by time, then mask
	for _, w := range s.words[lo:hi] {
		s.scratch = append(s.scratch, event{w >> 32, uint32(w)})
	}
	return s.scratch
}

func compareEvents(a, b event) int {
	return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.mask, b.mask))
}

// Encode writes the number of rows and, in order, how much later than the one
// before each is, and its mask.
func (s *events) Encode(dst []byte, group uint32, _ Form) []byte {
	rows := s.of(group)
	dst = binary.AppendUvarint(dst, uint64(len(rows)))
	last := uint64(0)
	for _, e := range rows {
		dst = binary.AppendUvarint(binary.AppendUvarint(dst, e.at-last), uint64(e.mask))
		last = e.at
	}
	return dst
}

// decode reads what Encode wrote; masks have no bits from conditions on.
func (s *events) decode(src []byte, group uint32, conditions int, what string) ([]byte, error) {
	r := reader{buf: src}
	at := uint64(0)
	for n := r.count(2); n > 0 && !r.bad; n-- {
		step, mask := r.uvarint(), r.uvarint()
		at += step
		r.bad = r.bad || at < step || mask>>conditions != 0 || (mask == 0 && !s.all) || (!s.wide && at>>32 != 0)
		if s.wide {
			s.words, s.masks = append(s.words, at), append(s.masks, uint32(mask))
		} else {
			s.words = append(s.words, at<<32|mask)
		}
		s.owners = append(s.owners, group)
	}
	s.changed()
	return r.end(what)
}

func (s *events) SizeBytes() int64 {
	return 8*int64(cap(s.words)) + 4*int64(cap(s.masks)+cap(s.owners)+s.groups+cap(s.mask)) + 16*int64(cap(s.scratch))
}

// timeArgument checks the first argument of functions over events, and tells
// whether its times have more than 32 bits.
func (c *call) timeArgument(what string) (wide bool, err error) {
	switch t := c.args[0]; t.Kind {
	case types.UInt8, types.UInt16, types.UInt32, types.Date, types.DateTime:
		return false, nil
	case types.UInt64:
		return true, nil
	default:
		return false, chcode.Errorf(chcode.IllegalTypeOfArgument,
			"Illegal type %s of first argument of aggregate function %s, must be %s", t, c.name, what)
	}
}

// conditionArguments checks that arguments from on are conditions.
func (c *call) conditionArguments(from int) error {
	for i, t := range c.args[from:] {
		if t.Kind != types.UInt8 && t.Kind != types.Bool {
			return chcode.Errorf(chcode.IllegalTypeOfArgument,
				"Illegal type %s of argument %d of aggregate function %s, must be UInt8", t, from+i+1, c.name)
		}
	}
	return nil
}
