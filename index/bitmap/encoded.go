package bitmap

import (
	"encoding/binary"
	"fmt"
	"math/bits"
)

// Serialized roaring bitmaps are read here without making one: the format is
// github.com/RoaringBitmap/RoaringFormatSpec. A container is of array form (16-bit
// members), of bitmap form (1,024 words) or of run form (pairs of first and length-1).
const (
	cookieNoRuns     = 12346
	cookieRuns       = 12347
	arrayMax         = 4096 // members of an array container at most
	containerWords   = 1024
	noOffsetMax      = 4 // with runs, fewer containers have no offset header
	containersMax    = 1 << 16
	bitmapBytes      = 8 * containerWords
	descriptionBytes = 4
	offsetBytes      = 4
)

// EncodedLen is the number of members of the encoded set at the begin of src, and
// what follows it. It reads headers only and trusts them: use it for sets that are
// decoded, or were written, by this process.
func EncodedLen(src []byte) (n int, rest []byte, err error) {
	form, size, body, err := encodedHead(src)
	switch {
	case err != nil:
		return 0, nil, err
	case form == formList:
		for range size {
			_, used := binary.Uvarint(body)
			if used <= 0 {
				return 0, nil, fmt.Errorf("%w: list", ErrCorrupt)
			}
			body = body[used:]
		}
		return int(size), body, nil
	}
	h, err := readHead(body[:size])
	if err != nil {
		return 0, nil, err
	}
	for i := range h.count {
		n += h.card(i)
	}
	return n, body[size:], nil
}

// encodedHead takes the form and the length apart: the members of a list, the
// bytes of a roaring bitmap.
func encodedHead(src []byte) (form byte, size uint64, body []byte, err error) {
	if len(src) == 0 {
		return 0, 0, nil, fmt.Errorf("%w: empty", ErrCorrupt)
	}
	size, used := binary.Uvarint(src[1:])
	if used <= 0 {
		return 0, 0, nil, fmt.Errorf("%w: length", ErrCorrupt)
	}
	form, body = src[0], src[1+used:]
	switch {
	case form == formList && size <= sortedMax:
	case form == formRoaring && size <= uint64(len(body)):
	default:
		return 0, 0, nil, fmt.Errorf("%w: form %d, length %d", ErrCorrupt, form, size)
	}
	return form, size, body, nil
}

// head is the header of a serialized roaring bitmap.
type head struct {
	count   int
	runs    []byte // a bit for each container of run form; nil without runs
	descr   []byte // key and cardinality-1 of each container
	payload []byte
}

func readHead(src []byte) (h head, err error) {
	bad := fmt.Errorf("%w: roaring header", ErrCorrupt)
	if len(src) < 8 {
		return h, bad
	}
	cookie := binary.LittleEndian.Uint32(src)
	switch {
	case cookie&0xffff == cookieRuns:
		h.count = int(cookie>>16) + 1
		n := (h.count + 7) / 8
		if len(src) < 4+n {
			return h, bad
		}
		h.runs, src = src[4:4+n], src[4+n:]
	case cookie == cookieNoRuns:
		n := binary.LittleEndian.Uint32(src[4:])
		if n > containersMax {
			return h, bad
		}
		h.count, src = int(n), src[8:]
	default:
		return h, bad
	}
	if len(src) < descriptionBytes*h.count {
		return h, bad
	}
	h.descr, src = src[:descriptionBytes*h.count], src[descriptionBytes*h.count:]
	if h.runs == nil || h.count >= noOffsetMax {
		if len(src) < offsetBytes*h.count {
			return h, bad
		}
		src = src[offsetBytes*h.count:]
	}
	h.payload = src
	return h, nil
}

func (h *head) key(i int) uint32 { return uint32(binary.LittleEndian.Uint16(h.descr[4*i:])) << 16 }
func (h *head) card(i int) int   { return int(binary.LittleEndian.Uint16(h.descr[4*i+2:])) + 1 }
func (h *head) isRun(i int) bool { return h.runs != nil && h.runs[i/8]>>(i%8)&1 == 1 }

// OrEncoded adds the members of the encoded set at the begin of src, which are all
// below limit, and returns what follows it. Into a dense set that reaches limit it
// costs a fraction of a nanosecond a member. After an error s may hold a part of
// the members.
func (s *Set) OrEncoded(src []byte, limit int) (rest []byte, err error) {
	form, size, body, err := encodedHead(src)
	if err != nil {
		return nil, err
	}
	if form == formList {
		return s.orList(body, int(size), limit)
	}
	rest = body[size:]
	if s.words == nil || len(s.words)<<6 < limit {
		o, err := decodeRoaring(body[:size], limit)
		if err != nil {
			return nil, err
		}
		s.Or(o)
		return rest, nil
	}
	return rest, s.orRoaring(body[:size], limit)
}

// orRoaring adds the members of a serialized roaring bitmap to a dense set that
// reaches limit.
func (s *Set) orRoaring(src []byte, limit int) error {
	h, err := readHead(src)
	if err != nil {
		return err
	}
	last := int64(-1)
	for i := range h.count {
		key := h.key(i)
		if int64(key) <= last || int64(key) >= int64(limit) {
			return badContainer(i)
		}
		last = int64(key)
		if err := s.orContainer(&h, i, limit); err != nil {
			return err
		}
	}
	if len(h.payload) > 0 {
		return fmt.Errorf("%w: %d bytes too many", ErrCorrupt, len(h.payload))
	}
	return nil
}

func (s *Set) orList(src []byte, n, limit int) ([]byte, error) {
	next := uint64(0)
	for i := range n {
		delta, used := binary.Uvarint(src)
		if used <= 0 || delta > 1<<32-1 || next+delta >= uint64(limit) {
			return nil, fmt.Errorf("%w: member %d", ErrCorrupt, i)
		}
		s.Add(uint32(next + delta))
		next += delta + 1
		src = src[used:]
	}
	return src, nil
}

// orContainer adds the i-th container and takes it off the payload.
func (s *Set) orContainer(h *head, i, limit int) error {
	words := s.words[h.key(i)>>6:]
	reach := limit - int(h.key(i)) // members of the container are below it
	switch card := h.card(i); {
	case h.isRun(i):
		if !s.orRuns(h, words, reach) {
			return badContainer(i)
		}
	case card <= arrayMax:
		if len(h.payload) < 2*card {
			return badContainer(i)
		}
		ids := h.payload[:2*card]
		h.payload = h.payload[2*card:]
		fresh, ok := orArray(words, ids, reach)
		s.n += fresh
		if !ok {
			return badContainer(i)
		}
	default:
		if len(h.payload) < bitmapBytes {
			return badContainer(i)
		}
		raw := h.payload[:bitmapBytes]
		h.payload = h.payload[bitmapBytes:]
		fresh, ok := orBitmap(words, raw, reach)
		s.n += fresh
		if !ok {
			return badContainer(i)
		}
	}
	return nil
}

func badContainer(i int) error { return fmt.Errorf("%w: container %d", ErrCorrupt, i) }

// orArray sets the bits of 16-bit ids and counts the new ones; false when they are
// not ascending or reach beyond.
func orArray(words []uint64, ids []byte, reach int) (fresh int, ok bool) {
	last := int(binary.LittleEndian.Uint16(ids[len(ids)-2:]))
	if last >= reach {
		return 0, false
	}
	words = words[:last>>6+1]
	n, before := uint64(0), -1
	for len(ids) >= 2 {
		x := int(ids[0]) | int(ids[1])<<8
		ids = ids[2:]
		if x <= before || x > last {
			return int(n), false
		}
		before = x
		w := words[x>>6]
		n += ^w >> (x & 63) & 1
		words[x>>6] = w | 1<<(x&63)
	}
	return int(n), true
}

// orBitmap ors a bitmap container; false when it has members from reach on.
func orBitmap(words []uint64, raw []byte, reach int) (fresh int, ok bool) {
	for k := range containerWords {
		b := binary.LittleEndian.Uint64(raw[8*k:])
		if b == 0 {
			continue
		}
		if 64*k+63-bits.LeadingZeros64(b) >= reach {
			return fresh, false
		}
		w := words[k]
		fresh += bits.OnesCount64(b &^ w)
		words[k] = w | b
	}
	return fresh, true
}

func (s *Set) orRuns(h *head, words []uint64, reach int) bool {
	if len(h.payload) < 2 {
		return false
	}
	n := int(binary.LittleEndian.Uint16(h.payload))
	h.payload = h.payload[2:]
	if len(h.payload) < 4*n {
		return false
	}
	next := 0
	for k := range n {
		lo := int(binary.LittleEndian.Uint16(h.payload[4*k:]))
		hi := lo + int(binary.LittleEndian.Uint16(h.payload[4*k+2:])) + 1
		if lo < next || hi > reach || hi > 1<<16 {
			return false
		}
		next = hi
		s.n += orRange(words, lo, hi)
	}
	h.payload = h.payload[4*n:]
	return true
}

// orRange sets the bits [lo, hi) and counts the new ones.
func orRange(words []uint64, lo, hi int) int {
	fresh := 0
	for w := lo >> 6; w<<6 < hi; w++ {
		mask := ^uint64(0)
		if from := lo - w<<6; from > 0 {
			mask <<= from
		}
		if to := hi - w<<6; to < 64 {
			mask &= 1<<to - 1
		}
		fresh += bits.OnesCount64(mask &^ words[w])
		words[w] |= mask
	}
	return fresh
}
