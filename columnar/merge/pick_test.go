package merge_test

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/freshetdb/freshet/columnar/merge"
	"github.com/freshetdb/freshet/columnar/segment"
)

// world is segments without files.
type world struct {
	segments []segment.Meta
	names    int
	index    uint64
	flushed  int64
	merged   int64
	rewrites map[string]int // greatest number of rewrites of a row of a segment
}

func (w *world) add(s segment.Meta, rewrites int) {
	w.names++
	s.Name = fmt.Sprintf("%08d", w.names)
	w.segments = append(w.segments, s)
	w.rewrites[s.Name] = rewrites
}

func (w *world) flush(sizes map[string]int64) {
	w.index += 10
	for _, p := range slices.Sorted(func(yield func(string) bool) {
		for p := range sizes {
			if !yield(p) {
				return
			}
		}
	}) {
		s := segment.Meta{Bytes: sizes[p], Tags: segment.Tags{Partition: p, FirstIndex: w.index, LastIndex: w.index + 9}}
		s.Mixed = p == ""
		w.flushed += s.Bytes
		w.add(s, 0)
	}
}

// apply runs a job: a split spreads its bytes over partitions.
func (w *world) apply(j merge.Job, partitions []string) {
	out := segment.Meta{Bytes: j.Bytes(), Tags: segment.Tags{Partition: j.Partition, FirstIndex: math.MaxUint64}}
	rewrites := 0
	for _, in := range j.Inputs {
		k := slices.IndexFunc(w.segments, func(s segment.Meta) bool { return s.Name == in.Name })
		w.segments = slices.Delete(w.segments, k, k+1)
		out.FirstIndex, out.LastIndex = min(out.FirstIndex, in.FirstIndex), max(out.LastIndex, in.LastIndex)
		out.Level = max(out.Level, in.Level+1)
		rewrites = max(rewrites, w.rewrites[in.Name]+1)
	}
	w.merged += out.Bytes
	if j.Cold {
		out.Codec = segment.LZ4
	}
	if !j.Split {
		w.add(out, rewrites)
		return
	}
	for _, p := range partitions {
		part := out
		part.Partition, part.Bytes = p, out.Bytes/int64(len(partitions))
		w.add(part, rewrites)
	}
}

func (w *world) mergeAll(t *rapid.T, l merge.Limits, partitions []string, rest func(string) merge.Rest) {
	for round := 0; ; round++ {
		jobs := merge.Pick(w.segments, l, rest)
		if len(jobs) == 0 {
			return
		}
		if round > 1000 {
			t.Fatal("picking does not end")
		}
		picked := slices.Clone(w.segments)
		for _, j := range jobs {
			checkJob(t, l, j, picked)
			w.apply(j, partitions)
		}
	}
}

func checkJob(t *rapid.T, l merge.Limits, j merge.Job, all []segment.Meta) {
	if len(j.Inputs) > l.InputsMax || (!j.Split && !j.Cold && len(j.Inputs) < 2) || len(j.Inputs) == 0 {
		t.Fatalf("%d inputs", len(j.Inputs))
	}
	if len(j.Inputs) > 1 && j.Bytes() > l.BytesMax {
		t.Fatalf("%d bytes", j.Bytes())
	}
	for i, in := range j.Inputs {
		if in.Mixed != j.Split || in.Partition != j.Partition {
			t.Fatalf("segment of partition %q in a job of %q", in.Partition, j.Partition)
		}
		if i > 0 && j.Inputs[i-1].FirstIndex > in.FirstIndex {
			t.Fatal("inputs are not in the order of the log")
		}
	}
	// Nothing of the partition lies between the inputs.
	first, last := j.Inputs[0].FirstIndex, j.Inputs[len(j.Inputs)-1].FirstIndex
	for _, s := range all {
		isInput := slices.ContainsFunc(j.Inputs, func(in segment.Meta) bool { return in.Name == s.Name })
		if !isInput && s.Partition == j.Partition && s.Mixed == j.Split && s.FirstIndex > first && s.FirstIndex < last {
			t.Fatalf("segment %s lies between the inputs", s.Name)
		}
	}
}

// TestPickRespectsItsBounds plays random histories.
func TestPickRespectsItsBounds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := merge.DefaultLimits()
		l.BytesMax, l.BytesFloor = 1<<30, 1<<16
		partitions := []string{"a", "b", "c"}
		w := &world{rewrites: map[string]int{}}
		for range rapid.IntRange(1, 60).Draw(t, "flushes") {
			sizes := map[string]int64{}
			for _, p := range append([]string{""}, partitions...) {
				if rapid.Bool().Draw(t, "flushes "+p) {
					sizes[p] = int64(1) << rapid.IntRange(4, 27).Draw(t, "size")
				}
			}
			w.flush(sizes)
			w.mergeAll(t, l, partitions, nil)
			counts, bytes := map[string]int{}, map[string]int64{}
			for _, s := range w.segments {
				counts[s.Partition]++
				bytes[s.Partition] += s.Bytes
			}
			for _, p := range partitions {
				if bound := l.SegmentsMax + int(2*bytes[p]/l.BytesMax) + 1; counts[p] > bound {
					t.Fatalf("partition %s has %d segments, at most %d", p, counts[p], bound)
				}
			}
			if counts[""] >= l.MixedMax {
				t.Fatalf("%d mixed segments", counts[""])
			}
		}
		folding := l.Folding()
		w.mergeAll(t, folding, partitions, func(p string) merge.Rest {
			return map[string]merge.Rest{"a": merge.Cold, "b": merge.Quiet}[p]
		})
		w.checkReads(t, folding, "b", folding.QuietGrowth)
		w.checkReads(t, folding, "c", folding.Growth)
		pairs, last := 0, l.BytesMax
		for _, s := range w.segments {
			if s.Partition == "a" && !s.Mixed {
				if s.Codec != segment.LZ4 {
					t.Fatal("a segment of a cold partition is not compressed")
				}
				if last+s.Bytes < l.BytesMax/2 {
					pairs++
				}
				last = max(s.Bytes, l.BytesFloor)
			}
		}
		if pairs > 0 {
			t.Fatalf("cold partition has %d pairs of small segments", pairs)
		}
	})
}

// checkReads checks that what is beside the largest segment of a partition that may
// still grow is small: rows of one key are read from all of them.
func (w *world) checkReads(t *rapid.T, l merge.Limits, partition string, growth float64) {
	var sum, most int64
	n := 0
	for _, s := range w.segments {
		if s.Partition == partition && !s.Mixed {
			size := max(s.Bytes, l.BytesFloor)
			sum, most, n = sum+size, max(most, size), n+1
		}
	}
	if sum <= l.BytesMax && n <= l.InputsMax && float64(sum) >= growth*float64(most) && n > 1 {
		t.Fatalf("partition %s has %d segments of %d bytes, the largest %d", partition, n, sum, most)
	}
}

// TestWriteAmplification flushes equal segments for long, as an hour of a busy
// table does, and bounds how often bytes are rewritten.
func TestWriteAmplification(t *testing.T) {
	rows := merge.DefaultLimits()
	for _, c := range []struct {
		what   string
		limits merge.Limits
		sizes  []int64
	}{
		{"rows", rows, []int64{256 << 10, 8 << 20, 64 << 20}},
		{"equal keys", rows.Folding(), []int64{10 << 10, 256 << 10, 8 << 20}},
	} {
		for _, size := range c.sizes {
			checkAmplification(t, c.what, c.limits, size)
		}
	}
}

func checkAmplification(t *testing.T, what string, l merge.Limits, size int64) {
	const flushes = 4000
	w := &world{rewrites: map[string]int{}}
	most, reads := 0, 0.0
	for range flushes {
		w.flush(map[string]int64{"day": size})
		for jobs := merge.Pick(w.segments, l, nil); len(jobs) > 0; jobs = merge.Pick(w.segments, l, nil) {
			for _, j := range jobs {
				w.apply(j, nil)
			}
		}
		most = max(most, len(w.segments)-int(w.flushed/(l.BytesMax/2)))
		var sum, large int64
		for _, s := range w.segments {
			sum, large = sum+s.Bytes, max(large, s.Bytes)
		}
		reads += float64(sum) / float64(large) / flushes
	}
	worst := 0
	for _, s := range w.segments {
		worst = max(worst, w.rewrites[s.Name])
	}
	amp := 1 + float64(w.merged)/float64(w.flushed)
	t.Logf("%s: %d flushes of %d KiB: write amplification %.2f, %d small segments at most, all bytes %.1f times the largest, a row rewritten %d times",
		what, flushes, size>>10, amp, most, reads, worst)
	bound := math.Log(float64(l.BytesMax)/float64(size))/math.Log(l.Growth) + 2
	bound += float64(l.BytesFloor/size) / 2 // Smaller than the floor, a segment is rewritten with each of those beside it.
	if amp > bound+1 || float64(worst) > bound+2+float64(l.BytesFloor/size)/2 {
		t.Errorf("%s: write amplification %.2f and %d rewrites, expected %.1f", what, amp, worst, bound)
	}
	if most > l.SegmentsMax {
		t.Errorf("%s: %d segments", what, most)
	}
}
