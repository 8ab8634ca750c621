package expr

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/kernel"
	"github.com/freshetdb/freshet/columnar/types"
)

// spanZones are zones of every kind of offset; whole tells whether it is whole hours.
var spanZones = []struct {
	name  string
	whole bool
}{
	{"UTC", true},
	{"Europe/Berlin", true},
	{"America/New_York", true},
	{"America/Sao_Paulo", true},
	{"Asia/Kolkata", false},
	{"Asia/Kathmandu", false},
	{"Pacific/Chatham", false},
	{"Australia/Lord_Howe", false},
}

// modelSpan is where the span of n units begins in which t lies, by the rule in
// timespan.go put as simply as can be. It is false for several hours on a day when
// the clock is changed; the answers in testdata/zones.tsv tell of those.
func modelSpan(loc *time.Location, whole bool, t int64, u types.Unit, n int64) (int64, bool) {
	date := func(t int64) string { return time.Unix(t, 0).In(loc).Format(time.DateOnly) }
	midnight := t - t%900
	for date(midnight-900) == date(t) {
		midnight -= 900
	}
	step := n * map[types.Unit]int64{types.Second: 1, types.Minute: 60, types.Hour: 3600, types.Day: 86400}[u]
	switch {
	case u == types.Day:
		return midnight, true
	case u == types.Minute || step%60 == 0 && u == types.Second || whole && (u == types.Second || n == 1):
		return t - t%step, true
	}
	_, before := time.Unix(midnight-1, 0).In(loc).Zone()
	_, after := time.Unix(midnight+90_000, 0).In(loc).Zone()
	return midnight + (t-midnight)/step*step, n == 1 || u != types.Hour || before == after
}

// TestSpansOfZones compares where spans begin with the model, for DateTime and for
// DateTime64, at random moments and around changes of clocks.
func TestSpansOfZones(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	ctx := Background()
	ctx.Zone = types.UTC
	for _, z := range spanZones {
		zone, err := types.LoadZone(z.name)
		if err != nil {
			t.Fatal(err)
		}
		loc, err := time.LoadLocation(z.name)
		if err != nil {
			t.Fatal(err)
		}
		var secs []uint32
		var ticks []int64
		for len(secs) < 200 {
			at := 200_000 + r.Int64N(3_900_000_000)
			if len(secs)%2 == 0 {
				if _, change := time.Unix(at, 0).In(loc).ZoneBounds(); !change.IsZero() && change.Unix() < 4_000_000_000 {
					at = change.Unix() - 10_000 + r.Int64N(20_000)
				}
			}
			secs, ticks = append(secs, uint32(at)), append(ticks, at*1000+r.Int64N(1000))
		}
		short := batch.NewFixed(types.Type{Kind: types.DateTime, Zone: zone}, secs, nil)
		long := batch.NewFixed(types.DateTime64Of(3, zone), ticks, nil)
		check := func(name string, u types.Unit, n int64, more ...Expr) {
			for _, v := range []*batch.Vector{short, long} {
				e, err := NewCall(ctx, name, append([]Expr{&Column{Pos: 0, Name: "t", T: v.Type}}, more...))
				if err != nil {
					t.Fatal(err)
				}
				out, err := Eval(ctx, e, &batch.Batch{Cols: []*batch.Vector{v}, Rows: v.Len})
				if err != nil {
					t.Fatal(err)
				}
				for i, got := range out.Data.([]uint32) {
					want, ok := modelSpan(loc, z.whole, int64(secs[i]), u, n)
					if ok && int64(got) != want {
						t.Errorf("%s of %d %s, %s(%d): %d, want %d", name, n, u, v.Type, secs[i], got, want)
					}
				}
			}
		}
		check("toStartOfDay", types.Day, 1)
		check("toStartOfHour", types.Hour, 1)
		check("toStartOfMinute", types.Minute, 1)
		check("toStartOfFiveMinutes", types.Minute, 5)
		check("toStartOfTenMinutes", types.Minute, 10)
		check("toStartOfFifteenMinutes", types.Minute, 15)
		check("timeSlot", types.Minute, 30)
		for _, u := range []types.Unit{types.Second, types.Minute, types.Hour} {
			for _, n := range []int64{1, 7, 10, 45, 120} {
				by := NewConst(batch.NewFixed(types.Type{Kind: types.Interval, Unit: u}, []int64{n}, nil))
				check("toStartOfInterval", u, n, by)
			}
		}
	}
}

// TestDaysFound walks over changes of clocks: days begin one after the other, and
// every moment lies in the day that was found.
func TestDaysFound(t *testing.T) {
	for _, name := range []string{"America/St_Johns", "America/Sao_Paulo", "Pacific/Apia", "America/Havana", "Africa/Monrovia"} {
		zone, err := types.LoadZone(name)
		if err != nil {
			t.Fatal(err)
		}
		clock := zone.Clock()
		f := dayFinder{clock: clock}
		last := int64(-1 << 62)
		for at := int64(0); at < 1_400_000_000; at += 1799 {
			day, start, even := f.find(at)
			if start > at || start < last || clock.Midnight(day) != start || at >= clock.Midnight(day+1) && clock.Midnight(day+1) > start {
				t.Fatalf("%s: %d lies in day %d, which begins at %d, the last one at %d", name, at, day, start, last)
			}
			if even && kernel.FloorDiv(clock.Local(at), secondsPerDay) != day {
				t.Fatalf("%s: %d lies in day %d, not by the clock", name, at, day)
			}
			last = start
		}
	}
}
