package expr

import (
	"math"
	"math/bits"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/chcode"
	"github.com/freshetdb/freshet/columnar/kernel"
	"github.com/freshetdb/freshet/columnar/types"
)

// mathFunctions are those of real numbers.
func mathFunctions() []*function {
	return []*function{
		realFunction("sqrt", "Is the square root.", math.Sqrt), realFunction("cbrt", "Is the cube root.", math.Cbrt),
		realFunction("exp", "Is e to the power x.", math.Exp), realFunction("exp2", "Is 2 to the power x.", math.Exp2), realFunction("exp10", "Is 10 to the power x.", powerOfTen),
		realFunction("log", "Is the natural logarithm.", math.Log, "ln"), realFunction("log2", "Is the logarithm to base 2.", math.Log2), realFunction("log10", "Is the logarithm to base 10.", math.Log10), realFunction("log1p", "Is the natural logarithm of 1 + x.", math.Log1p),
		realFunction("sin", "Is the sine.", math.Sin), realFunction("cos", "Is the cosine.", math.Cos), realFunction("tan", "Is the tangent.", math.Tan),
		realFunction("asin", "Is the arc sine.", math.Asin), realFunction("acos", "Is the arc cosine.", math.Acos), realFunction("atan", "Is the arc tangent.", math.Atan),
		realFunction("sinh", "Is the hyperbolic sine.", math.Sinh), realFunction("cosh", "Is the hyperbolic cosine.", math.Cosh), realFunction("tanh", "Is the hyperbolic tangent.", math.Tanh),
		realFunction("asinh", "Is the inverse hyperbolic sine.", math.Asinh), realFunction("acosh", "Is the inverse hyperbolic cosine.", math.Acosh), realFunction("atanh", "Is the inverse hyperbolic tangent.", math.Atanh),
		realFunction("erf", "Is the error function.", math.Erf), realFunction("erfc", "Is the complementary error function.", math.Erfc),
		realFunction("lgamma", "Is the logarithm of the gamma function.", logGamma), realFunction("tgamma", "Is the gamma function.", math.Gamma),
		realFunction("degrees", "Converts radians to degrees.", func(x float64) float64 { return x * (180 / math.Pi) }), realFunction("radians", "Converts degrees to radians.", func(x float64) float64 { return x * (math.Pi / 180) }),
		real2Function("pow", "Is x to the power y.", math.Pow, "power"), real2Function("atan2", "Is the angle of the point (y, x).", math.Atan2), real2Function("hypot", "Is the length of the hypotenuse.", math.Hypot),
		real2Function("max2", "Is the greater of two numbers; the second where either is NaN.", greater), real2Function("min2", "Is the smaller of two numbers; the second where either is NaN.", func(a, b float64) float64 { return -greater(-a, -b) }),
		realConstant("pi", "Is the number pi.", math.Pi), realConstant("e", "Is Euler's number.", math.E),
		floatTest("isNaN", "Tells whether a number is NaN.", math.IsNaN),
		floatTest("isInfinite", "Tells whether a number is infinite.", func(x float64) bool { return math.IsInf(x, 0) }),
		floatTest("isFinite", "Tells whether a number is neither infinite nor NaN.", func(x float64) bool { return !math.IsInf(x, 0) && !math.IsNaN(x) }),
		{Info: Info{Name: "ifNotFinite", Syntax: "ifNotFinite(x, alt)", Description: "Is x, or alt where x is infinite or NaN.", Returns: "the common type", Category: "Mathematical", Example: "ifNotFinite(divide(1, 0), 7)"}, min: 2, max: 2, traits: ownNulls | ownLowCard, bind: bindIfNotFinite},
	}
}

func greater(a, b float64) float64 {
	if a > b {
		return a
	}
	return b
}

// powerOfTen is exact where the exponent is an integer.
func powerOfTen(x float64) float64 {
	if n := int(x); float64(n) == x {
		return math.Pow10(n)
	}
	return math.Pow(10, x)
}

// logGamma is NaN where gamma has no value, but for zero.
func logGamma(x float64) float64 {
	if x < 0 && x == math.Trunc(x) {
		return math.NaN()
	}
	v, _ := math.Lgamma(x)
	return v
}

// realFunction is a function of one number.
//
//go:noinline
func realFunction(name, text string, f func(float64) float64, aliases ...string) *function {
	return &function{
		Info: Info{Name: name, Aliases: aliases, CaseInsensitive: true, Syntax: name + "(x)", Description: text, Returns: "Float64", Category: "Mathematical", Example: name + "(1)"},
		min:  1, max: 1, bind: func(s *site) (bound, error) { return bindReal(s, f) },
	}
}

// real2Function is a function of two numbers.
//
//go:noinline
func real2Function(name, text string, f func(a, b float64) float64, aliases ...string) *function {
	return &function{
		Info: Info{Name: name, Aliases: aliases, CaseInsensitive: true, Syntax: name + "(x, y)", Description: text, Returns: "Float64", Category: "Mathematical", Example: name + "(1, 2)"},
		min:  2, max: 2, bind: func(s *site) (bound, error) { return bindReal2(s, f) },
	}
}

// realConstant is a function of nothing.
//
//go:noinline
func realConstant(name, text string, v float64) *function {
	return &function{
		Info: Info{Name: name, CaseInsensitive: name == "pi", Syntax: name + "()", Description: text, Returns: "Float64", Category: "Mathematical", Example: name + "()"},
		bind: func(*site) (bound, error) {
			return bound{ret: types.Of(types.Float64), run: func(r *run, _ []*batch.Vector) (*batch.Vector, error) { return constOf(v, r.n), nil }}, nil
		},
	}
}

func bindReal(s *site, f func(float64) float64) (bound, error) {
	if err := s.checkNumbers(1); err != nil {
		return bound{}, err
	}
	return bound{ret: types.Of(types.Float64), run: func(r *run, args []*batch.Vector) (*batch.Vector, error) {
		out := make([]float64, r.n)
		kernel.Unary(out, floats(args[0]), f)
		return vec(out), nil
	}}, nil
}

func bindReal2(s *site, f func(a, b float64) float64) (bound, error) {
	if err := s.checkNumbers(2); err != nil {
		return bound{}, err
	}
	return bound{ret: types.Of(types.Float64), run: func(r *run, args []*batch.Vector) (*batch.Vector, error) {
		out := make([]float64, r.n)
		kernel.Binary(out, floats(args[0]), floats(args[1]), f)
		return vec(out), nil
	}}, nil
}

//go:noinline
func floatTest(name, text string, f func(float64) bool) *function {
	return &function{
		Info: Info{Name: name, CaseInsensitive: name == "isNaN", Syntax: name + "(x)", Description: text, Returns: "UInt8", Category: "Mathematical", Example: name + "(1)"},
		min:  1, max: 1, bind: func(s *site) (bound, error) {
			if !plainNumber(s.types[0]) {
				return bound{}, s.illegal(0)
			}
			return bound{ret: types.Of(types.UInt8), run: func(r *run, args []*batch.Vector) (*batch.Vector, error) {
				out := make([]uint8, r.n)
				for i, x := range floats(args[0]) {
					out[i] = truth(f(x))
				}
				return vec(out), nil
			}}, nil
		},
	}
}

// bindIfNotFinite becomes if(isFinite(x), x, alt).
func bindIfNotFinite(s *site) (bound, error) {
	is, err := NewCall(s.ctx, "isFinite", s.args[:1])
	if err != nil {
		return bound{}, err
	}
	s.args = []Expr{is, s.args[0], s.args[1]}
	s.types = ownTypes(s.args)
	return bindMultiIf(s)
}

// bitFunctions work on the bits of integers.
func bitFunctions() []*function {
	const cat = "Bits"
	two := func(name, text string, f func(a, b uint64, width int) uint64) *function {
		return &function{
			Info: Info{Name: name, Syntax: name + "(a, b)", Description: text, Returns: "an integer", Category: cat, Example: name + "(5, 3)"},
			min:  2, max: 2, bind: func(s *site) (bound, error) { return bindBits(s, f) },
		}
	}
	shift := func(name, text string) *function {
		return &function{
			Info: Info{Name: name, Syntax: name + "(a, n)", Description: text, Returns: "an integer", Category: cat, Example: name + "(5, 1)"},
			min:  2, max: 2, bind: bindShiftBits,
		}
	}
	return []*function{
		two("bitAnd", "Is the bits that are set in both.", func(a, b uint64, _ int) uint64 { return a & b }),
		two("bitOr", "Is the bits that are set in one of both.", func(a, b uint64, _ int) uint64 { return a | b }),
		two("bitXor", "Is the bits that differ.", func(a, b uint64, _ int) uint64 { return a ^ b }),
		two("bitRotateLeft", "Moves the bits left, in a circle.", func(a, b uint64, w int) uint64 {
			return a<<(b%uint64(w)) | (a&mask(w))>>((uint64(w)-b%uint64(w))%uint64(w))
		}),
		two("bitRotateRight", "Moves the bits right, in a circle.", func(a, b uint64, w int) uint64 {
			return (a&mask(w))>>(b%uint64(w)) | a<<((uint64(w)-b%uint64(w))%uint64(w))
		}),
		shift("bitShiftLeft", "Moves the bits left."), shift("bitShiftRight", "Moves the bits right."),
		{Info: Info{Name: "bitNot", Syntax: "bitNot(a)", Description: "Turns all bits over.", Returns: "an integer", Category: cat, Example: "bitNot(5)"}, min: 1, max: 1, bind: bindBitNot},
		{Info: Info{Name: "bitCount", Syntax: "bitCount(a)", Description: "Counts the bits that are set.", Returns: "UInt8", Category: cat, Example: "bitCount(5)"}, min: 1, max: 1, bind: bindBitCount},
		{Info: Info{Name: "bitTest", Syntax: "bitTest(a, n)", Description: "Is bit n, from 0.", Returns: "UInt8", Category: cat, Example: "bitTest(5, 0)"}, min: 2, max: 2, bind: bindBitTest},
		{Info: Info{Name: "bitTestAny", Syntax: "bitTestAny(a, n, …)", Description: "Tells whether one of the bits is set.", Returns: "UInt8", Category: cat, Example: "bitTestAny(5, 0, 1)"}, min: 2, max: variadic, bind: bindBitTest},
		{Info: Info{Name: "bitTestAll", Syntax: "bitTestAll(a, n, …)", Description: "Tells whether all of the bits are set.", Returns: "UInt8", Category: cat, Example: "bitTestAll(5, 0, 2)"}, min: 2, max: variadic, bind: bindBitTest},
	}
}

func mask(width int) uint64 { return ^uint64(0) >> (64 - width) }

func isWhole(t types.Type) bool { return t.IsInteger() || t.Kind == types.Bool }

// bitType is the integer as wide as the wider operand, signed if one is.
func bitType(a, b types.Type) types.Type {
	width := 8 * max(a.Size(), b.Size())
	if isSigned(a) || isSigned(b) {
		return types.Of(intOf(width))
	}
	return types.Of(uintOf(width))
}

func bindBits(s *site, f func(a, b uint64, width int) uint64) (bound, error) {
	if !isWhole(s.types[0]) || !isWhole(s.types[1]) {
		return bound{}, s.illegalAll()
	}
	ret := bitType(s.types[0], s.types[1])
	width := 8 * ret.Size()
	return bound{ret: ret, run: func(r *run, args []*batch.Vector) (*batch.Vector, error) {
		x, y := asUint(args[0]), asUint(args[1])
		out := make([]uint64, r.n)
		kernel.Binary(out, x, y, func(a, b uint64) uint64 { return f(a, b, width) })
		return vec(kernel.ConvertTo(ret.Phys(), out)), nil
	}}, nil
}

func bindShiftBits(s *site) (bound, error) {
	if !isWhole(s.types[0]) || !isWhole(s.types[1]) {
		return bound{}, s.illegalAll()
	}
	ret := bitType(s.types[0], s.types[1])
	width := int64(8 * ret.Size())
	left := s.name == "bitShiftLeft"
	signed := isSigned(ret)
	return bound{ret: ret, canThrow: isSigned(s.types[1]), run: func(r *run, args []*batch.Vector) (*batch.Vector, error) {
		x, by := toInts(kernel.ConvertTo(ret.Phys(), args[0].Data)), ints(args[1])
		out := make([]int64, r.n)
		for i := range out {
			n := pick(by, i)
			if n < 0 && isSigned(s.types[1]) {
				if r.skips(i) {
					continue
				}
				return nil, chcode.Errorf(chcode.ArgumentOutOfBound, "The number of shift positions needs to be a non-negative value")
			}
			switch {
			case n < 0 || n >= width:
			case left:
				out[i] = pick(x, i) << n
			case signed:
				out[i] = pick(x, i) >> n
			default:
				out[i] = int64(uint64(pick(x, i)) >> n)
			}
		}
		return vec(kernel.ConvertTo(ret.Phys(), out)), nil
	}}, nil
}

func bindBitNot(s *site) (bound, error) {
	if !isWhole(s.types[0]) {
		return bound{}, s.illegal(0)
	}
	t := s.types[0]
	if t.Kind == types.Bool {
		t = types.Of(types.UInt8)
	}
	return bound{ret: t, run: func(r *run, args []*batch.Vector) (*batch.Vector, error) {
		out := make([]uint64, r.n)
		for i, x := range asUint(args[0]) {
			out[i] = ^x
		}
		return vec(kernel.ConvertTo(t.Phys(), out)), nil
	}}, nil
}

func bindBitCount(s *site) (bound, error) {
	t := s.types[0]
	if !plainNumber(t) {
		return bound{}, s.illegal(0)
	}
	return bound{ret: types.Of(types.UInt8), run: func(r *run, args []*batch.Vector) (*batch.Vector, error) {
		out := make([]uint8, r.n)
		switch d := args[0].Data.(type) {
		case []float64:
			for i, x := range d {
				out[i] = uint8(bits.OnesCount64(math.Float64bits(x)))
			}
		case []float32:
			for i, x := range d {
				out[i] = uint8(bits.OnesCount32(math.Float32bits(x)))
			}
		default:
			for i, x := range asUint(args[0]) {
				out[i] = uint8(bits.OnesCount64(x & mask(8*t.Size())))
			}
		}
		return vec(out), nil
	}}, nil
}

func bindBitTest(s *site) (bound, error) {
	if err := s.checkIntegers(0, len(s.args)); err != nil {
		return bound{}, err
	}
	width := int64(8 * s.types[0].Size())
	all := s.name == "bitTestAll"
	return bound{ret: types.Of(types.UInt8), canThrow: true, run: func(r *run, args []*batch.Vector) (*batch.Vector, error) {
		in := wholeArgs(args)
		out := make([]uint8, r.n)
		for i := range out {
			x := pick(in[0], i)
			hit := all
			for _, n := range in[1:] {
				k := pick(n, i)
				if (k < 0 || k >= width) && !r.skips(i) {
					return nil, chcode.Errorf(chcode.ParameterOutOfBound,
						"The bit position argument needs to a positive value and less or equal to %d", width-1)
				}
				set := x>>(k&63)&1 != 0
				if all {
					hit = hit && set
				} else {
					hit = hit || set
				}
			}
			out[i] = truth(hit)
		}
		return vec(out), nil
	}}, nil
}
