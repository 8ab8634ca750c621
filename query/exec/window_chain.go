package exec

import (
	"context"

	"github.com/freshetdb/freshet/columnar/agg"
)

const (
	// chainFrames bounds the frames that are computed together; those that slide, whose rows
	// before the pivot are added again each time, by a quarter of their length as well.
	chainFrames  = 1 << 13
	chainQuarter = 4
	// chainShare is how many of the rows of a frame may be added again for each frame that
	// grows from it.
	chainShare = 8
)

// chaining computes many frames at once by states that are merged along them (agg.Chain):
// what a frame has more than the one before is added to a group of its own. Frames that
// grow go on from a state that is carried along. Frames that slide are cut at a pivot, the
// end of the first: what lies before it is chained backwards, what lies behind forwards,
// and each frame is the two together, so that a row is added some times however long frames are.
type chaining struct {
	a      *windowAgg
	frames int // chainFrames, less in tests
	groups []uint32
	// carry is the state of the rows [lo, hi); nil for none. It is in terms of like.
	carry  []byte
	like   agg.States
	lo, hi uint32
}

func (c *chaining) run(ctx context.Context) error {
	for k := 0; k < len(c.a.lo); {
		if err := context.Cause(ctx); err != nil {
			return err
		}
		n, err := c.some(k)
		if err != nil {
			return err
		}
		k += n
	}
	return nil
}

// some computes frames from the k-th on, and says how many.
func (c *chaining) some(k int) (int, error) {
	lo, hi := c.a.lo[k:], c.a.hi[k:]
	n := 1
	for n < min(len(lo), c.frames) && lo[n] == lo[0] {
		n++
	}
	if (c.carry != nil && c.lo == lo[0]) || (n > 1 && n*chainShare >= int(hi[0]-lo[0])) {
		return n, c.grow(lo[:n], hi[:n], n < len(lo) && lo[n] == lo[0])
	}
	most := min(len(lo), max(c.frames, int(hi[0]-lo[0])/chainQuarter))
	for n < most && lo[n] < hi[0] {
		n++
	}
	return n, c.slide(lo[:n], hi[:n])
}

// grow computes frames with one begin; there are more of them if it goes on.
func (c *chaining) grow(lo, hi []uint32, goesOn bool) error {
	n, from := len(lo), lo[0]
	s := c.a.f.New()
	if c.carry != nil && c.lo == from {
		agg.BindLike(s, c.like)
		s.Grow(n + 1)
		if _, err := s.Decode(c.carry, 0, agg.Local); err != nil {
			return err
		}
		from = c.hi
	}
	if err := c.forwards(s, from, hi, 0); err != nil {
		return err
	}
	if c.carry = c.carry[:0]; goesOn {
		c.carry, c.like = s.Encode(c.carry, uint32(n), agg.Local), s
		c.lo, c.hi = lo[0], hi[n-1]
	} else {
		c.carry = nil
	}
	return c.a.finish(s, 1, n+1)
}

// forwards makes group i+1 the rows from `from` to hi[i], and those that group 0 has.
func (c *chaining) forwards(s agg.States, from uint32, hi []uint32, beside int64) error {
	c.groups = c.groups[:0]
	for i, end := range hi {
		for r := from + uint32(len(c.groups)); r < end; r++ {
			c.groups = append(c.groups, uint32(i+1))
		}
	}
	return c.chain(s, from, len(hi), beside)
}

// chain adds the rows from `from` on to c.groups, and chains n of them; so many bytes are
// held beside.
func (c *chaining) chain(s agg.States, from uint32, n int, beside int64) error {
	s.Grow(n + 1)
	s.Add(c.groups, c.a.slice(from, from+uint32(len(c.groups))), len(c.groups))
	if err := c.a.hold.Set(beside + s.SizeBytes() + 4*int64(cap(c.groups)+n)); err != nil {
		return err
	}
	return agg.Chain(s, n)
}

// slide computes frames that begin before the first one's end.
func (c *chaining) slide(lo, hi []uint32) error {
	n, pivot := len(lo), hi[0]
	before, s := c.a.f.New(), c.a.f.New()
	c.groups = c.groups[:0]
	to := make([]uint32, n+1) // of the groups before the pivot, the last frame's first
	for i := range lo {
		end := pivot
		if i+1 < n {
			end = lo[i+1]
		}
		for r := lo[i]; r < end; r++ {
			c.groups = append(c.groups, uint32(n-i))
		}
		to[n-i] = uint32(i + 1)
	}
	if err := c.chain(before, lo[0], n, 0); err != nil {
		return err
	}
	if err := c.forwards(s, pivot, hi, before.SizeBytes()); err != nil {
		return err
	}
	if err := s.Merge(before, to); err != nil {
		return err
	}
	return c.a.finish(s, 1, n+1)
}
