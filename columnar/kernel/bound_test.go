package kernel_test

import (
	"bytes"
	"testing"
)

// The bounds that kernels are held against, measured in the same run: a kernel that reads a column of w bytes a value
// can't take less than w bytes at the speed of BenchmarkBoundRead, one that writes besides no less than
// BenchmarkBoundCopy, and one that looks up a place of a table that is larger than the caches for each row no less
// than BenchmarkBoundGather. `make bench-kernels` runs them first. One core.

// boundWords are 256 MiB, more than any cache here.
const boundWords = 32 << 20

// boundSink keeps the loops from being left out.
var boundSink uint64

// BenchmarkBoundRead looks for a byte that is not there, 32 at a time.
func BenchmarkBoundRead(b *testing.B) {
	text := bytes.Repeat([]byte{1}, 8*boundWords)
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		boundSink = uint64(bytes.IndexByte(text, 2))
	}
	perRow(b, boundWords)
}

func BenchmarkBoundCopy(b *testing.B) {
	from, to := make([]uint64, boundWords), make([]uint64, boundWords)
	for i := range from {
		from[i] = uint64(i)
	}
	b.SetBytes(8 * boundWords)
	for b.Loop() {
		copy(to, from)
	}
	perRow(b, boundWords)
}

func BenchmarkBoundGather(b *testing.B) {
	const lookups = 4 << 20
	words := make([]uint64, boundWords)
	places := make([]uint32, lookups)
	state := uint64(1)
	for i := range places {
		state = state*6364136223846793005 + 1442695040888963407
		places[i] = uint32(state>>33) % boundWords
	}
	for i := range words {
		words[i] = uint64(i)
	}
	for b.Loop() {
		var x uint64
		for _, p := range places {
			x += words[p]
		}
		boundSink = x
	}
	perRow(b, lookups)
}

func perRow(b *testing.B, rows int) {
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(rows), "ns/row")
}
