package fanout

import (
	"errors"
	"fmt"
	"io/fs"
	"path"

	"github.com/freshetdb/freshet/cluster/meta"
	"github.com/freshetdb/freshet/cluster/raftlog"
	"github.com/freshetdb/freshet/columnar/manifest"
	"github.com/freshetdb/freshet/columnar/store"
	"github.com/freshetdb/freshet/columnar/vfs"
)

// Problem is something wrong with a data folder.
type Problem struct {
	Where string // within the data folder
	Err   error
}

// String says where and what.
func (p Problem) String() string { return p.Where + ": " + p.Err.Error() }

// Check reads everything in a data folder that no process has open: all
// checksums, and whether the files belong together. It changes nothing. The
// error is about the check itself.
func Check(fsys vfs.FS, dir string) (problems []Problem, err error) {
	if ok, err := vfs.Exists(fsys, path.Join(dir, nodeFile)); err != nil || !ok {
		if lost := isNew(fsys, dir); errors.Is(lost, ErrIncomplete) {
			return []Problem{{Where: nodeFile, Err: lost}}, nil
		}
		return nil, errors.Join(err, fmt.Errorf("%s is no data folder: it has no file %s", dir, nodeFile))
	}
	lock, err := fsys.Lock(path.Join(dir, lockFile))
	if err != nil {
		return nil, fmt.Errorf("lock data folder: %w", err)
	}
	defer func() { err = errors.Join(err, lock.Close()) }()
	data, err := vfs.ReadFile(fsys, path.Join(dir, nodeFile))
	if err != nil {
		return nil, fmt.Errorf("read node file: %w", err)
	}
	n, err := decodeNode(data)
	if err != nil {
		return []Problem{{Where: nodeFile, Err: err}}, nil
	}
	problems = n.checkMeta(fsys, dir)
	for i := range n.Shards {
		problems = append(problems, n.checkShard(fsys, dir, shardFolder(i))...)
	}
	return problems, nil
}

func (n node) checkMeta(fsys vfs.FS, dir string) []Problem {
	folder := path.Join(metaFolder, "log")
	found, logErr := n.checkLog(fsys, path.Join(dir, folder))
	var out []Problem
	index, err := meta.Check(fsys, path.Join(dir, metaFolder), found.First)
	if err != nil {
		out = append(out, Problem{Where: path.Join(metaFolder, meta.FileName), Err: err})
	}
	return logProblem(out, folder, logErr, found.Last, index)
}

func (n node) checkShard(fsys vfs.FS, dir, shard string) []Problem {
	folder := path.Join(shard, "log")
	found, logErr := n.checkLog(fsys, path.Join(dir, folder))
	at := path.Join(dir, shard, "store")
	var out []Problem
	for _, p := range store.Check(fsys, at) {
		out = append(out, Problem{Where: path.Join(shard, "store", p.File), Err: p.Err})
	}
	var index uint64
	m, err := manifest.Load(fsys, at)
	if err == nil {
		index = m.Index
	}
	if err == nil || errors.Is(err, fs.ErrNotExist) {
		if err := manifest.Reaches(at, index, found.First); err != nil {
			out = append(out, Problem{Where: path.Join(shard, "store", manifest.FileName), Err: err})
		}
	}
	return logProblem(out, folder, logErr, found.Last, index)
}

// checkLog reads a log. One that a crash came before is empty.
func (n node) checkLog(fsys vfs.FS, dir string) (raftlog.Summary, error) {
	if ok, err := vfs.Exists(fsys, path.Join(dir, "META")); err == nil && !ok && !n.Complete {
		return raftlog.Summary{}, nil
	}
	return raftlog.Check(fsys, dir)
}

// logProblem adds what is wrong with a log; it must reach to the snapshot that
// stands on it.
func logProblem(out []Problem, folder string, err error, last, snapshot uint64) []Problem {
	if err == nil && last < snapshot {
		err = fmt.Errorf("the log ends at entry %d, before the snapshot at %d: entries are lost", last, snapshot)
	}
	if err != nil {
		out = append(out, Problem{Where: folder, Err: err})
	}
	return out
}
