package fanout

import (
	"errors"
	"fmt"
	"io/fs"
	"path"

	"github.com/freshetdb/freshet/cluster/raftlog"
	"github.com/freshetdb/freshet/columnar/store"
	"github.com/freshetdb/freshet/columnar/vfs"
)

// Check verifies a node's whole folder, changes nothing, and returns what is
// wrong, one line a finding. No process may have the folder open.
func Check(fsys vfs.FS, dir string) (problems []string, err error) {
	lock, err := fsys.Lock(path.Join(dir, lockFile))
	if err != nil {
		return nil, fmt.Errorf("lock data folder: %w", err)
	}
	defer func() { err = errors.Join(err, lock.Close()) }()
	n, err := openNode(fsys, dir, 0)
	if err != nil {
		return []string{err.Error()}, nil //nolint:nilerr // a finding, not a failure to look
	}
	found := checkLog(fsys, path.Join(dir, "meta", "log"), "catalogue")
	for i := range n.Shards {
		name, folder := fmt.Sprintf("shard %d", i), path.Join(dir, shardFolder(i))
		found = append(found, checkLog(fsys, path.Join(folder, "log"), name)...)
		for _, p := range store.Check(fsys, path.Join(folder, "store")) {
			found = append(found, fmt.Sprintf("%s: %v", name, p))
		}
	}
	return found, nil
}

func checkLog(fsys vfs.FS, dir, name string) []string {
	_, err := raftlog.Check(fsys, dir)
	if err == nil || errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return []string{fmt.Sprintf("%s: log: %v", name, err)}
}
