// Package ledger counts bytes against limits: one [Budget] for the node, one
// below it for each thing that holds memory (R7). It decides admission and
// flushing, never what apply does.
package ledger

import (
	"sync/atomic"

	"github.com/freshetdb/freshet/columnar/chcode"
)

// Budget bounds the bytes of one holder. A child also counts against its
// parent. Methods are safe for concurrent use; a nil Budget has no limit.
type Budget struct {
	what   string
	parent *Budget
	limit  int64
	used   atomic.Int64
	peak   atomic.Int64
}

// New makes a budget of limit bytes (0: unlimited); what names it in errors.
func New(what string, limit int64, parent *Budget) *Budget {
	return &Budget{what: what, parent: parent, limit: limit}
}

// Add takes n bytes, or gives them back when n < 0. It fails with code 241,
// taking nothing, when a limit would be passed.
func (b *Budget) Add(n int64) error {
	if b == nil || n == 0 {
		return nil
	}
	used := b.used.Add(n)
	if n > 0 && b.limit > 0 && used > b.limit {
		b.used.Add(-n)
		return chcode.Errorf(chcode.MemoryLimitExceeded,
			"Memory limit (for %s) exceeded: would use %d bytes, maximum: %d bytes", b.what, used, b.limit)
	}
	if err := b.parent.Add(n); err != nil {
		b.used.Add(-n)
		return err
	}
	for peak := b.peak.Load(); used > peak && !b.peak.CompareAndSwap(peak, used); {
		peak = b.peak.Load()
	}
	return nil
}

// Force takes n bytes even past the limit: for what is already there, such as
// rows that apply must keep.
func (b *Budget) Force(n int64) {
	for ; b != nil; b = b.parent {
		b.used.Add(n)
	}
}

// Used is the bytes taken now.
func (b *Budget) Used() int64 {
	if b == nil {
		return 0
	}
	return b.used.Load()
}

// Peak is the most bytes that were taken at once through Add.
func (b *Budget) Peak() int64 { return b.peak.Load() }

// Limit is the bytes that may be taken; 0 means no limit.
func (b *Budget) Limit() int64 {
	if b == nil {
		return 0
	}
	return b.limit
}

// Close gives back to the parents what is still taken.
func (b *Budget) Close() {
	if left := b.used.Swap(0); b.parent != nil {
		b.parent.Force(-left)
	}
}

// Share is the bytes that one holder has taken of a budget. It is not safe for
// concurrent use.
type Share struct {
	budget *Budget
	bytes  int64
}

// ShareOf begins a share of nothing.
func ShareOf(b *Budget) Share { return Share{budget: b} }

// Set makes the share n bytes; on an error it stays as it was.
func (s *Share) Set(n int64) error {
	if err := s.budget.Add(n - s.bytes); err != nil {
		return err
	}
	s.bytes = n
	return nil
}

// Release gives the share back.
func (s *Share) Release() {
	s.budget.Force(-s.bytes)
	s.bytes = 0
}
