package agg

import (
	"fmt"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/chcode"
	"github.com/freshetdb/freshet/columnar/types"
	"github.com/freshetdb/freshet/index/bitmap"
	"github.com/freshetdb/freshet/index/sketch"
)

// uniqExactMax is the number of distinct values up to which uniq is exact, as in
// ClickHouse. Beyond it the answer is the estimate of 2^14 HyperLogLog registers.
const uniqExactMax = 65536

// buildUniq is the approximate number of distinct values: a function of the set
// of values alone (class A), however it was gathered, since the estimate is used
// exactly when there are more than uniqExactMax distinct hashes.
func buildUniq(c *call) (core, error) {
	if len(c.args) == 0 {
		return core{}, c.argsCountError()
	}
	narrow, isString := len(c.args) == 1 && isNarrow(c.args[0]), len(c.args) == 1 && c.args[0].IsString()
	return core{
		result: types.Of(types.UInt64), empty: true,
		make: func(bool) States { return &uniques{keys: keysOf64(narrow), isFree: !isString} },
	}, nil
}

// buildUniqCombined takes ClickHouse's precision and answers as uniq does.
func buildUniqCombined(c *call) (core, error) {
	if len(c.params) > 1 {
		return core{}, c.paramsError("0 or 1")
	}
	if len(c.params) == 1 {
		p, err := c.paramFloat(0)
		if err != nil {
			return core{}, err
		}
		if p < 12 || p > 20 {
			return core{}, chcode.Errorf(chcode.ArgumentOutOfBound,
				"Parameter for aggregate function %s is out of range: [12, 20].", c.name)
		}
	}
	return buildUniq(c)
}

// uniques is the states of uniq: a list of 64-bit hashes of values; for strings
// in the local form a set of symbols beside it; or HyperLogLog registers.
//
//	byte 0  0 hashes: bitmap.HashSet;  1 symbols: bitmap.Set, then bitmap.HashSet
//	        2 registers: 16,384 bytes
type uniques struct {
	rebuilt
	keys    func(args []*batch.Vector, n int) []key64
	syms    symbolGroups // local form of strings
	hashes  []bitmap.HashSet[key64]
	regs    []sketch.Registers // nil, or one a group that has more than uniqExactMax values
	isFree  bool               // holds hashes only, for good
	n       int                // members of hashes
	filled  int                // groups with registers
	scratch []uint32
}

const setOfRegisters = 2

func (s *uniques) Grow(n int) {
	s.hashes, s.regs = grown(s.hashes, n), grown(s.regs, n)
	s.syms.grow(n)
}

func (s *uniques) Bind(dicts []batch.Dictionary) {
	if dicts[0] == nil || s.isFree || s.syms.dict == dicts[0] {
		return
	}
	if s.syms.dict != nil {
		s.toHashes()
		return
	}
	s.syms.dict = dicts[0]
	s.syms.grow(len(s.hashes))
}

func (s *uniques) addHash(g uint32, k key64) {
	if regs := s.regs[g]; regs != nil {
		regs.Add(k[0])
		return
	}
	if s.hashes[g].Add(k) {
		if s.n++; s.hashes[g].Len() > uniqExactMax {
			s.fill(g)
		}
	}
}

// fill turns the sets of a group into registers.
func (s *uniques) fill(g uint32) {
	if s.regs[g] == nil {
		s.put(g, s.registers(g))
	}
}

// registers are those of the sets of a group.
func (s *uniques) registers(g uint32) sketch.Registers {
	regs := sketch.NewRegisters()
	s.hashes[g].Each(func(k key64) { regs.Add(k[0]) })
	if s.syms.dict != nil {
		fillSymbols(regs, &s.syms.sets[g], s.syms.dict, 0, uint32(s.syms.dict.Len()))
	}
	return regs
}

// put gives a group registers in the place of its sets.
func (s *uniques) put(g uint32, regs sketch.Registers) {
	s.n -= s.hashes[g].Len()
	s.hashes[g] = bitmap.HashSet[key64]{}
	if s.syms.dict != nil {
		s.syms.put(g, bitmap.Set{})
	}
	s.regs[g] = regs
	s.filled++
}

// fillSymbols adds the symbols of [lo, hi) of a set.
func fillSymbols(regs sketch.Registers, set *bitmap.Set, dict batch.Dictionary, lo, hi uint32) {
	var hashes []uint64
	set.EachRun(lo, hi, func(symbols []uint32) {
		hashes = batch.AppendLowHashes(hashes[:0], dict, symbols)
		for _, h := range hashes {
			regs.Add(h)
		}
	})
}

// Limits of registers that are filled in parts, which costs 16 KiB for each.
const (
	settleMin   = 1 << 17 // symbols
	settleParts = 4
)

// settle fills the registers of large sets of symbols, by ranges of them.
func (s *uniques) settle(lo, hi int, sideBySide func(n int, f func(i int) error) error) error {
	for g := lo; g < hi; g++ {
		if s.regs[g] != nil || s.syms.count(g) < settleMin {
			continue
		}
		set, all := &s.syms.sets[g], uint64(s.syms.dict.Len())
		var parts [settleParts]sketch.Registers
		err := sideBySide(settleParts, func(i int) error {
			n := uint64(i)
			parts[i] = sketch.NewRegisters()
			fillSymbols(parts[i], set, s.syms.dict, uint32(all*n/settleParts), uint32(all*(n+1)/settleParts))
			return nil
		})
		if err != nil {
			return err
		}
		regs := parts[0]
		for _, more := range parts[1:] {
			regs.Merge(more)
		}
		s.hashes[g].Each(func(k key64) { regs.Add(k[0]) })
		s.put(uint32(g), regs)
	}
	return nil
}

// distinct is the number of distinct values of a group that has no registers.
func (s *uniques) distinct(g int) int {
	return s.hashes[g].Len() + s.syms.count(g)
}

// symbolsOf gives the symbols of a vector when they may be kept as such.
func (s *uniques) symbolsOf(args []*batch.Vector) (batch.Symbols, bool) {
	if s.isFree {
		return batch.Symbols{}, false
	}
	d, ok := args[0].Data.(batch.Symbols)
	if !ok {
		s.toHashes() // text may equal a symbol's value: hashes tell
		return d, false
	}
	s.Bind([]batch.Dictionary{d.Dict})
	return d, s.syms.dict == d.Dict
}

func (s *uniques) Add(groups []uint32, args []*batch.Vector, n int) {
	d, ok := s.symbolsOf(args)
	if !ok {
		for i, k := range s.keys(args, n) {
			s.addHash(groups[i], k)
		}
		return
	}
	if d.Overlay.Len() == 0 && s.filled == 0 {
		s.syms.addRows(groups, d.Codes[:n])
	} else {
		for i, code := range d.Codes[:n] {
			if g := groups[i]; code&batch.OverlayBit != 0 || s.regs[g] != nil {
				s.addHash(g, key64{codeKey(d, code)[0]})
			} else {
				s.syms.add(g, code)
			}
		}
	}
	for _, g := range groups {
		if s.syms.sets[g].Len() > uniqExactMax {
			s.fill(g)
		}
	}
}

// AddAll keeps symbols as a bitmap however many they are: adding to it is faster
// than to registers, and there is one.
func (s *uniques) AddAll(group uint32, args []*batch.Vector, n int) {
	d, ok := s.symbolsOf(args)
	if !ok {
		s.addAllHashes(group, s.keys(args, n))
		return
	}
	s.scratch = s.scratch[:0]
	codes := d.Codes[:n]
	if d.Overlay.Len() > 0 || s.regs[group] != nil {
		for _, code := range codes {
			if code&batch.OverlayBit != 0 || s.regs[group] != nil {
				s.addHash(group, key64{codeKey(d, code)[0]})
			} else {
				s.scratch = append(s.scratch, code)
			}
		}
		codes = s.scratch
	}
	if s.regs[group] != nil {
		for _, code := range codes {
			s.regs[group].Add(codeKey(d, code)[0])
		}
		return
	}
	s.syms.addMany(group, codes)
}

func (s *uniques) addAllHashes(group uint32, keys []key64) {
	for i, k := range keys {
		if regs := s.regs[group]; regs != nil {
			for _, k := range keys[i:] {
				regs.Add(k[0])
			}
			return
		}
		s.addHash(group, k)
	}
}

// toHashes goes to the portable form, for good.
func (s *uniques) toHashes() {
	for g := range s.syms.sets {
		if s.syms.count(g) > uniqExactMax {
			s.fill(uint32(g))
			continue
		}
		s.syms.each(g, func(sym uint32) { s.addHash(uint32(g), key64{symbolKey(s.syms.dict, sym)[0]}) })
	}
	s.syms, s.isFree = symbolGroups{}, true
}

func (s *uniques) Dictionaries() []batch.Dictionary { return dictionaries(s.syms.dict) }

func (s *uniques) Portable() error {
	s.toHashes()
	return nil
}

// isEmpty tells whether no state holds a value yet, so that the form is open.
func (s *uniques) isEmpty() bool { return s.n == 0 && s.syms.n == 0 && s.filled == 0 }

func (s *uniques) Merge(src States, to []uint32) error {
	o := src.(*uniques)
	if s.isEmpty() && !s.isFree && o.syms.dict != nil {
		s.Bind([]batch.Dictionary{o.syms.dict})
	}
	if (s.syms.dict != o.syms.dict || o.isFree) && !o.isEmpty() { // hashes of a free state may be symbols' values
		s.toHashes()
		o.toHashes()
	}
	for h := range o.hashes {
		s.mergeGroup(to[h], o, uint32(h))
	}
	return nil
}

func (s *uniques) mergeGroup(g uint32, o *uniques, h uint32) {
	if o.regs[h] != nil {
		s.fill(g)
		s.regs[g].Merge(o.regs[h])
		return
	}
	o.hashes[h].Each(func(k key64) { s.addHash(g, k) })
	switch {
	case o.syms.count(int(h)) == 0:
	case s.regs[g] != nil:
		fillSymbols(s.regs[g], &o.syms.sets[h], o.syms.dict, 0, uint32(o.syms.dict.Len()))
	default:
		s.syms.take(g, &o.syms.sets[h])
	}
}

// settled is the state of a group as its set of values demands: registers if
// there are too many for sets, else nil.
func (s *uniques) settled(g int) sketch.Registers {
	if s.regs[g] != nil || s.distinct(g) <= uniqExactMax {
		return s.regs[g]
	}
	return s.registers(uint32(g))
}

func (s *uniques) Encode(dst []byte, group uint32, form Form) []byte {
	if regs := s.settled(int(group)); regs != nil {
		return append(append(dst, setOfRegisters), regs...)
	}
	if s.syms.dict != nil && form == Local {
		return s.hashes[group].AppendBinary(s.syms.sets[group].AppendBinary(append(dst, setOfSymbols)))
	}
	dst = append(dst, setOfHashes)
	if s.syms.count(int(group)) == 0 {
		return s.hashes[group].AppendBinary(dst)
	}
	// Hashes of different values may be equal: at 65,536 values one time in 10^10.
	var all bitmap.HashSet[key64]
	all.Or(&s.hashes[group])
	s.syms.each(int(group), func(sym uint32) { all.Add(key64{symbolKey(s.syms.dict, sym)[0]}) })
	return all.AppendBinary(dst)
}

func (s *uniques) Decode(src []byte, group uint32, form Form) ([]byte, error) {
	r := reader{buf: src}
	kind := r.byte()
	switch {
	case r.bad:
		return r.end("uniq")
	case kind == setOfRegisters:
		return s.decodeRegisters(&r, group)
	case kind == setOfSymbols && form == Local && s.syms.dict != nil:
		set, rest, err := decodeSymbols(r.buf, s.syms.dict.Len())
		if err != nil {
			return nil, err
		}
		s.syms.put(group, *set)
		r.buf = rest
	case kind == setOfHashes:
		s.toHashes()
	default:
		return nil, fmt.Errorf("%w: uniq of kind %d", ErrCorrupt, kind)
	}
	hashes, rest, err := bitmap.DecodeHashSet[key64](r.buf)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrCorrupt, err)
	}
	s.hashes[group] = *hashes
	s.n += hashes.Len()
	if s.distinct(int(group)) > uniqExactMax {
		return nil, fmt.Errorf("%w: %d values in a list", ErrCorrupt, s.distinct(int(group)))
	}
	return rest, nil
}

func (s *uniques) decodeRegisters(r *reader, g uint32) ([]byte, error) {
	raw := r.take(sketch.RegisterCount)
	if raw == nil {
		return r.end("registers")
	}
	regs := sketch.Registers(cloned(raw))
	if err := regs.Validate(); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrCorrupt, err)
	}
	s.regs[g] = regs
	s.filled++
	return r.buf, nil
}

func (s *uniques) Finish(lo, hi int) *batch.Vector {
	out := make([]uint64, hi-lo)
	for i := range out {
		if regs := s.settled(lo + i); regs != nil {
			out[i] = regs.Estimate()
		} else {
			out[i] = uint64(s.distinct(lo + i))
		}
	}
	return batch.NewFixed(types.Of(types.UInt64), out, nil)
}

func (s *uniques) SizeBytes() int64 {
	return int64(cap(s.hashes))*(hashSetBytes+24) + s.syms.size() +
		int64(s.filled)*sketch.RegisterCount + 16*int64(s.n)
}
