package peer_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/freshetdb/freshet/bench/peer"
)

// server answers like one of ClickHouse's kind and keeps what it was sent.
type server struct {
	mu   sync.Mutex
	sent []string // "database|query|body"
}

func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	s.mu.Lock()
	s.sent = append(s.sent, r.URL.Query().Get("database")+"|"+r.URL.Query().Get("query")+"|"+string(body))
	s.mu.Unlock()
	switch {
	case strings.Contains(string(body), "wrong"):
		http.Error(w, "Code: 62. DB::Exception: Syntax error", http.StatusInternalServerError)
	case r.URL.Query().Get("use_query_cache") != "0":
		http.Error(w, "the cache is on", http.StatusInternalServerError)
	default:
		_, _ = fmt.Fprint(w, "1.2.3\n")
	}
}

// TestConnectLeavesNothing: somebody else's server is used in a database of its own,
// which is dropped at the end.
func TestConnectLeavesNothing(t *testing.T) {
	s := &server{}
	h := httptest.NewServer(s)
	defer h.Close()
	p, err := peer.Connect(t.Context(), peer.ClickHouse, h.URL)
	if err != nil {
		t.Fatal(err)
	}
	if p.Version() != "1.2.3" || p.PID() != 0 {
		t.Errorf("version %q, pid %d", p.Version(), p.PID())
	}
	if a, err := p.Ask(t.Context(), "SELECT 1"); err != nil || a.Text != "1.2.3\n" || a.Took <= 0 {
		t.Errorf("%+v, %v", a, err)
	}
	if _, err := p.Insert(t.Context(), "detail", "CSV", strings.NewReader("1,2\n")); err != nil {
		t.Error(err)
	}
	if _, err := p.Ask(t.Context(), "wrong"); err == nil || !strings.Contains(err.Error(), "Code: 62") {
		t.Errorf("an error of the server became %v", err)
	}
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if _, err := p.Ask(ctx, "SELECT 1"); err == nil {
		t.Error("a statement was run after the end")
	}
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	name, made := strings.CutPrefix(s.sent[1], "||CREATE DATABASE ")
	if !made || s.sent[2] != name+"||SELECT 1" || s.sent[3] != name+"|INSERT INTO detail FORMAT CSV|1,2\n" || s.sent[len(s.sent)-1] != "||DROP DATABASE "+name {
		t.Errorf("sent: %q", s.sent)
	}
}

func TestModulesNamesWhatIsMissing(t *testing.T) {
	if _, err := peer.Modules(t.Context(), peer.DuckDB, t.TempDir(), true); err == nil || !strings.Contains(err.Error(), "npm install @duckdb/node-api@") {
		t.Errorf("%v", err)
	}
}

// TestStartTellsWhy: a node that ends by itself is not waited for, and its log is told.
func TestStartTellsWhy(t *testing.T) {
	binary := filepath.Join(t.TempDir(), "node")
	if err := os.WriteFile(binary, []byte("#!/bin/sh\necho no such flag\nexit 3\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	_, err := peer.Start(t.Context(), peer.ServerConfig{Binary: binary, Dir: t.TempDir()})
	if err == nil || !strings.Contains(err.Error(), "ended by itself") || !strings.Contains(err.Error(), "no such flag") {
		t.Errorf("start: %v", err)
	}
}
