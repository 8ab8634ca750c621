package expr

import (
	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/chcode"
	"github.com/freshetdb/freshet/columnar/kernel"
	"github.com/freshetdb/freshet/columnar/types"
)

// CastMode is a way of converting values to another type.
type CastMode uint8

// The casts.
const (
	CastPlain          CastMode = iota // CAST(x AS T): wraps around
	CastInternal                       // _CAST: implied by the binder or by INSERT; same values as CastPlain
	CastAccurate                       // accurateCast: an error for a value that T can't hold
	CastAccurateOrNull                 // accurateCastOrNull: NULL for such a value
)

func (m CastMode) function() string {
	switch m {
	case CastInternal:
		return "_CAST"
	case CastAccurate:
		return "accurateCast"
	case CastAccurateOrNull:
		return "accurateCastOrNull"
	default:
		return "CAST"
	}
}

// NewCast converts e to a type. For CastAccurateOrNull the result is Nullable(to).
// CANNOT_CONVERT_TYPE is the error for types that have no conversion, and, when a
// row is evaluated, CANNOT_INSERT_NULL_IN_ORDINARY_COLUMN for NULL that to can't
// hold.
func NewCast(ctx *Ctx, e Expr, to types.Type, mode CastMode) (Expr, error) {
	if (mode == CastPlain || mode == CastInternal) && e.Type().Equal(to) {
		return e, nil
	}
	name := types.Of(types.String)
	b := batch.NewBuilder(name, 1)
	b.Str.AppendString(to.String())
	return NewCall(ctx, mode.function(), []Expr{e, NewConst(b.Finish())})
}

// onFault is what becomes of a value that can't be converted.
type onFault uint8

const (
	faultThrows onFault = iota
	faultNull
	faultDefault
)

// castRules say how one conversion treats values that do not fit.
type castRules struct {
	accurate bool // check ranges instead of wrapping around
	fault    onFault
	// basicTimes reads times in the basic form only, not by best effort, and takes the nearest Date or DateTime for
	// one that is beyond: the functions with OrNull, OrZero and OrDefault.
	basicTimes bool
}

// convert is a conversion of a column without NULLs at its top (a Const has one
// element). Where the rules turn faults into NULL it sets Nulls.
type convert func(r *run, v *batch.Vector) (*batch.Vector, error)

// castSite is the conversion of one type to another being bound.
type castSite struct {
	ctx      *Ctx
	from, to types.Type // without Nullable and LowCardinality
	rules    castRules
}

// bindCast finds the conversion between types that may be Nullable; NULL is kept
// where to is Nullable and refused where it is not.
func bindCast(ctx *Ctx, from, to types.Type, rules castRules) (convert, error) {
	if from.Kind == types.Nothing {
		return nothingCast(to), nil
	}
	if from.IsString() && to.Nullable && to.Kind != types.Bool && !to.IsEnum() && rules.fault == faultThrows {
		rules.fault = faultNull // what is not a value is NULL, since 26.x
	}
	f, err := bindValues(ctx, from, to, rules)
	if err != nil {
		return nil, err
	}
	if from.Kind == types.String && to.Nullable && to.Kind != types.String {
		f = nullText(f)
	}
	return func(r *run, v *batch.Vector) (*batch.Vector, error) {
		return castNulls(f, from, to, r, v)
	}, nil
}

// bindValues finds the conversion of values that are not NULL.
func bindValues(ctx *Ctx, from, to types.Type, rules castRules) (convert, error) {
	s := &castSite{ctx: ctx, from: from.Plain(), to: to.Plain(), rules: rules}
	return s.bind()
}

// castNulls applies a conversion to a column that may have NULLs.
func castNulls(f convert, from, to types.Type, r *run, v *batch.Vector) (*batch.Vector, error) {
	nulls := v.Nulls
	if nulls != nil && kernel.Any(nulls) {
		if !to.Nullable {
			return nil, chcode.Errorf(chcode.CannotInsertNullInOrdinaryColumn,
				"Cannot convert NULL value to non-Nullable type: while converting %s to %s", from, to)
		}
	} else {
		nulls = nil
	}
	plain := *v
	plain.Nulls, plain.Type = nil, from.Plain()
	out, err := f(&run{ctx: r.ctx, n: elements(v), skip: nulls}, &plain)
	if err != nil {
		return nil, err
	}
	res := *out
	res.Type, res.Len, res.Const = to, v.Len, v.Const
	if nulls != nil {
		res.Nulls = kernel.Union(res.Nulls, nulls)
	}
	return &res, nil
}

// elements is how many values v holds: one when it is Const.
func elements(v *batch.Vector) int {
	if v.Const {
		return 1
	}
	return v.Len
}

//go:noinline
func nothingCast(to types.Type) convert {
	return func(r *run, v *batch.Vector) (*batch.Vector, error) {
		switch {
		case to.Nullable:
			return batch.NewNulls(to, v.Len), nil
		case v.Len == 0:
			return emptyVector(to), nil
		default:
			return nil, chcode.Errorf(chcode.CannotConvertType, "Cannot convert NULL to a non-nullable type %s", to)
		}
	}
}

// nullText makes the text NULL the value NULL, as ClickHouse does in casts of
// strings to Nullable types other than String.
func nullText(f convert) convert {
	return func(r *run, v *batch.Vector) (*batch.Vector, error) {
		s := v.Strings()
		var nulls []bool
		for i := range s.Len() {
			if t := s.At(i); string(t) == "NULL" || string(t) == `\N` || string(t) == "ᴺᵁᴸᴸ" {
				if nulls == nil {
					nulls = make([]bool, s.Len())
				}
				nulls[i] = true
			}
		}
		if nulls == nil {
			return f(r, v)
		}
		out, err := f(&run{ctx: r.ctx, n: r.n, skip: kernel.Union(r.skip, nulls)}, v)
		if err != nil {
			return nil, err
		}
		res := *out
		res.Nulls = kernel.Union(res.Nulls, nulls)
		return &res, nil
	}
}

// bind finds the conversion.
func (s *castSite) bind() (convert, error) {
	switch {
	case s.from.Equal(s.to), s.from.Kind == s.to.Kind && s.from.IsTime() && s.from.Scale == s.to.Scale,
		s.from.Kind == types.Interval && s.to.Kind == types.Interval && s.from.Unit == s.to.Unit:
		return func(_ *run, v *batch.Vector) (*batch.Vector, error) { return v, nil }, nil
	case s.from.Kind == types.Interval && s.to.Kind == types.Interval:
		return intervalCast(s.from.Unit, s.to.Unit), nil
	case s.to.Kind == types.String:
		return s.toText(), nil
	case s.to.Kind == types.FixedString:
		return s.toFixed()
	case s.from.IsString():
		return s.parse()
	case s.to.Kind == types.Array:
		return s.arrayCast()
	case s.to.Kind == types.Tuple:
		return s.tupleCast()
	case s.to.Kind == types.Bool && (s.from.Kind == types.UUID || isIP(s.from)):
		return notZero, nil
	case s.from.Kind == types.UUID, s.to.Kind == types.UUID, s.from.Kind == types.Array, s.from.Kind == types.Tuple:
		return nil, s.impossible()
	case s.from.Kind == types.IPv4, s.from.Kind == types.IPv6, s.to.Kind == types.IPv4, s.to.Kind == types.IPv6:
		return s.address()
	case s.from.IsDate(), s.from.IsTime(), s.to.IsDate(), s.to.IsTime():
		return s.timeCast()
	case s.to.IsEnum():
		return s.toEnum()
	case s.to.Kind == types.Decimal:
		return s.toDecimal()
	case s.from.Kind == types.Decimal:
		return s.fromDecimal()
	default:
		return s.number()
	}
}

// impossible is the error for types that have no conversion, with the code that
// ClickHouse has for the target.
func (s *castSite) impossible() error {
	nested := s.from.Kind == types.Array || s.from.Kind == types.Tuple
	code := chcode.NotImplemented
	switch {
	case s.to.Kind == types.Array || s.to.Kind == types.Tuple:
		code = chcode.TypeMismatch
	case s.to.Kind == types.Decimal && (s.from.IsDate() || s.from.IsTime()):
		code = chcode.IllegalColumn
	case s.to.IsEnum(), s.to.Kind == types.Decimal, s.to.Kind == types.DateTime64:
		code = chcode.CannotConvertType
	case nested && s.to.Kind != types.FixedString, s.from.Kind == types.Decimal && s.to.Kind == types.Interval:
		code = chcode.IllegalTypeOfArgument
	case s.from.Kind == types.Decimal && s.to.Kind != types.FixedString:
		code = chcode.IllegalColumn
	}
	return chcode.Errorf(code, "Conversion from %s to %s is not supported", s.from, s.to)
}

// faults collects the rows of a conversion that failed.
type faults struct {
	r     *run
	rules castRules
	nulls []bool
}

// at records a fault in row i; a fault that is to be thrown comes back.
//
//go:noinline
func (f *faults) at(i int, err func() error) error {
	if f.r.skips(i) {
		return nil
	}
	switch f.rules.fault {
	case faultThrows:
		return err()
	case faultNull:
		if f.nulls == nil {
			f.nulls = make([]bool, f.r.n)
		}
		f.nulls[i] = true
	case faultDefault:
	}
	return nil
}

// vec is the result with the NULLs that faults became.
//
//go:noinline
func (f *faults) vec(data any) *batch.Vector { return &batch.Vector{Data: data, Nulls: f.nulls} }

// toText prints values.
func (s *castSite) toText() convert {
	if s.from.Kind == types.FixedString {
		return trimZeros
	}
	zone := s.ctx.zoneOf(s.from)
	from := s.from
	return func(r *run, v *batch.Vector) (*batch.Vector, error) {
		out := batch.Strings{Offsets: make([]uint32, 1, r.n+1)}
		typed := v.WithType(from)
		for i := range r.n {
			out.Bytes = AppendValue(out.Bytes, typed, i, zone)
			out.Offsets = append(out.Offsets, uint32(len(out.Bytes)))
		}
		return vec(out), nil
	}
}

// trimZeros drops the zero bytes that pad FixedStrings.
func trimZeros(r *run, v *batch.Vector) (*batch.Vector, error) {
	in := v.Strings()
	out := batch.Strings{Offsets: make([]uint32, 1, r.n+1)}
	for i := range r.n {
		out.Append(trimmed(in.At(i)))
	}
	return vec(out), nil
}

func trimmed(b []byte) []byte {
	for len(b) > 0 && b[len(b)-1] == 0 {
		b = b[:len(b)-1]
	}
	return b
}

// toFixed pads strings with zero bytes.
func (s *castSite) toFixed() (convert, error) {
	if s.from.Kind == types.Bool || s.from.IsEnum() {
		return s.textToFixed()
	}
	if !s.from.IsString() {
		return nil, s.impossible()
	}
	width := int(s.to.Width)
	return func(r *run, v *batch.Vector) (*batch.Vector, error) {
		if err := r.ctx.bytes(r.name, int64(r.n)*int64(width), maxTextBytes); err != nil {
			return nil, err
		}
		in := v.Strings()
		f := &faults{r: r, rules: s.rules}
		out := batch.Strings{Offsets: make([]uint32, 1, r.n+1), Bytes: make([]byte, 0, r.n*width)}
		for i := range r.n {
			b := in.At(i)
			if len(b) > width {
				if err := f.at(i, func() error {
					return chcode.Errorf(chcode.TooLargeStringSize, "String too long for type %s", s.to)
				}); err != nil {
					return nil, err
				}
				b = nil
			}
			out.Bytes = append(out.Bytes, b...)
			out.Bytes = append(out.Bytes, make([]byte, width-len(b))...)
			out.Offsets = append(out.Offsets, uint32(len(out.Bytes)))
		}
		return f.vec(out), nil
	}, nil
}

// textToFixed prints a value and pads the text.
func (s *castSite) textToFixed() (convert, error) {
	text := (&castSite{ctx: s.ctx, from: s.from, to: types.Of(types.String)}).toText()
	pad, err := (&castSite{ctx: s.ctx, from: types.Of(types.String), to: s.to, rules: s.rules}).toFixed()
	if err != nil {
		return nil, err
	}
	return func(r *run, v *batch.Vector) (*batch.Vector, error) {
		printed, err := text(r, v)
		if err != nil {
			return nil, err
		}
		return pad(r, printed)
	}, nil
}

// arrayCast converts element by element.
func (s *castSite) arrayCast() (convert, error) {
	if s.from.Kind != types.Array {
		return nil, s.impossible()
	}
	elem, err := bindCast(s.ctx, s.from.Elem(), s.to.Elem(), castRules{accurate: s.rules.accurate})
	if err != nil {
		return nil, err
	}
	return func(r *run, v *batch.Vector) (*batch.Vector, error) {
		l := v.Data.(batch.Lists)
		elems, err := elem(r, l.Elems)
		if err != nil {
			return nil, err
		}
		return vec(batch.Lists{Offsets: l.Offsets, Elems: elems.Expand()}), nil
	}, nil
}

// tupleCast converts element by element.
func (s *castSite) tupleCast() (convert, error) {
	if s.from.Kind != types.Tuple || len(s.from.Elems) != len(s.to.Elems) {
		return nil, s.impossible()
	}
	elems := make([]convert, len(s.to.Elems))
	for k, t := range s.to.Elems {
		f, err := bindCast(s.ctx, s.from.Elems[k], t, castRules{accurate: s.rules.accurate})
		if err != nil {
			return nil, err
		}
		elems[k] = f
	}
	return func(r *run, v *batch.Vector) (*batch.Vector, error) {
		parts := v.Data.([]*batch.Vector)
		out := make([]*batch.Vector, len(parts))
		for k, p := range parts {
			c, err := elems[k](r, p)
			if err != nil {
				return nil, err
			}
			out[k] = c.Expand()
		}
		return vec(out), nil
	}, nil
}

// address converts IP addresses to each other and to and from numbers.
func (s *castSite) address() (convert, error) {
	switch {
	case s.from.Kind == types.IPv4 && s.to.Kind == types.IPv6:
		return func(_ *run, v *batch.Vector) (*batch.Vector, error) {
			in := v.Data.([]uint32)
			out := make([]types.Bytes16, len(in))
			kernel.Unary(out, in, types.MapIPv4)
			return vec(out), nil
		}, nil
	case s.from.Kind == types.IPv6 && s.to.Kind == types.IPv4:
		return s.unmapped, nil
	case s.from.Kind == types.IPv4 && (s.to.Kind == types.UInt32 || s.to.Kind == types.UInt64), s.to.Kind == types.IPv4 && s.from.IsUnsigned():
		to := s.to.Phys()
		return func(_ *run, v *batch.Vector) (*batch.Vector, error) { return vec(kernel.ConvertTo(to, v.Data)), nil }, nil
	default:
		return nil, s.impossible()
	}
}

// notZero tells whether a UUID or an address is anything but zeros.
func notZero(r *run, v *batch.Vector) (*batch.Vector, error) {
	out := make([]uint8, r.n)
	switch d := v.Data.(type) {
	case []types.Bytes16:
		for i, x := range d {
			out[i] = truth(x != types.Bytes16{})
		}
	case []uint32:
		kernel.True(out, d)
	}
	return vec(out), nil
}

func (s *castSite) unmapped(r *run, v *batch.Vector) (*batch.Vector, error) {
	in := v.Data.([]types.Bytes16)
	out := make([]uint32, len(in))
	f := &faults{r: r, rules: s.rules}
	for i, a := range in {
		if a != types.MapIPv4(ipv4Of(a)) {
			if err := f.at(i, func() error {
				return chcode.Errorf(chcode.CannotConvertType, "IPv6 %s in column is not in IPv4 mapping block",
					types.AppendIPv6(nil, a))
			}); err != nil {
				return nil, err
			}
			continue
		}
		out[i] = ipv4Of(a)
	}
	return f.vec(out), nil
}

func ipv4Of(a types.Bytes16) uint32 {
	return uint32(a[12])<<24 | uint32(a[13])<<16 | uint32(a[14])<<8 | uint32(a[15])
}
