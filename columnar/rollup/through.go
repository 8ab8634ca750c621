package rollup

import (
	"github.com/freshetdb/freshet/columnar/batch"
)

// Through is what a view with TO makes of rows: Fold when it groups, else a row of
// keys for each row that passes the filter. Text stands as it is, and numbers of
// symbols in b mean nothing outside of it.
func (p *Plan) Through(b *batch.Batch, isGrouped bool) (*batch.Batch, error) {
	var out *batch.Batch
	if isGrouped {
		var err error
		if out, err = p.Fold(b); err != nil {
			return nil, err
		}
	} else {
		e, err := p.eval(b)
		if err != nil {
			return nil, err
		}
		out = &batch.Batch{Names: p.names, Cols: make([]*batch.Vector, len(p.columns)), Rows: e.rows, Signs: e.signs}
		if e.rows == 0 {
			return p.empty(out), nil
		}
		for i, k := range p.keys {
			out.Cols[k.place] = e.keys[i].Expand().WithType(p.columns[k.place].Type)
		}
	}
	for i, c := range out.Cols {
		if c != nil {
			out.Cols[i] = asText(c)
		}
	}
	return out, nil
}
