package agg

// Sums into few groups. An addition to memory waits for the one before when both are
// to the same place; with several strands of places that stay in the first-level cache,
// neighbouring rows of one group don't.

const (
	// fewGroups is up to how many groups strands are used.
	fewGroups = 1 << 10
	fewMask   = fewGroups - 1
	// rowsPerGroup is how many rows a group must have on average, so that clearing and
	// adding up the strands is little of the work.
	rowsPerGroup = 4
)

// isFew tells whether strands pay for so many groups and rows.
func isFew(groups, rows int) bool { return groups <= fewGroups && rows >= rowsPerGroup*groups }

func addOnes(acc []int64, groups []uint32) {
	if !isFew(len(acc), len(groups)) {
		for _, g := range groups {
			acc[g]++
		}
		return
	}
	var a, b [fewGroups]uint32
	for len(groups) >= 4 {
		a[groups[0]&fewMask]++
		b[groups[1]&fewMask]++
		a[groups[2]&fewMask]++
		b[groups[3]&fewMask]++
		groups = groups[4:]
	}
	for _, g := range groups {
		a[g&fewMask]++
	}
	for g := range acc {
		acc[g] += int64(a[g]) + int64(b[g])
	}
}

func addGrouped[T number, A accumulator](acc []A, groups []uint32, values []T) {
	values = values[:len(groups)]
	if !isFew(len(acc), len(groups)) {
		for i, g := range groups {
			acc[g] += A(values[i])
		}
		return
	}
	var a, b [fewGroups]A
	addStrands(&a, &b, groups, values)
	for g := range acc {
		acc[g] += a[g] + b[g]
	}
}

// addStrands adds even rows to a and odd ones to b.
func addStrands[T number, A accumulator](a, b *[fewGroups]A, groups []uint32, values []T) {
	for len(groups) >= 2 && len(values) >= 2 {
		a[groups[0]&fewMask] += A(values[0])
		b[groups[1]&fewMask] += A(values[1])
		groups, values = groups[2:], values[2:]
	}
	for i, g := range groups {
		a[g&fewMask] += A(values[i])
	}
}

// smallSum is how large values may be of which a batch is added up in 64 bits.
const smallSum = 1 << 48

// areSmall tells whether the sum of values, at most 1<<14, surely fits 64 bits.
func areSmall(values []int64) bool {
	var all uint64
	for _, v := range values {
		all |= uint64(v ^ v>>63)
	}
	return all < smallSum && len(values) <= 1<<14
}

// addDecimals adds values of 64 bits to sums of 192.
func addDecimals(acc []wide, groups []uint32, values []int64) {
	values = values[:len(groups)]
	if !isFew(len(acc), len(groups)) || !areSmall(values) {
		for i, g := range groups {
			acc[g] = acc[g].add(widen(values[i]))
		}
		return
	}
	var a, b [fewGroups]int64
	addStrands(&a, &b, groups, values)
	for g := range acc {
		acc[g] = acc[g].add(widen(a[g] + b[g]))
	}
}
