package exec

import (
	"github.com/freshetdb/freshet/columnar/agg"
)

// checkpointRows is the distance of the states that merging keeps: a frame adds
// fewer rows than that to one of them.
const checkpointRows = 64

// retracting follows sliding frames with one state that rows are added to at the
// end and taken back from at the begin.
type retracting struct {
	a      *windowAgg
	state  agg.States
	lo, hi uint32
	zeros  []uint32
}

func (r *retracting) move(lo, hi uint32) error {
	if r.state == nil || lo >= r.hi {
		r.state = r.a.f.NewSigned()
		r.state.Grow(1)
		r.lo, r.hi = lo, lo
	}
	if hi > r.hi {
		r.state.AddAll(0, r.a.slice(r.hi, hi), int(hi-r.hi))
		r.hi = hi
	}
	if n := int(lo - r.lo); n > 0 {
		if n > len(r.zeros) {
			r.zeros = make([]uint32, n)
		}
		if err := r.state.Retract(r.zeros[:n], r.a.slice(r.lo, lo), n); err != nil {
			return err
		}
		r.lo = lo
	}
	return r.a.finish(r.state, 0, 1)
}

func (r *retracting) sizeBytes() int64 { return r.state.SizeBytes() + int64(len(r.zeros))*4 }

// merging follows sliding frames of functions that can't take rows back. It cuts
// them at a pivot: what lies before it is states of all rows from a checkpoint
// up to the pivot, made backwards when the pivot is set; what lies behind is one
// state that grows. A frame is a few rows, a checkpoint and the growing state,
// merged in the order of rows. Once a frame begins behind the pivot, its end
// becomes the next one: each row takes part in one checkpoint.
type merging struct {
	a     *windowAgg
	pivot uint32
	// points has the state of rows [pivot-(k+1)*checkpointRows, pivot) as group k.
	points agg.States
	count  uint32
	// after is the state of rows [pivot, hi).
	after agg.States
	hi    uint32
	buf   []byte
}

func (m *merging) move(lo, hi uint32) error {
	if m.points == nil || lo >= m.pivot {
		if err := m.turn(lo, hi); err != nil {
			return err
		}
	}
	if hi > m.hi {
		m.after.AddAll(0, m.a.slice(m.hi, hi), int(hi-m.hi))
		m.hi = hi
	}
	s := m.a.f.New()
	s.Grow(1)
	k := (m.pivot - lo) / checkpointRows // whole checkpoints inside of the frame
	if from := m.pivot - k*checkpointRows; from > lo {
		s.AddAll(0, m.a.slice(lo, from), int(from-lo))
	}
	if k > 0 {
		if err := m.mergeCopy(s, 0, m.points, k-1); err != nil {
			return err
		}
	}
	if m.hi > m.pivot {
		if err := m.mergeCopy(s, 0, m.after, 0); err != nil {
			return err
		}
	}
	return m.a.finish(s, 0, 1)
}

// turn makes hi the pivot, and the checkpoints of rows [lo, hi).
func (m *merging) turn(lo, hi uint32) error {
	m.pivot, m.hi = hi, hi
	m.points, m.after = m.a.f.New(), m.a.f.New()
	m.after.Grow(1)
	m.count = (hi - lo) / checkpointRows
	m.points.Grow(int(m.count))
	for k := range m.count {
		from := hi - (k+1)*checkpointRows
		m.points.AddAll(k, m.a.slice(from, from+checkpointRows), checkpointRows)
		if k > 0 {
			if err := m.mergeCopy(m.points, k, m.points, k-1); err != nil {
				return err
			}
		}
	}
	return nil
}

// mergeCopy merges group from of src into group to of dst and leaves src as it is.
func (m *merging) mergeCopy(dst agg.States, to uint32, src agg.States, from uint32) error {
	m.buf = src.Encode(m.buf[:0], from, agg.Local)
	c := m.a.f.New()
	agg.BindLike(c, src)
	c.Grow(1)
	if _, err := c.Decode(m.buf, 0, agg.Local); err != nil {
		return err
	}
	return dst.Merge(c, []uint32{to})
}

func (m *merging) sizeBytes() int64 { return m.points.SizeBytes() + m.after.SizeBytes() }
