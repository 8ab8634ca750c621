package expr

import (
	"bytes"
	"net/netip"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/chcode"
	"github.com/freshetdb/freshet/columnar/types"
)

// ipFunctions convert and test IP addresses.
func ipFunctions() []*function {
	const cat = "IP addresses"
	text := func(name, desc, example string, f func([]byte) bool) *function {
		return numberFunction(Info{Name: name, Syntax: name + "(s)", Description: desc, Category: cat, Example: example}, 1, types.UInt8, func(a [][]byte) uint8 { return truth(f(a[0])) })
	}
	toNum := func(name string, fault onFault) *function {
		return &function{
			Info: Info{Name: name, Syntax: name + "(s)", Description: "Is an IPv4 address as a number.", Returns: "UInt32", Category: cat, Example: name + "('1.2.3.4')"},
			min:  1, max: 1, bind: func(s *site) (bound, error) { return bindIPv4Num(s, fault) },
		}
	}
	return []*function{
		{Info: Info{Name: "IPv4NumToString", Aliases: []string{"INET_NTOA"}, CaseInsensitive: true, Syntax: "IPv4NumToString(n)", Description: "Prints a number as an IPv4 address.", Returns: "String", Category: cat, Example: "IPv4NumToString(16909060)"}, min: 1, max: 1, bind: bindIPv4Text},
		{Info: Info{Name: "IPv6NumToString", Syntax: "IPv6NumToString(s)", Description: "Prints 16 bytes as an IPv6 address.", Returns: "String", Category: cat, Example: "IPv6NumToString(toFixedString('', 16))"}, min: 1, max: 1, bind: bindIPv6Text},
		toNum("IPv4StringToNum", faultThrows), toNum("IPv4StringToNumOrDefault", faultDefault), toNum("IPv4StringToNumOrNull", faultNull),
		text("isIPv4String", "Tells whether a text is an IPv4 address.", "isIPv4String('1.2.3.4')", func(s []byte) bool { _, err := types.ParseIPv4(s); return err == nil }),
		text("isIPv6String", "Tells whether a text is an IPv6 address.", "isIPv6String('::1')", func(s []byte) bool {
			_, err4 := types.ParseIPv4(s)
			_, err := types.ParseIPv6(s)
			return err == nil && err4 != nil
		}),
		{Info: Info{Name: "isIPAddressInRange", Syntax: "isIPAddressInRange(address, 'prefix/bits')", Description: "Tells whether an address lies in a network.", Returns: "UInt8", Category: cat, Example: "isIPAddressInRange('10.1.2.3', '10.0.0.0/8')"}, min: 2, max: 2, bind: bindIPRange},
	}
}

func bindIPv4Text(s *site) (bound, error) {
	if !isWhole(s.types[0]) && s.types[0].Kind != types.IPv4 {
		return bound{}, s.illegal(0)
	}
	return bound{ret: types.Of(types.String), run: func(r *run, args []*batch.Vector) (*batch.Vector, error) {
		in := ints(args[0])
		return buildText(r, func(dst []byte, i int) []byte { return types.AppendIPv4(dst, uint32(in[i])) })
	}}, nil
}

func bindIPv6Text(s *site) (bound, error) {
	t := s.types[0]
	if t.Kind != types.IPv6 && (t.Kind != types.FixedString || t.Width != 16) {
		return bound{}, s.illegal(0)
	}
	return bound{ret: types.Of(types.String), run: func(r *run, args []*batch.Vector) (*batch.Vector, error) {
		in, _ := rawBytes(args[0])
		return buildText(r, func(dst []byte, i int) []byte { return types.AppendIPv6(dst, types.Bytes16(in(i))) })
	}}, nil
}

func bindIPv4Num(s *site, fault onFault) (bound, error) {
	if err := s.checkStrings(1); err != nil {
		return bound{}, err
	}
	to := types.Of(types.IPv4)
	f := parsed(&castSite{ctx: s.ctx, from: s.types[0], to: to, rules: castRules{fault: fault}}, types.ParseIPv4)
	ret := types.Of(types.UInt32)
	if fault == faultNull {
		ret = ret.AsNullable()
	}
	return bound{ret: ret, canThrow: fault == faultThrows, run: func(r *run, args []*batch.Vector) (*batch.Vector, error) {
		return f(r, args[0])
	}}, nil
}

func bindIPRange(s *site) (bound, error) {
	for i := range 2 {
		if !s.types[i].IsString() && (i > 0 || !isIP(s.types[i])) {
			return bound{}, s.illegal(i)
		}
	}
	if err := s.asText(0); err != nil {
		return bound{}, err
	}
	return bound{ret: types.Of(types.UInt8), canThrow: true, run: func(r *run, args []*batch.Vector) (*batch.Vector, error) {
		in, nets := stringsOf(args[0]), stringsOf(args[1])
		var last []byte
		var prefix netip.Prefix
		out := make([]uint8, r.n)
		for i := range out {
			if r.skips(i) {
				continue
			}
			if last == nil || !bytes.Equal(last, nets(i)) {
				p, err := netip.ParsePrefix(string(nets(i)))
				if err != nil {
					return nil, chcode.Errorf(chcode.CannotParseText, "The text does not contain '/': %s", nets(i))
				}
				prefix, last = p.Masked(), bytes.Clone(nets(i))
			}
			a, err := netip.ParseAddr(string(in(i)))
			if err != nil {
				return nil, chcode.Errorf(chcode.CannotParseText, "Neither IPv4 nor IPv6 address: '%s'", in(i))
			}
			out[i] = truth(contains(prefix, a))
		}
		return vec(out), nil
	}}, nil
}

// contains also finds IPv4 addresses in networks of mapped ones.
func contains(p netip.Prefix, a netip.Addr) bool {
	if a.Is4() && p.Addr().Is6() {
		return p.Contains(netip.AddrFrom16(a.As16()))
	}
	return p.Contains(a)
}
