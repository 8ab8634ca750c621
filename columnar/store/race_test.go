package store_test

import (
	"errors"
	"fmt"
	"strconv"
	"sync"
	"testing"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/entry"
	"github.com/freshetdb/freshet/columnar/store"
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
	done := make(chan struct{})
	errs := make(chan error, readers+1)
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
				v.Release()
				if err != nil {
					errs <- err
					return
				}
			}
		})
	}
	wg.Go(func() {
		for {
			select {
			case <-done:
				errs <- nil
				return
			default:
			}
			if _, err := s.MergeOnce(t.Context()); err != nil {
				errs <- err
				return
			}
		}
	})
	for i := range entries {
		n := strconv.Itoa(i)
		s.must(insert(t, d,
			[]string{day(1 + i%6), "u" + n, n, "x"}, []string{day(1 + (i+1)%6), "v" + n, "-" + n, nullText}))
		switch {
		case i%10 == 9:
			s.flush()
		case i%37 == 36:
			s.must(&entry.Entry{Kind: entry.Truncate, Table: 1})
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
