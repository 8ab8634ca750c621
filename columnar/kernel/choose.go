package kernel

// Choose writes the rows of a whose value compares with y as op says to dst and
// returns them, without a branch per row. With sel it looks at those rows only, and
// dst may be sel. dst must have room for all rows looked at.
func Choose[T Num](op Op, dst []uint32, a []T, y T, sel []uint32) []uint32 {
	if sel == nil {
		return chooseAll(op, dst, a, y)
	}
	n := 0
	dst = dst[:len(sel)]
	switch op {
	case EQ:
		for _, r := range sel {
			dst[n] = r
			n += int(truth(a[r] == y))
		}
	case NE:
		for _, r := range sel {
			dst[n] = r
			n += int(truth(a[r] != y))
		}
	case LT:
		for _, r := range sel {
			dst[n] = r
			n += int(truth(a[r] < y))
		}
	case LE:
		for _, r := range sel {
			dst[n] = r
			n += int(truth(a[r] <= y))
		}
	case GT:
		for _, r := range sel {
			dst[n] = r
			n += int(truth(a[r] > y))
		}
	case GE:
		for _, r := range sel {
			dst[n] = r
			n += int(truth(a[r] >= y))
		}
	}
	return dst[:n]
}

func chooseAll[T Num](op Op, dst []uint32, a []T, y T) []uint32 {
	n := 0
	dst = dst[:len(a)]
	switch op {
	case EQ:
		for i, x := range a {
			dst[n] = uint32(i)
			n += int(truth(x == y))
		}
	case NE:
		for i, x := range a {
			dst[n] = uint32(i)
			n += int(truth(x != y))
		}
	case LT:
		for i, x := range a {
			dst[n] = uint32(i)
			n += int(truth(x < y))
		}
	case LE:
		for i, x := range a {
			dst[n] = uint32(i)
			n += int(truth(x <= y))
		}
	case GT:
		for i, x := range a {
			dst[n] = uint32(i)
			n += int(truth(x > y))
		}
	case GE:
		for i, x := range a {
			dst[n] = uint32(i)
			n += int(truth(x >= y))
		}
	}
	return dst[:n]
}
