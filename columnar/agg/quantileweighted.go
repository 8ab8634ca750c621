package agg

import (
	"encoding/binary"
	"math"
	"slices"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/chcode"
	"github.com/freshetdb/freshet/columnar/types"
)

// weightedBuilder makes the builder of quantileExactWeighted and quantilesExactWeighted.
//
//go:noinline // its closure is large, and would be there once for each function
func weightedBuilder(many bool) func(c *call) (core, error) {
	return func(c *call) (core, error) {
		levels, err := c.levelsOf(many)
		if err != nil {
			return core{}, err
		}
		if len(c.args) != 2 {
			return core{}, c.argsError("two arguments")
		}
		t := c.args[0]
		if !t.IsNumeric() && t.Kind != types.Date && !t.IsTime() {
			return core{}, c.typeError(t)
		}
		if !c.args[1].IsUnsigned() {
			return core{}, chcode.Errorf(chcode.IllegalTypeOfArgument,
				"Second argument (weight) for function %s must be unsigned integer, but it has type %s", c.name, c.args[1])
		}
		q := quantileShape{levels: levels, many: many, elem: t}
		return core{result: q.result(), make: func(bool) States { return &weightedValues{shape: q} }}, nil
	}
}

// weightedValues is the states of quantileExactWeighted: each value with the sum of its
// weights, which wraps. It is a function of the set of rows (class A). Values of all types
// are kept as 128-bit integers that have their order. Encoded as a uvarint count and the
// values, rising, each with its weight as a uvarint. NaN is skipped.
type weightedValues struct {
	plain
	rebuilt
	shape   quantileShape
	groups  []map[types.Int128]uint64 // nil when empty
	keys    []types.Int128
	weights []uint64
	held    int64 // values of all groups
}

// weightedBytes is about the memory of one value with its weight in a map.
const weightedBytes = 56

func (s *weightedValues) Grow(n int) { s.groups = grown(s.groups, n) }

func (s *weightedValues) load(args []*batch.Vector, n int) {
	s.keys, s.weights = resized(s.keys, n), resized(s.weights, n)
	orderedKeys(s.keys, args[0].Data)
	switch d := args[1].Data.(type) {
	case []uint8:
		widenWeights(s.weights, d)
	case []uint16:
		widenWeights(s.weights, d)
	case []uint32:
		widenWeights(s.weights, d)
	case []uint64:
		copy(s.weights, d)
	}
}

func widenWeights[T uint8 | uint16 | uint32](dst []uint64, values []T) {
	for i := range dst {
		dst[i] = uint64(values[i])
	}
}

func (s *weightedValues) Add(groups []uint32, args []*batch.Vector, n int) {
	s.load(args, n)
	for i, k := range s.keys {
		s.add(groups[i], k, s.weights[i])
	}
}

func (s *weightedValues) AddAll(group uint32, args []*batch.Vector, n int) {
	s.load(args, n)
	for i, k := range s.keys {
		s.add(group, k, s.weights[i])
	}
}

func (s *weightedValues) add(g uint32, k types.Int128, weight uint64) {
	if k == notANumber {
		return
	}
	m := s.groups[g]
	if m == nil {
		m = map[types.Int128]uint64{}
		s.groups[g] = m
	}
	was := len(m)
	m[k] += weight
	s.held += int64(len(m) - was)
}

func (s *weightedValues) Merge(src States, to []uint32) error {
	for h, m := range src.(*weightedValues).groups {
		for k, weight := range m {
			s.add(to[h], k, weight)
		}
	}
	return nil
}

func (s *weightedValues) sorted(g int) []types.Int128 {
	out := make([]types.Int128, 0, len(s.groups[g]))
	for k := range s.groups[g] {
		out = append(out, k)
	}
	slices.SortFunc(out, types.Int128.Cmp)
	return out
}

func (s *weightedValues) Encode(dst []byte, group uint32, _ Form) []byte {
	m := s.groups[group]
	dst = binary.AppendUvarint(dst, uint64(len(m)))
	for _, k := range s.sorted(int(group)) {
		dst = binary.AppendUvarint(appendFixed(dst, k), m[k])
	}
	return dst
}

func (s *weightedValues) Decode(src []byte, group uint32, _ Form) ([]byte, error) {
	r := reader{buf: src}
	var last types.Int128
	for i := range r.count(17) {
		k, weight := readFixed[types.Int128](&r), r.uvarint()
		r.bad = r.bad || i > 0 && last.Cmp(k) >= 0 || k == notANumber
		if r.bad {
			break
		}
		s.add(group, k, weight)
		last = k
	}
	return r.end("weighted values")
}

func (s *weightedValues) Finish(lo, hi int) *batch.Vector {
	b := batch.NewBuilder(s.shape.elem, (hi-lo)*len(s.shape.levels))
	for g := lo; g < hi; g++ {
		values := s.sorted(g)
		total := uint64(0)
		for _, w := range s.groups[g] {
			total += w
		}
		for _, level := range s.shape.levels {
			k := zeroKey(s.shape.elem)
			switch {
			case len(values) > 0:
				k = s.reach(g, values, math.Ceil(float64(total)*level))
			case !s.shape.many: // as in ClickHouse, where several levels of nothing are zero
				k = notANumber
			}
			appendKeyed(b, k)
		}
	}
	return s.shape.vector(b.Finish())
}

// reach is the first of sorted values up to which the weights are at least threshold.
func (s *weightedValues) reach(g int, sorted []types.Int128, threshold float64) types.Int128 {
	sum := uint64(0)
	for _, k := range sorted {
		sum += s.groups[g][k]
		if float64(sum) >= threshold {
			return k
		}
	}
	return sorted[len(sorted)-1]
}

func (s *weightedValues) SizeBytes() int64 { return int64(cap(s.groups))*8 + s.held*weightedBytes }

// notANumber is the key of NaN, which no value has.
var notANumber = types.Int128{Hi: math.MinInt64}

// orderedKeys gives the values of a numeric column as integers of the same order.
func orderedKeys(dst []types.Int128, data any) {
	switch d := data.(type) {
	case []uint8:
		unsignedKeys(dst, d)
	case []uint16:
		unsignedKeys(dst, d)
	case []uint32:
		unsignedKeys(dst, d)
	case []uint64:
		unsignedKeys(dst, d)
	case []int8:
		signedKeys(dst, d)
	case []int16:
		signedKeys(dst, d)
	case []int32:
		signedKeys(dst, d)
	case []int64:
		signedKeys(dst, d)
	case []float32:
		floatKeys(dst, d)
	case []float64:
		floatKeys(dst, d)
	case []types.Int128:
		copy(dst, d)
	}
}

func unsignedKeys[T uint8 | uint16 | uint32 | uint64](dst []types.Int128, values []T) {
	for i := range dst {
		dst[i] = types.Int128FromUint64(uint64(values[i]))
	}
}

func signedKeys[T int8 | int16 | int32 | int64](dst []types.Int128, values []T) {
	for i := range dst {
		dst[i] = types.Int128From(int64(values[i]))
	}
}

func floatKeys[T float32 | float64](dst []types.Int128, values []T) {
	for i := range dst {
		if isNaN(values[i]) {
			dst[i] = notANumber
			continue
		}
		dst[i] = types.Int128FromUint64(flipped(math.Float64bits(float64(values[i]))))
	}
}

// flipped gives the bits of floats the order of the floats.
func flipped(bits uint64) uint64 {
	if bits>>63 == 1 {
		return ^bits
	}
	return bits | 1<<63
}

// zeroKey is the key of zero.
func zeroKey(t types.Type) types.Int128 {
	if t.Kind == types.Float32 || t.Kind == types.Float64 {
		return types.Int128FromUint64(flipped(0))
	}
	return types.Int128{}
}

// appendKeyed appends the value of a key; for notANumber NaN, or zero where there is none.
func appendKeyed(b *batch.Builder, k types.Int128) {
	if kind := b.Type.Kind; kind == types.Float32 || kind == types.Float64 {
		appendFloat(b, keyedFloat(k))
		return
	}
	if k == notANumber {
		k = types.Int128{}
	}
	readScalar(&reader{buf: appendFixed(nil, k)}, b) // narrower integers are the first bytes of wider ones
	b.NotNull()
}

func keyedFloat(k types.Int128) float64 {
	switch {
	case k == notANumber:
		return math.NaN()
	case k.Lo>>63 == 0:
		return math.Float64frombits(^k.Lo)
	default:
		return math.Float64frombits(k.Lo &^ (1 << 63))
	}
}

func appendFloat(b *batch.Builder, f float64) {
	if b.Type.Kind == types.Float32 {
		b.F32 = append(b.F32, float32(f))
	} else {
		b.F64 = append(b.F64, f)
	}
	b.NotNull()
}
