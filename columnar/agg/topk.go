package agg

import (
	"cmp"
	"encoding/binary"
	"math"
	"slices"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/chcode"
	"github.com/freshetdb/freshet/columnar/types"
)

const (
	// topDefault is the number of values of topK without parameters.
	topDefault = 10
	// topLoad is the number of counters kept for each value asked for, as in ClickHouse.
	topLoad = 3
	// topMax bounds the counters of a group.
	topMax = 1 << 20
)

// topBuilder makes the builder of topK and its variants; counted ones give
// tuples of value, count and error.
//
//go:noinline // its closure is large, and would be there once for each function
func topBuilder(weighted, counted bool) func(c *call) (core, error) {
	return func(c *call) (core, error) {
		want := 1
		if weighted {
			want = 2
		}
		if len(c.args) != want {
			return core{}, c.argsError(map[int]string{1: "single argument", 2: "two arguments"}[want])
		}
		if weighted && !c.args[1].IsInteger() && c.args[1].Kind != types.Bool {
			return core{}, chcode.Errorf(chcode.IllegalTypeOfArgument,
				"The second argument for aggregate function '%s' must have integer type", c.name)
		}
		shape, err := c.topShape(counted)
		if err != nil {
			return core{}, err
		}
		return core{result: shape.result(c.args[0]), class: ClassB, make: func(bool) States {
			return &tops{shape: shape, elem: c.args[0]}
		}}, nil
	}
}

// topShape is the parameters of topK.
type topShape struct {
	size     int
	capacity int
	counted  bool
}

// topShape reads (size, load factor, 'counts') or, of counted functions, (size, capacity).
func (c *call) topShape(counted bool) (topShape, error) {
	s := topShape{size: topDefault, capacity: topDefault * topLoad, counted: counted}
	if len(c.params) > 3 {
		return s, chcode.Errorf(chcode.TooManyArgumentsForFunction,
			"Aggregate function '%s' requires three parameters or less", c.name)
	}
	if len(c.params) == 0 {
		return s, nil
	}
	size, err := c.topParam(0)
	if err != nil {
		return s, err
	}
	s.size, s.capacity = size, size*topLoad
	if len(c.params) > 1 {
		second, err := c.topParam(1)
		if err != nil {
			return s, err
		}
		if s.capacity = size * second; counted {
			s.capacity = max(size, second)
		}
	}
	if len(c.params) == 3 {
		p := c.params[2]
		if !p.Type.IsString() || string(p.Bytes(0)) != "counts" {
			return s, chcode.Errorf(chcode.BadArguments, "Aggregate function %s doesn't support a parameter: %s",
				c.name, paramText(p))
		}
		s.counted = true
	}
	if s.capacity > topMax {
		return s, chcode.Errorf(chcode.ArgumentOutOfBound, "Too large parameter(s) for aggregate function '%s' (it is %d, maximum %d)",
			c.name, s.capacity, topMax)
	}
	return s, nil
}

func paramText(p *batch.Vector) string {
	if p.Type.IsString() {
		return string(p.Bytes(0))
	}
	return "of type " + p.Type.String()
}

func (c *call) topParam(i int) (int, error) {
	f, err := c.paramFloat(i)
	if err != nil {
		return 0, err
	}
	if !(f >= 1 && f <= topMax) { // NaN must fail too
		return 0, chcode.Errorf(chcode.ArgumentOutOfBound, "Parameter %v is illegal for aggregate function '%s'", f, c.name)
	}
	return int(f), nil
}

func (s topShape) result(elem types.Type) types.Type {
	if !s.counted {
		return types.ArrayOf(elem)
	}
	u64 := types.Of(types.UInt64)
	return types.ArrayOf(types.Type{
		Kind: types.Tuple, Elems: []types.Type{elem, u64, u64}, Names: []string{"item", "count", "error"},
	})
}

// tops is the states of topK: space-saving counters. While a group has no more
// distinct values than counters its counts are exact; beyond, the value with the
// least count gives its place to a new one, which takes that count over as its
// error. Values are held as canonical bytes, never as symbols.
//
// Encoded as a uvarint count of counters and of each, in order of their age: value
// as a uvarint length and bytes, count and error as uvarints.
type tops struct {
	plain
	rebuilt
	shape   topShape
	elem    types.Type
	groups  []*topCounters
	keyer   wideKeyer
	weights []uint64
	buf     []byte
	bytes   int64
}

type topCounter struct {
	key          key128
	value        []byte
	count, error uint64
}

// topCounters are the counters of a group. heap orders their indexes so that the
// least count is first; at tells where a counter is in it.
type topCounters struct {
	byKey map[key128]int
	items []topCounter
	heap  []int
	at    []int
}

// noWeight is of rows that do not count: negative weights.
const noWeight = math.MaxUint64

func (s *tops) Grow(n int) { s.groups = grown(s.groups, n) }

// load computes keys and weights; the keys are valid until the next call.
func (s *tops) load(args []*batch.Vector, n int) []key128 {
	s.weights = resized(s.weights, n)
	if len(args) == 1 {
		for i := range s.weights {
			s.weights[i] = 1
		}
	} else {
		for i, f := range toFloats(nil, args[1], n) {
			if s.weights[i] = noWeight; f >= 0 {
				s.weights[i] = uint64(f)
			}
		}
	}
	return s.keyer.of(args[:1], n)
}

func (s *tops) Add(groups []uint32, args []*batch.Vector, n int) {
	for i, k := range s.load(args, n) {
		s.addRow(groups[i], k, args[0], i)
	}
}

func (s *tops) AddAll(group uint32, args []*batch.Vector, n int) {
	for i, k := range s.load(args, n) {
		s.addRow(group, k, args[0], i)
	}
}

func (s *tops) addRow(g uint32, k key128, v *batch.Vector, i int) {
	weight := s.weights[i]
	if weight == noWeight {
		return
	}
	t := s.counters(g)
	if at, ok := t.byKey[k]; ok {
		t.items[at].count = saturating(t.items[at].count, weight)
		t.sink(t.at[at])
		return
	}
	if weight == 0 && len(t.items) == s.shape.capacity { // it displaces nothing
		return
	}
	s.buf = appendValue(s.buf[:0], v, i)
	s.insert(t, topCounter{key: k, value: s.buf, count: weight})
}

func saturating(a, b uint64) uint64 {
	if a > math.MaxUint64-b {
		return math.MaxUint64
	}
	return a + b
}

func (s *tops) counters(g uint32) *topCounters {
	if s.groups[g] == nil {
		s.groups[g] = &topCounters{byKey: map[key128]int{}}
	}
	return s.groups[g]
}

// topCounterBytes is the memory of a counter beside its value.
const topCounterBytes = 120

// insert adds a counter of a new key, in the place of the least one when there is
// no room. The value is copied.
func (s *tops) insert(t *topCounters, c topCounter) {
	s.bytes += topCounterBytes + int64(len(c.value))
	if len(t.items) < s.shape.capacity {
		at := len(t.items)
		c.value = cloned(c.value)
		t.items, t.at = append(t.items, c), append(t.at, at)
		t.heap = append(t.heap, at)
		t.byKey[c.key] = at
		t.rise(at)
		return
	}
	at := t.heap[0]
	old := t.items[at]
	s.bytes -= topCounterBytes + int64(len(old.value))
	delete(t.byKey, old.key)
	c.value = append(old.value[:0], c.value...)
	c.count, c.error = saturating(c.count, old.count), saturating(c.error, old.count)
	t.items[at], t.byKey[c.key] = c, at
	t.sink(0)
}

// less orders counters by count; of equal ones the younger place goes first.
func (t *topCounters) less(i, j int) bool {
	a, b := t.heap[i], t.heap[j]
	if c := cmp.Compare(t.items[a].count, t.items[b].count); c != 0 {
		return c < 0
	}
	return a > b
}

func (t *topCounters) swap(i, j int) {
	t.heap[i], t.heap[j] = t.heap[j], t.heap[i]
	t.at[t.heap[i]], t.at[t.heap[j]] = i, j
}

func (t *topCounters) rise(i int) {
	for i > 0 && t.less(i, (i-1)/2) {
		t.swap(i, (i-1)/2)
		i = (i - 1) / 2
	}
}

func (t *topCounters) sink(i int) {
	for {
		least := i
		for _, child := range [2]int{2*i + 1, 2*i + 2} {
			if child < len(t.heap) && t.less(child, least) {
				least = child
			}
		}
		if least == i {
			return
		}
		t.swap(i, least)
		i = least
	}
}

// floor is the count that a value without a counter may have had at most.
func (t *topCounters) floor(capacity int) uint64 {
	if len(t.items) < capacity {
		return 0
	}
	return t.items[t.heap[0]].count
}

func (s *tops) Merge(src States, to []uint32) error {
	for h, o := range src.(*tops).groups {
		if o != nil {
			s.mergeGroup(s.counters(to[h]), o)
		}
	}
	return nil
}

// mergeGroup adds the counters of o: a value that one side does not have may have
// had as many rows there as that side's least counter.
func (s *tops) mergeGroup(t, o *topCounters) {
	mine, theirs := t.floor(s.shape.capacity), o.floor(s.shape.capacity)
	all := make([]topCounter, 0, len(t.items)+len(o.items))
	for _, c := range t.items {
		s.bytes -= topCounterBytes + int64(len(c.value))
		extra, wrong := theirs, theirs
		if at, ok := o.byKey[c.key]; ok {
			extra, wrong = o.items[at].count, o.items[at].error
		}
		c.count, c.error = saturating(c.count, extra), saturating(c.error, wrong)
		all = append(all, c)
	}
	for _, c := range o.items {
		if _, ok := t.byKey[c.key]; !ok {
			c.count, c.error = saturating(c.count, mine), saturating(c.error, mine)
			all = append(all, c)
		}
	}
	s.fill(t, all)
}

// fill makes t the greatest of the counters, in order of their age.
func (s *tops) fill(t *topCounters, all []topCounter) {
	if len(all) > s.shape.capacity {
		ranked := s.ranked(all)[:s.shape.capacity]
		slices.Sort(ranked)
		kept := make([]topCounter, len(ranked))
		for i, at := range ranked {
			kept[i] = all[at]
		}
		all = kept
	}
	*t = topCounters{byKey: make(map[key128]int, len(all))}
	for _, c := range all {
		s.insert(t, c)
	}
}

// ranked is the indexes of counters, greatest count first, and of equal counts the least
// value: the order of rows then decides nothing while all counts are exact.
func (s *tops) ranked(items []topCounter) []int {
	b := batch.NewBuilder(s.elem, len(items))
	out := make([]int, len(items))
	for i, c := range items {
		out[i] = i
		readValue(&reader{buf: c.value}, b)
	}
	values := b.Finish()
	slices.SortStableFunc(out, func(x, y int) int {
		if c := cmp.Compare(items[y].count, items[x].count); c != 0 {
			return c
		}
		return compareRows(values, x, values, y, nullsGreatest)
	})
	return out
}

func (s *tops) Encode(dst []byte, group uint32, _ Form) []byte {
	t := s.groups[group]
	if t == nil {
		return append(dst, 0)
	}
	dst = binary.AppendUvarint(dst, uint64(len(t.items)))
	for _, c := range t.items {
		dst = append(binary.AppendUvarint(dst, uint64(len(c.value))), c.value...)
		dst = binary.AppendUvarint(binary.AppendUvarint(dst, c.count), c.error)
	}
	return dst
}

func (s *tops) Decode(src []byte, group uint32, _ Form) ([]byte, error) {
	r := reader{buf: src}
	n := r.count(3)
	r.bad = r.bad || n > s.shape.capacity
	all := make([]topCounter, 0, min(n, s.shape.capacity))
	seen := map[key128]bool{}
	for ; n > 0 && !r.bad; n-- {
		c := topCounter{value: cloned(r.take(r.count(1))), count: r.uvarint(), error: r.uvarint()}
		one := s.parse(&r, c.value)
		if r.bad {
			break
		}
		c.key = s.keyer.of([]*batch.Vector{one}, 1)[0]
		r.bad = c.error > c.count || seen[c.key]
		seen[c.key] = true
		all = append(all, c)
	}
	if r.bad {
		return r.end("counters")
	}
	if len(all) > 0 {
		s.fill(s.counters(group), all)
	}
	return r.end("counters")
}

// parse reads a value that must fill its bytes.
func (s *tops) parse(r *reader, value []byte) *batch.Vector {
	one := reader{buf: value, bad: r.bad}
	b := batch.NewBuilder(s.elem, 1)
	readValue(&one, b)
	r.bad = one.bad || len(one.buf) > 0
	if r.bad {
		return nil
	}
	return b.Finish()
}

func (s *tops) Finish(lo, hi int) *batch.Vector {
	elems := batch.NewBuilder(s.elem, 0)
	var counts, errs []uint64
	offsets := make([]uint32, 1, hi-lo+1)
	for _, t := range s.groups[lo:hi] {
		if t != nil {
			ranked := s.ranked(t.items)
			for _, at := range ranked[:min(len(ranked), s.shape.size)] {
				c := t.items[at]
				readValue(&reader{buf: c.value}, elems)
				counts, errs = append(counts, c.count), append(errs, c.error)
			}
		}
		offsets = append(offsets, uint32(len(counts)))
	}
	result := s.shape.result(s.elem)
	values := elems.Finish()
	if s.shape.counted {
		u64 := types.Of(types.UInt64)
		parts := []*batch.Vector{values, batch.NewFixed(u64, counts, nil), batch.NewFixed(u64, errs, nil)}
		values = &batch.Vector{Type: result.Elem(), Len: len(counts), Data: parts}
	}
	return listOf(result, offsets, values)
}

func (s *tops) SizeBytes() int64 { return int64(cap(s.groups))*8 + s.bytes }
