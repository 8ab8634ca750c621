package kernel

import (
	"math/bits"
	"unsafe"
)

// Choose writes the rows of a whose value compares with y as op says to dst and
// returns them, without a branch per row. With sel it looks at those rows only, and
// dst may be sel. dst must have room for all rows looked at.
func Choose[T Num](op Op, dst []uint32, a []T, y T, sel []uint32) []uint32 {
	if sel == nil {
		return chooseAll(op, dst, a, y)
	}
	n := 0
	dst = dst[:len(sel)]
	switch op {
	case EQ:
		for _, r := range sel {
			dst[n] = r
			n += int(truth(a[r] == y))
		}
	case NE:
		for _, r := range sel {
			dst[n] = r
			n += int(truth(a[r] != y))
		}
	case LT:
		for _, r := range sel {
			dst[n] = r
			n += int(truth(a[r] < y))
		}
	case LE:
		for _, r := range sel {
			dst[n] = r
			n += int(truth(a[r] <= y))
		}
	case GT:
		for _, r := range sel {
			dst[n] = r
			n += int(truth(a[r] > y))
		}
	case GE:
		for _, r := range sel {
			dst[n] = r
			n += int(truth(a[r] >= y))
		}
	}
	return dst[:n]
}

func chooseAll[T Num](op Op, dst []uint32, a []T, y T) []uint32 {
	n := 0
	dst = dst[:len(a)]
	switch op {
	case EQ:
		return chooseEqual(dst, a, y)
	case NE:
		for i, x := range a {
			dst[n] = uint32(i)
			n += int(truth(x != y))
		}
	case LT:
		for i, x := range a {
			dst[n] = uint32(i)
			n += int(truth(x < y))
		}
	case LE:
		for i, x := range a {
			dst[n] = uint32(i)
			n += int(truth(x <= y))
		}
	case GT:
		for i, x := range a {
			dst[n] = uint32(i)
			n += int(truth(x > y))
		}
	case GE:
		for i, x := range a {
			dst[n] = uint32(i)
			n += int(truth(x >= y))
		}
	}
	return dst[:n]
}

// equalWords is the words of 64 bits that chooseEqual looks at together, and
// equalRun how many of such blocks go by before it looks again whether that pays: not
// where more than one row of equalDense is asked for.
const (
	equalWords = 4
	equalRun   = 64
	equalDense = 6
)

// chooseEqual is chooseAll for EQ. Values that are asked for are mostly few, or stand
// together: blocks that surely have none are passed over, and those of others are taken out of
// words of values, as long as they are few.
func chooseEqual[T Num](dst []uint32, a []T, y T) []uint32 {
	n, i := 0, 0
	if p, ok := equalPattern(y); ok {
		for run := equalWords * equalRun * p.lanes; i+run <= len(a); {
			before, full := n, 0
			n, full = chooseBlocks(dst, a[:i+run], y, p, i, n)
			i += run
			if full > equalRun/2 && (n-before)*equalDense > run {
				end := min(i+3*run, len(a))
				n = chooseRange(dst, a, y, i, end, n)
				i = end
			}
		}
	}
	return dst[:chooseRange(dst, a, y, i, len(a), n)]
}

// chooseBlocks adds the rows of equalRun blocks, the last ones of a, from row on, and
// tells how many blocks it could not pass over.
func chooseBlocks[T Num](dst []uint32, a []T, y T, p pattern, row, n int) (next, full int) {
	words := unsafe.Slice((*uint64)(unsafe.Pointer(&a[row])), equalWords*equalRun)
	for rows := equalWords * p.lanes; len(words) >= equalWords; words, row = words[equalWords:], row+rows {
		found := (words[0] ^ p.value) - p.ones
		found |= (words[1] ^ p.value) - p.ones
		found |= (words[2] ^ p.value) - p.ones
		found |= (words[3] ^ p.value) - p.ones
		if found&p.tops == 0 {
			continue
		}
		full++
		if e := p.equal(words[equalWords/2]); 2*bits.OnesCount64(e) > p.lanes { // They stand together.
			n = chooseRange(dst, a, y, row, row+rows, n)
			continue
		}
		for k, w := range words[:equalWords] {
			for e := p.equal(w); e != 0; e &= e - 1 {
				dst[n] = uint32(row + k*p.lanes + bits.TrailingZeros64(e)>>(p.shift&63))
				n++
			}
		}
	}
	return n, full
}

// equal has the highest bit of each lane of a word that is the value.
func (p *pattern) equal(word uint64) uint64 {
	x, low := word^p.value, p.tops-p.ones
	return ^((x&low + low) | x) & p.tops
}

// chooseRange adds those of the rows [lo, hi) that equal y.
func chooseRange[T Num](dst []uint32, a []T, y T, lo, hi, n int) int {
	for i, x := range a[lo:hi] {
		dst[n] = uint32(lo + i)
		n += int(truth(x == y))
	}
	return n
}

// pattern is a value in all lanes of a word, and the lowest and the highest bit of
// each lane. A lane x is the value only if (x^value)-ones has its highest bit set.
type pattern struct {
	value, ones, tops uint64
	lanes             int
	shift             uint // of a bit's number to that of its lane
}

// equalPattern is the pattern of a value that equals itself only when its bits do.
func equalPattern[T Num](y T) (pattern, bool) {
	switch y := any(y).(type) {
	case uint8:
		return lanes8(y), true
	case int8:
		return lanes8(uint8(y)), true
	case uint16:
		return lanes16(y), true
	case int16:
		return lanes16(uint16(y)), true
	case uint32:
		return lanes32(y), true
	case int32:
		return lanes32(uint32(y)), true
	default:
		return pattern{}, false
	}
}

func lanes8(y uint8) pattern {
	const ones = 0x0101010101010101
	return pattern{uint64(y) * ones, ones, ones << 7, 8, 3}
}

func lanes16(y uint16) pattern {
	const ones = 0x0001000100010001
	return pattern{uint64(y) * ones, ones, ones << 15, 4, 4}
}

func lanes32(y uint32) pattern {
	const ones = 0x0000000100000001
	return pattern{uint64(y) * ones, ones, ones << 31, 2, 5}
}
