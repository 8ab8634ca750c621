package segment

import (
	"bytes"
	"cmp"
	"math/bits"
	"slices"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/types"
)

// Order gives the permutation that sorts rows by the key: row i of the sorted
// segment is row Order[i]. Rows with equal keys keep their order. It is nil
// when the rows are sorted already. All vectors must have the same symbols'
// dictionary per part; codes are compared, not values (R13).
func Order(key []*batch.Vector, rows int) []uint32 {
	if rows < 2 || len(key) == 0 {
		return nil
	}
	var digits []digit
	for _, v := range key {
		ds, ok := digitsOf(v, rows)
		if !ok {
			return orderByBytes(key, rows)
		}
		digits = append(digits, ds...)
	}
	if isOrdered(digits, rows) {
		return nil
	}
	if total := totalWidth(digits); total <= 64 {
		return orderPacked(digits, rows, total)
	}
	return orderByDigits(digits, rows)
}

// digit is one number per row; earlier digits of a key weigh more.
type digit struct {
	numbers []uint64 // least is taken off
	width   int      // bits of the greatest
}

// digitsOf gives the value of a key part as digits; false when it is not made
// of numbers.
func digitsOf(v *batch.Vector, rows int) ([]digit, bool) {
	if v.Const {
		return nil, true
	}
	var out []digit
	if v.Nulls != nil {
		d := digit{numbers: make([]uint64, rows), width: 1}
		for i, null := range v.Nulls {
			if null {
				d.numbers[i] = 1
			}
		}
		out = append(out, d)
	}
	numbers := make([]uint64, rows)
	switch d := v.Data.(type) {
	case batch.Symbols:
		for i, c := range d.Codes {
			if c&batch.OverlayBit != 0 {
				return nil, false
			}
			numbers[i] = uint64(c)
		}
	case batch.Strings, batch.Lists, []types.Int128, []types.Bytes16, []*batch.Vector, nil:
		return nil, false
	default:
		for i := range numbers {
			numbers[i] = Number(v, i)
		}
	}
	for i, null := range v.Nulls {
		if null {
			numbers[i] = numbers[0] // NULLs are equal whatever stands under them.
		}
	}
	least := slices.Min(numbers)
	for i := range numbers {
		numbers[i] -= least
	}
	return append(out, digit{numbers, bits.Len64(slices.Max(numbers))}), true
}

func totalWidth(digits []digit) int {
	n := 0
	for _, d := range digits {
		n += d.width
	}
	return n
}

func compareDigits(digits []digit, a, b uint32) int {
	for _, d := range digits {
		if c := cmp.Compare(d.numbers[a], d.numbers[b]); c != 0 {
			return c
		}
	}
	return 0
}

func isOrdered(digits []digit, rows int) bool {
	for i := 1; i < rows; i++ {
		if compareDigits(digits, uint32(i-1), uint32(i)) > 0 {
			return false
		}
	}
	return true
}

func orderByDigits(digits []digit, rows int) []uint32 {
	perm := identity(rows)
	slices.SortFunc(perm, func(a, b uint32) int {
		if c := compareDigits(digits, a, b); c != 0 {
			return c
		}
		return cmp.Compare(a, b)
	})
	return perm
}

func identity(rows int) []uint32 {
	perm := make([]uint32, rows)
	for i := range perm {
		perm[i] = uint32(i)
	}
	return perm
}

// packed is a whole key in one number, and its row.
type packed struct {
	key uint64
	row uint32
}

// radixBits is the digit of a radix pass: its counters fit the L1 cache.
const radixBits = 11

// orderPacked sorts keys of at most 64 bits by radix, least significant digit
// first, which is stable.
func orderPacked(digits []digit, rows, width int) []uint32 {
	src, dst := make([]packed, rows), make([]packed, rows)
	for i := range src {
		src[i].row = uint32(i)
	}
	for _, d := range digits {
		for i, n := range d.numbers {
			src[i].key = src[i].key<<d.width | n
		}
	}
	for shift := 0; shift < width; shift += radixBits {
		var counts [1 << radixBits]uint32
		for i := range src {
			counts[src[i].key>>shift&(1<<radixBits-1)]++
		}
		at := uint32(0)
		for i, n := range counts {
			counts[i], at = at, at+n
		}
		for i := range src {
			k := src[i].key >> shift & (1<<radixBits - 1)
			dst[counts[k]] = src[i]
			counts[k]++
		}
		src, dst = dst, src
	}
	perm := make([]uint32, rows)
	for i := range src {
		perm[i] = src[i].row
	}
	return perm
}

// orderByBytes sorts by the encoded parts.
func orderByBytes(key []*batch.Vector, rows int) []uint32 {
	var enc []byte
	ends := make([]int, 1, rows*len(key)+1)
	for i := range rows {
		for _, v := range key {
			enc = AppendKeyPart(enc, v, i)
			ends = append(ends, len(enc))
		}
	}
	n := len(key)
	compare := func(a, b uint32) int {
		for p := range n {
			i, k := int(a)*n+p, int(b)*n+p
			if c := bytes.Compare(enc[ends[i]:ends[i+1]], enc[ends[k]:ends[k+1]]); c != 0 {
				return c
			}
		}
		return cmp.Compare(a, b)
	}
	perm := identity(rows)
	if slices.IsSortedFunc(perm, compare) {
		return nil
	}
	slices.SortFunc(perm, compare)
	return perm
}
