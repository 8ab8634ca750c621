package parse

import "github.com/freshetdb/freshet/query/ast"

// ExprPrefix reads the expression at the beginning of text, as a row of VALUES
// holds it, and tells how many bytes it took.
func ExprPrefix(text string) (e ast.Expr, n int, err error) {
	err = run(text, 0, DefaultLimits(), func(p *parser) {
		e = p.expr()
		n = p.endOfLast()
	})
	if err != nil {
		return nil, 0, err
	}
	return e, n, nil
}
