package agg

import (
	"slices"
	"strings"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/chcode"
	"github.com/freshetdb/freshet/columnar/types"
)

// combinatorsMax bounds the suffixes of one name.
const combinatorsMax = 8

// call is a name with parameters and argument types on its way to a core.
type call struct {
	name   string
	params []*batch.Vector
	args   []types.Type // without LowCardinality
	depth  int          // combinators taken off
}

// New resolves the name of an aggregate function as it stands in SQL, with its
// combinators: sumIf, uniqExactArray, avgOrNullIf, …. Names are case-sensitive
// but for those that ClickHouse takes in any case (count, sum, min, …). params
// are one-row constants. Errors are *chcode.Error with ClickHouse's codes:
// UNKNOWN_AGGREGATE_FUNCTION for a name that [IsAggregate] denies.
func New(name string, params []*batch.Vector, args []types.Type) (Func, error) {
	c := &call{name: name, params: params, args: make([]types.Type, len(args))}
	for i, t := range args {
		c.args[i] = t
		c.args[i].LowCard = false
	}
	k, err := build(c)
	if err != nil {
		return Func{}, err
	}
	return Func{name: name, params: params, args: args, core: k}, nil
}

// IsAggregate tells whether New knows the name, combinators included.
func IsAggregate(name string) bool {
	for range combinatorsMax {
		if find(name) != nil {
			return true
		}
		comb, base := splitCombinator(name)
		if comb == nil {
			return false
		}
		name = base
	}
	return false
}

// Plain is the function that a name with combinators applies, as the catalogue names
// it: quantileTDigest for medianTDigestIf. A name that New does not know stays as it is.
func Plain(name string) string {
	rest := name
	for range combinatorsMax {
		if d := find(rest); d != nil {
			return d.name
		}
		comb, base := splitCombinator(rest)
		if comb == nil {
			break
		}
		rest = base
	}
	return name
}

// combinator is a suffix and what it makes of the function before it.
type combinator struct {
	suffix string
	build  func(c *call, base string) (core, error)
}

func combinators() []combinator {
	return []combinator{
		{"If", buildIf},
		{"OrNull", func(c *call, base string) (core, error) { return buildOrFill(c, base, "OrNull") }},
		{"OrDefault", func(c *call, base string) (core, error) { return buildOrFill(c, base, "OrDefault") }},
		{"Distinct", buildDistinct},
		{"Array", buildArray},
		{"SimpleState", buildSimpleState},
		{"State", buildState},
		{"Merge", buildMerge},
	}
}

func splitCombinator(name string) (*combinator, string) {
	for _, c := range combinators() {
		if base, ok := strings.CutSuffix(name, c.suffix); ok && base != "" {
			return &c, base
		}
	}
	return nil, name
}

// build makes the core of a call, taking combinators off from the right.
func build(c *call) (core, error) {
	if d := find(c.name); d != nil {
		return buildNamed(d, c)
	}
	comb, base := splitCombinator(c.name)
	if comb == nil || c.depth >= combinatorsMax || !IsAggregate(base) {
		return core{}, chcode.Errorf(chcode.UnknownAggregateFunction, "Unknown aggregate function %s", c.name)
	}
	if again, _ := splitCombinator(base); find(base) == nil && again != nil && again.suffix == comb.suffix &&
		(comb.suffix == "If" || comb.suffix == "Distinct") {
		return core{}, chcode.Errorf(chcode.IllegalAggregation,
			"Nested identical combinator '%s' is not supported", comb.suffix)
	}
	return comb.build(c, base)
}

// buildNamed makes the core of a function without combinators: it takes NULLs
// away from functions that don't look at them themselves.
func buildNamed(d *definition, c *call) (core, error) {
	if len(c.params) > 0 && !d.params {
		return core{}, chcode.Errorf(chcode.AggregateFunctionDoesntAllowParameters,
			"Aggregate function %s cannot have parameters", c.name)
	}
	if d.seesStates {
		return d.build(c)
	}
	if slices.ContainsFunc(c.args, func(t types.Type) bool { return t.Kind == types.AggregateFunction }) {
		return takePortable(d, c)
	}
	if d.seesNulls {
		return d.build(c)
	}
	inner := *c
	inner.args = make([]types.Type, len(c.args))
	nullable := false
	for i, t := range c.args {
		nullable = nullable || t.Nullable
		inner.args[i] = t.NotNull()
	}
	if d.seesStates {
		return d.build(c)
	}
	if slices.ContainsFunc(c.args, func(t types.Type) bool { return t.Kind == types.Nothing }) {
		return nothingCore(d.zero), nil
	}
	k, err := d.build(&inner)
	if err != nil || !nullable {
		return k, err
	}
	return skipNulls(k), nil
}

func (c *call) argsError(want string) error {
	return chcode.Errorf(chcode.NumberOfArgumentsDoesntMatch, "Aggregate function %s requires %s", c.name, want)
}

func (c *call) argsCountError() error {
	return chcode.Errorf(chcode.NumberOfArgumentsDoesntMatch,
		"Incorrect number of arguments for aggregate function %s", c.name)
}

func (c *call) typeError(t types.Type) error {
	return chcode.Errorf(chcode.IllegalTypeOfArgument, "Illegal type %s of argument for aggregate function %s",
		t, c.name)
}

// oneArg is the type of the only argument.
func (c *call) oneArg() (types.Type, error) {
	if len(c.args) != 1 {
		return types.Type{}, c.argsError("single argument")
	}
	return c.args[0], nil
}
