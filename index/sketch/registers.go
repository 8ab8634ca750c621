package sketch

import (
	"encoding/binary"
	"math"
	"math/bits"
)

// Precision is the p of HyperLogLog: 2^p registers, a standard error of
// 1.04/sqrt(2^p) = 0.81 %.
const Precision = 14

// RegisterCount is the number of registers.
const RegisterCount = 1 << Precision

// rhoMax is the largest value of a register.
const rhoMax = 64 - Precision + 1

// Registers is the dense form of a HyperLogLog sketch: RegisterCount bytes, one
// per register. It depends on the set of hashes only, however they came.
type Registers []byte

// NewRegisters makes an empty sketch.
func NewRegisters() Registers { return make(Registers, RegisterCount) }

// Add puts in a 64-bit hash: the first Precision bits choose the register, the
// number of leading zeros of the rest (as in axiomhq/hyperloglog) is its value.
func (r Registers) Add(hash uint64) {
	i := hash >> (64 - Precision)
	rho := uint8(bits.LeadingZeros64(hash<<Precision|1<<(Precision-1))) + 1
	if regs := r[:RegisterCount]; regs[i] < rho {
		regs[i] = rho
	}
}

// Merge makes r the sketch of the union: register by register the larger value
// stays, eight at a time. Registers are less than 128, so that the high bit of
// each byte is free to hold the borrow of a comparison.
func (r Registers) Merge(o Registers) {
	r, o = r[:RegisterCount], o[:RegisterCount]
	const high = 0x8080808080808080
	for i := 0; i < RegisterCount; i += 8 {
		a, b := binary.LittleEndian.Uint64(r[i:]), binary.LittleEndian.Uint64(o[i:])
		isGreater := ((a | high) - b) & high           // the high bit of every byte with a >= b
		mask := isGreater | (isGreater - isGreater>>7) // all bits of those bytes
		binary.LittleEndian.PutUint64(r[i:], a&mask|b&^mask)
	}
}

// Estimate is the number of distinct hashes put in: LogLog-Beta with the
// coefficients of p = 14, over a histogram of the registers. It changes nothing
// and equals axiomhq/hyperloglog's estimate of the same registers.
func (r Registers) Estimate() uint64 {
	var histogram [4][256]uint32
	regs := r[:RegisterCount]
	for i := 0; i < RegisterCount; i += 4 { // four tables, so that equal neighbours don't wait for each other
		histogram[0][regs[i]]++
		histogram[1][regs[i+1]]++
		histogram[2][regs[i+2]]++
		histogram[3][regs[i+3]]++
	}
	sum := 0.0
	for v := rhoMax; v >= 0; v-- {
		n := histogram[0][v] + histogram[1][v] + histogram[2][v] + histogram[3][v]
		sum += math.Ldexp(float64(n), -v)
	}
	const m = float64(RegisterCount)
	alpha := 0.7213 / (1 + 1.079/m)
	zeros := float64(histogram[0][0] + histogram[1][0] + histogram[2][0] + histogram[3][0])
	return uint64(alpha*m*(m-zeros)/(sum+beta(zeros)) + 0.5)
}

// beta is the bias correction of LogLog-Beta for p = 14 (Qin, Kim, Tung 2016).
func beta(zeros float64) float64 {
	z := math.Log(zeros + 1)
	p := 4.49704299509437e-04
	for _, c := range [...]float64{
		-5.99583540511831e-03, 4.31106699492820e-02, -1.16710521803686e-01, 2.03015527328432e-01,
		1.85796293324165e-01, 9.78811941207509e-03,
	} {
		p = p*z + c
	}
	return -3.71009760230692e-01*zeros + p*z
}
