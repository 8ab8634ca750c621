package replica

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/freshetdb/freshet/cluster/group"
	"github.com/freshetdb/freshet/columnar/entry"
	"github.com/freshetdb/freshet/columnar/store"
)

// upkeep is what runs beside inserts and queries. It owns its goroutines.
type upkeep struct {
	cancel     context.CancelFunc
	life       context.Context //nolint:containedctx // ends with Close; abandon runs for callers that have gone
	done       sync.WaitGroup
	flushWish  chan struct{}
	mergeWish  chan struct{}
	orphanWish chan struct{}
	foldWish   chan struct{}
	fillWish   chan struct{}

	mu      sync.Mutex
	flight  *flight       // the flush that runs or is about to
	orphans []transaction // staged by streams that died
}

// flight is one flush; done is closed at its end.
type flight struct {
	done chan struct{}
	err  error
}

// transaction is staged parts of one insert.
type transaction struct{ table, txn uint64 }

func (u *upkeep) begin() {
	u.flushWish = make(chan struct{}, 1)
	u.mergeWish = make(chan struct{}, 1)
	u.orphanWish = make(chan struct{}, 1)
	u.foldWish = make(chan struct{}, 1)
	u.fillWish = make(chan struct{}, 1)
	u.life, u.cancel = context.WithCancel(context.Background())
	u.flight = &flight{done: make(chan struct{})}
}

func (r *Replica) startUpkeep() {
	r.done.Go(r.flushLoop)
	r.done.Go(r.mergeLoop)
	r.done.Go(r.orphanLoop)
	r.done.Go(r.retentionLoop)
	r.done.Go(r.foldLoop)
	r.done.Go(r.fillLoop)
	for _, c := range []chan struct{}{r.mergeWish, r.foldWish, r.fillWish} {
		wish(c) // There may be something left to do.
	}
}

// stopUpkeep ends the goroutines and waits for them.
func (u *upkeep) stopUpkeep() {
	u.cancel()
	u.done.Wait()
}

// wish asks a loop for a turn.
func wish(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default: // It has one before it already.
	}
}

func (u *upkeep) wakeFlush() { wish(u.flushWish) }

// rest waits; false when the shard ends.
func (u *upkeep) rest(d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-u.life.Done():
		return false
	}
}

// flushLoop flushes when somebody wishes it.
func (r *Replica) flushLoop() {
	for {
		select {
		case <-r.flushWish:
		case <-r.life.Done():
			r.endFlight(UserError(group.ErrClosed))
			return
		}
		err := r.Flush()
		r.endFlight(err)
		if err == nil {
			wish(r.mergeWish)
			r.settleColumns()
			continue
		}
		if r.life.Err() == nil {
			r.cfg.Log.Warn("flush failed; the rows stay in memory and in the log", "shard", r.cfg.Name, "error", err)
		}
		if !r.rest(retryPause) {
			return
		}
		r.wakeFlush()
	}
}

// endFlight tells those that wait for a flush how it went.
func (u *upkeep) endFlight(err error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.flight.err = err
	close(u.flight.done)
	u.flight = &flight{done: make(chan struct{})}
}

// flushAndWait returns after one flush.
func (u *upkeep) flushAndWait(ctx context.Context) error {
	u.mu.Lock()
	f := u.flight
	u.mu.Unlock()
	u.wakeFlush()
	select {
	case <-f.done:
		return f.err
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-u.life.Done():
		return UserError(group.ErrClosed)
	}
}

func (r *Replica) mergeOnce(ctx context.Context) (did bool, err error) {
	if did, err = r.store.MergeOnce(ctx); did {
		r.merges.Add(1)
	}
	return did, err
}

// turns lets a loop do what there is to do each time that it is wished for, with a
// rest after each turn that is rest times as long as the turn.
func (r *Replica) turns(what string, wished chan struct{}, rest float64, turn func(context.Context) (did bool, err error)) {
	for {
		select {
		case <-wished:
		case <-r.life.Done():
			return
		}
		for {
			began := time.Now()
			did, err := turn(r.life)
			if r.life.Err() != nil {
				return
			}
			pause := time.Duration(rest * float64(time.Since(began)))
			if err != nil {
				r.cfg.Log.Warn(what+" failed", "shard", r.cfg.Name, "error", err)
				pause = retryPause
			}
			if !did && err == nil {
				break
			}
			if !r.rest(pause) {
				return
			}
		}
	}
}

// mergeLoop merges after flushes.
func (r *Replica) mergeLoop() { r.turns("merge", r.mergeWish, mergeRest, r.mergeOnce) }

// foldLoop folds new rows into the rollups' runs.
func (r *Replica) foldLoop() { r.turns("fold", r.foldWish, 0, r.store.FoldOnce) }

// fillLoop brings the past into rollups that were made of tables with rows. One that
// no manifest has waits for a flush. At the end there is something to merge: each step
// writes segments that have many of the keys of others.
func (r *Replica) fillLoop() {
	r.turns("filling of a rollup", r.fillWish, mergeRest, func(ctx context.Context) (bool, error) {
		did, err := r.store.FillOnce(ctx)
		switch {
		case did || err != nil:
		case r.store.NeedsFlush():
			r.wakeFlush()
		default:
			wish(r.mergeWish)
		}
		return did, err
	})
}

// Merge merges until nothing is left to do.
func (r *Replica) Merge(ctx context.Context) error {
	for {
		did, err := r.mergeOnce(ctx)
		if err != nil || !did {
			return UserError(err)
		}
	}
}

// Optimize merges all segments of each partition of a table, or of one partition
// when it is named, into one.
func (r *Replica) Optimize(ctx context.Context, tableID uint64, partition string) error {
	return UserError(r.store.OptimizeTable(ctx, tableID, partition))
}

// settleColumns proposes that columns which turned out to be free text take no
// more symbols (R12).
func (r *Replica) settleColumns() {
	for _, c := range r.store.PlainCandidates() {
		_, err := r.Propose(r.life, &entry.Entry{
			Kind: entry.ColumnPlain, MapEpoch: r.cfg.MapEpoch, Table: c.Table,
			Body: store.ColumnPlainBody(c.Column),
		})
		if err != nil {
			r.cfg.Log.Warn("column not made plain", "shard", r.cfg.Name, "error", err)
			return
		}
	}
}

// dropLeftovers aborts what streams of the last run have staged: their clients
// are gone.
func (r *Replica) dropLeftovers() error {
	for _, s := range r.store.Staged() {
		if err := r.abort(transaction{table: s.Table, txn: s.Txn}); err != nil {
			return err
		}
	}
	return nil
}

func (r *Replica) abort(t transaction) error {
	_, err := r.Propose(r.life, &entry.Entry{Kind: entry.Abort, MapEpoch: r.cfg.MapEpoch, Table: t.table, Txn: t.txn})
	return err
}

// abandon drops what a stream has staged, now or when the shard is back.
func (r *Replica) abandon(tableID, txn uint64) {
	t := transaction{table: tableID, txn: txn}
	if r.abort(t) == nil {
		return
	}
	r.mu.Lock()
	r.orphans = append(r.orphans, t)
	r.mu.Unlock()
	wish(r.orphanWish)
}

// orphanLoop aborts transactions whose abort failed.
func (r *Replica) orphanLoop() {
	for {
		select {
		case <-r.orphanWish:
		case <-r.life.Done():
			return
		}
		for r.hasOrphans() {
			if r.group.Ready(r.life) == nil && r.abortOrphans() == nil {
				continue
			}
			if !r.rest(retryPause) {
				return
			}
		}
	}
}

func (r *Replica) hasOrphans() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.orphans) > 0
}

func (r *Replica) abortOrphans() error {
	r.mu.Lock()
	list := r.orphans
	r.orphans = nil
	r.mu.Unlock()
	var errs []error
	for _, t := range list {
		if err := r.abort(t); err != nil {
			errs = append(errs, err)
			r.mu.Lock()
			r.orphans = append(r.orphans, t)
			r.mu.Unlock()
		}
	}
	return errors.Join(errs...)
}

// retentionLoop drops expired partitions now and then, and looks for partitions
// that have become cold, which is no flush's doing.
func (r *Replica) retentionLoop() {
	for r.rest(retentionEvery) {
		wish(r.mergeWish)
		if err := r.Retain(r.life); err != nil && r.life.Err() == nil {
			r.cfg.Log.Warn("retention failed", "shard", r.cfg.Name, "error", err)
		}
	}
}
