package expr

import (
	"encoding/binary"
	"math/bits"
)

// CityHash 1.0.2, which is the version that ClickHouse stays with.
const (
	cityK0  uint64 = 0xC3A5C85C97CB3127
	cityK1  uint64 = 0xB492B66FBE98F273
	cityK2  uint64 = 0x9AE16A3B2F90404F
	cityK3  uint64 = 0xC949D7C7509E6557
	cityMul uint64 = 0x9DDFEA08EB382D69
)

func fetch64(b []byte) uint64 { return binary.LittleEndian.Uint64(b) }

func fetch32(b []byte) uint64 { return uint64(binary.LittleEndian.Uint32(b)) }

func rotate(x uint64, n int) uint64 { return bits.RotateLeft64(x, -n) }

func shiftMix(x uint64) uint64 { return x ^ x>>47 }

// cityPair makes one hash of two.
func cityPair(lo, hi uint64) uint64 {
	a := shiftMix((lo ^ hi) * cityMul)
	b := shiftMix((hi ^ a) * cityMul)
	return b * cityMul
}

func cityShort(b []byte) uint64 {
	n := uint64(len(b))
	switch {
	case n > 8:
		x, y := fetch64(b), fetch64(b[n-8:])
		return cityPair(x, rotate(y+n, int(n))) ^ y
	case n >= 4:
		return cityPair(n+fetch32(b)<<3, fetch32(b[n-4:]))
	case n > 0:
		y := uint32(b[0]) + uint32(b[n>>1])<<8
		z := uint32(n) + uint32(b[n-1])<<2
		return shiftMix(uint64(y)*cityK2^uint64(z)*cityK3) * cityK2
	default:
		return cityK2
	}
}

func cityMiddle(b []byte) uint64 {
	n := uint64(len(b))
	x := fetch64(b) * cityK1
	y := fetch64(b[8:])
	c := fetch64(b[n-8:]) * cityK2
	d := fetch64(b[n-16:]) * cityK0
	return cityPair(rotate(x-y, 43)+rotate(c, 30)+d, x+rotate(y^cityK3, 20)-c+n)
}

// cityWeak is a hash of 32 bytes with two seeds.
func cityWeak(b []byte, x, y uint64) (lo, hi uint64) {
	w, p, q, z := fetch64(b), fetch64(b[8:]), fetch64(b[16:]), fetch64(b[24:])
	x += w
	y = rotate(y+x+z, 21)
	c := x
	x += p + q
	y += rotate(x, 44)
	return x + z, y + c
}

func cityLong(b []byte) uint64 {
	n := uint64(len(b))
	z := fetch64(b[24:])
	x := fetch64(b) + (n+fetch64(b[n-16:]))*cityK0
	y := rotate(x+z, 52)
	c := rotate(x, 37)
	x += fetch64(b[8:])
	c += rotate(x, 7)
	x += fetch64(b[16:])
	vf := x + z
	vs := y + rotate(x, 31) + c
	x = fetch64(b[16:]) + fetch64(b[n-32:])
	z = fetch64(b[n-8:])
	y = rotate(x+z, 52)
	c = rotate(x, 37)
	x += fetch64(b[n-24:])
	c += rotate(x, 7)
	x += fetch64(b[n-16:])
	wf := x + z
	ws := y + rotate(x, 31) + c
	r := shiftMix((vf+ws)*cityK2 + (wf+vs)*cityK0)
	return shiftMix(r*cityK0+vs) * cityK2
}

func cityHash64(b []byte) uint64 {
	n := len(b)
	switch {
	case n <= 16:
		return cityShort(b)
	case n <= 32:
		return cityMiddle(b)
	case n <= 64:
		return cityLong(b)
	}
	x := fetch64(b)
	y := fetch64(b[n-16:]) ^ cityK1
	z := fetch64(b[n-56:]) ^ cityK0
	v1, v2 := cityWeak(b[n-64:], uint64(n), y)
	w1, w2 := cityWeak(b[n-32:], uint64(n)*cityK1, cityK0)
	z += shiftMix(v2) * cityK1
	x = rotate(z+x, 39) * cityK1
	y = rotate(y, 33) * cityK1
	for left := (n - 1) &^ 63; left > 0; left -= 64 {
		x = rotate(x+y+v1+fetch64(b[16:]), 37) * cityK1
		y = rotate(y+v2+fetch64(b[48:]), 42) * cityK1
		x ^= w2
		y ^= v1
		z = rotate(z^w1, 33)
		v1, v2 = cityWeak(b, v2*cityK1, x+w1)
		w1, w2 = cityWeak(b[32:], z+w2, y)
		z, x = x, z
		b = b[64:]
	}
	return cityPair(cityPair(v1, w1)+shiftMix(y)*cityK1+z, cityPair(v2, w2)+x)
}
