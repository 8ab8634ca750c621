package peer

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// answerMax bounds an answer that is read.
const answerMax = 256 << 20

// startTries bounds how long a server may take to answer first, in tenths of a second.
const startTries = 300

// Server is a system behind ClickHouse's HTTP interface.
type Server struct {
	kind    Kind
	version string
	url     url.URL
	params  url.Values // of every statement
	client  *http.Client
	cmd     *exec.Cmd  // nil: somebody else's
	ended   chan error // of cmd: gets what became of it
	dir     string
	// database was made for this run in somebody else's server.
	database string
}

// ServerConfig says how a node of Freshet is started.
type ServerConfig struct {
	Binary string
	Dir    string   // data folder and log
	Args   []string // further arguments of serve
	// Memory is a limit such as 3GiB, "" for the binary's own.
	Memory string
}

// Start starts a node of Freshet on a free port of 127.0.0.1.
func Start(ctx context.Context, c ServerConfig) (*Server, error) {
	addr, err := freeAddr()
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(c.Dir, 0o755); err != nil {
		return nil, fmt.Errorf("make the data folder: %w", err)
	}
	log, err := os.Create(filepath.Join(c.Dir, "node.log"))
	if err != nil {
		return nil, fmt.Errorf("make the node's log: %w", err)
	}
	s := newServer(Freshet, addr)
	s.dir = filepath.Join(c.Dir, "data")
	args := append([]string{"serve", "--data-dir", s.dir, "--http-addr", addr}, c.Args...)
	if c.Memory != "" {
		args = append(args, "--memory-limit", c.Memory)
	}
	s.cmd = exec.CommandContext(ctx, c.Binary, args...)
	s.cmd.Stdout, s.cmd.Stderr = log, log
	// Ctrl-C is for this process, which then stops the node itself.
	s.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := errors.Join(s.cmd.Start(), log.Close()); err != nil {
		return nil, fmt.Errorf("start %s: %w", c.Binary, err)
	}
	s.ended = make(chan error, 1)
	go func() { s.ended <- s.cmd.Wait() }()
	if err := s.wait(ctx, startTries); err != nil {
		err = errors.Join(err, s.Close())
		return nil, fmt.Errorf("start %s: %w; its log ends with: %s", c.Binary, err, tail(log.Name()))
	}
	// version() is for ClickHouse's clients; the binary knows which one it is.
	if out, err := exec.CommandContext(ctx, c.Binary, "version").Output(); err == nil {
		s.version = strings.TrimPrefix(strings.TrimSpace(string(out)), "freshet ")
	}
	return s, nil
}

// tailBytes is how much of a log an error quotes.
const tailBytes = 500

// tail is the end of a node's log.
func tail(path string) string {
	text, err := os.ReadFile(path)
	if err != nil {
		return err.Error()
	}
	return strings.TrimSpace(string(text[max(0, len(text)-tailBytes):]))
}

// Connect uses a server that runs already, in a database of its own, which Close drops.
func Connect(ctx context.Context, kind Kind, at string) (*Server, error) {
	u, err := url.Parse(at)
	if err != nil || u.Host == "" {
		return nil, fmt.Errorf("%q is no URL such as http://127.0.0.1:8123", at)
	}
	s := newServer(kind, u.Host)
	s.url.Scheme, s.url.User = u.Scheme, u.User
	if err := s.wait(ctx, 1); err != nil {
		return nil, err
	}
	name := fmt.Sprintf("freshet_bench_%d", time.Now().UnixNano())
	if _, err := s.Ask(ctx, "CREATE DATABASE "+name); err != nil {
		return nil, fmt.Errorf("make a database: %w", err)
	}
	s.database = name
	s.params.Set("database", name)
	return s, nil
}

func newServer(kind Kind, addr string) *Server {
	s := &Server{
		kind: kind, url: url.URL{Scheme: "http", Host: addr, Path: "/"}, params: url.Values{},
		client: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64, DisableCompression: true}},
	}
	s.noCaches()
	return s
}

// noCaches: what is measured is computing an answer, not remembering it.
func (s *Server) noCaches() {
	s.params.Set("use_query_cache", "0")
	if s.kind == ClickHouse {
		s.params.Set("use_query_condition_cache", "0")
		s.params.Set("max_threads", "2")
	}
}

func freeAddr() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", fmt.Errorf("find a free port: %w", err)
	}
	addr := l.Addr().String()
	return addr, l.Close()
}

func (s *Server) wait(ctx context.Context, tries int) error {
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		a, err := s.Ask(ctx, "SELECT version()")
		if err == nil {
			s.version = strings.TrimSpace(a.Text)
			return nil
		}
		if tries--; tries <= 0 {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case err := <-s.ended:
			s.ended <- err // for Close
			return errors.New("it ended by itself")
		case <-tick.C:
		}
	}
}

// Kind implements System.
func (s *Server) Kind() Kind { return s.kind }

// Version implements System.
func (s *Server) Version() string { return s.version }

// Dir implements System.
func (s *Server) Dir() string { return s.dir }

// Concurrent implements System.
func (s *Server) Concurrent() bool { return true }

// URL is where the server listens.
func (s *Server) URL() string { return s.url.String() }

// PID implements System.
func (s *Server) PID() int {
	if s.cmd == nil {
		return 0
	}
	return s.cmd.Process.Pid
}

// Close implements System: it stops a node that was started and waits for its end.
func (s *Server) Close() error {
	defer s.client.CloseIdleConnections()
	if s.cmd == nil {
		return s.dropDatabase()
	}
	_ = s.cmd.Process.Signal(syscall.SIGTERM) // it may have ended by itself
	var exit *exec.ExitError
	if err := <-s.ended; err != nil && !errors.As(err, &exit) {
		return fmt.Errorf("wait for the node: %w", err)
	}
	return nil
}

// dropDatabase leaves somebody else's server as it was. It has a time of its own, as
// the run may have been told to stop.
func (s *Server) dropDatabase() error {
	if s.database == "" {
		return nil
	}
	ctx, stop := context.WithTimeout(context.Background(), time.Minute)
	defer stop()
	s.params.Del("database")
	_, err := s.Ask(ctx, "DROP DATABASE "+s.database)
	return err
}

// Ask implements System.
func (s *Server) Ask(ctx context.Context, sql string) (Answer, error) {
	return s.post(ctx, s.params, strings.NewReader(sql))
}

// AskWith asks with settings for this statement.
func (s *Server) AskWith(ctx context.Context, sql string, settings map[string]string) (Answer, error) {
	return s.post(ctx, s.with(settings), strings.NewReader(sql))
}

// Insert sends rows in a format.
func (s *Server) Insert(ctx context.Context, table, format string, rows io.Reader) (time.Duration, error) {
	a, err := s.post(ctx, s.with(map[string]string{"query": "INSERT INTO " + table + " FORMAT " + format}), rows)
	return a.Took, err
}

func (s *Server) with(settings map[string]string) url.Values {
	v := maps.Clone(s.params)
	for name, value := range settings {
		v.Set(name, value)
	}
	return v
}

func (s *Server) post(ctx context.Context, params url.Values, body io.Reader) (Answer, error) {
	u := s.url
	u.RawQuery = params.Encode()
	from := time.Now()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, u.String(), body)
	if err != nil {
		return Answer{}, fmt.Errorf("ask %s: %w", s.kind, err)
	}
	resp, err := s.client.Do(req)
	if err != nil {
		return Answer{}, fmt.Errorf("ask %s: %w", s.kind, err)
	}
	text, err := io.ReadAll(io.LimitReader(resp.Body, answerMax+1))
	took := time.Since(from)
	if err == nil && len(text) > answerMax {
		err = fmt.Errorf("it has more than %d bytes", answerMax)
	}
	if err = errors.Join(err, resp.Body.Close()); err != nil {
		return Answer{}, fmt.Errorf("read the answer of %s: %w", s.kind, err)
	}
	if resp.StatusCode != http.StatusOK {
		return Answer{}, fmt.Errorf("%s: %.500s", s.kind, strings.TrimSpace(string(text)))
	}
	return Answer{Text: string(text), Took: took}, nil
}
