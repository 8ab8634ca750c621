package exec

import (
	"context"
	"errors"
	"fmt"
	"math"
	"reflect"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/freshetdb/freshet/columnar/agg"
	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/chcode"
	"github.com/freshetdb/freshet/columnar/ledger"
	"github.com/freshetdb/freshet/columnar/types"
	"github.com/freshetdb/freshet/index/roofline"
)

// texts is a dictionary in memory.
type texts struct{ list []string }

func (d *texts) Len() int                           { return len(d.list) }
func (d *texts) Value(sym uint32) []byte            { return []byte(d.list[sym]) }
func (d *texts) Hash128(sym uint32) (hi, lo uint64) { return uint64(sym), mix(uint64(sym)) }

func (d *texts) Lookup(v []byte) (uint32, bool) {
	for i, t := range d.list {
		if t == string(v) {
			return uint32(i), true
		}
	}
	return 0, false
}

func values(v *batch.Vector) []string {
	out := make([]string, v.Len)
	for i := range out {
		switch {
		case v.IsNull(i):
			out[i] = "NULL"
		default:
			one := v.Slice(i, i+1).Expand()
			if one.Type.IsString() {
				out[i] = string(one.Bytes(0))
			} else if l, ok := one.Data.(batch.Lists); ok {
				out[i] = fmt.Sprint(values(l.Elems.Slice(int(l.Offsets[0]), int(l.Offsets[1]))))
			} else {
				out[i] = fmt.Sprint(reflect.ValueOf(one.Data).Index(0))
			}
		}
	}
	return out
}

// drawWindow makes rows in order: partition, key, and arguments.
func drawWindow(t *rapid.T) (*batch.Batch, WindowSpec) {
	n := rapid.IntRange(0, 300).Draw(t, "rows")
	part, key := batch.NewBuilder(types.Of(types.UInt8), n), batch.NewBuilder(types.MustParse("Nullable(Int32)"), n)
	num, text := batch.NewBuilder(types.MustParse("Nullable(Int16)"), n), batch.Symbols{Dict: &texts{[]string{"", "a", "b", "c", "dd"}}}
	p, k := uint8(0), int32(0)
	var plain []int64
	var float []float64
	nan := rapid.SampledFrom([]float64{math.NaN(), 3}).Draw(t, "NaN")
	for range n {
		if rapid.IntRange(0, 40).Draw(t, "next") == 0 {
			p, k = p+1, 0
		}
		k += int32(rapid.IntRange(0, 2).Draw(t, "step"))
		part.U8 = append(part.U8, p)
		key.I32 = append(key.I32, k)
		key.NotNull()
		num.I16 = append(num.I16, int16(rapid.IntRange(-9, 9).Draw(t, "value")))
		num.NotNull()
		text.Codes = append(text.Codes, uint32(rapid.IntRange(0, 4).Draw(t, "code")))
		plain = append(plain, rapid.SampledFrom([]int64{math.MinInt64, -3, -2, 0, 1, 2, math.MaxInt64}).Draw(t, "plain"))
		float = append(float, rapid.SampledFrom([]float64{math.Inf(-1), -1.5, 0, 0.25, 7, nan}).Draw(t, "float"))
	}
	unsigned := make([]uint64, n)
	for i, x := range plain {
		unsigned[i] = uint64(x)
	}
	b := batch.New(nil, []*batch.Vector{
		part.Finish(), key.Finish(), num.Finish(),
		{Type: types.Of(types.String), Len: n, Data: text},
		batch.NewFixed(types.Of(types.Int64), plain, nil), batch.NewFixed(types.Of(types.UInt64), unsigned, nil),
		batch.NewFixed(types.Of(types.Float64), float, nil),
	}, n)
	return b, WindowSpec{Partition: []int{0}, Order: []Key{{Col: 1}}}
}

func drawBound(t *rapid.T, isEnd bool) FrameBound {
	b := FrameBound{Kind: rapid.SampledFrom([]BoundKind{Unbounded, CurrentRow, Offset}).Draw(t, "kind")}
	if b.Kind == Offset {
		b.Following, b.Offset = rapid.Bool().Draw(t, "following"), int64(rapid.SampledFrom([]int{0, 1, 3, 70, 150}).Draw(t, "offset"))
	}
	if b.Kind == Unbounded {
		b.Following = isEnd
	}
	return b
}

func bind(t interface{ Fatal(...any) }, name string, ts ...types.Type) agg.Func {
	f, err := agg.New(name, nil, ts)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// TestEveryWayOfAggregating holds all ways to follow frames against states made
// anew for every frame.
func TestEveryWayOfAggregating(t *testing.T) {
	num, text := types.MustParse("Nullable(Int16)"), types.Of(types.String)
	for _, tc := range []struct {
		f    agg.Func
		args []int
	}{
		{bind(t, "count"), nil},
		{bind(t, "count", num), []int{2}},
		{bind(t, "sum", num), []int{2}},
		{bind(t, "avg", num), []int{2}},
		{bind(t, "min", num), []int{2}},
		{bind(t, "avg", types.Of(types.Int64)), []int{4}},
		{bind(t, "avg", types.Of(types.UInt64)), []int{5}},
		{bind(t, "min", types.Of(types.Int64)), []int{4}},
		{bind(t, "max", types.Of(types.UInt64)), []int{5}},
		{bind(t, "max", types.Of(types.Float64)), []int{6}},
		{bind(t, "sum", types.Of(types.Float64)), []int{6}},
		{bind(t, "varPop", num), []int{2}},
		{bind(t, "covarSamp", types.Of(types.UInt8), num), []int{0, 2}},
		{bind(t, "sumIf", types.Of(types.Float64), types.Of(types.UInt8)), []int{6, 0}},
		{bind(t, "avgIf", num, types.Of(types.UInt8)), []int{2, 0}},
		{bind(t, "avgOrNull", types.Of(types.Int64)), []int{4}},
		{bind(t, "min", text), []int{3}},
		{bind(t, "argMax", text, types.Of(types.Int64)), []int{3, 4}},
		{bind(t, "argMin", types.Of(types.Int64), types.Of(types.UInt64)), []int{4, 5}},
		{bind(t, "anyLast", text), []int{3}},
		{bind(t, "first_value", types.Of(types.UInt64)), []int{5}},
		{bind(t, "max", text), []int{3}},
		{bind(t, "uniqExact", text), []int{3}},
		{bind(t, "groupArray", text), []int{3}},
		{bind(t, "argMin", text, num), []int{3, 2}},
		{bind(t, "quantile", num), []int{2}},
		{bind(t, "any", num), []int{2}},
	} {
		t.Run(tc.f.Name(), func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				b, spec := drawWindow(t)
				w := newWindowRows(&Env{}, b, spec)
				f := Frame{Rows: rapid.Bool().Draw(t, "rows frame"), Start: drawBound(t, false), End: drawBound(t, true)}
				s, err := w.frames(f)
				if err != nil {
					t.Fatal(err)
				}
				checkSpans(t, w, s)
				want := anew(w, tc.f, tc.args, s)
				for _, how := range []string{"chosen", "narrow", "wide", "merging", "chained", "chained by fives"} {
					if strings.HasPrefix(how, "chained") && !tc.f.Chains() {
						continue
					}
					if got := follow(t, w, tc.f, tc.args, f, how); !reflect.DeepEqual(got, want) {
						t.Fatalf("%s over %+v, %s:\ngot  %v\nwant %v\nlo %v\nhi %v", tc.f.Name(), f, how, got, want, s.lo, s.hi)
					}
				}
			})
		})
	}
}

// checkSpans looks whether frames stay in their partition and never go back.
func checkSpans(t *rapid.T, w *windowRows, s *spans) {
	for p := range len(w.partitions) - 1 {
		for i := w.partitions[p]; i < w.partitions[p+1] && int(i) < len(s.lo); i++ {
			if s.lo[i] < w.partitions[p] || s.hi[i] > w.partitions[p+1] || s.lo[i] > s.hi[i] {
				t.Fatalf("row %d sees [%d, %d) of partition [%d, %d)", i, s.lo[i], s.hi[i], w.partitions[p], w.partitions[p+1])
			}
			if i > 0 && (s.lo[i] < s.lo[i-1] || s.hi[i] < s.hi[i-1]) {
				t.Fatalf("the frame of row %d goes back", i)
			}
		}
	}
}

func anew(w *windowRows, f agg.Func, args []int, s *spans) []string {
	out := []string{}
	for i := range s.lo {
		st := f.New()
		st.Grow(1)
		a := &windowAgg{w: w, f: f, args: w.args(&WindowCall{Args: args})}
		st.AddAll(0, a.slice(s.lo[i], s.hi[i]), int(s.hi[i]-s.lo[i]))
		out = append(out, values(st.Finish(0, 1))[0])
	}
	return out
}

func follow(t *rapid.T, w *windowRows, f agg.Func, args []int, frame Frame, how string) []string {
	c := &WindowCall{Args: args, Frame: frame, Result: f.Result()}
	if how == "chosen" {
		v, err := Aggregate(f)(context.Background(), w, c)
		if err != nil {
			t.Fatal(err)
		}
		return values(v)
	}
	s, _ := w.frames(frame)
	a := &windowAgg{w: w, f: f, args: w.args(c), hold: ledger.ShareOf(nil)}
	which := a.distinct(s)
	a.out = batch.NewBuilder(f.Result(), 0)
	var err error
	switch how {
	case "narrow":
		err = a.narrow(context.Background())
	case "wide":
		err = a.wide(context.Background())
	case "chained":
		err = (&chaining{a: a, frames: chainFrames}).run(context.Background())
	case "chained by fives":
		err = (&chaining{a: a, frames: 5}).run(context.Background())
	default:
		m := &merging{a: a}
		for k := range a.lo {
			if err = m.move(a.lo[k], a.hi[k]); err != nil {
				break
			}
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	return values(a.out.Finish().Gather(which))
}

func numbersUpTo(n int) *batch.Batch {
	d := make([]uint64, n)
	for i := range d {
		d[i] = uint64(i)
	}
	return batch.New([]string{"n"}, []*batch.Vector{batch.NewFixed(types.Of(types.UInt64), d, nil)}, n)
}

func wideWindow(budget *ledger.Budget, n int) Operator {
	f, _ := agg.New("groupArray", nil, []types.Type{types.Of(types.UInt64)})
	return NewWindow(&Env{Budget: budget, Workers: 1}, One(NewRows(&Env{}, numbersUpTo(n))), WindowSpec{
		Order: []Key{{Col: 0}},
		Calls: []WindowCall{{
			Func: Aggregate(f), Args: []int{0}, Result: f.Result(),
			Frame: Frame{Rows: true, Start: FrameBound{Kind: Offset, Offset: 1000}, End: FrameBound{Kind: CurrentRow}},
		}},
		Names: []string{"n", "a"}, Types: []types.Type{types.Of(types.UInt64)},
	})
}

// TestWindowIsBounded: a window ends with the query's context and at its budget,
// and gives back what it took.
func TestWindowIsBounded(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	gone := errors.New("gone")
	cancel(gone)
	op := wideWindow(nil, 100_000)
	if _, err := op.Next(ctx); err == nil {
		t.Fatal("a cancelled window gave rows")
	}
	if err := op.Close(); err != nil {
		t.Fatal(err)
	}
	budget := ledger.New("query", 1<<20, nil)
	op = wideWindow(budget, 100_000)
	if _, err := op.Next(t.Context()); chcode.Of(err) != chcode.MemoryLimitExceeded {
		t.Fatalf("over its budget: %v", err)
	}
	if err := op.Close(); err != nil || budget.Used() != 0 {
		t.Fatalf("%d bytes are held after Close (%v)", budget.Used(), err)
	}
}

// BenchmarkWindow is the cost a row of the ways to follow frames.
func BenchmarkWindow(b *testing.B) {
	const n = 1 << 18
	rows := numbersUpTo(n)
	u64 := types.Of(types.UInt64)
	cumulative := Frame{Rows: true, End: FrameBound{Kind: CurrentRow}}
	sliding := Frame{Rows: true, Start: FrameBound{Kind: Offset, Offset: 1000}, End: FrameBound{Kind: CurrentRow}}
	for _, bc := range []struct {
		name, f string
		frame   Frame
	}{
		{"sum/cumulative", "sum", cumulative},
		{"sum/sliding", "sum", sliding},
		{"avg/sliding", "avg", sliding},
		{"min/cumulative", "min", cumulative},
		{"min/sliding", "min", sliding},
		{"stddevPop/cumulative", "stddevPop", cumulative},
		{"stddevPop/sliding", "stddevPop", sliding},
		{"uniqExact/cumulative", "uniqExact", cumulative},
		{"uniqExact/sliding", "uniqExact", sliding},
		{"quantile/sliding", "quantile", sliding},
	} {
		b.Run(bc.name, func(b *testing.B) {
			f := bind(b, bc.f, u64)
			for range b.N {
				w := newWindowRows(&Env{}, rows, WindowSpec{Order: []Key{{Col: 0}}})
				if _, err := Aggregate(f)(b.Context(), w, &WindowCall{Args: []int{0}, Frame: bc.frame, Result: f.Result()}); err != nil {
					b.Fatal(err)
				}
			}
			roofline.Report(b, roofline.Work{Rows: n, Read: 8 * n, Write: 8 * n, Steps: n})
		})
	}
}
