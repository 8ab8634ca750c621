package route_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/freshetdb/freshet/columnar/route"
	"github.com/freshetdb/freshet/index/roofline"
)

// The expected hashes of this file were computed by ClickHouse 26.7, as
// xxh3(unhex(bytes)). They never change: data lies where they say.

func TestStringHashesAreFixed(t *testing.T) {
	values := []string{"", "a", "0123456789abcdef0123456789abcdef", "上海", strings.Repeat("x", 300)}
	want := []uint64{0x2d06800538d394c2, 0xe6c632b61e964e1f, 0x01121d5b6c0ac055, 0xf4059a61ee7cdfa0, 0xa5d1b4607dc83554}
	offsets := []uint32{0}
	for _, v := range values {
		offsets = append(offsets, offsets[len(offsets)-1]+uint32(len(v)))
	}
	got := make([]uint64, len(values))
	route.HashStrings(offsets, []byte(strings.Join(values, "")), got)
	if !slices.Equal(got, want) {
		t.Errorf("%#x", got)
	}
	route.HashFixed(32, []byte(values[2]), got[:1])
	if got[0] != want[2] || route.HashString([]byte(values[3])) != want[3] {
		t.Errorf("%#x", got)
	}
	route.HashStrings(nil, nil, nil)
}

func TestIntegerHashesAreFixed(t *testing.T) {
	want := []uint64{0xc77b3abb6f87acd9, 0x2fbc593564db792e, 0x5111c7e47d784413, 0xa7aa2db90363cf66}
	got := make([]uint64, 4)
	route.HashIntegers([]int64{0, 1, -1, 1_700_000_000}, got)
	if !slices.Equal(got, want) {
		t.Errorf("int64: %#x", got)
	}
	route.HashIntegers([]int32{0, 1, -1, 1_700_000_000}, got)
	if !slices.Equal(got, want) {
		t.Errorf("int32: %#x", got)
	}
	route.HashUint64s([]uint64{0, 1, math.MaxUint64, 1_700_000_000}, got)
	if !slices.Equal(got, want) {
		t.Errorf("uint64: %#x", got)
	}
	route.HashIntegers([]int8{0, 1, -1}, got[:3])
	if !slices.Equal(got, want) {
		t.Errorf("int8: %#x", got)
	}
	route.HashWide([]uint64{1}, []uint64{2}, got[:1])
	if got[0] != 0x07ee86c281446bef {
		t.Errorf("wide: %#x", got[0])
	}
}

func TestFloatHashesAreFixed(t *testing.T) {
	want := []uint64{0x2561a4889ff63458, 0xc77b3abb6f87acd9, 0xc77b3abb6f87acd9, 0x0aa61dcfa381c167, 0x0aa61dcfa381c167}
	got := make([]uint64, len(want))
	oddNaN := math.Float64frombits(0xfff8000000000001)
	route.HashFloats([]float64{1.5, 0, math.Copysign(0, -1), math.NaN(), oddNaN}, got)
	if !slices.Equal(got, want) {
		t.Errorf("float64: %#x", got)
	}
	route.HashFloats([]float32{1.5, 0, float32(math.Copysign(0, -1)), float32(math.NaN()), float32(oddNaN)}, got)
	if !slices.Equal(got, want) {
		t.Errorf("float32: %#x", got)
	}
}

func TestKeysOfSeveralValues(t *testing.T) {
	key := []uint64{0xe6c632b61e964e1f, 0x2fbc593564db792e}
	route.Combine(key, []uint64{0x2fbc593564db792e, 0xe6c632b61e964e1f})
	if key[0] != 0x42a6a51a1f257833 || key[0] == key[1] {
		t.Errorf("%#x", key)
	}
}

func TestNulls(t *testing.T) {
	out := []uint64{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}
	route.SetNulls([]byte{0b1111_1010, 0b01}, out)
	if want := []uint64{route.NullHash, 2, route.NullHash, 4, 5, 6, 7, 8, 9, route.NullHash}; !slices.Equal(out, want) {
		t.Errorf("%#x", out)
	}
}

func TestSlotIsTheTopOfTheHash(t *testing.T) {
	for hash, want := range map[uint64]uint16{0: 0, math.MaxUint64: 1023, 1 << 63: 512, 1<<54 - 1: 0, 1 << 54: 1} {
		if got := route.Slot(hash); got != want {
			t.Errorf("slot of %#x is %d, want %d", hash, got, want)
		}
	}
}

// Every shard has a range of slots, all ranges together are all slots, and
// they are of equal length but for one.
func TestShardsAreRanges(t *testing.T) {
	for shards := 1; shards <= route.MaxShards; shards++ {
		next := uint16(0)
		for shard := range shards {
			first, end := route.Range(shard, shards)
			if first != next || int(end-first) < route.Slots/shards || int(end-first) > route.Slots/shards+1 {
				t.Fatalf("shard %d of %d: %d to %d", shard, shards, first, end)
			}
			for slot := first; slot < end; slot++ {
				if got := route.Shard(slot, shards); got != shard {
					t.Fatalf("slot %d of %d shards: %d, want %d", slot, shards, got, shard)
				}
			}
			next = end
		}
		if next != route.Slots {
			t.Fatalf("%d shards end at %d", shards, next)
		}
	}
}

// Twice as many shards split each one in two: what a split relies on.
func TestTwiceTheShardsSplitEachOne(t *testing.T) {
	for shards := 1; shards <= route.MaxShards/2; shards *= 2 {
		for slot := range uint16(route.Slots) {
			if route.Shard(slot, 2*shards)/2 != route.Shard(slot, shards) {
				t.Fatalf("slot %d leaves its shard when %d become twice that", slot, shards)
			}
		}
	}
}

func TestShardsIsShardOfSlot(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		hashes := rapid.SliceOf(rapid.Uint64()).Draw(t, "hashes")
		shards := rapid.IntRange(1, route.MaxShards).Draw(t, "shards")
		out := make([]uint16, len(hashes))
		route.Shards(hashes, shards, out)
		for i, h := range hashes {
			if int(out[i]) != route.Shard(route.Slot(h), shards) {
				t.Fatalf("hash %#x: %d", h, out[i])
			}
		}
	})
}

func TestWrongShardsPanic(t *testing.T) {
	for _, shards := range []int{0, -1, route.MaxShards + 1} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%d shards pass", shards)
				}
			}()
			route.Shard(0, shards)
		}()
	}
}

func BenchmarkHash(b *testing.B) {
	const rows = 8192
	out, next := make([]uint64, rows), make([]uint64, rows)
	var offsets []uint32
	for i := range uint32(rows + 1) {
		offsets = append(offsets, 32*i)
	}
	bytes := make([]byte, 32*rows)
	for i := range bytes {
		bytes[i] = byte(rand.Uint32())
	}
	for _, c := range []struct {
		name string
		read int // bytes a row
		run  func()
	}{
		{"strings32", 4 + 32, func() { route.HashStrings(offsets, bytes, out) }},
		{"uint64", 8, func() { route.HashUint64s(next, out) }},
		{"combine", 16, func() { route.Combine(out, next) }},
	} {
		b.Run(c.name, func(b *testing.B) {
			for b.Loop() {
				c.run()
			}
			roofline.Report(b, roofline.Work{Rows: rows, Read: rows * c.read, Write: rows * 8, Steps: rows})
		})
	}
}
