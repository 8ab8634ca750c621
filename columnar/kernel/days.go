package kernel

import "github.com/freshetdb/freshet/columnar/types"

// LocalDays sets dst[i] to the day, since 1970, that the clock of a zone shows at the
// Unix time src[i]; days before 1970 are 0.
func LocalDays(dst []uint16, src []uint32, clock *types.Clock) {
	src = src[:len(dst)]
	if off, ok := clock.Fixed(); ok {
		shift := uint64(off + secondsPerDay)
		for i, s := range src {
			dst[i] = uint16(max((uint64(s)+shift)/secondsPerDay, 1) - 1)
		}
		return
	}
	var span types.Span
	for i, s := range src {
		if !span.Holds(int64(s)) {
			span = clock.Span(int64(s))
		}
		dst[i] = uint16(max(int64(s)+span.Offset, 0) / secondsPerDay)
	}
}
