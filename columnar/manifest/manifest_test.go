package manifest_test

import (
	"bytes"
	"errors"
	"flag"
	"io/fs"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/freshetdb/freshet/columnar/manifest"
	"github.com/freshetdb/freshet/columnar/segment"
	"github.com/freshetdb/freshet/columnar/types"
	"github.com/freshetdb/freshet/columnar/vfs"
)

var rewrite = flag.Bool("rewrite", false, "write the golden files anew")

func sample() *manifest.Manifest {
	schema := types.Schema{Version: 2, Columns: []types.Column{
		{ID: 1, Name: "ts", TypeName: "DateTime('UTC')", Type: types.MustParse("DateTime('UTC')")},
		{ID: 4, Name: "city", TypeName: "LowCardinality(String)", Type: types.MustParse("LowCardinality(String)"), Identity: true},
	}}
	meta := segment.Meta{
		Name: "00000007", Rows: 12, Bytes: 4096, IndexBytes: 300, IndexCRC: 0xDEADBEEF,
		Tags:   segment.Tags{Partition: "20240101", Level: 1, FirstIndex: 3, LastIndex: 90, SchemaVersion: 2},
		KeyMin: [][]byte{{0, 1}}, KeyMax: [][]byte{{9, 0xFF}}, Times: []segment.TimeRange{{Column: 1, Min: 1, Max: 8}},
	}
	detached := meta
	detached.Name = "00000005"
	return &manifest.Manifest{
		Version: manifest.Version, Index: 91, Term: 4, Configuration: []byte{1, 2, 3}, ConfigurationIndex: 1, MapEpoch: 2, NextFile: 9,
		Positions:    map[string][]byte{"b": {2}, "a": {1, 0}},
		Tokens:       []manifest.Token{{Token: []byte{0xFF, 't'}, Table: 7, Index: 88}},
		Dictionaries: []manifest.Dictionary{{Table: 7, Column: 4, Entries: 30, Bytes: 900}},
		Tables: []manifest.Table{{
			ID: 7, Definition: 3, Schemas: []types.Schema{schema},
			Segments: []manifest.Segment{{Meta: meta, Deletes: &manifest.Deletes{Rows: 2, File: "00000008.del", CRC: 5}}},
			Dropped:  []manifest.Drop{{Partition: "20231231", Index: 80}}, Horizon: 1_704_067_200,
			Detached: []manifest.Detached{{Partition: "20240102", Segments: []manifest.Segment{{Meta: detached}}}},
		}},
		Staged: []manifest.Staged{{Txn: "x-1", Table: 7, Parts: 2, Rows: 100, FirstIndex: 70, LastIndex: 71}},
	}
}

func newFS(tb testing.TB) vfs.FS {
	m := vfs.NewMem()
	if err := m.MkdirAll("shard"); err != nil {
		tb.Fatal(err)
	}
	return m
}

func TestLoadGivesWhatWasStored(t *testing.T) {
	fsys := newFS(t)
	if _, err := manifest.Load(fsys, "shard"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no manifest: %v", err)
	}
	for _, m := range []*manifest.Manifest{{Version: manifest.Version}, sample()} {
		if err := manifest.Store(fsys, "shard", m); err != nil {
			t.Fatal(err)
		}
		got, err := manifest.Load(fsys, "shard")
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(m, got, cmpopts.IgnoreUnexported(types.Zone{}, types.Enum{})); d != "" {
			t.Error(d)
		}
	}
}

func TestGolden(t *testing.T) {
	const file = "testdata/MANIFEST"
	got, err := manifest.Encode(sample())
	if err != nil {
		t.Fatal(err)
	}
	if *rewrite {
		if err := vfs.WriteFileAtomic(vfs.OS{}, file, got); err != nil {
			t.Fatal(err)
		}
	}
	want, err := vfs.ReadFile(vfs.OS{}, file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("the format changed: bump the version or write %s anew with -rewrite\n%s", file, got)
	}
}

// TestEveryFlippedBitIsFound flips every bit of a manifest and cuts it at every
// byte.
func TestEveryFlippedBitIsFound(t *testing.T) {
	data, err := manifest.Encode(sample())
	if err != nil {
		t.Fatal(err)
	}
	for bit := range 8 * len(data) {
		damaged := slices.Clone(data)
		damaged[bit/8] ^= 1 << (bit % 8)
		if _, err := manifest.Decode(damaged); err == nil {
			t.Errorf("bit %d was not found", bit)
		}
	}
	for n := range data {
		if _, err := manifest.Decode(data[:n]); err == nil {
			t.Errorf("cut at %d was not found", n)
		}
	}
	fsys := newFS(t)
	if err := vfs.WriteFileAtomic(fsys, "shard/MANIFEST", data[1:]); err != nil {
		t.Fatal(err)
	}
	var damage *manifest.CorruptError
	if _, err := manifest.Load(fsys, "shard"); !errors.As(err, &damage) || damage.File != "shard/MANIFEST" {
		t.Errorf("load: %v", err)
	}
}

func TestUnknownVersionIsRefused(t *testing.T) {
	data, _ := manifest.Encode(sample())
	other := bytes.Replace(data, []byte(`"version":1,"index"`), []byte(`"version":9,"index"`), 1)
	if _, err := manifest.Decode(manifest.Seal(other[:len(other)-17])); err == nil || !bytes.Contains([]byte(err.Error()), []byte("version 9")) {
		t.Errorf("version 9: %v", err)
	}
}

func TestOrphans(t *testing.T) {
	fsys := newFS(t)
	for _, name := range []string{
		"00000007.arrow", "00000007.idx", "00000005.arrow", "00000005.idx", "00000008.del",
		"00000006.arrow", "00000009.idx", "x.tmp", "00000010.del", "notes.txt",
	} {
		if err := vfs.WriteFileAtomic(fsys, "shard/"+name, nil); err != nil {
			t.Fatal(err)
		}
	}
	got, err := manifest.Orphans(fsys, "shard", sample())
	if want := []string{"00000006.arrow", "00000009.idx", "00000010.del", "x.tmp"}; err != nil || !slices.Equal(got, want) {
		t.Errorf("orphans %v, want %v; %v", got, want, err)
	}
}

func FuzzDecode(f *testing.F) {
	data, _ := manifest.Encode(sample())
	f.Add(data)
	f.Add(data[:len(data)-17])
	f.Add([]byte(`{"version":1,"tables":[{"schemas":[{"columns":[{"type":"Array("}]}]}]}`))
	f.Fuzz(func(t *testing.T, src []byte) {
		for _, b := range [][]byte{src, manifest.Seal(src)} {
			m, err := manifest.Decode(b)
			if err != nil {
				continue
			}
			again, err := manifest.Encode(m)
			if err != nil {
				t.Fatal(err)
			}
			back, err := manifest.Decode(again)
			if err != nil {
				t.Fatal(err)
			}
			twice, err := manifest.Encode(back)
			if err != nil || !bytes.Equal(again, twice) {
				t.Fatalf("not stable: %v", err)
			}
		}
	})
}

// TestCrashLeavesTheOldOrTheNew loses power at every operation of Store, and
// has every operation fail.
func TestCrashLeavesTheOldOrTheNew(t *testing.T) {
	old, next := sample(), sample()
	next.Index = 500
	for n := 0; ; n++ {
		mem := vfs.NewMem()
		if err := vfs.MkdirAllSync(mem, "shard"); err != nil {
			t.Fatal(err)
		}
		if err := manifest.Store(mem, "shard", old); err != nil {
			t.Fatal(err)
		}
		var crashed []vfs.FS
		calls := 0
		errDisk := errors.New("disk")
		err := manifest.Store(vfs.NewFault(mem, func(op vfs.Op) error {
			if calls++; calls-1 != n {
				return nil
			}
			for seed := range uint64(8) {
				crashed = append(crashed, mem.CrashCloneTorn(seed))
			}
			return errDisk
		}), "shard", next)
		if calls <= n {
			crashed = append(crashed, mem.CrashClone())
		}
		for _, fsys := range append(crashed, mem) {
			m, loadErr := manifest.Load(fsys, "shard")
			if loadErr != nil || (m.Index != old.Index && m.Index != next.Index) || (err == nil && m.Index != next.Index) {
				t.Errorf("operation %d (%v): %v", n, err, loadErr)
			}
		}
		if calls <= n {
			break
		}
	}
}
