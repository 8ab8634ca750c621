package tail

import (
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/table"
	"github.com/freshetdb/freshet/columnar/types"
	"github.com/freshetdb/freshet/columnar/vfs"
	"github.com/freshetdb/freshet/ingest/pipe"
)

// shards is a sink that keeps lines and positions together, as a shard does; it
// refuses holes and skips what it has.
type shards struct {
	lines     []string
	positions map[string]uint64
	fail      bool
}

func (s *shards) Positions(context.Context, string) (map[string]uint64, error) {
	return maps.Clone(s.positions), nil
}

func (s *shards) Forget(_ context.Context, _ *table.Def, _ string, keys []string) error {
	for _, k := range keys {
		delete(s.positions, k)
	}
	return nil
}

func (s *shards) Store(_ context.Context, b pipe.Batch) error {
	if s.fail {
		s.fail = false
		return errors.New("the disk is full")
	}
	if b.From != s.positions[b.Key] {
		return fmt.Errorf("hole: %s from %d, has %d", b.Key, b.From, s.positions[b.Key])
	}
	for i := range b.Rows.Rows {
		s.lines = append(s.lines, string(b.Rows.Cols[0].Bytes(i)))
	}
	s.positions[b.Key] = b.Next
	return nil
}

// same shapes nothing: the one column is given by every line.
type same struct{}

func (same) Shape(_ context.Context, _ *table.Def, _ []string, b *batch.Batch, _ [][]bool) (*batch.Batch, error) {
	return b, nil
}

// world is a folder in which a program logs and rotates.
type world struct {
	t        *testing.T
	dir      string
	written  []string
	rotated  int
	constant bool // all lines are the same
}

func (w *world) path(name string) string { return filepath.Join(w.dir, name) }

func (w *world) append(text string) {
	f, err := os.OpenFile(w.path("app.log"), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err == nil {
		_, err = f.WriteString(text)
	}
	if err := errors.Join(err, f.Close()); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) write(n int) {
	for range n {
		line := fmt.Sprintf("line %d", len(w.written))
		if w.constant {
			line = "tick"
		}
		w.written = append(w.written, line)
		w.append(line + "\n")
	}
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// shift moves app.log.1 to app.log.2.gz and so on out of the way.
func (w *world) shift(zip bool) {
	first := w.path("app.log.1")
	data, err := os.ReadFile(first)
	if errors.Is(err, os.ErrNotExist) {
		return
	}
	w.must(err)
	w.rotated++
	if !zip {
		w.must(os.Rename(first, w.path(fmt.Sprintf("app.log.old%d", w.rotated))))
		return
	}
	zipTo(w.t, w.path(fmt.Sprintf("app.log.old%d.gz", w.rotated)), data)
	w.must(os.Remove(first))
}

func (w *world) rename() { w.must(os.Rename(w.path("app.log"), w.path("app.log.1"))) }

func (w *world) copyTruncate() {
	data, err := os.ReadFile(w.path("app.log"))
	w.must(err)
	w.must(os.WriteFile(w.path("app.log.1"), data, 0o600))
	w.must(os.Truncate(w.path("app.log"), 0))
}

func definition(glob string) *table.Def {
	return &table.Def{
		UUID: "u", Database: "d", Name: "t", Kind: table.Events,
		Source: &table.Source{Engine: "LogFile", Args: []string{glob, "regexp", `^(?P<msg>.*)$`}},
		Schema: types.Schema{Columns: []types.Column{{ID: 1, Name: "msg", Type: types.Of(types.String), TypeName: "String"}}},
	}
}

func (w *world) follower(sink pipe.Sink, glob string) *Follower {
	d := definition(w.path(glob))
	f, err := New(vfs.OS{}, func() *table.Def { return d }, sink, same{}, slog.New(slog.DiscardHandler))
	w.must(err)
	return f
}

// TestRotationOfLinesThatAreAllTheSame: only names, inodes and sizes tell files apart.
func TestRotationOfLinesThatAreAllTheSame(t *testing.T) {
	for _, glob := range []string{"app.log", "app.log*"} {
		for seed := range uint64(24) {
			t.Run(fmt.Sprintf("%s/%d", glob, seed), func(t *testing.T) { history(t, glob, seed, true) })
		}
	}
}

// TestRotationLosesAndRepeatsNothing plays random histories of a log: lines,
// rotation by rename and by copy and truncate, with and without gzip, stores that
// fail and restarts of the follower at any moment.
func TestRotationLosesAndRepeatsNothing(t *testing.T) {
	for _, glob := range []string{"app.log", "app.log*"} {
		for seed := range uint64(25) {
			t.Run(fmt.Sprintf("%s/%d", glob, seed), func(t *testing.T) { history(t, glob, seed, false) })
		}
	}
}

// history plays one. In a constant one each line is the same: a log is rotated in one
// way, has more lines before than soon after, and the node is not stopped then.
func history(t *testing.T, glob string, seed uint64, constant bool) {
	r := rand.New(rand.NewPCG(seed, 7))
	w := &world{t: t, dir: t.TempDir(), constant: constant}
	sink := &shards{positions: map[string]uint64{}}
	f := w.follower(sink, glob)
	w.write(1 + r.IntN(5))
	zips, renames := seed%2 == 0, seed%4 < 2
	poll := func() {
		sink.fail = r.IntN(8) == 0
		if err := f.poll(t.Context(), f.def()); err != nil && !sink.fail && err.Error() == "" {
			t.Fatal(err)
		}
		sink.fail = false
	}
	for range 40 {
		switch r.IntN(6) {
		case 0, 1:
			w.write(1 + r.IntN(4))
		case 2, 3:
			poll()
		case 4:
			if constant {
				settle(t, f)
			}
			f.close()
			f = w.follower(sink, glob)
			if constant {
				settle(t, f)
			}
		case 5:
			// The file rotated before is complete before it is moved on: a rotation
			// a minute or a day apart, with the node looking in between.
			if constant {
				w.write(20 + r.IntN(4))
			}
			settle(t, f)
			if !constant {
				zips, renames = r.IntN(2) == 0, r.IntN(2) == 0
			}
			w.shift(zips)
			if renames {
				w.rename()
			} else {
				w.copyTruncate()
			}
			w.write(1 + r.IntN(3))
			if constant {
				settle(t, f)
			}
		}
	}
	settle(t, f)
	f.close()
	slices.Sort(sink.lines)
	want := slices.Sorted(slices.Values(w.written))
	if !slices.Equal(sink.lines, want) {
		t.Fatalf("stored %d lines, written %d: %v", len(sink.lines), len(want), difference(sink.lines, want))
	}
}

// settle lets the follower look often enough to see all there is.
func settle(t *testing.T, f *Follower) {
	t.Helper()
	for range 3 {
		if err := f.poll(t.Context(), f.def()); err != nil {
			t.Fatal(err)
		}
	}
}

func difference(got, want []string) []string {
	count := map[string]int{}
	for _, l := range got {
		count[l]++
	}
	for _, l := range want {
		count[l]--
	}
	var out []string
	for l, n := range count {
		if n != 0 {
			out = append(out, fmt.Sprintf("%s:%+d", l, n))
		}
	}
	slices.Sort(out)
	return out
}

// TestNewLogThatBeginsLikeTheRotatedOne: the new log is a beginning of the rotated one
// until it differs, and the rotated one is gzipped in between, while the follower runs
// or is down.
func TestNewLogThatBeginsLikeTheRotatedOne(t *testing.T) {
	for _, glob := range []string{"app.log", "app.log*"} {
		for _, dated := range []bool{false, true} {
			for stop := range 4 {
				t.Run(fmt.Sprint(glob, "/", dated, "/", stop), func(t *testing.T) { beginsLike(t, glob, dated, stop) })
			}
		}
	}
}

func beginsLike(t *testing.T, glob string, dated bool, stop int) {
	w := &world{t: t, dir: t.TempDir(), constant: true}
	sink := &shards{positions: map[string]uint64{}}
	f := w.follower(sink, glob)
	defer func() { f.close() }()
	look := func(step, lines int) {
		t.Helper()
		if stop == step {
			f.close()
			f = w.follower(sink, glob)
		}
		settle(t, f)
		if len(sink.lines) != lines {
			t.Fatalf("step %d: stored %d lines, want %d", step, len(sink.lines), lines)
		}
	}
	w.write(2000)
	look(0, 2000)
	rotated := "app.log.1"
	if dated {
		rotated = "app.log-20240101"
	}
	w.must(os.Rename(w.path("app.log"), w.path(rotated)))
	w.write(20)
	look(1, 2020)
	data, err := os.ReadFile(w.path(rotated))
	w.must(err)
	zipTo(t, w.path(rotated+".gz"), data)
	look(-1, 2020) // As gzip does, before it removes the file.
	w.must(os.Remove(w.path(rotated)))
	w.append("other\n")
	look(2, 2021)
	w.write(3)
	look(3, 2024)
}

// zipTo writes a gzipped file.
func zipTo(t *testing.T, path string, data []byte) {
	t.Helper()
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	z := gzip.NewWriter(f)
	_, err = z.Write(data)
	if err := errors.Join(err, z.Close(), f.Close()); err != nil {
		t.Fatal(err)
	}
}

// A gzipped file that has no header yet, or is shorter than its log was, is waited for.
func TestGzipThatIsBeingWritten(t *testing.T) {
	w := &world{t: t, dir: t.TempDir()}
	sink := &shards{positions: map[string]uint64{}}
	f := w.follower(sink, "app.log*")
	defer f.close()
	w.write(3)
	settle(t, f)
	w.must(os.WriteFile(w.path("app.log.2.gz"), nil, 0o600))
	w.write(2)
	settle(t, f)
	if got := difference(sink.lines, w.written); len(got) > 0 {
		t.Error(got)
	}
}

// TestUnreadTailOfARotatedFile rotates and gzips before the follower has read to
// the end, while it is down.
func TestUnreadTailOfARotatedFile(t *testing.T) {
	for _, glob := range []string{"app.log", "app.log*"} {
		for _, how := range []string{"rename", "copy", "gzip"} {
			t.Run(glob+"/"+how, func(t *testing.T) {
				w := &world{t: t, dir: t.TempDir()}
				sink := &shards{positions: map[string]uint64{}}
				f := w.follower(sink, glob)
				w.write(3)
				settle(t, f)
				f.close()
				w.write(2)
				if how == "copy" {
					w.copyTruncate()
				} else {
					w.rename()
				}
				if how == "gzip" {
					w.shift(true)
				}
				w.write(4)
				f = w.follower(sink, glob)
				settle(t, f)
				f.close()
				if len(sink.lines) != len(w.written) {
					t.Errorf("stored %v of %v", sink.lines, w.written)
				}
			})
		}
	}
}

// TestForget lets rotated files be deleted: their positions go a week after nothing is left of them, not while a
// copy is there, and not while the folder looks unmounted.
func TestForget(t *testing.T) {
	w := &world{t: t, dir: t.TempDir()}
	sink := &shards{positions: map[string]uint64{}}
	f := w.follower(sink, "app.log")
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	f.now = func() time.Time { return now }
	poll := func(days int) {
		t.Helper()
		for range days * 24 {
			now = now.Add(time.Hour)
			w.must(f.poll(t.Context(), f.def()))
		}
		settle(t, f)
	}
	expect := func(when string, positions int) {
		t.Helper()
		if len(sink.positions) != positions || len(f.known) != positions {
			t.Errorf("%s: %d positions, %d files known, want %d", when, len(sink.positions), len(f.known), positions)
		}
		if got := difference(sink.lines, w.written); len(got) > 0 {
			t.Fatalf("%s: lines differ: %v", when, got)
		}
	}
	w.write(3)
	poll(1)
	w.rename()
	w.write(3)
	poll(1)
	w.shift(true)
	poll(8)
	expect("a gzipped copy is there", 2)
	w.must(os.Remove(w.path("app.log.old1.gz")))
	poll(6)
	expect("for six days", 2)

	// The folder is empty for long, as one that is not mounted.
	w.must(os.Mkdir(w.path("away"), 0o700))
	w.must(os.Rename(w.path("app.log"), w.path("away/app.log")))
	poll(20)
	expect("the folder is empty", 2)
	w.must(os.Rename(w.path("away/app.log"), w.path("app.log")))
	w.write(1)
	poll(2)
	expect("after a week", 1)

	// A follower of a later start does not know it either, and goes on.
	f.close()
	f = w.follower(sink, "app.log")
	f.now = func() time.Time { return now }
	w.write(2)
	poll(1)
	expect("after a restart", 1)
}

// TestMalformedAreCounted leaves out lines that are no rows.
func TestMalformedAreCounted(t *testing.T) {
	w := &world{t: t, dir: t.TempDir()}
	sink := &shards{positions: map[string]uint64{}}
	f := w.follower(sink, "app.log")
	if n, last := f.Malformed(); n != 0 || last != nil {
		t.Errorf("%d malformed lines at the beginning: %v", n, last)
	}
	w.write(1)
	w.append("\n\n")
	w.write(1)
	settle(t, f)
	n, last := f.Malformed()
	if n != 2 || last == nil || last.Path != w.path("app.log") || last.Offset != 8 || last.Err == nil {
		t.Errorf("%d malformed lines, the last is %+v", n, last)
	}
	if got := difference(sink.lines, w.written); len(got) > 0 {
		t.Errorf("lines differ: %v", got)
	}
}
