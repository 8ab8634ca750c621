package table

import (
	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/memtable"
	"github.com/freshetdb/freshet/columnar/segment"
	"github.com/freshetdb/freshet/columnar/types"
	"github.com/freshetdb/freshet/index/rowset"
)

// Chunk gives the rows of a chunk with the stored columns of the View's schema,
// text as symbols of the View's dictionaries.
func (v *View) Chunk(c *memtable.Chunk) (*batch.Batch, error) {
	stored := segment.Stored(&v.Def.Schema)
	have := segment.Stored(c.Schema)
	b := &batch.Batch{Rows: c.Rows, Signs: c.Signs}
	if len(b.Signs) == 0 {
		b.Signs = nil
	}
	for i := range stored {
		place := placeOf(have, stored[i].ID)
		col, err := readChunk(c, place, &stored[i], v, 0, c.Rows)
		if err != nil {
			return nil, err
		}
		b.Names, b.Cols = append(b.Names, stored[i].Name), append(b.Cols, col)
	}
	return b, nil
}

func placeOf(stored []types.Column, id uint32) int {
	for i := range stored {
		if stored[i].ID == id {
			return i
		}
	}
	return -1
}

// Reader reads the rows of a segment with the stored columns of the View's
// schema, text as symbols of the View's dictionaries.
func (v *View) Reader(f *segment.Segment) (*segment.Reader, error) {
	stored := segment.Stored(&v.Def.Schema)
	return f.Reader(segment.ReaderOptions{
		Schema: &v.Def.Schema,
		Dict:   v.Dict,
		Fill: func(place int, b *batch.Batch) (*batch.Vector, error) {
			return v.env.fill(v.Def, &stored[place], b.Rows), nil
		},
	})
}

// LiveRows are the numbers of the rows [lo, hi) that are not in dead, counted
// from lo; nil when all are live.
func LiveRows(dead rowset.Set, lo, hi int) []uint32 {
	if dead.Len() == 0 {
		return nil
	}
	killed := dead.AppendRows(nil, lo, hi)
	if len(killed) == 0 {
		return nil
	}
	live := make([]uint32, 0, hi-lo-len(killed))
	for i := range uint32(hi - lo) {
		if len(killed) > 0 && killed[0] == i {
			killed = killed[1:]
			continue
		}
		live = append(live, i)
	}
	return live
}
