package chframe_test

import (
	"bytes"
	"encoding/hex"
	"errors"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/go-faster/city"
	"github.com/klauspost/compress/zstd"

	"github.com/freshetdb/freshet/columnar/chcode"
	"github.com/freshetdb/freshet/query/chframe"
)

func framed(tb testing.TB, data []byte) []byte {
	tb.Helper()
	var b bytes.Buffer
	w := chframe.NewWriter(&b)
	if _, err := w.Write(data); err != nil {
		tb.Fatal(err)
	}
	if err := w.Close(); err != nil {
		tb.Fatal(err)
	}
	return b.Bytes()
}

func TestRoundTrip(t *testing.T) {
	random := make([]byte, 3<<20)
	rng := rand.NewChaCha8([32]byte{1})
	_, _ = rng.Read(random)
	for name, data := range map[string][]byte{
		"nothing": nil, "a byte": {7}, "text": []byte(strings.Repeat("hello ", 1000)),
		"a block": bytes.Repeat([]byte("ab"), 1<<19), "blocks": bytes.Repeat([]byte("abcdefg"), 1<<19), "random": random,
	} {
		t.Run(name, func(t *testing.T) {
			f := framed(t, data)
			got, err := io.ReadAll(chframe.NewReader(iotest.HalfReader(bytes.NewReader(f))))
			if err != nil || !bytes.Equal(got, data) {
				t.Fatalf("%d bytes of %d came back: %v", len(got), len(data), err)
			}
		})
	}
}

// TestGolden reads frames that ClickHouse 26.7 wrote (a column of a MergeTree part is such frames), and pins ours.
func TestGolden(t *testing.T) {
	want := strings.Repeat("hello ", 16)
	for name, f := range map[string]string{
		"LZ4":  "5e4febec280a22bb8f0655007079a0d88219000000600000006f68656c6c6f2006004250656c6c6f20",
		"ZSTD": "7cd06b712c80f8bcd952e88a77a3152e901f0000006000000028b52ffd20606d00003068656c6c6f20010097a91401",
		"NONE": "8d5e7ce3dead2ed3ada25d2c87d61a0b026900000060000000" + hex.EncodeToString([]byte(want)),
	} {
		raw, err := hex.DecodeString(f)
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(chframe.NewReader(bytes.NewReader(raw)))
		if err != nil || string(got) != want {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
	const ours = "e98995ab0cd8d8bdca01cf3b27bf305882100000000600000060310a320a330a"
	if got := hex.EncodeToString(framed(t, []byte("1\n2\n3\n"))); got != ours {
		t.Errorf("we write %s, not %s any more", got, ours)
	}
}

// frame makes a frame by hand.
func frame(method byte, content []byte, size int) []byte {
	body := append([]byte{method, byte(9 + len(content)), byte((9 + len(content)) >> 8), 0, 0, byte(size), byte(size >> 8), byte(size >> 16), byte(size >> 24)}, content...)
	sum := city.CH128(body)
	out := make([]byte, 16, 16+len(body))
	for i := range 8 {
		out[i], out[8+i] = byte(sum.Low>>(8*i)), byte(sum.High>>(8*i))
	}
	return append(out, body...)
}

func TestZSTDAndPlain(t *testing.T) {
	e, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	stream := append(frame(0x90, e.EncodeAll([]byte("hello "), nil), 6), frame(0x02, []byte("world"), 5)...)
	got, err := io.ReadAll(chframe.NewReader(bytes.NewReader(stream)))
	if err != nil || string(got) != "hello world" {
		t.Fatalf("%q, %v", got, err)
	}
}

func TestBad(t *testing.T) {
	good := framed(t, []byte(strings.Repeat("hello ", 100)))
	for name, c := range map[string]struct {
		data []byte
		code chcode.Code
	}{
		"short head":      {good[:20], chcode.CannotReadAllData},
		"short body":      {good[:len(good)-1], chcode.CannotReadAllData},
		"flipped content": {flip(good, len(good)-1), chcode.ChecksumDoesntMatch},
		"flipped sum":     {flip(good, 3), chcode.ChecksumDoesntMatch},
		"unknown method":  {frame(0x11, []byte("x"), 1), chcode.UnknownCompressionMethod},
		"wrong size":      {frame(0x02, []byte("x"), 2), chcode.CannotDecompress},
		"no LZ4":          {frame(0x82, []byte{0xF0, 1}, 100), chcode.CannotDecompress},
		"LZ4 claims much": {frame(0x82, []byte{0x10, 1}, 100<<20), chcode.CannotDecompress},
		"no zstd":         {frame(0x90, []byte("xyz"), 3), chcode.CannotDecompress},
		"claims too much": {frame(0x82, []byte{0x10, 1}, 1<<31-1), chcode.TooLargeSizeCompressed},
		"too short":       {append(make([]byte, 16), 0x82, 3, 0, 0, 0, 1, 0, 0, 0), chcode.CannotDecompress},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := io.ReadAll(chframe.NewReader(bytes.NewReader(c.data)))
			if err == nil || chcode.Of(err) != c.code {
				t.Fatalf("code %d (%v), want %d", chcode.Of(err), err, c.code)
			}
		})
	}
}

func flip(b []byte, at int) []byte {
	b = bytes.Clone(b)
	b[at] ^= 1
	return b
}

func TestWriterKeepsError(t *testing.T) {
	w := chframe.NewWriter(failing{})
	_, _ = w.Write(make([]byte, 2<<20))
	if err := w.Close(); !errors.Is(err, io.ErrClosedPipe) {
		t.Fatal(err)
	}
}

type failing struct{}

func (failing) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }

func FuzzReader(f *testing.F) {
	f.Add([]byte("x"))
	f.Add(framed(f, []byte(strings.Repeat("hello ", 100))))
	f.Add(frame(0x02, []byte("world"), 5))
	f.Fuzz(func(t *testing.T, data []byte) {
		_, _ = io.Copy(io.Discard, chframe.NewReader(bytes.NewReader(data)))
	})
}
