package table

import (
	"bytes"
	"fmt"
	"slices"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/expr"
	"github.com/freshetdb/freshet/columnar/segment"
	"github.com/freshetdb/freshet/columnar/types"
)

// Keys computes the sort key and the partition of rows of one definition. It is
// immutable and safe for concurrent use.
type Keys struct {
	Sort segment.SortKey

	def       *Def
	sort      []expr.Expr
	partition []expr.Expr
}

// NewKeys compiles the keys of a definition.
func NewKeys(d *Def) (*Keys, error) {
	k := &Keys{def: d}
	for _, list := range []struct {
		from []KeyExpr
		to   *[]expr.Expr
	}{{d.OrderBy, &k.sort}, {d.PartitionBy, &k.partition}} {
		for _, e := range list.from {
			x, err := compile(d, e)
			if err != nil {
				return nil, fmt.Errorf("compile key %s of %s: %w", e.SQL, d.FullName(), err)
			}
			*list.to = append(*list.to, x)
		}
	}
	for _, x := range k.sort {
		k.Sort.Types = append(k.Sort.Types, x.Type())
	}
	k.Sort.Eval = func(b *batch.Batch) ([]*batch.Vector, error) { return evalAll(k.sort, b) }
	return k, nil
}

// compile makes an expression over column ids one over the stored columns.
func compile(d *Def, k KeyExpr) (expr.Expr, error) {
	byID, err := expr.Decode(k.Expr)
	if err != nil {
		return nil, err
	}
	stored := segment.Stored(&d.Schema)
	missing := -1
	e := expr.Remap(byID, func(id int) int {
		place := slices.IndexFunc(stored, func(c types.Column) bool { return c.ID == uint32(id) })
		if place < 0 {
			missing = id
		}
		return max(place, 0)
	})
	if missing >= 0 {
		return nil, fmt.Errorf("column %d is not stored", missing)
	}
	return e, nil
}

func evalAll(list []expr.Expr, b *batch.Batch) ([]*batch.Vector, error) {
	out := make([]*batch.Vector, len(list))
	for i, x := range list {
		var err error
		if out[i], err = expr.Eval(expr.Background(), x, b); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// Check computes those keys that may fail, so that a row without a key is refused
// when it is applied and never met when it is flushed.
func (k *Keys) Check(b *batch.Batch) error {
	for _, list := range [][]expr.Expr{k.sort, k.partition} {
		for _, x := range list {
			if !expr.CanThrow(x) {
				continue
			}
			if _, err := expr.Eval(expr.Background(), x, b); err != nil {
				return err
			}
		}
	}
	return nil
}

// PartitionColumns are the places of the stored columns that partitions are
// computed from.
func (k *Keys) PartitionColumns() []int {
	var out []int
	for _, x := range k.partition {
		out = append(out, expr.Columns(x)...)
	}
	return out
}

// Partition is the value of the partition key. Keys compare as values do, in the
// order of the bytes; the name is that of PartitionText.
type Partition struct {
	Name string
	Key  string
}

// Partitions gives the distinct partitions of the rows of b in order of first
// sight, and for each row the place of its partition among them.
func (k *Keys) Partitions(b *batch.Batch) (list []Partition, rows []uint32, err error) {
	rows = make([]uint32, b.Rows)
	if b.Rows == 0 {
		return nil, rows, nil
	}
	if len(k.partition) == 0 {
		return []Partition{{Name: PartitionAll}}, rows, nil
	}
	vs, err := evalAll(k.partition, b)
	if err != nil {
		return nil, nil, fmt.Errorf("compute partition: %w", err)
	}
	isConst := true
	for _, v := range vs {
		isConst = isConst && v.Const
	}
	seen := map[string]uint32{}
	var key, last []byte
	for i := range b.Rows {
		if isConst && i > 0 {
			break // Fast path: rows are zero already.
		}
		key = appendPartitionKey(key[:0], vs, i)
		if i > 0 && bytes.Equal(key, last) {
			rows[i] = rows[i-1]
			continue
		}
		at, ok := seen[string(key)]
		if !ok {
			at = uint32(len(list))
			seen[string(key)] = at
			list = append(list, Partition{Name: PartitionText(vs, i), Key: string(key)})
		}
		rows[i] = at
		key, last = last, key
	}
	return list, rows, nil
}

// appendPartitionKey encodes the parts such that the order of the bytes is that
// of the values: text, which has no fixed length, ends in 0, 1 and has its zeros
// escaped.
func appendPartitionKey(dst []byte, vs []*batch.Vector, i int) []byte {
	for _, v := range vs {
		if v.Type.Phys() != types.PhysStrings || v.IsNull(i) {
			dst = segment.AppendKeyPart(dst, v, i)
			continue
		}
		if v.Type.Nullable {
			dst = append(dst, 0)
		}
		for _, c := range v.Bytes(i) {
			dst = append(dst, c)
			if c == 0 {
				dst = append(dst, 0xFF)
			}
		}
		dst = append(dst, 0, 1)
	}
	return dst
}

// Names gives the name of the partition of each row.
func (k *Keys) Names(b *batch.Batch) ([]string, error) {
	list, rows, err := k.Partitions(b)
	if err != nil {
		return nil, err
	}
	out := make([]string, b.Rows)
	for i, p := range rows {
		out[i] = list[p].Name
	}
	return out, nil
}
