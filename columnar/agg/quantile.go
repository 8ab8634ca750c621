package agg

import (
	"encoding/binary"
	"fmt"
	"math"
	"slices"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/chcode"
	"github.com/freshetdb/freshet/columnar/kernel"
	"github.com/freshetdb/freshet/columnar/types"
	"github.com/freshetdb/freshet/index/sketch"
)

const (
	// samplesMax is the number of values up to which quantile keeps them all, as
	// ClickHouse's reservoir does. Beyond it ClickHouse takes a random sample
	// (rank error about 1 %), Freshet a t-digest (below 0.06 %), which answers values
	// exactly that come often.
	samplesMax = 8192
	// quantileEpsilon is the weight of a centroid in the middle: about 3,100 centroids.
	quantileEpsilon = 0.0016
	// oldEpsilon is that of digests that do not tell which values are equal.
	oldEpsilon = 0.002
	// tdigestEpsilon is that of ClickHouse's quantileTDigest.
	tdigestEpsilon = 0.01
)

// levelsOf reads the levels of quantile (one, 0.5 if left out) or quantiles.
func (c *call) levelsOf(many bool) ([]float64, error) {
	if many {
		if len(c.params) == 0 {
			return nil, chcode.Errorf(chcode.NumberOfArgumentsDoesntMatch,
				"Aggregate function for calculation of multiple quantiles require at least one parameter")
		}
		return c.levels()
	}
	switch len(c.params) {
	case 0:
		return []float64{0.5}, nil
	case 1:
		return c.levels()
	default:
		return nil, chcode.Errorf(chcode.NumberOfArgumentsDoesntMatch,
			"Aggregate function %s requires one level parameter or less", c.name)
	}
}

// quantileShape is what quantile functions share: levels and the result.
type quantileShape struct {
	levels []float64
	many   bool
	elem   types.Type // type of one quantile
}

func (q *quantileShape) result() types.Type {
	if q.many {
		return types.ArrayOf(q.elem)
	}
	return q.elem
}

// vector makes the result of the quantiles of all groups, level by level within a group.
func (q *quantileShape) vector(elems *batch.Vector) *batch.Vector {
	if !q.many {
		return elems
	}
	k := len(q.levels)
	offsets := make([]uint32, elems.Len/k+1)
	for i := range offsets {
		offsets[i] = uint32(i * k)
	}
	return &batch.Vector{
		Type: q.result(), Len: len(offsets) - 1, Data: batch.Lists{Offsets: offsets, Elems: elems},
	}
}

func buildQuantile(c *call) (core, error)  { return c.buildSampled(false) }
func buildQuantiles(c *call) (core, error) { return c.buildSampled(true) }

func (c *call) buildSampled(many bool) (core, error) {
	levels, err := c.levelsOf(many)
	if err != nil {
		return core{}, err
	}
	if len(c.args) == 0 {
		return core{}, chcode.Errorf(chcode.TooFewArgumentsForFunction,
			"Aggregate function %s requires at least one argument", c.name)
	}
	t, err := c.oneArg()
	if err != nil {
		return core{}, err
	}
	q := quantileShape{levels: levels, many: many, elem: types.Of(types.Float64)}
	switch {
	case t.Kind == types.Date || t.IsTime() || t.Kind == types.Decimal:
		q.elem = t
	case !t.IsNumeric():
		return core{}, c.typeError(t)
	}
	return core{result: q.result(), class: ClassB, make: func(bool) States { return &samples{shape: q, room: sketch.Room{Bytes: countsBytes}} }}, nil
}

// samples is the states of quantile and quantiles: all values up to samplesMax,
// with ClickHouse's interpolation, then a t-digest. NaN is skipped.
//
//	byte 0  0 values: uvarint count, float64 each;  2 digest: sketch.Digest;
//	        1 digest that does not tell which values are equal, which is not written any more
type samples struct {
	plain
	rebuilt
	shape   quantileShape
	values  [][]float64
	digests []*sketch.Digest[float64]
	room    sketch.Room
	scratch []float64
	bytes   int64
}

// The first byte of a state.
const (
	sampleValues = iota
	sampleOldDigest
	sampleDigest
)

// countsBytes bounds the memory in which one States counts small whole numbers.
const countsBytes = 16 << 20

func (s *samples) Grow(n int) { s.values, s.digests = grown(s.values, n), grown(s.digests, n) }

func (s *samples) Add(groups []uint32, args []*batch.Vector, n int) {
	s.scratch = toFloats(s.scratch, args[0], n)
	for i, g := range groups {
		s.add(g, s.scratch[i])
	}
}

func (s *samples) AddAll(group uint32, args []*batch.Vector, n int) {
	s.scratch = toFloats(s.scratch, args[0], n)
	s.addAll(group, slices.DeleteFunc(s.scratch, math.IsNaN))
}

// addAll adds values that are numbers.
func (s *samples) addAll(g uint32, values []float64) {
	for len(values) > 0 && s.digests[g] == nil {
		n, was := min(len(values), samplesMax+1-len(s.values[g])), cap(s.values[g])
		s.values[g] = append(s.values[g], values[:n]...)
		s.bytes += 8 * int64(cap(s.values[g])-was)
		if values = values[n:]; len(s.values[g]) > samplesMax {
			s.toDigest(g)
		}
	}
	for _, v := range values {
		s.bytes += s.digests[g].AddValue(v)
	}
}

func (s *samples) add(g uint32, v float64) {
	if d := s.digests[g]; d != nil {
		s.bytes += d.AddValue(v)
		return
	}
	if math.IsNaN(v) {
		return
	}
	was := cap(s.values[g])
	s.values[g] = append(s.values[g], v)
	s.bytes += 8 * int64(cap(s.values[g])-was)
	if len(s.values[g]) > samplesMax {
		s.toDigest(g)
	}
}

func (s *samples) toDigest(g uint32) {
	if s.digests[g] != nil {
		return
	}
	d := sketch.NewCountingDigest(quantileEpsilon, &s.room)
	for _, v := range s.values[g] {
		d.AddValue(v)
	}
	s.bytes += d.SizeBytes() - 8*int64(cap(s.values[g]))
	s.values[g], s.digests[g] = nil, d
}

func (s *samples) Merge(src States, to []uint32) error {
	o := src.(*samples)
	for h := range o.values {
		g := to[h]
		if d := o.digests[h]; d != nil {
			s.toDigest(g)
			s.bytes -= s.digests[g].SizeBytes()
			s.digests[g].Merge(d)
			s.bytes += s.digests[g].SizeBytes()
			continue
		}
		s.addAll(g, o.values[h])
	}
	return nil
}

func (s *samples) Encode(dst []byte, group uint32, _ Form) []byte {
	if d := s.digests[group]; d != nil {
		return d.AppendBinary(append(dst, sampleDigest))
	}
	dst = binary.AppendUvarint(append(dst, sampleValues), uint64(len(s.values[group])))
	return appendF64(dst, s.values[group]...)
}

func (s *samples) Decode(src []byte, group uint32, _ Form) ([]byte, error) {
	r := reader{buf: src}
	switch kind := r.byte(); kind {
	case sampleValues:
	case sampleOldDigest:
		return s.put(group)(sketch.DecodeOldDigest(r.buf, oldEpsilon, quantileEpsilon))
	case sampleDigest:
		return s.put(group)(sketch.DecodeCountingDigest(r.buf, quantileEpsilon))
	default:
		return nil, fmt.Errorf("%w: samples of kind %d", ErrCorrupt, kind)
	}
	n := r.count(8)
	if n > samplesMax {
		return nil, fmt.Errorf("%w: %d samples", ErrCorrupt, n)
	}
	values := make([]float64, n)
	r.f64s(values)
	if slices.ContainsFunc(values, math.IsNaN) {
		return nil, fmt.Errorf("%w: sample is not a number", ErrCorrupt)
	}
	s.values[group] = values
	s.bytes += 8 * int64(n)
	return r.end("samples")
}

// put takes what was decoded for a group.
func (s *samples) put(group uint32) func(d *sketch.Digest[float64], rest []byte, err error) ([]byte, error) {
	return func(d *sketch.Digest[float64], rest []byte, err error) ([]byte, error) {
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrCorrupt, err)
		}
		s.digests[group] = d
		s.bytes += d.SizeBytes()
		return rest, nil
	}
}

func (s *samples) Finish(lo, hi int) *batch.Vector {
	k := len(s.shape.levels)
	out := make([]float64, (hi-lo)*k)
	for g := lo; g < hi; g++ {
		part := out[(g-lo)*k:][:k]
		if d := s.digests[g]; d != nil {
			d.Quantiles(s.shape.levels, part)
			continue
		}
		values := s.values[g] // their order is not part of the state
		if k > selectedLevels {
			slices.Sort(values)
		}
		for i, level := range s.shape.levels {
			if k <= selectedLevels && len(values) > 0 {
				select2(values, int(rankOf(level, len(values))))
			}
			part[i] = interpolated(values, level)
		}
	}
	return s.shape.vector(quantileVector(s.shape.elem, out))
}

// selectedLevels is for how many quantiles of the same values these are not sorted.
const selectedLevels = 3

// select2 puts the values of ranks k and k+1, counted from 0, in their places.
func select2(values []float64, k int) {
	kernel.SelectRank(values, k)
	if rest := values[k+1:]; len(rest) > 0 {
		kernel.SelectRank(rest, 0)
	}
}

// rankOf is where the quantile of n values lies between the first, 0, and the last.
func rankOf(level float64, n int) float64 { return max(0, min(float64(n-1), level*float64(n-1))) }

// interpolated is the quantile of values by linear interpolation between the two nearest
// ranks, which are in their places.
func interpolated(values []float64, level float64) float64 {
	n := len(values)
	if n == 0 {
		return math.NaN()
	}
	at := rankOf(level, n)
	left := int(at)
	if left+1 == n {
		return values[left]
	}
	leftPart := float64(left+1) - at
	return values[left]*leftPart + values[left+1]*(at-float64(left))
}

// quantileVector turns quantiles into a column of type t, cutting fractions off
// where t has none; NaN becomes zero there.
func quantileVector(t types.Type, values []float64) *batch.Vector {
	switch t.Phys() {
	case types.PhysU16:
		return batch.NewFixed(t, truncated[uint16](values), nil)
	case types.PhysU32:
		return batch.NewFixed(t, truncated[uint32](values), nil)
	case types.PhysI64:
		return batch.NewFixed(t, truncated[int64](values), nil)
	case types.PhysI128:
		out := make([]types.Int128, len(values))
		for i, v := range values {
			out[i] = int128FromFloat(v)
		}
		return batch.NewFixed(t, out, nil)
	case types.PhysF32:
		out := make([]float32, len(values))
		for i, v := range values {
			out[i] = float32(v)
		}
		return batch.NewFixed(t, out, nil)
	default:
		return batch.NewFixed(t, values, nil)
	}
}

func truncated[T uint16 | uint32 | int64](values []float64) []T {
	out := make([]T, len(values))
	for i, v := range values {
		if !math.IsNaN(v) {
			out[i] = T(int64(v))
		}
	}
	return out
}

// int128FromFloat cuts the fraction off; 0 of NaN.
func int128FromFloat(v float64) types.Int128 {
	m := math.Trunc(math.Abs(v))
	if math.IsNaN(v) || m >= 0x1p127 {
		return types.Int128{}
	}
	hi := math.Floor(m * 0x1p-64)
	r := types.Int128{Hi: int64(hi), Lo: uint64(m - hi*0x1p64)}
	if v < 0 {
		return r.Neg()
	}
	return r
}

func (s *samples) SizeBytes() int64 { return int64(cap(s.values))*(24+8) + s.bytes }
