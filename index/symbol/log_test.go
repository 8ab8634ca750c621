package symbol_test

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"math/rand/v2"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/freshetdb/freshet/index/symbol"
)

// memLog is a log in memory that knows what was synced.
type memLog struct {
	data, durable []byte
	failWrites    bool
}

func (l *memLog) ReadAt(b []byte, off int64) (int, error) {
	return bytes.NewReader(l.data).ReadAt(b, off)
}

func (l *memLog) WriteAt(b []byte, off int64) (int, error) {
	if l.failWrites {
		return 0, errors.New("disk full")
	}
	if missing := int(off) + len(b) - len(l.data); missing > 0 {
		l.data = append(l.data, make([]byte, missing)...)
	}
	return copy(l.data[off:], b), nil
}

func (l *memLog) Sync() error {
	l.durable = bytes.Clone(l.data)
	return nil
}

func (l *memLog) Truncate(size int64) error {
	l.data = append(bytes.Clone(l.data[:min(size, int64(len(l.data)))]), make([]byte, max(0, size-int64(len(l.data))))...)
	return nil
}

// A dictionary that is written in several steps, loses power after any of
// them, and goes on, is like one that never stopped.
func TestLogSurvivesCrashes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		log := &memLog{}
		var manifest symbol.Position
		durable := 0 // Values in the manifest.
		m := &model{symbols: map[string]symbol.Symbol{}}
		d, w, err := symbol.Open(log, manifest)
		if err != nil {
			t.Fatal(err)
		}
		for range rapid.IntRange(1, 8).Draw(t, "steps") {
			values := rapid.SliceOfN(aValue(), 0, 60).Draw(t, "values")
			if _, err := d.Encode(column(values...), make([]symbol.Symbol, len(values))); err != nil {
				t.Fatal(err)
			}
			for _, v := range values {
				m.encode(v)
			}
			switch rapid.IntRange(0, 3).Draw(t, "what") {
			case 0: // Flush.
				v := d.View()
				pos, err := w.Append(v)
				if err != nil {
					t.Fatal(err)
				}
				if err := w.Sync(); err != nil {
					t.Fatal(err)
				}
				manifest, durable = pos, int(v.Len())
			case 1: // Append without sync, or a failed one; the manifest does not know.
				log.failWrites = rapid.Bool().Draw(t, "fails")
				before := w.Position()
				if _, err := w.Append(d.View()); err != nil && w.Position() != before {
					t.Fatal("a failed append moved the position")
				}
				log.failWrites = false
			case 2: // Crash: what was not synced is gone or garbage.
				log.data = append(bytes.Clone(log.durable), rapid.SliceOfN(rapid.Byte(), 0, 40).Draw(t, "garbage")...)
				m.values = m.values[:durable]
				for v, sym := range m.symbols {
					if int(sym) >= durable {
						delete(m.symbols, v)
					}
				}
				if d, w, err = symbol.Open(log, manifest); err != nil {
					t.Fatal(err)
				}
			}
			m.compare(t, d.View(), len(m.values))
		}
	})
}

func writeLog(t testing.TB, values symbol.Strings) (*memLog, symbol.Position) {
	t.Helper()
	log := &memLog{}
	d, w, err := symbol.Open(log, symbol.Position{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.Encode(values, make([]symbol.Symbol, values.Len())); err != nil {
		t.Fatal(err)
	}
	pos, err := w.Append(d.View())
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Sync(); err != nil {
		t.Fatal(err)
	}
	if pos.Bytes != int64(len(log.data)) {
		t.Fatalf("position %+v, log of %d bytes", pos, len(log.data))
	}
	return log, pos
}

// Blocks of both kinds, several of each, and values larger than a block.
func TestLargeLogLoads(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	var values symbol.Strings
	m := &model{symbols: map[string]symbol.Symbol{}}
	add := func(v []byte) {
		values.Append(v)
		m.encode(string(v))
	}
	for range 40_000 {
		add(hexID(rng))
	}
	for i := range 40_000 {
		add(fmt.Appendf(nil, "a value with number %d", i))
	}
	for i := range 4 {
		add([]byte(strings.Repeat(string(rune('a'+i)), symbol.MaxValueBytes-i)))
	}
	log, pos := writeLog(t, values)
	d, err := symbol.Load(log, pos)
	if err != nil {
		t.Fatal(err)
	}
	m.compare(t, d.View(), len(m.values))
	if want := int64(40_000*16 + 40_000*28 + 4<<20); pos.Bytes > want {
		t.Errorf("log of %d bytes, at most %d", pos.Bytes, want)
	}
}

func TestEveryFlippedBitIsFound(t *testing.T) {
	log, pos := writeLog(t, column("", "view", strings.Repeat("0af9", 8), "like", strings.Repeat("7", 32), strings.Repeat("long ", 100)))
	for bit := range 8 * len(log.data) {
		log.data[bit/8] ^= 1 << (bit % 8)
		_, err := symbol.Load(log, pos)
		var corrupt *symbol.CorruptError
		if !errors.Is(err, symbol.ErrCorrupt) || !errors.As(err, &corrupt) {
			t.Fatalf("bit %d: %v", bit, err)
		}
		log.data[bit/8] ^= 1 << (bit % 8)
	}
}

func TestWrongPositionIsFound(t *testing.T) {
	log, pos := writeLog(t, column("a", "b", "c"))
	for _, at := range []symbol.Position{
		{pos.Values, pos.Bytes - 1},
		{pos.Values, pos.Bytes + 1},
		{pos.Values - 1, pos.Bytes},
		{pos.Values + 1, pos.Bytes},
		{1 << 31, pos.Bytes},
		{1 << 30, pos.Bytes},
		{1, 0},
		{1, -1},
	} {
		if _, err := symbol.Load(log, at); !errors.Is(err, symbol.ErrCorrupt) {
			t.Errorf("%+v: %v", at, err)
		}
	}
	_, err := symbol.Load(log, symbol.Position{Values: 3, Bytes: 1000})
	want := "dictionary log is corrupt at byte 0 (symbol 0): the log is shorter than the 1000 bytes of the manifest"
	if err == nil || err.Error() != want {
		t.Error(err)
	}
}

func TestReadErrorIsNoCorruption(t *testing.T) {
	boom := errors.New("boom")
	_, err := symbol.Load(failingReader{boom}, symbol.Position{Values: 1, Bytes: 100})
	if !errors.Is(err, boom) || errors.Is(err, symbol.ErrCorrupt) {
		t.Fatal(err)
	}
}

type failingReader struct{ err error }

func (r failingReader) ReadAt([]byte, int64) (int, error) { return 0, r.err }

// The bytes of the log, as log.go describes them. A change here means a new
// version of the format.
func TestLogFormat(t *testing.T) {
	log := &memLog{}
	d, w, err := symbol.Open(log, symbol.Position{})
	if err != nil {
		t.Fatal(err)
	}
	for _, values := range []symbol.Strings{
		column("000102030405060708090a0b0c0d0e0f", "ffffffffffffffffffffffffffffffff"),
		column("view", "", "0123456789abcdef0123456789abcdef"),
	} {
		if _, err := d.Encode(values, make([]symbol.Symbol, values.Len())); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Append(d.View()); err != nil {
			t.Fatal(err)
		}
	}
	if got := annotate(log.data); got != strings.TrimSpace(goldenLog) {
		t.Errorf("got\n%s\nwant%s", got, goldenLog)
	}
}

const goldenLog = `
4653594d                                 # magic
01000000                                 # version 1
578bbdcd                                 # checksum of the header
aebf57aa                                 # checksum of the block
20000000                                 # length of the payload
00000000                                 # first symbol
02000000                                 # number of values
01000000                                 # kind: 1 packed, 2 mixed
000102030405060708090a0b0c0d0e0f         # packed id
ffffffffffffffffffffffffffffffff         # packed id
64846ad6                                 # checksum of the block
17000000                                 # length of the payload
02000000                                 # first symbol
03000000                                 # number of values
02000000                                 # kind: 1 packed, 2 mixed
08                                       # twice the length, odd if packed
76696577                                 # value
00                                       # twice the length, odd if packed
                                         # value
21                                       # twice the length, odd if packed
0123456789abcdef0123456789abcdef         # value
`

// annotate prints a log field by field.
func annotate(data []byte) string {
	var out strings.Builder
	r := bytes.NewReader(data)
	field := func(n int, what string) []byte {
		b := make([]byte, n)
		if _, err := io.ReadFull(r, b); err != nil {
			fmt.Fprintf(&out, "%v at %s\n", err, what)
		}
		fmt.Fprintf(&out, "%-40s # %s\n", hex.EncodeToString(b), what)
		return b
	}
	field(4, "magic")
	field(4, "version 1")
	field(4, "checksum of the header")
	for r.Len() > 0 {
		field(4, "checksum of the block")
		field(4, "length of the payload")
		field(4, "first symbol")
		count := int(field(4, "number of values")[0])
		if field(4, "kind: 1 packed, 2 mixed")[0] == 1 {
			for range count {
				field(16, "packed id")
			}
			continue
		}
		for range count {
			n := field(1, "twice the length, odd if packed")[0]
			field(int(n>>1), "value")
		}
	}
	return strings.TrimSpace(out.String())
}

func FuzzLoad(f *testing.F) {
	for _, values := range []symbol.Strings{
		column("a"),
		column("", "view", strings.Repeat("0af9", 8)),
		column(strings.Repeat("7", 32), strings.Repeat("8", 32)),
	} {
		log, pos := writeLog(f, values)
		f.Add(log.data, pos.Values, pos.Bytes)
	}
	f.Fuzz(func(t *testing.T, data []byte, values uint32, length int64) {
		log := &memLog{data: data}
		if length%2 == 0 {
			repair(log)
		}
		d, err := symbol.Load(log, symbol.Position{Values: values, Bytes: length})
		if err != nil {
			if !errors.Is(err, symbol.ErrCorrupt) && !strings.Contains(err.Error(), "version") {
				t.Fatal(err)
			}
			return
		}
		// What loads must be a dictionary: each value has one symbol.
		v := d.View()
		if v.Len() != values {
			t.Fatalf("%d values, want %d", v.Len(), values)
		}
		for sym := range v.Len() {
			if got, ok := v.Lookup([]byte(v.Value(sym))); !ok || got != sym {
				t.Fatalf("symbol %d reads back as %d, %v", sym, got, ok)
			}
		}
	})
}

// repair gives a log right checksums, so that the fuzzer gets behind them.
func repair(log *memLog) {
	table := crc32.MakeTable(crc32.Castagnoli)
	log.data = bytes.Clone(log.data)
	if len(log.data) < 12 {
		return
	}
	binary.LittleEndian.PutUint32(log.data[8:], crc32.Checksum(log.data[:8], table))
	for rest := log.data[12:]; len(rest) >= 20; {
		length := uint64(binary.LittleEndian.Uint32(rest[4:])) + 20
		if length > uint64(len(rest)) {
			return
		}
		binary.LittleEndian.PutUint32(rest, crc32.Checksum(rest[4:length], table))
		rest = rest[length:]
	}
}
