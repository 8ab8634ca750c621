// Package engine runs statements: it parses, binds, plans and executes them
// within their limits, keeps the list of running queries and the query log, and
// answers SHOW, DESCRIBE and the system tables.
//
// The front doors (chhttp) call [Engine.Execute] with a [Request] and a [Sink]
// for the answer. The shards are behind [Backend].
package engine

import (
	"context"
	"io"
	"log/slog"
	"runtime"
	"sync/atomic"
	"time"

	"github.com/freshetdb/freshet/columnar/ledger"
	"github.com/freshetdb/freshet/columnar/table"
	"github.com/freshetdb/freshet/columnar/types"
	"github.com/freshetdb/freshet/query/system"
)

// Config is what an engine needs to know of its node.
type Config struct {
	Version string
	Zone    *types.Zone
	// Memory is the node's ledger, of which queries take their share.
	Memory *ledger.Budget
	// QueryCacheBytes bounds the answers that are kept; 0: none are.
	QueryCacheBytes int64
	// StateCacheBytes bounds the groups of segments that are kept; 0: none are.
	StateCacheBytes int64
	// UniteBytes bounds the numbers that symbols of several shards have together; 0:
	// they have none.
	UniteBytes int64
	// KeptRows is the rows of a segment from which on they are; 0: the usual.
	KeptRows int
	// MaxQueries is how many statements may run at once.
	MaxQueries int
	// BatchRows is the rows of a batch between operators; 0: the usual. Answers do
	// not depend on it, which is what tests set it for.
	BatchRows int
	// Metrics and Warnings are what the node around the engine adds to its own and
	// to system.warnings; nil for nothing.
	Metrics  func() []system.Metric
	Warnings func() []system.Warning
	// CheckSource says why what a new table is to follow can't be; nil: it is not asked.
	CheckSource func(d *table.Def) error
	Log         *slog.Logger
}

// DefaultConfig is a node without limits in UTC.
func DefaultConfig() Config {
	return Config{
		Version: "dev", Zone: types.UTC, Memory: ledger.New("total", 0, nil), MaxQueries: 100, QueryCacheBytes: queryCacheBytes,
		StateCacheBytes: stateCacheBytes, UniteBytes: uniteBytes,
		Log: slog.New(slog.DiscardHandler),
	}
}

// Engine runs statements. It is safe for concurrent use.
type Engine struct {
	cfg     Config
	backend Backend
	started time.Time
	procs   *processes
	log     *queryLog
	cache   *cache
	states  *stateCache
	unions  *ledger.Budget
	metrics Metrics
	system  map[string]system.Table
}

// Metrics counts what the engine did, for /metrics and system.metrics.
type Metrics struct {
	Queries        atomic.Int64
	FailedQueries  atomic.Int64
	Selects        atomic.Int64
	Inserts        atomic.Int64
	InsertedRows   atomic.Int64
	InsertedBytes  atomic.Int64
	ReadRows       atomic.Int64
	ReadBytes      atomic.Int64
	DuplicateSkips atomic.Int64
	QueryMicros    atomic.Int64
}

// New makes an engine over a backend.
func New(cfg Config, b Backend) *Engine {
	e := &Engine{
		cfg: cfg, backend: b, started: time.Now(), procs: newProcesses(cfg.MaxQueries), log: newQueryLog(),
	}
	answers, states, unions := cfg.QueryCacheBytes, cfg.StateCacheBytes, cfg.UniteBytes
	if limit := cfg.Memory.Limit(); limit > 0 {
		answers, states, unions = min(answers, limit/queryCacheShare), min(states, limit/stateCacheShare), min(unions, limit/uniteShare)
	}
	e.cache = newCache(ledger.New("query cache", answers, cfg.Memory))
	e.states = newStateCache(ledger.New("state cache", states, cfg.Memory))
	e.unions = ledger.New("dictionaries of several shards", unions, cfg.Memory)
	e.system = map[string]system.Table{}
	for _, t := range system.Tables() {
		e.system[t.Name] = t
	}
	return e
}

// Metrics gives the engine's counters.
func (e *Engine) Metrics() *Metrics { return &e.metrics }

// Running is how many statements run now.
func (e *Engine) Running() int { return e.procs.count() }

// EndLargest ends the running statement that holds the most memory, which then fails for the given reason.
func (e *Engine) EndLargest(why error) (id string, ok bool) { return e.procs.endLargest(why) }

// Zone is the server's time zone.
func (e *Engine) Zone() *types.Zone { return e.cfg.Zone }

// Version is the server's version.
func (e *Engine) Version() string { return e.cfg.Version }

// Request is one statement to run.
type Request struct {
	SQL     string
	Body    io.Reader // data that follows an INSERT's text; nil for none
	Session *Session
	QueryID string
	// Settings hold for this statement only, above the session's.
	Settings Settings
	Params   map[string]string // values of {name:Type}
	// Format is the format of the answer when the statement names none.
	Format   string
	Database string // "" means the session's
	ReadOnly bool   // refuse what changes data, as for GET
	Address  string // of the client, for system.processes
}

// Header describes an answer before its first byte.
type Header struct {
	QueryID     string
	Format      string
	ContentType string
	Zone        string
	Warnings    []string
	Answer      string // the certificate, see Certificate; "" for what is no query
}

// Sink takes an answer. Begin is called at most once, when the first bytes are
// ready; statements without an answer don't call it.
type Sink interface {
	Begin(h Header) (io.Writer, error)
}

// Summary is what a statement did, in ClickHouse's terms.
type Summary struct {
	QueryID      string
	ReadRows     int64
	ReadBytes    int64
	WrittenRows  int64
	WrittenBytes int64
	ResultRows   int64
	ResultBytes  int64
	TotalRows    int64
	Elapsed      time.Duration
	PeakMemory   int64
	Warnings     []string
}

// workers is how many operators run side by side.
func workers(s Settings) int {
	if n := s.int("max_threads"); n > 0 {
		return int(min(n, maxWorkers))
	}
	return runtime.GOMAXPROCS(0)
}

// maxWorkers bounds max_threads.
const maxWorkers = 64

// cause is the reason why a context ended.
func cause(ctx context.Context) error { return context.Cause(ctx) }
