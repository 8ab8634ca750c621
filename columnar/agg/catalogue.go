package agg

import (
	"slices"
	"strings"
	"sync"
)

// definition is one function of the catalogue.
type definition struct {
	name    string
	anyCase bool     // the name is taken in any case
	aliases []string // further names, taken in their case
	sql     []string // further names, taken in any case
	params  bool     // takes parameters
	// seesNulls is set for functions that look at NULLs themselves.
	seesNulls bool
	// zero is set for functions that are 0, not NULL, over an argument that is always NULL.
	zero bool
	// seesStates is set for functions that read the states they are given in any form.
	seesStates bool

	build  func(c *call) (core, error)
	syntax string
	about  string
}

// Info describes a function for system.functions.
type Info struct {
	Name            string
	CaseInsensitive bool
	AliasTo         string // the function that the name is an alias of, or ""
	Syntax          string
	Description     string
}

// Functions lists every name without combinators, aliases included, in the order
// of the catalogue.
func Functions() []Info {
	var out []Info
	for _, d := range catalogue() {
		out = append(out, Info{Name: d.name, CaseInsensitive: d.anyCase, Syntax: d.syntax, Description: d.about})
		for _, a := range d.aliases {
			out = append(out, Info{Name: a, AliasTo: d.name, Syntax: d.syntax, Description: d.about})
		}
		for _, a := range d.sql {
			out = append(out, Info{
				Name: a, CaseInsensitive: true, AliasTo: d.name, Syntax: d.syntax, Description: d.about,
			})
		}
	}
	return out
}

// Names lists every name without combinators.
func Names() []string {
	var out []string
	for _, f := range Functions() {
		out = append(out, f.Name)
	}
	return out
}

// names is the catalogue by name.
type names struct {
	exact map[string]*definition
	lower map[string]*definition // of those taken in any case
}

// index holds the names; made once, from constants, and never changed. It is no
// initialized variable because builders look names up themselves.
var index struct {
	once sync.Once
	names
}

func lookup() *names {
	index.once.Do(func() {
		index.exact, index.lower = map[string]*definition{}, map[string]*definition{}
		for _, d := range catalogue() {
			index.exact[d.name] = &d
			if d.anyCase {
				index.lower[strings.ToLower(d.name)] = &d
			}
			for _, a := range d.aliases {
				index.exact[a] = &d
			}
			for _, a := range d.sql {
				index.lower[strings.ToLower(a)] = &d
			}
		}
	})
	return &index.names
}

// find looks a name without combinators up; nil when there is none.
func find(name string) *definition {
	n := lookup()
	if d := n.exact[name]; d != nil {
		return d
	}
	return n.lower[strings.ToLower(name)]
}

func catalogue() []definition {
	return slices.Concat(basics(), distincts(), quantileFunctions(), statistics(), collections(), eventFunctions())
}

// basics are the functions that nearly every query uses.
func basics() []definition {
	return []definition{
		{
			name: "count", anyCase: true, seesNulls: true, zero: true, build: buildCount,
			syntax: "count([expr])", about: "Number of rows, or of rows in which expr is not NULL.",
		},
		{
			name: "sum", anyCase: true, build: buildSum,
			syntax: "sum(num)", about: "Sum. Integers wrap in 64 bits, Decimals have 38 digits.",
		},
		{
			name: "sumWithOverflow", build: buildSumWithOverflow,
			syntax: "sumWithOverflow(num)", about: "Sum in the type of the argument, which wraps.",
		},
		{
			name: "sumKahan", build: buildSumKahan,
			syntax: "sumKahan(num)", about: "Sum of floats that makes up for rounding.",
		},
		{name: "avg", anyCase: true, build: buildAvg, syntax: "avg(x)", about: "Arithmetic mean."},
		{
			name: "avgWeighted", build: buildAvgWeighted,
			syntax: "avgWeighted(x, weight)", about: "Weighted arithmetic mean.",
		},
		{name: "min", anyCase: true, build: buildMin, syntax: "min(x)", about: "Least value; strings by their bytes."},
		{name: "max", anyCase: true, build: buildMax, syntax: "max(x)", about: "Greatest value; strings by their bytes."},
		{
			name: "any", sql: []string{"any_value", "first_value"}, build: buildAny,
			syntax: "any(x)", about: "First value that was read, NULLs left out.",
		},
		{
			name: "anyLast", sql: []string{"last_value"}, build: buildAnyLast,
			syntax: "anyLast(x)", about: "Last value that was read, NULLs left out.",
		},
		{
			name: "any_respect_nulls", seesNulls: true, build: buildAny,
			aliases: []string{"anyRespectNulls", "anyValueRespectNulls", "firstValueRespectNulls"},
			sql:     []string{"any_value_respect_nulls", "first_value_respect_nulls"},
			syntax:  "any_respect_nulls(x)", about: "First value that was read, be it NULL.",
		},
		{
			name: "anyLast_respect_nulls", seesNulls: true, build: buildAnyLast,
			aliases: []string{"anyLastRespectNulls", "lastValueRespectNulls"},
			sql:     []string{"last_value_respect_nulls"},
			syntax:  "anyLast_respect_nulls(x)", about: "Last value that was read, be it NULL.",
		},
		{
			name: "argMin", sql: []string{"min_by"}, build: buildArgMin,
			syntax: "argMin(arg, val)", about: "arg of the row with the least val; of equal ones the first read.",
		},
		{
			name: "argMax", sql: []string{"max_by"}, build: buildArgMax,
			syntax: "argMax(arg, val)", about: "arg of the row with the greatest val; of equal ones the first read.",
		},
		{
			name: "groupBitAnd", sql: []string{"BIT_AND"}, build: bitBuilder(bitAnd),
			syntax: "groupBitAnd(int)", about: "Bitwise and of all values.",
		},
		{
			name: "groupBitOr", sql: []string{"BIT_OR"}, build: bitBuilder(bitOr),
			syntax: "groupBitOr(int)", about: "Bitwise or of all values.",
		},
		{
			name: "groupBitXor", sql: []string{"BIT_XOR"}, build: bitBuilder(bitXor),
			syntax: "groupBitXor(int)", about: "Bitwise exclusive or of all values.",
		},
	}
}

// distincts are the functions that count different values.
func distincts() []definition {
	const hll = "Freshet answers all of uniq, uniqCombined, uniqCombined64 and uniqHLL12 by the same state."
	return []definition{
		{
			name: "uniq", zero: true, build: buildUniq, syntax: "uniq(x[, ...])",
			about: "Approximate number of distinct values: exact to 65,536, then HyperLogLog with an error of 0.8 %.",
		},
		{
			name: "uniqExact", zero: true, build: buildUniqExact, syntax: "uniqExact(x[, ...])",
			about: "Exact number of distinct values.",
		},
		{
			name: "uniqCombined", zero: true, params: true, build: buildUniqCombined,
			syntax: "uniqCombined(precision)(x[, ...])", about: "Approximate number of distinct values. " + hll,
		},
		{
			name: "uniqCombined64", zero: true, params: true, build: buildUniqCombined,
			syntax: "uniqCombined64(precision)(x[, ...])", about: "Approximate number of distinct values. " + hll,
		},
		{
			name: "uniqHLL12", zero: true, build: buildUniq,
			syntax: "uniqHLL12(x[, ...])", about: "Approximate number of distinct values. " + hll,
		},
		{
			name: "uniqUpTo", zero: true, params: true, build: buildUniqUpTo,
			syntax: "uniqUpTo(N)(x[, ...])", about: "Exact number of distinct values if it is at most N, else N + 1.",
		},
		{
			name: "groupBitmap", build: buildGroupBitmap,
			syntax: "groupBitmap(int)", about: "Number of distinct integers, exact, in the type of the argument.",
		},
		{
			name: "groupBitmapAnd", seesStates: true, build: setFolder(SetAnd),
			syntax: "groupBitmapAnd(set)", about: "Number of members that all sets have; -State is the set of them.",
		},
		{
			name: "groupBitmapOr", seesStates: true, build: setFolder(SetOr),
			syntax: "groupBitmapOr(set)", about: "Number of members that some set has; -State is the set of them.",
		},
		{
			name: "groupBitmapXor", seesStates: true, build: setFolder(SetXor),
			syntax: "groupBitmapXor(set)", about: "Number of members that an odd number of sets has; -State is the set of them.",
		},
	}
}

// quantileFunctions come in pairs: one level, many levels.
func quantileFunctions() []definition {
	either := func(one, many func(c *call) (core, error)) func(bool) func(c *call) (core, error) {
		return func(isMany bool) func(c *call) (core, error) {
			if isMany {
				return many
			}
			return one
		}
	}
	exact := func(way rank) func(bool) func(c *call) (core, error) {
		return func(isMany bool) func(c *call) (core, error) { return exactBuilder(way, isMany) }
	}
	var out []definition
	for _, q := range []struct {
		kind, args, about string
		build             func(many bool) func(c *call) (core, error)
	}{
		{"", "expr", "Quantile by interpolation: exact to 8,192 values, then a t-digest.", either(buildQuantile, buildQuantiles)},
		{"Exact", "expr", "Quantile that is one of the values; keeps them all.", exact(rankPlain)},
		{"ExactLow", "expr", "As quantileExact; the median is the lower of the two in the middle.", exact(rankLow)},
		{"ExactHigh", "expr", "As quantileExact; the median is the higher of the two in the middle.", exact(rankHigh)},
		{"ExactInclusive", "expr", "Interpolated quantile over all values, as PERCENTILE.INC.", exact(rankInclusive)},
		{"ExactExclusive", "expr", "Interpolated quantile over all values, as PERCENTILE.EXC.", exact(rankExclusive)},
		{"ExactWeighted", "expr, weight", "Quantile that is one of the values, each taken as often as its weight says; keeps them all.", weightedBuilder},
		{"TDigest", "expr", "Approximate quantile by a t-digest in single precision.", either(buildTDigest, buildTDigests)},
		{"TDigestWeighted", "expr, weight", "Approximate weighted quantile by a t-digest in single precision.", either(buildTDigestWeighted, buildTDigestsWeighted)},
	} {
		var aliases []string
		if q.kind != "ExactInclusive" && q.kind != "ExactExclusive" {
			aliases = []string{"median" + q.kind}
		}
		out = append(out, definition{
			name: "quantile" + q.kind, aliases: aliases, params: true, build: q.build(false),
			syntax: "quantile" + q.kind + "(level)(" + q.args + ")", about: q.about,
		}, definition{
			name: "quantiles" + q.kind, params: true, build: q.build(true),
			syntax: "quantiles" + q.kind + "(level1, level2, ...)(" + q.args + ")", about: q.about,
		})
	}
	return out
}

// statistics are moments and what is made of them.
func statistics() []definition {
	moments := func(name string, sql []string, about string, f moment) definition {
		return definition{
			name: name, sql: sql, build: momentBuilder(f), syntax: name + "(x)", about: about,
			aliases: stableAlias(name),
		}
	}
	pairs := func(name string, sql []string, about string, f func([]float64) float64) definition {
		return definition{
			name: name, sql: sql, build: pairBuilder(f), syntax: name + "(x, y)", about: about,
			aliases: stableAlias(name),
		}
	}
	return []definition{
		moments("varPop", []string{"VAR_POP"}, "Population variance.", moment{2, varPop}),
		moments("varSamp", []string{"VAR_SAMP"}, "Sample variance.", moment{2, varSamp}),
		moments("stddevPop", []string{"STDDEV_POP", "STD"}, "Population standard deviation.", moment{2, stddevPop}),
		moments("stddevSamp", []string{"STDDEV_SAMP", "STDDEV"}, "Sample standard deviation.", moment{2, stddevSamp}),
		moments("skewPop", nil, "Population skewness.", moment{3, standardized(thirdMoment, varPop, 1.5)}),
		moments("skewSamp", nil, "Sample skewness.", moment{3, standardized(thirdMoment, varSamp, 1.5)}),
		moments("kurtPop", nil, "Population kurtosis.", moment{4, standardized(fourthMoment, varPop, 2)}),
		moments("kurtSamp", nil, "Sample kurtosis.", moment{4, standardized(fourthMoment, varSamp, 2)}),
		pairs("covarPop", []string{"COVAR_POP"}, "Population covariance.", covarPop),
		pairs("covarSamp", []string{"COVAR_SAMP"}, "Sample covariance.", covarSamp),
		{
			name: "corr", anyCase: true, aliases: []string{"corrStable"}, build: pairBuilder(corr),
			syntax: "corr(x, y)", about: "Pearson's correlation coefficient.",
		},
		{
			name: "simpleLinearRegression", build: buildRegression,
			syntax: "simpleLinearRegression(x, y)", about: "Slope and intercept (k, b) of the line y = k*x + b.",
		},
		{
			name: "entropy", build: buildEntropy,
			syntax: "entropy(x[, ...])", about: "Shannon entropy of the values in bits.",
		},
	}
}

// stableAlias is ClickHouse's numerically careful twin of a function, where it has one.
func stableAlias(name string) []string {
	if strings.HasPrefix(name, "skew") || strings.HasPrefix(name, "kurt") {
		return nil
	}
	return []string{name + "Stable"}
}

// collections are the functions that give arrays.
func collections() []definition {
	return []definition{
		{
			name: "groupArray", params: true, sql: []string{"array_agg"}, build: buildGroupArray,
			syntax: "groupArray[(max_size)](x)", about: "Array of all values, or of the first max_size.",
		},
		{
			name: "groupArrayLast", params: true, build: buildGroupArrayLast,
			syntax: "groupArrayLast(max_size)(x)", about: "Array of the last max_size values.",
		},
		{
			name: "groupArraySorted", params: true, build: buildGroupArraySorted,
			syntax: "groupArraySorted(size)(x)", about: "Array of the least size values, sorted.",
		},
		{
			name: "groupUniqArray", params: true, build: buildGroupUniqArray,
			syntax: "groupUniqArray[(max_size)](x)", about: "Array of the distinct values.",
		},
		{
			name: "topK", params: true, build: topBuilder(false, false),
			syntax: "topK(N[, load_factor[, 'counts']])(x)", about: "The N most frequent values, by space-saving.",
		},
		{
			name: "topKWeighted", params: true, build: topBuilder(true, false),
			syntax: "topKWeighted(N[, load_factor[, 'counts']])(x, weight)",
			about:  "The N values of the greatest weight, by space-saving.",
		},
		{
			name: "approx_top_k", anyCase: true, params: true, sql: []string{"approx_top_count"}, build: topBuilder(false, true),
			syntax: "approx_top_k(N[, reserved])(x)", about: "The N most frequent values with count and error.",
		},
		{
			name: "approx_top_sum", anyCase: true, params: true, build: topBuilder(true, true),
			syntax: "approx_top_sum(N[, reserved])(x, weight)", about: "The N values of the greatest weight with sum and error.",
		},
		{
			name: "sumMap", aliases: []string{"sumMappedArrays"}, build: mapBuilder("sum", true),
			syntax: "sumMap(keys, values[, ...])", about: "Sum of the values of each key; keys of zero are left out.",
		},
		{
			name: "sumMapWithOverflow", build: mapBuilder("sumWithOverflow", true),
			syntax: "sumMapWithOverflow(keys, values[, ...])", about: "As sumMap, in the type of the values.",
		},
		{
			name: "minMap", aliases: []string{"minMappedArrays"}, build: mapBuilder("min", false),
			syntax: "minMap(keys, values[, ...])", about: "Least value of each key.",
		},
		{
			name: "maxMap", aliases: []string{"maxMappedArrays"}, build: mapBuilder("max", false),
			syntax: "maxMap(keys, values[, ...])", about: "Greatest value of each key.",
		},
	}
}
