package expr

import (
	"encoding/binary"
	"math/bits"
)

// cityHash64 is CityHash64 of version 1.0.2, the one that ClickHouse keeps.
func cityHash64(s []byte) uint64 {
	switch n := len(s); {
	case n == 0:
		return cityK2
	case n <= 3:
		y := uint64(s[0]) + uint64(s[n/2])<<8
		z := uint64(n) + uint64(s[n-1])<<2
		return cityMix(y*cityK2^z*cityK3) * cityK2
	case n <= 8:
		return cityPair(uint64(n)+uint64(binary.LittleEndian.Uint32(s))<<3, uint64(binary.LittleEndian.Uint32(s[n-4:])))
	case n <= 16:
		a, b := word(s, 0), word(s, n-8)
		return cityPair(a, bits.RotateLeft64(b+uint64(n), -n)) ^ b
	case n <= 32:
		a, b, c, d := word(s, 0)*cityK1, word(s, 8), word(s, n-8)*cityK2, word(s, n-16)*cityK0
		return cityPair(right(a-b, 43)+right(c, 30)+d, a+right(b^cityK3, 20)-c+uint64(n))
	case n <= 64:
		return cityMedium(s)
	default:
		return cityLong(s)
	}
}

// The constants of CityHash.
const (
	cityK0  = 0xc3a5c85c97cb3127
	cityK1  = 0xb492b66fbe98f273
	cityK2  = 0x9ae16a3b2f90404f
	cityK3  = 0xc949d7c7509e6557
	cityMul = 0x9ddfea08eb382d69
)

func word(s []byte, i int) uint64 { return binary.LittleEndian.Uint64(s[i:]) }

func right(x uint64, n int) uint64 { return bits.RotateLeft64(x, -n) }

func cityMix(x uint64) uint64 { return x ^ x>>47 }

// cityPair makes one hash of two, which is also how the hashes of several
// arguments become one.
func cityPair(low, high uint64) uint64 {
	a := cityMix((low ^ high) * cityMul)
	return cityMix((high^a)*cityMul) * cityMul
}

// cityWeak hashes 32 bytes with two seeds.
func cityWeak(s []byte, a, b uint64) (low, high uint64) {
	a += word(s, 0)
	b = right(b+a+word(s, 24), 21)
	c := a
	a += word(s, 8) + word(s, 16)
	b += right(a, 44)
	return a + word(s, 24), b + c
}

func cityMedium(s []byte) uint64 {
	n := len(s)
	half := func(a, z, second, third uint64) (first, other uint64) {
		b, c := right(a+z, 52), right(a, 37)
		a += second
		c += right(a, 7)
		a += third
		return a + z, b + right(a, 31) + c
	}
	vf, vs := half(word(s, 0)+(uint64(n)+word(s, n-16))*cityK0, word(s, 24), word(s, 8), word(s, 16))
	wf, ws := half(word(s, 16)+word(s, n-32), word(s, n-8), word(s, n-24), word(s, n-16))
	r := cityMix((vf+ws)*cityK2 + (wf+vs)*cityK0)
	return cityMix(r*cityK0+vs) * cityK2
}

func cityLong(s []byte) uint64 {
	n := len(s)
	x, y, z := word(s, 0), word(s, n-16)^cityK1, word(s, n-56)^cityK0
	vl, vh := cityWeak(s[n-64:], uint64(n), y)
	wl, wh := cityWeak(s[n-32:], uint64(n)*cityK1, cityK0)
	z += cityMix(vh) * cityK1
	x = right(z+x, 39) * cityK1
	y = right(y, 33) * cityK1
	for left := (n - 1) / 64; left > 0; left-- {
		x = right(x+y+vl+word(s, 16), 37) * cityK1
		y = right(y+vh+word(s, 48), 42) * cityK1
		x ^= wh
		y ^= vl
		z = right(z^wl, 33)
		vl, vh = cityWeak(s, vh*cityK1, x+wl)
		wl, wh = cityWeak(s[32:], z+wh, y)
		z, x = x, z
		s = s[64:]
	}
	return cityPair(cityPair(vl, wl)+cityMix(y)*cityK1+z, cityPair(vh, wh)+x)
}
