package agg

import (
	"fmt"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/index/bitmap"
)

// aloneSets keeps the one encoded set of symbols that was merged into a group as it
// came: many groups of a query over a rollup get just one, whose size stands in its
// header. It is unpacked when something else comes to the group.
type aloneSets struct {
	sets  [][]byte // nil until the first
	lens  []int
	n     int // groups that have one
	bytes int64
}

func (a *aloneSets) grow(n int) {
	if a.sets != nil {
		a.sets, a.lens = grown(a.sets, n), grown(a.lens, n)
	}
}

func (a *aloneSets) of(g uint32) []byte {
	if int(g) >= len(a.sets) {
		return nil
	}
	return a.sets[g]
}

func (a *aloneSets) count(g uint32) int {
	if a.of(g) == nil {
		return 0
	}
	return a.lens[g]
}

// put keeps a set of size members; groups is the number of groups.
func (a *aloneSets) put(g uint32, raw []byte, size, groups int) {
	if a.sets == nil {
		a.sets, a.lens = make([][]byte, groups), make([]int, groups)
	}
	a.sets[g], a.lens[g] = raw, size
	a.n++
	a.bytes += int64(len(raw)) + 32
}

// take gives up the set of a group.
func (a *aloneSets) take(g uint32) []byte {
	raw := a.of(g)
	if raw != nil {
		a.sets[g] = nil
		a.n--
		a.bytes -= int64(len(raw)) + 32
	}
	return raw
}

// unpack puts a set that stands alone among the symbols of its group.
func (s *symbolSets) unpack(g uint32) {
	raw := s.alone.take(g)
	if raw == nil {
		return
	}
	if _, err := s.syms.orEncoded(g, raw); err != nil {
		panic(fmt.Sprintf("agg: a set that was read before: %v", err))
	}
}

func (s *symbolSets) unpackAll() {
	if s.alone.n == 0 {
		return
	}
	for g := range s.alone.sets {
		s.unpack(uint32(g))
	}
}

// takeAlone moves the sets of o that stand alone; both have one dictionary.
func (s *symbolSets) takeAlone(o *symbolSets, to []uint32) {
	if o.alone.n == 0 {
		return
	}
	for h, raw := range o.alone.sets {
		if raw == nil {
			continue
		}
		g := to[h]
		if s.alone.of(g) == nil && s.syms.count(int(g)) == 0 {
			s.alone.put(g, raw, o.alone.lens[h], len(s.texts.sets))
			continue
		}
		s.unpack(g)
		if _, err := s.syms.orEncoded(g, raw); err != nil {
			panic(fmt.Sprintf("agg: a set that was read before: %v", err))
		}
	}
}

// mergeEncoded implements encodedMerger for local states without text.
func (s *symbolSets) mergeEncoded(groups []uint32, texts batch.Strings, form Form, dicts []batch.Dictionary) (bool, error) {
	if form != Local || dicts[0] == nil || s.isFree {
		return false, nil
	}
	dict, codes := batch.WholeOf(dicts[0])
	if s.syms.dict == nil && s.isEmpty() {
		s.Bind(dicts)
	}
	if s.syms.dict != dict {
		return false, nil
	}
	s.bound, s.part = dict, codes
	for i, g := range groups {
		if err := s.mergeOne(g, texts.At(i), dicts); err != nil {
			return false, err
		}
	}
	return true, nil
}

func (s *symbolSets) mergeOne(g uint32, src []byte, dicts []batch.Dictionary) error {
	if len(src) == 0 {
		return nil
	}
	if src[0] != setOfSymbols || s.isFree { // The state before may have freed it.
		return s.mergeDecoded(g, src, dicts)
	}
	if s.part != nil {
		return s.mergePart(g, src)
	}
	if s.alone.of(g) == nil && s.syms.count(int(g)) == 0 {
		size, rest, err := bitmap.EncodedLen(src[1:]) // local states are this process's own
		if err != nil {
			return fmt.Errorf("%w: set of symbols: %w", ErrCorrupt, err)
		}
		s.alone.put(g, cloned(src[1:len(src)-len(rest)]), size, len(s.texts.sets))
		return s.mergeTexts(g, rest)
	}
	s.unpack(g)
	rest, err := s.syms.orEncoded(g, src[1:])
	if err != nil {
		return fmt.Errorf("%w: set of symbols: %w", ErrCorrupt, err)
	}
	return s.mergeTexts(g, rest)
}

// mergePart merges a state of a part's symbols.
func (s *symbolSets) mergePart(g uint32, src []byte) error {
	s.unpack(g)
	rest, err := s.addSet(g, src[1:])
	if err != nil {
		return err
	}
	return s.mergeTexts(g, rest)
}

// mergeTexts merges the hashes of text, the end of a state.
func (s *symbolSets) mergeTexts(g uint32, src []byte) error {
	if len(src) == 1 && src[0] == 0 {
		return nil // Fast path: nearly always.
	}
	rest, err := s.addTexts(g, src)
	if err == nil && len(rest) > 0 {
		err = fmt.Errorf("%w: hashes of text", ErrCorrupt)
	}
	return err
}

// mergeDecoded merges a state by way of states of its own.
func (s *symbolSets) mergeDecoded(g uint32, src []byte, dicts []batch.Dictionary) error {
	tmp := &symbolSets{}
	tmp.Grow(1)
	tmp.Bind(dicts)
	if err := decodeOne(tmp, src, 0, Local); err != nil {
		return err
	}
	return s.Merge(tmp, []uint32{g})
}
