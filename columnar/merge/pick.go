// Package merge turns many small segments into few large ones.
//
// [Pick] decides, without touching a file, which segments of a table should
// become one; [Run] does it. Within a partition only segments that are next to
// each other in the order of the log are merged, so that rows with equal keys
// keep the order in which they came.
//
// # Which segments
//
// A run of segments is worth merging when together they are at least Growth
// times as large as the largest of them. Then every row that is rewritten lands
// in a segment that is Growth times as large as the one it was in, so a row is
// rewritten at most log_Growth(BytesMax / BytesFloor) + 1 times. Where no run is
// worth it and a partition still has more than SegmentsMax segments, the run
// that grows most is merged all the same. Partitions that are cold are merged
// as far as BytesMax lets, and what is left uncompressed in them is rewritten.
//
// Where rows with equal keys become one ([Limits.Folding]), every segment that
// has a key costs each read of it a state to merge, so more is rewritten to have
// fewer of them: Growth is 2, and small once a partition is quiet.
//
// A mixed segment has rows of many partitions (R5); when there are MixedMax of
// them, or they are old, they are split into a segment per partition.
package merge

import (
	"cmp"
	"slices"
	"sort"

	"github.com/freshetdb/freshet/columnar/segment"
)

// Limits bound what merging does and leaves.
type Limits struct {
	Growth      float64 // see above
	QuietGrowth float64 // Growth of quiet partitions
	SegmentsMax int     // segments of a partition that are small enough to merge
	InputsMax   int     // segments of one job: each holds decoded granules in memory
	MixedMax    int     // mixed segments before they are split
	BytesMax    int64   // a segment that is not merged any further
	BytesFloor  int64   // smaller segments count as this large: a file has its price
}

// DefaultLimits are for tables of a node.
func DefaultLimits() Limits {
	return Limits{
		Growth: 4, QuietGrowth: 4, SegmentsMax: 24, InputsMax: 16, MixedMax: 4, BytesMax: 4 << 30, BytesFloor: 1 << 20,
	}
}

// Folding are the limits for tables in which rows with equal keys become one. A
// quiet partition is merged when that makes its largest segment a tenth larger: what
// is left beside it then costs reads a tenth at most, and a row that comes late can't
// have a large partition rewritten.
func (l Limits) Folding() Limits {
	l.Growth, l.QuietGrowth = min(l.Growth, 2), min(l.QuietGrowth, 1.1)
	l.BytesFloor = min(l.BytesFloor, 128<<10)
	return l
}

// Rest says how much a partition still changes.
type Rest int

// The states of a partition.
const (
	Busy  Rest = iota // rows come
	Quiet             // none came for a while
	Cold              // no more are expected: it is compressed
)

// Job is segments that should become one, or, when Split is set, one per
// partition.
type Job struct {
	Partition string
	Split     bool
	Inputs    []segment.Meta // in the order of the log
	Cold      bool           // the partition is cold: compress what comes out
}

// Bytes is the size of the inputs.
func (j *Job) Bytes() int64 {
	n := int64(0)
	for i := range j.Inputs {
		n += j.Inputs[i].Bytes
	}
	return n
}

// Pick gives jobs for the segments of one table, at most one per partition and
// one that splits, smallest first. Leave out segments that a job is running on.
// rest may be nil: then all partitions are busy. When the jobs are done, Pick may
// have more; it ends.
func Pick(segments []segment.Meta, limits Limits, rest func(partition string) Rest) []Job {
	byPartition := map[string][]segment.Meta{}
	var mixed []segment.Meta
	for _, s := range segments {
		if s.Mixed {
			mixed = append(mixed, s)
		} else {
			byPartition[s.Partition] = append(byPartition[s.Partition], s)
		}
	}
	var jobs []Job
	if j, ok := limits.pickMixed(mixed); ok {
		jobs = append(jobs, j)
	}
	for p, ss := range byPartition {
		inLogOrder(ss)
		state := Busy
		if rest != nil {
			state = rest(p)
		}
		isCold := state == Cold
		if run := limits.pickRun(ss, state); len(run) > 0 {
			jobs = append(jobs, Job{Partition: p, Inputs: run, Cold: isCold})
		} else if k := slices.IndexFunc(ss, isUncompressed); isCold && k >= 0 {
			jobs = append(jobs, Job{Partition: p, Inputs: ss[k : k+1 : k+1], Cold: true})
		}
	}
	sort.Slice(jobs, func(i, j int) bool {
		a, b := &jobs[i], &jobs[j]
		return cmp.Or(cmp.Compare(a.Bytes(), b.Bytes()), cmp.Compare(a.Partition, b.Partition)) < 0
	})
	return jobs
}

func isUncompressed(m segment.Meta) bool { return m.Codec == segment.None }

func inLogOrder(ss []segment.Meta) {
	sort.Slice(ss, func(i, j int) bool {
		a, b := &ss[i], &ss[j]
		return cmp.Or(cmp.Compare(a.FirstIndex, b.FirstIndex), cmp.Compare(a.Name, b.Name)) < 0
	})
}

// pickMixed splits the oldest mixed segments once there are enough of them.
func (l Limits) pickMixed(mixed []segment.Meta) (Job, bool) {
	if len(mixed) < max(l.MixedMax, 1) {
		return Job{}, false
	}
	inLogOrder(mixed)
	n, bytes := 0, int64(0)
	for n < min(len(mixed), l.InputsMax) && (n == 0 || bytes+mixed[n].Bytes <= l.BytesMax) {
		bytes += mixed[n].Bytes
		n++
	}
	return Job{Split: true, Inputs: mixed[:n]}, true
}

// run is a candidate: segments [lo, hi) of a partition.
type run struct {
	lo, hi       int
	bytes, large int64 // as counted, and of the largest
}

// growth is how many times as large as its largest segment the result is.
func (r run) growth() float64 { return float64(r.bytes) / float64(r.large) }

// price is the bytes written for each segment less.
func (r run) price() float64 { return float64(r.bytes) / float64(r.hi-r.lo-1) }

// pickRun chooses the run of a partition to merge; nil when none should be.
func (l Limits) pickRun(ss []segment.Meta, state Rest) []segment.Meta {
	least := l.Growth
	switch state {
	case Quiet:
		least = l.QuietGrowth
	case Cold:
		least = 0
	case Busy:
	}
	var cheapest, growing run
	for lo := range ss {
		r := run{lo: lo}
		for hi := lo + 1; hi <= min(len(ss), lo+l.InputsMax); hi++ {
			size := max(ss[hi-1].Bytes, l.BytesFloor)
			if r.bytes += size; r.bytes > l.BytesMax {
				break
			}
			r.large, r.hi = max(r.large, size), hi
			if r.hi-r.lo < 2 {
				continue
			}
			if r.growth() >= least && (cheapest.hi == 0 || r.price() < cheapest.price()) {
				cheapest = r
			}
			if growing.hi == 0 || r.growth() > growing.growth() {
				growing = r
			}
		}
	}
	if cheapest.hi == 0 && l.small(ss) > l.SegmentsMax {
		cheapest = growing // Nothing when all pairs are larger than BytesMax.
	}
	return slices.Clone(ss[cheapest.lo:cheapest.hi])
}

// small is the number of segments that fit twice into the largest.
func (l Limits) small(ss []segment.Meta) int {
	n := 0
	for i := range ss {
		if ss[i].Bytes <= l.BytesMax/2 {
			n++
		}
	}
	return n
}
