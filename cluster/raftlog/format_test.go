package raftlog

import (
	"bytes"
	"encoding/hex"
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/raft"
	"github.com/hashicorp/raft-wal/types"

	"github.com/freshetdb/freshet/columnar/vfs"
)

// field is a piece of a file and what it is.
type field struct{ hex, what string }

func checkBytes(t *testing.T, got []byte, want []field) {
	t.Helper()
	for _, f := range want {
		b, err := hex.DecodeString(f.hex)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.HasPrefix(got, b) {
			t.Fatalf("%s: %x, want %s", f.what, got[:min(len(b), len(got))], f.hex)
		}
		got = got[len(b):]
	}
	if len(got) > 0 {
		t.Fatalf("more bytes: %x", got)
	}
}

// The bytes of META and STABLE, as meta.go describes them. A change here means
// a new version of the format.
func TestFileFormats(t *testing.T) {
	state := types.PersistentState{NextSegmentID: 2, Segments: []types.SegmentInfo{
		{
			ID: 0, BaseIndex: 1, MinIndex: 5, MaxIndex: 9, Codec: 1, IndexStart: 0x1234,
			CreateTime: time.Unix(0, 0x10).UTC(), SealTime: time.Unix(0, 0x20).UTC(), SizeLimit: 1 << 23,
		},
		{ID: 1, BaseIndex: 10, MinIndex: 10, Codec: 1, CreateTime: time.Unix(0, 0x20).UTC(), SizeLimit: 1 << 23},
	}}
	stable := map[string][]byte{"LastVoteTerm": {7, 0, 0, 0, 0, 0, 0, 0}, "CurrentTerm": nil}
	fsys := vfs.NewMem()
	m := &metaStore{fsys: fsys, dir: "/"}
	if err := errors.Join(m.writeState(state), m.writeStable(stable)); err != nil {
		t.Fatal(err)
	}
	data, err := vfs.ReadFile(fsys, metaName)
	if err != nil {
		t.Fatal(err)
	}
	checkBytes(t, data, []field{
		{"46524c4d", "magic"},
		{"01000000", "version"},
		{"0200000000000000", "next segment id"},
		{"02000000", "number of segments"},
		{"0000000000000000", "id"},
		{"0100000000000000", "base index"},
		{"0500000000000000", "min index"},
		{"0900000000000000", "max index"},
		{"0100000000000000", "codec"},
		{"3412000000000000", "index start"},
		{"1000000000000000", "created"},
		{"2000000000000000", "sealed"},
		{"00008000", "size limit"},
		{"0100000000000000", "id"},
		{"0a00000000000000", "base index"},
		{"0a00000000000000", "min index"},
		{"0000000000000000", "max index"},
		{"0100000000000000", "codec"},
		{"0000000000000000", "index start"},
		{"2000000000000000", "created"},
		{"0000000000000000", "not sealed"},
		{"00008000", "size limit"},
		{"5eda74fc", "checksum"},
	})
	payload, err := readChecked(fsys, metaName, metaMagic)
	if err != nil {
		t.Fatal(err)
	}
	if back, err := decodeState(payload); err != nil || !reflect.DeepEqual(back, state) {
		t.Fatalf("%+v, %v", back, err)
	}
	if data, err = vfs.ReadFile(fsys, stableName); err != nil {
		t.Fatal(err)
	}
	checkBytes(t, data, []field{
		{"46524c53", "magic"},
		{"01000000", "version"},
		{"02000000", "number of keys"},
		{"0b000000", "length of the key"},
		{hex.EncodeToString([]byte("CurrentTerm")), "key"},
		{"00000000", "length of the value"},
		{"0c000000", "length of the key"},
		{hex.EncodeToString([]byte("LastVoteTerm")), "key"},
		{"08000000", "length of the value"},
		{"0700000000000000", "value"},
		{"3bc96d18", "checksum"},
	})
}

// The checksum of an entry covers these bytes in this order, for ever.
func TestEntryChecksumIsFixed(t *testing.T) {
	e := raft.Log{
		Index: 3, Term: 2, Type: raft.LogConfiguration, Data: []byte("data"), Extensions: []byte("ext"),
		AppendedAt: time.Unix(1_700_000_000, 5).In(time.FixedZone("", 3600)),
	}
	if got := checksum(&e); got != 0x8d50d7da {
		t.Errorf("%#x", got)
	}
}

func FuzzMeta(f *testing.F) {
	f.Add(encodeState(types.PersistentState{NextSegmentID: 1, Segments: []types.SegmentInfo{{BaseIndex: 1}}}))
	f.Add(encodeStable(map[string][]byte{"a": {1}, "b": nil}))
	f.Fuzz(func(t *testing.T, data []byte) {
		if s, err := decodeState(data); err == nil {
			if !bytes.Equal(encodeState(s), data) {
				t.Error("the state does not encode as it was")
			}
		}
		if s, err := decodeStable(data); err == nil {
			again, err := decodeStable(encodeStable(s))
			if err != nil || len(again) != len(s) {
				t.Error("the keys do not come back")
			}
		}
	})
}

// FuzzSegment reads any bytes as a segment: nothing may panic, and what is
// taken for good must be within the bytes.
func FuzzSegment(f *testing.F) {
	fsys := vfs.NewMem()
	l, err := Open(Config{FS: fsys, Dir: "/d", SegmentBytes: 512})
	if err != nil {
		f.Fatal(err)
	}
	for i := range uint64(6) {
		if err := l.StoreLog(&raft.Log{Index: i + 1, Data: bytes.Repeat([]byte{byte(i)}, 100)}); err != nil {
			f.Fatal(err)
		}
	}
	if err := l.Close(); err != nil {
		f.Fatal(err)
	}
	names, err := fsys.List("/d")
	if err != nil {
		f.Fatal(err)
	}
	for _, name := range names {
		if data, err := vfs.ReadFile(fsys, "/d/"+name); err == nil && strings.HasSuffix(name, segmentSuffix) {
			f.Add(data)
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		s := scan(data)
		if s.end > len(data) || len(s.entries) != len(s.lengths) {
			t.Fatalf("%d bytes, %+v", len(data), s)
		}
		damaged(data, s)
		si := types.SegmentInfo{BaseIndex: 1, MinIndex: 1}
		_ = errors.Join(checkIndex(data, s, si, "x"), checkEntries(data, s, si, "x"))
	})
}
