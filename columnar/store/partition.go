package store

import (
	"fmt"
	"slices"

	"github.com/freshetdb/freshet/columnar/chcode"
	"github.com/freshetdb/freshet/columnar/entry"
	"github.com/freshetdb/freshet/columnar/table"
)

// applyPartition changes the rows of one partition, of all before one, or of all.
// The body of an entry is the partition's name, that of DropBefore the key of the
// first partition that is kept.
func (s *Store) applyPartition(index uint64, e *entry.Entry) Result {
	t, err := s.table(e)
	if err != nil {
		return failed(err)
	}
	name := string(e.Body)
	if t.Rolled != nil && e.Kind != entry.DropPartition && e.Kind != entry.DropBefore {
		return failed(chcode.Errorf(chcode.NotImplemented,
			"Partitions of the rollup %s can be dropped only; all else is done to its table", t.Def.FullName()))
	}
	switch e.Kind {
	case entry.DropPartition:
		err = s.dropPartition(t, name)
	case entry.DropBefore:
		if len(t.Def.PartitionBy) == 0 {
			return Result{} // There is nothing before the only partition.
		}
		_, err = s.dropRows(t, func(p table.Partition) bool { return p.Key < name }, table.Cut{Before: e.Body})
		if err == nil {
			t.Horizon = max(t.Horizon, t.Keys.Horizon(name))
			s.touch(t)
		}
	case entry.DetachPartition:
		err = s.detach(t, name, index)
	case entry.AttachPartition:
		s.attach(t, name)
	default:
		s.clear(t)
		for _, r := range t.Rollups() {
			s.clear(r)
		}
	}
	if err != nil {
		return failed(fmt.Errorf("%w: partition %q of %s: %w", ErrBroken, name, t.Def.FullName(), err))
	}
	return Result{}
}

// dropPartition drops a partition by hand. Rollups keep what its rows added (R16).
// When it is the oldest, the table's horizon moves, as if it had expired; else the
// rollups hold other rows than the table from here on.
func (s *Store) dropPartition(t *table.Table, name string) error {
	key := ""
	some, err := s.dropRows(t, func(p table.Partition) bool {
		if p.Name == name {
			key = p.Key
		}
		return p.Name == name
	}, table.Cut{Partition: name})
	if err != nil || !some {
		return err
	}
	if t.Rolled == nil && len(t.Rollups()) == 0 {
		return nil
	}
	oldest, hasRows, err := t.OldestKey()
	if err != nil {
		return err
	}
	if !hasRows || key < oldest {
		if after := t.Keys.Horizon(key + "\x00"); after > 0 {
			t.Horizon = max(t.Horizon, after)
			s.touch(t)
			return nil
		}
	}
	if t.Rolled != nil {
		t.Rolled.OwnDropped(name)
		s.touch(t)
	}
	for _, r := range t.Rollups() {
		r.Rolled.SourceDropped(name)
		s.touch(r)
	}
	return nil
}

// dropRows takes the rows of partitions out of a table; some tells whether there
// were any. Out of a rollup it takes also rows that are in memory, or still to come.
func (s *Store) dropRows(t *table.Table, match table.Match, c table.Cut) (some bool, err error) {
	t.Seal()
	sel, err := t.Select(match)
	if err != nil {
		return false, err
	}
	some = !sel.IsEmpty()
	s.touch(t)
	whole, dead := t.TakeOut(sel)
	s.retire(whole...)
	s.retire(dead...)
	if t.Rolled == nil {
		return some, nil
	}
	gone, err := t.CutMemory(match, c)
	return some || gone, err
}

// detach sets the rows of a partition aside: segments that hold nothing else as
// they are, other rows copied.
func (s *Store) detach(t *table.Table, name string, index uint64) error {
	t.Seal()
	sel, err := t.Select(func(p table.Partition) bool { return p.Name == name })
	if err != nil {
		return err
	}
	copied, err := t.Gather(sel, index)
	if err != nil {
		return err
	}
	s.touch(t)
	whole, dead := t.TakeOut(sel)
	s.retire(dead...)
	if copied == nil && len(whole) == 0 {
		return nil
	}
	for _, r := range t.Rollups() {
		r.Rolled.SourceDetached(name)
		s.touch(r)
	}
	k := slices.IndexFunc(t.Detached, func(d *table.Detached) bool { return d.Partition == name })
	if k < 0 {
		k = len(t.Detached)
		t.Detached = append(t.Detached, &table.Detached{Partition: name})
	}
	d := t.Detached[k]
	if copied != nil {
		d.Runs = append(d.Runs, copied)
	}
	d.Segments = append(d.Segments, whole...)
	s.regroup = true
	return nil
}

// attach brings the rows of a partition back.
func (s *Store) attach(t *table.Table, name string) {
	for _, d := range t.Detached {
		if d.Partition != name {
			continue
		}
		s.touch(t)
		t.Runs = append(t.Runs, d.Runs...)
		t.Segments = append(t.Segments, d.Segments...)
		s.regroup = true
		for _, r := range t.Rollups() {
			r.Rolled.SourceAttached(name)
			s.touch(r)
		}
	}
	t.Detached = slices.DeleteFunc(t.Detached, func(d *table.Detached) bool { return d.Partition == name })
}
