package engine

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/freshetdb/freshet/columnar/chcode"
	"github.com/freshetdb/freshet/columnar/ledger"
	"github.com/freshetdb/freshet/query/exec"
)

// process is one running statement.
type process struct {
	id       string
	user     string
	address  string
	sql      string
	kind     string
	started  time.Time
	memory   *ledger.Budget
	progress *exec.Progress
	cancel   context.CancelCauseFunc
	killed   bool
}

// processes is the running statements by query id.
type processes struct {
	mu   sync.Mutex
	max  int
	byID map[string]*process
}

func newProcesses(limit int) *processes { return &processes{max: limit, byID: map[string]*process{}} }

// begin lists a statement as running. The caller calls end.
func (p *processes) begin(proc *process) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.byID) >= p.max {
		return chcode.Errorf(chcode.TooManySimultaneousQueries, "Too many simultaneous queries. Maximum: %d", p.max)
	}
	if _, ok := p.byID[proc.id]; ok {
		return chcode.Errorf(chcode.QueryWithSameIDIsAlreadyRunning, "Query with id = %s is already running", proc.id)
	}
	p.byID[proc.id] = proc
	return nil
}

func (p *processes) end(proc *process) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.byID, proc.id)
}

func (p *processes) count() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.byID)
}

// list is the running statements, oldest first.
func (p *processes) list() []*process {
	p.mu.Lock()
	defer p.mu.Unlock()
	out := make([]*process, 0, len(p.byID))
	for _, proc := range p.byID {
		out = append(out, proc)
	}
	slices.SortFunc(out, func(a, b *process) int {
		if c := a.started.Compare(b.started); c != 0 {
			return c
		}
		return strings.Compare(a.id, b.id)
	})
	return out
}

// kill ends a statement; ok is false when it does not run.
func (p *processes) kill(id string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	proc, ok := p.byID[id]
	if ok {
		proc.killed = true
		proc.cancel(chcode.Errorf(chcode.QueryWasCancelled, "Query was cancelled by KILL QUERY"))
	}
	return ok
}

// endLargest ends the statement that holds the most memory, the last that began among equal ones, for a reason; ok is
// false when there is none that was not told to end already.
func (p *processes) endLargest(why error) (id string, ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	var largest *process
	for _, proc := range p.byID {
		if proc.killed || proc.cancel == nil {
			continue
		}
		if largest == nil || proc.memory.Used() > largest.memory.Used() ||
			(proc.memory.Used() == largest.memory.Used() && proc.started.After(largest.started)) {
			largest = proc
		}
	}
	if largest == nil {
		return "", false
	}
	largest.killed = true
	largest.cancel(why)
	return largest.id, true
}

// timeout ends ctx with ClickHouse's error after the given seconds; 0 is never.
func timeout(ctx context.Context, seconds float64) (context.Context, context.CancelFunc) {
	if seconds <= 0 {
		return ctx, func() {}
	}
	d := time.Duration(seconds * float64(time.Second))
	return context.WithTimeoutCause(ctx, d, chcode.Errorf(chcode.TimeoutExceeded,
		"Timeout exceeded: maximum: %s seconds", fmt.Sprint(seconds)))
}
