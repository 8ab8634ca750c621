package ast

import (
	"reflect"
	"strings"
)

// Walk calls visit for n and every node below it, parents first, in the order of the fields. Where
// visit returns false the node's children are left out. Nil nodes are not visited.
//
// It goes by reflection over the fields: with more than a hundred node types, hand-written visits
// fall out of step with the types, and a walk costs microseconds beside a query.
func Walk(n Node, visit func(Node) bool) {
	if n == nil || reflect.ValueOf(n).IsNil() {
		return
	}
	if !visit(n) {
		return
	}
	walkFields(reflect.ValueOf(n).Elem(), visit)
}

func walkFields(v reflect.Value, visit func(Node) bool) {
	for i := range v.NumField() { //nolint:modernize // Fields makes a description of each.
		walkValue(v.Field(i), visit)
	}
}

func walkValue(v reflect.Value, visit func(Node) bool) {
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if v.IsNil() || !v.CanInterface() {
			return
		}
		if n, ok := reflect.TypeAssert[Node](v); ok {
			Walk(n, visit)
		}
	case reflect.Slice:
		for i := range v.Len() {
			walkValue(v.Index(i), visit)
		}
	case reflect.Struct:
		// Embedded parts such as Outputs.
		walkFields(v, visit)
	default:
	}
}

// Rewrite returns n with f applied to every expression in it, children before parents, subqueries
// included. It changes nothing in place: nodes on the way to a change are copied, the rest is shared.
// f returns its argument to keep it; it must not return nil.
func Rewrite[N Node](n N, f func(Expr) Expr) N {
	return RewriteIn(n, nil, f)
}

// RewriteIn is Rewrite that leaves out the children of the nodes for which enter returns false
// (f still sees such a node if it is an expression). A nil enter goes everywhere.
func RewriteIn[N Node](n N, enter func(Node) bool, f func(Expr) Expr) N {
	r := rewriter{enter: enter, leave: f}
	out, changed := r.value(reflect.ValueOf(&n).Elem())
	if !changed {
		return n
	}
	result, _ := reflect.TypeAssert[N](out) // A rewritten value keeps its type.
	return result
}

type rewriter struct {
	enter func(Node) bool
	leave func(Expr) Expr
}

// value returns the rewritten value and whether it differs; the static type of v is kept.
func (r *rewriter) value(v reflect.Value) (reflect.Value, bool) {
	switch v.Kind() {
	case reflect.Interface:
		if v.IsNil() {
			return v, false
		}
		out, changed := r.pointer(v.Elem(), v.Type())
		return out, changed
	case reflect.Pointer:
		if v.IsNil() {
			return v, false
		}
		return r.pointer(v, v.Type())
	case reflect.Slice:
		return r.slice(v)
	case reflect.Struct:
		return r.fields(v)
	default:
		return v, false
	}
}

// pointer rewrites the node that v points to. A replacement that does not fit the field's type
// (say, a Literal where a field holds *Ident) is dropped and the node kept.
func (r *rewriter) pointer(v reflect.Value, want reflect.Type) (reflect.Value, bool) {
	if v.Kind() != reflect.Pointer || !v.CanInterface() {
		return v, false
	}
	n, ok := reflect.TypeAssert[Node](v)
	if !ok {
		return v, false
	}
	out, changed := v, false
	if r.enter == nil || r.enter(n) {
		if s, differs := r.fields(v.Elem()); differs {
			fresh := reflect.New(v.Elem().Type())
			fresh.Elem().Set(s)
			out, changed = fresh, true
		}
	}
	if e, isExpr := reflect.TypeAssert[Expr](out); isExpr {
		if next := r.leave(e); next != e && reflect.TypeOf(next).AssignableTo(want) {
			return reflect.ValueOf(next), true
		}
	}
	return out, changed
}

func (r *rewriter) fields(v reflect.Value) (reflect.Value, bool) {
	out := reflect.Value{}
	for i := range v.NumField() {
		if !v.Type().Field(i).IsExported() {
			continue
		}
		if next, changed := r.value(v.Field(i)); changed {
			if !out.IsValid() {
				out = reflect.New(v.Type()).Elem()
				out.Set(v)
			}
			out.Field(i).Set(next)
		}
	}
	if !out.IsValid() {
		return v, false
	}
	return out, true
}

func (r *rewriter) slice(v reflect.Value) (reflect.Value, bool) {
	if !holdsNodes(v.Type().Elem()) {
		return v, false
	}
	out := reflect.Value{}
	for i := range v.Len() {
		if next, changed := r.value(v.Index(i)); changed {
			if !out.IsValid() {
				out = reflect.MakeSlice(v.Type(), v.Len(), v.Len())
				reflect.Copy(out, v)
			}
			out.Index(i).Set(next)
		}
	}
	if !out.IsValid() {
		return v, false
	}
	return out, true
}

func holdsNodes(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.Pointer, reflect.Interface, reflect.Slice, reflect.Struct:
		return true
	default:
		return false
	}
}

// Equal says whether two trees are the same but for positions and the parentheses of the source.
// Strings compare exactly: identifiers are case-sensitive, and so are function names here.
func Equal(a, b Node) bool {
	return equalValues(reflect.ValueOf(&a).Elem(), reflect.ValueOf(&b).Elem())
}

func equalValues(a, b reflect.Value) bool {
	switch a.Kind() {
	case reflect.Interface, reflect.Pointer:
		if a.IsNil() || b.IsNil() {
			return a.IsNil() == b.IsNil()
		}
		if a.Elem().Type() != b.Elem().Type() {
			return false
		}
		return equalValues(a.Elem(), b.Elem())
	case reflect.Slice:
		if a.Len() != b.Len() {
			return false
		}
		for i := range a.Len() {
			if !equalValues(a.Index(i), b.Index(i)) {
				return false
			}
		}
		return true
	case reflect.Struct:
		return equalStructs(a, b)
	case reflect.Float64:
		x, y := a.Float(), b.Float()
		return x == y || x != x && y != y
	default:
		return a.Equal(b)
	}
}

func equalStructs(a, b reflect.Value) bool {
	t := a.Type()
	switch t {
	case reflect.TypeFor[Span](), reflect.TypeFor[Base]():
		return true
	}
	for i := range t.NumField() {
		f := t.Field(i)
		// Offsets into the text are positions, too.
		if f.Type.Kind() == reflect.Int && strings.HasSuffix(f.Name, "Offset") || f.Name == "Paren" {
			continue
		}
		if !equalValues(a.Field(i), b.Field(i)) {
			return false
		}
	}
	return true
}
