package exec

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/freshetdb/freshet/columnar/agg"
	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/expr"
	"github.com/freshetdb/freshet/columnar/types"
	"github.com/freshetdb/freshet/index/roofline"
)

const (
	benchEvents  = 10_000_000
	benchUsers   = 2_000_000
	benchWorkers = 2
)

// numbered is a dictionary whose values are their own numbers in text.
type numbered uint32

func (d *numbered) Len() int                           { return int(*d) }
func (d *numbered) Value(sym uint32) []byte            { return fmt.Appendf(nil, "u%08d", sym) }
func (d *numbered) Lookup([]byte) (uint32, bool)       { return 0, false }
func (d *numbered) Hash128(sym uint32) (hi, lo uint64) { return uint64(sym), mix(uint64(sym)) }

// benchInput is events in random order of users, sorted by time: user, ts, whether
// the action was an exposure, a click or a purchase, and a sparse number of the
// user.
var benchInput = sync.OnceValue(func() *batch.Batch {
	r := rand.New(rand.NewPCG(1, 2))
	users := make([]uint32, benchEvents)
	ts := make([]uint32, benchEvents)
	var acts [3][]uint8
	for k := range acts {
		acts[k] = make([]uint8, benchEvents)
	}
	for i := range users {
		users[i] = r.Uint32N(benchUsers)
		ts[i] = uint32(i / (benchEvents / (3 * 86400)))
		switch x := r.IntN(100); {
		case x < 80:
			acts[0][i] = 1
		case x < 95:
			acts[1][i] = 1
		default:
			acts[2][i] = 1
		}
	}
	dict := numbered(benchUsers)
	cols := []*batch.Vector{
		{Type: types.Of(types.String), Len: benchEvents, Data: batch.Symbols{Codes: users, Dict: &dict}},
		batch.NewFixed(types.MustParse("DateTime"), ts, nil),
	}
	ids := make([]uint64, benchEvents)
	for i, u := range users {
		ids[i] = mix(uint64(u))
	}
	for _, a := range acts {
		cols = append(cols, batch.NewFixed(types.Of(types.UInt8), a, nil))
	}
	cols = append(cols, batch.NewFixed(types.Of(types.UInt64), ids, nil))
	return batch.New([]string{"user", "ts", "exposure", "click", "purchase", "id"}, cols, benchEvents)
})

// taker gives granules of a batch that it shares with others.
type taker struct {
	all  *batch.Batch
	next *atomic.Int64
}

func (t *taker) Next(context.Context) (*batch.Batch, error) {
	lo := int(t.next.Add(GranuleRows)) - GranuleRows
	if lo >= t.all.Rows {
		return nil, nil
	}
	return t.all.Slice(lo, min(lo+GranuleRows, t.all.Rows)), nil
}

func (t *taker) Close() error { return nil }

func takers(b *batch.Batch, n int) Streams {
	next := &atomic.Int64{}
	ops := make([]Operator, n)
	for i := range ops {
		ops[i] = &taker{all: b, next: next}
	}
	return Streams{Groups: [][]Operator{ops}}
}

func columnOf(b *batch.Batch, i int) expr.Expr {
	return &expr.Column{Pos: i, Name: b.Names[i], T: b.Cols[i].Type}
}

// BenchmarkGroupBy groups 10 million events by 2 million users. A group has a number of four bytes for each call at the
// least, three bits for retention and the time of an event for a funnel; a sparse key stands there as well.
func BenchmarkGroupBy(b *testing.B) {
	in := benchInput()
	ts := columnOf(in, 1)
	window := []*batch.Vector{batch.NewFixed(types.Of(types.UInt16), []uint16{3600}, nil)}
	cond := []expr.Expr{ts, columnOf(in, 2), columnOf(in, 3), columnOf(in, 4)}
	type calls struct {
		funcs []agg.Func
		args  [][]expr.Expr
	}
	call := func(c calls, name string, params []*batch.Vector, args ...expr.Expr) calls {
		typ := make([]types.Type, len(args))
		for i, a := range args {
			typ[i] = a.Type()
		}
		f, err := agg.New(name, params, typ)
		if err != nil {
			b.Fatal(err)
		}
		return calls{append(c.funcs, f), append(c.args, args)}
	}
	for _, bc := range []struct {
		name  string
		key   int
		calls calls
		read  int // bytes a row
		table int // bytes of all groups
	}{
		{"users/count", 0, call(calls{}, "count", nil), 4, 4 * benchUsers},
		{"users/countMinMax", 0, call(call(call(calls{}, "count", nil), "min", nil, ts), "max", nil, ts), 8, 12 * benchUsers},
		{"users/funnel", 0, call(calls{}, "windowFunnel", window, cond...), 4 + 4 + 3, 4 * benchUsers},
		{"users/retention", 0, call(calls{}, "retention", nil, cond[1:]...), 4 + 3, 3 * benchUsers / 8},
		{"ids/countMinMax", 5, call(call(call(calls{}, "count", nil), "min", nil, ts), "max", nil, ts), 12, (8 + 12) * benchUsers},
		{"seconds/count", 1, call(calls{}, "count", nil), 4, 4 * 3 * 86400},
	} {
		b.Run(bc.name, func(b *testing.B) {
			var before syscall.Rusage
			_ = syscall.Getrusage(syscall.RUSAGE_SELF, &before)
			for range b.N {
				env := &Env{Expr: &expr.Ctx{}, Progress: &Progress{}, Workers: benchWorkers}
				op := NewAggregate(env, []AggregateInput{{
					Streams: takers(in, benchWorkers), Keys: []expr.Expr{columnOf(in, bc.key)}, Args: bc.calls.args,
				}}, bc.calls.funcs, make([]string, 1+len(bc.calls.funcs)))
				rows := 0
				for {
					out, err := op.Next(b.Context())
					if err != nil {
						b.Fatal(err)
					}
					if out == nil {
						break
					}
					rows += out.Rows
				}
				if rows < 200_000 {
					b.Fatalf("%d groups", rows)
				}
			}
			var after syscall.Rusage
			_ = syscall.Getrusage(syscall.RUSAGE_SELF, &after)
			b.ReportMetric(float64(after.Utime.Nano()-before.Utime.Nano())/float64(b.N)/benchEvents, "cpu-ns/row")
			roofline.Report(b, roofline.Work{
				Rows: benchEvents, Read: bc.read * benchEvents, Gather: benchEvents, Table: bc.table, Steps: benchEvents, Cores: benchWorkers,
			})
		})
	}
}
