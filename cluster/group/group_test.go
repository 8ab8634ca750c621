package group_test

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/freshetdb/freshet/cluster/group"
	"github.com/freshetdb/freshet/cluster/raftlog"
	"github.com/freshetdb/freshet/columnar/vfs"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	dir           = "node/log"
	stateFile     = "node/STATE"
	smallSegments = 64 << 10
	soon          = 5 * time.Millisecond
)

// journal is a machine that keeps all it was told.
type journal struct {
	fs vfs.FS

	mu      sync.Mutex
	lines   []string
	applied uint64
	stored  group.Meta
	isSaved bool
	refuse  string // Apply gives up at this line.
}

func openJournal(t *testing.T, fsys vfs.FS) *journal {
	t.Helper()
	j := &journal{fs: fsys}
	data, err := vfs.ReadFile(fsys, stateFile)
	if err != nil {
		return j
	}
	n := int(binary.LittleEndian.Uint32(data[16:]))
	j.stored = group.Meta{
		Index: binary.LittleEndian.Uint64(data), Term: binary.LittleEndian.Uint64(data[8:]),
		Configuration: data[20 : 20+n], ConfigurationIndex: 1,
	}
	j.isSaved, j.applied = true, j.stored.Index
	if rest := string(data[20+n:]); rest != "" {
		j.lines = strings.Split(rest, "\n")
	}
	return j
}

func (j *journal) Applied() uint64 {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.applied
}

func (j *journal) Apply(records []group.Record) ([]any, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	out := make([]any, len(records))
	for i, r := range records {
		if r.Index <= j.applied {
			return nil, fmt.Errorf("entry %d came again", r.Index)
		}
		if j.refuse != "" && string(r.Data) == j.refuse {
			return nil, errors.New("refused")
		}
		j.lines, j.applied = append(j.lines, string(r.Data)), r.Index
		out[i] = len(j.lines)
	}
	return out, nil
}

func (j *journal) Freeze() (group.Snapshot, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return &saved{j: j, text: strings.Join(j.lines, "\n")}, nil
}

func (j *journal) Stored() (group.Meta, bool) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.stored, j.isSaved
}

type saved struct {
	j    *journal
	text string
}

func (s *saved) Persist(_ context.Context, m group.Meta) error {
	var b []byte
	b = binary.LittleEndian.AppendUint64(b, m.Index)
	b = binary.LittleEndian.AppendUint64(b, m.Term)
	b = binary.LittleEndian.AppendUint32(b, uint32(len(m.Configuration)))
	b = append(append(b, m.Configuration...), s.text...)
	if err := vfs.WriteFileAtomic(s.j.fs, stateFile, b); err != nil {
		return err
	}
	s.j.mu.Lock()
	defer s.j.mu.Unlock()
	s.j.stored, s.j.isSaved = m, true
	return nil
}

func (*saved) Release() {}

func must(t *testing.T, errs ...error) {
	t.Helper()
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
}

func open(t *testing.T, fsys vfs.FS, j *journal) *group.Group {
	t.Helper()
	g, err := group.Open(t.Context(), config(fsys, j))
	must(t, err)
	return g
}

func config(fsys vfs.FS, j *journal) group.Config {
	return group.Config{
		Name: "test", FS: fsys, Dir: dir, Machine: j, Election: soon, SegmentBytes: smallSegments,
	}
}

func TestRestartsKeepAllAndReplayOnlyWhatIsBehindTheSnapshot(t *testing.T) {
	mem := vfs.NewMem()
	want := 0
	for round := range 4 {
		j := openJournal(t, mem)
		g := open(t, mem, j)
		if len(j.lines) != want {
			t.Fatalf("round %d: %d lines, want %d", round, len(j.lines), want)
		}
		for i := range 100 {
			got, err := g.Propose(fmt.Appendf(nil, "round %d line %d", round, i))
			must(t, err)
			if want++; got != want {
				t.Fatalf("answer %v, want %d", got, want)
			}
			if i == 50 && round%2 == 0 {
				must(t, g.Snapshot(), g.Snapshot())
			}
		}
		must(t, g.Ready(t.Context()), g.Err(), g.Close(), g.Close())
		if _, err := g.Propose([]byte("late")); !errors.Is(err, group.ErrClosed) {
			t.Fatalf("proposal after Close: %v", err)
		}
		mem = mem.CrashClone()
	}
}

func TestSnapshotShortensTheLog(t *testing.T) {
	mem := vfs.NewMem()
	j := openJournal(t, mem)
	g := open(t, mem, j)
	for i := range 300 {
		_, err := g.Propose(fmt.Appendf(nil, "%d", i))
		must(t, err)
	}
	must(t, g.Snapshot(), g.Close())
	l, err := raftlog.Open(raftlog.Config{FS: mem, Dir: dir, SegmentBytes: smallSegments})
	must(t, err)
	defer l.Close()
	if first, err := l.FirstIndex(); err != nil || first < 200 {
		t.Fatalf("the log begins at %d after a snapshot at 300: %v", first, err)
	}
}

// A full disk fails proposals with its own error, and the group comes back by
// itself; what was acknowledged is there once.
func TestFullDisk(t *testing.T) {
	mem := vfs.NewMem()
	room := &vfs.Room{}
	room.Add(1 << 20)
	fsys := vfs.NewFault(mem, room.Hook)
	j := openJournal(t, fsys)
	g := open(t, fsys, j)
	acked := map[string]bool{}
	line := strings.Repeat("x", 10_000)
	full := 0
	for i := range 400 {
		text := fmt.Sprint(i, line)
		switch _, err := g.Propose([]byte(text)); {
		case err == nil:
			acked[text] = true
		case errors.Is(err, syscall.ENOSPC):
			if full++; full%20 == 0 {
				room.Add(1 << 20)
				must(t, g.Ready(t.Context()))
			}
		default:
			t.Fatal(err)
		}
	}
	room.Add(10 << 20)
	must(t, g.Ready(t.Context()))
	_, err := g.Propose([]byte("end"))
	must(t, err, g.Close())
	if full == 0 {
		t.Fatal("the disk was never full")
	}
	again := openJournal(t, mem)
	g = open(t, mem, again)
	defer g.Close()
	seen := map[string]int{}
	for _, l := range again.lines {
		seen[l]++
	}
	for l := range acked {
		if seen[l] != 1 {
			t.Errorf("acknowledged line %.4s is there %d times", l, seen[l])
		}
	}
}

// A damaged entry is found when the group opens, by an error, not a panic.
func TestDamageIsAnError(t *testing.T) {
	mem := vfs.NewMem()
	g := open(t, mem, openJournal(t, mem))
	for i := range 20 {
		_, err := g.Propose(fmt.Appendf(nil, "line %d of the log", i))
		must(t, err)
	}
	must(t, g.Close())
	names, err := mem.List(dir)
	must(t, err)
	for _, name := range names {
		if !strings.HasSuffix(name, ".wal") {
			continue
		}
		data, err := vfs.ReadFile(mem, dir+"/"+name)
		must(t, err)
		at := strings.Index(string(data), "line 7 of")
		if at < 0 {
			continue
		}
		data[at] ^= 1
		must(t, vfs.WriteFileAtomic(mem, dir+"/"+name, data))
	}
	if _, err := group.Open(t.Context(), config(mem, openJournal(t, mem))); !errors.Is(err, raftlog.ErrCorrupt) {
		t.Fatalf("opened a damaged log: %v", err)
	}
}

// A log that does not reach to the snapshot has lost entries.
func TestLostLogIsFound(t *testing.T) {
	mem := vfs.NewMem()
	g := open(t, mem, openJournal(t, mem))
	_, err := g.Propose([]byte("a"))
	must(t, err, g.Snapshot(), g.Close(), mem.RemoveAll(dir))
	if _, err := group.Open(t.Context(), config(mem, openJournal(t, mem))); !errors.Is(err, group.ErrLogLost) {
		t.Fatalf("opened without its log: %v", err)
	}
}

// A machine that can't apply ends the group for good, with the reason.
func TestStuckMachine(t *testing.T) {
	mem := vfs.NewMem()
	j := openJournal(t, mem)
	j.refuse = "bad"
	g := open(t, mem, j)
	defer g.Close()
	_, err := g.Propose([]byte("good"))
	must(t, err)
	stuck := (*group.StuckError)(nil)
	if _, err := g.Propose([]byte("bad")); !errors.As(err, &stuck) {
		t.Fatalf("proposal that can't be applied: %v", err)
	}
	if err := g.Ready(t.Context()); !errors.As(err, &stuck) {
		t.Fatalf("ready: %v", err)
	}
	if _, err := g.Propose([]byte("good")); !errors.As(err, &stuck) {
		t.Fatalf("proposal to a stuck group: %v", err)
	}
	if err := g.Snapshot(); !errors.As(err, &stuck) {
		t.Fatalf("snapshot of a stuck group: %v", err)
	}
}

// A write to the log that hangs counts as failed; the group comes back when the
// disk does.
func TestHangingDisk(t *testing.T) {
	mem := vfs.NewMem()
	var mu sync.Mutex
	var hang chan struct{}
	fsys := vfs.NewFault(mem, func(op vfs.Op) error {
		mu.Lock()
		wait := hang
		mu.Unlock()
		if wait != nil && op.Kind == vfs.OpSync {
			<-wait
		}
		return nil
	})
	j := openJournal(t, fsys)
	cfg := config(fsys, j)
	cfg.WriteTimeout = 20 * time.Millisecond
	g, err := group.Open(t.Context(), cfg)
	must(t, err)
	mu.Lock()
	hang = make(chan struct{})
	release := hang
	mu.Unlock()
	down := (*group.DownError)(nil)
	if _, err := g.Propose([]byte("hangs")); !errors.As(err, &down) {
		t.Fatalf("proposal to a hanging disk: %v", err)
	}
	mu.Lock()
	hang = nil
	mu.Unlock()
	close(release)
	must(t, g.Ready(t.Context()))
	_, err = g.Propose([]byte("on"))
	must(t, err, g.Close())
}

func TestTooLargeIsRefusedBeforeTheLog(t *testing.T) {
	mem := vfs.NewMem()
	g := open(t, mem, openJournal(t, mem))
	defer g.Close()
	if _, err := g.Propose(make([]byte, raftlog.MaxEntryBytes+1)); !errors.Is(err, raftlog.ErrTooLarge) {
		t.Fatal(err)
	}
	_, err := g.Propose([]byte("after"))
	must(t, err)
}
