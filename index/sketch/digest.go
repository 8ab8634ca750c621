package sketch

import (
	"math"
	"slices"
)

// Float is the precision that a digest counts in.
type Float interface{ float32 | float64 }

// Digest is a t-digest: a histogram of centroids that are narrow at both ends, so
// that extreme quantiles are precise. It is ClickHouse's variant: a centroid at
// quantile q weighs at most 4·ε·n·q·(1-q). With float32 and ε = 0.01 it answers as
// quantileTDigest does in one thread, but for rounding in the seventh digit. It is deterministic, and
// depends on the order of additions and merges. NaN is skipped.
//
// One of [NewCountingDigest] is no copy of ClickHouse's: it knows which centroids are of
// one value, and keeps values that come often apart, so that it answers them exactly.
//
// KLL was the alternative: it has a proven bound on rank, but the same error at
// every quantile, and asks for coin tosses.
type Digest[F Float] struct {
	epsilon   F
	centroids []Centroid[F]
	count     F
	fresh     int // centroids at the end that were added since the last compression
	scratch   []Centroid[F]
	values    []uint64 // of [Digest.AddValue] since then, as numbers in the same order
	counts    []uint32 // of those that are small whole numbers, by number; nil: not counted
	counted   uint32   // in all
	room      *Room    // for counts; nil: there is none
	tells     bool     // which centroids are of values that differ: their count is negative
}

// Room is the memory that digests together may take to count small whole numbers one by
// one until they are compressed. It is not safe for concurrent use.
type Room struct{ Bytes int64 }

// Centroid is values that are counted as one.
type Centroid[F Float] struct{ Mean, Count F }

// weight is the number of values, however it is marked.
func (c Centroid[F]) weight() F { return max(c.Count, -c.Count) }

const (
	// freshMax is the number of additions between two compressions.
	freshMax = 2048
	// valuesMax is that number for values of weight 1, which take half the memory and
	// are sorted faster.
	valuesMax = 8192
	// countedMax is the least number that is not counted by itself, and countedPerValue
	// how many numbers may be counted for each value of a digest.
	countedMax      = 1 << 20
	countedPerValue = 4
	// aloneShare: values that weigh more than this part of what a centroid may weigh are
	// not joined with others.
	aloneShare = 1. / 16
	// centroidsMax is a bound that ε keeps digests below; decoders refuse more.
	centroidsMax = 65536
)

// NewDigest makes an empty digest; epsilon is the weight of a centroid in the
// middle as a part of all.
func NewDigest[F Float](epsilon F) *Digest[F] { return &Digest[F]{epsilon: epsilon} }

// NewCountingDigest is [NewDigest] of values many of which may be small whole numbers,
// such as durations: these are counted, which is faster than sorting them, and more
// precise. Values may come often, whole or not: quantiles that fall on them are exact.
func NewCountingDigest(epsilon float64, room *Room) *Digest[float64] {
	return &Digest[float64]{epsilon: epsilon, room: room, tells: true}
}

// Add puts in a value with a weight, which must be positive.
func (d *Digest[F]) Add(x, weight F) {
	if x != x { //nolint:gocritic // NaN
		return
	}
	d.put(Centroid[F]{x, weight})
}

func (d *Digest[F]) put(c Centroid[F]) {
	d.centroids = append(d.centroids, c)
	d.count += c.weight()
	if d.fresh++; d.fresh > freshMax {
		d.compress()
	}
}

// AddValue puts in a value with weight 1, where there are more than a few. It gives how
// many bytes of memory were added.
func (d *Digest[F]) AddValue(x F) (bytes int64) {
	if x != x { //nolint:gocritic // NaN
		return 0
	}
	if i := int(x); uint(i) < uint(len(d.counts)) && F(i) == x {
		if d.counted == math.MaxUint32 {
			d.compress()
		}
		d.counts[i]++
		d.counted++
		d.count++
		return 0
	}
	if len(d.values) == cap(d.values) {
		was := d.SizeBytes()
		switch {
		case d.values == nil:
			d.values = make([]uint64, 0, valuesMax)
		case d.counts == nil && d.startCounting(d.wholeValues()):
		default:
			d.compress()
		}
		bytes = d.SizeBytes() - was
	}
	d.values = append(d.values, orderedBits(float64(x)))
	d.count++
	return bytes
}

// wholeValues is the number that the pending values are below when all of them are
// whole, and not negative; 0 when they are not.
func (d *Digest[F]) wholeValues() (below int) {
	top := 0.0
	for _, v := range d.values {
		x := floatOf(v)
		if x < 0 || x >= countedMax || x != math.Trunc(x) {
			return 0
		}
		top = max(top, x)
	}
	return int(top) + 1
}

// startCounting counts the pending values, which are below n, and from now on numbers
// up to somewhat larger ones; false when it does not pay, or there is no room.
func (d *Digest[F]) startCounting(n int) bool {
	n = min(n+n/4, countedMax)
	if n == 0 || float64(n) > countedPerValue*float64(d.count) || !d.makeCounts(n) {
		return false
	}
	for _, v := range d.values {
		d.counts[int(floatOf(v))]++
	}
	d.counted = uint32(len(d.values))
	d.values = d.values[:0]
	return true
}

// makeCounts makes room to count numbers below n; false when there is no memory.
func (d *Digest[F]) makeCounts(n int) bool {
	more := 4 * int64(n-len(d.counts))
	if d.room == nil || more > d.room.Bytes {
		return false
	}
	d.room.Bytes -= more
	counts := make([]uint32, n)
	copy(counts, d.counts)
	d.counts = counts
	return true
}

// mergeCounts adds the counted values of o: by number as far as there is room.
func (d *Digest[F]) mergeCounts(o *Digest[F]) {
	if o.counted == 0 {
		return
	}
	if uint64(d.counted)+uint64(o.counted) > math.MaxUint32 {
		d.compress()
	}
	if len(d.counts) < len(o.counts) {
		d.makeCounts(len(o.counts))
	}
	both := min(len(d.counts), len(o.counts))
	for v, n := range o.counts[:both] {
		d.counts[v] += n
		d.counted += n
		d.count += F(n)
	}
	for v, n := range o.counts[both:] {
		if n > 0 {
			d.Add(F(both+v), F(n))
		}
	}
}

// Merge adds the centroids of o, which is not changed.
func (d *Digest[F]) Merge(o *Digest[F]) {
	for _, c := range o.centroids {
		d.put(c)
	}
	for _, v := range o.values {
		d.AddValue(F(floatOf(v)))
	}
	d.mergeCounts(o)
}

// Count is the weight of all values.
func (d *Digest[F]) Count() F { return d.count }

// compress sorts the centroids and joins neighbours as far as their weight allows.
func (d *Digest[F]) compress() {
	if d.fresh == 0 && len(d.values) == 0 && d.counted == 0 {
		return
	}
	d.sort()
	if d.counted > 0 {
		d.compressCounts()
		return
	}
	if len(d.centroids) <= 3 {
		return
	}
	j := d.joiner(d.centroids[:0], d.centroids[0])
	j.add(d.centroids[1:])
	d.centroids, d.count = j.end()
}

// joinedAtOnce is how many centroids of counted values are made before they are joined.
const joinedAtOnce = 256

// compressCounts is compress with the counted values, which are in order already.
func (d *Digest[F]) compressCounts() {
	var room [joinedAtOnce]Centroid[F]
	few, old := room[:0], d.centroids
	var j *joiner[F]
	put := func(cs []Centroid[F]) {
		if j == nil {
			j, cs = d.joiner(d.scratch[:0], cs[0]), cs[1:]
		}
		j.add(cs)
	}
	add := func(c Centroid[F]) {
		if few = append(few, c); len(few) == joinedAtOnce {
			put(few)
			few = few[:0]
		}
	}
	for v, count := range d.counts {
		if count == 0 {
			continue
		}
		for len(old) > 0 && old[0].Mean <= F(v) {
			add(old[0])
			old = old[1:]
		}
		add(Centroid[F]{F(v), F(count)})
	}
	if len(few) > 0 {
		put(few)
	}
	j.add(old)
	clear(d.counts)
	d.counted = 0
	d.scratch = d.centroids
	d.centroids, d.count = j.end()
}

// joiner joins centroids that come in order.
type joiner[F Float] struct {
	cs           []Centroid[F] // that are done
	left         Centroid[F]   // may take more
	before       F             // weight of those that are done
	limit, share F
	tells        bool
}

// joiner begins with the first centroid; cs is the memory that results are put to, and
// may be where centroids come from.
func (d *Digest[F]) joiner(cs []Centroid[F], first Centroid[F]) *joiner[F] {
	return &joiner[F]{cs: cs, left: first, limit: d.count * d.epsilon * 4, share: 1 / d.count, tells: d.tells}
}

func (j *joiner[F]) add(cs []Centroid[F]) {
	if j.tells {
		j.addApart(cs)
		return
	}
	l, left, before, limit, share := len(j.cs), j.left, j.before, j.limit, j.share
	out := slices.Grow(j.cs, len(cs)+1)[:l+len(cs)]
	for _, right := range cs {
		ql := (before + left.Count*0.5) * share
		qr := (before + left.Count + right.Count*0.5) * share
		spread := min(ql*(1-ql), qr*(1-qr))
		if left.Count+right.Count <= limit*spread && joinable(left.Mean, right.Mean) {
			left.Count += right.Count
			if right.Mean != left.Mean {
				left.Mean += right.Count * (right.Mean - left.Mean) / left.Count
			}
			continue
		}
		before += left.Count
		out[l] = left
		l++
		left = right
	}
	j.cs, j.left, j.before = out[:l], left, before
}

// addApart is add that tells values that differ from equal ones, joins all that are
// equal, and leaves those alone that weigh much of what a centroid may.
func (j *joiner[F]) addApart(cs []Centroid[F]) {
	l, left, before, limit, share := len(j.cs), j.left, j.before, j.limit, j.share
	out := slices.Grow(j.cs, len(cs)+1)[:l+len(cs)]
	weight := left.weight()
	for _, right := range cs {
		more := right.weight()
		ql := (before + weight*0.5) * share
		qr := (before + weight + more*0.5) * share
		most := limit * min(ql*(1-ql), qr*(1-qr))
		if left.Mean == right.Mean && left.Count > 0 && right.Count > 0 {
			left.Count += right.Count
			weight = left.Count
			continue
		}
		// The counts of those that may be joined with any are negative.
		if weight+more <= most && max(left.Count, right.Count) <= max(1, most*aloneShare) && joinable(left.Mean, right.Mean) {
			weight += more
			left.Mean += more * (right.Mean - left.Mean) / weight
			left.Count = -weight
			continue
		}
		before += weight
		out[l] = left
		l++
		left, weight = right, more
	}
	j.cs, j.left, j.before = out[:l], left, before
}

// end gives the centroids, and their weight.
func (j *joiner[F]) end() (cs []Centroid[F], weight F) {
	return append(j.cs, j.left), j.before + j.left.weight()
}

// sort puts the fresh centroids and values in their places among those that are
// sorted.
func (d *Digest[F]) sort() {
	if d.fresh > 0 {
		old := len(d.centroids) - d.fresh
		d.scratch = slices.Grow(d.scratch[:0], d.fresh)[:d.fresh]
		sortByMean(d.centroids[old:], d.scratch)
		d.mergeFrom(old)
		d.fresh = 0
	}
	if len(d.values) > 0 {
		d.sortValues()
	}
}

// sortValues is sort of the pending values: those that are equal make one centroid.
func (d *Digest[F]) sortValues() {
	sortBits(d.values)
	old, values := d.centroids, d.values
	out := slices.Grow(d.scratch[:0], len(old)+len(values))[:len(old)+len(values)]
	n := 0
	for i := 0; i < len(values); {
		first := i
		for i++; i < len(values) && values[i] == values[first]; {
			i++
		}
		mean := F(floatOf(values[first]))
		for ; len(old) > 0 && old[0].Mean <= mean; old = old[1:] {
			out[n] = old[0]
			n++
		}
		out[n] = Centroid[F]{mean, F(i - first)}
		n++
	}
	n += copy(out[n:], old)
	d.centroids, d.scratch = out[:n], d.centroids[:0]
	d.values = d.values[:0]
}

// mergeFrom puts the centroids from old on, which are sorted, in their places among
// those before, which are too.
func (d *Digest[F]) mergeFrom(old int) {
	fresh := d.centroids[old:]
	if old == 0 || d.centroids[old-1].Mean <= fresh[0].Mean {
		return
	}
	d.scratch = append(d.scratch[:0], fresh...)
	i, j := old-1, len(d.scratch)-1
	for at := len(d.centroids) - 1; j >= 0; at-- { // from the end, so that nothing is overwritten
		if i >= 0 && d.centroids[i].Mean > d.scratch[j].Mean {
			d.centroids[at] = d.centroids[i]
			i--
		} else {
			d.centroids[at] = d.scratch[j]
			j--
		}
	}
}

// sortByMean is a merge sort, since equal means must keep their order and
// slices.SortStableFunc takes three times as long. scratch is as long as cs.
func sortByMean[F Float](cs, scratch []Centroid[F]) {
	const runLen = 8
	for lo := 0; lo < len(cs); lo += runLen {
		run := cs[lo:min(lo+runLen, len(cs))]
		for i := 1; i < len(run); i++ {
			for k := i; k > 0 && run[k].Mean < run[k-1].Mean; k-- {
				run[k], run[k-1] = run[k-1], run[k]
			}
		}
	}
	from, to := cs, scratch
	for width := runLen; width < len(cs); width *= 2 {
		for lo := 0; lo < len(cs); lo += 2 * width {
			mid, hi := min(lo+width, len(cs)), min(lo+2*width, len(cs))
			mergeByMean(to[lo:hi], from[lo:mid], from[mid:hi])
		}
		from, to = to, from
	}
	if len(cs) > 0 && &from[0] != &cs[0] {
		copy(cs, from)
	}
}

func mergeByMean[F Float](dst, a, b []Centroid[F]) {
	for i := range dst {
		if len(b) == 0 || (len(a) > 0 && a[0].Mean <= b[0].Mean) {
			dst[i], a = a[0], a[1:]
		} else {
			dst[i], b = b[0], b[1:]
		}
	}
}

// joinable tells whether the mean of both makes sense: infinities stay apart.
func joinable[F Float](a, b F) bool {
	return a == b || !(math.IsInf(float64(a), 0) || math.IsInf(float64(b), 0))
}

// Quantiles writes the quantiles of the levels, each in [0, 1], to out; NaN of an
// empty digest. Levels may come in any order. It compresses first.
func (d *Digest[F]) Quantiles(levels []float64, out []F) {
	d.compress()
	for i, level := range levels {
		if d.tells {
			out[i] = d.valueAt(level)
		} else {
			out[i] = d.quantile(level)
		}
	}
}

// valueAt is the quantile of a digest that tells which values are equal: these are all
// of that value, others are thought to lie on the lines between the middles of
// centroids. As ClickHouse's, it interpolates between the two nearest values.
func (d *Digest[F]) valueAt(level float64) F {
	if len(d.centroids) == 0 {
		return F(math.NaN())
	}
	at := F(max(0, min(1, level))) * (d.count - 1)
	prev, prevAt, before := F(0), F(0), F(0)
	for i, c := range d.centroids {
		first, last := before, before+c.weight()-1
		if c.Count < 0 {
			first = (first + last) / 2
			last = first
		}
		if at <= last {
			if at >= first || i == 0 {
				return c.Mean
			}
			return between(prevAt, prev, first, c.Mean, at)
		}
		prev, prevAt, before = c.Mean, last, before+c.weight()
	}
	return prev
}

// quantile interpolates between the middles of neighbouring centroids; a centroid
// of one value is exact.
func (d *Digest[F]) quantile(level float64) F {
	cs := d.centroids
	switch len(cs) {
	case 0:
		return F(math.NaN())
	case 1:
		return cs[0].Mean
	}
	x := F(level) * d.count
	prev, prevX, sum := cs[0], F(0), F(0)
	for _, c := range cs {
		at := sum + c.Count*0.5
		if at >= x {
			left, right := prevX, at
			if prev.Count == 1 {
				left += 0.5
			}
			if c.Count == 1 {
				right -= 0.5
			}
			switch {
			case x <= left:
				return prev.Mean
			case x >= right:
				return c.Mean
			default:
				return between(left, prev.Mean, right, c.Mean, x)
			}
		}
		sum += c.Count
		prev, prevX = c, at
	}
	return cs[len(cs)-1].Mean
}

// between is the value at x of the line through (x1, y1) and (x2, y2).
func between[F Float](x1, y1, x2, y2, x F) F {
	k := (x - x1) / (x2 - x1)
	return (1-k)*y1 + k*y2
}

// SizeBytes is the memory of the centroids.
func (d *Digest[F]) SizeBytes() int64 {
	size := int64(16)
	if _, ok := any(d.count).(float32); ok {
		size = 8
	}
	return int64(cap(d.centroids)+cap(d.scratch))*size + 8*int64(cap(d.values)) + 4*int64(cap(d.counts))
}
