package replica

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/entry"
	"github.com/freshetdb/freshet/columnar/table"
	"github.com/freshetdb/freshet/columnar/types"
)

// Block is rows of one client for one table: all stored columns of Table.Schema,
// in order.
type Block struct {
	Table *table.Def
	Rows  *batch.Batch
	Token string // makes a repeated insert do nothing; "" for none (R10)
}

// gatherer puts blocks that arrive while an entry is on its way into the next
// entry. It has no goroutine: the first client of a table leads and proposes;
// when it is done it hands the lead to the first that waits.
type gatherer struct {
	// propose writes an entry and gives, per client insert, whether it was a
	// duplicate.
	propose func(ctx context.Context, e *entry.Entry) ([]bool, error)
	epoch   uint64

	mu     sync.Mutex
	queues map[gatherKey]*queue
}

// gatherKey is what the blocks of one entry have in common.
type gatherKey struct {
	table   uint64
	version uint32
}

// queue is the blocks of one table that wait for the next entry. It exists while
// somebody leads.
type queue struct {
	waiting []*waiter
	bytes   int64
	last    int           // clients in the entry before
	enough  chan struct{} // closed when a leader that waits should go on
}

type waiter struct {
	block Block
	bytes int64
	told  chan told // buffered: nobody waits to tell
}

// told is what a waiter hears: an outcome, or that it leads.
type told struct {
	leads     bool
	duplicate bool
	err       error
}

func newGatherer(epoch uint64, propose func(context.Context, *entry.Entry) ([]bool, error)) *gatherer {
	return &gatherer{propose: propose, epoch: epoch, queues: map[gatherKey]*queue{}}
}

// insert stores a block and returns when readers can see it. When ctx ends while
// the block still waits, it is not stored.
func (g *gatherer) insert(ctx context.Context, b Block) (duplicate bool, err error) {
	key := gatherKey{table: b.Table.ID, version: b.Table.Schema.Version}
	w := &waiter{block: b, bytes: b.Rows.SizeBytes(), told: make(chan told, 1)}
	if g.join(key, w) {
		return g.lead(ctx, key)
	}
	var t told
	select {
	case t = <-w.told:
	case <-ctx.Done():
		if g.leave(key, w) {
			return false, context.Cause(ctx)
		}
		t = <-w.told // The entry is on its way, or this client leads.
	}
	if t.leads {
		return g.lead(ctx, key)
	}
	return t.duplicate, t.err
}

// join queues a waiter and tells whether it leads.
func (g *gatherer) join(key gatherKey, w *waiter) (leads bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	q := g.queues[key]
	if leads = q == nil; leads {
		q = &queue{}
		g.queues[key] = q
	}
	q.waiting = append(q.waiting, w)
	q.bytes += w.bytes
	if q.enough != nil && q.isEnough() {
		close(q.enough)
		q.enough = nil
	}
	return leads
}

// isEnough tells whether waiting longer would not help.
func (q *queue) isEnough() bool { return len(q.waiting) >= q.last || q.bytes >= gatherBytes }

// leave takes a waiter out of its queue, unless its block is on its way or it
// was told to lead.
func (g *gatherer) leave(key gatherKey, w *waiter) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	q := g.queues[key]
	if q == nil {
		return false
	}
	at := slices.Index(q.waiting, w)
	if at < 0 || len(w.told) > 0 {
		return false
	}
	q.waiting = slices.Delete(q.waiting, at, at+1)
	q.bytes -= w.bytes
	return true
}

// lead proposes one entry with the leader's block, which is the first of the
// queue, and those behind it; then it hands the lead on.
func (g *gatherer) lead(ctx context.Context, key gatherKey) (duplicate bool, err error) {
	g.linger(key)
	group := g.take(key)
	// The others' rows must not depend on this client staying.
	answers := g.write(context.WithoutCancel(ctx), group)
	g.handOver(key)
	for i, w := range group[1:] {
		w.told <- answers[i+1]
	}
	return answers[0].duplicate, answers[0].err
}

// write proposes one entry and gives each client its answer. When the store
// refuses it, each block is tried alone: the fault is in one of them.
func (g *gatherer) write(ctx context.Context, group []*waiter) []told {
	answers := make([]told, len(group))
	duplicates, err := g.propose(ctx, g.build(group))
	if _, ok := errors.AsType[*RejectedError](err); ok && len(group) > 1 {
		for i := range group {
			answers[i] = g.write(ctx, group[i:i+1])[0]
		}
		return answers
	}
	for i := range answers {
		answers[i].err = err
		if err == nil {
			answers[i].duplicate = duplicates[i]
		}
	}
	return answers
}

// linger waits a moment for the clients of the last entry to come back.
func (g *gatherer) linger(key gatherKey) {
	g.mu.Lock()
	q := g.queues[key]
	if q.last <= 1 || q.isEnough() {
		g.mu.Unlock()
		return
	}
	q.enough = make(chan struct{})
	enough := q.enough
	g.mu.Unlock()
	timer := time.NewTimer(gatherWait)
	defer timer.Stop()
	select {
	case <-enough:
	case <-timer.C:
	}
}

// take takes the blocks of the next entry out of the queue.
func (g *gatherer) take(key gatherKey) []*waiter {
	g.mu.Lock()
	defer g.mu.Unlock()
	q := g.queues[key]
	q.enough = nil
	n, bytes := 1, q.waiting[0].bytes
	for n < len(q.waiting) && bytes+q.waiting[n].bytes <= gatherBytes {
		bytes += q.waiting[n].bytes
		n++
	}
	group := slices.Clone(q.waiting[:n])
	q.waiting = slices.Delete(q.waiting, 0, n)
	q.bytes -= bytes
	q.last = n
	return group
}

// handOver makes the first that waits the leader, or ends the queue.
func (g *gatherer) handOver(key gatherKey) {
	g.mu.Lock()
	defer g.mu.Unlock()
	q := g.queues[key]
	if len(q.waiting) == 0 {
		delete(g.queues, key)
		return
	}
	q.waiting[0].told <- told{leads: true}
}

// build makes one entry of all blocks.
func (g *gatherer) build(group []*waiter) *entry.Entry {
	def := group[0].block.Table
	parts := make([]*batch.Batch, len(group))
	inserts := make([]entry.ClientInsert, len(group))
	for i, w := range group {
		parts[i] = w.block.Rows
		inserts[i] = entry.ClientInsert{Token: w.block.Token, Rows: w.block.Rows.Rows}
	}
	e := newEntry(entry.Insert, g.epoch, def, parts)
	e.Inserts = inserts
	return e
}

// newEntry makes an entry of rows of a table.
func newEntry(kind entry.Kind, epoch uint64, def *table.Def, parts []*batch.Batch) *entry.Entry {
	e := &entry.Entry{Kind: kind, MapEpoch: epoch, Table: def.ID, SchemaVersion: def.Schema.Version}
	for _, p := range parts {
		e.Rows += p.Rows
	}
	for at, c := range storedColumns(def) {
		vs := make([]*batch.Vector, len(parts))
		for i, p := range parts {
			vs[i] = p.Cols[at]
		}
		e.Columns = append(e.Columns, entry.Column{ID: c.ID, Vector: batch.Concat(c.Type, vs)})
	}
	return e
}

// storedColumns are the columns that rows of a table are written with.
func storedColumns(def *table.Def) []*types.Column {
	out := make([]*types.Column, 0, len(def.Schema.Columns))
	for i := range def.Schema.Columns {
		if c := &def.Schema.Columns[i]; c.IsStored() {
			out = append(out, c)
		}
	}
	return out
}
