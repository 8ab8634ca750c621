package fanout_test

import (
	"context"
	"path"
	"testing"
	"time"

	"github.com/freshetdb/freshet/cluster/fanout"
	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/vfs"
	"github.com/freshetdb/freshet/query/engine"
)

func benchCluster(b *testing.B, dir string) *fanout.Cluster {
	b.Helper()
	c, err := fanout.Open(b.Context(), fanout.Config{FS: vfs.OS{}, Dir: dir})
	must(b, err)
	return c
}

// BenchmarkLoneInsert is the time until one row of a lone client is safe.
func BenchmarkLoneInsert(b *testing.B) {
	c := benchCluster(b, path.Join(b.TempDir(), "data"))
	def := create(b, c, "t")
	one := rows(0, 1)
	for b.Loop() {
		_, err := insert(c, def, "", one)
		must(b, err)
	}
	must(b, c.Close())
}

// BenchmarkManyClients is single rows of 200 clients at once.
func BenchmarkManyClients(b *testing.B) {
	c := benchCluster(b, path.Join(b.TempDir(), "data"))
	def := create(b, c, "t")
	b.SetParallelism(100)
	b.RunParallel(func(p *testing.PB) {
		one := rows(0, 1)
		for p.Next() {
			if _, err := insert(c, def, "", one); err != nil {
				b.Error(err)
			}
		}
	})
	b.ReportMetric(float64(b.N)/float64(c.Stats().Entries), "inserts/entry")
	must(b, c.Close())
}

// BenchmarkBulk is one insert of 64 Ki rows a batch.
func BenchmarkBulk(b *testing.B) {
	c := benchCluster(b, path.Join(b.TempDir(), "data"))
	def := create(b, c, "t")
	one := rows(0, 1<<16)
	n := 0
	_, err := c.Insert(context.Background(), engine.Insert{Table: def, Next: func(context.Context) (*batch.Batch, error) {
		if !b.Loop() {
			return nil, nil
		}
		n++
		return one, nil
	}})
	must(b, err)
	b.ReportMetric(float64(n)*65_536/b.Elapsed().Seconds()/1e6, "Mrows/s")
	must(b, c.Close())
}

// BenchmarkReplay is a start behind which lies as much as may be unflushed.
func BenchmarkReplay(b *testing.B) {
	dir := path.Join(b.TempDir(), "data")
	copyOf := path.Join(b.TempDir(), "data")
	c := benchCluster(b, dir)
	def := create(b, c, "t")
	block := rows(0, 1<<14)
	for c.Stats().Unflushed < 120<<20 { // Just under the flush that comes by itself.
		_, err := c.Insert(b.Context(), engine.Insert{Table: def, Next: stream(block)})
		must(b, err)
	}
	copyTree(b, dir, copyOf)
	n := c.Stats()
	must(b, c.Close())
	began := time.Now()
	again := benchCluster(b, copyOf)
	b.ReportMetric(time.Since(began).Seconds(), "s/start")
	b.ReportMetric(float64(n.Unflushed>>20), "MB")
	b.ReportMetric(float64(n.Entries), "entries")
	must(b, again.Close())
}

// copyTree copies a folder as a crash would leave it, more or less.
func copyTree(b *testing.B, from, to string) {
	b.Helper()
	var fsys vfs.OS
	must(b, fsys.MkdirAll(to))
	names, err := fsys.List(from)
	must(b, err)
	for _, name := range names {
		info, err := fsys.Stat(path.Join(from, name))
		must(b, err)
		if info.IsDir {
			copyTree(b, path.Join(from, name), path.Join(to, name))
			continue
		}
		data, err := vfs.ReadFile(fsys, path.Join(from, name))
		must(b, err)
		must(b, vfs.WriteFileAtomic(fsys, path.Join(to, name), data))
	}
}
