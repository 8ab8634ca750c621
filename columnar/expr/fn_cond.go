package expr

import (
	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/chcode"
	"github.com/freshetdb/freshet/columnar/kernel"
	"github.com/freshetdb/freshet/columnar/types"
)

// conditionalFunctions choose among values.
func conditionalFunctions() []*function {
	const cat = "Conditional"
	return []*function{
		{Info: Info{Name: "if", CaseInsensitive: true, Syntax: "if(cond, a, b)", Description: "Is a where the condition is true, else b; only the one that counts is evaluated.", Returns: "the common type of a and b", Category: cat, Example: "if(1, 'yes', 'no')"}, min: 3, max: 3, traits: ownNulls | ownLowCard, bind: bindMultiIf},
		{Info: Info{Name: "multiIf", Aliases: []string{"caseWithoutExpression", "caseWithoutExpr"}, CaseInsensitive: true, Syntax: "multiIf(cond1, a1, cond2, a2, …, b)", Description: "Is the value after the first condition that is true, else the last argument.", Returns: "the common type of the values", Category: cat, Example: "multiIf(0, 'a', 1, 'b', 'c')"}, min: 3, max: variadic, traits: ownNulls | ownLowCard, bind: bindMultiIf},
		{Info: Info{Name: "caseWithExpression", Aliases: []string{"caseWithExpr"}, Syntax: "caseWithExpression(x, v1, a1, v2, a2, …, b)", Description: "Is the value after the first of v1, v2, … that equals x, else the last argument.", Returns: "the common type of the values", Category: cat, Example: "caseWithExpression(2, 1, 'a', 2, 'b', 'c')"}, min: 4, max: variadic, traits: ownNulls | ownLowCard, bind: bindCase},
	}
}

func checkCondition(s *site, i int) error {
	t := s.types[i]
	if t.Kind == types.UInt8 || t.Kind == types.Bool || t.Kind == types.Nothing {
		return nil
	}
	return chcode.Errorf(chcode.IllegalTypeOfArgument,
		"Illegal type %s of %s argument (condition) of function %s. Must be UInt8 or Nullable(UInt8)",
		s.args[i].Type(), ordinal(i+1), s.name)
}

// bindMultiIf binds if and multiIf.
func bindMultiIf(s *site) (bound, error) {
	n := len(s.args)
	if n%2 == 0 {
		return bound{}, chcode.Errorf(chcode.NumberOfArgumentsDoesntMatch,
			"Number of arguments for function %s doesn't match: passed %d, should be odd", s.name, n)
	}
	var branches []int
	for i := 0; i+1 < n; i += 2 {
		if err := checkCondition(s, i); err != nil {
			return bound{}, err
		}
		branches = append(branches, i+1)
	}
	return bindBranches(s, append(branches, n-1))
}

// bindBranches casts the arguments that are values to their common type.
func bindBranches(s *site, branches []int) (bound, error) {
	ts := make([]types.Type, len(branches))
	for k, i := range branches {
		ts[k] = s.types[i]
	}
	ret, err := Supertype(ts...)
	if err != nil {
		return bound{}, err
	}
	args := make([]Expr, len(s.args))
	copy(args, s.args)
	for _, i := range branches {
		if args[i], err = castBranch(s.ctx, args[i], ret); err != nil {
			return bound{}, err
		}
	}
	s.args = args
	return bound{ret: ret, lazy: evalMultiIf}, nil
}

func castBranch(ctx *Ctx, e Expr, t types.Type) (Expr, error) {
	if e.Type().Equal(t) {
		return e, nil
	}
	cast, err := NewCast(ctx, e, t, CastInternal)
	if err != nil {
		return nil, err
	}
	if c, ok := e.(*Const); ok {
		folded := fold(ctx, cast)
		if f, ok := folded.(*Const); ok {
			f.Name = c.String()
			return f, nil
		}
	}
	return cast, nil
}

// bindCase compares x with the values by equals.
func bindCase(s *site) (bound, error) {
	n := len(s.args)
	if n%2 != 0 {
		return bound{}, chcode.Errorf(chcode.NumberOfArgumentsDoesntMatch,
			"Number of arguments for function %s doesn't match: passed %d, should be even", s.name, n)
	}
	var args []Expr
	for i := 1; i+1 < n; i += 2 {
		eq, err := NewCall(s.ctx, "equals", []Expr{s.args[0], s.args[i]})
		if err != nil {
			return bound{}, err
		}
		args = append(args, eq, s.args[i+1])
	}
	args = append(args, s.args[n-1])
	s.args = args
	s.types = ownTypes(s.args)
	return bindMultiIf(s)
}

// ownTypes are the types of arguments, without LowCardinality.
func ownTypes(args []Expr) []types.Type {
	ts := make([]types.Type, len(args))
	for i, a := range args {
		ts[i] = a.Type()
		ts[i].LowCard = false
	}
	return ts
}

// evalMultiIf finds for every row the branch that counts and evaluates the
// branches for their rows.
func evalMultiIf(c *Call, v *env) (*batch.Vector, error) {
	n := len(c.Args)
	last := uint32(n / 2)
	p := newParts(c.typ, v.rows, last)
	for i := 0; i+1 < n; i += 2 {
		always, err := p.decide(v, c.Args[i], uint32(i/2))
		if err != nil {
			return nil, err
		}
		if always {
			break
		}
	}
	if out, done, err := p.selectPair(c, v); done || err != nil {
		return out, err
	}
	for k := uint32(0); k <= last; k++ {
		e := c.Args[n-1]
		if k < last {
			e = c.Args[2*k+1]
		}
		if err := p.fill(v, e, k); err != nil {
			return nil, err
		}
	}
	return p.join(), nil
}

// parts is a column being put together from branches.
type parts struct {
	t      types.Type
	choice []uint32 // the branch of each row
	open   int      // rows that no condition has claimed
	other  uint32   // the branch of rows that no condition claims
	pieces []*batch.Vector
	base   int
	perm   []uint32
}

func newParts(t types.Type, rows int, other uint32) *parts {
	p := &parts{t: t, choice: make([]uint32, rows), open: rows, other: other, perm: make([]uint32, rows)}
	for i := range p.choice {
		p.choice[i] = other
	}
	return p
}

// decide gives branch k to the open rows for which cond is true; always tells
// that this was all of them.
func (p *parts) decide(v *env, cond Expr, k uint32) (always bool, err error) {
	if p.open == 0 {
		return true, nil
	}
	cost := costOf(cond)
	from, rows := v, []uint32(nil)
	if p.open < v.rows && (cost.throws || cost.costly) {
		rows = p.rowsOf(p.other)
		from = v.only(rows, cond)
	}
	out, err := cond.eval(from)
	if err != nil {
		return false, err
	}
	if out.Type.Kind == types.Nothing {
		return false, nil
	}
	if out.Const && (out.IsNull(0) || from.rows == 0) {
		return false, nil
	}
	flags, err := conditions(out, from.rows)
	if err != nil {
		return false, err
	}
	for j, f := range flags {
		i := uint32(j)
		if rows != nil {
			i = rows[j]
		}
		if f != 0 && p.choice[i] == p.other {
			p.choice[i] = k
			p.open--
		}
	}
	return p.open == 0, nil
}

func (p *parts) rowsOf(k uint32) []uint32 {
	var rows []uint32
	for i, c := range p.choice {
		if c == k {
			rows = append(rows, uint32(i))
		}
	}
	return rows
}

// fill evaluates branch k for its rows.
func (p *parts) fill(v *env, e Expr, k uint32) error {
	rows := p.rowsOf(k)
	if len(rows) == 0 {
		return nil
	}
	from := v
	if _, isConst := e.(*Const); !isConst && len(rows) < v.rows {
		from = v.only(rows, e)
	}
	out, err := e.eval(from)
	if err != nil {
		return err
	}
	p.add(out, rows, len(rows) == v.rows)
	return nil
}

// add takes values for rows: one value for all, or one for each; whole: rows are
// all rows.
func (p *parts) add(out *batch.Vector, rows []uint32, whole bool) {
	out = plainStrings(out)
	size := len(rows)
	if out.Const {
		out = firstRows([]*batch.Vector{out})[0]
		size = 1
	}
	for j, i := range rows {
		switch {
		case size == 1:
			p.perm[i] = uint32(p.base)
		case whole:
			p.perm[i] = uint32(p.base) + i
		default:
			p.perm[i] = uint32(p.base + j)
		}
	}
	p.pieces = append(p.pieces, out)
	p.base += size
}

func (p *parts) join() *batch.Vector {
	if len(p.perm) == 0 {
		return emptyVector(p.t)
	}
	all := concat(p.t, p.pieces)
	if all.Len == 1 {
		all.Const = true
		all.Len = len(p.perm)
		return all
	}
	return all.Gather(p.perm)
}

// selectPair is the fast way of if() with two cheap branches of numbers.
func (p *parts) selectPair(c *Call, v *env) (*batch.Vector, bool, error) {
	if len(c.Args) != 3 || v.rows == 0 || p.open == 0 || p.open == v.rows {
		return nil, false, nil
	}
	for _, e := range c.Args[1:] {
		if k := costOf(e); k.throws || k.costly {
			return nil, false, nil
		}
	}
	if ph := c.typ.Phys(); ph == types.PhysStrings || ph == types.PhysLists || ph == types.PhysTuple || ph == types.PhysNone {
		return nil, false, nil
	}
	a, err := c.Args[1].eval(v)
	if err != nil {
		return nil, true, err
	}
	b, err := c.Args[2].eval(v)
	if err != nil {
		return nil, true, err
	}
	cond := make([]uint8, v.rows)
	for i, k := range p.choice {
		if k == 0 {
			cond[i] = 1
		}
	}
	out := &batch.Vector{Type: c.typ, Len: v.rows, Data: selectData(cond, a.Data, b.Data)}
	if a.Nulls != nil || b.Nulls != nil {
		out.Nulls = make([]bool, v.rows)
		kernel.Select(out.Nulls, cond, nullFlags(a), nullFlags(b))
	}
	return out, true, nil
}

// nullFlags is a null map of v, one element when v is Const or has no NULL.
func nullFlags(v *batch.Vector) []bool {
	if v.Nulls == nil {
		return []bool{false}
	}
	return v.Nulls
}

func selectData(cond []uint8, a, b any) any {
	switch a := a.(type) {
	case []uint8:
		return selected(cond, a, b)
	case []uint16:
		return selected(cond, a, b)
	case []uint32:
		return selected(cond, a, b)
	case []uint64:
		return selected(cond, a, b)
	case []int8:
		return selected(cond, a, b)
	case []int16:
		return selected(cond, a, b)
	case []int32:
		return selected(cond, a, b)
	case []int64:
		return selected(cond, a, b)
	case []float32:
		return selected(cond, a, b)
	case []float64:
		return selected(cond, a, b)
	case []types.Int128:
		return selected(cond, a, b)
	default:
		return selected(cond, a.([]types.Bytes16), b)
	}
}

func selected[T any](cond []uint8, a []T, b any) []T {
	out := make([]T, len(cond))
	kernel.Select(out, cond, a, b.([]T))
	return out
}
