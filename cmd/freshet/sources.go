package main

import (
	"context"
	"sync"
	"time"

	"github.com/freshetdb/freshet/cluster/fanout"
	"github.com/freshetdb/freshet/columnar/entry"
	"github.com/freshetdb/freshet/columnar/table"
	"github.com/freshetdb/freshet/columnar/vfs"
	"github.com/freshetdb/freshet/ingest/pipe"
	"github.com/freshetdb/freshet/ingest/tail"
)

// sourcesInterval is how often the catalogue is asked for tables that read by
// themselves.
const sourcesInterval = 200 * time.Millisecond

// sources runs a follower for every LogFile table. close ends them.
type sources struct {
	n      *node
	cancel context.CancelFunc
	wg     sync.WaitGroup
}

func startSources(n *node) *sources {
	ctx, cancel := context.WithCancel(context.Background())
	s := &sources{n: n, cancel: cancel}
	s.wg.Go(func() { s.watch(ctx) })
	return s
}

func (s *sources) close() {
	s.cancel()
	s.wg.Wait()
}

// watch starts followers of new tables; a follower of a table that is gone ends by
// itself.
func (s *sources) watch(ctx context.Context) {
	tick := time.NewTicker(sourcesInterval)
	defer tick.Stop()
	running := map[uint64]bool{}
	for {
		for _, d := range s.n.cluster.Catalog().Tables {
			if d.Source != nil && d.Source.Engine == "LogFile" && d.Kind == table.Events && !running[d.ID] {
				running[d.ID] = true
				s.follow(ctx, d)
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

func (s *sources) follow(ctx context.Context, d *table.Def) {
	def := func() *table.Def { return s.n.cluster.Catalog().ByID(d.ID) }
	f, err := tail.New(vfs.OS{}, def, sink{s.n.cluster}, s.n.engine, s.n.log)
	if err != nil {
		s.n.log.Error("log files can't be followed", "table", d.FullName(), "error", err)
		return
	}
	s.wg.Go(func() {
		if err := f.Run(ctx); err != nil {
			s.n.log.Error("following log files ended", "table", d.FullName(), "error", err)
		}
	})
}

// sink hands what sources read to the shards.
type sink struct{ cluster *fanout.Cluster }

var _ pipe.Sink = sink{}

// Positions implements pipe.Sink.
func (s sink) Positions(_ context.Context, source string) (map[string]uint64, error) {
	return s.cluster.Positions(source), nil
}

// Store implements pipe.Sink.
func (s sink) Store(ctx context.Context, b pipe.Batch) error {
	at := entry.Position{Source: b.Source, Key: b.Key, From: b.From, Next: b.Next}
	return s.cluster.StoreAt(ctx, b.Table, b.Rows, b.At, at)
}
