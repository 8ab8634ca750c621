package kernel

import "cmp"

// SelectRank puts the value of rank k, counted from 0, in its place, lesser ones before and
// greater ones behind it (Hoare's quickselect with the median of three as pivot; on
// average some steps a value). There must be no NaN.
func SelectRank[T cmp.Ordered](p []T, k int) {
	for lo, hi := 0, len(p)-1; lo < hi; {
		mid := lo + (hi-lo)/2
		pivot := max(min(p[lo], p[mid]), min(max(p[lo], p[mid]), p[hi]))
		i, j := lo, hi
		for i <= j {
			for p[i] < pivot {
				i++
			}
			for p[j] > pivot {
				j--
			}
			if i <= j {
				p[i], p[j] = p[j], p[i]
				i++
				j--
			}
		}
		switch {
		case k <= j:
			hi = j
		case k >= i:
			lo = i
		default:
			return
		}
	}
}
