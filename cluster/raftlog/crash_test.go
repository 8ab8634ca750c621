package raftlog_test

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"sync"
	"testing"

	"github.com/hashicorp/raft"

	"github.com/freshetdb/freshet/cluster/raftlog"
	"github.com/freshetdb/freshet/columnar/vfs"
)

// history is what has been done to a log: enough to say which states a crash
// may leave. Entries first..last are acknowledged; between minLast and maxLast
// the end is open while a call is under way.
type history struct {
	first, maxFirst  uint64 // The first entry is between these.
	minLast, maxLast uint64
	terms            []uint64 // The term of each entry as last written, by index.
	term, nextTerm   uint64   // The stable value is one of these.
}

func (h history) clone() history {
	h.terms = append([]uint64(nil), h.terms...)
	return h
}

func sizeOf(index, term uint64) int { return int(index*37+term*11) % 700 }

// verify opens the log in fsys and compares it with what h allows.
func (h history) verify(fsys vfs.FS) error {
	if begun, err := vfs.Exists(fsys, dir+"/META"); err != nil || begun {
		if _, err := raftlog.Check(fsys, dir); err != nil {
			return fmt.Errorf("check: %w", err)
		}
	}
	l, err := raftlog.Open(raftlog.Config{FS: fsys, Dir: dir, SegmentBytes: smallSegments})
	if err != nil {
		return err
	}
	first, err1 := l.FirstIndex()
	last, err2 := l.LastIndex()
	term, err3 := l.GetUint64([]byte("term"))
	if err := errors.Join(err1, err2, err3); err != nil {
		return err
	}
	if term != h.term && term != h.nextTerm {
		return fmt.Errorf("term %d, want %d or %d", term, h.term, h.nextTerm)
	}
	if last < h.minLast || last > h.maxLast || first > h.maxFirst || last > 0 && first < h.first {
		return fmt.Errorf("entries %d to %d, want %d..%d to %d..%d", first, last, h.first, h.maxFirst, h.minLast, h.maxLast)
	}
	if last == 0 {
		last, first = h.minLast, h.minLast+1 // An empty log has nothing to compare.
	}
	for i := first; i <= last; i++ {
		var e raft.Log
		if err := l.GetLog(i, &e); err != nil {
			return err
		}
		want := entry(i, h.terms[i], sizeOf(i, h.terms[i]))
		if e.Term != want.Term || !bytes.Equal(e.Data, want.Data) || !bytes.Equal(e.Extensions, want.Extensions) {
			return fmt.Errorf("entry %d is of term %d, %d bytes; want term %d, %d bytes", i, e.Term, len(e.Data), want.Term, len(want.Data))
		}
	}
	next := last + 1
	if err := l.StoreLogs(entries(next, 99, 10)); err != nil {
		return fmt.Errorf("append after the crash: %w", err)
	}
	if err := l.Close(); err != nil {
		return err
	}
	// And what was stored now survives as well, whatever the crash had left.
	l, err = raftlog.Open(raftlog.Config{FS: fsys.(*vfs.Mem).CrashClone(), Dir: dir, SegmentBytes: smallSegments})
	if err != nil {
		return fmt.Errorf("second crash: %w", err)
	}
	var e raft.Log
	if err := l.GetLog(next, &e); err != nil || e.Term != 99 {
		return fmt.Errorf("second crash: %w", err)
	}
	return l.Close()
}

// Every crash, at every operation that changes the disk, leaves a log with all
// that was acknowledged and nothing that was never written.
func TestCrashes(t *testing.T) {
	points, seeds := 0, uint64(12)
	if os.Getenv("FRESHET_FAULT") == "long" {
		seeds = 400
	}
	for seed := range seeds {
		points += crashRun(t, seed)
		if t.Failed() {
			break
		}
	}
	t.Logf("%d crashes", points)
	if points < 1000 {
		t.Errorf("only %d crashes", points)
	}
}

func crashRun(t *testing.T, seed uint64) (points int) {
	rng := rand.New(rand.NewPCG(seed, 17))
	mem := vfs.NewMem()
	var mu sync.Mutex // The log also writes in the background.
	h := history{first: 1, maxFirst: 1, terms: make([]uint64, 1, 1000)}
	crash := func(what string, clone *vfs.Mem, h history) {
		points++
		if err := h.verify(clone); err != nil {
			t.Errorf("seed %d, %s: %v", seed, what, err)
		}
	}
	fsys := vfs.NewFault(mem, func(op vfs.Op) error {
		if !op.Kind.Changes() || t.Failed() {
			return nil
		}
		mu.Lock()
		defer mu.Unlock()
		crash("strict before "+op.Kind.String()+" "+op.Name, mem.CrashClone(), h.clone())
		for range 2 {
			s := rng.Uint64()
			crash(fmt.Sprintf("torn %d before %v %s", s, op.Kind, op.Name), mem.CrashCloneTorn(s), h.clone())
		}
		return nil
	})
	// update changes what is allowed, under the lock.
	update := func(change func()) {
		mu.Lock()
		defer mu.Unlock()
		change()
	}
	l := open(t, fsys)
	ops := rand.New(rand.NewPCG(seed, 18))
	for range 25 {
		if t.Failed() {
			break
		}
		step(t, l, &h, ops, update)
	}
	must(t, l.Close())
	update(func() { crash("at the end", mem.CrashClone(), h.clone()) })
	return points
}

// step does one random operation on the log and keeps the history.
func step(t *testing.T, l *raftlog.Log, h *history, rng *rand.Rand, update func(func())) {
	t.Helper()
	last := h.minLast
	switch n := rng.IntN(10); {
	case n < 6 || last < h.first+4:
		var batch []*raft.Log
		for i := range 1 + rng.Uint64N(6) {
			batch = append(batch, entry(last+1+i, h.term, sizeOf(last+1+i, h.term)))
		}
		update(func() {
			h.terms = h.terms[:last+1]
			for _, e := range batch {
				h.terms = append(h.terms, e.Term)
			}
			h.maxLast = last + uint64(len(batch))
		})
		must(t, l.StoreLogs(batch))
		update(func() { h.minLast = h.maxLast })
	case n == 6: // The oldest are in a snapshot.
		upTo := h.first + rng.Uint64N(last-h.first)
		update(func() { h.maxFirst = upTo + 1 })
		must(t, l.DeleteRange(h.first, upTo))
		update(func() { h.first = h.maxFirst })
	case n == 7 && last > h.first+1: // A new leader takes back the newest.
		from := last - rng.Uint64N(min(3, last-h.first))
		update(func() { h.minLast = from - 1 })
		must(t, l.DeleteRange(from, last))
		update(func() { h.maxLast = h.minLast })
	default:
		update(func() { h.nextTerm++ })
		must(t, l.SetUint64([]byte("term"), h.nextTerm))
		update(func() { h.term = h.nextTerm })
	}
}
