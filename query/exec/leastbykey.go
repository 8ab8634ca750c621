package exec

import (
	"context"
	"math"
	"sync"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/expr"
	"github.com/freshetdb/freshet/columnar/ledger"
	"github.com/freshetdb/freshet/columnar/types"
)

// NewLeastByKey gives the least value of arg, a DateTime, for each distinct key, a
// String, one row a key, without the keys. in must be of one shard. Every worker
// has an array over the symbols of the dictionary; they are merged and given out in
// as many streams.
func NewLeastByKey(env *Env, in Streams, key, arg expr.Expr, name string) Streams {
	s := &leastShared{env: env, in: in, key: key, arg: arg, hold: ledger.ShareOf(env.Budget)}
	n := len(in.Groups[0])
	ops := make([]Operator, n)
	for i := range ops {
		ops[i] = &leastByKey{shared: s, part: i, parts: n, names: []string{name}}
	}
	s.open = n
	return Streams{Groups: [][]Operator{ops}}
}

// noTime stands in the array for a key without a row. A row of that very time is
// remembered beside it.
const noTime = math.MaxUint32

type leastShared struct {
	env  *Env
	in   Streams
	key  expr.Expr
	arg  expr.Expr
	hold ledger.Share

	once  sync.Once
	err   error
	total *leastTable

	mu   sync.Mutex
	open int // streams that are not closed
}

// leastTable is the least times by code: of the dictionary's symbols, and of text
// without one.
type leastTable struct {
	coder coder
	codes []uint32 // scratch
	least []uint32
	text  []uint32
	last  map[uint32]struct{} // codes that have a row of noTime
}

// run reads all of the input, once, for all streams.
func (s *leastShared) run(ctx context.Context) error {
	s.once.Do(func() {
		tables := make([]*leastTable, len(s.in.Groups[0]))
		s.err = runGroup(ctx, s.in.Groups[0], func(ctx context.Context, i int, op Operator) error {
			tables[i] = &leastTable{}
			return s.fill(ctx, tables[i], op)
		})
		if s.err != nil {
			return
		}
		s.total = tables[0]
		for _, t := range tables[1:] {
			s.total.merge(t)
		}
		for code := range s.total.last {
			s.total.reach(code)
		}
		s.err = s.hold.Set(s.total.bytes())
	})
	return s.err
}

func (s *leastShared) fill(ctx context.Context, t *leastTable, op Operator) error {
	share := ledger.ShareOf(s.env.Budget)
	defer share.Release()
	reuse(op)
	for {
		b, err := op.Next(ctx)
		if b == nil || err != nil {
			return err
		}
		key, err := expr.Eval(s.env.Expr, s.key, b)
		if err != nil {
			return err
		}
		arg, err := expr.Eval(s.env.Expr, s.arg, b)
		if err != nil {
			return err
		}
		t.add(batch.NewConst(key, b.Rows), batch.NewConst(arg, b.Rows), key, arg, b.Rows)
		if err := share.Set(t.bytes()); err != nil {
			return err
		}
	}
}

// add takes n rows in. The constant forms of key and arg are used where they are
// constant.
func (t *leastTable) add(constKey, constArg, key, arg *batch.Vector, n int) {
	if key.Const {
		key = constKey.Expand()
	}
	if arg.Const {
		arg = constArg.Expand()
	}
	times := batch.Values[uint32](arg)[:n]
	codes, hasText := t.encode(key, n)
	if hasText {
		for i, c := range codes {
			t.put(c, times[i])
		}
		return
	}
	for i, c := range codes {
		t.least[c] = min(t.least[c], times[i])
	}
	for i, at := range times {
		if at == noTime {
			t.put(codes[i], at)
		}
	}
}

// encode gives the codes of n keys and makes room for them; hasText tells that some
// are of text without a symbol.
func (t *leastTable) encode(key *batch.Vector, n int) (codes []uint32, hasText bool) {
	if d, ok := key.Data.(batch.Symbols); ok && d.Overlay.Len() == 0 && (t.coder.dict == d.Dict || (t.coder.dict == nil && t.coder.ids == nil)) {
		t.coder.dict = d.Dict
		if t.least == nil {
			t.least = filled(nil, d.Dict.Len())
		}
		return d.Codes[:n], false
	}
	if cap(t.codes) < n {
		t.codes = make([]uint32, max(n, GranuleRows))
	}
	codes = t.codes[:n]
	t.coder.encode(key, true, codes)
	if t.coder.dict != nil && t.least == nil {
		t.least = filled(nil, t.coder.dict.Len())
	}
	return codes, true
}

// put takes one row in.
func (t *leastTable) put(code, at uint32) {
	if at == noTime {
		if t.last == nil {
			t.last = map[uint32]struct{}{}
		}
		t.last[code] = struct{}{}
		return
	}
	slot := t.reach(code)
	*slot = min(*slot, at)
}

// reach is the slot of a code, for which room is made.
func (t *leastTable) reach(code uint32) *uint32 {
	list, i := &t.least, code
	if code&batch.OverlayBit != 0 {
		list, i = &t.text, code&^batch.OverlayBit
	}
	if int(i) >= len(*list) {
		*list = filled(*list, nextPow2(int(i)+1))
	}
	return &(*list)[i]
}

// filled makes s n long; what is new has no time.
func filled(s []uint32, n int) []uint32 {
	out := make([]uint32, n)
	for i := copy(out, s); i < n; i++ {
		out[i] = noTime
	}
	return out
}

// merge takes the keys of o in.
func (t *leastTable) merge(o *leastTable) {
	if t.coder.dict == nil && t.coder.ids == nil {
		*t, *o = *o, *t
	}
	if len(o.least) > 0 && t.coder.dict == o.coder.dict {
		if len(t.least) < len(o.least) {
			t.least = filled(t.least, len(o.least))
		}
		mine := t.least[:len(o.least)]
		for i, at := range o.least {
			mine[i] = min(mine[i], at)
		}
	} else {
		for i, at := range o.least {
			if at != noTime {
				t.putText(o.coder.dict.Value(uint32(i)), at)
			}
		}
	}
	for i, at := range o.text {
		if at != noTime {
			t.putText(o.coder.texts.At(i), at)
		}
	}
	for code := range o.last {
		v := &batch.Vector{Type: types.Of(types.String), Len: 1, Data: o.coder.symbols([]uint32{code})}
		t.putText(v.Bytes(0), noTime)
	}
}

func (t *leastTable) putText(text []byte, at uint32) {
	var s batch.Strings
	s.Append(text)
	var code [1]uint32
	t.coder.encode(batch.NewStrings(types.Of(types.String), s, nil), true, code[:])
	t.put(code[0], at)
}

func (t *leastTable) bytes() int64 {
	return 4*int64(cap(t.least)+cap(t.text)+cap(t.codes)) + t.coder.bytes + 16*int64(len(t.last))
}

// get is the least time of the i-th code of both lists; false for a key without rows.
func (t *leastTable) get(i int) (uint32, bool) {
	code := uint32(i)
	var at uint32
	if i < len(t.least) {
		at = t.least[i]
	} else {
		code = uint32(i-len(t.least)) | batch.OverlayBit
		at = t.text[i-len(t.least)]
	}
	if at == noTime {
		_, ok := t.last[code]
		return at, ok
	}
	return at, true
}

// appendTimes adds the times of a list while out has room, and says how many of
// the list it read.
func appendTimes(out, list []uint32) ([]uint32, int) {
	n := len(out)
	room := out[:cap(out)]
	for i, at := range list {
		if n == len(room) {
			return room[:n], i
		}
		room[n] = at
		if at != noTime {
			n++
		}
	}
	return room[:n], len(list)
}

// leastByKey gives out one range of the codes.
type leastByKey struct {
	shared      *leastShared
	part, parts int
	names       []string
	pos, end    int
	began       bool
	isClosed    bool
}

// Next implements Operator.
func (l *leastByKey) Next(ctx context.Context) (*batch.Batch, error) {
	if err := l.shared.run(ctx); err != nil {
		return nil, err
	}
	t := l.shared.total
	if !l.began {
		l.began = true
		n := len(t.least) + len(t.text)
		l.pos, l.end = n*l.part/l.parts, n*(l.part+1)/l.parts
	}
	out := make([]uint32, 0, GranuleRows)
	if len(t.last) == 0 { // Fast path: a slot without a time is a key without a row.
		for l.pos < l.end && len(out) < GranuleRows {
			list, from := t.least, 0
			if l.pos >= len(t.least) {
				list, from = t.text, len(t.least)
			}
			part := list[l.pos-from : min(l.end-from, len(list))]
			var read int
			out, read = appendTimes(out, part)
			l.pos += read
		}
	}
	for l.pos < l.end && len(out) < GranuleRows {
		if at, ok := t.get(l.pos); ok {
			out = append(out, at)
		}
		l.pos++
	}
	if len(out) == 0 {
		return nil, nil
	}
	typ := l.shared.arg.Type()
	return batch.New(l.names, []*batch.Vector{batch.NewFixed(typ, out, nil)}, len(out)), nil
}

// Close implements Operator: the last stream closes the input.
func (l *leastByKey) Close() error {
	s := l.shared
	s.mu.Lock()
	defer s.mu.Unlock()
	if l.isClosed {
		return nil
	}
	l.isClosed = true
	if s.open--; s.open > 0 {
		return nil
	}
	s.total = nil
	s.hold.Release()
	return s.in.Close()
}
