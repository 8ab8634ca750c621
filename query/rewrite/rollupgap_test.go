package rewrite

import (
	"slices"
	"testing"
)

func TestFewerHoles(t *testing.T) {
	spans := func(ends ...int64) (out []span) {
		for i := 0; i < len(ends); i += 2 {
			out = append(out, span{lo: ends[i], hi: ends[i+1]})
		}
		return out
	}
	for _, c := range []struct {
		most     int
		in, want []span
	}{
		{3, nil, nil},
		{3, spans(1, 2, 5, 6, 7, 8), spans(1, 2, 5, 6, 7, 8)},
		{2, spans(1, 2, 5, 6, 7, 8), spans(1, 2, 5, 8)},
		{1, spans(1, 2, 5, 6, 7, 8), spans(1, 8)},
		{2, spans(1, 2, 3, 4, 50, 51, 60, 61), spans(1, 4, 50, 61)},
	} {
		if got := fewer(slices.Clone(c.in), c.most); !slices.Equal(got, c.want) {
			t.Errorf("%v to %d: %v, expected %v", c.in, c.most, got, c.want)
		}
	}
}
