package gen

import (
	"context"
	"fmt"
	"io"
	"math"
	"slices"
)

// Shape is what a stream was found to be.
type Shape struct {
	Rows                      int64
	Contents, Users, Authors  int
	Cities, Channels          int
	Versions, Systems         int
	ByAction                  [len(actions)]int64
	HotShare                  float64 // of the most popular content
	Slope                     float64 // of the contents' frequencies by rank, between the ranks 1 and 1,000
	Late, VeryLate            float64 // shares behind the newest row: by more than 30 s, by more than lateMax
	PeakHour, LeastHour       int
	Paid                      float64 // share of rows with an amount
	BytesOfJSON, BytesOfCSV   float64 // a row
	contents, users           []int32
	authors                   []bool
	city, channel, version, o []int64
}

// measureEvery is how many rows pass between two looks at the context.
const measureEvery = 1 << 14

// Measure makes all rows of a feed and counts.
func (f *Feed) Measure(ctx context.Context) (*Shape, error) {
	s := &Shape{
		Rows: f.cfg.Rows, contents: make([]int32, Contents), users: make([]int32, Users), authors: make([]bool, Authors),
		city: make([]int64, len(cities)), channel: make([]int64, len(channels)), version: make([]int64, len(versions)),
		o: make([]int64, len(systems)),
	}
	var hours [24]int64
	var last, late, veryLate, paid int64
	for i := range f.cfg.Rows {
		if i%measureEvery == 0 && ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		e := f.At(i)
		s.count(&e)
		hours[e.Unix%secondsOfDay/3600]++
		if e.Unix+30 < last {
			late++
		}
		if e.Unix+int64(lateMax.Seconds()) < last {
			veryLate++
		}
		if e.Cents > 0 {
			paid++
		}
		last = max(last, e.Unix)
	}
	n := float64(max(s.Rows, 1))
	s.Late, s.VeryLate, s.Paid = float64(late)/n, float64(veryLate)/n, float64(paid)/n
	s.PeakHour, s.LeastHour = slices.Index(hours[:], slices.Max(hours[:])), slices.Index(hours[:], slices.Min(hours[:]))
	s.finish()
	s.sizes(f)
	return s, nil
}

func (s *Shape) count(e *Event) {
	s.contents[e.Content]++
	s.users[e.User]++
	s.authors[e.Author] = true
	s.city[e.City]++
	s.channel[e.Channel]++
	s.version[e.Version]++
	s.o[e.OS]++
	s.ByAction[e.Action]++
}

func (s *Shape) finish() {
	s.Contents, s.Users = present(s.contents), present(s.users)
	for _, seen := range s.authors {
		if seen {
			s.Authors++
		}
	}
	s.Cities, s.Channels, s.Versions, s.Systems = present(s.city), present(s.channel), present(s.version), present(s.o)
	slices.Sort(s.contents)
	slices.Reverse(s.contents)
	s.HotShare = float64(s.contents[0]) / float64(max(s.Rows, 1))
	s.Slope = math.Log(float64(s.contents[0])/float64(max(s.contents[999], 1))) / math.Log(1000)
}

func present[T int32 | int64](counts []T) int {
	n := 0
	for _, c := range counts {
		if c > 0 {
			n++
		}
	}
	return n
}

// sizes measures the text of a sample of rows.
func (s *Shape) sizes(f *Feed) {
	const sample = 10_000
	x, n := f.Encoder(), int64(0)
	var line []byte
	for i := int64(0); i < s.Rows; i += max(s.Rows/sample, 1) {
		line = x.JSON(line[:0], i)
		s.BytesOfJSON += float64(len(line))
		line = x.CSV(line[:0], i)
		s.BytesOfCSV += float64(len(line))
		n++
	}
	s.BytesOfJSON /= float64(max(n, 1))
	s.BytesOfCSV /= float64(max(n, 1))
}

// Print writes the shape for people.
func (s *Shape) Print(w io.Writer) error {
	_, err := fmt.Fprintf(w, `rows             %d (%.1f bytes of JSON, %.1f of CSV)
distinct         %d contents, %d users, %d authors, %d provinces, %d cities, %d channels, %d versions, %d systems
Zipf slope       %.2f of contents between rank 1 and 1,000; the first has %.1f %% of the rows
late             %.2f %% by more than 30 s, %.3f %% by more than %s
hours            most rows at %d:00, least at %d:00
with an amount   %.2f %%
`, s.Rows, s.BytesOfJSON, s.BytesOfCSV, s.Contents, s.Users, s.Authors, len(provinces), s.Cities, s.Channels, s.Versions, s.Systems,
		s.Slope, 100*s.HotShare, 100*s.Late, 100*s.VeryLate, lateMax, s.PeakHour, s.LeastHour, 100*s.Paid)
	for a, n := range s.ByAction {
		if err == nil {
			_, err = fmt.Fprintf(w, "  %-14s %.2f %%\n", actions[a], 100*float64(n)/float64(max(s.Rows, 1)))
		}
	}
	return err
}
