package roofline

import "testing"

// The bound is the longest of the times, each at the speed of the memory that the work goes through.
func TestLeast(t *testing.T) {
	m := &machine{step: 0.25, levels: []level{
		{size: 1000, read: 0.01, write: 0.02, copy: 0.04, gather: 0.5},
		{size: 10_000, read: 0.1, write: 0.2, copy: 0.4, gather: 5},
	}}
	for _, c := range []struct {
		name string
		work Work
		want float64
	}{
		{"reads of a cache", Work{Read: 1000}, 10},
		{"reads of memory", Work{Read: 20_000}, 2000},
		{"reads of less than the least that was measured", Work{Read: 100}, 1},
		{"what is read and written is in the cache together", Work{Read: 9000, Write: 1000}, 900},
		{"writes", Work{Write: 1000}, 20},
		{"a copy", Work{Read: 500, Write: 500}, 20},
		{"a copy of less than is read", Work{Read: 9000, Write: 3000}, 1200},
		{"look-ups in a small table", Work{Read: 40_000, Gather: 10_000, Table: 2000}, 5000},
		{"look-ups in a large one", Work{Read: 40_000, Gather: 10_000, Table: 1 << 20}, 50_000},
		{"two cores", Work{Read: 20_000, Cores: 2}, 1000},
		{"steps", Work{Read: 1000, Gather: 10, Steps: 1000}, 250},
	} {
		if got := m.least(c.work); got < 0.999*c.want || got > 1.001*c.want {
			t.Errorf("%s: %g ns, want %g", c.name, got, c.want)
		}
	}
}

// Every speed of this machine is measured.
func TestMeasure(t *testing.T) {
	m := measure()
	if m.step <= 0 || len(m.levels) < 2 {
		t.Fatalf("%+v", m)
	}
	for _, l := range m.levels {
		t.Logf("%9d bytes: %.1f GB/s read, %.1f written, %.1f copied; %.2f ns a look-up; %.2f ns a step", l.size, 1/l.read, 1/l.write, 1/l.copy, l.gather, m.step)
		if min(l.read, l.write, l.copy, l.gather) <= 0 {
			t.Errorf("%+v", l)
		}
	}
}
