package bitmap

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/RoaringBitmap/roaring/v2"
)

// The encoding of a Set:
//
//	byte 0  0 list, 1 roaring
//	list:    uvarint count (at most 64), the first member and then the deltas - 1 as uvarints
//	roaring: uvarint length, the portable serialization of RoaringBitmap with run
//	         containers where they are smaller
//
// It depends on the members only. That of a HashSet is a uvarint count and the
// members as little-endian words in no particular order; that of a Counted adds
// the count of each as a signed varint.
const (
	formList    = 0
	formRoaring = 1
)

// ErrCorrupt marks bytes that are no set.
var ErrCorrupt = errors.New("corrupt set")

// AppendBinary appends the encoding of the set.
func (s *Set) AppendBinary(dst []byte) []byte {
	if s.n <= sortedMax {
		dst = binary.AppendUvarint(append(dst, formList), uint64(s.n))
		next := uint32(0)
		s.Each(func(x uint32) bool {
			dst = binary.AppendUvarint(dst, uint64(x-next))
			next = x + 1
			return true
		})
		return dst
	}
	return appendRoaring(dst, s.roaring())
}

// DecodeSet reads a set of numbers below limit (the length of the dictionary) from
// the begin of src and returns what follows it. It keeps no reference to src and
// believes nothing that src says: without the limit eight bytes of a run container
// could ask for 8 KB of bits.
func DecodeSet(src []byte, limit int) (s *Set, rest []byte, err error) {
	if len(src) == 0 {
		return nil, nil, fmt.Errorf("%w: empty", ErrCorrupt)
	}
	n, used := binary.Uvarint(src[1:])
	if used <= 0 {
		return nil, nil, fmt.Errorf("%w: length", ErrCorrupt)
	}
	form, src := src[0], src[1+used:]
	switch form {
	case formList:
		return decodeList(src, n, limit)
	case formRoaring:
		if n > uint64(len(src)) {
			return nil, nil, fmt.Errorf("%w: %d bytes of %d", ErrCorrupt, len(src), n)
		}
		s, err := decodeRoaring(src[:n], limit)
		return s, src[n:], err
	default:
		return nil, nil, fmt.Errorf("%w: form %d", ErrCorrupt, form)
	}
}

func decodeList(src []byte, n uint64, limit int) (*Set, []byte, error) {
	if n > sortedMax {
		return nil, nil, fmt.Errorf("%w: list of %d", ErrCorrupt, n)
	}
	s := &Set{list: make([]uint32, n), n: int(n)}
	next := uint64(0)
	for i := range s.list {
		delta, used := binary.Uvarint(src)
		if used <= 0 || delta > 1<<32-1 || next+delta >= uint64(limit) {
			return nil, nil, fmt.Errorf("%w: member %d", ErrCorrupt, i)
		}
		s.list[i] = uint32(next + delta)
		next += delta + 1
		src = src[used:]
	}
	return s, src, nil
}

func decodeRoaring(src []byte, limit int) (s *Set, err error) {
	defer func() { // the library slices by lengths that it reads
		if r := recover(); r != nil {
			s, err = nil, fmt.Errorf("%w: %v", ErrCorrupt, r)
		}
	}()
	if h, err := readHead(src); err == nil {
		n := 0
		for i := range h.count {
			n += h.card(i)
		}
		if n > sortedMax && limit > 0 && limit <= 1<<32 && denseFits(uint32(limit-1), n) {
			return decodeDense(src, limit)
		}
	}
	rb := roaring.New()
	if err := rb.UnmarshalBinary(src); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrCorrupt, err)
	}
	if rb.GetSerializedSizeInBytes() != uint64(len(src)) {
		return nil, fmt.Errorf("%w: %d bytes", ErrCorrupt, len(src))
	}
	if err := rb.Validate(); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrCorrupt, err)
	}
	s = &Set{}
	if rb.IsEmpty() {
		return s, nil
	}
	if top := rb.Maximum(); int64(top) >= int64(limit) {
		return nil, fmt.Errorf("%w: member %d, limit %d", ErrCorrupt, top, limit)
	}
	s.become(rb)
	return s, nil
}

// decodeDense reads a serialized bitmap that is worth to be held dense.
func decodeDense(src []byte, limit int) (*Set, error) {
	s := &Set{words: make([]uint64, (limit+63)/64)}
	if err := s.orRoaring(src, limit); err != nil {
		return nil, err
	}
	return s, nil
}

// AppendBinary appends the encoding of the set.
func (s *HashSet[K]) AppendBinary(dst []byte) []byte {
	dst = binary.AppendUvarint(dst, uint64(s.Len()))
	s.Each(func(k K) { dst = appendKey(dst, k) })
	return dst
}

func appendKey[K Key](dst []byte, k K) []byte {
	for i := range len(k) {
		dst = binary.LittleEndian.AppendUint64(dst, k[i])
	}
	return dst
}

func readKey[K Key](src []byte) (k K) {
	for i := range len(k) {
		k[i] = binary.LittleEndian.Uint64(src[8*i:])
	}
	return k
}

// DecodeHashSet reads a set from the begin of src and returns what follows it.
func DecodeHashSet[K Key](src []byte) (s *HashSet[K], rest []byte, err error) {
	var k K
	width := 8 * len(k)
	n, used := binary.Uvarint(src)
	if used <= 0 || n > uint64(len(src)-used)/uint64(width) {
		return nil, nil, fmt.Errorf("%w: %d hashes in %d bytes", ErrCorrupt, n, len(src))
	}
	src = src[used:]
	s = &HashSet[K]{}
	s.Reserve(int(n))
	for range n {
		if !s.Add(readKey[K](src)) {
			return nil, nil, fmt.Errorf("%w: hash twice", ErrCorrupt)
		}
		src = src[width:]
	}
	return s, src, nil
}
