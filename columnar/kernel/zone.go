package kernel

import "github.com/freshetdb/freshet/columnar/types"

// ToLocal replaces Unix seconds by wall-clock seconds of a zone.
func ToLocal(secs []int64, clock *types.Clock) {
	if off, ok := clock.Fixed(); ok {
		if off != 0 {
			for i := range secs {
				secs[i] += off
			}
		}
		return
	}
	var span types.Span
	for i, s := range secs {
		if !span.Holds(s) {
			span = clock.Span(s)
		}
		secs[i] = s + span.Offset
	}
}

// ToUnix replaces wall-clock seconds of a zone by Unix seconds.
func ToUnix(secs []int64, clock *types.Clock) {
	if off, ok := clock.Fixed(); ok {
		if off != 0 {
			for i := range secs {
				secs[i] -= off
			}
		}
		return
	}
	// Within a span, a day away from its ends, the offset is certain.
	const margin = 86400
	var span types.Span
	for i, s := range secs {
		u := s - span.Offset
		if u < span.From+margin || u >= span.To-margin {
			u = clock.Unix(s)
			span = clock.Span(u)
		}
		secs[i] = u
	}
}
