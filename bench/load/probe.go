package load

import (
	"context"
	"sync"
	"time"
)

// Probe asks until something is seen.
type Probe struct {
	// Seen tells whether the mark of a batch can be seen.
	Seen func(ctx context.Context, n int64) (bool, error)
	// Every is the pause between two looks at one mark.
	Every time.Duration
	// Within bounds how long it looks for one.
	Within time.Duration

	fromDue, fromAck *Histogram
	marks            chan mark
	errors           int64
}

type mark struct {
	n          int64
	due, acked time.Time
}

// marksMax bounds the marks that wait to be looked for; more are not looked for,
// and batches in between are not all needed.
const marksMax = 4

// Start looks for marks until the returned function is called, which waits for the end.
func (p *Probe) Start(ctx context.Context) (stop func()) {
	p.fromDue, p.fromAck = NewHistogram(), NewHistogram()
	p.marks = make(chan mark, marksMax)
	var running sync.WaitGroup
	running.Go(func() {
		for m := range p.marks {
			p.look(ctx, m)
		}
	})
	return func() { close(p.marks); running.Wait() }
}

// Acked hands over a mark, or forgets it when the probe is busy.
func (p *Probe) Acked(n int64, due, acked time.Time) {
	select {
	case p.marks <- mark{n, due, acked}:
	default:
	}
}

func (p *Probe) look(ctx context.Context, m mark) {
	timer := time.NewTimer(p.Every)
	defer timer.Stop()
	for ctx.Err() == nil {
		seen, err := p.Seen(ctx, m.n)
		now := time.Now()
		if err != nil {
			p.errors++
			return
		}
		// A mark that does not come counts as long as was waited for it.
		if seen || now.Sub(m.acked) > p.Within {
			p.fromDue.Add(now.Sub(m.due))
			p.fromAck.Add(now.Sub(m.acked))
			return
		}
		timer.Reset(p.Every)
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
		}
	}
}

// FromDue is the time from when rows were due to when they were seen.
func (p *Probe) FromDue() *Histogram { return p.fromDue }

// FromAck is the time from the acknowledgement to when rows were seen, the asking included.
func (p *Probe) FromAck() *Histogram { return p.fromAck }

// Errors counts looks that failed; it is for after the end.
func (p *Probe) Errors() int64 { return p.errors }
