package tail

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"maps"
	"path"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/freshetdb/freshet/columnar/table"
	"github.com/freshetdb/freshet/columnar/vfs"
	"github.com/freshetdb/freshet/ingest/pipe"
)

// Follower follows the files of one LogFile table. Run is its one goroutine.
type Follower struct {
	fs     vfs.FS
	def    func() *table.Def // the table as it is now; nil when it was dropped
	source string
	glob   string
	rows   *rowMaker
	sink   pipe.Sink
	log    *slog.Logger

	known   []*generation
	started bool
	looked  time.Time // for files that are gone
	now     func() time.Time

	malformed atomic.Int64
	lastBad   atomic.Pointer[BadLine]
}

// BadLine is a line that was left out because it is no row.
type BadLine struct {
	Path   string
	Offset uint64
	Err    error
}

// Malformed is how many lines were left out since the follower was made, and the
// last of them; nil when there is none.
func (f *Follower) Malformed() (count int64, last *BadLine) {
	return f.malformed.Load(), f.lastBad.Load()
}

// New makes a follower of the table's source. def gives the table's definition as
// it is now, nil once it was dropped.
func New(fsys vfs.FS, def func() *table.Def, sink pipe.Sink, shaper pipe.Shaper, logger *slog.Logger) (*Follower, error) {
	d := def()
	rows, err := newRowMaker(d.Source, shaper)
	if err != nil {
		return nil, err
	}
	return &Follower{
		fs: fsys, def: def, source: "logfile:" + d.UUID, glob: d.Source.Args[0], rows: rows, sink: sink,
		log: logger.With("table", d.FullName()), now: time.Now,
	}, nil
}

// Check says why the files of a table can't be followed, or nothing of them stored.
func Check(d *table.Def) error {
	m, err := newRowMaker(d.Source, nil)
	if err != nil {
		return err
	}
	dir, pattern := path.Split(d.Source.Args[0])
	if _, err := path.Match(pattern, ""); err != nil || pattern == "" || strings.ContainsAny(dir, "*?[") {
		return fmt.Errorf("%q is no pattern of file names in one folder", d.Source.Args[0])
	}
	if len(inputColumns(d, m.fields)) > 0 {
		return nil
	}
	if m.fields == nil {
		return fmt.Errorf("table %s has no column that lines of JSON fill", d.FullName())
	}
	return fmt.Errorf("table %s has no column that lines of %s fill: they have %s", d.FullName(), d.Source.Args[1], strings.Join(m.fields.Names(), ", "))
}

// Run follows the files until ctx ends or the table is dropped.
func (f *Follower) Run(ctx context.Context) error {
	tick := time.NewTicker(pollInterval)
	defer tick.Stop()
	defer f.close()
	wait := time.Duration(0)
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		if wait > 0 {
			wait -= pollInterval
			continue
		}
		d := f.def()
		if d == nil {
			return nil
		}
		if err := f.poll(ctx, d); err != nil && ctx.Err() == nil {
			f.log.Warn("log files can't be followed now", "error", err)
			wait = retryInterval
		}
	}
}

func (f *Follower) close() {
	for _, g := range f.known {
		if err := g.close(); err != nil {
			f.log.Debug("close log file", "path", g.path, "error", err)
		}
	}
}

// poll looks at all files once and stores what is new.
func (f *Follower) poll(ctx context.Context, d *table.Def) error {
	if err := f.start(ctx); err != nil {
		return err
	}
	files, err := f.list()
	if err != nil {
		return err
	}
	f.begin(files)
	for _, file := range files {
		if file.matches {
			if err := f.look(file, files); err != nil {
				return err
			}
		}
	}
	f.adopt(files)
	for _, g := range f.known {
		if err := f.drain(ctx, d, g); err != nil {
			return errors.Join(err, g.rewind())
		}
	}
	if err := f.retire(); err != nil {
		return err
	}
	return f.forget(ctx, d, files)
}

// begin notes what each generation was before a look, and whose inode is no file's
// any more: it may be given to another.
func (f *Follower) begin(files []logFile) {
	there := make(map[fileID]bool, len(files))
	for _, file := range files {
		there[idOf(file.info)] = true
	}
	for _, g := range f.known {
		g.named, g.was = false, g.path
		g.isGone = g.isGone || !there[g.id()]
		maps.DeleteFunc(g.copies, func(id fileID, _ int64) bool { return !there[id] })
	}
}

// start takes the positions over from the shards.
func (f *Follower) start(ctx context.Context) error {
	if f.started {
		return nil
	}
	positions, err := f.sink.Positions(ctx, f.source)
	if err != nil {
		return fmt.Errorf("read positions of log files: %w", err)
	}
	for s, at := range positions {
		if k, ok := parseKey(s); ok {
			g := newGeneration(k, "")
			g.offset = int64(at)
			f.known = append(f.known, g)
		}
	}
	slices.SortFunc(f.known, func(a, b *generation) int { return strings.Compare(a.key.String(), b.key.String()) })
	f.started = true
	return nil
}

// logFile is a file of the folder that is of interest.
type logFile struct {
	path    string
	info    vfs.FileInfo
	matches bool // the pattern; else it is a sibling
}

// list finds the files of the pattern and their siblings.
func (f *Follower) list() ([]logFile, error) {
	dir, pattern := path.Split(f.glob)
	names, err := f.fs.List(path.Clean(dir))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("list log files: %w", err)
	}
	var matching []string
	for _, n := range names {
		if ok, err := path.Match(pattern, n); err != nil {
			return nil, fmt.Errorf("pattern %s: %w", f.glob, err)
		} else if ok {
			matching = append(matching, n)
		}
	}
	if len(matching) > filesMax {
		return nil, fmt.Errorf("pattern %s matches %d files, at most %d are followed", f.glob, len(matching), filesMax)
	}
	var out []logFile
	for _, n := range names {
		match := slices.Contains(matching, n)
		if !match && !f.isSibling(n, pattern, matching) {
			continue
		}
		info, err := f.fs.Stat(path.Join(dir, n))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		if !info.IsDir {
			out = append(out, logFile{path.Join(dir, n), info, match})
		}
	}
	return out, nil
}

func (f *Follower) isSibling(name, pattern string, matching []string) bool {
	stem, _, _ := strings.Cut(pattern, "*")
	if stem != "" && strings.HasPrefix(name, strings.TrimSuffix(stem, ".")) {
		return true
	}
	return slices.ContainsFunc(matching, func(m string) bool { return strings.HasPrefix(name, m) })
}

// look finds out which generation a file of the pattern is: that of its inode,
// when the beginning is the same and nothing was cut off; a known one that it
// repeats; else a new one.
func (f *Follower) look(file logFile, files []logFile) error {
	line, err := firstLine(f.fs, file.path)
	if err != nil {
		return ignoreGone(err)
	}
	old := f.byInode(file.info)
	cut := old != nil && old.isCut(file)
	if old != nil && !cut && !f.isReused(old, file) && line != nil && fingerprint(line) == old.key.print {
		old.path, old.named, old.done = file.path, true, false // it may be back under its name
		return nil
	}
	if old != nil && (old.path == file.path || old.path == "" || line == nil) {
		if err := f.lose(old); err != nil {
			return err
		}
	}
	if line == nil {
		return nil
	}
	isTruncated := cut && fingerprint(line) == old.key.print && (old.was == "" || old.was == file.path)
	if g := f.twin(fingerprint(line), file, files); g != nil && !isTruncated {
		if g.isGone && f.newest(file.info) == g && !isGzip(file.path) {
			g.isGone, g.path, g.named, g.done = false, file.path, true, false // its own file is back
			return nil
		}
		f.noteCopy(g, file)
		if f.own(g, files) == nil {
			g.path, g.done = file.path, g.done && g.path == file.path // the generation goes on here
		}
		return nil
	}
	f.known = append(f.known, newGeneration(
		key{file.info.Device, file.info.Inode, f.nextGen(file.info), fingerprint(line)}, file.path))
	return nil
}

// lose takes a generation's file away: it was truncated, or its inode belongs to
// another file now. A copy may finish the generation.
func (f *Follower) lose(g *generation) error {
	g.path, g.rest = "", nil
	return g.close()
}

func ignoreGone(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// byInode is the newest generation of an inode, if that is still its file's.
func (f *Follower) byInode(info vfs.FileInfo) *generation {
	if g := f.newest(info); g != nil && !g.isGone {
		return g
	}
	return nil
}

func (f *Follower) newest(info vfs.FileInfo) (found *generation) {
	for _, g := range f.known {
		if g.id() == idOf(info) && (found == nil || g.key.gen > found.key.gen) {
			found = g
		}
	}
	return found
}

func (f *Follower) nextGen(info vfs.FileInfo) uint64 {
	if g := f.newest(info); g != nil {
		return g.key.gen + 1
	}
	return 0
}

// drain stores all whole lines that a generation has now.
func (f *Follower) drain(ctx context.Context, d *table.Def, g *generation) error {
	if g.done || g.path == "" {
		g.quiet++
		return nil
	}
	for {
		lines, at, err := g.lines(f.fs)
		if err != nil {
			if errors.Is(err, fs.ErrNotExist) {
				g.path = ""
				return nil
			}
			return fmt.Errorf("read %s: %w", g.path, err)
		}
		if len(lines) == 0 {
			g.quiet++
			return nil
		}
		g.quiet = 0
		last := len(lines) - 1
		next := int64(at[last]) + int64(len(lines[last])) + 1
		if err := f.store(ctx, d, g, lines, at, next); err != nil {
			return err
		}
		g.stored(next)
	}
}

func (f *Follower) store(ctx context.Context, d *table.Def, g *generation, lines [][]byte, at []uint64, next int64) error {
	rows, at, bad, err := f.rows.rows(ctx, d, lines, at)
	if err != nil {
		return err
	}
	for _, b := range bad {
		f.malformed.Add(1)
		f.lastBad.Store(&BadLine{Path: g.path, Offset: b.at, Err: b.err})
		f.log.Warn("malformed line of a log file is left out", "path", g.path, "offset", b.at, "reason", b.err)
	}
	err = f.sink.Store(ctx, pipe.Batch{
		Table: d, Rows: rows, At: at, Source: f.source, Key: g.key.String(), From: uint64(g.offset), Next: uint64(next),
	})
	if err != nil {
		return fmt.Errorf("store lines of %s: %w", g.path, err)
	}
	return nil
}

// retire closes generations that have lost their file and grow no more. They stay
// known, so that their copies are not read again.
func (f *Follower) retire() error {
	var errs []error
	for _, g := range f.known {
		if !g.named && !g.done && g.quiet >= quietPolls && g.path != "" {
			g.done = true
			errs = append(errs, g.close())
		}
	}
	return errors.Join(errs...)
}
