package table_test

import (
	"testing"
	"time"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/expr"
	"github.com/freshetdb/freshet/columnar/table"
)

// TestExpiredPartitions drops what is older than the TTL and keeps the partition
// that the cut goes through; the horizon is where that one begins.
func TestExpiredPartitions(t *testing.T) {
	now := time.Date(2024, 5, 17, 12, 30, 0, 0, time.UTC).Unix()
	const day = 86_400
	for _, c := range []struct {
		column, fn string
		ttl        int64
		name       string
		horizon    string
	}{
		{"DateTime", "toDate", 3 * day, "2024-05-14", "2024-05-14 00:00:00"},
		{"DateTime", "toYYYYMM", 30 * day, "202404", "2024-04-01 00:00:00"},
		{"DateTime", "toStartOfHour", 3600, "2024-05-17 11:00:00", "2024-05-17 11:00:00"},
		{"DateTime64(3)", "toMonday", 7 * day, "2024-05-06", "2024-05-06 00:00:00"},
		{"DateTime('Asia/Shanghai')", "toDate", 3 * day, "2024-05-14", "2024-05-13 16:00:00"},
		{"Date", "", 3 * day, "2024-05-14", "2024-05-14 00:00:00"},
	} {
		d := definition("t "+c.column, "s String")
		var key expr.Expr = column(d, 1)
		if c.fn != "" {
			key = call(t, c.fn, key)
		}
		d.PartitionBy = []table.KeyExpr{{SQL: c.fn, Expr: expr.Encode(key)}}
		d.TTLColumn, d.TTLSeconds = 1, c.ttl
		keys, err := table.NewKeys(d)
		if err != nil {
			t.Fatal(err)
		}
		p, ok := keys.ExpiredBefore(now)
		if !ok || p.Name != c.name {
			t.Errorf("%s of %s: expired before %q (%t), expected %q", c.fn, c.column, p.Name, ok, c.name)
			continue
		}
		if got := time.Unix(keys.Horizon(p.Key), 0).UTC().Format(time.DateTime); got != c.horizon {
			t.Errorf("%s of %s: horizon %s, expected %s", c.fn, c.column, got, c.horizon)
		}
	}
}

// TestPartitionsThatTimeDoesNotOrder are left alone by the TTL.
func TestPartitionsThatTimeDoesNotOrder(t *testing.T) {
	d := definition("t DateTime", "s String")
	d.TTLColumn, d.TTLSeconds = 1, 3600
	for _, key := range [][]expr.Expr{
		nil,
		{column(d, 2)},
		{call(t, "toHour", column(d, 1))},
		{call(t, "toDate", column(d, 1)), column(d, 2)},
		{call(t, "negate", call(t, "toUnixTimestamp", column(d, 1)))},
	} {
		d.PartitionBy = nil
		for _, k := range key {
			d.PartitionBy = append(d.PartitionBy, table.KeyExpr{Expr: expr.Encode(k)})
		}
		keys, err := table.NewKeys(d)
		if err != nil {
			t.Fatal(err)
		}
		if p, ok := keys.ExpiredBefore(1 << 30); ok {
			t.Errorf("key %v: partitions before %q are said to have expired", key, p.Name)
		}
	}
}

// TestPartitionKeysCompareAsValues, also for text with zeros and prefixes.
func TestPartitionKeysCompareAsValues(t *testing.T) {
	d := definition("s Nullable(String)", "n Int16")
	d.PartitionBy = []table.KeyExpr{{Expr: expr.Encode(column(d, 1))}, {Expr: expr.Encode(column(d, 2))}}
	keys, err := table.NewKeys(d)
	if err != nil {
		t.Fatal(err)
	}
	texts := []string{"", "\x00", "\x00\x01", "\x01", "a", "a\x00", "a\x00b", "a\x01", "ab", "b"}
	var rows []string
	var n []int16
	for _, s := range texts {
		for _, k := range []int16{-300, -1, 0, 7} {
			rows, n = append(rows, s), append(n, k)
		}
	}
	v := strings1(rows...)
	v.Type = d.Schema.Columns[0].Type
	list, at, err := keys.Partitions(&batch.Batch{Cols: []*batch.Vector{v, of("Int16", n...)}, Rows: len(rows)})
	if err != nil {
		t.Fatal(err)
	}
	if len(list) != len(rows) {
		t.Fatalf("%d partitions of %d different rows", len(list), len(rows))
	}
	for i := 1; i < len(rows); i++ {
		if list[at[i-1]].Key >= list[at[i]].Key {
			t.Errorf("the key of row %d is not before that of row %d", i-1, i)
		}
	}
}
