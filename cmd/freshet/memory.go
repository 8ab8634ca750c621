package main

import (
	"context"
	"fmt"
	"math"
	"os"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"time"

	"github.com/freshetdb/freshet/columnar/chcode"
)

// How the memory limit is shared out, as parts of it.
const (
	// ledgerShare is what the ledger hands out; the rest is for what it does not count: the heap's slack, stacks, buffers.
	ledgerShare = 0.6
	// collectShare is where the collector begins to work without pause.
	collectShare = 0.9
	// shedShare is where a statement has to end: beyond what the collector could hold, so that it is in use.
	shedShare = 0.95
	// machineShare is the limit of a node that was not told one, of the memory of the machine or its container.
	machineShare = 0.8
)

// memoryLeast is the least limit that a node may be given: below it no statement would come to an end.
const memoryLeast = 64 << 20

// How far the heap may grow between collections, in percent of what is in use, and in
// bytes: a small heap grows freely, a large one not to three times itself.
const (
	heapPercent      = 200
	heapPercentLeast = 50
	heapGrowth       = 1 << 30
)

// percentFor is the collector's percentage for a heap of so many bytes in use.
func percentFor(live int64) int {
	return int(max(heapPercentLeast, min(heapPercent, 100*heapGrowth/max(live, 1))))
}

const (
	// watchEvery is the time between two looks at the memory in use.
	watchEvery = 50 * time.Millisecond
	// shedPause is how many looks a statement that was told to end is given before the next one is.
	shedPause = 20
)

// memoryLimit is the limit in bytes: what was asked for, or a part of what the machine has.
func memoryLimit(asked string) (int64, error) {
	limit, err := parseBytes(asked)
	if limit > 0 && limit < memoryLeast {
		err = fmt.Errorf("%s is too little: a node needs %d MiB", asked, memoryLeast>>20)
	}
	if limit == 0 && err == nil {
		limit = int64(machineShare * float64(machineMemory(os.ReadFile)))
	}
	return limit, err
}

// machineMemory is the memory of the machine, or of the container when that is less; 0 when it can't be told.
func machineMemory(read func(name string) ([]byte, error)) int64 {
	least := int64(math.MaxInt64)
	if b, err := read("/proc/meminfo"); err == nil {
		for line := range strings.Lines(string(b)) {
			if f := strings.Fields(line); len(f) == 3 && f[0] == "MemTotal:" {
				if kb, err := strconv.ParseInt(f[1], 10, 64); err == nil {
					least = kb << 10
				}
			}
		}
	}
	for _, name := range []string{"/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"} {
		if b, err := read(name); err == nil {
			if n, err := strconv.ParseInt(strings.TrimSpace(string(b)), 10, 64); err == nil && n > 0 {
				least = min(least, n)
			}
		}
	}
	if least == math.MaxInt64 {
		return 0
	}
	return least
}

// tuneHeap tells the collector the limit: data lies in mapped files, so the heap
// is small and would be collected all the time.
func tuneHeap(limit int64) {
	debug.SetGCPercent(heapPercent)
	if limit > 0 && limit < math.MaxInt64 {
		debug.SetMemoryLimit(int64(float64(limit) * collectShare))
	}
}

// shedder decides when a statement has to end because the memory in use passes a limit.
type shedder struct {
	limit int64
	pause int
}

// look tells whether one has to end now.
func (s *shedder) look(used int64) bool {
	if s.pause > 0 {
		s.pause--
		return false
	}
	if s.limit <= 0 || float64(used) < float64(s.limit)*shedShare {
		return false
	}
	s.pause = shedPause
	return true
}

// watchMemory ends the largest statement when the memory in use passes the limit, until ctx ends. The ledger counts what
// operators hold, but not all that an evaluation or a merge takes on its way; the kernel would end the node.
func (n *node) watchMemory(ctx context.Context, limit int64) {
	s, percent := &shedder{limit: limit}, heapPercent
	tick := time.NewTicker(watchEvery)
	defer tick.Stop()
	var m runtime.MemStats // package runtime/metrics would bring its descriptions along
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		runtime.ReadMemStats(&m)
		if p := percentFor(int64(m.NextGC) / int64(100+percent) * 100); p < percent*9/10 || p > percent*11/10 {
			debug.SetGCPercent(p)
			percent = p
		}
		used := int64(m.Sys - m.HeapReleased)
		if !s.look(used) {
			continue
		}
		id, ok := n.engine.EndLargest(chcode.Errorf(chcode.MemoryLimitExceeded,
			"Memory limit (total) exceeded: the node uses %d bytes, maximum: %d bytes. The largest query, this one, was ended", used, limit))
		if ok {
			n.log.Warn("memory limit: ended the largest query", "query", id, "used", used, "limit", limit)
		}
	}
}
