package chhttp

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"

	"github.com/freshetdb/freshet/columnar/chcode"
	"github.com/freshetdb/freshet/query/engine"
)

// Server answers HTTP requests by an engine. It is an http.Handler.
type Server struct {
	engine   *engine.Engine
	sessions *sessions
	host     string
	mux      *http.ServeMux
}

// New makes a server.
func New(e *engine.Engine) *Server {
	host, err := os.Hostname()
	if err != nil {
		host = "localhost"
	}
	s := &Server{engine: e, sessions: newSessions(), host: host, mux: http.NewServeMux()}
	s.mux.HandleFunc("/{$}", s.query)
	s.mux.HandleFunc("/ping", ok)
	s.mux.HandleFunc("/replicas_status", ok)
	s.mux.HandleFunc("/metrics", s.metrics)
	s.mux.HandleFunc("/", notFound)
	return s
}

// ServeHTTP implements http.Handler.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.mux.ServeHTTP(w, r) }

func ok(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/html; charset=UTF-8")
	_, _ = w.Write([]byte("Ok.\n")) // the client is gone when it fails
}

func notFound(w http.ResponseWriter, r *http.Request) {
	http.Error(w, "There is no handle "+r.URL.Path+"\n\nUse / or /ping for health checks.\n"+
		"Send queries from your program with POST method or GET /?query=...", http.StatusNotFound)
}

// metrics prints counters and gauges in Prometheus' text format.
func (s *Server) metrics(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
	var b strings.Builder
	last := ""
	for _, m := range s.engine.MetricList() {
		kind := "counter"
		if m.Gauge {
			kind = "gauge"
		}
		name := "freshet_" + m.Name
		if name != last {
			fmt.Fprintf(&b, "# HELP %s %s\n# TYPE %s %s\n", name, m.About, name, kind)
			last = name
		}
		if m.Labels != "" {
			name += "{" + m.Labels + "}"
		}
		fmt.Fprintf(&b, "%s %d\n", name, m.Value)
	}
	_, _ = w.Write([]byte(b.String())) // the client is gone when it fails
}

// drainMax bounds what is read of a body after its statement has ended.
const drainMax = 64 << 20

// drain reads what is left of a body: clients that send all of it before they read
// would meet a connection reset instead of the error. Those that asked whether to
// send it (Expect) have not sent it.
func drain(r *http.Request) {
	if r.Header.Get("Expect") == "" {
		_, _ = io.CopyN(io.Discard, r.Body, drainMax) // the client is gone when it fails
	}
}

// query runs one statement.
func (s *Server) query(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodOptions {
		w.WriteHeader(http.StatusNoContent)
		return
	}
	defer drain(r)
	values := r.URL.Query()
	out := newResponse(w, r, values, s.host)
	req, done, err := s.request(r, values)
	if err != nil {
		out.fail(err)
		return
	}
	defer done()
	if strings.TrimSpace(req.SQL) == "" {
		if r.Method == http.MethodGet || r.Method == http.MethodHead {
			ok(w, r)
			return
		}
		out.fail(chcode.Errorf(chcode.SyntaxError, "Syntax error: failed at position 1 (end of query): Empty query"))
		return
	}
	out.holdAll = req.Settings["wait_end_of_query"] == "1"
	out.compress = encodingOf(r, values)
	summary, err := s.engine.Execute(r.Context(), req, out)
	out.summary = summary
	if err != nil {
		out.fail(err)
		return
	}
	if err := out.finish(); err != nil && !errors.Is(err, http.ErrHandlerTimeout) {
		out.abort()
	}
}
