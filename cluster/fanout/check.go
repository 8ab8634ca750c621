package fanout

import (
	"errors"
	"fmt"
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
	problems = checkMeta(fsys, dir)
	for i := range n.Shards {
		problems = append(problems, checkShard(fsys, dir, shardFolder(i))...)
	}
	return problems, nil
}

func checkMeta(fsys vfs.FS, dir string) []Problem {
	var out []Problem
	index, err := meta.Check(fsys, path.Join(dir, metaFolder))
	if err != nil {
		out = append(out, Problem{Where: path.Join(metaFolder, meta.FileName), Err: err})
	}
	return append(out, checkLog(fsys, dir, path.Join(metaFolder, "log"), index)...)
}

func checkShard(fsys vfs.FS, dir, folder string) []Problem {
	var out []Problem
	at := path.Join(dir, folder, "store")
	for _, p := range store.Check(fsys, at) {
		out = append(out, Problem{Where: path.Join(folder, "store", p.File), Err: p.Err})
	}
	var index uint64
	if m, err := manifest.Load(fsys, at); err == nil {
		index = m.Index
	}
	return append(out, checkLog(fsys, dir, path.Join(folder, "log"), index)...)
}

// checkLog reads a log; it must reach to the snapshot that stands on it.
func checkLog(fsys vfs.FS, dir, folder string, snapshot uint64) []Problem {
	var out []Problem
	if ok, err := vfs.Exists(fsys, path.Join(dir, folder, "META")); err == nil && !ok && snapshot == 0 {
		return nil // A crash came before the log began.
	}
	s, err := raftlog.Check(fsys, path.Join(dir, folder))
	if err != nil {
		return append(out, Problem{Where: folder, Err: err})
	}
	if s.Last < snapshot {
		out = append(out, Problem{Where: folder, Err: fmt.Errorf(
			"the log ends at entry %d, before the snapshot at %d: entries are lost", s.Last, snapshot)})
	}
	return out
}
