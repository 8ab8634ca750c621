package exec

import (
	"context"
	"errors"
	"testing"

	"github.com/freshetdb/freshet/columnar/agg"
	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/expr"
	"github.com/freshetdb/freshet/columnar/types"
)

var errKilled = errors.New("killed")

// killer gives the same batch again and again, and cancels the query when it is asked for batch number after. It does
// not look at the context itself, and ends with batch number last.
type killer struct {
	batch       *batch.Batch
	cancel      context.CancelCauseFunc
	after, last int
	asked       int
}

func (k *killer) Next(context.Context) (*batch.Batch, error) {
	k.asked++
	if k.asked == k.after {
		k.cancel(errKilled)
	}
	if k.asked > k.last {
		return nil, nil
	}
	return k.batch, nil
}

func (k *killer) Close() error { return nil }

// TestOperatorsStopWhenCancelled cancels queries while an operator reads, and when it has read all.
func TestOperatorsStopWhenCancelled(t *testing.T) {
	env := &Env{Expr: expr.Background(), Progress: &Progress{}, Workers: 1}
	const rows = 600
	u32 := types.Of(types.UInt32)
	ones := make([]uint32, rows)
	b := batch.New([]string{"x", "y"}, []*batch.Vector{batch.NewFixed(u32, counting(rows), nil), batch.NewFixed(u32, ones, nil)}, rows)
	x := &expr.Column{Pos: 0, Name: "x", T: u32}
	never := expr.NewConst(batch.NewFixed(types.Of(types.UInt8), []uint8{0}, nil))
	sum, err := agg.New("sum", nil, []types.Type{u32})
	if err != nil {
		t.Fatal(err)
	}
	join := func(right, left Operator) Operator {
		spec := JoinSpec{Residual: never, Names: []string{"x", "y", "x", "y"}, RightTypes: []types.Type{u32, u32}}
		return NewJoin(env, One(left), right, spec).Groups[0][0]
	}
	for name, over := range map[string]func(in Operator) Operator{
		"aggregate": func(in Operator) Operator {
			return NewAggregate(env, []AggregateInput{{Streams: One(in), Keys: []expr.Expr{x}, Args: [][]expr.Expr{{x}}}},
				[]agg.Func{sum}, []string{"x", "s"})
		},
		"sort": func(in Operator) Operator {
			return NewSort(env, One(in), []Key{{Col: 1}, {Col: 0}}, 0, b.Names, b.Types())
		},
		"bounded sort": func(in Operator) Operator {
			return NewSort(env, One(in), []Key{{Col: 1}, {Col: 0}}, 10, b.Names, b.Types())
		},
		"window": func(in Operator) Operator {
			return NewWindow(env, One(in), WindowSpec{
				Order: []Key{{Col: 0}}, Calls: []WindowCall{{Func: RowNumber, Result: types.Of(types.UInt64)}},
				Names: []string{"x", "y", "n"}, Types: b.Types(),
			})
		},
		"left of a join": func(in Operator) Operator { return join(NewRows(env, b), in) },
		"join that is built": func(in Operator) Operator {
			spec := JoinSpec{LeftKeys: []expr.Expr{x}, RightKeys: []expr.Expr{x}, RightTypes: b.Types(), Names: []string{"x", "y", "x", "y"}}
			return NewJoin(env, One(NewRows(env, b)), in, spec).Groups[0][0]
		},
	} {
		for _, after := range []int{2, 5} { // in the middle of four batches, and behind them
			ctx, cancel := context.WithCancelCause(t.Context())
			in := &killer{batch: b, cancel: cancel, after: after, last: 4}
			op := over(in)
			for {
				got, err := op.Next(ctx)
				if errors.Is(err, errKilled) {
					break
				}
				if name == "left of a join" && after == 5 && got == nil && err == nil {
					break // nothing is left to do
				}
				if err != nil || got == nil {
					t.Errorf("%s, cancelled at batch %d: %v", name, after, err)
					break
				}
			}
			if name != "join that is built" && after == 2 && in.asked > 3 {
				t.Errorf("%s, cancelled at batch %d: it read %d", name, after, in.asked)
			}
			if err := op.Close(); err != nil {
				t.Error(err)
			}
		}
	}
}

// TestSortStopsInTheMiddle sorts rows that are all ties by their first key, after the query was cancelled: it must not
// compare them all.
func TestSortStopsInTheMiddle(t *testing.T) {
	const n = 200_000
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	rows := make([]keyed, n)
	compared := 0
	sortTies(ctx, rows, []comparer{func(_, _ uint32) int { compared++; return 1 }})
	if compared > sortChecks {
		t.Errorf("%d comparisons", compared)
	}
}
