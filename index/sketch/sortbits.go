package sketch

import (
	"math"
	"math/bits"
	"sync"
)

// orderedBits is a float, not NaN, as a number that compares as it does; -0 is 0.
func orderedBits(x float64) uint64 {
	b := math.Float64bits(x + 0)
	return b ^ (uint64(int64(b)>>63) | 1<<63)
}

// floatOf is the float of [orderedBits].
func floatOf(b uint64) float64 {
	return math.Float64frombits(b ^ (uint64(int64(^b)>>63) | 1<<63))
}

// Digits of the radix sort.
const (
	digitBits = 11
	digitsMax = (64 + digitBits - 1) / digitBits
)

type sortScratch struct {
	counts [digitsMax][1 << digitBits]uint32
	buf    [valuesMax]uint64
}

var sortPool = sync.Pool{New: func() any { return new(sortScratch) }}

// sortBits sorts at most valuesMax numbers, by the digits in which they differ from
// each other: of whole numbers as floats those are few.
func sortBits(keys []uint64) {
	differ := uint64(0)
	for _, k := range keys {
		differ |= k ^ keys[0]
	}
	if differ == 0 {
		return
	}
	s := sortPool.Get().(*sortScratch)
	defer sortPool.Put(s)
	low := bits.TrailingZeros64(differ)
	digits := (64 - bits.LeadingZeros64(differ) - low + digitBits - 1) / digitBits
	from, to := keys, s.buf[:len(keys)]
	for d := range digits {
		shift, counts := uint(low+d*digitBits), &s.counts[d]
		clear(counts[:])
		for _, k := range from {
			counts[k>>shift&(1<<digitBits-1)]++
		}
		at := uint32(0)
		for i, n := range counts {
			counts[i] = at
			at += n
		}
		for _, k := range from {
			c := &counts[k>>shift&(1<<digitBits-1)]
			to[*c] = k
			*c++
		}
		from, to = to, from
	}
	if digits%2 == 1 {
		copy(keys, from)
	}
}
