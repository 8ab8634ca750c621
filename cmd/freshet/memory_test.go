package main

import (
	"io/fs"
	"testing"
)

func TestMachineMemory(t *testing.T) {
	const meminfo = "MemTotal:        2097152 kB\nMemFree:          100 kB\n"
	for name, c := range map[string]struct {
		files map[string]string
		want  int64
	}{
		"a machine":               {map[string]string{"/proc/meminfo": meminfo}, 2 << 30},
		"a container":             {map[string]string{"/proc/meminfo": meminfo, "/sys/fs/cgroup/memory.max": "1073741824\n"}, 1 << 30},
		"a container, old groups": {map[string]string{"/proc/meminfo": meminfo, "/sys/fs/cgroup/memory/memory.limit_in_bytes": "536870912\n"}, 1 << 29},
		"no limit of a container": {map[string]string{"/proc/meminfo": meminfo, "/sys/fs/cgroup/memory.max": "max\n"}, 2 << 30},
		"old groups, no limit":    {map[string]string{"/proc/meminfo": meminfo, "/sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712\n"}, 2 << 30},
		"another system":          {nil, 0},
	} {
		got := machineMemory(func(name string) ([]byte, error) {
			text, ok := c.files[name]
			if !ok {
				return nil, fs.ErrNotExist
			}
			return []byte(text), nil
		})
		if got != c.want {
			t.Errorf("%s: %d, want %d", name, got, c.want)
		}
	}
	if limit, err := memoryLimit("1GiB"); limit != 1<<30 || err != nil {
		t.Errorf("%d, %v", limit, err)
	}
}

func TestShedderGivesStatementsTimeToEnd(t *testing.T) {
	s := &shedder{limit: 1000}
	ended := 0
	for _, used := range []int64{100, 949, 950, 2000, 2000} {
		if s.look(used) {
			ended++
		}
	}
	if ended != 1 {
		t.Errorf("%d ended at first", ended)
	}
	for range shedPause {
		if s.look(2000) {
			ended++
		}
	}
	if ended != 2 {
		t.Errorf("%d ended after a pause", ended)
	}
	if (&shedder{}).look(1 << 40) {
		t.Error("one ended without a limit")
	}
}

// A small heap may triple, a large one grows by a GiB or half of itself.
func TestHeapGrows(t *testing.T) {
	for _, c := range []struct {
		live    int64
		percent int
	}{{0, 200}, {100 << 20, 200}, {512 << 20, 200}, {1 << 30, 100}, {2 << 30, 50}, {20 << 30, 50}} {
		if got := percentFor(c.live); got != c.percent {
			t.Errorf("%d bytes: %d %%, want %d", c.live, got, c.percent)
		}
	}
}
