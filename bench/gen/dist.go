package gen

import "math"

// rng is splitmix64 (Steele, Lea, Flood 2014).
type rng struct{ state uint64 }

func (r *rng) next() uint64 {
	r.state += 0x9e3779b97f4a7c15
	return mix(r.state)
}

func (r *rng) float() float64 { return float64(r.next()>>11) / (1 << 53) }

func mix(x uint64) uint64 {
	x ^= x >> 30
	x *= 0xbf58476d1ce4e5b9
	x ^= x >> 27
	x *= 0x94d049bb133111eb
	return x ^ x>>31
}

// Parts of a draw: which quantile, and where in it.
const (
	quantileBits = 14
	fractionBits = 24
)

// quantiles are the borders of equally likely ranges of a distribution, as fixed
// point numbers of fractionBits. A draw picks a range and interpolates in it: no
// power, no logarithm.
type quantiles []int64

func newQuantiles(at func(p float64) float64) quantiles {
	q := make(quantiles, 1<<quantileBits+1)
	for i := range q {
		q[i] = int64(at(float64(i)/(1<<quantileBits)) * (1 << fractionBits))
	}
	return q
}

// draw makes a whole number of the distribution from 64 random bits.
func (q quantiles) draw(bits uint64) int64 {
	i := bits >> (64 - quantileBits)
	low, width := q[i], q[i+1]-q[i]
	// Both factors are cut so that the product stays below 2^63.
	fraction := int64(bits & (1<<20 - 1))
	return (low + (width>>10*fraction)>>10) >> fractionBits
}

// zipf draws ranks with P(k) ~ 1/(k+1)^s by inverting the continuous law between
// 1/2 and n+1/2, which is closest to the law of whole numbers.
func zipf(n int64, s float64) quantiles {
	e := 1 - s
	low, high := math.Pow(0.5, e), math.Pow(float64(n)+0.5, e)
	return newQuantiles(func(p float64) float64 {
		return min(max(math.Pow(low+p*(high-low), 1/e)-0.5, 0), float64(n)-1e-6)
	})
}

// logNormal draws numbers whose logarithm is normal, cut off at most.
func logNormal(mean, deviation, most float64) quantiles {
	return newQuantiles(func(p float64) float64 {
		z := math.Sqrt2 * math.Erfinv(2*min(max(p, 1e-5), 1-1e-5)-1)
		return min(math.Exp(mean+deviation*z), most)
	})
}
