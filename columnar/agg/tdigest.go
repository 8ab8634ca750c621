package agg

import (
	"fmt"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/types"
	"github.com/freshetdb/freshet/index/sketch"
)

func buildTDigest(c *call) (core, error)         { return c.buildDigest(false, false) }
func buildTDigests(c *call) (core, error)        { return c.buildDigest(true, false) }
func buildTDigestWeighted(c *call) (core, error) { return c.buildDigest(false, true) }
func buildTDigestsWeighted(c *call) (core, error) {
	return c.buildDigest(true, true)
}

// buildDigest is quantileTDigest and its variants: Float32, or the type of dates
// and times.
func (c *call) buildDigest(many, weighted bool) (core, error) {
	levels, err := c.levelsOf(many)
	if err != nil {
		return core{}, err
	}
	want := 1
	if weighted {
		want = 2
	}
	if len(c.args) != want {
		return core{}, c.argsCountError()
	}
	t := c.args[0]
	q := quantileShape{levels: levels, many: many, elem: types.Of(types.Float32)}
	switch {
	case t.Kind == types.Date || t.Kind == types.DateTime:
		q.elem = t
	case !t.IsNumeric() || t.Kind == types.Decimal:
		return core{}, c.typeError(t)
	}
	if weighted && !c.args[1].IsUnsigned() {
		return core{}, c.typeError(c.args[1])
	}
	return core{result: q.result(), class: ClassB, make: func(bool) States { return &digests{shape: q} }}, nil
}

// digests is the states of quantileTDigest: a digest of single precision a group,
// encoded as sketch.Digest is.
type digests struct {
	plain
	rebuilt
	shape   quantileShape
	groups  []*sketch.Digest[float32] // nil when empty
	values  []float64
	weights []float64
	bytes   int64
}

func (s *digests) Grow(n int) { s.groups = grown(s.groups, n) }

func (s *digests) load(args []*batch.Vector, n int) {
	s.values = toFloats(s.values, args[0], n)
	if len(args) == 2 {
		s.weights = toFloats(s.weights, args[1], n)
		return
	}
	s.weights = resized(s.weights, n)
	for i := range s.weights {
		s.weights[i] = 1
	}
}

func (s *digests) digest(g uint32) *sketch.Digest[float32] {
	if s.groups[g] == nil {
		s.groups[g] = sketch.NewDigest[float32](tdigestEpsilon)
	}
	return s.groups[g]
}

func (s *digests) add(g uint32, value, weight float64) {
	if weight <= 0 {
		return
	}
	d := s.digest(g)
	was := d.SizeBytes()
	d.Add(float32(value), float32(weight))
	s.bytes += d.SizeBytes() - was
}

func (s *digests) Add(groups []uint32, args []*batch.Vector, n int) {
	s.load(args, n)
	for i, g := range groups {
		s.add(g, s.values[i], s.weights[i])
	}
}

func (s *digests) AddAll(group uint32, args []*batch.Vector, n int) {
	s.load(args, n)
	for i, v := range s.values {
		s.add(group, v, s.weights[i])
	}
}

func (s *digests) Merge(src States, to []uint32) error {
	for h, o := range src.(*digests).groups {
		if o == nil {
			continue
		}
		d := s.digest(to[h])
		was := d.SizeBytes()
		d.Merge(o)
		s.bytes += d.SizeBytes() - was
	}
	return nil
}

func (s *digests) Encode(dst []byte, group uint32, _ Form) []byte {
	if s.groups[group] == nil {
		return append(dst, 0)
	}
	return s.groups[group].AppendBinary(dst)
}

func (s *digests) Decode(src []byte, group uint32, _ Form) ([]byte, error) {
	d, rest, err := sketch.DecodeDigest[float32](src, tdigestEpsilon)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrCorrupt, err)
	}
	s.groups[group] = d
	s.bytes += d.SizeBytes()
	return rest, nil
}

func (s *digests) Finish(lo, hi int) *batch.Vector {
	k := len(s.shape.levels)
	out, part := make([]float64, (hi-lo)*k), make([]float32, k)
	for g := lo; g < hi; g++ {
		d := s.groups[g]
		if d == nil {
			d = sketch.NewDigest[float32](tdigestEpsilon)
		}
		d.Quantiles(s.shape.levels, part)
		convert(out[(g-lo)*k:][:k], part)
	}
	return s.shape.vector(quantileVector(s.shape.elem, out))
}

func (s *digests) SizeBytes() int64 { return int64(cap(s.groups))*64 + s.bytes }
