package store

import (
	"fmt"
	"slices"

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
	isNamed := func(p table.Partition) bool { return p.Name == name }
	switch e.Kind {
	case entry.DropPartition:
		err = s.dropRows(t, isNamed)
	case entry.DropBefore:
		if len(t.Def.PartitionBy) == 0 {
			return Result{} // There is nothing before the only partition.
		}
		if err = s.dropRows(t, func(p table.Partition) bool { return p.Key < name }); err == nil {
			t.Horizon = max(t.Horizon, t.Keys.Horizon(name))
		}
	case entry.DetachPartition:
		err = s.detach(t, name, index)
	case entry.AttachPartition:
		s.attach(t, name)
	default:
		s.clear(t)
	}
	if err != nil {
		return failed(fmt.Errorf("%w: partition %q of %s: %w", ErrBroken, name, t.Def.FullName(), err))
	}
	return Result{}
}

// dropRows takes the rows of partitions out of a table.
func (s *Store) dropRows(t *table.Table, match table.Match) error {
	t.Seal()
	sel, err := t.Select(match)
	if err != nil {
		return err
	}
	s.touch(t)
	whole, dead := t.TakeOut(sel)
	s.retire(whole...)
	s.retire(dead...)
	return nil
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
	}
	t.Detached = slices.DeleteFunc(t.Detached, func(d *table.Detached) bool { return d.Partition == name })
}
