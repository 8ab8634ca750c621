package roofline

import (
	"bytes"
	"math"
	"runtime/debug"
	"sync"
	"time"
)

const (
	// sizeLeast is within any first cache, sizeMost beyond the last cache of most machines, and levels are sizeStep apart.
	sizeLeast, sizeMost, sizeStep = 16 << 10, 256 << 20, 4
	// A speed is the best of what is measured in measureTime, three times at least, each time over passBytes or more.
	measureTime   = 10 * time.Millisecond
	measuresLeast = 3
	passBytes     = 1 << 20
	// As many places of a table are looked up as it has lines, but lookupsMost at the most, lookups in a round.
	lineBytes     = 64
	lookupsMost   = 4 << 20
	lookups       = 4
	stepsMeasured = 1 << 20
)

// thisMachine is measured once a process, in about a second.
var thisMachine = sync.OnceValue(measure)

// sink keeps the loops from being left out.
var sink int

func measure() *machine {
	m := &machine{step: fastest(stepsMeasured, 1, func() {
		x := sink
		for i := range stepsMeasured {
			x += i
		}
		sink = x
	})}
	m.levels = measureLevels()
	debug.FreeOSMemory() // Benchmarks that follow have the heap that they had without this.
	return m
}

func measureLevels() (levels []level) {
	all := bytes.Repeat([]byte{1}, sizeMost)
	for size := sizeLeast; size <= sizeMost; size *= sizeStep {
		levels = append(levels, measureLevel(all[:size]))
	}
	return levels
}

func measureLevel(mem []byte) level {
	size, passes := len(mem), max(passBytes/len(mem), 1)
	l := level{size: size}
	l.read = fastest(size, passes, func() { sink += bytes.IndexByte(mem, 2) })
	l.copy = fastest(size/2, passes, func() { copy(mem[size/2:], mem[:size/2]) })
	places := make([]uint32, min(size/lineBytes, lookupsMost))
	state := uint64(1)
	for i := range places {
		state = state*6364136223846793005 + 1442695040888963407
		places[i] = uint32(state>>33) % uint32(size)
	}
	l.gather = fastest(len(places), max(passBytes/4/len(places), 1), func() { sink += gather(mem, places) })
	l.write = fastest(size, passes, func() { clear(mem) })
	return l
}

func gather(mem []byte, places []uint32) int {
	var p, q, r, s int
	for ; len(places) >= lookups; places = places[lookups:] {
		four := places[:lookups:lookups]
		p += int(mem[four[0]])
		q += int(mem[four[1]])
		r += int(mem[four[2]])
		s += int(mem[four[3]])
	}
	return p + q + r + s
}

// fastest is what one of n parts takes of so many passes, in ns.
func fastest(n, passes int, pass func()) float64 {
	best := math.Inf(1)
	begin := time.Now()
	for i := 0; i < measuresLeast || time.Since(begin) < measureTime; i++ {
		start := time.Now()
		for range passes {
			pass()
		}
		best = min(best, float64(time.Since(start).Nanoseconds()))
	}
	return best / float64(n*passes)
}
