package expr

// MapArgs gives e with its direct parts replaced by what f makes of them; f must
// keep their types. Unlike [Rewrite] it lets the caller decide from the outside
// in where to go on.
func MapArgs(e Expr, f func(Expr) (Expr, error)) (Expr, error) {
	switch old := e.(type) {
	case *Call:
		c := *old
		c.Args = make([]Expr, len(old.Args))
		for i, a := range old.Args {
			var err error
			if c.Args[i], err = f(a); err != nil {
				return nil, err
			}
		}
		c.finish()
		return &c, nil
	case *Lambda:
		body, err := f(old.Body)
		if err != nil {
			return nil, err
		}
		return &Lambda{Params: old.Params, Body: body}, nil
	case *In:
		arg, err := f(old.Arg)
		if err != nil {
			return nil, err
		}
		return old.with(arg), nil
	default:
		return e, nil
	}
}
