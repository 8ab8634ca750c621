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
		return chooseEqual(dst, a, y)
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

// equalBlock is the rows that chooseEqual looks at together, and equalRun how many of
// such blocks go by before it looks again whether that pays.
const (
	equalBlock = 8
	equalRun   = 64
)

// chooseEqual is chooseAll for EQ. Values that are asked for are mostly few, or stand
// together: blocks without any are passed over, as long as they are many.
func chooseEqual[T Num](dst []uint32, a []T, y T) []uint32 {
	n, i := 0, 0
	for i+equalBlock*equalRun <= len(a) {
		full := 0
		for end := i + equalBlock*equalRun; i < end; i += equalBlock {
			b := a[i : i+equalBlock : i+equalBlock]
			any := truth(b[0] == y) | truth(b[1] == y) | truth(b[2] == y) | truth(b[3] == y) |
				truth(b[4] == y) | truth(b[5] == y) | truth(b[6] == y) | truth(b[7] == y)
			if any == 0 {
				continue
			}
			full++
			for k, x := range b {
				dst[n] = uint32(i + k)
				n += int(truth(x == y))
			}
		}
		if full > equalRun/4 {
			end := min(i+3*equalBlock*equalRun, len(a))
			for ; i < end; i++ {
				dst[n] = uint32(i)
				n += int(truth(a[i] == y))
			}
		}
	}
	for ; i < len(a); i++ {
		dst[n] = uint32(i)
		n += int(truth(a[i] == y))
	}
	return dst[:n]
}
