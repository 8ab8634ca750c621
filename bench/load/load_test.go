package load_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/freshetdb/freshet/bench/load"
)

// TestLoopCountsWaiting: a server that stops for a second shows it in every batch
// that was due meanwhile, though none of them was sent late by its own doing.
func TestLoopCountsWaiting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, err := load.Loop{
			Every: 10 * time.Millisecond, For: 2 * time.Second, Clients: 1,
			Send: func(_ context.Context, n int64, _ time.Time) error {
				if n == 50 {
					<-time.After(time.Second)
				}
				return nil
			},
		}.Run(t.Context())
		if err != nil || r.Sent != 200 || r.Errors != 0 {
			t.Fatalf("%d sent, %d errors, %v", r.Sent, r.Errors, err)
		}
		// 100 of 200 batches were due while it stood still.
		if p := r.Acked.At(75); p < 400 || p > 600 {
			t.Errorf("the 75th percentile is %.0f ms, half a second was to be seen", p)
		}
		if p := r.Acked.At(25); p > 5 {
			t.Errorf("the 25th percentile is %.0f ms", p)
		}
	})
}

// TestLoopEnds: a server that takes four times as long as there is time for does not
// make the loop four times as long, and what was not sent is not forgotten.
func TestLoopEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		from := time.Now()
		r, err := load.Loop{
			Every: 10 * time.Millisecond, For: time.Second, Clients: 1,
			Send: func(context.Context, int64, time.Time) error { <-time.After(40 * time.Millisecond); return nil },
		}.Run(t.Context())
		if err != nil || r.Sent+r.Unsent != 100 || r.Sent > 51 || time.Since(from) > 2100*time.Millisecond {
			t.Errorf("%d sent, %d unsent in %s, %v", r.Sent, r.Unsent, time.Since(from), err)
		}
		if r.Acked.Count() != 100 || r.Acked.Max() < 1000 {
			t.Errorf("%d batches waited, %.0f ms at most", r.Acked.Count(), r.Acked.Max())
		}
	})
}

func TestLoopCountsErrors(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		broken := errors.New("broken")
		r, err := load.Loop{
			Every: time.Millisecond, For: 100 * time.Millisecond, Clients: 3,
			Send: func(context.Context, int64, time.Time) error { return broken },
		}.Run(t.Context())
		if err != nil || r.Errors != 100 || r.Sent != 0 || !errors.Is(r.FirstError, broken) {
			t.Errorf("%d errors, %d sent, %v, %v", r.Errors, r.Sent, r.FirstError, err)
		}
	})
}

func TestProbeMeasuresFromDue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var asked atomic.Int64
		p := &load.Probe{Every: 10 * time.Millisecond, Within: time.Second, Seen: func(context.Context, int64) (bool, error) {
			return asked.Add(1) > 5, nil
		}}
		stop := p.Start(t.Context())
		now := time.Now()
		p.Acked(1, now.Add(-100*time.Millisecond), now)
		stop()
		if at := p.FromAck().At(50); at < 45 || at > 55 {
			t.Errorf("seen %.0f ms after it was acknowledged, 50 were to be", at)
		}
		if at := p.FromDue().At(50); at < 145 || at > 155 {
			t.Errorf("seen %.0f ms after it was due, 150 were to be", at)
		}
	})
}
