package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/freshetdb/freshet/cluster/fanout"
	"github.com/freshetdb/freshet/columnar/entry"
	"github.com/freshetdb/freshet/columnar/table"
	"github.com/freshetdb/freshet/columnar/types"
	"github.com/freshetdb/freshet/columnar/vfs"
	"github.com/freshetdb/freshet/ingest/decode"
	"github.com/freshetdb/freshet/ingest/pipe"
	"github.com/freshetdb/freshet/ingest/tail"
	"github.com/freshetdb/freshet/query/system"
)

// sourcesInterval is how often the catalogue is asked for tables that read by
// themselves.
const sourcesInterval = 200 * time.Millisecond

// sources runs a follower for every LogFile table. close ends them.
type sources struct {
	n      *node
	cancel context.CancelFunc
	wg     sync.WaitGroup

	mu      sync.Mutex
	running map[uint64]*tail.Follower // by table; nil where following failed
}

func newSources(n *node) *sources {
	return &sources{n: n, cancel: func() {}, running: map[uint64]*tail.Follower{}}
}

func (s *sources) start() {
	var ctx context.Context
	ctx, s.cancel = context.WithCancel(context.Background())
	s.wg.Go(func() { s.watch(ctx) })
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
	for {
		for _, d := range s.n.cluster.Catalog().Tables {
			if d.Source != nil && d.Source.Engine == "LogFile" && d.Kind == table.Events && !s.has(d.ID) {
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

func (s *sources) has(id uint64) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, ok := s.running[id]
	return ok
}

// malformed calls each for the tables whose logs had lines that are no rows.
func (s *sources) malformed(each func(d *table.Def, count int64, last *tail.BadLine)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, d := range s.n.cluster.Catalog().Tables {
		if f := s.running[d.ID]; f != nil {
			if n, last := f.Malformed(); last != nil {
				each(d, n, last)
			}
		}
	}
}

// metrics counts, per table, the lines that were left out since the start.
func (s *sources) metrics() []system.Metric {
	var out []system.Metric
	s.malformed(func(d *table.Def, count int64, _ *tail.BadLine) {
		out = append(out, system.Metric{
			Name: "logfile_malformed_lines_total", Labels: fmt.Sprintf("database=%q,table=%q", d.Database, d.Name), Value: count,
			About: "Lines of followed log files that are no rows and were left out, since the start.",
		})
	})
	return out
}

func (s *sources) warnings() []system.Warning {
	var out []system.Warning
	s.malformed(func(d *table.Def, count int64, last *tail.BadLine) {
		out = append(out, system.Warning{Database: d.Database, Table: d.Name, Message: fmt.Sprintf(
			"%d lines of log files are no rows and were left out since the start; the last is at %s:%d: %v", count, last.Path, last.Offset, last.Err)})
	})
	for _, d := range s.n.cluster.Catalog().Tables {
		if names := neverGiven(d); len(names) > 0 {
			out = append(out, system.Warning{Database: d.Database, Table: d.Name, Message: fmt.Sprintf(
				"LogFile: no line has the columns %s; they keep their defaults", strings.Join(names, ", "))})
		}
	}
	return out
}

// neverGiven are the columns without a default of their own that the format of a LogFile has no field for.
func neverGiven(d *table.Def) []string {
	if d.Source == nil || d.Source.Engine != "LogFile" {
		return nil
	}
	f, ok, err := decode.For(d.Source)
	if err != nil || !ok { // JSON lines may have any
		return nil
	}
	var out []string
	for _, c := range d.Schema.Columns {
		if c.Kind == types.DefaultNone && !slices.Contains(f.Names(), c.Name) {
			out = append(out, c.Name)
		}
	}
	return out
}

func (s *sources) follow(ctx context.Context, d *table.Def) {
	def := func() *table.Def { return s.n.cluster.Catalog().ByID(d.ID) }
	f, err := tail.New(vfs.OS{}, def, sink{s.n.cluster}, s.n.engine, s.n.log)
	s.mu.Lock()
	s.running[d.ID] = f
	s.mu.Unlock()
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

// Forget implements pipe.Sink.
func (s sink) Forget(ctx context.Context, d *table.Def, source string, keys []string) error {
	return s.cluster.Forget(ctx, d, source, keys)
}

// Store implements pipe.Sink.
func (s sink) Store(ctx context.Context, b pipe.Batch) error {
	at := entry.Position{Source: b.Source, Key: b.Key, From: b.From, Next: b.Next}
	return s.cluster.StoreAt(ctx, b.Table, b.Rows, b.At, at)
}
