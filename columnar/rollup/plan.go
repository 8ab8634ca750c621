package rollup

import (
	"fmt"
	"slices"

	"github.com/freshetdb/freshet/columnar/agg"
	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/expr"
	"github.com/freshetdb/freshet/columnar/segment"
	"github.com/freshetdb/freshet/columnar/types"
)

// Input is what a row gives. Expressions are the encoding of columnar/expr over
// column ids.
type Input struct {
	Filter []byte     // nil: all rows
	Keys   [][]byte   // one for each of Output.Keys
	Args   [][][]byte // arguments for each of Output.States
}

// Output is the rows that come out.
type Output struct {
	Columns []types.Column // stored, in order; those that are neither key nor state are left nil
	Keys    []int          // places in Columns
	States  []StateColumn
	Sort    segment.SortKey // over Columns; computed from keys only
	// Portable gives states in the portable form.
	Portable bool
}

// StateColumn is an aggregate.
type StateColumn struct {
	Place  int // in Columns
	Func   string
	Params []string // SQL literals
}

// Plan is a compiled fold. It is immutable and safe for concurrent use.
type Plan struct {
	// Needs are the columns of the input that are read, by id; a batch to fold has
	// them in this order.
	Needs []types.Column
	// KeySources has for each key the id of the String column that it is, unchanged;
	// 0 for a key that is computed or no String. The key has that column's symbols.
	KeySources []uint32

	filter   expr.Expr
	keys     []key
	states   []state
	columns  []types.Column
	names    []string
	sort     segment.SortKey
	portable bool
	// zeroes are columns one of which must not be zero for a row to stay; nil: all
	// rows stay.
	zeroes []int
}

type key struct {
	place  int
	expr   expr.Expr
	isBare bool // a String column: its symbols are kept
}

// state is how a column that is no key comes about.
type state struct {
	place  int
	typ    types.Type
	args   []expr.Expr
	isBare []bool // of each argument: a String column
	// sources are the ids of bare arguments, else 0.
	sources []uint32
	mode    mode
	fn      agg.Func
	isMerge bool // arguments are values of the column itself
}

// mode says what the arguments of a state are.
type mode uint8

const (
	ofRows   mode = iota // values of rows; the column holds states
	finished             // values of rows; the column holds finished values
	ofStates             // states
	first                // values, of which the first is kept
)

// New compiles a fold.
func New(in Input, out Output) (*Plan, error) {
	p := &Plan{columns: out.Columns, sort: out.Sort, portable: out.Portable}
	for i := range out.Columns {
		p.names = append(p.names, out.Columns[i].Name)
	}
	if len(in.Keys) != len(out.Keys) || len(in.Args) != len(out.States) {
		return nil, fmt.Errorf("compile rollup: %d keys and %d aggregates, expected %d and %d",
			len(in.Keys), len(in.Args), len(out.Keys), len(out.States))
	}
	var err error
	if in.Filter != nil {
		if p.filter, err = p.compile(in.Filter); err != nil {
			return nil, err
		}
	}
	for i, enc := range in.Keys {
		k := key{place: out.Keys[i]}
		if k.expr, err = p.compile(enc); err != nil {
			return nil, err
		}
		if got, want := k.expr.Type(), out.Columns[k.place].Type; got.Phys() != want.Phys() || (got.Nullable && !want.Nullable) {
			return nil, fmt.Errorf("compile rollup: key %s has type %s, not %s", p.names[k.place], got, want)
		}
		id := bareString(k.expr, p.Needs)
		k.isBare = id != 0
		p.keys, p.KeySources = append(p.keys, k), append(p.KeySources, id)
	}
	for i, s := range out.States {
		if err := p.addState(s, in.Args[i]); err != nil {
			return nil, fmt.Errorf("compile rollup: column %s: %w", p.names[s.Place], err)
		}
	}
	return p, nil
}

// compile makes an expression over column ids one over Needs.
func (p *Plan) compile(enc []byte) (expr.Expr, error) {
	e, err := expr.Decode(enc)
	if err != nil {
		return nil, fmt.Errorf("compile rollup: %w", err)
	}
	expr.Walk(e, func(x expr.Expr) bool {
		if c, ok := x.(*expr.Column); ok && c.Pos >= 0 && p.place(uint32(c.Pos)) < 0 {
			p.Needs = append(p.Needs, types.Column{ID: uint32(c.Pos), Name: c.Name, Type: c.T})
		}
		return true
	})
	return expr.Remap(e, func(id int) int { return p.place(uint32(id)) }), nil
}

func (p *Plan) place(id uint32) int {
	return slices.IndexFunc(p.Needs, func(c types.Column) bool { return c.ID == id })
}

// bareString is the id of the String column that an expression is; else 0.
func bareString(e expr.Expr, needs []types.Column) uint32 {
	if c, ok := e.(*expr.Column); ok && c.T.Kind == types.String {
		return needs[c.Pos].ID
	}
	return 0
}

func (p *Plan) addState(c StateColumn, args [][]byte) error {
	s := state{place: c.Place, typ: p.columns[c.Place].Type}
	var ts []types.Type
	for _, enc := range args {
		a, err := p.compile(enc)
		if err != nil {
			return err
		}
		id := bareString(a, p.Needs)
		s.args, s.sources, s.isBare = append(s.args, a), append(s.sources, id), append(s.isBare, id != 0)
		ts = append(ts, a.Type())
	}
	var err error
	switch {
	case s.typ.Kind == types.AggregateFunction && len(ts) == 1 && ts[0].Kind == types.AggregateFunction && ts[0].Func == s.typ.Func:
		s.mode = ofStates
		s.fn, err = agg.OfState(s.typ)
	case s.typ.Kind == types.AggregateFunction:
		s.mode = ofRows
		s.fn, err = newFunc(c, ts)
	default:
		s.mode = finished
		s.fn, err = newFunc(c, ts)
	}
	p.states = append(p.states, s)
	return err
}

// newFunc resolves the function; parameters are read as those of a type are.
func newFunc(c StateColumn, args []types.Type) (agg.Func, error) {
	if len(c.Params) == 0 {
		return agg.New(c.Func, nil, args)
	}
	return agg.OfState(types.StateOf(c.Func, c.Params, args))
}

// StateSource is a column of states in the local form, and the columns whose
// dictionaries the arguments' symbols are of; 0 for arguments without.
type StateSource struct {
	Column  uint32
	Sources []uint32
}

// StateSources are the columns of states that are made of rows.
func (p *Plan) StateSources() []StateSource {
	var out []StateSource
	for i := range p.states {
		if s := &p.states[i]; s.mode == ofRows && !p.portable {
			out = append(out, StateSource{Column: p.columns[s.place].ID, Sources: s.sources})
		}
	}
	return out
}

// CanThrow tells whether some row may be refused by an expression, or by an
// aggregate.
func (p *Plan) CanThrow() bool {
	if p.filter != nil && expr.CanThrow(p.filter) {
		return true
	}
	for _, k := range p.keys {
		if expr.CanThrow(k.expr) {
			return true
		}
	}
	for i := range p.states {
		if slices.ContainsFunc(p.states[i].args, expr.CanThrow) || p.states[i].checksRows() {
			return true
		}
	}
	return false
}

// checksRows tells whether the function may refuse rows: arrays that are not
// equally long.
func (s *state) checksRows() bool {
	arrays := 0
	for _, a := range s.args {
		if t := a.Type(); t.Kind == types.Array || t.Kind == types.Tuple {
			arrays++
		}
	}
	return arrays > 0 && s.mode != ofStates
}

// NewMerge compiles the merging of rows with equal keys: columns are the stored
// columns, keys the places of those that are equal. funcs has for each other column
// the function that merges its values, "" for a column of states. zeroes, unless
// nil, are places of columns: a row in which all of them are zero is left out.
func NewMerge(columns []types.Column, keys []int, funcs map[int]string, sort segment.SortKey, zeroes []int) (*Plan, error) {
	p := &Plan{Needs: columns, columns: columns, sort: sort, zeroes: zeroes}
	column := func(place int) expr.Expr {
		return &expr.Column{Pos: place, Name: columns[place].Name, T: columns[place].Type}
	}
	for i := range columns {
		p.names = append(p.names, columns[i].Name)
	}
	for _, place := range keys {
		p.keys = append(p.keys, key{place: place, expr: column(place), isBare: true})
	}
	for place := range columns {
		if slices.Contains(keys, place) {
			continue
		}
		t := columns[place].Type
		s := state{place: place, typ: t, args: []expr.Expr{column(place)}, isBare: []bool{true}, sources: []uint32{0}, isMerge: true}
		var err error
		switch name := funcs[place]; {
		case t.Kind == types.AggregateFunction:
			s.mode = ofStates
			s.fn, err = agg.OfState(t)
		case name == "any":
			s.mode = first
		default:
			s.mode = finished
			s.fn, err = agg.New(name, nil, []types.Type{t.NotSimple()})
		}
		if err != nil {
			return nil, fmt.Errorf("compile merge of column %s: %w", columns[place].Name, err)
		}
		p.states = append(p.states, s)
	}
	return p, nil
}

// WithoutStates is a merge that leaves columns of states empty: what merging costs
// is there, and the forms of all other columns can be learned without it.
func (p *Plan) WithoutStates() *Plan {
	c := *p
	c.states = slices.Clone(p.states)
	for i := range c.states {
		if c.states[i].mode == ofStates {
			c.states[i].mode = first
			c.states[i].args = []expr.Expr{expr.NewConst(emptyState(c.states[i].typ))}
		}
	}
	return &c
}

func emptyState(t types.Type) *batch.Vector {
	return batch.NewStrings(t, batch.Strings{Offsets: []uint32{0, 0}}, nil)
}
