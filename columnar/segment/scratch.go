package segment

import (
	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/types"
)

// Scratch is the memory that one column of one scan is decoded into. What
// [Column.Read] returns lies in it, or in the segment itself, and is valid
// until the next Read with the same Scratch (and while the segment is held).
// A Scratch also keeps the decompressed buffers of the batch read last, so that
// the granules of a batch are decompressed once. The zero value is ready; a
// Scratch belongs to one goroutine. Close gives up a decoder's memory early and
// need not be called.
type Scratch struct {
	vector batch.Vector
	pieces []piece
	nulls  []bool
	fixed  []byte // numbers, when they can't be read in place
	codes  []uint32
	ends   []uint32
	text   []byte
	chunks []chunk
	unpack unpacker
	elem   *Scratch
	boxes  boxes
}

// piece is rows [lo, hi) of a node within a batch.
type piece struct{ batch, lo, hi int }

// chunk is a decompressed buffer.
type chunk struct {
	segment  *Segment
	batch, k int
	data     []byte
	lent     bool // data is someone else's to read: replaced, not overwritten
}

// boxes are the interfaces that vectors' Data are handed out in.
type boxes struct {
	u8   box[[]uint8]
	u16  box[[]uint16]
	u32  box[[]uint32]
	u64  box[[]uint64]
	i8   box[[]int8]
	i16  box[[]int16]
	i32  box[[]int32]
	i64  box[[]int64]
	f32  box[[]float32]
	f64  box[[]float64]
	i128 box[[]types.Int128]
	b16  box[[]types.Bytes16]
	str  box[batch.Strings]
	sym  box[batch.Symbols]
	list box[batch.Lists]
}

// put boxes values of fixed width without allocating.
func put[T batch.Fixed](b *boxes, v []T) any { return b.put(&v) }

// put boxes the slice that p points to. The choice is not in the generic function, where
// it would be in the binary once for each type.
func (b *boxes) put(p any) any {
	switch v := p.(type) {
	case *[]uint8:
		return b.u8.put(*v)
	case *[]uint16:
		return b.u16.put(*v)
	case *[]uint32:
		return b.u32.put(*v)
	case *[]uint64:
		return b.u64.put(*v)
	case *[]int8:
		return b.i8.put(*v)
	case *[]int16:
		return b.i16.put(*v)
	case *[]int32:
		return b.i32.put(*v)
	case *[]int64:
		return b.i64.put(*v)
	case *[]float32:
		return b.f32.put(*v)
	case *[]float64:
		return b.f64.put(*v)
	case *[]types.Int128:
		return b.i128.put(*v)
	case *[]types.Bytes16:
		return b.b16.put(*v)
	default:
		panic("segment: no box for these values")
	}
}

// Close frees what the garbage collector would free later.
func (s *Scratch) Close() {
	s.unpack.close()
	if s.elem != nil {
		s.elem.Close()
	}
	*s = Scratch{}
}

// Lend leaves all memory that was read into to the last vectors, which stay
// valid as long as the segment is held, and returns a Scratch to go on with. It
// has the decompressed buffers, so that lending costs no more than new memory.
func (s *Scratch) Lend() *Scratch {
	next := &Scratch{chunks: s.chunks, unpack: s.unpack, pieces: s.pieces}
	s.chunks, s.unpack, s.pieces = nil, unpacker{}, nil
	for i := range next.chunks {
		next.chunks[i].lent = true
	}
	if s.elem != nil {
		next.elem = s.elem.Lend()
	}
	return next
}

// child is the scratch of an array's elements.
func (s *Scratch) child() *Scratch {
	if s.elem == nil {
		s.elem = &Scratch{}
	}
	return s.elem
}

// room is n values of scratch memory.
func room[T batch.Fixed](s *Scratch, n int) []T {
	s.fixed = resize(s.fixed, n*sizeOf[T]())
	return view[T](s.fixed)
}

// raw is the bytes of a buffer: in place, or decompressed once per batch.
func (s *Scratch) raw(seg *Segment, column string, b, k int) ([]byte, error) {
	src, err := seg.buffer(column, b, k)
	if err != nil || seg.index.codec == None || len(src) == 0 {
		return src, err
	}
	at := -1
	for i := range s.chunks {
		c := &s.chunks[i]
		if c.segment == seg && c.batch == b && c.k == k {
			return c.data, nil
		}
		if c.segment != seg || c.batch != b {
			at = i
		}
	}
	if at < 0 {
		s.chunks = append(s.chunks, chunk{})
		at = len(s.chunks) - 1
	}
	c := &s.chunks[at]
	c.segment = nil
	if c.lent {
		c.data, c.lent = nil, false
	}
	size, err := unpackedSize(src)
	if err == nil {
		c.data = resize(c.data, size)
		err = s.unpack.unpack(seg.index.codec, c.data, src)
	}
	if err != nil {
		return nil, seg.corrupt(column, b, "decompress: "+err.Error())
	}
	c.segment, c.batch, c.k = seg, b, k
	return c.data, nil
}
