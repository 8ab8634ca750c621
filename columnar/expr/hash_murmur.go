package expr

import (
	"encoding/binary"
	"math/bits"
)

// The multipliers of MurmurHash3.
const (
	murmurA uint64 = 0x87C37B91114253D5
	murmurB uint64 = 0x4CF5AD432745937F

	murmurShortA uint32 = 0xCC9E2D51
	murmurShortB uint32 = 0x1B873593
)

// murmur3 is MurmurHash3_x64_128 with seed 0.
func murmur3(b []byte) (h1, h2 uint64) {
	n := uint64(len(b))
	for ; len(b) >= 16; b = b[16:] {
		h1 ^= murmurFirst(binary.LittleEndian.Uint64(b))
		h1 = (bits.RotateLeft64(h1, 27)+h2)*5 + 0x52DCE729
		h2 ^= murmurSecond(binary.LittleEndian.Uint64(b[8:]))
		h2 = (bits.RotateLeft64(h2, 31)+h1)*5 + 0x38495AB5
	}
	var rest [16]byte
	copy(rest[:], b)
	h2 ^= murmurSecond(binary.LittleEndian.Uint64(rest[8:]))
	h1 ^= murmurFirst(binary.LittleEndian.Uint64(rest[:]))
	h1 ^= n
	h2 ^= n
	h1 += h2
	h2 += h1
	h1, h2 = intHash64(h1), intHash64(h2)
	h1 += h2
	return h1, h2 + h1
}

func murmurFirst(k uint64) uint64  { return bits.RotateLeft64(k*murmurA, 31) * murmurB }
func murmurSecond(k uint64) uint64 { return bits.RotateLeft64(k*murmurB, 33) * murmurA }

func murmur3Folded(b []byte) uint64 {
	h1, h2 := murmur3(b)
	return h1 ^ h2
}

func murmur3Long(b []byte) []byte {
	h1, h2 := murmur3(b)
	return binary.LittleEndian.AppendUint64(binary.LittleEndian.AppendUint64(make([]byte, 0, 16), h1), h2)
}

// murmur3Short is MurmurHash3_x86_32 with seed 0.
func murmur3Short(b []byte) uint32 {
	h, n := uint32(0), uint32(len(b))
	for ; len(b) >= 4; b = b[4:] {
		h ^= bits.RotateLeft32(binary.LittleEndian.Uint32(b)*murmurShortA, 15) * murmurShortB
		h = bits.RotateLeft32(h, 13)*5 + 0xE6546B64
	}
	var rest [4]byte
	copy(rest[:], b)
	h ^= bits.RotateLeft32(binary.LittleEndian.Uint32(rest[:])*murmurShortA, 15) * murmurShortB
	h ^= n
	h = (h ^ h>>16) * 0x85EBCA6B
	h = (h ^ h>>13) * 0xC2B2AE35
	return h ^ h>>16
}
