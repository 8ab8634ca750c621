package expr

import (
	"encoding/binary"
	"math/bits"
)

// sip is the state of SipHash-2-4 with a key of zeros.
type sip struct{ v0, v1, v2, v3 uint64 }

func (s *sip) round() {
	s.v0 += s.v1
	s.v1 = bits.RotateLeft64(s.v1, 13) ^ s.v0
	s.v0 = bits.RotateLeft64(s.v0, 32)
	s.v2 += s.v3
	s.v3 = bits.RotateLeft64(s.v3, 16) ^ s.v2
	s.v0 += s.v3
	s.v3 = bits.RotateLeft64(s.v3, 21) ^ s.v0
	s.v2 += s.v1
	s.v1 = bits.RotateLeft64(s.v1, 17) ^ s.v2
	s.v2 = bits.RotateLeft64(s.v2, 32)
}

func (s *sip) word(m uint64) {
	s.v3 ^= m
	s.round()
	s.round()
	s.v0 ^= m
}

func sipOf(b []byte) sip {
	s := sip{0x736F6D6570736575, 0x646F72616E646F6D, 0x6C7967656E657261, 0x7465646279746573}
	last := uint64(len(b)) << 56
	for ; len(b) >= 8; b = b[8:] {
		s.word(binary.LittleEndian.Uint64(b))
	}
	for k, c := range b {
		last |= uint64(c) << (8 * k)
	}
	s.word(last)
	s.v2 ^= 0xFF
	for range 4 {
		s.round()
	}
	return s
}

func sipHash64(b []byte) uint64 {
	s := sipOf(b)
	return s.v0 ^ s.v1 ^ s.v2 ^ s.v3
}

// sipHash128 is ClickHouse's own way to get 128 bits.
func sipHash128(b []byte) []byte {
	s := sipOf(b)
	out := binary.LittleEndian.AppendUint64(make([]byte, 0, 16), s.v0^s.v1)
	return binary.LittleEndian.AppendUint64(out, s.v2^s.v3)
}
