package peer_test

import (
	"testing"

	"github.com/freshetdb/freshet/bench/peer"
)

func TestEqual(t *testing.T) {
	for name, c := range map[string]struct {
		m    peer.Match
		a, b string
		same bool
	}{
		"same":                    {peer.Match{}, "a\t1\n", "a\t1\n", true},
		"floats":                  {peer.Match{}, "0.1\n", "0.10000000001\n", true},
		"floats too far":          {peer.Match{}, "0.1\n", "0.1000001\n", false},
		"decimals":                {peer.Match{}, "12.30\n", "12.3\n", true},
		"integers are text":       {peer.Match{}, "9007199254740993\n", "9007199254740992\n", false},
		"tolerance":               {peer.Match{Tolerance: 0.03}, "100\n", "102\n", true},
		"tolerance exceeded":      {peer.Match{Tolerance: 0.03}, "100\n", "104\n", false},
		"arrays":                  {peer.Match{Tolerance: 0.05}, "[1,2]\n", "[1,2.05]\n", true},
		"order counts":            {peer.Match{}, "1\n2\n", "2\n1\n", false},
		"any order":               {peer.Match{AnyOrder: true}, "1\n2\n", "2\n1\n", true},
		"any order, other rows":   {peer.Match{AnyOrder: true}, "1\n2\n", "2\n3\n", false},
		"rows":                    {peer.Match{CountOnly: true}, "1\n", "1\n2\n", false},
		"ties inside":             {peer.Match{Order: []int{1}}, "a\t5\nb\t5\nc\t1\n", "b\t5\na\t5\nc\t1\n", true},
		"ties inside, other rows": {peer.Match{Order: []int{1}}, "a\t5\nb\t5\nc\t1\n", "b\t5\nx\t5\nc\t1\n", false},
		"ties at the limit":       {peer.Match{Order: []int{1}, Cut: true}, "a\t5\nb\t4\nc\t4\n", "a\t5\nb\t4\nd\t4\n", true},
		"ties at the limit, key":  {peer.Match{Order: []int{1}, Cut: true}, "a\t5\nb\t4\nc\t4\n", "a\t5\nb\t4\nd\t3\n", false},
		"before the limit":        {peer.Match{Order: []int{1}, Cut: true}, "a\t6\nb\t5\nc\t4\n", "a\t6\nx\t5\nc\t4\n", false},
		"columns":                 {peer.Match{}, "a\t1\n", "a\n", false},
	} {
		if got := c.m.Equal(c.a, c.b); (got == "") != c.same {
			t.Errorf("%s: %q", name, got)
		}
	}
}
