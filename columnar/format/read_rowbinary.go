package format

import (
	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/chcode"
)

// binaryRows reads RowBinary, with column names and types in front or without.
type binaryRows struct {
	header

	mode    headerMode
	env     fieldEnv
	values  binaryReader
	skipped []*field // of each field without a column: where its values go to be dropped
}

func newBinaryRows(cols []Column, o *ReadOptions, mode headerMode) *binaryRows {
	return &binaryRows{header: newHeader(cols, o), mode: mode, env: fieldEnv{o: o}}
}

func (p *binaryRows) begin(c *cursor) error {
	if p.mode == headerNone {
		return nil
	}
	n, err := c.uvarint()
	if err != nil {
		return err
	}
	if n > maxColumns {
		return c.fail(c.pos, chcode.IncorrectData, "The header has %d columns, more than %d", n, maxColumns)
	}
	names, err := p.texts(c, int(n))
	if err != nil {
		return err
	}
	if err := p.setNames(c, names); err != nil {
		return err
	}
	if p.mode == headerNames {
		for i, col := range p.order {
			if col < 0 {
				return c.fail(c.pos, chcode.CannotSkipUnknownField,
					"Cannot skip unknown field %s in RowBinary format, because its type is unknown", clip([]byte(names[i])))
			}
		}
		return nil
	}
	texts, err := p.texts(c, int(n))
	if err != nil {
		return err
	}
	if err := p.setTypes(c, texts); err != nil {
		return err
	}
	p.skipped = make([]*field, len(p.order))
	for i, col := range p.order {
		if col >= 0 {
			continue
		}
		if p.types[i].Kind == 0 {
			return c.fail(c.pos, chcode.CannotSkipUnknownField, "Cannot skip field %s of unknown type %s",
				clip([]byte(names[i])), clip([]byte(texts[i])))
		}
		p.skipped[i] = &field{}
		p.env.init(p.skipped[i], p.types[i])
	}
	return nil
}

// texts reads n strings.
func (p *binaryRows) texts(c *cursor, n int) ([]string, error) {
	var out []string
	for range n {
		size, err := c.uvarint()
		if err != nil {
			return nil, err
		}
		if size > maxNameBytes {
			return nil, c.fail(c.pos, chcode.IncorrectData, "A name of the header has %d bytes", size)
		}
		s, err := c.next(int(size))
		if err != nil {
			return nil, err
		}
		out = append(out, string(s))
	}
	return out, nil
}

func (p *binaryRows) row(c *cursor, in *intake) (bool, error) {
	if c.pos >= len(c.buf) {
		if c.final {
			return false, nil
		}
		return false, errMore
	}
	for i, col := range p.order {
		if col < 0 {
			f := p.skipped[i]
			f.bind(batch.NewBuilder(*f.t, 1))
			if err := p.values.value(c, f, 0); err != nil {
				return false, err
			}
			continue
		}
		f := in.cols[col]
		if err := p.values.value(c, &f.field, 0); err != nil {
			return false, named(err, f)
		}
	}
	p.fillAbsent(in)
	return true, nil
}

func (p *binaryRows) canResync() bool { return false }

func (p *binaryRows) resync(*cursor) bool { return true }
