package manifest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"path"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/freshetdb/freshet/columnar/segment"
	"github.com/freshetdb/freshet/columnar/vfs"
)

// FileName is the name of the manifest in a shard's folder.
const FileName = "MANIFEST"

// DeletesSuffix ends the names of files of delete marks.
const DeletesSuffix = ".del"

// trailer is the line behind the JSON: the CRC32C of the line before, without
// its line feed, in hexadecimal.
const trailer = "\ncrc32c %08x\n"

const trailerBytes = len("\ncrc32c 00000000\n")

// CorruptError says that a manifest is not what was written.
type CorruptError struct {
	File string
	What string
}

// Error names the file.
func (e *CorruptError) Error() string { return "manifest " + e.File + " is damaged: " + e.What }

// Store writes the manifest of a shard durably in the place of the one before,
// which stays until the new one is durable.
func Store(fsys vfs.FS, dir string, m *Manifest) error {
	data, err := Encode(m)
	if err != nil {
		return err
	}
	return vfs.WriteFileAtomic(fsys, path.Join(dir, FileName), data)
}

// Load reads the manifest of a shard. The error wraps fs.ErrNotExist when there
// is none, and is a [CorruptError] when it is damaged.
func Load(fsys vfs.FS, dir string) (*Manifest, error) {
	name := path.Join(dir, FileName)
	data, err := vfs.ReadFile(fsys, name)
	if err != nil {
		return nil, fmt.Errorf("load manifest: %w", err)
	}
	m, err := Decode(data)
	if err != nil {
		return nil, &CorruptError{File: name, What: err.Error()}
	}
	return m, nil
}

// Reaches tells whether a log that begins at the entry first goes on where the
// manifest in dir stands; index is 0 when there is none.
func Reaches(dir string, index, first uint64) error {
	if first <= index+1 {
		return nil
	}
	return &CorruptError{File: path.Join(dir, FileName), What: fmt.Sprintf(
		"it is missing or too old: it stands at entry %d, and the log begins at %d", index, first)}
}

// Encode gives the bytes of the file.
func Encode(m *Manifest) ([]byte, error) {
	c := *m
	c.Version = Version
	for s := range m.Segments {
		// JSON would replace what is not UTF-8 by something else.
		if !utf8.ValidString(s.Partition) || !utf8.ValidString(s.Txn) || !utf8.ValidString(s.Name) {
			return nil, fmt.Errorf("encode manifest: partition %q of segment %q is not UTF-8", s.Partition, s.Name)
		}
	}
	data, err := json.Marshal(&c)
	if err != nil {
		return nil, fmt.Errorf("encode manifest: %w", err)
	}
	return fmt.Appendf(data, trailer, crcOf(data)), nil
}

func crcOf(b []byte) uint32 { return crc32.Checksum(b, crc32.MakeTable(crc32.Castagnoli)) }

// Decode reads the bytes of the file and resolves the schemas' types.
func Decode(data []byte) (*Manifest, error) {
	if len(data) < trailerBytes {
		return nil, errors.New("it is cut short")
	}
	body := data[:len(data)-trailerBytes]
	if want := fmt.Appendf(nil, trailer, crcOf(body)); !bytes.Equal(want, data[len(body):]) {
		return nil, errors.New("its checksum differs")
	}
	return decodeJSON(body)
}

func decodeJSON(body []byte) (*Manifest, error) {
	var v struct {
		Version int `json:"version"`
	}
	if err := json.Unmarshal(body, &v); err != nil {
		return nil, err
	}
	if v.Version != Version {
		return nil, fmt.Errorf("version %d is not known", v.Version)
	}
	m := &Manifest{}
	d := json.NewDecoder(bytes.NewReader(body))
	d.DisallowUnknownFields()
	if err := d.Decode(m); err != nil {
		return nil, err
	}
	for t := range m.Tables {
		for i := range m.Tables[t].Schemas {
			if err := m.Tables[t].Schemas[i].Resolve(); err != nil {
				return nil, fmt.Errorf("table %d: %w", m.Tables[t].ID, err)
			}
		}
	}
	return m, nil
}

// Orphans lists the files in the folder of a shard's segments that belong to
// segments, or to files being written, and that the manifest does not name:
// what a crash left of flushes, merges and deletions. Nothing may be writing to
// the folder; remove them when the shard is opened.
func Orphans(fsys vfs.FS, dir string, m *Manifest) ([]string, error) {
	names, err := fsys.List(dir)
	if err != nil {
		return nil, fmt.Errorf("list orphans: %w", err)
	}
	known := map[string]bool{}
	for s := range m.Segments {
		known[s.Name+segment.DataSuffix], known[s.Name+segment.IndexSuffix] = true, true
		if s.Deletes != nil && s.Deletes.File != "" {
			known[s.Deletes.File] = true
		}
	}
	ours := []string{segment.DataSuffix, segment.IndexSuffix, DeletesSuffix, ".tmp"}
	return slices.DeleteFunc(names, func(name string) bool {
		isOurs := slices.ContainsFunc(ours, func(suffix string) bool { return strings.HasSuffix(name, suffix) })
		return known[name] || !isOurs
	}), nil
}
