package fanout

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io/fs"
	"path"

	"github.com/freshetdb/freshet/columnar/route"
	"github.com/freshetdb/freshet/columnar/vfs"
)

// The file NODE says once for ever how the folder is divided:
//
//	"FNODE1\n"  7 bytes
//	CRC32C      4 bytes, little-endian, of all that follows
//	JSON        {"shards"}
const (
	nodeFile   = "NODE"
	nodeMagic  = "FNODE1\n"
	nodeHeader = len(nodeMagic) + 4
)

// ErrCorruptNode says that the node's file is not what was written.
var ErrCorruptNode = errors.New("node file is corrupt")

// node is the content of the node's file.
type node struct {
	Shards int `json:"shards"`
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
	if shards != 0 && shards != n.Shards {
		return node{}, fmt.Errorf(
			"this data folder was made with %d shards and can't be opened with %d: "+
				"the number is fixed at the first start; leave it out, or copy the data into a new folder", n.Shards, shards)
	}
	return n, nil
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
