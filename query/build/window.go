package build

import (
	"errors"
	"fmt"

	"github.com/freshetdb/freshet/query/exec"
	"github.com/freshetdb/freshet/query/plan"
)

func (b *builder) window(n *plan.Window, in exec.Streams) (exec.Streams, error) {
	names, _ := columns(n)
	_, ts := columns(n.Input)
	spec := exec.WindowSpec{Partition: n.Partition, Order: sortKeys(n.Order), Sorted: n.Sorted(), Names: names, Types: ts}
	for _, c := range n.Calls {
		f, err := windowFunc(c)
		if err != nil {
			return exec.Streams{}, errors.Join(err, in.Close())
		}
		spec.Calls = append(spec.Calls, exec.WindowCall{Func: f, Args: c.Args, Frame: frame(c.Frame), Result: c.Result})
	}
	return exec.One(exec.NewWindow(b.env, in, spec)), nil
}

func frame(f plan.Frame) exec.Frame {
	return exec.Frame{Rows: f.Rows, Start: frameBound(f.Start), End: frameBound(f.End)}
}

func frameBound(b plan.FrameBound) exec.FrameBound {
	kind := exec.Offset
	switch b.Kind {
	case plan.Unbounded:
		kind = exec.Unbounded
	case plan.CurrentRow:
		kind = exec.CurrentRow
	case plan.Offset:
	}
	return exec.FrameBound{Kind: kind, Following: b.Following, Offset: b.Offset}
}

func windowFunc(c plan.WindowCall) (exec.WindowFunc, error) {
	switch c.Func {
	case "":
		return exec.Aggregate(c.Agg), nil
	case "row_number":
		return exec.RowNumber, nil
	case "rank":
		return exec.Rank, nil
	case "dense_rank":
		return exec.DenseRank, nil
	case "percent_rank":
		return exec.PercentRank, nil
	case "cume_dist":
		return exec.CumeDist, nil
	case "ntile":
		return exec.Ntile, nil
	case "lag", "lagInFrame":
		return exec.Lag, nil
	case "lead", "leadInFrame":
		return exec.Lead, nil
	case "nth_value":
		return exec.NthValue, nil
	default:
		return nil, fmt.Errorf("build: unknown window function %s", c.Func)
	}
}
