package expr

import (
	"math/bits"
	"sync"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/types"
)

// symbolSet is a set of texts that all have a symbol in one dictionary: a bit for each
// symbol. It is asked without looking at a text where rows have symbols of the same
// dictionary.
type symbolSet struct {
	dict  batch.Dictionary
	has   []uint64
	count int

	mu    sync.Mutex
	parts map[batch.Dictionary]*symbolSet // see in
}

// in is the set of those of its texts that have a symbol in d, where d is the set's
// dictionary or a part of it; else nil.
func (s *symbolSet) in(d batch.Dictionary) *symbolSet {
	if s == nil || s.dict == d {
		return s
	}
	whole, ok := s.dict.(batch.WholeDictionary)
	if !ok {
		return nil
	}
	codes, ok := whole.CodesOf(d)
	if !ok {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	part := s.parts[d]
	if part == nil {
		part = &symbolSet{dict: d, has: make([]uint64, (d.Len()+63)/64)}
		for sym, code := range codes[:d.Len()] {
			part.has[sym/64] |= s.has[code/64] >> (code % 64) & 1 << (sym % 64)
		}
		if s.parts == nil {
			s.parts = map[batch.Dictionary]*symbolSet{}
		}
		s.parts[d] = part
	}
	return part
}

// newSymbolSet makes the set of the rows of batches, and tells whether one of them is
// NULL; nil when they are not many symbols of one dictionary.
func newSymbolSet(keys []types.Type, batches []*batch.Batch) (s *symbolSet, hasNull bool) {
	if len(keys) != 1 || keys[0].Kind != types.String {
		return nil, false
	}
	rows := 0
	for _, b := range batches {
		rows += b.Rows
		if b.Rows == 0 {
			continue
		}
		if len(b.Cols) != 1 || b.Cols[0].Const {
			return nil, false
		}
		d, ok := b.Cols[0].Data.(batch.Symbols)
		if !ok || d.Overlay.Len() > 0 || (s != nil && d.Dict != s.dict) {
			return nil, false
		}
		if s == nil {
			s = &symbolSet{dict: d.Dict}
		}
	}
	if s == nil || rows <= fewKeys {
		return nil, false
	}
	s.has = make([]uint64, (s.dict.Len()+63)/64)
	for _, b := range batches {
		if b.Rows > 0 {
			hasNull = s.add(b.Cols[0]) || hasNull
		}
	}
	for _, word := range s.has {
		s.count += bits.OnesCount64(word)
	}
	return s, hasNull
}

// add takes the symbols of a column in, and tells whether it has a NULL.
func (s *symbolSet) add(v *batch.Vector) (hasNull bool) {
	for i, code := range v.Data.(batch.Symbols).Codes[:v.Len] {
		if v.IsNull(i) {
			hasNull = true
			continue
		}
		s.has[code/64] |= 1 << (code % 64)
	}
	return hasNull
}

// find marks the rows whose symbol is in the set; false when they are not of its
// dictionary, or of a part of it.
func (s *symbolSet) find(out []uint8, d batch.Symbols) bool {
	if d.Overlay.Len() > 0 {
		return false
	}
	if s = s.in(d.Dict); s == nil {
		return false
	}
	codes, has := d.Codes[:len(out)], s.has
	for i, code := range codes {
		out[i] = uint8(has[code/64] >> (code % 64) & 1)
	}
	return true
}

// choose is the rows of codes among sel (nil: all) that are in the set, or are not
// where negate is set, written to dst, which may be sel.
func (s *symbolSet) choose(dst, codes, sel []uint32, negate bool) []uint32 {
	n, has, flip := 0, s.has, uint64(truth(negate))
	if sel == nil {
		for i, code := range codes {
			dst[n] = uint32(i)
			n += int(has[code/64]>>(code%64)&1 ^ flip)
		}
		return dst[:n]
	}
	for _, row := range sel {
		code := codes[row]
		dst[n] = row
		n += int(has[code/64]>>(code%64)&1 ^ flip)
	}
	return dst[:n]
}

// rows are the texts as a batch.
func (s *symbolSet) rows(t types.Type) *batch.Batch {
	codes := make([]uint32, 0, s.count)
	for w, word := range s.has {
		for ; word != 0; word &= word - 1 {
			codes = append(codes, uint32(64*w+bits.TrailingZeros64(word)))
		}
	}
	v := &batch.Vector{Type: t, Len: len(codes), Data: batch.Symbols{Codes: codes, Dict: s.dict}}
	return batch.New(nil, []*batch.Vector{v}, len(codes))
}
