package kernel

// True sets dst[i] to 1 where a[i] is not zero, else 0.
func True[T Num](dst []uint8, a []T) { compareConst(NE, dst, a, 0) }

// Not sets dst[i] to 1 where a[i] is zero, else 0.
func Not[T Num](dst []uint8, a []T) { compareConst(EQ, dst, a, 0) }

// And sets dst[i] = a[i] & b[i] for values of 0 and 1.
func And(dst, a, b []uint8) {
	a, b = a[:len(dst)], b[:len(dst)]
	for i := range dst {
		dst[i] = a[i] & b[i]
	}
}

// Or sets dst[i] = a[i] | b[i] for values of 0 and 1.
func Or(dst, a, b []uint8) {
	a, b = a[:len(dst)], b[:len(dst)]
	for i := range dst {
		dst[i] = a[i] | b[i]
	}
}

// Xor sets dst[i] = a[i] ^ b[i] for values of 0 and 1.
func Xor(dst, a, b []uint8) {
	a, b = a[:len(dst)], b[:len(dst)]
	for i := range dst {
		dst[i] = a[i] ^ b[i]
	}
}

// AndNulls is three-valued AND of values of 0 and 1 with their null maps (nil:
// no NULL): false if one is false, else NULL if one is NULL. It writes the value
// to dst (0 where NULL) and the null map to nulls.
func AndNulls(dst []uint8, nulls []bool, a []uint8, an []bool, b []uint8, bn []bool) {
	for i := range dst {
		aNull, bNull := an != nil && an[i], bn != nil && bn[i]
		aFalse, bFalse := !aNull && a[i] == 0, !bNull && b[i] == 0
		nulls[i] = (aNull || bNull) && !aFalse && !bFalse
		dst[i] = truth(!aNull && !bNull && !aFalse && !bFalse)
	}
}

// OrNulls is three-valued OR, as [AndNulls]: true if one is true, else NULL if
// one is NULL.
func OrNulls(dst []uint8, nulls []bool, a []uint8, an []bool, b []uint8, bn []bool) {
	for i := range dst {
		aNull, bNull := an != nil && an[i], bn != nil && bn[i]
		yes := (!aNull && a[i] != 0) || (!bNull && b[i] != 0)
		nulls[i] = (aNull || bNull) && !yes
		dst[i] = truth(yes)
	}
}

// Union is the null map of rows that are NULL in a or b; either may be nil, and
// so is the result when no row can be NULL.
func Union(a, b []bool) []bool {
	switch {
	case a == nil:
		return b
	case b == nil:
		return a
	}
	out := make([]bool, len(a))
	for i := range out {
		out[i] = a[i] || b[i]
	}
	return out
}

// Any tells whether one of the flags is set.
func Any(flags []bool) bool {
	for _, f := range flags {
		if f {
			return true
		}
	}
	return false
}

// Select sets dst[i] = a[i] where cond[i] is not zero, else b[i].
func Select[T any](dst []T, cond []uint8, a, b []T) {
	cond = cond[:len(dst)]
	switch {
	case len(a) == 1 && len(b) == 1:
		pair := [2]T{b[0], a[0]}
		for i := range dst {
			dst[i] = pair[truth(cond[i] != 0)]
		}
	default:
		for i := range dst {
			if cond[i] != 0 {
				dst[i] = at(a, i)
			} else {
				dst[i] = at(b, i)
			}
		}
	}
}

// Rows appends the rows whose flag is set to dst; nulls (may be nil) marks rows
// that are left out.
func Rows(dst []uint32, flags []uint8, nulls []bool) []uint32 {
	start := len(dst)
	dst = append(dst, make([]uint32, len(flags))...)
	out, n := dst[start:], 0
	if nulls == nil {
		for i, f := range flags {
			out[n] = uint32(i)
			n += int(truth(f != 0))
		}
		return dst[:start+n]
	}
	for i, f := range flags {
		out[n] = uint32(i)
		n += int(truth(f != 0 && !nulls[i]))
	}
	return dst[:start+n]
}
