package types

import "net/netip"

// ParseBool reads true or false, one of their usual spellings in any case, 1 or 0.
func ParseBool(s []byte) (bool, error) {
	for _, w := range [...]string{"true", "1", "t", "y", "yes", "on", "enable", "enabled"} {
		if equalFold(s, w) {
			return true, nil
		}
	}
	for _, w := range [...]string{"false", "0", "f", "n", "no", "off", "disable", "disabled"} {
		if equalFold(s, w) {
			return false, nil
		}
	}
	return false, FaultBool
}

// ParseUUID reads 32 hexadecimal digits, with dashes after 8, 12, 16, 20 of
// them or with none.
func ParseUUID(s []byte) (Bytes16, error) {
	var v Bytes16
	switch len(s) {
	case 36:
		if s[8] != '-' || s[13] != '-' || s[18] != '-' || s[23] != '-' {
			return v, FaultUUID
		}
	case 32:
	default:
		return v, FaultUUID
	}
	k := 0
	for i := range s {
		if len(s) == 36 && (i == 8 || i == 13 || i == 18 || i == 23) {
			continue
		}
		x, ok := hexValue(s[i])
		if !ok {
			return Bytes16{}, FaultUUID
		}
		v[k/2] = v[k/2]<<4 | x
		k++
	}
	return v, nil
}

func hexValue(c byte) (byte, bool) {
	switch {
	case c >= '0' && c <= '9':
		return c - '0', true
	case c >= 'a' && c <= 'f':
		return c - 'a' + 10, true
	case c >= 'A' && c <= 'F':
		return c - 'A' + 10, true
	default:
		return 0, false
	}
}

// ParseIPv4 reads a.b.c.d; the first number goes to the highest byte.
func ParseIPv4(s []byte) (uint32, error) {
	var v uint32
	for part := range 4 {
		n, i := 0, 0
		for i < len(s) && i < 3 && isDigit(s[i]) {
			n = n*10 + int(s[i]-'0')
			i++
		}
		if i == 0 || n > 255 || (i > 1 && s[0] == '0') {
			return 0, FaultIPv4
		}
		v = v<<8 | uint32(n)
		s = s[i:]
		if part == 3 {
			break
		}
		if len(s) == 0 || s[0] != '.' {
			return 0, FaultIPv4
		}
		s = s[1:]
	}
	if len(s) != 0 {
		return 0, FaultIPv4
	}
	return v, nil
}

// ParseIPv6 reads an IPv6 address, or an IPv4 address as a mapped one.
func ParseIPv6(s []byte) (Bytes16, error) {
	if v4, err := ParseIPv4(s); err == nil {
		return MapIPv4(v4), nil
	}
	a, err := netip.ParseAddr(string(s))
	if err != nil || a.Zone() != "" {
		return Bytes16{}, FaultIPv6
	}
	return a.As16(), nil
}

// MapIPv4 is ::ffff:a.b.c.d.
func MapIPv4(v uint32) Bytes16 {
	return Bytes16{10: 0xff, 11: 0xff, 12: byte(v >> 24), 13: byte(v >> 16), 14: byte(v >> 8), 15: byte(v)}
}

// ParseEnum finds a name of an enum; the number of an element counts as well.
func ParseEnum(s []byte, e *Enum) (int16, error) {
	if v, ok := e.byName[string(s)]; ok {
		return v, nil
	}
	n, err := ParseInt(s, 16)
	if err != nil {
		return 0, FaultEnum
	}
	if _, ok := e.byVal[int16(n)]; !ok {
		return 0, FaultEnum
	}
	return int16(n), nil
}
