package skip

import "slices"

// bloomRowsPerKeyMin is how many rows there must be for each different key of a
// granule for a Bloom filter to pay. With a new key in more than one row of four
// the filter is over 2.5 bits a row and answers for a column that nothing
// clusters.
const bloomRowsPerKeyMin = 4

// bloomTrialRows is after how many rows a column that does not pay gives up, so
// that a builder's memory does not grow with its segment: 64 granules.
const bloomTrialRows = 64 * 8192

// Builder collects the index of one column, granule by granule: any number of
// Add calls, then one End call of each kind that it was made for.
type Builder struct {
	bounds *Bounds
	keys   *keySets
}

// NewBuilder starts the index of a column. With bounds it keeps the least and
// greatest number of each granule, with keys the codes and hashes.
func NewBuilder(bounds, keys bool) *Builder {
	b := &Builder{}
	if bounds {
		b.bounds = &Bounds{}
	}
	if keys {
		b.keys = &keySets{all: map[uint32]struct{}{}, seen: newSeen()}
	}
	return b
}

// EndBounds ends a granule with its bounds; lo > hi says that it has no value.
func (b *Builder) EndBounds(lo, hi uint64, nulls int) {
	if lo > hi {
		lo, hi = 1, 0
	}
	b.bounds.Min, b.bounds.Max = append(b.bounds.Min, lo), append(b.bounds.Max, hi)
	b.bounds.Nulls = append(b.bounds.Nulls, uint32(nulls))
}

// WantsKeys tells whether codes and hashes are still collected: a column whose
// index would not pay gives up early.
func (b *Builder) WantsKeys() bool { return b.keys != nil && !b.keys.hopeless }

// AddCodes adds codes of the current granule.
func (b *Builder) AddCodes(codes []uint32) {
	if b.WantsKeys() {
		b.keys.seen.addAll(codes)
	}
}

// AddHash adds the hash of a text without a code in the current granule.
func (b *Builder) AddHash(h uint64) {
	if b.WantsKeys() {
		b.keys.pending = append(b.keys.pending, h)
	}
}

// EndKeys ends a granule of rows rows.
func (b *Builder) EndKeys(rows int) {
	if b.WantsKeys() {
		b.keys.end(rows)
	}
}

// Finish hands the index over; nil when nothing was worth keeping.
func (b *Builder) Finish(granules int) *Column {
	c := &Column{Granules: granules, Bounds: b.bounds}
	if b.WantsKeys() {
		c.Codes, c.Bloom = b.keys.finish()
	}
	if c.Bounds == nil && c.Codes == nil && c.Bloom == nil {
		return nil
	}
	return c
}

// keySets are the distinct codes and text hashes of each granule.
type keySets struct {
	codes    [][]uint32
	hashes   [][]uint64
	all      map[uint32]struct{} // nil once there are more than CodesMax
	keys     int                 // in codes and hashes
	rows     int
	hopeless bool

	seen    *seen
	pending []uint64
}

func (k *keySets) pays() bool { return k.keys*bloomRowsPerKeyMin <= k.rows }

func (k *keySets) end(rows int) {
	slices.Sort(k.pending)
	hashes := slices.Clone(slices.Compact(k.pending))
	codes := k.seen.take()
	k.pending = k.pending[:0]
	k.codes, k.hashes = append(k.codes, codes), append(k.hashes, hashes)
	k.keys += len(codes) + len(hashes)
	k.rows += rows
	if k.all != nil {
		for _, c := range codes {
			k.all[c] = struct{}{}
		}
		if len(k.all) > CodesMax {
			k.all = nil
		}
	}
	if k.all == nil && k.rows >= bloomTrialRows && !k.pays() {
		*k = keySets{hopeless: true}
	}
}

func (k *keySets) finish() (*Codes, *Bloom) {
	var codes *Codes
	if len(k.all) > 0 {
		codes = k.sets()
	}
	hasText := slices.ContainsFunc(k.hashes, func(h []uint64) bool { return len(h) > 0 })
	if (codes == nil || hasText) && k.keys > 0 && k.pays() {
		return codes, k.bloom()
	}
	return codes, nil
}

func (k *keySets) sets() *Codes {
	c := &Codes{List: make([]uint32, 0, len(k.all))}
	for code := range k.all {
		c.List = append(c.List, code)
	}
	slices.Sort(c.List)
	for g, codes := range k.codes {
		c.Words = append(c.Words, c.mask(codes)...)
		c.Other = append(c.Other, len(k.hashes[g]) > 0)
	}
	return c
}

func (k *keySets) bloom() *Bloom {
	b := &Bloom{}
	for g, codes := range k.codes {
		hashes := slices.Clone(k.hashes[g])
		for _, code := range codes {
			hashes = append(hashes, HashCode(code))
		}
		b.Append(hashes)
	}
	return b
}

// seen finds the distinct codes of a granule: an open-addressing table that is
// emptied by advancing its stamp.
type seen struct {
	slots  []seenSlot
	shift  int
	stamp  uint32
	unique []uint32
}

type seenSlot struct{ code, stamp uint32 }

// seenSlotsMin holds a granule of 8,192 different codes half full.
const seenSlotsMin = 1 << 14

func newSeen() *seen {
	return &seen{slots: make([]seenSlot, seenSlotsMin), shift: 32 - 14, stamp: 1}
}

func (s *seen) addAll(codes []uint32) {
	last, have := uint32(0), false
	for _, c := range codes {
		if have && c == last {
			continue // Fast path: sorted columns repeat.
		}
		last, have = c, true
		s.add(c)
	}
}

func (s *seen) add(code uint32) {
	mask := uint32(len(s.slots) - 1)
	for i := (code * 0x9e3779b1) >> s.shift; ; i = (i + 1) & mask {
		slot := &s.slots[i]
		if slot.stamp != s.stamp {
			*slot = seenSlot{code, s.stamp}
			s.unique = append(s.unique, code)
			break
		}
		if slot.code == code {
			return
		}
	}
	if len(s.unique)*2 > len(s.slots) {
		s.grow()
	}
}

func (s *seen) grow() {
	old := s.unique
	*s = seen{slots: make([]seenSlot, 2*len(s.slots)), shift: s.shift - 1, stamp: 1}
	for _, c := range old {
		s.add(c)
	}
}

// take gives the distinct codes and empties the table.
func (s *seen) take() []uint32 {
	out := slices.Clone(s.unique)
	s.unique = s.unique[:0]
	s.stamp++
	if s.stamp == 0 {
		clear(s.slots)
		s.stamp = 1
	}
	return out
}
