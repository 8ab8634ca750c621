package replica

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/entry"
	"github.com/freshetdb/freshet/columnar/ledger"
	"github.com/freshetdb/freshet/columnar/store"
	"github.com/freshetdb/freshet/columnar/table"
)

// Stream is one insert of any size: all of it becomes visible at Commit, or
// nothing. What fits into one entry is written as one; more is staged as parts
// under a random transaction id (R3). It belongs to one goroutine. The caller
// ends it with Commit or Abort.
type Stream struct {
	replica *Replica
	def     *table.Def
	token   string
	gather  bool
	// positions is the range of a source that the rows come from.
	positions []entry.Position

	pending []*batch.Batch
	bytes   int64 // of pending
	held    ledger.Share
	txn     uint64
	parts   uint32
	rows    int // staged

	slots  chan struct{} // parts on their way
	flight sync.WaitGroup
	mu     sync.Mutex
	failed error // the first error of a part
	ended  bool
}

// Stream begins an insert. gather allows to put a small one into one entry with
// those of other clients.
func (r *Replica) Stream(def *table.Def, token string, gather bool) *Stream {
	return &Stream{
		replica: r, def: def, token: token, gather: gather,
		held: ledger.ShareOf(r.memory), slots: make(chan struct{}, partsInFlight),
	}
}

// SetPosition says which range of a source the stream covers: it is stored in the
// same entry as the rows, and they are skipped where it is known already (R8).
func (s *Stream) SetPosition(p entry.Position) { s.positions = []entry.Position{p} }

// Add takes rows with all stored columns of the table, in order. The stream
// keeps them. It blocks while the node is short of memory.
func (s *Stream) Add(ctx context.Context, b *batch.Batch) error {
	if b.Rows == 0 {
		return nil
	}
	for _, piece := range pieces(plain(b), s.partBytes()) {
		size := rowBytes(piece)
		if size > maxPieceBytes {
			return tooLarge()
		}
		if s.bytes > 0 && s.bytes+size > s.replica.cfg.EntryBytes {
			if err := s.stage(ctx, s.partBytes()); err != nil {
				return err
			}
		}
		s.pending = append(s.pending, piece)
		s.bytes += size
		if err := s.held.Set(s.bytes); err != nil {
			return err
		}
	}
	if s.txn != 0 && s.bytes >= s.partBytes() {
		return s.stage(ctx, s.partBytes())
	}
	return s.err()
}

// partBytes is how large parts are.
func (s *Stream) partBytes() int64 { return s.replica.cfg.EntryBytes / partsPerEntry }

// stage writes pending rows as parts of at least size bytes each; the rest stays
// pending.
func (s *Stream) stage(ctx context.Context, size int64) error {
	for s.txn == 0 {
		s.txn = rand.Uint64() //nolint:gosec // it must be unlike others, not secret
	}
	for len(s.pending) > 0 && s.bytes >= size {
		n, bytes := 0, int64(0)
		for n < len(s.pending) && bytes < size {
			bytes += rowBytes(s.pending[n])
			n++
		}
		group := s.pending[:n]
		s.pending, s.bytes = s.pending[n:], s.bytes-bytes
		if err := s.send(ctx, group); err != nil {
			return err
		}
	}
	return nil
}

// send proposes one part beside the caller.
func (s *Stream) send(ctx context.Context, group []*batch.Batch) error {
	if s.parts == maxParts {
		return tooManyParts()
	}
	if err := s.replica.admit(ctx); err != nil {
		return err
	}
	select {
	case s.slots <- struct{}{}:
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	if err := s.err(); err != nil {
		<-s.slots
		return err
	}
	e := newEntry(entry.Stage, s.replica.cfg.MapEpoch, s.def, group)
	e.Txn, e.Part = s.txn, s.parts
	s.parts++
	s.rows += e.Rows
	s.flight.Go(func() {
		defer func() { <-s.slots }()
		if _, err := s.replica.Propose(ctx, e); err != nil {
			s.fail(err)
		}
	})
	return nil
}

func (s *Stream) fail(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.failed == nil {
		s.failed = err
	}
}

func (s *Stream) err() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.failed
}

// Rows is how many rows were added so far.
func (s *Stream) Rows() int {
	n := s.rows
	for _, b := range s.pending {
		n += b.Rows
	}
	return n
}

// Commit makes all rows visible and ends the stream. After an error nothing of it
// is, unless the outcome of the last entry is unknown.
func (s *Stream) Commit(ctx context.Context) (duplicate bool, err error) {
	defer s.held.Release()
	if err := s.err(); err != nil {
		s.Abort()
		return false, err
	}
	if s.txn == 0 {
		s.ended = true
		return s.commitWhole(ctx)
	}
	err = s.stage(ctx, 1)
	s.flight.Wait()
	if err = errors.Join(err, s.err()); err != nil {
		s.Abort()
		return false, err
	}
	s.ended = true
	result, err := s.replica.Propose(ctx, &entry.Entry{
		Kind: entry.Commit, MapEpoch: s.replica.cfg.MapEpoch, Table: s.def.ID, SchemaVersion: s.def.Schema.Version,
		Txn: s.txn, Parts: s.parts, Positions: s.positions, Inserts: []entry.ClientInsert{{Token: s.token, Rows: s.rows}},
	})
	if err != nil {
		s.replica.abandon(s.def.ID, s.txn)
		return false, err
	}
	return isDuplicate(result), nil
}

// commitWhole writes what fits into one entry.
func (s *Stream) commitWhole(ctx context.Context) (duplicate bool, err error) {
	if len(s.pending) == 0 {
		return false, nil
	}
	if err := s.replica.admit(ctx); err != nil {
		return false, err
	}
	if s.gather && s.positions == nil && s.bytes < min(gatherBytes, s.replica.cfg.EntryBytes) {
		rows := s.pending[0]
		if len(s.pending) > 1 {
			rows = batch.ConcatBatches(rows.Names, rows.Types(), s.pending)
		}
		return s.replica.gather.insert(ctx, Block{Table: s.def, Rows: rows, Token: s.token})
	}
	e := newEntry(entry.Insert, s.replica.cfg.MapEpoch, s.def, s.pending)
	e.Positions = s.positions
	e.Inserts = []entry.ClientInsert{{Token: s.token, Rows: e.Rows}}
	result, err := s.replica.Propose(ctx, e)
	if err != nil {
		return false, err
	}
	return isDuplicate(result), nil
}

// Abort ends the stream without storing anything. After Commit it does nothing.
func (s *Stream) Abort() {
	s.held.Release()
	s.flight.Wait()
	if s.ended {
		return
	}
	s.ended = true
	if s.txn != 0 {
		s.replica.abandon(s.def.ID, s.txn)
	}
}

// isDuplicate is the answer to an entry with one client insert.
func isDuplicate(r store.Result) bool { return len(r.Duplicates) > 0 && r.Duplicates[0] }
