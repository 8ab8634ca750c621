package sketch

import "github.com/zeebo/xxh3"

// The hashes of values. They are part of every stored state and of the answers
// of uniq: they never change (hash_test.go holds golden values).

// HashUint64 is the hash of a value of at most 64 bits: a bijective mixing (the
// finalizer of splitmix64), so that distinct values have distinct hashes.
// Integers come zero- or sign-extended, floats as the bits of the float64.
func HashUint64(v uint64) uint64 {
	v += 0x9e3779b97f4a7c15
	v = (v ^ v>>30) * 0xbf58476d1ce4e5b9
	v = (v ^ v>>27) * 0x94d049bb133111eb
	return v ^ v>>31
}

// Hash128 is the hash of a value of more than 64 bits by its canonical bytes:
// xxh3-128, as dictionaries keep it for their symbols. Sketches use the low half.
func Hash128(b []byte) (hi, lo uint64) {
	h := xxh3.Hash128(b)
	return h.Hi, h.Lo
}

// UnhashUint64 is the value that HashUint64 made a hash of.
func UnhashUint64(h uint64) uint64 {
	h = (h ^ h>>31 ^ h>>62) * 0x319642b2d24d8ec3
	h = (h ^ h>>27 ^ h>>54) * 0x96de1b173f119089
	return (h ^ h>>30 ^ h>>60) - 0x9e3779b97f4a7c15
}
