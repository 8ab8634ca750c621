package expr

import (
	"bytes"
	"net/netip"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/chcode"
	"github.com/freshetdb/freshet/columnar/types"
)

// ipFunctions are about addresses as text and numbers.
func ipFunctions() []*function {
	const cat = "IP Address"
	return []*function{
		entry(info(cat, "IPv4NumToString(n)", "String", "Prints a number as an IPv4 address.", "IPv4NumToString(16909060)").also("INET_NTOA"), 1, 1, bindIPv4ToText),
		entry(info(cat, "IPv4NumToStringClassC(n)", "String", "Prints a number as an IPv4 address with xxx as its last part.", "IPv4NumToStringClassC(16909060)"), 1, 1, bindIPv4ToText),
		entry(info(cat, "IPv4StringToNum(s)", "UInt32", "Reads an IPv4 address as a number.", "IPv4StringToNum('1.2.3.4')").also("INET_ATON"), 1, 1, bindIPv4Number),
		entry(info(cat, "IPv4StringToNumOrDefault(s)", "UInt32", "Reads an IPv4 address as a number; 0 when it is none.", "IPv4StringToNumOrDefault('x')"), 1, 1, bindIPv4Number),
		entry(info(cat, "IPv4StringToNumOrNull(s)", "Nullable(UInt32)", "Reads an IPv4 address as a number; NULL when it is none.", "IPv4StringToNumOrNull('x')"), 1, 1, bindIPv4Number),
		entry(info(cat, "IPv6NumToString(x)", "String", "Prints an IPv6 address.", "IPv6NumToString(toIPv6('::1'))").also("INET6_NTOA"), 1, 1, bindIPv6ToText),
		entry(info(cat, "IPv6StringToNum(s)", "FixedString(16)", "Reads an IPv6 address as 16 bytes.", "IPv6StringToNum('::1')").also("INET6_ATON"), 1, 1, bindIPv6Bytes),
		entry(info(cat, "IPv4ToIPv6(x)", "IPv6", "Maps an IPv4 address into the IPv6 addresses.", "IPv4ToIPv6(toIPv4('1.2.3.4'))"), 1, 1, bindIPv4ToIPv6),
		entry(info(cat, "isIPv4String(s)", "UInt8", "Tells whether a text is an IPv4 address.", "isIPv4String('1.2.3.4')"), 1, 1, numberOfText(types.UInt8, func(s []byte) uint8 { _, err := types.ParseIPv4(s); return truth(err == nil) })),
		entry(info(cat, "isIPv6String(s)", "UInt8", "Tells whether a text is an IPv6 address.", "isIPv6String('::1')"), 1, 1, numberOfText(types.UInt8, func(s []byte) uint8 { _, ok := strictIPv6(s); return truth(ok) })),
		entry(info(cat, "isIPAddressInRange(address, prefix)", "UInt8", "Tells whether an address is in a network.", "isIPAddressInRange('10.0.0.1', '10.0.0.0/8')"), 2, 2, bindIPInRange),
	}
}

func bindIPv4ToText(s *site) (bound, error) {
	t := s.types[0]
	if t.Kind != types.IPv4 && (!t.IsInteger() || !t.IsUnsigned() || t.Size() > 4) {
		return bound{}, s.illegal(0)
	}
	masked := s.name == "IPv4NumToStringClassC"
	return bound{ret: types.Of(types.String), run: func(r *run, args []*batch.Vector) (*batch.Vector, error) {
		x := asUint(args[0])
		return textRows(r, func(dst []byte, i int) ([]byte, error) {
			dst = types.AppendIPv4(dst, uint32(pick(x, i)))
			if masked {
				dst = append(dst[:bytes.LastIndexByte(dst, '.')+1], "xxx"...)
			}
			return dst, nil
		})
	}}, nil
}

func bindIPv4Number(s *site) (bound, error) {
	if err := s.takesText(0); err != nil {
		return bound{}, err
	}
	ret := types.Of(types.UInt32)
	strict, orNull := s.name == "IPv4StringToNum", s.name == "IPv4StringToNumOrNull"
	if orNull {
		ret = ret.AsNullable()
	}
	return bound{ret: ret, canThrow: strict, run: func(r *run, args []*batch.Vector) (*batch.Vector, error) {
		at, out := stringsOf(args[0]), make([]uint32, r.n)
		var nulls []bool
		if orNull {
			nulls = make([]bool, r.n)
		}
		for i := range out {
			x, err := types.ParseIPv4(at(i))
			switch {
			case err == nil:
				out[i] = x
			case orNull:
				nulls[i] = true
			case strict && !r.skips(i):
				return nil, chcode.Errorf(chcode.CannotParseIPv4, "Invalid IPv4 value")
			}
		}
		return &batch.Vector{Data: out, Nulls: nulls}, nil
	}}, nil
}

func bindIPv6ToText(s *site) (bound, error) {
	t := s.types[0]
	if t.Kind == types.IPv6 {
		return bound{ret: types.Of(types.String), run: func(r *run, args []*batch.Vector) (*batch.Vector, error) {
			x := args[0].Data.([]types.Bytes16)
			return textRows(r, func(dst []byte, i int) ([]byte, error) { return types.AppendIPv6(dst, pick(x, i)), nil })
		}}, nil
	}
	if t.Kind != types.FixedString || t.Width != 16 {
		return bound{}, s.illegal(0)
	}
	return bound{ret: types.Of(types.String), run: func(r *run, args []*batch.Vector) (*batch.Vector, error) {
		at := stringsOf(args[0])
		return textRows(r, func(dst []byte, i int) ([]byte, error) {
			return types.AppendIPv6(dst, types.Bytes16(at(i))), nil
		})
	}}, nil
}

// strictIPv6 reads an IPv6 address; one of IPv4 is none.
func strictIPv6(s []byte) (types.Bytes16, bool) {
	a, err := types.ParseIPv6(s)
	return a, err == nil && bytes.IndexByte(s, ':') >= 0
}

func bindIPv6Bytes(s *site) (bound, error) {
	if err := s.takesText(0); err != nil {
		return bound{}, err
	}
	ret := types.Type{Kind: types.FixedString, Width: 16}
	return bound{ret: ret, canThrow: true, run: func(r *run, args []*batch.Vector) (*batch.Vector, error) {
		at := stringsOf(args[0])
		out := batch.Strings{Offsets: make([]uint32, 1, r.n+1)}
		for i := range r.n {
			a, err := types.ParseIPv6(at(i))
			if err != nil && !r.skips(i) {
				return nil, chcode.Errorf(chcode.CannotParseIPv6, "Invalid IPv6 value")
			}
			out.Append(a[:])
		}
		return vec(out), nil
	}}, nil
}

func bindIPv4ToIPv6(s *site) (bound, error) {
	if t := s.types[0]; t.Kind != types.IPv4 && t.Kind != types.UInt32 {
		return bound{}, s.illegal(0)
	}
	return bound{ret: types.Of(types.IPv6), run: func(_ *run, args []*batch.Vector) (*batch.Vector, error) {
		in := args[0].Data.([]uint32)
		out := make([]types.Bytes16, len(in))
		for i, x := range in {
			out[i] = types.MapIPv4(x)
		}
		return &batch.Vector{Const: args[0].Const, Data: out}, nil
	}}, nil
}

func bindIPInRange(s *site) (bound, error) {
	for _, i := range []int{0, 1} {
		if isIP(s.types[i]) {
			if err := s.cast(i, types.Of(types.String)); err != nil {
				return bound{}, err
			}
		}
	}
	if err := s.takesText(0, 1); err != nil {
		return bound{}, err
	}
	return bound{ret: types.Of(types.UInt8), canThrow: true, run: func(r *run, args []*batch.Vector) (*batch.Vector, error) {
		at, network := stringsOf(args[0]), stringsOf(args[1])
		known := map[string]netip.Prefix{}
		out := make([]uint8, r.n)
		for i := range out {
			if r.skips(i) {
				continue
			}
			p, err := cached(known, network(i), func(b []byte) (netip.Prefix, error) { return netip.ParsePrefix(string(b)) })
			if err != nil {
				return nil, chcode.Errorf(chcode.CannotParseText, "Cannot parse a network %s: %w", network(i), err)
			}
			a, err := netip.ParseAddr(string(at(i)))
			if err != nil {
				return nil, chcode.Errorf(chcode.CannotParseText, "Neither IPv4 nor IPv6 address: '%s'", at(i))
			}
			out[i] = truth(p.Contains(a.WithZone("")) || p.Contains(a.Unmap()) && a.Is4() == p.Addr().Is4())
		}
		return vec(out), nil
	}}, nil
}
