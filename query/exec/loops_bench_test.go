package exec

import (
	"testing"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/types"
	"github.com/freshetdb/freshet/index/roofline"
)

// benchGranules calls f with the keys and times of rows, a granule at a time, from the last granule on if it is backward.
func benchGranules(rows int, backward bool, f func(user, ts *batch.Vector, n int)) {
	in := benchInput()
	for at := 0; at < rows; at += GranuleRows {
		lo := at
		if backward {
			lo = (rows-1)/GranuleRows*GranuleRows - at
		}
		hi := min(lo+GranuleRows, rows)
		f(in.Cols[0].Slice(lo, hi), in.Cols[1].Slice(lo, hi), hi-lo)
	}
}

// BenchmarkTally counts keys by array: those of few places by several counters each, times that are rounded down by pairs
// as long as there are few.
func BenchmarkTally(b *testing.B) {
	const day = benchEvents / 3
	for _, c := range []struct {
		name  string
		rows  int
		step  uint64
		width int // bytes of a key
		table int // bytes of the counters
		key   func(user, ts *batch.Vector) *batch.Vector
	}{
		{"hours", day, 3600, 4, 4 * 24, second},
		{"minutes of a day", day, 60, 4, 4 * 1440, second},
		{"minutes of three days", benchEvents, 60, 4, 4 * 3 * 1440, second},
		{"seconds", benchEvents, 1, 4, 4 * 3 * 86400, second},
		{"users", benchEvents, 1, 4, 4 * benchUsers, func(user, _ *batch.Vector) *batch.Vector { return user }},
		{"users by their last digit", benchEvents, 1, 1, 4 * 10, lastDigits()},
	} {
		b.Run(c.name, func(b *testing.B) {
			for b.Loop() {
				y := &tally{step: c.step}
				y.share = func() float64 { return float64(y.seen) / float64(c.rows) }
				var key keyCol
				benchGranules(c.rows, false, func(user, ts *batch.Vector, n int) {
					v := c.key(user, ts)
					if key.coder == nil {
						key = newGroups([]types.Type{v.Type}).cols[0]
					}
					y.seen += n
					if !y.countKeys(&key, v, n) {
						b.Fatal("keys are not counted by array")
					}
				})
				y.leave()
			}
			roofline.Report(b, roofline.Work{Rows: c.rows, Read: c.width * c.rows, Gather: c.rows, Table: c.table, Steps: c.rows})
		})
	}
}

func second(_, ts *batch.Vector) *batch.Vector { return ts }

// lastDigits gives one granule of few keys, whatever it is asked for.
func lastDigits() func(user, ts *batch.Vector) *batch.Vector {
	digits := make([]uint8, GranuleRows)
	for i, u := range benchInput().Cols[0].Data.(batch.Symbols).Codes[:GranuleRows] {
		digits[i] = uint8(u % 10)
	}
	v := batch.NewFixed(types.Of(types.UInt8), digits, nil)
	return func(user, _ *batch.Vector) *batch.Vector { return v.Slice(0, user.Len) }
}

// BenchmarkStretches keeps the users of each minute, as rows in the order of time come. Whether a user is there
// is a bit of a bitmap.
func BenchmarkStretches(b *testing.B) {
	var groups [][]uint32
	benchGranules(benchEvents, false, func(_, ts *batch.Vector, n int) {
		minutes := make([]uint32, n)
		for i, s := range batch.Values[uint32](ts) {
			minutes[i] = s / minuteSeconds
		}
		groups = append(groups, minutes)
	})
	for b.Loop() {
		s, at := newStretches(benchUsers), 0
		benchGranules(benchEvents, false, func(user, _ *batch.Vector, _ int) {
			s.add(groups[at], user.Data.(batch.Symbols).Codes)
			at++
		})
		s.free()
	}
	roofline.Report(b, roofline.Work{Rows: benchEvents, Read: 8 * benchEvents, Write: 4 * benchEvents, Gather: benchEvents, Table: benchUsers / 8, Steps: benchEvents})
}

// BenchmarkFirstMinutes looks for new users: by a bitmap where rows come in the order of time, by an array of minutes else.
func BenchmarkFirstMinutes(b *testing.B) {
	for _, c := range []struct {
		name     string
		backward bool
		table    int
	}{{"in order", false, benchUsers / 8}, {"backward", true, 4 * benchUsers}} {
		b.Run(c.name, func(b *testing.B) {
			for b.Loop() {
				t := &firstTable{}
				benchGranules(benchEvents, c.backward, func(user, ts *batch.Vector, n int) { t.add(user, []*batch.Vector{ts}, n) })
				if t.isArray != c.backward {
					b.Fatal("not the way that is meant")
				}
				t.free()
			}
			roofline.Report(b, roofline.Work{Rows: benchEvents, Read: 8 * benchEvents, Gather: benchEvents, Table: c.table, Steps: benchEvents})
		})
	}
}

// BenchmarkRadix puts the rows of granules in order of tables: each row's table is counted, then the row and its key are
// put into their places.
func BenchmarkRadix(b *testing.B) {
	in := benchInput()
	for _, c := range []struct {
		name  string
		key   *batch.Vector
		width int // bytes of a key
		by    *agreement
	}{
		{"dense", in.Cols[0], 4, &agreement{dense: true, dicts: []batch.Dictionary{in.Cols[0].Data.(batch.Symbols).Dict}}},
		{"by hash", in.Cols[5], 8, &agreement{dicts: []batch.Dictionary{nil}}},
	} {
		b.Run(c.name, func(b *testing.B) {
			r := newRadix([]types.Type{c.key.Type}, nil, c.by)
			keys := []*batch.Vector{c.key.Slice(0, GranuleRows)}
			for b.Loop() {
				r.scatter(keys, GranuleRows)
			}
			roofline.Report(b, roofline.Work{Rows: GranuleRows, Read: c.width * GranuleRows, Write: (4 + 8) * GranuleRows, Steps: 2 * GranuleRows})
		})
	}
}
