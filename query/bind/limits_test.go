package bind

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/freshetdb/freshet/columnar/chcode"
	"github.com/freshetdb/freshet/columnar/expr"
	"github.com/freshetdb/freshet/query/ast"
)

// TestBindingStopsWhenCancelled binds an expression that is long, but allowed.
func TestBindingStopsWhenCancelled(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(chcode.Errorf(chcode.TimeoutExceeded, "Timeout exceeded"))
	b := New(ctx, expr.Background(), nil, nil, Options{})
	items := make([]ast.Expr, 2*checkNodes)
	for i := range items {
		items[i] = ast.NewUint(1)
	}
	if _, err := b.Over(&ast.Array{Items: items}, nil); chcode.Of(err) != chcode.TimeoutExceeded {
		t.Errorf("got %v", err)
	}
}

// TestBindingIsBounded doubles an alias until there are too many nodes, and until there are just not.
func TestBindingIsBounded(t *testing.T) {
	for doublings, want := range map[int]chcode.Code{60: chcode.TooBigAST, 12: 0} {
		s := newScope(nil)
		name := "a"
		s.aliases[name] = ast.NewUint(1)
		for range doublings {
			double := ast.NewCall("plus", &ast.Ident{Parts: []string{name}}, &ast.Ident{Parts: []string{name}})
			name += "a"
			s.aliases[name] = double
		}
		_, err := New(t.Context(), expr.Background(), nil, nil, Options{}).scalar(&ast.Ident{Parts: []string{name}}, s)
		got := chcode.Code(0)
		if e, ok := errors.AsType[*chcode.Error](err); ok {
			got = e.Code
		}
		if got != want || (err != nil && !strings.Contains(err.Error(), "aliases")) {
			t.Errorf("%d doublings: %v", doublings, err)
		}
	}
}
