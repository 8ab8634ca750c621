package kernel

import (
	"bytes"
	"cmp"
	"math"

	"github.com/freshetdb/freshet/columnar/batch"
)

// Op is a comparison.
type Op uint8

// The comparisons.
const (
	EQ Op = iota
	NE
	LT
	LE
	GT
	GE
)

// Swap is the comparison with its operands exchanged.
func (o Op) Swap() Op {
	switch o {
	case LT:
		return GT
	case LE:
		return GE
	case GT:
		return LT
	case GE:
		return LE
	default:
		return o
	}
}

// Holds tells whether the comparison holds for a result of cmp.Compare.
func (o Op) Holds(c int) bool {
	switch o {
	case EQ:
		return c == 0
	case NE:
		return c != 0
	case LT:
		return c < 0
	case LE:
		return c <= 0
	case GT:
		return c > 0
	default:
		return c >= 0
	}
}

// Compare sets dst[i] to 1 where a[i] op b[i], else 0. NaN is unequal to all.
func Compare[T Num](op Op, dst []uint8, a, b []T) {
	switch {
	case len(a) == 1 && len(b) == 1:
		if len(dst) > 0 {
			var one [1]uint8
			compareConst(op, one[:], a, b[0])
			fill(dst, one[0])
		}
	case len(b) == 1:
		compareConst(op, dst, a[:len(dst)], b[0])
	case len(a) == 1:
		compareConst(op.Swap(), dst, b[:len(dst)], a[0])
	default:
		compareColumns(op, dst, a[:len(dst)], b[:len(dst)])
	}
}

func compareConst[T Num](op Op, dst []uint8, a []T, y T) {
	a = a[:len(dst)]
	switch op {
	case EQ:
		for i := range dst {
			dst[i] = truth(a[i] == y)
		}
	case NE:
		for i := range dst {
			dst[i] = truth(a[i] != y)
		}
	case LT:
		for i := range dst {
			dst[i] = truth(a[i] < y)
		}
	case LE:
		for i := range dst {
			dst[i] = truth(a[i] <= y)
		}
	case GT:
		for i := range dst {
			dst[i] = truth(a[i] > y)
		}
	case GE:
		for i := range dst {
			dst[i] = truth(a[i] >= y)
		}
	}
}

func compareColumns[T Num](op Op, dst []uint8, a, b []T) {
	a, b = a[:len(dst)], b[:len(dst)]
	switch op {
	case EQ:
		for i := range dst {
			dst[i] = truth(a[i] == b[i])
		}
	case NE:
		for i := range dst {
			dst[i] = truth(a[i] != b[i])
		}
	case LT:
		for i := range dst {
			dst[i] = truth(a[i] < b[i])
		}
	case LE:
		for i := range dst {
			dst[i] = truth(a[i] <= b[i])
		}
	case GT:
		compareColumns(LT, dst, b, a)
	case GE:
		compareColumns(LE, dst, b, a)
	}
}

// truth is 1 or 0; it compiles to a flag, not to a branch.
func truth(b bool) uint8 {
	if b {
		return 1
	}
	return 0
}

// CompareBy is [Compare] by a function for pairs of rows.
func CompareBy[A, B any](op Op, dst []uint8, a []A, b []B, compare func(A, B) int) {
	for i := range dst {
		dst[i] = truth(op.Holds(compare(at(a, i), at(b, i))))
	}
}

// CompareIntUint orders a signed and an unsigned number by value.
func CompareIntUint(a int64, b uint64) int {
	if a < 0 {
		return -1
	}
	return cmp.Compare(uint64(a), b)
}

// CompareIntFloat orders an integer and a float by value, exactly; ok is false
// for NaN.
func CompareIntFloat(a int64, b float64) (c int, ok bool) {
	switch {
	case math.IsNaN(b):
		return 0, false
	case b >= 0x1p63:
		return -1, true
	case b < -0x1p63:
		return 1, true
	}
	whole := math.Trunc(b)
	if c := cmp.Compare(a, int64(whole)); c != 0 {
		return c, true
	}
	return cmp.Compare(whole, b), true
}

// CompareUintFloat is [CompareIntFloat] for unsigned numbers.
func CompareUintFloat(a uint64, b float64) (c int, ok bool) {
	switch {
	case math.IsNaN(b):
		return 0, false
	case b >= 0x1p64:
		return -1, true
	case b < 0:
		return 1, true
	}
	whole := math.Trunc(b)
	if c := cmp.Compare(a, uint64(whole)); c != 0 {
		return c, true
	}
	return cmp.Compare(whole, b), true
}

// CompareStrings is [Compare] of byte strings, by bytes.
func CompareStrings(op Op, dst []uint8, a, b batch.Strings) {
	switch {
	case b.Len() == 1 && (op == EQ || op == NE):
		equalConst(dst, a, b.At(0), truth(op == EQ))
	case a.Len() == 1 && (op == EQ || op == NE):
		equalConst(dst, b, a.At(0), truth(op == EQ))
	default:
		ca, cb := a.Len() == 1, b.Len() == 1
		for i := range dst {
			dst[i] = truth(op.Holds(bytes.Compare(a.At(row(ca, i)), b.At(row(cb, i)))))
		}
	}
}

func row(constant bool, i int) int {
	if constant {
		return 0
	}
	return i
}

// equalConst sets dst[i] = hit where s[i] is v, else the opposite.
func equalConst(dst []uint8, s batch.Strings, v []byte, hit uint8) {
	if s.Len() == 1 {
		fill(dst, truth(bytes.Equal(s.At(0), v) == (hit == 1)))
		return
	}
	offsets := s.Offsets[:len(dst)+1]
	for i := range dst {
		lo, hi := offsets[i], offsets[i+1]
		dst[i] = hit ^ truth(int(hi-lo) != len(v) || string(s.Bytes[lo:hi]) != string(v))
	}
}

// EqualCodes sets dst[i] to 1 where codes[i] is code, else 0; the opposite for NE.
func EqualCodes(op Op, dst []uint8, codes []uint32, code uint32) {
	compareConst(op, dst, codes, code)
}
