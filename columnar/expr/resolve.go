package expr

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/freshetdb/freshet/columnar/agg"
	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/chcode"
	"github.com/freshetdb/freshet/columnar/types"
)

// site is one call being resolved.
type site struct {
	ctx  *Ctx
	name string
	fn   *function
	args []Expr
	// types of the arguments: without LowCardinality, and without Nullable where
	// the default NULL rule applies.
	types []types.Type
}

// NewCall resolves a function by name for its arguments. Errors are
// UNKNOWN_FUNCTION, NUMBER_OF_ARGUMENTS_DOESNT_MATCH, ILLEGAL_TYPE_OF_ARGUMENT
// and what else ClickHouse says of such a call.
func NewCall(ctx *Ctx, name string, args []Expr) (Expr, error) {
	fn := functions().find(name)
	if fn == nil {
		return nil, unknownFunction(name)
	}
	if err := checkCount(fn, len(args)); err != nil {
		return nil, err
	}
	s := &site{ctx: ctx, name: fn.Name, fn: fn, args: args, types: make([]types.Type, len(args))}
	nullable, nothing, lowCard := false, false, 0
	for i, a := range args {
		t := a.Type()
		if _, isLambda := a.(*Lambda); !isLambda {
			nullable = nullable || t.Nullable
			nothing = nothing || t.Kind == types.Nothing
			lowCard = tallyLowCard(lowCard, a)
		}
		t.LowCard = false
		if !fn.has(ownNulls) {
			t.Nullable = false
		}
		s.types[i] = t
	}
	c := &Call{Name: fn.Name, Args: args, given: args, ctx: ctx, fn: fn}
	if nothing && !fn.has(ownNulls) && !fn.has(constNothing) {
		c.typ = types.Of(types.Nothing).AsNullable()
		c.b = bound{ret: c.typ, run: func(*run, []*batch.Vector) (*batch.Vector, error) { return vec(nil), nil }}
		c.finish()
		return c, nil
	}
	b, err := fn.bind(s)
	if err != nil {
		return nil, err
	}
	c.b, c.typ, c.Args = b, b.ret, s.args
	if nullable && !fn.has(ownNulls) {
		c.typ = c.typ.AsNullable()
	}
	if lowCard == 1 && !fn.has(ownLowCard) && !fn.has(impure) && canBeLowCard(c.typ) {
		c.typ.LowCard = true
	}
	c.finish()
	return c, nil
}

// tallyLowCard counts to 1 when exactly one argument that is not a constant is
// LowCardinality and no other argument is anything but a constant.
func tallyLowCard(tally int, a Expr) int {
	_, isConst := a.(*Const)
	switch {
	case isConst && a.Type().LowCard && tally == 0:
		return 1
	case isConst:
		return tally
	case a.Type().LowCard && tally == 0:
		return 1
	default:
		return 2
	}
}

func canBeLowCard(t types.Type) bool {
	switch t.Kind {
	case types.Array, types.Tuple, types.Decimal, types.Nothing, types.Enum8, types.Enum16, types.Interval,
		types.DateTime64:
		return false
	default:
		return true
	}
}

func checkCount(fn *function, n int) error {
	if n >= fn.min && (fn.max == variadic || n <= fn.max) {
		return nil
	}
	want := strconv.Itoa(fn.min)
	switch {
	case fn.max == variadic:
		want = fmt.Sprintf("at least %d", fn.min)
	case fn.max != fn.min:
		want = fmt.Sprintf("%d to %d", fn.min, fn.max)
	}
	return chcode.Errorf(chcode.NumberOfArgumentsDoesntMatch,
		"Number of arguments for function %s doesn't match: passed %d, should be %s", fn.Name, n, want)
}

func unknownFunction(name string) error {
	names := agg.Names()
	for _, f := range functions().all {
		names = append(append(names, f.Name), f.Aliases...)
	}
	return chcode.Errorf(chcode.UnknownFunction, "Function with name `%s` does not exist%s", name, types.Hint(name, names))
}

// illegal is the error for an argument (from 0) of a type that the function does
// not take.
func (s *site) illegal(i int) error {
	return chcode.Errorf(chcode.IllegalTypeOfArgument, "Illegal type %s of %s argument of function %s",
		s.args[i].Type(), ordinal(i+1), s.name)
}

// illegalAll is [site.illegal] for the arguments together.
func (s *site) illegalAll() error {
	names := make([]string, len(s.args))
	for i, a := range s.args {
		names[i] = "`" + a.Type().String() + "`"
	}
	return chcode.Errorf(chcode.IllegalTypeOfArgument, "Illegal types of arguments (%s) of function `%s`",
		strings.Join(names, ", "), s.name)
}

// constant is the value of argument i when it is constant, else nil. A constant
// expression is folded.
func (s *site) constant(i int) *Const {
	if i >= len(s.args) {
		return nil
	}
	if _, isLambda := s.args[i].(*Lambda); isLambda {
		return nil
	}
	e, err := Fold(s.ctx, s.args[i])
	if err != nil {
		return nil
	}
	c, _ := e.(*Const)
	return c
}

// mustBeConst is the error for an argument that has to be constant.
func (s *site) mustBeConst(i int) error {
	return chcode.Errorf(chcode.IllegalColumn, "Argument at index %d for function %s must be constant", i, s.name)
}

// constInt is the value of a constant integer argument.
func (s *site) constInt(i int) (int64, error) {
	if !s.types[i].IsInteger() && s.types[i].Kind != types.Bool {
		return 0, s.illegal(i)
	}
	c := s.constant(i)
	if c == nil || c.isNull() {
		return 0, s.mustBeConst(i)
	}
	return intAt(c.Vec, 0), nil
}

// constString is the value of a constant String argument.
func (s *site) constString(i int) (string, error) {
	if !s.types[i].IsString() {
		return "", s.illegal(i)
	}
	c := s.constant(i)
	if c == nil || c.isNull() {
		return "", s.mustBeConst(i)
	}
	return string(c.Vec.Bytes(0)), nil
}

// optConstString is [site.constString], or def when there is no argument i.
func (s *site) optConstString(i int, def string) (string, error) {
	if i >= len(s.args) {
		return def, nil
	}
	return s.constString(i)
}

// cast replaces argument i by a conversion of it to t (Nullable as before).
func (s *site) cast(i int, t types.Type) error {
	if s.args[i].Type().Nullable {
		t = t.AsNullable()
	}
	if s.args[i].Type().Equal(t) {
		return nil
	}
	e, err := NewCast(s.ctx, s.args[i], t, CastInternal)
	if err != nil {
		return err
	}
	args := make([]Expr, len(s.args))
	copy(args, s.args)
	args[i], s.args = e, args
	s.types[i] = t.NotNull()
	return nil
}
