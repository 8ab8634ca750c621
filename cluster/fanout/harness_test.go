package fanout_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/freshetdb/freshet/cluster/fanout"
	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/expr"
	"github.com/freshetdb/freshet/columnar/segment"
	"github.com/freshetdb/freshet/columnar/table"
	"github.com/freshetdb/freshet/columnar/types"
	"github.com/freshetdb/freshet/columnar/vfs"
	"github.com/freshetdb/freshet/query/engine"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	dir           = "data"
	smallSegments = 256 << 10
	soon          = 5 * time.Millisecond
)

// fataler is a test, or a goroutine of one that may not end it.
type fataler interface {
	Helper()
	Fatal(args ...any)
}

func must(t fataler, errs ...error) {
	t.Helper()
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
}

func config(fsys vfs.FS) fanout.Config {
	return fanout.Config{FS: fsys, Dir: dir, Election: soon, SegmentBytes: smallSegments}
}

func open(t *testing.T, cfg fanout.Config) *fanout.Cluster {
	t.Helper()
	c, err := fanout.Open(t.Context(), cfg)
	must(t, err)
	return c
}

// events is the definition of a table (day UInt8, id UInt64, user String),
// partitioned by day, ordered by user and id, routed by user.
func events(name string) *table.Def {
	d := &table.Def{Database: "default", Name: name, Kind: table.Events, Engine: "MergeTree", NextColumn: 4}
	d.Schema.Version = 1
	for i, c := range []struct{ name, kind string }{{"day", "UInt8"}, {"id", "UInt64"}, {"user", "String"}} {
		d.Schema.Columns = append(d.Schema.Columns, types.Column{
			ID: uint32(i + 1), Name: c.name, TypeName: c.kind, Type: types.MustParse(c.kind), Identity: c.name == "user",
		})
	}
	key := func(i int) table.KeyExpr {
		c := d.Schema.Columns[i]
		return table.KeyExpr{SQL: c.Name, Expr: expr.Encode(&expr.Column{Pos: int(c.ID), Name: c.Name, T: c.Type})}
	}
	d.PartitionBy = []table.KeyExpr{key(0)}
	d.OrderBy = []table.KeyExpr{key(2), key(1)}
	d.RouteBy = []table.KeyExpr{key(2)}
	return d
}

func create(t fataler, c *fanout.Cluster, name string) *table.Def {
	t.Helper()
	must(t, c.Change(context.Background(), &table.Change{Kind: table.CreateTable, Def: events(name)}))
	return c.Catalog().Find("default", name)
}

// rows makes rows with the ids [lo, hi).
func rows(lo, hi uint64) *batch.Batch {
	n := int(hi - lo)
	days, ids, users := make([]uint8, n), make([]uint64, n), batch.Strings{Offsets: []uint32{0}}
	for i := range n {
		ids[i] = lo + uint64(i)
		days[i] = uint8(ids[i] % 5)
		users.AppendString(fmt.Sprint("user", ids[i]%97))
	}
	return &batch.Batch{
		Names: []string{"day", "id", "user"}, Rows: n,
		Cols: []*batch.Vector{
			batch.NewFixed(types.Of(types.UInt8), days, nil),
			batch.NewFixed(types.Of(types.UInt64), ids, nil),
			batch.NewStrings(types.Of(types.String), users, nil),
		},
	}
}

// stream gives the batches one after the other.
func stream(list ...*batch.Batch) func(context.Context) (*batch.Batch, error) {
	return func(context.Context) (*batch.Batch, error) {
		if len(list) == 0 {
			return nil, nil
		}
		b := list[0]
		list = list[1:]
		return b, nil
	}
}

func insert(c *fanout.Cluster, def *table.Def, token string, list ...*batch.Batch) (engine.Inserted, error) {
	return c.Insert(context.Background(), engine.Insert{Table: def, Next: stream(list...), Token: token, Gather: true})
}

// read gives the ids of all rows of a table, sorted. It checks that each row is
// the one that was written.
func read(t fataler, c *fanout.Cluster, def *table.Def) []uint64 {
	t.Helper()
	v, err := c.Views(context.Background())
	must(t, err)
	defer v.Release()
	shards, err := v.Parts(def.ID)
	must(t, err)
	var out []uint64
	for _, parts := range shards {
		for _, p := range parts {
			cols := make([]*batch.Vector, len(def.Schema.Columns))
			for i := range cols {
				cols[i], err = p.ReadInto(&def.Schema.Columns[i], 0, p.Rows(), &segment.Scratch{})
				must(t, err)
				cols[i] = cols[i].Expand()
			}
			live := p.Live(0, p.Rows())
			for i := range p.Rows() {
				if live != nil && !live[i] {
					continue
				}
				id := batch.Values[uint64](cols[1])[i]
				day, user := batch.Values[uint8](cols[0])[i], string(cols[2].Bytes(i))
				if day != uint8(id%5) || user != fmt.Sprint("user", id%97) {
					t.Fatal(fmt.Sprintf("row %d has day %d, user %s", id, day, user))
				}
				out = append(out, id)
			}
		}
	}
	slices.Sort(out)
	return out
}

// span is the ids [lo, hi).
func span(lo, hi uint64) []uint64 {
	out := make([]uint64, 0, hi-lo)
	for i := lo; i < hi; i++ {
		out = append(out, i)
	}
	return out
}

// same compares ids and says briefly what differs.
func same(t fataler, got, want []uint64, what string) {
	t.Helper()
	if slices.Equal(got, want) {
		return
	}
	count := map[uint64]int{}
	for _, id := range got {
		count[id]++
	}
	for _, id := range want {
		count[id]--
	}
	var bad []string
	for id, n := range count {
		if n != 0 && len(bad) < 10 {
			bad = append(bad, fmt.Sprintf("%d: %+d", id, n))
		}
	}
	t.Fatal(fmt.Sprintf("%s: %d rows, want %d; differing: %s", what, len(got), len(want), strings.Join(bad, ", ")))
}

// big makes a batch whose entry is large: text that does not compress.
func big(def *table.Def, lo, hi uint64, bytes int) *batch.Batch {
	b := rows(lo, hi)
	rng := rand.NewChaCha8([32]byte{byte(lo), byte(hi)})
	pad := batch.Strings{Offsets: []uint32{0}}
	text := make([]byte, bytes/b.Rows)
	for range b.Rows {
		rng.Read(text)
		pad.Append(text)
	}
	if len(def.Schema.Columns) > 3 {
		b.Cols = append(b.Cols, batch.NewStrings(types.Of(types.String), pad, nil))
		b.Names = append(b.Names, "pad")
	}
	return b
}

// padded is events with a fourth column of text that is in no key.
func padded(name string) *table.Def {
	d := events(name)
	d.Schema.Columns = append(d.Schema.Columns, types.Column{ID: 4, Name: "pad", TypeName: "String", Type: types.Of(types.String)})
	d.NextColumn = 5
	return d
}
