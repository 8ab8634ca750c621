package engine

import (
	"fmt"
	"math"
	"strings"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/chcode"
	"github.com/freshetdb/freshet/columnar/types"
	"github.com/freshetdb/freshet/query/exec"
	"github.com/freshetdb/freshet/query/plan"
)

// TableFunction implements bind.Catalog.
func (n names) TableFunction(name string, args []*batch.Vector) (*plan.Generate, error) {
	switch strings.ToLower(name) {
	case "numbers", "numbers_mt":
		return numbersFunction(name, args)
	case "zeros", "zeros_mt":
		count, err := wholeArgs(name, args, 1, 1)
		if err != nil {
			return nil, err
		}
		return zeros(name, count[0]), nil
	case "one":
		return oneRow(), nil
	default:
		return nil, chcode.Errorf(chcode.UnknownFunction, "Unknown table function %s", name)
	}
}

func numbersFunction(name string, args []*batch.Vector) (*plan.Generate, error) {
	n, err := wholeArgs(name, args, 0, 3)
	if err != nil {
		return nil, err
	}
	switch len(n) {
	case 0:
		return numbers(name, 0, math.MaxUint64, 1), nil
	case 1:
		return numbers(name, 0, n[0], 1), nil
	case 2:
		return numbers(name, n[0], n[1], 1), nil
	default:
		if n[2] == 0 {
			return nil, chcode.Errorf(chcode.BadArguments, "Table function %s: the step must not be zero", name)
		}
		return numbers(name, n[0], (n[1]+n[2]-1)/n[2], n[2]), nil
	}
}

// wholeArgs reads arguments that are numbers of rows.
func wholeArgs(name string, args []*batch.Vector, least, most int) ([]uint64, error) {
	if len(args) < least || len(args) > most {
		return nil, chcode.Errorf(chcode.NumberOfArgumentsDoesntMatch,
			"Table function %s takes %d to %d arguments, %d were given", name, least, most, len(args))
	}
	out := make([]uint64, len(args))
	for i, a := range args {
		n, ok := whole(a)
		if !ok {
			return nil, chcode.Errorf(chcode.BadArguments,
				"Argument %d of table function %s must be a whole number that is not negative", i+1, name)
		}
		out[i] = n
	}
	return out, nil
}

// whole is a constant as a number of rows.
func whole(v *batch.Vector) (uint64, bool) {
	if v.IsNull(0) {
		return 0, false
	}
	if v.Type.IsInteger() {
		n := v.Integer(0)
		return n, v.Type.IsUnsigned() || int64(n) >= 0
	}
	if d, ok := v.Data.([]float64); ok {
		return uint64(d[0]), d[0] >= 0 && d[0] == math.Trunc(d[0]) && d[0] < 1<<63
	}
	return 0, false
}

// series is rows that are computed from their number.
type series struct {
	names []string
	count uint64
	make  func(from, n uint64) []*batch.Vector
}

// Open implements plan.Source.
func (s series) Open() (func() (*batch.Batch, error), error) {
	pos := uint64(0)
	return func() (*batch.Batch, error) {
		n := min(s.count-pos, exec.GranuleRows)
		if n == 0 {
			return nil, nil
		}
		b := batch.New(s.names, s.make(pos, n), int(n))
		pos += n
		return b, nil
	}, nil
}

func numbers(name string, from, count, step uint64) *plan.Generate {
	t := types.Of(types.UInt64)
	return &plan.Generate{
		Label: fmt.Sprintf("%s(%d, %d)", name, from, count),
		Out:   []plan.Field{{Name: "number", Type: t}},
		Source: series{names: []string{"number"}, count: count, make: func(pos, n uint64) []*batch.Vector {
			out := make([]uint64, n)
			for i := range out {
				out[i] = from + (pos+uint64(i))*step
			}
			return []*batch.Vector{batch.NewFixed(t, out, nil)}
		}},
	}
}

func zeros(name string, count uint64) *plan.Generate {
	t := types.Of(types.UInt8)
	return &plan.Generate{
		Label: fmt.Sprintf("%s(%d)", name, count),
		Out:   []plan.Field{{Name: "zero", Type: t}},
		Source: series{names: []string{"zero"}, count: count, make: func(_, n uint64) []*batch.Vector {
			return []*batch.Vector{batch.NewFixed(t, make([]uint8, n), nil)}
		}},
	}
}

func oneRow() *plan.Generate {
	g := zeros("one", 1)
	g.Out[0].Name = "dummy"
	return g
}
