package kernel

import (
	"math"
	"math/bits"

	"github.com/freshetdb/freshet/columnar/types"
)

const secondsPerDay = 86400

// TruncateUnix sets dst[i] to the last multiple of step seconds of Unix time up
// to src[i]. step is at most a day.
func TruncateUnix(dst, src []uint32, step uint32) {
	src = src[:len(dst)]
	if step == 1 {
		copy(dst, src)
		return
	}
	by := reciprocal(uint64(step))
	for i, s := range src {
		q, _ := bits.Mul64(by, uint64(s))
		dst[i] = uint32(q) * step
	}
}

// reciprocal is 2^64/d, rounded up, of a d from 2 to 1<<17: the high word of its product
// with x is x/d for all x below 1<<46 (Lemire, Kaser, Kurz 2019).
func reciprocal(d uint64) uint64 { return math.MaxUint64/d + 1 }

// TruncateLocal sets dst[i] to the last moment up to src[i] at which the clock of
// a zone shows a multiple of step seconds since midnight; step divides a day. A day
// whose midnight was skipped begins when the clock was put forward.
func TruncateLocal(dst, src []uint32, step int64, clock *types.Clock) {
	src = src[:len(dst)]
	if off, ok := clock.Fixed(); ok {
		truncateFixed(dst, src, uint64(step), uint64(off+secondsPerDay))
		return
	}
	var span types.Span
	for i, s := range src {
		t := int64(s)
		if !span.Holds(t) {
			span = clock.Span(t)
		}
		local := t + span.Offset
		start := t - floorMod(local, step)
		if start < span.From { // the clock was changed in between
			if step == secondsPerDay {
				start = clock.Midnight(FloorDiv(local, step))
			} else {
				start = clock.Unix(local - floorMod(local, step))
			}
		}
		dst[i] = uint32(max(start, 0))
	}
}

// truncateFixed is TruncateLocal where the offset never changes; shift is the
// offset plus a day, which keeps it from being negative.
func truncateFixed(dst, src []uint32, step, shift uint64) {
	if step == 1 {
		copy(dst, src)
		return
	}
	by := reciprocal(step)
	for i, s := range src {
		x := uint64(s) + shift
		q, _ := bits.Mul64(by, x)
		dst[i] = uint32(uint64(s) - min(x-q*step, uint64(s)))
	}
}

func floorMod(a, b int64) int64 {
	m := a % b
	if m < 0 {
		m += b
	}
	return m
}

// FloorDiv is a/b rounded down, for b > 0.
func FloorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}
