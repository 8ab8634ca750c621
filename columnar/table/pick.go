package table

import (
	"fmt"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/segment"
	"github.com/freshetdb/freshet/columnar/types"
)

// Pick gives some columns, by id, of rows that have the stored columns of a
// definition, in the types that are asked for.
func Pick(rows *batch.Batch, d *Def, columns []types.Column) (*batch.Batch, error) {
	stored := segment.Stored(&d.Schema)
	out := &batch.Batch{Rows: rows.Rows, Signs: rows.Signs}
	for i := range columns {
		place := placeOf(stored, columns[i].ID)
		if place < 0 {
			return nil, fmt.Errorf("%s has no column with id %d", d.FullName(), columns[i].ID)
		}
		v, err := convert(rows.Cols[place], columns[i].Type)
		if err != nil {
			return nil, err
		}
		out.Names, out.Cols = append(out.Names, columns[i].Name), append(out.Cols, v)
	}
	return out, nil
}

// Complete gives columns that are nil their default, and checks the keys.
func (t *Table) Complete(b *batch.Batch) (*batch.Batch, error) {
	stored := segment.Stored(&t.Def.Schema)
	for i := range stored {
		if b.Cols[i] == nil {
			b.Cols[i] = t.env.fill(t.Def, &stored[i], b.Rows)
		}
	}
	return b, t.Keys.Check(b)
}

// Check tells whether a rollup can fold rows of its source, which have the stored
// columns of the source's definition.
func (r *Rolled) Check(d *Def, rows *batch.Batch, source *Def) error {
	if !r.canThrow {
		return nil
	}
	b, err := Pick(rows, source, r.from.Needs)
	if err == nil {
		err = r.from.Check(b)
	}
	if err != nil {
		return fmt.Errorf("materialized view %s: %w", d.FullName(), err)
	}
	return nil
}
