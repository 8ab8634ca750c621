package symbol

import (
	"encoding/binary"

	"github.com/zeebo/xxh3"
)

// Hash128 is the portable identity of a value: what states hold in place of a
// symbol once they leave the shard. It is a pure function of the value, fixed
// for ever.
type Hash128 struct{ Hi, Lo uint64 }

// HashOf returns the hash of a value: for 32 lower-case hexadecimal digits a
// bijection of the 16 bytes that they stand for, so that two such ids never
// share a hash; for anything else XXH3-128 with seed 0.
func HashOf(value []byte) Hash128 {
	if len(value) == hexDigits {
		if p, ok := packHex(value); ok {
			return p.hash()
		}
	}
	h := xxh3.Hash128(value)
	return Hash128{Hi: h.Hi, Lo: h.Lo}
}

const (
	// hexDigits is the length of an id that is packed, packedBytes what it
	// takes then.
	hexDigits   = 32
	packedBytes = 16
)

// packed is an id of 32 lower-case hexadecimal digits as 16 bytes, read as two
// little-endian words.
type packed struct{ a, b uint64 }

// packHex packs 32 digits; it refuses anything but 0-9 and a-f.
func packHex(value []byte) (packed, bool) {
	v := value[:hexDigits]
	w0, bad0 := packWord(binary.LittleEndian.Uint64(v))
	w1, bad1 := packWord(binary.LittleEndian.Uint64(v[8:]))
	w2, bad2 := packWord(binary.LittleEndian.Uint64(v[16:]))
	w3, bad3 := packWord(binary.LittleEndian.Uint64(v[24:]))
	return packed{a: w0 | w1<<32, b: w2 | w3<<32}, bad0|bad1|bad2|bad3 == 0
}

// packWord packs eight digits at once into the low four bytes. The second
// result is zero if all are valid.
func packWord(x uint64) (word, bad uint64) {
	const ones = 0x0101010101010101
	letter := x >> 6 & ones // Bit 6 tells a-f from 0-9.
	v := x&(0x0f*ones) + 9*letter
	// Valid digits are those that print as themselves.
	big := (v + 6*ones) >> 4 & ones
	bad = (v & (0xf0 * ones)) | (v + '0'*ones + ('a'-'0'-10)*big ^ x)
	v = (v<<4 | v>>8) & 0x00ff00ff00ff00ff
	v = (v | v>>8) & 0x0000ffff0000ffff
	return (v | v>>16) & 0xffffffff, bad
}

// load reads a packed id from its 16 bytes.
func loadPacked(b []byte) packed {
	return packed{binary.LittleEndian.Uint64(b), binary.LittleEndian.Uint64(b[8:packedBytes])}
}

// store writes the 16 bytes.
func (p packed) store(b []byte) {
	binary.LittleEndian.PutUint64(b, p.a)
	binary.LittleEndian.PutUint64(b[8:packedBytes], p.b)
}

// appendHex appends the 32 digits that 16 bytes stand for.
func appendHex(dst, packed []byte) []byte {
	n := len(dst)
	dst = append(dst, zeroDigits...)
	out, in := dst[n:n+hexDigits], packed[:packedBytes]
	for i := range hexDigits / 8 {
		binary.LittleEndian.PutUint64(out[8*i:], unpackWord(uint64(binary.LittleEndian.Uint32(in[4*i:]))))
	}
	return dst
}

var zeroDigits = make([]byte, hexDigits)

// unpackWord is the eight digits of the low four bytes, the reverse of packWord.
func unpackWord(v uint64) uint64 {
	const ones = 0x0101010101010101
	v = (v | v<<16) & 0x0000ffff0000ffff
	v = (v | v<<8) & 0x00ff00ff00ff00ff
	v = (v>>4 | v<<8) & (0x0f * ones)
	letter := (v + 6*ones) >> 4 & ones
	return v + '0'*ones + ('a'-'0'-10)*letter
}

// hash mixes the id by three rounds of a Feistel network, a bijection.
func (p packed) hash() Hash128 {
	a, b := p.a, p.b
	b ^= mix64(a + 0x9e3779b97f4a7c15)
	a ^= mix64(b + 0xc2b2ae3d27d4eb4f)
	b ^= mix64(a + 0x165667b19e3779f9)
	return Hash128{Hi: a, Lo: b}
}

// mix64 is the finalizer of MurmurHash3.
func mix64(x uint64) uint64 {
	x ^= x >> 33
	x *= 0xff51afd7ed558ccd
	x ^= x >> 33
	x *= 0xc4ceb9fe1a85ec53
	return x ^ x>>33
}

// key is a value made ready to be looked up.
type key struct {
	value []byte
	hash  Hash128
	id    packed // Valid if isHex.
	isHex bool
	// touched is what Dict.touch saw; it means nothing.
	touched byte
}

func (k *key) set(value []byte) {
	k.value = value
	k.isHex = false
	if len(value) == hexDigits {
		if k.id, k.isHex = packHex(value); k.isHex {
			k.hash = k.id.hash()
			return
		}
	}
	h := xxh3.Hash128(value)
	k.hash = Hash128{Hi: h.Hi, Lo: h.Lo}
}

// setPacked is set for an id that is packed already.
func (k *key) setPacked(id packed) {
	k.value = nil
	k.id, k.isHex = id, true
	k.hash = id.hash()
}

// bytes is what the value takes in a page.
func (k *key) bytes() int {
	if k.isHex {
		return packedBytes
	}
	return hashBytes + len(k.value)
}

// len is the length of the value itself.
func (k *key) len() int {
	if k.isHex {
		return hexDigits
	}
	return len(k.value)
}
