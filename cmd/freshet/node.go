package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/freshetdb/freshet/cluster/fanout"
	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/ledger"
	"github.com/freshetdb/freshet/columnar/store"
	"github.com/freshetdb/freshet/columnar/table"
	"github.com/freshetdb/freshet/columnar/types"
	"github.com/freshetdb/freshet/columnar/vfs"
	"github.com/freshetdb/freshet/ingest/tail"
	"github.com/freshetdb/freshet/query/chhttp"
	"github.com/freshetdb/freshet/query/ddl"
	"github.com/freshetdb/freshet/query/engine"
)

const (
	// drainTimeout is how long running statements may go on after SIGTERM; with
	// what closing takes, the node stops within ten seconds.
	drainTimeout = 5 * time.Second
	// headerTimeout bounds how long a client may take to send its headers.
	headerTimeout = 10 * time.Second
)

// node is a running node: shards, engine, front door.
type node struct {
	cfg     Config
	log     *slog.Logger
	memory  *ledger.Budget
	cluster *fanout.Cluster
	engine  *engine.Engine
	sources *sources
	http    *http.Server
	listen  net.Listener

	stopWatch context.CancelFunc // of the memory
	watched   sync.WaitGroup
}

// openNode opens the data and listens; serve answers. On an error nothing is
// left open.
func openNode(ctx context.Context, c Config, log *slog.Logger) (*node, error) {
	zone, err := types.LoadZone(c.Timezone)
	if err != nil {
		return nil, fmt.Errorf("timezone: %w", err)
	}
	limit, err := memoryLimit(c.MemoryLimit)
	if err != nil {
		return nil, fmt.Errorf("memory limit: %w", err)
	}
	n := &node{cfg: c, log: log, memory: ledger.New("total", int64(float64(limit)*ledgerShare), nil)}
	tuneHeap(limit)
	started := time.Now()
	n.cluster, err = fanout.Open(ctx, fanout.Config{
		FS: vfs.OS{}, Dir: c.DataDir, Shards: c.Shards, Memory: n.memory, Log: log,
		Store: store.Options{Log: log, Defaults: defaultOf, ColdAfter: c.ColdAfter, ColdCodec: c.ColdCodec},
	})
	if err != nil {
		return nil, fmt.Errorf("open data folder %s: %w", c.DataDir, err)
	}
	cfg := engine.DefaultConfig()
	cfg.Version, cfg.Zone, cfg.Memory, cfg.Log, cfg.BatchRows = version, zone, n.memory, log, c.batchRows
	if c.keptRows > 0 {
		cfg.KeptRows, cfg.QueryCacheBytes = c.keptRows, 0
	}
	if c.isApart {
		cfg.UniteBytes = 0
	}
	n.sources = newSources(n)
	cfg.Metrics, cfg.Warnings, cfg.CheckSource = n.sources.metrics, n.sources.warnings, tail.Check
	n.engine = engine.New(cfg, n.cluster)
	n.listen, err = net.Listen("tcp", c.HTTPAddr)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("listen for HTTP: %w", err), n.cluster.Close())
	}
	n.http = &http.Server{
		Handler: chhttp.New(n.engine), ReadHeaderTimeout: headerTimeout,
		ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelWarn),
	}
	n.sources.start()
	watch, stop := context.WithCancel(context.Background())
	n.stopWatch = stop
	n.watched.Go(func() { n.watchMemory(watch, limit) })
	log.Info("ready", "http", n.listen.Addr().String(), "data", c.DataDir, "took", time.Since(started).Round(time.Millisecond))
	return n, nil
}

// defaultOf is what rows from before a column was added have in it.
func defaultOf(_ *table.Def, c *types.Column) *batch.Vector { return ddl.ConstantDefault(c) }

// serve answers requests until ctx ends, lets running ones finish, and closes.
func (n *node) serve(ctx context.Context) error {
	failed := make(chan error, 1)
	go func() { failed <- n.http.Serve(n.listen) }()
	var err error
	select {
	case <-ctx.Done():
		n.log.Info("stopping", "running", n.engine.Running())
	case err = <-failed:
	}
	return errors.Join(err, n.close())
}

func (n *node) close() error {
	ctx, cancel := context.WithTimeout(context.Background(), drainTimeout)
	defer cancel()
	err := n.http.Shutdown(ctx)
	if err != nil {
		err = n.http.Close() // what still runs is cut off
	}
	n.stopWatch()
	n.watched.Wait()
	n.sources.close()
	err = errors.Join(err, n.cluster.Close())
	n.log.Info("stopped")
	return err
}

// addr is where the node answers.
func (n *node) addr() string { return "http://" + n.listen.Addr().String() }
