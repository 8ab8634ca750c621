package types

import (
	"math/big"
	"math/bits"
)

// Int128 is a signed 128-bit integer in two's complement: the unscaled value of
// a Decimal of more than 18 digits.
type Int128 struct {
	Lo uint64
	Hi int64
}

// Int128From widens an int64.
func Int128From(v int64) Int128 { return Int128{Lo: uint64(v), Hi: v >> 63} }

// Int128FromUint64 widens a uint64.
func Int128FromUint64(v uint64) Int128 { return Int128{Lo: v} }

// Add returns a+b and whether it overflowed.
func (a Int128) Add(b Int128) (Int128, bool) {
	lo, carry := bits.Add64(a.Lo, b.Lo, 0)
	hi, _ := bits.Add64(uint64(a.Hi), uint64(b.Hi), carry)
	r := Int128{Lo: lo, Hi: int64(hi)}
	return r, (a.Hi < 0) == (b.Hi < 0) && (r.Hi < 0) != (a.Hi < 0)
}

// Neg returns -a, wrapping at the least value.
func (a Int128) Neg() Int128 {
	lo, borrow := bits.Sub64(0, a.Lo, 0)
	hi, _ := bits.Sub64(0, uint64(a.Hi), borrow)
	return Int128{Lo: lo, Hi: int64(hi)}
}

// Sub returns a-b and whether it overflowed.
func (a Int128) Sub(b Int128) (Int128, bool) {
	lo, borrow := bits.Sub64(a.Lo, b.Lo, 0)
	hi, _ := bits.Sub64(uint64(a.Hi), uint64(b.Hi), borrow)
	r := Int128{Lo: lo, Hi: int64(hi)}
	return r, (a.Hi < 0) != (b.Hi < 0) && (r.Hi < 0) != (a.Hi < 0)
}

// Mul returns a*b and whether it overflowed.
func (a Int128) Mul(b Int128) (Int128, bool) {
	neg := (a.Hi < 0) != (b.Hi < 0)
	x, y := a.abs(), b.abs()
	hi, lo := bits.Mul64(x.lo, y.lo)
	over := x.hi != 0 && y.hi != 0
	h1, l1 := bits.Mul64(x.hi, y.lo)
	h2, l2 := bits.Mul64(x.lo, y.hi)
	over = over || h1 != 0 || h2 != 0
	var c uint64
	hi, c = bits.Add64(hi, l1, 0)
	over = over || c != 0
	hi, c = bits.Add64(hi, l2, 0)
	over = over || c != 0
	return fromMagnitude(lo, hi, neg, over)
}

// DivMod returns a/b truncated toward zero and the remainder, with the sign of
// a. b must not be zero.
func (a Int128) DivMod(b Int128) (quo, rem Int128) {
	q, r := new(big.Int).QuoRem(a.Big(), b.Big(), new(big.Int))
	quo, _ = Int128FromBig(q)
	rem, _ = Int128FromBig(r)
	return quo, rem
}

type uint128 struct{ lo, hi uint64 }

func (a Int128) abs() uint128 {
	if a.Hi < 0 {
		a = a.Neg()
	}
	return uint128{a.Lo, uint64(a.Hi)}
}

func fromMagnitude(lo, hi uint64, neg, over bool) (Int128, bool) {
	r := Int128{Lo: lo, Hi: int64(hi)}
	if neg {
		over = over || hi > 1<<63 || (hi == 1<<63 && lo != 0)
		return r.Neg(), over
	}
	return r, over || hi >= 1<<63
}

// Cmp is -1, 0 or +1.
func (a Int128) Cmp(b Int128) int {
	switch {
	case a.Hi < b.Hi:
		return -1
	case a.Hi > b.Hi:
		return 1
	case a.Lo < b.Lo:
		return -1
	case a.Lo > b.Lo:
		return 1
	default:
		return 0
	}
}

// Sign is -1, 0 or +1.
func (a Int128) Sign() int {
	switch {
	case a.Hi < 0:
		return -1
	case a.Hi == 0 && a.Lo == 0:
		return 0
	default:
		return 1
	}
}

// Int64 narrows a; ok is false when it does not fit.
func (a Int128) Int64() (v int64, ok bool) {
	v = int64(a.Lo)
	return v, a.Hi == v>>63
}

// Float64 converts with rounding.
func (a Int128) Float64() float64 {
	if a.Hi < 0 {
		m := a.abs()
		return -(float64(m.hi)*0x1p64 + float64(m.lo))
	}
	return float64(a.Hi)*0x1p64 + float64(a.Lo)
}

// Big converts to math/big.
func (a Int128) Big() *big.Int {
	r := new(big.Int).Lsh(big.NewInt(a.Hi), 64)
	return r.Add(r, new(big.Int).SetUint64(a.Lo))
}

// Int128FromBig narrows from math/big; ok is false when it does not fit.
func Int128FromBig(b *big.Int) (v Int128, ok bool) {
	if b.BitLen() > 127 && b.Cmp(minInt128()) != 0 {
		return Int128{}, false
	}
	m := new(big.Int).Abs(b)
	lo := new(big.Int).And(m, new(big.Int).SetUint64(^uint64(0))).Uint64()
	hi := new(big.Int).Rsh(m, 64).Uint64()
	v = Int128{Lo: lo, Hi: int64(hi)}
	if b.Sign() < 0 {
		v = v.Neg()
	}
	return v, true
}

func minInt128() *big.Int { return new(big.Int).Lsh(big.NewInt(-1), 127) }

// String prints in base ten.
func (a Int128) String() string { return a.Big().String() }

// powers are those of ten that an Int128 holds.
var powers = func() (out [MaxDecimalPrecision + 1]Int128) {
	out[0].Lo = 1
	for i := 1; i < len(out); i++ {
		out[i], _ = out[i-1].Mul(Int128{Lo: 10})
	}
	return out
}()

// Pow10 returns 10**n for 0 <= n <= 38.
func Pow10(n int) Int128 { return powers[n] }
