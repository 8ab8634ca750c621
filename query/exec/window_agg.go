package exec

import (
	"context"
	"fmt"

	"github.com/freshetdb/freshet/columnar/agg"
	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/ledger"
	"github.com/freshetdb/freshet/columnar/types"
)

// narrowRows is the mean width of frames up to which every frame is aggregated
// anew: a row costs a few nanoseconds in a large batch, and a state that is kept
// and moved costs the same as about so many.
const narrowRows = 32

// cancelEvery is how many frames pass between two looks at the context.
const cancelEvery = 1024

// Aggregate is an aggregate function over frames. Rows whose frames are the same
// (peers) share one finished value. How it is computed depends on the frames:
//
//   - sums, counts and averages of integers are differences of running totals;
//   - the least and the greatest number stand at the head of a queue (see window_direct.go);
//   - narrow frames are aggregated anew, many at once;
//   - wide ones of functions with little states are merged along, many at once (see window_chain.go);
//   - frames that only grow add their new rows to one state;
//   - frames that slide take rows back where the function can, else merge the
//     states of their parts (see window_slide.go).
func Aggregate(f agg.Func) WindowFunc {
	return func(ctx context.Context, w *windowRows, c *WindowCall) (*batch.Vector, error) {
		s, err := w.frames(c.Frame)
		if err != nil {
			return nil, err
		}
		a := &windowAgg{w: w, f: f, args: w.args(c), hold: ledger.ShareOf(w.env.Budget)}
		defer a.hold.Release()
		if v, ok, err := a.direct(s); ok || err != nil {
			return v, err
		}
		which := a.distinct(s)
		a.out = batch.NewBuilder(f.Result(), len(a.lo))
		switch {
		case a.covered() <= narrowRows*int64(len(a.lo)):
			err = a.narrow(ctx)
		case f.Chains():
			err = (&chaining{a: a, frames: chainFrames}).run(ctx)
		default:
			err = a.wide(ctx)
		}
		if err != nil {
			return nil, fmt.Errorf("window of %s: %w", f.Name(), err)
		}
		v := a.out.Finish()
		if len(which) == v.Len {
			return v, nil
		}
		return v.Gather(which), nil
	}
}

// windowAgg is one aggregate over the distinct frames [lo[k], hi[k]), which
// never go back.
type windowAgg struct {
	w      *windowRows
	f      agg.Func
	args   []*batch.Vector
	lo, hi []uint32
	out    *batch.Builder
	hold   ledger.Share
}

// distinct takes the frames, equal neighbours once, and says which is each row's.
func (a *windowAgg) distinct(s *spans) []uint32 {
	which := make([]uint32, len(s.lo))
	for i := range s.lo {
		if k := len(a.lo); k == 0 || a.lo[k-1] != s.lo[i] || a.hi[k-1] != s.hi[i] {
			a.lo, a.hi = append(a.lo, s.lo[i]), append(a.hi, s.hi[i])
		}
		which[i] = uint32(len(a.lo) - 1)
	}
	return which
}

// covered is the rows of all frames together.
func (a *windowAgg) covered() int64 {
	n := int64(0)
	for k := range a.lo {
		n += int64(a.hi[k] - a.lo[k])
	}
	return n
}

func counting(n int) []uint32 {
	out := make([]uint32, n)
	for i := range out {
		out[i] = uint32(i)
	}
	return out
}

// narrow aggregates frames anew, about GranuleRows rows at a time.
func (a *windowAgg) narrow(ctx context.Context) error {
	var rows, groups []uint32
	for k := 0; k < len(a.lo); {
		if err := context.Cause(ctx); err != nil {
			return err
		}
		rows, groups = rows[:0], groups[:0]
		from := k
		for ; k < len(a.lo) && len(rows) < GranuleRows && k-from < GranuleRows; k++ {
			for r := a.lo[k]; r < a.hi[k]; r++ {
				rows, groups = append(rows, r), append(groups, uint32(k-from))
			}
		}
		s := a.f.New()
		s.Grow(k - from)
		s.Add(groups, gatherAll(a.args, rows), len(rows))
		if err := a.finish(s, 0, k-from); err != nil {
			return err
		}
	}
	return nil
}

func gatherAll(vs []*batch.Vector, rows []uint32) []*batch.Vector {
	out := make([]*batch.Vector, len(vs))
	for i, v := range vs {
		out[i] = v.Gather(rows)
	}
	return out
}

// finish appends the values of groups [lo, hi).
func (a *windowAgg) finish(s agg.States, lo, hi int) error {
	if err := agg.Check(s, lo, hi); err != nil {
		return err
	}
	v := s.Finish(lo, hi)
	if v.Type.Kind == types.AggregateFunction {
		var err error
		if v, err = agg.PortableStates(v); err != nil {
			return err
		}
	}
	a.out.AppendVector(v)
	return nil
}

// wide keeps a state that follows the frames.
func (a *windowAgg) wide(ctx context.Context) error {
	var follow follower = &growing{a: a}
	for k := range a.lo {
		if k%cancelEvery == 0 {
			if err := context.Cause(ctx); err != nil {
				return err
			}
			if err := a.hold.Set(follow.sizeBytes()); err != nil {
				return err
			}
		}
		if g, ok := follow.(*growing); ok && !g.fits(a.lo[k]) {
			follow = a.sliding()
		}
		if err := follow.move(a.lo[k], a.hi[k]); err != nil {
			return err
		}
	}
	return nil
}

// follower moves from frame to frame and appends the value of each.
type follower interface {
	move(lo, hi uint32) error
	sizeBytes() int64
}

// sliding chooses how to follow frames whose begin moves.
func (a *windowAgg) sliding() follower {
	if a.f.CanRetract() {
		return &retracting{a: a}
	}
	return &merging{a: a}
}

// slice is rows [lo, hi) of the arguments.
func (a *windowAgg) slice(lo, hi uint32) []*batch.Vector {
	out := make([]*batch.Vector, len(a.args))
	for i, v := range a.args {
		out[i] = v.Slice(int(lo), int(hi))
	}
	return out
}

// growing follows frames that grow at their end, or begin anew behind the one
// before (the next partition).
type growing struct {
	a      *windowAgg
	state  agg.States
	lo, hi uint32
}

// fits tells whether a frame that begins at lo can be followed.
func (g *growing) fits(lo uint32) bool { return g.state == nil || lo == g.lo || lo >= g.hi }

func (g *growing) move(lo, hi uint32) error {
	if g.state == nil || lo != g.lo {
		g.state = g.a.f.New()
		g.state.Grow(1)
		g.lo, g.hi = lo, lo
	}
	if hi > g.hi {
		g.state.AddAll(0, g.a.slice(g.hi, hi), int(hi-g.hi))
		g.hi = hi
	}
	return g.a.finish(g.state, 0, 1)
}

func (g *growing) sizeBytes() int64 {
	if g.state == nil {
		return 0
	}
	return g.state.SizeBytes()
}
