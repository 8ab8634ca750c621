package expr

import (
	"encoding/binary"
	"math/bits"
)

// The primes of xxHash.
const (
	xxPrime1 uint64 = 0x9E3779B185EBCA87
	xxPrime2 uint64 = 0xC2B2AE3D27D4EB4F
	xxPrime3 uint64 = 0x165667B19E3779F9
	xxPrime4 uint64 = 0x85EBCA77C2B2AE63
	xxPrime5 uint64 = 0x27D4EB2F165667C5

	xxShort1 uint32 = 0x9E3779B1
	xxShort2 uint32 = 0x85EBCA77
	xxShort3 uint32 = 0xC2B2AE3D
	xxShort4 uint32 = 0x27D4EB2F
	xxShort5 uint32 = 0x165667B1
)

func xxRound(acc, x uint64) uint64 { return bits.RotateLeft64(acc+x*xxPrime2, 31) * xxPrime1 }

// xxHash64 is xxHash with seed 0.
func xxHash64(b []byte) uint64 {
	n := uint64(len(b))
	h := xxPrime5
	if len(b) >= 32 {
		p2 := xxPrime2
		v := [4]uint64{xxPrime1, p2, 0, 0}
		v[0] += p2
		v[3] -= xxPrime1
		for ; len(b) >= 32; b = b[32:] {
			for k := range v {
				v[k] = xxRound(v[k], binary.LittleEndian.Uint64(b[8*k:]))
			}
		}
		h = bits.RotateLeft64(v[0], 1) + bits.RotateLeft64(v[1], 7) + bits.RotateLeft64(v[2], 12) + bits.RotateLeft64(v[3], 18)
		for _, x := range v {
			h = (h^xxRound(0, x))*xxPrime1 + xxPrime4
		}
	}
	h += n
	for ; len(b) >= 8; b = b[8:] {
		h = bits.RotateLeft64(h^xxRound(0, binary.LittleEndian.Uint64(b)), 27)*xxPrime1 + xxPrime4
	}
	if len(b) >= 4 {
		h = bits.RotateLeft64(h^uint64(binary.LittleEndian.Uint32(b))*xxPrime1, 23)*xxPrime2 + xxPrime3
		b = b[4:]
	}
	for _, c := range b {
		h = bits.RotateLeft64(h^uint64(c)*xxPrime5, 11) * xxPrime1
	}
	h = (h ^ h>>33) * xxPrime2
	h = (h ^ h>>29) * xxPrime3
	return h ^ h>>32
}

// xxHash32 is xxHash of 32 bits with seed 0.
func xxHash32(b []byte) uint32 {
	n := uint32(len(b))
	h := xxShort5
	if len(b) >= 16 {
		p1, p2 := xxShort1, xxShort2
		v := [4]uint32{p1 + p2, p2, 0, -p1}
		for ; len(b) >= 16; b = b[16:] {
			for k := range v {
				v[k] = bits.RotateLeft32(v[k]+binary.LittleEndian.Uint32(b[4*k:])*p2, 13) * p1
			}
		}
		h = bits.RotateLeft32(v[0], 1) + bits.RotateLeft32(v[1], 7) + bits.RotateLeft32(v[2], 12) + bits.RotateLeft32(v[3], 18)
	}
	h += n
	for ; len(b) >= 4; b = b[4:] {
		h = bits.RotateLeft32(h+binary.LittleEndian.Uint32(b)*xxShort3, 17) * xxShort4
	}
	for _, c := range b {
		h = bits.RotateLeft32(h+uint32(c)*xxShort5, 11) * xxShort1
	}
	h = (h ^ h>>15) * xxShort2
	h = (h ^ h>>13) * xxShort3
	return h ^ h>>16
}
