package load

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"sync/atomic"
	"time"
)

// Loop is an open loop of batches.
type Loop struct {
	Every   time.Duration // between two batches
	For     time.Duration // for which batches come due; twice that bounds the whole
	Clients int           // that send at the same time, at most
	// Send sends batch n, whose rows were due until the given moment.
	Send func(ctx context.Context, n int64, due time.Time) error
	// Sent is told of a batch that was acknowledged.
	Sent func(n int64, due, acked time.Time)
	// Progress gets a line a second, or nothing when it is nil.
	Progress io.Writer
}

// Result is what a loop did.
type Result struct {
	Sent, Errors int64
	Unsent       int64 // for which there was no time: their waiting counts in Acked
	FirstError   error
	Acked        *Histogram // from due to acknowledged
	Took         time.Duration
}

// Run sends what is due until the time is over. A batch that no client was free for
// waits, and its waiting counts.
func (l Loop) Run(ctx context.Context) (Result, error) {
	if l.Every <= 0 || l.For <= 0 || l.Clients < 1 {
		return Result{}, errors.New("an open loop needs an interval, a bound in time and a client")
	}
	r := &looping{Loop: l, acked: NewHistogram(), started: time.Now()}
	total := int64(l.For / l.Every)
	var running sync.WaitGroup
	for range l.Clients {
		running.Go(func() { r.client(ctx, total) })
	}
	done := make(chan struct{})
	go func() { running.Wait(); close(done) }()
	r.watch(done)
	res := Result{Sent: r.sent.Load(), Errors: r.errors.Load(), Unsent: r.unsent.Load(), Acked: r.acked, Took: time.Since(r.started)}
	if e, ok := r.first.Load().(error); ok {
		res.FirstError = e
	}
	return res, ctx.Err()
}

type looping struct {
	Loop

	started      time.Time
	next         atomic.Int64
	sent, errors atomic.Int64
	unsent       atomic.Int64
	first        atomic.Value
	acked        *Histogram
}

// client takes the next batch and sends it when it is due, or at once when it is late.
func (r *looping) client(ctx context.Context, total int64) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		n := r.next.Add(1) - 1
		if n >= total {
			return
		}
		due := r.started.Add(time.Duration(n+1) * r.Every)
		timer.Reset(time.Until(due))
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
		}
		if now := time.Now(); now.Sub(r.started) > 2*r.For {
			r.unsent.Add(1)
			r.acked.Add(now.Sub(due))
			continue
		}
		if err := r.Send(ctx, n, due); err != nil {
			r.errors.Add(1)
			r.first.CompareAndSwap(nil, fmt.Errorf("send a batch: %w", err))
			continue
		}
		acked := time.Now()
		r.sent.Add(1)
		r.acked.Add(acked.Sub(due))
		if r.Sent != nil {
			r.Sent(n, due, acked)
		}
	}
}

// watch shows how it goes until the clients are done.
func (r *looping) watch(done <-chan struct{}) {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		select {
		case <-done:
			if r.Progress != nil {
				_, _ = fmt.Fprintln(r.Progress) // nobody is hurt when it can't be shown
			}
			return
		case <-tick.C:
			if r.Progress == nil {
				continue
			}
			behind := max(0, int64(time.Since(r.started)/r.Every)-r.sent.Load()-r.errors.Load())
			_, _ = fmt.Fprintf(r.Progress, "\r%s of %s  %d batches, %d behind, %d errors  p50 %.1f p99 %.1f max %.0f ms   ",
				time.Since(r.started).Round(time.Second), r.For, r.sent.Load(), behind, r.errors.Load(), r.acked.At(50), r.acked.At(99), r.acked.Max())
		}
	}
}
