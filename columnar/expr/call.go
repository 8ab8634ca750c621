package expr

import (
	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/kernel"
	"github.com/freshetdb/freshet/columnar/types"
)

// costs sums up what evaluating an expression may do.
type costs struct {
	throws bool // an error is possible
	costly bool // worth to be spared for rows that don't need it
	impure bool // not the same every time
	timed  bool // depends on when the query began
}

// finish fills in what is known about a call from its parts.
func (c *Call) finish() {
	c.cost = costs{throws: c.b.canThrow, costly: c.fn.has(costly), impure: c.fn.has(impure), timed: c.fn.has(ofQuery)}
	c.sole = -1
	rowwise := !c.fn.has(impure) && !c.fn.has(notRowwise)
	for _, a := range c.Args {
		k := costOf(a)
		c.cost.throws = c.cost.throws || k.throws
		c.cost.costly = c.cost.costly || k.costly
		c.cost.impure = c.cost.impure || k.impure
		c.cost.timed = c.cost.timed || k.timed
		rowwise = rowwise && c.dependsOnOne(a)
	}
	if !rowwise {
		c.sole = -1
	}
}

// dependsOnOne adds an argument to the bookkeeping of sole.
func (c *Call) dependsOnOne(a Expr) bool {
	pos := -1
	switch a := a.(type) {
	case *Const:
		return true
	case *Column:
		pos = a.Pos
	case *Call:
		pos = a.sole
		if pos < 0 {
			return len(Columns(a)) == 0 && !a.cost.impure && !a.fn.has(notRowwise)
		}
	case *In:
		pos = a.sole
	default:
	}
	if pos < 0 || (c.sole >= 0 && c.sole != pos) {
		return false
	}
	c.sole = pos
	return true
}

func costOf(e Expr) costs {
	switch e := e.(type) {
	case *Call:
		return e.cost
	case *In:
		return costOf(e.Arg)
	case *Lambda:
		k := costOf(e.Body)
		k.costly = true
		return k
	default:
		return costs{}
	}
}

func (c *Call) eval(v *env) (*batch.Vector, error) {
	if out, err, done := c.evalSymbols(v); done {
		return out, err
	}
	if c.b.lazy != nil {
		out, err := c.b.lazy(c, v)
		if err != nil {
			return nil, err
		}
		return out.Canonical(), nil
	}
	args := make([]*batch.Vector, len(c.Args))
	for i, a := range c.Args {
		var err error
		if args[i], err = a.eval(v); err != nil {
			return nil, err
		}
	}
	return c.apply(v.ctx, args, v.rows)
}

// apply computes the call for argument columns of n rows by the rules that
// nearly all functions share.
func (c *Call) apply(ctx *Ctx, args []*batch.Vector, n int) (*batch.Vector, error) {
	if c.typ.Kind == types.Nothing && c.typ.Nullable {
		return batch.NewNulls(c.typ, n), nil
	}
	if !c.fn.has(impure) && !c.fn.has(noFold) && allConst(args) {
		if n == 0 {
			return emptyVector(c.typ), nil
		}
		one, err := c.compute(ctx, firstRows(args), 1)
		if err != nil {
			return nil, err
		}
		return batch.NewConst(one, n), nil
	}
	return c.compute(ctx, args, n)
}

// compute applies the NULL rule and runs the function.
func (c *Call) compute(ctx *Ctx, args []*batch.Vector, n int) (*batch.Vector, error) {
	if !c.fn.has(takesSymbols) {
		for i, a := range args {
			args[i] = plainStrings(a)
		}
	}
	if c.fn.has(ownNulls) {
		return c.run(ctx, args, n, nil)
	}
	var nulls []bool
	for i, a := range args {
		if a.Nulls == nil {
			continue
		}
		if a.Const {
			if a.Nulls[0] {
				return batch.NewNulls(c.typ, n), nil
			}
		} else if kernel.Any(a.Nulls) {
			nulls = kernel.Union(nulls, a.Nulls)
		}
		plain := *a
		plain.Nulls, plain.Type.Nullable = nil, false
		args[i] = &plain
	}
	return c.run(ctx, args, n, nulls)
}

func (c *Call) run(ctx *Ctx, args []*batch.Vector, n int, nulls []bool) (*batch.Vector, error) {
	out, err := c.b.run(&run{ctx: ctx, name: c.Name, n: n, skip: nulls}, args)
	if err != nil {
		return nil, err
	}
	res := *out
	res.Type, res.Len = c.typ, n
	if nulls != nil && c.typ.Nullable {
		if res.Const {
			all, err := ctx.expand(c.Name, &res)
			if err != nil {
				return nil, err
			}
			res = *all
		}
		res.Nulls = kernel.Union(res.Nulls, nulls)
	}
	return res.Canonical(), nil
}

func allConst(args []*batch.Vector) bool {
	for _, a := range args {
		if !a.Const {
			return false
		}
	}
	return true
}

// firstRows are constants as columns of one row.
func firstRows(args []*batch.Vector) []*batch.Vector {
	out := make([]*batch.Vector, len(args))
	for i, a := range args {
		one := *a
		one.Const, one.Len = false, 1
		out[i] = &one
	}
	return out
}

func emptyVector(t types.Type) *batch.Vector { return batch.NewBuilder(t, 0).Finish() }

// plainStrings is v with symbols written out.
func plainStrings(v *batch.Vector) *batch.Vector {
	if s, ok := v.Data.(batch.Symbols); ok {
		c := *v
		c.Data = s.Decode()
		return &c
	}
	return v
}
