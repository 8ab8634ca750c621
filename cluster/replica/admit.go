package replica

import (
	"context"

	"github.com/freshetdb/freshet/columnar/chcode"
)

// weigh brings the ledger up to what the store holds. What is applied is there
// already, so it counts even past the limit.
func (r *Replica) weigh() {
	r.holding.Lock()
	defer r.holding.Unlock()
	now := r.store.SizeBytes()
	r.memory.Force(now - r.held)
	r.held = now
}

// release gives everything back to the node's budget.
func (r *Replica) release() { r.memory.Close() }

// admit decides whether an insert may go on (R7). It waits for a flush when too
// much is unflushed or the node is short of memory, and refuses the insert when
// that did not help.
func (r *Replica) admit(ctx context.Context) error {
	if !r.isShort() {
		return context.Cause(ctx)
	}
	if r.store.Unflushed() > 0 {
		if err := r.flushAndWait(ctx); err != nil {
			return err
		}
	}
	if !r.isShortOfMemory() {
		return nil
	}
	return chcode.Errorf(chcode.MemoryLimitExceeded,
		"Memory limit of the server is nearly reached (%d of %d bytes are used): inserts are refused, try again later",
		r.cfg.Memory.Used(), r.cfg.Memory.Limit())
}

func (r *Replica) isShort() bool {
	return r.store.Unflushed() >= r.cfg.FlushBytes || r.isShortOfMemory()
}

func (r *Replica) isShortOfMemory() bool {
	limit := r.cfg.Memory.Limit()
	return limit > 0 && r.cfg.Memory.Used() >= limit/100*admitPart
}
