package agg

import (
	"fmt"
	"slices"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/types"
	"github.com/freshetdb/freshet/index/bitmap"
)

// buildUniqExact is the exact number of distinct values or tuples of values.
func buildUniqExact(c *call) (core, error) {
	if len(c.args) == 0 {
		return core{}, c.argsCountError()
	}
	k := core{result: types.Of(types.UInt64), retract: true, empty: true}
	narrow, isString := len(c.args) == 1 && isNarrow(c.args[0]), len(c.args) == 1 && c.args[0].IsString()
	k.make = func(signed bool) States {
		switch {
		case narrow && signed:
			return &countedSets[key64]{keys: keysOf64(true)}
		case narrow:
			return &hashSets[key64]{keys: keysOf64(true)}
		case signed:
			return &countedSets[key128]{keys: new(wideKeyer).of}
		case isString:
			return &symbolSets{}
		default:
			return &hashSets[key128]{keys: new(wideKeyer).of}
		}
	}
	return k, nil
}

// hashSets is the states of uniqExact over anything but strings: a set of keys a
// group, encoded as bitmap.HashSet is.
type hashSets[K bitmap.Key] struct {
	plain
	rebuilt
	keys    func(args []*batch.Vector, n int) []K
	sets    []bitmap.HashSet[K]
	members int
}

func (s *hashSets[K]) Grow(n int) { s.sets = grown(s.sets, n) }

func (s *hashSets[K]) Add(groups []uint32, args []*batch.Vector, n int) {
	for i, k := range s.keys(args, n) {
		if s.sets[groups[i]].Add(k) {
			s.members++
		}
	}
}

func (s *hashSets[K]) AddAll(group uint32, args []*batch.Vector, n int) {
	set := &s.sets[group]
	s.members -= set.Len()
	set.AddAll(s.keys(args, n))
	s.members += set.Len()
}

func (s *hashSets[K]) Merge(src States, to []uint32) error {
	o := src.(*hashSets[K])
	for h := range o.sets {
		set := &s.sets[to[h]]
		s.members -= set.Len()
		if set.Len() < o.sets[h].Len() { // src is not used afterwards: the larger set takes the smaller in
			*set, o.sets[h] = o.sets[h], *set
		}
		set.Or(&o.sets[h])
		s.members += set.Len()
	}
	return nil
}

func (s *hashSets[K]) Encode(dst []byte, group uint32, _ Form) []byte {
	return s.sets[group].AppendBinary(dst)
}

func (s *hashSets[K]) Decode(src []byte, group uint32, _ Form) ([]byte, error) {
	set, rest, err := bitmap.DecodeHashSet[K](src)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrCorrupt, err)
	}
	s.members += set.Len()
	s.sets[group] = *set
	return rest, nil
}

func (s *hashSets[K]) Finish(lo, hi int) *batch.Vector {
	out := make([]uint64, hi-lo)
	for i := range out {
		out[i] = uint64(s.sets[lo+i].Len())
	}
	return batch.NewFixed(types.Of(types.UInt64), out, nil)
}

// hashSetBytes is the memory of an empty set.
const hashSetBytes = 40

func (s *hashSets[K]) SizeBytes() int64 {
	var k K
	return int64(cap(s.sets))*hashSetBytes + int64(s.members)*int64(2*8*len(k))
}

// symbolSets is the states of uniqExact over strings. The local form is a set of
// symbols and, for text without one, a set of hashes, which are disjoint; the
// portable form is hashes alone.
//
//	byte 0  0 hashes: bitmap.HashSet;  1 symbols: bitmap.Set, then bitmap.HashSet
type symbolSets struct {
	rebuilt
	syms   symbolGroups
	texts  hashSets[key128]
	codes  []uint32 // scratch
	isFree bool     // states that hold hashes and must not begin with symbols any more
	alone  aloneSets
	// bound is the dictionary of states that are decoded, and part the numbers of their
	// symbols there; nil: they are the same.
	bound batch.Dictionary
	part  []uint32
}

const (
	setOfHashes  = 0
	setOfSymbols = 1
)

func (s *symbolSets) Grow(n int) {
	s.texts.Grow(n)
	s.syms.grow(n)
	s.alone.grow(n)
}

// symbolsOf gives the symbols of a vector when they may be kept as such.
func (s *symbolSets) symbolsOf(v *batch.Vector) (batch.Symbols, bool) {
	d, ok := v.Data.(batch.Symbols)
	if !ok {
		return d, false
	}
	if s.syms.dict == nil && !s.isFree {
		s.Bind([]batch.Dictionary{d.Dict})
	}
	if s.syms.dict != d.Dict {
		s.toHashes()
		return d, false
	}
	return d, true
}

// Bind implements States. Encoded sets of a part become sets of the whole (batch.Part).
func (s *symbolSets) Bind(dicts []batch.Dictionary) {
	dict, codes := batch.WholeOf(dicts[0])
	s.bound, s.part = dict, codes
	if dict == nil || s.syms.dict == dict || s.isFree {
		return
	}
	if s.syms.dict != nil {
		s.toHashes()
		return
	}
	s.syms.dict = dict
	s.syms.grow(len(s.texts.sets))
}

func (s *symbolSets) Add(groups []uint32, args []*batch.Vector, n int) {
	s.unpackAll()
	d, ok := s.symbolsOf(args[0])
	if !ok {
		s.addText(func(i int) uint32 { return groups[i] }, args[0], n)
		return
	}
	if d.Overlay.Len() == 0 {
		s.syms.addRows(groups, d.Codes[:n])
		return
	}
	for i, code := range d.Codes[:n] {
		if code&batch.OverlayBit != 0 {
			s.addHash(groups[i], textKey(d.Of(code)))
		} else {
			s.syms.add(groups[i], code)
		}
	}
}

func (s *symbolSets) addHash(g uint32, k key128) {
	if s.texts.sets[g].Add(k) {
		s.texts.members++
	}
}

// addText adds rows whose values can't be kept as symbols as they come: text, or
// symbols of another dictionary.
func (s *symbolSets) addText(group func(i int) uint32, v *batch.Vector, n int) {
	if d, ok := v.Data.(batch.Symbols); ok {
		for i, code := range d.Codes[:n] {
			s.addHash(group(i), codeKey(d, code))
		}
		return
	}
	d := v.Data.(batch.Strings)
	s.isFree = s.isFree || s.syms.dict == nil
	for i := range n {
		text := d.At(i)
		if s.syms.dict != nil {
			if sym, ok := s.syms.dict.Lookup(text); ok {
				s.syms.add(group(i), sym)
				continue
			}
		}
		s.addHash(group(i), textKey(text))
	}
}

func (s *symbolSets) AddAll(group uint32, args []*batch.Vector, n int) {
	s.unpackAll()
	d, ok := s.symbolsOf(args[0])
	if !ok {
		s.addText(func(int) uint32 { return group }, args[0], n)
		return
	}
	codes := d.Codes[:n]
	if d.Overlay.Len() > 0 {
		s.codes = s.codes[:0]
		for _, code := range codes {
			if code&batch.OverlayBit != 0 {
				s.addHash(group, textKey(d.Of(code)))
			} else {
				s.codes = append(s.codes, code)
			}
		}
		codes = s.codes
	}
	s.syms.addMany(group, codes)
}

// toHashes goes to the portable form, for good.
func (s *symbolSets) toHashes() {
	s.unpackAll()
	var keys []key128
	for g := range s.syms.sets {
		keys = slices.Grow(keys[:0], s.syms.count(g))
		s.syms.each(g, func(sym uint32) { keys = append(keys, symbolKey(s.syms.dict, sym)) })
		set := &s.texts.sets[g]
		s.texts.members -= set.Len()
		set.AddMany(keys)
		s.texts.members += set.Len()
	}
	s.syms, s.isFree = symbolGroups{}, true
}

func (s *symbolSets) Dictionaries() []batch.Dictionary { return dictionaries(s.syms.dict) }

func (s *symbolSets) Portable() error {
	s.toHashes()
	return nil
}

// isEmpty tells whether no state holds a value yet, so that the form is open.
func (s *symbolSets) isEmpty() bool { return s.syms.n == 0 && s.texts.members == 0 && s.alone.n == 0 }

func (s *symbolSets) Merge(src States, to []uint32) error {
	o := src.(*symbolSets)
	if o.isEmpty() {
		return nil
	}
	if s.isEmpty() && o.syms.dict != nil && !s.isFree {
		s.Bind([]batch.Dictionary{o.syms.dict})
	}
	if s.syms.dict != o.syms.dict || o.isFree { // hashes of a free state may be symbols' values
		s.toHashes()
		o.toHashes()
	}
	s.takeAlone(o, to)
	for h := range o.syms.sets {
		if o.syms.sets[h].Len() > 0 {
			s.unpack(to[h])
			s.syms.take(to[h], &o.syms.sets[h])
		}
	}
	return s.texts.Merge(&o.texts, to)
}

func (s *symbolSets) Encode(dst []byte, group uint32, form Form) []byte {
	if raw := s.alone.of(group); raw != nil {
		if form == Local && s.texts.sets[group].Len() == 0 {
			return append(append(append(dst, setOfSymbols), raw...), 0) // and no hashes
		}
		s.unpack(group)
	}
	if s.syms.dict != nil && form == Local {
		dst = s.syms.sets[group].AppendBinary(append(dst, setOfSymbols))
		return s.texts.Encode(dst, group, form)
	}
	dst = append(dst, setOfHashes)
	if s.syms.count(int(group)) == 0 {
		return s.texts.Encode(dst, group, form)
	}
	var all bitmap.HashSet[key128]
	all.Or(&s.texts.sets[group])
	all.Reserve(all.Len() + s.syms.count(int(group)))
	s.syms.each(int(group), func(sym uint32) { all.Add(symbolKey(s.syms.dict, sym)) })
	return all.AppendBinary(dst)
}

func (s *symbolSets) Decode(src []byte, group uint32, form Form) ([]byte, error) {
	r := reader{buf: src}
	kind := r.byte()
	switch {
	case kind == setOfHashes && !r.bad:
		s.toHashes()
	case kind == setOfSymbols && form == Local && s.bound != nil:
		rest, err := s.decodeSet(r.buf, group)
		if err != nil {
			return nil, err
		}
		r.buf = rest
	default:
		return nil, fmt.Errorf("%w: set of kind %d", ErrCorrupt, kind)
	}
	return s.addTexts(group, r.buf)
}

// addTexts adds an encoded set of hashes to that of a group and gives what follows it.
func (s *symbolSets) addTexts(group uint32, src []byte) (rest []byte, err error) {
	set, rest, err := bitmap.DecodeHashSet[key128](src)
	if err != nil {
		return nil, fmt.Errorf("%w: hashes of text: %w", ErrCorrupt, err)
	}
	if set.Len() == 0 {
		return rest, nil
	}
	if s.part != nil { // The whole may have symbols for the text.
		s.toHashes()
	}
	t := &s.texts.sets[group]
	s.texts.members -= t.Len()
	t.Or(set)
	s.texts.members += t.Len()
	return rest, nil
}

// decodeSet reads the symbols of a group.
func (s *symbolSets) decodeSet(src []byte, group uint32) (rest []byte, err error) {
	if s.part != nil || s.syms.dict != s.bound {
		return s.addSet(group, src)
	}
	set, rest, err := decodeSymbols(src, s.syms.dict.Len())
	if err != nil {
		return nil, err
	}
	s.syms.put(group, *set)
	return rest, nil
}

// decodeSymbols reads a set of symbols below n.
func decodeSymbols(src []byte, n int) (*bitmap.Set, []byte, error) {
	set, rest, err := bitmap.DecodeSet(src, n)
	if err != nil {
		return nil, nil, fmt.Errorf("%w: %w", ErrCorrupt, err)
	}
	return set, rest, nil
}

// addSet adds the members of an encoded set of symbols to that of a group, as numbers
// of the whole dictionary or, in free states, as hashes, and gives what follows it.
func (s *symbolSets) addSet(group uint32, src []byte) (rest []byte, err error) {
	n := s.bound.Len()
	if s.part != nil {
		n = len(s.part)
	}
	codes, rest, err := bitmap.AppendMembers(s.codes[:0], src, n)
	if err != nil {
		return nil, fmt.Errorf("%w: set of symbols: %w", ErrCorrupt, err)
	}
	s.codes = codes
	if s.part != nil {
		for i, sym := range codes {
			codes[i] = s.part[sym]
		}
	}
	if s.syms.dict == s.bound {
		s.syms.addMany(group, codes)
		return rest, nil
	}
	for _, code := range codes {
		s.addHash(group, symbolKey(s.bound, code))
	}
	return rest, nil
}

func (s *symbolSets) Finish(lo, hi int) *batch.Vector {
	v := s.texts.Finish(lo, hi)
	if s.syms.dict != nil {
		out := batch.Values[uint64](v)
		for i := range out {
			out[i] += uint64(s.syms.count(lo+i) + s.alone.count(uint32(lo+i)))
		}
	}
	return v
}

func (s *symbolSets) SizeBytes() int64 {
	return s.texts.SizeBytes() + s.syms.size() + s.alone.bytes
}
