package kernel

// Add sets dst[i] = a[i] + b[i], wrapping around.
func Add[T Num](dst, a, b []T) {
	switch {
	case len(a) == 1:
		x, b := a[0], spread(b, len(dst))
		if len(b) == 1 {
			fill(dst, x+b[0])
			return
		}
		for i := range dst {
			dst[i] = x + b[i]
		}
	case len(b) == 1:
		y, a := b[0], a[:len(dst)]
		for i := range dst {
			dst[i] = a[i] + y
		}
	default:
		a, b := a[:len(dst)], b[:len(dst)]
		for i := range dst {
			dst[i] = a[i] + b[i]
		}
	}
}

// Sub sets dst[i] = a[i] - b[i], wrapping around.
func Sub[T Num](dst, a, b []T) {
	switch {
	case len(a) == 1:
		x, b := a[0], spread(b, len(dst))
		if len(b) == 1 {
			fill(dst, x-b[0])
			return
		}
		for i := range dst {
			dst[i] = x - b[i]
		}
	case len(b) == 1:
		y, a := b[0], a[:len(dst)]
		for i := range dst {
			dst[i] = a[i] - y
		}
	default:
		a, b := a[:len(dst)], b[:len(dst)]
		for i := range dst {
			dst[i] = a[i] - b[i]
		}
	}
}

// Mul sets dst[i] = a[i] * b[i], wrapping around.
func Mul[T Num](dst, a, b []T) {
	switch {
	case len(a) == 1:
		x, b := a[0], spread(b, len(dst))
		if len(b) == 1 {
			fill(dst, x*b[0])
			return
		}
		for i := range dst {
			dst[i] = x * b[i]
		}
	case len(b) == 1:
		y, a := b[0], a[:len(dst)]
		for i := range dst {
			dst[i] = a[i] * y
		}
	default:
		a, b := a[:len(dst)], b[:len(dst)]
		for i := range dst {
			dst[i] = a[i] * b[i]
		}
	}
}

// Div sets dst[i] = a[i] / b[i] in floating point.
func Div[T Float](dst, a, b []T) {
	switch {
	case len(a) == 1:
		x, b := a[0], spread(b, len(dst))
		if len(b) == 1 {
			fill(dst, x/b[0])
			return
		}
		for i := range dst {
			dst[i] = x / b[i]
		}
	case len(b) == 1:
		y, a := b[0], a[:len(dst)]
		for i := range dst {
			dst[i] = a[i] / y
		}
	default:
		a, b := a[:len(dst)], b[:len(dst)]
		for i := range dst {
			dst[i] = a[i] / b[i]
		}
	}
}

// spread cuts an operand to n rows unless it stands for all of them.
func spread[T any](s []T, n int) []T {
	if len(s) == 1 {
		return s
	}
	return s[:n]
}

func fill[T any](dst []T, v T) {
	for i := range dst {
		dst[i] = v
	}
}

// Binary sets dst[i] = op(a[i], b[i]): for operations whose cost is far above
// that of a call.
func Binary[A, B, R any](dst []R, a []A, b []B, op func(A, B) R) {
	switch {
	case len(a) == 1 && len(b) == 1:
		if len(dst) > 0 {
			fill(dst, op(a[0], b[0]))
		}
	case len(a) == 1:
		x, b := a[0], b[:len(dst)]
		for i := range dst {
			dst[i] = op(x, b[i])
		}
	case len(b) == 1:
		y, a := b[0], a[:len(dst)]
		for i := range dst {
			dst[i] = op(a[i], y)
		}
	default:
		a, b := a[:len(dst)], b[:len(dst)]
		for i := range dst {
			dst[i] = op(a[i], b[i])
		}
	}
}

// Unary sets dst[i] = op(a[i]).
func Unary[A, R any](dst []R, a []A, op func(A) R) {
	a = a[:len(dst)]
	for i := range dst {
		dst[i] = op(a[i])
	}
}

// DivFault is why an integer division has no result.
type DivFault uint8

// The faults of integer division.
const (
	DivOK       DivFault = iota
	DivZero              // by zero
	DivOverflow          // of the least number by -1
)

// IntDiv sets dst[i] = a[i] / b[i], truncated, and stops at the first fault.
// Rows with skip[i] get zero whatever they hold; skip may be nil.
func IntDiv[T Int](dst, a, b []T, skip []bool) DivFault {
	if len(b) == 1 && len(a) == len(dst) && b[0] != 0 && b[0]+1 != 0 {
		y := b[0]
		for i := range dst {
			dst[i] = a[i] / y
		}
		return DivOK
	}
	for i := range dst {
		if skip != nil && skip[i] {
			continue
		}
		x, y := at(a, i), at(b, i)
		if f := divFault(x, y); f != DivOK {
			return f
		}
		dst[i] = x / y
	}
	return DivOK
}

// Mod sets dst[i] = a[i] % b[i] with the sign of a[i], and stops at the first
// fault, as [IntDiv].
func Mod[T Int](dst, a, b []T, skip []bool) DivFault {
	if len(b) == 1 && len(a) == len(dst) && b[0] != 0 && b[0]+1 != 0 {
		y := b[0]
		for i := range dst {
			dst[i] = a[i] % y
		}
		return DivOK
	}
	for i := range dst {
		if skip != nil && skip[i] {
			continue
		}
		x, y := at(a, i), at(b, i)
		if f := divFault(x, y); f != DivOK {
			return f
		}
		dst[i] = x % y
	}
	return DivOK
}

func at[T any](s []T, i int) T {
	if len(s) == 1 {
		return s[0]
	}
	return s[i]
}

func divFault[T Int](x, y T) DivFault {
	if y == 0 {
		return DivZero
	}
	// y is -1, and x, not zero, is its own negation: the least number.
	if minusOne := T(0) - 1; minusOne < 0 && y == minusOne && x == -x && x != 0 {
		return DivOverflow
	}
	return DivOK
}
