package bind

import (
	"slices"
	"strings"
	"sync"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/chcode"
	"github.com/freshetdb/freshet/columnar/expr"
	"github.com/freshetdb/freshet/columnar/types"
	"github.com/freshetdb/freshet/query/plan"
)

// windowFunc is a function that only windows have.
type windowFunc struct {
	name    string // as the plan has it
	anyCase bool
	aliases []string // in their case
	bind    func(b *Binder, c *windowCall) (types.Type, error)
	// frame is the only frame that the function takes, which is also its
	// default; nil: any.
	frame *plan.Frame
	// implicit is set when not even that frame may be written out.
	implicit bool
	ordered  bool // ORDER BY must be given
	about    string
	syntax   string
}

// whole is the frame of a whole partition.
func whole() *plan.Frame {
	return &plan.Frame{Start: plan.FrameBound{Kind: plan.Unbounded}, End: plan.FrameBound{Kind: plan.Unbounded, Following: true}}
}

// windowFuncs are the functions that are no aggregates.
var windowFuncs = sync.OnceValue(func() []windowFunc {
	return []windowFunc{
		{name: "row_number", anyCase: true, bind: ranking(types.UInt64), syntax: "row_number()", about: "Number of the row in its partition, from 1."},
		{name: "rank", anyCase: true, bind: ranking(types.UInt64), syntax: "rank()", about: "Number of the first of the row's peers."},
		{name: "dense_rank", anyCase: true, aliases: []string{"denseRank"}, bind: ranking(types.UInt64), syntax: "dense_rank()", about: "Number of the row's group of peers, from 1."},
		{name: "percent_rank", anyCase: true, aliases: []string{"percentRank"}, bind: ranking(types.Float64), frame: whole(), syntax: "percent_rank()", about: "(rank - 1) / (rows of the partition - 1)."},
		{name: "cume_dist", bind: ranking(types.Float64), frame: whole(), syntax: "cume_dist()", about: "Part of the partition's rows up to the row's last peer."},
		{name: "ntile", anyCase: true, bind: bindNtile, frame: whole(), ordered: true, syntax: "ntile(buckets)", about: "Number of the row's bucket when the partition is cut into equal ones."},
		{name: "lag", anyCase: true, bind: bindLag, frame: whole(), implicit: true, syntax: "lag(x[, offset[, default]])", about: "x of the row offset rows before."},
		{name: "lead", anyCase: true, bind: bindLag, frame: whole(), implicit: true, syntax: "lead(x[, offset[, default]])", about: "x of the row offset rows after."},
		{name: "lagInFrame", bind: bindLag, syntax: "lagInFrame(x[, offset[, default]])", about: "x of the row offset rows before, inside the frame."},
		{name: "leadInFrame", bind: bindLag, syntax: "leadInFrame(x[, offset[, default]])", about: "x of the row offset rows after, inside the frame."},
		{name: "nth_value", anyCase: true, bind: bindNthValue, syntax: "nth_value(x, n)", about: "x of the n-th row of the frame."},
	}
})

func windowFuncOf(name string) (windowFunc, bool) {
	for _, f := range windowFuncs() {
		if f.name == name || (f.anyCase && strings.EqualFold(f.name, name)) || slices.Contains(f.aliases, name) {
			return f, true
		}
	}
	return windowFunc{}, false
}

// WindowInfo describes a window function for system.functions.
type WindowInfo struct {
	Name            string
	Aliases         []string
	CaseInsensitive bool
	Syntax          string
	Description     string
}

// WindowFunctions lists the functions that only windows have.
func WindowFunctions() []WindowInfo {
	var out []WindowInfo
	for _, f := range windowFuncs() {
		out = append(out, WindowInfo{f.name, f.aliases, f.anyCase, f.syntax, f.about})
	}
	return out
}

// ranking is the binding of functions that look at no arguments.
func ranking(k types.Kind) func(*Binder, *windowCall) (types.Type, error) {
	return func(_ *Binder, c *windowCall) (types.Type, error) {
		c.args = nil
		return types.Of(k), nil
	}
}

func bindNtile(b *Binder, c *windowCall) (types.Type, error) {
	if len(c.args) != 1 {
		return types.Type{}, chcode.Errorf(chcode.NumberOfArgumentsDoesntMatch, "Function ntile takes exactly one argument")
	}
	switch c.args[0].Type().Kind {
	case types.UInt8, types.UInt16, types.UInt32, types.UInt64:
	default:
		return types.Type{}, chcode.Errorf(chcode.BadArguments,
			"'ntile' argument type must be an unsigned integer (not larger than 64-bit), got %s", c.args[0].Type())
	}
	k, ok := c.args[0].(*expr.Const)
	if !ok {
		return types.Type{}, chcode.Errorf(chcode.BadArguments, "Argument of 'ntile' function must be a constant")
	}
	n, err := b.integer(k)
	if err != nil {
		return types.Type{}, err
	}
	if n < 1 {
		return types.Type{}, chcode.Errorf(chcode.BadArguments, "Argument of 'ntile' function must be greater than zero")
	}
	return types.Of(types.UInt64), nil
}

// bindLag binds value, offset and default of lag and its kin.
func bindLag(b *Binder, c *windowCall) (types.Type, error) {
	name := c.Func
	switch {
	case len(c.args) == 0:
		return types.Type{}, chcode.Errorf(chcode.TooFewArgumentsForFunction, "Function %s takes at least one argument", name)
	case len(c.args) > 3:
		return types.Type{}, chcode.Errorf(chcode.TooManyArgumentsForFunction,
			"Function '%s' accepts at most 3 arguments, %d given", name, len(c.args))
	}
	t := plainType(c.args[0].Type())
	if len(c.args) > 1 {
		if err := b.rowOffset(c, 1, 0); err != nil {
			return types.Type{}, err
		}
	}
	if len(c.args) > 2 {
		given := c.args[2].Type()
		super, err := expr.Supertype(t, given)
		if err != nil {
			return types.Type{}, chcode.Errorf(chcode.BadArguments,
				"There is no supertype for the argument type '%s' and the default value type '%s'", t, given)
		}
		if !plainType(super).Equal(t) {
			return types.Type{}, chcode.Errorf(chcode.BadArguments,
				"The supertype '%s' for the argument type '%s' and the default value type '%s' is not the same as the argument type",
				super, t, given)
		}
		if c.args[2], err = b.castTo(c.args[2], t); err != nil {
			return types.Type{}, err
		}
	}
	return t, nil
}

func bindNthValue(b *Binder, c *windowCall) (types.Type, error) {
	if len(c.args) != 2 {
		return types.Type{}, chcode.Errorf(chcode.NumberOfArgumentsDoesntMatch, "Function nth_value takes exactly two arguments")
	}
	return plainType(c.args[0].Type()), b.rowOffset(c, 1, 1)
}

// rowOffset makes argument i an Int64; a constant must be at least least. Other
// values are looked at when the query runs.
func (b *Binder) rowOffset(c *windowCall, i int, least int64) error {
	e := c.args[i]
	if !e.Type().Kind.IsInteger() || e.Type().Nullable {
		return chcode.Errorf(chcode.BadArguments, "Offset must be an integer, '%s' given", e.Type())
	}
	if k, ok := e.(*expr.Const); ok {
		n, err := b.integer(k)
		if err != nil {
			return err
		}
		if n < least {
			return chcode.Errorf(chcode.BadArguments,
				"The offset for function %s must be in (%d, 9223372036854775807], %d given", c.Func, least, n)
		}
	}
	cast, err := expr.NewCast(b.expr, e, types.Of(types.Int64), expr.CastInternal)
	if err != nil {
		return err
	}
	c.args[i], err = expr.Fold(b.expr, cast)
	return err
}

// integer is the value of an integer constant.
func (b *Binder) integer(k *expr.Const) (int64, error) {
	cast, err := expr.NewCast(b.expr, k, types.Of(types.Int64), expr.CastInternal)
	if err != nil {
		return 0, err
	}
	v, err := expr.Eval(b.expr, cast, &batch.Batch{Rows: 1})
	if err != nil {
		return 0, err
	}
	return batch.Values[int64](v)[0], nil
}

// plainType is t without LowCardinality.
func plainType(t types.Type) types.Type {
	t.LowCard = false
	return t
}
