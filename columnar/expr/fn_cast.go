package expr

import (
	"fmt"
	"strings"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/chcode"
	"github.com/freshetdb/freshet/columnar/types"
)

// castFunctions are CAST and its kin, and toX with toXOrZero, toXOrNull and
// toXOrDefault.
func castFunctions() []*function {
	const cat = "Type conversion"
	out := []*function{
		{Info: Info{Name: "CAST", CaseInsensitive: true, Syntax: "CAST(x, 'T')", Description: "Converts x to a type; numbers wrap around.", Returns: "T", Category: cat, Example: "CAST('1', 'UInt8')"}, min: 2, max: 2, traits: ownNulls | ownLowCard | constNothing, bind: bindCAST},
		{Info: Info{Name: "_CAST", Syntax: "_CAST(x, 'T')", Description: "Converts x to a type, as an expression does by itself.", Returns: "T", Category: cat, Example: "_CAST('1', 'UInt8')"}, min: 2, max: 2, traits: ownNulls | ownLowCard | constNothing, bind: bindCAST},
		{Info: Info{Name: "accurateCast", Syntax: "accurateCast(x, 'T')", Description: "Converts x to a type; a value that T can't hold is an error.", Returns: "T", Category: cat, Example: "accurateCast(5, 'UInt8')"}, min: 2, max: 2, traits: ownNulls | ownLowCard | constNothing, bind: bindCAST},
		{Info: Info{Name: "accurateCastOrNull", Syntax: "accurateCastOrNull(x, 'T')", Description: "Converts x to a type; NULL for a value that T can't hold.", Returns: "Nullable(T)", Category: cat, Example: "accurateCastOrNull(-1, 'UInt8')"}, min: 2, max: 2, traits: ownNulls | ownLowCard | constNothing, bind: bindCAST},
		{Info: Info{Name: "accurateCastOrDefault", Syntax: "accurateCastOrDefault(x, 'T'[, default])", Description: "Converts x to a type; a default for a value that T can't hold.", Returns: "T", Category: cat, Example: "accurateCastOrDefault(-1, 'UInt8')"}, min: 2, max: 3, traits: ownNulls | ownLowCard | constNothing, bind: bindCastOrDefault},
	}
	for _, t := range castTargets() {
		out = append(out, t.family()...)
	}
	return out
}

// castTarget is a type with functions toX.
type castTarget struct {
	name    string
	aliases []string
	extra   int  // arguments after the first that the type needs: scale, length
	zone    bool // a zone may follow
	typed   func(s *site) (types.Type, error)
	noTry   bool // there is no OrZero, OrNull
}

func castTargets() []castTarget {
	plain := func(k types.Kind) func(*site) (types.Type, error) {
		return func(*site) (types.Type, error) { return types.Of(k), nil }
	}
	out := []castTarget{
		{name: "toBool", typed: plain(types.Bool), noTry: true},
		{name: "toFloat32", typed: plain(types.Float32)},
		{name: "toFloat64", typed: plain(types.Float64)},
		{name: "toDate", aliases: []string{"DATE"}, typed: plain(types.Date), zone: true},
		{name: "toDate32", typed: plain(types.Date32), zone: true},
		{name: "toDateTime", typed: zonedDateTime, zone: true},
		{name: "toDateTime32", typed: zonedDateTime, zone: true, noTry: true},
		{name: "toDateTime64", typed: zonedDateTime64, extra: 1, zone: true},
		{name: "toUUID", typed: plain(types.UUID)},
		{name: "toIPv4", typed: plain(types.IPv4)},
		{name: "toIPv6", typed: plain(types.IPv6)},
		{name: "toFixedString", typed: fixedOf, extra: 1, noTry: true},
	}
	for k := types.Int8; k <= types.UInt64; k++ {
		out = append(out, castTarget{name: "to" + k.String(), typed: plain(k)})
	}
	for bits, precision := range map[int]int{32: 9, 64: 18, 128: 38} {
		out = append(out, castTarget{name: fmt.Sprintf("toDecimal%d", bits), typed: decimalOfScale(precision), extra: 1})
	}
	return out
}

func zonedDateTime(s *site) (types.Type, error) {
	z, err := s.zoneArg(1)
	return types.Type{Kind: types.DateTime, Zone: z}, err
}

func zonedDateTime64(s *site) (types.Type, error) {
	scale, err := s.constInt(1)
	if err != nil {
		return types.Type{}, err
	}
	if scale < 0 || scale > 9 {
		return types.Type{}, chcode.Errorf(chcode.ArgumentOutOfBound, "Scale %d is too large for DateTime64. Maximum is up to nanoseconds (9).", scale)
	}
	z, err := s.zoneArg(2)
	return types.DateTime64Of(int(scale), z), err
}

// zoneArg is the zone named by a constant argument; nil when there is none, and
// for values that carry a zone, theirs.
func (s *site) zoneArg(i int) (*types.Zone, error) {
	if i >= len(s.args) {
		if t := s.types[0]; t.IsTime() {
			return t.Zone, nil
		}
		return nil, nil
	}
	name, err := s.constString(i)
	if err != nil {
		return nil, err
	}
	z, err := types.LoadZone(name)
	if err != nil {
		return nil, err
	}
	return z, nil
}

func fixedOf(s *site) (types.Type, error) {
	n, err := s.constInt(1)
	if err != nil {
		return types.Type{}, err
	}
	const widest = 0xFFFFFF
	if n <= 0 {
		return types.Type{}, chcode.Errorf(chcode.ArgumentOutOfBound, "FixedString size must be positive, got %d", n)
	}
	if n > widest {
		return types.Type{}, chcode.Errorf(chcode.ArgumentOutOfBound, "FixedString size %d is too large, maximum: %d", n, widest)
	}
	return types.Type{Kind: types.FixedString, Width: uint32(n)}, nil
}

func decimalOfScale(precision int) func(*site) (types.Type, error) {
	return func(s *site) (types.Type, error) {
		scale, err := s.constInt(1)
		if err != nil {
			return types.Type{}, err
		}
		if scale < 0 || int(scale) > precision {
			return types.Type{}, chcode.Errorf(chcode.ArgumentOutOfBound, "Negative scales and scales larger than %d are not supported", precision)
		}
		return types.DecimalOf(precision, int(scale)), nil
	}
}

// family are the functions of a target.
func (t castTarget) family() []*function {
	most := 1 + t.extra
	if t.zone {
		most++
	}
	typeName := strings.TrimPrefix(t.name, "to")
	info := func(suffix, text, returns string) Info {
		args := "x"
		if t.extra > 0 {
			args += ", n"
		}
		example := t.name + suffix + "('1')"
		if t.extra > 0 {
			example = t.name + suffix + "('1', 2)"
		}
		return Info{
			Name: t.name + suffix, CaseInsensitive: t.name == "toDate" && suffix == "", Syntax: t.name + suffix + "(" + args + ")",
			Description: "Converts x to " + typeName + text + ".", Returns: returns, Category: "Type conversion", Example: example,
		}
	}
	plain := info("", "", typeName)
	plain.Aliases = t.aliases
	out := []*function{{
		Info: plain, min: 1 + t.extra, max: most,
		bind: func(s *site) (bound, error) { return bindToType(s, t, castRules{}) },
	}}
	if t.noTry {
		return out
	}
	return append(out,
		&function{
			Info: info("OrZero", "; zero where the text is not one", typeName), min: 1 + t.extra, max: most,
			bind: func(s *site) (bound, error) { return bindTry(s, t, faultDefault) },
		},
		&function{
			Info: info("OrNull", "; NULL where the text is not one", "Nullable("+typeName+")"), min: 1 + t.extra, max: most,
			bind: func(s *site) (bound, error) { return bindTry(s, t, faultNull) },
		},
		&function{
			Info: info("OrDefault", "; a default where that is not possible", typeName), min: 1 + t.extra, max: most + 1,
			traits: ownNulls | ownLowCard,
			bind:   func(s *site) (bound, error) { return bindToTypeOrDefault(s, t) },
		})
}

func bindToType(s *site, t castTarget, rules castRules) (bound, error) {
	to, err := t.typed(s)
	if err != nil {
		return bound{}, err
	}
	ctx := s.ctx
	if t.zone && to.IsDate() && len(s.args) == 2 {
		z, err := s.zoneArg(1)
		if err != nil {
			return bound{}, err
		}
		zoned := *s.ctx
		zoned.Zone = z
		ctx = &zoned
		s.types[0].Zone = z
	}
	throws := castThrows(s.types[0], to)
	if s.args[0].Type().Nullable && s.types[0].IsString() && to.Kind != types.Bool {
		rules.fault, throws = faultNull, false // as CAST to a Nullable
	}
	f, err := bindValues(ctx, s.types[0], to, rules)
	if err != nil {
		return bound{}, err
	}
	return bound{ret: to, canThrow: throws, run: func(r *run, args []*batch.Vector) (*batch.Vector, error) {
		return f(r, args[0].Expand())
	}}, nil
}

// castThrows tells whether some value of from has no counterpart.
func castThrows(from, to types.Type) bool {
	from, to = from.Plain(), to.Plain()
	switch {
	case to.Kind == types.String, from.Equal(to):
		return false
	case from.IsString(), to.Kind == types.Decimal, from.Kind == types.Decimal, to.IsEnum(), from.IsFloat(),
		from.Kind == types.Array, from.Kind == types.Tuple, from.Kind == types.IPv6, to.Kind == types.DateTime64,
		to.Kind == types.FixedString:
		return true
	default:
		return false
	}
}

func bindTry(s *site, t castTarget, fault onFault) (bound, error) {
	if !s.types[0].IsString() {
		return bound{}, chcode.Errorf(chcode.IllegalTypeOfArgument,
			"Illegal type %s of first argument of function %s. Conversion functions with postfix 'OrZero' or 'OrNull' should take String argument",
			s.args[0].Type(), s.name)
	}
	to, err := t.typed(s)
	if err != nil {
		return bound{}, err
	}
	f, err := bindValues(s.ctx, s.types[0], to, castRules{fault: fault, basicTimes: true})
	if err != nil {
		return bound{}, err
	}
	if fault == faultNull {
		to = to.AsNullable()
	}
	return bound{ret: to, run: func(r *run, args []*batch.Vector) (*batch.Vector, error) {
		return f(r, args[0].Expand())
	}}, nil
}

func bindToTypeOrDefault(s *site, t castTarget) (bound, error) {
	plain := *s
	count := len(s.args)
	var def *Const
	if count > 1+t.extra {
		last := s.constant(count - 1)
		if last == nil {
			return bound{}, s.mustBeConst(count - 1)
		}
		if is := last.Type(); !t.zone || !is.IsString() {
			def = last
			plain.args, plain.types = s.args[:count-1], s.types[:count-1]
		}
	}
	to, err := t.typed(&plain)
	if err != nil {
		return bound{}, err
	}
	return bindDefault(s, castRules{basicTimes: true}, to, def)
}

func bindCastOrDefault(s *site) (bound, error) {
	to, err := s.typeArg(1)
	if err != nil {
		return bound{}, err
	}
	var def *Const
	if len(s.args) == 3 {
		if def = s.constant(2); def == nil {
			return bound{}, s.mustBeConst(2)
		}
	}
	return bindDefault(s, castRules{}, to, def)
}

// bindDefault converts with a default for what can't be converted and for NULL.
func bindDefault(s *site, rules castRules, to types.Type, def *Const) (bound, error) {
	rules.accurate, rules.fault = true, faultNull
	f, err := nothingCast(to.AsNullable()), error(nil)
	if s.types[0].Kind != types.Nothing {
		f, err = bindValues(s.ctx, s.types[0], to, rules)
	}
	if err != nil {
		return bound{}, err
	}
	fallback := batch.NewBuilder(to, 1)
	fallback.AppendDefault()
	alt := fallback.Finish()
	if to.Kind == types.Date32 {
		alt.Data = []int32{types.MinDate32}
	}
	if def != nil {
		if !def.Type().Plain().Equal(to.Plain()) {
			return bound{}, chcode.Errorf(chcode.IllegalTypeOfArgument,
				"Default value type should be same as cast type. Expected %s. Actual %s", to, def.Type())
		}
		alt = def.Vec
	}
	return bound{ret: to, run: func(r *run, args []*batch.Vector) (*batch.Vector, error) {
		in := *args[0].Expand()
		in.Nulls = nil
		out, err := f(&run{ctx: r.ctx, n: r.n}, &in)
		if err != nil {
			return nil, err
		}
		out = out.Expand()
		perm, replaced := make([]uint32, r.n), false
		for i := range perm {
			perm[i] = uint32(i)
			if args[0].IsNull(i) || out.IsNull(i) {
				perm[i], replaced = uint32(r.n), true
			}
		}
		res := *out
		res.Nulls = nil
		if !replaced {
			return &res, nil
		}
		one := *alt
		one.Const, one.Len = false, 1
		return concat(to, []*batch.Vector{plainStrings(&res), &one}).Gather(perm), nil
	}}, nil
}

// typeArg parses the type named by a constant argument.
func (s *site) typeArg(i int) (types.Type, error) {
	name, err := s.constString(i)
	if err != nil {
		return types.Type{}, err
	}
	t, err := types.Parse(name)
	if err != nil {
		return types.Type{}, chcode.Or(chcode.UnknownType, err)
	}
	return t, nil
}

func bindCAST(s *site) (bound, error) {
	to, err := s.typeArg(1)
	if err != nil {
		return bound{}, err
	}
	from := s.types[0]
	if from.IsTime() && to.IsTime() && to.Zone == nil {
		to.Zone = from.Zone
	}
	rules := castRules{}
	switch s.name {
	case "accurateCast":
		rules.accurate = true
	case "accurateCastOrNull":
		rules = castRules{accurate: true, fault: faultNull}
		to = to.AsNullable()
	case "CAST":
		if s.ctx.CastKeepNullable && from.Nullable {
			to = to.AsNullable()
		}
	}
	f, err := bindCast(s.ctx, from, to, rules)
	if err != nil {
		return bound{}, err
	}
	throws := castThrows(from, to) || (from.Nullable && !to.Nullable) || rules.accurate
	return bound{ret: to, canThrow: throws && rules.fault == faultThrows, run: func(r *run, args []*batch.Vector) (*batch.Vector, error) {
		return f(r, args[0])
	}}, nil
}
