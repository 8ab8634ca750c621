package expr

// Fold computes the constant parts of e. A part whose computation fails stays as
// it is: its error belongs to the rows that are evaluated, if there are any. The
// error that Fold returns is that of a cancelled query only.
func Fold(ctx *Ctx, e Expr) (Expr, error) {
	if err := ctx.cancelled(); err != nil {
		return nil, err
	}
	return Rewrite(e, func(e Expr) Expr { return fold(ctx, e) }), nil
}

func fold(ctx *Ctx, e Expr) Expr {
	switch e := e.(type) {
	case *Call:
		if e.cost.impure || !constArgs(e) {
			return e
		}
	case *In:
		if _, ok := e.Arg.(*Const); !ok {
			return e
		}
	default:
		return e
	}
	v, err := e.eval(&env{ctx: ctx, rows: 1})
	if err != nil {
		return e
	}
	if call, ok := e.(*Call); ok && call.fn.has(noFold) {
		return e
	}
	if size := v.SizeBytes(); size > foldedFree && ctx != nil && ctx.Memory.Add(size) != nil {
		return e // it has no room to stay, so that it fails where rows are evaluated
	}
	c := NewConst(v)
	c.Name = e.String()
	if isMoment(e) {
		c.moment = e
	}
	return c
}

// isMoment tells whether an expression without columns depends on the query's time,
// also through constants.
func isMoment(e Expr) bool {
	is := costOf(e).timed
	Walk(e, func(x Expr) bool {
		c, ok := x.(*Const)
		is = is || ok && c.moment != nil
		return !is
	})
	return is
}

// constArgs tells whether all arguments are constants, or lambdas that read
// nothing but their own parameters.
func constArgs(c *Call) bool {
	for _, a := range c.Args {
		switch a := a.(type) {
		case *Const:
		case *Lambda:
			if !closed(a) {
				return false
			}
		default:
			return false
		}
	}
	return true
}

// closed tells whether a lambda reads nothing but parameters of itself and of
// the lambdas inside it.
func closed(l *Lambda) bool {
	own := map[int]bool{}
	Walk(l, func(e Expr) bool {
		if l, ok := e.(*Lambda); ok {
			for _, p := range l.Params {
				own[p.Pos] = true
			}
		}
		return true
	})
	for _, pos := range references(l.Body) {
		if !own[pos] {
			return false
		}
	}
	return IsDeterministic(l.Body)
}
