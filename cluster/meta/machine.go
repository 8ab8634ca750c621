package meta

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io/fs"
	"path"
	"sync"

	"github.com/freshetdb/freshet/cluster/group"
	"github.com/freshetdb/freshet/cluster/raftlog"
	"github.com/freshetdb/freshet/columnar/table"
	"github.com/freshetdb/freshet/columnar/vfs"
)

const (
	// FileName is the snapshot's name in the folder.
	FileName   = "CATALOG"
	magic      = "FMETA1\n"
	headerSize = len(magic) + 4
)

// ErrCorrupt says that the file of the catalogue is not what was written.
var ErrCorrupt = errors.New("catalogue file is corrupt")

// file is the content of the snapshot's file.
type file struct {
	Index        uint64         `json:"index"`
	Term         uint64         `json:"term"`
	Members      []byte         `json:"members"`
	MembersIndex uint64         `json:"members_index"`
	Catalog      *table.Catalog `json:"catalog"`
}

// machine is the catalogue as a group's state.
type machine struct {
	fs   vfs.FS
	name string

	mu      sync.Mutex // Held for moments: the group's goroutines share it with readers.
	catalog *table.Catalog
	applied uint64
	stored  group.Meta
	isSaved bool
}

var _ group.Machine = (*machine)(nil)

// decided is the result of a change.
type decided struct {
	catalog *table.Catalog
	outcome table.Outcome
	err     error // for users; the catalogue is as it was
}

func openMachine(fsys vfs.FS, name string) (*machine, error) {
	m := &machine{fs: fsys, name: name, catalog: table.NewCatalog()}
	f, err := readFile(fsys, name)
	if errors.Is(err, fs.ErrNotExist) {
		return m, nil
	}
	if err != nil {
		return nil, err
	}
	m.catalog, m.applied, m.isSaved = f.Catalog, f.Index, true
	m.stored = group.Meta{
		Index: f.Index, Term: f.Term, Configuration: f.Members, ConfigurationIndex: f.MembersIndex,
	}
	return m, nil
}

// reaches tells whether the log goes on where the snapshot stands.
func (m *machine) reaches(fsys vfs.FS, logDir string) error {
	first, err := raftlog.First(fsys, logDir)
	if err != nil {
		return err
	}
	return reaches(m.name, m.stored.Index, first)
}

func reaches(name string, index, first uint64) error {
	if first <= index+1 {
		return nil
	}
	return fmt.Errorf("%w: %s is missing or too old: it stands at entry %d, and the log begins at %d",
		ErrCorrupt, name, index, first)
}

func readFile(fsys vfs.FS, name string) (*file, error) {
	data, err := vfs.ReadFile(fsys, name)
	if err != nil {
		return nil, fmt.Errorf("read catalogue: %w", err)
	}
	if len(data) < headerSize || string(data[:len(magic)]) != magic {
		return nil, fmt.Errorf("%w: %s has no header", ErrCorrupt, name)
	}
	body := data[headerSize:]
	if crc32.Checksum(body, castagnoli()) != binary.LittleEndian.Uint32(data[len(magic):]) {
		return nil, fmt.Errorf("%w: %s has a wrong checksum", ErrCorrupt, name)
	}
	f := &file{}
	if err := json.Unmarshal(body, f); err != nil || f.Catalog == nil {
		return nil, fmt.Errorf("%w: %s: %w", ErrCorrupt, name, err)
	}
	if err := f.Catalog.Resolve(); err != nil {
		return nil, fmt.Errorf("read catalogue %s: %w", name, err)
	}
	return f, nil
}

func writeFile(fsys vfs.FS, name string, f *file) error {
	body, err := json.Marshal(f)
	if err != nil {
		return fmt.Errorf("encode catalogue: %w", err)
	}
	data := append([]byte(magic), 0, 0, 0, 0)
	binary.LittleEndian.PutUint32(data[len(magic):], crc32.Checksum(body, castagnoli()))
	return vfs.WriteFileAtomic(fsys, name, append(data, body...))
}

func castagnoli() *crc32.Table { return crc32.MakeTable(crc32.Castagnoli) }

// Applied implements group.Machine.
func (m *machine) Applied() uint64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.applied
}

// Apply implements group.Machine.
func (m *machine) Apply(records []group.Record) ([]any, error) {
	out := make([]any, len(records))
	m.mu.Lock()
	defer m.mu.Unlock()
	for i, r := range records {
		ch, err := table.DecodeChange(r.Data)
		if err != nil {
			return nil, err
		}
		next, outcome, err := m.catalog.Apply(ch)
		m.catalog, m.applied = next, r.Index
		out[i] = decided{catalog: next, outcome: outcome, err: err}
	}
	return out, nil
}

// now is the catalogue as committed.
func (m *machine) now() *table.Catalog {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.catalog
}

// Freeze implements group.Machine; the catalogue is immutable.
func (m *machine) Freeze() (group.Snapshot, error) {
	return &frozen{machine: m, catalog: m.now()}, nil
}

// Stored implements group.Machine.
func (m *machine) Stored() (group.Meta, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.stored, m.isSaved
}

type frozen struct {
	machine *machine
	catalog *table.Catalog
}

// Persist implements group.Snapshot.
func (f *frozen) Persist(_ context.Context, meta group.Meta) error {
	m := f.machine
	err := writeFile(m.fs, m.name, &file{
		Index: meta.Index, Term: meta.Term, Members: meta.Configuration,
		MembersIndex: meta.ConfigurationIndex, Catalog: f.catalog,
	})
	if err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.stored, m.isSaved = meta, true
	return nil
}

// Release implements group.Snapshot.
func (*frozen) Release() {}

// Check verifies the file of the catalogue in a folder that no process has open,
// and tells which entry of the log it stands at; 0 when there is none yet. The log
// begins at the entry logFirst, which is 0 when that is not known.
func Check(fsys vfs.FS, dir string, logFirst uint64) (index uint64, err error) {
	name := path.Join(dir, FileName)
	f, err := readFile(fsys, name)
	if errors.Is(err, fs.ErrNotExist) {
		return 0, reaches(name, 0, logFirst)
	}
	if err != nil {
		return 0, err
	}
	return f.Index, reaches(name, f.Index, logFirst)
}
