package engine

import (
	"runtime"
	"time"

	"github.com/freshetdb/freshet/columnar/table"
	"github.com/freshetdb/freshet/columnar/types"
	"github.com/freshetdb/freshet/query/system"
)

// server tells the system tables what they show, as of one query.
type server struct {
	q   *query
	cat *table.Catalog
}

// Catalog implements system.Server.
func (s server) Catalog() *table.Catalog { return s.cat }

// Zone implements system.Server.
func (s server) Zone() *types.Zone { return s.q.engine.cfg.Zone }

// Segments implements system.Server.
func (s server) Segments() ([]system.Segment, error) {
	v, err := s.q.take(s.q.expr.Context)
	if err != nil {
		return nil, err
	}
	return v.Segments(), nil
}

// Rollups implements system.Server.
func (s server) Rollups() ([]system.Rollup, error) {
	v, err := s.q.take(s.q.expr.Context)
	if err != nil {
		return nil, err
	}
	var out []system.Rollup
	for _, d := range s.cat.Tables {
		switch d.Kind {
		case table.Rollup:
			size := v.Rollup(d.ID)
			out = append(out, system.Rollup{Def: d, Rows: size.Rows, Bytes: size.Bytes, State: size.State})
		case table.ViewTo:
			out = append(out, system.Rollup{Def: d})
		default:
		}
	}
	return out, nil
}

// Processes implements system.Server.
func (s server) Processes() []system.Process {
	list := s.q.engine.procs.list()
	out := make([]system.Process, len(list))
	for i, p := range list {
		out[i] = system.Process{
			QueryID: p.id, User: p.user, Address: p.address, SQL: clipTo(p.sql, maxLoggedSQL), Started: p.started,
			ReadRows: p.progress.ReadRows.Load(), ReadBytes: p.progress.ReadBytes.Load(),
			TotalRows: p.progress.TotalRows.Load(), Memory: p.memory.Used(), PeakMemory: p.memory.Peak(),
		}
	}
	return out
}

func clipTo(s string, most int) string { return s[:min(len(s), most)] }

// QueryLog implements system.Server.
func (s server) QueryLog() []system.Query { return s.q.engine.log.list() }

// Cached implements system.Server.
func (s server) Cached() ([]system.Cached, error) {
	v, err := s.q.take(s.q.expr.Context)
	if err != nil {
		return nil, err
	}
	now := time.Now()
	answers, running := s.q.engine.cache.kept()
	var out []system.Cached
	for _, f := range running {
		c := system.Cached{SQL: f.about.sql, Age: now.Sub(f.began), State: "running"}
		c.Tables, c.Ranges = describeGuards(f.about.guards)
		out = append(out, c)
	}
	for i := range answers {
		a := &answers[i]
		c := system.Cached{SQL: a.about.sql, Rows: a.rows, Bytes: a.bytes, Hits: a.hits, Age: now.Sub(a.computed), State: "right"}
		c.Tables, c.Ranges = describeGuards(a.about.guards)
		for k := range a.about.guards {
			g := &a.about.guards[k]
			if !g.isRight(s.q.expr, a.read[k], v.Versions(g.table)) {
				c.State = "outdated"
			}
		}
		out = append(out, c)
	}
	return out, nil
}

// Settings implements system.Server.
func (s server) Settings() []system.Setting {
	all := SettingsTable()
	out := make([]system.Setting, len(all))
	for i, x := range all {
		v, changed := s.q.settings[x.Name]
		if !changed {
			v = x.Default
		}
		out[i] = system.Setting{
			Name: x.Name, Value: v, Default: x.Default, Changed: changed, About: x.About, Type: x.Type(), Inert: x.inert,
		}
	}
	return out
}

// Metrics implements system.Server.
func (s server) Metrics() []system.Metric { return s.q.engine.MetricList() }

// Warnings implements system.Server.
func (s server) Warnings() []system.Warning {
	if s.q.engine.cfg.Warnings == nil {
		return nil
	}
	return s.q.engine.cfg.Warnings()
}

// MetricList is all counters and gauges of the engine and of the node around it.
func (e *Engine) MetricList() []system.Metric {
	m, c := &e.metrics, e.cache
	var mem runtime.MemStats
	runtime.ReadMemStats(&mem)
	out := []system.Metric{
		{Name: "queries_total", Value: m.Queries.Load(), About: "Statements that ended."},
		{Name: "queries_failed_total", Value: m.FailedQueries.Load(), About: "Statements that ended with an error."},
		{Name: "queries_running", Value: int64(e.procs.count()), About: "Statements that run now.", Gauge: true},
		{Name: "query_microseconds_total", Value: m.QueryMicros.Load(), About: "Time that statements took."},
		{Name: "selects_total", Value: m.Selects.Load(), About: "SELECT statements."},
		{Name: "inserts_total", Value: m.Inserts.Load(), About: "INSERT statements."},
		{Name: "inserted_rows_total", Value: m.InsertedRows.Load(), About: "Rows that were acknowledged."},
		{Name: "inserted_bytes_total", Value: m.InsertedBytes.Load(), About: "Bytes of acknowledged rows in memory."},
		{Name: "duplicate_inserts_total", Value: m.DuplicateSkips.Load(), About: "Inserts whose token was known."},
		{Name: "read_rows_total", Value: m.ReadRows.Load(), About: "Rows that queries read."},
		{Name: "read_bytes_total", Value: m.ReadBytes.Load(), About: "Bytes that queries read."},
		{Name: "query_cache_hits_total", Value: c.hits.Load(), About: "Answers that were given again."},
		{Name: "query_cache_stale_hits_total", Value: c.stale.Load(), About: "Those among them that result_staleness allowed."},
		{Name: "query_cache_misses_total", Value: c.misses.Load(), About: "Queries that could have been in the cache and were run."},
		{Name: "query_cache_coalesced_total", Value: c.coalesced.Load(), About: "Queries that got the answer of an equal one in flight."},
		{Name: "query_cache_bytes", Value: c.budget.Used(), About: "Bytes of the answers that are kept.", Gauge: true},
		{Name: "query_cache_limit_bytes", Value: c.budget.Limit(), About: "Bytes that they may have; 0: none are kept.", Gauge: true},
		{Name: "state_cache_hits_total", Value: e.states.hits.Load(), About: "Segments that were not read since their groups were kept."},
		{Name: "state_cache_bytes", Value: e.states.budget.Used(), About: "Bytes of the groups of segments that are kept.", Gauge: true},
		{Name: "memory_used_bytes", Value: e.cfg.Memory.Used(), About: "Bytes in the node's ledger.", Gauge: true},
		{Name: "memory_limit_bytes", Value: e.cfg.Memory.Limit(), About: "The node's limit; 0: none.", Gauge: true},
		{Name: "heap_bytes", Value: int64(mem.HeapAlloc), About: "Bytes of live and not yet collected objects.", Gauge: true},
		{Name: "goroutines", Value: int64(runtime.NumGoroutine()), About: "Goroutines.", Gauge: true},
	}
	if e.cfg.Metrics != nil {
		out = append(out, e.cfg.Metrics()...)
	}
	return out
}
