package expr

import (
	"slices"
	"strings"
	"sync"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/types"
)

// Info describes a function to users.
type Info struct {
	Name            string
	Aliases         []string
	CaseInsensitive bool // the name and the aliases
	Syntax          string
	Description     string // one sentence
	Returns         string // the type of the result, in words
	Category        string
	Example         string // an expression
}

// variadic as the greatest number of arguments: any number.
const variadic = -1

// traits are the ways in which a function differs from most.
type traits uint16

const (
	// ownNulls: the function sees Nullable arguments as they are.
	ownNulls traits = 1 << iota
	// impure: equal arguments may give different results.
	impure
	// notRowwise: a row's result depends on more than its own arguments.
	notRowwise
	// ownLowCard: LowCardinality does not carry over to the result.
	ownLowCard
	// takesSymbols: strings may arrive as symbols.
	takesSymbols
	// costly: the arguments of a branch that calls it are worth selecting rows for.
	costly
	// noFold: constant arguments do not make a constant (materialize).
	noFold
	// ofQuery: the result is a constant of the query and differs between queries.
	ofQuery
	// constNothing: a NULL literal as argument does not make the type Nothing.
	constNothing
)

// function is an entry of the catalogue.
type function struct {
	Info
	min, max int
	traits   traits
	bind     func(s *site) (bound, error)
}

func (f *function) has(t traits) bool { return f.traits&t != 0 }

// bound is a function chosen for argument types: the type of the result and
// either run, which gets the columns of the arguments, or lazy, which evaluates
// the arguments itself.
type bound struct {
	ret      types.Type
	run      func(r *run, args []*batch.Vector) (*batch.Vector, error)
	lazy     func(c *Call, v *env) (*batch.Vector, error)
	canThrow bool
	// floors tells that run writes times without NULL to run.room.
	floors bool
	// step is the seconds of Unix time to whose multiples run rounds a DateTime down; 0
	// where it does anything else.
	step uint32
}

// run is one evaluation of a bound function.
type run struct {
	ctx  *Ctx
	name string // of the function
	n    int
	// skip marks rows whose result does not matter because it will be NULL; nil
	// when all matter. Functions that can throw must not throw for them.
	skip []bool
	// room is memory of the caller's for the result; nil: it gets its own.
	room *[]uint32
}

// times is memory for r.n times.
func (r *run) times() []uint32 {
	if r.room == nil {
		return make([]uint32, r.n)
	}
	if cap(*r.room) < r.n {
		*r.room = make([]uint32, r.n)
	}
	return (*r.room)[:r.n]
}

// skips tells whether row i does not matter.
func (r *run) skips(i int) bool { return r.skip != nil && r.skip[i] }

// vec is a result of r.n rows; the caller of a run sets its type.
//
//go:noinline
func vec(data any) *batch.Vector { return &batch.Vector{Data: data} }

// What makes functions of one kind is marked noinline throughout the package: inlined, each call would hold its own
// copy of the closures.

// index of functions by exact name and by lower-case name.
type index struct {
	exact  map[string]*function
	folded map[string]*function
	all    []*function
}

// catalogue is the one index, built at first use. (A variable with an initial
// value would make an initialization cycle: functions resolve functions.)
var catalogue struct {
	once sync.Once
	*index
}

func functions() *index {
	catalogue.once.Do(func() {
		ix := &index{exact: map[string]*function{}, folded: map[string]*function{}}
		for _, family := range families() {
			for _, f := range family {
				ix.add(f)
			}
		}
		slices.SortFunc(ix.all, func(a, b *function) int { return strings.Compare(a.Name, b.Name) })
		catalogue.index = ix
	})
	return catalogue.index
}

func (ix *index) add(f *function) {
	ix.all = append(ix.all, f)
	for _, name := range append([]string{f.Name}, f.Aliases...) {
		if _, dup := ix.exact[name]; dup {
			panic("expr: function " + name + " is there twice")
		}
		ix.exact[name] = f
		if f.CaseInsensitive {
			ix.folded[strings.ToLower(name)] = f
		}
	}
}

func (ix *index) find(name string) *function {
	if f, ok := ix.exact[name]; ok {
		return f
	}
	return ix.folded[strings.ToLower(name)]
}

// Functions describes all functions, by name.
func Functions() []Info {
	all := functions().all
	out := make([]Info, len(all))
	for i, f := range all {
		out[i] = f.Info
	}
	return out
}

// IsFunction tells whether a name is that of a function.
func IsFunction(name string) bool { return functions().find(name) != nil }
