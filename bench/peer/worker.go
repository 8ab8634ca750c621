package peer

import (
	"bufio"
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"
)

//go:embed worker.mjs
var workerScript []byte

// Worker is an engine inside of a process of Node.js: it answers lines of JSON
// (worker.mjs has the other end).
type Worker struct {
	kind    Kind
	version string
	dir     string
	cmd     *exec.Cmd
	in      io.WriteCloser
	out     *bufio.Reader
	mu      sync.Mutex // one statement at a time
}

// Threads that an in-process engine may use: the two cores that the floors are for.
const Threads = 2

// StartWorker starts an engine. modules is a folder in which npm installed its
// package; dir gets its data.
func StartWorker(ctx context.Context, kind Kind, modules, dir string) (*Worker, error) {
	var err error
	if modules, err = filepath.Abs(modules); err != nil {
		return nil, fmt.Errorf("find %s: %w", modules, err)
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("make the data folder: %w", err)
	}
	script := filepath.Join(dir, "worker.mjs")
	if err := os.WriteFile(script, workerScript, 0o600); err != nil {
		return nil, fmt.Errorf("write the worker: %w", err)
	}
	w := &Worker{kind: kind, dir: filepath.Join(dir, "data")}
	w.cmd = exec.CommandContext(ctx, "node", script, string(kind), modules, w.dir)
	w.cmd.Env = append(os.Environ(), "TZ=UTC")
	w.cmd.Stderr = os.Stderr
	w.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if w.in, err = w.cmd.StdinPipe(); err != nil {
		return nil, fmt.Errorf("start node: %w", err)
	}
	pipe, err := w.cmd.StdoutPipe()
	if err != nil {
		return nil, fmt.Errorf("start node: %w", err)
	}
	w.out = bufio.NewReaderSize(pipe, 1<<20)
	if err := w.cmd.Start(); err != nil {
		return nil, fmt.Errorf("start node: %w", err)
	}
	for _, sql := range first(kind) {
		a, err := w.Ask(ctx, sql)
		if err != nil {
			return nil, fmt.Errorf("start %s: %w", kind, errors.Join(err, w.Close()))
		}
		w.version = strings.TrimSpace(a.Text)
	}
	return w, nil
}

// first is what an engine is told first; the last one asks for its version.
func first(kind Kind) []string {
	if kind == DuckDB {
		return []string{fmt.Sprintf("SET threads = %d", Threads), "SET TimeZone = 'UTC'", "SELECT version()"}
	}
	return []string{
		fmt.Sprintf("SET max_threads = %d", Threads), fmt.Sprintf("SET max_insert_threads = %d", Threads),
		"SET use_query_condition_cache = 0", "SET use_query_cache = 0",
		"CREATE DATABASE IF NOT EXISTS b", "USE b", "SELECT version()",
	}
}

// Kind implements System.
func (w *Worker) Kind() Kind { return w.kind }

// Version implements System.
func (w *Worker) Version() string { return w.version }

// Dir implements System.
func (w *Worker) Dir() string { return w.dir }

// PID implements System.
func (w *Worker) PID() int { return w.cmd.Process.Pid }

// Concurrent implements System: the packages' calls run one after the other.
func (w *Worker) Concurrent() bool { return false }

// Ask implements System.
func (w *Worker) Ask(_ context.Context, sql string) (Answer, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	b, err := json.Marshal(map[string]string{"sql": sql})
	if err != nil {
		return Answer{}, fmt.Errorf("ask %s: %w", w.kind, err)
	}
	if _, err := w.in.Write(append(b, '\n')); err != nil {
		return Answer{}, fmt.Errorf("ask %s: %w", w.kind, err)
	}
	line, err := w.out.ReadBytes('\n')
	if err != nil {
		return Answer{}, fmt.Errorf("read the answer of %s: %w", w.kind, err)
	}
	var a struct {
		Text, Error string
		NS          int64
	}
	if err := json.Unmarshal(line, &a); err != nil {
		return Answer{}, fmt.Errorf("read the answer of %s: %w", w.kind, err)
	}
	if a.Error != "" {
		return Answer{}, fmt.Errorf("%s: %.500s", w.kind, a.Error)
	}
	return Answer{Text: a.Text, Took: time.Duration(a.NS)}, nil
}

// Close implements System: the end of its input ends the worker.
func (w *Worker) Close() error {
	_ = w.in.Close() // it may have ended by itself
	var exit *exec.ExitError
	if err := w.cmd.Wait(); err != nil && !errors.As(err, &exit) {
		return fmt.Errorf("wait for %s: %w", w.kind, err)
	}
	return nil
}
