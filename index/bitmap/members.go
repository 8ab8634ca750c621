package bitmap

import (
	"encoding/binary"
	"fmt"
	"math/bits"
	"slices"
)

// AppendMembers appends the members of the encoded set at the begin of src, which are all
// below limit, to dst in rising order, and returns what follows it: what DecodeSet and
// Each would give, without making a Set. It believes nothing that src says.
func AppendMembers(dst []uint32, src []byte, limit int) (out []uint32, rest []byte, err error) {
	form, size, body, err := encodedHead(src)
	if err != nil {
		return dst, nil, err
	}
	if form == formList {
		out, rest, ok := AppendListed(dst, src)
		if !ok || len(out) > len(dst) && int64(out[len(out)-1]) >= int64(limit) {
			return dst, nil, fmt.Errorf("%w: list", ErrCorrupt)
		}
		return out, rest, nil
	}
	h, err := readHead(body[:size])
	if err != nil {
		return dst, nil, err
	}
	last := int64(-1)
	out = dst
	for i := range h.count {
		key := h.key(i)
		if int64(key) <= last || int64(key) >= int64(limit) {
			return dst, nil, badContainer(i)
		}
		last = int64(key)
		before, ok := len(out), false
		if out, ok = h.appendContainer(out, i); !ok || len(out)-before != h.card(i) || int64(out[len(out)-1]) >= int64(limit) {
			return dst, nil, badContainer(i)
		}
	}
	if len(h.payload) > 0 {
		return dst, nil, fmt.Errorf("%w: %d bytes too many", ErrCorrupt, len(h.payload))
	}
	return out, body[size:], nil
}

// appendContainer appends the members of the i-th container, of which there is at least
// one, and takes it off the payload; false when they do not rise.
func (h *head) appendContainer(dst []uint32, i int) (out []uint32, ok bool) {
	key, card := h.key(i), h.card(i)
	switch {
	case h.isRun(i):
		return h.appendRuns(dst, key)
	case card <= arrayMax:
		if len(h.payload) < 2*card {
			return dst, false
		}
		dst = slices.Grow(dst, card)
		before := -1
		for ids := h.payload[:2*card]; len(ids) >= 2; ids = ids[2:] {
			x := int(binary.LittleEndian.Uint16(ids))
			if x <= before {
				return dst, false
			}
			before = x
			dst = append(dst, key|uint32(x))
		}
		h.payload = h.payload[2*card:]
		return dst, true
	default:
		if len(h.payload) < bitmapBytes {
			return dst, false
		}
		dst = slices.Grow(dst, card)
		for k := range containerWords {
			base := key | uint32(64*k)
			for w := binary.LittleEndian.Uint64(h.payload[8*k:]); w != 0; w &= w - 1 {
				dst = append(dst, base|uint32(bits.TrailingZeros64(w)))
			}
		}
		h.payload = h.payload[bitmapBytes:]
		return dst, true
	}
}

func (h *head) appendRuns(dst []uint32, key uint32) (out []uint32, ok bool) {
	if len(h.payload) < 2 {
		return dst, false
	}
	n := int(binary.LittleEndian.Uint16(h.payload))
	h.payload = h.payload[2:]
	if n == 0 || len(h.payload) < 4*n {
		return dst, false
	}
	next := 0
	for k := range n {
		lo := int(binary.LittleEndian.Uint16(h.payload[4*k:]))
		hi := lo + int(binary.LittleEndian.Uint16(h.payload[4*k+2:])) + 1
		if lo < next || hi > 1<<16 {
			return dst, false
		}
		next = hi
		for x := lo; x < hi; x++ {
			dst = append(dst, key|uint32(x))
		}
	}
	h.payload = h.payload[4*n:]
	return dst, true
}
