package fanout

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io/fs"
	"path"
	"strings"

	"github.com/freshetdb/freshet/columnar/route"
	"github.com/freshetdb/freshet/columnar/vfs"
)

// The file NODE says once for ever how the folder is divided:
//
//	"FNODE1\n"  7 bytes
//	CRC32C      4 bytes, little-endian, of all that follows
//	JSON        {"shards", "complete"}
//
// It is the first file of a new folder, and is written again when the catalogue's
// log and those of all shards have been begun: from then on they must be there.
const (
	nodeFile   = "NODE"
	nodeMagic  = "FNODE1\n"
	nodeHeader = len(nodeMagic) + 4
)

// ErrCorruptNode says that the node's file is not what was written.
var ErrCorruptNode = errors.New("node file is corrupt")

// ErrIncomplete says that a part of the data folder is not there.
var ErrIncomplete = errors.New("data folder is incomplete")

// node is the content of the node's file.
type node struct {
	Shards   int  `json:"shards"`
	Complete bool `json:"complete,omitempty"` // every log was begun
}

// openNode reads the node's file, or writes that of a new node. shards 0 stands
// for what the node has, or 1.
func openNode(fsys vfs.FS, dir string, shards int) (node, error) {
	if shards < 0 || shards > route.MaxShards {
		return node{}, fmt.Errorf("%d shards: a node has 1 to %d", shards, route.MaxShards)
	}
	name := path.Join(dir, nodeFile)
	data, err := vfs.ReadFile(fsys, name)
	if errors.Is(err, fs.ErrNotExist) {
		if err := isNew(fsys, dir); err != nil {
			return node{}, err
		}
		n := node{Shards: max(shards, 1)}
		return n, writeNode(fsys, name, n)
	}
	if err != nil {
		return node{}, fmt.Errorf("read node file: %w", err)
	}
	n, err := decodeNode(data)
	if err != nil {
		return node{}, fmt.Errorf("%s: %w", name, err)
	}
	if err := n.missing(fsys, dir); err != nil {
		return node{}, err
	}
	if shards != 0 && shards != n.Shards {
		return node{}, fmt.Errorf(
			"this data folder was made with %d shards and can't be opened with %d: "+
				"the number is fixed at the first start; leave it out, or copy the data into a new folder", n.Shards, shards)
	}
	return n, nil
}

// isNew tells whether a folder without the node's file is one that nothing was
// ever stored in.
func isNew(fsys vfs.FS, dir string) error {
	names, err := fsys.List(dir)
	if err != nil {
		return fmt.Errorf("list data folder: %w", err)
	}
	for _, name := range names {
		if name == metaFolder || strings.HasPrefix(name, shardPrefix) {
			return fmt.Errorf("%w: the file %s is missing, and there is %s", ErrIncomplete, path.Join(dir, nodeFile), name)
		}
	}
	return nil
}

// missing gives an error for each log that was begun and is not there.
func (n node) missing(fsys vfs.FS, dir string) error {
	if !n.Complete {
		return nil // A crash may have ended the first start.
	}
	var errs []error
	for i := -1; i < n.Shards; i++ {
		folder := metaFolder
		if i >= 0 {
			folder = shardFolder(i)
		}
		name := path.Join(dir, folder, "log", "META")
		if ok, err := vfs.Exists(fsys, name); err != nil {
			errs = append(errs, err)
		} else if !ok {
			errs = append(errs, fmt.Errorf("%w: the file %s is missing", ErrIncomplete, name))
		}
	}
	return errors.Join(errs...)
}

// complete notes that every log was begun.
func (n node) complete(fsys vfs.FS, dir string) error {
	if n.Complete {
		return nil
	}
	n.Complete = true
	return writeNode(fsys, path.Join(dir, nodeFile), n)
}

func decodeNode(data []byte) (node, error) {
	if len(data) < nodeHeader || string(data[:len(nodeMagic)]) != nodeMagic {
		return node{}, fmt.Errorf("%w: no header", ErrCorruptNode)
	}
	body := data[nodeHeader:]
	if crc32.Checksum(body, crc32.MakeTable(crc32.Castagnoli)) != binary.LittleEndian.Uint32(data[len(nodeMagic):]) {
		return node{}, fmt.Errorf("%w: wrong checksum", ErrCorruptNode)
	}
	var n node
	if err := json.Unmarshal(body, &n); err != nil {
		return node{}, fmt.Errorf("%w: %w", ErrCorruptNode, err)
	}
	if n.Shards < 1 || n.Shards > route.MaxShards {
		return node{}, fmt.Errorf("%w: %d shards", ErrCorruptNode, n.Shards)
	}
	return n, nil
}

func writeNode(fsys vfs.FS, name string, n node) error {
	body, err := json.Marshal(n)
	if err != nil {
		return fmt.Errorf("encode node file: %w", err)
	}
	data := append([]byte(nodeMagic), 0, 0, 0, 0)
	binary.LittleEndian.PutUint32(data[len(nodeMagic):], crc32.Checksum(body, crc32.MakeTable(crc32.Castagnoli)))
	return vfs.WriteFileAtomic(fsys, name, append(data, body...))
}
