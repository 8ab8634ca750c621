package store

import (
	"errors"
	"fmt"

	"github.com/freshetdb/freshet/columnar/chcode"
	"github.com/freshetdb/freshet/columnar/entry"
	"github.com/freshetdb/freshet/columnar/table"
)

// ErrBroken says that the shard could not do what its log says because of its
// own files. The replica must close it: going on would make it differ from the
// others.
var ErrBroken = errors.New("shard is broken")

// Result is what an entry did.
type Result struct {
	// Err, unless nil, says why the entry changed nothing. It is the same on every
	// replica, unless it is ErrBroken.
	Err error
	// Covered tells that the shard had the entry's positions already: no row was
	// added.
	Covered bool
	// Duplicates tells for each client insert whether its token was known: its rows
	// were left out.
	Duplicates []bool
	// Rows is the number of rows that became visible.
	Rows int
}

func failed(err error) Result { return Result{Err: err} }

// Apply does what an entry of the log says. It is a pure function of the log
// (R2). An entry that the shard has already, by its index, is skipped. What it
// did becomes visible at the next Publish.
func (s *Store) Apply(index uint64, e *entry.Entry) Result {
	s.mu.Lock()
	defer s.mu.Unlock()
	if index <= s.applied {
		return Result{}
	}
	if err := s.usable(); err != nil {
		return failed(err)
	}
	r := s.apply(index, e)
	if errors.Is(r.Err, ErrBroken) {
		s.broken = r.Err
		return r
	}
	s.applied = index
	return r
}

func (s *Store) apply(index uint64, e *entry.Entry) Result {
	switch e.Kind {
	case entry.Insert:
		return s.applyInsert(index, e)
	case entry.Stage:
		return s.applyStage(index, e)
	case entry.Commit:
		return s.applyCommit(index, e)
	case entry.Abort:
		return s.applyAbort(e)
	case entry.Define:
		return s.applyDefine(e)
	case entry.DropTable:
		return s.applyDropTable(e)
	case entry.Truncate, entry.DropPartition, entry.DetachPartition, entry.AttachPartition, entry.DropBefore:
		return s.applyPartition(index, e)
	case entry.ColumnPlain:
		return s.applyColumnPlain(e)
	case entry.Advance:
		return s.applyAdvance(e)
	case entry.Forget:
		s.positions.forget(e.Positions)
		return Result{}
	default:
		return failed(fmt.Errorf("apply entry %d: unknown kind %d", index, e.Kind))
	}
}

// table finds the table of an entry.
func (s *Store) table(e *entry.Entry) (*table.Table, error) {
	t := s.tables[e.Table]
	if t == nil {
		return nil, chcode.Errorf(chcode.UnknownTable, "Table with id %d does not exist on this shard", e.Table)
	}
	return t, nil
}

// touch says that a table changed.
func (s *Store) touch(t *table.Table) {
	s.changed = true
	t.Touch()
}

// moved says that a table's rows lie elsewhere.
func (s *Store) moved(t *table.Table) {
	s.changed = true
	t.Moved()
}

func (s *Store) applyAdvance(e *entry.Entry) Result {
	covered, err := s.positions.cover(e.Positions)
	if err != nil {
		return failed(err)
	}
	s.positions.advance(e.Positions)
	return Result{Covered: covered}
}
