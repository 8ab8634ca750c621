package engine

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/freshetdb/freshet/columnar/chcode"
	"github.com/freshetdb/freshet/columnar/expr"
	"github.com/freshetdb/freshet/columnar/ledger"
	"github.com/freshetdb/freshet/columnar/table"
	"github.com/freshetdb/freshet/columnar/types"
	"github.com/freshetdb/freshet/query/ast"
	"github.com/freshetdb/freshet/query/bind"
	"github.com/freshetdb/freshet/query/ddl"
	"github.com/freshetdb/freshet/query/exec"
	"github.com/freshetdb/freshet/query/parse"
	"github.com/freshetdb/freshet/query/system"
)

// query is one statement while it runs.
type query struct {
	engine   *Engine
	req      *Request
	sink     Sink
	database string
	settings Settings
	proc     *process
	expr     *expr.Ctx
	env      *exec.Env
	views    Views  // taken at the first table that is read
	decides  []byte // see identity; nil until it is asked for
	stmt     ast.Statement
	data     io.Reader // inline data of an INSERT
	summary  Summary
	// certificate is what is known of the answer so far.
	certificate    Certificate
	throughUnknown bool
}

// Execute runs one statement. The answer goes to sink; the summary is filled in
// also when there is an error.
func (e *Engine) Execute(ctx context.Context, req *Request, sink Sink) (Summary, error) {
	q, err := e.begin(req, sink)
	if err != nil {
		return Summary{QueryID: req.QueryID}, err
	}
	// Limits stand in the statement's own SETTINGS too, so that it is read first.
	if err = q.parse(); err == nil {
		err = q.statementSettings()
	}
	q.proc.memory = ledger.New("query", q.settings.int("max_memory_usage"), e.cfg.Memory)
	ctx, stop := timeout(ctx, q.settings.float("max_execution_time"))
	defer stop()
	ctx, q.proc.cancel = context.WithCancelCause(ctx)
	defer q.proc.cancel(nil)
	if err := e.procs.begin(q.proc); err != nil {
		return Summary{QueryID: q.proc.id}, err
	}
	if err == nil {
		err = q.run(ctx)
		if p, ok := errors.AsType[*exec.PanicError](err); ok {
			e.cfg.Log.Error("query panicked", "query_id", q.proc.id, "panic", p.Error(), "sql", clip(req.SQL), "stack", string(p.Stack))
		}
	}
	q.release()
	e.procs.end(q.proc)
	if chcode.Of(err) == chcode.MemoryLimitExceeded {
		e.states.clear()
		e.cache.clear() // Queries come before answers that could be computed again.
	}
	if err != nil && ctx.Err() != nil {
		err = context.Cause(ctx) // the reason, rather than what it led to
	}
	q.finish(err)
	return q.summary, err
}

func (e *Engine) begin(req *Request, sink Sink) (*query, error) {
	q := &query{engine: e, req: req, sink: sink, database: req.Database, settings: req.Session.Settings()}
	if q.database == "" {
		q.database = req.Session.Database()
	}
	for name, value := range req.Settings {
		if err := q.settings.Set(name, value); err != nil {
			return nil, err
		}
	}
	if req.QueryID == "" {
		req.QueryID = NewUUID()
	}
	q.proc = &process{
		id: req.QueryID, user: req.Session.User(), address: req.Address, sql: req.SQL, started: time.Now(),
		progress: &exec.Progress{},
	}
	return q, nil
}

// NewUUID makes a random (version 4) UUID.
func NewUUID() string {
	hi, lo := rand.Uint64(), rand.Uint64()
	hi = hi&^0xf000 | 0x4000
	lo = lo&^(0xc<<60) | 0x8<<60
	return fmt.Sprintf("%08x-%04x-%04x-%04x-%012x", hi>>32, hi>>16&0xffff, hi&0xffff, lo>>48, lo&0xffffffffffff)
}

func (q *query) run(ctx context.Context) (err error) {
	defer exec.Catch(&err)
	if err := q.prepare(ctx); err != nil {
		return err
	}
	if err := q.allowed(); err != nil {
		return err
	}
	if name := q.req.Database; name != "" {
		if err := q.hasDatabase(name); err != nil {
			return err
		}
	}
	return q.dispatch(ctx)
}

// parse reads the one statement of the request. What follows an INSERT is data.
func (q *query) parse() error {
	lim := parse.DefaultLimits()
	lim.MaxDepth = int(q.settings.int("max_parser_depth"))
	lim.MaxElements = int(q.settings.int("max_ast_elements"))
	lim.MaxQuerySize = int(q.settings.int("max_query_size"))
	stmt, rest, err := parse.Statement(q.req.SQL, lim)
	if err != nil {
		return syntaxError(err)
	}
	q.stmt = stmt
	if in, ok := stmt.(*ast.Insert); ok && in.DataOffset >= 0 {
		inline := strings.NewReader(q.req.SQL[in.DataOffset:])
		q.data = inline
		if q.req.Body != nil {
			q.data = io.MultiReader(inline, q.req.Body)
		}
		return nil
	}
	if strings.TrimSpace(q.req.SQL[rest:]) != "" {
		return chcode.Errorf(chcode.SyntaxError,
			"Syntax error (Multi-statements are not allowed): failed at position %d: %s", rest+1, clip(q.req.SQL[rest:]))
	}
	return nil
}

func syntaxError(err error) error {
	if pe, ok := errors.AsType[*parse.Error](err); ok {
		return &chcode.Error{Code: chcode.Code(pe.Code), Msg: pe.Error(), Err: err}
	}
	return err
}

// clip shortens text for a message.
func clip(s string) string {
	const most = 60
	if len(s) > most {
		return s[:most] + "…"
	}
	return s
}

// statementSettings applies SETTINGS of the statement itself.
func (q *query) statementSettings() error {
	var list []*ast.Setting
	stmt := q.stmt
	if e, ok := stmt.(*ast.Explain); ok && e.Statement != nil { // It shows what the query would do.
		stmt = e.Statement
	}
	switch s := stmt.(type) {
	case *ast.SelectStatement:
		if sel, ok := s.Query.(*ast.Select); ok {
			list = append(list, sel.Settings...)
		}
	case *ast.Insert:
		list = append(list, s.Settings...)
		if sel, ok := s.Query.(*ast.Select); ok {
			list = append(list, sel.Settings...)
		}
	}
	if out := q.stmt.OutputClause(); out != nil {
		list = append(list, out.Settings...)
	}
	for _, s := range list {
		if err := setTo(q.settings, s); err != nil {
			return err
		}
	}
	return nil
}

func setTo(to Settings, s *ast.Setting) error {
	if s.IsDefault {
		delete(to, s.Name)
		return nil
	}
	return to.Set(s.Name, settingValue(s.Value))
}

// settingValue is a setting's value as text.
func settingValue(e ast.Expr) string {
	if lit, ok := e.(*ast.Literal); ok {
		switch lit.Kind {
		case ast.StringLiteral:
			return lit.Str
		case ast.BoolLiteral:
			if lit.Bool {
				return "1"
			}
			return "0"
		default:
		}
	}
	return ast.Format(e)
}

// prepare makes what expressions and operators share.
func (q *query) prepare(ctx context.Context) error {
	zone := q.engine.cfg.Zone
	if name := q.settings.text("session_timezone"); name != "" {
		var err error
		if zone, err = types.LoadZone(name); err != nil {
			return chcode.Errorf(chcode.BadArguments, "session_timezone: %w", err)
		}
	}
	q.expr = &expr.Ctx{
		Context: ctx, Memory: q.proc.memory, Zone: zone, Now: q.proc.started, Codes: &expr.CodeValues{Share: q.proc.progress.Share},
		CastKeepNullable: q.settings.bool("cast_keep_nullable"),
		TransformNullIn:  q.settings.bool("transform_null_in"),
	}
	q.env = &exec.Env{
		Expr: q.expr, Budget: q.proc.memory, Progress: q.proc.progress, Workers: workers(q.settings), BatchRows: q.engine.cfg.BatchRows,
		Keeper: q.keeper(), KeptRows: q.engine.cfg.KeptRows, Unite: q.unite(ctx),
	}
	return nil
}

// binder binds parts of the statement as of one catalogue.
func (q *query) binder(ctx context.Context, cat *table.Catalog) *bind.Binder {
	mode := strings.ToUpper(q.settings.text("union_default_mode"))
	return bind.New(ctx, q.expr, names{q: q, cat: cat}, subqueries{q: q}, bind.Options{
		Database: q.database, Params: q.req.Params,
		JoinUseNulls:       q.settings.bool("join_use_nulls"),
		UnionDistinct:      mode == "DISTINCT",
		UnionUnspecified:   mode == "",
		PositionalDisabled: !q.settings.bool("enable_positional_arguments"),
		PreferColumnName:   q.settings.bool("prefer_column_name_to_alias"),
		TotalsBeforeHaving: q.settings.text("totals_mode") == "before_having",
	})
}

func (q *query) ddl(ctx context.Context) *ddl.Env {
	cat := q.engine.backend.Catalog()
	return &ddl.Env{
		Binder: q.binder(ctx, cat), Catalog: cat, Database: q.database, Now: q.proc.started, UUID: NewUUID(),
		OfQueries: isSetting, CheckSource: q.engine.cfg.CheckSource,
	}
}

// allowed refuses statements that change something when the request or the
// session is read-only.
func (q *query) allowed() error {
	mode := q.settings.int("readonly")
	if mode == 0 && !q.req.ReadOnly {
		return nil
	}
	switch q.stmt.(type) {
	case *ast.SelectStatement, *ast.Show, *ast.ShowCreate, *ast.Describe, *ast.Existence, *ast.Explain, *ast.Use:
		return nil
	case *ast.Set:
		if mode == 2 || mode == 0 {
			return nil
		}
	}
	why := "readonly mode"
	if mode == 0 {
		why = "readonly mode: GET is for queries that change nothing, use POST"
	}
	return chcode.Errorf(chcode.Readonly, "Cannot execute query in %s", why)
}

// take gives the picture of the shards that this statement reads.
func (q *query) take(ctx context.Context) (Views, error) {
	if q.views == nil {
		v, err := q.engine.backend.Views(ctx)
		if err != nil {
			return nil, err
		}
		q.views = v
	}
	return q.views, nil
}

func (q *query) release() {
	if q.views != nil {
		q.views.Release()
		q.views = nil
	}
}

// finish sums up, counts and logs the statement.
func (q *query) finish(err error) {
	p := q.proc.progress
	s := &q.summary
	s.QueryID, s.Elapsed = q.proc.id, time.Since(q.proc.started)
	s.ReadRows, s.ReadBytes, s.TotalRows = p.ReadRows.Load(), p.ReadBytes.Load(), p.TotalRows.Load()
	s.PeakMemory = q.proc.memory.Peak()
	q.proc.memory.Close()
	m := &q.engine.metrics
	m.Queries.Add(1)
	m.ReadRows.Add(s.ReadRows)
	m.ReadBytes.Add(s.ReadBytes)
	m.QueryMicros.Add(s.Elapsed.Microseconds())
	if err != nil {
		m.FailedQueries.Add(1)
	}
	if !q.settings.bool("log_queries") {
		return
	}
	logged := system.Query{
		QueryID: s.QueryID, SQL: q.loggedSQL(), Kind: q.proc.kind, User: q.proc.user, Address: q.proc.address,
		Database: q.database, Comment: q.settings.text("log_comment"), Started: q.proc.started, Elapsed: s.Elapsed,
		ReadRows: s.ReadRows, ReadBytes: s.ReadBytes, WrittenRows: s.WrittenRows, WrittenBytes: s.WrittenBytes,
		ResultRows: s.ResultRows, ResultBytes: s.ResultBytes, PeakMemory: s.PeakMemory,
	}
	if q.proc.kind == "Select" {
		logged.Positions = q.certificate.Positions
	}
	switch {
	case err == nil && q.proc.kind == "Select":
		logged.Answer = q.certificate.String()
	case err != nil:
		logged.Code, logged.Error = int(chcode.Of(err)), err.Error()
	}
	q.engine.log.add(logged)
}

// maxLoggedSQL bounds the text of a statement in the query log.
const maxLoggedSQL = 4096

// loggedSQL is the statement without inline data.
func (q *query) loggedSQL() string {
	sql := q.req.SQL
	if in, ok := q.stmt.(*ast.Insert); ok && in.DataOffset >= 0 && in.DataOffset < len(sql) {
		sql = sql[:in.DataOffset]
	}
	if len(sql) > maxLoggedSQL {
		sql = sql[:maxLoggedSQL]
	}
	return strings.TrimSpace(sql)
}

// off are the rewrites that are switched off.
func (q *query) off() []string {
	list := strings.Split(q.settings.text("rewrites_off"), ",")
	for i := range list {
		list[i] = strings.TrimSpace(list[i])
	}
	return slices.DeleteFunc(list, func(s string) bool { return s == "" })
}
