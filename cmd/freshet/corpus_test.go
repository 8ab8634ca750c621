package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"maps"
	"os"
	"strings"
	"testing"

	"github.com/freshetdb/freshet/query/engine"
	"github.com/freshetdb/freshet/query/rewrite"
	"github.com/freshetdb/freshet/query/sqltest"
)

// corpusTarget is a real node in this process.
type corpusTarget struct {
	t     *testing.T
	cfg   Config
	start sqltest.Start
	n     *node
}

func newTarget(t *testing.T, start sqltest.Start) *corpusTarget {
	t.Helper()
	cfg := DefaultConfig()
	cfg.DataDir, cfg.HTTPAddr, cfg.Shards = t.TempDir(), "127.0.0.1:0", start.Shards
	cfg.batchRows = start.BatchRows
	if start.Kept {
		cfg.keptRows = 1
	}
	cfg.isApart = start.Apart
	target := &corpusTarget{t: t, cfg: cfg, start: start}
	if err := target.open(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := target.n.close(); err != nil {
			t.Error(err)
		}
	})
	return target
}

func (c *corpusTarget) open() error {
	n, err := openNode(context.Background(), c.cfg, slog.New(slog.DiscardHandler))
	c.n = n
	return err
}

type answer struct{ bytes.Buffer }

func (a *answer) Begin(engine.Header) (io.Writer, error) { return &a.Buffer, nil }

func (c *corpusTarget) Exec(ctx context.Context, database, sql string) (string, error) {
	s := engine.NewSession("default")
	s.Use(database)
	settings := engine.Settings{"use_rollups": "2"}
	if c.start.RulesOff {
		var names []string
		for _, r := range rewrite.Rules() {
			names = append(names, r.Name)
		}
		settings["rewrites_off"] = strings.Join(names, ",")
	}
	if c.start.Kept && strings.HasPrefix(strings.ToUpper(strings.TrimSpace(sql)), "SELECT") {
		unlogged := maps.Clone(settings)
		unlogged["log_queries"] = "0"
		for range 2 {
			if _, err := c.n.engine.Execute(ctx, &engine.Request{SQL: sql, Session: s, Settings: unlogged}, &answer{}); err != nil {
				return "", err
			}
		}
	}
	var out answer
	_, err := c.n.engine.Execute(ctx, &engine.Request{SQL: sql, Session: s, Settings: settings}, &out)
	if err != nil {
		return "", err
	}
	return out.String(), nil
}

func (c *corpusTarget) Flush(ctx context.Context) error {
	return c.n.cluster.Maintain(ctx, engine.Maintenance{Flush: true})
}

func (c *corpusTarget) Merge(ctx context.Context) error {
	return c.n.cluster.Maintain(ctx, engine.Maintenance{Flush: true, Merge: true})
}

func (c *corpusTarget) Demote(ctx context.Context) error { return c.n.cluster.Demote(ctx) }

func (c *corpusTarget) Restart(context.Context) error {
	return errors.Join(c.n.close(), c.open())
}

// TestCorpus runs the SQL corpus over real nodes in all configurations but the
// slow ones; FRESHET_CORPUS=all runs these, too.
func TestCorpus(t *testing.T) {
	known := sqltest.Known(t)
	for _, c := range sqltest.Configs() {
		switch c.Name {
		case "flush", "restart", "batch1": // slow
			if os.Getenv("FRESHET_CORPUS") != "all" {
				continue
			}
		}
		t.Run(c.Name, func(t *testing.T) {
			sqltest.RunExcept(t.Context(), t, newTarget(t, c.Start), c, known, nil)
		})
	}
}
