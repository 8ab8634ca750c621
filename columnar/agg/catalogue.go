package agg

import (
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
	zero   bool
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

// names is the catalogue by name.
type names struct {
	exact map[string]*definition
	lower map[string]*definition // of those taken in any case
}

// index is built once, from constants.
var index = sync.OnceValue(func() names {
	n := names{exact: map[string]*definition{}, lower: map[string]*definition{}}
	for _, d := range catalogue() {
		n.exact[d.name] = &d
		if d.anyCase {
			n.lower[strings.ToLower(d.name)] = &d
		}
		for _, a := range d.aliases {
			n.exact[a] = &d
		}
		for _, a := range d.sql {
			n.lower[strings.ToLower(a)] = &d
		}
	}
	return n
})

// find looks a name without combinators up; nil when there is none.
func find(name string) *definition {
	if d := index().exact[name]; d != nil {
		return d
	}
	return index().lower[strings.ToLower(name)]
}

func catalogue() []definition {
	return []definition{
		{
			name: "count", anyCase: true, seesNulls: true, zero: true, build: buildCount,
			syntax: "count([expr])", about: "Number of rows, or of rows in which expr is not NULL.",
		},
		{
			name: "sum", anyCase: true, build: buildSum,
			syntax: "sum(num)", about: "Sum. Integers wrap in 64 bits, Decimals have 38 digits.",
		},
		{name: "avg", anyCase: true, build: buildAvg, syntax: "avg(x)", about: "Arithmetic mean."},
		{name: "min", anyCase: true, build: buildMin, syntax: "min(x)", about: "Least value; strings by their bytes."},
		{name: "max", anyCase: true, build: buildMax, syntax: "max(x)", about: "Greatest value; strings by their bytes."},
		{
			name: "any", sql: []string{"any_value", "first_value"}, build: buildAny,
			syntax: "any(x)", about: "First value that was read.",
		},
		{
			name: "anyLast", sql: []string{"last_value"}, build: buildAnyLast,
			syntax: "anyLast(x)", about: "Last value that was read.",
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
			name: "uniq", zero: true, build: buildUniq, syntax: "uniq(x[, ...])",
			about: "Approximate number of distinct values: exact to 65,536, then HyperLogLog with an error of 0.8 %.",
		},
		{
			name: "uniqExact", zero: true, build: buildUniqExact, syntax: "uniqExact(x[, ...])",
			about: "Exact number of distinct values.",
		},
	}
}
