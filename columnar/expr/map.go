package expr

// MapArgs gives e with its direct parts replaced by what f makes of them; f must
// keep their types. Unlike [Rewrite] it lets the caller decide from the outside
// in where to go on.
func MapArgs(e Expr, f func(Expr) (Expr, error)) (Expr, error) {
	switch old := e.(type) {
	case *Call:
		args := make([]Expr, len(old.given))
		for i, a := range old.given {
			var err error
			if args[i], err = f(a); err != nil {
				return nil, err
			}
		}
		return NewCall(old.ctx, old.Name, args)
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
