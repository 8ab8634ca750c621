// Package roofline tells a benchmark how long its work takes at the least on the machine that it runs on. Tests alone
// import it.
//
// It is the roofline model (Williams, Waterman, Patterson 2009): whatever a loop does, the bytes that it reads and
// writes pass at the speed of the memory or of the cache that holds them, and its steps at one a cycle. Memory and
// steps overlap, so the bound is the longest of these times, not their sum. A loop that takes one or two times its
// bound can only be made faster by doing less; what takes many times its bound does something else besides.
package roofline

import "testing"

// Work is what an operation of a benchmark can't avoid to do. What is left out takes no time.
//
// The memory that an operation goes through is taken to be Read+Write bytes: where that is little, it lies in a cache
// from the operation before, and passes at the speed of that cache.
type Work struct {
	Rows   int // what the time is divided by: rows, values or members
	Read   int // bytes, one after the other
	Write  int // bytes, one after the other; as many of these as are read, too, pass no faster than a copy
	Gather int // look-ups in any order, none of which waits for another one
	Table  int // bytes of what these look into
	Steps  int // rounds of loops, where nothing does several at once
	Cores  int // that share the work; one unless it is given
}

// Report adds three metrics to a benchmark whose operations are w: its time a row, the bound, and how many times the bound it
// takes. It is called after the last operation, and ends the timing.
func Report(b *testing.B, w Work) {
	b.Helper()
	b.StopTimer()
	own := float64(b.Elapsed().Nanoseconds()) / float64(b.N)
	least := thisMachine().least(w)
	b.ReportMetric(own/float64(w.Rows), "ns/row")
	b.ReportMetric(least/float64(w.Rows), "bound-ns/row")
	b.ReportMetric(own/least, "x-bound")
}

// machine is the speeds of one core.
type machine struct {
	levels []level // the smallest first
	step   float64 // ns
}

// level is the speeds of memory of so many bytes: what holds them is the caches, or memory behind them.
type level struct {
	size                      int
	read, write, copy, gather float64 // ns for a byte; for a look-up
}

// least is the bound of one operation, in ns.
func (m *machine) least(w Work) float64 {
	l := m.level(w.Read + w.Write)
	return max(
		float64(w.Read)*l.read, float64(w.Write)*l.write, float64(min(w.Read, w.Write))*l.copy,
		float64(w.Gather)*m.level(w.Table).gather, float64(w.Steps)*m.step,
	) / float64(max(w.Cores, 1))
}

// level is the greatest level that is not greater than size, so that the bound is never too high.
func (m *machine) level(size int) *level {
	i := 0
	for i+1 < len(m.levels) && m.levels[i+1].size <= size {
		i++
	}
	return &m.levels[i]
}
