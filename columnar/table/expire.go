package table

import (
	"math"
	"slices"
	"strings"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/expr"
	"github.com/freshetdb/freshet/columnar/segment"
	"github.com/freshetdb/freshet/columnar/types"
)

// daySeconds are the seconds of a day in UTC.
const daySeconds = 86_400

// ExpiredBefore gives the partition that holds the instant now - TTL: all
// partitions before it have expired. The key is the body of an entry of kind
// DropBefore. It is false when the table has no TTL, or when its partitions are
// not in the order of the TTL's column.
func (k *Keys) ExpiredBefore(now int64) (Partition, bool) {
	column, ok := k.timeColumn()
	if !ok {
		return Partition{}, false
	}
	return k.partitionAt(column, now-k.def.TTLSeconds)
}

// Horizon is the first instant, in Unix seconds, of the partitions from a key on;
// 0 when partitions are not in the order of the TTL's column.
func (k *Keys) Horizon(key string) int64 {
	column, ok := k.timeColumn()
	if !ok {
		return 0
	}
	lo, hi := int64(0), int64(math.MaxUint32)
	for lo < hi {
		mid := lo + (hi-lo)/2
		p, ok := k.partitionAt(column, mid)
		if !ok {
			return 0
		}
		if p.Key >= key {
			hi = mid
		} else {
			lo = mid + 1
		}
	}
	return lo
}

// timeColumn is the place of the TTL's column when the partition key is one
// expression that grows with it.
func (k *Keys) timeColumn() (place int, ok bool) {
	c, ok := k.def.ttlColumn()
	if !ok || len(k.partition) != 1 {
		return 0, false
	}
	stored := segment.Stored(&k.def.Schema)
	place = placeOf(stored, c.ID)
	return place, place >= 0 && slices.Equal(expr.Columns(k.partition[0]), []int{place}) && grows(k.partition[0])
}

// grows tells whether an expression of one time is known to grow with it.
func grows(e expr.Expr) bool {
	switch e := e.(type) {
	case *expr.Column:
		return true
	case *expr.Call:
		times := []string{
			"toDate", "toDate32", "toDateTime", "toDateTime64", "toMonday", "toYear", "toYYYYMM", "toYYYYMMDD",
			"toYYYYMMDDhhmmss", "toUnixTimestamp",
		}
		if !slices.Contains(times, e.Name) && !strings.HasPrefix(e.Name, "toStartOf") && !strings.HasPrefix(e.Name, "toRelative") {
			return false
		}
		for _, a := range e.Args[1:] {
			if _, ok := a.(*expr.Const); !ok {
				return false
			}
		}
		return len(e.Args) > 0 && grows(e.Args[0])
	default:
		return false
	}
}

// partitionAt is the partition of rows at an instant.
func (k *Keys) partitionAt(place int, unix int64) (Partition, bool) {
	stored := segment.Stored(&k.def.Schema)
	v := instant(stored[place].Type, unix)
	if v == nil {
		return Partition{}, false
	}
	b := &batch.Batch{Cols: make([]*batch.Vector, len(stored)), Rows: 1}
	b.Cols[place] = v
	list, _, err := k.Partitions(b)
	if err != nil || len(list) != 1 {
		return Partition{}, false
	}
	return list[0], true
}

// instant is a time as a value of a column's type, cut to what the type holds.
func instant(t types.Type, unix int64) *batch.Vector {
	day := unix / daySeconds
	switch t.Kind {
	case types.Date:
		return batch.NewFixed(t, []uint16{uint16(min(max(day, 0), math.MaxUint16))}, nil)
	case types.Date32:
		return batch.NewFixed(t, []int32{int32(day)}, nil)
	case types.DateTime:
		return batch.NewFixed(t, []uint32{uint32(min(max(unix, 0), math.MaxUint32))}, nil)
	case types.DateTime64:
		ticks, over := types.Int128From(unix).Mul(types.Pow10(int(t.Scale)))
		if n, ok := ticks.Int64(); ok && !over {
			return batch.NewFixed(t, []int64{n}, nil)
		}
	default:
	}
	return nil
}

// ttlColumn is the time column that rows expire by; ok is false when the table
// has none.
func (d *Def) ttlColumn() (c *types.Column, ok bool) {
	if d.TTLSeconds <= 0 {
		return nil, false
	}
	c = d.Schema.ByID(d.TTLColumn)
	return c, c != nil && c.IsStored()
}
