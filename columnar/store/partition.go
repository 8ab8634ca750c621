package store

import (
	"fmt"
	"slices"

	"github.com/freshetdb/freshet/columnar/chcode"
	"github.com/freshetdb/freshet/columnar/entry"
	"github.com/freshetdb/freshet/columnar/segment"
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
		_, _, err = s.dropRows(t, func(p table.Partition) bool { return p.Key < name }, table.Cut{Before: e.Body})
		if err == nil {
			s.moveHorizon(t, name)
		}
	case entry.DetachPartition:
		err = s.detach(t, name, index)
	case entry.AttachPartition:
		err = s.attach(t, name)
	default:
		s.clear(t)
		t.Tokens.Forget()
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
	gone := table.Partition{Name: name}
	some, times, err := s.dropRows(t, named(&gone), table.Cut{Partition: name})
	if err != nil || !some {
		return err
	}
	// Which tokens brought rows of this partition is not known. To keep them would take out, in silence, an insert that
	// brings its rows again.
	t.Tokens.Forget()
	if t.Rolled == nil && len(t.Rollups()) == 0 {
		return nil
	}
	oldest, hasRows, err := t.OldestKey()
	if err != nil {
		return err
	}
	if (!hasRows || gone.Key < oldest) && s.moveHorizon(t, gone.Key+"\x00") {
		return nil
	}
	if t.Rolled != nil {
		t.Rolled.AddGap(gone, table.GapOwn, nil) // Its times are not the source's.
		s.touch(t)
	}
	s.addGap(t, gone, table.GapDropped, times)
	return nil
}

// named matches the partition with a name and notes its key.
func named(p *table.Partition) table.Match {
	return func(x table.Partition) bool {
		if x.Name == p.Name {
			p.Key = x.Key
		}
		return x.Name == p.Name
	}
}

// addGap tells the rollups of a table that they hold other rows of a partition.
func (s *Store) addGap(t *table.Table, p table.Partition, kind table.GapKind, times []segment.TimeRange) {
	for _, r := range t.Rollups() {
		r.Rolled.AddGap(p, kind, times)
		s.touch(r)
	}
}

// moveHorizon moves the horizon of a table to the partition with a key, where that
// is known to be an instant. What its rollups have before it can't be told from what
// the table has any more, and need not.
func (s *Store) moveHorizon(t *table.Table, key string) (isKnown bool) {
	at := t.Keys.Horizon(key)
	if at == 0 {
		return false
	}
	t.Horizon = max(t.Horizon, at)
	s.touch(t)
	if t.Rolled != nil {
		t.Rolled.CloseGaps(table.GapOwn, key)
	}
	for _, r := range t.Rollups() {
		r.Rolled.CloseGaps(table.GapDropped, key)
		s.touch(r)
	}
	return true
}

// dropRows takes the rows of partitions out of a table; some tells whether there
// were any, times where they lay, which is asked where there are rollups. Out of a
// rollup it takes also rows that are in memory, or still to come.
func (s *Store) dropRows(t *table.Table, match table.Match, c table.Cut) (some bool, times []segment.TimeRange, err error) {
	t.Seal()
	sel, err := t.Select(match)
	if err != nil {
		return false, nil, err
	}
	some = !sel.IsEmpty()
	if some && len(t.Rollups()) > 0 {
		if times, err = t.TimesOf(sel); err != nil {
			return false, nil, err
		}
	}
	s.touch(t)
	whole, dead := t.TakeOut(sel)
	s.retire(whole...)
	s.retire(dead...)
	if t.Rolled == nil {
		return some, times, nil
	}
	gone, err := t.CutMemory(match, c)
	return some || gone, times, err
}

// detach sets the rows of a partition aside: segments that hold nothing else as
// they are, other rows copied.
func (s *Store) detach(t *table.Table, name string, index uint64) error {
	t.Seal()
	gone := table.Partition{Name: name}
	sel, err := t.Select(named(&gone))
	if err != nil {
		return err
	}
	copied, err := t.Gather(sel, index)
	if err != nil {
		return err
	}
	times, err := t.TimesOf(sel)
	if err != nil {
		return err
	}
	s.touch(t)
	whole, dead := t.TakeOut(sel)
	s.retire(dead...)
	if copied == nil && len(whole) == 0 {
		return nil
	}
	s.addGap(t, gone, table.GapDetached, times)
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
func (s *Store) attach(t *table.Table, name string) error {
	for _, d := range t.Detached {
		if d.Partition != name {
			continue
		}
		times, err := t.TimesAside(d)
		if err != nil {
			return err
		}
		s.touch(t)
		t.Runs = append(t.Runs, d.Runs...)
		t.Segments = append(t.Segments, d.Segments...)
		s.regroup = true
		for _, r := range t.Rollups() {
			r.Rolled.SourceAttached(name, times)
			s.touch(r)
		}
	}
	t.Detached = slices.DeleteFunc(t.Detached, func(d *table.Detached) bool { return d.Partition == name })
	return nil
}
