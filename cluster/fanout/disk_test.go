package fanout_test

import (
	"path"
	"testing"

	"github.com/freshetdb/freshet/cluster/fanout"
	"github.com/freshetdb/freshet/columnar/table"
	"github.com/freshetdb/freshet/columnar/vfs"
	"github.com/freshetdb/freshet/query/engine"
)

// The whole path on a real disk: small and staged inserts, flushes, merges,
// restarts, and a check of the folder.
func TestOnARealDisk(t *testing.T) {
	cfg := config(vfs.OS{})
	cfg.Dir = path.Join(t.TempDir(), "data")
	cfg.Shards, cfg.EntryBytes = 2, 64<<10
	var want []uint64
	for round := range uint64(3) {
		c := open(t, cfg)
		if round == 0 {
			must(t, c.Change(t.Context(), &table.Change{Kind: table.CreateTable, Def: padded("t")}))
		}
		def := c.Catalog().Find("default", "t")
		for i := range uint64(6) {
			lo := round*100_000 + i*10_000
			n := uint64(50)
			if i%3 == 0 {
				n = 5000 // Staged.
			}
			_, err := insert(c, def, "", widen(def, rows(lo, lo+n)))
			must(t, err, c.Maintain(t.Context(), engine.Maintenance{Flush: i%2 == 1}))
			want = append(want, span(lo, lo+n)...)
		}
		same(t, read(t, c, def), want, "written")
		must(t, c.Maintain(t.Context(), engine.Maintenance{Merge: true, Final: round == 1, Table: def.ID}))
		same(t, read(t, c, def), want, "merged")
		must(t, c.Close())
		problems, err := fanout.Check(vfs.OS{}, cfg.Dir)
		if err != nil || len(problems) > 0 {
			t.Fatalf("check: %v %v", problems, err)
		}
	}
	c := open(t, cfg)
	same(t, read(t, c, c.Catalog().Find("default", "t")), want, "at the end")
	v, err := c.Views(t.Context())
	must(t, err)
	segments := v.Segments()
	v.Release()
	if len(segments) < 2 {
		t.Errorf("%d segments", len(segments))
	}
	must(t, c.Close())
}
