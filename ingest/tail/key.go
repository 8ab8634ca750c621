package tail

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/zeebo/xxh3"
)

// key names a generation of a file.
type key struct {
	device, inode, gen, print uint64
}

// String is the key as it stands in positions.
func (k key) String() string {
	return fmt.Sprintf("%d:%d:%d:%016x", k.device, k.inode, k.gen, k.print)
}

// parseKey reads what String wrote; ok is false for anything else.
func parseKey(s string) (k key, ok bool) {
	parts := strings.Split(s, ":")
	if len(parts) != 4 {
		return key{}, false
	}
	for i, to := range []*uint64{&k.device, &k.inode, &k.gen} {
		n, err := strconv.ParseUint(parts[i], 10, 64)
		if err != nil {
			return key{}, false
		}
		*to = n
	}
	n, err := strconv.ParseUint(parts[3], 16, 64)
	k.print = n
	return k, err == nil
}

// fingerprint is the hash of a first line, its end included.
func fingerprint(line []byte) uint64 { return xxh3.Hash(line) }
