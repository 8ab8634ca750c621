package engine_test

import (
	"bytes"
	"context"
	"io"
	"strconv"
	"strings"
	"testing"

	"github.com/freshetdb/freshet/columnar/chcode"
	"github.com/freshetdb/freshet/query/engine"
	"github.com/freshetdb/freshet/query/sqltest"
)

// target runs the corpus against an engine in this process.
type target struct{ e *engine.Engine }

type buffer struct{ bytes.Buffer }

func (b *buffer) Begin(engine.Header) (io.Writer, error) { return &b.Buffer, nil }

// coded is an error whose code the corpus' runner finds.
type coded struct{ error }

func (c coded) ErrCode() int { return int(chcode.Of(c.error)) }

func (t target) Exec(ctx context.Context, database, sql string) (string, error) {
	s := engine.NewSession("default")
	s.Use(database)
	var out buffer
	_, err := t.e.Execute(ctx, &engine.Request{
		SQL: sql, Session: s,
		Settings: engine.Settings{"union_default_mode": "", "session_timezone": "UTC"},
	}, &out)
	if err != nil {
		return "", coded{err}
	}
	return out.String(), nil
}

func (target) Flush(context.Context) error   { return nil }
func (target) Restart(context.Context) error { return nil }
func (target) Merge(context.Context) error   { return nil }
func (target) Demote(context.Context) error  { return nil }

// TestCorpus runs the corpus over tables in memory: what fails here is the
// engine's fault, not the storage's.
func TestCorpus(t *testing.T) { runCorpus(t, 0) }

// TestCorpusTinyBatches runs it with batches of few rows, where operators meet
// the edges of batches all the time.
func TestCorpusTinyBatches(t *testing.T) {
	for _, rows := range []int{1, 3, 1000} {
		t.Run(strconv.Itoa(rows), func(t *testing.T) { runCorpus(t, rows) })
	}
}

func runCorpus(t *testing.T, batchRows int) {
	t.Helper()
	cfg := engine.DefaultConfig()
	cfg.BatchRows = batchRows
	e := engine.New(cfg, newMemory())
	sqltest.RunExcept(t.Context(), t, target{e}, sqltest.Config{Name: "memory"}, sqltest.Known(t), func(name string) bool {
		if strings.HasPrefix(name, "rollups/") {
			return true
		}
		if area, _, _ := strings.Cut(name, "/"); batchRows == 1 && (area == "events" || area == "late") {
			return true // thousands of rows, one at a time; the other sizes run them
		}
		switch name { // partitions, tokens and rollups are the storage's
		case "ddl/partitions", "ddl/partition_keys", "insert/dedup", "insert/into_partitions", "events/detail", "large/groups":
			return true
		default:
			return false
		}
	})
}
