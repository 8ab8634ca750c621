package expr

import "slices"

// Walk calls visit for e and then, when visit returns true, for its parts.
func Walk(e Expr, visit func(Expr) bool) {
	if !visit(e) {
		return
	}
	switch e := e.(type) {
	case *Call:
		for _, a := range e.Args {
			Walk(a, visit)
		}
	case *Lambda:
		Walk(e.Body, visit)
	case *In:
		Walk(e.Arg, visit)
	}
}

// Rewrite replaces every part of e, innermost first, by what change returns for
// it; a replacement must have the type of what it replaces. Parts that change
// returns as they are stay shared.
func Rewrite(e Expr, change func(Expr) Expr) Expr {
	switch old := e.(type) {
	case *Call:
		args := make([]Expr, len(old.given))
		same := true
		for i, a := range old.given {
			args[i] = Rewrite(a, change)
			same = same && args[i] == a
		}
		if !same {
			e = old.rebound(args)
		}
	case *Lambda:
		if body := Rewrite(old.Body, change); body != old.Body {
			e = &Lambda{Params: old.Params, Body: body}
		}
	case *In:
		if arg := Rewrite(old.Arg, change); arg != old.Arg {
			e = old.with(arg)
		}
	}
	return change(e)
}

// rebound is the call resolved again for other arguments of the same types, which
// can't fail.
func (c *Call) rebound(args []Expr) Expr {
	if m, ok := c.moved(args); ok {
		return m
	}
	e, err := NewCall(c.ctx, c.Name, args)
	if err != nil {
		panic("expr: a part was replaced by one of another type in " + c.String() + ": " + err.Error())
	}
	return e
}

// moved is the call as it is bound, of which only columns stand elsewhere; ok is false
// where more differs. Resolving again would read constants again.
func (c *Call) moved(args []Expr) (*Call, bool) {
	if c.b.lazy != nil || len(c.Args) != len(c.given) {
		return nil, false
	}
	out := *c
	out.given, out.Args = args, slices.Clone(c.Args)
	for i, a := range args {
		if a == c.given[i] {
			continue
		}
		now, isColumn := a.(*Column)
		was, wasColumn := c.given[i].(*Column)
		if !isColumn || !wasColumn || !now.T.Equal(was.T) || now.T.LowCard != was.T.LowCard || c.Args[i] != c.given[i] {
			return nil, false
		}
		out.Args[i] = a
	}
	out.finish()
	return &out, true
}

// Over is the call resolved again with another first argument, which may have
// another type.
func (c *Call) Over(first Expr) (Expr, error) {
	args := slices.Clone(c.given)
	args[0] = first
	return NewCall(c.ctx, c.Name, args)
}

// Remap moves the columns of e to other positions; parameters of lambdas stay.
func Remap(e Expr, position func(pos int) int) Expr {
	return Rewrite(e, func(e Expr) Expr {
		c, ok := e.(*Column)
		if !ok || c.Pos < 0 {
			return e
		}
		return &Column{Pos: position(c.Pos), Name: c.Name, T: c.T}
	})
}

// Columns are the positions that e reads, ascending, each once.
func Columns(e Expr) []int {
	all := references(e)
	return slices.DeleteFunc(all, func(pos int) bool { return pos < 0 })
}

// references are the positions of columns and parameters that e reads,
// ascending, each once; its own lambdas' parameters are among them.
func references(e Expr) []int {
	var out []int
	Walk(e, func(e Expr) bool {
		if c, ok := e.(*Column); ok {
			out = append(out, c.Pos)
		}
		return true
	})
	slices.Sort(out)
	return slices.Compact(out)
}

// CanThrow tells whether evaluating e may give an error for some rows.
func CanThrow(e Expr) bool { return costOf(e).throws }

// IsImpure tells whether a function, by its name, may give another value for equal
// arguments each time.
func IsImpure(name string) bool {
	fn := functions().find(name)
	return fn != nil && fn.has(impure)
}

// IsDeterministic tells whether e gives the same for equal rows every time: it
// calls neither rand() and its like nor, unless folded, now() and its like.
func IsDeterministic(e Expr) bool { k := costOf(e); return !k.impure && !k.timed }

// Equal tells whether two expressions are the same computation.
func Equal(a, b Expr) bool {
	switch a := a.(type) {
	case *Column:
		c, ok := b.(*Column)
		return ok && a.Pos == c.Pos
	case *Const:
		c, ok := b.(*Const)
		return ok && a.Type().Equal(c.Type()) && literal(a.Vec, 0) == literal(c.Vec, 0)
	case *Lambda:
		l, ok := b.(*Lambda)
		return ok && len(a.Params) == len(l.Params) && Equal(a.Body, l.Body)
	case *In:
		n, ok := b.(*In)
		return ok && a.Negate == n.Negate && a.typ.Equal(n.typ) && Equal(a.Arg, n.Arg) && a.Set.Equal(n.Set)
	case *Call:
		c, ok := b.(*Call)
		return ok && a.fn == c.fn && a.typ.Equal(c.typ) && !a.cost.impure && slices.EqualFunc(a.given, c.given, Equal)
	default:
		return false
	}
}
