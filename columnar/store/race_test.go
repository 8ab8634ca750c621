package store_test

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"testing"

	"github.com/freshetdb/freshet/columnar/agg"
	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/entry"
	"github.com/freshetdb/freshet/columnar/store"
	"github.com/freshetdb/freshet/columnar/table"
	"github.com/freshetdb/freshet/columnar/vfs"
)

// TestReadersSeeWholeEntries has readers look at every View while entries,
// flushes, merges and drops go on: each entry adds rows that sum to zero, so
// every sum that is not zero is of a torn picture.
func TestReadersSeeWholeEntries(t *testing.T) {
	const entries, readers = 120, 3
	s := open(t, vfs.NewMem())
	s.opts.Merge = smallMerges()
	s.restart()
	d := events(t)
	s.must(defineEntry(t, d))
	s.must(defineEntry(t, countsByDay(t, 2, d)))
	done := make(chan struct{})
	errs := make(chan error, readers+3)
	var wg sync.WaitGroup
	for range readers {
		wg.Go(func() {
			last := uint64(0)
			for {
				select {
				case <-done:
					errs <- nil
					return
				default:
				}
				v := s.View()
				if v.Index < last {
					errs <- fmt.Errorf("index %d after %d", v.Index, last)
				}
				last = v.Index
				err := sumsToZero(v)
				for id := range v.Tables {
					if err == nil && v.Tables[id].Rollup != nil {
						err = inStep(v, id)
					}
				}
				v.Release()
				if err != nil {
					errs <- err
					return
				}
			}
		})
	}
	for _, turn := range []func(context.Context) (bool, error){s.MergeOnce, s.FoldAny, s.FillOnce} {
		wg.Go(func() {
			for {
				select {
				case <-done:
					errs <- nil
					return
				default:
				}
				if _, err := turn(t.Context()); err != nil {
					errs <- err
					return
				}
			}
		})
	}
	for i := range entries {
		n := strconv.Itoa(i)
		s.must(insert(t, d,
			[]string{day(1 + i%6), "u" + n, n, "x"}, []string{day(1 + (i+1)%6), "v" + n, "-" + n, nullText}))
		switch {
		case i%10 == 9:
			s.flush()
		case i%37 == 36:
			s.must(&entry.Entry{Kind: entry.Truncate, Table: 1})
		case i == 50:
			s.must(defineEntry(t, countsByDay(t, 3, d)))
		}
	}
	close(done)
	wg.Wait()
	close(errs)
	for err := range errs {
		if err != nil {
			t.Error(err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

// countsByDay is a rollup of events.
func countsByDay(tb tester, id uint64, d *table.Def) *table.Def {
	return defineRollup(tb, id, d, nil, []rollupKey{{"day", colOf(tb, d, "day")}},
		aggregate{"c", "SimpleAggregateFunction(sum, UInt64)", "count", nil},
		aggregate{"s", "SimpleAggregateFunction(sum, Int64)", "sum", []string{"n"}},
		aggregate{"u", "AggregateFunction(uniqExact, String)", "uniqExact", []string{"user"}})
}

// inStep compares a rollup with its table, of the same View.
func inStep(v *store.View, id uint64) error {
	t := v.Table(id)
	if !t.Rollup.IsComplete() {
		return nil
	}
	count, sum := uint64(0), int64(0)
	for _, p := range t.Parts() {
		c, err := p.Read(t.Def.Schema.ByID(2), 0, p.Rows())
		if err != nil {
			return err
		}
		s, err := p.Read(t.Def.Schema.ByID(3), 0, p.Rows())
		if err != nil {
			return err
		}
		u, err := p.Read(t.Def.Schema.ByID(4), 0, p.Rows())
		if err != nil {
			return err
		}
		if _, err := agg.Finalize(u); err != nil {
			return err
		}
		for i := range p.Rows() {
			count += batch.Values[uint64](c)[c.Row(i)]
			sum += batch.Values[int64](s)[s.Row(i)]
		}
	}
	if rows := v.Table(1).Rows(); sum != 0 || count != uint64(rows) {
		return fmt.Errorf("rollup %d counts %d rows of %d, with sum %d", id, count, rows, sum)
	}
	return nil
}

func sumsToZero(v *store.View) error {
	tab := v.Table(1)
	sum, rows := int64(0), 0
	for _, p := range tab.Parts() {
		c, err := p.Read(tab.Def.Schema.ByID(3), 0, p.Rows())
		if err != nil {
			return err
		}
		text, err := p.Read(tab.Def.Schema.ByID(2), 0, p.Rows())
		if err != nil {
			return err
		}
		live := p.Live(0, p.Rows())
		c = c.Expand()
		for i, n := range batch.Values[int32](c) {
			if live != nil && !live[i] {
				continue
			}
			if len(text.Bytes(i)) < 2 {
				return fmt.Errorf("row %d has no user", i)
			}
			sum += int64(n)
			rows++
		}
	}
	if sum != 0 || rows%2 != 0 {
		return errors.New("torn picture: sum " + strconv.FormatInt(sum, 10) + " over " + strconv.Itoa(rows) + " rows")
	}
	return nil
}
