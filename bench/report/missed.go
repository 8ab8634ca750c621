package report

import (
	"fmt"
	"slices"
)

// findings are sentences.
type findings []string

func (l *findings) add(format string, args ...any) { *l = append(*l, fmt.Sprintf(format, args...)) }

// Missed are the floors that are not shown to be reached.
func (r *Report) Missed() []string {
	var list findings
	for i := range r.Answers {
		a := &r.Answers[i]
		if a.Void != "" {
			list.add("%s %s: void, %s", a.Work, a.Name, firstLine(a.Void))
		}
		for _, s := range a.below() {
			list.add("%s %s, %s", a.Work, a.Name, s)
		}
	}
	for i := range r.Shards {
		a := &r.Shards[i]
		if a.Void != "" {
			list.add("shards, %s %s: void, %s", a.Work, a.Name, firstLine(a.Void))
		}
	}
	for n := range r.Ingest {
		i := &r.Ingest[n]
		if i.Floor > 0 && i.Ratio.Low < i.Floor {
			list.add("W1 batches of %s, rollups %s: %.3gx (at least %.3gx) of %gx", thousands(int64(i.Batch)), yes(i.Rollups),
				i.Ratio.Median, i.Ratio.Low, i.Floor)
		}
	}
	for _, s := range r.Storage {
		if s.Floor > 0 && s.PerRow > s.Floor {
			list.add("W7 %s: %.1f bytes an event, at most %g were wanted", s.Layout, s.PerRow, s.Floor)
		}
	}
	list = append(list, r.missedPoints()...)
	for i := range r.Freshness {
		f := &r.Freshness[i]
		for _, l := range f.Seen {
			if f.Floor > 0 && l.AckP99 > f.Floor {
				list.add("freshness at %s events/s, %s: p99 %.0f ms after the acknowledgement of %.0f (%.0f after rows were due)",
					thousands(f.Rate), l.Table, l.AckP99, f.Floor, l.P99)
			}
		}
	}
	for _, s := range r.Systems {
		if s.Name == Freshet && s.PeakRSS > memoryMax {
			list.add("memory: %.2f GiB at most for load and all questions, %d were wanted", gib(s.PeakRSS), memoryMax>>30)
		}
	}
	for _, s := range r.Sharded {
		if s.PeakRSS > memoryMax {
			list.add("memory, %s: %.2f GiB at most for load and all questions, %d were wanted", s.Name, gib(s.PeakRSS), memoryMax>>30)
		}
	}
	return append(list, r.missedMeans()...)
}

// memoryMax is what loading and all questions may take.
const memoryMax = 3 << 30

// Floors of the point query, from the table and from rollups.
const (
	pointP50 = 0.7 // ms
	pointP99 = 2   // ms
	pointQPS = 3000
)

const (
	// leastRatio is what no question of W5 may fall below.
	leastRatio = 0.9
	// floorRows is the number of events that the floors are for.
	floorRows = 10_000_000
)

// missedPoints tells what either way of asking for points misses.
func (r *Report) missedPoints() []string {
	var list findings
	for i := range r.Points {
		p := &r.Points[i]
		switch {
		case p.System != Freshet && p.System != FreshetExpert:
			continue
		case p.Void != "":
			list.add("W4 %s: void, %s", p.System, firstLine(p.Void))
			continue
		case p.P50 > pointP50 || p.P99 > pointP99:
			list.add("W4 %s: p50 %.2f ms and p99 %.2f, %g and %d were wanted", p.System, p.P50, p.P99, pointP50, pointP99)
		}
		if p.QPS < pointQPS {
			list.add("W4 %s: %.0f a second from %d clients, %d were wanted", p.System, p.QPS, p.Clients, pointQPS)
		}
	}
	return list
}

// missedMeans: the scans are held to their geometric mean and a least ratio each.
func (r *Report) missedMeans() []string {
	var list findings
	for _, work := range r.works() {
		want := 0.0
		for _, a := range r.asked(work) {
			if a.Geometric {
				want = a.SameFloor
			}
		}
		same, _, least := r.means(work)
		if want > 0 && same < want {
			list.add("%s: geometric mean %.2fx of %gx", work, same, want)
		}
		if want > 0 && work == "W5" && least < leastRatio {
			list = append(list, r.belowLeast(work)...)
		}
	}
	return list
}

// belowLeast names the questions of a work that are slower than any may be.
func (r *Report) belowLeast(work string) []string {
	var list findings
	for _, a := range r.asked(work) {
		if a.Same.Median > 0 && a.Same.Median < leastRatio {
			list.add("%s %s: %.2fx, no question below %gx was wanted", work, a.Name, a.Same.Median, leastRatio)
		}
	}
	return list
}

// means are the geometric means of a work's ratios and the least of the first.
func (r *Report) means(work string) (same, expert, least float64) {
	var x, y []float64
	for _, a := range r.asked(work) {
		if a.Void != "" {
			continue
		}
		if a.Same.Median > 0 {
			x = append(x, a.Same.Median)
		}
		if a.Expert.Median > 0 {
			y = append(y, a.Expert.Median)
		}
	}
	if len(x) > 0 {
		least = slices.Min(x)
	}
	return GeometricMean(x), GeometricMean(y), least
}

// below tells which floor an answer misses: by its lower bound it is not shown to be
// reached. What had no peer to be held against is neither.
func (a *Answer) below() []string {
	var list findings
	if a.Void != "" || a.Geometric {
		return nil
	}
	if a.SameFloor > 0 && a.Same.Median > 0 && a.Same.Low < a.SameFloor {
		list.add("same schema: %.3gx (at least %.3gx, by CPU %.3gx; with our rollups %.3gx) of %gx", a.Same.Median, a.Same.Low,
			a.SameCPU, a.Rollups.Median, a.SameFloor)
	}
	if a.ExpFloor > 0 && a.Expert.Median > 0 && a.Expert.Low < a.ExpFloor {
		list.add("expert: %.3gx (at least %.3gx, by CPU %.3gx) of %gx", a.Expert.Median, a.Expert.Low, a.ExpertCPU, a.ExpFloor)
	}
	return list
}
