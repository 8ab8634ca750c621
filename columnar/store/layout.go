package store

import (
	"fmt"
	"path"

	"github.com/freshetdb/freshet/columnar/segment"
	"github.com/freshetdb/freshet/columnar/vfs"
)

const (
	segmentsFolder     = "segments"
	dictionariesFolder = "dictionaries"
	dictionarySuffix   = ".sym"
)

// layout names the files of a shard.
type layout struct {
	fs  vfs.FS
	dir string
}

func (l layout) segments() string { return path.Join(l.dir, segmentsFolder) }

func (l layout) dictionaries() string { return path.Join(l.dir, dictionariesFolder) }

// create makes the folders.
func (l layout) create() error {
	for _, dir := range []string{l.segments(), l.dictionaries()} {
		if err := vfs.MkdirAllSync(l.fs, dir); err != nil {
			return fmt.Errorf("create folder of the shard: %w", err)
		}
	}
	return nil
}

// segment is the place of the segment with a number.
func (l layout) segment(table, number uint64) segment.Place {
	return l.named(fmt.Sprintf("%d-%06d", table, number))
}

func (l layout) named(name string) segment.Place {
	return segment.Place{FS: l.fs, Dir: l.segments(), Name: name}
}

// dictionary is the file of a column's dictionary.
func (l layout) dictionary(k dictionaryKey) string {
	return path.Join(l.dictionaries(), k.file())
}

// dictionaryKey names a dictionary.
type dictionaryKey struct {
	table  uint64
	column uint32
}

func (k dictionaryKey) file() string {
	return fmt.Sprintf("%d-%d%s", k.table, k.column, dictionarySuffix)
}
