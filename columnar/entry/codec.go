package entry

import (
	"encoding/binary"
	"errors"
	"fmt"
	"sync"

	"github.com/klauspost/compress/s2"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/types"
)

const version = 1

// Limits of an entry. They bound what a decoder allocates.
const (
	// MaxBytes is the largest encoded entry; larger blocks are staged as parts (R3).
	MaxBytes = 16 << 20
	// MaxBodyBytes is the largest body before compression.
	MaxBodyBytes = 64 << 20
	// MaxColumns is the most columns of an entry.
	MaxColumns = 10_000
	// MaxRows is the most rows of an entry.
	MaxRows = 1 << 24
	// maxItems bounds the positions and the inserts of an entry.
	maxItems = 1 << 20
)

// ErrMalformed says that bytes are not an entry.
var ErrMalformed = errors.New("malformed log entry")

// Encode appends the entry's record.
func (e *Entry) Encode(dst []byte) []byte {
	dst = append(dst, version, byte(e.Kind))
	for _, n := range []uint64{
		e.MapEpoch, e.Table, uint64(e.SchemaVersion), e.Txn, uint64(e.Part), uint64(e.Parts),
	} {
		dst = binary.AppendUvarint(dst, n)
	}
	dst = binary.AppendUvarint(dst, uint64(len(e.Positions)))
	for _, p := range e.Positions {
		dst = appendString(appendString(dst, p.Source), p.Key)
		dst = binary.AppendUvarint(binary.AppendUvarint(dst, p.From), p.Next)
	}
	dst = binary.AppendUvarint(dst, uint64(len(e.Inserts)))
	for _, in := range e.Inserts {
		dst = binary.AppendUvarint(appendString(dst, in.Token), uint64(in.Rows))
	}
	dst = binary.AppendUvarint(dst, uint64(e.Rows))
	dst = binary.AppendUvarint(dst, uint64(len(e.Columns)))
	room, _ := rooms.Get().(*room)
	room.body = append(room.body[:0], e.Body...)
	for _, c := range e.Columns {
		dst = binary.AppendUvarint(dst, uint64(c.ID))
		dst = appendString(dst, c.Vector.Type.String())
		room.body = c.Vector.Encode(room.body)
	}
	if e.Signs == nil {
		dst = append(dst, 0)
	} else {
		dst = append(dst, 1)
		for _, s := range e.Signs {
			room.body = append(room.body, byte(s))
		}
	}
	dst = binary.AppendUvarint(dst, uint64(len(room.body)))
	room.packed = s2.Encode(room.packed[:cap(room.packed)], room.body)
	dst = append(dst, room.packed...)
	rooms.Put(room)
	return dst
}

// room is memory for a body, as it is and compressed: large batches come one after another.
type room struct{ body, packed []byte }

var rooms = sync.Pool{New: func() any { return &room{} }}

func appendString(dst []byte, s string) []byte {
	return append(binary.AppendUvarint(dst, uint64(len(s))), s...)
}

// Decode reads a record. The entry does not share memory with src.
func Decode(src []byte) (*Entry, error) {
	if len(src) < 2 || src[0] != version {
		return nil, fmt.Errorf("%w: unknown version", ErrMalformed)
	}
	r := &reader{src: src[2:]}
	e := &Entry{Kind: Kind(src[1])}
	if e.Kind < Insert || e.Kind > Forget {
		return nil, fmt.Errorf("%w: unknown kind %d", ErrMalformed, e.Kind)
	}
	e.MapEpoch, e.Table = r.uvarint(), r.uvarint()
	e.SchemaVersion = uint32(r.bounded(1<<32 - 1))
	e.Txn = r.uvarint()
	e.Part, e.Parts = uint32(r.bounded(1<<32-1)), uint32(r.bounded(1<<32-1))
	for range r.bounded(maxItems) {
		e.Positions = append(e.Positions, Position{Source: r.str(), Key: r.str(), From: r.uvarint(), Next: r.uvarint()})
		if r.bad {
			return nil, ErrMalformed
		}
	}
	for range r.bounded(maxItems) {
		e.Inserts = append(e.Inserts, ClientInsert{Token: r.str(), Rows: int(r.bounded(MaxRows))})
		if r.bad {
			return nil, ErrMalformed
		}
	}
	e.Rows = int(r.bounded(MaxRows))
	if err := e.decodeColumns(r); err != nil {
		return nil, err
	}
	return e, e.check()
}

func (e *Entry) decodeColumns(r *reader) error {
	columns := r.bounded(MaxColumns)
	ids := make([]uint32, 0, columns)
	ts := make([]types.Type, 0, columns)
	for range columns {
		ids = append(ids, uint32(r.bounded(1<<32-1)))
		t, err := types.Parse(r.str())
		if err != nil || r.bad {
			return fmt.Errorf("%w: column type", ErrMalformed)
		}
		ts = append(ts, t)
	}
	signs := r.byte()
	size := r.bounded(MaxBodyBytes)
	if r.bad || signs > 1 {
		return ErrMalformed
	}
	if n, err := s2.DecodedLen(r.src); err != nil || uint64(n) != size {
		return fmt.Errorf("%w: body length", ErrMalformed)
	}
	body, err := s2.Decode(nil, r.src)
	if err != nil {
		return fmt.Errorf("%w: body: %w", ErrMalformed, err)
	}
	for i, t := range ts {
		var v *batch.Vector
		if v, body, err = batch.Decode(t, e.Rows, body); err != nil {
			return fmt.Errorf("%w: column %d: %w", ErrMalformed, ids[i], err)
		}
		e.Columns = append(e.Columns, Column{ID: ids[i], Vector: v})
	}
	if signs == 1 {
		if len(body) != e.Rows {
			return fmt.Errorf("%w: signs", ErrMalformed)
		}
		e.Signs = make([]int8, e.Rows)
		for i, b := range body {
			e.Signs[i] = int8(b)
		}
		return nil
	}
	if len(ts) > 0 && len(body) > 0 {
		return fmt.Errorf("%w: bytes behind the columns", ErrMalformed)
	}
	e.Body = body
	return nil
}

// check finds entries whose parts do not belong together.
func (e *Entry) check() error {
	rows := 0
	for _, in := range e.Inserts {
		rows += in.Rows
	}
	if e.Kind == Insert && len(e.Inserts) > 0 && rows != e.Rows {
		return fmt.Errorf("%w: inserts have %d rows, the entry %d", ErrMalformed, rows, e.Rows)
	}
	return nil
}

// reader takes an entry's head apart; bad is set at the first violation and all
// later reads give zero.
type reader struct {
	src []byte
	bad bool
}

func (r *reader) uvarint() uint64 {
	n, w := binary.Uvarint(r.src)
	if w <= 0 || r.bad {
		r.bad = true
		return 0
	}
	r.src = r.src[w:]
	return n
}

func (r *reader) bounded(limit uint64) uint64 {
	n := r.uvarint()
	if n > limit {
		r.bad = true
		return 0
	}
	return n
}

func (r *reader) byte() byte {
	if r.bad || len(r.src) == 0 {
		r.bad = true
		return 0
	}
	b := r.src[0]
	r.src = r.src[1:]
	return b
}

func (r *reader) str() string {
	n := r.uvarint()
	if r.bad || n > uint64(len(r.src)) {
		r.bad = true
		return ""
	}
	s := string(r.src[:n])
	r.src = r.src[n:]
	return s
}
