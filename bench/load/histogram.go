// Package load makes load from outside at a rate that does not depend on how fast
// it is answered (an open loop), and measures when rows are seen. Times count from
// when something was due, not from when there was time to send it: a server that
// stops for a second shows it.
package load

import (
	"sync"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// Histogram is latencies with three digits, from a microsecond to an hour. It may be
// shared.
type Histogram struct {
	mu sync.Mutex
	h  *hdrhistogram.Histogram
}

// NewHistogram makes an empty one.
func NewHistogram() *Histogram {
	return &Histogram{h: hdrhistogram.New(1, time.Hour.Microseconds(), 3)}
}

// Add counts a latency; what is longer than an hour counts as one.
func (h *Histogram) Add(d time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	_ = h.h.RecordValue(min(max(d.Microseconds(), 1), time.Hour.Microseconds())) // it is in range
}

// At is a percentile in milliseconds.
func (h *Histogram) At(percent float64) float64 {
	h.mu.Lock()
	defer h.mu.Unlock()
	return float64(h.h.ValueAtQuantile(percent)) / 1e3
}

// Max is the greatest latency in milliseconds.
func (h *Histogram) Max() float64 { return h.At(100) }

// Count is how many there are.
func (h *Histogram) Count() int64 {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.h.TotalCount()
}
